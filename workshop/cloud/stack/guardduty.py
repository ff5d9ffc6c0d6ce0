"""What GuardDuty's automated agent puts into a VPC, where it is switched on: an endpoint and its security group.

CloudFormation does not know of them, and cannot delete the VPC before they are gone. GuardDuty removes them only when
Runtime Monitoring is switched off:
https://docs.aws.amazon.com/guardduty/latest/ug/using-iac-with-gdu-automated-agents-runtime-monitoring.html

Needs only the standard library and boto3, as the teardown does.
"""

from __future__ import annotations

import time

from botocore.exceptions import ClientError

from workshop.cloud.cloud import Cloud

_SERVICE = "guardduty-data"
_GROUP = "GuardDutyManagedSecurityGroup-"
# Seconds: an endpoint is shown as "deleting" for a minute or two, and its security group is in use until then.
_PATIENCE, _PAUSE = 300, 5


def endpoints(cloud: Cloud, vpc: str) -> list[str]:
    """Return the ids of GuardDuty's endpoints in a VPC, those that are being deleted included."""
    found = cloud.entries("ec2", "describe_vpc_endpoints", "VpcEndpoints", Filters=_in(vpc))
    return [
        endpoint["VpcEndpointId"]
        for endpoint in found
        if endpoint["VpcId"] == vpc
        and endpoint["ServiceName"].endswith(f".{_SERVICE}")
        and endpoint["State"].lower() != "deleted"
    ]


def security_groups(cloud: Cloud, vpc: str) -> list[str]:
    """Return the ids of GuardDuty's security groups in a VPC."""
    found = cloud.entries("ec2", "describe_security_groups", "SecurityGroups", Filters=_in(vpc))
    return [group["GroupId"] for group in found if group["VpcId"] == vpc and group["GroupName"].startswith(_GROUP)]


def _in(vpc: str) -> list[dict[str, object]]:
    return [{"Name": "vpc-id", "Values": [vpc]}]


def left_in(cloud: Cloud, vpc: str) -> list[str]:
    """Name GuardDuty's things in a VPC, in words."""
    return [
        *(f"GuardDuty's endpoint {name} in {vpc}" for name in endpoints(cloud, vpc)),
        *(f"GuardDuty's security group {name} in {vpc}" for name in security_groups(cloud, vpc)),
    ]


def remove_from(cloud: Cloud, vpc: str, patience: float = _PATIENCE, pause: float = _PAUSE) -> list[str]:
    """Delete GuardDuty's things in a VPC: the endpoints, and when these are gone, their security groups.

    Returns what was deleted, in words. Raises: botocore's ClientError when AWS refuses; TimeoutError when an endpoint
    is still there after `patience` seconds.
    """
    doomed, deleted = endpoints(cloud, vpc), left_in(cloud, vpc)
    if doomed:
        refused = cloud.client("ec2").delete_vpc_endpoints(VpcEndpointIds=doomed).get("Unsuccessful", [])
        for one in refused:
            raise ClientError({"Error": {**one["Error"]}}, "DeleteVpcEndpoints")
    deadline = time.monotonic() + patience
    while endpoints(cloud, vpc):
        if time.monotonic() >= deadline:
            raise TimeoutError(f"the endpoint {', '.join(doomed)} is still being deleted after {patience:.0f} s")
        time.sleep(pause)
    for group in security_groups(cloud, vpc):
        cloud.client("ec2").delete_security_group(GroupId=group)
    return deleted
