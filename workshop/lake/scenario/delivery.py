"""Records -> files as CloudTrail delivers them: late, in batches, not always in order, some twice; and digest files."""

import hashlib
import json
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from types import ModuleType
from typing import Any

from .callers import iso
from .company import ACCOUNT, DAY, END, FIRST_DAY, GLOBAL, HOME, HOUR, LOG_BUCKET, TRAIL
from .dice import Dice
from .record import event_id, record_of_event
from .stage import Event, Label
from .things import uuid_of

_ROUNDS = {  # minutes until the next delivery, by region, in and out of office hours
    (HOME, True): (5, 5, 10, 10, 15),
    (HOME, False): (10, 15, 15, 20),
    (GLOBAL, True): (10, 15, 20, 30),
    (GLOBAL, False): (25, 30, 45),
}
_DIGEST_DELAY = 312  # a digest covers the hour up to 5 minutes and 12 seconds past the hour


@dataclass
class LogFile:
    """One file of the lake: its key in the bucket, its Region, when it was delivered, its events.

    `sha256` is that of its text, known once the text was made.
    """

    key: str
    region: str
    delivered: int
    events: list[Event]
    sha256: str = ""


def log_files(seed: int, events: list[Event]) -> Iterator[LogFile]:
    """Yield the log files that hold the events, region by region, oldest delivery first; their texts are not made."""
    dice = Dice(seed, "delivery")
    for region in (HOME, GLOBAL):
        yield from _of_region(dice, region, [event for event in events if _lies_in(event) == region])


def _lies_in(event: Event) -> str:
    """Return the Region whose files hold an event: nearly always its own, for some of us-east-1 the home Region."""
    if event.region == GLOBAL and event.ids % 211 == 0:
        return HOME
    return event.region


def _of_region(dice: Dice, region: str, events: list[Event]) -> Iterator[LogFile]:
    arrivals = sorted(((event.when + dice.heavy(90, 700), event.ids, event) for event in events), key=lambda a: a[:2])
    last = {event.together: when for when, _, event in arrivals}
    arrivals = [(last[event.together] if event.together else when, ids, event) for when, ids, event in arrivals]
    arrivals.sort(key=lambda arrival: arrival[:2])
    duplicates: list[Event] = []
    position = 0
    delivery = FIRST_DAY
    while position < len(arrivals):
        office = 12 <= delivery % DAY // HOUR < 22
        delivery += dice.pick(_ROUNDS[region, office]) * 60
        batch = []
        while position < len(arrivals) and arrivals[position][0] <= delivery:
            batch.append(arrivals[position][2])
            position += 1
        if not batch:
            continue
        again, duplicates = duplicates, [event for event in batch if dice.chance(1 / 250)]
        # A busy round is split, unevenly, over files of the same minute.
        parts = 1 if len(batch) < 40 else dice.whole(1, 3)
        shares: list[list[Event]] = [[] for _ in range(parts)]
        for event in batch:
            number = min(dice.whole(0, parts - 1), dice.whole(0, parts - 1))
            shares[0 if event.together else number].append(event)
        shares[-1] += again
        for share in shares:
            if share:
                yield LogFile(key_of(dice, "CloudTrail", region, delivery), region, delivery, _arranged(dice, share))


def _arranged(dice: Dice, events: list[Event]) -> list[Event]:
    """Return events in order of time; in about one of three files they are shuffled."""
    ordered = sorted(events, key=lambda event: (event.when, event.ids))
    return dice.shuffled(ordered) if dice.chance(0.36) else ordered


def key_of(dice: Dice, kind: str, region: str, delivered: float, account: str = ACCOUNT) -> str:
    """Return a log file's key in the bucket."""
    moment = datetime.fromtimestamp(delivered, timezone.utc)
    name = f"{account}_{kind}_{region}_{moment:%Y%m%dT%H%MZ}_{dice.letters(16)}.json.gz"
    return f"AWSLogs/{account}/{kind}/{region}/{moment:%Y/%m/%d}/{name}"


def text_of(file: LogFile) -> bytes:
    """Return the text of a log file, one line of JSON as CloudTrail writes it; the file remembers its hash."""
    text = as_text({"Records": [record_of_event(event) for event in file.events]})
    file.sha256 = hashlib.sha256(text).hexdigest()
    return text


def as_text(document: dict[str, Any]) -> bytes:
    """Return a document as compact JSON bytes."""
    return json.dumps(document, separators=(",", ":")).encode()


def compressed(text: bytes, engine: ModuleType = zlib, level: int = 9) -> bytes:
    """Return a gzip file of the text: no time, no name, no operating system in its header."""
    deflate = engine.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = deflate.compress(text) + deflate.flush()
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + body + struct.pack("<LL", zlib.crc32(text), len(text))


def digest_files(seed: int, files: list[LogFile]) -> list[tuple[str, bytes]]:
    """Return (key, text) of the digest files for log files whose texts were made: one an hour and region.

    Each names the one before it. As AWS does, all hashes are SHA-256 of the uncompressed text. The signatures are
    invented.
    """
    digests = []
    for region in (HOME, GLOBAL):
        previous: dict[str, str] = {}
        mine = [file for file in files if file.region == region]
        for end in range(FIRST_DAY + _DIGEST_DELAY, END + 2 * HOUR, HOUR):
            covered = [file for file in mine if end - HOUR <= file.delivered < end]
            key, text, previous = _digest(seed, region, end, covered, previous)
            digests.append((key, text))
    return digests


def _digest(
    seed: int, region: str, end: int, files: list[LogFile], previous: dict[str, str]
) -> tuple[str, bytes, dict[str, str]]:
    moment = datetime.fromtimestamp(end, timezone.utc)
    name = f"{ACCOUNT}_CloudTrail-Digest_{region}_{TRAIL}_{HOME}_{moment:%Y%m%dT%H%M%SZ}.json.gz"
    key = f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{region}/{moment:%Y/%m/%d}/{name}"
    times = [event.when for file in files for event in file.events]
    text = as_text(
        {
            "awsAccountId": ACCOUNT,
            "digestStartTime": iso(end - HOUR),
            "digestEndTime": iso(end),
            "digestS3Bucket": LOG_BUCKET,
            "digestS3Object": key,
            "digestPublicKeyFingerprint": hashlib.sha256(f"{seed}{region}".encode()).hexdigest()[:32],
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": iso(max(times)) if times else None,
            "oldestEventTime": iso(min(times)) if times else None,
            "previousDigestS3Bucket": LOG_BUCKET if previous else None,
            "previousDigestS3Object": previous.get("key"),
            "previousDigestHashValue": previous.get("hash"),
            "previousDigestHashAlgorithm": "SHA-256" if previous else None,
            "previousDigestSignature": previous.get("signature"),
            "logFiles": [
                {
                    "s3Bucket": LOG_BUCKET,
                    "s3Object": file.key,
                    "hashValue": file.sha256,
                    "hashAlgorithm": "SHA-256",
                    "newestEventTime": iso(max(event.when for event in file.events)),
                    "oldestEventTime": iso(min(event.when for event in file.events)),
                }
                for file in files
            ],
        }
    )
    signature = "".join(hashlib.sha256(text + bytes([part])).hexdigest() for part in range(8))
    return key, text, {"key": key, "hash": hashlib.sha256(text).hexdigest(), "signature": signature}


def insight_files(seed: int) -> list[tuple[str, bytes]]:
    """Return (key, text) of the Insight files: an unusual rate of calls and of errors, each with its start and end."""
    dice = Dice(seed, "insights")
    found = []
    for begin, minutes, region, source, name, kind, usual, unusual in (
        (FIRST_DAY + 18 * HOUR + 1080, 6, HOME, "s3", "GetBucketPolicy", "ApiCallRateInsight", 0.0412, 9.3333),
        (FIRST_DAY + DAY + 17 * HOUR + 2940, 9, GLOBAL, "iam", "ListUsers", "ApiErrorRateInsight", 0.0007, 0.4444),
        (FIRST_DAY + 3 * DAY + 15 * HOUR + 1320, 4, GLOBAL, "iam", "GetRole", "ApiCallRateInsight", 0.0623, 7.25),
    ):
        shared = _uuid(dice)
        for state, moment in (("Start", begin), ("End", begin + minutes * 60)):
            statistics = {
                "baseline": {"average": usual},
                "insight": {"average": unusual},
                "insightDuration": minutes if state == "End" else 1,
                "baselineDuration": 10_080,
            }
            record = {
                "eventVersion": "1.11",
                "eventTime": iso(moment),
                "awsRegion": region,
                "eventID": _uuid(dice),
                "eventType": "AwsCloudTrailInsight",
                "recipientAccountId": ACCOUNT,
                "sharedEventID": shared,
                "insightDetails": {
                    "state": state,
                    "eventSource": f"{source}.amazonaws.com",
                    "eventName": name,
                    "insightType": kind,
                    **({"errorCode": "AccessDenied"} if "Error" in kind else {}),
                    "insightContext": {"statistics": statistics},
                },
                "eventCategory": "Insight",
            }
            delivered = moment + dice.whole(10, 25) * 60
            found.append((key_of(dice, "CloudTrail-Insight", region, delivered), as_text({"Records": [record]})))
    return found


def _uuid(dice: Dice) -> str:
    return uuid_of(dice.bits(128).to_bytes(16, "big"))


def labels(files: Iterable[LogFile]) -> list[tuple[str, ...]]:
    """Return the rows of labels.csv for the events in some files: one for each labelled event, oldest first."""
    labelled = {event_id(event): (event.when, event.label) for file in files for event in file.events if event.label}
    return [
        row_of(name, label) for name, (_, label) in sorted(labelled.items(), key=lambda item: (item[1][0], item[0]))
    ]


def row_of(identifier: str, label: Label) -> tuple[str, ...]:
    """Return an event's row in labels.csv."""
    rules = (label.deleting, label.deleting or label.stopping, label.instance)
    return (identifier, label.step, label.truth, *(str(rule).lower() for rule in rules), label.reason)
