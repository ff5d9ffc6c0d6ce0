"""explore(events): what it finds, counts, sorts, pages, remembers and shows, without a browser."""

import fnmatch
import json
import random
from collections import Counter
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from log_files import record, write

from workshop import explorer, places
from workshop.explorer import explore, fields, session
from workshop.explorer.query import Query, matches, words
from workshop.explorer.resources import resources_of
from workshop.logs.table.columns import COLUMNS
from workshop.logs.table.events import load_events, record_of

FOLDER = Path(explorer.__file__).parent


@pytest.fixture(autouse=True)
def fresh_memory(monkeypatch):
    """No test sees what another one asked for."""
    monkeypatch.setattr(session, "remembered", {})


def records_of_a_day(count=300, seed=7):
    """Return records of everyday variety: users, sessions, services, failures, missing fields, repeated seconds."""
    dice = random.Random(seed)
    identities = [
        {
            "type": "IAMUser",
            "arn": "arn:aws:iam::111122223333:user/alice",
            "userName": "alice",
            "accessKeyId": "AKIAEXAMPLE",
        },
        {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob", "userName": "bob", "accessKeyId": ""},
        {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::111122223333:assumed-role/web/i-0aa",
            "accessKeyId": "ASIAEXAMPLE",
        },
        {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"},
        {"accountId": "111122223333", "invokedBy": "cloudtrail.amazonaws.com"},
    ]
    calls = [
        ("logs", "DeleteLogGroup", {"logGroupName": "web"}),
        ("logs", "DeleteLogStream", {"logGroupName": "web", "logStreamName": "a"}),
        ("cloudtrail", "DeleteTrail", {"name": "main"}),
        ("cloudtrail", "StopLogging", {"name": "main"}),
        ("s3", "GetObject", {"bucketName": "reports", "key": "a"}),
        ("ec2", "DescribeInstances", None),
        ("ec2", "DescribeInstanceStatus", None),
    ]
    made = []
    for number in range(count):
        source, name, asked = dice.choice(calls)
        extra = {"errorCode": dice.choice(["AccessDenied", "Throttling"])} if dice.random() < 0.2 else {}
        made.append(
            record(
                number,
                eventTime=f"2026-03-{dice.randint(9, 12):02}T{dice.randint(0, 23):02}:{dice.choice((0, 30)):02}:00Z",
                userIdentity=dice.choice(identities),
                eventSource=f"{source}.amazonaws.com",
                eventName=name,
                requestParameters=asked,
                sourceIPAddress=f"198.51.100.{dice.randint(1, 20)}",
                awsRegion=dice.choice(["ca-central-1", "us-east-1"]),
                readOnly=dice.choice([True, False, ...]),
                **extra,
            )
        )
    return made


@pytest.fixture
def events(tmp_path):
    """The records of `records_of_a_day`, from three log files."""
    made = records_of_a_day()
    return load_events(write(tmp_path / "logs", {f"{i}.json.gz": made[i::3] for i in range(3)}))


def plain(events):
    """Return the rows as dicts of Python values, "" where there is none: what naive filters look at."""
    return [
        {name: "" if pd.isna(value) else value for name, value in row.items()}
        for row in events.astype(object).to_dict("records")
    ]


def who(row):
    return row["userIdentity.arn"] or row["userIdentity.userName"] or row["userIdentity.invokedBy"]


NAIVE = {
    "a whole name": (
        {"eventName": "describeinstances"},
        lambda row: row["eventName"] == "DescribeInstances",
    ),
    "a part of a name": ({"eventName": "Log"}, lambda row: "log" in row["eventName"].lower()),
    "a pattern": ({"eventName": "Delete*"}, lambda row: fnmatch.fnmatchcase(row["eventName"], "Delete*")),
    "one of two": (
        {"eventName": "DeleteTrail | StopLogging"},
        lambda row: row["eventName"] in ("DeleteTrail", "StopLogging"),
    ),
    "none of two": (
        {"eventName": "!DeleteTrail|Describe*"},
        lambda row: not row["eventName"].startswith(("DeleteTrail", "Describe")),
    ),
    "source": ({"eventSource": "logs"}, lambda row: "logs" in row["eventSource"]),
    "user by name": ({"user": "alice"}, lambda row: "alice" in who(row) or row["userIdentity.userName"] == "alice"),
    "user by arn": (
        {"user": "arn:aws:sts::111122223333:assumed-role/web/i-0aa"},
        lambda row: row["userIdentity.arn"].endswith("i-0aa"),
    ),
    "user is a service": ({"user": "ec2.amazonaws.com"}, lambda row: who(row) == "ec2.amazonaws.com"),
    "access key": ({"accessKeyId": "ASIAEXAMPLE"}, lambda row: row["userIdentity.accessKeyId"] == "ASIAEXAMPLE"),
    "no access key": ({"accessKeyId": "!*"}, lambda row: True),
    "address": ({"sourceIPAddress": "198.51.100.1"}, lambda row: row["sourceIPAddress"] == "198.51.100.1"),
    "region": ({"awsRegion": "us-"}, lambda row: row["awsRegion"] == "us-east-1"),
    "error": ({"errorCode": "denied"}, lambda row: row["errorCode"] == "AccessDenied"),
    "failed": ({"result": "failed"}, lambda row: row["errorCode"] != ""),
    "succeeded": ({"result": "succeeded"}, lambda row: row["errorCode"] == ""),
    "reads": ({"readOnly": "read"}, lambda row: row["readOnly"] is True),
    "writes": ({"readOnly": "write"}, lambda row: row["readOnly"] is False),
    "from": ({"start": "2026-03-10 12:00"}, lambda row: row["eventTime"] >= pd.Timestamp("2026-03-10T12:00Z")),
    "until": ({"end": "2026-03-10 12:00"}, lambda row: row["eventTime"] < pd.Timestamp("2026-03-10T12:00Z")),
    "until the end of a day": ({"end": "2026-03-10"}, lambda row: row["eventTime"] < pd.Timestamp("2026-03-11T00:00Z")),
    "one day": ({"start": "2026-03-10", "end": "2026-03-10"}, lambda row: row["eventTime"].day == 10),
    "another zone": (
        {"start": "2026-03-10T12:00:00-05:00"},
        lambda row: row["eventTime"] >= pd.Timestamp("2026-03-10T17:00Z"),
    ),
    "together": (
        {"eventName": "Delete*", "user": "alice", "result": "failed", "start": "2026-03-10"},
        lambda row: (
            row["eventName"].startswith("Delete")
            and "alice" in who(row)
            and row["errorCode"] != ""
            and row["eventTime"].day >= 10
        ),
    ),
}


@pytest.mark.parametrize(("asked", "wanted"), NAIVE.values(), ids=NAIVE)
def test_a_filter_finds_what_a_plain_loop_finds(events, asked, wanted):
    """Each filter, and filters together, select the same rows as a loop over all rows does."""
    found = explore(events).filter(**asked)
    expected = [row["eventID"] for row in plain(events) if wanted(row)]
    assert expected
    assert list(found.selection["eventID"]) == expected
    assert found.view["matched"] == len(expected)
    assert found.view["message"] == ""


@pytest.mark.parametrize(
    "text",
    ["alice", "ALICE delete", '"aws-cli/2.15.0" !bob', "198.51.100.1", "event-17", "!delete !describe", "nowhere"],
)
def test_free_text_finds_words_in_any_column_of_text(events, text):
    """Every wanted word is in some column of text, no unwanted one is in any; capitals do not matter."""
    names = [column.name for column in COLUMNS if column.kind in ("text", "id")]

    def holds(row, word):
        return any(word in str(row[name]).lower() for name in names)

    expected = [row["eventID"] for row in plain(events) if all(holds(row, word) == yes for word, yes in words(text))]
    assert list(explore(events).filter(text=text).selection["eventID"]) == expected


def test_free_text_does_not_look_at_the_folders_of_the_files(tmp_path):
    """A search for a Region finds calls to it, not calls whose log file lies in a folder of that name."""
    events = load_events(write(tmp_path, {"us-east-1/1.json.gz": [record(1, awsRegion="eu-west-1")]}))
    assert explore(events).filter(text="us-east-1").view["matched"] == 0


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("s3", [True, False, False]),  # equals one: the others that contain it are not meant
        ("s", [True, True, True]),
        ("S3*", [True, True, False]),
        ("*.com", [False, True, True]),
        ("s3 | logs", [True, False, True]),
        ("a.b", [False, False, False]),  # a dot is a dot
        ("| ", [False, False, False]),
    ],
)
def test_a_pattern_equals_or_contains_with_stars_and_ors(pattern, wanted):
    """The small language of the filters, on three values."""
    assert matches(pattern, ["s3", "s3-outposts.com", "logs.com"]) == (wanted, False)
    assert matches("!" + pattern, ["s3", "s3-outposts.com", "logs.com"]) == (wanted, True)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"start": "tomorrow"}, "From: 'tomorrow' is not a time. Write 2024-05-03"),
        ({"end": "2026-13-01"}, "Until: '2026-13-01' is not a time"),
        ({"end": "9999-12-31"}, "Until: '9999-12-31' is not a time"),
        ({"start": "12:00"}, "From: '12:00' is not a time"),
        ({"start": "2026-03-11", "end": "2026-03-10"}, "No time lies between From 2026-03-11 and Until 2026-03-10"),
        ({"start": "2026-03-11 10:00", "end": "2026-03-11 10:00"}, "From must be earlier"),
    ],
)
def test_a_time_range_that_is_none_is_explained_and_changes_nothing(events, asked, said):
    """The widget says what is wrong; the rows stay as they were; correcting the time clears the message."""
    shown = explore(events).filter(eventName="DeleteTrail")
    before = shown.view["rows"]
    shown.filter(**asked)
    assert said in shown.view["message"]
    assert shown.view["rows"] == before
    assert {name: shown.query[name] for name in asked} == asked
    shown.filter(start="", end="")
    assert (shown.view["message"], shown.view["rows"]) == ("", before)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"eventname": "x"}, "There is no filter 'eventname'. There are: text, start, end, eventName"),
        ({"eventName": 5}, "eventName must be a str; got 5"),
        ({"page": True}, "page must be a int; got True"),
        ({"readOnly": "yes"}, "readOnly is one of"),
        ({"sort": "userAgent"}, "sort is one of"),
        ({"size": 0}, "A page has 1 to 100 rows; got 0"),
    ],
)
def test_a_filter_that_is_none_is_an_error_in_python_and_a_message_in_the_widget(events, asked, said):
    """From a cell it raises; from the browser nothing raises, the message is shown."""
    shown = explore(events)
    with pytest.raises(ValueError) as error:
        shown.filter(**asked)
    assert said in str(error.value)
    shown.query = {**shown.query, **asked}
    assert said in shown.view["message"]


def test_pages_hold_every_matching_row_once(events):
    """Turning all pages shows every matching row exactly once, in one order; the last page may be short."""
    shown = explore(events).filter(result="succeeded", size=10)
    seen = []
    for page in range(shown.view["pages"]):
        shown.filter(page=page)
        assert shown.view["page"] == page
        seen += [row[0] for row in shown.view["rows"]]
    assert len(seen) == len(set(seen)) == shown.view["matched"]
    assert set(events["eventID"].iloc[seen]) == set(shown.selection["eventID"])


def test_a_page_beyond_the_last_is_the_last(events):
    """Filters that leave fewer pages do not leave an empty view."""
    shown = explore(events).filter(page=10_000)
    assert shown.view["page"] == shown.view["pages"] - 1
    assert shown.view["rows"]
    assert explore(events).filter(text="nowhere", page=3).view | {"answer": 0} == explore(events).filter(
        text="nowhere", page=0
    ).view | {"answer": 0}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", ["eventTime", "eventName", "user", "errorCode", "sourceIPAddress", "readOnly"])
def test_sorting_is_stable_and_puts_missing_values_last(events, name, descending):
    """Rows with the same value stay oldest first, whichever way it is sorted; rows without a value come last."""
    shown = explore(events).filter(sort=name, descending=descending, size=100)
    order = []
    for page in range(shown.view["pages"]):
        order += [row[0] for row in shown.filter(page=page).view["rows"]]
    value = {"eventTime": lambda row: row["eventTime"], "user": who}.get(name, lambda row: str(row[name]).lower())
    rows = plain(events)
    known = [i for i, row in enumerate(rows) if value(row) != ""]
    expected = sorted(known, key=lambda i: value(rows[i]), reverse=False)
    if descending:  # sorted(reverse=True) keeps equal ones in order too
        expected = sorted(known, key=lambda i: value(rows[i]), reverse=True)
    assert order == expected + [i for i, row in enumerate(rows) if value(row) == ""]


@pytest.mark.parametrize(
    "asked", [{}, {"eventName": "Delete*"}, {"start": "2026-03-10 06:10", "end": "2026-03-10 07:00"}]
)
def test_the_histogram_counts_every_match_once(events, asked):
    """The bars add up to the matches, and their failed part to the failed ones; there are at most 60."""
    view = explore(events).filter(**asked).view
    bars = view["histogram"]
    assert sum(bars["counts"]) == view["matched"]
    assert sum(bars["failed"]) == view["failed"]
    assert len(bars["counts"]) == len(bars["failed"]) <= 60
    assert bars["start"] % bars["step"] == 0


def test_a_click_on_a_bar_shows_just_what_it_counted(events):
    """Taking a bar's time as the range finds as many rows as the bar says; all of them lie in it."""
    shown = explore(events).filter(eventName="De*")
    bars = shown.view["histogram"]
    assert any(bars["counts"])
    for i, count in enumerate(bars["counts"]):
        start, end = (pd.Timestamp(bars["start"] + n * bars["step"], unit="s", tz="UTC") for n in (i, i + 1))
        shown.filter(start=f"{start:%Y-%m-%d %H:%M:%S}", end=f"{end:%Y-%m-%d %H:%M:%S}")
        assert shown.view["matched"] == count
        assert shown.selection["eventTime"].between(start, end, inclusive="left").all()
        zoomed = shown.view["histogram"]
        assert zoomed["start"] + len(zoomed["counts"]) * zoomed["step"] <= end.timestamp()  # no empty bar behind


def test_counted_values_lead_to_as_many_rows(events):
    """The most frequent values are those of a Counter, and filtering by one finds as many rows as it says."""
    shown = explore(events)
    counted = {part["name"]: part for part in shown.view["counted"]}
    expected = Counter(events["eventName"])
    assert counted["eventName"]["distinct"] == len(expected)
    assert sorted(n for _, n in counted["eventName"]["values"]) == sorted(expected.values())[-6:]
    for name, part in counted.items():
        for value, count in part["values"]:
            assert explore(events).filter(**asdict(Query()) | {name: value}).view["matched"] == count, (name, value)


def test_the_rarest_values_can_be_counted_instead(events):
    """With `rarest`, the values come least frequent first."""
    counts = [n for _, n in explore(events).filter(rarest=True).view["counted"][3]["values"]]
    assert counts == sorted(Counter(events["sourceIPAddress"]).values())[:6]


def test_suggestions_are_counted_among_what_the_other_filters_let_through(events):
    """While one types `dele`, the values with it are offered, with the rows that the filter would leave."""
    shown = explore(events).filter(user="alice", eventName="StopLogging")
    told = []
    shown.send = told.append
    shown._answer(shown, {"kind": "suggest", "name": "eventName", "typed": "StopLogging | dele"}, [])
    alices = [row["eventName"] for row in plain(events) if "alice" in who(row)]
    assert dict(told[-1]["values"]) == {k: n for k, n in Counter(alices).items() if "dele" in k.lower()}


def test_running_the_cell_again_shows_the_same_view(events):
    """Filters, order, page and opened records are those of the explorer before; whatever it shows is the same."""
    before = explore(events).filter(eventName="De*", sort="user", descending=False, page=2, result="succeeded")
    before.opened = [3, 5]
    again = explore(events)
    assert again.query == before.query
    assert again.opened == [3, 5]
    assert again.view | {"answer": 0} == before.view | {"answer": 0}


def test_a_wrong_time_is_remembered_with_its_message(events):
    """Running the cell again neither hides what was typed nor why it does not work."""
    explore(events).filter(start="tomorrow")
    again = explore(events)
    assert again.query["start"] == "tomorrow"
    assert "is not a time" in again.view["message"]


def test_other_events_are_shown_afresh(events):
    """A part of the events, or other events, do not inherit the filters."""
    explore(events).filter(eventName="De*")
    assert explore(events[events["awsRegion"] == "us-east-1"]).query["eventName"] == ""


def test_reset_shows_everything(events):
    """An empty query, which is what Reset sends, brings all rows back, newest first."""
    shown = explore(events).filter(eventName="De*", sort="user", page=1)
    shown.query = {}
    assert shown.view["matched"] == len(events)
    assert explore(events).query == asdict(Query())


def test_asking_for_what_is_shown_is_answered_too(events):
    """The browser waits for an answer to each question; there is one even if nothing changes."""
    shown = explore(events)
    before = shown.view["answer"]
    shown.query = {**shown.query, "eventName": " "}
    assert shown.view["answer"] == before + 1


def ask_for_record(shown, row):
    """Return what the browser is told when it opens a row."""
    told = []
    shown.send = told.append
    shown._answer(shown, {"kind": "record", "row": row}, [])
    json.dumps(told[-1], ensure_ascii=False, allow_nan=False).encode()  # as it is sent
    return told[-1] | {"record": json.loads(told[-1]["record"])}


def test_a_row_opens_its_full_record_with_explanations(events):
    """The record is the one in the file, not what the columns hold, and its fields are explained by path."""
    part = events[events["eventName"] == "DeleteTrail"]
    answer = ask_for_record(explore(part), 1)
    label = part.index[1]
    assert answer["record"] == record_of(events, label)
    assert answer["code"] == f"record_of(events, {label})"
    assert answer["notes"]["requestParameters"]
    assert answer["problem"] == ""


def test_a_record_reaches_the_browser_whole(tmp_path):
    """Halves of characters, and numbers that JavaScript lacks: sent as they are, or as their digits; copied exactly."""
    odd = {
        "half": "\ud800",
        "nan": float("nan"),
        "low": -float("inf"),
        "huge": 10**400,
        "exact": 2**53 + 1,
        "true": True,
    }
    shown = explore(load_events(write(tmp_path, {"1.json": [record(1, requestParameters=odd)]})))
    answer = ask_for_record(shown, 0)
    numbers = {"nan": "NaN", "low": "-Infinity", "huge": "1" + "0" * 400, "exact": "9007199254740993"}
    expected = {"half": "\ud800", "true": True} | {name: {"\0number": digits} for name, digits in numbers.items()}
    assert answer["record"]["requestParameters"] == expected
    assert repr(json.loads(answer["json"])) == repr(record_of(shown.session.search.events, 0))
    assert answer["problem"] == ""


def test_a_record_as_deep_as_any_that_can_be_read_reaches_the_browser(tmp_path):
    """Down to the depth at which a file counts as nested too deeply."""
    deep = json.dumps({"Records": [record(1, requestParameters="<deep>")]}).replace('"<deep>"', "[" * 900 + "]" * 900)
    shown = explore(load_events(write(tmp_path, {"1.json": deep.encode()})))
    assert ask_for_record(shown, 0)["record"]["requestParameters"]


def test_what_would_be_invisible_is_shown(tmp_path):
    """In the saved table and in text: right-to-left and zero-width characters, line ends, what clears a terminal."""
    odd = {
        "eventName": "Delete\u200bTrail",
        "errorCode": "\u202etxt.exe\n\x1b[2J",
        "eventSource": "\u2066s3.amazonaws.com",
    }
    shown = explore(load_events(write(tmp_path, {"1.json": [record(1, **odd)]})))
    bundle, _ = shown.filter(text="\u200b")._repr_mimebundle_()
    for text in (bundle["text/html"], bundle["text/plain"]):
        assert text.replace("\n", "").isprintable()
        for escape in (r"Delete\u200bTrail", r"\u202etxt.exe\n\x1b[2J", r"\u2066s3"):
            assert escape in text


def test_a_record_that_cannot_be_read_any_more_is_shown_from_the_columns(events):
    """The reason is said, and what is known is shown in the shape of a record."""
    for path in events["logFile"].unique():
        Path(path).unlink()
    answer = ask_for_record(explore(events), 0)
    assert answer["problem"].startswith("The full record could not be read: ")
    assert answer["record"]["eventID"] == events["eventID"].iloc[0]
    assert answer["record"]["eventTime"].endswith("+00:00")
    assert isinstance(answer["record"]["userIdentity"], dict)


def test_every_value_that_can_be_pivoted_on_finds_its_own_record(events):
    """ "Only these" on a field of a record never loses that record."""
    shown = explore(events)
    ids = list(events["eventID"])
    for row in range(0, len(events), 40):
        for name, value in plain(events)[row].items():
            pivot = shown.words["pivots"].get(name)
            if pivot and isinstance(value, str) and value:
                typed = f'"{value}"' if pivot == "text" else value
                found = explore(events).filter(**asdict(Query()) | {pivot: typed}).selection
                assert ids[row] in set(found["eventID"]), name


def test_explanations_are_one_line_and_reach_into_lists():
    """Every column has its explanation from the one table; fields in lists are found without their positions."""
    assert [column.name for column in COLUMNS if fields.EXPLANATIONS[column.name] != column.explanation] == []
    assert all(text.strip() and "\n" not in text and len(text) <= 120 for text in fields.EXPLANATIONS.values())
    found = fields.explanations_of({"resources": [{"ARN": "arn:aws:s3:::x"}], "unheard": {"of": 1}})
    assert set(found) == {"resources", "resources.ARN"}


def test_the_glossary_of_the_docs_is_there_to_be_opened(events, tmp_path, monkeypatch):
    """Every term of the page, in plain text; without the checkout there is none, and nothing fails."""
    page = (places.checkout() / "docs" / "glossary.md").read_text(encoding="utf-8")
    terms = dict(explore(events).words["glossary"])
    assert list(terms) == [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")]
    assert list(terms) == sorted(terms, key=str.casefold)
    assert "expires" in terms["Session"]
    assert not any("`" in text or "\n" in text for text in terms.values())
    monkeypatch.setattr(places, "checkout", lambda: (_ for _ in ()).throw(FileNotFoundError))
    assert explore(events).words["glossary"] == []


def test_resources_are_read_once_they_are_asked_for(events):
    """There is no column of them; typing a resource reads the files, and from then on the table shows them."""
    shown = explore(events)
    assert "resource" not in dict(shown.view["columns"])
    shown.filter(resource="main")
    assert set(shown.selection["eventName"]) == {"DeleteTrail", "StopLogging"}
    place = [name for name, _ in shown.view["columns"]].index("resource") + 1
    assert {row[place] for row in shown.view["rows"]} == {"main"}
    assert "resource" in dict(explore(events).view["columns"])


def test_a_column_of_resources_is_used_if_there_is_one(events):
    """A table that has resources is believed; no file is read."""
    with_column = events.drop(columns=["logFile", "logIndex"]).assign(resource="arn:aws:s3:::reports")
    assert explore(with_column).filter(resource="reports").view["matched"] == len(events)
    without = explore(events.drop(columns=["logFile", "logIndex"]))
    assert without.query["resource"] == ""  # a table without the column has a memory of its own
    assert "resource" not in dict(without.words["filters"])
    assert "hold nothing to filter by resource" in without.filter(resource="reports").view["message"]


def test_resources_of_a_record_are_its_arns_and_the_names_it_asked_for():
    """ARNs first, then names and ids of the request, however deep; what only looks like one is left out."""
    made = record(
        resources=[{"ARN": "arn:aws:s3:::reports", "type": "AWS::S3::Bucket"}, {"type": "AWS::S3::Object"}, None],
        requestParameters={
            "bucketName": "reports",
            "instancesSet": {"items": [{"instanceId": "i-0aa"}]},
            "filterSet": {"items": [{"name": "vpc-id"}]},
            "roleSessionName": "me",
            "maxResults": 5,
        },
    )
    assert resources_of(made) == ["arn:aws:s3:::reports", "i-0aa"]
    assert resources_of({"resources": None, "requestParameters": "odd"}) == []


class Reader(HTMLParser):
    """Collects the tags and the text of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text = Counter(), ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1

    def handle_data(self, data):
        self.text += data


def test_the_static_form_is_a_table_of_text_whatever_the_records_say(tmp_path):
    """A record cannot bring tags of its own into a saved notebook."""
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"
    events = load_events(
        write(tmp_path, {"1.json.gz": [record(1, eventName=evil, errorCode=evil, sourceIPAddress=evil)]})
    )
    bundle, _ = explore(events).filter(eventName=evil.replace("|", ""))._repr_mimebundle_()
    page = Reader(bundle["text/html"])
    assert set(page.tags) == {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert page.text.count(evil) == 4  # three cells and the filter in the caption


def test_the_static_form_shows_the_first_rows_of_what_is_asked(events):
    """Saved notebooks get HTML and text beside the widget: the count, the filter, ten rows."""
    shown = explore(events).filter(eventName="De*", result="failed")
    bundle, _ = shown._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"}
    first = f"{shown.view['matched']} of 300 events ({shown.view['matched']} failed), rows 1 to 10"
    assert first + "; filters: eventName: De*, result: failed" in bundle["text/html"]
    assert Reader(bundle["text/html"]).tags["tr"] == 11
    assert bundle["text/plain"] == repr(shown)
    lines = bundle["text/plain"].splitlines()
    assert lines[0].startswith(first)
    assert lines[1].split()[0] == "Time"
    assert len(lines) == 12


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("data/", "explore() takes a DataFrame of load_events; got str 'data/'"),
        ([{"eventName": "x"}], "got list"),
        (pd.DataFrame({"eventName": ["x"]}), "this one lacks eventTime, eventSource, eventID"),
    ],
)
def test_what_is_no_table_of_events_is_refused_with_advice(given, said):
    """The error says what was expected, what was found, and what to do."""
    with pytest.raises(TypeError, match="explore") as error:
        explore(given)
    assert said in str(error.value)


def test_times_as_text_are_refused(events):
    """Times that are text would be compared as text."""
    with pytest.raises(TypeError, match="needs eventTime as load_events makes it, in UTC"):
        explore(events.assign(eventTime=events["eventTime"].astype(str)))


def test_no_events_and_events_without_a_time_are_shown_too(tmp_path):
    """Nothing breaks: an empty table is empty, rows without a time are counted and said to have none."""
    events = load_events(write(tmp_path, {"1.json.gz": [record(1), record(2, eventTime=...)]}))
    view = explore(events).view
    assert (view["matched"], view["undated"], sum(view["histogram"]["counts"])) == (2, 1, 1)
    assert view["rows"][-1][1] == ""
    for part in (events[:0], events[1:]):
        shown = explore(part)
        assert shown.view["matched"] == len(part)
        assert shown.view["histogram"]["counts"] == []
        assert "events" in repr(shown)


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "2262-04-12T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_times_beyond_nanoseconds_count_as_none(tmp_path, time):
    """A program's zero in one record leaves all others as they are; filters of its other fields find it."""
    events = load_events(write(tmp_path, {"1.json.gz": [record(1), record(2, eventTime=time, eventName="Odd")]}))
    view = explore(events).view
    assert (view["matched"], view["undated"], sum(view["histogram"]["counts"])) == (2, 1, 1)
    assert list(explore(events).filter(eventName="Odd").selection["eventID"]) == ["event-2"]


def many_events(rows=100_000):
    """Return a large table in the shape of load_events' result."""
    dice = np.random.default_rng(3)

    def pick(values):
        return pd.Categorical.from_codes(dice.integers(-1, len(values), rows), values)

    start = pd.Timestamp("2026-03-01", tz="UTC").as_unit("us")
    return pd.DataFrame(
        {
            "eventTime": start + pd.to_timedelta(np.sort(dice.integers(0, 14 * 86400, rows)), unit="s"),
            "eventSource": pick(["logs.amazonaws.com", "s3.amazonaws.com"]),
            "eventName": pick([f"Call{i}" for i in range(200)]),
            "errorCode": pick(["AccessDenied"]),
            "sourceIPAddress": pick([f"198.51.100.{i}" for i in range(250)]),
            "eventID": [f"event-{i}" for i in range(rows)],
            "userIdentity.arn": pick([f"arn:aws:iam::111122223333:user/u{i}" for i in range(3000)]),
        }
    )


def test_a_hundred_thousand_rows_are_searched_whole_and_sent_by_the_page():
    """All rows are found and counted; the browser gets 25 of them, a few kilobytes whatever is asked."""
    events = many_events()
    shown = explore(events)
    for asked in ({}, {"text": "user/u12 call7"}, {"eventName": "Call1*", "sort": "user"}, {"page": 3999}):
        view = shown.filter(**asdict(Query()) | asked).view
        assert view["total"] == 100_000
        assert len(view["rows"]) <= 25
        assert len(json.dumps(view)) < 15_000
        assert sum(view["histogram"]["counts"]) == view["matched"] == len(shown.selection)
    expected = events[events["eventName"].astype(str).str.startswith("Call1")]
    assert shown.filter(eventName="Call1*", page=0).view["matched"] == len(expected)


def test_the_browser_half_puts_in_text_only_and_fetches_nothing():
    """No way to write HTML from values is used, and no address of another host stands in script or style."""
    script, style = ((FOLDER / name).read_text(encoding="utf-8") for name in ("explorer.js", "explorer.css"))
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "http", "import"):
        assert way not in script, way
    assert "http" not in style
    assert "@import" not in style
    assert (script + style).isascii()  # the same whatever encoding a server claims
