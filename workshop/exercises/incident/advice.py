"""What to do after such an incident: stop it, keep the evidence, keep it from happening again; each with AWS's page."""

import json
from dataclasses import dataclass

_DOCS = "https://docs.aws.amazon.com"
_BLOG = "https://aws.amazon.com/blogs/security"
_IAM = f"{_DOCS}/IAM/latest/UserGuide"
_TRAIL = f"{_DOCS}/awscloudtrail/latest/userguide"


@dataclass(frozen=True)
class Step:
    """One thing to do: what, why and how, pages to read ((title, address), …), and perhaps a policy to copy."""

    what: str
    how: str
    pages: tuple[tuple[str, str], ...]
    code: str = ""


def revoke(moment: str) -> str:
    """Return the policy that makes all sessions of a role worthless that were issued before a moment (a text, UTC)."""
    denied = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": moment}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [denied]}, indent=2)


def stop(roles: list[str], secrets: list[str], last: str) -> tuple[Step, ...]:
    """Return the steps that end the intrusion: `roles` used, `secrets` read, the time of the `last` call (UTC)."""
    named = " and ".join(f"`{role}`" for role in roles)
    return (
        Step(
            "Revoke the sessions",
            f"A session key cannot be deleted, but it can be made worthless: put this policy on {named}, as the "
            "console's Revoke sessions does under the name AWSRevokeOlderSessions. It denies everything to sessions "
            "that were issued before the time in it. In a real incident take the present time; the time below is just "
            "after the intruder's last call. The instances' own sessions stop working, too, until EC2 gives them new "
            "ones.",
            (("Revoke IAM role temporary security credentials", f"{_IAM}/id_roles_use_revoke-sessions.html"),),
            revoke(last),
        ),
        Step(
            "Change what was read",
            f"Revoking does not make anybody forget: {', '.join(f'`{secret}`' for secret in secrets)}. Rotate them, "
            "and every credential that they open.",
            (("Rotate secrets", f"{_DOCS}/secretsmanager/latest/userguide/rotating-secrets.html"),),
        ),
        Step(
            "Find the hole",
            "Something on the instance fetched its credentials from the metadata service (IMDSv1) for somebody "
            "outside. Take the instance out of service, but do not throw it away: it is evidence. A new instance from "
            "the same image has the same hole.",
            (("GuardDuty: findings on IAM", f"{_DOCS}/guardduty/latest/ug/guardduty_finding-types-iam.html"),),
        ),
    )


KEEP = (
    Step(
        "Prove that the log files are whole",
        "The digest files show whether any log file was changed or removed since it was delivered: "
        "`aws cloudtrail validate-logs` checks hashes and signatures.",
        (
            ("Validating CloudTrail log file integrity", f"{_TRAIL}/cloudtrail-log-file-validation-intro.html"),
            ("validate-logs", f"{_DOCS}/cli/latest/reference/cloudtrail/validate-logs.html"),
        ),
    ),
    Step(
        "Lock them",
        "Copy logs and digests to a place that the attacked account cannot write to. In a bucket with S3 Object Lock, "
        "a retention period keeps even an administrator from deleting a version.",
        (("Locking objects with Object Lock", f"{_DOCS}/AmazonS3/latest/userguide/object-lock.html"),),
    ),
)
PREVENT = (
    Step(
        "Require IMDSv2",
        "It hands out credentials only to callers that first ask for a token with PUT, which a web server that was "
        "tricked into fetching an address usually cannot do. In the records, `ec2RoleDelivery` says which version gave "
        "out a session: look for 1.0 before you switch it off.",
        (
            (
                "Modify instance metadata options",
                f"{_DOCS}/AWSEC2/latest/UserGuide/configuring-IMDS-existing-instances.html",
            ),
        ),
    ),
    Step(
        "Tie credentials to the network",
        "`aws:EC2InstanceSourceVPC` and `aws:EC2InstanceSourcePrivateIPv4` say where a session was issued. Deny calls "
        "that do not come from there (`aws:SourceVpc`, `aws:VpcSourceIp`), except those that a service makes on the "
        "role's behalf (`aws:ViaAWSService`). It takes VPC endpoints for the services in use; try it in one account.",
        (
            ("Global condition context keys", f"{_IAM}/reference_policies_condition-keys.html"),
            (
                "How to restrict where EC2 instance credentials can be used from",
                f"{_BLOG}/how-to-use-policies-to-restrict-where-ec2-instance-credentials-can-be-used-from/",
            ),
        ),
    ),
    Step(
        "Put the trail out of reach",
        "A service control policy that denies `cloudtrail:StopLogging`, `DeleteTrail`, `UpdateTrail` and "
        "`PutEventSelectors` holds for everybody in a member account, administrators too. One of Maple Ferry's two "
        "trails was protected like that: it is why you could read all this. And a web server needs none of these "
        "rights.",
        (
            ("Service control policies", f"{_DOCS}/organizations/latest/userguide/orgs_manage_policies_scps.html"),
            ("Examples", f"{_DOCS}/organizations/latest/userguide/orgs_manage_policies_scps_examples.html"),
        ),
    ),
)
