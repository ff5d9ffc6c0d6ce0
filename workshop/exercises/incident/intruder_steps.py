"""The one account of the incident: who did what, when, with which key, and with what result.

It is read from the lake's records, and labels.csv says which of them are the intruder's. The incident report, its
picture and the case file take their facts from here.
"""

import datetime
import functools
import re
from dataclasses import dataclass
from typing import Any

from workshop.logs.record import Record

DESTROYS = ("stop-logging", "delete-logs", "delete-trail")


@dataclass(frozen=True)
class Act:
    """One call: `at` in UTC; `step` of the story; `found` whether the rule of Phase 1 (with the bonus) matches it.

    `step` is "own-use" for the calls that the instance itself made with the session that was stolen from it.
    """

    at: datetime.datetime
    call: str
    step: str
    who: str
    key: str
    address: str
    error: str
    target: str
    found: bool
    event: str
    delivery: str

    @property
    def destroys(self) -> bool:
        """True for a call that stops or deletes logs, or tries to."""
        return self.step in DESTROYS

    @property
    def direct(self) -> bool:
        """False for a call that an AWS service made in the session's name: it has no address."""
        return not self.address.endswith(".amazonaws.com")

    @property
    def session(self) -> str:
        """Role and session: mapleferry-web/i-…"""
        return self.who.split(":assumed-role/")[-1]


@dataclass(frozen=True)
class Visit:
    """Calls of the intruder between two long pauses, oldest first."""

    acts: tuple[Act, ...]

    @property
    def first(self) -> Act:
        """The first call."""
        return self.acts[0]

    @property
    def last(self) -> Act:
        """The last call."""
        return self.acts[-1]

    @property
    def direct(self) -> list[Act]:
        """The calls that came from an address."""
        return [act for act in self.acts if act.direct]

    @property
    def keys(self) -> list[str]:
        """The keys that signed the calls."""
        return list(dict.fromkeys(act.key for act in self.acts))

    @property
    def addresses(self) -> list[str]:
        """The addresses that the calls came from."""
        return list(dict.fromkeys(act.address for act in self.direct))


@dataclass(frozen=True)
class Story:
    """All acts, oldest first, and the AssumeRole records that say when the stolen sessions were issued, by key."""

    acts: tuple[Act, ...]
    issued: dict[str, Record]

    def of(self, *steps: str) -> list[Act]:
        """Return the acts of some steps."""
        return [act for act in self.acts if act.step in steps]

    @property
    def intruders(self) -> list[Act]:
        """All acts but the instance's own."""
        return [act for act in self.acts if act.step != "own-use"]

    def visits(self, pause: datetime.timedelta = datetime.timedelta(hours=2)) -> list[Visit]:
        """Return the intruder's visits, oldest first: between two of them lies a `pause` that is at least so long."""
        found: list[list[Act]] = []
        for act in self.intruders:
            if not found or act.at - found[-1][-1].at > pause:
                found.append([])
            found[-1].append(act)
        return [Visit(tuple(acts)) for acts in found]


@functools.lru_cache(maxsize=2)
def story(folder: str) -> Story:
    """Return the Story of the lake in a folder.

    Raises: FileNotFoundError when the lake or its labels.csv is gone.
    """
    from workshop.lake.synthetic import read_labels
    from workshop.logs.records import read_records

    labels = {name: row for name, row in read_labels(folder).items() if row["truth"] != "benign"}
    of_sessions: dict[str, Record] = {}
    issued: dict[str, Record] = {}
    for record in read_records(folder, skipped=[]):
        if record.get("eventName") == "AssumeRole":
            credentials = (record.get("responseElements") or {}).get("credentials") or {}
            issued.setdefault(credentials.get("accessKeyId", ""), record)
        if record.get("eventID") in labels or (record.get("userIdentity") or {}).get("type") == "AssumedRole":
            of_sessions.setdefault(record.get("eventID", ""), record)
    theirs = {name: record for name, record in of_sessions.items() if name in labels}
    keys = {_key(record) for record in theirs.values()} - {""}
    acts = [_act(record, labels[name]) for name, record in theirs.items()]
    acts += [_act(record) for name, record in of_sessions.items() if name not in labels and _key(record) in keys]
    return Story(tuple(sorted(acts, key=lambda act: act.at)), {key: issued[key] for key in issued.keys() & keys})


def when(text: str) -> datetime.datetime:
    """Return an eventTime as a datetime in UTC."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def _key(record: Record) -> str:
    return (record.get("userIdentity") or {}).get("accessKeyId") or ""


def _act(record: Record, label: dict[str, Any] | None = None) -> Act:
    identity = record.get("userIdentity") or {}
    return Act(
        when(record["eventTime"]),
        record.get("eventName", "?"),
        label["story_step"] if label else "own-use",
        identity.get("arn", "?"),
        _key(record),
        record.get("sourceIPAddress", "?"),
        record.get("errorCode", ""),
        _target(record.get("requestParameters") or {}, record.get("errorMessage") or ""),
        bool(label and label["rule_deleting_logs_bonus"]),
        str(record.get("eventID", "")),
        str((identity.get("sessionContext") or {}).get("ec2RoleDelivery") or ""),
    )


def _target(asked: dict[str, Any], refused: str) -> str:
    """Return the resource of a call; a denied call has no parameters, but its message may name the resource."""
    names = ("trailName", "logGroupName", "secretId", "name", "path", "roleArn", "userName")
    found = next((asked[name] for name in names if isinstance(asked.get(name), str)), "")
    if asked.get("logStreamName"):
        found += f", stream {asked['logStreamName']}"
    named = re.search(r"\bon (?:resource: )?(arn:\S+)", refused)
    if not found and named:
        found = named[1]
    return found.split(":trail/")[-1].split(":role/")[-1].split(":log-group:")[-1].split(":log-stream:")[0]
