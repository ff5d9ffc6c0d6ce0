"""What my_answers/ gives back: the answers that can be deployed, and detectors that `keep` put there."""

import subprocess
import sys

import pytest
from cells import run_cell
from waiting import PATIENCE

from workshop import places
from workshop.attendee_code.packaging import package
from workshop.exercises import answers, catch_up, extra_answers, keep, model_answers, saved_answers

OWN = """
BAD = "203.0.113.9"


def from_there(record):
    return record.get("sourceIPAddress") == BAD


def visitor(record, known):
    return from_there(record) and record["userIdentity"].get("accessKeyId") in known.issued_to


def looks(record):
    return from_there(record)
"""
NOTHING = {"print_short_record", "publish_anomalies"}


def names():
    return [function.__name__ for function in saved_answers()]


def test_all_answers_that_can_be_deployed_come_in_the_order_of_the_exercises(home):
    """The four, the two of 05b, then what was kept; the steps of 05a lie there too, and are parts of a detector."""
    cell = run_cell(OWN)
    for name in ("visitor", "looks"):
        assert f"{name}: kept" in repr(keep(cell[name]))
    assert "Pass the function itself" in repr(keep())
    for model in reversed([*model_answers(), *extra_answers()]):
        catch_up(model.__name__)
    four = [model.__name__ for model in model_answers()]
    assert names() == [*four, "blinding_logs", "narrowing_logs", "looks", "visitor"]
    assert {path.stem for path in (home / "my_answers").iterdir()} > {model.__name__ for model in extra_answers()}
    made = package(*saved_answers())
    assert made.analysis_functions == tuple(name for name in names() if name not in NOTHING)


def test_importing_the_kit_runs_nothing_that_is_saved(home):
    """Neither importing each of its names, nor looking at one's progress; only asking for the answers does."""
    mark = home / "mark"
    places.answers().mkdir()
    for name in ("deleting_logs", "looks"):
        text = f"open({str(mark)!r}, 'a').close()\ndef {name}(record):\n    return True\n"
        (places.answers() / f"{name}.py").write_text(text, encoding="utf-8")
    program = (
        "import workshop, workshop.cli\n"
        "for name in workshop.__all__: getattr(workshop, name)\n"
        "repr(workshop.progress()); repr(workshop.case_file()); workshop.hint('deleting_logs')\n"
        "import pathlib; assert not pathlib.Path({mark!r}).exists()\n"
        "workshop.saved_answers(); assert pathlib.Path({mark!r}).exists()\n"
    ).replace("{mark!r}", repr(str(mark)))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr


def test_what_is_kept_works_by_itself_and_can_be_kept_again(home):
    """With the constants and functions that it uses; the last one counts."""
    keep(run_cell(OWN)["looks"])
    (kept,) = saved_answers()
    assert kept({"sourceIPAddress": "203.0.113.9"}) is True
    keep(run_cell(OWN.replace("203.0.113.9", "203.0.113.10"))["looks"])
    (kept,) = saved_answers()
    assert kept({"sourceIPAddress": "203.0.113.9"}) is False


@pytest.mark.parametrize("name", ["../../evil", "/evil", "a/b", ".."])
def test_no_name_of_a_function_leads_out_of_the_folder(home, name):
    """A function is kept by the name in its text, whatever it says that it is called."""
    function = run_cell(OWN)["looks"]
    function.__name__ = function.__qualname__ = name
    keep(function)
    assert [path.relative_to(home).as_posix() for path in home.rglob("*.py")] == ["my_answers/looks.py"]


@pytest.mark.parametrize(
    ("code", "name", "said"),
    [
        ("def f(record):\n    raise NotImplementedError\n", "f", "not written yet: f"),
        ("def g(r):\n    raise NotImplementedError\ndef f(record):\n    return g(record)\n", "f", "not written yet: g"),
        ("f = [1]", "f", "That is a list"),
        ("def deleting_logs(record):\n    return True\n", "deleting_logs", "check(deleting_logs) keeps it"),
        ("import pandas\ndef f(record):\n    return pandas.isna(record)\n", "f", "pandas"),
    ],
    ids=["stub", "stub within", "list", "exercise", "not in Lambda"],
)
def test_what_is_not_kept_is_said_and_leaves_no_file(home, code, name, said):
    """Nothing that is not written, and nothing that could not run elsewhere."""
    shown = repr(keep(run_cell(code)[name]))
    assert "Not kept" in shown
    assert said in " ".join(shown.split())
    assert not list(home.glob("my_answers/*"))


def test_files_of_one_s_own_are_left_alone(home):
    """A file in the folder that no verb wrote is neither loaded nor written over."""
    answers.save("deleting_logs", "def deleting_logs(record):\n    return False\n")
    mine = home / "my_answers" / "looks.py"
    mine.write_text("1 / 0\n")
    assert "is there already" in " ".join(repr(keep(run_cell(OWN)["looks"])).split())
    assert mine.read_text() == "1 / 0\n"
    assert names() == ["deleting_logs"]


def test_answers_that_were_saved_before_are_found(home):
    """Files as the kit wrote them when notebook 05 was one notebook."""
    (home / "my_answers").mkdir()
    head = (
        "# Your answer to {0}, as `check` last saw it pass{1}. Change it in the notebook, and check it again there.\n"
    )
    for name, how in (("blinding_logs", ""), ("publish_anomalies", " (the model answer, put here by catch_up)")):
        text = f"def {name}(*arguments):\n    return False\n"
        (home / "my_answers" / f"{name}.py").write_text(head.format(name, how) + text)
    assert names() == ["publish_anomalies", "blinding_logs"]
