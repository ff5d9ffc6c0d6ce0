"""Extra credit: API calls that blind by what they ask for; the name alone does not tell."""

# mypy: allow-untyped-defs
# The model answer stands as attendees read it.

from collections.abc import Callable, Collection
from typing import Any

from workshop.cloudtrail_analyzer import print_short_record
from workshop.exercises.case import Case
from workshop.exercises.exercise import Exercise, paragraphs
from workshop.exercises.judging.common_mistakes import always_true, inverted, never_true
from workshop.exercises.judging.kinds import DETECTOR
from workshop.exercises.log_loss.ways import SHORTEST_RETENTION, no_full_selector
from workshop.exercises.misconception import Misconception, Strength, only
from workshop.exercises.sample_records import Maker, Record, value_at

TASK = """\
**Write `narrowing_logs(record)`** for three of them, again only if they worked:

| Call | is a match if |
| --- | --- |
| `UpdateTrail` of CloudTrail | `isMultiRegionTrail` is set to false |
| `PutEventSelectors` of CloudTrail | no selector is left that records *all* management events |
| `PutRetentionPolicy` of CloudWatch Logs | `retentionInDays` is less than 7 |

A *selector* says what a trail records; a trail may have several, and there are two kinds. The two that record all
management events look like this:

    "eventSelectors": [{"includeManagementEvents": true, "readWriteType": "All", …}]
    "advancedEventSelectors": [{"fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}], …}]

With `readWriteType` `ReadOnly`, or with another field selector for `readOnly`, only half of them are recorded. Other
field selectors, such as one that leaves out the noise of `kms.amazonaws.com`, are common and no match.
"""
HINTS = paragraphs("""
What a call asks for is in `requestParameters`. It holds only what was given: a setting that is not there was not
touched, which is something else than false. And it may be null as a whole. How do you ask for *false*?

`asked = record.get("requestParameters") or {}` is never None. `asked.get("isMultiRegionTrail") is False` is true only
if it is there and false. For the selectors ask the other way round: is there any that records everything? If there is
none, the trail is blind.

Make a list of True and False, one for each selector: of `eventSelectors`, whether `includeManagementEvents` is true
and `readWriteType` is "All"; of `advancedEventSelectors`, whether its `fieldSelectors` say that `eventCategory`
equals `["Management"]` and none has the field `readOnly`. `not any(…)` of that list decides. One condition for each
of the three calls, and no `errorCode`.
""")
FIELDS = ("eventSource", "eventName")


def narrowing_logs(record):
    """Tell whether a record is a call that worked and, by what it asked for, lets a log see less or live shorter.

    Prints the record with `print_short_record` and returns True if so, returns False otherwise.
    """
    asked = record.get("requestParameters") if isinstance(record.get("requestParameters"), dict) else {}
    full = [s["readWriteType"] == "All" and s["includeManagementEvents"] for s in asked.get("eventSelectors") or []]
    for selector in asked.get("advancedEventSelectors") or []:
        fields = {field["field"]: field.get("equals") for field in selector["fieldSelectors"]}
        full.append(fields.get("eventCategory") == ["Management"] and "readOnly" not in fields)
    narrow = {
        "cloudtrail.amazonaws.com:UpdateTrail": asked.get("isMultiRegionTrail") is False,
        "cloudtrail.amazonaws.com:PutEventSelectors": not any(full),
        "logs.amazonaws.com:PutRetentionPolicy": asked.get("retentionInDays", 7) < 7,
    }
    if not record.get("errorCode") and narrow.get(f"{record.get('eventSource')}:{record.get('eventName')}"):
        print_short_record(record)
        return True
    return False


TRAIL, LOGS = "cloudtrail.amazonaws.com", "logs.amazonaws.com"
ASKED = {(TRAIL, "UpdateTrail"), (TRAIL, "PutEventSelectors"), (LOGS, "PutRetentionPolicy")}
_REGIONS = "requestParameters.isMultiRegionTrail"
_BASIC, _ADVANCED = "requestParameters.eventSelectors", "requestParameters.advancedEventSelectors"
_DAYS = "requestParameters.retentionInDays"


def cases(make: Maker) -> list[Case]:
    """Return the cases that judge an answer; `make` (a Maker) gives them fresh ids and keys."""
    name = f"audit-{make.text(4)}"
    arn = f"arn:aws:cloudtrail:ca-central-1:111122223333:trail/{name}"
    group = f"/orders/{make.text(4)}/access"
    people = [make.user(), make.session(), make.instance(), make.user("ben")]
    denied = {"errorCode": "AccessDenied", "errorMessage": "User is not authorized to perform this operation"}

    def record(source: str, name: str, request: Any, **fields: Any) -> Record:
        return make.record(source, name, make.random.choice(people), request, **fields)

    def update(settings: Record, call: Any = "UpdateTrail", **fields: Any) -> Record:
        return record(TRAIL, call, {"name": name, **settings}, **fields)

    def basic(*selectors: Any, **fields: Any) -> Record:
        found = [
            {"readWriteType": kind, "includeManagementEvents": included, "dataResources": []}
            for kind, included in selectors
        ]
        return record(TRAIL, "PutEventSelectors", {"trailName": arn, "eventSelectors": found}, **fields)

    def advanced(*selectors: Any, **fields: Any) -> Record:
        found = [
            {"name": "events", "fieldSelectors": [{"field": "eventCategory", "equals": [category]}, *more]}
            for category, *more in selectors
        ]
        return record(TRAIL, "PutEventSelectors", {"trailName": arn, "advancedEventSelectors": found}, **fields)

    def keep(days: int, **fields: Any) -> Record:
        return record(LOGS, "PutRetentionPolicy", {"logGroupName": group, "retentionInDays": days}, **fields)

    def match(name: str, sentence: str, record: Record, field: str, typical: str, **more: Any) -> Case:
        return Case(name, sentence, record, True, typical, (*FIELDS, field), **more)

    def other(name: str, sentence: str, record: Record, field: str, typical: str, **more: Any) -> Case:
        return Case(name, sentence, record, False, typical, (*FIELDS, field), **more)

    objects = ["Data", {"field": "resources.type", "equals": ["AWS::S3::Object"]}]
    not_kms = {"field": "eventSource", "notEquals": ["kms.amazonaws.com"]}
    reading = {"field": "readOnly", "equals": ["true"]}
    writing = {"field": "readOnly", "equals": ["false"]}
    store = f"arn:aws:cloudtrail:ca-central-1:111122223333:eventdatastore/{make.uuid()}"
    failed = "errorCode"
    return [
        match("one region", "A trail is to record one Region only.",
              update({"isMultiRegionTrail": False}), _REGIONS, "some_missing", watch=True),
        match("one region and more", "A trail is to record one Region only, and gets another topic.",
              update({"snsTopicName": "new-files", "isMultiRegionTrail": False}), _REGIONS, "some_missing"),
        match("no management", "A trail is to record no management events, only those on data.",
              basic(("All", False)), _BASIC, "some_missing", watch=True),
        match("none of two", "A trail gets two selectors, and none of them includes management events.",
              basic(("All", False), ("ReadOnly", False)), _BASIC, "some_missing"),
        match("reading only", "A trail is to record only the management events that read.",
              basic(("ReadOnly", True)), _BASIC, "half_is_enough"),
        match("writing only", "A trail is to record only the management events that write.",
              basic(("WriteOnly", True)), _BASIC, "half_is_enough"),
        match("advanced data", "A trail gets advanced selectors: only events on S3 objects.",
              advanced(objects), _ADVANCED, "basic_only", watch=True),
        match("advanced network", "A trail gets advanced selectors: only network activity of VPC endpoints.",
              advanced(["NetworkActivity"]), _ADVANCED, "basic_only"),
        match("advanced reading", "A trail gets advanced selectors: management events, but only those that read.",
              advanced(["Management", reading]), _ADVANCED, "half_is_enough"),
        match("split", "A trail gets two selectors: management events that only read, and all events on data.",
              basic(("ReadOnly", True), ("All", False)), _BASIC, "half_is_enough"),
        match("advanced split", "A trail gets advanced selectors: management events that only read, and events on S3 "
              "objects.", advanced(["Management", reading], objects), _ADVANCED, "half_is_enough"),
        match("one day", "A log group is to keep its logs for one day.", keep(1), _DAYS, "some_missing", watch=True),
        match("three days", "A log group is to keep its logs for three days.", keep(3), _DAYS, "one_day_only"),
        match("five days", "A log group is to keep its logs for five days.", keep(5), _DAYS, "one_day_only"),
        other("all regions", "A trail is to record all Regions.",
              update({"isMultiRegionTrail": True}), _REGIONS, "name_alone"),
        other("untouched", "A trail gets another topic; its Regions are not touched.",
              update({"snsTopicName": "new-files"}), _REGIONS, "absent_is_false"),
        other("validation", "A trail gets its digest files switched on.",
              update({"enableLogFileValidation": True}), _REGIONS, "absent_is_false"),
        other("everything", "A trail is to record all management events.",
              basic(("All", True)), _BASIC, "name_alone"),
        other("one of two", "A trail gets two selectors: one for events on data, one for all management events.",
              basic(("ReadOnly", False), ("All", True)), _BASIC, "one_of_many"),
        other("first of two", "A trail gets two selectors: one for all management events, one for events on data.",
              basic(("All", True), ("ReadOnly", False)), _BASIC, "one_of_many"),
        other("advanced management", "A trail gets advanced selectors: all management events.",
              advanced(["Management"]), _ADVANCED, "advanced_is_blind"),
        other("advanced both", "A trail gets advanced selectors: events on S3 objects, and all management events.",
              advanced(objects, ["Management"]), _ADVANCED, "one_of_many"),
        other("advanced first", "A trail gets advanced selectors: all management events, and events on S3 objects.",
              advanced(["Management"], objects), _ADVANCED, "one_of_many"),
        other("written objects", "A trail gets advanced selectors: events that write S3 objects, and all management "
              "events.", advanced([*objects, writing], ["Management"]), _ADVANCED, "one_of_many"),
        other("basic without kms", "A trail is to record all management events, without the noise of KMS.",
              record(TRAIL, "PutEventSelectors", {"trailName": arn, "eventSelectors": [
                  {"readWriteType": "All", "includeManagementEvents": True, "dataResources": [],
                   "excludeManagementEventSources": ["kms.amazonaws.com"]}]}), _BASIC, "noise_left_out"),
        other("data store", "An event data store of CloudTrail Lake gets advanced selectors: it is no trail.",
              record(TRAIL, "UpdateEventDataStore", {"eventDataStore": store, "advancedEventSelectors": [
                  {"name": "objects", "fieldSelectors": [{"field": "eventCategory", "equals": ["Data"]},
                   {"field": "resources.type", "equals": ["AWS::S3::Object"]}]}]}), "eventName", "any_call"),
        other("without kms", "A trail gets advanced selectors: management events, without the noise of KMS.",
              advanced(["Management", not_kms]), _ADVANCED, "advanced_is_blind"),
        other("seven days", "A log group is to keep its logs for a week.", keep(7), _DAYS, "boundary"),
        other("a year", "A log group is to keep its logs for a year.", keep(365), _DAYS, "name_alone"),
        other("new trail", "A new trail for one Region is created: nothing is lost.",
              update({"isMultiRegionTrail": False}, "CreateTrail"), _REGIONS, "any_call"),
        other("other retention", "A call that AWS may add tomorrow: another service's retention.",
              record("archive.amazonaws.com", "PutRetentionPolicy", {"retentionInDays": 1}), _DAYS, "any_service"),
        other("other trail", "A call that AWS may add tomorrow: another service's trail.",
              record("footpaths.amazonaws.com", "UpdateTrail", {"isMultiRegionTrail": False}), _REGIONS,
              "any_service"),
        other("other selectors", "A call that AWS may add tomorrow: another service's selectors.",
              record("footpaths.amazonaws.com", "PutEventSelectors", {"eventSelectors": [
                  {"readWriteType": "ReadOnly", "includeManagementEvents": False}]}), _BASIC, "any_service"),
        other("tried retention", "A call that AWS may add tomorrow: it only shows what a retention would cost.",
              record(LOGS, "EstimateRetentionPolicy", {"logGroupName": group, "retentionInDays": 1}), _DAYS,
              "any_call"),
        other("query", "Someone searches a log group; the request has a number in it, too.",
              record(LOGS, "StartQuery", {"logGroupName": group, "limit": 1}), _DAYS, "any_call"),
        other("denied", "Someone tries to change a trail and is denied: requestParameters is null.",
              record(TRAIL, "UpdateTrail", None, **denied), failed, "counts_attempts"),
        other("denied selectors", "Someone tries to change a trail's selectors and is denied.",
              record(TRAIL, "PutEventSelectors", None, **denied), failed, "counts_attempts"),
        other("not found", "Someone tries to narrow a trail that is not there.",
              update({"isMultiRegionTrail": False}, errorCode="TrailNotFoundException"), failed, "counts_attempts"),
        other("bad selectors", "Someone gives a trail selectors that CloudTrail refuses.",
              basic(("All", False), errorCode="InvalidEventSelectorsException"), failed, "counts_attempts"),
        other("no group", "Someone shortens the life of a log group that is not there.",
              keep(1, errorCode="ResourceNotFoundException"), failed, "counts_attempts"),
        other("list", "Someone lists the trails: requestParameters is null.",
              record(TRAIL, "DescribeTrails", None), "requestParameters", "any_call"),
        other("stop", "Someone stops a trail: that is the job of the detector before.",
              record(TRAIL, "StopLogging", {"name": arn}), "requestParameters", "any_call"),
        other("insight", "An Insight record: it has no eventSource, eventName or requestParameters.", make.insight(),
              "requestParameters", "any_call", may_raise=True),
    ]  # fmt: skip


# ---------------------------------------------------------------- the catalogue


def _call(record: Record) -> tuple[str | None, str | None]:
    return record.get("eventSource"), record.get("eventName")


def _right(
    record: Record,
    selectors: Callable[[Record], bool] = no_full_selector,
    shorter: Callable[[int], bool] = lambda days: days < SHORTEST_RETENTION,
) -> bool:
    """Tell what is right, or what would be if another rule decided about selectors or days."""
    asked = record.get("requestParameters") or {}
    if _call(record) == (TRAIL, "UpdateTrail"):
        return asked.get("isMultiRegionTrail") is False
    if _call(record) == (TRAIL, "PutEventSelectors"):
        return selectors(asked)
    return _call(record) == (LOGS, "PutRetentionPolicy") and shorter(asked.get("retentionInDays", SHORTEST_RETENTION))


def _worked(record: Record) -> bool:
    return not record.get("errorCode")


_BLIND_ADVANCED = {"advanced data", "advanced network", "advanced reading", "advanced split"}
_HALF = {"reading only", "writing only", "split", "advanced reading", "advanced split"}
_SOME_FULL = {"one of two", "first of two", "advanced both", "advanced first", "written objects"}
_FAILED = {"denied", "denied selectors", "not found", "bad selectors", "no group"}


def _only(names: Collection[str], some: Collection[str]) -> bool:
    """Tell whether there are names, and all of them are among some."""
    return bool(names) and set(names) <= set(some)


MISCONCEPTIONS = (
    Misconception(
        "counts_attempts",
        "It also finds calls that failed. A trail that could not be changed records what it always did.",
        "a failed call has an errorCode, whatever the code is.",
        rules=(_right,),
        when=only(false_alarms=_FAILED),
        case="not found",
    ),
    Misconception(
        "name_alone",
        "It finds the calls whatever they ask for. The same call widens a trail and narrows it.",
        "read requestParameters: what is in it when the trail sees less?",
        rules=(lambda r: _call(r) in ASKED and _worked(r), lambda r: _call(r) in ASKED),
        when=lambda s: (
            {"all regions", "a year"} <= set(s.false_alarms)
            or (not s.missed and {"all regions", "untouched"} <= set(s.false_alarms))
        ),
        case="all regions",
    ),
    Misconception(
        "absent_is_false",
        "It takes a setting that is not there for one that is false. A call names only what it changes, so what is not "
        "there stays as it was.",
        '`asked.get("isMultiRegionTrail") is False` asks for false; `not asked.get(…)` is true for None as well.',
        when=only(false_alarms={"untouched", "validation"}),
        case="untouched",
    ),
    Misconception(
        "one_of_many",
        "One selector that leaves something out is enough for it. A trail records what any of its selectors asks for: "
        "it is blind only if none records all management events.",
        "`not any(…)` over all selectors, instead of one that does not.",
        when=lambda s: not s.missed and "first of two" in s.false_alarms and _only(s.false_alarms, _SOME_FULL),
        case="one of two",
    ),
    Misconception(
        "first_selector",
        "It overlooks a later selector that records all management events. A trail may have several, and "
        "records what any of them asks for.",
        "go through all of them.",
        when=lambda s: _only([*s.missed, *s.false_alarms], {*_SOME_FULL, "none of two"}),
        case="one of two",
    ),
    Misconception(
        "noise_left_out",
        "It takes a trail for blind that leaves out one noisy source. Most companies leave KMS out, because of its "
        "volume.",
        "the field that halves the management events is readOnly; others may be there.",
        when=only(false_alarms={"without kms", "basic without kms"}),
        case="without kms",
    ),
    Misconception(
        "advanced_is_blind",
        "It takes advanced selectors for blinding whatever they say, perhaps because `eventSelectors` is not there. "
        "There are two ways to say what a trail records, and either can include all management events.",
        "read `advancedEventSelectors` as well: is there one whose eventCategory equals Management?",
        when=lambda s: (
            _only(
                s.false_alarms,
                {"advanced management", "advanced both", "advanced first", "written objects", "without kms"},
            )
            and not set(s.missed) - _BLIND_ADVANCED
        ),
        case="advanced management",
    ),
    Misconception(
        "half_is_enough",
        "It is content with half of the management events. An intruder who changes things is not seen by a trail that "
        "records reading only: the one in the lake did just that.",
        "ask for readWriteType All, and for advanced selectors without the field readOnly.",
        when=only(missed=_HALF),
        case="reading only",
    ),
    Misconception(
        "basic_only",
        "It finds what basic selectors leave out, and not what advanced ones do. Whoever uses advanced ones "
        "gets past it.",
        "the same question to `advancedEventSelectors`: does any say that eventCategory equals Management?",
        when=lambda s: (
            not s.false_alarms and "advanced data" in s.missed and _only(s.missed, {*_BLIND_ADVANCED, *_HALF})
        ),
        case="advanced data",
    ),
    Misconception(
        "advanced_only",
        "It finds what advanced selectors leave out, and not what basic ones do; most trails have basic ones.",
        "the same question to `eventSelectors`.",
        when=lambda s: not s.false_alarms and "no management" in s.missed and "advanced data" not in s.missed,
        case="no management",
    ),
    Misconception(
        "boundary",
        "It takes a week for too short. Asked for is less than 7 days.",
        "`<` or `<=`?",
        rules=(lambda r: _worked(r) and _right(r, shorter=lambda days: days <= SHORTEST_RETENTION),),
        when=only(false_alarms={"seven days"}),
        case="seven days",
    ),
    Misconception(
        "one_day_only",
        "It finds some numbers of days. Asked for is every number less than 7.",
        "compare with `<`.",
        when=only(missed={"three days", "five days"}),
        case="five days",
    ),
    Misconception(
        "any_service",
        "It also finds calls of the same name of other services.",
        "ask for the event source as well.",
        when=only(false_alarms={"other retention", "other trail", "other selectors"}),
        case="other retention",
    ),
    Misconception(
        "any_call",
        "It also finds another call with the same settings: to create a trail is not to change one.",
        "ask for eventName as well.",
        when=lambda s: (
            not s.missed
            and bool({"new trail", "data store", "tried retention"} & {*s.false_alarms})
            and "all regions" not in s.false_alarms
        ),
        case="new trail",
    ),
    always_true("list", rules=(_worked,)),
    inverted(lambda r: _right(r) and _worked(r), "one region"),
    never_true("one region", "take this record and go through your conditions one by one: which one fails?"),
    Misconception(
        "some_missing",
        "It leaves out one of the three calls, or of the ways to ask.",
        "go through the task again: UpdateTrail, PutEventSelectors, PutRetentionPolicy.",
        when=lambda s: bool(s.missed) and not s.never_matches,
        strength=Strength.VAGUE,
    ),
)


def explains(case: Case, error: dict[str, Any]) -> Misconception | None:
    """Return what an exception means that this exercise knows better, or None."""
    if value_at(case.record, "requestParameters") is None and "NoneType" in error["text"]:
        why = "requestParameters is null here, which is None in Python: the call was denied, or asks for nothing."
        return Misconception(
            "null_request", why, '`asked = record.get("requestParameters") or {}` is a dictionary in any case.'
        )
    if error["key"] in ("isMultiRegionTrail", "retentionInDays", "eventSelectors", "advancedEventSelectors"):
        why = f"This request has no `{error['key']}`: it holds only what was given."
        return Misconception("absent_setting", why, f'`asked.get("{error["key"]}")` gives None where it is not there.')
    return None


EXERCISE = Exercise(
    name="narrowing_logs",
    title="Beyond Delete: narrowing",
    notebook="05b",
    task=TASK,
    hints=HINTS,
    model=narrowing_logs,
    kind=DETECTOR,
    cases=cases,
    misconceptions=MISCONCEPTIONS,
    well_done="It reads what was asked for, and tells a trail that is tidied up from one that is blinded.",
    fields=FIELDS,
    explains=explains,
)
