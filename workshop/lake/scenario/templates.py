"""Records as templates: their text, cut where another account, another day and another call have something else.

Filling a template in takes a few microseconds, making a record anew a hundred times as long.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache
from typing import NamedTuple

from .company import ACCOUNT, DAY, HOME
from .record import event_id, record_of_event
from .stage import Event

_CLOCK = [f"T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}".encode() for n in range(DAY)]
_UUID = re.compile(r"-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# The texts that differ from one copy to the next; of names and keys the first four letters are replaced. Each pattern
# begins with fixed letters, which is ten times as fast as looking for all at once.
_SLOTS = (
    ("name", re.compile(ACCOUNT)),
    ("name", re.compile(HOME)),
    ("name", re.compile(r"AKIA(?P<slot>[A-Z2-7]{4})[A-Z2-7]*EXAMPLE")),
    ("name", re.compile(r"AIDA(?P<slot>[A-Z2-7]{4})[A-Z2-7]*EXAMPLE")),
    ("name", re.compile(r"AROA(?P<slot>[A-Z2-7]{4})[A-Z2-7]*EXAMPLE")),
    ("name", re.compile(r"i-(?P<slot>[0-9a-f]{4})(?:[0-9a-f]{13}|[0-9a-f]{4})\b")),
    ("key", re.compile(r"ASIA(?P<slot>[A-Z2-7]{4})[A-Z2-7]*EXAMPLE")),
    ("time", re.compile(r"2026-03-\d\dT\d\d:\d\d:\d\d")),
    ("day", re.compile(r"2026-03-\d\d(?!T)")),
    ("day", re.compile(r"2026/03/\d\d")),
    ("day", re.compile(r"Mar \d\d?, 2026")),
)
_WRITTEN = {"2026-": "%Y-%m-%d", "2026/": "%Y/%m/%d", "Mar 9": "%b %d, %Y", "Mar 1": "%b %d, %Y"}


@dataclass
class Template:
    """The pieces of the text of an event's record, and which of them are filled in with what."""

    event: Event
    pieces: list[bytes]
    names: list[tuple[int, bytes]] = field(default_factory=list)  # (piece, the name that is replaced by the account's)
    keys: list[int] = field(default_factory=list)  # pieces
    times: list[tuple[int, int]] = field(default_factory=list)  # (piece, seconds since 1970)
    # (piece, how it is written, seconds from the event to that day's start)
    days: list[tuple[int, str, int]] = field(default_factory=list)
    ids: list[tuple[int, int]] = field(default_factory=list)  # (piece, which of the fresh ids)
    fresh: int = 0  # how many fresh ids it takes; the first is the eventID


class _Id(NamedTuple):
    """A UUID in a record's text."""

    start: int
    end: int
    text: str


def templates_of(events: list[Event]) -> list[Template]:
    """Return a template for each event. An id that several records hold names a thing and stays; others are fresh."""
    texts = [json.dumps(record_of_event(event), separators=(",", ":")) for event in events]
    ids = [_ids_in(text) for text in texts]
    holders = Counter(text for found in ids for text in {one.text for one in found})
    kept: dict[bytes, bytes] = {}
    return [
        _template(event, text, [one for one in found if holders[one.text] == 1], kept)
        for event, text, found in zip(events, texts, ids, strict=True)
    ]


def _ids_in(text: str) -> list[_Id]:
    """Return the UUIDs in a text."""
    spans = [(tail.start() - 8, tail.end()) for tail in _UUID.finditer(text)]
    found = [_Id(start, end, text[start:end]) for start, end in spans]
    return [one for one in found if re.match("[0-9a-f]{8}", one.text)]


def _template(event: Event, text: str, ids: list[_Id], kept: dict[bytes, bytes]) -> Template:
    """Cut one text; `kept` keeps each distinct piece once for all templates."""
    slots = [(one.start, one.end, "id") for one in ids]
    for kind, pattern in _SLOTS:
        group = "slot" if pattern.groups else 0
        slots += [(found.start(group), found.end(group), kind) for found in pattern.finditer(text)]
    made, done, numbers = Template(event, []), 0, {event_id(event): 0}  # the eventID is the first, wherever it stands
    for start, end, kind in sorted(slots):
        found = text[start:end]
        for piece in (text[done:start].encode(), found.encode()):
            made.pieces.append(kept.setdefault(piece, piece))
        place, done = len(made.pieces) - 1, end
        if kind == "name":
            made.names.append((place, made.pieces[place]))
        elif kind == "key":
            made.keys.append(place)
        elif kind == "time":
            made.times.append((place, _seconds(found, "%Y-%m-%dT%H:%M:%S")))
        elif kind == "day":
            written = _WRITTEN[found[:5]]
            made.days.append((place, written, _seconds(found, written) - event.when))
        else:
            made.ids.append((place, numbers.setdefault(found, len(numbers))))
    made.pieces.append(text[done:].encode())
    made.fresh = len(numbers)
    return made


@lru_cache(100_000)
def _seconds(text: str, written: str) -> int:
    return int(datetime.strptime(text, written).replace(tzinfo=timezone.utc).timestamp())


def fill(
    template: Template, names: Mapping[bytes, bytes], key: bytes, moment: Callable[[int], int], ids: list[bytes]
) -> bytes:
    """Return a record's text: `names` for the account, `key` four letters, `moment` maps times, `ids` are fresh."""
    pieces = template.pieces.copy()
    for place, name in template.names:
        pieces[place] = names[name]
    for place in template.keys:
        pieces[place] = key
    for place, when in template.times:
        day, second = divmod(moment(when), DAY)
        pieces[place] = _day(day) + _CLOCK[second]
    for place, written, away in template.days:
        when = moment(template.event.when) + away + DAY // 2
        pieces[place] = _day(when // DAY, written)
    for place, number in template.ids:
        pieces[place] = ids[number]
    return b"".join(pieces)


@lru_cache(10_000)
def _day(number: int, written: str = "%Y-%m-%d") -> bytes:
    text = datetime.fromtimestamp(number * DAY, timezone.utc).strftime(written)
    return text.replace(" 0", " ").encode()
