"""Warm-up: print a CloudTrail record as one line."""

import ast
import re
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workshop import cloudtrail_analyzer
from workshop.exercises.case import Case
from workshop.exercises.exercise import Diagnosis, Exercise, Kind, Retry, Trial, Verdict, paragraphs
from workshop.exercises.judging import wording
from workshop.exercises.judging.repairs.answer import Answer, names_method
from workshop.exercises.judging.repairs.repair import Swap, code, repair
from workshop.exercises.misconception import Misconception
from workshop.exercises.sample_records import Maker, Record, without

TASK = """\
Write it anew, in your own way. The next cell holds a *stub*: replace its last line by your code. Print **one line**
that shows five fields of the record,

- `eventTime`, `awsRegion`, `sourceIPAddress`,
- `eventSource` and `eventName` (in full, or short as `logs:DeleteLogGroup`),

and whatever else you would like to see, such as who it was. A record may lack any of them, or `userIdentity`: then
print something in its place, and do not fail. At the end return `False`.
"""
HINTS = paragraphs("""
Print one record, then one of its fields. Which five fields answer when, where, from which address, which service,
which call?

Fields are read as `record["eventTime"]`. One `print` makes one line; an f-string puts several values into it. What
does the function return?

`print(f"[{record[…]}] {…} {…} {…}:{…}")` with the five fields, then `return False`. `record.get("…", "-")` gives a
dash where a field is absent; for who made the call, `record.get("userIdentity", {})` comes first.
""")
_UNCALLED = r"<(?:generator object|function|bound method|built-in method|map object|filter object|zip object)"
_FIELDS = ("eventTime", "awsRegion", "sourceIPAddress", "eventSource", "eventName")
_WHAT = {
    "eventTime": "the time",
    "awsRegion": "the Region",
    "sourceIPAddress": "the source address",
    "eventSource": "the service",
    "eventName": "the API call",
}
MISCONCEPTIONS = (
    Misconception(
        "skips_incomplete",
        "It prints nothing for a record that lacks a field.",
        "print all the same, with something in the place of what is absent.",
    ),
    Misconception(
        "left_out",
        "Where a field is absent, nothing stands in its place, and the others move up: nobody can tell any more which "
        "value is which.",
        "print something instead, such as a dash, so that every field keeps its place in the line.",
    ),
    Misconception(
        "braces_printed",
        "It prints the names in braces as they stand, and not what they stand for.",
        'an f before the quotation marks makes Python fill them in: f"…".',
    ),
    Misconception(
        "prints_object",
        "It prints what Python calls a generator or a function itself, and not the values that it would give.",
        "a function is called with round brackets; `print(*…)` prints what a generator gives, and `join` joins it.",
    ),
    Misconception(
        "no_seconds",
        "The line has a part of the time only: the seconds of `eventTime` are missing.",
        "print `eventTime` as it is, or with all that it has.",
    ),
    Misconception("prints_nothing", "It prints nothing.", "call `print` with the values, in the function."),
    Misconception(
        "returns_text",
        "It returns the line instead of printing it. In Lambda nobody would see it.",
        "`print` the line, then `return False`.",
    ),
    Misconception(
        "no_return",
        "It prints, but returns None. The exercise asks for False.",
        "end it with `return False`, on a line of its own.",
    ),
    Misconception(
        "returns_true",
        "It returns True. For the analyzer that means that a detector matched: every record would count as an anomaly.",
        "end it with `return False`.",
    ),
    Misconception("returns_other", "It returns something else than False.", "end it with `return False`."),
    Misconception(
        "skips_some",
        "It prints nothing for this record, and other records it prints.",
        "which condition of yours stands before the `print`? Every record is to be printed.",
    ),
    Misconception(
        "too_much",
        "It prints far more than the five fields. The point is to see at a glance what happened.",
        "print the five fields, each once.",
    ),
    Misconception(
        "whole_record",
        "It prints the whole record. The point is to see at a glance what happened.",
        "print the five fields only.",
    ),
    Misconception(
        "several_lines", "It prints several lines for one record.", "one record is one line, with one line end."
    ),
    Misconception(
        "no_line_end",
        "The line has no end, so the next record would go on in the same line.",
        "print the whole line with one `print`, without `end=`; or let a last `print()` end it.",
    ),
    *(
        Misconception(
            f"missing_{name}", f"The line lacks {_WHAT[name]}.", f"where does your code print the value of `{name}`?"
        )
        for name in _FIELDS
    ),
    Misconception(
        "not_this_record",
        "It prints the same for every record.",
        "which of the record's values does the line hold?",
    ),
    Misconception(
        "changes_record",
        "It changes the record, so the functions after it see something that CloudTrail never wrote.",
        "put what you compute into a variable of your own.",
    ),
)

# The analyzer's, as a function of its own: the analyzer's itself, imported, answers nothing.
print_short_record = types.FunctionType(
    cloudtrail_analyzer.print_short_record.__code__, vars(cloudtrail_analyzer), "print_short_record"
)


@dataclass(frozen=True)
class Line(Case):
    """A record to print; `absent` are the fields that it lacks at the top."""

    absent: tuple[str, ...] = ()


def cases(make: Maker) -> list[Case]:
    """Return the records that judge an answer."""
    full = make.record("kms.amazonaws.com", "Decrypt", make.session(), {"keyId": "k"}, sourceIPAddress="192.0.2.41")
    user = make.record("dynamodb.amazonaws.com", "CreateTable", make.user(), awsRegion="eu-west-3")
    service = make.record(
        "sts.amazonaws.com", "AssumeRole", make.service(), sourceIPAddress="lambda.amazonaws.com", awsRegion="us-east-1"
    )
    event = make.record(
        "health.amazonaws.com",
        "NotifyUser",
        {"accountId": "111122223333", "invokedBy": "AWS Internal"},
        sourceIPAddress="AWS Internal",
        awsRegion="us-west-2",
    )
    denied = make.record(
        "ec2.amazonaws.com", "RunInstances", make.user("ben"), None, None, errorCode="Client.UnauthorizedOperation"
    )
    no_arn = make.record("cloudtrail.amazonaws.com", "LookupEvents", without(make.user(), "arn", "userName"))
    empty_key = make.record("config.amazonaws.com", "PutEvaluations", {**make.session(), "accessKeyId": ""})
    found = [
        ("A role's session decrypts something: every field is there.", full, ()),
        ("An IAM user creates a table.", user, ()),
        ("A service makes the call: its identity has no arn and no access key.", service, ()),
        ("A service's own event: its identity has no type, arn or key.", event, ()),
        ("A call that is denied: it has an errorCode, and its requestParameters are null.", denied, ()),
        ("An identity without arn and name.", no_arn, ()),
        ("An identity with an empty access key.", empty_key, ()),
        ("A record without sessionContext.", without(full, "userIdentity.sessionContext"), ()),
        ("A record without requestParameters and responseElements.",
         without(user, "requestParameters", "responseElements"), ()),
        ("A record without userAgent.", without(user, "userAgent"), ()),
        ("A record without userIdentity.", without(event, "userIdentity"), ("userIdentity",)),
        ("A record without sourceIPAddress.", without(service, "sourceIPAddress"), ("sourceIPAddress",)),
        ("An Insight record: it has no eventSource, eventName, userIdentity or sourceIPAddress.", make.insight(),
         ("eventSource", "eventName", "userIdentity", "sourceIPAddress")),
    ]  # fmt: skip
    return [Line(sentence, sentence, record, absent=absent) for sentence, record, absent in found]


def _outputs(trial: Trial) -> dict[int, str]:
    """Return what was printed for each record on which the function did not raise."""
    return {n: result["output"] for n, result in trial.results().items() if not result["error"]}


def _verdict(trial: Trial) -> Verdict:
    faults = {fault.number for fault in _faults(trial)}
    right = frozenset(n for n in range(len(trial.cases)) if n not in faults)
    return Verdict(trial, "wrong" if faults else "passed", right=right)


def _faults(trial: Trial) -> Iterator[Diagnosis]:
    """Yield what is wrong, the first thing to be named first."""
    outputs = _outputs(trial)
    lines = set(outputs.values())
    for number in outputs:
        case, record = trial.cases[number], trial.cases[number].record or {}
        identifier, got, fields = _fault(trial.results()[number], record, lines)
        if identifier == "prints_nothing" and len(lines) > 1:  # others are printed
            identifier = "skips_incomplete" if isinstance(case, Line) and case.absent else "skips_some"
        if identifier:
            guess = identifier == "not_this_record"
            yield Diagnosis(number, _named(identifier), guess=guess, expected=_expected(case), got=got, fields=fields)
    moved, kept = _moved_up(trial.cases, outputs)
    if moved is not None and not kept:
        case, got = trial.cases[moved], outputs[moved].strip()[:200]
        absent = case.absent if isinstance(case, Line) else ()
        expected = f"one line, with something in place of {absent[0]}"
        yield Diagnosis(moved, _named("left_out"), expected=expected, got=got, fields=absent)


def _named(identifier: str) -> Misconception:
    return next(entry for entry in MISCONCEPTIONS if entry.id == identifier)


def _diagnosis(verdict: Verdict, retry: Retry) -> Diagnosis:
    found = next(_faults(verdict.trial))
    return replace(found, guess=found.guess or str(found.cause and found.cause.id).startswith("missing_"))


def _remarks(verdict: Verdict) -> list[str]:
    trial = verdict.trial
    if _moved_up(trial.cases, _outputs(trial))[1]:
        return ["where a field is absent there is only a gap in the line; a dash would be seen."]
    return []


def _moved_up(cases: Sequence[Case], outputs: dict[int, str]) -> tuple[int | None, bool]:
    """Return (number, whether a gap is left) of a case with nothing in an absent field's place, or (None, False).

    Its line is that of the same record with the field, without the field's value; with the signs beside the value
    gone too, no gap is left, and the next value stands where this one did. A label stays a sign that it is absent.
    """
    for number, case in enumerate(cases):
        absent = case.absent if isinstance(case, Line) else ()
        if len(absent) != 1 or absent[0] not in _FIELDS or number not in outputs:
            continue
        for twin, full in enumerate(other.record or {} for other in cases):
            if twin not in outputs or absent[0] not in full or without(full, absent[0]) != case.record:
                continue
            line, value, signs = outputs[twin], re.escape(_shown(full, absent[0])), r"[^0-9A-Za-z]+"
            closed = {re.sub(pattern, "", line, count=1) for pattern in (signs + value, value + signs)}
            if outputs[number] in closed:
                return number, False
            if outputs[number] == re.sub(value, "", line, count=1) and re.search(rf"(?:^| ){value}(?: |$)", line, re.M):
                return number, True
    return None, False


def _expected(case: Case) -> str:
    record, absent = case.record or {}, case.absent if isinstance(case, Line) else ()
    shown = ", ".join(_shown(record, name) for name in _FIELDS if name in record and name not in absent)
    return f"one line with {shown}; and False returned"


def _shown(record: Record, name: str) -> str:
    return str(record[name]).split(".")[0] if name == "eventSource" else str(record[name])


def _fault(result: dict[str, Any], record: Record, lines: set[str]) -> tuple[str | None, str, tuple[str, ...]]:
    """Return (misconception, what came, deciding fields) of one call, (None, "", ()) if all is well."""
    output = result["output"]
    printed = [line for line in output.splitlines() if line.strip()]
    if result.get("changed"):
        return "changes_record", f"`{result['changed']}` was changed", (result["changed"],)
    if not printed:
        identifier = "returns_text" if result["type"] in ("str", "tuple", "list") else "prints_nothing"
        return identifier, f"nothing printed, {result['repr'][:100]} returned", ()
    if len(output) > 700 or ("eventID" in record and record["eventID"] in output and "requestID" in output):
        whole = all(str(record[name]) in output for name in ("eventID", "eventTime", "eventName") if name in record)
        return "whole_record" if whole else "too_much", f"{len(printed)} lines, {result['output_size']} characters", ()
    if len(printed) > 1:
        return "several_lines", f"{len(printed)} lines: {' / '.join(printed)[:200]}", ()
    missing = [name for name in _FIELDS if name in record and not _stands_in(record, name, output)]
    if missing and re.search(_UNCALLED, output):  # at the same place in memory for every record, or not
        return "prints_object", printed[0][:200], (missing[0],)
    if len(lines) == 1:
        braces = re.search(r"\{[^{}]+\}", printed[0])
        return "braces_printed" if braces else "not_this_record", printed[0][:200], ("eventTime",)
    if missing:
        return f"missing_{missing[0]}", printed[0][:200], (missing[0],)
    if record["eventTime"] not in output and record["eventTime"][11:19] not in output:
        return "no_seconds", printed[0][:200], ("eventTime",)
    if not output.endswith("\n"):
        return "no_line_end", printed[0][:200], ()
    if result["value"] is not False:
        kind = {"NoneType": "no_return", "str": "returns_text"}.get(result["type"], "returns_other")
        return "returns_true" if result["value"] is True else kind, f"{result['repr'][:100]} returned", ()
    if result["type"] == "NoneType":
        return "no_return", "None returned", ()
    return None, "", ()


def _stands_in(record: Record, name: str, line: str) -> bool:
    """Tell whether a field's value stands in a line; a time may be written otherwise, a service shortened."""
    value = _shown(record, name)
    if name == "eventTime":
        return value in line or value[11:16] in line
    if name == "eventSource":
        # "kms" as a word, not as a part of another field's value
        rest = line.replace(record.get("eventName", "\0"), " ")
        return re.search(rf"(?<![a-z0-9]){re.escape(value)}(?![a-z0-9])", rest, re.I) is not None
    return value in line


@repair(
    "printed_twice",
    "{twice} stands in your code twice, and {never} nowhere.",
    "which of the two should be the other field?",
)
def printed_twice(answer: Answer) -> Iterator[Swap]:
    """Yield the answer with another field in the place of one that it reads twice."""
    texts = [node for node in answer.all(ast.Constant) if isinstance(node.value, str)]
    for never in [name for name in _FIELDS if all(name not in node.value for node in texts)]:
        for node in texts:
            if node.value in _FIELDS and sum(other.value == node.value for other in texts) > 1:
                yield Swap(node, ast.Constant(never), {"twice": f"`{node.value}`", "never": f"`{never}`"})


@repair(
    "format_places",
    "In {wrong} the place `{{{twice}}}` stands more than once, and `{{{never}}}` not at all.",
    "counting begins at 0: each value has its own number.",
)
def format_places(answer: Answer) -> Iterator[Swap]:
    """Yield the texts of `format` with a number that is missing in the place of one that stands there twice."""
    for call in answer.all(ast.Call):
        text = answer.held(call.func.value) if names_method(call, "format") else None
        if not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
            continue
        places = list(re.finditer(r"\{(\d+)", text.value))
        used = [int(place[1]) for place in places]
        for never in sorted(set(range(len(call.args))) - set(used)):
            for place in places[::-1]:
                if used.count(int(place[1])) > 1:
                    new = f"{text.value[: place.start(1)]}{never}{text.value[place.end(1) :]}"
                    words = {"wrong": code(text), "twice": place[1], "never": str(never)}
                    yield Swap(text, ast.Constant(new), words)


def explains(case: Case, error: dict[str, Any]) -> Misconception | None:
    """Return what an exception means in a record that lacks a field, or None."""
    absent = case.absent if isinstance(case, Line) else ()
    if error["key"] in absent or (absent and "NoneType" in error["text"]):
        names = error["key"] if error["key"] in absent else " and ".join(absent) if len(absent) < 3 else "some fields"
        why = f"This record lacks {names}, and the exercise asks not to fail then."
        advice = '`record.get("…", "-")` gives a dash in the place of a field that is absent.'
        return Misconception("absent_field", why, advice)
    return None


# It is judged by what it prints.
PRINTER = Kind(_verdict, _diagnosis, wording.plain, remarks=_remarks, wanted=lambda case: "one line")
EXERCISE = Exercise(
    name="print_short_record",
    title="Warm-up: a record in one line",
    notebook="02",
    task=TASK,
    hints=HINTS,
    model=print_short_record,
    kind=PRINTER,
    cases=cases,
    misconceptions=MISCONCEPTIONS,
    explains=explains,
    repairs=(printed_twice, format_places),
    well_done="One line a record, whatever the record looks like: the detectors will use it to show what they found.",
)
