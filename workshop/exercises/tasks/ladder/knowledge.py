"""What the steps of the ladder have in common: the knowledge that their cases come with, and mistakes in using it."""

import dataclasses
import difflib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from workshop.exercises.case import Case
from workshop.exercises.judging import common_mistakes
from workshop.exercises.judging.exceptions import FIELDS
from workshop.exercises.misconception import Misconception
from workshop.exercises.sample_records import Record, value_at
from workshop.logs.knowledge import Known

SINCE = "2026-03-09T00:00:00Z"
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_NAMES = tuple(field.name for field in dataclasses.fields(Known))


def known(
    issued_to: Mapping[str, str] = _NOTHING,
    addresses: Mapping[str, Sequence[str]] = _NOTHING,
    nat_addresses: Sequence[str] = (),
    vpc_endpoints: Sequence[str] = (),
    first_address: Mapping[str, str] = _NOTHING,
) -> Known:
    """Return what is Known in a case; `addresses` leads from instance ids to lists."""
    return Known(
        SINCE,
        MappingProxyType(dict(issued_to)),
        MappingProxyType({instance: frozenset(own) for instance, own in dict(addresses).items()}),
        frozenset(nat_addresses),
        frozenset(vpc_endpoints),
        MappingProxyType(dict(first_address)),
    )


def key_of(record: Record) -> str | None:
    """Return the access key id of a record, or None."""
    key: str | None = value_at(record, "userIdentity.accessKeyId")
    return key


def session_name(record: Record) -> str:
    """Return the last part of the caller's ARN: the session's name."""
    return str(value_at(record, "userIdentity.arn") or "").split("/")[-1]


def inverted(right: Callable[..., Any], case: str) -> Misconception:
    """Return the catalogue's entry for verdicts that are the wrong way round, or mostly so."""
    return common_mistakes.inverted(
        right, case, when=lambda s: len(s.found) <= 1 and len(s.missed) > 2 and len(s.false_alarms) > 2
    )


def explains(case: Case, error: dict[str, Any]) -> Misconception | None:
    """Return what an exception around `known` means, or None."""
    kind, text, key = error["type"], error["text"], error["key"]
    if kind == "AttributeError" and "'Known' object has no attribute" in text:
        wrong = text.split("'")[3]
        close = difflib.get_close_matches(wrong, _NAMES, 1, 0.4)
        guess = f"did you mean `known.{close[0]}`? " if close else ""
        return Misconception("unknown_name", f"`known` has no `{wrong}`.", f"{guess}It has: {', '.join(_NAMES)}.")
    if kind == "TypeError" and "'Known' object is not" in text:
        return Misconception(
            "known_is_no_table",
            "`known` is no table itself: its tables are read by a dot.",
            "`known.issued_to`, say.",
        )
    if kind == "KeyError" and isinstance(key, str) and key not in FIELDS:
        why = "That one is not in the table: square brackets find only what is there, and raise an error otherwise."
        advice = "`.get(…)` gives None for what is not in a table; `in` asks whether it is."
        return Misconception("not_in_table", why, advice)
    if "sessionContext" in (key or "") or (kind in ("TypeError", "AttributeError") and "NoneType" in text):
        why = "Something that it reads is absent in this record, and nothing can be read from what is not there."
        advice = "`(identity.get(…) or {})` is an empty dictionary where a part is absent."
        return Misconception("absent_field", why, advice)
    return None
