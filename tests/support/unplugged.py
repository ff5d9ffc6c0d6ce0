"""A network namespace with nothing but loopback: what runs in it has no network to reach."""

import functools
import os
import shutil
import subprocess

import pytest

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@functools.cache
def _why_not() -> str | None:
    if not (shutil.which("unshare") and shutil.which("ip")):
        return "a network without a route needs Linux with unshare and ip"
    tried = subprocess.run(_in_namespace(["true"]), capture_output=True, text=True)
    return None if tried.returncode == 0 else f"no namespace of one's own here: {tried.stderr.strip()}"


def _in_namespace(command: list[str], addresses: tuple[str, ...] = ()) -> list[str]:
    user = [] if ROOT else ["--map-root-user"]
    up = ["ip link set lo up", *(f"ip address add {address}/32 dev lo" for address in addresses)]
    return ["unshare", *user, "--net", "sh", "-c", f'{" && ".join(up)} && exec "$@"', "sh", *command]


def unplugged(command: list[str], addresses: tuple[str, ...] = ()) -> list[str]:
    """Return the command that runs `command` with loopback only; `addresses` are further ones of the machine itself.

    Skips the test where that cannot be had, but not for root in CI, where it must be.
    """
    if reason := _why_not():
        (pytest.fail if ROOT and os.environ.get("CI") == "true" else pytest.skip)(reason)
    return _in_namespace(command, addresses)
