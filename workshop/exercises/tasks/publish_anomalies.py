"""Exercise 2, Phase 3: publish to CloudWatch how many records a detector matched, so that the alarm fires."""

import datetime

from workshop.attendee_code.sandbox import cloudwatch_model, cloudwatch_operations, run_cases
from workshop.cloudtrail_analyzer import METRIC_NAME, METRIC_NAMESPACE
from workshop.exercises.exercise import Misconception
from workshop.exercises.feedback import Result
from workshop.exercises.judging import exceptions as stopped
from workshop.exercises.judging.verdict import not_attempted
from workshop.exercises.tasks import publish_both

NAME = "publish_anomalies"
TITLE = "Phase 3: Sending metrics to CloudWatch to trigger an alarm"
NOTEBOOK = "04"
TASK = """The alarm watches the sum of the metric `AnomaliesDetected` in the namespace `AWS/reInvent2017/SID341`,
minute by minute. Write `publish_anomalies(cloudwatch, detector, count)`: with the CloudWatch client it is handed,
it puts metric data whose values add up to `count`, with the unit Count and without dimensions. It is called for each
detector and log file; if `count` is 0 it publishes nothing.
Bonus, for notebook 05: in the same call it also publishes `count` as a metric that bears the detector's own name."""
HINTS = (
    (
        "boto3's CloudWatch client has one method that puts data of a metric: look for it in its documentation. "
        "What does the alarm need to know to recognise its metric?"
    ),
    (
        "`cloudwatch.put_metric_data(Namespace=…, MetricData=[…])`. MetricData is a list of dictionaries, each with "
        "MetricName and Value. What should happen if `count` is 0?"
    ),
    (
        "First: if not count, return. Then one call with Namespace=METRIC_NAMESPACE and a MetricData list of a "
        'single dictionary: MetricName is METRIC_NAME, Value is the count, Unit is "Count". No Dimensions, no '
        "Timestamp. For the bonus, a second dictionary in the same list, whose MetricName is the argument `detector`."
    ),
)
WELL_DONE = "Whatever a detector finds in a log file now reaches the alarm."
BONUS = WELL_DONE + " And each detector has a metric of its own, for an alarm of its own."


def publish_anomalies(cloudwatch, detector, count):
    """Publish to CloudWatch how many records of one log file a detector matched; a count of 0 publishes nothing."""
    if not count:
        return
    cloudwatch.put_metric_data(
        Namespace=METRIC_NAMESPACE,
        MetricData=[{"MetricName": METRIC_NAME, "Value": count, "Unit": "Count"}],
    )


model = publish_anomalies
bonus_model = publish_both.publish_anomalies

_TELL = "nobody would ever know that it could not be published."
MISCONCEPTIONS = [
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
        "unit",
        "The unit is another one than Count: what is published are numbers of records.",
        'Unit="Count", spelled just so.',
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
]
_BY_ID = {entry.id: entry for entry in MISCONCEPTIONS}


def cases(make):
    """Return the calls that judge an answer, as dicts: detector, count, fail (the client then raises), sentence."""
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
    found = [{"detector": d, "count": c, "fail": False, "sentence": s} for d, c, s in counts]
    refused = "CloudWatch refuses the call: the function's role may not put metric data."
    return [*found, {"detector": "deleting_logs", "count": 2, "fail": True, "sentence": refused}]


def judge(package, make):
    """Judge a packaged answer and return the Result."""
    calls = cases(make)
    everything = [*range(len(calls))]
    rounds = [("first", everything), ("again", everything[:-1][::-1])]
    run = run_cases(package, NAME, calls, rounds, operations=cloudwatch_operations())
    first, again = run.results.get("first", {}), run.results.get("again", {})
    errors = [first[n]["error"] for n in first if first[n]["error"]]
    if errors and all(error["type"] == "NotImplementedError" for error in errors):
        return not_attempted(NAME)
    if run.ended != "done" and len(first) < len(calls):
        return stopped.ended_early(NAME, package, run, lambda number: calls[number]["sentence"])
    return _Judge(package, calls, first, again).result()


class _Judge:
    def __init__(self, package, calls, first, again):
        self.package, self.calls, self.first, self.again = package, calls, first, again
        self.remarks = []

    def result(self):
        """Return the Result: the most telling mistake, or a pass with remarks."""
        for number, call in enumerate(self.calls):
            error = self.first[number]["error"]
            if error and not call["fail"] and not self._makes_client(number):
                return self._raised(number, error)
        for number, call in enumerate(self.calls):
            if self._makes_client(number):
                return self._wrong(number, "own_client", "a client made by the function itself")
            found = None if call["fail"] else self._case(number, call)
            if found:
                return found
        for number in self.again:
            if self._total(self.again[number]) != self._total(self.first[number]):
                one, two = self._total(self.first[number]), self._total(self.again[number])
                return self._wrong(number, "keeps_state", f"{one} the first time, {two} the second")
        failing = len(self.calls) - 1
        if not self.first[failing]["error"]:
            return self._wrong(failing, "swallows_exception", "no error", "the client's exception is passed on")
        earned = self._bonus()
        text = BONUS if earned else WELL_DONE
        data = [datum for n in self._counted() for put in self._puts(self.first[n]) for datum in _data(put)]
        if not earned and not all("Unit" in datum for datum in data):
            self.remarks.append(
                "there is no Unit; the exercise asks for Count. The alarm sees the metric all the same."
            )
        return Result(NAME, "bonus" if earned else "passed", text, remarks=list(dict.fromkeys(self.remarks)))

    def _bonus(self):
        """Tell whether each detector's own metric gets the count too; a near miss is remarked upon."""
        counted = [n for n, call in enumerate(self.calls) if call["count"] and not call["fail"]]
        named = {n: self._own_data(n) for n in counted}
        if not any(named.values()):
            return False
        for number in counted:
            call, data = self.calls[number], named[number]
            seen = [datum for space, datum in data if _seen(space, datum)]
            if abs(_total(seen) - call["count"]) > 1e-9:
                told = f"for the bonus, {call['detector']} is to get the value {call['count']} as well"
                self.remarks.append(f"{told}; {self._why_unseen(data, seen)}.")
                return False
        if any(len(self._puts(self.first[n])) > 1 for n in counted):
            self.remarks = ["both metrics fit into one call: MetricData is a list. One call is faster and cheaper."]
        return True

    def _own_data(self, number):
        """Return what one call publishes under the detector's own name, as (namespace, datum)."""
        data = [(put.get("Namespace"), datum) for put in self._puts(self.first[number]) for datum in _data(put)]
        return [pair for pair in data if pair[1].get("MetricName") == self.calls[number]["detector"]]

    @staticmethod
    def _why_unseen(data, seen):
        if len(seen) == len(data):
            return f"its metric got {_total(seen):g}" if data else "nothing is published under this name"
        namespace, datum = next(pair for pair in data if not _seen(*pair))
        if namespace != METRIC_NAMESPACE:
            return f"it is in the namespace {namespace!r}, not {METRIC_NAMESPACE!r}"
        return "it has a dimension, and so is another metric" if datum.get("Dimensions") else "its Timestamp is not now"

    def _raised(self, number, error):
        call = self.calls[number]
        expected = f"one call with the total {call['count']}" if call["count"] else "no call"
        result = stopped.exception(NAME, self.package, error, case=call["sentence"], expected=expected)
        if "only accepts keyword arguments" in error["text"]:
            result.misconception = "not_valid"
            result.why, result.advice = "boto3's methods take named arguments only.", "put_metric_data(Namespace=…, …)."
        elif "object has no attribute" in error["text"] and "CloudWatch" in error["text"]:
            result.misconception = "no_call"
            result.why, result.advice = "The CloudWatch client has no such method.", _BY_ID["no_call"].advice
        return result

    def _makes_client(self, number):
        return any(call["own"] for call in self.first[number]["calls"])

    def _puts(self, result):
        return [call["parameters"] for call in result["calls"] if call["operation"] == "put_metric_data"]

    def _case(self, number, call):
        """Return what is wrong with one call, or None."""
        puts, count = self._puts(self.first[number]), call["count"]
        if not puts:
            if not count:
                return None
            anything = any(self._puts(self.first[n]) for n in self.first)
            if not anything:
                return self._wrong(number, "no_call", "no call of put_metric_data")
            if not any(self._puts(self.first[n]) for n in self.first if self.calls[n]["count"]):
                return self._wrong(number, "only_at_zero", "no call of put_metric_data")
            loud = {self.calls[n]["detector"] for n in self._counted() if self._puts(self.first[n])}
            silent = {self.calls[n]["detector"] for n in self._counted() if not self._puts(self.first[n])}
            if not loud & silent:
                return self._wrong(number, "one_detector_only", "no call of put_metric_data")
            return self._wrong(number, "keeps_state" if self._remembers() else "too_few",
                               "no call of put_metric_data", more=self._relation())  # fmt: skip
        for parameters in puts:
            complaint = _complaint(parameters)
            if complaint:
                loose = {"MetricName", "Value", "Unit"} & set(parameters)
                return self._wrong(number, "datum_outside" if loose else "not_valid", complaint)
        if not count:
            return self._wrong(number, "publishes_at_zero", _call_text(puts[0]))
        data = [(put.get("Namespace"), datum) for put in puts for datum in put["MetricData"]]
        watched = [datum for namespace, datum in data if _watched(namespace, datum)]
        if not watched:
            return self._unseen(number, puts, data)
        total = _total(watched)
        if abs(total - count) > 1e-9:
            hidden = [(space, datum) for space, datum in data if not _watched(space, datum)]
            if hidden and abs(total + _total([datum for _, datum in hidden]) - count) < 1e-9:
                return self._unseen(number, puts, hidden)
            got = f"values that add up to {total:g}"
            if self._remembers():
                return self._wrong(number, "running_total" if self._adds_up() else "keeps_state", got)
            totals = {self._total(self.first[n]) for n in self.first if self.calls[n]["count"]}
            entry = "constant_one" if len(totals) == 1 else "counts_twice" if total > count else "too_few"
            return self._wrong(number, entry, got, more=self._relation())
        odd = {datum["Unit"] for datum in watched if "Unit" in datum} - {"Count"}
        if odd:
            return self._wrong(number, "unit", f"the unit {odd.pop()}", "the unit Count")
        if len(puts) > 1 and not self.remarks:
            self.remarks.append(
                f"{len(puts)} calls of put_metric_data for {count} anomalies; one with the total is faster and cheaper."
            )
        return None

    def _remembers(self):
        """Tell whether the same arguments led to other values the second time, when the calls came in another order."""
        return any(self._total(self.again[n]) != self._total(self.first[n]) for n in self.again)

    def _adds_up(self):
        """Tell whether each value is the sum of the counts so far: of all calls, or of those of the same detector."""
        before = {n: self.calls[: n + 1] for n in self._counted()}
        of_all = {n: sum(c["count"] for c in calls) for n, calls in before.items()}
        of_same = {n: sum(c["count"] for c in calls if c["detector"] == calls[-1]["detector"])
                   for n, calls in before.items()}  # fmt: skip
        published = {n: self._total(self.first[n]) for n in before}
        return published in (of_all, of_same)

    def _counted(self):
        return [n for n, call in enumerate(self.calls) if call["count"] and not call["fail"]]

    def _relation(self):
        """Tell how what is published follows from the count, if that is simple; else return an empty text."""
        told = {self.calls[n]["count"]: self._total(self.first[n]) for n in self._counted()}
        silent = [count for count, total in told.items() if not total]
        loud = {count: total for count, total in told.items() if total}
        if silent and loud and max(silent) < min(loud):
            return f"It tells nothing of a count of {max(silent)}, but of {min(loud)}: each single record counts."
        if silent and loud and min(silent) > max(loud):
            return f"It tells of a count of {max(loud)}, but nothing of {min(silent)}: no count is too large."
        if silent or not loud:
            return ""
        factors = {round(total / count, 6) for count, total in told.items()}
        steps = {round(total - count, 6) for count, total in told.items()}
        if len(factors) == 1:
            return f"Whatever the count is, it publishes {factors.pop():g} times as much."
        if len(steps) == 1:
            step = steps.pop()
            return f"Whatever the count is, it publishes {abs(step):g} {'more' if step > 0 else 'less'}."
        most = max(told.values())
        if all(total == min(count, most) for count, total in told.items()):
            return f"It never publishes more than {most:g}."
        return ""

    def _unseen(self, number, puts, data):
        """Explain data that the alarm does not see."""
        namespace, datum = data[0]
        got = f"Namespace {namespace!r}, MetricName {datum.get('MetricName')!r}"
        wanted = f"Namespace {METRIC_NAMESPACE!r}, MetricName {METRIC_NAME!r}"
        if namespace == "METRIC_NAMESPACE" or datum.get("MetricName") == "METRIC_NAME":
            return self._wrong(number, "name_in_quotes", got, wanted)
        if namespace == METRIC_NAME and datum.get("MetricName") == METRIC_NAMESPACE:
            return self._wrong(number, "names_swapped", got, wanted)
        if namespace != METRIC_NAMESPACE:
            return self._wrong(number, "namespace", f"Namespace {namespace!r}", f"Namespace {METRIC_NAMESPACE!r}")
        if datum.get("MetricName") != METRIC_NAME:
            got = f"MetricName {datum.get('MetricName')!r}"
            return self._wrong(number, "metric_name", got, f"MetricName {METRIC_NAME!r}")
        if datum.get("Dimensions"):
            names = ", ".join(f"{d.get('Name')}={d.get('Value')}" for d in datum["Dimensions"])
            return self._wrong(number, "dimension", f"the dimension {names}", "no dimensions")
        return self._wrong(number, "timestamp", f"Timestamp {_time(datum)}", "no Timestamp, or now")

    def _total(self, result):
        data = [(put.get("Namespace"), datum) for put in self._puts(result) for datum in _data(put)]
        return _total([datum for namespace, datum in data if _watched(namespace, datum)])

    def _wrong(self, number, identifier, got, expected=None, more=""):
        call, entry = self.calls[number], _BY_ID[identifier]
        usual = f"values that add up to {call['count']}" if call["count"] else "no call of put_metric_data"
        return Result(NAME, "wrong", "", case=call["sentence"], expected=expected or usual, got=got,
                      misconception=identifier, why=f"{entry.says} {more}".strip(), advice=entry.advice)  # fmt: skip


def _data(put):
    data = put.get("MetricData")
    return [datum for datum in data if isinstance(datum, dict)] if isinstance(data, list) else []


def _complaint(parameters):
    """Return botocore's own complaint about the parameters of put_metric_data, or None."""
    from botocore.validate import ParamValidator

    shape = cloudwatch_model().operation_model("PutMetricData").input_shape
    report = ParamValidator().validate(_with_times(parameters), shape)
    if report.has_errors():
        return report.generate_report().replace("\n", "; ")
    for datum in parameters.get("MetricData", []):
        if not {"Value", "Values", "StatisticValues"} & set(datum):
            return "a datum in MetricData without a Value"
    if not parameters.get("MetricData"):
        return "an empty MetricData" if "MetricData" in parameters else "a call without MetricData"
    return None


def _with_times(value):
    if isinstance(value, dict):
        if set(value) == {"__time__"}:
            return datetime.datetime.fromisoformat(value["__time__"])
        return {key: _with_times(item) for key, item in value.items()}
    return [_with_times(item) for item in value] if isinstance(value, list) else value


def _watched(namespace, datum):
    """Tell whether the alarm sees a datum."""
    return datum.get("MetricName") == METRIC_NAME and _seen(namespace, datum)


def _seen(namespace, datum):
    """Tell whether an alarm on a datum's metric name would see it."""
    return namespace == METRIC_NAMESPACE and not datum.get("Dimensions") and _is_now(datum)


def _time(datum):
    """Return a datum's Timestamp as an aware datetime, or None."""
    from botocore.utils import parse_to_aware_datetime

    value = _with_times(datum.get("Timestamp"))
    if value is None:
        return None
    if isinstance(value, datetime.datetime) and value.tzinfo is None:
        return value.replace(tzinfo=datetime.timezone.utc)  # Lambda's clock is set to UTC
    return parse_to_aware_datetime(value)


def _is_now(datum):
    try:
        when = _time(datum)
    except (ValueError, TypeError, OverflowError):
        return False
    now = datetime.datetime.now(datetime.timezone.utc)
    return when is None or abs((now - when).total_seconds()) < 90


def _total(data):
    total = 0
    for datum in data:
        if "Value" in datum:
            total += datum["Value"]
        elif "StatisticValues" in datum:
            total += datum["StatisticValues"]["Sum"]
        else:
            values = datum.get("Values", [])
            times = datum.get("Counts") or [1] * len(values)
            total += sum(value * count for value, count in zip(values, times, strict=False))
    return total


def _call_text(parameters):
    data = ", ".join(f"{d.get('MetricName')}={d.get('Value', '…')}" for d in _data(parameters))
    return f"a call with {data}"
