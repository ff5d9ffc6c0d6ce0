"""docs/new-exercise.md, followed to the letter in a copy of the checkout, adds an exercise that works."""

import re

import pytest
from followed_page import ADDED, NEW, follow, paths_in, run, text_of

PAGE = text_of("new-exercise.md")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the checkout in which the page's instructions have been carried out."""
    folder = tmp_path_factory.mktemp("checkout") / "kit"
    follow(PAGE, folder)
    return folder


def test_every_block_of_the_page_is_carried_out():
    """No code stands on the page that this test passes over."""
    assert len(NEW.findall(PAGE)) + len(ADDED.findall(PAGE)) == PAGE.count("```") // 2 == 8


def test_the_exercise_passes_its_own_tests(copy):
    """Right answers pass, mistakes are named, mutants and what lacks a condition fail, and maps of rooms are right."""
    tests = ["tasks/test_root_calls.py", "test_mutants.py", "test_task_conditions.py"]
    tests = [*(f"tests/exercises/{name}" for name in tests), "tests/test_packages.py"]
    chosen = ["-k", "root_calls or packages or looked_at"]
    status, said = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, *chosen)
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
    assert "out of date: 05b_more_than_delete.ipynb" in run(copy, "notebooks/source/build.py", "--check")[1]
    code = (
        "import sys; sys.path.insert(0, 'notebooks/source'); import build;"
        "print(build.as_text(build.shipped(build.SOURCE / '05b_more_than_delete.py')))"
    )
    status, said = run(copy, "-c", code)
    assert status == 0, said
    assert "**Write `root_calls(record)`.**" in said
    assert "root_calls is extra credit: notebook 05b" in said


def test_the_module_is_as_clean_as_the_others(copy):
    """The page's code keeps the house's rules."""
    paths = [path for path in paths_in(PAGE) if "workshop/" in path]
    for arguments in (["check"], ["format", "--check"]):
        status, said = run(copy, "-m", "ruff", *arguments, *paths)
        assert status == 0, said
