"""What lies in a bucket: counting it, and deleting all of it, old versions included."""

from typing import Any

# The most objects that S3 lists or deletes in one call.
PAGE = 1000


def contents(s3: Any, bucket: str) -> str:
    """Say in a few words how much lies in a bucket."""
    page = s3.list_object_versions(Bucket=bucket, MaxKeys=PAGE)
    number = len(page.get("Versions", [])) + len(page.get("DeleteMarkers", []))
    return f"more than {number} objects" if page.get("IsTruncated") else f"{number or 'no'} objects"


def empty(s3: Any, bucket: str) -> list[str]:
    """Delete all versions, delete markers and unfinished uploads of a bucket; return what stayed, and why.

    Raises: botocore's ClientError when the bucket is not there or may not be listed.
    """
    stayed = []
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": PAGE}):
        objects = [
            {"Key": version["Key"], "VersionId": version["VersionId"]}
            for version in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        ]
        if objects:
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
            stayed += [f"{error['Key']}: {error['Code']} {error['Message']}" for error in answer.get("Errors", [])]
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for upload in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    return stayed
