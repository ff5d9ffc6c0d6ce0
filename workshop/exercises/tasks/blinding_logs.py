"""Extra credit: API calls that end the logs of other services, or silence them; told by source and name."""

# mypy: allow-untyped-defs
# The model answer stands as attendees read it.

from typing import Any

from workshop.cloudtrail_analyzer import print_short_record
from workshop.exercises.case import Case
from workshop.exercises.exercise import Exercise, paragraphs
from workshop.exercises.judging.common_mistakes import always_true, inverted, narrower, never_true
from workshop.exercises.judging.kinds import DETECTOR
from workshop.exercises.log_loss.ways import WAYS, ways_of_call
from workshop.exercises.misconception import Misconception, Signature, Strength, only
from workshop.exercises.sample_records import Maker, Record, without

TASK = """\
**Write `blinding_logs(record)`**: it finds the calls that shut one of these eyes,
or CloudTrail's own without deleting anything.

| Event source | Event name |
| --- | --- |
| `cloudtrail.amazonaws.com` | `StopLogging`, `StopEventDataStoreIngestion` |
| `ec2.amazonaws.com` | `DeleteFlowLogs` |
| `route53resolver.amazonaws.com` | `DeleteResolverQueryLogConfig`, `DisassociateResolverQueryLogConfig` |
| `config.amazonaws.com` | `StopConfigurationRecorder`, `DeleteConfigurationRecorder`, `DeleteDeliveryChannel` |
| `guardduty.amazonaws.com` | `DeleteDetector` |

One thing is new: **only calls that worked**. An attempt shows that there is an attacker, but after it all logs are
still written. A person woken at night wants to know which of the two it was. A call that failed has an `errorCode`.

Print and return as before: `print_short_record(record)` and `True` for a match, `False` for anything else.
"""
HINTS = paragraphs("""
Three things decide: which service, which of its calls, and whether the call worked. Look at a record of a call that
failed, and at one that did not: which field do only failed ones have?

A failed call has an `errorCode`; `record.get("errorCode")` gives None where there is none. For nine calls of five
services a dictionary is handy: the event source leads to the names, `{"ec2.amazonaws.com": ("DeleteFlowLogs",), …}`.

`names = calls.get(source, ())` gives the names for a record's source, or nothing; then ask `record.get("eventName")
in names` and `not record.get("errorCode")`, joined by `and`. If both hold: first `print_short_record(record)`, then
`return True`. At the very end, outside of every `if`, `return False`.
""")
FIELDS = ("eventSource", "eventName")
WORKED = (*FIELDS, "errorCode")


def blinding_logs(record):
    """Tell whether a record is an API call that ended a log of CloudTrail or of another service, and that worked.

    Prints the record with `print_short_record` and returns True if so, returns False otherwise.
    """
    calls = {
        "cloudtrail.amazonaws.com": ("StopLogging", "StopEventDataStoreIngestion"),
        "ec2.amazonaws.com": ("DeleteFlowLogs",),
        "route53resolver.amazonaws.com": ("DeleteResolverQueryLogConfig", "DisassociateResolverQueryLogConfig"),
        "config.amazonaws.com": ("StopConfigurationRecorder", "DeleteConfigurationRecorder", "DeleteDeliveryChannel"),
        "guardduty.amazonaws.com": ("DeleteDetector",),
    }
    worked = not record.get("errorCode")
    if worked and record.get("eventName") in calls.get(record.get("eventSource"), ()):
        print_short_record(record)
        return True
    return False


_SENTENCES = {
    "StopLogging": "Someone stops a trail.",
    "StopEventDataStoreIngestion": "Someone stops an event data store of CloudTrail Lake.",
    "DeleteFlowLogs": "Someone deletes the flow logs of a network.",
    "DeleteResolverQueryLogConfig": "Someone deletes the log of DNS queries.",
    "DisassociateResolverQueryLogConfig": "Someone takes a network from the log of DNS queries.",
    "StopConfigurationRecorder": "Someone stops AWS Config from recording how resources change.",
    "DeleteConfigurationRecorder": "Someone deletes AWS Config's recorder.",
    "DeleteDeliveryChannel": "Someone deletes the channel through which AWS Config delivers.",
    "DeleteDetector": "Someone deletes GuardDuty's detector.",
}
# Which calls are asked for, by their source: {"ec2.amazonaws.com": ["DeleteFlowLogs"], …}.
ASKED: dict[str, list[str]] = {}
for _way in WAYS:
    if _way.name in _SENTENCES:
        ASKED.setdefault(_way.source, []).append(_way.name)


def cases(make: Maker) -> list[Case]:
    """Return the cases that judge an answer; `make` (a Maker) gives them fresh ids and keys."""
    people = [make.user(), make.session(), make.instance(), make.user("ben")]

    def record(source: str, name: str, request: Any = None, **fields: Any) -> Record:
        ways = ways_of_call(source, name)
        request = ways[0].request if request is None and ways else request
        return make.record(source, name, make.random.choice(people), request, **fields)

    def other(name: str, sentence: str, record: Record, typical: str, **more: Any) -> Case:
        return Case(name, sentence, record, False, typical, **more)

    def failed(name: str, code: str = "AccessDenied", request: Any = None) -> Record:
        source = next(source for source, names in ASKED.items() if name in names)
        return without_request(record(source, name, request, errorCode=code, errorMessage="The call failed."))

    def without_request(found: Record) -> Record:
        # CloudTrail leaves the request of a call out that was denied.
        return {**found, "requestParameters": None} if found["errorCode"] == "AccessDenied" else found

    # Some services answer with what they did, most with nothing.
    responses = {
        "ec2.amazonaws.com": {"DeleteFlowLogsResponse": {"requestId": make.uuid(), "unsuccessful": ""}},
        "route53resolver.amazonaws.com": {"resolverQueryLogConfig": {"status": "DELETING"}},
    }
    matches = [
        Case(name, _SENTENCES[name], record(source, name, response=responses.get(source)), True, "some_missing",
             watch=name in ("StopLogging", "DeleteFlowLogs"))
        for source, names in ASKED.items()
        for name in names
    ]  # fmt: skip
    elsewhere = dict(zip(ASKED, [*ASKED][1:] + [*ASKED][:1], strict=True))
    root = make.user(type="Root", arn="arn:aws:iam::111122223333:root", principalId="111122223333")
    by_root = make.record("cloudtrail.amazonaws.com", "StopLogging", root, {"name": "audit"}, awsRegion="us-east-1")
    odd = record("ec2.amazonaws.com", "DeleteFlowLogs", userAgent=["aws-cli", "2"], readOnly="False")
    return [
        *matches,
        Case("root", "The root user stops a trail, in us-east-1.", by_root, True,
             "narrower", fields=(*FIELDS, "userIdentity.type")),
        Case("odd", "Someone deletes flow logs; the record's user agent is a list.", odd, True, "narrower"),
        Case("no response", "Someone stops AWS Config; it worked, and responseElements is null, as for many calls.",
             record("config.amazonaws.com", "StopConfigurationRecorder", response=None), True,
             "by_response", fields=(*WORKED, "responseElements")),
        other("denied", "Someone tries to stop a trail and is denied.", failed("StopLogging"), "counts_attempts",
              fields=WORKED, watch=True),
        other("denied detector", "Someone tries to delete GuardDuty's detector and is denied.",
              failed("DeleteDetector"), "counts_attempts", fields=WORKED),
        other("not found", "Someone tries to stop a trail that is not there.",
              failed("StopLogging", "TrailNotFoundException", {"name": "no-such-trail"}), "counts_attempts",
              fields=WORKED),
        other("no recorder", "Someone tries to stop a recorder of AWS Config that is not there.",
              failed("StopConfigurationRecorder", "NoSuchConfigurationRecorderException"), "counts_attempts",
              fields=WORKED),
        other("unauthorized", "Someone tries to delete flow logs; EC2 has a name of its own for a denial.",
              failed("DeleteFlowLogs", "Client.UnauthorizedOperation"), "counts_attempts", fields=WORKED),
        other("start", "A trail starts logging.", record("cloudtrail.amazonaws.com", "StartLogging"), "or_for_and",
              watch=True),
        other("log group", "Someone deletes a log group: that is the job of deleting_logs.",
              record("logs.amazonaws.com", "DeleteLogGroup"), "any_delete"),
        other("trail", "Someone deletes a trail: that is the job of deleting_logs.",
              record("cloudtrail.amazonaws.com", "DeleteTrail"), "any_delete"),
        other("security group", "Someone deletes a security group of EC2.",
              record("ec2.amazonaws.com", "DeleteSecurityGroup", {"groupId": "sg-0a1b2c3d"}), "any_delete"),
        other("config rule", "Someone deletes a rule of AWS Config; what changes is recorded all the same.",
              record("config.amazonaws.com", "DeleteConfigRule", {"configRuleName": "s3-public"}), "any_delete"),
        other("filter", "Someone deletes a filter of GuardDuty: more findings are shown, not fewer.",
              record("guardduty.amazonaws.com", "DeleteFilter"), "any_delete"),
        other("instances", "Someone stops an instance of EC2.",
              record("ec2.amazonaws.com", "StopInstances"), "any_stop"),
        other("query", "Someone stops a query of CloudWatch Logs.",
              record("logs.amazonaws.com", "StopQuery"), "any_stop"),
        other("import", "Someone stops an import into CloudTrail Lake.",
              record("cloudtrail.amazonaws.com", "StopImport"), "any_stop"),
        other("rule", "Someone takes a network from a rule for DNS names: its log goes on.",
              record("route53resolver.amazonaws.com", "DisassociateResolverRule"), "or_for_and"),
        other("update", "Someone changes the settings of a trail.",
              record("cloudtrail.amazonaws.com", "UpdateTrail"), "wider_than_asked"),
        other("selectors", "Someone changes which events a trail records.",
              record("cloudtrail.amazonaws.com", "PutEventSelectors"), "wider_than_asked"),
        other("detector", "Someone changes the settings of GuardDuty's detector.",
              record("guardduty.amazonaws.com", "UpdateDetector"), "wider_than_asked"),
        other("describe", "Someone lists the flow logs.",
              record("ec2.amazonaws.com", "DescribeFlowLogs"), "or_for_and"),
        other("other stop", "A call of another service that also happens to be named StopLogging.",
              record("datasync.amazonaws.com", "StopLogging", {}), "name_alone"),
        other("other channel", "A call of another service that also happens to be named DeleteDeliveryChannel.",
              record("mediatailor.amazonaws.com", "DeleteDeliveryChannel", {}), "name_alone"),
        other("other detector", "A call of another service that also happens to be named DeleteDetector.",
              record("frauddetector.amazonaws.com", "DeleteDetector", {}), "name_alone"),
        *(
            other(f"{name} elsewhere", f"A call that AWS may add tomorrow: {name} of another service.",
                  record(elsewhere[source], name, {}), "name_alone")
            for source, names in ASKED.items() for name in names
        ),
        other("insight", "An Insight record: it has no eventSource, eventName or userIdentity.", make.insight(),
              "or_for_and", may_raise=True),
        other("no identity", "An event of a service, without any userIdentity.",
              without(make.record("health.amazonaws.com", "NotifyHealth"), "userIdentity"), "or_for_and"),
    ]  # fmt: skip


# ---------------------------------------------------------------- the catalogue


def _named(record: Record) -> bool:
    return record.get("eventName") in {name for names in ASKED.values() for name in names}


def _of_service(record: Record) -> bool:
    return record.get("eventSource") in ASKED


def _asked(record: Record) -> bool:
    return record.get("eventName") in ASKED.get(record.get("eventSource", ""), ())


def _worked(record: Record) -> bool:
    return not record.get("errorCode")


_ATTEMPTS = {"denied", "denied detector", "not found", "no recorder", "unauthorized"}
_ELSEWHERE = {f"{name} elsewhere" for names in ASKED.values() for name in names}
_BY_NAME = {"other stop", "other channel", "other detector", *_ELSEWHERE}


def _one_service_missing(signature: Signature) -> bool:
    """Tell whether all that is missed is of some services, and those were compared with other names."""
    missed = {signature.records[name]["eventSource"] for name in signature.missed}
    found = {signature.records[name]["eventSource"] for name in signature.found}
    return bool(missed) and not missed & found and not signature.never_matches


MISCONCEPTIONS = (
    Misconception(
        "counts_attempts",
        "It also finds calls that failed. `deleting_logs` asked for those; this one is to say that somebody has been "
        "blinded, and after a failed call all logs are still written.",
        "a failed call has an errorCode, whatever the code is.",
        rules=(_asked, lambda r: _asked(r) and r.get("errorCode") != "AccessDenied"),
        when=only(false_alarms=_ATTEMPTS),
        case="denied",
    ),
    Misconception(
        "only_attempts",
        "It finds the calls that failed, and not those that worked.",
        "errorCode is there when a call failed. Is there a `not` too few?",
        rules=(lambda r: _asked(r) and not _worked(r),),
        case="StopLogging",
    ),
    Misconception(
        "by_response",
        "It leaves out calls whose responseElements is null. For many calls it is null even when they worked.",
        "a call worked if it has no errorCode.",
        rules=(lambda r: _asked(r) and bool(r.get("responseElements")),),
        when=lambda s: "responseElements" in {key for _, key in s.read} and bool(s.missed),
        case="no response",
        strength=Strength.EVIDENT,
    ),
    Misconception(
        "name_alone",
        "It also finds calls of the same name of other services.",
        "ask for the event source as well: the names belong to their services.",
        rules=(lambda r: _named(r) and _worked(r), _named),
        when=only(false_alarms=_BY_NAME),
        case="other stop",
    ),
    Misconception(
        "any_stop",
        "It also finds other calls that stop something.",
        "compare with the whole names: StopInstances stops no log.",
        rules=(lambda r: r.get("eventName", "").startswith("Stop") and _worked(r),),
        when=lambda s: (
            bool({"instances", "query", "import"} & set(s.false_alarms))
            and "describe" not in s.false_alarms
            and "security group" not in s.false_alarms
        ),
        case="instances",
    ),
    Misconception(
        "any_delete",
        "It also finds other calls that delete something.",
        "compare with the whole names: most of what is deleted is no log, and what is has its own detector, "
        "deleting_logs.",
        when=lambda s: (
            bool({"security group", "filter", "config rule"} & set(s.false_alarms)) and "describe" not in s.false_alarms
        ),
        case="security group",
    ),
    Misconception(
        "or_for_and",
        "It finds records for which one of the conditions does not hold. All must: the service, the call, and that it "
        "worked.",
        "is there an `or` where an `and` belongs, or two `if`s that each return True?",
        rules=(_of_service, lambda r: _of_service(r) and _worked(r), lambda r: _of_service(r) or _named(r)),
        case="describe",
    ),
    Misconception(
        "deleting_logs_again",
        "It also finds what deleting_logs is for. Two detectors that shout at the same record tell no more than one.",
        "leave DeleteLogGroup and DeleteTrail to deleting_logs.",
        when=only(false_alarms={"log group", "trail"}),
        case="trail",
    ),
    Misconception(
        "wider_than_asked",
        "Those calls can blind as well, but not by their names: it depends on what they ask for. That is the next "
        "exercise.",
        "leave UpdateTrail, PutEventSelectors and UpdateDetector for later.",
        when=only(false_alarms={"update", "selectors", "detector"}),
        case="update",
    ),
    always_true("describe", rules=(_worked,)),
    inverted(
        lambda r: _asked(r) and _worked(r),
        "StopLogging",
        "Its verdicts are the wrong way round: True for what is harmless, False for what blinds.",
    ),
    never_true(
        "StopLogging",
        "take this record and go through your conditions one by one: which one fails? The sources end with "
        ".amazonaws.com, and capitals matter.",
    ),
    Misconception(
        "service_missing",
        "It finds nothing of one of the services. Its event source is written in full, and is not always what one "
        "thinks: flow logs are ec2's, the DNS log is route53resolver's.",
        "compare the event source of the record with yours, letter by letter.",
        when=_one_service_missing,
    ),
    Misconception(
        "some_missing",
        "It leaves out some of the calls asked for, such as this one.",
        "compare the list of calls in the task with yours, letter by letter.",
        when=lambda s: (
            bool(s.missed)
            and set(s.missed) <= {name for names in ASKED.values() for name in names}
            and not s.false_alarms
        ),
        strength=Strength.VAGUE,
    ),
    narrower(
        "It leaves out some records that are asked for, such as this one.",
        "look at eventSource, eventName and errorCode only.",
    ),
)


def explains(case: Case, error: dict[str, Any]) -> Misconception | None:
    """Return what an exception means that this exercise knows better, or None."""
    if error["key"] == "errorCode":
        why = "This record has no errorCode: only calls that failed have one."
        return Misconception("absent_error_code", why, '`record.get("errorCode")` gives None where there is none.')
    return None


EXERCISE = Exercise(
    name="blinding_logs",
    title="Beyond Delete: blinding",
    notebook="05b",
    task=TASK,
    hints=HINTS,
    model=blinding_logs,
    kind=DETECTOR,
    cases=cases,
    misconceptions=MISCONCEPTIONS,
    well_done="It finds who blinds the account, and only if it worked. What does the name of a call not tell? Read on.",
    fields=FIELDS,
    explains=explains,
)
