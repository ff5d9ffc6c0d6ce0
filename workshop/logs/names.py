"""What a file's name says about what it may hold, where files are looked for: in folders and buckets."""

import os
import re

# Files that are opened: what they hold is decided by what they hold.
SUFFIXES = (".json.gz", ".json", ".jsonl.gz", ".jsonl", ".ndjson", ".gz", ".bz2", ".zst", ".zip", ".tar", ".tgz")
# Files that hold no records, whatever they begin with: those of all other suffixes may, which their first bytes show.
_OTHER = frozenset([
    ".asc", ".bmp", ".cfg", ".conf", ".css", ".docx", ".exe", ".gif", ".htm", ".html", ".ico", ".ini", ".ipynb",
    ".jar", ".jpeg", ".jpg", ".js", ".key", ".lock", ".manifest", ".map", ".md", ".md5", ".metadata", ".pdf",
    ".pem", ".png", ".pptx", ".ps1", ".py", ".pyc", ".rst", ".sh", ".sha256", ".sig", ".sql", ".svg", ".tf",
    ".tfstate", ".toml", ".ts", ".whl", ".xlsx", ".xml", ".yaml", ".yml",
])  # fmt: skip
# Parquet is opened to say what it is.
_OPENED = (*SUFFIXES, ".parquet")
# Firehose names what it delivers after the stream, the time and an id, without a suffix.
_FIREHOSE = re.compile(r"-\d{4}(-\d\d){5}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.\w{1,8})?$")
# `aws s3 cp`, browsers, and rsync write into such a file until all of it is there.
_UNFINISHED = re.compile(
    r"(?:^|[/\\])(?:[^/\\]*\.(?:json|gz|jsonl)\.(?:[0-9A-F]{8}|crdownload|download|filepart|part|partial)|"
    r"\.[^/\\]*\.(?:json|gz|jsonl)\.[0-9A-Z]{6})$",
    re.IGNORECASE,
)
# Files that others put beside log files, and what they count as.
_BESIDE = {"result_sign.json": "signatures of CloudTrail Lake", "aws-logs-write-test": "test files of CloudWatch Logs"}
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9_-]{0,9}$")


def suffix_of(path: str) -> str:
    """Return the suffix of a file's name in small letters, "" if what stands behind its last dot is none."""
    name = os.path.basename(path)
    found = _SUFFIX.search(name, 1)  # a name that begins with a dot has no suffix
    return found[0].lower() if found else ""


def promises_records(path: str) -> bool:
    """Tell whether a file is opened for its name."""
    name = path.lower()
    return (name.endswith(_OPENED) or bool(_FIREHOSE.search(name))) and not _beside(path)


def says_nothing(path: str) -> bool:
    """Tell whether a name leaves open whether a file holds records, so that its first bytes have to be looked at."""
    return not (suffix_of(path) in _OTHER or is_unfinished(path) or _is_placeholder(path) or _beside(path))


def is_unfinished(path: str) -> bool:
    """Tell whether a file is what an interrupted download has left."""
    return bool(_UNFINISHED.search(path))


def may_hold_records(path: str) -> bool:
    """Tell whether a file that is not opened may hold records: unfinished downloads, log files packed in other ways."""
    suffix = suffix_of(path)
    packed = suffix and suffix not in _OTHER and path.lower().removesuffix(suffix).endswith(SUFFIXES)
    return bool(packed) or is_unfinished(path)


def _beside(path: str) -> str | None:
    """Return what a file counts as that others put beside log files, None if it is no such file."""
    return _BESIDE.get(os.path.basename(path)) if path.endswith(tuple(_BESIDE)) else None


def _is_placeholder(path: str) -> bool:
    """Tell whether an object stands for a folder, as consoles and Hadoop make them."""
    return path.endswith(("/", "_$folder$"))


def kind_of(path: str) -> str:
    """Return what a file that is not opened counts as: ".md files", "placeholder objects" …"""
    if _is_placeholder(path):
        return "placeholder objects"
    if beside := _beside(path):
        return beside
    if is_unfinished(path):
        return "unfinished downloads"
    suffix = suffix_of(path)
    return f"{suffix} files" if suffix else "files without a suffix"
