"""What `doctor --fix` puts right on this machine; start.py mends .venv before.

Each repair says in a few words what it did. It throws away nothing that people have written.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from workshop import places
from workshop.cloud.doctor.findings import Finding, ok, to_do
from workshop.cloud.emulator import emulator
from workshop.exercises import answers


def kept_files() -> Finding:
    """Check that the files with progress, notifications and answers are whole."""
    files, damaged = _files(), damaged_files()
    if damaged:
        found = "; ".join(f"{path} is damaged ({reason})" for path, reason in damaged.items())
        fix = f"`{places.command('doctor --fix')}` keeps it under another name"
        do = f"{fix}; then check your answers again in their notebooks"
        return to_do("kept files", found, do)
    return ok("kept files", f"{len(files)} with progress and answers, all whole")


def damaged_files() -> dict[Path, str]:
    """Return the files that cannot be read, and why."""
    return {path: reason for path in _files() if (reason := _damage(path))}


def _files() -> list[Path]:
    state = places.state()
    written = [path for path in state.glob("*.json") if path.name != "emulator.json"]  # the emulator's own
    return sorted([*written, *state.glob("notifications/*.json"), *places.answers().glob("*.py")])


def _damage(path: Path) -> str:
    if path.suffix == ".py":
        return answers.damage(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        return f"{type(error).__name__}: {error}"
    return "" if isinstance(content, (dict, list)) else "neither a JSON object nor a list"


def set_damaged_files_aside() -> str:
    """Give damaged files other names, under which they are kept; the notebooks write new ones."""
    return "; ".join(f"{path} is kept as {places.set_aside(path).name}" for path in damaged_files())


def renew_emulator() -> str:
    """End all that is left of the local emulator and start it anew, empty."""
    folder = places.state() / "emulator"
    emulator.stop()
    if folder.exists():  # something else than a folder, or what may not be removed
        places.set_aside(folder)
    emulator.start()
    return "ended and started anew, empty: connect(), then deploy(...) again"


REPAIRS: dict[str, Callable[[], str]] = {
    "emulator": renew_emulator,
    "local stack": renew_emulator,
    "kept files": set_damaged_files_aside,
}
