"""Who makes a call: the userIdentity element, the source address and the user agent of a record."""

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .company import ACCOUNT, DOMAIN, HOME, VENDOR_ACCOUNT, role_id, user_id, user_key

# User agents as the tools send them in spring 2026. {command} and {api} are filled in for each call.
CLI = (
    "aws-cli/2.32.7 md/awscrt#0.28.4 ua/2.1 os/linux#6.14.0-37-generic md/arch#x86_64 lang/python#3.13.9 "
    "md/pyimpl#CPython m/Z,b,E cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#{command}"
)
CLI_MAC = (
    "aws-cli/2.31.3 md/awscrt#0.27.6 ua/2.1 os/macos#24.6.0 md/arch#arm64 lang/python#3.13.7 "
    "md/pyimpl#CPython m/Z,E,b cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#{command}"
)
BOTO3 = (
    "Boto3/1.40.61 md/Botocore#1.40.61 ua/2.1 os/linux#6.14.0-37-generic md/arch#x86_64 lang/python#3.12.3 "
    "md/pyimpl#CPython m/Z,D,b cfg/retry-mode#legacy Botocore/1.40.61"
)
OLD_BOTO3 = "Boto3/1.26.90 Python/3.9.16 Linux/5.10.230-223.885.amzn2.x86_64 Botocore/1.29.90"
LAMBDA_BOTO3 = (
    "Boto3/1.40.4 md/Botocore#1.40.4 ua/2.1 os/linux#5.10.240-257.955.amzn2.x86_64 md/arch#x86_64 lang/python#3.13.8 "
    "md/pyimpl#CPython exec-env/AWS_Lambda_python3.13 m/Z,b cfg/retry-mode#legacy Botocore/1.40.4"
)
TERRAFORM = (
    "APN/1.0 HashiCorp/1.0 Terraform/1.13.4 (+https://www.terraform.io) terraform-provider-aws/6.17.0 "
    "(+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.39.3 ua/2.1 os/linux lang/go#1.24.6 "
    "md/GOOS#linux md/GOARCH#amd64 api/{api} m/g"
)
ACTIONS = "aws-sdk-js/3.900.0 ua/2.1 os/linux#6.11.0-1018-azure lang/js md/nodejs#20.19.5 api/{api} m/E,g configure-aws"
SSM_AGENT = "aws-sdk-go/1.55.8 (go1.24.7; linux; amd64) amazon-ssm-agent/3.3.3050.0"
CLOUDWATCH_AGENT = "CWAgent/1.300060.0 (go1.24.6; linux; amd64) aws-sdk-go/1.55.7"
LAMBDA_WORKER = "awslambda-worker/1.0 rusoto/0.48.0 rust/1.90.0 linux"
VENDOR = "aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.25.1 md/GOOS#linux md/GOARCH#arm64 api/{api} uptime-watch"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0"
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/26.3 Safari/605.1.15"
)
INTERNAL = "AWS Internal"

Identity = dict[str, Any]  # the userIdentity of a record


@dataclass(frozen=True, eq=False)
class Caller:
    """A caller: `console` marks calls of the web console, `tls` those whose TLS details are known."""

    identity: Identity
    address: str
    agent: str
    console: bool = False
    tls: bool = True


def iso(moment: float) -> str:
    """Return seconds since 1970 as CloudTrail writes times: 2026-03-09T14:05:00Z."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def iam_user(name: str, key: str | None = None, *, session_since: float | None = None, mfa: bool = False) -> Identity:
    """Return the userIdentity of an IAM user: with its own key, or with a session key since some moment."""
    identity: Identity = {
        "type": "IAMUser",
        "principalId": user_id(name),
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "accountId": ACCOUNT,
        "accessKeyId": key or user_key(name),
        "userName": name,
    }
    if session_since is not None:
        identity["sessionContext"] = {"attributes": _attributes(session_since, mfa)}
    return identity


def assumed_role(
    role: str,
    session: str,
    key: str,
    since: float,
    *,
    delivery: str | None = None,
    scope: str | None = None,
    invoked_by: str | None = None,
) -> Identity:
    """Return the userIdentity of a session of a role.

    `delivery`: IMDS version through which an instance got the credentials. `scope`: ARN of the instance or function
    that they were issued to.
    """
    path = ""
    if role.startswith("AWSServiceRoleFor"):
        path = f"aws-service-role/{invoked_by}/"
    elif role.startswith("AWSReservedSSO_"):
        path = f"aws-reserved/sso.amazonaws.com/{HOME}/"
    identity: Identity = {
        "type": "AssumedRole",
        "principalId": f"{role_id(role)}:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role_id(role),
                "arn": f"arn:aws:iam::{ACCOUNT}:role/{path}{role}",
                "accountId": ACCOUNT,
                "userName": role,
            },
            "attributes": _attributes(since),
        },
    }
    if delivery:
        identity["sessionContext"]["ec2RoleDelivery"] = delivery
    if invoked_by:
        identity["invokedBy"] = invoked_by
    if scope:
        kind = "AWS::EC2::Instance" if ":instance/" in scope else "AWS::Lambda::Function"
        identity["inScopeOf"] = {"issuerType": kind, "credentialsIssuedTo": scope}
    return identity


def _attributes(since: float, mfa: bool = False) -> dict[str, str]:
    return {"creationDate": iso(since), "mfaAuthenticated": "true" if mfa else "false"}


def service(principal: str) -> Caller:
    """Return the caller of a call that an AWS service makes in its own name."""
    return Caller({"type": "AWSService", "invokedBy": principal}, principal, principal, tls=False)


def service_event(principal: str) -> Caller:
    """Return the caller of an event that no API call caused: its identity has neither type nor arn."""
    return Caller({"accountId": ACCOUNT, "invokedBy": principal}, principal, principal, tls=False)


def on_behalf(identity: Identity, principal: str) -> Caller:
    """Return the caller when an AWS service calls with the permissions of an identity, as CloudFormation does."""
    return Caller({**identity, "invokedBy": principal}, principal, principal, tls=False)


def root() -> Identity:
    """Return the userIdentity of the account's root user as a sign-in shows it."""
    return {
        "type": "Root",
        "principalId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:root",
        "accountId": ACCOUNT,
        "accessKeyId": "",
    }


def vendor() -> Identity:
    """Return the userIdentity of a user of another account: no arn, no access key."""
    return {"type": "AWSAccount", "principalId": user_id("uptime-watch"), "accountId": VENDOR_ACCOUNT}


def federated(subject: str) -> Identity:
    """Return the userIdentity of a CI job that trades an OpenID Connect token for a role."""
    provider = "token.actions.githubusercontent.com"
    return {
        "type": "WebIdentityUser",
        "principalId": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{provider}:sts.amazonaws.com:{subject}",
        "userName": subject,
        "identityProvider": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{provider}",
    }


def saml(name: str) -> Identity:
    """Return the userIdentity of a person whom IAM Identity Center signs in."""
    email = f"{name}@{DOMAIN}"
    return {
        "type": "SAMLUser",
        "principalId": f"BASE64EXAMPLE:{email}",
        "userName": email,
        "identityProvider": f"arn:aws:iam::{ACCOUNT}:saml-provider/AWSSSO_EXAMPLE_DO_NOT_DELETE",
    }
