"""Find CloudTrail log files, in folders or in S3, and fetch them."""

import glob
import os
import sys
from collections import deque
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path

from workshop.logs import addresses, buckets, folders
from workshop.logs.addresses import is_s3
from workshop.logs.buckets import S3Client, bucket_and_key, client_for
from workshop.logs.layout import Only, is_digest, location_of, other_service
from workshop.logs.names import SUFFIXES, promises_records
from workshop.logs.tally import Tally
from workshop.logs.unpacking import Fetch, unpacked_ahead

Place = str | os.PathLike[str]  # a file, a folder, or "s3://bucket/prefix"
_SEVERAL = (list, tuple, set, frozenset)
Source = Place | list[str] | list[Path] | tuple[Place, ...] | set[str] | frozenset[str]

# Standard input ("-"), and what else was found that can be read only once.
pipes = set[str]()

# How many objects are fetched from S3 at a time: as many connections as a client keeps by default.
_CONNECTIONS = 10
# How many bytes are read at a time of a file that is larger than it was.
_PIECE = 1 << 24


def find_log_files(
    source: Source,
    *,
    s3: S3Client | None = None,
    tally: Tally | None = None,
    only: Only | None = None,
    sizes: dict[str, int] | None = None,
) -> list[str]:
    """Return the paths of the CloudTrail log files in a source; each source's files in the order of their paths.

    `source` is a file, a folder (with all below it), "s3://bucket/prefix", a pattern such as "logs/*.json.gz", "-" for
    standard input, or a list of these; a file that is found twice is returned once. ARNs, and the addresses that the S3
    console shows, are read as s3:// addresses. In folders and buckets, files are chosen by their names, and in folders
    by their first bytes where a name leaves it open; docs/inputs.md has the rules. What is not chosen is counted by its
    kind in the tally. A file that is named itself may be called anything. CloudTrail's digest files (signatures of log
    files; they hold no records) are not log files: they are left out, and counted in the tally. A prefix is what it is
    in S3: the beginning of a key, so end it with "/" to mean a folder. `only` leaves out what CloudTrail has put below
    other Regions and days; a bucket's folders of these are not even listed. `sizes`, if given, gets the size in bytes
    of each path in S3, from the listing.

    Raises: FileNotFoundError when a source does not exist or holds no log file, saying what is there instead, and when
    `only` leaves nothing over; PermissionError or ConnectionError when a bucket cannot be listed; ValueError for an
    address that is no file, folder or bucket; TypeError when source is none of the above.
    """
    tally = tally or Tally()
    places = list(source) if isinstance(source, _SEVERAL) else [source]
    if not places:
        raise FileNotFoundError("No log files to read: the list of sources is empty.")
    paths: dict[str, str] = {}
    real = cache(os.path.realpath)
    closed, elsewhere = list[str](), list[str]()
    for place in places:
        if not isinstance(place, (str, os.PathLike)):
            raise TypeError(
                f"A source of log files is a file, a folder, an s3:// address, or a list of these; "
                f"got {place!r} ({type(place).__name__})."
            )
        for path in _found(addresses.plain(os.fspath(place)), s3, tally, only, sizes, closed):
            whole = _whole(path) if only else path
            if only is None or only.wants(whole):
                in_folder = len(places) > 1 and path != "-" and not is_s3(path)
                same = os.path.join(real(os.path.dirname(path)), os.path.basename(path)) if in_folder else path
                paths.setdefault(same, path)
                if only is not None and not ((lies := location_of(whole)) and lies.sure):
                    elsewhere.append(path)
            else:
                closed.append(whole)
    if only is not None:
        _say_what_was_left_out(source, only, tally, list(paths.values()), closed, elsewhere)
    return list(paths.values())


def _whole(path: str) -> str:
    """Return a path with all folders in it, for what they say."""
    return path if is_s3(path) else os.path.abspath(path)


def _say_what_was_left_out(
    source: Source, only: Only, tally: Tally, paths: list[str], closed: list[str], elsewhere: list[str]
) -> None:
    """Count and log what days and Regions have left out; raise FileNotFoundError if that is everything."""
    advice = only.advice([*closed, *map(_whole, paths)])
    if not paths:
        raise FileNotFoundError(
            f"No log file under {source} is of the days and Regions that were asked for ({only}). {advice}".rstrip()
        )
    if closed:
        tally.pass_over(f"files and folders left out by {only}", len(closed))
    if elsewhere:
        tally.note(
            f"{len(elsewhere)} files do not lie in CloudTrail's folders, and their names do not say their day and "
            f"Region: they are read whatever {only} says, the first is {elsewhere[0]}"
        )
    if advice.startswith("No file"):
        tally.note(advice)


def find_digest_files(source: Place, *, s3: S3Client | None = None) -> list[str]:
    """Return the paths of CloudTrail's digest files in a folder or below "s3://bucket/prefix", sorted.

    Raises: FileNotFoundError when there is none.
    """
    top = addresses.plain(os.fspath(source))
    if is_s3(top):
        found = list(buckets.listed(top, client_for(top, s3)))
    else:
        found = folders.files_below(str(Path(top).expanduser()), Tally(), lambda folder: False)
    digests = sorted(path for path in found if "CloudTrail-Digest" in path and promises_records(path))
    if not digests:
        raise FileNotFoundError(
            f"No digest files under {source} (looked for CloudTrail-Digest/…/*.json.gz). CloudTrail writes them, every "
            "hour, for a trail with log file validation."
        )
    return digests


def read_file(path: str, *, s3: S3Client | None = None) -> bytes:
    """Return the bytes of a log file, local or s3://, as they are stored.

    Raises: OSError (or botocore's ClientError) when it cannot be fetched.
    """
    if is_s3(path):
        bucket, key = bucket_and_key(path)
        return client_for(path, s3).get_object(Bucket=bucket, Key=key)["Body"].read()
    if path in pipes:
        return read_piped(path)
    return _all_of(path)


def _all_of(path: str) -> bytes:
    """Return what a local file holds, in few steps: at each, the thread that unpacks files may take Python's lock."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        size = os.fstat(descriptor).st_size
        data = os.read(descriptor, size + 1)
        if len(data) == size:
            return data
        rest = iter(lambda: os.read(descriptor, _PIECE), b"")  # it is growing, or too large for one step
        return b"".join([data, *rest])
    finally:
        os.close(descriptor)


@cache
def read_piped(path: str) -> bytes:
    """Return all that comes out of a pipe; it is kept, since it does not come again."""
    if path == "-":
        return sys.stdin.buffer.read()
    with open(path, "rb", buffering=0) as file:
        return file.read()


def read_files(
    paths: Collection[str], tally: Tally, *, s3: S3Client | None = None, unpack: bool = False
) -> Iterator[tuple[str, bytes]]:
    """Yield (path, bytes) of each log file; one that cannot be fetched goes to the tally's skipped list.

    Objects in S3 are fetched by several threads ahead of their turn: most of the time of each is waiting. A client
    that retries does so here too. `unpack=True` has one more thread unpack files, most of them (`unpacked_ahead`).
    """
    fetches = _ahead(paths, s3)
    for path, fetch in unpacked_ahead(fetches) if unpack else fetches:
        tally.files += 1
        try:
            data = fetch()
        except Exception as error:  # whatever one file suffers from, the others are still there to be read
            tally.skip(path, None, f"could not be fetched: {error}")
        else:
            yield path, data


def _ahead(paths: Collection[str], s3: S3Client | None) -> Iterator[tuple[str, Fetch]]:
    """Yield (path, a function that returns its bytes or raises), those in S3 being fetched already."""
    if not any(map(is_s3, paths)):
        for path in paths:
            yield path, partial(read_file, path)
        return
    with ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="fetch") as pool:
        waiting: deque[tuple[str, Fetch]] = deque()
        try:
            for path in paths:
                waiting.append((path, pool.submit(read_file, path, s3=s3).result))
                if len(waiting) > 2 * _CONNECTIONS:
                    yield waiting.popleft()
            while waiting:
                yield waiting.popleft()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)  # a reader that stops early does not wait for the rest


def _found(
    top: str,
    s3: S3Client | None,
    tally: Tally,
    only: Only | None,
    sizes: dict[str, int] | None,
    closed: list[str],
) -> list[str]:
    """Return the log files of one source, sorted; `closed` gets the folders that `only` leaves out."""
    if is_s3(top):
        return _in_bucket(top, client_for(top, s3), tally, only, sizes, closed)
    local = os.path.expanduser(top)
    if top == "-" or (os.path.exists(local) and not os.path.isdir(local)):
        path = top if top == "-" else str(Path(local))
        if top == "-" or not os.path.isfile(local):
            pipes.add(path)
        return [path]
    if os.path.isdir(local):
        return _in_folder(top, str(Path(local)), tally, only, closed)
    if glob.has_magic(local):
        matches = sorted(glob.glob(local, recursive=True))
        if not matches:
            raise FileNotFoundError(f"No file or folder is called like {top}.")
        there = [match for match in matches if not _is_missing(match, tally)]
        return [path for match in there for path in _found(match, s3, tally, only, sizes, closed)]
    raise FileNotFoundError(f"There is no file or folder {top}.{folders.did_you_mean(Path(local))}")


def _is_missing(match: str, tally: Tally) -> bool:
    """Tell whether what matches a pattern leads nowhere; the reason goes to the tally."""
    reason = folders.why_not_there(match)
    if reason:
        tally.skip(match, None, reason)
    return bool(reason)


def _in_folder(source: str, top: str, tally: Tally, only: Only | None, closed: list[str]) -> list[str]:
    """Return the log files of a local folder, sorted."""

    def left_out(folder: str) -> bool:
        if only is None or only.wants(_whole(folder) + os.sep):
            return False
        closed.append(_whole(folder) + os.sep)
        return True

    found = folders.files_below(top, tally, left_out)
    logs = _without_digests(found, tally)
    chosen = sorted(folders.worth_reading(logs, tally))
    if not chosen and not closed:
        raise FileNotFoundError(_nothing_there(source, len(found) - len(logs), tally) + folders.did_you_mean(Path(top)))
    return chosen


def _in_bucket(
    source: str,
    client: S3Client,
    tally: Tally,
    only: Only | None,
    sizes: dict[str, int] | None,
    closed: list[str],
) -> list[str]:
    """Return the log files below a prefix of a bucket, sorted."""

    def close(folder: str) -> None:
        service = other_service(folder)
        if service:
            tally.pass_over(f"folders of {service}")
        elif is_digest(folder):
            tally.pass_over("folders of digests")
        else:
            closed.append(folder)

    found = buckets.listed(source, client, only, close)
    if sizes is not None:
        sizes.update(found)
    if source in found and not source.endswith("/") and (found[source] or len(found) == 1):  # or it stands for a folder
        return [source]
    logs = _without_digests(found, tally)
    chosen = sorted(buckets.worth_reading(logs, tally, found))
    if not chosen and not closed:
        raise FileNotFoundError(
            _nothing_there(source, len(found) - len(logs), tally)
            + (" Patterns are for local files: give a prefix." if glob.has_magic(source) else "")
            + buckets.did_you_mean(client, source)
        )
    return chosen


def _without_digests(found: Collection[str], tally: Tally) -> list[str]:
    """Return the files that are none of CloudTrail's digest files by their places; those are counted."""
    logs = [path for path in found if not is_digest(path)]
    tally.digests += len(found) - len(logs)
    return logs


def _nothing_there(source: str, digests: int, tally: Tally) -> str:
    """Return what an error says about a source without log files: what is there instead."""
    kinds = sorted({**tally.passed_over, **tally.not_opened}.items(), key=lambda kind: -kind[1])
    there = [f"{count} {kind}" for kind, count in kinds[:6]]
    if digests:
        there.append(f"{digests} digest files, which hold no records")
    return (
        f"No CloudTrail log files under {source} (looked for {', '.join('*' + suffix for suffix in SUFFIXES)}; "
        f"found {', '.join(there) or 'nothing'})."
    )
