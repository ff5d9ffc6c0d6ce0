"""Lakes for the benchmarks: the records of data/, multiplied with fresh ids, days and access keys."""

import gzip
import itertools
import json
import re
import uuid
from datetime import date, timedelta
from pathlib import Path
from random import Random

from workshop import places
from workshop.logs.records import read_records

_DAY = re.compile(rb"2026-03-(09|1[0-2])T")
_ID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KEY = re.compile(rb"(A[KS]IA)([A-Z0-9]{4})([A-Z0-9]*EXAMPLE)")


def make_lake(folder, records, per_file=200):
    """Write `records` records, `per_file` a gzipped file, below a folder; return the folder as text.

    Every id in them (of events, requests, shared events) is fresh; each pass over data/ is some days later than the one
    before, and its sessions have keys of their own. The same call writes the same lake.
    """
    originals = [json.dumps(record, separators=(",", ":")).encode() for record in read_records(places.data())]
    folder, made = Path(folder), _copies(originals)
    for number in range(-(-records // per_file)):
        entries = list(itertools.islice(made, min(per_file, records - number * per_file)))
        path = folder / f"{number // 1000:03}" / f"111122223333_CloudTrail_ca-central-1_{number:06}.json.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(b'{"Records":[' + b",".join(entries) + b"]}", 6, mtime=0))
    return str(folder)


def _copies(originals):
    """Yield the originals again and again, each time as if they were others'."""
    random = Random(341)
    for again in itertools.count():
        shift, code = timedelta(days=4 * (again % 90)), _letters(again)

        def later(match, shift=shift):
            return f"{date(2026, 3, int(match[1])) + shift}T".encode()

        for original in originals:
            text = _KEY.sub(rb"\g<1>" + code + rb"\g<3>", _DAY.sub(later, original))
            yield _ID.sub(lambda match: str(uuid.UUID(int=random.getrandbits(128), version=4)).encode(), text)


def _letters(number):
    return bytes(65 + number // 26**power % 26 for power in range(4))
