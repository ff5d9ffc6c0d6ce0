"""`--since-last`: what is new is read once, what was not read is read again, and a hunt that dies changes nothing."""

import errno
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from filelock import FileLock, Timeout
from hypothesis import given, settings
from hypothesis import strategies as st
from log_files import record, write
from waiting import PATIENCE

from workshop import cli
from workshop.hunt_command import command
from workshop.hunt_command import report as report_module
from workshop.hunt_command.detector_names import detectors_named, origins_of
from workshop.hunt_command.read_before import read_before
from workshop.hunt_command.report import exit_status, hunt_report


def ids(report):
    """Return the eventIDs of the matches."""
    return [match["eventID"] for match in report["matches"]["deletions"]]


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state.json"


@pytest.fixture
def nightly(hunt, logs, rules, state):
    """Run the nightly hunt; return (exit status, report, stderr)."""
    return lambda *more: hunt(logs, "--detector", rules, "--since-last", state, *more)


def test_only_what_is_new_is_read(nightly, logs):
    """Also when nothing is new: that is no failure."""
    status, report, _ = nightly()
    assert (status, report["files"], ids(report)) == (0, 2, ["event-1", "event-3"])
    assert report["since_last"]["run"] == 1
    status, report, _ = nightly("--fail-on-match")
    assert (status, report["files"], ids(report)) == (0, 0, [])
    assert report["since_last"]["files_read_before"] == 2
    write(logs, {"a/3.json.gz": [record(7, eventName="DeleteLogGroup")]})
    status, report, _ = nightly("--fail-on-match")
    assert (status, report["files"], ids(report)) == (3, 1, ["event-7"])
    assert report["since_last"]["run"] == 3


def test_a_record_that_is_delivered_once_more_is_not_reported_again(nightly, logs):
    """CloudTrail does that, in another file; a record of the same id and another content is another record."""
    nightly()
    other = record(3, eventName="DeleteTrail", requestParameters={"name": "another"})
    write(logs, {"3.json.gz": [record(1, eventName="DeleteLogGroup")], "4.json.gz": [other]})
    status, report, _ = nightly()
    assert (status, report["records"], ids(report)) == (0, 2, ["event-3"])
    assert report["since_last"]["reported_before"] == 1


def test_a_match_of_a_file_that_is_moved_while_the_hunt_runs_is_reported_once(nightly, logs, monkeypatch):
    """Its record could not be read again, and is told by what was shown of it; another one of the same id is not it."""
    real = report_module.read_again

    def moved(*arguments):
        (logs / "1.json.gz").rename(logs / "moved.json.gz")
        return real(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(report_module, "read_again", moved)
        status, report, _ = nightly()
    assert (status, ids(report)) == (4, ["event-1", "event-3"])
    status, report, _ = nightly()
    assert (status, report["files"], ids(report)) == (0, 1, [])
    write(logs, {"3.json.gz": [record(1, eventName="DeleteLogGroup", requestParameters={"name": "another"})]})
    write(logs, {"4.json.gz": [record(1, eventName="DeleteLogGroup")]})
    assert ids(nightly()[1]) == ["event-1"]


def test_an_aggregated_event_is_reported_once_too(nightly, logs):
    """Its id is its eventId."""
    event = {"eventVersion": "1.0", "eventId": "aggregated", "eventName": "DeleteMany", "accountId": "111122223333"}
    write(logs, {"3.json.gz": [event]})
    assert "aggregated" in ids(nightly()[1])
    write(logs, {"4.json.gz": [event]})
    assert ids(nightly()[1]) == []


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names of files are text there")
def test_a_name_that_is_no_text_is_remembered(nightly, logs):
    """Linux takes any bytes for a name."""
    (logs / "1.json.gz").rename(os.fsdecode(os.fsencode(logs) + b"/\xff.json.gz"))
    assert nightly()[0] == 0
    status, report, _ = nightly()
    assert (status, report["files"]) == (0, 0)


@pytest.mark.parametrize("option", ["--regions", "--since-last"])
def test_an_option_that_is_empty_is_refused(hunt, logs, option, capsys):
    """As by "$REGIONS" in a script in which nothing has set it."""
    with pytest.raises(SystemExit) as ended:
        hunt(logs, option, "")
    assert ended.value.code == 2
    assert option in capsys.readouterr().err


def test_a_report_that_the_disk_does_not_take_was_not_given(logs, rules, state, tmp_path, monkeypatch):
    """Some file systems say only at the end that they are full: the state stays as it was."""

    def full(handle):
        patched.undo()  # the file with the state lies on another disk
        raise OSError(errno.ENOSPC, "No space left on device")

    with (tmp_path / "report.json").open("w") as report, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", report)
        patched.setattr(os, "fsync", full)
        assert cli.main(["hunt", str(logs), "--detector", rules, "--since-last", str(state), "--json"]) == 1
    assert not state.exists()


def test_a_table_says_that_the_matches_reported_before_are_those_of_this_hunt(logs, rules, state, capsys):
    """Earlier hunts may have reported more: this one does not meet them."""
    asked = ["hunt", str(logs), "--detector", rules, "--since-last", str(state)]
    cli.main(asked)
    assert "0 files were read by earlier hunts; 0 matches of this one were reported before" in capsys.readouterr().out
    write(logs, {"3.json.gz": [record(1, eventName="DeleteLogGroup")]})
    cli.main(asked)
    assert "2 files were read by earlier hunts; 1 matches of this one were reported before" in capsys.readouterr().out


def test_a_file_that_has_grown_is_read_again(nightly, logs):
    """Its matches of last time are not reported again."""
    lines = [json.dumps(record(number, eventName="DeleteTrail")) for number in (5, 6)]
    (logs / "grows.jsonl").write_text(lines[0] + "\n")
    assert ids(nightly()[1]) == ["event-1", "event-3", "event-5"]
    (logs / "grows.jsonl").write_text("\n".join(lines))
    status, report, _ = nightly()
    assert (status, report["files"], ids(report)) == (0, 1, ["event-6"])


def test_a_file_that_could_not_be_read_is_tried_each_time(nightly, logs):
    """And each time the status says so; a broken record in a file that was read is said once."""
    whole = (logs / "1.json.gz").read_bytes()
    write(logs, {"1.json.gz": whole[:-10], "odd.json.gz": [7]})
    status, report, _ = nightly()
    assert (status, ids(report), len(report["skipped"])) == (4, ["event-3"], 2)
    status, report, _ = nightly()
    assert (status, ids(report), [entry["path"] for entry in report["skipped"]]) == (4, [], [str(logs / "1.json.gz")])
    (logs / "1.json.gz").write_bytes(whole)
    status, report, _ = nightly()
    assert (status, ids(report)) == (0, ["event-1"])


def test_the_state_is_kept_when_the_output_is_out_and_not_before(nightly, state, monkeypatch):
    """A hunt that fails to print has reported nothing: the next one does, as the same run."""
    nightly()
    before = state.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(command, "print_report", full)
    with pytest.raises(json.JSONDecodeError):
        nightly()
    assert state.read_bytes() == before
    monkeypatch.undo()
    assert nightly()[1]["since_last"]["run"] == 2


KILLED = """
import os, signal, sys
from workshop import cli
from workshop.hunt_command import {module}
real = {module}.{name}
def killed(*arguments):
    {when}
    os.kill(os.getpid(), signal.SIGKILL)
{module}.{name} = killed
cli.main(sys.argv[1:])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no such signal")
@pytest.mark.parametrize(
    ("module", "name", "when", "again"),
    [
        ("command", "print_report", "pass", True),  # before it printed
        ("command", "_hand_over_output", "real(*arguments)", True),  # after it printed
        ("read_before.os", "replace", "pass", True),  # the new state is written beside the old one
        ("read_before.os", "replace", "real(*arguments)", False),  # it has become the state
    ],
)
def test_a_hunt_that_is_killed_loses_nothing(nightly, logs, rules, state, module, name, when, again):
    """The next hunt reads what the killed one has not noted, and its run number says that it is the same one again."""
    write(logs, {"9.json.gz": []})
    nightly()
    write(logs, {"8.json.gz": [record(8, eventName="DeleteTrail")]})
    program = KILLED.format(module=module, name=name, when=when).replace("import read_before.os", "import read_before")
    arguments = ["hunt", logs, "--detector", rules, "--since-last", state, "--json"]
    done = subprocess.run([sys.executable, "-c", program, *map(str, arguments)], capture_output=True, timeout=PATIENCE)
    assert done.returncode == -9, done.stderr
    status, report, _ = nightly()
    assert status == 0
    assert (ids(report), report["since_last"]["run"]) == ((["event-8"], 2) if again else ([], 3))
    assert [path.name for path in state.parent.iterdir() if path.name.startswith(".state") and not again] == []


FILES = st.one_of(st.just(b"damaged"), st.lists(st.integers(0, 9), max_size=3))
NIGHTS = st.lists(st.dictionaries(st.sampled_from(["1.json.gz", "a/2.json.gz", "3.json.gz"]), FILES), max_size=5)


@settings(deadline=None, max_examples=60)
@given(NIGHTS)
def test_over_many_nights_each_match_is_reported_once(nights):
    """Whatever is delivered, again or anew, damaged or mended; and the status is 4 as long as something is damaged."""
    reported, delivered, now = [], set(), {}
    with tempfile.TemporaryDirectory() as folder:
        logs, state = Path(folder) / "logs", Path(folder) / "state"
        write(logs, {"0.json.gz": []})
        for night, files in enumerate(nights):
            for name, content in files.items():
                records = content if isinstance(content, bytes) else [record(n, eventName="Delete") for n in content]
                write(logs, {name: records})
                os.utime(logs / name, (night, night))  # clocks of file systems are slow
                now[name] = content
            delivered |= {n for content in now.values() if not isinstance(content, bytes) for n in content}
            with read_before(state, {}, ["deletions"]) as before:
                report = hunt_report(logs, deletions, processes=1, before=before)
                before.save()
            reported += ids(report)
            assert exit_status(report, False) == (4 if b"damaged" in now.values() else 0)
    assert sorted(reported) == sorted(f"event-{n}" for n in delivered)


def deletions(record):
    return record["eventName"].startswith("Delete")


def test_a_new_detector_is_said_to_have_missed_what_was_read_before(hunt, nightly, logs, rules, state):
    nightly()
    _, report, errors = hunt(logs, "--detector", rules, "--detector", "deleting_logs", "--since-last", state)
    assert report["since_last"]["new_detectors"] == ["deleting_logs"]
    assert "deleting_logs is new to" in errors
    assert nightly()[1]["since_last"]["new_detectors"] == []


def test_a_detector_that_rested_is_said_to_have_missed_what_was_read_meanwhile(hunt, nightly, logs, rules, state):
    """A hunt that found nothing new to read is none that it missed."""
    both = (logs, "--detector", rules, "--detector", "deleting_logs", "--since-last", state)
    hunt(*both)
    nightly()
    assert hunt(*both)[1]["since_last"]["rested_detectors"] == []
    write(logs, {"9.json.gz": [record(9)]})
    nightly()
    _, report, errors = hunt(*both)
    assert (report["since_last"]["rested_detectors"], report["since_last"]["new_detectors"]) == (["deleting_logs"], [])
    assert "deleting_logs did not run in the last hunt with" in errors


def test_detectors_of_one_name_are_told_by_their_files(hunt, logs, tmp_path, state):
    """What one has reported, another one of the same name reports nevertheless."""
    places = [tmp_path / name for name in ("a.py", "b.py", "a.py")]
    found = []
    for night, place in enumerate(places):
        place.write_text("def same(record):\n    return record['eventName'] == 'DeleteLogGroup'\n")
        write(logs, {f"again{night}.json.gz": [record(1, eventName="DeleteLogGroup")]})
        _, report, _ = hunt(logs, "--detector", place, "--since-last", state)
        found.append((len(report["matches"]["same"]), report["since_last"]["new_detectors"]))
    assert found == [(1, []), (1, ["same"]), (0, [])]


NAMELESS = """
import functools
from wraps_nothing import deco

def _is(name, record):
    return record["eventName"] == name

partial = functools.partial(_is, "{0}")
by_lambda = lambda record: _is("{0}", record)

@deco
def wrapped(record):
    return _is("{0}", record)
"""


def test_what_has_no_name_of_its_own_is_told_by_its_file_and_variable(hunt, logs, tmp_path, state, monkeypatch):
    """Whatever else the file has, and in which order: nothing is lost, and nothing comes twice."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "wraps_nothing.py").write_text("def deco(f):\n    return lambda record: f(record)\n")
    found = []
    for night, (place, before) in enumerate([("a.py", ""), ("b.py", ""), ("a.py", "other = lambda record: False\n")]):
        (tmp_path / place).write_text(before + NAMELESS.format("DeleteLogGroup"))
        write(logs, {f"again{night}.json.gz": [record(1, eventName="DeleteLogGroup")]})
        _, report, _ = hunt(logs, "--detector", tmp_path / place, "--since-last", state)
        counts = [len(report["matches"][name]) for name in ("partial", "by_lambda", "wrapped")]
        found.append((counts, report["since_last"]["new_detectors"]))
    assert found == [([1] * 3, []), ([1] * 3, ["partial", "by_lambda", "wrapped"]), ([0] * 3, ["other"])]


def test_the_origin_of_a_function_is_its_file_or_module_and_its_name(rules):
    """State files hold it: with another one, all would be reported again."""
    file = rules.rpartition(":")[0]
    assert origins_of(detectors_named([rules, "deleting_logs"])) == [
        f"{os.path.realpath(file)}:deletions",
        "workshop.exercises.tasks.deleting_logs:deleting_logs",
    ]


def test_a_detector_that_is_named_twice_reports_twice(hunt, logs, rules, state):
    """In a folder and by itself, for one; each night in the same way."""
    for night in range(2):
        write(logs, {f"new{night}.json.gz": [record(20 + night, eventName="DeleteTrail")]})
        _, report, _ = hunt(logs, "--detector", rules, "--detector", rules, "--since-last", state)
        first, second = report["matches"].values()
        assert len(first) == len(second) >= 1
        assert report["since_last"]["rested_detectors"] == report["since_last"]["new_detectors"] == []


def test_two_hunts_do_not_share_a_state_file_at_a_time(logs, state, capsys):
    with FileLock(f"{state}.lock"):
        assert cli.main(["hunt", str(logs), "--since-last", str(state)]) == 1
    assert "another hunt uses this file now" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", ["", "{}", "[1]", '{"version": 1, "runs": 0, "detectors": [], "files": {}, "reported": {}}']
)
def test_a_state_file_that_is_none_is_left_as_it_is(logs, state, capsys, content):
    """Beginning anew in silence would report everything again; and the file may be something of value."""
    state.write_text(content)
    assert cli.main(["hunt", str(logs), "--since-last", str(state)]) == 1
    assert "this is no state file" in capsys.readouterr().err
    assert state.read_text() == content


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("", None, "this is a folder; name a file, such as "),
        ("state.json", Timeout("state.json.lock"), "state.json.lock cannot be made and locked; name a file"),
        ("state.json", PermissionError(13, "denied"), "state.json.lock cannot be made and locked; name a file"),
    ],
    ids=["folder", "silent", "refused"],
)
def test_a_place_where_no_state_file_can_be_is_said(logs, tmp_path, monkeypatch, capsys, name, error, said):
    """What stands in the way is not taken for another hunt, and nothing is made there."""
    folder = tmp_path / "states"
    folder.mkdir()

    def refuse(self, **_):
        raise error

    if error:
        monkeypatch.setattr(FileLock, "acquire", refuse)
    assert cli.main(["hunt", str(logs), "--since-last", str(folder / name)]) == 1
    output = capsys.readouterr().err
    assert output.startswith(f"workshop: --since-last {folder / name}: ")
    assert said in output
    assert [*tmp_path.glob("states*/*"), *tmp_path.glob("*.lock")] == []


def test_a_state_file_without_its_folder_is_said_before_the_hunt(logs, tmp_path, capsys):
    assert cli.main(["hunt", str(logs), "--since-last", str(tmp_path / "gone" / "state.json")]) == 1
    assert "there is no folder" in capsys.readouterr().err


def test_a_state_file_among_the_log_files_is_none(hunt, logs, rules):
    for files in (2, 0, 0):
        status, report, _ = hunt(logs, "--detector", rules, "--since-last", logs / "state.json")
        assert (status, report["files"]) == (0, files)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets not everybody make links")
def test_a_state_file_behind_a_link_stays_behind_it(hunt, logs, rules, tmp_path):
    """Also if the link leads to a folder of log files: the state is none of them."""
    (tmp_path / "real.json").symlink_to(logs / "state.json")
    (tmp_path / "linked").symlink_to(logs)
    for files in (2, 0, 0):
        status, report, _ = hunt(tmp_path / "linked", "--detector", rules, "--since-last", tmp_path / "real.json")
        assert (status, report["files"]) == (0, files)
    assert (tmp_path / "real.json").is_symlink()


def test_a_folder_is_the_same_wherever_the_hunt_is_called(nightly, hunt, logs, rules, state, monkeypatch):
    nightly()
    monkeypatch.chdir(logs.parent)
    assert hunt("logs", "--detector", rules, "--since-last", state)[1]["files"] == 0
