"""A CloudTrail log file into the stack's bucket, as CloudTrail would deliver it: what sets everything off."""

import gzip
from datetime import datetime, timedelta
from pathlib import Path

from workshop import places
from workshop.cloud.alarm.alarm import calm_alarms
from workshop.cloud.clock import now, time_of_answer
from workshop.cloud.cloud import Cloud, Json, quiet
from workshop.cloud.function.put_file import Trigger
from workshop.cloud.function.starter_code import NOTHING_DEPLOYED, nothing_deployed
from workshop.cloud.trail.delivery import log_file_key
from workshop.display.progress import ProgressLine
from workshop.lake.synthetic import attack_file


@quiet
def trigger(cloud: Cloud, file: str | Path | None = None, progress: ProgressLine | None = None) -> Trigger:
    """Put a CloudTrail log file into the stack's bucket, under a name as CloudTrail gives it, with the present time.

    `file` is any log file; by default one from data/ that holds both the deletion of logs and the use of an
    instance's credentials. A red alarm is brought back to OK first (on AWS that takes minutes), since a red alarm
    cannot turn red. With nothing deployed, nothing is put, and the Trigger says so.
    Raises: FileNotFoundError when there is no such file.
    """
    file = Path(file) if file is not None else attack_file(places.data())
    if not file.is_file():
        raise FileNotFoundError(f"There is no log file {file}. Leave it out to put an attack's log file from data/.")
    bucket = cloud.resource("CloudTrailBucket")
    if nothing_deployed(cloud):
        return Trigger(file, bucket, reason=NOTHING_DEPLOYED)
    calmed = calm_alarms(cloud, progress or ProgressLine())
    key, began = log_file_key(cloud.account, cloud.region), now()
    answer = cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=compressed(file))
    return Trigger(file, bucket, key, _on_their_clock(began, answer), calmed)


def compressed(file: Path) -> bytes:
    """Return a file's bytes, compressed with gzip unless they are already."""
    body = file.read_bytes()
    return body if body[:2] == b"\x1f\x8b" else gzip.compress(body)


def _on_their_clock(began: datetime, answer: Json) -> datetime:
    """Return when a request was sent, by the cloud's clock where this machine's is wrong by more than its seconds."""
    theirs = time_of_answer(answer) or began
    return began if abs(theirs - began) <= timedelta(seconds=3) else theirs
