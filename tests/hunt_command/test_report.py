"""What `workshop hunt` reports, in each of its forms, and with which exit status."""

import json

import pytest
from log_files import log_file, record, write

from workshop import cli
from workshop.hunt_command import report as reports
from workshop.hunt_command.printed import print_report
from workshop.logs import files
from workshop.logs.buckets import worth_reading
from workshop.logs.tally import Tally
from workshop.logs.who import account


def test_a_match_says_who_from_where_with_what_result(hunt, logs, rules):
    status, report, _ = hunt(logs, "--detector", rules)
    assert status == 0
    done, denied = report["matches"]["deletions"]
    assert (done["who"], done["address"]) == (record(1)["userIdentity"]["arn"], record(1)["sourceIPAddress"])
    assert (done["region"], done["account"], done["error"]) == ("ca-central-1", "111122223333", None)
    assert (denied["account"], denied["error"]) == ("444455556666", "AccessDenied")
    assert (denied["path"], denied["index"]) == (str(logs / "2.json.gz"), 0)


def test_what_is_passed_over_and_may_hold_records_was_not_read(hunt, logs, rules):
    """An interrupted download is no log file yet, and a hunt that met one has not read everything."""
    (logs / "3.json.gz.0bC4f6A1").write_bytes(b"the first half")
    (logs / "README.md").write_text("no log file, as its name says", encoding="utf-8")
    status, report, _ = hunt(logs, "--detector", rules)
    assert status == 4
    assert (report["not_opened"], report["passed_over"]) == ({"unfinished downloads": 1}, {".md files": 1})


def test_objects_whose_names_leave_open_what_they_hold_are_counted_as_such():
    """In a bucket nobody looks into them: looking would mean fetching."""
    tally = Tally()
    objects = ["a/", "a/b_$folder$", "a/notes.md", "a/events.log", "a/delivered", "a/d.gz.0bC4f6A1", "a/c.json.gz"]
    assert worth_reading(objects, tally) == ["a/c.json.gz"]
    assert tally.passed_over == {"placeholder objects": 2, ".md files": 1}
    assert tally.not_opened == {".log files": 1, "files without a suffix": 1, "unfinished downloads": 1}


def test_the_account_is_that_in_which_the_call_was_made():
    """Insight records have no userIdentity."""
    assert account({"recipientAccountId": "1", "userIdentity": {"accountId": "2"}}) == "1"
    assert account({"userIdentity": {"accountId": "2"}}) == "2"
    assert account({"accountId": "3"}) == "3"
    assert account({"userIdentity": None}) is None


def test_the_exit_status_tells_what_everything_came_to(hunt, logs, rules):
    """4, something could not be read, wins over 3, matches were found; without --fail-on-match these are 0."""
    assert hunt(logs, "--detector", rules)[0] == 0
    assert hunt(logs, "--detector", rules, "--fail-on-match")[0] == 3
    write(logs.parent, {"other.json.gz": [record(5)]})
    assert hunt(logs.parent / "other.json.gz", "--detector", rules, "--fail-on-match")[0] == 0
    write(logs, {"3.json.gz": b"damaged"})
    status, report, errors = hunt(logs, "--detector", rules, "--fail-on-match")
    assert (status, report["status"], len(report["matches"]["deletions"])) == (4, 4, 2)
    (skipped,) = report["skipped"]
    assert skipped["path"] == str(logs / "3.json.gz")
    assert "skipped" in errors
    assert "3.json.gz" in errors


def test_a_record_that_is_none_is_something_unread(hunt, logs, rules):
    write(logs, {"3.json.gz": [7]})
    status, report, errors = hunt(logs, "--detector", rules)
    assert status == 4
    assert report["skipped"][0]["index"] == 0
    assert "3.json.gz[0]: not an object but a number" in errors


def test_what_a_detector_raised_is_in_the_report(hunt, logs, tmp_path):
    """With the place of each record, as a record may have no eventID; the others are judged."""
    rule = tmp_path / "rules.py"
    rule.write_text("def broken(record):\n    return record['errorCode'] == 'AccessDenied'\n")
    status, report, errors = hunt(logs, "--detector", f"{rule}:broken", "--detector", "deleting_logs")
    assert status == 4
    assert len(report["matches"]["broken"]) == 1
    assert list(report["errors"]) == ["broken"]
    assert [(one["path"], one["index"]) for one in report["errors"]["broken"]] == [
        (str(logs / "1.json.gz"), n) for n in (0, 1)
    ]
    assert report["errors"]["broken"][0]["error"] == "KeyError: 'errorCode'"
    assert errors.splitlines() == [
        f"broken raised on 2 records, the first time KeyError: 'errorCode', at {logs / '1.json.gz'}[0]"
    ]


def test_a_detector_that_keeps_something_is_said_to(hunt, logs, tmp_path):
    """Its result depends on the order of files, and on where a hunt begins."""
    rule = tmp_path / "rules.py"
    rule.write_text("seen = set()\ndef fresh(record):\n    seen.add(record['eventName'])\n    return len(seen) > 1\n")
    status, report, _ = hunt(logs, "--detector", f"{rule}:fresh", "--detector", "deleting_logs")
    assert status == 0
    assert list(report["stateful"]) == ["fresh"]
    assert "seen" in report["stateful"]["fresh"]


def test_days_and_regions_choose_files(hunt, tmp_path, rules, capsys):
    tree = {
        f"AWSLogs/111122223333/CloudTrail/{region}/2026/03/{day:02}/{day}.json.gz": [
            record(day + 20 * number, eventName="DeleteTrail", awsRegion=region)
        ]
        for day in (8, 9, 10)
        for number, region in enumerate(["us-east-1", "eu-west-1", "ca-central-1"])
    }
    folder = write(tmp_path, tree)
    _, report, _ = hunt(folder, "--detector", rules, "--start", "2026-03-09", "--regions", "us-east-1,ca-central-1")
    assert report["files"] == 4
    assert {match["region"] for match in report["matches"]["deletions"]} == {"us-east-1", "ca-central-1"}
    assert hunt(folder, "--detector", rules, "--end", "2026-03-08")[1]["files"] == 3
    assert hunt(folder, "--regions", "us-east-1", "--regions", "eu-west-1")[1]["files"] == 6
    _, report, _ = hunt(folder, "--regions", "us-east-1,eu-west1", "--processes", "2")
    assert report["notes"] == ["No file is of the Region eu-west1: did you mean eu-west-1?"]
    assert cli.main(["hunt", str(folder), "--start", "2027-03-09"]) == 1
    assert "days and Regions" in capsys.readouterr().err


def test_several_processes_report_the_same(hunt, logs, rules):
    assert hunt(logs, "--detector", rules, "--processes", "2") == hunt(logs, "--detector", rules, "--processes", "1")


def test_json_lines_have_a_kind_each_and_end_with_a_summary(capsys, logs, rules):
    write(logs, {"3.json.gz": b"damaged"})
    status = cli.main(["hunt", str(logs), "--detector", rules, "--format", "ndjson"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert status == 4
    assert [line["kind"] for line in lines] == ["match", "match", "skipped", "summary"]
    assert {line["detector"] for line in lines[:2]} == {"deletions"}
    summary = lines[-1]
    assert (summary["matches"], summary["files"], summary["status"]) == ({"deletions": 2}, 3, 4)


def test_a_table_shows_nothing_that_moves_the_cursor(capsys, logs, rules):
    """Whoever writes a log line does not write on the terminal."""
    evil = "\x1b[2J\r\nDelete"
    write(logs, {"4.json.gz": [record(4, eventName="Delete\x1b[2J", sourceIPAddress=evil)]})
    assert cli.main(["hunt", str(logs), "--detector", rules]) == 0
    output = capsys.readouterr().out
    assert "\x1b" not in output
    assert r"Delete\x1b[2J" in output
    assert "4 records" in output


@pytest.mark.parametrize(
    ("then", "said"),
    [(None, "could not be read again"), ([record(5), record(6)], "has changed since"), ([], "has changed since")],
    ids=["gone", "other", "empty"],
)
def test_a_file_that_changes_between_finding_and_showing_is_something_unread(
    hunt, logs, rules, monkeypatch, then, said
):
    """What the sweep has found is still reported, and nothing of another record."""
    real, reads = files.read_file, []

    def changing(path, **options):
        reads.append(path)
        if reads.count(path) < 2:
            return real(path, **options)
        if then is None:
            raise OSError("it is gone")
        return log_file(*then)

    monkeypatch.setattr(files, "read_file", changing)
    status, report, _ = hunt(logs, "--detector", rules, "--processes", "1")
    assert status == 4
    assert [(match["account"], match["who"]) for match in report["matches"]["deletions"]] == [
        (None, record(1)["userIdentity"]["arn"])
    ] * 2
    assert len(report["skipped"]) == 2
    assert all(said in entry["reason"] for entry in report["skipped"])


def test_further_counts_of_a_reading_come_into_the_report(logs, rules, capsys):
    """Whatever a Tally learns to count, the report has it; what it counts by kind is also a line on standard error."""
    report = reports.hunt_report(logs, lambda record: False)
    assert set(vars(Tally())) <= set(report)
    print_report({**report, "left_closed": {".md files": 2, "links": 1}}, "ndjson")
    output = capsys.readouterr()
    assert json.loads(output.out)["left_closed"] == {".md files": 2, "links": 1}
    assert "left closed: 2 .md files, 1 links\n" in output.err


def test_a_match_of_an_aggregated_event_is_shown_like_any_other(hunt, tmp_path):
    """Its id, time and account have other names in the record."""
    event = {
        "eventId": "aggregated-1",
        "eventType": "AwsAggregatedEvent",
        "accountId": "111122223333",
        "timeWindow": {"windowStart": "2026-03-10T12:00:00Z"},
    }
    rule = tmp_path / "rule.py"
    rule.write_text("def aggregated(record):\n    return record.get('eventType') == 'AwsAggregatedEvent'\n")
    status, report, _ = hunt(write(tmp_path / "logs", {"1.json.gz": [event]}), "--detector", f"{rule}:aggregated")
    (match,) = report["matches"]["aggregated"]
    assert (status, report["skipped"]) == (0, [])
    assert (match["eventID"], match["eventTime"]) == ("aggregated-1", "2026-03-10T12:00:00Z")
    assert (match["account"], match["who"]) == ("111122223333", None)


def test_numbers_without_an_end_are_texts_in_the_report(logs, rules, capsys):
    """JSON knows none, but 1e999 in a log is one to Python."""
    (logs / "odd.json").write_text('{"Records": [{"eventName": "DeleteTrail", "eventTime": 1e999, "awsRegion": NaN}]}')
    for form in ("json", "ndjson"):
        cli.main(["hunt", str(logs), "--detector", str(rules), "--format", form])
        output = capsys.readouterr().out
        assert '"eventTime": "Infinity"' in output
        for text in [output] if form == "json" else output.splitlines():
            json.loads(text, parse_constant=pytest.fail)
