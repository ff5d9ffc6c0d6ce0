"""Log files without their gzip compression: as they are needed, or by a second thread before that."""

import gzip
import io
import zlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial

try:
    from isal import igzip, isal_zlib
except ImportError:  # there is no build of it for this machine: Python's own gzip does the same, half as fast
    igzip = isal_zlib = None

# Files that are unpacked ahead of their turn, if they are of a size, in bytes, that is worth it and fits into memory.
_AHEAD, _SMALLEST, _LARGEST = 3, 2_000, 1_000_000
# Deflate makes nothing smaller than by this.
_MOST_TIMES = 1_032


class Unreadable(ValueError):
    """Why a file, or a document in it, gives no records."""


def is_packed(data):
    """Tell whether the bytes of a file are gzip's."""
    return data.startswith(b"\x1f\x8b")


def unpack(data):
    """Return the bytes of a log file without their gzip compression, if they have one; all members of it.

    Raises: Unreadable when the compression is damaged.
    """
    if not is_packed(data):
        return data
    if isal_zlib:
        member = isal_zlib.decompressobj(31)
        try:
            plain = member.decompress(data)
        except isal_zlib.error:
            pass  # gzip below says what is wrong
        else:
            if member.eof and not member.unused_data:  # else there are more members, or it is cut short
                return plain
    try:
        return gzip.decompress(data)
    except EOFError as error:
        raise Unreadable("truncated: the gzip data ends too early") from error
    except (OSError, zlib.error) as error:
        raise Unreadable(f"damaged gzip data: {error}") from error


def unpacked_ahead(fetches):
    """Yield (path, a function that returns a file's bytes or raises), as they come, but unpacked already.

    A second thread does it: Python's lock is free meanwhile. Files that are damaged, small or large stay as they are,
    so whoever takes them calls `unpack` all the same.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="unpack") as pool:
        waiting = deque()
        for path, fetch in fetches:
            waiting.append((path, _begin(pool, fetch)))
            if len(waiting) > _AHEAD:
                yield waiting.popleft()
        yield from waiting


def _begin(pool, fetch):
    """Fetch a file, here: a thread that reads files waits for Python's lock after each step of it."""
    try:
        data = fetch()
    except Exception as error:
        return partial(_fail, error)
    if is_packed(data) and _SMALLEST <= len(data) <= _LARGEST:
        return pool.submit(_unpacked, data).result
    return lambda: data


def _fail(error):
    raise error


def _unpacked(data):
    """Return the bytes of a packed file unpacked; as they are if they are damaged, or packed twice."""
    # The lock is taken again after each piece. So there is one piece, if the last bytes tell the truth about its size.
    size = min(int.from_bytes(data[-4:], "little"), _MOST_TIMES * len(data))
    try:
        with (igzip.IGzipFile if igzip else gzip.GzipFile)(fileobj=io.BytesIO(data)) as file:
            plain = file.read(size + 1) + file.read()
    except Exception:  # `unpack` says what is wrong
        return data
    return data if is_packed(plain) else plain
