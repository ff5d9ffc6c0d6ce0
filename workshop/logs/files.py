"""Find CloudTrail log files, in folders or in S3, and fetch them."""

import difflib
import os
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypedDict

from workshop.logs.layout import Only
from workshop.logs.unpacking import Fetch, unpacked_ahead

Place = str | os.PathLike[str]  # a file, a folder, or "s3://bucket/prefix"
_SEVERAL = (list, tuple, set, frozenset)
Source = Place | list[str] | list[Path] | tuple[Place, ...] | set[str] | frozenset[str]
S3Client = Any  # boto3 makes the classes of its clients when it runs; `S3Cache` is used like one

# The S3 client for s3:// sources; `workshop.connect()` sets it.
s3_client: S3Client | None = None

# The client that was passed in to read each bucket, so that `record_of` finds its way back to a row's file.
_client_passed_for: dict[str, S3Client] = {}

# How many objects are fetched from S3 at a time: as many connections as a client keeps by default.
_CONNECTIONS = 10

SUFFIXES = (".json.gz", ".json", ".jsonl.gz", ".jsonl")


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
    """What reading came upon: log files, CloudTrail's digest files, records, duplicates, and what could not be read."""

    files: int = 0
    digests: int = 0
    records: int = 0
    duplicates: int = 0
    skipped: list[Skip] = field(default_factory=Skipped)

    def skip(self, path: str, index: int | None, reason: str) -> None:
        self.skipped.append({"path": path, "index": index, "reason": reason})

    def merge(self, other: "Tally") -> None:
        """Add what another tally of other files counts."""
        for name in ("files", "digests", "records", "duplicates"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.skipped.extend(other.skipped)

    def attrs(self, source: Source) -> dict[str, Any]:
        """Return the tally as a DataFrame's `.attrs`: plain values, so that they survive comparing and saving.

        "folder" is the folder that relative paths start from: the present one.
        """
        named = [str(place) for place in source] if isinstance(source, _SEVERAL) else str(source)
        return {"source": named, "folder": os.getcwd(), **vars(self)}


def find_log_files(
    source: Source,
    *,
    s3: S3Client | None = None,
    tally: Tally | None = None,
    only: Only | None = None,
    sizes: dict[str, int] | None = None,
) -> list[str]:
    """Return the paths of the CloudTrail log files in a source; each source's files in the order of their paths.

    `source` is a file, a folder (with all below it), "s3://bucket/prefix", or a list of these; a file that is found
    twice is returned once. In folders and buckets, log files are those that end in .json.gz, .json, .jsonl.gz or
    .jsonl. A file that is named itself may be called anything. CloudTrail's digest files (signatures of log files; they
    hold no records) are not log files: they are left out, and counted in the tally. A prefix is what it is in S3: the
    beginning of a key, so end it with "/" to mean a folder. `only` leaves out what CloudTrail has put below other
    Regions and days; a bucket's folders of these are not even listed. `sizes`, if given, gets the size in bytes of each
    path in S3, from the listing.

    Raises: FileNotFoundError when a source does not exist or holds no log file, saying what is there instead;
    PermissionError or ConnectionError when a bucket cannot be listed; TypeError when source is none of the above.
    """
    tally = tally or Tally()
    places = list(source) if isinstance(source, _SEVERAL) else [source]
    if not places:
        raise FileNotFoundError("No log files to read: the list of sources is empty.")
    paths: dict[str, None] = {}
    for place in places:
        if not isinstance(place, (str, os.PathLike)):
            raise TypeError(
                f"A source of log files is a file, a folder, an s3:// address, or a list of these; "
                f"got {place!r} ({type(place).__name__})."
            )
        top = os.fspath(place)
        paths.update(dict.fromkeys(_in_bucket(top, s3, tally, only, sizes) if is_s3(top) else _in_folder(top, tally)))
    return [path for path in paths if only is None or only.wants(path)]


def find_digest_files(source: Place, *, s3: S3Client | None = None) -> list[str]:
    """Return the paths of CloudTrail's digest files in a folder or below "s3://bucket/prefix", sorted.

    Raises: FileNotFoundError when there is none.
    """
    top = os.fspath(source)
    if is_s3(top):
        found = list(_listed(top, _client_for(top, s3)))
    else:
        walk = os.walk(Path(top).expanduser())
        found = [os.path.join(folder, name) for folder, _, names in walk for name in names]
    digests = sorted(path for path in found if is_digest(path) and path.lower().endswith(SUFFIXES))
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
    if not is_s3(path):
        with open(path, "rb", buffering=0) as file:
            return file.read()
    bucket, key = _bucket_and_key(path)
    return _client_for(path, s3).get_object(Bucket=bucket, Key=key)["Body"].read()


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


def is_s3(source: str) -> bool:
    """Return whether a source is an address in S3."""
    return source.startswith("s3://")


def is_digest(path: str) -> bool:
    """Return whether a file is one of CloudTrail's digest files, by its path."""
    return "CloudTrail-Digest" in path


def _in_folder(source: str, tally: Tally) -> list[str]:
    """Return the log files of a local file or folder, sorted."""
    top = Path(source).expanduser()
    if top.is_file():
        return [str(top)]
    if not top.exists():
        raise FileNotFoundError(f"There is no file or folder {source}.{_did_you_mean(top)}")

    def unreadable(error: OSError) -> None:
        tally.skip(str(error.filename), None, f"folder could not be read: {error.strerror}")

    found = [os.path.join(folder, name) for folder, _, names in os.walk(top, onerror=unreadable) for name in names]
    return _only_logs(source, found, tally, lambda: _did_you_mean(top))


def _in_bucket(
    source: str, s3: S3Client | None, tally: Tally, only: Only | None, sizes: dict[str, int] | None
) -> list[str]:
    """Return the log files below a prefix of a bucket, sorted."""
    bucket, prefix = _bucket_and_key(source)
    client = _client_for(source, s3)
    found = _listed(source, client, only)
    if sizes is not None:
        sizes.update(found)
    if f"s3://{bucket}/{prefix}" in found and not prefix.endswith("/"):
        return [f"s3://{bucket}/{prefix}"]
    return _only_logs(source, found, tally, lambda: _did_you_mean_in_bucket(client, bucket, prefix))


def _listed(source: str, client: S3Client, only: Only | None = None) -> dict[str, int]:
    """Return what lies below a prefix of a bucket as {address: bytes}; an error that says why it cannot be listed."""
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, prefix = _bucket_and_key(source)
    try:
        return {f"s3://{bucket}/{key}": size for key, size in _keys(client, bucket, prefix, only)}
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code == "NoSuchBucket":
            raise FileNotFoundError(
                f"There is no bucket {bucket} ({source}). Is the name right, and the account?"
            ) from error
        if code in ("AccessDenied", "403"):
            raise PermissionError(f"{source} may not be listed with these credentials: {error}") from error
        raise ConnectionError(f"{source} could not be listed: {error}") from error
    except BotoCoreError as error:
        raise ConnectionError(f"{source} could not be listed: {error}") from error


def _keys(client: S3Client, bucket: str, prefix: str, only: Only | None) -> Iterator[tuple[str, int]]:
    """Yield (key, bytes) of what is below a prefix; folder by folder if some need not be listed."""
    folders = [prefix]
    while folders:
        folder = folders.pop()
        by_folder = {"Delimiter": "/"} if only is not None and not only.has_all_of(folder) else {}
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder, **by_folder)
        for page in pages:
            yield from ((entry["Key"], entry["Size"]) for entry in page.get("Contents", []))
            below = [entry["Prefix"] for entry in page.get("CommonPrefixes", [])]
            folders += [name for name in below if (only is None or only.wants(name)) and not is_digest(name)]


def _only_logs(source: str, found: Iterable[str], tally: Tally, advice: Callable[[], str]) -> list[str]:
    """Return the log files among the files found, sorted; without any, raise an error that says what is there."""
    named_right = [path for path in found if path.lower().endswith(SUFFIXES)]
    logs = sorted(path for path in named_right if not is_digest(path))
    digests = len(named_right) - len(logs)
    tally.digests += digests
    if not logs:
        others = Counter(
            os.path.splitext(path)[1] or "without an extension" for path in found if path not in named_right
        )
        there = [f"{count} {suffix}" for suffix, count in others.most_common(4)]
        if digests:
            there.append(f"{digests} digest files, which hold no records")
        raise FileNotFoundError(
            f"No CloudTrail log files under {source} (looked for {', '.join('*' + suffix for suffix in SUFFIXES)}; "
            f"found {', '.join(there) or 'nothing'}).{advice()}"
        )
    return logs


def _did_you_mean(path: Path) -> str:
    """Return " Did you mean …?" with a name like the path's that exists and holds log files, or nothing."""
    path = Path(os.path.normpath(path))
    while not path.parent.exists():
        path = path.parent
    names = [
        entry.name
        for entry in path.parent.iterdir()
        if entry.name != path.name and (entry.is_file() or _holds_logs(entry))
    ]
    close = difflib.get_close_matches(path.name, names, n=1)
    return f" Did you mean {path.parent / close[0]}?" if close else ""


def _holds_logs(folder: Path) -> bool:
    return any(name.lower().endswith(SUFFIXES) for _, _, names in os.walk(folder) for name in names)


def _did_you_mean_in_bucket(client: S3Client, bucket: str, prefix: str) -> str:
    """Return " Did you mean …?" with a prefix like this one that exists, or nothing."""
    parent = prefix.rstrip("/").rpartition("/")[0]
    parent = parent and parent + "/"
    page = client.list_objects_v2(Bucket=bucket, Prefix=parent, Delimiter="/")
    names = [entry["Prefix"] for entry in page.get("CommonPrefixes", [])]
    close = difflib.get_close_matches(prefix, [name for name in names if name != prefix], n=1)
    return f" Did you mean s3://{bucket}/{close[0]}?" if close else ""


def _bucket_and_key(path: str) -> tuple[str, str]:
    bucket, _, key = path.removeprefix("s3://").partition("/")
    return bucket, key


def client_that_read(path: str) -> S3Client | None:
    """Return the S3 client that was passed in to read a path's bucket, or None if the connected one read it."""
    return _client_passed_for.get(_bucket_and_key(path)[0])


def _client_for(path: str, s3: S3Client | None) -> S3Client:
    """Return the S3 client to read a path with: the one passed in, or else the connected one."""
    bucket, _ = _bucket_and_key(path)
    if s3 is not None:
        _client_passed_for[bucket] = s3
        return s3
    _client_passed_for.pop(bucket, None)
    if s3_client is None:
        raise ConnectionError(
            f"Reading {path} needs an S3 client, and none is connected. Call connect() first, or pass one: "
            'load_events(source, s3=boto3.client("s3")).'
        )
    return s3_client
