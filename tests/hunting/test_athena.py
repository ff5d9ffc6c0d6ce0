"""The detectors as SQL: what Athena is asked, and that DuckDB finds with it what the functions find."""

from datetime import date

import pytest
import sqlglot
from log_files import record, write

from workshop import places
from workshop.exercises.tasks import deleting_logs, instance_creds_used_outside_ec2
from workshop.hunting import athena
from workshop.hunting.hunt import hunt

MODELS = (deleting_logs.deleting_logs, instance_creds_used_outside_ec2.instance_creds_used_outside_ec2)
NAMES = ("deleting_logs", "instance_creds_used_outside_ec2")
DAY = "AWSLogs/111122223333/CloudTrail/ca-central-1/2026/03"


def found(table):
    """Return {detector: ids of the records it matches} of the query's table."""
    return {name: set(table["eventID"][table[name]]) for name in NAMES}


def hunted(*arguments, **options):
    matches = hunt(*arguments, *MODELS, progress=False, **options)
    return {name: set(matches["eventID"][matches["detector"] == name]) for name in NAMES}


def test_the_query_finds_in_the_lake_what_the_functions_find():
    """The same eventIDs for each detector, each once although some were delivered twice."""
    table = athena.run_here(places.data())
    assert found(table) == hunted(places.data())
    assert min(map(len, found(table).values())) > 10
    assert table["eventID"].is_unique


def test_days_are_those_of_delivery():
    """As in hunt(start=, end=), and as Athena's partitions are."""
    table = athena.run_here(places.data(), date(2026, 3, 10), date(2026, 3, 11))
    assert found(table) == hunted(places.data(), start="2026-03-10", end="2026-03-11")
    assert 0 < len(table) < len(athena.run_here(places.data()))


def test_absent_and_odd_fields_are_no_match(tmp_path):
    """NULL is neither true nor false in SQL; a column of the result is one or the other."""
    nobody = record(1, eventName="DeleteTrail", eventSource="cloudtrail.amazonaws.com", userIdentity={})
    records = [
        nobody,
        record(2, eventSource=..., userIdentity=...),
        record(3, eventName=None, userAgent=["a", "b"], readOnly="True"),
        record(4, eventName="StopLogging", eventSource="cloudtrail.amazonaws.com", userIdentity=None),
        record(5, userIdentity={"type": "AssumedRole", "accessKeyId": "ASIAEXAMPLE", "arn": "arn/i-0123"}),
        record(6, eventName="deleteTrail", userIdentity={"type": "AssumedRole", "accessKeyId": "AKIAEXAMPLE"}),
    ]
    folder = write(tmp_path, {f"{DAY}/10/1.json.gz": records, f"{DAY}/11/2.json.gz": [nobody]})
    assert found(athena.run_here(folder)) == hunted(folder)
    assert found(athena.run_here(folder))["deleting_logs"] == {"event-1", "event-4"}
    assert found(athena.run_here(folder))["instance_creds_used_outside_ec2"] == {"event-3"}


def test_a_large_file_is_read_whole(tmp_path):
    """DuckDB gives up on a text that is longer than it was told."""
    records = [record(number, eventName="DeleteTrail", errorMessage="x" * 1_000_000) for number in range(30)]
    folder = write(tmp_path, {f"{DAY}/10/1.json.gz": records})
    assert len(found(athena.run_here(folder))["deleting_logs"]) == 30


def test_the_statements_are_sql_that_athena_reads():
    """As far as a parser of its dialect can tell; the partitions are the folders of a bucket of CloudTrail's."""
    statement = athena.create_table("trail-logs", ["111122223333", "222233334444"], ["ca-central-1"], date(2026, 3, 9))
    made = sqlglot.parse_one(statement, read="athena")
    assert made.key == "create"
    assert "s3://trail-logs/AWSLogs/${account}/CloudTrail/${region}/${day}" in statement
    assert "'projection.account.values' = '111122223333,222233334444'" in statement
    assert "'2026/03/09,NOW'" in statement
    columns = {column.name.lower() for column in made.this.expressions}
    asked = sqlglot.parse_one(athena.query(date(2026, 3, 9), date(2026, 3, 12)), read="athena")
    judged = asked.find(sqlglot.exp.CTE)
    used = {(column.parts[0].name).lower() for column in judged.find_all(sqlglot.exp.Column)}
    assert used <= columns | {"day"}
    assert "'2026/03/09' AND '2026/03/12'" in athena.query(date(2026, 3, 9), date(2026, 3, 12))


def test_an_organizations_trail_has_its_id_in_the_way():
    """AWSLogs/<organization>/<account>/…"""
    statement = athena.create_table("b", ["1"], ["r"], date(2026, 1, 1), prefix="AWSLogs/o-exampleorgid/")
    assert "'s3://b/AWSLogs/o-exampleorgid/${account}/CloudTrail/" in statement


@pytest.mark.parametrize("organization", ["o-exampleorgid/", ""])
def test_a_copy_of_an_organizations_bucket_is_read(tmp_path, organization):
    """With the organization's id above its accounts, with one account of its own beside, or both."""
    deletion = {"eventName": "DeleteTrail", "eventSource": "cloudtrail.amazonaws.com"}
    below = "111122223333/CloudTrail/ca-central-1/2026/03/10"
    files = {f"AWSLogs/o-exampleorgid/{below}/1.json.gz": [record(1, **deletion)]}
    files |= {f"AWSLogs/{organization}{below}/2.json.gz": [record(2, **deletion)]}
    assert found(athena.run_here(write(tmp_path, files)))["deleting_logs"] == {"event-1", "event-2"}


def test_a_folder_without_log_files_is_named(tmp_path):
    """With the folder that is wanted."""
    with pytest.raises(FileNotFoundError, match="holds AWSLogs/"):
        athena.run_here(tmp_path)


ODD = [None, ..., 5, 2**70, -1.5, True, "", "text", [], ["a"], {}, {"a": None}, "0001-01-01T00:00:00Z"]


@pytest.mark.parametrize("field", ["userIdentity", "eventTime", "eventName", "errorMessage", "requestParameters", "x"])
def test_one_odd_record_stops_nothing(tmp_path, field):
    """Whatever stands in one of its fields; a null among the records costs nothing either."""
    deletion = {"eventName": "DeleteTrail", "eventSource": "cloudtrail.amazonaws.com"}
    odd = [record(10 + number, **{field: value}) for number, value in enumerate(ODD)]
    made = {f"{DAY}/10/1.json.gz": [record(1, **deletion), *odd, None], f"{DAY}/10/2.json.gz": [record(2, **deletion)]}
    assert found(athena.run_here(write(tmp_path, made)))["deleting_logs"] == {"event-1", "event-2"}


def test_records_of_one_id_that_differ_are_rows_each(tmp_path):
    """A copy is none, as in a hunt."""
    made = [
        record(1, eventName="DeleteTrail", eventSource="cloudtrail.amazonaws.com", requestParameters={"name": name})
        for name in "aba"
    ]
    assert len(athena.run_here(write(tmp_path, {f"{DAY}/10/1.json.gz": made}))) == 2
