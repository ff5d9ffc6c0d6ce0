"""Exercise 2, Phase 3: publish to CloudWatch how many records a detector matched, so that the alarm fires."""

# mypy: allow-untyped-defs
# The model answer stands as attendees read it.

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from workshop.cloudtrail_analyzer import METRIC_NAME, METRIC_NAMESPACE
from workshop.exercises.case import Case
from workshop.exercises.exercise import Diagnosis, Exercise, Kind, Retry, Trial, Verdict, paragraphs
from workshop.exercises.judging import wording
from workshop.exercises.misconception import Misconception
from workshop.exercises.sample_records import Maker
from workshop.exercises.tasks import publish_both
from workshop.exercises.tasks.published_data import (
    Datum,
    Published,
    complaint,
    data_of,
    is_seen,
    is_watched,
    time_of,
    total,
)

TASK = """\
**Write it.** It gets

- `cloudwatch`, a boto3 client: call its
  [`put_metric_data`](https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html),
- `detector`, the name of the analysis function,
- `count`, how many records of the file it matched.

It publishes `count` **in one call**, with the unit `Count`, under the name and in the namespace that the alarm
watches. If `count` is 0, it publishes nothing. If CloudWatch refuses the call, let the exception pass.
"""
HINTS = paragraphs("""
boto3's CloudWatch client has one method that puts data of a metric: look for it in its documentation. What does the
alarm need to know to recognise its metric?

`cloudwatch.put_metric_data(Namespace=…, MetricData=[…])`. MetricData is a list of dictionaries, each with MetricName
and Value. What should happen if `count` is 0?

First: if not count, return. Then one call with Namespace=METRIC_NAMESPACE and a MetricData list of a single
dictionary: MetricName is METRIC_NAME, Value is the count, Unit is "Count". No Dimensions, no Timestamp. For the
bonus, a second dictionary in the same list, whose MetricName is the argument `detector`.
""")


def publish_anomalies(cloudwatch, detector, count):
    """Publish to CloudWatch how many records of one log file a detector matched; a count of 0 publishes nothing."""
    if not count:
        return
    cloudwatch.put_metric_data(
        Namespace=METRIC_NAMESPACE,
        MetricData=[{"MetricName": METRIC_NAME, "Value": count, "Unit": "Count"}],
    )


_TELL = "nobody would ever know that it could not be published."
MISCONCEPTIONS = (
    Misconception(
        "own_client",
        "It makes a client of its own. The one it is handed is ready, for the right account and Region, and is "
        "made only once.",
        "use the argument `cloudwatch`.",
    ),
    Misconception(
        "no_call",
        "It publishes nothing: `put_metric_data` of the client is never called.",
        "call `cloudwatch.put_metric_data(…)`.",
    ),
    Misconception(
        "not_valid",
        "boto3 would refuse this call before it is sent.",
        "compare the parameters with the documentation of put_metric_data.",
    ),
    Misconception(
        "name_in_quotes",
        "The name of a constant stands in quotation marks, so it is a text, and not what the constant holds.",
        "write METRIC_NAMESPACE and METRIC_NAME without quotation marks.",
    ),
    Misconception(
        "names_swapped",
        "Namespace and MetricName are swapped: the namespace is the longer one, with the slashes.",
        "give each the other's value.",
    ),
    Misconception(
        "datum_outside",
        "boto3 would refuse this call before it is sent: MetricName, Value and Unit belong to one datum, and "
        "put_metric_data takes a list of them.",
        "put them as a dictionary into the list MetricData.",
    ),
    Misconception(
        "namespace",
        "The alarm does not watch this namespace: to CloudWatch it is another metric.",
        "compare it letter by letter with the alarm's, or use `METRIC_NAMESPACE`.",
    ),
    Misconception(
        "metric_name",
        "The alarm does not watch a metric of this name.",
        "compare it letter by letter with the alarm's, or use `METRIC_NAME`.",
    ),
    Misconception(
        "dimension",
        "A metric with a dimension is another metric to CloudWatch: the alarm watches the one without, and never "
        "sees this.",
        "leave Dimensions out.",
    ),
    Misconception(
        "timestamp",
        "The data are stamped with another time than now. The alarm looks at the last minute: what happened "
        "earlier lies outside of it.",
        "leave Timestamp out: CloudWatch takes the current time.",
    ),
    Misconception(
        "publishes_at_zero",
        "It publishes although nothing was found. The exercise asks for silence then; each call costs time and money.",
        "begin with: if there is nothing to tell, return.",
    ),
    Misconception(
        "only_at_zero",
        "It is silent when there is something to tell, and publishes only when the count is 0.",
        "turn the condition round.",
    ),
    Misconception(
        "constant_one",
        "It publishes the same value whatever the count is, so two anomalies look like one.",
        "use the argument `count` as the value.",
    ),
    Misconception(
        "swallows_exception",
        "It hides the error when CloudWatch refuses the call: " + _TELL,
        "let the exception pass (no try), or raise it again after printing.",
    ),
    Misconception(
        "counts_twice",
        "The values add up to more than the count.",
        "publish the count once.",
    ),
    Misconception(
        "too_few",
        "The values do not add up to the count.",
        "is every record counted, also when there is only one?",
    ),
    Misconception(
        "one_detector_only",
        "It publishes for some detectors only. The argument `detector` is a name for people to read: every "
        "detector counts.",
        "do not compare `detector` with anything.",
    ),
    Misconception(
        "several_calls",
        "It calls `put_metric_data` several times for one count. The exercise asks for one call: each takes time, and "
        "costs money.",
        "publish the `count` as one value, without a loop.",
    ),
    Misconception(
        "unit",
        "The unit is another one than Count: what is published are numbers of records.",
        'Unit="Count", spelled just so.',
    ),
    Misconception(
        "no_unit",
        "There is no unit. The alarm sees the metric all the same; people who look at it do not see what is counted.",
        'the datum needs one more entry: "Unit": "Count".',
    ),
    Misconception(
        "running_total",
        "It publishes a running total: the counts of earlier calls are added to this one's, so what was found before "
        "is counted again with each call. The alarm adds up the values by itself.",
        "publish the `count` of this call alone, and keep nothing outside of the function.",
    ),
    Misconception(
        "keeps_state",
        "The same arguments led to other data the second time: it remembers earlier calls.",
        "keep nothing outside of the function.",
    ),
)


@dataclass(frozen=True)
class Call(Case):
    """One call that judges an answer; if it is `refused`, the client raises."""

    detector: str = ""
    count: int = 0
    refused: bool = False

    def sent(self) -> dict[str, Any]:
        """Return the call as the sandbox takes it."""
        return {"detector": self.detector, "count": self.count, "fail": self.refused}


def cases(make: Maker) -> list[Case]:
    """Return the calls that judge an answer."""
    many = make.random.randrange(20, 500)
    counts = [
        ("deleting_logs", 3, "deleting_logs matched 3 records of a log file."),
        ("deleting_logs", 1, "deleting_logs matched 1 record of a log file."),
        ("instance_creds_used_outside_ec2", 0, "A log file without anything to report: the count is 0."),
        ("instance_creds_used_outside_ec2", 2, "instance_creds_used_outside_ec2 matched 2 records of a log file."),
        ("another_detector", 7, "A detector of another name matched 7 records."),
        ("deleting_logs", many, f"deleting_logs matched {many} records of a log file."),
        ("deleting_logs", 0, "Another log file without anything to report."),
    ]
    refused = "CloudWatch refuses the call: the function's role may not put metric data."
    return [
        *(Call(str(n), sentence, None, detector=name, count=count) for n, (name, count, sentence) in enumerate(counts)),
        Call("refused", refused, None, may_raise=True, twice=False, detector="deleting_logs", count=2, refused=True),
    ]


# ---------------------------------------------------------------- verdict: what was published, and whether it is right


class Calls:
    """What the calls of an answer have published: `first`, and `again`, when they came in another order."""

    def __init__(self, trial: Trial) -> None:
        self.cases = [case for case in trial.cases if isinstance(case, Call)]
        self.first, self.again = (
            {n: Published.by(result) for n, result in trial.results(mode).items()} for mode in ("first", "again")
        )
        # The calls with something to tell that are not refused.
        self.counted = [n for n, call in enumerate(self.cases) if call.count and not call.refused]

    @property
    def unsteady(self) -> list[int]:
        """The calls whose same arguments led to other values the second time."""
        return [n for n in self.again if self.again[n].total != self.first[n].total]

    @property
    def adds_up(self) -> bool:
        """True if each value is the sum of the counts so far: of all calls, or of those of the same detector."""
        before = {n: self.cases[: n + 1] for n in self.counted}
        of_all = {n: sum(c.count for c in calls) for n, calls in before.items()}
        of_same = {n: sum(c.count for c in calls if c.detector == calls[-1].detector) for n, calls in before.items()}
        return {n: self.first[n].total for n in before} in (of_all, of_same)


def _verdict(trial: Trial) -> Verdict:
    did = Calls(trial)
    faults = [fault.number for fault in _faults(did)]
    right = frozenset(range(len(did.cases))) - {number for number in faults if number is not None}
    outcome = "wrong" if faults else "bonus" if _bonus(did)[0] else "passed"
    return Verdict(trial, outcome, right=right, seen=did)


def _bonus(did: Calls) -> tuple[bool, str]:
    """Tell whether each detector's own metric gets the count too, and what to say of a near miss."""
    named = {n: [pair for pair in did.first[n].data if pair[1].get("MetricName") == did.cases[n].detector]
             for n in did.counted}  # fmt: skip
    if not any(named.values()):
        return False, ""
    for number, data in named.items():
        call, seen = did.cases[number], [datum for space, datum in data if is_seen(space, datum)]
        if abs(total(seen) - call.count) > 1e-9:
            told = f"for the bonus, {call.detector} is to get the value {call.count} as well"
            return False, f"{told}; {_why_unseen(data, seen)}."
    if any(len(did.first[n].puts) > 1 for n in did.counted):
        return False, "for the bonus, both metrics go into the same call: MetricData is a list."
    return True, ""


def _why_unseen(data: list[tuple[str | None, Datum]], seen: list[Datum]) -> str:
    if len(seen) == len(data):
        return f"its metric got {total(seen):g}" if data else "nothing is published under this name"
    namespace, datum = next(pair for pair in data if not is_seen(*pair))
    if namespace != METRIC_NAMESPACE:
        return f"it is in the namespace {namespace!r}, not {METRIC_NAMESPACE!r}"
    return "it has a dimension, and so is another metric" if datum.get("Dimensions") else "its Timestamp is not now"


def _remarks(verdict: Verdict) -> list[str]:
    """Return what else is worth knowing of an answer that passes."""
    did: Calls = verdict.seen
    earned, near_miss = _bonus(did)
    if earned:
        return []
    return [near_miss] if near_miss else []


# ---------------------------------------------------------------- diagnosis: why it is not right


def _diagnosis(verdict: Verdict, retry: Retry) -> Diagnosis:
    return next(_faults(verdict.seen))


def _faults(did: Calls) -> Iterator[Diagnosis]:
    """Yield what is wrong, the first thing to be named first."""
    for number, call in enumerate(did.cases):
        if did.first[number].own_client:
            yield _wrong(did, number, "own_client", "a client made by the function itself")
        found = None if call.refused else _fault(did, number)
        if found:
            yield found
    for number in did.unsteady:
        one, two = did.first[number].total, did.again[number].total
        yield _wrong(did, number, "keeps_state", f"{one} the first time, {two} the second")
    for number, call in enumerate(did.cases):
        if call.refused and not did.first[number].failed:
            yield _wrong(did, number, "swallows_exception", "no error", "the client's exception is passed on")
    for number in did.counted:
        odd = {datum.get("Unit") for datum in did.first[number].watched} - {"Count"}
        if odd:
            unit = odd.pop()
            yield _wrong(
                did, number, "unit" if unit else "no_unit", f"the unit {unit}" if unit else "no Unit", "the unit Count"
            )


def _fault(did: Calls, number: int) -> Diagnosis | None:
    """Return what is wrong with one call, or None."""
    published, count = did.first[number], did.cases[number].count
    if not published.puts:
        return _silent(did, number) if count else None
    for parameters in published.puts:
        refused = complaint(parameters)
        if refused:
            loose = {"MetricName", "Value", "Unit"} & set(parameters)
            return _wrong(did, number, "datum_outside" if loose else "not_valid", refused)
    if not count:
        put = published.puts[0]
        data = ", ".join(f"{d.get('MetricName')}={d.get('Value', '…')}" for d in data_of(put))
        return _wrong(did, number, "publishes_at_zero", f"a call with {data}")
    if not published.watched:
        return _unseen(did, number, *published.data[0])
    hidden = [(space, datum) for space, datum in published.data if not is_watched(space, datum)]
    if abs(published.total - count) > 1e-9:
        if hidden and abs(published.total + total([datum for _, datum in hidden]) - count) < 1e-9:
            return _unseen(did, number, *hidden[0])
        return _miscounted(did, number)
    told = [put for put in published.puts if any(is_watched(put.get("Namespace"), datum) for datum in data_of(put))]
    if len(told) > 1:
        return _wrong(did, number, "several_calls", f"{len(told)} calls", f"one call with the total {count}")
    return None


def _silent(did: Calls, number: int) -> Diagnosis:
    """Explain a call that publishes nothing although there is something to tell."""
    got = "no call of put_metric_data"
    if not any(published.puts for published in did.first.values()):
        return _wrong(did, number, "no_call", got)
    if not any(did.first[n].puts for n, call in enumerate(did.cases) if call.count):
        return _wrong(did, number, "only_at_zero", got)
    loud = {did.cases[n].detector for n in did.counted if did.first[n].puts}
    silent = {did.cases[n].detector for n in did.counted if not did.first[n].puts}
    if not loud & silent:
        return _wrong(did, number, "one_detector_only", got)
    return _wrong(did, number, "keeps_state" if did.unsteady else "too_few", got, more=_relation(did))


def _miscounted(did: Calls, number: int) -> Diagnosis:
    """Explain values that do not add up to the count."""
    added, got = did.first[number].total, f"values that add up to {did.first[number].total:g}"
    if did.unsteady:
        return _wrong(did, number, "running_total" if did.adds_up else "keeps_state", got)
    totals = {did.first[n].total for n, call in enumerate(did.cases) if call.count}
    cause = "constant_one" if len(totals) == 1 else "counts_twice" if added > did.cases[number].count else "too_few"
    return _wrong(did, number, cause, got, more=_relation(did))


def _relation(did: Calls) -> str:
    """Tell how what is published follows from the count, if that is simple; else return an empty text."""
    told = {did.cases[n].count: did.first[n].total for n in did.counted}
    silent = [count for count, added in told.items() if not added]
    loud = {count: added for count, added in told.items() if added}
    if silent and loud and max(silent) < min(loud):
        return f"It tells nothing of a count of {max(silent)}, but of {min(loud)}: each single record counts."
    if silent and loud and min(silent) > max(loud):
        return f"It tells of a count of {max(loud)}, but nothing of {min(silent)}: no count is too large."
    if silent or not loud:
        return ""
    factors = {round(added / count, 6) for count, added in told.items()}
    steps = {round(added - count, 6) for count, added in told.items()}
    if len(factors) == 1:
        return f"Whatever the count is, it publishes {factors.pop():g} times as much."
    if len(steps) == 1:
        step = steps.pop()
        return f"Whatever the count is, it publishes {abs(step):g} {'more' if step > 0 else 'less'}."
    most = max(told.values())
    if all(added == min(count, most) for count, added in told.items()):
        return f"It never publishes more than {most:g}."
    return ""


def _unseen(did: Calls, number: int, namespace: str | None, datum: Datum) -> Diagnosis:
    """Explain a datum that the alarm does not see."""
    name = datum.get("MetricName")
    got, wanted = (
        f"Namespace {namespace!r}, MetricName {name!r}",
        f"Namespace {METRIC_NAMESPACE!r}, MetricName {METRIC_NAME!r}",
    )
    if namespace == "METRIC_NAMESPACE" or name == "METRIC_NAME":
        return _wrong(did, number, "name_in_quotes", got, wanted)
    if namespace == METRIC_NAME and name == METRIC_NAMESPACE:
        return _wrong(did, number, "names_swapped", got, wanted)
    if namespace != METRIC_NAMESPACE:
        return _wrong(did, number, "namespace", f"Namespace {namespace!r}", f"Namespace {METRIC_NAMESPACE!r}")
    if name != METRIC_NAME:
        return _wrong(did, number, "metric_name", f"MetricName {name!r}", f"MetricName {METRIC_NAME!r}")
    if datum.get("Dimensions"):
        names = ", ".join(f"{d.get('Name')}={d.get('Value')}" for d in datum["Dimensions"])
        return _wrong(did, number, "dimension", f"the dimension {names}", "no dimensions")
    return _wrong(did, number, "timestamp", f"Timestamp {time_of(datum)}", "no Timestamp, or now")


def _wrong(did: Calls, number: int, identifier: str, got: str, expected: str = "", more: str = "") -> Diagnosis:
    count = did.cases[number].count
    usual = f"values that add up to {count}" if count else "no call of put_metric_data"
    cause = next(entry for entry in MISCONCEPTIONS if entry.id == identifier)
    return Diagnosis(number, cause, expected=expected or usual, got=got, more=more)


def explains(case: Case, error: dict[str, Any]) -> Misconception | None:
    """Return what an exception means that this exercise knows better, or None."""
    if "only accepts keyword arguments" in error["text"]:
        says = "boto3's methods take named arguments only."
        return Misconception("not_valid", says, "put_metric_data(Namespace=…, …).")
    if "object has no attribute" in error["text"] and "CloudWatch" in error["text"]:
        advice = next(entry.advice for entry in MISCONCEPTIONS if entry.id == "no_call")
        return Misconception("no_call", "The CloudWatch client has no such method.", advice)
    return None


def _wanted(case: Case) -> str:
    count = case.count if isinstance(case, Call) else 0
    return f"one call with the total {count}" if count else "no call"


# It is handed a CloudWatch client, and judged by what it publishes.
PUBLISHER = Kind(
    _verdict,
    _diagnosis,
    wording.plain,
    rounds=("first", "again"),
    client=True,
    excuses=lambda trial, number: Published.by(trial.results()[number]).own_client,
    remarks=_remarks,
    wanted=_wanted,
)
_WELL_DONE = "Whatever a detector finds in a log file now reaches the alarm."
EXERCISE = Exercise(
    name="publish_anomalies",
    title="Phase 3: Sending metrics to CloudWatch to trigger an alarm",
    notebook="04",
    task=TASK,
    hints=HINTS,
    model=publish_anomalies,
    kind=PUBLISHER,
    cases=cases,
    misconceptions=MISCONCEPTIONS,
    well_done=_WELL_DONE + " A metric for each detector, which notebook 05c asks for, is not there yet.",
    bonus=_WELL_DONE + " And each detector has a metric of its own, for an alarm of its own.",
    bonus_model=publish_both.publish_anomalies,
    explains=explains,
)
