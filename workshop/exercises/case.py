"""The records that an answer is judged on: cases, which decide, and probes, which give a mistake away."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from workshop.exercises.sample_records import Record

# The verdict None of a function that may also say that nobody can know, as Signature holds it.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Case:
    """One record, as a sentence, with the verdict that is right for it and the fields that decide it.

    Without `fields`, those of the exercise decide. `typical` is the misconception that a wrong verdict here most often
    comes from. `may_raise`: raising passes, with a remark. `bonus`: True is the bonus, another verdict passes too.
    `watch`: run once more on a record that tells what is read. `twice`: it comes again, when the others have come.
    `known` (a `workshop.logs.knowledge.Known`) is the second argument of a function that takes one. `expected` may be
    UNKNOWN where the exercise asks for three verdicts.
    """

    name: str
    sentence: str
    record: Record | None
    expected: bool | str = True
    typical: str | None = None
    fields: tuple[str, ...] = ()
    may_raise: bool = False
    bonus: bool = False
    watch: bool = False
    twice: bool = True
    known: Any = None

    def verdict_of(self, rule: Callable[..., Any]) -> bool | str:
        """Return what a rule of the catalogue says of this case: True, False or UNKNOWN."""
        said = rule(self.record) if self.known is None else rule(self.record, self.known)
        return UNKNOWN if said is None else bool(said)

    def sent(self) -> dict[str, Any]:
        """Return the case as the sandbox takes it (see `workshop.attendee_code.sandbox.run_cases`)."""
        told = {"record": json.dumps(self.record)}
        if self.known is None:
            return told
        known = {field.name: getattr(self.known, field.name) for field in dataclasses.fields(self.known)}
        return {**told, "known": _as_json(known)}


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _as_json(inner) for key, inner in value.items()}
    return sorted(value) if isinstance(value, frozenset | set) else value


@dataclass(frozen=True)
class Probe:
    """The case `twin` with some fields changed, so that it cannot happen: True here and False there gives them away.

    `changes` maps paths such as "userIdentity.type" to values; nothing else differs, so nothing else can be the cause.
    `text` is what the record has instead of what the twin has.
    """

    changes: Mapping[str, Any]
    twin: str
    misconception: str
    text: str = ""

    def sent(self, twin: Record) -> dict[str, Any]:
        """Return the probe as the sandbox takes it, made from the record of its twin."""
        record = json.loads(json.dumps(twin))
        for path, value in self.changes.items():
            *parents, last = path.split(".")
            part = record
            for parent in parents:
                part = part[parent]
            part[last] = value
        return {"record": json.dumps(record)}
