"""Files within files: what is packed twice or more, in whichever of the usual ways, and archives of several files."""

import bz2
import importlib
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from types import ModuleType

from workshop.logs.forms.first_bytes import LENGTH, MACOS, may_be_read, packing_of, refusal
from workshop.logs.layout import other_service
from workshop.logs.names import kind_of, may_hold_records, promises_records, says_nothing
from workshop.logs.tally import Tally
from workshop.logs.unpacking import Unreadable, unpack

# Limits against archives that are made to fill memory: so many bytes unpacked of one file, in so many members, in so
# many layers.
_MOST_BYTES, _MOST_MEMBERS, _MOST_LAYERS = 1 << 30, 100_000, 5
# What the modules that unpack raise for damaged bytes.
_DAMAGE = (OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
_NOT_ZERO = re.compile(rb"[^\0]")


class _Limits:
    """What one file may still unpack to."""

    def __init__(self) -> None:
        self.bytes_left, self.members_left = _MOST_BYTES, _MOST_MEMBERS

    def take(self, size: int, members: int = 1) -> None:
        self.bytes_left -= size
        self.members_left -= members
        if self.bytes_left < 0 or self.members_left < 0:
            raise Unreadable(
                f"unpacks to more than {_MOST_BYTES >> 30} GB or {_MOST_MEMBERS:,} files: unpack it into a folder first"
            )


def contents(data: bytes, tally: Tally) -> Iterator[tuple[str, bytes | Unreadable]]:
    """Yield (name, bytes) of each file in the bytes of a file, the bytes unpacked; the name is "" if it is no archive.

    In the place of what cannot be unpacked is the reason. What an archive holds besides goes to the tally.
    """
    try:
        yield from _contents("", data, tally, _Limits(), 0)
    except Unreadable as problem:
        yield "", problem


def _contents(
    name: str, data: bytes, tally: Tally, limits: _Limits, layer: int
) -> Iterator[tuple[str, bytes | Unreadable]]:
    packing = packing_of(data)
    if layer > _MOST_LAYERS:
        raise Unreadable(f"packed more than {_MOST_LAYERS} times over: unpack it first")
    try:
        if packing in ("zip", "tar"):
            is_empty = True
            for member, text in (_zipped if packing == "zip" else _tarred)(data, tally, limits):
                is_empty, whole = False, f"{name}:{member}" if name else member
                if isinstance(text, Unreadable):
                    yield whole, text
                else:
                    yield from _contents(whole, text, tally, limits, layer + 1)
            if is_empty:
                raise Unreadable(f"a {packing} archive without any log file")
        elif packing:
            plain = unpack(data) if packing == "gzip" else _unpackers[packing](data, limits.bytes_left)
            limits.take(len(plain) if layer or packing != "gzip" else 0, 0)
            yield from _contents(name, plain, tally, limits, layer + 1)
        elif reason := refusal(data):
            yield name, Unreadable(reason)
        else:
            yield name, data
    except Unreadable as problem:
        yield name, problem
    except _DAMAGE as error:
        yield name, Unreadable(f"damaged {packing} data: {error}")


def _zipped(data: bytes, tally: Tally, limits: _Limits) -> Iterator[tuple[str, bytes | Unreadable]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "xl/workbook.xml" in archive.namelist():
            raise Unreadable("an Excel workbook: save it as CSV")
        for member in archive.infolist():
            if member.is_dir():
                continue
            if member.flag_bits & 1:
                raise Unreadable("zip archive with a password: unpack it first")
            limits.take(member.file_size)
            try:
                with archive.open(member) as file:
                    text = file.read(member.file_size + 1)
            except NotImplementedError as error:
                yield member.filename, Unreadable(f"zip data that Python cannot unpack: unpack it first ({error})")
            except _DAMAGE as error:
                yield member.filename, Unreadable(f"damaged zip data: {error}")
            else:
                yield from _member(member.filename, text, tally)
        begin = min((member.header_offset for member in archive.infolist()), default=archive.start_dir)
        end = data.rfind(b"PK\x05\x06") + 22 + len(archive.comment)
    if begin or _NOT_ZERO.search(data, end):
        raise Unreadable("more than one zip archive is in it, and only the last one was read: unpack each by itself")


def _tarred(data: bytes, tally: Tally, limits: _Limits) -> Iterator[tuple[str, bytes]]:
    file = io.BytesIO(data)
    try:
        while True:  # archives that were joined follow one another, behind the zeros that end each
            with tarfile.open(fileobj=file, mode="r:") as archive:
                for member in archive:
                    if member.isfile() and (content := archive.extractfile(member)):
                        limits.take(member.size)
                        yield from _member(member.name, content.read(), tally)
                    elif member.issym() or member.islnk():
                        tally.pass_over("links in archives")
            end = archive.offset
            if data[end : end + tarfile.BLOCKSIZE].strip(b"\0") or end >= len(data):
                raise Unreadable(f"damaged tar data: neither a file nor the archive's end is at byte {end}")
            following = _NOT_ZERO.search(data, end)
            if not following:
                return
            file.seek(following.start())
    except tarfile.TarError as error:
        raise Unreadable(f"damaged tar data: {error}") from error


def _member(name: str, data: bytes, tally: Tally) -> Iterator[tuple[str, bytes]]:
    """Yield a file of an archive if its name or its beginning makes it worth reading, as files of folders are."""
    if service := other_service(name):
        tally.pass_over(f"files of {service}")
    elif data.startswith(MACOS):
        tally.pass_over("files of macOS")
    elif promises_records(name) or (says_nothing(name) and may_be_read(data[:LENGTH])):
        yield name, data
    else:
        tally.not_chosen(kind_of(name), may_hold_records=may_hold_records(name))


def _with_limit(make: Callable) -> Callable[[bytes, int], bytes]:
    """Return a function that unpacks all members of some bytes, up to a limit, with decompressors that `make` makes."""

    def unpacked(data: bytes, most: int) -> bytes:
        pieces, size = list[bytes](), 0
        while data:
            decompressor = make()
            piece = decompressor.decompress(data, max_length=most + 1 - size)
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise Unreadable(f"unpacks to more than {_MOST_BYTES >> 30} GB: unpack it first")
            if not decompressor.eof:
                raise EOFError("it ends too early")
            data = decompressor.unused_data
        return b"".join(pieces)

    return unpacked


def _zstd(data: bytes, most: int) -> bytes:
    for name in ("compression.zstd", "backports.zstd"):  # Python 3.14 has it, the other is a package of the same form
        try:
            module: ModuleType = importlib.import_module(name)
        except ImportError:
            continue
        try:
            return _with_limit(module.ZstdDecompressor)(data, most)
        except module.ZstdError as error:
            raise ValueError(error) from error
    raise Unreadable("zstd, which this Python cannot unpack (3.14 can): unpack it first, with `zstd -d`")


_unpackers: dict[str, Callable[[bytes, int], bytes]] = {
    "bzip2": _with_limit(bz2.BZ2Decompressor),
    "xz": _with_limit(lzma.LZMADecompressor),
    "zstd": _zstd,
}
