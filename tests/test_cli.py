"""The command line, called as its users call it: exit status, one clear line on stderr, JSON on stdout."""

import csv
import gzip
import json
import os
import re
import subprocess
import sys

import pytest
from emulated_account import ADMINISTRATOR, become, user
from waiting import PATIENCE

from workshop import cli, places
from workshop.cloud import connection
from workshop.logs import buckets

COMMANDS = (
    "lab",
    "demo",
    "doctor",
    "prove",
    "progress",
    "teardown",
    "launch-link",
    "policy",
    "local",
    "data",
    "hunt",
    "offline-kit",
)


def run(capsys, *arguments):
    """Run a command; return (exit status, stdout, stderr)."""
    try:
        status = cli.main([str(argument) for argument in arguments])
    except SystemExit as end:
        status = end.code
    output = capsys.readouterr()
    return status, output.out, output.err


@pytest.fixture(scope="module")
def labels():
    with (places.data() / "labels.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def log_file(tmp_path):
    """A log file of two records, of which one deletes a log group."""
    records = [
        {"eventID": "1", "eventTime": "2026-03-10T12:00:00Z", "eventSource": "logs.amazonaws.com", "eventName": name}
        for name in ("DeleteLogGroup", "DescribeLogGroups")
    ]
    records[1]["eventID"] = "2"
    path = tmp_path / "one.json.gz"
    path.write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
    return path


def test_a_hunt_through_the_lake_finds_what_the_labels_say(capsys, labels):
    """The model answers match exactly the records that labels.csv names for their rules, the bonus included."""
    status, output, _ = run(capsys, "hunt", places.data(), "--json")
    report = json.loads(output)
    assert status == 0
    assert set(report) >= {"files", "records", "duplicates", "skipped", "matches"}
    assert (report["errors"], report["skipped"], report["interrupted"], report["status"]) == ({}, [], False, 0)
    rules = {"deleting_logs": "rule_deleting_logs_bonus", "instance_creds_used_outside_ec2": "rule_instance_creds"}
    assert set(report["matches"]) == set(rules)
    for detector, rule in rules.items():
        matches = report["matches"][detector]
        assert sorted(match["eventID"] for match in matches) == sorted(
            row["eventID"] for row in labels if row[rule] == "true"
        )
        fields = {"eventID", "eventTime", "eventSource", "eventName", "path", "index"}
        more = {"who", "address", "region", "account", "error"}
        assert all(set(match) == fields | more for match in matches)


def test_without_its_bonus_a_detector_finds_the_plain_rule(capsys, labels, tmp_path):
    """An own detector in a file of one's own is run by name."""
    file = tmp_path / "mine.py"
    file.write_text(
        "def deleting(record):\n"
        "    services = ('logs.amazonaws.com', 'cloudtrail.amazonaws.com')\n"
        "    return record.get('eventSource') in services and record['eventName'].startswith('Delete')\n"
    )
    status, output, _ = run(capsys, "hunt", places.data(), "--detector", f"{file}:deleting", "--json")
    assert status == 0
    found = sorted(match["eventID"] for match in json.loads(output)["matches"]["deleting"])
    assert found == sorted(row["eventID"] for row in labels if row["rule_deleting_logs"] == "true")


def test_a_hunt_reads_well_in_a_terminal(capsys, log_file):
    """One line for each match, and how much was read."""
    status, output, _ = run(capsys, "hunt", log_file, "--detector", "deleting_logs")
    assert status == 0
    assert "deleting_logs: 1 match" in output
    assert "2026-03-10T12:00:00Z  logs.amazonaws.com:DeleteLogGroup  1" in output
    assert "1 files, 2 records, 0 duplicates left out" in output


def test_a_hunt_reads_a_bucket_with_the_credentials_of_the_aws_cli(recorded_cloud, capsys, log_file, monkeypatch):
    """`workshop hunt s3://…` needs no connect(): the address on the command line says which account is meant."""
    become(monkeypatch, user("engineer", ADMINISTRATOR))
    cloud = connection.account_cloud()
    where = {"LocationConstraint": cloud.region}
    cloud.client("s3").create_bucket(Bucket="logs-of-ours", CreateBucketConfiguration=where)
    cloud.client("s3").put_object(Bucket="logs-of-ours", Key="AWSLogs/one.json.gz", Body=log_file.read_bytes())
    monkeypatch.setattr(buckets, "connected_client", None)
    status, output, errors = run(capsys, "hunt", "s3://logs-of-ours/AWSLogs/")
    assert (status, errors) == (0, "")
    assert "deleting_logs: 1 matches" in output
    assert "s3://logs-of-ours/AWSLogs/one.json.gz" in output
    status, output, errors = run(capsys, "hunt", "s3://logs-of-nobody/AWSLogs/")
    assert (status, output) == (1, "")
    assert "There is no bucket logs-of-nobody" in errors
    assert len(errors.splitlines()) == 1


def test_what_a_hunt_could_not_read_is_told(capsys, log_file):
    """The reason stands on stderr; the rest is read; a status of its own says that something is missing."""
    (log_file.parent / "broken.json.gz").write_bytes(b"no gzip")
    status, output, errors = run(capsys, "hunt", log_file.parent)
    assert status == 4
    assert "broken.json.gz" in errors
    assert "2 records" in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("hunt", "no/such/folder"), "no/such/folder"),
        (("hunt", "{file}", "--detector", "deleting_log"), "deleting_logs"),
        (("hunt", "{file}", "--detector", "gone.py:f"), "gone.py"),
        (("hunt", "{file}", "--detector", "{module}:absent"), "absent"),
        (("hunt", "{file}", "--detector", "{broken}:f"), "broken.py, line 2: ZeroDivisionError: division by zero"),
    ],
    ids=["source", "detector", "file", "function", "raises"],
)
def test_what_fails_says_why_in_one_line(capsys, log_file, arguments, said):
    """Exit status 1, nothing but that line on stderr, no traceback."""
    module, broken = log_file.parent / "module.py", log_file.parent / "broken.py"
    module.write_text("x = 1\n")
    broken.write_text("x = 0\n1 / x\n")
    filled = [argument.format(file=log_file, module=module, broken=broken) for argument in arguments]
    status, _, errors = run(capsys, *filled)
    assert status == 1
    (line,) = errors.splitlines()
    assert line.startswith("workshop: ")
    assert said in line


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("labb",),
        ("hunt",),
        ("hunt", "data", "--start", "yesterday"),
        ("hunt", "data", "--start", "2026-03-10", "--end", "2026-03-09"),
        ("hunt", "data", "--processes", "0"),
        ("hunt", "data", "--format", "xml"),
        ("local", "restart"),
        ("teardown", "--no-such"),
    ],
)
def test_bad_usage_is_exit_status_2(capsys, arguments):
    """The usage is shown on stderr."""
    status, _, errors = run(capsys, *arguments)
    assert status == 2
    assert "usage:" in errors


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(capsys, command):
    """`workshop COMMAND --help` says what it does; `workshop --help` lists it."""
    status, output, _ = run(capsys, command, "--help")
    assert status == 0
    assert len(output.split()) > 10
    _, overview, _ = run(capsys, "--help")
    assert re.search(rf"^ +{command}\b", overview, re.MULTILINE)


def test_the_local_cloud_is_started_found_and_stopped(capsys, home):
    """start, status and stop say what is the case."""
    assert "not running" in run(capsys, "local", "status")[1] or "stopped" in run(capsys, "local", "status")[1]
    assert "127.0.0.1" in run(capsys, "local", "start")[1]
    assert "127.0.0.1" in run(capsys, "local", "status")[1]
    assert "stopped" in run(capsys, "local", "stop")[1]
    assert "127.0.0.1" not in run(capsys, "local", "status")[1]


def test_a_lake_is_generated_where_one_asks(capsys, tmp_path):
    """`workshop data generate` writes log files and their labels."""
    status, output, _ = run(capsys, "data", "generate", "--target", tmp_path / "lake")
    assert status == 0
    assert output.strip()
    assert (tmp_path / "lake" / "labels.csv").read_bytes() == (places.data() / "labels.csv").read_bytes()


def test_a_year_of_logs_is_generated_where_one_asks(capsys, tmp_path):
    """`workshop data generate --records` writes so many records, and says so."""
    arguments = ("--records", "500", "--processes", "2", "--target", tmp_path / "year")
    status, output, _ = run(capsys, "data", "generate", *arguments)
    assert status == 0
    assert output.startswith("500 records in ")
    assert run(capsys, "hunt", tmp_path / "year", "--json")[1].count('"eventID"') > 0
    status, _, problem = run(capsys, "data", "generate", "--records", "0", "--target", tmp_path / "year")
    assert status == 1
    assert "1 or more" in problem


def test_progress_is_shown(capsys, home):
    """Without any attempt, nothing is solved."""
    status, output, _ = run(capsys, "progress")
    assert status == 0
    assert "0 of 4" in output


def test_a_teardown_where_nothing_runs_is_done(capsys, home):
    """There is nothing to delete, and that is fine: twice is as good as once."""
    for _ in range(2):
        status, output, _ = run(capsys, "teardown")
        assert status == 0
        assert output.strip()


@pytest.mark.parametrize("command", COMMANDS)
def test_usage_and_errors_name_what_was_called(capsys, command):
    """start.py gives its own name, and people read that in usage and errors."""
    for program in ("workshop", "start.py"):
        with pytest.raises(SystemExit):
            cli.main([command, "--help"], program=program)
        assert f"usage: {program} {command} " in capsys.readouterr().out
        with pytest.raises(SystemExit):
            cli.main([command, "--no-such-option"], program=program)
        assert f"{program}" in capsys.readouterr().err.splitlines()[-1]
    assert cli.main(["hunt", "no/such/folder"], program="start.py") == 1
    assert capsys.readouterr().err.startswith("start.py: ")


def test_a_console_without_the_signs_gets_question_marks(home):
    """The code page of a Windows console has no check marks: `progress` shows a question mark, and ends well."""
    command = [sys.executable, "-m", "workshop.cli", "progress"]
    environment = os.environ | {"PYTHONIOENCODING": "cp1252"}
    done = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert b"0 of 4" in done.stdout
    assert b"?" in done.stdout
