"""Log files from S3 kept on disk, so that the next hunt over the same bucket fetches only what is new."""

import contextlib
import hashlib
import io
import logging
from pathlib import Path

from workshop import places

log = logging.getLogger(__name__)


class S3Cache:
    """A boto3 S3 client that keeps in a folder what it has fetched: pass it as `s3` wherever a client is taken.

    An object is kept under its bucket, key and ETag, as the listing before told them: one that has been replaced is
    fetched again, one that is gone is not listed. The folder is for this user only, since log files tell who does what;
    it grows to the size of what has been read, and may be deleted at any time.
    """

    def __init__(self, client, folder):
        self._client, self._folder = client, Path(folder).expanduser()
        self._etags = {}
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def __getattr__(self, name):
        return getattr(self._client, name)

    def get_paginator(self, operation):
        paginator = self._client.get_paginator(operation)
        return _Noting(paginator, self._etags) if operation == "list_objects_v2" else paginator

    def get_object(self, *, Bucket, Key, **more):
        etag = self._etags.get((Bucket, Key))
        if etag is None or more:
            return self._client.get_object(Bucket=Bucket, Key=Key, **more)
        kept = self._place(Bucket, Key, etag)
        with contextlib.suppress(OSError):
            return {"Body": io.BytesIO(kept.read_bytes()), "ETag": etag}
        response = self._client.get_object(Bucket=Bucket, Key=Key)
        data = response["Body"].read()
        # What came is kept under its own name, should it have been replaced since the listing.
        self._keep(self._place(Bucket, Key, response.get("ETag", etag)), data)
        return {**response, "Body": io.BytesIO(data)}

    def _place(self, bucket, key, etag):
        name = hashlib.sha256(f"{bucket}\n{key}\n{etag}".encode()).hexdigest()
        return self._folder / name[:2] / name

    def _keep(self, place, data):
        try:
            place.parent.mkdir(mode=0o700, exist_ok=True)
            places.write(place, data)
        except OSError as error:  # the hunt has its data; the next one will have to fetch it again
            log.warning("%s could not be kept in the cache: %s", place, error)


class _Noting:
    """A paginator of listings that notes the ETags it comes by."""

    def __init__(self, paginator, etags):
        self._paginator, self._etags = paginator, etags

    def paginate(self, **options):
        for page in self._paginator.paginate(**options):
            for entry in page.get("Contents", []):
                self._etags[options["Bucket"], entry["Key"]] = entry["ETag"]
            yield page
