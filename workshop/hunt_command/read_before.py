"""`--since-last`: a file that remembers which log files have been read and which matches have been reported.

The hunt saves it when its output is out, and saves it whole or not at all. A hunt that dies before that has changed
nothing: the next one reads the same files, and its report has the same "run" number.
"""

import contextlib
import functools
import hashlib
import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from workshop.logs.json_text import however_deep
from workshop.logs.record import Record, id_of

_VERSION = 2


class _State(msgspec.Struct, forbid_unknown_fields=True):
    """What the file holds.

    files      {folder or prefix: {name: the state of the file when it was read}}
    readings   how many hunts found something new to read
    detectors  {detector: how many of these there were when it last ran}
    reported   {detector: the fingerprints of the records that were reported as its matches}

    A detector is told by its file or module and its name.
    """

    version: int
    runs: int
    readings: int
    detectors: dict[str, int]
    files: dict[str, dict[str, str]]
    reported: dict[str, list[str]]


class ReadBefore:
    """What earlier hunts with a state file have read and reported, and what this one adds to it.

    `etags` has the ETags of objects in S3, {(bucket, key): ETag}: the listing of this hunt puts them there.
    `origins` says of each of the hunt's detectors, in their order, in which file or module it is which function.
    """

    def __init__(self, path: Path, etags: Mapping[tuple[str, str], str], origins: Sequence[str]) -> None:
        self.path, self._etags, self._origins = path, etags, origins
        self._state = _load(path) if path.exists() else _State(_VERSION, 0, 0, {}, {}, {})
        self._reported = {name: set(fingerprints) for name, fingerprints in self._state.reported.items()}
        self._not_read_again = set[tuple[int, str]]()
        self._found: dict[str, str | None] = {}
        self._known, self._new_detectors, self._rested = 0, list[str](), list[str]()

    def new(self, paths: Sequence[str]) -> list[str]:
        """Return the files that no earlier hunt has read as they are now."""
        self._found = {path: self._state_of(path) for path in paths if not self._is_own(path)}
        new = [path for path, state in self._found.items() if state is None or self._read_as(path) != state]
        self._known = len(self._found) - len(new)
        return new

    def note_read(self, paths: Sequence[str], detectors: Sequence[str]) -> None:
        """Note files as read, as they were when `new` was asked, by these detectors, in the order of their origins."""
        for path in paths:
            state = self._found[path]
            if state is not None:
                folder, name = _folder_and_name(path)
                self._state.files.setdefault(folder, {})[name] = state
        ran, before = self._state.detectors, self._state.readings
        self._state.readings += bool(paths)
        for name, origin in zip(detectors, self._origins, strict=True):
            last = ran.get(origin)
            if before and last != before:
                (self._new_detectors if last is None else self._rested).append(name)
            ran[origin] = self._state.readings

    def fingerprint(self, record: Record) -> str | None:
        """Return what a record is recognised by when it is delivered once more; None if it has no id."""
        if not id_of(record):
            return None
        text = however_deep(functools.partial(json.dumps, sort_keys=True), record)
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()

    def note_reported(self, detector: int, whole: str | None, shown: str | None) -> bool:
        """Note a match of a detector, told by its number, as reported; return whether no earlier hunt has done so.

        `whole` is the fingerprint of its record, None if that could not be read again: then it is noted by `shown`,
        that of what its match shows, until some hunt reads the record.
        """
        if shown is None:
            return True
        reported = self._reported.setdefault(self._origins[detector], set())
        is_new = whole not in reported and (shown not in reported or (detector, shown) in self._not_read_again)
        if whole is None:
            self._not_read_again.add((detector, shown))
        elif not is_new:
            reported.discard(shown)
        reported.add(whole or shown)
        return is_new

    def describe(self) -> dict[str, Any]:
        """Return what a report says about it.

        "new_detectors" have seen none of the files that were read before, "rested_detectors" only some of them.
        """
        return {
            "state_file": str(self.path),
            "run": self._state.runs + 1,
            "files_read_before": self._known,
            "new_detectors": self._new_detectors,
            "rested_detectors": self._rested,
        }

    def save(self) -> None:
        """Write the file anew: from now on, what was noted is known."""
        self._state.runs += 1
        self._state.reported = {name: sorted(prints) for name, prints in self._reported.items()}
        # In ASCII: names of files may be bytes that are no text, which Python writes as halves of characters.
        _write(self.path, json.dumps(msgspec.to_builtins(self._state)).encode())

    def _is_own(self, path: str) -> bool:
        """Tell whether it is the state file: it may lie among the log files, and its name may end like theirs."""
        try:
            return os.path.samefile(path, self.path)
        except OSError:  # one of them is not there
            return False

    def _read_as(self, path: str) -> str | None:
        folder, name = _folder_and_name(path)
        return self._state.files.get(folder, {}).get(name)

    def _state_of(self, path: str) -> str | None:
        """Return what changes when a file does; None if that cannot be known: it is read each time then."""
        if path.startswith("s3://"):
            bucket, _, key = path.removeprefix("s3://").partition("/")
            return self._etags.get((bucket, key))
        try:
            status = os.stat(path)
        except OSError:
            return None
        return f"{status.st_size} {status.st_mtime_ns}" if stat.S_ISREG(status.st_mode) else None


@contextlib.contextmanager
def read_before(path: Path, etags: Mapping[tuple[str, str], str], origins: Sequence[str]) -> Iterator[ReadBefore]:
    """Open a state file for one hunt at a time; one that is not there yet is made when it is saved. See ReadBefore.

    Raises: FileNotFoundError without a folder for it; IsADirectoryError when it is one; RuntimeError when another hunt
    has it open, or a lock cannot be made; ValueError when it is no state file.
    """
    if path.is_dir():
        raise IsADirectoryError(f"--since-last {path}: this is a folder; name a file, such as {path / 'state.json'}.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"--since-last {path}: there is no folder {path.parent}; make it first.")
    path = Path(os.path.realpath(path))  # a link stays one, and what it leads to is replaced
    lock = FileLock(f"{path}.lock")
    try:
        lock.acquire(timeout=0)
    except OSError as error:
        if isinstance(error, Timeout) and os.path.exists(lock.lock_file):  # some places make no file, and say nothing
            reason = "another hunt uses this file now; wait for its end, or name another file"
        else:
            reason = f"{lock.lock_file} cannot be made and locked; name a file in a folder that can be written to"
        raise RuntimeError(f"--since-last {path}: {reason}.") from error
    try:
        yield ReadBefore(path, etags, origins)
    finally:
        lock.release()


def _load(path: Path) -> _State:
    try:
        state = msgspec.convert(json.loads(path.read_bytes()), type=_State)
        if state.version != _VERSION:
            raise ValueError(f"its version is {state.version}, and this kit knows {_VERSION}")
        return state
    except ValueError as error:  # those of msgspec are some, too
        raise ValueError(
            f"--since-last {path}: this is no state file of `workshop hunt` ({error}). Nothing was read. Name another "
            "file, or delete this one to have everything read again."
        ) from error


def _folder_and_name(path: str) -> tuple[str, str]:
    if path.startswith("s3://"):
        folder, _, name = path.rpartition("/")
        return folder, name
    return os.path.split(os.path.abspath(path))


def _write(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or as it was, also when the machine stops at this moment."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    if sys.platform != "win32":  # which opens no folders
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
