"""What of all that is required is not among a target's wheels, and why: by walking the metadata of the wheels."""

import email
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from workshop.offline.targets import Target


@dataclass(frozen=True)
class Wheel:
    """What a wheel's name and metadata say."""

    path: Path
    name: str
    version: Version
    tags: frozenset[Tag]
    python: SpecifierSet
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True)
class Missing:
    """A package that a target lacks, and the reason."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


def read_wheel(path: Path) -> Wheel:
    """Read a wheel's name and its METADATA. Raises: ValueError when the file is no wheel, or a damaged one."""
    try:
        name, version, _, tags = parse_wheel_filename(path.name)
        with zipfile.ZipFile(path) as archive:
            # Some carry the metadata of other packages that they have inside.
            (inside,) = (file for file in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", file))
            metadata = email.message_from_bytes(archive.read(inside))
    except (ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is not a whole wheel ({error}): delete it, then run this again.") from error
    requirements = tuple(map(Requirement, metadata.get_all("Requires-Dist") or []))
    return Wheel(path, name, version, tags, SpecifierSet(metadata.get("Requires-Python") or ""), requirements)


def missing_for(target: Target, roots: Iterable[Requirement], wheels: Iterable[Wheel]) -> list[Missing]:
    """Return what `roots`, and all that they require, need on a target and is not among the wheels.

    Every requirement whose marker holds on the target must be met by a wheel that the target can install, of a version
    that the requirement allows. The wheels are one set that is installed together: one version of each package.
    """
    by_name = {wheel.name: wheel for wheel in wheels}
    environment, tags = target.environment(), target.tags()
    waiting = [(wanted, "the kit", "") for wanted in roots]
    seen: set[tuple[str, str]] = set()
    missing: dict[str, Missing] = {}
    while waiting:
        wanted, by, extra = waiting.pop()
        if wanted.marker and not wanted.marker.evaluate({**environment, "extra": extra}):
            continue
        name = canonicalize_name(wanted.name)
        wheel = by_name.get(name)
        if reason := _reason(wanted, wheel, target, tags):
            missing.setdefault(name, Missing(name, f"{reason} (wanted by {by})"))
        if wheel is None:
            continue
        for asked in {"", *wanted.extras}:
            if (name, asked) not in seen:
                seen.add((name, asked))
                waiting += [(further, name, asked) for further in wheel.requirements]
    return sorted(missing.values(), key=lambda each: each.name)


def _reason(wanted: Requirement, wheel: Wheel | None, target: Target, tags: frozenset[Tag]) -> str | None:
    if wheel is None:
        return "there is no wheel of it"
    if not wanted.specifier.contains(wheel.version, prereleases=True):
        return f"its wheel is {wheel.version}, not {wanted.specifier}"
    if not wheel.tags & tags:
        return f"{wheel.path.name} is for other machines"
    if not wheel.python.contains(target.environment()["python_full_version"], prereleases=True):
        return f"{wheel.path.name} needs Python {wheel.python}"
    return None
