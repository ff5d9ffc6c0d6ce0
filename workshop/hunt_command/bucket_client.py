"""The S3 client of `workshop hunt`: made when the first bucket is read, with the credentials of the AWS CLI."""

from typing import Any

from workshop.logs.s3_cache import NotedListing


class BucketClient:
    """A boto3 S3 client that is made when it is first used; `etags` gets the ETag of each object that it lists."""

    def __init__(self, profile: str | None, region: str | None) -> None:
        self._profile, self._region, self._made = profile, region, None
        self.etags: dict[tuple[str, str], str] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client(), name)

    def get_paginator(self, operation: str) -> Any:
        paginator = self._client().get_paginator(operation)
        return NotedListing(paginator, self.etags) if operation == "list_objects_v2" else paginator

    def _client(self) -> Any:
        if self._made is None:
            from workshop.cloud import connection

            self._made = connection.bucket_client(profile=self._profile, region=self._region)
        return self._made
