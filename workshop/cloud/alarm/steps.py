"""From log file to notification: what happened when, always in this order."""

import html
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from workshop.display.boxes import table
from workshop.display.links import Links

STEPS = ("file put", "Lambda run", "metric", "alarm", "notification")

_HEADINGS = {
    "alarm": "ALARM",
    "nothing detected": "NOTHING DETECTED",
    "nothing published": "NOTHING PUBLISHED",
    "failed": "THE LAMBDA FUNCTION FAILED",
    "nothing deployed": "NOTHING DEPLOYED",
    "not enough": "NOT ENOUGH FOR THE ALARM",
    "timed out": "TIMED OUT",
}


@dataclass(frozen=True)
class Step:
    """One step: its name, when it happened (UTC, or None if it did not, or not yet), and what is known of it."""

    name: str
    at: datetime | None
    detail: str


@dataclass
class Timeline:
    """How a log file (or a metric published by hand) led to the alarm, or why it did not.

    outcome   "alarm", "nothing detected", "nothing published", "failed", "nothing deployed", "not enough" (the
              metric does not reach the threshold) or "timed out"
    reason    the outcome in a sentence
    steps     file put, Lambda run, metric, alarm, notification; the first two are missing where no file was put
    found     how many records each analysis function matched, by its name
    notes     what else should be known: what to look at, errors of analysis functions, a reset alarm
    links     on AWS, where the console shows the alarm
    """

    outcome: str
    reason: str
    steps: list[Step] = field(default_factory=list)
    found: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    links: Links = field(default_factory=Links)

    def __post_init__(self) -> None:
        self.steps = in_order(self.steps)
        self.notes = [note for note in self.notes if note]

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds from the first step to each step that happened, by the step's name."""
        times = {step.name: step.at for step in self.steps if step.at}
        return {name: (at - min(times.values())).total_seconds() for name, at in times.items()}

    def __str__(self) -> str:
        lines = [f"{_HEADINGS[self.outcome]}: {self.reason}"]
        if self.steps:
            lines += [f"  {'step':<14}{'UTC':<14}{'after':>9}  what"]
            lines += [f"  {name:<14}{at:<14}{after:>9}  {detail}" for name, at, after, detail in self._rows()]
        lines += [f"  - {note}" for note in self.notes]
        return "\n".join([*lines, str(self.links)] if self.links else lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        ground = "#A33C00" if self.outcome == "alarm" else "#5a5a5a"
        style = f"background:{ground}; color:#fff; padding:0.1em 0.5em"
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        return (
            f"<p><strong style='{style}'>{_HEADINGS[self.outcome]}</strong> {html.escape(self.reason)}</p>"
            + (table(("Step", "UTC", "After", "What"), self._rows()) if self.steps else "")
            + (f"<ul>{notes}</ul>" if notes else "")
            + (self.links._repr_html_() if self.links else "")
        )

    def _rows(self) -> Iterator[tuple[str, str, str, str]]:
        for step in self.steps:
            at = f"{step.at:%H:%M:%S}.{step.at.microsecond // 1000:03}" if step.at else "-"
            after = f"{self.seconds[step.name]:.2f} s" if step.at else "-"
            yield step.name, at, after, step.detail


def in_order(steps: Iterable[Step]) -> list[Step]:
    """Return the steps in their order, no step before the one that caused it.

    The emulator stamps alarms and notifications with whole seconds, rounded down, and clocks differ a little. A step
    whose stamp lies before its cause gets its cause's time, the earliest at which it can have happened.
    """
    ordered: list[Step] = []
    latest: datetime | None = None
    for step in sorted(steps, key=lambda step: STEPS.index(step.name)):
        if step.at and latest and step.at < latest:
            step = replace(step, at=latest)
        latest = step.at or latest
        ordered.append(step)
    return ordered


def counted(anomalies: float) -> str:
    """Return a number of anomalies in words: "1 anomaly", "2 anomalies"."""
    return f"{anomalies:g} {'anomaly' if anomalies == 1 else 'anomalies'}"
