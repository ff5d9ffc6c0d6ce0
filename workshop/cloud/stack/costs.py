"""What the stack's things cost a day while they are there, in USD.

The figures are AWS's prices of ca-central-1 as docs/aws.md has them; https://aws.amazon.com/pricing/ has today's.
Needs only the standard library and boto3, as the teardown does.
"""

from __future__ import annotations

from collections.abc import Callable

from botocore.exceptions import ClientError

from workshop.cloud.cloud import Cloud

_HOURS, _DAYS = 24, 30.4  # of a day; of a month
INSTANCE_HOUR = 0.0116  # t3.micro
DISK_MONTH = 8 * 0.088  # 8 GB of gp3
ADDRESS_HOUR = 0.005  # a public IPv4 address
NOTEBOOK_HOUR = 0.06  # ml.t3.medium
ALARM_MONTH = 0.10
COPY_PRICE, COPY_EVENTS = 2.0, 100_000  # a further copy of management events: USD for so many


def a_day(cloud: Cloud, kind: str, name: str) -> str:
    """Return what a thing of the stack costs a day, in words, by its type and physical id.

    Functions, queues, topics, roles, rules and networks cost nothing while they are idle.
    """
    price = _PRICES.get(kind)
    try:
        return price(cloud, name) if price else "nothing while it is idle"
    except ClientError as error:
        return f"an unknown amount: it could not be looked at ({error.response['Error']['Code']})"


def _usd(amount: float) -> str:
    return f"{amount:.2f} USD a day" if amount >= 0.01 else "less than 0.01 USD a day"


def _instance(cloud: Cloud, name: str) -> str:
    found = cloud.client("ec2").describe_instances(InstanceIds=[name])["Reservations"]
    (instance,) = (instance for each in found for instance in each["Instances"])
    state, disk = instance["State"]["Name"], DISK_MONTH / _DAYS
    if state in ("terminated", "shutting-down"):
        return f"nothing: it is {state}"
    if state != "running":
        return f"{_usd(disk)} for its disk; it is {state}"
    address = ADDRESS_HOUR if instance.get("PublicIpAddress") else 0
    return _usd((INSTANCE_HOUR + address) * _HOURS + disk)


def _notebook(cloud: Cloud, name: str) -> str:
    found = cloud.client("sagemaker").describe_notebook_instance(NotebookInstanceName=name.rpartition("/")[2])
    if found["NotebookInstanceStatus"] == "InService":
        return f"about {_usd(NOTEBOOK_HOUR * _HOURS)}, and some cents for its disk"
    return f"some cents a day for its disk; it is {found['NotebookInstanceStatus']}"


def _trail(cloud: Cloud, name: str) -> str:
    if not cloud.client("cloudtrail").get_trail_status(Name=name)["IsLogging"]:
        return "nothing: it records nothing"
    return f"nothing as the first trail, else {COPY_PRICE:.2f} USD per {COPY_EVENTS:,} events of the account"


_PRICES: dict[str, Callable[[Cloud, str], str]] = {
    "AWS::EC2::Instance": _instance,
    "AWS::SageMaker::NotebookInstance": _notebook,
    "AWS::CloudTrail::Trail": _trail,
    "AWS::CloudWatch::Alarm": lambda cloud, name: f"{_usd(ALARM_MONTH / _DAYS)}, if the account has more than ten",
    "AWS::S3::Bucket": lambda cloud, name: "next to nothing: S3 deletes its objects after a day",
    "AWS::Logs::LogGroup": lambda cloud, name: "next to nothing: some kilobytes",
}
