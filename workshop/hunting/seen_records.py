"""Which records have been seen already, told at once: those with an id that was seen, and with the same content."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice

from workshop.hunting.part_findings import PartFindings
from workshop.hunting.seen_ids import SeenIds
from workshop.logs.buckets import S3Client
from workshop.logs.record import Record
from workshop.logs.table.event_ids import EventIds
from workshop.logs.table.same_content import Contents, content


class SeenRecords:
    """Records that have been seen, file by file: their ids, and what they hold only where several share an id.

    Files are told by their numbers; those of an earlier sweep are below zero.
    """

    def __init__(self, s3: S3Client | None = None) -> None:
        self._ids, self._contents = SeenIds(), Contents(lambda file: self._paths[file], s3)
        self._file, self._paths = 0, dict[int, str]()
        self._of_one_id: dict[str, set[bytes]] = {}

    def note_earlier(self, findings: PartFindings, paths: Sequence[str]) -> None:
        """Take the records of an earlier sweep as seen; it tells files by their places among `paths`."""

        def ids() -> Iterator[str | None]:
            for numbers, codes in findings.ids.blocks():
                yield from EventIds(numbers, codes, findings.ids.others.in_order()).texts()

        all_ids = ids()
        for number, count in findings.counts:
            self._paths[-1 - number] = paths[number]
            self._ids.first_files(list(islice(all_ids, count)), -1 - number)

    def begin(self, file: int, path: str, data: bytes) -> None:
        """Begin with a file: what is asked next is about its records."""
        self._file, self._paths[file] = file, path
        self._contents.at_hand(file, data)

    def first_files(self, ids: Sequence[str | None]) -> list[int | None]:
        """Return for each id in this file the file in which it was seen first, None if it is new; now it is seen."""
        return self._ids.first_files(ids, self._file)

    def is_copy(self, record: Record, event_id: str, first_file: int) -> bool:
        """Tell whether a record holds what one before it with the same id does, the first of which is in a file."""
        held = content(record)
        known = self._of_one_id.get(event_id)
        if known is None:
            first = self._contents.of(first_file, event_id)
            if held == first:
                return True
            known = self._of_one_id[event_id] = set() if first is None else {_digest(first)}
        before = len(known)
        known.add(_digest(held))
        return len(known) == before


def _digest(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=8).digest()
