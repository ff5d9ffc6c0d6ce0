"""API calls about identities and secrets: IAM, STS, sign-in, Organizations, KMS, Secrets Manager, certificates."""

from urllib.parse import quote

from .calls import Call, arn, resource, tag
from .company import HOME, role_id, user_id


def _role_arn(v):
    return arn("iam", f"role/{v.role}")


def _policy_arn(v):
    return arn("iam", f"policy/{v.policy}")


def _trust(v):
    return (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},'
        '"Action":"sts:AssumeRole"}]}'
    )


def _role(v):
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


def _assumed(v):
    return {
        "credentials": {"accessKeyId": v.issued_key, "expiration": v.date(v.lifetime)},
        "assumedRoleUser": {
            "assumedRoleId": f"{role_id(v.role)}:{v.session_name}",
            "arn": arn("sts", f"assumed-role/{v.role}/{v.session_name}"),
        },
    }


def _assumed_by_service(v):
    return {"credentials": {"accessKeyId": v.issued_key, "expiration": v.date(v.lifetime)}}


def _role_resource(v):
    return [resource(v.role_arn, "AWS::IAM::Role")]


def _key_resource(v):
    return [resource(arn("kms", f"key/{v.kms_key}", HOME), "AWS::KMS::Key")]


def _secret_arn(v):
    return arn("secretsmanager", f"secret:{v.secret}-{v.suffix}", HOME)


def _context(v):
    if v.purpose == "parameter":
        return {"PARAMETER_ARN": arn("ssm", f"parameter{v.parameter}", HOME)}
    if v.purpose == "secret":
        return {"SecretARN": _secret_arn(v), "SecretVersionId": v.uuid()}
    if v.purpose == "function":
        return {"aws:lambda:FunctionArn": arn("lambda", f"function:{v.function}", HOME)}
    return {"aws:s3:arn": f"arn:aws:s3:::{v.bucket}"}


CALLS = (
    Call("iam", "GetUser", lambda v: {"userName": v.user}),
    Call("iam", "ListUsers"),
    Call("iam", "ListRoles", lambda v: {"maxItems": 100}),
    Call("iam", "GetRole", lambda v: {"roleName": v.role}),
    Call("iam", "ListRolePolicies", lambda v: {"roleName": v.role}),
    Call("iam", "GetRolePolicy", lambda v: {"roleName": v.role, "policyName": v.policy}),
    Call("iam", "ListAttachedRolePolicies", lambda v: {"roleName": v.role}),
    Call("iam", "ListInstanceProfilesForRole", lambda v: {"roleName": v.role}),
    Call("iam", "GetInstanceProfile", lambda v: {"instanceProfileName": v.role}),
    Call("iam", "GetPolicy", lambda v: {"policyArn": _policy_arn(v)}),
    Call("iam", "GetPolicyVersion", lambda v: {"policyArn": _policy_arn(v), "versionId": "v3"}),
    Call("iam", "ListPolicyVersions", lambda v: {"policyArn": _policy_arn(v)}),
    Call("iam", "ListAccessKeys", lambda v: {"userName": v.user}),
    Call("iam", "ListMFADevices", lambda v: {"userName": v.user}),
    Call("iam", "GetAccountSummary"),
    Call("iam", "GetAccountAuthorizationDetails", lambda v: {"maxItems": 100}),
    Call("iam", "GenerateCredentialReport", read=False, response=lambda v: {"state": "STARTED"}),
    Call("iam", "GetCredentialReport"),
    Call(
        "iam",
        "CreateRole",
        lambda v: {"roleName": v.role, "assumeRolePolicyDocument": _trust(v)},
        _role,
    ),
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
    Call("iam", "DeleteRolePolicy", lambda v: {"roleName": v.role, "policyName": v.policy}),
    Call("iam", "AttachRolePolicy", lambda v: {"roleName": v.role, "policyArn": _policy_arn(v)}),
    Call("iam", "DetachRolePolicy", lambda v: {"roleName": v.role, "policyArn": _policy_arn(v)}),
    Call("iam", "TagRole", lambda v: {"roleName": v.role, "tags": [tag("team", "platform")]}),
    Call("iam", "DeleteRole", lambda v: {"roleName": v.role}),
    Call(
        "iam",
        "CreateUser",
        lambda v: {"userName": v.user},
        lambda v: {
            "user": {
                "path": "/",
                "userName": v.user,
                "userId": user_id(v.user),
                "arn": arn("iam", f"user/{v.user}"),
                "createDate": v.date(),
            }
        },
    ),
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
    Call("iam", "UpdateAccessKey", lambda v: {"userName": v.user, "accessKeyId": v.old_key, "status": "Inactive"}),
    Call("iam", "ChangePassword"),
    Call("sts", "GetCallerIdentity"),
    Call(
        "sts",
        "GetSessionToken",
        lambda v: {"durationSeconds": 43200, "serialNumber": arn("iam", f"mfa/{v.user}")},
        lambda v: {"credentials": {"accessKeyId": v.issued_key, "expiration": v.date(v.lifetime)}},
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
    Call("organizations", "DescribeOrganization"),
    Call("organizations", "ListAccounts"),
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
    Call("kms", "ListAliases", lambda v: {"limit": 100}),
    Call("kms", "ListKeys", lambda v: {"limit": 100}),
    Call(
        "kms",
        "CreateGrant",
        lambda v: {
            "keyId": arn("kms", f"key/{v.kms_key}", HOME),
            "granteePrincipal": f"rds.{HOME}.amazonaws.com",
            "operations": ["Decrypt", "GenerateDataKeyWithoutPlaintext", "CreateGrant", "RetireGrant"],
        },
        lambda v: {"grantId": v.hex(64)},
        _key_resource,
    ),
    Call("kms", "RotateKey", None, None, _key_resource, read=False, event_type="AwsServiceEvent"),
    Call("secretsmanager", "GetSecretValue", lambda v: {"secretId": v.secret}),
    Call("secretsmanager", "DescribeSecret", lambda v: {"secretId": v.secret}),
    Call("secretsmanager", "GetResourcePolicy", lambda v: {"secretId": v.secret}),
    Call("secretsmanager", "ListSecrets", lambda v: {"maxResults": 100}),
    Call(
        "secretsmanager",
        "PutSecretValue",
        lambda v: {"clientRequestToken": v.token, "secretId": v.secret},
        lambda v: {
            "arn": _secret_arn(v),
            "name": v.secret,
            "versionId": v.token,
            "versionStages": ["AWSCURRENT"],
        },
    ),
    Call("secretsmanager", "RotationSucceeded", read=False, event_type="AwsServiceEvent"),
    Call("acm", "ListCertificates", lambda v: {"maxItems": 100}),
    Call(
        "acm",
        "DescribeCertificate",
        lambda v: {"certificateArn": arn("acm", f"certificate/{v.certificate}", HOME)},
    ),
)

ASSUMED_BY_SERVICE = Call(
    "sts",
    "AssumeRole",
    lambda v: {"roleArn": v.role_arn, "roleSessionName": v.session_name},
    _assumed_by_service,
    _role_resource,
)
