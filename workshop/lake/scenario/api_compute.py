"""API calls of computing services: EC2, Auto Scaling, load balancers, Lambda, container registry.

EC2's records keep the spelling of its query API: lists are `xxxSet.items`, answers carry `requestId` and `_return`.
"""

from typing import Any

from .calls import Call, Maker, alike, items, tag
from .company import HOME, arn
from .things import Things


def _yes(v: Things) -> dict[str, Any]:
    return {"requestId": v.request_id, "_return": True}


def _states(code: int, name: str, was_code: int, was: str) -> Maker:
    return lambda v: {
        "requestId": v.request_id,
        "instancesSet": items(
            {
                "instanceId": v.instance,
                "currentState": {"code": code, "name": name},
                "previousState": {"code": was_code, "name": was},
            }
        ),
    }


def _run_instances(v: Things) -> dict[str, Any]:
    return {
        "instancesSet": items({"imageId": v.image, "minCount": 1, "maxCount": 1}),
        "instanceType": "t3.small",
        "blockDeviceMapping": {},
        "availabilityZone": "ca-central-1a",
        "monitoring": {"enabled": False},
        "subnetId": v.subnet,
        "disableApiTermination": False,
        "clientToken": v.uuid(),
        "iamInstanceProfile": {"name": "mapleferry-web"},
        "metadataOptions": {"httpTokens": "optional"},
    }


def _ran_instances(v: Things) -> dict[str, Any]:
    return {
        "requestId": v.request_id,
        "reservationId": "r-" + v.hex(17),
        "ownerId": "111122223333",
        "groupSet": {},
        "instancesSet": items(
            {
                "instanceId": v.instance,
                "imageId": v.image,
                "instanceState": {"code": 0, "name": "pending"},
                "amiLaunchIndex": 0,
                "productCodes": {},
                "instanceType": "t3.small",
                "launchTime": v.now * 1000,
                "placement": {"availabilityZone": "ca-central-1a", "tenancy": "default"},
                "monitoring": {"state": "disabled"},
                "subnetId": v.subnet,
                "vpcId": v.vpc,
                "architecture": "x86_64",
                "rootDeviceType": "ebs",
                "rootDeviceName": "/dev/xvda",
                "virtualizationType": "hvm",
                "hypervisor": "xen",
                "groupSet": items({"groupId": v.security_group, "groupName": "mapleferry-web"}),
                "sourceDestCheck": True,
                "ebsOptimized": False,
                "iamInstanceProfile": {
                    "arn": arn("iam", "instance-profile/mapleferry-web"),
                    "id": "AIPAWEBPROFEXAMPLEID2",
                },
            }
        ),
    }


def _ingress(v: Things) -> dict[str, Any]:
    permission = {
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "groups": {},
        "ipRanges": items({"cidrIp": f"{v.peer}/32", "description": "office"}),
        "ipv6Ranges": {},
        "prefixListIds": {},
    }
    return {"groupId": v.security_group, "ipPermissions": items(permission)}


def _ingress_rule(v: Things) -> dict[str, Any]:
    rule = {
        "groupOwnerId": "111122223333",
        "groupId": v.security_group,
        "securityGroupRuleId": "sgr-" + v.hex(17),
        "isEgress": False,
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "cidrIpv4": f"{v.peer}/32",
    }
    return {**_yes(v), "securityGroupRuleSet": items(rule)}


def _function(v: Things) -> dict[str, Any]:
    return {
        "functionName": v.function,
        "functionArn": arn("lambda", f"function:{v.function}", HOME),
        "runtime": "python3.13",
        "role": arn("iam", f"role/{v.function}"),
        "handler": "index.handler",
        "codeSize": 4211,
        "description": "",
        "timeout": 60,
        "memorySize": 256,
        "lastModified": v.stamp(),
        "codeSha256": v.base64(32),
        "version": "$LATEST",
        "tracingConfig": {"mode": "PassThrough"},
        "revisionId": v.uuid(),
        "packageType": "Zip",
        "architectures": ["arm64"],
        "ephemeralStorage": {"size": 512},
        "loggingConfig": {"logFormat": "Text", "logGroup": f"/aws/lambda/{v.function}"},
    }


def _create_function(v: Things) -> dict[str, Any]:
    return {
        "functionName": v.function,
        "runtime": "python3.13",
        "role": arn("iam", f"role/{v.function}"),
        "handler": "index.handler",
        "code": {},
        "timeout": 60,
        "memorySize": 256,
        "publish": False,
        "packageType": "Zip",
        "architectures": ["arm64"],
        "environment": {},
    }


def _permission(v: Things) -> dict[str, Any]:
    return {
        "functionName": v.function,
        "statementId": v.statement,
        "action": "lambda:InvokeFunction",
        "principal": "events.amazonaws.com",
        "sourceArn": arn("events", f"rule/{v.rule}", HOME),
    }


CALLS = (
    Call("ec2", "DescribeInstances", lambda v: {"instancesSet": items({"instanceId": v.instance}), "filterSet": {}}),
    Call(
        "ec2",
        "DescribeInstanceStatus",
        lambda v: {
            "instancesSet": items({"instanceId": v.instance}),
            "filterSet": {},
            "includeAllInstances": False,
        },
    ),
    Call(
        "ec2",
        "DescribeSecurityGroups",
        lambda v: {
            "securityGroupSet": {},
            "securityGroupIdSet": items({"groupId": v.security_group}),
            "filterSet": {},
        },
    ),
    Call("ec2", "DescribeVpcs", lambda v: {"vpcSet": items({"vpcId": v.vpc}), "filterSet": {}}),
    Call("ec2", "DescribeSubnets", lambda v: {"subnetSet": items({"subnetId": v.subnet}), "filterSet": {}}),
    Call("ec2", "DescribeRegions", lambda v: {"regionSet": {}}),
    Call("ec2", "DescribeAvailabilityZones", lambda v: {"availabilityZoneSet": {}, "availabilityZoneIdSet": {}}),
    Call("ec2", "DescribeVolumes", lambda v: {"maxResults": 500, "volumeSet": {}, "filterSet": {}}),
    Call("ec2", "DescribeAddresses", lambda v: {"publicIpsSet": {}, "filterSet": {}, "allocationIdsSet": {}}),
    Call(
        "ec2",
        "DescribeNetworkInterfaces",
        lambda v: {
            "networkInterfaceIdSet": {},
            "filterSet": items({"name": "attachment.instance-id", "valueSet": items({"value": v.instance})}),
        },
    ),
    Call(
        "ec2",
        "DescribeTags",
        lambda v: {"filterSet": items({"name": "resource-id", "valueSet": items({"value": v.instance})})},
    ),
    Call(
        "ec2",
        "DescribeSnapshots",
        lambda v: {
            "maxResults": 1000,
            "snapshotSet": {},
            "ownersSet": items({"owner": "self"}),
            "sharedUsersSet": {},
            "filterSet": {},
        },
    ),
    Call(
        "ec2",
        "DescribeImages",
        lambda v: {
            "executableBySet": {},
            "imagesSet": items({"imageId": v.image}),
            "ownersSet": {},
            "filterSet": {},
        },
    ),
    Call("ec2", "DescribeInstanceAttribute", lambda v: {"instanceId": v.instance, "attribute": "userData"}),
    Call(
        "ec2",
        "DescribeLaunchTemplates",
        lambda v: {"DescribeLaunchTemplatesRequest": {"LaunchTemplateId": {"tag": 1, "content": v.launch_template}}},
    ),
    Call("ec2", "AuthorizeSecurityGroupIngress", _ingress, _ingress_rule),
    Call(
        "ec2",
        "CreateTags",
        lambda v: {
            "resourcesSet": items({"resourceId": v.snapshot}),
            "tagSet": items(tag("keep-until", v.day(30))),
        },
        _yes,
    ),
    Call("ec2", "RunInstances", _run_instances, _ran_instances),
    Call(
        "ec2",
        "StopInstances",
        lambda v: {"instancesSet": items({"instanceId": v.instance}), "force": False},
        _states(64, "stopping", 16, "running"),
    ),
    Call(
        "ec2",
        "TerminateInstances",
        lambda v: {"instancesSet": items({"instanceId": v.instance})},
        _states(32, "shutting-down", 16, "running"),
    ),
    Call(
        "ec2",
        "CreateSnapshot",
        lambda v: {"volumeId": v.volume, "description": "daily copy"},
        lambda v: {
            "requestId": v.request_id,
            "snapshotId": "snap-" + v.hex(17),
            "volumeId": v.volume,
            "status": "pending",
            "startTime": v.now * 1000,
            "ownerId": "111122223333",
            "volumeSize": 20,
            "description": "daily copy",
            "encrypted": True,
        },
    ),
    Call("autoscaling", "DescribeAutoScalingGroups", lambda v: {"autoScalingGroupNames": [v.group], "maxRecords": 100}),
    Call("autoscaling", "DescribeScalingActivities", lambda v: {"autoScalingGroupName": v.group}),
    Call(
        "autoscaling",
        "SetDesiredCapacity",
        lambda v: {"autoScalingGroupName": v.group, "desiredCapacity": v.count, "honorCooldown": False},
    ),
    Call(
        "elbv2",
        "DescribeLoadBalancers",
        lambda v: {"loadBalancerArns": [arn("elasticloadbalancing", f"loadbalancer/app/{v.load_balancer}", HOME)]},
    ),
    Call("elbv2", "DescribeTargetGroups", lambda v: {"pageSize": 400}),
    Call(
        "elbv2",
        "DescribeTargetHealth",
        lambda v: {"targetGroupArn": arn("elasticloadbalancing", f"targetgroup/{v.target_group}", HOME)},
    ),
    Call(
        "elbv2",
        "DescribeListeners",
        lambda v: {"loadBalancerArn": arn("elasticloadbalancing", f"loadbalancer/app/{v.load_balancer}", HOME)},
    ),
    Call(
        "elbv2",
        "RegisterTargets",
        lambda v: {
            "targetGroupArn": arn("elasticloadbalancing", f"targetgroup/{v.target_group}", HOME),
            "targets": [{"id": v.instance}],
        },
    ),
    Call(
        "elbv2",
        "DeregisterTargets",
        lambda v: {
            "targetGroupArn": arn("elasticloadbalancing", f"targetgroup/{v.target_group}", HOME),
            "targets": [{"id": v.instance}],
        },
    ),
    Call("lambda", "ListFunctions20150331", lambda v: {"maxItems": 50}),
    Call("lambda", "GetFunction20150331v2", lambda v: {"functionName": v.function}),
    *alike("lambda", "GetFunctionConfiguration20150331v2 GetPolicy20150331v2", lambda v: {"functionName": v.function}),
    Call("lambda", "ListVersionsByFunction20150331", lambda v: {"functionName": v.function}),
    *alike("lambda", "ListEventSourceMappings20150331 DeleteFunction20150331", lambda v: {"functionName": v.function}),
    Call("lambda", "ListTags20170331", lambda v: {"resource": arn("lambda", f"function:{v.function}", HOME)}),
    Call("lambda", "CreateFunction20150331", _create_function, _function),
    Call(
        "lambda",
        "UpdateFunctionCode20150331v2",
        lambda v: {"functionName": v.function, "publish": False, "dryRun": False, "architectures": ["arm64"]},
        _function,
    ),
    Call(
        "lambda",
        "UpdateFunctionConfiguration20150331v2",
        lambda v: {"functionName": v.function, "timeout": 60, "memorySize": 256, "environment": {}},
        _function,
    ),
    Call(
        "lambda",
        "AddPermission20150331v2",
        _permission,
        lambda v: {
            "statement": f'{{"Sid":"{v.statement}","Effect":"Allow","Principal":{{"Service":"events.amazonaws.com"}},'
            f'"Action":"lambda:InvokeFunction","Resource":"{arn("lambda", f"function:{v.function}", HOME)}"}}'
        },
    ),
    Call("lambda", "RemovePermission20150331v2", lambda v: {"functionName": v.function, "statementId": v.statement}),
    Call("ecr", "GetAuthorizationToken"),
    Call("ecr", "DescribeRepositories", lambda v: {"repositoryNames": [v.repository]}),
    Call("ecr", "DescribeImages", lambda v: {"repositoryName": v.repository, "maxResults": 100}),
    Call(
        "ecr",
        "BatchGetImage",
        lambda v: {
            "registryId": "111122223333",
            "repositoryName": v.repository,
            "imageIds": [{"imageTag": "current"}],
            "acceptedMediaTypes": ["application/vnd.oci.image.manifest.v1+json"],
        },
    ),
    Call(
        "ecr",
        "InitiateLayerUpload",
        lambda v: {"registryId": "111122223333", "repositoryName": v.repository},
        lambda v: {"uploadId": v.uuid(), "partSize": 10485760},
    ),
    Call(
        "ecr",
        "PutImage",
        lambda v: {"registryId": "111122223333", "repositoryName": v.repository, "imageTag": v.commit},
        lambda v: {
            "image": {
                "registryId": "111122223333",
                "repositoryName": v.repository,
                "imageId": {"imageDigest": "sha256:" + v.hex(64), "imageTag": v.commit},
            }
        },
    ),
)
