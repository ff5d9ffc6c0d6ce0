"""A bucket that cannot be deleted yet."""


def fill(s3, bucket):
    """Put old versions, a delete marker and an unfinished upload into a bucket."""
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"one", b"two"):
        s3.put_object(Bucket=bucket, Key="versions", Body=body)
    s3.delete_object(Bucket=bucket, Key="versions")
    s3.create_multipart_upload(Bucket=bucket, Key="unfinished")
