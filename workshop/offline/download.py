"""pip brings a target's wheels.

`pip download` can be asked for another platform and Python, but it judges environment markers by the Python that it
runs in: on Linux it would leave out what only Windows needs. So pip is run with the target's values in place of its
own. `check.missing_for` does not trust that: it looks at what came.
"""

import importlib.metadata
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from workshop.extras import DISTRIBUTION
from workshop.offline.check import Missing
from workshop.offline.targets import Target

_PIP = """
import json, sys
from pip._vendor.packaging import markers
environment, markers_here = json.loads(sys.argv.pop(1)), markers.default_environment
markers.default_environment = lambda: {**markers_here(), **environment}
from pip._internal.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
_NO_NETWORK = re.compile(r"Retrying \(Retry\(total=0|Could not fetch URL|ProxyError|getaddrinfo failed|No space left")
_NOT_FOUND = re.compile(r"No matching distribution found for (?P<name>[A-Za-z0-9._-]+)")


class NotDownloaded(Exception):
    """pip could not do its work, for a reason that has nothing to do with a target."""


class NoWheels(Exception):
    """pip found no set of wheels for a target; the message is pip's."""


def download(target: Target, requirements: Iterable[Requirement], folder: Path) -> None:
    """Download wheels for a target, with all that the requirements require.

    Raises: NoWheels when there is no such set of wheels; NotDownloaded when pip failed otherwise.
    """
    _run_pip(target, ["download", "--dest", str(folder)], requirements)


def _run_pip(target: Target, command: list[str], requirements: Iterable[Requirement]) -> None:
    options = ["--only-binary", ":all:", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    # pip says that an index cannot be reached only where it tries again.
    options += ["--retries", "3"]
    if not target.here:
        python = f"{target.python[0]}.{target.python[1]}"
        options += ["--python-version", python, "--implementation", "cp", "--abi", target.abi]
        for name in target.platforms():
            options += ["--platform", name]
    wanted = [f"{one.name}{_extras(one)}{one.specifier}" for one in requirements]
    pip = subprocess.run(
        [sys.executable, "-c", _PIP, json.dumps(target.environment()), *command, *options, *wanted],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if pip.returncode == 0:
        return
    last = [line.removeprefix("ERROR:").strip() for line in pip.stderr.splitlines() if line.startswith("ERROR:")]
    last = last or pip.stderr.split("\n")[-2:-1] or [f"exit status {pip.returncode}"]
    reached_nothing = _NO_NETWORK.search(pip.stderr)
    if reached_nothing or not ("No matching distribution" in pip.stderr or "ResolutionImpossible" in pip.stderr):
        said = next((line for line in pip.stderr.splitlines() if _NO_NETWORK.search(line)), last[-1])
        raise NotDownloaded(f"pip could not download wheels: {said.strip()}. Check the network, then run this again.")
    raise NoWheels(pip.stderr if "ResolutionImpossible" in pip.stderr else last[-1])


def _extras(requirement: Requirement) -> str:
    return f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""


def why_no_wheels(target: Target, requirements: Iterable[Requirement], failed: NoWheels, folder: Path) -> list[Missing]:
    """Return which packages have no wheels for a target, of those that are installed here or that pip named.

    pip stops at the first one. So each package that has other files for each system is asked for alone.
    """
    roots: dict[str, Requirement] = {canonicalize_name(wanted.name): wanted for wanted in requirements}
    named = _NOT_FOUND.search(str(failed))
    names = _needed_names(target, roots.values()) | ({canonicalize_name(named["name"])} if named else set())
    missing = []
    for name in sorted(names):
        try:
            _run_pip(target, ["download", "--dest", str(folder), "--no-deps"], [roots.get(name, Requirement(name))])
        except NoWheels:
            asked = roots[name].specifier if name in roots else ""
            missing.append(Missing(name, f"no version {asked}{' ' if asked else ''}has a wheel for {target}"))
    return missing or [Missing("a set of versions that fit together", " ".join(str(failed).split()))]


def _needed_names(target: Target, roots: Iterable[Requirement]) -> set[str]:
    """Return the names of what the requirements need on a target, as far as the packages installed here say.

    Packages of which one wheel serves everywhere are left out.
    """
    environment = target.environment()
    waiting, seen = [(wanted, "") for wanted in roots], set()
    names: set[str] = set()
    while waiting:
        wanted, extra = waiting.pop()
        if wanted.marker and not wanted.marker.evaluate({**environment, "extra": extra}):
            continue
        name = canonicalize_name(wanted.name)
        try:
            installed = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            names.add(name)
            continue
        if "-none-any" not in (installed.read_text("WHEEL") or ""):
            names.add(name)
        for asked in {"", *wanted.extras}:
            if (name, asked) not in seen:
                seen.add((name, asked))
                waiting += [(Requirement(further), asked) for further in installed.requires or []]
    return names - {canonicalize_name(DISTRIBUTION)}
