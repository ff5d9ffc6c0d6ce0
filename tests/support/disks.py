"""Disks that are full soon, or cannot be written: mounted for a test, where that is possible."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import PATIENCE


@contextlib.contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """Have an empty disk in memory at a new folder, with mount's options; skip the test where that is not possible."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not is_root or subprocess.run(mount, capture_output=True, check=False, timeout=PATIENCE).returncode:
        pytest.skip("only root can mount a disk, and not in every container")
    try:
        yield folder
    finally:
        # Lazily: a process that a test has ended may not be gone.
        subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=PATIENCE)
