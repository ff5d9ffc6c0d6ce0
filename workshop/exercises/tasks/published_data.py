"""What a call of publish_anomalies has published, and what an alarm sees of it."""

import datetime
from dataclasses import dataclass
from typing import Any

from workshop.attendee_code.sandbox import cloudwatch_model
from workshop.cloudtrail_analyzer import METRIC_NAME, METRIC_NAMESPACE

Datum = dict[str, Any]


@dataclass(frozen=True)
class Published:
    """What came of one call: `puts` are the parameters of its calls of put_metric_data, `own_client` says whose."""

    puts: list[dict[str, Any]]
    own_client: bool
    failed: bool

    @classmethod
    def by(cls, result: dict[str, Any]) -> "Published":
        """Return what one call published, given what the sandbox noted."""
        puts = [call["parameters"] for call in result["calls"] if call["operation"] == "put_metric_data"]
        return cls(puts, any(call["own"] for call in result["calls"]), bool(result["error"]))

    @property
    def data(self) -> list[tuple[str | None, Datum]]:
        """All data, each with its namespace."""
        return [(put.get("Namespace"), datum) for put in self.puts for datum in data_of(put)]

    @property
    def watched(self) -> list[Datum]:
        """The data that the alarm sees."""
        return [datum for namespace, datum in self.data if is_watched(namespace, datum)]

    @property
    def total(self) -> float:
        """What the values that the alarm sees add up to."""
        return total(self.watched)


def data_of(put: dict[str, Any]) -> list[Datum]:
    """Return the data of one call of put_metric_data that are dictionaries, as they should be."""
    data = put.get("MetricData")
    return [datum for datum in data if isinstance(datum, dict)] if isinstance(data, list) else []


def complaint(parameters: dict[str, Any]) -> str | None:
    """Return botocore's own complaint about the parameters of put_metric_data, or None."""
    from botocore.validate import ParamValidator

    shape = cloudwatch_model().operation_model("PutMetricData").input_shape
    report = ParamValidator().validate(_with_times(parameters), shape)
    if report.has_errors():
        return str(report.generate_report()).replace("\n", "; ")
    for datum in parameters.get("MetricData", []):
        if not {"Value", "Values", "StatisticValues"} & set(datum):
            return "a datum in MetricData without a Value"
    if not parameters.get("MetricData"):
        return "an empty MetricData" if "MetricData" in parameters else "a call without MetricData"
    return None


def _with_times(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"__time__"}:
            return datetime.datetime.fromisoformat(value["__time__"])
        return {key: _with_times(item) for key, item in value.items()}
    return [_with_times(item) for item in value] if isinstance(value, list) else value


def is_watched(namespace: str | None, datum: Datum) -> bool:
    """Tell whether the alarm sees a datum."""
    return datum.get("MetricName") == METRIC_NAME and is_seen(namespace, datum)


def is_seen(namespace: str | None, datum: Datum) -> bool:
    """Tell whether an alarm on a datum's metric name would see it."""
    return namespace == METRIC_NAMESPACE and not datum.get("Dimensions") and _is_now(datum)


def time_of(datum: Datum) -> datetime.datetime | None:
    """Return a datum's Timestamp as an aware datetime, or None."""
    from botocore.utils import parse_to_aware_datetime

    value = _with_times(datum.get("Timestamp"))
    if value is None:
        return None
    if isinstance(value, datetime.datetime) and value.tzinfo is None:
        return value.replace(tzinfo=datetime.timezone.utc)  # Lambda's clock is set to UTC
    when: datetime.datetime = parse_to_aware_datetime(value)
    return when


def _is_now(datum: Datum) -> bool:
    try:
        when = time_of(datum)
    except (ValueError, TypeError, OverflowError):
        return False
    now = datetime.datetime.now(datetime.timezone.utc)
    return when is None or abs((now - when).total_seconds()) < 90


def total(data: list[Datum]) -> float:
    """Return what the values of some data add up to; what is no number, and boto3 would refuse, adds nothing."""
    added: float = 0
    for datum in data:
        if "Value" in datum:
            added += _number(datum["Value"])
        elif "StatisticValues" in datum:
            added += _number(datum["StatisticValues"]["Sum"])
        else:
            values = datum.get("Values", [])
            times = datum.get("Counts") or [1] * len(values)
            added += sum(_number(value) * _number(count) for value, count in zip(values, times, strict=False))
    return added


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0
