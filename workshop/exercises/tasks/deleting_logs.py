"""Exercise 2, Phase 1: API calls that delete logs in CloudWatch Logs or CloudTrail."""

# mypy: allow-untyped-defs
# The model answer stands as attendees read it.

from collections.abc import Callable
from typing import Any

from workshop.cloudtrail_analyzer import print_short_record
from workshop.exercises.case import Case, Probe
from workshop.exercises.exercise import Exercise, paragraphs
from workshop.exercises.judging.common_mistakes import always_true, early_return_false, inverted, narrower
from workshop.exercises.judging.kinds import DETECTOR
from workshop.exercises.misconception import Misconception, Signature, Strength, only
from workshop.exercises.sample_records import REGION, Maker, Record, without

TASK = """\
**Write `deleting_logs(record)`.** It looks for API calls

- to **CloudWatch Logs** or to **CloudTrail**,
- whose name **starts with** `Delete`.

If the record is such a call, print it with `print_short_record` and return `True`. If not, return `False`, and
print nothing.
"""
HINTS = paragraphs("""
Two fields decide: which service was called, and which of its API calls it was. Print a record, or read
`print_short_record`, to find their names. Does your function look at both?

The service is in `record["eventSource"]`, written in full, such as "logs.amazonaws.com"; the call is in
`record["eventName"]`. Python texts have a method that tells how they start.

Two conditions, joined by `and`: `… in ("logs.amazonaws.com", …)` and `….startswith(…)`. If both hold: first
`print_short_record(record)`, then `return True`. At the very end, outside of every `if`, `return False`. For the
bonus, one more condition: the source is CloudTrail's and the name is exactly StopLogging.
""")
SOURCES = ("logs.amazonaws.com", "cloudtrail.amazonaws.com")


def deleting_logs(record):
    """Tell whether a record is an API call that deletes logs, or stops a trail from logging.

    Prints the record with `print_short_record` and returns True if so, returns False otherwise.
    """
    source = record.get("eventSource", "")
    name = record.get("eventName", "")
    deletes = source in ("logs.amazonaws.com", "cloudtrail.amazonaws.com") and name.startswith("Delete")
    stops = source == "cloudtrail.amazonaws.com" and name == "StopLogging"
    if deletes or stops:
        print_short_record(record)
        return True
    return False


FIELDS = ("eventSource", "eventName")


def cases(make: Maker) -> list[Case]:
    """Return the cases that judge an answer; `make` (a Maker) gives them fresh ids and keys."""
    logs, trail = SOURCES
    group = {"logGroupName": f"/aws/lambda/orders-{make.text(4)}"}
    arn = f"arn:aws:cloudtrail:{REGION}:111122223333:trail/audit-{make.text(4)}"
    denied = {"errorCode": "AccessDenied", "errorMessage": "User is not authorized to perform this operation"}

    def match(name: str, sentence: str, record: Record, typical: str | None = "narrower", **more: Any) -> Case:
        return Case(name, sentence, record, True, typical, **more)

    def other(name: str, sentence: str, record: Record, typical: str, **more: Any) -> Case:
        return Case(name, sentence, record, False, typical, **more)

    failed = make.record(trail, "DeleteTrail", make.session(), None, None, **denied)
    missing = make.record(
        logs, "DeleteLogStream", make.user(), group, errorCode="ResourceNotFoundException", errorMessage="Not found."
    )
    by_stack = make.record(
        logs,
        "DeleteLogGroup",
        make.session("deploy", "AWSCloudFormation", invokedBy="cloudformation.amazonaws.com"),
        group,
        sourceIPAddress="cloudformation.amazonaws.com",
        userAgent="cloudformation.amazonaws.com",
    )
    root = make.user(type="Root", arn="arn:aws:iam::111122223333:root", principalId="111122223333")
    odd = make.record(
        logs, "DeleteSubscriptionFilter", make.user(), group, userAgent=["aws-cli", "2"], readOnly="False"
    )
    names = [
        (logs, "DeleteDestination"),
        (logs, "DeleteQueryDefinition"),
        (logs, "DeleteResourcePolicy"),
        (logs, "DeleteDataProtectionPolicy"),
        (trail, "DeleteChannel"),
        (trail, "DeleteDashboard"),
    ]
    make.random.shuffle(names)
    generated = [
        match(
            f"generated {number}",
            f"{who['type']} calls {name} of {source}.",
            make.record(source, name, who, None),
            "names_list",
        )
        for number, ((source, name), who) in enumerate(
            zip(names, [make.user(), make.session(), make.instance(), make.user("ben")], strict=False)
        )
    ]
    query = {"queryString": "fields @message | filter eventName = 'DeleteTrail'", "logGroupName": "trail"}
    sign_in = make.record(
        "signin.amazonaws.com",
        "ConsoleLogin",
        make.user(),
        None,
        {"ConsoleLogin": "Success"},
        eventType="AwsConsoleSignIn",
    )
    service_event = make.record(
        "kms.amazonaws.com",
        "RotateKey",
        {"accountId": "111122223333", "invokedBy": "AWS Internal"},
        None,
        None,
        sourceIPAddress="AWS Internal",
        eventType="AwsServiceEvent",
    )
    return [
        match("log group", "Someone deletes a log group of CloudWatch Logs.",
              make.record(logs, "DeleteLogGroup", request=group), "one_service_only", watch=True),
        match("trail", "Someone deletes a trail of CloudTrail.",
              make.record(trail, "DeleteTrail", request={"name": arn}), "one_service_only", watch=True),
        match("log stream", "A role's session deletes a log stream.",
              make.record(logs, "DeleteLogStream", make.session(), group), "narrower"),
        match("retention policy", "Someone removes the retention policy of a log group: DeleteRetentionPolicy.",
              make.record(logs, "DeleteRetentionPolicy", request=group), "names_list"),
        match("event data store", "Someone deletes an event data store of CloudTrail Lake: DeleteEventDataStore.",
              make.record(trail, "DeleteEventDataStore", request={"eventDataStore": arn}), "names_list"),
        match("metric filter", "Someone deletes a metric filter of a log group: DeleteMetricFilter.",
              make.record(logs, "DeleteMetricFilter", request=group), "names_list"),
        match("failed", "Someone tries to delete a trail and is denied: the record has an errorCode.", failed,
              "filters_failed", fields=(*FIELDS, "errorCode")),
        match("missing", "Someone tries to delete a log stream that is not there: the record has an errorCode.",
              missing,
              "filters_failed", fields=(*FIELDS, "errorCode")),
        match("by stack", "CloudFormation deletes a log group, on someone's behalf.", by_stack,
              fields=(*FIELDS, "sourceIPAddress")),
        match("root", "The root user deletes a trail, in us-east-1.",
              make.record(trail, "DeleteTrail", root, {"name": arn}, awsRegion="us-east-1"),
              fields=(*FIELDS, "userIdentity.type", "awsRegion")),
        match("instance", "An instance's session deletes a log group.",
              make.record(logs, "DeleteLogGroup", make.instance(), group), fields=(*FIELDS, "userIdentity.arn")),
        match("odd", "Someone deletes a subscription filter; the record's user agent is a list.", odd, "names_list"),
        *generated,
        other("bucket", "Someone deletes an S3 bucket.",
              make.record("s3.amazonaws.com", "DeleteBucket", request={"bucketName": "scratch"}), "any_service"),
        other("alarms", "Someone deletes alarms of CloudWatch, which is another service than CloudWatch Logs.",
              make.record("monitoring.amazonaws.com", "DeleteAlarms", request={"alarmNames": ["a"]}), "any_service"),
        other("user", "Someone deletes an IAM user.",
              make.record("iam.amazonaws.com", "DeleteUser", awsRegion="us-east-1"), "any_service"),
        other("table", "A role's session deletes a DynamoDB table.",
              make.record("dynamodb.amazonaws.com", "DeleteTable", make.session()), "any_service"),
        other("portfolio", "Someone deletes a portfolio of Service Catalog.",
              make.record("servicecatalog.amazonaws.com", "DeletePortfolio"), "any_service"),
        other("describe", "Someone lists log groups.", make.record(logs, "DescribeLogGroups", request={}), "or_for_and",
              watch=True),
        other("retention", "Someone sets how long a log group keeps its logs.",
              make.record(logs, "PutRetentionPolicy", request=group), "wider_than_asked"),
        other("create", "A trail is created.",
              make.record(trail, "CreateTrail", make.session(), {"name": arn}), "or_for_and"),
        other("lookup", "Someone looks at the event history.", make.record(trail, "LookupEvents"), "or_for_and"),
        other("start", "A trail starts logging.",
              make.record(trail, "StartLogging", request={"name": arn}), "or_for_and"),
        other("update", "Someone changes the settings of a trail.",
              make.record(trail, "UpdateTrail", request={"name": arn}), "wider_than_asked"),
        other("selectors", "Someone changes which events a trail records.",
              make.record(trail, "PutEventSelectors", request={"trailName": arn}), "wider_than_asked"),
        other("stop query", "Someone stops a query of CloudWatch Logs.",
              make.record(logs, "StopQuery"), "stop_too_wide"),
        Case("stop logging", "Someone stops a trail without deleting it.",
             make.record(trail, "StopLogging", make.user(), {"name": arn}), True, None, bonus=True),
        other("other stop", "A call of another service that also happens to be named StopLogging.",
              make.record("datasync.amazonaws.com", "StopLogging"), "stop_logging_any_service"),
        other("first stop", "A StopLogging of yet another service.",
              make.record("appflow.amazonaws.com", "StopLogging"), "stop_logging_any_service"),
        other("undo", "A call that AWS may add tomorrow: its name has Delete in it, but does not start so.",
              make.record(logs, "UndoDeleteLogGroup", request=group), "contains_delete"),
        other("undo trail", "A call that AWS may add tomorrow: it cancels the deletion of a trail.",
              make.record(trail, "CancelDeleteTrail", request={"name": arn}), "contains_delete"),
        other("audit logs", "A call of a service that AWS may add tomorrow, with a similar name.",
              make.record("auditlogs.amazonaws.com", "DeleteAudit"), "source_substring"),
        other("logs archive", "Another service of tomorrow, whose name starts alike.",
              make.record("logs-archive.amazonaws.com", "DeleteArchive"), "source_substring"),
        other("trail data", "A call of CloudTrail's data service, which has an event source of its own.",
              make.record("cloudtrail-data.amazonaws.com", "DeleteAuditEvents"), "source_substring"),
        other("part", "A service of tomorrow, whose name is the end of another's.",
              make.record("trail.amazonaws.com", "DeleteTrailhead"), "source_substring"),
        other("query", "Someone searches the logs for the word DeleteTrail.",
              make.record(logs, "StartQuery", request=query), "searches_everything"),
        other("sign-in", "Someone signs in to the console.", sign_in, "or_for_and"),
        other("service event", "A service's own event: its identity has no type, arn or key.",
              service_event, "or_for_and"),
        other("no identity", "An event of a service, without any userIdentity.",
              without(make.record("health.amazonaws.com", "NotifyHealth"), "userIdentity"), "or_for_and"),
        other("insight", "An Insight record: it has no eventSource, eventName or userIdentity.", make.insight(),
              "searches_everything", may_raise=True),
    ]  # fmt: skip


_NEAR_SPELLINGS = {
    "wrong_case": ("Logs.amazonaws.com", "LOGS.AMAZONAWS.COM", "CloudTrail.amazonaws.com", "Cloudtrail.amazonaws.com"),
    "missing_suffix": ("logs", "cloudtrail", "Logs", "CloudTrail", "logs.amazonaws", "cloudtrail.amazonaws"),
    "wrong_service_name": (
        "cloudwatch.amazonaws.com",
        "cloudwatchlogs.amazonaws.com",
        "cloudwatch-logs.amazonaws.com",
        "log.amazonaws.com",
        "monitoring.amazonaws.com",
        "cloudtrails.amazonaws.com",
        "cloudtrail.amazon.com",
        "logs.amazon.com",
        "logs.aws.amazon.com",
        "cloudtrail.aws.amazon.com",
    ),
}


def probes(make: Maker, texts: list[str]) -> list[Probe]:
    """Return records that cannot happen but give a misspelling away; `texts` are the attendee's own."""
    found = [
        Probe({"eventName": name}, "log group", identifier)
        for name, identifier in (
            ("deleteLogGroup", "wrong_case"),
            ("deleteloggroup", "wrong_case"),
            ("DELETELOGGROUP", "wrong_case"),
            ("Delete", "equals_delete"),
            ("delete", "equals_delete"),
        )
    ]
    for identifier, sources in _NEAR_SPELLINGS.items():
        for source in sources:
            of_trail = "trail" in source.lower()
            found.append(Probe({"eventSource": source}, "trail" if of_trail else "log group", identifier, source))
    for text in texts:
        if text not in SOURCES and not text.startswith("Delete"):
            for twin in ("trail", "log group"):
                found.append(Probe({"eventSource": text}, twin, _misspelling(text), text))
    return found


def _misspelling(text: str) -> str:
    """Return the misconception behind a text that is used as an event source and is none of those asked for."""
    if text.lower() in SOURCES:
        return "wrong_case"
    return "missing_suffix" if text.lower() + ".amazonaws.com" in SOURCES else "wrong_service_name"


# ---------------------------------------------------------------- the catalogue


def _of_logs(record: Record) -> bool:
    return record.get("eventSource") in SOURCES


def _deletes(record: Record) -> bool:
    return record.get("eventName", "").startswith("Delete")


def _right(record: Record) -> bool:
    return _of_logs(record) and _deletes(record)


def _wrong_sources(signature: Signature, fits: Callable[[str], bool]) -> list[str]:
    """Return texts that eventSource is compared with and that fit, if the rightful source is missed for it."""
    used = signature.compared_with("eventSource", "==", "!=")
    missing = {source for source in SOURCES if source not in used}
    return sorted(text for text in used - set(SOURCES) if missing and signature.missed and fits(text))


def _wrong_case(signature: Signature) -> Any:
    prefixes = signature.compared_with("eventName", "startswith", "==")
    name = [p for p in prefixes if p[:6].lower() == "delete" and not p.startswith("Delete")]
    if ("eventName", "lower", "") in signature.compared:  # then small letters are right
        name = []
    for path, how, _ in signature.compared:  # .lower() and a capital, .upper() and small letters
        if how in ("lower", "upper"):
            name += [t for t in signature.compared_with(path, "==", "startswith") if t != getattr(t, how)()]
    return signature.missed and (name or _wrong_sources(signature, lambda text: text.lower() in SOURCES))


def _missing_suffix(signature: Signature) -> list[str]:
    return _wrong_sources(signature, lambda text: text.lower() + ".amazonaws.com" in SOURCES)


def _wrong_name(signature: Signature) -> list[str]:
    wrong = _wrong_sources(signature, lambda text: text.lower() not in SOURCES)
    # What matches instead is at most what bears the wrong name.
    return (
        wrong
        if all(name == "part" or signature.records[name].get("eventSource") in wrong for name in signature.false_alarms)
        else []
    )


def _equals_delete(signature: Signature) -> bool:
    exact = signature.compared_with("eventName", "==", "!=")
    return any(text.lower().startswith("delete") for text in exact) and not signature.found


def _cannot_both(signature: Signature) -> bool:
    """Tell whether a source that had been recognised was then compared with the other one too."""
    for name in ("log group", "trail"):
        seen = [
            text for path, how, text in signature.notes.get(name, ()) if path == "eventSource" and how in ("==", "!=")
        ]
        own = signature.records[name]["eventSource"]
        if own in seen and any(text in SOURCES and text != own for text in seen[seen.index(own) + 1 :]):
            return signature.never_matches
    return False


def _mixed_up(signature: Signature) -> bool:
    names = [
        path
        for path, how, text in signature.compared
        if text.startswith("Delete") and how in ("startswith", "==") and not path.endswith("]")
    ]
    sources = [
        path
        for path, how, text in signature.compared
        if "amazonaws" in text and how in ("startswith", "==", "!=") and not path.endswith("]")
    ]
    return not signature.found and (any(p != "eventName" for p in names) or any(p != "eventSource" for p in sources))


MISCONCEPTIONS = (
    Misconception(
        "any_service",
        "It accepts the Delete calls of every service. The exercise is about logs: those of two services only.",
        "which field tells the service that was called? Ask for that too.",
        rules=(_deletes, lambda r: "Delete" in r.get("eventName", "")),
        case="bucket",
    ),
    Misconception(
        "or_for_and",
        "It finds records for which only one of the two conditions holds. Both must hold: the right service, and a "
        "call that deletes.",
        "is there an `or` where an `and` belongs, or two `if`s that each return True?",
        rules=(
            lambda r: _of_logs(r) or _deletes(r),
            _of_logs,
        ),
        case="describe",
    ),
    *(
        Misconception(
            identifier,
            f"It finds each call of {source}, also those that delete nothing. Of the other service it finds only those "
            "that delete.",
            "where does it ask for Delete? Round brackets belong around an `or` that stands beside an `and`.",
            rules=(lambda r, every=source: r.get("eventSource") == every or _right(r),),
            case=case,
        )
        for identifier, source, case in (
            ("each_call_of_logs", SOURCES[0], "describe"),
            ("each_call_of_cloudtrail", SOURCES[1], "create"),
        )
    ),
    Misconception(
        "contains_delete",
        "It accepts names that have Delete anywhere. The exercise asks for names that start with it.",
        "texts have a method that looks at their beginning only.",
        rules=(lambda r: _of_logs(r) and "Delete" in r.get("eventName", ""),),
        case="undo",
    ),
    Misconception(
        "prefix_too_short",
        "It accepts names that only begin a little like Delete: Describe does too.",
        "compare with the whole word Delete.",
        rules=tuple(
            (lambda r, p=prefix: _of_logs(r) and r.get("eventName", "").startswith(p)) for prefix in ("D", "De", "Del")
        ),
        case="describe",
    ),
    Misconception(
        "ends_with_delete",
        "It asks whether the name ends with Delete. API names begin with what they do: DeleteTrail.",
        "texts have a method for their beginning as well.",
        when=lambda s: not s.found and "Delete" in s.compared_with("eventName", "endswith"),
        strength=Strength.CERTAIN,
        case="log group",
    ),
    Misconception(
        "wildcard",
        "It looks for a name with that very sign in it: `*`, `^` and `%` stand for themselves in an ordinary text.",
        "texts have a method that looks at their beginning only.",
        when=lambda s: (
            not s.found
            and any(set(text) & set("*^%") for text in s.compared_with("eventName", "==", "startswith", "contains"))
        ),
        strength=Strength.CERTAIN,
        case="log group",
    ),
    Misconception(
        "prefix_too_long",
        "No name starts with the text it looks for: behind Delete, in the same word, stands what is deleted.",
        "how much of the name is the same in DeleteTrail and DeleteLogGroup?",
        when=lambda s: (
            not s.found
            and "Delete" not in s.compared_with("eventName", "startswith")
            and any(t.startswith("Delete") for t in s.compared_with("eventName", "startswith"))
        ),
        strength=Strength.EVIDENT,
        case="log group",
    ),
    Misconception(
        "equals_delete",
        'It compares the whole name with a text such as "Delete", and no API call is called just that: DeleteTrail and '
        "DeleteLogGroup only start so.",
        "compare the beginning of the name instead of all of it.",
        when=_equals_delete,
        case="log group",
    ),
    Misconception(
        "wrong_case",
        "Capital and small letters differ for Python. CloudTrail writes sources in small letters "
        "(logs.amazonaws.com) and API names with a capital (DeleteTrail).",
        "compare your texts letter by letter with a real record.",
        when=_wrong_case,
        strength=Strength.EVIDENT,
        case="log group",
    ),
    Misconception(
        "missing_suffix",
        "The event source is written in full: with .amazonaws.com behind the service.",
        "print the eventSource of the record, and compare with all of it.",
        when=_missing_suffix,
        strength=Strength.EVIDENT,
        case="log group",
    ),
    Misconception(
        "wrong_service_name",
        "It compares the source with a name that CloudTrail does not use for the services asked for. CloudWatch "
        "Logs has its own source, apart from CloudWatch's.",
        "print the eventSource of the record, and compare with exactly that.",
        when=_wrong_name,
        strength=Strength.EVIDENT,
        case="log group",
    ),
    Misconception(
        "fields_mixed_up",
        "The two fields are mixed up: eventSource is the service (logs.amazonaws.com), eventName the call "
        "(DeleteTrail).",
        "check which of the two you compare with what.",
        when=_mixed_up,
        case="log group",
    ),
    Misconception(
        "one_service_only",
        "It finds the deletions of one of the two services only. If it checks them one after the other: does a "
        "`return False` end the function before the second gets its turn?",
        "both CloudWatch Logs and CloudTrail are asked for.",
        rules=(
            lambda r: _right(r) and r["eventSource"] == SOURCES[0],
            lambda r: _right(r) and r["eventSource"] == SOURCES[1],
        ),
        when=lambda s: s.splits_by("eventSource") and not {"bucket", "describe"} & set(s.false_alarms),
    ),
    Misconception(
        "name_left_out",
        "It leaves out one of the calls. That is perhaps better in production, but this phase asks for every "
        "name that starts with Delete, without an exception.",
        "which of your lines sends this one call away? Take it out.",
        when=lambda s: (
            s.splits_by("eventName")
            and not s.reads_beyond
            and not s.false_alarms
            and len({s.records[name]["eventName"] for name in s.missed}) == 1
            and any(name.startswith("generated") for name in s.found)
        ),
    ),
    Misconception(
        "names_list",
        "It finds some of the names that start with Delete, and leaves out others. That is perhaps better in "
        "production, but this phase asks for every such name: AWS has more of them than one thinks, and adds "
        "new ones.",
        "look at the beginning of the name instead of a list.",
        when=lambda s: (
            s.splits_by("eventName")
            and not s.reads_beyond
            and bool({"retention policy", "metric filter", "event data store"} & set(s.missed))
            and not {"bucket", "user"} & set(s.false_alarms)
        ),
        case="retention policy",
    ),
    Misconception(
        "source_substring",
        "It accepts sources that only look alike. The source has to be the whole text.",
        'compare the whole source: "logs.amazonaws.com" or "cloudtrail.amazonaws.com".',
        when=only(false_alarms={"audit logs", "logs archive", "trail data", "portfolio", "part"}),
        case="audit logs",
    ),
    Misconception(
        "filters_failed",
        "It leaves out calls that failed. That is perhaps better in production, but this phase asks for all of "
        "them: an attempt to delete a trail tells about an attacker too.",
        "do not look at errorCode or responseElements.",
        rules=(
            lambda r: _right(r) and not r.get("errorCode"),
            lambda r: _right(r) and r.get("errorCode") != "AccessDenied",
        ),
        when=lambda s: bool(s.missed) and set(s.missed) <= {"failed", "missing"},
        case="failed",
    ),
    Misconception(
        "stop_logging_any_service",
        "For the bonus it finds StopLogging of any service.",
        "ask for CloudTrail's source as well.",
        when=lambda s: not s.missed and set(s.false_alarms) == {"other stop", "first stop"},
        case="other stop",
    ),
    Misconception(
        "stop_too_wide",
        "It accepts other calls that stop something. Only one call stops a trail.",
        "compare with the whole name of that call, and with CloudTrail's source.",
        when=lambda s: (
            not s.missed
            and "stop query" in s.false_alarms
            and set(s.false_alarms) <= {"stop query", "other stop", "first stop"}
        ),
        case="stop query",
    ),
    Misconception(
        "searches_everything",
        "It finds records that have the words anywhere. They also stand in what people ask for, in names and messages.",
        "look at eventSource and eventName only.",
        when=lambda s: (
            not s.missed
            and bool({"query", "insight"} & set(s.false_alarms))
            and not {"describe", "bucket"} & set(s.false_alarms)
        ),
        case="query",
    ),
    inverted(
        _right,
        "log group",
        "Its verdicts are the wrong way round: True for what is harmless, False for what deletes logs.",
    ),
    Misconception(
        "one_inverted",
        "One of its two conditions is the wrong way round.",
        "is there a `not`, a `not in` or a `!=` too many?",
        rules=(lambda r: not _of_logs(r) and _deletes(r), lambda r: _of_logs(r) and not _deletes(r)),
        case="log group",
    ),
    always_true("describe"),
    Misconception(
        "wider_than_asked",
        "There are more ways to lose logs, and looking for them is perhaps better in production, but this phase "
        'asks for names that start with "Delete" (and StopLogging for the bonus).',
        "leave the other calls for later.",
        when=only(false_alarms={"update", "selectors", "retention", "stop query", "create", "start"}),
        case="update",
    ),
    Misconception(
        "cannot_both",
        "No record can meet its conditions: an event source is never both logs.amazonaws.com and "
        'cloudtrail.amazonaws.com. `!= "a" or != "b"` is always true, `== "a" and == "b"` never.',
        "use `in` with a tuple of both names, or `not in`.",
        when=_cannot_both,
        strength=Strength.VAGUE,
        case="log group",
    ),
    Misconception(
        "bonus_only",
        "It finds the call that stops a trail, which is the bonus, but not the calls that delete logs.",
        "keep both: the Delete calls of the two services, and StopLogging.",
        when=lambda s: not s.found and not s.false_alarms and s.verdicts["stop logging"],
        case="log group",
    ),
    Misconception(
        "never_true",
        "It compares, and yet returns False for every record, even this one: its conditions never hold all at once.",
        "take this record and go through your conditions one by one: which one fails, and does the exercise ask "
        "for it?",
        when=lambda s: s.never_matches and any(path in FIELDS for path, _, _ in s.compared),
        case="log group",
        strength=Strength.VAGUE,
    ),
    early_return_false(
        "log group",
        "is there a `return False` before or above the `if`, or at the same depth in the loop?",
        lambda s: s.never_matches,
    ),
    narrower(
        "It leaves out some of the calls asked for. That is perhaps better in production, but this phase asks "
        "for all Delete calls of the two services, whoever made them and from wherever.",
        "look at eventSource and eventName only.",
    ),
)

EXERCISE = Exercise(
    name="deleting_logs",
    title="Phase 1: Deleting logs",
    notebook="02",
    task=TASK,
    hints=HINTS,
    model=deleting_logs,
    kind=DETECTOR,
    cases=cases,
    probes=probes,
    misconceptions=MISCONCEPTIONS,
    well_done="It finds what deletes logs, and nothing else. Bonus round: which call stops a trail without deleting "
    "it?",
    fields=FIELDS,
    bonus="It finds what deletes logs, and whoever stops a trail without deleting it.",
    model_earns="bonus",
)
