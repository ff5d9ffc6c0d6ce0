"""The doctor's checks of this machine: Python, packages, port, disk, emulator, and the stack in it.

Each check returns one Finding. What it compares with is an argument, so that it can be asked about other machines.
"""

import shutil
import socket
import sys
from collections.abc import Iterable
from importlib import metadata

import psutil
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from workshop import places
from workshop.cloud.cloud import Cloud
from workshop.cloud.connection import REGION, STACK, running_local_cloud
from workshop.cloud.doctor.findings import Finding, note, ok, to_do
from workshop.cloud.emulator import emulator
from workshop.cloud.emulator.ministack_process import HOST
from workshop.cloud.stack import stack

_KIT = "cloudtrail-workshop"
_INSTALL = "`python3 start.py install` in the workshop's folder, then restart the kernel"
# Bytes: the emulator, logs and answers take a few dozen megabytes; Python's packages are there already.
_DISK = 300_000_000


def python(version: str | None = None) -> Finding:
    """Check the version of the Python that runs this, by default, against what the kit is made for."""
    version = version or ".".join(map(str, sys.version_info[:3]))
    wanted = metadata.metadata(_KIT)["Requires-Python"]
    if version in SpecifierSet(wanted):
        return ok("Python", version)
    return to_do("Python", f"{version}, and the workshop needs {wanted}", f"install such a Python, then {_INSTALL}")


def packages(requirements: Iterable[str] | None = None) -> Finding:
    """Check that the packages the kit needs are installed, in the versions that it was made for."""
    listed = (metadata.requires(_KIT) or ()) if requirements is None else requirements
    needed = [
        requirement
        for requirement in map(Requirement, listed)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    ]
    wrong = [reason for reason in map(_unmet, needed) if reason]
    if wrong:
        return to_do("packages", "; ".join(wrong), _INSTALL)
    return ok("packages", f"all {len(needed)} are there, in versions that fit")


def _unmet(requirement: Requirement) -> str:
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"{requirement.name} is missing"
    fits = requirement.specifier.contains(version, prereleases=True)
    return "" if fits else f"{requirement.name} {version} is installed, {requirement.specifier} is needed"


def port(host: str = HOST) -> Finding:
    """Check that a server can listen on this machine's own address."""
    try:
        with socket.socket() as probe:
            probe.bind((host, 0))
            probe.listen()
            return ok("port", f"programs can listen on {host}")
    except OSError as error:
        do = "let programs of yours listen on this address (a firewall, a sandbox or a container may forbid it)"
        return to_do("port", f"nothing can listen on {host}: {error}", do)


def disk(needed: int = _DISK) -> Finding:
    """Check that there is room where the kit writes."""
    free = shutil.disk_usage(places.home()).free
    if free >= needed:
        return ok("disk", f"{_gigabytes(free)} free")
    do = f"make room on the disk that holds {places.home()}"
    return to_do("disk", f"{_gigabytes(free)} free, {_gigabytes(needed)} needed", do)


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:,.1f} GB"


def local_emulator() -> Finding:
    """Check that the emulator runs, starting it if need be, and that only this machine can reach it."""
    try:
        running = emulator.start()
    except (emulator.EmulatorError, OSError) as error:
        do = f"see the reason; then `{places.command('doctor --fix')}`, which makes it anew"
        return to_do("emulator", str(error), do)
    return _reachable(running)


def _reachable(running: emulator.Emulator, addresses: set[str] | None = None) -> Finding:
    try:
        # Its Lambda functions are processes of their own, and listen on nothing.
        addresses = addresses or {
            listener.laddr.ip
            for listener in psutil.Process(running.pid).net_connections(kind="inet")
            if listener.status == psutil.CONN_LISTEN
        }
    except psutil.Error as error:
        return note("emulator", f"healthy at {running.endpoint}; who can reach it could not be looked up ({error!r})")
    if addresses - {HOST}:
        where = ", ".join(sorted(addresses))
        do = f"`{places.command('doctor --fix')}`"
        return to_do("emulator", f"it listens on {where}, where others may reach it", do)
    return ok("emulator", f"healthy at {running.endpoint}, reachable from this machine only")


def local_stack(*, region: str = REGION, name: str = STACK) -> Finding:
    """Check the state of the stack in the emulator."""
    cloud = running_local_cloud(region=region, stack=name)
    if cloud is None:
        return note("local stack", "the emulator does not run", "connect() starts it")
    if cloud.trail:
        cloud.trail.stop("the doctor only looks", deliver=False)
    return stack_state("local stack", cloud, f"`{stack.teardown_command(cloud)}` in a terminal, then connect() again")


def stack_state(name: str, cloud: Cloud, repair: str) -> Finding:
    """Return the Finding on the state of a cloud's stack; `repair` is what helps a broken one."""
    found = cloud.describe_stack()
    if found is None:
        return ok(name, f"{cloud.stack} is not there yet; connect() makes it")
    status = found["StackStatus"]
    if status.endswith("_IN_PROGRESS"):
        return note(name, f"{cloud.stack} is busy: {status}", "wait; connect() waits too")
    if status not in stack.USABLE:
        return to_do(name, f"{cloud.stack} cannot be used: {status}", repair)
    return ok(name, f"{cloud.stack} is there: {status}")
