"""Files below a local folder that may be log files: links followed once, other services' folders left closed."""

import difflib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from workshop.logs.forms.first_bytes import LENGTH, may_be_read
from workshop.logs.layout import other_service
from workshop.logs.names import kind_of, may_hold_records, promises_records, says_nothing
from workshop.logs.tally import Tally


def files_below(top: str, tally: Tally, left_out: Callable[[str], bool]) -> list[str]:
    """Return the files below a folder, wherever links lead; each folder is looked into once.

    Folders of other services in AWS's layout, and those that are `left_out`, are not. What is passed over, and what
    cannot be read, goes to the tally.
    """
    found, folders, linked = list[str](), [top], list[str]()
    seen, whole = set[tuple[int, int]](), os.path.abspath(top)
    while folders or linked:
        folder = folders.pop() if folders else linked.pop(0)
        try:
            state = os.stat(folder)
            if (state.st_dev, state.st_ino) in seen:
                tally.pass_over("links to folders that were read already")
                continue
            seen.add((state.st_dev, state.st_ino))
            with os.scandir(folder) as scanned:
                entries = list(scanned)
        except OSError as error:
            tally.skip(folder, None, f"folder could not be read: {error.strerror}")
            continue
        for entry in entries:
            path = entry.path
            if not os.path.isdir(path) if entry.is_symlink() else not entry.is_dir():
                if reason := entry.is_symlink() and why_not_there(path):
                    tally.skip(path, None, reason)
                elif _is_special(entry) and promises_records(path):
                    tally.skip(path, None, "a pipe or a device, no file: it is read if it is named itself")
                else:
                    found.append(path)
            elif service := other_service(whole + path[len(top) :] + os.sep):
                tally.pass_over(f"folders of {service}")
            elif not left_out(path + os.sep):
                (linked if entry.is_symlink() else folders).append(path)
    return found


def _is_special(entry: os.DirEntry) -> bool:
    """Tell whether it is a pipe, where reading waits for somebody who writes, or a device, which may never end."""
    return not entry.is_file()


def why_not_there(path: str) -> str | None:
    """Return why a path that was found leads to nothing, None if it does not: a link may lead nowhere, or to itself."""
    try:
        os.stat(path)
    except OSError as error:
        return f"it leads to nothing that can be read: {error.strerror}"
    return None


def worth_reading(paths: Iterable[str], tally: Tally) -> list[str]:
    """Return those of some files that their names or first bytes make worth reading; the others are passed over."""
    chosen = list[str]()
    for path in paths:
        if promises_records(path) or (says_nothing(path) and _begins_well(path)):
            chosen.append(path)
        else:
            tally.not_chosen(kind_of(path), may_hold_records=may_hold_records(path))
    return chosen


def _begins_well(path: str) -> bool:
    try:
        if not os.path.isfile(path):  # a pipe would wait for somebody who writes into it
            return False
        with open(path, "rb", buffering=0) as file:
            return may_be_read(file.read(LENGTH))
    except OSError:
        return True  # reading it will say why


def did_you_mean(path: Path) -> str:
    """Return " Did you mean …?" with a name like the path's that exists and holds log files, or nothing."""
    path = Path(os.path.normpath(path))
    while not path.parent.exists():
        path = path.parent
    names = [
        entry.name
        for entry in path.parent.iterdir()
        if entry.name != path.name and (entry.is_file() or _holds_logs(entry))
    ]
    close = difflib.get_close_matches(path.name, names, n=1)
    return f" Did you mean {path.parent / close[0]}?" if close else ""


def _holds_logs(folder: Path) -> bool:
    return any(promises_records(name) for _, _, names in os.walk(folder) for name in names)
