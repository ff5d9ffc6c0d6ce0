"""Puts the folder for a room without a network together, and says what is in it and what is missing."""

import importlib.metadata
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement

from workshop import places
from workshop.extras import DISTRIBUTION, requirements_of
from workshop.offline.check import Missing, missing_for, read_wheel
from workshop.offline.checkout import FOLDER, write_zip
from workshop.offline.download import NoWheels, download, why_no_wheels
from workshop.offline.targets import Target, targets_of, this_machine

if sys.version_info >= (3, 11):
    import tomllib
else:  # JupyterLab brings it
    import tomli as tomllib

_EXTRA = "scale"
_README = "README.txt"
_TITLE = "The CloudTrail workshop, for a room without a network"


def requirements(target: Target) -> list[Requirement]:
    """Return what a target needs: the kit's packages, those of its extra, and what pip needs to install the kit."""
    requirements_of(_EXTRA)  # raises if the installed kit does not know it
    project = tomllib.loads((places.checkout() / "pyproject.toml").read_text(encoding="utf-8"))
    listed = [*(importlib.metadata.requires(DISTRIBUTION) or []), *project["build-system"]["requires"]]
    found = []
    for wanted in map(Requirement, listed):
        here = [{**target.environment(), "extra": extra} for extra in ("", _EXTRA)]
        if not wanted.marker or any(map(wanted.marker.evaluate, here)):
            wanted.marker = None
            found.append(wanted)
    return found


def build(folder: Path, asked: Iterable[str] = ()) -> bool:
    """Make, or make anew, the folder with the checkout and the wheels for the targets; print what is in it.

    `asked` are targets as `targets.targets_of` reads them; without any it is this machine. Returns whether nothing is
    missing. Wheels that an earlier run put there and this one does not want are removed.

    Raises: ValueError for an unknown target; FileExistsError when the folder holds something else;
    download.NotDownloaded when pip cannot reach its index.
    """
    targets = dict.fromkeys(target for text in asked for target in targets_of(text)) or [this_machine()]
    _take(folder)
    wheels = folder / "wheels"
    wheels.mkdir(exist_ok=True)
    archive = folder / f"{FOLDER}.zip"
    count = write_zip(places.checkout(), archive)
    print(f"{archive.name}: {count:,} files, {_megabytes([archive])}", flush=True)
    kept: set[str] = set()
    missing, lines = {}, []
    for target in targets:
        names, missing[target] = _bring(target, wheels)
        kept |= names
        line = f"{target}: {len(names)} wheels, {_megabytes(wheels / name for name in names)}"
        lines += [line, *(f"    missing: {each}" for each in missing[target])]
        print("\n".join(lines[-1 - len(missing[target]) :]), flush=True)
    for path in wheels.iterdir():
        if path.is_dir():  # of a run that was killed
            shutil.rmtree(path)
        elif path.name not in kept:
            path.unlink()
    (folder / _README).write_text(_for_the_room(lines), encoding="utf-8", newline="\r\n")
    everything = [path for path in folder.rglob("*") if path.is_file()]
    print(f"{len(kept)} wheels; all in all {_megabytes(everything)} in {folder.resolve()}")
    short = [str(target) for target, lacks in missing.items() if lacks]
    if short:
        print(f"The workshop cannot be installed from it on: {', '.join(short)}.")
    return not short


def _take(folder: Path) -> None:
    """Make the folder, unless it is there and is an earlier kit."""
    folder.mkdir(parents=True, exist_ok=True)
    readme = folder / _README
    begun = {"wheels", f"{FOLDER}.zip", f"{FOLDER}.zip.part", _README}
    others = sorted({path.name for path in folder.iterdir()} - begun)
    if others or (readme.is_file() and not readme.read_text(encoding="utf-8").startswith(_TITLE)):
        raise FileExistsError(
            f"{folder} holds something else ({', '.join(others) or _README}): name a folder of its own."
        )


def _bring(target: Target, wheels: Path) -> tuple[set[str], list[Missing]]:
    """Put a target's wheels into the folder; return the names of their files, and what is missing."""
    wanted = requirements(target)
    # Beside the others, so that wheels are moved and not copied.
    with tempfile.TemporaryDirectory(dir=wheels) as name:
        fresh = Path(name)
        try:
            download(target, wanted, fresh)
        except NoWheels as failed:
            return set(), why_no_wheels(target, wanted, failed, fresh)
        found = [read_wheel(path) for path in sorted(fresh.glob("*.whl"))]
        for wheel in found:
            os.replace(wheel.path, wheels / wheel.path.name)
        return {wheel.path.name for wheel in found}, missing_for(target, wanted, found)


def _megabytes(paths: Iterable[Path]) -> str:
    return f"{sum(path.stat().st_size for path in paths) / 1e6:,.0f} MB"


def _for_the_room(lines: list[str]) -> str:
    listed = "\n".join(f"    {line}" for line in lines)
    return f"""{_TITLE}

You need a browser, and Python in one of the versions below; it is not in this folder, but on
https://www.python.org/downloads/.

1. Copy {FOLDER}.zip to your machine, and unpack it. In the folder that you copied it to:

       python3 -m zipfile -e {FOLDER}.zip .

2. Go into the folder {FOLDER} and start the workshop. FROM is the path of this folder (the one with
   README.txt in it, on the stick or wherever it lies), or the address that it is served at:

       cd {FOLDER}
       python3 start.py lab --wheels FROM

   On Windows, write py in place of python3 in both steps.

Later starts need neither: python3 start.py lab. Notebook 06 installs some more packages from the same place when you
first run it. If the place is gone by then, they come from the network.

To serve this folder to a room, run this in it, and give the room http://YOUR-ADDRESS:8000/ as FROM. Everybody who
reaches your machine can read the folder as long as it runs.

       python3 -m http.server

It holds the packages for these systems, processors and versions of Python:

{listed}
"""
