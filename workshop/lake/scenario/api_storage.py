"""API calls of storage services: S3, DynamoDB, RDS, AWS Backup.

S3's records name the bucket `bucketName`, its endpoint `Host`, and the sub-resource of the URL as an empty string.
"""

from typing import Any

from .calls import Call, Maker, resource
from .company import HOME, arn
from .things import Things


def _bucket(**more: str) -> Maker:
    return lambda v: {"bucketName": v.bucket, "Host": f"{v.bucket}.s3.{HOME}.amazonaws.com", **more}


def _bucket_resource(v: Things) -> list[dict[str, Any]]:
    return [resource(f"arn:aws:s3:::{v.bucket}", "AWS::S3::Bucket")]


def _transfer(v: Things) -> dict[str, Any]:
    return {
        "SignatureVersion": "SigV4",
        "CipherSuite": "TLS_AES_128_GCM_SHA256",
        "bytesTransferredIn": 0,
        "AuthenticationMethod": "AuthHeader",
        "x-amz-id-2": v.base64(48),
        "bytesTransferredOut": 480,
    }


def _s3(name: str, request: Maker) -> Call:
    return Call("s3", name, request, resources=_bucket_resource, extra=_transfer)


def _table(v: Things) -> dict[str, Any]:
    return {
        "tableDescription": {
            "tableName": v.table,
            "tableStatus": "UPDATING",
            "tableArn": arn("dynamodb", f"table/{v.table}", HOME),
            "itemCount": 1204,
            "tableSizeBytes": 98304,
        }
    }


def _table_resource(v: Things) -> list[dict[str, Any]]:
    return [resource(arn("dynamodb", f"table/{v.table}", HOME), "AWS::DynamoDB::Table")]


def _snapshot(v: Things) -> dict[str, Any]:
    return {
        "dBSnapshotIdentifier": v.copy_name,
        "dBInstanceIdentifier": v.database,
        "engine": "postgres",
        "allocatedStorage": 50,
        "status": "creating",
        "port": 5432,
        "availabilityZone": "ca-central-1b",
        "snapshotType": "manual",
        "percentProgress": 0,
        "storageType": "gp3",
        "encrypted": True,
        "dBSnapshotArn": arn("rds", f"snapshot:{v.copy_name}", HOME),
    }


_PARTS = ("Acl", "Location", "Policy", "Versioning", "Encryption", "Lifecycle", "Logging", "Tagging")
CALLS = (
    Call("s3", "ListBuckets", lambda v: {"Host": f"s3.{HOME}.amazonaws.com"}, extra=_transfer),
    *(_s3(f"GetBucket{part}", _bucket(**{part.lower(): ""})) for part in _PARTS),
    _s3("GetBucketPolicyStatus", _bucket(policyStatus="")),
    _s3("GetBucketPublicAccessBlock", _bucket(publicAccessBlock="")),
    _s3(
        "CreateBucket",
        lambda v: {
            **_bucket()(v),
            "CreateBucketConfiguration": {
                "LocationConstraint": HOME,
                "xmlns": "http://s3.amazonaws.com/doc/2006-03-01/",
            },
        },
    ),
    _s3(
        "PutBucketPolicy",
        lambda v: {
            **_bucket(policy="")(v),
            "bucketPolicy": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": f"arn:aws:s3:::{v.bucket}/*",
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ],
            },
        },
    ),
    _s3(
        "PutBucketLifecycle",
        lambda v: {
            **_bucket(lifecycle="")(v),
            "LifecycleConfiguration": {
                "Rule": {
                    "ID": "expire",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "Expiration": {"Days": v.days},
                },
                "xmlns": "http://s3.amazonaws.com/doc/2006-03-01/",
            },
        },
    ),
    _s3(
        "PutBucketPublicAccessBlock",
        lambda v: {
            **_bucket(publicAccessBlock="")(v),
            "PublicAccessBlockConfiguration": {
                "xmlns": "http://s3.amazonaws.com/doc/2006-03-01/",
                "RestrictPublicBuckets": True,
                "BlockPublicPolicy": True,
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
            },
        },
    ),
    _s3("DeleteBucket", _bucket()),
    Call("dynamodb", "ListTables", lambda v: {"limit": 100}),
    Call("dynamodb", "DescribeTable", lambda v: {"tableName": v.table}, None, _table_resource),
    Call("dynamodb", "DescribeContinuousBackups", lambda v: {"tableName": v.table}, None, _table_resource),
    Call("dynamodb", "DescribeTimeToLive", lambda v: {"tableName": v.table}, None, _table_resource),
    Call("dynamodb", "ListTagsOfResource", lambda v: {"resourceArn": arn("dynamodb", f"table/{v.table}", HOME)}),
    Call(
        "dynamodb",
        "UpdateTable",
        lambda v: {
            "tableName": v.table,
            "provisionedThroughput": {"readCapacityUnits": v.count, "writeCapacityUnits": v.count},
        },
        _table,
        _table_resource,
    ),
    Call("rds", "DescribeDBInstances", lambda v: {"dBInstanceIdentifier": v.database}),
    Call("rds", "DescribeDBClusters"),
    Call("rds", "DescribeDBSnapshots", lambda v: {"dBInstanceIdentifier": v.database, "maxRecords": 100}),
    Call("rds", "DescribeDBParameters", lambda v: {"dBParameterGroupName": v.database}),
    Call("rds", "ListTagsForResource", lambda v: {"resourceName": arn("rds", f"db:{v.database}", HOME)}),
    Call(
        "rds",
        "CreateDBSnapshot",
        lambda v: {"dBInstanceIdentifier": v.database, "dBSnapshotIdentifier": v.copy_name},
        _snapshot,
    ),
    Call("backup", "ListBackupJobs", lambda v: {"byState": "COMPLETED", "maxResults": 100}),
    Call("backup", "BackupJobStarted", read=False, event_type="AwsServiceEvent"),
    Call("backup", "BackupJobCompleted", read=False, event_type="AwsServiceEvent"),
)
