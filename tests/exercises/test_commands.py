"""Hints, solutions, saved answers, progress and the case file, across notebooks and restarts."""

import contextlib
import html.parser
import inspect
import json
import re
import subprocess
import sys
import time

import pytest
from cells import function_of, run_cell
from waiting import PATIENCE, wait_for

from workshop.attendee_code.packaging import package
from workshop.display.boxes import LOOKS
from workshop.exercises import (
    case_file,
    catch_up,
    check,
    hint,
    model_answers,
    progress,
    progress_file,
    saved_answers,
    solution,
)
from workshop.exercises.feedback import Result
from workshop.exercises.registry import exercise_of

HEAD = "from workshop import print_short_record\n\n"
NAMES = ["print_short_record", "deleting_logs", "instance_creds_used_outside_ec2", "publish_anomalies"]
RIGHT = (
    HEAD
    + """
SOURCES = ("logs.amazonaws.com", "cloudtrail.amazonaws.com")

def of_logs(record):
    return record["eventSource"] in SOURCES

def deleting_logs(record):
    if of_logs(record) and record["eventName"].startswith("Delete"):
        print_short_record(record)
        return True
    return False
"""
)
WRONG = HEAD + "def deleting_logs(record):\n    return record['eventName'] == '<b>&'\n"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home folder of its own for each test."""
    monkeypatch.setenv("WORKSHOP_HOME", str(tmp_path))
    return tmp_path


def function(source, name="deleting_logs"):
    """Return a function of a fresh cell."""
    return function_of(source, name)


def in_a_new_kernel(code, home):
    """Run code in a new Python and return what it prints."""
    environment = {"WORKSHOP_HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_model_answers_pass(name):
    """Each model answer passes its own exercise, deleting_logs with the bonus."""
    model = next(model for model in model_answers() if model.__name__ == name)
    assert check(model).outcome == ("bonus" if name == "deleting_logs" else "passed")


def test_model_answers_come_in_the_order_of_the_exercises():
    """The four functions, in order."""
    assert [model.__name__ for model in model_answers()] == NAMES


def test_passing_answer_is_found_again_after_a_restart(home):
    """What passed is a function again in a new kernel, with its helpers, its source and its name."""
    assert saved_answers() == []
    assert check(function(RIGHT)).passed
    code = (
        "import inspect; from workshop import saved_answers, check; f, = saved_answers(); "
        "print(f.__name__, 'of_logs(record)' in inspect.getsource(f), check(f).outcome)"
    )
    assert in_a_new_kernel(code, home).split() == ["deleting_logs", "True", "passed"]


def test_wrong_answer_does_not_replace_a_right_one():
    """Only answers that pass are kept; a later failure leaves them alone."""
    check(function(WRONG))
    assert saved_answers() == []
    check(function(RIGHT))
    check(function(WRONG))
    (kept,) = saved_answers()
    assert check(kept).passed


def test_better_answer_replaces_the_kept_one():
    """The bonus replaces a plain pass, and is not replaced by one."""
    check(function(RIGHT))
    check(model_answers()[1])
    assert check(saved_answers()[0]).outcome == "bonus"
    check(function(RIGHT))
    assert check(saved_answers()[0]).outcome == "bonus"


def test_saved_answers_can_be_packaged_together():
    """All four answers, each from its own file, make one Lambda function."""
    for model in model_answers():
        check(model)
    made = package(*saved_answers())
    assert list(made.functions) == NAMES
    assert made.analysis_functions == ("deleting_logs", "instance_creds_used_outside_ec2")


def test_saved_file_that_was_broken_by_hand_is_told(home):
    """A file that no longer works is named, with what to do."""
    check(function(RIGHT))
    (home / "my_answers" / "deleting_logs.py").write_text("def (")
    with pytest.raises(ImportError, match=r"deleting_logs\.py cannot be used"):
        saved_answers()
    assert check(function(RIGHT)).passed


def test_where_nothing_can_be_written_check_still_judges(home):
    """Without a place for the progress the verdict is the same, with a remark."""
    (home / ".workshop").write_text("a file where a folder should be")
    (home / "my_answers").write_text("here too")
    result = check(function(RIGHT))
    assert result.passed
    assert "could not be saved" in result.remarks[-1]
    assert "hint 1" in repr(hint("deleting_logs"))
    assert "try first" in repr(solution("deleting_logs"))
    assert progress().solved == []


def test_hints_lead_step_by_step():
    """Each call shows the next of three hints and then stays at the last; any can be asked for."""
    titles = [hint("deleting_logs").title for _ in range(4)]
    assert [title.split(":")[1] for title in titles] == [" hint 1 of 3", " hint 2 of 3", " hint 3 of 3", " hint 3 of 3"]
    assert "hint 1 of 3" in repr(hint(function(RIGHT), 1))
    assert "3 hints" in repr(hint("deleting_logs", 7))
    assert "exercises are" in repr(hint("nonsense"))


@pytest.mark.parametrize("name", NAMES)
def test_hints_do_not_give_the_answer_away(name):
    """There are three hints, and none contains a line of the model answer's body."""
    exercise = exercise_of(name)
    assert len(exercise.hints) == 3
    lines = {line.strip() for line in inspect.getsource(exercise.model).splitlines() if len(line.strip()) > 45}
    assert not any(line in text for line in lines for text in exercise.hints)


def test_solution_says_first_that_trying_pays():
    """The first call asks to try, the second shows the source; who has solved it sees it at once."""
    first, second = solution("deleting_logs"), solution("deleting_logs")
    assert "def deleting_logs" not in repr(first)
    assert "def deleting_logs" in repr(second)
    assert "def deleting_logs" in second._repr_html_()
    check(model_answers()[2])
    assert "def instance_creds" in repr(solution(model_answers()[2]))


def test_catch_up_installs_the_model_answer(capsys):
    """Who came late gets the model answer, is told so, and progress shows it."""
    installed = catch_up("deleting_logs")
    assert "model answer" in capsys.readouterr().out
    assert installed.__name__ == "deleting_logs"
    assert check(installed).passed
    assert [kept.__name__ for kept in saved_answers()] == ["deleting_logs"]
    with pytest.raises(ValueError, match="Did you mean deleting_logs"):
        catch_up("deleting_log")
    with pytest.raises(ValueError, match="The exercises are: print_short_record"):
        catch_up()


def test_progress_is_the_same_in_every_notebook(home):
    """What was tried and solved is known in another kernel; nothing is lost by a failure."""
    assert progress().solved == []
    assert progress().next == ("print_short_record", "02")
    check(function(WRONG))
    assert "tried once" in repr(progress())
    check(function(RIGHT))
    check(function(WRONG))
    assert progress().solved == ["deleting_logs"]
    out = in_a_new_kernel("from workshop import progress; print(progress())", home)
    assert "1 of 4 exercises solved" in out
    assert "deleting_logs                    passed" in out


DAMAGED = ['{"deleting_logs": {"outc', "", "[]", '"x"', "\0", "[" * 100_000, '{"deleting_logs": 5}']
DAMAGED += ['{"deleting_logs": {"outcome": "done"}}', '{"deleting_logs": {"checks": "many"}}']


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_progress_file_is_kept_said_and_put_right_from_the_answers(home, capsys, content):
    """Nothing in it is lost, and what my_answers/ shows is solved again; the model answers are known as such."""
    check(function(RIGHT))
    catch_up("publish_anomalies")
    file = home / ".workshop" / "progress.json"
    file.write_text(content)
    capsys.readouterr()
    assert progress().solved == ["deleting_logs", "publish_anomalies"]
    assert "(model answer)" in repr(progress())
    (line,) = capsys.readouterr().out.splitlines()
    (damaged,) = file.parent.glob("progress.json.damaged-*")
    assert damaged.read_text() == content
    assert str(damaged) in line
    assert "solved again: deleting_logs, publish_anomalies" in line
    assert check(function(WRONG)).outcome == "wrong"
    assert progress().solved == ["deleting_logs", "publish_anomalies"]
    assert json.loads(file.read_text())["deleting_logs"]["checks"] == 2


def test_a_damaged_progress_file_without_answers_starts_anew(home, capsys):
    """A progress file cut off by a crash is no reason to stop."""
    (home / ".workshop").mkdir()
    (home / ".workshop" / "progress.json").write_text('{"deleting_logs": {"outc')
    assert progress().solved == []
    assert "it starts anew" in capsys.readouterr().out
    check(function(RIGHT))
    assert json.loads((home / ".workshop" / "progress.json").read_text())["deleting_logs"]["outcome"] == "passed"


def test_notebooks_that_note_their_progress_at_once_lose_none(home):
    """Four kernels and many threads: each check and each prediction counts."""
    program = """
import sys, threading
from workshop.exercises import progress_file
from workshop.exercises.predictions import made
def note(number):
    progress_file.note_check("deleting_logs", "wrong")
    progress_file.update(f"{sys.argv[1]}-{number}", hints=1)
    made.note(f"{sys.argv[1]}-{number}", 1)
threads = [threading.Thread(target=note, args=(number,)) for number in range(10)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""
    kernels = [subprocess.Popen([sys.executable, "-c", program, str(number)]) for number in range(4)]
    assert [kernel.wait(PATIENCE) for kernel in kernels] == [0] * 4
    known = json.loads((home / ".workshop" / "progress.json").read_text())
    assert known.pop("deleting_logs")["checks"] == 40
    assert len(known) == 40
    assert len(json.loads((home / ".workshop" / "predictions.json").read_text())) == 40


def test_a_kernel_that_is_killed_while_it_notes_progress_leaves_it_whole(home):
    """kill -9 at any moment: the file is that of before or that of after, and other kernels need not wait."""
    program = "from workshop.exercises import progress_file\nwhile True: progress_file.note_check('x', 'wrong')"
    file, noted = home / ".workshop" / "progress.json", 0

    def has_noted(number):
        with contextlib.suppress(OSError, ValueError):
            return json.loads(file.read_text())["x"]["checks"] > number

    for pause in range(5):
        kernel = subprocess.Popen([sys.executable, "-c", program])
        wait_for(lambda before=noted: has_noted(before + 20), "progress")
        time.sleep(pause / 200)  # not always at the same place
        kernel.kill()
        kernel.wait(PATIENCE)
        noted = json.loads(file.read_text())["x"]["checks"]
        assert progress_file.note_check("x", "wrong")["checks"] == noted + 1


def test_a_damaged_answer_is_kept_when_it_is_passed_again(home, capsys):
    """The file with the answer was cut off: saved_answers() says which; checking again mends it."""
    assert check(model_answers()[1]).outcome == "bonus"
    file = home / "my_answers" / "deleting_logs.py"
    cut = file.read_text()[:-20] + "("
    file.write_text(cut)
    with pytest.raises(ImportError, match=r"deleting_logs\.py cannot be used"):
        saved_answers()
    capsys.readouterr()
    assert "could not be saved" not in check(function(RIGHT)).message
    assert "was damaged; it is kept as deleting_logs.py.damaged-" in capsys.readouterr().out
    assert [damaged.read_text() for damaged in file.parent.glob("*.damaged-*")] == [cut]
    assert [kept.__name__ for kept in saved_answers()] == ["deleting_logs"]


def test_case_file_grows_with_what_is_solved():
    """Each solved step adds its lines, with who, when, which key and from where, as they stand in the records."""
    assert case_file().findings == []
    assert "deleting_logs" in repr(case_file())
    catch_up("instance_creds_used_outside_ec2")
    (found,) = case_file().findings
    assert found["technique"] == "T1552.005"
    assert "/i-" in found["who"]
    assert found["key"].startswith("ASIA")
    check(function(RIGHT))
    without_bonus = len(case_file().findings)
    check(model_answers()[1])
    found = case_file().findings
    assert len(found) == without_bonus + 1
    assert [finding["first"] for finding in found] == sorted(finding["first"] for finding in found)
    assert "StopLogging" in repr(case_file())
    assert "attack.mitre.org" in case_file()._repr_html_()


def test_case_file_without_the_lake(monkeypatch, tmp_path):
    """Without data/ the case file says so instead of failing."""
    monkeypatch.setattr("workshop.places.data", lambda: tmp_path / "nowhere")
    catch_up("deleting_logs")
    assert "cannot be read" in repr(case_file())


class _Tags(html.parser.HTMLParser):
    """Collects open tags; complains about tags that do not match."""

    def __init__(self):
        super().__init__()
        self.open, self.text = [], ""

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def rich():
    """Return one of everything that a notebook shows."""
    wrong = check(function(WRONG))
    return [
        wrong,
        check(function(RIGHT)),
        check(function(HEAD + "def deleting_logs(record):\n    return record['<script>']\n")),
        check(function("def deleting_logs(record):\n    pass\n")),
        hint("deleting_logs"),
        solution("deleting_logs"),
        solution("deleting_logs"),
        progress(),
        case_file(),
    ]


def test_everything_shown_is_escaped_balanced_html_and_plain_text():
    """Rich output is well-formed and escaped; the same things read as text, without HTML."""
    for shown in rich():
        tags = _Tags()
        tags.feed(re.sub(r"<style>.*?</style>", "", shown._repr_html_(), flags=re.S))
        assert tags.open == []
        assert "<script>" not in shown._repr_html_()
        assert "</" not in repr(shown)
        assert "var(--jp" in shown._repr_html_()


def test_wrong_result_marks_the_deciding_field_in_the_record():
    """The HTML holds the record, its deciding fields marked; the text names them with their values."""
    result = check(function(HEAD + "def deleting_logs(record):\n    return record['eventName'].startswith('Delete')\n"))
    assert '<mark>"eventSource"' in result._repr_html_()
    assert f'eventSource = "{result.record["eventSource"]}"' in result.message


def test_colours_are_readable_on_light_and_dark_ground():
    """Each colour reaches the contrast 4.5 that WCAG asks for, on white and on JupyterLab's dark ground."""

    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one, two):
        high, low = sorted((luminance(one), luminance(two)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    for _, _, light, dark in LOOKS.values():
        assert contrast(light, "#ffffff") >= 4.5
        assert contrast(dark, "#111111") >= 4.5


def test_result_is_true_to_its_outcome():
    """`passed` holds for "passed" and "bonus" only."""
    outcomes = ("not attempted", "raised", "wrong", "passed", "bonus")
    assert [Result("x", outcome).passed for outcome in outcomes] == [False, False, False, True, True]


def test_importing_the_room_is_cheap():
    """The names are there without pandas, boto3 or a kernel being loaded."""
    code = "import sys, workshop.exercises; print([m for m in ('pandas', 'boto3', 'botocore') if m in sys.modules])"
    assert in_a_new_kernel(code, "/nonexistent").strip() == "[]"


def test_helpers_of_another_cell_come_along():
    """An answer whose constants and helpers stand in other cells is kept complete."""
    namespace = run_cell(HEAD + "PREFIX = 'Delete'\n")
    run_cell("def deletes(record):\n    return record['eventName'].startswith(PREFIX)\n", namespace)
    run_cell(
        "def deleting_logs(record):\n"
        "    if record['eventSource'].split('.')[0] in ('logs', 'cloudtrail') and deletes(record):\n"
        "        print_short_record(record)\n        return True\n    return False\n",
        namespace,
    )
    assert check(namespace["deleting_logs"]).passed
    assert check(saved_answers()[0]).passed


@pytest.mark.parametrize(
    ("slip", "instead"),
    [
        (lambda f: check(f({})), "False is what a function returns"),
        (lambda f: check(True), "without brackets behind it: check(deleting_logs)"),
        (lambda f: check(None), "without brackets behind it: check(deleting_logs)"),
        (lambda f: check(), "without brackets behind it: check(deleting_logs)"),
        (lambda f: check("publish_anomalies"), "without quotes: check(publish_anomalies)"),
        (lambda f: check("publish_anomalies()"), "without quotes and brackets: check(publish_anomalies)"),
        (lambda f: check("data/x(1).json"), "without quotes: check(deleting_logs)"),
        (lambda f: check("data/x.json"), "without quotes: check(deleting_logs)"),
        (lambda f: check([f]), "one function is asked for: check(deleting_logs)"),
        (lambda f: check(f, f), "one function is asked for: check(deleting_logs)"),
        (lambda f: check(check(f)), "That is what check returns"),
        (lambda f: check({"eventName": "x"}), "such as a record"),
        (lambda f: check(7), "an object of type int"),
        (lambda f: hint(), "hint(deleting_logs), say"),
        (lambda f: hint(2), "The function comes first: hint(deleting_logs)"),
        (lambda f: hint(f({})), "False is what a function returns"),
        (lambda f: hint([f]), "one function is asked for: hint(deleting_logs)"),
        (lambda f: hint(check(f)), "That is what check returns"),
        (lambda f: solution(), "solution(deleting_logs), say"),
        (lambda f: solution(f({})), "solution(deleting_logs)"),
    ],
)
def test_a_slip_in_calling_a_verb_is_told_with_what_to_write(slip, instead):
    """A verdict, a name, a list or nothing in the place of the function: nothing is judged, and nothing is raised."""
    said = slip(function(HEAD + "def deleting_logs(record):\n    return False\n"))
    assert instead in " ".join(str(said).split())
    assert getattr(said, "outcome", "not attempted") == "not attempted"
