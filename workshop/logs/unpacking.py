"""Log files without their gzip compression: as they are needed, or by a second thread before that."""

import contextlib
import gzip
import importlib
import io
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from queue import SimpleQueue
from types import ModuleType
from typing import Any, NoReturn

fast_zlib: ModuleType = zlib
_decompressor: Callable[[], Any] = partial(zlib.decompressobj, 31)
_ERRORS: tuple[type[Exception], ...] = (zlib.error,)
with contextlib.suppress(ImportError):  # without a build of isal for this machine: Python's own, half as fast
    fast_zlib, _igzip = map(importlib.import_module, ("isal.isal_zlib", "isal.igzip_lib"))
    # Not isal_zlib's: that one takes Python's lock for each doubling of its output, from the thread that reads.
    _decompressor, _ERRORS = partial(_igzip.IgzipDecompressor, _igzip.DECOMP_GZIP), (zlib.error, _igzip.error)

Fetch = Callable[[], bytes]  # returns the bytes of a file, or raises

# Files that are unpacked ahead of their turn, if they are of a size, in bytes, that is worth it and fits into memory.
_AHEAD, _SMALLEST, _LARGEST = 3, 2_000, 1_000_000
# Deflate shrinks nothing by more than this.
_MOST_TIMES = 1_032
# What a file may unpack to, in bytes: CloudTrail's largest come to a twentieth. More is a trap, or not a log file.
MOST_BYTES = 1 << 30
# How many bytes are unpacked at a time where there may be too many.
_PIECE = 1 << 20


class Unreadable(ValueError):
    """The reason why a file, or a document in it, gives no records."""


def is_packed(data: bytes) -> bool:
    """Return whether the bytes of a file are gzip's."""
    return data.startswith(b"\x1f\x8b")


def unpack(data: bytes) -> bytes:
    """Return the bytes of a log file without their gzip compression, if they have one; all members of it.

    Raises: Unreadable when the compression is damaged, or there would be more than MOST_BYTES.
    """
    if not is_packed(data):
        return data
    plain = _of_one_member(data)
    if plain is not None:
        return plain
    try:
        return _of_all_members(data)
    except EOFError as error:
        raise Unreadable("truncated: the gzip data ends too early") from error
    except (OSError, zlib.error) as error:
        raise Unreadable(f"damaged gzip data: {error}") from error


def _of_all_members(data: bytes) -> bytes:
    """Return what is packed in gzip data; it is read piece by piece, to stop at the limit.

    (gzip.decompress would copy all that is left for each member: a million empty ones would take it hours.)
    """
    pieces, size = list[bytes](), 0
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        while piece := file.read(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > MOST_BYTES:
                raise Unreadable(f"unpacks to more than {MOST_BYTES >> 20:,} MB: unpack it first if it is no trap")
    return b"".join(pieces)


def _of_one_member(data: bytes) -> bytes | None:
    """Return what is packed in gzip data of one member, None if there is more, or something is wrong.

    It is done in one piece, which is quick, and keeps no other thread waiting: the last bytes say how large it is.
    If they do not, something follows the member.
    """
    size = int.from_bytes(data[-4:], "little")
    if size > min(MOST_BYTES, _MOST_TIMES * len(data)):
        return None
    member = _decompressor()
    try:
        plain = member.decompress(data, size + 1)
    except _ERRORS:
        return None
    return plain if len(plain) == size and member.eof and not member.unused_data else None


def unpacked_ahead(fetches: Iterable[tuple[str, Fetch]]) -> Iterator[tuple[str, Fetch]]:
    """Yield the same paths and fetches, but of files that are unpacked already.

    A second thread does it: Python's lock is free meanwhile. Files that are damaged, small or large stay as they are,
    so their reader calls `unpack` all the same.
    """
    packed: SimpleQueue[bytes | None] = SimpleQueue()
    unpacked: SimpleQueue[bytes] = SimpleQueue()
    thread = threading.Thread(target=_unpack_all, args=(packed, unpacked), name="unpack", daemon=True)
    thread.start()
    waiting: deque[tuple[str, Fetch | None]] = deque()
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


def _begin(fetch: Fetch, packed: SimpleQueue[bytes | None]) -> Fetch | None:
    """Fetch a file, here: a thread that reads files waits for Python's lock after each step of it.

    Return its Fetch, or None if it is being unpacked now.
    """
    try:
        data = fetch()
    except Exception as error:
        return partial(_fail, error)
    if not (is_packed(data) and _SMALLEST <= len(data) <= _LARGEST):
        return lambda: data
    packed.put(data)
    return None


def _fail(error: Exception) -> NoReturn:
    raise error


def _ready(path: str, fetch: Fetch | None, unpacked: SimpleQueue[bytes]) -> tuple[str, Fetch]:
    if fetch:
        return path, fetch
    data = unpacked.get()
    return path, lambda: data


def _unpack_all(packed: SimpleQueue[bytes | None], unpacked: SimpleQueue[bytes]) -> None:
    while (data := packed.get()) is not None:
        unpacked.put(_unpacked(data))


def _unpacked(data: bytes) -> bytes:
    """Return the bytes of a packed file unpacked; as they are if that is left to `unpack`, or they are packed twice."""
    try:
        plain = _of_one_member(data)
    except Exception:  # too little memory, for instance; `unpack` raises it again for the reader
        return data
    return data if plain is None or is_packed(plain) else plain
