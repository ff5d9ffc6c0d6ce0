"""Beat your own detector: a record that destroys or blinds logs and is not seen; then the gap is closed."""

import json
from typing import Any

from workshop.attendee_code import packaging
from workshop.attendee_code.call_slips import slip
from workshop.attendee_code.cell_source import PackagingError, name_of
from workshop.attendee_code.packaging import Package
from workshop.attendee_code.sandbox import run_cases
from workshop.exercises import progress_file
from workshop.exercises.case import Case
from workshop.exercises.feedback import Result
from workshop.exercises.judging import exceptions, wording
from workshop.exercises.log_loss.api_calls import Fault, fault, impossible
from workshop.exercises.log_loss.ways import TECHNIQUES, WAYS, Way, way_of, ways_of_call
from workshop.exercises.sample_records import Maker
from workshop.logs.record import Record

NAME = "beat"
OPEN, CLOSED = "open", "closed"


def beat(detector: object = None, record: object = None) -> Result:
    """Judge whether a record destroys or blinds logs and gets past a detector; return the `Result`.

    It passes if CloudTrail could have written the record, the call worked and loses logs, by the kit's catalogue, and
    the detector says False. Then there is a gap, and case_file() says so. Hand in the same kind of record with a
    detector that sees it and others of its kind, and does not shout at harmless records: then the gap counts as
    closed, which is the bonus.
    It never raises, and ends within 5 seconds.
    """
    try:
        return _beat(detector, record)
    except Exception as error:  # a fault of the kit must not look like the attendee's
        text = f"The judge itself failed, which is not your fault: {type(error).__name__}: {error}"
        return Result(NAME, "raised", text)


def _beat(detector: Any, record: Any) -> Result:
    if isinstance(detector, dict) and callable(record):
        detector, record = record, detector
    instead = detector is not None and slip("beat({}, record)", detector)
    if instead:
        return Result(NAME, "raised", instead)
    name = str(name_of(detector) or "your detector")
    if record is None or record is ...:
        text = f"Make a record that loses logs and that `{name}` does not see, then hand it in: beat({name}, record)."
        return Result(NAME, "not attempted", text)
    if packaging.is_stub(detector):
        return Result(NAME, "not attempted", f"`{name}` is not written yet, so there is nothing to beat.")
    wrong = impossible(record)
    if wrong:
        return _wrong("CloudTrail could not have written this record.", wrong, record)
    way = _loses_logs(record)
    if isinstance(way, Fault):
        return _wrong("No log is lost by this call.", way, record)
    try:
        package = packaging.package(detector)
    except PackagingError as error:
        return Result(NAME, "raised", str(error))
    return _against(package, package.functions[0], way, record)


def _loses_logs(record: Record) -> Way | Fault:
    """Return the Way of a record, or what is wrong with it."""
    call = f"`{record['eventName']}`"
    ways = ways_of_call(record["eventSource"], record["eventName"])
    fields = ("eventSource", "eventName")
    if not ways:
        says = f"{call} is a real call, but no log is destroyed or silenced by it, as far as the catalogue knows."
        advice = "which services keep logs, and which of their calls stop, delete, shorten or redirect them?"
        return fault("harmless_call", says, advice, *fields)
    if record.get("errorCode"):
        says = f"{call} failed ({record['errorCode']}), so all logs are still written. An attempt beats nobody."
        return fault("failed_call", says, "take the errorCode out.", *fields, "errorCode")
    way = way_of(record)
    if way is None:
        needs = "; or ".join(way.needs for way in ways)
        says = f"{call} can lose logs, but not with the parameters of this record."
        advice = f"what it takes: {needs}."
        return fault("harmless_parameters", says, advice, *fields, "requestParameters")
    return way


def _against(package: Package, name: str, way: Way, record: Record) -> Result:
    """Run the detector on the record, on what it must find in any case, and on what is harmless."""
    make = Maker()
    musts = [make.record("logs.amazonaws.com", "DeleteLogGroup", request={"logGroupName": "/orders/web"})]
    musts.append(make.record("cloudtrail.amazonaws.com", "DeleteTrail", request={"name": "audit"}))
    harmless = [make.record("logs.amazonaws.com", "DescribeLogGroups", request={})]
    harmless.append(make.record("cloudtrail.amazonaws.com", "CreateTrail", request={"name": "audit"}))
    if way.harmless is not None:
        harmless.append(make.record(way.source, way.name, request=way.harmless))
    alike = [make.record(way.source, way.name, request=request) for request in (way.request, *way.others)]
    records = [record, *musts, *harmless, *alike]
    sent = [{"record": json.dumps(one)} for one in records]
    run = run_cases(package, name, sent, [("first", range(len(sent)))])
    first = run.results.get("first", {})
    if len(first) < len(records):
        sentences = ["Your record.", *("A log is deleted." for _ in musts), *("Nothing is lost." for _ in harmless)]
        sentences += ["A record of the same kind." for _ in alike]
        case = Case("", sentences[run.case] if run.case is not None else "", None)
        return wording.told(NAME, "raised", exceptions.ended(run), package, case)
    failed = next((number for number, result in first.items() if result["error"]), None)
    if failed is not None:
        error = first[failed]["error"]
        if error["type"] == "NotImplementedError":
            return Result(NAME, "not attempted", f"`{name}` is not written yet, so there is nothing to beat.")
        case = Case("", "Your record." if not failed else "", records[failed])
        return wording.told(NAME, "raised", exceptions.raised(error, records[failed]), package, case)
    seen = [one for number, one in enumerate(records) if first[number]["truth"]]
    missed = next((one for one in musts if one not in seen), None)
    shouted = next((one for one in harmless if one in seen), None)
    unseen = next((one for one in alike if one not in seen), None)
    return _judged(name, way, record, record in seen, missed, shouted, unseen)


def _judged(
    name: str,
    way: Way,
    record: Record,
    caught: bool,
    missed: Record | None,
    shouted: Record | None,
    unseen: Record | None,
) -> Result:
    """Judge what a detector said: `missed`, `shouted` and `unseen` are the first records it was wrong about."""
    gap = _gaps().get(way.title)
    fields = ("eventSource", "eventName", *(("requestParameters",) if way.needs else ()))
    if missed:
        says = f"`{name}` misses even {missed['eventName']}, so getting past it proves nothing."
        advice = f"`{name}` has to say True to all that deleting_logs finds, too: `return deleting_logs(record) or …`."
        if name == "deleting_logs":
            advice = "let it pass its check first: check(deleting_logs)."
        wrong = fault("no_detector", says, advice, "eventSource", "eventName")
        return _wrong("There is no detector to beat.", wrong, missed)
    if not caught:
        return _gap_found(name, way, record, fields, gap)
    if shouted:
        says = f"`{name}` says True to {shouted['eventName']} as well, although nothing is lost by this one."
        advice = f"what makes the difference: {way.needs}." if way.needs else "which records should it not match?"
        wrong = fault("shouts", says, advice, *fields)
        return _wrong("It sees the record, but it shouts at harmless ones too.", wrong, shouted)
    if gap is None:
        says = f"`{name}` says True to this record: it has been seen."
        advice = "think of another service that keeps logs, or of a call without Delete."
        return _wrong("Caught.", fault("caught", says, advice, *fields), record)
    if unseen:
        asks = json.dumps(unseen["requestParameters"])
        says = f"`{name}` sees your record, and not another that loses logs in the same way: it asks for {asks}."
        advice = f"what it takes: {way.needs}." if way.needs else "look at the service and the name of the call only."
        wrong = fault("only_this_one", says, advice, *fields)
        return _wrong("It sees the record, and not others of its kind: the gap is not closed yet.", wrong, unseen)
    result = Result(
        NAME,
        "bonus",
        f"The gap is closed: `{name}` now sees {way.call} ({way.title[0].lower()}{way.title[1:]}), and is quiet about "
        "harmless records. Which gap is next?",
        record=record,
    )
    return _noted(result, way, CLOSED)


def _gap_found(name: str, way: Way, record: Record, fields: tuple[str, ...], gap: str | None) -> Result:
    beaten = progress_file.read().get(NAME, {}).get("beaten")
    before = beaten.get(way.title) if isinstance(beaten, dict) else None
    if gap == OPEN and before not in (None, name):
        says = f"`{name}` says False to this record, as `{before}` did, so this is still lost: {way.lost}."
        needs = f" What it takes: {way.needs}." if way.needs else ""
        advice = f"compare with the values in the record: a number is no text.{needs}"
        return _wrong("The gap is still open.", fault("still_open", says, advice, *fields), record)
    again = "It is still open. " if gap == OPEN else "It was closed before, and is open again. " if gap else ""
    result = Result(
        NAME,
        "passed",
        f"You beat it. `{name}` says False, and yet this is lost: {way.lost}. {again}Now close the gap: write a "
        "detector that sees this too, and run beat with it and the same record.",
        got="False",
        fields=fields,
        record=record,
        remarks=[f"MITRE ATT&CK calls it {way.technique}, {TECHNIQUES[way.technique]}."],
    )
    return _noted(result, way, OPEN, name)


def _wrong(summary: str, fault: Fault, record: Any) -> Result:
    mistake, fields = fault
    return Result(
        NAME,
        "wrong",
        summary,
        fields=fields,
        record=record if isinstance(record, dict) and mistake.id != "not_json" else None,
        misconception=mistake.id,
        why=mistake.says,
        advice=mistake.advice,
    )


def _gaps() -> dict[str, str]:
    """Return the gaps that were found, by title of the way: "open" or "closed"."""
    known = progress_file.read().get(NAME, {}).get("gaps")
    return known if isinstance(known, dict) else {}


def _noted(result: Result, way: Way, state: str, beaten: str = "") -> Result:
    """Keep what became of a gap, and who was beaten; if it cannot be written down, a remark says so."""
    try:
        with progress_file.changing() as known:
            before = known.get(NAME, {}).get("beaten")
            names = {**(before if isinstance(before, dict) else {}), **({way.title: beaten} if beaten else {})}
            progress_file.changed(known, NAME, gaps={**_gaps(), way.title: state}, beaten=names)
    except OSError as error:
        result.remarks.append(f"your progress could not be saved: {error}")
    return result


def gaps_in_words() -> list[str]:
    """Return a sentence for each gap that was found, for the case file."""
    calls = {way.title: way.call for way in WAYS}
    ends = {OPEN: "not closed yet.", CLOSED: "closed."}
    return [
        f"A gap in your own detector, found by yourself: {title} ({calls[title]}); {ends[state]}"
        for title, state in _gaps().items()
        if title in calls and state in ends
    ]
