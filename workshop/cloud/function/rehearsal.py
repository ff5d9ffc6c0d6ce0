"""A rehearsal of the code to be deployed: its handler runs on sample records in the sandbox.

Everything that Lambda would need is there except AWS. What cannot run here cannot run there, and is found before
anything is uploaded.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from workshop.attendee_code.packaging import Package
from workshop.attendee_code.sandbox import SECONDS_A_CASE, Run, cloudwatch_operations, run_cases

_KEY = "AWSLogs/111122223333/CloudTrail/ca-central-1/2026/03/10/sample.json.gz"
_EVENT = {"Records": [{"s3": {"bucket": {"name": "sample"}, "object": {"key": _KEY}}}]}
_ROLE = {
    "type": "AssumedRole",
    "principalId": "AROAIOSFODNN7EXAMPLE:i-0123456789abcdef0",
    "arn": "arn:aws:sts::111122223333:assumed-role/web-server/i-0123456789abcdef0",
    "accountId": "111122223333",
    "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
}
_USER = {
    "type": "IAMUser",
    "principalId": "AIDAIOSFODNN7EXAMPLE",
    "arn": "arn:aws:iam::111122223333:user/ana",
    "accountId": "111122223333",
    "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
    "userName": "ana",
}
# The first takes both detectors through all of their branches, the second is what most records are.
_SAMPLES = [
    {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": time,
        "eventSource": source,
        "eventName": name,
        "awsRegion": "ca-central-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": parameters,
        "responseElements": None,
        "requestID": f"0000000{number}-0000-4000-8000-000000000000",
        "eventID": f"1000000{number}-0000-4000-8000-000000000000",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    }
    for number, (identity, time, source, name, parameters) in enumerate(
        [
            (_ROLE, "2026-03-10T12:00:00Z", "logs.amazonaws.com", "DeleteLogGroup", {"logGroupName": "app"}),
            (_USER, "2026-03-10T12:00:01Z", "ec2.amazonaws.com", "RebootInstances", {"instancesSet": {"items": []}}),
        ]
    )
]


@dataclass(frozen=True)
class Rehearsal:
    """How the rehearsal went: `problem` is None, or why this code must not be deployed; `warnings` are doubts."""

    problem: str | None = None
    warnings: list[str] = field(default_factory=list)


def rehearse(package: Package) -> Rehearsal:
    """Run a Package's handler on two sample records, then let it publish what it found, and return the Rehearsal."""
    detectors = package.analysis_functions
    publishing = [{"function": "publish_anomalies", "detector": name, "count": 2, "fail": False} for name in detectors]
    run = run_cases(
        package,
        "handler",
        [{"event": _EVENT}, *publishing],
        [("first", range(1 + len(publishing)))],
        operations=cloudwatch_operations(),
        log_file=json.dumps({"Records": _SAMPLES}),
    )
    handled, *published = [run.results.get("first", {}).get(number) for number in range(1 + len(publishing))]
    if run.ended == "load":
        return Rehearsal(_failed(run.detail, package))
    if handled and handled["error"]:
        return Rehearsal(_failed(handled["error"], package))
    warnings = []
    for result in published:
        if result and result["error"] and result["error"]["type"] != "NotImplementedError":
            return Rehearsal(_failed(result["error"], package))
    if run.ended != "done" or not handled:
        return Rehearsal(_ended(run))
    problems = []
    for function in dict.fromkeys(failure["function"] for failure in handled["failed"]):
        errors = [_told(one["error"], package) for one in handled["failed"] if one["function"] == function]
        if len(errors) == len(_SAMPLES):
            problems.append(f"{function} fails on each sample record: {errors[0]}")
        else:
            # It may be a lesson: the handler reports such a record and goes on with the next.
            warnings.append(f"{function} failed on one of two sample records: {errors[0]}")
    return Rehearsal("; ".join(problems) or None, [*_warnings_of_publishing(published), *warnings])


def _ended(run: Run) -> str:
    """Say how a run ended before its time."""
    if run.ended == "time-out" and run.detail == "start":
        return "Python did not start in time to rehearse the code, this computer is busy: deploy again"
    if run.ended == "time-out":
        limit = f"{SECONDS_A_CASE:g} second"
        return f"the code did not end within {limit} on two sample records: is there an endless loop?"
    how = {"signal": f"it was ended by {run.detail}", "memory": "it asked for more memory than there is"}
    return f"the code ended its process on two sample records ({how.get(run.ended, f'exit status {run.detail}')})"


def _warnings_of_publishing(published: list[dict[str, Any] | None]) -> list[str]:
    """Return what to say of publish_anomalies, given what came of its calls."""
    results = [result for result in published if result]
    if any(result["error"] for result in results):
        return ["publish_anomalies is not written yet: whatever is found, the alarm will not hear of it."]
    if results and not any(call["operation"] == "put_metric_data" for result in results for call in result["calls"]):
        return ["publish_anomalies published nothing for two anomalies: the alarm will not turn red."]
    return []


def _failed(error: dict[str, Any], package: Package) -> str:
    return f"the code failed on two sample records: {_told(error, package)}"


def _told(error: dict[str, Any], package: Package) -> str:
    """Return an exception as one line that says where in the deployed code it arose."""
    told = f"{error['type']}: {error['text']}" if error["text"] else str(error["type"])
    if not error["lines"]:
        return told
    (number, function), lines = error["lines"][-1], package.source.splitlines()
    line = lines[number - 1].strip() if number <= len(lines) else ""
    return f"{told} (in {function}, at: {line})"
