"""Log files from S3 kept on disk, so that the next hunt over the same bucket fetches only what is new."""

import contextlib
import hashlib
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workshop import places
from workshop.logs.buckets import S3Client

log = logging.getLogger(__name__)


class S3Cache:
    """A boto3 S3 client that keeps in a folder what it has fetched: pass it as `s3` wherever a client is taken.

    An object is kept under the bucket, key and ETag of its latest listing: a replaced object is fetched again, and a
    deleted one is not listed. The folder is for this user only, since log files show who does what; it grows to the
    size of what has been read, and may be deleted at any time.
    """

    def __init__(self, client: S3Client, folder: str | Path) -> None:
        self._client, self._folder = client, Path(folder).expanduser()
        self._etags: dict[tuple[str, str], str] = {}
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_paginator(self, operation: str) -> Any:
        paginator = self._client.get_paginator(operation)
        return NotedListing(paginator, self._etags) if operation == "list_objects_v2" else paginator

    def get_object(self, *, Bucket: str, Key: str, **more: Any) -> dict[str, Any]:
        etag = self._etags.get((Bucket, Key))
        if etag is None or more:
            return self._client.get_object(Bucket=Bucket, Key=Key, **more)
        kept = self._place(Bucket, Key, etag)
        with contextlib.suppress(OSError):
            return {"Body": io.BytesIO(kept.read_bytes()), "ETag": etag}
        response = self._client.get_object(Bucket=Bucket, Key=Key)
        data = response["Body"].read()
        # An object that was replaced since the listing is kept under its new ETag.
        self._keep(self._place(Bucket, Key, response.get("ETag", etag)), data)
        return {**response, "Body": io.BytesIO(data)}

    def _place(self, bucket: str, key: str, etag: str) -> Path:
        name = hashlib.sha256(f"{bucket}\n{key}\n{etag}".encode()).hexdigest()
        return self._folder / name[:2] / name

    def _keep(self, place: Path, data: bytes) -> None:
        try:
            place.parent.mkdir(mode=0o700, exist_ok=True)
            places.write(place, data)
        except OSError as error:  # the hunt has its data; the next hunt has to fetch it again
            log.warning("%s could not be kept in the cache: %s", place, error)


class NotedListing:
    """A paginator of listings that notes the ETags in them."""

    def __init__(self, paginator: Any, etags: dict[tuple[str, str], str]) -> None:
        self._paginator, self._etags = paginator, etags

    def paginate(self, **options: Any) -> Iterator[dict[str, Any]]:
        for page in self._paginator.paginate(**options):
            for entry in page.get("Contents", []):
                self._etags[options["Bucket"], entry["Key"]] = entry["ETag"]
            yield page
