"""docs/new-exercise.md, followed to the letter in a copy of the checkout, adds an exercise that works."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from workshop import places

PAGE = (places.checkout() / "docs" / "new-exercise.md").read_text(encoding="utf-8")
NEW = re.compile(r"^\*\*(?P<path>[^*]+)\*\* is new:\n\n```\w+\n(?P<text>.*?)^```$", re.M | re.S)
ADDED = re.compile(r"^In `(?P<path>[^`]+)`, below `(?P<line>[^`]+)`:\n\n```\w+\n(?P<text>.*?)^```$", re.M | re.S)
LEFT_BEHIND = ("data", "year", ".git", ".venv", ".workshop", "my_answers", "test-output", "__pycache__", "*.egg-info")


def run(folder, *arguments):
    """Run Python in the copy of the checkout and return what it says."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}  # and not the checkout that is installed
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the checkout in which the page's instructions have been carried out."""
    folder = tmp_path_factory.mktemp("checkout") / "kit"
    shutil.copytree(places.checkout(), folder, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    for found in NEW.finditer(PAGE):
        path = folder / found["path"]
        assert not path.exists(), path
        path.write_text(found["text"], encoding="utf-8")
    for found in ADDED.finditer(PAGE):
        path = folder / found["path"]
        lines = path.read_text(encoding="utf-8").split("\n")
        assert lines.count(found["line"]) == 1, (found["path"], found["line"])
        place = lines.index(found["line"]) + 1
        lines[place:place] = found["text"].removesuffix("\n").split("\n")
        path.write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_every_block_of_the_page_is_carried_out():
    """No code stands on the page that this test passes over."""
    assert len(NEW.findall(PAGE)) + len(ADDED.findall(PAGE)) == PAGE.count("```") // 2 == 6


def test_the_exercise_passes_its_own_tests(copy):
    """Right answers pass, each mistake is named, its mutants do not pass, and the maps of the rooms are right."""
    tests = ["tests/exercises/tasks/test_root_calls.py", "tests/exercises/test_mutants.py", "tests/test_packages.py"]
    status, said = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, "-k", "root_calls or packages")
    assert status == 0, said
    assert int(re.search(r"(\d+) passed", said)[1]) > 30


def test_the_verbs_know_it(copy, tmp_path):
    """hint, solution and catch_up find it by its name, and check by its function."""
    code = (
        "import os, workshop; os.environ['WORKSHOP_HOME'] = r'"
        + str(tmp_path)
        + "'; print(workshop.hint('root_calls'));"
        "workshop.solution('root_calls'); print(workshop.solution('root_calls'));"
        "print(workshop.check(workshop.catch_up('root_calls')).outcome)"
    )
    status, said = run(copy, "-c", code)
    assert status == 0, said
    assert "hint 1 of 3" in said
    assert "def root_calls(record):" in said
    assert said.split()[-1] == "passed"


def test_the_notebook_gets_task_and_stub(copy):
    """The build renders the task and makes the stub from the model answer."""
    assert "out of date: 05_sharper_detection.ipynb" in run(copy, "notebooks/source/build.py", "--check")[1]
    code = (
        "import sys; sys.path.insert(0, 'notebooks/source'); import build;"
        "print(build.as_text(build.shipped(build.SOURCE / '05_sharper_detection.py')))"
    )
    status, said = run(copy, "-c", code)
    assert status == 0, said
    assert "**Write `root_calls(record)`.**" in said
    assert "root_calls is extra credit: notebook 05" in said


def test_the_module_is_as_clean_as_the_others(copy):
    """The page's code keeps the house's rules."""
    paths = [found["path"] for found in (*NEW.finditer(PAGE), *ADDED.finditer(PAGE)) if "workshop/" in found["path"]]
    for arguments in (["check"], ["format", "--check"]):
        status, said = run(copy, "-m", "ruff", *arguments, *paths)
        assert status == 0, said
