"""Questions about what was called, how often, and when."""

import datetime
import math

import pandas as pd

from workshop.exercises.questions.kinds import CALL, HOUR, NAMES, NUMBER, SERVICE, SHARE, TEXT
from workshop.exercises.questions.lake import Lake
from workshop.exercises.questions.model import Question, Wrong, top

# Maple Ferry's office in these days; see data/README.md.
OFFICE = datetime.timezone(datetime.timedelta(hours=-4))


def _wrong_busiest(lake: Lake) -> list[Wrong]:
    sources = lake.events["eventSource"].value_counts()
    read = "That is how often it occurs. The question asks which one it is."
    return [
        Wrong(
            "event_name",
            top(lake.events["eventName"]),
            "That is the busiest call, `eventName`.",
            "count the services instead: which field names the service that was called?",
            CALL,
        ),
        Wrong("count_for_name", int(sources.iloc[0]), read, "look at the index of `value_counts()`.", NUMBER),
        Wrong(
            "second",
            sources.index[1],
            "That is the second busiest.",
            "is the table sorted, and is it that of all events?",
        ),
        Wrong(
            "address",
            top(lake.events["sourceIPAddress"]),
            "That is where most calls came from, `sourceIPAddress`.",
            "which field says what was called?",
            TEXT,
        ),
        Wrong(
            "rarest",
            sources.index[-1],
            "That is the other end of the list.",
            "`value_counts()` begins with the most frequent.",
        ),
    ]


BUSIEST_SERVICE = Question(
    "The busiest service",
    "Which service was called most often in these four days?",
    ("eventSource",),
    SERVICE,
    lambda lake: top(lake.events["eventSource"]),
    _wrong_busiest,
    'count the values of the column: `events["eventSource"].value_counts()`.',
    "Machines call it all day to say that they are well. Everyday calls are loud; an attack is a few calls among them.",
)


def _wrong_region(lake: Lake) -> list[Wrong]:
    there = lake.rows(awsRegion="us-east-1")
    return [
        Wrong(
            "other_region",
            len(lake.rows(awsRegion="ca-central-1")),
            "That is the number of the other Region.",
            "compare `awsRegion` with us-east-1.",
        ),
        Wrong(
            "counted_duplicates",
            sum(r.get("awsRegion") == "us-east-1" for r in lake.delivered),
            "You counted records that were delivered twice two times.",
            "`load_events` has left the copies out already: the same `eventID` is the same event.",
        ),
        Wrong("everything", len(lake.events), "That is the number of all events.", "filter by `awsRegion` first."),
        Wrong(
            "iam_only",
            len(there[there["eventSource"] == "iam.amazonaws.com"]),
            "Those are the calls of IAM alone. It is not the only service there.",
            "do not filter by `eventSource`: ask `awsRegion`.",
        ),
        Wrong(
            "folder",
            int(lake.events["logFile"].str.contains(r"[/\\]CloudTrail[/\\]us-east-1[/\\]").sum()),
            "That counts the events in the folder of us-east-1. Some records lie in files of another Region.",
            "ask the record, not the path: `awsRegion`.",
        ),
        Wrong(
            "no_source",
            int(there["eventSource"].notna().sum()),
            "A few are missing: records of CloudTrail Insights have a Region and no `eventSource`.",
            "count the rows, not the values of another column: `len(...)`.",
        ),
    ]


EVENTS_IN_US_EAST_1 = Question(
    "Events in us-east-1",
    "Maple Ferry works in ca-central-1. How many events have the Region us-east-1?",
    ("awsRegion",),
    NUMBER,
    lambda lake: len(lake.rows(awsRegion="us-east-1")),
    _wrong_region,
    'filter by the column and count the rows: `len(events[events["awsRegion"] == ...])`.',
    "They are the calls of global services, with IAM first. A trail for ca-central-1 alone would not have them.",
)


def _categories(lake: Lake) -> frozenset[str]:
    return frozenset(lake.events["eventCategory"].dropna())


def _wrong_categories(lake: Lake) -> list[Wrong]:
    there = _categories(lake)
    types = frozenset(lake.events["eventType"].dropna())
    return [
        Wrong(
            "with_data",
            there | {"Data"},
            "One of these is not there at all.",
            "do not go by what CloudTrail could record: count the values of `eventCategory`.",
        ),
        Wrong(
            "all_kinds",
            frozenset({"Management", "Data", "NetworkActivity", "Insight"}),
            "Those are all kinds that CloudTrail knows. This trail does not record all of them.",
            "count the values of `eventCategory`.",
        ),
        Wrong(
            "most_only",
            frozenset({top(lake.events["eventCategory"])}),
            "That is nearly all of them, but not the only one.",
            "a rare value counts too: look at the end of `value_counts()`.",
        ),
        Wrong(
            "missing_kind",
            frozenset({"Data"}),
            "That one is not there, which is worth knowing. The question asks which are.",
            "count the values of `eventCategory`.",
        ),
        Wrong(
            "event_types",
            types,
            "Those are the values of `eventType`: what produced a record.",
            "the kind of event is in `eventCategory`.",
        ),
        Wrong(
            "count_for_names",
            len(there),
            "That is how many there are. Which ones?",
            "hand in the values themselves.",
            NUMBER,
        ),
    ]


KINDS_OF_EVENTS = Question(
    "Kinds of events",
    "CloudTrail can record management events, data events, network activity and Insights. Which values does "
    "`eventCategory` have in the lake?",
    ("eventCategory",),
    NAMES,
    _categories,
    _wrong_categories,
    'look at `events["eventCategory"].unique()`.',
    "The missing kinds matter as much: reading or deleting an object in a bucket is a data event, and a trail records "
    "those only if it is configured to.",
)


def _read_share(lake: Lake) -> float:
    return float(lake.events["readOnly"].dropna().astype(bool).mean() * 100)


def _wrong_share(lake: Lake) -> list[Wrong]:
    return [
        Wrong(
            "the_others",
            100 - _read_share(lake),
            "That is the share of calls that changed something.",
            "take those in which `readOnly` is true.",
        ),
        Wrong(
            "rounded_down",
            math.floor(_read_share(lake)),
            "Close, but that is rounded down.",
            "round to the nearest whole number: `round(...)`.",
            NUMBER,
        ),
        Wrong(
            "count_for_share",
            int(lake.events["readOnly"].eq(True).sum()),
            "That is how many only read. Of how many?",
            "divide by the number of events, times 100.",
            NUMBER,
        ),
        Wrong(
            "count_of_others",
            int(lake.events["readOnly"].eq(False).sum()),
            "That is how many changed something. The question asks for the share of the others.",
            "divide those with `readOnly` true by the number of events.",
            NUMBER,
        ),
        Wrong(
            "by_name",
            float(lake.events["eventName"].str.startswith(("Get", "List", "Describe"), na=False).mean() * 100),
            "That is the share of calls whose names sound like reading. Some calls that only read have other names.",
            "the record says it itself: `readOnly`.",
        ),
        Wrong(
            "management",
            float(lake.events["managementEvent"].eq(True).mean() * 100),
            "That is nearly all. Is it `managementEvent` that you counted?",
            "the field is `readOnly`.",
        ),
    ]


SHARE_THAT_ONLY_READS = Question(
    "How much only reads",
    "What share of all events only read, in percent?",
    ("readOnly",),
    SHARE,
    _read_share,
    _wrong_share,
    'the mean of true and false is the share that is true: `events["readOnly"].mean()`.',
    "Most calls in an account only look. To find changes, you have to read a fifth of the records.",
)


def _by_hour(lake: Lake) -> pd.Series:
    times = lake.events.set_index("eventTime")["eventID"]
    return times.resample("h").size()


def _quiet(lake: Lake) -> datetime.datetime:
    hour: datetime.datetime = _by_hour(lake).idxmin().to_pydatetime()
    return hour


def _wrong_quiet(lake: Lake) -> list[Wrong]:
    quiet, hour = _quiet(lake), datetime.timedelta(hours=1)
    local = quiet.astimezone(OFFICE).replace(tzinfo=datetime.timezone.utc)
    return [
        Wrong(
            "local_time",
            local,
            "That is the office's local time, it seems: Maple Ferry is four hours behind UTC.",
            "`eventTime` is in UTC; leave it there.",
        ),
        Wrong(
            "hour_before",
            quiet - hour,
            "That is an hour too early.",
            'group by the hour in which `eventTime` lies: `.dt.floor("h")`.',
        ),
        Wrong(
            "hour_after",
            quiet + hour,
            "That is where it ends. The question asks for the beginning of the hour.",
            'group by `.dt.floor("h")`, which rounds down.',
        ),
        Wrong(
            "busiest",
            _by_hour(lake).idxmax().to_pydatetime(),
            "That is the busiest hour.",
            "`idxmin()` finds the smallest, `nsmallest()` shows the first few.",
        ),
        Wrong(
            "office_nights",
            _by_hour(lake).nsmallest(2).index[1].to_pydatetime(),
            "A quiet hour of the night, but one is quieter still.",
            "sort the counts; do not leave out any part of the day.",
        ),
        Wrong(
            "count_for_hour",
            int(_by_hour(lake).min()),
            "That is how many events it holds. Which hour is it?",
            "look at the index, or use `idxmin()`.",
            NUMBER,
        ),
    ]


QUIETEST_HOUR = Question(
    "The quietest hour",
    "In which hour do the logs hold the fewest events? Give its day and its beginning, in UTC.",
    ("eventTime",),
    HOUR,
    _quiet,
    _wrong_quiet,
    'count the events of each hour: `events["eventTime"].dt.floor("h").value_counts()`.',
    "Machines report every few minutes, day and night, so an hour with hardly an event is a question. Keep it in mind.",
)


def _twice(lake: Lake) -> int:
    ids = [record.get("eventID") for record in lake.delivered]
    return len(ids) - len(set(ids))


def _wrong_twice(lake: Lake) -> list[Wrong]:
    return [
        Wrong(
            "looked_in_table",
            0,
            "The table has none, since `load_events` has left the copies out. The question asks how many there were.",
            "see `events.attrs`, or count `eventID` in what `read_records` returns.",
        ),
        Wrong(
            "both_copies",
            2 * _twice(lake),
            "You counted both copies of each.",
            "count only what is too many: `duplicated()` marks the second of two.",
        ),
        Wrong(
            "all_records",
            len(lake.delivered),
            "That is the number of all records, copies included.",
            "how many different `eventID`s are among them?",
        ),
        Wrong(
            "all_events",
            len(lake.events),
            "That is the number of events without the copies.",
            "how many records were there with them? See `events.attrs`.",
        ),
        Wrong(
            "digests",
            lake.events.attrs["digests"],
            "That is the number of digest files.",
            "it is another entry of `events.attrs`.",
        ),
        Wrong(
            "files",
            lake.events.attrs["files"],
            "That is the number of log files.",
            "it is another entry of `events.attrs`.",
        ),
    ]


DELIVERED_TWICE = Question(
    "Delivered twice",
    "CloudTrail delivers at least once. How many records of the lake are copies of another record?",
    ("eventID",),
    NUMBER,
    _twice,
    _wrong_twice,
    "`events.attrs` says how many records there were, and how many are copies.",
    "A copy has the same `eventID`. A counter that does not compare them counts an attack twice.",
)
