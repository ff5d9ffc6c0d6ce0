"""A checkout of the repository fits on the machines that people bring."""

import fnmatch
import os
import re
import shutil
import subprocess
from pathlib import Path

from workshop import places

# Windows refuses paths of more than 259 characters unless it is set up for them; 155 leaves 103 for the folder.
# start.py says so where they are exceeded.
LONGEST_PATH = int(re.search(r"^LONGEST = (\d+)", (places.checkout() / "start.py").read_text("utf-8"), re.M)[1])


def _files(checkout: Path) -> list[str]:
    """List the repository's files, relative to its top: those git tracks, or without git those it would not ignore."""
    if shutil.which("git"):
        git = subprocess.run(["git", "ls-files", "-z"], cwd=checkout, capture_output=True, text=True, encoding="utf-8")
        if tracked := [name for name in git.stdout.split("\0") if name]:
            return tracked
    return _walked(checkout)


def _walked(checkout: Path) -> list[str]:
    patterns = [line.rstrip("/") for line in (checkout / ".gitignore").read_text("utf-8").split()] + [".git"]
    ignored = re.compile("|".join(map(fnmatch.translate, patterns)))
    found = []
    for folder, folders, names in os.walk(checkout):
        folders[:] = [name for name in folders if not ignored.match(name)]
        found += [(Path(folder) / name).relative_to(checkout).as_posix() for name in names if not ignored.match(name)]
    return found


def test_paths_are_short_enough_for_windows():
    """No file's path inside the repository is longer than 155 characters."""
    assert LONGEST_PATH <= 155
    files = _files(places.checkout())
    assert len(files) > 1000, "the log files of data/ are missing"
    assert [name for name in files if len(name) > LONGEST_PATH] == []


def test_without_git_the_same_files_are_found(tmp_path):
    """Walking the folder finds what git tracks, and leaves out what git ignores."""
    (tmp_path / ".gitignore").write_text(".venv/\n*.egg-info/\n", "utf-8")
    for name in (".venv/bin/python", "kit.egg-info/PKG-INFO", "data/AWSLogs/a.json.gz", "start.py", ".ci/run", ".git"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("", "utf-8")
    assert sorted(_walked(tmp_path)) == [".ci/run", ".gitignore", "data/AWSLogs/a.json.gz", "start.py"]
