"""The whole log lake through the Lambda function: delivered file by file, as by CloudTrail, each one accounted for."""

import html
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pandas as pd

from workshop import places
from workshop.cloud.activity.trigger import compressed
from workshop.cloud.alarm.alarm import calm_alarms
from workshop.cloud.clock import now
from workshop.cloud.cloud import Cloud, quiet
from workshop.cloud.function.deployed_code import log_group
from workshop.cloud.function.lambda_log import Summary, analyzed_since
from workshop.cloud.function.starter_code import NOTHING_DEPLOYED, nothing_deployed
from workshop.display.progress import ProgressLine

# The emulator starts a process for each run that overlaps with others: with two processors some ten are quickest (679
# files: 11 s with 10 or 16 under way, 13 s with 6, 15 s with 40).
_IN_FLIGHT = {"local": 10, "aws": 1000}
_PAUSE = {"local": 0.02, "aws": 2}
# Seconds without any news after which a file is taken to be lost (its run failed).
_SILENCE = {"local": 15, "aws": 120}
_LATE = {"local": timedelta(seconds=2), "aws": timedelta(minutes=2)}
_PUTTING_AT_ONCE = 8


@dataclass(frozen=True)
class Replay:
    """What the Lambda function found in the replayed files.

    summaries  the Summary of each analyzed file: bucket, key, records, found (matches by function name)
    missing    the keys of files that no run has analyzed
    table      a DataFrame with a row for each file: key, records, and a column of matches for each function
    records, matches, seconds: the totals
    Matches are counted as Lambda sees them, file by file: a record that was delivered twice counts twice.
    """

    summaries: list[Summary] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    seconds: float = 0.0
    reason: str = ""

    @property
    def records(self) -> int:
        return sum(summary["records"] for summary in self.summaries)

    @property
    def matches(self) -> dict[str, int]:
        totals: dict[str, int] = {}
        for summary in self.summaries:
            for name, count in summary["found"].items():
                totals[name] = totals.get(name, 0) + count
        return totals

    @property
    def table(self) -> pd.DataFrame:
        rows = [
            {"key": summary["key"], "records": summary["records"], **summary["found"]} for summary in self.summaries
        ]
        return pd.DataFrame(rows, columns=["key", "records", *self.matches])

    def __str__(self) -> str:
        if not self.summaries and not self.missing:
            return f"Nothing deployed, so nothing was replayed: {self.reason}"
        matches = ", ".join(f"{name} {count}" for name, count in self.matches.items()) or "no analysis function"
        lines = [
            f"Replayed {len(self.summaries)} log files with {self.records:,} records in {self.seconds:.1f} s.",
            f"Matches: {matches}.",
        ]
        if self.missing:
            lines.append(f"{len(self.missing)} files were not analyzed; the first is {self.missing[0]}.")
            lines.append("lambda_log(cloud) shows what the Lambda function said lately.")
        return "\n".join([*lines, self.reason] if self.reason else lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        text = f"<p>{html.escape(str(self))}</p>".replace("\n", "<br>")
        table = self.table
        hits = table[table[list(self.matches)].sum(axis=1) > 0] if self.matches else table[:0]
        if hits.empty:
            return text
        hits = hits.assign(key=hits["key"].str.rpartition("/")[2]).rename(columns={"key": "log file with matches"})
        return text + hits.to_html(index=False, max_rows=20)


@quiet
def replay(cloud: Cloud, source: str | Path | None = None, progress: ProgressLine | None = None) -> Replay:
    """Put all log files of a folder into the stack's bucket and return what the Lambda function found, as a Replay.

    `source` is data/ by default, or a folder or file in CloudTrail's layout. Files keep their names and dates; their
    account number becomes the cloud's. Only files under .../CloudTrail/ are taken: Insight and digest files go
    elsewhere in the bucket and set nothing off. The alarm is brought back to OK first, as by `trigger`.
    Raises: FileNotFoundError when there are no log files.
    """
    files = _log_files(Path(source) if source is not None else places.data())
    if nothing_deployed(cloud):
        return Replay(reason=NOTHING_DEPLOYED)
    progress = progress or ProgressLine()
    calmed = calm_alarms(cloud, progress)
    waiting = {_key(cloud, file): file for file in files}
    summaries: dict[str, Summary] = {}
    sent: set[str] = set()
    lost: set[str] = set()
    unsent, since, group = list(waiting.items()), now() - timedelta(seconds=1), log_group(cloud)
    began = heard = time.monotonic()
    silent_at = None
    with ThreadPoolExecutor(_PUTTING_AT_ONCE) as pool:
        while len(summaries) < len(waiting):
            if time.monotonic() - heard > _SILENCE[cloud.target]:
                if not unsent or silent_at == len(summaries):
                    # All is sent, or nothing at all has come between two silences: the function fails.
                    break
                # The others do not wait for these.
                lost, silent_at, heard = sent - summaries.keys(), len(summaries), time.monotonic()
            free = max(0, _IN_FLIGHT[cloud.target] - len(sent - summaries.keys() - lost))
            batch, unsent = unsent[:free], unsent[free:]
            list(pool.map(lambda item: _put(cloud, *item), batch))
            sent |= {key for key, _ in batch}
            asked = now()
            found = analyzed_since(cloud, since, group)
            # Only what is new is asked for again; AWS shows log lines up to a minute late.
            since = max(since, asked - _LATE[cloud.target])
            new = {key: found[key] for key in found.keys() & sent - summaries.keys()}
            summaries.update(new)
            if new:
                heard = time.monotonic()
            so_far = len(summaries) // 50 * 50
            progress.say(f"Replaying {len(waiting)} log files: {so_far} analyzed so far ...")
            time.sleep(_PAUSE[cloud.target])
    seconds = time.monotonic() - began
    progress.done(f"{len(summaries)} of {len(waiting)} log files analyzed in {seconds:.1f} s")
    missing = [key for key in waiting if key not in summaries]
    return Replay([summaries[key] for key in waiting if key in summaries], missing, seconds, calmed)


def _log_files(source: Path) -> list[Path]:
    """Return CloudTrail's log files in a folder, by name, which is by Region and time."""
    files = sorted(source.rglob("*.json.gz")) if source.is_dir() else [source] if source.is_file() else []
    # CloudTrail-Insight and CloudTrail-Digest, as folders and in the files' names.
    files = [file for file in files if "CloudTrail-" not in file.relative_to(source).as_posix()]
    if not files:
        raise FileNotFoundError(
            f"There are no CloudTrail log files under {source} (looked for *.json.gz). "
            "Leave the source out to replay data/."
        )
    return files


def _key(cloud: Cloud, file: Path) -> str:
    """Return the key that a log file gets in the stack's bucket: its own path, in the cloud's account."""
    _, found, below = file.resolve().as_posix().rpartition("/CloudTrail/")
    return f"AWSLogs/{cloud.account}/CloudTrail/{below if found else f'{cloud.region}/{file.name}'}"


def _put(cloud: Cloud, key: str, file: Path) -> None:
    cloud.client("s3").put_object(Bucket=cloud.resource("CloudTrailBucket"), Key=key, Body=compressed(file))
