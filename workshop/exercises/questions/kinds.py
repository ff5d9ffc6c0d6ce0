"""The kinds of answers: how each is read from what was handed in, and when two of them are the same."""

import datetime
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from workshop.exercises.questions import forms
from workshop.exercises.questions.lake import Lake


@dataclass(frozen=True)
class Kind:
    """One kind of answer: `expects` says it in words; `read(value, remarks, lake)` raises forms.Odd if it is no use.

    `same(given, value, lake, remarks)` returns whether what was read means this value, and may add a remark; both are
    of the type that `read` returns, or for names any collection of them.
    """

    expects: str
    read: Callable[[object, list[str], Lake], forms.Value]
    same: Callable[[Any, Any, Lake, list[str]], bool]


def _spelled(given: str, value: str, short: set[str], remarks: list[str], remark: str) -> bool:
    """Compare names: exactly, without regard to capitals, or as one of the `short` forms."""
    if given == value:
        return True
    if given.casefold() == value.casefold():
        remarks.append(f"CloudTrail spells it `{value}`; Python distinguishes capitals.")
        return True
    if given.casefold() in {form.casefold() for form in short}:
        remarks.append(remark.format(value))
        return True
    return False


def _same_service(given: str, value: str, lake: Lake, remarks: list[str]) -> bool:
    short = {value.removesuffix(".amazonaws.com")}
    return _spelled(
        given, value, short, remarks, "the field holds it in full, `{}`: that is what a filter compares with."
    )


def without_date(name: str) -> str:
    """Return an API call's name without the date of its API version: GetFunction of GetFunction20150331v2."""
    return re.sub(r"\d{8}(v\d+)?$", "", name)


def _same_call(given: str, value: str, lake: Lake, remarks: list[str]) -> bool:
    short = {without_date(value)}
    return _spelled(given, value, short, remarks, "the record says `{}`, with the date of the API's version.")


def _same_identity(given: str, value: str, lake: Lake, remarks: list[str]) -> bool:
    short = {name for name, arn in lake.names_of_identities.items() if arn == value}
    short |= {person(value)} if "@" in value else set()  # one person, whichever role it is
    return _spelled(given, value, short, remarks, "the whole ARN is `{}`; only that is sure to be unique.")


def _equal(given: float | datetime.datetime, value: float | datetime.datetime, lake: Lake, remarks: list[str]) -> bool:
    return given == value


def _same_share(given: float, value: float, lake: Lake, remarks: list[str]) -> bool:
    """Compare percentages to half a point; a share between 0 and 1 is taken as a share of 100 percent."""
    if 0 < given <= 1:
        return abs(given * 100 - value) < 0.5 + 1e-9
    return abs(given - value) < 0.5 + 1e-9


def person(name: str) -> str:
    """Return the name of a user out of an ARN or a session's name, in small letters."""
    return name.rsplit("/", 1)[-1].split("@")[0].casefold()


def _same_names(given: Collection[str], value: Collection[str], lake: Lake, remarks: list[str]) -> bool:
    if {name.casefold() for name in given} != {name.casefold() for name in value}:
        return False
    if set(given) != set(value):
        remarks.append("CloudTrail spells it with a capital: " + ", ".join(f"`{name}`" for name in sorted(value)) + ".")
    return True


def _text(value: object, remarks: list[str], lake: Lake) -> str:
    return forms.text(value, remarks)


def _number(value: object, remarks: list[str], lake: Lake) -> float:
    return forms.number(value, remarks)


def _names(value: object, remarks: list[str], lake: Lake) -> list[str]:
    return forms.names(value, remarks)


def _hour(value: object, remarks: list[str], lake: Lake) -> datetime.datetime:
    return forms.hour(value, remarks, lake.days)


SERVICE = Kind("the name of a service, as the field has it", _text, _same_service)
CALL = Kind("the name of an API call", _text, _same_call)
IDENTITY = Kind("an ARN", _text, _same_identity)
TEXT = Kind("a name", _text, lambda given, value, lake, remarks: given.casefold() == value.casefold())
NUMBER = Kind("a number", _number, _equal)
SHARE = Kind("a percentage, rounded to a whole number", _number, _same_share)
NAMES = Kind("a list of names", _names, _same_names)
HOUR = Kind('a day and the beginning of the hour, in UTC, such as "2026-03-09 14:00"', _hour, _equal)
