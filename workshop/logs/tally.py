"""What reading came upon: counted, and listed where something could not be read."""

import logging
import os
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, TypedDict

log = logging.getLogger(__name__)

# Files of these kinds lie beside log files everywhere; that they are passed over is logged, but is no warning.
_ORDINARY = {".csv files", ".htm files", ".html files", ".ipynb files", ".manifest files", ".md files", ".pdf files"}
_ORDINARY |= {".png files", ".py files", ".sh files", ".svg files", ".toml files", ".txt files", ".yaml files"}
_ORDINARY |= {".yml files"}


class Skip(TypedDict):
    """A file or record that could not be read: `index` is its position in the file, None for a whole file."""

    path: str
    index: int | None
    reason: str


class Skipped(list[Skip]):
    """What could not be read.

    pandas deep-copies `.attrs` in every operation. This list is a report that nobody changes, so it is shared instead.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> "Skipped":
        return self


@dataclass
class Tally:
    """What reading came upon: log files, CloudTrail's digest files, records, duplicates, and what could not be read.

    `same_id` counts records that are no duplicates, though an earlier record has the same eventID: it holds other
    things. They are kept.
    `passed_over` counts, by its kind, what was not opened and holds no records: {".md files": 2}. `not_opened` counts
    in the same way what may hold some: what an interrupted download has left, objects whose names leave it open.
    `notes` says what days and Regions did that may not have been meant: that no file is of one of them, for instance.
    """

    files: int = 0
    digests: int = 0
    records: int = 0
    duplicates: int = 0
    same_id: int = 0
    skipped: list[Skip] = field(default_factory=Skipped)
    passed_over: dict[str, int] = field(default_factory=dict)
    not_opened: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def skip(self, path: str, index: int | None, reason: str) -> None:
        self.skipped.append({"path": path, "index": index, "reason": reason})

    def pass_over(self, kind: str, count: int = 1) -> None:
        self.passed_over[kind] = self.passed_over.get(kind, 0) + count

    def not_chosen(self, kind: str, *, may_hold_records: bool) -> None:
        """Count a file that is not opened because of its name."""
        counted = self.not_opened if may_hold_records else self.passed_over
        counted[kind] = counted.get(kind, 0) + 1

    def note(self, sentence: str) -> None:
        """Keep a sentence, and log it as a warning."""
        self.notes.append(sentence)
        log.warning("%s", sentence)

    def merge(self, other: "Tally") -> None:
        """Add what another tally of other files counts."""
        for name in ("files", "digests", "records", "duplicates", "same_id"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.skipped.extend(other.skipped)
        self.notes.extend(other.notes)
        self.passed_over = dict(Counter(self.passed_over) + Counter(other.passed_over))
        self.not_opened = dict(Counter(self.not_opened) + Counter(other.not_opened))

    def attrs(self, source: Any) -> dict[str, Any]:
        """Return the tally as a DataFrame's `.attrs`: plain values, so that they survive comparing and saving.

        "folder" is the folder that relative paths start from: the present one.
        """
        several = isinstance(source, (list, tuple, set, frozenset))
        named = [str(place) for place in source] if several else str(source)
        return {"source": named, "folder": os.getcwd(), **vars(self)}

    def warn(self, where: str) -> None:
        """Log a line of what was not opened, and a warning when something could not be read: `where` its list is."""
        if self.passed_over:
            ordinary = self.passed_over.keys() <= _ORDINARY
            log.log(logging.INFO if ordinary else logging.WARNING, "passed over: %s", counts(self.passed_over))
        if self.not_opened:
            log.warning("not opened, though they may hold records: %s", counts(self.not_opened))
        if self.same_id:
            log.warning("%s", said_of_one_id(self.same_id))
        if self.skipped:
            first = self.skipped[0]
            log.warning(
                "%d files, records or values could not be read, the first in %s: %s (%s)",
                *(len(self.skipped), first["path"], first["reason"], where),
            )


def said_of_one_id(count: int) -> str:
    """Return what is said of records that share their eventID with others."""
    return (
        f"{count:,} records have the eventID of an earlier record and hold something else: all are kept "
        "(often the same event in two forms, or logs made anonymous: why is not known)"
    )


def counts(kinds: dict[str, int]) -> str:
    """Return counts by kind as one line: "1 .md files, 2 placeholder objects"."""
    return ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
