"""What lies below a prefix of a bucket, and the S3 clients to read it with."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from workshop.logs.layout import Only, is_digest, other_service
from workshop.logs.names import kind_of, may_hold_records, promises_records, says_nothing
from workshop.logs.tally import Tally

S3Client = Any  # boto3 makes the classes of its clients when it runs; `S3Cache` is used like one

# The S3 client for s3:// sources; `workshop.connect()` sets it.
connected_client: S3Client | None = None

# The client that was passed in to read each bucket, so that `record_of` finds its way back to a row's file.
_client_passed_for: dict[str, S3Client] = {}


def listed(
    source: str, client: S3Client, only: Only | None = None, closed: Callable[[str], None] = lambda folder: None
) -> dict[str, int]:
    """Return what lies below a prefix of a bucket as {address: bytes}.

    `closed` is called with each folder that is not listed: those that `only` leaves out, and those of digests and
    of other services in AWS's layout.

    Raises: FileNotFoundError when there is no such bucket; PermissionError or ConnectionError when it cannot be listed.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, prefix = bucket_and_key(source)
    try:
        return {f"s3://{bucket}/{key}": size for key, size in _keys(client, bucket, prefix, only, closed)}
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


def _keys(
    client: S3Client, bucket: str, prefix: str, only: Only | None, closed: Callable[[str], None]
) -> Iterator[tuple[str, int]]:
    """Yield (key, bytes) of what is below a prefix; folder by folder if some need not be listed."""
    folders = [prefix]
    while folders:
        folder = folders.pop()
        by_folder = {"Delimiter": "/"} if only is not None and not only.has_all_of(folder) else {}
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder, **by_folder)
        for page in pages:
            yield from ((entry["Key"], entry["Size"]) for entry in page.get("Contents", []))
            for below in (entry["Prefix"] for entry in page.get("CommonPrefixes", [])):
                if is_digest(below) or other_service(below) or not (only is None or only.wants(below)):
                    closed(below)
                else:
                    folders.append(below)


def worth_reading(paths: Iterable[str], tally: Tally, sizes: Mapping[str, int] | None = None) -> list[str]:
    """Return those of some objects that their names make worth fetching; the others are passed over.

    `sizes` says which of these are empty.
    """
    chosen, folders = list[str](), set[tuple[str, str]]()
    for path in paths:
        service = other_service(path)
        if service:
            folders.add((service, path.partition(f"/{service}/")[0]))
        elif promises_records(path):
            chosen.append(path)
        elif says_nothing(path) and sizes and not sizes[path]:
            tally.pass_over("empty objects")
        else:
            tally.not_chosen(kind_of(path), may_hold_records=says_nothing(path) or may_hold_records(path))
    for service, _ in folders:
        tally.pass_over(f"folders of {service}")
    return chosen


def did_you_mean(client: S3Client, source: str) -> str:
    """Return " Did you mean …?" with a prefix like this one that exists, or nothing."""
    bucket, prefix = bucket_and_key(source)
    parent = prefix.rstrip("/").rpartition("/")[0]
    parent = parent and parent + "/"
    page = client.list_objects_v2(Bucket=bucket, Prefix=parent, Delimiter="/")
    names = [entry["Prefix"] for entry in page.get("CommonPrefixes", [])]
    close = difflib.get_close_matches(prefix, [name for name in names if name != prefix], n=1)
    return f" Did you mean s3://{bucket}/{close[0]}?" if close else ""


def bucket_and_key(path: str) -> tuple[str, str]:
    """Return the two parts of "s3://bucket/key"."""
    bucket, _, key = path.removeprefix("s3://").partition("/")
    return bucket, key


def client_that_read(path: str) -> S3Client | None:
    """Return the S3 client that was passed in to read a path's bucket, or None if the connected one read it."""
    return _client_passed_for.get(bucket_and_key(path)[0])


def client_for(path: str, s3: S3Client | None) -> S3Client:
    """Return the S3 client to read a path with: the one passed in, or else the connected one."""
    bucket, _ = bucket_and_key(path)
    if s3 is not None:
        _client_passed_for[bucket] = s3
        return s3
    _client_passed_for.pop(bucket, None)
    if connected_client is None:
        raise ConnectionError(
            f"Reading {path} needs an S3 client, and none is connected. Call connect() first, or pass one: "
            'load_events(source, s3=boto3.client("s3")).'
        )
    return connected_client
