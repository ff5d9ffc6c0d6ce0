"""Files unpacked ahead of their turn: the same as if each were unpacked when it comes."""

import gzip
import random
import struct
import threading
import zlib
from functools import partial
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workshop.logs import unpacking
from workshop.logs.files import read_files
from workshop.logs.tally import Tally
from workshop.logs.unpacking import Unreadable, unpack, unpacked_ahead

# Bytes that gzip makes no smaller, so that sizes are what they seem: below and above what is unpacked ahead.
CONTENT = st.builds(lambda seed, size: random.Random(seed).randbytes(size), st.integers(0, 9), st.integers(0, 5_000))
# Unpacked, it looks as if it were packed once more.
TWICE = b"\x1f\x8b\x08" + bytes(random.Random(0).choices(b"acgt", k=20_000))
MEMBER = st.one_of(CONTENT, st.sampled_from([b"", b"a" * 70_000, TWICE])).map(partial(gzip.compress, mtime=0))
AFTER = st.sampled_from(
    [b"", b"", bytes(8), b"garbage", b"\x1f\x8b", b"\x1f\x8b\x08", b"{}", b"garbage" + struct.pack("<I", 7)]
)
FILES = st.one_of(
    CONTENT,
    st.builds(lambda members, after: b"".join(members) + after, st.lists(MEMBER, max_size=3), AFTER),
    st.builds(lambda member, at: member[: at % len(member)], MEMBER, st.integers(0)),
    st.builds(
        lambda member, at: bytes(byte ^ (place == at % len(member)) for place, byte in enumerate(member)),
        *(MEMBER, st.integers(0)),
    ),
    # The last bytes, which should tell the size, tell another one.
    st.builds(lambda member, size: member[:-4] + struct.pack("<I", size), MEMBER, st.integers(0, 2**32 - 1)),
)


def unpacked(data):
    """Return the bytes of a file unpacked, or what is wrong with it."""
    try:
        return unpack(data)
    except Unreadable as error:
        return str(error)


@settings(deadline=None)
@given(FILES)
@example(gzip.compress(b"one") + gzip.compress(b"two"))
@example(gzip.compress(b"one") + b"garbage" + struct.pack("<I", 7))
def test_unpack_says_what_gzip_says(data):
    """Python's own decides what is whole and what is damaged, with isal or without; what is not packed stays."""
    try:
        expected = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    except (OSError, EOFError, zlib.error):
        expected = None
    for decompressor in (unpacking._decompressor, partial(zlib.decompressobj, 31)):
        with mock.patch.object(unpacking, "_decompressor", decompressor):
            assert unpacked(data) == expected or (expected is None and isinstance(unpacked(data), str))


@settings(deadline=None)
@given(st.lists(FILES, max_size=8))
@example([gzip.compress(TWICE), b""])
def test_what_comes_unpacked_ahead_is_what_unpack_makes_of_it(files):
    """Whole or damaged, in one member or several, packed twice, with something behind it; in order."""
    fetched = [
        (place, unpacked(fetch())) for place, fetch in unpacked_ahead(enumerate(partial(bytes, file) for file in files))
    ]
    assert fetched == [(place, unpacked(file)) for place, file in enumerate(files)]


def test_files_come_unpacked():
    """So that the second thread is no mere show."""
    plain = bytes(100_000) + random.Random(0).randbytes(3_000)
    (_, fetch), (_, small) = unpacked_ahead([(0, lambda: gzip.compress(plain)), (1, lambda: gzip.compress(b"small"))])
    assert fetch() == plain
    assert unpack(small()) == b"small"


def test_a_file_that_cannot_be_fetched_is_told_in_its_turn(tmp_path):
    """The ones before it and behind it are read."""
    for name in ("1", "3"):
        (tmp_path / f"{name}.json").write_bytes(b"{}")
    tally = Tally()
    paths = [str(tmp_path / f"{name}.json") for name in range(1, 4)]
    came = [(path, tally.files, len(tally.skipped)) for path, _ in read_files(paths, tally, unpack=True)]
    assert came == [(paths[0], 1, 0), (paths[2], 3, 1)]
    assert tally.skipped[0]["path"] == paths[1]


def test_a_lie_about_the_size_costs_no_memory(monkeypatch):
    """The last bytes of a damaged file may be anything, up to 4 GB."""
    packed = gzip.compress(random.Random(0).randbytes(3_000))[:-1] + b"\xff"
    monkeypatch.setattr(unpacking, "_decompressor", None)  # nobody asks it for so much
    assert unpacked(packed) == "damaged gzip data: Incorrect length of data produced"


@pytest.mark.parametrize("wanted", [1, 5])
def test_whoever_stops_leaves_no_thread_and_has_not_read_everything(wanted):
    """A few files ahead, and no more."""
    fetched = []

    def fetch(number):
        fetched.append(number)
        return gzip.compress(random.Random(number).randbytes(3_000))

    files = unpacked_ahead((number, partial(fetch, number)) for number in range(100))
    for _ in range(wanted):
        next(files)
    assert wanted < len(fetched) <= wanted + 3
    files.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("unpack")]
