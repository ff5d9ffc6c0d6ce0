"""The forms that records come in: each is read, or refused in words that name it and say what to do."""

import bz2
import gzip
import io
import json
import lzma
import sys
import tarfile
import zipfile

import pytest
from log_files import log_file, record, write

from workshop import hunt
from workshop.logs.forms import archives
from workshop.logs.forms.first_bytes import MACOS
from workshop.logs.records import parse, read_records
from workshop.logs.table.events import load_events, record_of
from workshop.logs.tally import Tally

ONE, TWO = record(1), record(2)
TEXT = json.dumps(ONE)


def read(data):
    """Return the eventIDs in a file's bytes, by their index, and the reasons for what is not there."""
    tally = Tally()
    pairs = parse(data if isinstance(data, bytes) else json.dumps(data).encode(), "export", tally)
    return {index: found.get("eventID") for index, found in pairs}, [entry["reason"] for entry in tally.skipped]


def event(made):
    """Return a record as lookup-events has it."""
    return {"EventId": made["eventID"], "EventName": made["eventName"], "CloudTrailEvent": json.dumps(made)}


def subscribed(*records):
    """Return a document as CloudWatch Logs sends it to a subscriber."""
    messages = [{"id": "1", "timestamp": 1, "message": json.dumps(one)} for one in records]
    return {"messageType": "DATA_MESSAGE", "logGroup": "trail", "logEvents": messages}


def enveloped(made):
    """Return an event of EventBridge with a record in it."""
    return {"version": "0", "detail-type": "AWS API Call via CloudTrail", "detail": made}


@pytest.mark.parametrize(
    "document",
    [
        [ONE, TWO],
        [{"Records": [ONE]}, {"Records": [TWO]}],
        [[ONE], [TWO]],
        {"Records": [ONE, TWO]},
        {"records": [ONE, TWO]},
        {"Events": [event(ONE), event(TWO)], "NextToken": "more"},
        [event(ONE), event(TWO)],
        [json.dumps(ONE), json.dumps(TWO)],
        [{"CloudTrailEvent": ONE}, {"CloudTrailEvent": TWO}],
        [enveloped(ONE), enveloped(TWO)],
        subscribed(ONE, TWO),
        {"events": [{"message": json.dumps(one), "ingestionTime": 1} for one in (ONE, TWO)], "nextToken": "more"},
        {"results": [[{"field": "@message", "value": json.dumps(one)}] for one in (ONE, TWO)], "statistics": {}},
        {"QueryStatus": "FINISHED", "QueryResultRows": [[{"eventJson": json.dumps(one)}] for one in (ONE, TWO)]},
        [{"preview": False, "result": {"_raw": json.dumps(one)}} for one in (ONE, TWO)],
        [{"_index": "logs", "_source": {"event": {"original": json.dumps(one)}}} for one in (ONE, TWO)],
        [{"@timestamp": "2026-03-10 12:00:01.000", "@message": json.dumps(one)} for one in (ONE, TWO)],
        [{"@timestamp": "2026-03-10T12:00:01Z", "message": json.dumps(one)} for one in (ONE, TWO)],
        [{"message": json.dumps(one)} for one in (ONE, TWO)],
        {"hits": {"hits": [{"_source": {"message": json.dumps(one)}} for one in (ONE, TWO)]}},
        {"preview": False, "results": [{"_raw": json.dumps(one)} for one in (ONE, TWO)]},
        {"QueryResultRows": [{"eventjson": json.dumps(one)} for one in (ONE, TWO)]},
        {"hits": {"hits": [{"_index": "logs", "_source": one | {"@timestamp": "x"}} for one in (ONE, TWO)]}},
        [{"time": 1, "sourcetype": "aws:cloudtrail", "event": one} for one in (ONE, TWO)],
        {"events": [{"message": json.dumps(enveloped(one))} for one in (ONE, TWO)]},
        [{"@timestamp": "2026-03-10 12:00:01.000", "@message": enveloped(one)} for one in (ONE, TWO)],
    ],
    ids=[
        "array", "array of log files", "array of arrays", "log file", "small letters", "lookup-events", "its events",
        "its texts", "its texts decoded",
        "EventBridge", "subscription", "filter-log-events", "Logs Insights", "CloudTrail Lake", "Splunk", "Elastic",
        "JSON of Logs Insights", "Logstash", "message", "Elasticsearch's answer", "Splunk's answer", "flat Lake",
        "Logstash's codec", "Splunk's collector", "EventBridge by way of CloudWatch Logs", "the same decoded",
    ],
)  # fmt: skip
def test_a_form_is_read_in_full(document):
    """Each record is there, in its order; and the same documents one a line, or one after another."""
    assert read(document) == ({0: "event-1", 1: "event-2"}, [])
    if isinstance(document, list):
        apart = [json.dumps(one) for one in document]
        assert read("\n".join(apart).encode()) == ({0: "event-1", 1: "event-2"}, [])
        assert read("".join(apart).encode()) == ({0: "event-1", 1: "event-2"}, [])


def test_the_lines_of_an_export_of_cloudwatch_logs_stand_behind_their_times():
    """Those of `aws logs tail` behind a stream's name, too."""
    for before in ("2026-03-10T12:00:01.000Z", "2026-03-10T12:00:01+00:00 111122223333_CloudTrail_ca-central-1"):
        lines = "".join(f"{before} {json.dumps(one)}\n" for one in (ONE, TWO))
        assert read(gzip.compress(lines.encode())) == ({0: "event-1", 1: "event-2"}, [])


@pytest.mark.parametrize("before", ["\n", "WARNING: the session ends soon\n"])
def test_lines_of_cloudwatch_logs_may_stand_behind_others(before, tmp_path):
    """A blank line, or a word of the program that printed them, hides none; in a folder neither."""
    data = f"{before}2026-03-10T12:00:01.000Z {TEXT}\n".encode()
    assert [*read(data)[0].values()] == ["event-1"]
    assert list(load_events(write(tmp_path, {"x.log": data}))["eventID"]) == ["event-1"]


def test_one_bad_entry_costs_itself_only():
    """The others keep their places."""
    assert read([ONE, None, {"a": 1}, TWO]) == (
        {0: "event-1", 3: "event-2"},
        ["not an object but null", "holds no Records; its fields: 'a'"],
    )
    entries, reasons = read({"Events": [event(ONE), {"EventId": "2"}, {"EventId": "3", "CloudTrailEvent": "{"}]})
    assert entries == {0: "event-1"}
    assert reasons[0] == "CloudTrailEvent is null, not the text of a record"
    assert reasons[1].startswith("CloudTrailEvent is no JSON: ")
    lines = [{"detail-type": "Scheduled Event", "detail": {}}, {"detail-type": "x", "detail": ONE}]
    assert read(lines) == ({1: "event-1"}, ["an EventBridge event without a record: 'Scheduled Event'"])


HISTORY = (
    "Event name,Event time,User name,Event source,Resource type,Read-only,AWS region,Source IP address,Event ID\r\n"
    '{name},"March 10, 2026, 13:00:01 (UTC+01:00)",ana,logs.amazonaws.com,,false,ca-central-1,198.51.100.7,event-1\r\n'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_event_history_as_csv_gives_what_it_has_and_says_what_it_lacks(encoding):
    """Its rows lack the fields that the other detector needs: that must not pass for nothing found."""
    tally = Tally()
    data = HISTORY.format(name="DeleteLogGroup").encode(encoding)
    ((index, made),) = parse(data, "event_history.csv", tally)
    assert (index, made["eventName"], made["eventTime"]) == (0, "DeleteLogGroup", "2026-03-10T12:00:01Z")
    assert made["userIdentity"] == {"userName": "ana"}
    assert made["readOnly"] is False
    (skipped,) = tally.skipped
    assert skipped["index"] is None
    assert skipped["reason"].startswith("CSV with 8 of a record's fields (awsRegion, eventID, ")
    assert "a detector that asks for another field cannot match" in skipped["reason"]


def test_a_column_within_one_that_is_no_object_is_lost_and_said():
    """The record is kept."""
    entries, (reason,) = read(b"eventID,eventTime,eventName,userIdentity,userIdentity.arn\nevent-1,x,X,ana,arn:x\n")
    assert entries == {0: "event-1"}
    assert reason.startswith("CSV with 4 of a record's fields (eventID, eventName, eventTime, userIdentity.arn)")


def test_flattened_records_have_their_fields_in_their_places_again():
    """As jq, pandas and Logs Insights flatten them; said once, since they may lack fields."""
    flat = {"eventID": "event-1", "eventName": "X", "userIdentity.arn": "arn:x", "userIdentity.sessionContext.n": 1}
    for data in (json.dumps([flat, flat]), json.dumps(flat) + "\n" + json.dumps(flat)):
        tally = Tally()
        ((_, made), _) = parse(data.encode(), "export", tally)
        assert made == {
            "eventID": "event-1",
            "eventName": "X",
            "userIdentity": {"arn": "arn:x", "sessionContext": {"n": 1}},
        }
        (skipped,) = tally.skipped
        assert skipped["reason"].startswith("flattened records")


def test_a_control_message_in_an_array_is_nothing():
    """It holds no records, and lacks none."""
    assert read([{"messageType": "CONTROL_MESSAGE"}]) == ({}, [])


TABLE = "Event name,Event time,Event source,Event ID\nDeleteLogGroup,2026-03-10T12:00:01Z,logs.amazonaws.com,event-1\n"


@pytest.mark.parametrize(
    "data",
    [
        TABLE.replace(",", ";").encode(),
        ("sep=,\n" + TABLE).encode(),
        TABLE.replace(",", "\t").encode("utf-16"),
        ("#TYPE Amazon.CloudTrail.Model.Event\r\n" + TABLE).encode(),
        TABLE.replace("\n", "\r").encode(),
        b"Event name,Event source,Event ID\nDeleteLogGroup,logs.amazonaws.com,event-1\n",
        b"@timestamp,"
        + b"an.elastic.field," * 60
        + b"event.original\nx,"
        + b"-," * 60
        + b'"{""eventID"":""event-1""}"',
    ],
    ids=["semicolons", "sep=", "Unicode text", "PowerShell", "carriage returns", "no time", "Kibana"],
)
def test_a_table_is_known_by_its_heads_whatever_separates_them(data, tmp_path):
    """As spreadsheets and shells write it; it is found in a folder too."""
    assert read(data)[0] == {0: "event-1"}
    assert list(load_events(write(tmp_path, {"history.csv": data}))["eventID"]) == ["event-1"]


def test_a_table_of_events_with_heads_that_are_not_known_is_listed(tmp_path):
    """Its cells tell what it is; other tables are passed over."""
    folder = write(
        tmp_path, {"1.json": [ONE], "2.csv": b"Ereignis,Quelle\nX,logs.amazonaws.com\n", "3.csv": b"a,b\n1,2\n"}
    )
    attrs = load_events(folder).attrs
    assert attrs["passed_over"] == {".csv files": 1}
    (skipped,) = attrs["skipped"]
    assert skipped["reason"].startswith("a table of AWS events with other heads")


def row_of(**cells):
    """Return the record that a CSV file of one row gives, and what is said of it."""
    cells = {"eventID": "event-1", **cells}
    quoted = ('"' + value.replace('"', '""') + '"' for value in cells.values())
    tally = Tally()
    ((_, made),) = parse(f"{','.join(cells)},eventName\n{','.join(quoted)},X\n".encode(), "export.csv", tally)
    return made, tally.skipped[0]["reason"]


def test_cells_are_converted_as_their_fields_are_and_what_is_lost_is_counted():
    """A text stays text whatever it begins with, a flag is one in Excel's writing too."""
    mfa = "userIdentity.sessionContext.attributes.mfaAuthenticated"
    made, said = row_of(userAgent="[S3Console/0.4, aws-internal/3]", readOnly="FALSE", **{mfa: "false"})
    assert (made["userAgent"], made["readOnly"]) == ("[S3Console/0.4, aws-internal/3]", False)
    assert made["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"
    assert "left out" not in said
    made, said = row_of(userIdentity="ana", **{"userIdentity.arn": "arn:x", "Event ID": "another"})
    assert (made["userIdentity"], made["eventID"]) == ({"arn": "arn:x"}, "event-1")
    assert said.endswith("Values left out: 1 of Event ID, 1 of userIdentity")
    made, said = row_of(**{"userIdentity.arn": "arn:x", "userIdentity": '{"arn": "arn:y", "type": "Root"}'})
    assert made["userIdentity"] == {"arn": "arn:y", "type": "Root"}
    assert said.endswith("Values left out: 1 of userIdentity.arn")


@pytest.mark.parametrize("when", ["Mar 10, 2026, 12:00:01", "Oktober 10, 2026, 12:00:01", "January 1, 0001, 00:00:01"])
def test_a_time_in_other_words_stays_as_it_is(when):
    """It is no time, which the table says; the rest of the row is there."""
    assert row_of(eventTime=f"{when} (UTC+01:00)")[0]["eventTime"] == f"{when} (UTC+01:00)"


@pytest.mark.parametrize("data", [b"Event name,Event time,Event ID\n", {"QueryResultRows": []}])
def test_a_table_without_rows_holds_no_records(data):
    """It is in order."""
    assert read(data) == ({}, [])


def test_rows_of_cloudtrail_lake_may_be_odd():
    """A row without the cell costs itself, a row that is none the document: nothing else."""
    rows = [[{"eventJson": TEXT}], [{"eventID": "event-2"}]]
    assert read({"QueryResultRows": rows}) == ({0: "event-1"}, ["eventJson is null, not the text of a record"])
    assert read({"QueryResultRows": [None]}) == ({}, ["QueryResultRows has a row that is null, not a list of cells"])
    assert read({"results": [[{"field": ["x"]}]]})[0] == {}
    reason = read({"QueryResultRows": [[{"eventname": "X"}, {"eventtime": "y"}]]})[1][0]
    assert reason.startswith("results of a CloudTrail Lake query with all names in small letters")


def test_chosen_columns_of_cloudtrail_lake_are_a_part_of_a_record():
    """An object is read if it is JSON; Lake's own way to write one is lost, and said."""
    row = [{"eventID": "event-1"}, {"eventName": "StopLogging"}, {"userIdentity": "{type=IAMUser, username=ana}"}]
    entries, (reason,) = read({"QueryResultRows": [row]})
    assert entries == {0: "event-1"}
    assert reason.startswith("results of a CloudTrail Lake query with 2 of a record's fields (eventID, eventName)")


S3_NOTICE = {"eventVersion": "2.1", "eventSource": "aws:s3", "eventTime": "2026-03-10T12:00:01Z", "s3": {}}


@pytest.mark.parametrize(
    ("entry", "source"),
    [
        (S3_NOTICE, "aws:s3"),
        ({"messageId": "1", "body": TEXT, "eventSource": "aws:sqs"}, "aws:sqs"),
        ({"kinesis": {"data": ""}, "eventSource": "aws:kinesis", "eventID": "shardId-0:1"}, "aws:kinesis"),
        ({"EventSource": "aws:sns", "Sns": {"Message": TEXT}}, "aws:sns"),
    ],
)
def test_notifications_are_no_records(entry, source, tmp_path):
    """All ways of reading say so."""
    folder = write(tmp_path, {"1.json.gz": [record(1)], "2.json": [entry, entry]})
    said, skipped = f"a notification of {source}, which holds no records. ", []
    assert list(read_records(folder, skipped=skipped)) == [record(1)]
    for found in (
        load_events(folder),
        *(hunt(folder, any_record, exact=exact, progress=False) for exact in (True, False)),
    ):
        assert (len(found), found.attrs["records"], found.attrs["skipped"]) == (1, 1, skipped)
    assert [(one["index"], one["reason"].startswith(said)) for one in skipped] == [(None, True)]


def any_record(record):
    return True


@pytest.mark.parametrize("file", [[ONE | {"eventSource": "aws:x"}], [ONE, S3_NOTICE]])
def test_a_file_that_begins_with_a_record_is_no_notification(file, tmp_path):
    """Its id and its time tell; all ways of reading keep what is in it."""
    folder = write(tmp_path, {"1.json.gz": file})
    assert list(read_records(folder)) == file
    for found in (
        load_events(folder),
        *(hunt(folder, any_record, exact=exact, progress=False) for exact in (True, False)),
    ):
        assert (len(found), found.attrs["skipped"]) == (len(file), [])


BEHIND_WORDS = [
    f"x.json.gz:{TEXT}\ny.json.gz:{TEXT}\n",
    f"Mar 10 12:00:01 host cloudtrail[1]: {TEXT}\n",
    f"[2026-03-10 12:00:01] INFO {TEXT}\n",
    f"EVENTS\tAKIAEXAMPLE\t{TEXT}\tevent-1\tStopLogging\nRESOURCES\tAWS::CloudTrail::Trail\tx\n",
    f"Events:\n- AccessKeyId: AKIAEXAMPLE\n  CloudTrailEvent: '{TEXT}'\n  EventId: event-1\n",
    json.dumps({"Records": [ONE]})[20:],
]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"metadata": {"version": "1.1.0"}, "api": {}, "class_uid": 6003}, "Security Lake's form (OCSF)"),
        ({key.lower(): value for key, value in ONE.items()}, "Athena's form"),
        ({"result": {"sourcetype": "aws:cloudtrail"}}, "Splunk's form without _raw"),
        ({"_source": {"@timestamp": "x", "event": {"action": "x"}}}, "Elastic's form without event.original"),
        ({"fileVersion": "1.0", "configurationItems": []}, "a snapshot of AWS Config"),
        (b"PAR1" + b"\0" * 40, "Parquet"),
        (b"7z\xbc\xaf\x27\x1c....", "7z archive"),
        (b"\x00\x05\x16\x07....", "no log: notes of macOS"),
        (b"eventname,eventtime,eventid\nx,y,z\n", "Athena's form"),
        ({"ResultSet": {"Rows": []}}, "an answer of Athena to"),
        ({"attemptsMade": 4, "errorCode": "x", "rawData": "eyJ9"}, "what Firehose could not process"),
        ({"Records": [{"SequenceNumber": "1", "Data": "H4sI"}], "NextShardIterator": "x"}, "an answer of Kinesis to"),
        ([{"@timestamp": "2026-03-10 12:00:01.000", "eventName": "X"}], "a row of Logs Insights, or of a search"),
        ({name: {"0": value, "1": value} for name, value in ONE.items()}, "columns instead of records"),
        ([["2026-03-10", "DeleteLogGroup"]] * 3, "not an object but a string"),
        *((text.encode(), "JSON that stands behind other words on its lines") for text in BEHIND_WORDS),
    ],
)
def test_a_form_that_is_not_read_is_named(document, words):
    """With what to do instead, where there is something."""
    entries, (reason,) = read(document)
    assert entries == {}
    assert reason.startswith(words)


@pytest.mark.parametrize("status", ["Running", "Failed", "FINISHED"])
def test_results_of_a_query_that_did_not_come_to_its_end_are_listed(status):
    """Without a row, too: nothing found is not the same as nothing there yet."""
    insights = {"results": [[{"field": "@message", "value": TEXT}]], "statistics": {}, "status": status}
    said = f"results of a query with the status {status!r}, not "
    entries, (reason,) = read(insights)
    assert (entries, reason.startswith(said)) == ({0: "event-1"}, True)
    assert read(insights | {"results": []}) == ({}, [reason])
    assert read(insights | {"status": "Complete"}) == ({0: "event-1"}, [])
    lake = {"QueryStatus": status, "QueryResultRows": []}
    assert [reason.startswith(said) for reason in read(lake)[1]] == ([] if status == "FINISHED" else [True])


def test_a_table_without_ids_and_times_is_one_entry():
    """None of its rows was kept, which is said."""
    entries, (reason,) = read(b"eventName,eventSource\nX,y\nX,y\n")
    assert (entries, reason.startswith("CSV whose rows have no eventID and no eventTime")) == ({}, True)


def test_heads_in_one_word_are_those_of_event_history():
    """As boto3's answer has them in a table."""
    made, _ = row_of(EventId="event-1", Username="ana", EventTime="2026-03-10 12:00:01+00:00", eventID="")
    assert (made["eventID"], made["userIdentity"]) == ("event-1", {"userName": "ana"})


def test_a_line_that_is_no_json_is_one_entry():
    """It begins with a time, which is no number; the lines around it are read."""
    lines = [f"2026-03-10T12:00:0{second}.000Z " for second in (1, 2, 3)]
    entries, (reason,) = read(f"{lines[0]}{TEXT}\n{lines[1]}START RequestId: 1\n{lines[2]}{json.dumps(TWO)}\n".encode())
    assert entries == {0: "event-1", 2: "event-2"}
    assert "START RequestId: 1" in reason


NO_LOGS = {
    "inventory.csv": b"\xef\xbb\xbfinstance,owner\r\ni-1,ana\r\n",
    "listing.txt": "    Directory: C:\\logs\r\n".encode("utf-16"),
    "app.log": b'[2026-03-10 12:00:00] INFO started {"version": "1"}\n',
    "config": b"[default]\nregion = us-east-1\n",
    "page.tmpl": b"{{ title }}\n",
    "services.txt": b"ec2.amazonaws.com\nlambda.amazonaws.com\n",
    "access": b'79a5 bucket [10/Mar/2026:12:00:01 +0000] 192.0.2.1 - "GET / HTTP/1.1" 200 "cloudtrail.amazonaws.com"\n',
}


@pytest.mark.parametrize("name", NO_LOGS)
def test_what_begins_like_json_or_names_a_service_is_not_read_for_that(name, tmp_path):
    """It would make each night's hunt end with status 4."""
    attrs = load_events(write(tmp_path, {"1.json": [ONE], name: NO_LOGS[name]})).attrs
    assert (attrs["skipped"], attrs["not_opened"], sum(attrs["passed_over"].values())) == ([], {}, 1)


@pytest.mark.parametrize("name", ["x.json.gz.gpg", "x.json.lzma", "x.tar.age"])
def test_log_files_packed_in_other_ways_may_hold_records(name, tmp_path):
    """In a folder and in an archive; a signature beside a log file does not."""
    files = {"1.json": json.dumps(ONE).encode(), name: b"\x85\x01", "1.json.sig": b"\x85\x01"}
    kind = name[name.rindex(".") :]
    for folder in (write(tmp_path / "a", files), write(tmp_path / "b", {"x.zip": zipped(files)})):
        attrs = load_events(folder).attrs
        assert (attrs["not_opened"], attrs["passed_over"]) == ({f"{kind} files": 1}, {".sig files": 1})


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files, mode="w:gz"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


FILES = {"a/1.json.gz": log_file(ONE), "a/README.md": b"# no log", "a/2.json": json.dumps({"Records": [TWO]}).encode()}


@pytest.mark.parametrize(
    "pack", [zipped, tarred, lambda files: tarred(files, "w:"), lambda files: tarred(files, "w:bz2")]
)
def test_an_archive_reads_like_a_folder(pack, tmp_path):
    """Its files are chosen alike, its records counted through, and a row finds its way back."""
    folder = write(tmp_path, {"logs.zip": pack(FILES)})
    events = load_events(folder)
    assert list(events["eventID"]) == ["event-1", "event-2"]
    assert [record_of(events, row) for row in events.index] == [ONE, TWO]
    assert events.attrs["passed_over"] == {".md files": 1}
    assert events.attrs["skipped"] == []


@pytest.mark.parametrize(
    "pack", [bz2.compress, lzma.compress, gzip.compress, lambda data: gzip.compress(gzip.compress(data))]
)
def test_files_packed_in_other_ways_or_twice_are_unpacked(pack):
    """Firehose packs twice if it is asked to; and two members one after another are one file."""
    data = json.dumps({"Records": [ONE, TWO]}).encode()
    assert read(pack(data)) == ({0: "event-1", 1: "event-2"}, [])
    assert read(pack(data[:300]) + pack(data[300:])) == ({0: "event-1", 1: "event-2"}, [])


def test_zstd_is_unpacked_or_named():
    """Python 3.14 unpacks it, older ones say so."""
    size = len(TEXT)  # a frame of one block that is stored as it is (RFC 8878, section 3.1.1)
    frame = b"\x28\xb5\x2f\xfd\x60" + (size - 256).to_bytes(2, "little") + (size << 3 | 1).to_bytes(3, "little")
    entries, reasons = read(frame + TEXT.encode())
    if sys.version_info >= (3, 14):
        assert (entries, reasons) == ({0: "event-1"}, [])
    else:
        assert (entries, len(reasons)) == ({}, 1)
        assert reasons[0].startswith("zstd, which this Python cannot unpack")


def test_an_archive_that_fills_memory_is_refused(monkeypatch):
    """By the bytes that it unpacks to, the files in it, and its layers."""
    monkeypatch.setattr(archives, "_MOST_BYTES", 10_000)
    bomb = b" " * 50_000
    for data in (zipped({"1.json": bomb}), tarred({"1.json": bomb}), bz2.compress(bomb), lzma.compress(bomb)):
        entries, reasons = read(data)
        assert entries == {}
        assert "unpacks to more than" in reasons[0]
    monkeypatch.setattr(archives, "_MOST_MEMBERS", 2)
    assert "files: unpack it" in read(zipped({f"{number}.json": b"[]" for number in range(3)}))[1][-1]
    deep = b"x"
    for _ in range(9):
        deep = gzip.compress(deep)
    assert read(deep) == ({}, ["packed more than 5 times over: unpack it first"])


def test_a_damaged_or_locked_archive_is_listed():
    """The name of the file in it stands before the reason."""
    assert read(zipped({"a.json": b"?"}))[1] == ["a.json: not JSON: Expecting value: line 1 column 1 (char 0)"]
    assert read(zipped(FILES)[:-30])[1][0].startswith("damaged zip data: ")
    assert read(bz2.compress(TEXT.encode())[:-9])[1] == ["damaged bzip2 data: it ends too early"]
    locked = bytearray(zipped({"a.json": TEXT.encode()}))
    locked[locked.index(b"PK\1\2") + 8] |= 1
    assert read(bytes(locked))[1] == ["zip archive with a password: unpack it first"]


TWO_TARS = [tarred({name: TEXT.encode()}, "w:") for name in ("a.json", "b.json")]
ONE_TAR = tarred({"a.json": TEXT.encode(), "b.json": json.dumps(TWO).encode()}, "w:")


@pytest.mark.parametrize(
    ("data", "count", "words"),
    [
        (b"".join(TWO_TARS), 2, []),
        (b"".join(map(gzip.compress, TWO_TARS)), 2, []),
        (ONE_TAR[: ONE_TAR.find(b"b.json") + 200], 1, ["damaged tar data: "]),
        (ONE_TAR[: ONE_TAR.find(b"b.json")], 1, ["damaged tar data: "]),
        (ONE_TAR.replace(b"b.json", b"\xff" * 6), 1, ["damaged tar data: "]),
        (ONE_TAR.rstrip(b"\0") + bytes(-len(ONE_TAR.rstrip(b"\0")) % 512 + 1024), 2, []),
        (zipped({"a.json": TEXT.encode()}) + zipped({"b.json": TEXT.encode()}), 1, ["more than one zip archive"]),
        (zipped({"a.json": TEXT.encode()}) + TEXT.encode(), 1, ["more than one zip archive"]),
        (tarred({}, "w:"), 0, ["nothing but zeros"]),
        (zipped({}), 0, ["a zip archive without any log file"]),
        (zipped({"README.md": b"?"}), 0, ["a zip archive without any log file"]),
        (tarred({"README.md": b"?"}), 0, ["a tar archive without any log file"]),
        (zipped({"xl/workbook.xml": b"<?xml?>"}), 0, ["an Excel workbook"]),
    ],
    ids=[
        "two tars", "two tar.gz", "cut in a header", "cut before a header", "damaged header", "short end", "two zips",
        "zip and more", "empty tar", "empty zip", "nothing in a zip", "nothing in a tar", "Excel",
    ],
)  # fmt: skip
def test_an_archive_is_read_whole_or_it_is_said(data, count, words):
    """What follows the end of one, and what is cut off or damaged, is no silence."""
    found, reasons = read(data)
    assert len(found) == count
    assert [reason.partition(words[0])[1] for reason in reasons] == words if words else not reasons


def test_a_file_of_a_zip_archive_that_cannot_be_unpacked_costs_itself_only():
    """It may be damaged, or packed in a way that Python does not know."""
    whole = zipped({"a.json": TEXT.encode(), "b.json": json.dumps(TWO).encode()})
    damaged = bytearray(whole)
    damaged[whole.find(b"a.json") + 10] ^= 0xFF
    assert read(bytes(damaged))[0] == {0: "event-2"}
    assert read(bytes(damaged))[1][0].startswith("a.json: damaged zip data: ")
    strange = bytearray(whole)
    strange[8] = strange[whole.find(b"PK\1\2") + 10] = 9  # Deflate64
    assert read(bytes(strange))[0] == {0: "event-2"}
    assert read(bytes(strange))[1][0].startswith("a.json: zip data that Python cannot unpack: ")


def test_archives_follow_the_rules_of_folders():
    """By the names of files, and by the folders of other services."""
    names = ("a.json", "main.tfstate", "__MACOSX/._a.json", "x/AWSLogs/111122223333/Config/x.json")
    tally = Tally()
    files = {name: MACOS if "._" in name else TEXT.encode() for name in names}
    assert len([*parse(zipped(files), "logs.zip", tally)]) == 1
    assert tally.passed_over == {".tfstate files": 1, "files of macOS": 1, "files of Config": 1}


def test_links_in_archives_are_counted():
    """What they lead to may lie elsewhere."""
    out = io.BytesIO(tarred({"a.json": TEXT.encode()}, "w:"))
    with tarfile.open(fileobj=out, mode="a:") as archive:
        link = tarfile.TarInfo("b.json")
        link.type, link.linkname = tarfile.SYMTYPE, "a.json"
        archive.addfile(link)
    tally = Tally()
    assert len([*parse(out.getvalue(), "logs.tar", tally)]) == 1
    assert tally.passed_over == {"links in archives": 1}


def test_a_folder_of_all_kinds_is_read_or_counted(tmp_path):
    """Names decide what is looked at, first bytes what is read; the rest is counted by its kind."""
    folder = write(
        tmp_path,
        {
            "1.json.gz": [record(1)],
            "test.log": json.dumps(record(2)).encode(),
            "export.ndjson": json.dumps(record(3)).encode(),
            "000000.gz": gzip.compress(json.dumps(record(4)).encode()),
            "stream-1-2026-03-10-12-00-00-01234567-89ab-cdef-0123-456789abcdef": json.dumps(record(5)).encode(),
            "event_history.csv": HISTORY.format(name="StopLogging").encode(),
            "app.log": b"2026-03-10 12:00:00 INFO started\n",
            "labels.csv": b"eventID,truth\n1,benign\n",
            "Makefile": b"all:\n",
            "notes.md": b"# notes",
            "9.json.gz.6eF3d21C": log_file(record(6))[:40],
            "9.json.gz.crdownload": log_file(record(6))[:40],
            ".9.json.gz.aB3dE6": log_file(record(6))[:40],
            "2025.json.xz": lzma.compress(json.dumps(record(7)).encode()),
            "old.bak": log_file(record(8)),
            "all.7z": b"7z\xbc\xaf\x27\x1c?",
            "all.rar": b"Rar!\x1a\x07?",
            "main.tfstate": b"{}",
            "result_sign.json": b"{}",
            "._1.json.gz": b"\x00\x05\x16\x07?",
        },
    )
    skipped = []
    assert sorted(one["eventID"] for one in read_records(folder, skipped=skipped)) == [
        "event-1", "event-1", "event-2", "event-3", "event-4", "event-5",
        "event-7", "event-8",
    ]  # fmt: skip
    assert [entry["reason"][:8] for entry in skipped] == ["no log: ", "7z archi", "Rar arch", "CSV with"]
    attrs = load_events(folder).attrs
    assert attrs["passed_over"] == {
        ".csv files": 1, ".log files": 1, ".md files": 1, ".tfstate files": 1,
        "files without a suffix": 1, "signatures of CloudTrail Lake": 1,
    }  # fmt: skip
    assert attrs["not_opened"] == {"unfinished downloads": 3}
