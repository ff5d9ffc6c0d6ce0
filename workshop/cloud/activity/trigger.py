"""A CloudTrail log file into the stack's bucket, as CloudTrail would deliver it: what sets everything off."""

import csv
import gzip
import html
import re
import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path

from workshop import places
from workshop.cloud.alarm.alarm import calm_alarms, now
from workshop.cloud.function.deployed_code import NOTHING_DEPLOYED, nothing_deployed
from workshop.cloud.untraced import quiet
from workshop.display.waiting_line import ProgressLine

_EVENT_ID = re.compile(rb'"eventID"\s*:\s*"([^"]+)"')


@dataclass(frozen=True)
class Trigger:
    """A log file put into the stack's bucket: from which file, under which key, when (UTC).

    `put` is False where nothing was put; `reason` says why, or what was done first.
    """

    file: Path
    bucket: str
    key: str | None = None
    put_at: datetime | None = None
    reason: str = ""

    @property
    def put(self):
        return self.key is not None

    def __str__(self):
        if not self.put:
            return f"Nothing deployed, so no log file was put: {self.reason}"
        lines = [f"Put {_short(self.file)} at {self.put_at:%H:%M:%S} UTC as", f"  s3://{self.bucket}/{self.key}"]
        return "\n".join([*lines, self.reason] if self.reason else lines)

    __repr__ = __str__

    def _repr_html_(self):
        return "<p>" + html.escape(str(self)).replace("\n", "<br>") + "</p>"


@quiet
def trigger(cloud, file=None, progress=None):
    """Put a CloudTrail log file into the stack's bucket, under a name as CloudTrail gives it, with the present time.

    `file` is any log file; by default one from data/ that holds both the deletion of logs and the use of an
    instance's credentials. A red alarm is brought back to OK first (on AWS that takes minutes), since a red alarm
    cannot turn red. With nothing deployed nothing is put, and the Trigger says so.
    Raises: FileNotFoundError when there is no such file.
    """
    file = Path(file) if file is not None else attack_file()
    if not file.is_file():
        raise FileNotFoundError(f"There is no log file {file}. Leave it out to put an attack's log file from data/.")
    bucket = cloud.resource("CloudTrailBucket")
    if nothing_deployed(cloud):
        return Trigger(file, bucket, reason=NOTHING_DEPLOYED)
    calmed = calm_alarms(cloud, progress or ProgressLine())
    key = new_key(cloud)
    began = now()
    answer = cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=compressed(file))
    return Trigger(file, bucket, key, _on_their_clock(began, answer), calmed)


def attack_file():
    """Return the lake's log file with most of the attack: where it deletes logs and uses an instance's credentials.

    By data/labels.csv: both rules match malicious records in it, and none has more malicious deletions of logs.
    Raises: LookupError when there is none.
    """
    with (places.data() / "labels.csv").open(newline="", encoding="utf-8") as lines:
        malicious = [row for row in csv.DictReader(lines) if row["truth"] == "malicious"]
    deletions, credentials = (
        {row["eventID"].encode() for row in malicious if row[rule].lower() == "true"}
        for rule in ("rule_deleting_logs", "rule_instance_creds")
    )
    deleted = {}
    for file in sorted((places.data() / "AWSLogs").rglob("*.json.gz")):
        found = set(_EVENT_ID.findall(gzip.decompress(file.read_bytes())))
        if found & deletions and found & credentials:
            deleted[file] = len(found & deletions)
    if not deleted:
        raise LookupError(
            f"By labels.csv no log file under {places.data()} holds both a deletion of logs and a use of instance "
            f"credentials. `{places.command('data generate')}` makes the log lake anew."
        )
    return max(deleted, key=deleted.get)


def new_key(cloud):
    """Return an object key as CloudTrail makes them, for a file delivered now."""
    time, alphabet = now(), string.ascii_letters + string.digits
    suffix = "".join(secrets.choice(alphabet) for _ in range(16))
    name = f"{cloud.account}_CloudTrail_{cloud.region}_{time:%Y%m%dT%H%MZ}_{suffix}.json.gz"
    return f"AWSLogs/{cloud.account}/CloudTrail/{cloud.region}/{time:%Y/%m/%d}/{name}"


def compressed(file):
    """Return a file's bytes, compressed with gzip unless they are already."""
    body = file.read_bytes()
    return body if body[:2] == b"\x1f\x8b" else gzip.compress(body)


def _on_their_clock(began, answer):
    """Return when a request was sent, by the cloud's clock where this machine's is wrong by more than its seconds."""
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    theirs = parsedate_to_datetime(date).astimezone(timezone.utc) if date else began
    return began if abs(theirs - began) <= timedelta(seconds=3) else theirs


def _short(file):
    try:
        return file.resolve().relative_to(places.checkout()).as_posix()
    except ValueError:
        return str(file)
