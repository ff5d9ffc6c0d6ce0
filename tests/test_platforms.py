"""What would break on Windows and macOS, as far as tools can find it here."""

import functools
import os
import re
import subprocess
import sys

import pytest
from waiting import PATIENCE

from workshop import places

# The two Lambda functions are written without types, and so is this of their variables.
UNTYPED = re.compile(r"workshop/(activity_generator|cloudtrail_analyzer)\.py:.* Need type annotation .*")


@functools.cache
def complaints(platform: str) -> tuple[str, ...]:
    """Return what mypy complains of as on a platform, as pyproject.toml asks, in functions without types too."""
    command = [sys.executable, "-m", "mypy", "--platform", platform, "--cache-dir", os.devnull, "--no-error-summary"]
    command += ["--check-untyped-defs", "--no-pretty", "--hide-error-context"]
    root = places.checkout()
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=5 * PATIENCE)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return tuple(line for line in done.stdout.splitlines() if not UNTYPED.fullmatch(line))


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
def test_types_are_right_on_every_platform(platform):
    """As pyproject.toml asks for them; and os.fork, signal.SIGKILL, resource … are used only where there are such.

    The type checker knows conditions on sys.platform.
    """
    assert complaints(platform) == ()


def test_every_file_is_read_and_written_with_an_encoding():
    """The default is another one on Windows."""
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--no-cache",
        "--preview",
        "--select",
        "PLW1514",
        ".",
    ]
    done = subprocess.run(command, cwd=places.checkout(), capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr


def test_files_have_the_same_bytes_in_every_checkout():
    """Git makes no other line ends on Windows, and takes log files and pictures as they are."""
    if not (places.checkout() / ".git").exists():
        pytest.skip("this is no clone of the repository")
    names = ["workshop/cli.py", "teardown.sh", "data/labels.csv", "notebooks/x.ipynb", "data/x.json.gz", "docs/x.png"]
    command = ["git", "check-attr", "-z", "text", "eol", "--", *names]
    done = subprocess.run(command, cwd=places.checkout(), capture_output=True, text=True, check=True, timeout=PATIENCE)
    words = done.stdout.split("\0")[:-1]
    found = {(words[at], words[at + 1]): words[at + 2] for at in range(0, len(words), 3)}
    for name in names[:4]:
        assert (found[name, "text"], found[name, "eol"]) == ("auto", "lf")
    for name in names[4:]:
        assert found[name, "text"] == "unset"
