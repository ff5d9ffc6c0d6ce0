"""The synthetic log lake: four days of an invented company's CloudTrail files, with labels that say what is true.

The same seed makes the same lake on every platform and Python. workshop/lake/scenario/ says what happens in it.
"""

import csv
import gzip
import io
import json
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workshop.logs.record import Record

if TYPE_CHECKING:
    from .scenario.stage import Event

from workshop import places

SEED = 341
RECORDS = 12_910
# So many of them are in any lake (the incident and look-alikes); the number of the others grows with its size.
_ALWAYS = 1_890
LABEL_COLUMNS = (
    "eventID",
    "story_step",
    "truth",
    "rule_deleting_logs",
    "rule_deleting_logs_bonus",
    "rule_instance_creds",
    "reason",
)
RULES = tuple(name for name in LABEL_COLUMNS if name.startswith("rule_"))


@dataclass(frozen=True)
class Lake:
    """What `generate` wrote: the folder, and the numbers of records (duplicates included), log files, bytes, labels."""

    folder: Path
    records: int
    files: int
    size: int
    labels: int

    def __str__(self) -> str:
        return (
            f"{self.records:,} records in {self.files:,} log files, and {self.labels:,} labels, under {self.folder} "
            f"({self.size / 1e6:.1f} MB)"
        )


def generate(
    target: str | Path, *, seed: int = SEED, records: int = RECORDS, progress: Callable[[int, int], None] | None = None
) -> Lake:
    """Write the lake into a folder: AWSLogs/, labels.csv and inventory.csv; return a Lake.

    `records` is the approximate number of records; the incident's are always there. `progress(done, total)` is called
    after each log file. A lake of this kind that is there already is replaced; other accounts' logs beside it stay.
    Raises: FileExistsError if the folder holds logs of account 111122223333 that this kit did not make, that is,
    without the kit's labels.csv.
    """
    from .scenario import delivery, inventory, oddities, story

    target = Path(target)
    _make_room(target)
    events = scenario_events(seed, records)
    oddities.sprinkle(seed, events)
    files = list(delivery.log_files(seed, events))
    region, begin, end = story.VANISHED
    kept = [file for file in files if not (file.region == region and begin <= file.delivered < end)]
    rows = delivery.labels(kept)
    # The labels come first: a lake that was interrupted is known as the kit's own, and replaced the next time.
    size = _write(target / "labels.csv", table(rows))
    size += _write(target / "inventory.csv", table(inventory.rows(), inventory.COLUMNS))
    there = {file.key for file in kept}
    for number, file in enumerate(files, 1):
        text = delivery.text_of(file)
        if file.key in there:
            size += _write(target / file.key, delivery.compressed(text))
        if progress:
            progress(number, len(files))
    for key, text in delivery.digest_files(seed, files) + delivery.insight_files(seed):
        size += _write(target / key, delivery.compressed(text))
    return Lake(target, sum(len(file.events) for file in kept), len(kept), size, len(rows))


def scenario_events(seed: int = SEED, records: int = RECORDS) -> "list[Event]":
    """Return all that happens in the four days, in no order: about as many events as `records`."""
    from .scenario import functions, instances, people, pipelines, services, story
    from .scenario.stage import Stage

    stage = Stage(seed, max(0.02, (records - _ALWAYS) / (RECORDS - _ALWAYS)))
    people.everybody(stage)
    instances.everything(stage)
    functions.everything(stage)
    services.everything(stage, (story.LOGGING_STOPS, pipelines.REPAIRED))
    pipelines.everything(stage)
    story.incident(stage)
    return stage.events


def log_files(folder: str | Path) -> list[Path]:
    """Return the paths of a lake's log files, oldest delivery first: no digest and no Insight files."""
    return sorted(
        (Path(folder) / "AWSLogs").glob("*/CloudTrail/**/*.json.gz"), key=lambda path: (path.name.split("_")[3], path)
    )


def records_in(path: str | Path) -> list[Record]:
    """Return the records of one log file, in the file's order."""
    records: list[Record] = json.loads(gzip.decompress(Path(path).read_bytes()))["Records"]
    return records


def read_labels(folder: str | Path) -> dict[str, dict[str, Any]]:
    """Return labels.csv as {eventID: row}, the rule_* columns as booleans."""
    with (Path(folder) / "labels.csv").open(newline="", encoding="utf-8") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    for row in rows:
        row.update({name: value == "true" for name, value in row.items() if name.startswith("rule_")})
    return {row["eventID"]: row for row in rows}


def attack_file(folder: Path) -> Path:
    """Return the lake's log file with most of the attack: where it deletes logs and uses an instance's credentials.

    By labels.csv: both rules match malicious records in it, and none has more malicious deletions of logs.
    Raises: LookupError when there is none.
    """
    malicious = {event: row for event, row in read_labels(folder).items() if row["truth"] == "malicious"}
    deleted = {}
    for file in log_files(folder):
        rows = [malicious[event] for event in _event_ids(file) if event in malicious]
        if any(row["rule_instance_creds"] for row in rows):
            deleted[file] = sum(row["rule_deleting_logs"] for row in rows)
    if not any(deleted.values()):
        raise LookupError(
            f"By labels.csv no log file under {folder} holds both a deletion of logs and a use of instance "
            f"credentials. `{places.command('data generate')}` makes the log lake anew."
        )
    return max(deleted, key=deleted.__getitem__)


def _event_ids(path: Path) -> list[str]:
    return re.findall(r'"eventID":"([^"]+)"', gzip.decompress(path.read_bytes()).decode())


def _make_room(target: Path) -> None:
    from .scenario.company import ACCOUNT

    lake, labels = target / "AWSLogs" / ACCOUNT, target / "labels.csv"
    if not lake.exists():
        return
    if not (labels.is_file() and labels.read_text(encoding="utf-8").startswith(",".join(LABEL_COLUMNS))):
        raise FileExistsError(
            f"{lake} exists and this kit did not make it (its labels.csv is not in {target}), so nothing was written. "
            "Choose another folder, or move those logs away."
        )
    shutil.rmtree(lake)


def _write(path: Path, content: bytes) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return len(content)


def table(rows: Iterable[Sequence[str]], columns: Sequence[str] = LABEL_COLUMNS) -> bytes:
    """Return the bytes of a CSV file with these rows; the default columns are those of labels.csv."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()
