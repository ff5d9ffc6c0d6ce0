"""Walls around this process, as far as the system offers them: no network, no files but those that Python needs.

Linux offers both to everybody: a network namespace without a network, and Landlock, which names the folders that may
be opened. Neither is offered everywhere (a container or its kernel may refuse), and on macOS and Windows there are
none. What cannot be had is left out: the sandbox is there to survive mistakes, and the walls come on top of it.
"""

import contextlib
import os
import struct
import sys
from collections.abc import Iterable
from typing import Any

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # as unshare(2) names them
_NO_NEW_PRIVILEGES = 38  # as prctl(2) does
# Landlock's system calls have the same numbers on all processors that Python runs on.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF, _WHICH_VERSION, _BENEATH = 444, 445, 446, 1, 1
_READ = 1 << 0 | 1 << 2 | 1 << 3  # run and read files, read folders
_OF_FILES = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15  # run, write, read, truncate, control: no folder is asked that
# How many kinds of access to files each version of Landlock knows, of TCP from the fourth, and of what reaches other
# processes from the sixth: abstract sockets and signals.
_KINDS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
# What programs need besides Python's own folders: libraries, time zones, the devices.
_OF_THE_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime", "/nix/store")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/full")


def build(folder: str, paths: Iterable[str]) -> None:
    """Build what walls there can be; `folder` can be written to, `paths` can be read besides Python's own."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(ImportError, OSError, AttributeError):  # a Python or a C library of another kind
        import ctypes

        libc = ctypes.CDLL(None)
        libc.syscall.restype = ctypes.c_long
        if libc.unshare(_NEW_NETWORK) != 0:
            libc.unshare(_NEW_USER | _NEW_NETWORK)
        own = [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix]
        _wall_off(libc, folder, [*paths, *own, *sys.path, *_OF_THE_SYSTEM, *_DEVICES])


def _wall_off(libc: Any, folder: str, readable: Iterable[str]) -> None:
    """Let this process, and those that it starts, open nothing else from now on."""
    version = libc.syscall(_CREATE_RULESET, None, 0, _WHICH_VERSION)
    if version < 1:
        return
    everything = (1 << _KINDS[min(version, 5)]) - 1
    wanted = struct.pack("=QQQ", everything, 0b11 if version >= 4 else 0, 0b11 if version >= 6 else 0)
    known = 8 if version < 4 else 16 if version < 6 else 24
    rules = libc.syscall(_CREATE_RULESET, wanted, known, 0)
    if rules < 0:
        return
    for path in {*map(os.path.realpath, filter(None, readable))}:
        _allow(libc, rules, path, _READ)
    for path in _DEVICES[:1]:
        _allow(libc, rules, path, everything)
    _allow(libc, rules, folder, everything)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0:
        libc.syscall(_RESTRICT_SELF, rules, 0)
    os.close(rules)


def _allow(libc: Any, rules: int, path: str, access: int) -> None:
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError):
        place = os.open(path, os.O_PATH)
        try:
            if not os.path.isdir(path):
                access &= _OF_FILES
            libc.syscall(_ADD_RULE, rules, _BENEATH, struct.pack("=Qi", access, place), 0)
        finally:
            os.close(place)
