"""What the doctor says: one line for each thing looked at, in a terminal and as a table in a notebook."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from workshop.display.boxes import LOOKS, box, rows

# What a state looks like, and the word for it.
_SHOWN = {"ok": ("passed", "ok"), "note": ("note", "note"), "to do": ("wrong", "TO DO")}


@dataclass(frozen=True)
class Finding:
    """What came of one check.

    name   what was looked at
    state  "ok"; "note": worth knowing, and no reason to stop; "to do": something will not work
    found  what was found, in a few words
    do     the one thing to do about it, or ""
    """

    name: str
    state: Literal["ok", "note", "to do"]
    found: str
    do: str = ""


def ok(name: str, found: str) -> Finding:
    """Return the Finding that all is well."""
    return Finding(name, "ok", found)


def note(name: str, found: str, do: str = "") -> Finding:
    """Return a Finding that is worth knowing, and no reason to stop."""
    return Finding(name, "note", found, do)


def to_do(name: str, found: str, do: str) -> Finding:
    """Return the Finding that something will not work until somebody does what `do` says."""
    return Finding(name, "to do", found, do)


class Diagnosis:
    """All findings in the order of the checks: `findings`, and whether nothing is to be done: `healthy`."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)

    @property
    def healthy(self) -> bool:
        return all(finding.state != "to do" for finding in self.findings)

    @property
    def title(self) -> str:
        """One line that says how it stands."""
        number = sum(finding.state == "to do" for finding in self.findings)
        if not number:
            return "Everything is ready for the workshop"
        return "One thing is to be done first" if number == 1 else f"{number} things are to be done first"

    def __str__(self) -> str:
        width = max(len(finding.name) for finding in self.findings)
        lines = []
        for finding in self.findings:
            look, word = _SHOWN[finding.state]
            text = " -> ".join(part for part in (finding.found, finding.do) if part).replace("`", "")
            lines.append(f"{LOOKS[look][0]} {word:<6} {finding.name:<{width}}  {' '.join(text.split())}")
        return "\n".join([*lines, f"{self.title}."])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        entries = [
            (*_SHOWN[finding.state], (finding.name, finding.found, finding.do and f"→ {finding.do}"))
            for finding in self.findings
        ]
        return box("passed" if self.healthy else "wrong", self.title, rows(entries))
