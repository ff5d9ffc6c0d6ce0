"""A rehearsal of the code to be deployed: its handler runs on sample records in a process of its own.

Everything that Lambda would need is there except AWS: S3 and CloudWatch are a few lines in memory. What cannot run
here cannot run there, and is found before anything is uploaded.
"""

import gzip
import io
import json
import os
import subprocess
import sys
import traceback
import types
from dataclasses import dataclass, field

_SECONDS = 10

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
    warnings: list = field(default_factory=list)


def rehearse(package):
    """Run a Package's handler on two sample records, for at most 10 seconds, and return the Rehearsal."""
    # Nothing of this machine's AWS settings: the code must not reach an account from here.
    environment = {name: value for name, value in os.environ.items() if not name.upper().startswith("AWS_")}
    environment.update(AWS_DEFAULT_REGION="ca-central-1", AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE=os.devnull)
    try:
        child = subprocess.run(
            [sys.executable, "-I", "-X", "utf8", __file__],
            input=json.dumps({"source": package.source, "detectors": list(package.analysis_functions)}),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_SECONDS,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Rehearsal(
            f"the code did not end within {_SECONDS} seconds on two sample records: is there an endless loop?"
        )
    try:
        said = json.loads(child.stdout)
    except ValueError:
        last = (child.stderr.strip().splitlines() or ["no message"])[-1]
        return Rehearsal(f"the code ended its process on two sample records (exit status {child.returncode}): {last}")
    return Rehearsal(said["problem"], said["warnings"])


# ---------------------------------------------------------------- the child's side: nothing of the package is imported


class _MemoryCloud:
    """The session, S3 client and CloudWatch client that the rehearsed code gets; keeps what is published."""

    def __init__(self):
        self.published = []

    def client(self, service, **options):
        return self

    def get_object(self, **location):
        return {"Body": io.BytesIO(gzip.compress(json.dumps({"Records": _SAMPLES}).encode()))}

    def put_metric_data(self, **request):
        self.published.append(request)


def _rehearse(source, detectors):
    """Return (problem or None, warnings) of running a source text's handler on the samples."""
    cloud, raised = _MemoryCloud(), []
    index = types.ModuleType("index")
    try:
        exec(compile(source, "index.py", "exec"), index.__dict__)  # noqa: S102 - running this code is the point
        index.session = cloud
        index.analysis_functions = tuple(_watched(function, raised) for function in index.analysis_functions)
        key = "AWSLogs/111122223333/CloudTrail/ca-central-1/2026/03/10/sample.json.gz"
        index.handler({"Records": [{"s3": {"bucket": {"name": "sample"}, "object": {"key": key}}}]}, None)
        cloud.published.clear()
        warnings = _warnings_of_publishing(index, cloud, detectors)
    except BaseException as error:
        return f"the code failed on two sample records: {_told(error, source)}", []
    problems = []
    for function in dict(raised):
        errors = [_told(error, source) for name, error in raised if name == function]
        if len(errors) == len(_SAMPLES):
            problems.append(f"{function} fails on each sample record: {errors[0]}")
        else:
            # It may be a lesson: the handler reports such a record and goes on with the next.
            warnings.append(f"{function} failed on one of two sample records: {errors[0]}")
    return ("; ".join(problems) or None), warnings


def _watched(function, raised):
    """Return the function, keeping the exceptions that it raises with its name; being unwritten is none."""

    def watched(record):
        try:
            return function(record)
        except NotImplementedError:
            raise
        except Exception as error:
            raised.append((function.__name__, error))
            raise

    watched.__name__ = function.__name__
    return watched


def _warnings_of_publishing(index, cloud, detectors):
    try:
        for detector in detectors:
            index.publish_anomalies(cloud, detector, 2)
    except NotImplementedError:
        return ["publish_anomalies is not written yet: whatever is found, the alarm will not hear of it."]
    if detectors and not cloud.published:
        return ["publish_anomalies published nothing for two anomalies: the alarm will not turn red."]
    return []


def _told(error, source):
    """Return an exception as one line that says where in the deployed code it arose."""
    told = "".join(traceback.format_exception_only(type(error), error)).strip()
    lines = source.splitlines()
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "index.py"]
    if not frames:
        return told
    line = lines[frames[-1].lineno - 1].strip() if frames[-1].lineno <= len(lines) else ""
    return f"{told} (in {frames[-1].name}, at: {line})"


def main():
    """Rehearse the code that standard input describes; standard output gets the result, not what the code prints."""
    task = json.load(sys.stdin)
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    problem, warnings = _rehearse(**task)
    json.dump({"problem": problem, "warnings": warnings}, answer)
    answer.flush()
    # Threads that the code may have started must not keep this process alive.
    os._exit(0)


if __name__ == "__main__":
    main()
