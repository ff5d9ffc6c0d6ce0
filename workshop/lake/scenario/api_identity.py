"""API calls about identities and secrets: IAM, STS, sign-in, Organizations, KMS, Secrets Manager, certificates."""

from typing import Any
from urllib.parse import quote

from .calls import Call, alike, resource, tag
from .company import HOME, arn, role_id
from .things import Things


def _role_arn(v: Things) -> str:
    return arn("iam", f"role/{v.role}")


def _policy_arn(v: Things) -> str:
    return arn("iam", f"policy/{v.policy}")


def _trust(v: Things) -> str:
    return (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},'
        '"Action":"sts:AssumeRole"}]}'
    )


def _role(v: Things) -> dict[str, Any]:
    return {
        "role": {
            "path": "/",
            "roleName": v.role,
            "roleId": role_id(v.role),
            "arn": _role_arn(v),
            "createDate": v.date(),
            "assumeRolePolicyDocument": quote(_trust(v), safe=""),
        }
    }


def _credentials(v: Things) -> dict[str, Any]:
    return {"credentials": {"accessKeyId": v.issued_key, "expiration": v.date(v.lifetime)}}


def _assumed(v: Things) -> dict[str, Any]:
    return {
        **_credentials(v),
        "assumedRoleUser": {
            "assumedRoleId": f"{role_id(v.role)}:{v.session_name}",
            "arn": arn("sts", f"assumed-role/{v.role}/{v.session_name}"),
        },
    }


def _role_resource(v: Things) -> list[dict[str, Any]]:
    return [resource(v.role_arn, "AWS::IAM::Role")]


def _key_resource(v: Things) -> list[dict[str, Any]]:
    return [resource(arn("kms", f"key/{v.kms_key}", HOME), "AWS::KMS::Key")]


def _secret_arn(v: Things) -> str:
    return arn("secretsmanager", f"secret:{v.secret}-{v.suffix}", HOME)


def _context(v: Things) -> dict[str, Any]:
    if v.purpose == "parameter":
        return {"PARAMETER_ARN": arn("ssm", f"parameter{v.parameter}", HOME)}
    if v.purpose == "secret":
        return {"SecretARN": _secret_arn(v), "SecretVersionId": v.uuid()}
    if v.purpose == "function":
        return {"aws:lambda:FunctionArn": arn("lambda", f"function:{v.function}", HOME)}
    return {"aws:s3:arn": f"arn:aws:s3:::{v.bucket}"}


CALLS = (
    *alike("iam", "GetUser ListAccessKeys ListMFADevices", lambda v: {"userName": v.user}),
    *alike("iam", "ListUsers GetAccountSummary GetCredentialReport"),
    *alike("iam", "ListRoles GetAccountAuthorizationDetails", lambda v: {"maxItems": 100}),
    *alike("iam", "GetRole ListRolePolicies ListAttachedRolePolicies DeleteRole", lambda v: {"roleName": v.role}),
    *alike("iam", "GetRolePolicy DeleteRolePolicy", lambda v: {"roleName": v.role, "policyName": v.policy}),
    *alike("iam", "GetPolicy ListPolicyVersions", lambda v: {"policyArn": _policy_arn(v)}),
    Call("iam", "GetPolicyVersion", lambda v: {"policyArn": _policy_arn(v), "versionId": "v3"}),
    Call("iam", "GenerateCredentialReport", read=False, response=lambda v: {"state": "STARTED"}),
    Call("iam", "CreateRole", lambda v: {"roleName": v.role, "assumeRolePolicyDocument": _trust(v)}, _role),
    Call(
        "iam",
        "PutRolePolicy",
        lambda v: {
            "roleName": v.role,
            "policyName": v.policy,
            "policyDocument": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogStream",'
            '"logs:PutLogEvents"],"Resource":"*"}]}',
        },
    ),
    *alike("iam", "AttachRolePolicy DetachRolePolicy", lambda v: {"roleName": v.role, "policyArn": _policy_arn(v)}),
    Call("iam", "TagRole", lambda v: {"roleName": v.role, "tags": [tag("team", "platform")]}),
    Call(
        "iam",
        "CreateAccessKey",
        lambda v: {"userName": v.user},
        lambda v: {
            "accessKey": {
                "userName": v.user,
                "accessKeyId": v.issued_key,
                "status": "Active",
                "createDate": v.date(),
            }
        },
    ),
    Call("sts", "GetCallerIdentity"),
    Call(
        "sts",
        "GetSessionToken",
        lambda v: {"durationSeconds": 43200, "serialNumber": arn("iam", f"mfa/{v.user}")},
        _credentials,
    ),
    Call(
        "sts",
        "AssumeRole",
        lambda v: {"roleArn": v.role_arn, "roleSessionName": v.session_name, "durationSeconds": v.lifetime},
        _assumed,
        _role_resource,
    ),
    Call(
        "sts",
        "AssumeRoleWithWebIdentity",
        lambda v: {"roleArn": v.role_arn, "roleSessionName": v.session_name, "durationSeconds": 3600},
        lambda v: {
            **_assumed(v),
            "subjectFromWebIdentityToken": v.subject,
            "provider": arn("iam", "oidc-provider/token.actions.githubusercontent.com"),
            "audience": "sts.amazonaws.com",
        },
        _role_resource,
    ),
    Call(
        "sts",
        "AssumeRoleWithSAML",
        lambda v: {
            "sAMLAssertionID": "_" + v.uuid(),
            "roleSessionName": v.session_name,
            "roleArn": v.role_arn,
            "principalArn": arn("iam", "saml-provider/AWSSSO_EXAMPLE_DO_NOT_DELETE"),
            "durationSeconds": 28800,
        },
        lambda v: {
            **_assumed(v),
            "subject": v.session_name,
            "subjectType": "persistent",
            "issuer": "https://portal.sso.ca-central-1.amazonaws.com/saml/assertion/EXAMPLE",
            "audience": "https://signin.aws.amazon.com/saml",
            "nameQualifier": v.base64(20),
        },
        _role_resource,
    ),
    Call(
        "signin",
        "ConsoleLogin",
        None,
        lambda v: {"ConsoleLogin": v.outcome},
        read=False,
        event_type="AwsConsoleSignIn",
        extra=lambda v: {
            "LoginTo": "https://console.aws.amazon.com/console/home?region=ca-central-1",
            "MobileVersion": "No",
            "MFAUsed": v.mfa_used,
        },
    ),
    *alike("organizations", "DescribeOrganization ListAccounts"),
    Call(
        "kms",
        "Decrypt",
        lambda v: {"encryptionContext": _context(v), "encryptionAlgorithm": "SYMMETRIC_DEFAULT"},
        None,
        _key_resource,
    ),
    Call(
        "kms",
        "GenerateDataKey",
        lambda v: {
            "keyId": arn("kms", f"key/{v.kms_key}", HOME),
            "keySpec": "AES_256",
            "encryptionContext": _context(v),
        },
        None,
        _key_resource,
    ),
    Call("kms", "DescribeKey", lambda v: {"keyId": v.kms_key}, None, _key_resource),
    Call("kms", "GetKeyRotationStatus", lambda v: {"keyId": v.kms_key}, None, _key_resource),
    Call("kms", "GetKeyPolicy", lambda v: {"keyId": v.kms_key, "policyName": "default"}, None, _key_resource),
    *alike("kms", "ListAliases ListKeys", lambda v: {"limit": 100}),
    Call("kms", "RotateKey", None, None, _key_resource, read=False, event_type="AwsServiceEvent"),
    *alike("secretsmanager", "GetSecretValue DescribeSecret GetResourcePolicy", lambda v: {"secretId": v.secret}),
    Call("secretsmanager", "ListSecrets", lambda v: {"maxResults": 100}),
    Call("secretsmanager", "RotationSucceeded", read=False, event_type="AwsServiceEvent"),
    Call("acm", "ListCertificates", lambda v: {"maxItems": 100}),
    Call("acm", "DescribeCertificate", lambda v: {"certificateArn": arn("acm", f"certificate/{v.certificate}", HOME)}),
)

ASSUMED_BY_SERVICE = Call(
    "sts",
    "AssumeRole",
    lambda v: {"roleArn": v.role_arn, "roleSessionName": v.session_name},
    _credentials,
    _role_resource,
)
