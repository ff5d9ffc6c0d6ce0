"""Records as templates: their text, cut where another account, another day and another call have something else.

Filling a template in takes a few microseconds, making a record anew a hundred times as long.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache

from .company import ACCOUNT, HOME
from .record import event_id, record_of_event

_SECONDS_A_DAY = 86_400
_CLOCK = [f"T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}".encode() for n in range(_SECONDS_A_DAY)]
_UUID = re.compile(r"-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# What differs from one copy to the next; of names and keys the first four letters are replaced. Each pattern begins
# with fixed letters, which is ten times as fast as looking for all at once.
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
    """The pieces of a record's text, and which of them are filled in with what; `event` is where it comes from."""

    event: object
    pieces: list
    names: list = field(default_factory=list)  # (piece, the name that is replaced by the account's)
    keys: list = field(default_factory=list)  # pieces
    times: list = field(default_factory=list)  # (piece, seconds since 1970)
    days: list = field(default_factory=list)  # (piece, how it is written, seconds from the event to that day's start)
    ids: list = field(default_factory=list)  # (piece, which of the fresh ids)
    fresh: int = 0  # how many fresh ids it takes; the first is the eventID


def templates_of(events):
    """Return a template for each event. An id that several records hold names a thing and stays; others are fresh."""
    texts = [json.dumps(record_of_event(event), separators=(",", ":")) for event in events]
    ids = [_ids_in(text) for text in texts]
    holders = Counter(found for found_here in ids for found in {text for _, _, text in found_here})
    kept = {}
    return [
        _template(event, text, [found for found in found_here if holders[found[2]] == 1], kept)
        for event, text, found_here in zip(events, texts, ids, strict=True)
    ]


def _ids_in(text):
    """Return (start, end, id) of the UUIDs in a text."""
    tails = [
        tail for tail in _UUID.finditer(text) if re.fullmatch("[0-9a-f]{8}", text[tail.start() - 8 : tail.start()])
    ]
    return [(tail.start() - 8, tail.end(), text[tail.start() - 8 : tail.end()]) for tail in tails]


def _template(event, text, ids, kept):
    """Cut one text; `kept` keeps each distinct piece once for all templates."""
    slots = [(start, end, "id") for start, end, _ in ids]
    for kind, pattern in _SLOTS:
        group = "slot" if pattern.groups else 0
        slots += [(*found.span(group), kind) for found in pattern.finditer(text)]
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
def _seconds(text, written):
    return int(datetime.strptime(text, written).replace(tzinfo=timezone.utc).timestamp())


def fill(template, names, key, moment, ids):
    """Return a record's text: `names` for the account, `key` four letters, `moment` maps times, `ids` are fresh."""
    pieces = template.pieces.copy()
    for place, name in template.names:
        pieces[place] = names[name]
    for place in template.keys:
        pieces[place] = key
    for place, when in template.times:
        day, second = divmod(moment(when), _SECONDS_A_DAY)
        pieces[place] = _day(day) + _CLOCK[second]
    for place, written, away in template.days:
        when = moment(template.event.when) + away + _SECONDS_A_DAY // 2
        pieces[place] = _day(when // _SECONDS_A_DAY, written)
    for place, number in template.ids:
        pieces[place] = ids[number]
    return b"".join(pieces)


@lru_cache(10_000)
def _day(number, written="%Y-%m-%d"):
    text = datetime.fromtimestamp(number * _SECONDS_A_DAY, timezone.utc).strftime(written)
    return text.replace(" 0", " ").encode()
