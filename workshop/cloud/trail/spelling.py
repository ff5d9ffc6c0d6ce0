"""Tables: where CloudTrail's records are spelled otherwise than botocore's operations. `elements` reads them.

Most services follow one rule: names with their first letter in lower case, lists as they are. What stands here differs.
Drawn from captured records and from the pages "Logging … API calls with CloudTrail" of the services' user guides. A
service that is not in SERVICES, or an EC2 operation that is not in EC2_ALWAYS or EC2_WRAPPED, is not recorded, but
listed in `trail.unmapped`.
"""

import datetime
from collections.abc import Iterator
from typing import Any

from botocore.model import StructureShape


class Unmapped(Exception):
    """Why an operation cannot be recorded: how CloudTrail spells it is not known here."""


HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"

# Name in botocore: (eventSource without .amazonaws.com, eventVersion).
SERVICES = {
    "accessanalyzer": ("access-analyzer", "1.11"),
    "acm": ("acm", "1.08"),
    "apigateway": ("apigateway", "1.09"),
    "athena": ("athena", "1.10"),
    "autoscaling": ("autoscaling", "1.11"),
    "bedrock": ("bedrock", "1.11"),
    "bedrock-runtime": ("bedrock", "1.11"),
    "cloudformation": ("cloudformation", "1.11"),
    "cloudtrail": ("cloudtrail", "1.11"),
    "cloudwatch": ("monitoring", "1.11"),
    "config": ("config", "1.11"),
    "dynamodb": ("dynamodb", "1.11"),
    "ec2": ("ec2", "1.11"),
    "ec2-instance-connect": ("ec2-instance-connect", "1.08"),
    "ecr": ("ecr", "1.11"),
    "ecs": ("ecs", "1.11"),
    "elbv2": ("elasticloadbalancing", "1.11"),
    "events": ("events", "1.10"),
    "firehose": ("firehose", "1.09"),
    "guardduty": ("guardduty", "1.11"),
    "iam": ("iam", "1.11"),
    "kinesis": ("kinesis", "1.10"),
    "kms": ("kms", "1.11"),
    "lambda": ("lambda", "1.11"),
    "logs": ("logs", "1.11"),
    "organizations": ("organizations", "1.09"),
    "rds": ("rds", "1.11"),
    "resourcegroupstaggingapi": ("tagging", "1.10"),
    "rolesanywhere": ("rolesanywhere", "1.10"),
    "route53resolver": ("route53resolver", "1.08"),
    "s3": ("s3", "1.11"),
    "secretsmanager": ("secretsmanager", "1.11"),
    "sns": ("sns", "1.08"),
    "sqs": ("sqs", "1.11"),
    "ssm": ("ssm", "1.11"),
    "stepfunctions": ("states", "1.11"),
    "sts": ("sts", "1.08"),
}

# Global services: their records are us-east-1's, wherever the caller is; with the name of their endpoint.
GLOBAL_SERVICES = {"iam": "iam.amazonaws.com", "organizations": "organizations.us-east-1.amazonaws.com"}
GLOBAL_REGION = "us-east-1"

# Lambda's events are called after the operation and the API's version that brought it.
_LAMBDA_VERSIONS = {
    "20150331": {
        *("CreateAlias", "CreateEventSourceMapping", "CreateFunction", "DeleteAlias"),
        *("DeleteEventSourceMapping", "DeleteFunction", "GetAlias", "GetEventSourceMapping", "ListAliases"),
        *("ListEventSourceMappings", "ListFunctions", "ListVersionsByFunction", "PublishVersion"),
        *("UpdateAlias", "UpdateEventSourceMapping"),
    },
    "20150331v2": {
        *("AddPermission", "GetFunction", "GetFunctionConfiguration", "GetPolicy", "RemovePermission"),
        *("UpdateFunctionCode", "UpdateFunctionConfiguration"),
    },
    "20170331v2": {"TagResource", "UntagResource"},
    "20171031": {"DeleteFunctionConcurrency", "PutFunctionConcurrency"},
    "20170331": {"ListTags"},
    "20181031": {"PublishLayerVersion"},
}
EVENT_NAMES = {
    "lambda": {name: name + version for version, names in _LAMBDA_VERSIONS.items() for name in names},
    "s3": {
        "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
        "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
        "PutBucketNotificationConfiguration": "PutBucketNotification",
        "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    },
}

# Data events, which a trail records only on request, by their resources.type. S3's other object calls are those with
# a Key.
DATA_EVENTS = {
    "cloudwatch": {  # AWS::CloudWatch::Metric
        *("GetMetricData", "GetMetricStatistics", "GetMetricWidgetImage", "ListMetrics", "PutMetricData"),
    },
    "dynamodb": {  # AWS::DynamoDB::Table
        *("BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "DeleteItem", "ExecuteStatement"),
        *("ExecuteTransaction", "GetItem", "PutItem", "Query", "Scan", "TransactGetItems", "TransactWriteItems"),
        "UpdateItem",
    },
    "events": {"PutEvents"},  # AWS::Events::EventBus
    "firehose": {"PutRecord", "PutRecordBatch"},  # AWS::KinesisFirehose::DeliveryStream
    "kinesis": {  # AWS::Kinesis::Stream
        *("GetRecords", "GetShardIterator", "ListShards", "PutRecord", "PutRecords", "SubscribeToShard"),
    },
    "lambda": {"Invoke", "InvokeAsync", "InvokeWithResponseStream"},  # AWS::Lambda::Function
    "logs": {"PutLogEvents"},  # not an event of CloudTrail's at all: the logs themselves
    "s3": {  # AWS::S3::Object
        *("DeleteObjects", "HeadBucket", "ListMultipartUploads", "ListObjectVersions", "ListObjects", "ListObjectsV2"),
    },
    "sns": {"Publish", "PublishBatch"},  # AWS::SNS::Topic
    "sqs": {  # AWS::SQS::Queue
        *("ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "DeleteMessage", "DeleteMessageBatch"),
        *("ReceiveMessage", "SendMessage", "SendMessageBatch"),
    },
}

# What reads, by the beginning of its name; and the exceptions.
READ_PREFIXES = ("BatchGet", "Check", "Describe", "Estimate", "Get", "Head", "List", "Lookup", "Search", "Simulate")
READS = {
    ("bedrock-runtime", "InvokeModel"): True,
    ("kms", "Decrypt"): True,
    ("kms", "Encrypt"): True,
    ("kms", "GenerateDataKey"): True,
    ("kms", "GenerateDataKeyWithoutPlaintext"): True,
    ("logs", "FilterLogEvents"): True,
    ("logs", "StartQuery"): True,
    ("logs", "TestMetricFilter"): True,
    ("sts", "AssumeRole"): True,
    ("sts", "AssumeRoleWithSAML"): True,
    ("sts", "AssumeRoleWithWebIdentity"): True,
    ("sts", "DecodeAuthorizationMessage"): True,
    ("sts", "GetFederationToken"): False,
}
# Records of reads have no responseElements, but for these; and some changes have none.
ANSWERED = {
    ("kms", "Decrypt"): False,
    ("logs", "StartQuery"): True,
    ("sts", "AssumeRole"): True,
    ("sts", "AssumeRoleWithSAML"): True,
    ("sts", "AssumeRoleWithWebIdentity"): True,
    ("sts", "GetSessionToken"): True,
}

# Members that are called otherwise, by service, or by service and operation.
MEMBERS = {
    ("sqs",): {"Attributes": "attribute"},
    ("ec2", "ModifyImageAttribute"): {"Attribute": "attributeType"},
    ("ec2", "ModifySnapshotAttribute"): {"Attribute": "attributeType"},
}
# Members that records leave out. Blobs are left out everywhere.
OMITTED = {
    "bedrock": {"offerToken"},
    "bedrock-runtime": {"accept", "contentType"},
    # Of a stack's parameters only the names are recorded.
    "cloudformation": {"ParameterValue", "StackPolicyBody", "TemplateBody"},
    "iam": {"NewPassword", "OldPassword", "Password", "PrivateKey", "SecretAccessKey", "ServicePassword"},
    "sts": {"SAMLAssertion", "SecretAccessKey", "WebIdentityToken"},
}
# Members that are recorded as something else. Others that AWS's own model marks as sensitive become HIDDEN.
REPLACED: dict[str, dict[str, Any]] = {
    "ec2": {"UserData": "<sensitiveDataRemoved>"},
    "lambda": {"Environment": {}},
    "logs": {"queryString": HIDDEN},
    "ssm": {"TokenValue": "Value hidden due to security reasons."},
    # CloudTrail records it; the kit does not, since it opens a session of the emulator.
    "sts": {"SessionToken": HIDDEN},
}

# Elements of requestParameters that are always there, whether the caller gave them or not.
ALWAYS: dict[tuple[str, str], dict[str, Any]] = {
    ("apigateway", "GetResource"): {"template": False},
    ("ec2-instance-connect", "SendSerialConsoleSSHPublicKey"): {"monitorMode": False, "serialPort": 0},
    ("iam", "CreateLoginProfile"): {"passwordResetRequired": False},
    ("lambda", "UpdateFunctionCode"): {"dryRun": False, "publish": False},
    ("lambda", "UpdateFunctionConfiguration"): {"environment": {}},
    ("route53resolver", "DeleteResolverQueryLogConfig"): {"originSequenceNumber": 0},
    ("ssm", "SendCommand"): {"interactive": False},
}

# Answers whose only member is a wrapper that records leave away.
UNWRAPPED = {"rds"}

# How times are written: strftime formats, with {hour} for the hour of a twelve-hour clock and {day} for a day without
# a leading zero; MILLISECONDS for a number.
MILLISECONDS = "milliseconds"
TIMES = {
    "": "%b {day}, %Y, {hour}:%M:%S %p",
    "ec2": MILLISECONDS,
    "iam": "%b {day}, %Y {hour}:%M:%S %p",
    "rolesanywhere": "%Y-%m-%dT%H:%M:%S.%fZ",
}

# Error codes that CloudTrail calls otherwise, by service ("" for all). IAM's are named after the exception.
ERRORS = {
    "": {"AccessDeniedException": "AccessDenied"},
    "cloudformation": {"ValidationError": "ValidationException"},
}
# Records of calls that were denied have no requestParameters, except for these services.
SHOWN_WHEN_DENIED = {"ec2", "s3"}

# ---------------------------------------------------------------- EC2

# Lists in requests: member in botocore: (name in the record, name of the field in each item, "" if it is an object).
EC2_SETS = {
    "AllocationIds": ("allocationIdsSet", "allocationId"),
    "BlockDeviceMappings": ("blockDeviceMapping", ""),
    "ExecutableUsers": ("executableBySet", "user"),
    "Groups": ("groupSet", "groupId"),
    "GroupIds": ("securityGroupIdSet", "groupId"),
    "GroupNames": ("securityGroupSet", "groupName"),
    "ImageIds": ("imagesSet", "imageId"),
    "InstanceIds": ("instancesSet", "instanceId"),
    "IpPermissions": ("ipPermissions", ""),
    "KeyNames": ("keySet", "keyName"),
    "NetworkInterfaceIds": ("networkInterfaceIdSet", "networkInterfaceId"),
    "NetworkInterfaces": ("networkInterfaceSet", ""),
    "OwnerIds": ("ownersSet", "owner"),
    "Owners": ("ownersSet", "owner"),
    "PublicIps": ("publicIpsSet", "publicIp"),
    "RegionNames": ("regionSet", "regionName"),
    "Resources": ("resourcesSet", "resourceId"),
    "SecurityGroupIds": ("groupSet", "groupId"),
    "SecurityGroups": ("groupSet", "groupName"),
    "SnapshotIds": ("snapshotSet", "snapshotId"),
    "SubnetIds": ("subnetSet", "subnetId"),
    "TagSpecifications": ("tagSpecificationSet", ""),
    "Tags": ("tagSet", ""),
    "VolumeIds": ("volumeSet", "volumeId"),
    "VpcIds": ("vpcSet", "vpcId"),
    "ZoneIds": ("availabilityZoneIdSet", "zoneId"),
    "ZoneNames": ("availabilityZoneSet", "zoneName"),
}
# The operations that are known, with the elements that are always in their requestParameters.
_EC2_NOTHING_ADDED = (
    *("AllocateAddress", "AssociateAddress", "CreateImage", "CreateKeyPair", "CreateSecurityGroup", "CreateSnapshot"),
    *("CreateTags", "CreateVolume", "DeleteKeyPair", "DeleteSecurityGroup", "DeleteSnapshot", "DeleteTags"),
    *("DeleteVolume", "DeregisterImage", "DescribeAccountAttributes", "DescribeInstanceAttribute"),
    *("GetConsoleOutput", "GetPasswordData", "ModifyImageAttribute", "ModifyInstanceAttribute"),
    *("ModifySnapshotAttribute", "RebootInstances", "ReleaseAddress", "StartInstances", "StopInstances"),
    "TerminateInstances",
)
EC2_ALWAYS: dict[str, dict[str, Any]] = {
    **{operation: {} for operation in _EC2_NOTHING_ADDED},
    "AuthorizeSecurityGroupEgress": {"ipPermissions": {}},
    "AuthorizeSecurityGroupIngress": {"ipPermissions": {}},
    "DescribeAddresses": {"publicIpsSet": {}, "filterSet": {}, "allocationIdsSet": {}},
    "DescribeAvailabilityZones": {"availabilityZoneSet": {}, "availabilityZoneIdSet": {}},
    "DescribeImages": {"executableBySet": {}, "imagesSet": {}, "ownersSet": {}, "filterSet": {}},
    "DescribeInstances": {"instancesSet": {}, "filterSet": {}},
    "DescribeInstanceStatus": {"instancesSet": {}, "filterSet": {}},
    "DescribeKeyPairs": {"keySet": {}, "filterSet": {}},
    "DescribeNetworkInterfaces": {"networkInterfaceIdSet": {}, "filterSet": {}},
    "DescribeRegions": {"regionSet": {}},
    "DescribeSecurityGroups": {"securityGroupSet": {}, "securityGroupIdSet": {}, "filterSet": {}},
    "DescribeSnapshots": {"snapshotSet": {}, "ownersSet": {}, "sharedUsersSet": {}, "filterSet": {}},
    "DescribeSubnets": {"subnetSet": {}, "filterSet": {}},
    "DescribeTags": {"filterSet": {}},
    "DescribeVolumes": {"volumeSet": {}, "filterSet": {}},
    "DescribeVpcs": {"vpcSet": {}, "filterSet": {}},
    "RevokeSecurityGroupEgress": {"ipPermissions": {}},
    "RevokeSecurityGroupIngress": {"ipPermissions": {}},
    "RunInstances": {
        "blockDeviceMapping": {},
        "monitoring": {"enabled": False},
        "disableApiTermination": False,
        "disableApiStop": False,
    },
}
# Newer operations: everything in one element that is called after the operation.
EC2_WRAPPED = {
    *("CreateFlowLogs", "CreateVpcEndpoint", "DeleteFlowLogs", "DeleteVpcEndpoints", "DescribeFlowLogs"),
    *("DisableEbsEncryptionByDefault", "DisableSerialConsoleAccess", "EnableEbsEncryptionByDefault"),
    *("EnableSerialConsoleAccess", "GetEbsEncryptionByDefault", "GetSerialConsoleAccessStatus"),
    "ModifyInstanceMetadataOptions",
}
EC2_XMLNS = "http://ec2.amazonaws.com/doc/2016-11-15/"
# Answers that say `_return` besides what botocore's model holds.
EC2_RETURNS = {"CreateSecurityGroup"}
# RunInstances describes what is launched as one item of instancesSet; and these stand on the top level.
EC2_RUN_ITEM = ("ImageId", "MinCount", "MaxCount", "KeyName")
EC2_RUN_PLACEMENT = {"Tenancy": "tenancy", "AvailabilityZone": "availabilityZone"}
EC2_VALUES = {
    "ModifySnapshotAttribute": {
        "createVolumePermission": "CREATE_VOLUME_PERMISSION",
        "productCodes": "PRODUCT_CODES",
    }
}
# The one list whose entries are an `item`, not `items`.
EC2_ITEM = {"privateIpAddressesSet"}


# ---------------------------------------------------------------- the rules that all share


def given(shape: StructureShape | None, values: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield (name, shape, value) of those members of a structure that have a value and are in botocore's model."""
    for name, value in values.items():
        if shape and name in shape.members and value is not None:
            yield name, shape.members[name], value


def lower(name: str) -> str:
    """Return a name with its first letter in lower case."""
    return name[:1].lower() + name[1:]


def written_time(moment: datetime.datetime, service: str) -> str | int:
    """Return a time (aware) as a service's records write it."""
    moment = moment.astimezone(datetime.timezone.utc)
    form = TIMES.get(service, TIMES[""])
    if form == MILLISECONDS:
        return int(moment.timestamp()) * 1000
    return moment.strftime(form.replace("{day}", str(moment.day)).replace("{hour}", str(moment.hour % 12 or 12)))
