"""The kinds of machines that wheels are for: system, processor and Python; their tags and markers."""

import itertools
import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from packaging import tags
from packaging.markers import default_environment

MACHINES = ("x86_64", "arm64")
PYTHONS = tuple((3, minor) for minor in range(10, 16))
# Wheels are taken that run from these versions on: glibc 2.28 (Debian 10, Ubuntu 20.04, RHEL 8), macOS 13.
_GLIBC = (2, 28)
_MACOS = (13, 0)
_LEGACY = {(2, 17): "manylinux2014", (2, 12): "manylinux2010", (2, 5): "manylinux1"}
# What markers call a system and its processors.
_MARKERS = {
    "linux": {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux", "arm64": "aarch64"},
    "macos": {"os_name": "posix", "sys_platform": "darwin", "platform_system": "Darwin"},
    "windows": {
        "os_name": "nt",
        "sys_platform": "win32",
        "platform_system": "Windows",
        "x86_64": "AMD64",
        "arm64": "ARM64",
    },
}
SYSTEMS = tuple(_MARKERS)


@dataclass(frozen=True)
class Target:
    """A system, its processor (of `MACHINES`) and the Python there, such as ("windows", "x86_64", (3, 12)).

    `here` is the very machine and Python that this runs on, not all machines like it: those may have an older release
    of the same Python, or of the system.
    """

    system: str
    machine: str
    python: tuple[int, int]
    here: bool = False

    def __str__(self) -> str:
        name = f"{self.system}-{self.machine}-{self.python[0]}.{self.python[1]}"
        return f"{name} (this machine)" if self.here else name

    @property
    def abi(self) -> str:
        return f"cp{self.python[0]}{self.python[1]}"

    def platforms(self) -> list[str]:
        """Return the platforms in the names of wheels that run there, the best first."""
        if self.system == "windows":
            return ["win_amd64" if self.machine == "x86_64" else "win_arm64"]
        if self.system == "macos":
            return list(tags.mac_platforms(_MACOS, self.machine))
        processor = "aarch64" if self.machine == "arm64" else self.machine
        names = []
        for minor in range(_GLIBC[1], 4, -1):
            names.append(f"manylinux_2_{minor}_{processor}")
            if (2, minor) in _LEGACY:
                names.append(f"{_LEGACY[2, minor]}_{processor}")
        return [*names, f"linux_{processor}"]

    def tags(self) -> frozenset[tags.Tag]:
        """Return the tags of wheels that can be installed there."""
        if self.here:
            return frozenset(tags.sys_tags())
        platforms = self.platforms()
        return frozenset(
            itertools.chain(
                tags.cpython_tags(self.python, abis=[self.abi], platforms=platforms),
                tags.compatible_tags(self.python, interpreter=self.abi, platforms=platforms),
            )
        )

    def environment(self) -> dict[str, str]:
        """Return the values of environment markers there; those that nobody can know from here are empty."""
        if self.here:
            return {name: str(value) for name, value in default_environment().items()}
        values = _MARKERS[self.system]
        version = f"{self.python[0]}.{self.python[1]}"
        return {
            **{name: values[name] for name in ("os_name", "sys_platform", "platform_system")},
            "platform_machine": values.get(self.machine, self.machine),
            "platform_release": "",
            "platform_version": "",
            "implementation_name": "cpython",
            "implementation_version": f"{version}.0",
            "platform_python_implementation": "CPython",
            "python_version": version,
            # The first release: markers that ask for more ask whether something is already built in.
            "python_full_version": f"{version}.0",
        }


def this_machine() -> Target:
    """Return the target that is this very machine with this Python."""
    system = {"darwin": "macos", "win32": "windows"}.get(sys.platform, "linux")
    machine = {"amd64": "x86_64", "aarch64": "arm64"}.get(platform.machine().lower(), platform.machine())
    return Target(system, machine, sys.version_info[:2], here=True)


def targets_of(text: str) -> Iterator[Target]:
    """Yield the targets that SYSTEM[-MACHINE][-PYTHON] means: what is left out is all that there is; "all" is all.

    Raises: ValueError when it means none.
    """
    known = re.fullmatch(
        rf"(?P<system>{'|'.join(SYSTEMS)}|all)(?:-(?P<machine>{'|'.join(MACHINES)}))?(?:-(?P<python>3\.\d+))?", text
    )
    pythons = [(3, int(known["python"][2:]))] if known and known["python"] else PYTHONS
    if not known or not set(pythons) <= set(PYTHONS):
        raise ValueError(
            f"{text!r} is no target. A target is all, {', '.join(SYSTEMS[:-1])} or {SYSTEMS[-1]}, then, if not all, "
            f"the processor ({' or '.join(MACHINES)}), and then, if not all, the Python (3.{PYTHONS[0][1]} to "
            f"3.{PYTHONS[-1][1]}): windows, macos-arm64, linux-x86_64-3.12."
        )
    systems = SYSTEMS if known["system"] == "all" else [known["system"]]
    machines = [known["machine"]] if known["machine"] else MACHINES
    yield from itertools.starmap(Target, itertools.product(systems, machines, pythons))
