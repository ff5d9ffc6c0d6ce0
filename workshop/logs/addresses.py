"""The ways to write where log files are: what the S3 console's buttons copy, and what people type, as one form."""

import re
from urllib.parse import parse_qs, unquote, urlsplit
from urllib.request import url2pathname

_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?s3[.-](?:[a-z0-9.-]+\.)?amazonaws\.com(?:\.cn)?")
_CONSOLE = re.compile(r"(?:[a-z0-9-]+\.)?(?:s3\.)?console\.(?:aws\.amazon|amazonaws-us-gov|amazonaws)\.(?:com|cn)")
_ARN = re.compile(r"arn:aws[a-z-]*:s3:::(?P<rest>.+)", re.IGNORECASE)
# Whatever else looks like an address; a letter alone is a drive.
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://|arn:|s3[an]?:/", re.IGNORECASE)


def is_s3(source: str) -> bool:
    """Return whether a source is an address in S3, as `plain` writes it."""
    return source.startswith("s3://")


def plain(source: str) -> str:
    """Return a source as "s3://bucket/key", a path or a pattern, whichever way it is written.

    Understood: S3:// in any letters, ARNs, the https addresses of objects and those of the S3 console, file://.

    Raises: ValueError when an address leads to something else, saying what to give instead.
    """
    arn = _ARN.fullmatch(source)
    if arn:
        return f"s3://{arn['rest']}"
    scheme, colon, rest = source.partition("://")
    scheme = scheme.lower()
    if colon and scheme in ("s3", "s3a", "s3n"):
        return f"s3://{rest}"
    if not _ADDRESS.match(source):
        return source
    parts = urlsplit(source)
    if scheme == "file":
        return url2pathname(parts.path)
    key, host = unquote(parts.path.lstrip("/")), parts.hostname or ""
    found = _HOST.fullmatch(host)
    if found and found["bucket"]:
        return f"s3://{found['bucket']}/{key}"
    if found and key:
        return f"s3://{key}"
    if _CONSOLE.fullmatch(host):
        where = re.fullmatch(r"s3/(?:buckets|object)/([^/]+)/?", key)
        if where:
            return f"s3://{where[1]}/{parse_qs(parts.query).get('prefix', [''])[0]}"
    raise ValueError(f"{source} is no address of S3 that is known here: give s3://bucket/prefix, or a file or folder.")
