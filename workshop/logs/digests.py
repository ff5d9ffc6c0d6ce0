"""CloudTrail's digest files: which log files were delivered, with their hashes, in a chain from hour to hour.

A digest file lists the log files that were delivered in its hour with the SHA-256 of their uncompressed text, and names
the digest file before it with the SHA-256 of that one's uncompressed text ("CloudTrail digest file structure" in the
CloudTrail user guide; what `aws cloudtrail validate-logs` compares). AWS's signature of a digest file lies in the
metadata of its S3 object, x-amz-meta-signature, and is checked with public keys that only AWS hands out
(`aws cloudtrail list-public-keys`): files alone cannot show that AWS signed them.
"""

import hashlib
import json
import re
from typing import Any

import pandas as pd

from workshop.logs.buckets import S3Client
from workshop.logs.files import Place, find_digest_files, read_file
from workshop.logs.tally import Skipped
from workshop.logs.unpacking import Unreadable, unpack

_REGION = re.compile(r"CloudTrail-Digest[/\\]([a-z0-9-]+)[/\\]")
# 111122223333_CloudTrail-Digest_eu-west-1_trail_us-east-1_20260310T120000Z_backfill.json.gz; the Region behind the
# trail's name, which may have underscores, is the trail's own.
_NAME = re.compile(r"(\d+)_CloudTrail-Digest_([a-z0-9-]+)_(.+)_([a-z0-9-]+)_\d{8}T\d{6}Z(_backfill)?\.json\.gz$")
COLUMNS = (
    "awsAccountId",
    "trail",
    "awsRegion",
    "backfill",
    "digestStartTime",
    "digestEndTime",
    "digestS3Object",
    "sha256",
    "previousDigestS3Object",
    "previousDigestHashValue",
    "digestPublicKeyFingerprint",
    "logFiles",
    "digestFile",
)

# What tells one chain of digest files from another; and the states of one, the worst last.
CHAIN = ["awsAccountId", "trail", "awsRegion", "backfill"]
_STATES = ("intact", "gap", "missing", "mismatch")


def read_digests(source: Place, *, s3: S3Client | None = None) -> pd.DataFrame:
    """Read a source's digest files into a DataFrame: a row each, by account, trail and Region, the oldest first.

    `source` is a folder or "s3://bucket/prefix"; `s3` the boto3 client to read s3:// with, not needed once connected.
    Columns are named as the digest files name their fields, the two times are in UTC. Added are `trail` (the trail's
    name), `awsRegion` and `backfill`, from the names of files; `digestFile`, the path itself; and `sha256`, the hash of
    its uncompressed text, which the next digest file should have as its previousDigestHashValue. A backfilled digest
    file names log files that were delivered too late for their hour's. `logFiles` is a list of dictionaries, one for
    each log file: s3Bucket, s3Object, hashValue, hashAlgorithm, newestEventTime, oldestEventTime; it may be empty.

    `.attrs["skipped"]` lists the files that could not be read, as {"path", "index", "reason"}.
    Raises: FileNotFoundError when there is no digest file in the source.
    """
    rows: list[dict[str, Any]] = []
    skipped = Skipped()
    for path in find_digest_files(source, s3=s3):
        try:
            text = unpack(read_file(path, s3=s3))
            rows.append(_row(path, text, json.loads(text)))
        except (Unreadable, OSError, ValueError, KeyError, TypeError) as error:
            reason = f"no field {error}" if isinstance(error, KeyError) else str(error)
            skipped.append({"path": path, "index": None, "reason": f"not a digest file: {reason}"})
    digests = pd.DataFrame(rows, columns=list(COLUMNS))
    for name in ("digestStartTime", "digestEndTime"):
        digests[name] = pd.to_datetime(digests[name], utc=True, format="ISO8601")
    digests = digests.sort_values([*CHAIN, "digestEndTime"], kind="stable", ignore_index=True)
    digests.attrs = {"source": str(source), "skipped": skipped}
    return digests


def digest_chains(digests: pd.DataFrame) -> pd.DataFrame:
    """Check the chains of digest files that `read_digests` has read; return a DataFrame with a row for each chain.

    Each account, trail and Region has a chain of its own; backfilled digest files have one beside it. Each digest file
    names the one before it, and that one's hash: it is looked for by this name among all that were read.

    Columns: `awsAccountId`, `trail`, `awsRegion`, `backfill`; `digests`, how many there are; `first` and `last`, when
    these end, in UTC; `state`; and `reasons`, a list of texts, one for each place where the chain does not hold. The
    state is the worst of these:

    intact    each digest file has the hash that the next one has noted; what was before the first is not known
    gap       a digest file names none before it, or begins after that one's end: validation, or the trail, was off
    missing   a digest file that another one names is not there
    mismatch  a digest file has another hash than the next one has noted: one of the two was changed
    """
    digests = digests.drop_duplicates(["digestS3Object", "sha256"])  # a copy of one is the same one
    hashes: dict[str, set[str]] = {}
    ends = dict(zip(digests["digestS3Object"], digests["digestEndTime"], strict=True))
    for name, sha256 in zip(digests["digestS3Object"], digests["sha256"], strict=True):
        hashes.setdefault(name, set()).add(sha256)
    rows = []
    for chain, files in digests.groupby(CHAIN, dropna=False, sort=True):
        found = list(filter(None, (_broken(one, hashes, ends, number == 0) for number, one in enumerate(_rows(files)))))
        rows.append(
            {
                **dict(zip(CHAIN, chain, strict=True)),
                "digests": len(files),
                "first": files["digestEndTime"].min(),
                "last": files["digestEndTime"].max(),
                "state": max((state for state, _ in found), key=_STATES.index, default="intact"),
                "reasons": [reason for _, reason in found],
            }
        )
    return pd.DataFrame(rows, columns=[*CHAIN, "digests", "first", "last", "state", "reasons"])


def _rows(files: pd.DataFrame) -> list[dict[str, Any]]:
    return files.sort_values("digestEndTime", kind="stable").to_dict("records")


def _broken(
    digest: dict[str, Any], hashes: dict[str, set[str]], ends: dict[str, Any], is_first: bool
) -> tuple[str, str] | None:
    """Return (state, reason) if the link from a digest file to the one before it does not hold."""
    name, before, noted = (
        digest[field] for field in ("digestS3Object", "previousDigestS3Object", "previousDigestHashValue")
    )
    if not isinstance(before, str) or not before:
        if is_first or digest["backfill"]:
            return None
        return "gap", f"{name} begins the chain anew: it names no digest file before it"
    if before not in hashes:
        return None if is_first else ("missing", f"{before} is not there, and {name} names it as the one before it")
    if noted not in list(hashes[before]):
        return "mismatch", f"{before} is not as {name} has noted it: SHA-256 {', '.join(hashes[before])}, noted {noted}"
    if not digest["backfill"] and digest["digestStartTime"] > ends[before]:
        return "gap", f"{name} begins at {digest['digestStartTime']}, and the one before it ends at {ends[before]}"
    return None


def _row(path: str, text: bytes, digest: dict[str, Any]) -> dict[str, Any]:
    """Return a digest file's row. Raises: KeyError, TypeError or ValueError when it is no digest file."""
    folder, named = _REGION.search(path), _NAME.search(digest["digestS3Object"])
    files = digest["logFiles"]
    if not (isinstance(files, list) and all(isinstance(file, dict) for file in files)):
        raise ValueError("logFiles is not a list of objects")
    for name in ("digestStartTime", "digestEndTime"):
        time = digest[name] if isinstance(digest[name], str) else None
        if pd.isna(pd.to_datetime(time, utc=True, format="ISO8601", errors="coerce")):
            raise ValueError(f"{name} is {digest[name]!r}, not a time")
    account = digest.get("awsAccountId")
    added = {
        "awsAccountId": account if isinstance(account, str) else named[1] if named else None,
        "trail": named[3] if named else None,
        "awsRegion": folder[1] if folder else named[2] if named else None,
        "backfill": bool(named and named[5]),
        "sha256": hashlib.sha256(text).hexdigest(),
        "digestFile": path,
        "logFiles": files,
    }
    return {name: added[name] if name in added else digest.get(name) for name in COLUMNS}
