"""What the steps of the ladder have in common: the knowledge that their cases come with, and mistakes in using it."""

import dataclasses
import difflib
from types import MappingProxyType

from workshop.exercises.exercise import Misconception
from workshop.exercises.judging.exceptions import FIELDS
from workshop.exercises.sample_records import value_at
from workshop.logs.knowledge import Known

SINCE = "2026-03-09T00:00:00Z"
_NAMES = tuple(field.name for field in dataclasses.fields(Known))


def known(issued_to=(), addresses=(), nat_addresses=(), vpc_endpoints=(), first_address=()):
    """Return what is Known in a case; `addresses` leads from instance ids to lists."""
    return Known(
        SINCE,
        MappingProxyType(dict(issued_to)),
        MappingProxyType({instance: frozenset(own) for instance, own in dict(addresses).items()}),
        frozenset(nat_addresses),
        frozenset(vpc_endpoints),
        MappingProxyType(dict(first_address)),
    )


def key_of(record):
    """Return the access key id of a record, or None."""
    return value_at(record, "userIdentity.accessKeyId")


def session_name(record):
    """Return the last part of the caller's ARN: the session's name."""
    return (value_at(record, "userIdentity.arn") or "").split("/")[-1]


def opposite(right):
    """Return a rule whose True and False are the wrong way round; None stays None."""

    def rule(*arguments):
        verdict = right(*arguments)
        return None if verdict is None else not verdict

    return rule


def inverted(right, case):
    """Return the catalogue's entry for verdicts that are the wrong way round."""
    return Misconception(
        "inverted",
        "Its verdicts are the wrong way round.",
        "swap `return True` and `return False`, or look for a `not` too many.",
        rules=(opposite(right),),
        when=lambda s: len(s.found) <= 1 and len(s.missed) > 2 and len(s.false_alarms) > 2,
        case=case,
    )


def raised(case, error):
    """Return (misconception, what it means, what to try) for an exception around `known`, or None."""
    kind, text, key = error["type"], error["text"], error["key"]
    if kind == "AttributeError" and "'Known' object has no attribute" in text:
        wrong = text.split("'")[3]
        close = difflib.get_close_matches(wrong, _NAMES, 1, 0.4)
        guess = f"did you mean `known.{close[0]}`? " if close else ""
        return "unknown_name", f"`known` has no `{wrong}`.", f"{guess}It has: {', '.join(_NAMES)}."
    if kind == "TypeError" and "'Known' object is not" in text:
        return (
            "known_is_no_table",
            "`known` is no table itself: its tables are read by a dot.",
            "`known.issued_to`, say.",
        )
    if kind == "KeyError" and isinstance(key, str) and key not in FIELDS:
        why = "That one is not in the table: square brackets find only what is there, and raise an error otherwise."
        return "not_in_table", why, "`.get(…)` gives None for what is not in a table; `in` asks whether it is."
    if "sessionContext" in (key or "") or (kind in ("TypeError", "AttributeError") and "NoneType" in text):
        why = "Something that it reads is absent in this record, and nothing can be read from what is not there."
        return "absent_field", why, "`(identity.get(…) or {})` is an empty dictionary where a part is absent."
    return None
