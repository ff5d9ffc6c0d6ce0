"""Log files that are mutated at random, from a seed: odd records, odd JSON, odd bytes, odd compression."""

import copy
import functools
import gzip
import itertools
import json
import random
import re
from typing import Any, NamedTuple

from log_files import record

from workshop import places
from workshop.logs.records import read_records

# Values that no field expects. Those in <> stand for JSON that Python's own writer does not make.
SIGNS = ["\x00", "\x1b[2J", "\r\n", "\u202e", "\u200b", "\u2028", "\ufeff", "\ud800", "\udc80", "é", "🛰", "\x7f", "%s"]
SIGNS.append('"\\')
VALUES: list[Any] = [
    *(None, True, False, 0, -1, 2**63, 2**64, -(2**70), 0.5, 1e300, "", " ", "x", "True", "false", "null", "0"),
    *([], {}, [None], [""], ["a", "b"], ["a", 1], [[]], {"": ""}, {"arn": None}, {"arn": 7}, {"type": []}),
    *("<NaN>", "<Infinity>", "<-Infinity>", "<1e400>", "<-0>", "<-0.0>", "<1E5>", "<400 digits>", "<5000 digits>"),
    *("<deep 50>", "<deep 300>", "<repeated key>", "<escaped>"),
    *("DeleteTrail", "DeleteLogGroup", "logs.amazonaws.com", "cloudtrail.amazonaws.com", "AwsAggregatedEvent"),
    *("2026-03-10T12:00:00.25Z", "2026-03-10 12:00", "2026-02-30T12:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01"),
    *("2026-03-10T12:00:00+05:30", "=1+1", "<b>x</b>", "a/i-0123456789abcdef0", "ASIAEXAMPLE", "event-1"),
    *SIGNS,
    *(f"Delete{sign}Trail" for sign in SIGNS),
]
HALVES = re.compile("[\ud800-\udfff]")
DEPTHS = [900, 990, 1_000, 1_100, 3_000, 10_000]
NAMES = ["eventName", "eventSource", "eventID", "eventTime", "userIdentity", "errorCode", "readOnly", "userAgent"]
NAMES += ["sourceIPAddress", "requestParameters", "timeWindow", "resources", "insightDetails", "Records"]
NAMES += ["eventname", "", ".", "userIdentity.arn", "\x00", "\u202e", "é"]


AGGREGATED = {
    "eventVersion": "1.11",
    "eventId": "aggregated-1",
    "eventType": "AwsAggregatedEvent",
    "eventSource": "s3.amazonaws.com",
    "eventName": "PutObject",
    "accountId": "111122223333",
    "timeWindow": {"windowStart": "2026-03-10T12:00:00Z", "windowEnd": "2026-03-10T12:05:00Z"},
}


class OddFile(NamedTuple):
    """The bytes of a file, and the entries that were written into it if nothing but these is wrong with it, or None."""

    data: bytes
    entries: list[Any] | None


@functools.cache
def usual_records() -> list[str]:
    """Return JSON of some records of each kind: the lake's, and made ones."""
    taken = list(itertools.islice(read_records(places.data()), 0, 6_000, 40))
    return [json.dumps(one) for one in [*taken, *map(record, range(20)), *[AGGREGATED] * 3]]


class OddLogs:
    """Makes odd log files; the same ones from the same seed."""

    def __init__(self, seed: object) -> None:
        self.dice = random.Random(str(seed))

    def record(self) -> dict[str, Any]:
        """Return a usual record in which some fields, at any depth, are absent, of a wrong type, odd or new."""
        dice = self.dice
        made = json.loads(dice.choice(usual_records()))
        if dice.random() < 0.2:
            made["eventID"] = f"event-{dice.randrange(30)}"
        for _ in range(dice.choice([0, 1, 1, 1, 2, 4])):
            self._change(made)
        return made

    def _change(self, made: dict[str, Any]) -> None:
        dice, into = self.dice, made
        names = list(made)
        name = dice.choice(NAMES) if dice.random() < 0.5 or not names else dice.choice(names)
        while isinstance(into.get(name), dict) and into[name] and dice.random() < 0.6:
            into = into[name]
            name = dice.choice(list(into))
        what = dice.random()
        if what < 0.25:
            into.pop(name, None)
        elif what < 0.3:
            into[dice.choice(NAMES)] = copy.deepcopy(into.get(name))
        else:
            into[name] = copy.deepcopy(dice.choice(VALUES))

    def entries(self, count: int) -> list[Any]:
        """Return so many entries of a log file, nearly all of them records."""
        return [
            self.record() if self.dice.random() < 0.99 else self.dice.choice([None, 7, "x", [], {}, True])
            for _ in range(count)
        ]

    def json_of(self, entries: list[Any]) -> str:
        """Return a log file's text with some entries, in one of the ways in which JSON can spell it."""
        dice = self.dice
        halves = "\\ud" in repr(entries)  # UTF-8 has no bytes for them
        text = json.dumps(
            {"Records": entries},
            ensure_ascii=dice.random() < 0.5 or halves,
            separators=dice.choice([(",", ":"), (", ", ": "), (" ,\n", "\t: ")]),
            indent=dice.choice([None, None, None, 1]),
        )
        if "<" in text:
            text = _with_raw_json(text, dice)
        return text

    def file(self, count: int) -> OddFile:
        """Return a file of so many entries; half of the files have something wrong with them as a whole."""
        dice, entries = self.dice, self.entries(count)
        if entries and dice.random() < 0.02:
            odd = dice.choice([one for one in entries if isinstance(one, dict)] or [{}])
            odd["requestParameters"] = f"<deep {dice.choice(DEPTHS)}>"
        text = self.json_of(entries)
        if dice.random() < 0.5:
            return OddFile(self._packed(_bytes(text)), entries)
        for _ in range(dice.choice([1, 1, 2])):
            text = dice.choice(_OF_TEXT)(text, dice)
        data = dice.choice(_OF_BYTES)(text, dice) if dice.random() < 0.5 else _bytes(text)
        packed = self._packed(data)
        for _ in range(dice.choice([0, 0, 1, 3])):
            packed = dice.choice(_OF_PACKED)(packed, dice)
        return OddFile(packed, None)

    def _packed(self, data: bytes) -> bytes:
        if self.dice.random() < 0.2:
            return data
        half = self.dice.randrange(len(data) + 1)
        members = [data[:half], data[half:]] if self.dice.random() < 0.1 else [data]
        return b"".join(gzip.compress(member, compresslevel=1, mtime=0) for member in members)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _with_raw_json(text: str, dice: random.Random) -> str:
    """Put JSON that Python does not write in the place of its names in <>."""
    raw = {name: name for name in ("NaN", "Infinity", "-Infinity", "1e400", "-0", "-0.0", "1E5")}
    raw |= {"400 digits": "7" * 400, "5000 digits": "-" + "7" * 5000}
    raw |= {f"deep {depth}": "[" * depth + "1" + "]" * depth for depth in (50, 300, *DEPTHS)}
    raw["repeated key"] = '{"arn":1,"arn":"b","type":"a","type":null}'
    raw["escaped"] = '{"\\u0061rn":"\\ud83d\\ude00\\/"}'
    for name, json_text in raw.items():
        text = text.replace(f'"<{name}>"', json_text)
    return text


def _cut(text: str, dice: random.Random) -> str:
    return text[: dice.randrange(len(text) + 1)]


def _sign(text: str, dice: random.Random) -> str:
    place = dice.randrange(len(text) + 1)
    more = dice.choice([*'{}[]":,\\0-eE. \n', *SIGNS, '"Records":[],', '"eventName":7,', "\\ud800", "\\u0000"])
    return text[:place] + more + text[place + dice.choice([0, 1]) :]


def _repeated_field(text: str, dice: random.Random) -> str:
    """Write a field twice in one of the records: the last one counts."""
    name, value = dice.choice(NAMES[:12]), dice.choice(['"DeleteTrail"', "7", "null", "{}", '{"arn":"x"}'])
    places_of = [place for place in range(len(text) - 1) if text[place] == "{" and text[place + 1] == '"'][:50]
    place = dice.choice(places_of or [0]) + 1
    return f'{text[:place]}"{name}":{value},{text[place:]}'


def _escaped_name(text: str, dice: random.Random) -> str:
    return text.replace('"eventName"', '"event\\u004eame"', dice.choice([1, -1]))


def _lines(text: str, dice: random.Random) -> str:
    """Write JSON Lines, several documents, a list, or one record."""
    try:
        entries = [*json.loads(text)["Records"]]
    except (ValueError, RecursionError, KeyError, TypeError):
        return text + dice.choice(["\n", "", " "]) + text
    lines = list(map(json.dumps, entries))
    half = len(entries) // 2
    documents = [json.dumps({"Records": part}) for part in (entries[:half], entries[half:])]
    return dice.choice(["\n".join(lines), "\n".join(documents), "".join(documents), json.dumps(entries), *lines[:1]])


def _more_fields(text: str, dice: random.Random) -> str:
    more = dice.choice(['"Records":[]', '"Records":null', '"digestStartTime":1', '"a":NaN', '"records":[{}]', '"x":{}'])
    return dice.choice([f"{{{more},{text[1:]}", f"{text[:-1]},{more}}}"])


def _same(text: str, dice: random.Random) -> str:
    return text


_OF_TEXT = [_cut, _sign, _sign, _sign, _repeated_field, _repeated_field, _escaped_name, _lines, _more_fields, _same]


def _encoded(text: str, dice: random.Random) -> bytes:
    encoding = dice.choice(["utf-8-sig", "utf-16", "utf-16-be", "utf-32", "latin-1", "cp1252", "utf-7"])
    return text.encode(encoding, "surrogatepass" if "utf-" in encoding and encoding != "utf-7" else "replace")


def _changed_bytes(text: str, dice: random.Random) -> bytes:
    data = bytearray(_bytes(text) or b"?")
    for _ in range(dice.choice([1, 1, 3])):
        data[dice.randrange(len(data))] = dice.choice([0, 0x80, 0xC3, 0xED, 0xFF, dice.randrange(256)])
    return bytes(data)


_OF_BYTES = [_encoded, _changed_bytes, _changed_bytes]


def _truncated(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data) + 1)]


def _flipped(data: bytes, dice: random.Random) -> bytes:
    if not data:
        return data
    place = dice.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << dice.randrange(8)]) + data[place + 1 :]


def _behind(data: bytes, dice: random.Random) -> bytes:
    more = [b"\0", b"\0" * 9, b"garbage", b"\x1f\x8b", b"\x1f\x8b\x08", b"\n", data, gzip.compress(b"\n", mtime=0)]
    return data + dice.choice(more)


def _packed_again(data: bytes, dice: random.Random) -> bytes:
    return gzip.compress(data, mtime=0)


def _false_magic(data: bytes, dice: random.Random) -> bytes:
    return dice.choice([b"\x1f\x8b", b"\x1f\x8b\x08", b"PK\x03\x04", b"BZh", b""]) + data[dice.choice([0, 3]) :]


_OF_PACKED = [_truncated, _flipped, _flipped, _behind, _packed_again, _false_magic]
