"""What a file's name says about what it may hold, where files are looked for: in folders and buckets."""

import os
import re

# Files that are opened: what they hold is decided by what they hold.
SUFFIXES = (".json.gz", ".json", ".jsonl.gz", ".jsonl", ".ndjson", ".gz", ".bz2", ".zst", ".zip", ".tar", ".tgz")
# Files that may be anything, which their first bytes show: of other programs, with another kind of table in it …
_UNCERTAIN = (".log", ".csv", ".txt", "")
# Parquet is opened to say what it is.
_OPENED = (*SUFFIXES, ".parquet")
# Firehose names what it delivers after the stream, the time and an id, without a suffix.
_FIREHOSE = re.compile(r"-\d{4}(-\d\d){5}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.\w{1,8})?$")
# `aws s3 cp` writes into such a file until all of it is there.
_UNFINISHED = re.compile(r"\.(json|gz|jsonl)\.[0-9A-Fa-f]{8}$")
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9_-]{0,9}$")


def suffix_of(path: str) -> str:
    """Return the suffix of a file's name in small letters, "" if what stands behind its last dot is none."""
    name = os.path.basename(path)
    found = _SUFFIX.search(name, 1)  # a name that begins with a dot has no suffix
    return found[0].lower() if found else ""


def promises_records(path: str) -> bool:
    """Tell whether a file is opened for its name."""
    name = path.lower()
    return name.endswith(_OPENED) or bool(_FIREHOSE.search(name))


def says_nothing(path: str) -> bool:
    """Tell whether a name leaves open whether a file holds records, so that its first bytes have to be looked at."""
    return suffix_of(path) in _UNCERTAIN and not is_unfinished(path) and not _is_placeholder(path)


def is_unfinished(path: str) -> bool:
    """Tell whether a file is what an interrupted download has left."""
    return bool(_UNFINISHED.search(path))


def _is_placeholder(path: str) -> bool:
    """Tell whether an object stands for a folder, as consoles and Hadoop make them."""
    return path.endswith(("/", "_$folder$"))


def kind_of(path: str) -> str:
    """Return what a file that is not opened counts as: ".md files", "placeholder objects" …"""
    if _is_placeholder(path):
        return "placeholder objects"
    if is_unfinished(path):
        return "unfinished downloads"
    suffix = suffix_of(path)
    return f"{suffix} files" if suffix else "files without a suffix"
