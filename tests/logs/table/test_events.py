"""The events DataFrame: right in every cell, and at home in the idioms of pandas."""

import copy
import gzip
import io
import json
import logging
import os
import sys
import tempfile
import warnings
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_files import log_file, record, write

from workshop import hunt, places
from workshop.logs.records import read_records
from workshop.logs.table.columns import COLUMNS, LOCATION, describe_columns
from workshop.logs.table.events import Events, load_events, record_of

mpl.use("agg")


@pytest.fixture
def events(tmp_path):
    """Six records of three calls by two kinds of callers; one call failed, one record is a service's own."""
    service = {"accountId": "111122223333", "invokedBy": "ec2.amazonaws.com"}
    files = {
        "1.json.gz": [
            record(5, eventName="DeleteTrail", errorCode="AccessDenied", readOnly=False),
            record(1, eventName="PutObject", recipientAccountId="444455556666", readOnly=False),
        ],
        "2.json.gz": [
            record(3),
            record(2, readOnly=...),
            record(4, eventName="PutObject", readOnly="false"),
            record(6, userIdentity=service, eventName="SharedSnapshotVolumeCreated", eventType="AwsServiceEvent"),
        ],
    }
    return load_events(write(tmp_path, files))


# ------------------------------------------------------------------------------------------ what is in the table


def test_columns_are_named_as_cloudtrail_names_the_fields(events):
    """The table of columns is the one place that says which."""
    assert list(events.columns) == [column.name for column in (*COLUMNS, *LOCATION)]
    described = describe_columns()
    assert list(described["column"]) == list(events.columns)
    assert described["explanation"].str.endswith((".", ")", "text.")).all()


def test_rows_are_oldest_first_and_stable(tmp_path):
    """Records of one second stay as the files have them; records without a time come last."""
    folder = write(
        tmp_path,
        {
            "1.json.gz": [record(1, eventTime=...), record(2, eventTime="2026-03-10T12:00:09Z"), record(3)],
            "2.json.gz": [record(4, eventTime="2026-03-10T12:00:03Z"), record(5, eventTime="2026-03-10T12:00:03.5Z")],
        },
    )
    loaded = load_events(folder)
    assert list(loaded["eventID"]) == ["event-3", "event-4", "event-5", "event-2", "event-1"]
    assert list(loaded.index) == [0, 1, 2, 3, 4]


def test_times_are_in_utc_fractions_and_offsets_included(tmp_path):
    """An hour's offset is an hour."""
    times = ["2026-03-10T12:00:00Z", "2026-03-10T12:00:00.123Z", "2026-03-10T14:00:01+02:00", "2026-03-10T12:00:02"]
    loaded = load_events(write(tmp_path, {"1.json": [record(n, eventTime=time) for n, time in enumerate(times)]}))
    assert str(loaded["eventTime"].dt.tz) == "UTC"
    assert list(loaded["eventTime"]) == [
        pd.Timestamp(f"2026-03-10T12:00:{second}Z") for second in ("00", "00.123", "01", "02")
    ]


def test_duplicates_are_dropped_and_counted_across_files(tmp_path):
    """The first read stays, the same id with another content too; records without an id are nobody's duplicates."""
    folder = write(
        tmp_path,
        {
            "1.json.gz": [record(1), record(1), record(2, eventID=...), record(2, eventID=""), record(2, eventID=None)],
            "2.json.gz": [record(1, userAgent="made anonymous"), record(1), record(2, eventID="")],
        },
    )
    loaded = load_events(folder)
    assert len(loaded) == 6
    assert [loaded.attrs[name] for name in ("records", "duplicates", "same_id")] == [8, 2, 1]
    assert list(loaded.loc[loaded["eventID"] == "event-1", "userAgent"]) == ["aws-cli/2.15.0", "made anonymous"]


def test_an_insight_record_is_a_row_with_most_columns_missing(tmp_path):
    """It has no eventSource, no eventName and no userIdentity of its own."""
    insight = {
        "eventVersion": "1.08",
        "eventTime": "2026-03-10T12:00:00Z",
        "awsRegion": "ca-central-1",
        "eventID": "insight-1",
        "eventType": "AwsCloudTrailInsight",
        "recipientAccountId": "111122223333",
        "insightDetails": {"state": "Start", "eventSource": "ec2.amazonaws.com"},
        "eventCategory": "Insight",
    }
    loaded = load_events(write(tmp_path, {"1.json.gz": [insight]}))
    assert loaded.attrs["skipped"] == []
    present = loaded.iloc[0].dropna()
    assert set(present.index) == {
        *("eventTime", "awsRegion", "eventID", "eventType", "recipientAccountId", "eventCategory"),
        *("logFile", "logIndex"),
    }


def aggregated(number, **fields):
    """Return an aggregated event, as the CloudTrail user guide shows it ("Aggregating data events")."""
    return {
        "eventVersion": "1.0",
        "accountId": "111122223333",
        "eventId": f"aggregated-{number}",
        "eventCategory": "Aggregated",
        "eventType": "AwsAggregatedEvent",
        "awsRegion": "us-east-1",
        "eventSource": "s3.amazonaws.com",
        "timeWindow": {
            "windowStart": "2026-03-10T12:00:00Z",
            "windowEnd": "2026-03-10T12:05:00Z",
            "windowSize": "PT5M",
        },
        "summary": {"primaryDimension": {"dimension": "eventName", "statistics": [{"name": "PutObject", "value": 9}]}},
        **fields,
    }


def test_an_aggregated_event_has_an_id_a_time_and_an_account_under_other_names(tmp_path):
    """Delivered twice it counts once; its time is the start of its window; the full record is as it was."""
    files = {"1.json.gz": [aggregated(1), record(1), aggregated(2)], "2.json.gz": [aggregated(1)]}
    loaded = load_events(write(tmp_path, files))
    assert (loaded.attrs["duplicates"], loaded.attrs["skipped"]) == (1, [])
    rows = loaded[loaded["eventCategory"] == "Aggregated"]
    assert list(rows["eventID"]) == ["aggregated-1", "aggregated-2"]
    assert set(rows["recipientAccountId"]) == {"111122223333"}
    assert set(rows["eventTime"]) == {pd.Timestamp("2026-03-10T12:00:00Z")}
    assert record_of(loaded, rows.index[0]) == aggregated(1)


@pytest.mark.parametrize("window", [None, "noon", {}, {"windowStart": 5}])
def test_an_aggregated_event_without_a_window_has_no_time(tmp_path, window):
    """It is there all the same."""
    loaded = load_events(write(tmp_path, {"1.json.gz": [aggregated(1, timeWindow=window)]}))
    assert list(loaded["eventID"]) == ["aggregated-1"]
    assert loaded["eventTime"].isna().all()


def test_a_bad_value_costs_only_its_own_cell_and_is_listed(tmp_path):
    """The record stays: hiding one behind an odd field would be too easy."""
    odd = [
        record(1, eventName=5),
        record(2, eventTime="yesterday"),
        record(3, userIdentity="root"),
        record(4, readOnly="perhaps"),
        record(5, userIdentity={"type": ["a", 1], "arn": "arn", "sessionContext": [1]}),
        record(6, sourceIPAddress={"ip": 1}),
        record(7, userAgent="half a \ud800 character"),
        record(8, eventTime=1773144000, readOnly=1),
    ]
    folder = write(tmp_path, {"0.json.gz": [record(59)], "1.json.gz": odd})
    loaded = load_events(folder).set_index("eventID")
    assert len(loaded) == 9
    assert [(entry["index"], entry["reason"]) for entry in loaded.attrs["skipped"]] == [
        (0, "eventName left out: 5 is not text"),
        (2, "userIdentity left out: a string is not an object"),
        (4, 'userIdentity.type left out: ["a", 1] is not text'),
        (4, "userIdentity.sessionContext left out: a list is not an object"),
        (5, 'sourceIPAddress left out: {"ip": 1} is not text'),
        (6, 'userAgent left out: "half a \\ud800 character" is not text'),
        (7, "eventTime left out: 1773144000 is not text"),
        (7, "readOnly left out: 1 is not true or false"),
        (1, "eventTime left out: 'yesterday' is not a time"),
        (3, "readOnly left out: 'perhaps' is not true or false"),
    ]
    assert {entry["path"] for entry in loaded.attrs["skipped"]} == {os.path.join(folder, "1.json.gz")}
    assert pd.isna(loaded.loc["event-1", "eventName"])
    assert loaded.loc["event-5", "userIdentity.arn"] == "arn"
    assert loaded.loc["event-1", "awsRegion"] == "ca-central-1"


@pytest.mark.parametrize("word", ["now", "today"])
def test_a_word_for_the_present_is_no_time(tmp_path, word):
    """A record does not move to the moment at which it is read."""
    loaded = load_events(write(tmp_path, {"1.json.gz": [record(1, eventTime=word)]}))
    assert loaded["eventTime"].isna().all()
    assert [entry["reason"] for entry in loaded.attrs["skipped"]] == [f"eventTime left out: {word!r} is not a time"]


def test_several_user_agents_are_joined_and_flags_written_as_text_are_understood(tmp_path):
    """Both occur in real logs, and neither is worth a complaint."""
    odd = [
        record(1, userAgent=["aws-sdk", "Boto3"], readOnly="True"),
        record(2, readOnly="false", managementEvent=None),
    ]
    loaded = load_events(write(tmp_path, {"1.json.gz": odd}))
    assert loaded.loc[0, "userAgent"] == "aws-sdk, Boto3"
    assert list(loaded["readOnly"]) == [True, False]
    assert list(loaded["managementEvent"].isna()) == [False, True]
    assert loaded.attrs["skipped"] == []


def test_unreadable_files_and_records_are_listed_and_a_warning_logged(tmp_path, caplog):
    """Everything else is there."""
    folder = write(tmp_path, {"1.json.gz": log_file(record(1))[:-9], "2.json.gz": [None, record(2)]})
    with caplog.at_level(logging.WARNING):
        loaded = load_events(folder)
    assert list(loaded["eventID"]) == ["event-2"]
    assert [(os.path.basename(entry["path"]), entry["index"]) for entry in loaded.attrs["skipped"]] == [
        ("1.json.gz", None),
        ("2.json.gz", 0),
    ]
    assert 'events.attrs["skipped"] lists them' in caplog.text


def test_log_files_without_a_record_make_an_empty_table(tmp_path):
    """With all columns, of the same kinds as ever."""
    empty = load_events(write(tmp_path, {"1.json.gz": []}))
    full = load_events(write(tmp_path, {"2.json.gz": [record()]}))
    assert len(empty) == 0
    assert list(empty.columns) == list(full.columns)
    assert [str(empty[name].dtype) for name in empty] == [str(full[name].dtype) for name in full]


# ------------------------------------------------------------------------------------------ the way back


def test_record_of_gives_the_full_record_after_filters_and_sorts(events):
    """A row's label stays with it."""
    failed = events[events["errorCode"].notna()]
    assert record_of(failed, failed.index[0])["errorCode"] == "AccessDenied"
    newest_first = events.sort_values("eventTime", ascending=False)
    for label in newest_first.index:
        assert record_of(newest_first, label)["eventID"] == events.loc[label, "eventID"]
    relabelled = events.set_index("eventID")
    assert record_of(relabelled, "event-3") == record(3)
    assert record_of(events, events.iloc[0])["eventID"] == events.loc[0, "eventID"]


def test_record_of_finds_records_behind_damaged_ones_and_in_json_lines(tmp_path):
    """An index counts what lies in the file, not what could be read."""
    lines = "\n".join(["{broken", json.dumps(record(1)), json.dumps(record(2))]).encode()
    loaded = load_events(write(tmp_path, {"1.json": [None, record(3)], "2.jsonl": lines}))
    assert [record_of(loaded, label) for label in loaded.index] == [record(1), record(2), record(3)]


def test_record_of_says_what_is_wrong(events):
    """A missing label, missing columns, labels that are not unique, a file that has changed."""
    failed = events[events["errorCode"].notna()]
    with pytest.raises(
        KeyError, match=r"no row labelled 0 among the 1 of the table that was passed\. Its labels are in"
    ):
        record_of(failed, 0)
    with pytest.raises(KeyError, match=r"Ask the whole table for the same row: record_of\(events, 2\)"):
        record_of(events[["eventName"]], 2)
    twice = pd.concat([events, events])
    with pytest.raises(KeyError, match="2 rows are labelled 1"):
        record_of(twice, 1)
    write(Path(events.loc[0, "logFile"]).parent, {"1.json.gz": [], "2.json.gz": []})
    with pytest.raises(LookupError, match="the file has changed since it was loaded"):
        record_of(events, 0)


def test_record_of_survives_a_changed_working_directory(tmp_path, monkeypatch):
    """A relative path means the folder in which the table was made; without that, the error names both places."""
    write(tmp_path / "logs", {"1.json.gz": [record(1), record(2)]})
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    tables = [load_events("logs"), hunt("logs", lambda found: True, progress=False)]
    monkeypatch.chdir(tmp_path / "elsewhere")
    for table in tables:
        assert record_of(table, 1) == record(2)
        assert record_of(table[table["eventName"].notna()], table.loc[0]) == record(1)
        assert record_of(table, table.iloc[0]) == record(1)
    bare = pd.DataFrame({name: list(tables[0][name]) for name in ("logFile", "logIndex")})
    with pytest.raises(FileNotFoundError, match=r"relative path; looked in .*elsewhere\. Load the table again"):
        record_of(bare, 0)


# ------------------------------------------------------------------------------------------ pandas idioms


TEXT = pd.Series(["text"]).dtype


def test_all_ways_to_a_columns_type_agree(events):
    """Small in memory, ordinary in the hand: by name, by place, in a row, in info() and in select_dtypes."""
    assert set(events.dtypes[["eventName", "userIdentity.arn", "logFile", "eventID"]]) == {TEXT}
    assert all(
        events[name].dtype == events.iloc[:, place].dtype == events.dtypes[name]
        for place, name in enumerate(events.columns)
    )
    assert not hasattr(events["eventName"], "cat")
    with io.StringIO() as written:
        events.info(buf=written)
        (line,) = [line for line in written.getvalue().splitlines() if " eventName " in line]
    assert line.split()[-1] == str(TEXT)
    assert {"eventName", "eventID", "logFile"} <= set(events.select_dtypes(str(TEXT)))
    assert list(events.select_dtypes("boolean")) == ["readOnly", "managementEvent"]
    assert events["eventName"].dtype == TEXT
    assert events.eventName.equals(events["eventName"])
    assert events["eventName"].attrs == events.attrs


def test_filters(events):
    """Equality, membership, text methods, missing values, flags, time, query."""
    assert len(events[events["eventName"] == "PutObject"]) == 2
    assert len(events[events["eventName"] != "PutObject"]) == 4
    assert len(events[events["eventName"].isin(["PutObject", "DeleteTrail"])]) == 3
    assert len(events[events["eventName"].str.startswith("Delete")]) == 1
    assert len(events[events["userIdentity.arn"].str.contains("assumed-role", na=False)]) == 5
    assert len(events[events["userIdentity.type"].isna()]) == 1
    assert len(events[events["readOnly"]]) == 2
    assert len(events[~events["readOnly"]]) == 3
    assert len(events[events["readOnly"] == False]) == 3  # noqa: E712 - what people write
    assert len(events[events["eventTime"] >= "2026-03-10 12:00:04"]) == 3
    assert len(events.query("eventName == 'PutObject' and errorCode.isna()")) == 2
    assert len(events[(events["eventName"] == "PutObject") & (events["recipientAccountId"] == "444455556666")]) == 1
    assert list(events.loc[events["errorCode"] == "AccessDenied", "eventName"]) == ["DeleteTrail"]


def test_counts_know_only_what_is_there(events):
    """After a filter nothing is left of the other names, not even zeros."""
    writes = events[events["readOnly"] == False]  # noqa: E712
    assert writes["eventName"].value_counts().to_dict() == {"PutObject": 2, "DeleteTrail": 1}
    assert sorted(writes["eventName"].unique()) == ["DeleteTrail", "PutObject"]
    assert writes["eventName"].nunique() == 2
    assert list(writes[["eventName", "eventType"]].drop_duplicates()["eventName"]) == ["PutObject", "DeleteTrail"]


def test_groups_know_only_what_is_there(events):
    """By the alphabet, also with several keys, and with any of the two defaults that pandas has had for `observed`."""
    writes = events[events["eventName"] != "DescribeLogGroups"]
    names = ["DeleteTrail", "PutObject", "SharedSnapshotVolumeCreated"]
    sizes = writes.groupby("eventName").size()
    assert list(sizes.items()) == list(zip(names, [1, 2, 1], strict=True))
    assert len(writes.groupby(["eventName", "recipientAccountId"]).size()) == 4
    assert writes.groupby("eventName")["recipientAccountId"].nunique()["PutObject"] == 2
    assert writes.groupby(writes["eventName"])["eventID"].count().sum() == 4
    summary = writes.groupby("eventName").agg(first=("eventTime", "min"), calls=("eventID", "count"))
    assert summary.loc["PutObject", "calls"] == 2
    assert writes.groupby("eventName")["errorCode"].apply(lambda codes: codes.notna().sum())["DeleteTrail"] == 1


def test_tables_take_new_columns(events):
    """Unstacked groups, crosstabs and pivots have ordinary labels."""
    table = events.groupby(["recipientAccountId", "eventName"]).size().unstack(fill_value=0)
    table["total"] = table.sum(axis=1)
    assert table["total"].to_dict() == {"111122223333": 5, "444455556666": 1}
    cross = pd.crosstab(events["eventName"], events["readOnly"])
    assert cross.loc["PutObject", False] == 2
    pivot = events.pivot_table(index="eventName", columns="recipientAccountId", values="eventID", aggfunc="count")
    assert pivot.reset_index().shape == (4, 3)
    hourly = events.set_index("eventTime").resample("1h")["eventName"].count()
    assert list(hourly) == [6]
    assert list(events.resample("1h", on="eventTime").size()) == [6]


def test_columns_compare_with_each_other(events):
    """Calls from another account: two columns of different values."""
    foreign = events[events["userIdentity.accountId"] != events["recipientAccountId"]]
    assert list(foreign["eventID"]) == ["event-1"]
    assert (events["eventName"] > "DescribeLogGroups").sum() == 3
    assert events["eventName"].max() == "SharedSnapshotVolumeCreated"


@pytest.fixture(params=["loaded", "hunted"])
def pair(request, events):
    """A table of the kit's, and the same as a plain DataFrame."""
    if request.param == "hunted":
        events = hunt(Path(events.loc[0, "logFile"]).parent, named_put, progress=False)
    types = {name: object if events[name].dtype == "boolean" else events[name].dtype for name in events}
    return events, pd.DataFrame({name: list(events[name]) for name in events}).astype(types)


def named_put(record):
    return record.get("eventName", "").startswith("P")


def edits():
    """Each edit takes a table and changes it, or returns what it made."""

    def one_cell(table):
        table.loc[0, "eventName"] = "Mine"

    def by_a_mask(table):
        table.loc[table["eventName"] == "PutObject", "eventSource"] = "somewhere"

    def two_columns(table):
        table.loc[table.index[:2], ["eventName", "eventID"]] = "x"

    def different_texts(table):
        table.loc[table.index[:2], "eventName"] = ["one", "two"]

    def by_place(table):
        table.iloc[0, table.columns.get_loc("eventSource")] = "somewhere"

    def at(table):
        table.at[0, "eventName"] = "Mine"

    def a_missing_value(table):
        table.loc[0, "eventName"] = None

    def a_row(table):
        table.loc[0] = table.loc[1]

    def where(table):
        return table[["eventName", "eventID"]].where(table["eventName"] != "PutObject", "other")

    return [
        one_cell,
        by_a_mask,
        two_columns,
        different_texts,
        by_place,
        at,
        a_missing_value,
        a_row,
        where,
        lambda table: table.fillna("-"),
        lambda table: table.fillna({"eventName": "?"}),
        lambda table: table.replace("PutObject", "Put"),
        lambda table: table.replace({"PutObject": "Put", "DeleteTrail": "Delete"}),
        lambda table: table.replace(regex="^Put", value="P"),
        lambda table: table.query("eventName == 'PutObject'"),
        lambda table: table.merge(pd.DataFrame({"eventName": ["PutObject"], "risk": [3]}), on="eventName", how="left"),
        lambda table: table.groupby("eventSource")["eventName"].agg(["first", "nunique"]),
        lambda table: table.groupby("eventSource").first()[["eventName", "logFile"]],
        lambda table: pd.concat([table, pd.DataFrame({"eventName": ["new"]})], ignore_index=True)["eventName"],
        lambda table: table[["eventName", "eventID"]].max(),
        lambda table: table.sort_values(["eventName", "eventID"]),
        lambda table: table.drop_duplicates("eventName"),
        lambda table: table.set_index("eventName").loc["PutObject"],
        lambda table: table.eventName.shift(1),
        lambda table: table[["eventName"]].shift(1, fill_value="first"),
        lambda table: table.reindex([0, 99]),
        lambda table: table.rename(columns={"eventName": "name"}),
        lambda table: table.T,
    ]


@pytest.mark.filterwarnings("ignore:Downcasting:FutureWarning")  # of pandas 2.2 about plain columns of objects
@pytest.mark.parametrize("edit", edits())
def test_what_people_do_gives_what_a_plain_frame_gives(pair, edit):
    """New texts anywhere, filling in, replacing, joining, grouping: cell by cell the same."""
    kit, plain = (table.copy() for table in pair)
    made = [edit(table) for table in (kit, plain)]
    ours, theirs = made if made[1] is not None else (kit, plain)
    ours, theirs = (pd.DataFrame(table) for table in (ours, theirs))
    assert ours.index.astype(str).tolist() == theirs.index.astype(str).tolist()
    assert ours.columns.astype(str).tolist() == theirs.columns.astype(str).tolist()
    for place in range(theirs.shape[1]):
        cells = [[None if pd.isna(cell) else str(cell) for cell in table.iloc[:, place]] for table in (ours, theirs)]
        assert cells[0] == cells[1], theirs.columns[place]


def test_an_edit_changes_this_table_only(events):
    """Parts of a table share their texts; a new text is nobody else's."""
    part = events[events["eventName"] == "PutObject"].copy()
    before = events.copy()
    part.loc[part.index[0], "eventName"] = "Mine"
    assert events.equals(before)
    assert list(part["eventName"]) == ["Mine", "PutObject"]


@pytest.mark.parametrize("name", ["eventName", "eventID"])
def test_what_is_no_text_is_refused_and_never_dropped(events, name):
    """Where pandas has a type for texts, it refuses a number as well; the message says the way out."""
    with pytest.raises(TypeError, match=r"takes texts and missing values; got 5, a int.*astype\(object\)"):
        events.loc[0, name] = 5
    events[name] = events[name].astype(object)
    events.loc[0, name] = 5
    assert events.loc[0, name] == 5


@pytest.mark.parametrize(
    ("write", "engine"), [("to_parquet", "pyarrow"), ("to_feather", "pyarrow"), ("to_excel", "openpyxl")]
)
def test_a_format_without_its_engine_fails_as_a_plain_frame_does(events, tmp_path, monkeypatch, write, engine):
    """The same error, from the same place."""
    monkeypatch.setitem(sys.modules, engine, None)
    errors = []
    for table in (events, pd.DataFrame({"eventName": ["PutObject"]})):
        with pytest.raises(ImportError) as raised:
            getattr(table, write)(tmp_path / "table.xlsx")
        errors.append(str(raised.value))
    assert errors[0] == errors[1]


def test_columns_combine_and_take_new_values(events):
    """Fill, map, replace, join: what is done to text."""
    assert list(events["errorCode"].fillna("ok").unique()) == ["ok", "AccessDenied"]
    calls = events["eventSource"].str.split(".").str[0] + ":" + events["eventName"]
    assert calls[0] == "logs:PutObject"
    assert events["eventName"].map(len).sum() == sum(map(len, events["eventName"]))
    assert events["eventName"].apply(str.lower)[0] == "putobject"
    assert events["awsRegion"].replace("ca-central-1", "Canada")[0] == "Canada"
    changed = events.assign(service=events["eventSource"].str.removesuffix(".amazonaws.com"))
    changed["failed"] = changed["errorCode"].notna()
    assert changed.groupby("service")["failed"].sum()["logs"] == 1
    changed["eventName"] = changed["eventName"].str.upper()
    assert changed.loc[0, "eventName"] == "PUTOBJECT"
    merged = events.merge(pd.DataFrame({"eventName": ["PutObject"], "risk": ["low"]}), on="eventName", how="left")
    assert merged["risk"].notna().sum() == 2


def test_rows_are_seen_by_apply_and_iteration(events):
    """A row is a Series of plain values."""
    assert events.apply(lambda row: row["eventName"].startswith("Delete"), axis=1).sum() == 1
    assert [row["eventID"] for _, row in events.iterrows()] == list(events["eventID"])
    assert events.sort_values(["eventName", "eventTime"])["eventName"].is_monotonic_increasing
    assert "PutObject" in events.to_html()
    assert "PutObject" in repr(events[["eventName"]])


@pytest.mark.filterwarnings("ignore::matplotlib.MatplotlibDeprecationWarning")  # pandas 2 on Matplotlib 3.11
def test_plots_draw_what_is_there(events):
    """Bars for the names that are left after a filter, and a line over time."""
    writes = events[events["eventName"] == "PutObject"]
    axes = writes["eventName"].value_counts().plot.bar()
    assert [label.get_text() for label in axes.get_xticklabels()] == ["PutObject"]
    mpl.pyplot.close("all")
    axes = events.set_index("eventTime")["eventName"].resample("1s").count().plot()
    assert len(axes.get_lines()) == 1
    axes = events.groupby(["eventName", "recipientAccountId"]).size().unstack().plot.barh(stacked=True)
    assert len(axes.get_yticklabels()) == 4
    mpl.pyplot.close("all")


def test_attrs_survive_what_is_usually_done(events):
    """Filters, sorts, copies, saving and joining; without being copied each time."""
    counted = {"files", "records", "duplicates", "same_id", "digests", "skipped", "passed_over", "not_opened", "notes"}
    assert set(events.attrs) == counted | {"source", "folder", "processes"}
    part = events[events["eventName"] == "PutObject"].sort_values("eventTime").reset_index(drop=True)
    assert part.attrs == events.attrs
    assert part.attrs["skipped"] is events.attrs["skipped"]
    assert copy.deepcopy(events).attrs == events.attrs
    assert pd.concat([events, part]).attrs == events.attrs
    assert json.loads(json.dumps(events.attrs)) == events.attrs
    assert isinstance(part, Events)


def test_no_idiom_warns(events):
    """pandas warns of defaults that change; an attendee should not have to wonder why."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        events.groupby(["eventName", "userIdentity.type"]).size().unstack()
        events.pivot_table(index="eventName", columns="awsRegion", values="eventID", aggfunc="count")
        pd.concat([events, events], ignore_index=True)["eventName"].value_counts()


def test_a_repeated_record_costs_little_memory(tmp_path):
    """Only the id, which never repeats, weighs much."""
    folder = write(tmp_path, {f"{n}.json.gz": [record(n * 100 + m) for m in range(100)] for n in range(20)})
    loaded = load_events(folder)
    usage = loaded.memory_usage(index=False, deep=True).drop("eventID").sum() / len(loaded)
    assert usage < 100


# ------------------------------------------------------------------------------------------ against the plain path


def test_the_workshop_s_own_lake_loads_whole():
    """Every record of data/ once, nothing skipped, rows leading back to its record."""
    loaded = load_events(places.data())
    assert loaded.attrs["skipped"] == []
    records = {found["eventID"]: found for found in read_records(places.data())}
    assert sorted(loaded["eventID"]) == sorted(records)
    for label in loaded.index[::500]:
        assert record_of(loaded, label) == records[loaded.loc[label, "eventID"]]


NAMES = st.sampled_from(["PutObject", "DeleteTrail", "", "naïve 🛰", "a\u0000b"])
ODD = st.one_of(
    NAMES,
    st.none(),
    st.booleans(),
    st.integers(-(2**80), 2**80),
    st.floats(allow_nan=True),
    st.just({}),
    st.just([]),
    st.lists(NAMES, min_size=1, max_size=2),
    st.just(["a", 1]),
    st.sampled_from(["True", "false", "2026-03-10T12:00:00Z", "2026-03-10T12:00:00.25Z", "0", "\udc80"]),
)


@st.composite
def odd_records(draw):
    """A record with some of its fields, at any depth, odd or absent."""
    made = copy.deepcopy(record(draw(st.integers(0, 5))))
    for column in draw(st.lists(st.sampled_from(COLUMNS), max_size=3)):
        *heads, last = column.path
        into = made
        for head in heads:
            into = into.setdefault(head, {}) if isinstance(into, dict) else None
        if isinstance(into, dict):
            if draw(st.booleans()):
                into[last] = draw(ODD)
            else:
                into.pop(last, None)
    if draw(st.integers(0, 9)) == 0:
        made["userIdentity"] = draw(ODD)
    return made


def plainly(record, column):
    """Return what a cell must hold: a field looked up without any haste."""
    value = record
    for name in column.path:
        value = value.get(name) if isinstance(value, dict) else None
    several = isinstance(value, list) and value and all(isinstance(text, str) for text in value)
    if several and column.kind != "id":
        value = ", ".join(value)
    if column.kind == "flag" and isinstance(value, bool):
        return value
    if not isinstance(value, str) or "\udc80" in value:
        return None
    if column.kind == "flag":
        return {"true": True, "false": False}.get(value.lower())
    if column.kind == "time":
        return pd.Timestamp(value) if value.startswith("2026-") else None
    return value


@settings(deadline=None, max_examples=100)
@given(st.lists(st.lists(st.one_of(odd_records(), odd_records(), st.none()), max_size=4), min_size=1, max_size=3))
def test_every_cell_is_what_plain_reading_finds(files):
    """Odd types, absent fields, duplicates, records that are none: same rows, same order, same values."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), {f"{n}.json.gz": records for n, records in enumerate(files)})
        loaded = load_events(folder)
        again = [record_of(loaded, label) for label in loaded.index]
    expected, seen = [], set()
    for records in files:
        for found in records:
            if found is None:
                continue
            row = {column.name: plainly(found, column) for column in COLUMNS}
            one = row["eventID"], json.dumps(found, sort_keys=True)
            if row["eventID"] and one in seen:
                continue
            seen.add(one)
            expected.append((row, found))
    last = pd.Timestamp.max.tz_localize("UTC")
    expected.sort(key=lambda pair: pair[0]["eventTime"] or last)
    for column in COLUMNS:
        cells = [None if pd.isna(cell) else cell for cell in loaded[column.name]]
        assert cells == [row[column.name] for row, _ in expected], column.name
    assert repr(again) == repr([found for _, found in expected])  # by repr: NaN equals nothing


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_the_fast_way_and_the_plain_way_agree_on_any_bytes(data):
    """Files damaged at random: `load_events` has a row exactly where `read_records` has a record."""
    whole = json.dumps(
        {"Records": [record(1, userAgent="naïve"), record(2, x="\ud800"), record(3)]},
        ensure_ascii=data.draw(st.booleans()),
    ).encode("utf-8", "surrogatepass")
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 4))):
        damaged[data.draw(st.integers(0, len(whole) - 1))] = data.draw(
            st.one_of(st.integers(0, 255), st.sampled_from(b'{}[]":,\\ \n0-eE.'))
        )
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), {"1.json": bytes(damaged), "2.json.gz": gzip.compress(whole)})
        skipped = []
        records = list(read_records(folder, skipped=skipped))
        loaded = load_events(folder)
        again = [record_of(loaded, label) for label in loaded.sort_values(["logFile", "logIndex"]).index]
    assert loaded.attrs["records"] == len(records)
    kept = {repr(found) for found in records}
    assert {repr(found) for found in again} <= kept
    assert len(again) + loaded.attrs["duplicates"] == len(records)
    assert [entry for entry in loaded.attrs["skipped"] if "left out" not in entry["reason"]] == skipped
