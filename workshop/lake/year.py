"""A year of an organisation's log files, as many records as you ask for: for the hunt, as data/ has four days.

Five accounts, each with a Region of its own and us-east-1, do for 52 weeks what Maple Ferry does in data/, and three of
them are attacked as it is. There are no digest and no Insight files. Up to eight files follow each other, each with the
calls of some minutes; the calls until the next such files are left out, so that a year of any size spans the year.
"""

import json
import shutil
import zlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from workshop import places
from workshop.display.progress import HuntProgress, bar
from workshop.lake import synthetic
from workshop.lake.scenario.delivery import compressed, key_of, row_of
from workshop.lake.scenario.dice import Dice
from workshop.lake.scenario.stage import Label
from workshop.lake.scenario.templates import fill
from workshop.lake.scenario.year_plan import PlannedFile, YearPlan
from workshop.logs import worker_processes
from workshop.logs.unpacking import fast_zlib

_LEVEL = 3 if fast_zlib is zlib else 2  # without isal: the same text, a fifth as fast

MANIFEST = "year.manifest"  # JSON, under a name that is not a log file's
# So many files in a row are made together: some records of one are delivered again in the next.
_BLOCK = 8
_BYTES_A_RECORD = 190  # about, compressed
_FORMAT = 2  # counts the versions of this module that write something else for the same wish


@dataclass(frozen=True)
class Year:
    """What `generate_year` wrote, and what a hunt must find in it.

    `records` has the `duplicates` in it, records that were delivered twice. `matches` is how many records each rule
    matches, each counted once: the names are those of labels.csv, which lists the records that belong to an attack or
    delete logs. `attacks` has the account and the day of each. `size` is in bytes.
    """

    folder: Path
    records: int
    files: int
    duplicates: int
    size: int
    matches: dict[str, int]
    attacks: list[dict[str, str]]

    def __str__(self) -> str:
        return f"{self.records:,} records in {self.files:,} log files under {self.folder} ({self.size / 1e6:,.1f} MB)"


def generate_year(
    records: int = 100_000,
    target: Path | str | None = None,
    *,
    seed: int = synthetic.SEED,
    processes: int | None = None,
    per_file: int = 200,
    progress: bool | None = None,
) -> Year:
    """Write a year of log files with so many records in all, duplicates included; return the `Year`.

    `target` is a folder (default: year/ in the checkout). A year of the same seed and size that is there already is
    used as it is, another one is replaced. From 1,000 records on there is an attack, from 3,000 on there are three.
    `processes` is how many processes share the work; the records are the same. None decides by their number and the
    processors of the machine. A file has about `per_file` records.
    `progress`: True or False, or None to show it where someone may be looking.

    Raises: FileExistsError if the folder holds log files that this function did not write; ValueError if there are no
    records to write, or `processes` is no number of them.
    """
    if records < 1:
        raise ValueError(f"A year of {records} records cannot be written: ask for 1 or more.")
    target = Path(target) if target else places.year()
    wish = {"format": _FORMAT, "seed": seed, "records": records, "per_file": per_file}
    there = _manifest(target)
    if there.get("wish") == wish and "year" in there:
        return Year(target, **there["year"])
    _make_room(target, there)
    # The wish comes first: a year that was interrupted is known as the kit's own, and replaced the next time.
    _write_manifest(target, {"wish": wish})
    with HuntProgress(progress, partial(bar, total=records)) as shown, worker_processes.garbage_kept():
        plan = YearPlan(seed, synthetic.scenario_events(seed, min(records, synthetic.RECORDS)), records, per_file)
        written = _write(target, seed, plan, processes, shown)
        shown(len(plan.files), len(plan.files), records)
    (target / "labels.csv").write_bytes(synthetic.table(row for _, row in sorted(written.labels)))
    year = Year(
        target, records, len(plan.files), written.duplicates, written.size, written.matches, attacks=plan.attacks
    )
    known = {name: value for name, value in asdict(year).items() if name != "folder"}
    _write_manifest(target, {"wish": wish, "year": known})
    return year


def _manifest(target: Path) -> dict[str, Any]:
    try:
        return json.loads((target / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _write_manifest(target: Path, content: dict[str, Any]) -> None:
    (target / MANIFEST).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _make_room(target: Path, there: dict[str, Any]) -> None:
    logs = target / "AWSLogs"
    if "wish" in there:
        shutil.rmtree(logs, ignore_errors=True)
    elif logs.exists():
        raise FileExistsError(
            f"{logs} exists and is not a year that this kit made (there is no {MANIFEST} in {target}), so nothing was "
            "written. Choose another folder, or move those logs away."
        )
    target.mkdir(parents=True, exist_ok=True)


@dataclass
class _Written:
    """What a process has written: plain values, so that another one can take them. `labels`: (when, row)."""

    duplicates: int = 0
    size: int = 0
    matches: dict[str, int] = field(default_factory=lambda: dict.fromkeys(synthetic.RULES, 0))
    labels: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)

    def add(self, other: "_Written") -> None:
        self.duplicates += other.duplicates
        self.size += other.size
        self.labels += other.labels
        for rule, count in other.matches.items():
            self.matches[rule] += count


def _write(
    target: Path, seed: int, plan: Any, processes: int | None, shown: Callable[[int, int, int], Any]
) -> _Written:
    """Write all files of a plan, in several processes if that is wanted and can be."""
    blocks = [plan.files[start : start + _BLOCK] for start in range(0, len(plan.files), _BLOCK)]
    size = sum(len(file.templates) for file in plan.files) * _BYTES_A_RECORD
    number = worker_processes.choose(processes, lambda: size, len(blocks)).number
    write = partial(_write_blocks, target, seed, plan, blocks)

    def show(files: int, records: int) -> None:
        shown(files, len(plan.files), records)

    written = _Written()
    for part in worker_processes.share(len(blocks), write, number, show=show):
        written.add(part)
    return written


def _write_blocks(
    target: Path, seed: int, plan: Any, blocks: list, stretches: Iterable[range], report: worker_processes.Report
) -> _Written:
    """Write some stretches of the blocks of files."""
    written, files, records = _Written(), 0, 0
    names_of = cache(plan.names_of)
    for number in (number for stretch in stretches for number in stretch):
        again: list[bytes] = []
        before = None
        for file in blocks[number]:
            if before != (file.account, file.region) or file.attack:
                again = []
            again = _write_file(target, seed, file, names_of(file.account), again, written)
            before = (file.account, file.region)
            files, records = files + 1, records + len(file.templates)
            report(files, records)
    return written


def _write_file(
    target: Path, seed: int, file: PlannedFile, names: dict[bytes, bytes], again: list[bytes], written: _Written
) -> list[bytes]:
    """Write one file, with some records of the one before delivered again; return those for the next one."""
    dice = Dice(seed, "year", file.number)
    again = again[: len(file.templates) - 1]
    entries, ids = [], _Ids(dice)
    for template in file.templates[len(again) :]:
        mine = ids.take(template.fresh)
        entries.append(fill(template, names, file.letters, file.moment, mine))
        if template.event.label:
            _note(written, template.event.label, mine[0].decode(), file.moment(template.event.when))
    repeated = [entry for entry in entries if dice.chance(1 / 250)]
    if dice.chance(0.36):  # CloudTrail promises no order within a file
        entries = dice.shuffled(entries)
    written.duplicates += len(again)
    delivered = file.newest + dice.whole(120, 420)
    path = target / key_of(dice, "CloudTrail", file.region, delivered, file.account)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = b'{"Records":[' + b",".join([*entries, *again]) + b"]}"
    content = compressed(text, fast_zlib, _LEVEL)
    path.write_bytes(content)
    written.size += len(content)
    return repeated


def _note(written: _Written, label: Label, event_id: str, when: int) -> None:
    """Count what the rules match, and label what belongs to an attack or deletes logs."""
    row = row_of(event_id, label)
    rules = dict(zip(synthetic.LABEL_COLUMNS, row, strict=True))
    for rule in synthetic.RULES:
        written.matches[rule] += rules[rule] == "true"
    if label.step not in ("everyday", "look-alike") or rules["rule_deleting_logs_bonus"] == "true":
        written.labels.append((when, row))


class _Ids:
    """Fresh random UUIDs, drawn by the hundred."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._stock: list[bytes] = []

    def take(self, count: int) -> list[bytes]:
        while len(self._stock) < count:
            digits = f"{self._dice.bits(128 * 100):03200x}"
            self._stock += [
                f"{one[:8]}-{one[8:12]}-4{one[13:16]}-a{one[17:20]}-{one[20:]}".encode()
                for one in (digits[place : place + 32] for place in range(0, 3200, 32))
            ]
        taken, self._stock = self._stock[:count], self._stock[count:]
        return taken
