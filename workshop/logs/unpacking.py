"""Log files without their gzip compression: as they are needed, or by a second thread before that."""

import gzip
import threading
import zlib
from collections import deque
from functools import partial
from queue import SimpleQueue

try:
    from isal import isal_zlib as fast_zlib
except ImportError:  # there is no build of it for this machine: Python's own does the same, half as fast
    fast_zlib = zlib

# Files that are unpacked ahead of their turn, if they are of a size, in bytes, that is worth it and fits into memory.
_AHEAD, _SMALLEST, _LARGEST = 3, 2_000, 1_000_000
_MAGIC = b"\x1f\x8b\x08"
# Deflate shrinks nothing by more than this.
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
    plain = _of_one_member(data)
    if plain is not None:
        return plain
    try:
        return gzip.decompress(data)
    except EOFError as error:
        raise Unreadable("truncated: the gzip data ends too early") from error
    except (OSError, zlib.error) as error:
        raise Unreadable(f"damaged gzip data: {error}") from error


def _of_one_member(data):
    """Return what is packed in gzip data of one member, None if there is more, or something is wrong.

    It is done in one piece, which is quick, and keeps no other thread waiting: the last bytes tell how large it is.
    If they do not, something follows the member; another member would begin with the magic number. (Only what follows
    and ends in these very bytes, on purpose, is overlooked.)
    """
    size = int.from_bytes(data[-4:], "little")
    if size > _MOST_TIMES * len(data) or data.find(_MAGIC, 1) != -1:
        return None
    try:
        plain = fast_zlib.decompress(data, 31, size + 1)
    except fast_zlib.error:
        return None
    return plain if len(plain) == size else None


def unpacked_ahead(fetches):
    """Yield (path, a function that returns a file's bytes or raises), as they come, but unpacked already.

    A second thread does it: Python's lock is free meanwhile. Files that are damaged, small or large stay as they are,
    so whoever takes them calls `unpack` all the same.
    """
    packed, unpacked = SimpleQueue(), SimpleQueue()
    thread = threading.Thread(target=_unpack_all, args=(packed, unpacked), name="unpack", daemon=True)
    thread.start()
    waiting = deque()
    try:
        for path, fetch in fetches:
            waiting.append((path, _begin(fetch, packed)))
            if len(waiting) > _AHEAD:
                yield _ready(*waiting.popleft(), unpacked)
        while waiting:
            yield _ready(*waiting.popleft(), unpacked)
    finally:
        packed.put(None)
        thread.join()


def _begin(fetch, packed):
    """Fetch a file, here: a thread that reads files waits for Python's lock after each step of it.

    Return a function that returns its bytes or raises, None if they are unpacked now.
    """
    try:
        data = fetch()
    except Exception as error:
        return partial(_fail, error)
    if not (is_packed(data) and _SMALLEST <= len(data) <= _LARGEST):
        return lambda: data
    packed.put(data)
    return None


def _fail(error):
    raise error


def _ready(path, fetch, unpacked):
    if fetch:
        return path, fetch
    data = unpacked.get()
    return path, lambda: data


def _unpack_all(packed, unpacked):
    while (data := packed.get()) is not None:
        unpacked.put(_unpacked(data))


def _unpacked(data):
    """Return the bytes of a packed file unpacked; as they are if that is left to `unpack`, or they are packed twice."""
    try:
        plain = _of_one_member(data)
    except Exception:  # there is no memory for it, say: told where it is missed
        return data
    return data if plain is None or is_packed(plain) else plain
