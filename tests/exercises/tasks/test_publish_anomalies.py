"""How answers to publish_anomalies are judged and explained; each answer is a notebook cell of its own."""

import pytest
from catalogues import assert_all_tried, assert_named, each_spelling
from cells import function_of

from workshop.exercises import check, solution
from workshop.exercises.tasks.publish_anomalies import EXERCISE

NAME = "publish_anomalies"
SPACE = "AWS/reInvent2017/SID341"
DEF = f"def {NAME}(cloudwatch, detector, count):\n"
TOTAL = '"MetricName": "AnomaliesDetected", "Value": total, "Unit": "Count"'


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSHOP_HOME", str(tmp_path))


def put(datum='"MetricName": "AnomaliesDetected", "Value": count, "Unit": "Count"', client="cloudwatch", space=SPACE):
    """Return the usual call with some other datum, client or namespace."""
    return f"{client}.put_metric_data(Namespace={space!r}, MetricData=[{{{datum}}}])"


def usual(body=None, before="", condition="count"):
    """Return the usual answer around a call."""
    body = (body or put()).replace("\n", "\n        ")
    return f"{before}{DEF}    if {condition}:\n        {body}\n"


def answer(source):
    """Return the function that a cell defines."""
    return function_of("import datetime\n\n" + source, NAME)


RIGHT = {
    "one call": usual(),
    "early return": DEF + f"    if count == 0:\n        return\n    {put()}\n",
    "the analyzer's names": usual(
        "datum = dict(MetricName=METRIC_NAME, Value=count, Unit='Count')\n"
        "cloudwatch.put_metric_data(Namespace=METRIC_NAMESPACE, MetricData=[datum])"
    ),
    "own constants": usual(
        "cloudwatch.put_metric_data(Namespace=SPACE, "
        "MetricData=[{'MetricName': METRIC, 'Value': float(count), 'Unit': 'Count'}])",
        f"SPACE = {SPACE!r}\nMETRIC = 'AnomaliesDetected'\n",
    ),
    "values and counts": usual(
        put('"MetricName": "AnomaliesDetected", "Values": [1.0], "Counts": [count], "Unit": "Count"')
    ),
    "statistics": usual(
        put(
            '"MetricName": "AnomaliesDetected", "StatisticValues": '
            '{"SampleCount": count, "Sum": count, "Minimum": 1, "Maximum": 1}, "Unit": "Count"'
        )
    ),
    "now": usual(
        put(
            '"MetricName": "AnomaliesDetected", "Value": count, "Unit": "Count", '
            '"Timestamp": datetime.datetime.now(datetime.timezone.utc)'
        )
    ),
    "now without a zone": usual(
        put(
            '"MetricName": "AnomaliesDetected", "Value": count, "Unit": "Count", '
            '"Timestamp": datetime.datetime.utcnow()'
        )
    ),
    "a helper": usual(
        "_put(cloudwatch, count)", f"def _put(cloudwatch, value):\n    return {put().replace('count', 'value')}\n\n"
    ),
    "another metric too": usual(
        "cloudwatch.put_metric_data(Namespace='AWS/reInvent2017/SID341', MetricData=["
        "{'MetricName': 'AnomaliesDetected', 'Value': count, 'Unit': 'Count'}, "
        "{'MetricName': 'LogFiles', 'Value': 1, 'Unit': 'Count'}])"
    ),
    "a dimension too": usual(
        "cloudwatch.put_metric_data(Namespace='AWS/reInvent2017/SID341', MetricData=["
        "{'MetricName': 'AnomaliesDetected', 'Value': count, 'Unit': 'Count'}, "
        "{'MetricName': 'AnomaliesDetected', 'Value': count, "
        "'Dimensions': [{'Name': 'Detector', 'Value': detector}]}])"
    ),
    "prints and raises again": usual(
        f"try:\n    {put()}\nexcept Exception as error:\n    print(error)\n    raise\nprint(detector, count)"
    ),
    "lambda": f"{NAME} = lambda cloudwatch, detector, count: count and {put()}\n",
    "a datum a record": usual(
        "cloudwatch.put_metric_data(Namespace='AWS/reInvent2017/SID341', "
        "MetricData=[{'MetricName': 'AnomaliesDetected', 'Value': 1, 'Unit': 'Count'} for _ in range(count)])"
    ),
    "ClientError named": usual(
        f"try:\n    {put()}\nexcept ClientError:\n    print('refused')\n    raise",
        "from botocore.exceptions import ClientError\n",
    ),
}
TWO = (
    "cloudwatch.put_metric_data(Namespace='AWS/reInvent2017/SID341', MetricData=["
    "{{'MetricName': 'AnomaliesDetected', 'Value': count, 'Unit': 'Count'}}, {{'MetricName': {}, 'Value': {}}}])"
)
BONUS = {
    "two data": usual(TWO.format("detector", "count")),
    "the detector first": usual(
        "data = [{'MetricName': name, 'Value': float(count), 'Unit': 'Count'} for name in (detector, METRIC_NAME)]\n"
        "cloudwatch.put_metric_data(Namespace=METRIC_NAMESPACE, MetricData=data)"
    ),
    "two data for each record": usual(
        "names = [METRIC_NAME, detector] * count\ncloudwatch.put_metric_data("
        "Namespace=METRIC_NAMESPACE, MetricData=[{'MetricName': name, 'Value': 1, 'Unit': 'Count'} for name in names])"
    ),
    "a dimension as well": usual(
        TWO.format("detector", "count").replace(
            "])",
            ", {'MetricName': detector, 'Value': count, 'Dimensions': [{'Name': 'A', 'Value': 'b'}]}])",
        )
    ),
}
# What earns no bonus, and what is remarked upon.
NEARLY = {
    "a constant": (usual(TWO.format("detector", "1")), "its metric got 1"),
    "twice": (usual(TWO.format("detector", "2 * count")), "its metric got 6"),
    "a dimension": (
        usual(TWO.format("detector", "count, 'Dimensions': [{'Name': 'Detector', 'Value': detector}]")),
        "it has a dimension",
    ),
    "another time": (
        usual(TWO.format("detector", "count, 'Timestamp': datetime.datetime(2026, 3, 10)")),
        "its Timestamp is not now",
    ),
    "another namespace": (
        usual(put() + "\n" + put('"MetricName": detector, "Value": count', space="Detectors")),
        "it is in the namespace 'Detectors'",
    ),
    "one detector only": (usual(TWO.format("'deleting_logs'", "count")), "nothing is published under this name"),
}
LOOP = DEF + f"    for _ in range(count):\n        {put().replace('count', '1')}\n"
TRY = "try:\n    {}\nexcept {}:\n    {}"

MISTAKES = {
    "only_at_zero": [
        usual(put(), condition="not count"),
        usual(put(), condition="count == 0"),
        usual(put(), condition="count < 1"),
    ],
    "name_in_quotes": [
        usual(put(space="METRIC_NAMESPACE")),
        usual(put('"MetricName": "METRIC_NAME", "Value": count')),
        usual(put('"MetricName": "METRIC_NAME", "Value": count', space="METRIC_NAMESPACE")),
    ],
    "names_swapped": [
        usual(put(f'"MetricName": "{SPACE}", "Value": count', space="AnomaliesDetected")),
        usual(put('"MetricName": METRIC_NAMESPACE, "Value": count', space="AnomaliesDetected")),
        usual(
            "space, name = METRIC_NAME, METRIC_NAMESPACE\n"
            "cloudwatch.put_metric_data(Namespace=space, MetricData=[dict(MetricName=name, Value=count)])"
        ),
    ],
    "datum_outside": [
        usual("cloudwatch.put_metric_data(Namespace=METRIC_NAMESPACE, MetricName=METRIC_NAME, Value=count)"),
        usual("cloudwatch.put_metric_data(Namespace=METRIC_NAMESPACE, MetricName='x', Value=count, Unit='Count')"),
        usual("cloudwatch.put_metric_data(Namespace=METRIC_NAMESPACE, MetricData=[], Value=count)"),
    ],
    "namespace": [
        usual(put(space="reInvent2017/SID341")),
        usual(put(space="AWS/reinvent2017/SID341")),
        usual(put(space="AWS/CloudTrail")),
        usual(
            "cloudwatch.put_metric_data(Namespace=detector, "
            "MetricData=[{'MetricName': 'AnomaliesDetected', 'Value': count}])"
        ),
    ],
    "metric_name": [
        usual(put('"MetricName": "AnomalyDetected", "Value": count')),
        usual(put('"MetricName": detector, "Value": count')),
        usual(put('"MetricName": "anomaliesdetected", "Value": count')),
    ],
    "dimension": [
        usual(
            put(
                '"MetricName": "AnomaliesDetected", "Value": count, '
                '"Dimensions": [{"Name": "Detector", "Value": detector}]'
            )
        ),
        usual(
            put('"MetricName": "AnomaliesDetected", "Value": count, "Dimensions": [dict(Name="Function", Value="x")]')
        ),
        usual(
            "for number in range(count):\n    "
            + put('"MetricName": "AnomaliesDetected", "Value": 1, "Dimensions": [{"Name": "N", "Value": str(number)}]')
        ),
    ],
    "timestamp": [
        usual(put('"MetricName": "AnomaliesDetected", "Value": count, "Timestamp": datetime.datetime(2026, 3, 10)')),
        usual(put('"MetricName": "AnomaliesDetected", "Value": count, "Timestamp": "2026-03-10T12:00:00Z"')),
        usual(
            put(
                '"MetricName": "AnomaliesDetected", "Value": count, '
                '"Timestamp": datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)'
            )
        ),
    ],
    "constant_one": [
        usual(put('"MetricName": "AnomaliesDetected", "Value": 1')),
        usual(put('"MetricName": "AnomaliesDetected", "Value": 1.0, "Unit": "Count"'), condition="count > 0"),
        usual(put('"MetricName": "AnomaliesDetected", "Value": bool(count) + 0')),
        usual(put('"MetricName": "AnomaliesDetected", "Value": min(count, 1)')),
    ],
    "publishes_at_zero": [
        DEF + f"    {put()}\n",
        usual(condition="count >= 0"),
        usual(condition="detector"),
        usual(condition="count is not None"),
    ],
    "own_client": [
        usual(put(client='boto3.client("cloudwatch")'), "import boto3\n"),
        usual(
            "cloudwatch = boto3.Session().client('cloudwatch', region_name='ca-central-1')\n" + put(), "import boto3\n"
        ),
        DEF
        + f"    import boto3\n    client = boto3.client('cloudwatch')\n    if count:\n        {put(client='client')}\n",
        usual(put(client="get_client(session, 'cloudwatch')")),
    ],
    "swallows_exception": [
        usual(TRY.format(put(), "Exception", "pass")),
        usual(TRY.format(put(), "Exception as error", "print(error)")),
        usual(TRY.format(put(), "ClientError", "print('refused')"), "from botocore.exceptions import ClientError\n"),
        usual("import contextlib\nwith contextlib.suppress(Exception):\n    " + put()),
    ],
    "no_call": [
        usual("print(detector, count)"),
        DEF + "    return count\n",
        usual("cloudwatch.put_metric_data"),
        usual("cloudwatch.put_metrics(Namespace='x', MetricData=[])"),
        usual("cloudwatch.put_metric_alarm(AlarmName='x')"),
    ],
    "not_valid": [
        usual(put('"MetricName": "AnomaliesDetected", "Value": str(count)')),
        usual(
            "cloudwatch.put_metric_data(Namespace='AWS/reInvent2017/SID341', "
            "MetricData={'MetricName': 'AnomaliesDetected'})"
        ),
        usual("cloudwatch.put_metric_data(namespace='AWS/reInvent2017/SID341', MetricData=[])"),
        usual(put('"metricname": "AnomaliesDetected", "Value": count')),
        usual(put('"MetricName": "AnomaliesDetected", "Value": detector')),
        usual(put('"MetricName": "AnomaliesDetected"')),
        usual(
            "cloudwatch.put_metric_data('AWS/reInvent2017/SID341', "
            "[{'MetricName': 'AnomaliesDetected', 'Value': count}])"
        ),
    ],
    "counts_twice": [
        usual(put() + "\n" + put()),
        usual(put('"MetricName": "AnomaliesDetected", "Value": count * 2')),
        usual("for _ in range(count):\n    " + put()),
    ],
    "too_few": [
        usual(condition="count > 1"),
        usual(put('"MetricName": "AnomaliesDetected", "Value": min(count, 10)')),
        usual(put('"MetricName": "AnomaliesDetected", "Value": count - 1')),
    ],
    "one_detector_only": [
        usual(condition="count and detector == 'deleting_logs'"),
        usual(condition="count and detector in ('deleting_logs', 'instance_creds_used_outside_ec2')"),
        usual(condition="count and detector.startswith('instance')"),
    ],
    "several_calls": [
        LOOP,
        usual(
            put('"MetricName": "AnomaliesDetected", "Value": count - 1')
            + "\n"
            + put('"MetricName": "AnomaliesDetected", "Value": 1')
        ),
        usual("while count > 0:\n    " + put('"MetricName": "AnomaliesDetected", "Value": 1') + "\n    count -= 1"),
    ],
    "unit": [
        usual(put('"MetricName": "AnomaliesDetected", "Value": count, "Unit": "Seconds"')),
        usual(put('"MetricName": "AnomaliesDetected", "Value": count, "Unit": "Percent"')),
        usual(put('"MetricName": "AnomaliesDetected", "Value": count, "Unit": "Count/Second"')),
        usual(put('"MetricName": "AnomaliesDetected", "Value": count, "Unit": "None"')),
        usual(put('"MetricName": "AnomaliesDetected", "Value": count, "Unit": "count"')),
    ],
    "no_unit": [
        usual(put('"MetricName": "AnomaliesDetected", "Value": count')),
        usual(
            "cloudwatch.put_metric_data(Namespace=METRIC_NAMESPACE, "
            "MetricData=[dict(MetricName=METRIC_NAME, Value=count)])"
        ),
        usual(put('"MetricName": "AnomaliesDetected", "Values": [1.0], "Counts": [count]')),
    ],
    "running_total": [
        "total = 0\n" + DEF + "    global total\n    total += count\n    if count:\n        " + put(TOTAL) + "\n",
        "found = []\n"
        + DEF
        + "    if count:\n        found.append(count)\n        "
        + put(TOTAL.replace("total", "sum(found)"))
        + "\n",
        DEF.replace("count)", "count, totals={})")
        + "    total = totals[detector] = totals.get(detector, 0) + count\n    if count:\n        "
        + put(TOTAL)
        + "\n",
    ],
    "keeps_state": [
        "calls = 0\n"
        + DEF
        + "    global calls\n    calls += 1\n    if calls > 8:\n        return\n    if count:\n        "
        + put()
        + "\n",
        "seen = set()\n"
        + DEF
        + "    if (detector, count) in seen:\n        return\n    seen.add((detector, count))\n    if count:\n        "
        + put()
        + "\n",
        DEF.replace("count)", "count, sent=[])")
        + "    sent.append(count)\n    if count and len(sent) <= 8:\n        "
        + put()
        + "\n",
    ],
    "signature": [
        f"def {NAME}(cloudwatch, count):\n    {put()}\n",
        f"def {NAME}(record):\n    pass; return record\n",
        f"def {NAME}():\n    return None\n",
    ],
}


@pytest.mark.parametrize(
    ("value", "condition", "told"),
    [
        ("count", "count > 1", "nothing of a count of 1, but of 2"),
        ("count", "0 < count < 5", "of a count of 3, but nothing of 7"),
        ("count * 3", "count", "3 times as much"),
        ("count + 1", "count", "1 more"),
        ("count - 0.5", "count", "0.5 less"),
        ("min(count, 5)", "count", "never publishes more than 5"),
        ("(count + 1) // 2", "count", "add up to 2"),
    ],
)
def test_how_the_values_go_wrong_is_told(value, condition, told):
    """Values that do not add up are explained by how they follow from the count, as far as that is simple."""
    result = check(answer(usual(put(f'"MetricName": "AnomaliesDetected", "Value": {value}'), condition=condition)))
    assert result.outcome == "wrong"
    assert told in result.message


@pytest.mark.parametrize("style", RIGHT)
def test_right_answers_pass(style):
    """Every style of a right answer passes without a remark."""
    result = check(answer(RIGHT[style]))
    assert result.outcome == "passed", result
    assert result.remarks == []


@pytest.mark.parametrize("style", BONUS)
def test_the_detectors_own_metric_earns_the_bonus(style):
    """The total is judged as ever; the same count under the detector's name, in the same call, is the bonus."""
    result = check(answer(BONUS[style]))
    assert result.outcome == "bonus", result
    assert "each detector has a metric of its own" in result.message
    assert result.remarks == []


def test_the_bonus_in_two_calls_is_a_near_miss():
    """What Phase 3 asks is there; the bonus asks for both metrics in the same call."""
    result = check(answer(usual(put() + "\n" + put('"MetricName": detector, "Value": count'))))
    assert result.outcome == "passed", result
    assert "both metrics go into the same call" in result.remarks[0]


@pytest.mark.parametrize("mistake", NEARLY)
def test_a_near_miss_of_the_bonus_passes_and_is_explained(mistake):
    """What Phase 3 asks is there; the remark says what keeps the detector's own alarm from seeing its metric."""
    source, told = NEARLY[mistake]
    result = check(answer(source))
    assert result.outcome == "passed", result
    (remark,) = [remark for remark in result.remarks if "for the bonus" in remark]
    assert told in remark


def test_the_bonus_alone_is_not_enough():
    """The detector's own metric does not replace the total, which the alarm of them all watches."""
    result = check(answer(usual(put('"MetricName": detector, "Value": count'))))
    assert (result.outcome, result.misconception) == ("wrong", "metric_name")


def test_both_model_answers_pass_as_they_say():
    """The one that solution shows first passes, the other one earns the bonus; solution shows both."""
    assert check(EXERCISE.model).outcome == "passed"
    assert check(EXERCISE.bonus_model).outcome == "bonus"
    solution(NAME)
    shown = str(solution(NAME))
    assert shown.count(f"def {NAME}") == 2
    assert "# With the bonus:" in shown


@each_spelling(MISTAKES)
def test_mistakes_are_named(identifier, source):
    """Each catalogued mistake, in each spelling, gets its own explanation, with the call that shows it."""
    result = check(answer(source))
    assert_named(result, identifier)
    assert result.case in result.message
    assert result.expected


def test_every_catalogued_mistake_is_tried():
    """Nothing is in the catalogue that no test provokes, and each message is its own."""
    assert_all_tried(EXERCISE, MISTAKES)


def test_stub_is_not_attempted():
    """As shipped the exercise is not attempted, not wrong."""
    assert check(answer(DEF + "    raise NotImplementedError('notebook 04')\n")).outcome == "not attempted"
    assert check(answer(DEF + "    if count >= 0:\n        raise NotImplementedError\n")).outcome == "raised"
