"""The incident report as an attendee reads it: in colour in a notebook, as text in a terminal."""

import base64
import datetime
import functools
import html
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from workshop.display.pictures import Picture
from workshop.exercises.feedback import box, inline, wrapped
from workshop.exercises.incident import advice, timeline_plot
from workshop.exercises.incident.achieved import Technique, read_secrets, techniques
from workshop.exercises.incident.intruder_steps import Act, Story, Visit, when
from workshop.logs.layout import delivered_at

# What is missing, by what it would add: how to find it out.
GAPS = {
    "theft": "With which key, from where, and what they saw: `instance_creds_used_outside_ec2`, notebook 03.",
    "deletions": "Which logs were deleted, and by whom: `deleting_logs`, notebook 02.",
    "stop": "Who stopped a trail: the bonus of `deleting_logs`, notebook 02.",
    "alarm": "When the alarm would have reported it: `publish_anomalies`, notebook 04.",
}
WAY_ON = (
    "How true are your detectors? data/labels.csv shows whom they accuse without reason, and what they miss.",
    "Take them to your own logs: `python3 start.py hunt FOLDER --detector my_answers/deleting_logs.py:deleting_logs`.",
)


class Event(NamedTuple):
    """A line of the report: when it happened (UTC), what happened, who did it, with which key, from which address."""

    at: datetime.datetime
    what: str
    who: str
    key: str
    address: str


class IncidentReport:
    """What happened, what was achieved, what to do next; rich in a notebook, text elsewhere.

    `known` has "theft", "deletions", "stop" and "alarm" as far as the exercises behind them are solved; `todo` is a
    list of (heading, steps), `gaps` says what is still open. A story without acts is one that cannot be read.
    """

    def __init__(self, story: Story, known: Iterable[str], problem: str = "") -> None:
        self.story, self.known, self.problem = story, frozenset(known), problem
        self.gaps = [text for part, text in GAPS.items() if part not in self.known]

    @functools.cached_property
    def picture(self) -> Picture | None:
        """The time line as a Picture, or None as long as nothing is known."""
        return timeline_plot.draw(self.story, self.known) if self.story.intruders else None

    @property
    def visits(self) -> list[str]:
        """What is known of each visit, in words."""
        seen = self.story.visits() if "theft" in self.known else []
        return [timeline_plot.visit_in_words(visit, self.story, self.known) for visit in seen]

    @property
    def title(self) -> str:
        """One line: how much of it is known."""
        if not self.gaps and self.story.intruders:
            return "Incident report: Maple Ferry"
        return f"Incident report: a draft, {len(GAPS) - len(self.gaps)} of {len(GAPS)} parts known"

    @property
    def events(self) -> list[Event]:
        """What is known, oldest first."""
        rows = [_event(act, _deed(act)) for act in self._destruction]
        for visit in self.story.visits() if "theft" in self.known else []:
            rows += self._of_visit(visit)
        return sorted(rows, key=lambda row: row.at)

    def _of_visit(self, visit: Visit) -> list[Event]:
        first = visit.first
        issued = self.story.issued.get(first.key, {})
        rows = []
        if issued:
            asked = issued.get("requestParameters") or {}
            what = f"EC2 gets a session for the instance {asked.get('roleSessionName', '?')}: nothing wrong so far"
            address = issued.get("sourceIPAddress", "?")
            rows.append(Event(when(issued.get("eventTime", "")), what, first.session, first.key, address))
        rows.append(_event(first, f"The session is used from elsewhere, for the first time: {first.call}"))
        looked = [act for act in visit.acts if act.step == "discovery"]
        if looked:
            refused = sum(bool(act.error) for act in looked)
            what = f"A look around: {len(looked)} calls, {refused} refused, the last at {looked[-1].at:%H:%M:%S}"
            rows.append(_event(looked[0], what))
        for act in visit.acts:
            if act.step in ("secrets", "take-role") and act.call not in ("Decrypt", "GetCallerIdentity"):
                rows.append(_event(act, _deed(act)))
        return rows

    @property
    def achieved(self) -> list[Technique]:
        """The techniques that the known records show."""
        found: dict[str, Technique] = {}
        for technique in techniques(self.story) if self.story.intruders else ():
            if technique.known_by in self.known:
                twin = found.get(technique.id)
                evidence = f"{twin.evidence}, {technique.evidence}" if twin else technique.evidence
                found[technique.id] = replace(technique, evidence=evidence)
        return list(found.values())

    @property
    def alarm(self) -> str | None:
        """A sentence about when the alarm would have reported the intruder, or None."""
        if not {"alarm", "deletions"} <= self.known:
            return None
        found = next((act for act in self._destruction if act.found), None)
        delivered = _delivered(found) if found else None
        if not found or not delivered:
            return None
        late = round((delivered - found.at).total_seconds() / 60)
        return (
            f"Your alarm: `{found.call}` at {found.at:%H:%M:%S} UTC is in the log file that was delivered about "
            f"{delivered:%H:%M} UTC. Your detector would have reported it then, {late} minutes after it happened."
        )

    @property
    def _destruction(self) -> list[Act]:
        return timeline_plot.shown(self.story, self.known)

    @property
    def todo(self) -> list[tuple[str, Sequence[advice.Step]]]:
        """What to do next, as (heading, steps)."""
        if not self.story.intruders or not self.known & {"theft", "deletions"}:
            return []
        found: list[tuple[str, Sequence[advice.Step]]] = []
        prevent = {"theft": advice.PREVENT[:2], "deletions": advice.PREVENT[2:]}
        if "theft" in self.known:
            roles = list(dict.fromkeys(act.session.split("/")[0] for act in self.story.intruders))
            last = self.story.intruders[-1].at + datetime.timedelta(seconds=1)
            found.append(("Now: end it", advice.stop(roles, read_secrets(self.story), f"{last:%Y-%m-%dT%H:%M:%SZ}")))
        found.append(("Keep the evidence", advice.KEEP))
        return [*found, ("Prevent it", [step for part, some in prevent.items() if part in self.known for step in some])]

    def _head(self) -> str:
        if self.problem:
            return f"The log lake in data/ cannot be read ({self.problem}), so there is nothing to report on."
        if not self.known & {"theft", "deletions"}:
            return "Nothing is known yet. Each exercise you solve adds its part; here is what is missing."
        if self.gaps:
            return "What your solved exercises have brought to light. The gaps are listed at the end."
        return "Your detectors brought all of this to light, and the keys they found led on through the audit trail."

    def __repr__(self) -> str:
        lines = [self.title, "", wrapped(self._head())]
        if self.events:
            lines += ["", "WHAT HAPPENED (UTC)"]
            for at, what, who, key, address in self.events:
                lines += [f"{at:%Y-%m-%d %H:%M:%S}  {what}", f"{'':21}{who}, key {key}, from {address}"]
        if self.picture:
            lines += ["", "TIME LINE", wrapped(self.picture.alt)]
        if self.achieved:
            lines += ["", "WHAT WAS ACHIEVED (MITRE ATT&CK)"]
            for found in self.achieved:
                lines += [f"{found.id}  {found.name}", wrapped(found.evidence, "    "), f"    {found.link}"]
        if self.alarm:
            lines += ["", wrapped(self.alarm.replace("`", ""))]
        for heading, steps in self.todo:
            lines += ["", heading.upper()]
            for step in steps:
                lines += [f"- {step.what}", wrapped(step.how.replace("`", ""), "    ")]
                lines += [f"    {line}" for line in step.code.splitlines()]
                lines += [f"    {title}: {address}" for title, address in step.pages]
        if self.gaps:
            lines += ["", "STILL OPEN", *(f"- {gap.replace('`', '')}" for gap in self.gaps)]
        return "\n".join([*lines, "", "THE WAY ON", *(f"- {text}" for text in WAY_ON)])

    def _repr_html_(self) -> str:
        body = f"<p>{inline(self._head())}</p>"
        if self.picture:
            png, alt = base64.b64encode(self.picture.png()).decode("ascii"), html.escape(self.picture.alt)
            body += f'<p><img src="data:image/png;base64,{png}" alt="{alt}" style="max-width:100%"></p>'
            body += "".join(f"<p>{html.escape(text)}</p>" for text in self.visits)
        if self.events:
            heads = ("When (UTC)", "What", "Who", "Key", "From")
            rows = [(f"{at:%Y-%m-%d %H:%M:%S}", *rest) for at, *rest in self.events]
            body += _part("What happened", _table(heads, rows))
        if self.achieved:
            items = "".join(
                f"<li>{_link(found.id, found.link)} {html.escape(found.name)}: {html.escape(found.evidence)}</li>"
                for found in self.achieved
            )
            body += _part("What was achieved, in the words of MITRE ATT&CK", f"<ul>{items}</ul>")
        body += f"<p>{inline(self.alarm)}</p>" if self.alarm else ""
        for heading, steps in self.todo:
            body += _part(heading, f"<ul>{''.join(map(_step, steps))}</ul>")
        if self.gaps:
            body += "<h4>Still open</h4><ul>" + "".join(f"<li>{inline(gap)}</li>" for gap in self.gaps) + "</ul>"
        body += "<h4>The way on</h4><ul>" + "".join(f"<li>{inline(text)}</li>" for text in WAY_ON) + "</ul>"
        return box("note" if self.gaps else "passed", self.title, body)


def _part(heading: str, body: str) -> str:
    """Return a part of the page that opens with a click."""
    return f"<details><summary><b>{html.escape(heading)}</b></summary>{body}</details>"


def _event(act: Act, what: str) -> Event:
    return Event(act.at, what, act.session, act.key, act.address)


def _deed(act: Act) -> str:
    what = f"{act.call}: {act.target}" if act.target else act.call
    return f"{what}, refused ({act.error})" if act.error else what


def _delivered(act: Act) -> datetime.datetime | None:
    """Return when the log file with an act was delivered, to the minute; None if its name does not say so."""
    from workshop.exercises.questions.lake import lake

    try:
        events = lake().events
        return delivered_at(events.loc[events["eventID"] == act.event, "logFile"].iloc[0])
    except (IndexError, ValueError, OSError):
        return None


def _table(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    head = "".join(f"<th scope='col' style='text-align:left'>{html.escape(text)}</th>" for text in heads)
    body = ""
    for first, *others in rows:
        body += f"<tr><td style='white-space:nowrap;text-align:left'>{html.escape(str(first))}</td>"
        body += "".join(f"<td style='text-align:left'>{html.escape(str(cell))}</td>" for cell in others) + "</tr>"
    return f"<table><tr>{head}</tr>{body}</table>"


def _link(title: str, address: str) -> str:
    # The colour of the box is made for its ground, in light and in dark themes.
    return f'<a href="{html.escape(address)}" style="color:var(--ws)">{html.escape(title)}</a>'


def _step(step: advice.Step) -> str:
    pages = ", ".join(_link(title, address) for title, address in step.pages)
    code = f"<pre>{html.escape(step.code)}</pre>" if step.code else ""
    return f"<li><b>{html.escape(step.what)}.</b> {inline(step.how)}<br>{pages}{code}</li>"
