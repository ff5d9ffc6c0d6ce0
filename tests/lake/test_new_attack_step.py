"""docs/new-attack-step.md, followed to the letter in a copy of the checkout, adds a step to the attack."""

import re

import pytest
from followed_page import ADDED, NEW, follow, paths_in, run, text_of

from workshop import places
from workshop.lake import synthetic

PAGE = text_of("new-attack-step.md")
COMMANDS = [line for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S) for line in block.splitlines()]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the checkout in which the page's instructions have been carried out, and its lake made anew."""
    folder = tmp_path_factory.mktemp("checkout") / "kit"
    follow(PAGE, folder)
    for command in COMMANDS[:2]:
        target = command.removeprefix("python3 start.py ").split()
        status, said = run(folder, "-m", "workshop.cli", *target)  # start.py would make an environment first
        assert status == 0, said
    return folder


def test_every_block_of_the_page_is_carried_out():
    """No code stands on the page that this test passes over."""
    assert len(NEW.findall(PAGE)) + len(ADDED.findall(PAGE)) == 4
    assert PAGE.count("```") // 2 == 6
    assert [command.split()[2] for command in COMMANDS] == ["data", "data", "test"]


def test_the_step_is_in_the_labels_and_in_a_record(copy):
    """The row in labels.csv and the record that it names are there, in the folder as in data/."""
    for lake in (copy / "test-output" / "lake", copy / "data"):
        rows = [row for row in synthetic.read_labels(lake).values() if row["story_step"] == "console-password"]
        assert [(row["truth"], row["rule_instance_creds"]) for row in rows] == [("malicious", False)]
        records = [record for path in synthetic.log_files(lake) for record in synthetic.records_in(path)]
        (given,) = [record for record in records if record["eventID"] == rows[0]["eventID"]]
        assert given["eventName"] == "CreateLoginProfile"
        assert given["requestParameters"] == {"userName": "log-sync", "passwordResetRequired": False}
        assert given["awsRegion"] == "us-east-1"


def test_nobody_else_does_anything_else(copy):
    """The records before the intruder's second visit are those of data/, however the log files are cut."""
    then, now = (
        {
            record["eventID"]: record
            for path in synthetic.log_files(lake)
            for record in synthetic.records_in(path)
            if record["eventTime"] < "2026-03-11T22:00"
        }
        for lake in (places.data(), copy / "data")
    )
    assert len(then) > 8000
    assert now == then


def test_the_page_s_own_test_passes_and_its_code_is_clean(copy):
    """As a contributor would run them."""
    own = [path for path in paths_in(PAGE) if path.startswith("tests/")]
    status, said = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *own)
    assert status == 0, said
    for arguments in (["check"], ["format", "--check"]):
        status, said = run(copy, "-m", "ruff", *arguments, *paths_in(PAGE))
        assert status == 0, said


def test_the_case_file_has_the_line(copy, tmp_path):
    """Once the exercise that finds stolen credentials is solved."""
    code = (
        f"import os; os.environ['WORKSHOP_HOME'] = r'{tmp_path}'\n"
        "from workshop.exercises import case_file, progress_file\n"
        "progress_file.note_check('instance_creds_used_outside_ec2', 'passed')\n"
        "print(case_file())"
    )
    status, said = run(copy, "-c", code)
    assert status == 0, said
    assert "A user gets a password for the console (CreateLoginProfile)" in said
