"""What there is to do for a sweep, on this machine (`on_this_machine`) or on a cluster (`cluster`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from workshop.hunting.on_match import MatchStream
from workshop.hunting.part_findings import PartFindings
from workshop.hunting.plan import Plan
from workshop.logs.worker_processes import Processes


@dataclass
class SweepWork:
    """Files to sweep, and all that is needed for it.

    `sizes` has the bytes of files in S3, by path. `processes` is how many are wanted. `progress` is called with files
    done, all files and records done; `stream` hands on matches as they are found. `earlier` is what an interrupted
    sweep has brought that this one goes on with, and the paths that it tells files by. `stopped` becomes true when
    somebody interrupts it.
    """

    plan: Plan
    paths: list[str]
    s3: Any
    sizes: dict[str, int]
    processes: int | None
    progress: Callable[[int, int, int], Any] | None
    stream: MatchStream | None
    earlier: tuple[PartFindings, Sequence[str]] | None
    stopped: bool = False

    def show(self, files: int, records: int) -> None:
        """Show how many files and records are done."""
        if self.progress:
            self.progress(files, len(self.paths), records)


# What does the work: it returns what each part of it has found, and how many processes there were.
Run = Callable[[SweepWork], tuple[list[PartFindings], Processes]]
