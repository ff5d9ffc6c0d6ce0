"""Whether a record could be CloudTrail's: service, call and parameters exist, and the usual fields are there.

botocore's service models, which come with boto3, say what exists.
"""

import difflib
import functools
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from workshop.exercises.log_loss.ways import WAYS
from workshop.exercises.misconception import Misconception
from workshop.exercises.questions.kinds import without_date
from workshop.logs.record import Record

if TYPE_CHECKING:
    from botocore.model import ServiceModel
    from botocore.session import Session

SUFFIX = ".amazonaws.com"
# Fields that every record of an API call has.
USUAL = ("eventVersion", "userIdentity", "eventTime", "awsRegion", "sourceIPAddress", "eventID", "eventType")
# Event sources that are not botocore's names of the services.
_SERVICES = {
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "elasticloadbalancing": "elbv2",
    "tagging": "resourcegroupstaggingapi",
    "access-analyzer": "accessanalyzer",
} | {way.source.removesuffix(SUFFIX): way.service for way in WAYS}
_FROM_A_RECORD = (
    "begin with a real record and change what matters: "
    '`{**records[0], "eventSource": …, "eventName": …, "requestParameters": …}`.'
)


class Fault(NamedTuple):
    """What is wrong with a record, as the attendee reads it, and the fields to look at."""

    mistake: Misconception
    fields: tuple[str, ...] = ()


def fault(name: str, says: str, advice: str, *fields: str) -> Fault:
    """Return the Fault of a record that a misconception of this name explains."""
    return Fault(Misconception(name, says, advice), fields)


def impossible(record: object) -> Fault | None:
    """Return what is wrong with a record that CloudTrail could not have written, None for the others."""
    if not isinstance(record, dict):
        kind = "a text" if isinstance(record, str) else f"of type {type(record).__name__}"
        return fault("not_a_record", f"A record is a dictionary, and this is {kind}.", _FROM_A_RECORD)
    try:
        json.dumps(record)
    except (TypeError, ValueError, RecursionError) as error:
        says = f"Records come as JSON, and there is something in this one that JSON does not have ({error})."
        return fault("not_json", says, "use texts, numbers, True, False, None, lists and dictionaries.")
    found = _no_such_call(record)
    if found:
        return found
    missing = [name for name in USUAL if name not in record]
    if missing:
        says = (
            f"CloudTrail's records have more fields than that. Missing: {', '.join(f'`{name}`' for name in missing)}."
        )
        return fault("not_a_record", says, _FROM_A_RECORD)
    if not isinstance(record["userIdentity"], dict):
        return fault("not_a_record", "`userIdentity` is a dictionary.", _FROM_A_RECORD, "userIdentity")
    return _odd_parameters(record)


def _no_such_call(record: Record) -> Fault | None:
    for name in ("eventSource", "eventName"):
        if not (isinstance(record.get(name), str) and record[name]):
            what = "which service" if name == "eventSource" else "what"
            says = f"Without `{name}` it is not an API call: the field says {what} was called."
            return fault("no_call", says, _FROM_A_RECORD, name)
    source, name = record["eventSource"], record["eventName"]
    service = _service_of(source)
    if service is None:
        close = _close(source.lower().removesuffix(SUFFIX), [*_SERVICES, *_services()])
        guess = f"did you mean `{close}{SUFFIX}`?" if close else f"it ends with {SUFFIX}, and begins with the service."
        says = f"There is no event source `{source}`, as far as boto3 knows."
        return fault("unknown_service", says, guess, "eventSource")
    known = _model(service).operation_names
    if without_date(name) in known:
        return None
    elsewhere = sorted({way.source for way in WAYS if way.name == name})
    close = _close(name, [way.name for way in WAYS if way.source == source]) or _close(name, known, 0.75)
    guess = f"did you mean `{close}`?" if close else "look it up in the service's API reference."
    if elsewhere:
        guess = f"that is a call of `{elsewhere[0]}`."
    says = f"`{source}` has no call `{name}`, as far as boto3 knows."
    return fault("unknown_call", says, guess, "eventSource", "eventName")


def _odd_parameters(record: Record) -> Fault | None:
    """Say what is wrong with the requestParameters, as far as CloudTrail's spelling follows botocore's."""
    service, request = _service_of(record["eventSource"]), record.get("requestParameters")
    fields = ("eventName", "requestParameters")
    if request is not None and not isinstance(request, dict):
        return fault("odd_parameters", "`requestParameters` is a dictionary or None.", _FROM_A_RECORD, *fields)
    if service is None:
        return None
    model = _model(service)
    if model.metadata["protocol"] not in ("json", "rest-json"):
        return None
    shape = model.operation_model(without_date(record["eventName"])).input_shape
    if shape is None:
        return None
    spelled = {name: name[0].lower() + name[1:] for name in shape.members}
    given = request or {}
    for name in given:
        close = _close(name, spelled.values(), 0.75)
        if name not in spelled.values() and close:
            says = f"`{record['eventName']}` has no parameter `{name}`."
            return fault("unknown_parameter", says, f"did you mean `{close}`?", *fields)
    missing = [spelled[name] for name in shape.required_members if spelled[name] not in given]
    if missing:
        says = f"`{record['eventName']}` cannot be called without {', '.join(f'`{name}`' for name in missing)}."
        return fault("missing_parameter", says, "say in `requestParameters` what it is done to.", *fields)
    return None


def _close(text: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return what a text was probably meant to be: the same but for capitals, or nearly the same; or None."""
    by_lower = {name.lower(): name for name in known}
    if text.lower() in by_lower:
        return by_lower[text.lower()]
    found = difflib.get_close_matches(text.lower(), by_lower, 1, cutoff)
    return by_lower[found[0]] if found else None


def _service_of(source: str) -> str | None:
    """Return botocore's name of the service behind an event source, or None."""
    if not source.endswith(SUFFIX):
        return None
    name = source.removesuffix(SUFFIX)
    service = _SERVICES.get(name, name)
    return service if service in _services() else None


@functools.lru_cache(maxsize=1)
def _session() -> "Session":
    from botocore.session import Session

    return Session()


@functools.lru_cache(maxsize=1)
def _services() -> frozenset[str]:
    return frozenset(_session().get_available_services())


@functools.lru_cache(maxsize=32)
def _model(service: str) -> "ServiceModel":
    return _session().get_service_model(service)
