"""One API call of your own, followed into CloudTrail's log file and through the Lambda function."""

import html
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from workshop.cloud.clock import now, time_of_answer
from workshop.cloud.cloud import Cloud, Json, quiet
from workshop.cloud.function.lambda_log import Run, finished_runs
from workshop.cloud.function.starter_code import NOTHING_DEPLOYED, nothing_deployed
from workshop.cloud.trail.spelling import GLOBAL_REGION
from workshop.display.progress import ProgressLine
from workshop.logs.records import read_records

# Seconds, by target. CloudTrail delivers a record after about five minutes on average, and does not promise it.
_PATIENCE = {"local": 30, "aws": 20 * 60}
_PAUSE = {"local": 0.2, "aws": 10}
_MEANWHILE = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html"
# Clocks differ, and the name of a log file has whole minutes.
_SLACK = timedelta(minutes=2)


@dataclass
class CallSeen:
    """What became of a call.

    outcome   "caught", "not detected", "failed", "timed out", "nothing deployed" or "no call"
    reason    the outcome in a sentence
    record    CloudTrail's record of the call, as a dictionary, or None
    key       the object key of the log file that holds it, or None
    found     how many records of that file each analysis function matched, by its name
    run       the Run of the Lambda function that analyzed it, or None
    """

    outcome: str
    reason: str
    record: Json | None = None
    key: str | None = None
    run: Run | None = None

    @property
    def found(self) -> dict[str, int]:
        analyzed = self.run.analyzed if self.run else []
        return next((summary["found"] for summary in analyzed if summary["key"] == self.key), {})

    @property
    def caught(self) -> bool:
        """Whether an analysis function matched a record of the call's log file."""
        return any(self.found.values())

    def __str__(self) -> str:
        lines = [f"{self.outcome.upper()}: {self.reason}"]
        if self.record and self.key:
            what = f"{self.record['eventSource'].partition('.')[0]}:{self.record['eventName']}"
            lines.append(f"  called     {self.record['eventTime']}  {what}")
            lines.append(f"  delivered  {self.key.rpartition('/')[2]}")
        if self.run:
            matches = ", ".join(f"{name} {count}" for name, count in self.found.items()) or "no analysis function"
            lines.append(f"  analyzed   {self.run.ended:%Y-%m-%dT%H:%M:%SZ}  found: {matches}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


@quiet
def watch_call(
    cloud: Cloud, answer: Json | None, timeout: float | None = None, progress: ProgressLine | None = None
) -> CallSeen:
    """Wait until the Lambda function has analyzed the record of an API call, and return the CallSeen.

    `answer` is what boto3 returned for the call: its RequestId stands in the record as requestID. `timeout` is in
    seconds; if not given it is 30 locally, where the kit's own trail delivers, and 20 minutes on AWS. With nothing
    deployed, or no call (None), it says so at once.
    """
    if nothing_deployed(cloud):
        return CallSeen("nothing deployed", NOTHING_DEPLOYED)
    if answer is None:
        return CallSeen("no call", "there is no call to wait for: run the cell that makes it.")
    progress = progress or ProgressLine()
    timeout = _PATIENCE[cloud.target] if timeout is None else timeout
    seen = _Wait(cloud, answer, timeout, progress).result()
    progress.done(f"Waited for {progress.seconds:.1f} s: {seen.outcome}.")
    return seen


class _Wait:
    """The wait for one call: what it is known by, and which log files were read already."""

    def __init__(self, cloud: Cloud, answer: Json, timeout: float, progress: ProgressLine) -> None:
        self.cloud = cloud
        self.request_id = answer["ResponseMetadata"]["RequestId"]
        self.called_at = time_of_answer(answer) or now()
        self.bucket = cloud.resource("CloudTrailBucket")
        self.timeout = timeout
        self.deadline = time.monotonic() + timeout
        self.progress = progress
        self.read: set[str] = set()

    def result(self) -> CallSeen:
        delivered = None
        known: dict[str, Run] = {}
        while True:
            delivered = delivered or self._delivered()
            record, key = delivered or (None, None)
            if record and key:
                for run in finished_runs(self.cloud, self.called_at - _SLACK, known=known):
                    if run.is_of(key):
                        return self._judged(run, record, key)
            if time.monotonic() >= self.deadline:
                what = "its log file was delivered, but not analyzed" if record else "no log file with it was delivered"
                return CallSeen("timed out", f"{what} within {self.timeout:.0f} s.", record, key)
            self.progress.say(self._waiting_for(record))
            time.sleep(_PAUSE[self.cloud.target])

    def _judged(self, run: Run, record: Json, key: str) -> CallSeen:
        if not run.analyzed:
            return CallSeen("failed", f"the Lambda function failed: {run.error}", record, key, run)
        seen = CallSeen("not detected", "no analysis function matched it.", record, key, run)
        if seen.caught:
            after = (run.ended - self.called_at).total_seconds()
            seen.outcome = "caught"
            seen.reason = f"{record['eventName']}, detected by the Lambda function about {after:.0f} s after the call."
        return seen

    def _delivered(self) -> tuple[Json, str] | None:
        """Return the record of the call and the key of its log file, or None while it is not delivered."""
        for key in self._new_keys():
            for record in read_records(f"s3://{self.bucket}/{key}", s3=self.cloud.client("s3"), skipped=[]):
                if record.get("requestID") == self.request_id:
                    return record, key
            self.read.add(key)
        return None

    def _new_keys(self) -> Iterator[str]:
        """Yield the keys of log files delivered since the call that were not read yet."""
        since = self.called_at - _SLACK
        for region in dict.fromkeys((self.cloud.region, GLOBAL_REGION)):
            first = f"{self.cloud.account}_CloudTrail_{region}_{since:%Y%m%dT%H%MZ}"
            for day in sorted({f"{day:%Y/%m/%d}" for day in (since, now())}):
                prefix = f"AWSLogs/{self.cloud.account}/CloudTrail/{region}/{day}/"
                where = {"Bucket": self.bucket, "Prefix": prefix, "StartAfter": prefix + first}
                for found in self.cloud.entries("s3", "list_objects_v2", "Contents", **where):
                    if found["Key"] not in self.read:
                        yield found["Key"]

    def _waiting_for(self, record: Json | None) -> str:
        if record is not None:
            return "The record is delivered; waiting for the Lambda function to analyze it ..."
        waiting = "Called; waiting for the log file that holds the record"
        if self.cloud.target != "aws":
            return f"{waiting} ..."
        minutes = self.progress.seconds // 60
        return (
            f"{waiting}: {minutes:.0f} min so far, {len(self.read)} other log files read; on AWS it takes about five "
            f"minutes, sometimes more. To read meanwhile: {_MEANWHILE}"
        )
