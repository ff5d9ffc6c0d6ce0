"""Pages of docs/ that say how to change the kit, followed to the letter in a copy of the checkout."""

import os
import re
import shutil
import subprocess
import sys

from waiting import PATIENCE

from workshop import places

NEW = re.compile(r"^\*\*(?P<path>[^*]+)\*\* is new:\n\n```\w+\n(?P<text>.*?)^```$", re.M | re.S)
ADDED = re.compile(r"^In `(?P<path>[^`]+)`, below `(?P<line>[^`]+)`:\n\n```\w+\n(?P<text>.*?)^```$", re.M | re.S)
LEFT_BEHIND = ("data", "year", ".git", ".venv", ".workshop", "my_answers", "test-output", "__pycache__", "*.egg-info")


def text_of(name):
    """Return the text of a page of docs/."""
    return (places.checkout() / "docs" / name).read_text(encoding="utf-8")


def paths_in(page):
    """Return the paths of the files that a page adds or adds lines to."""
    return [found["path"] for found in (*NEW.finditer(page), *ADDED.finditer(page))]


def follow(page, folder):
    """Copy the checkout without data/ to a new folder, and carry out the instructions of a page in it."""
    shutil.copytree(places.checkout(), folder, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    for found in NEW.finditer(page):
        path = folder / found["path"]
        assert not path.exists(), path
        path.write_text(found["text"], encoding="utf-8")
    for found in ADDED.finditer(page):
        path = folder / found["path"]
        lines = path.read_text(encoding="utf-8").split("\n")
        assert lines.count(found["line"]) == 1, (found["path"], found["line"])
        place = lines.index(found["line"]) + 1
        lines[place:place] = found["text"].removesuffix("\n").split("\n")
        path.write_text("\n".join(lines), encoding="utf-8")


def run(folder, *arguments):
    """Run Python in the copy of the checkout; return its exit status and all that it says."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}  # and not the checkout that is installed
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=2 * PATIENCE)
    return done.returncode, done.stdout + done.stderr
