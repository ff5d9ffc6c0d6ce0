"""Packages that only a part of the kit needs: installed when that part is first used, with `install_extra("scale")`.

pyproject.toml lists them as optional dependencies. They come from pip's usual index, or from the folder of wheels that
the kit itself was installed from: `start.py … --wheels` writes pip's options for it into .venv.
"""

import importlib
import importlib.metadata
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from packaging.requirements import Requirement

from workshop.display.progress import ProgressLine

DISTRIBUTION = "cloudtrail-workshop"
# What an extra is for and how much it is, as measured with Python 3.11 on Linux.
_ABOUT = {"scale": "Notebook 06 needs {names}: about 30 MB to download, 90 MB on disk."}
_WHEELS = "wheels-options.txt"


class ExtraNotInstalled(ModuleNotFoundError):
    """A function was used whose packages are not installed."""


def requirements_of(extra: str) -> list[Requirement]:
    """Return what pyproject.toml lists for an extra.

    Raises: ValueError when it has no such extra, or was changed after the kit was installed.
    """
    metadata = importlib.metadata.metadata(DISTRIBUTION)
    extras = metadata.get_all("Provides-Extra") or []
    if extra not in extras:
        raise ValueError(
            f"The kit as it is installed has no extra {extra!r}, only: {', '.join(extras)}. If pyproject.toml has it, "
            "run `python3 start.py install` in a terminal, and then this again."
        )
    listed = map(Requirement, importlib.metadata.requires(DISTRIBUTION) or [])
    return [
        wanted
        for wanted in listed
        if wanted.marker and not wanted.marker.evaluate({"extra": ""}) and wanted.marker.evaluate({"extra": extra})
    ]


def missing_of(extra: str) -> list[Requirement]:
    """Return those of an extra's requirements that are not installed, or in a version that does not serve."""
    return [wanted for wanted in requirements_of(extra) if not _is_installed(wanted)]


def _is_installed(wanted: Requirement) -> bool:
    try:
        return wanted.specifier.contains(importlib.metadata.version(wanted.name), prereleases=True)
    except importlib.metadata.PackageNotFoundError:
        return False


def not_installed(extra: str, what: str, missing: str | None) -> ExtraNotInstalled:
    """Return the error for a function or option, `what`, that needs a module of an extra that is not there."""
    return ExtraNotInstalled(
        f"{what} needs {missing}. Only notebook 06 uses that, so it is not installed yet: run "
        f'`from workshop import install_extra; install_extra("{extra}")`, and then this again.'
    )


def install_extra(extra: str) -> None:
    """Install the packages of an extra into this Python, showing progress; do nothing if they are there.

    They come from the folder of wheels that the kit was installed from, if there was one and it is still there.

    Raises: ValueError when there is no such extra; RuntimeError, with pip's reason, when pip could not install them.
    """
    missing = missing_of(extra)
    if not missing:
        return
    print(_ABOUT.get(extra, "Installing {names}.").format(names=_listed(missing)))
    source, environment = _where_from()
    options = ["--no-input", "--disable-pip-version-check", "--no-compile"]
    command = [sys.executable, "-I", "-m", "pip", "install", *options]
    lines, line_of_progress = [], ProgressLine()
    with subprocess.Popen(
        [*command, *source, *(f"{wanted.name}{wanted.specifier}" for wanted in missing)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as pip:
        for line in pip.stdout or ():
            lines.append(line.strip())
            words = line.split()
            if words[:1] in (["Collecting"], ["Downloading"]):
                line_of_progress.say(f"{words[0]} {words[1]}")
            elif words[:2] == ["Installing", "collected"]:
                line_of_progress.say("Installing them")
    if pip.returncode:
        line_of_progress.done("Not installed.")
        raise RuntimeError(
            f"pip could not install {_listed(missing)} ({_reason(lines)}). Connect to the network and try again. "
            "All else in the workshop works without them."
        )
    importlib.invalidate_caches()
    line_of_progress.done(f"Installed: {_listed(missing)}.")


def _where_from() -> tuple[list[str], dict[str, str]]:
    """Return pip's options, and its environment, for where the packages come from."""
    remembered = Path(sys.prefix) / _WHEELS
    options = remembered.read_text(encoding="utf-8").splitlines() if remembered.is_file() else []
    places = [option.partition("=")[2] for option in options if option.startswith("--find-links=")]
    if not options:
        return [], dict(os.environ)
    if not any(map(_is_there, places)):
        print(f"The wheels that the kit was installed from ({places[0]}) are not there now; asking pip's usual index.")
        return [], dict(os.environ)
    # As start.py does: no setting of this machine sends pip anywhere else.
    silenced = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_CONSTRAINT": "", "NO_PROXY": "*"}
    return options, {**os.environ, **silenced, "no_proxy": "*"}


def _is_there(place: str) -> bool:
    """Look whether a folder, or a web server's page, is there."""
    if not place.startswith(("http://", "https://")):
        return Path(place).is_dir()
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(place, timeout=5):
            return True
    except (OSError, urllib.error.URLError):
        return False


def _reason(lines: list[str]) -> str:
    if any("Retrying (Retry(" in line for line in lines):
        return "it could not reach its package index"
    errors = [line for line in lines if line.startswith("ERROR:")] or lines[-1:]
    return errors[-1].removeprefix("ERROR:").strip().rstrip(".") if errors else "it said nothing"


def _listed(requirements: list[Requirement]) -> str:
    names = [wanted.name for wanted in requirements]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
