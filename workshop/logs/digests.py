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
COLUMNS = (
    "awsRegion",
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


def read_digests(source: Place, *, s3: S3Client | None = None) -> pd.DataFrame:
    """Read a source's digest files into a DataFrame: one row a digest file, by Region, the oldest first.

    `source` is a folder or "s3://bucket/prefix"; `s3` the boto3 client to read s3:// with, not needed once connected.
    Columns are named as the digest files name their fields, the two times are in UTC. Three are added: `awsRegion`,
    from the file's path; `digestFile`, the path itself; and `sha256`, the hash of its uncompressed text, which the next
    digest file should have as its previousDigestHashValue. `logFiles` is a list of dictionaries, one for each log
    file: s3Bucket, s3Object, hashValue, hashAlgorithm, newestEventTime, oldestEventTime; it may be empty.

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
    digests = digests.sort_values(["awsRegion", "digestEndTime"], kind="stable", ignore_index=True)
    digests.attrs = {"source": str(source), "skipped": skipped}
    return digests


def _row(path: str, text: bytes, digest: dict[str, Any]) -> dict[str, Any]:
    region = _REGION.search(path)
    added = {
        "awsRegion": region[1] if region else None,
        "sha256": hashlib.sha256(text).hexdigest(),
        "digestFile": path,
        "logFiles": list(digest["logFiles"]),
    }
    return {name: added[name] if name in added else digest[name] for name in COLUMNS}
