"""The cast of Maple Ferry, an invented company that sells ferry tickets online: people, roles, machines, names."""

from calendar import timegm
from dataclasses import dataclass
from functools import cache

from .dice import Dice

ACCOUNT = "111122223333"
VENDOR_ACCOUNT = "444455556666"  # the company that watches Maple Ferry's uptime
HOME = "ca-central-1"
GLOBAL = "us-east-1"
DOMAIN = "mapleferry.example"

# Four working days, Monday to Thursday, in UTC. The office is four hours behind UTC.
HOUR, DAY = 3600, 86_400  # in seconds
FIRST_DAY = timegm((2026, 3, 9, 0, 0, 0))
DAYS = 4
END = FIRST_DAY + DAYS * DAY

TRAIL = "audit"  # delivered these very files
OPS_TRAIL = "mapleferry-ops"  # the other one, which operations look at every day
LOG_BUCKET = "mapleferry-audit-logs-111122223333"
OPS_BUCKET = "mapleferry-ops-logs-111122223333"

# All addresses are from the ranges reserved for documentation (RFC 5737, RFC 3849).
OFFICE = "203.0.113.10"
OFFICE_V6 = "2001:db8:3c4d:15::10"
COMPANY_NAT = "198.51.100.200"  # what the private subnets look like from outside
VPN_EXIT = "192.0.2.144"  # a commercial VPN: many customers leave through it
RUNNERS = tuple(f"192.0.2.{number}" for number in range(170, 187))  # hosted CI runners: shared machines too
VENDOR_ADDRESS = "203.0.113.200"
LAMBDA_ADDRESSES = tuple(f"198.51.100.{number}" for number in range(100, 131))


@dataclass(frozen=True)
class Person:
    """Somebody who works for Maple Ferry: how they sign in and from where."""

    name: str
    role: str
    home: str
    mfa: bool
    sso: tuple[str, ...] = ()
    busy: float = 1.0


PEOPLE = (
    Person("amelie", "platform lead", "2001:db8:7a1:22::7", True, ("AdministratorAccess",), 1.3),
    Person("bruno", "developer", "203.0.113.31", False, ("DeveloperAccess",), 1.0),
    Person("chidi", "developer", "203.0.113.58", True, ("DeveloperAccess",), 1.4),
    Person("dagny", "data engineer", "203.0.113.94", True, ("DataAccess", "DeveloperAccess"), 0.8),
    Person("elif", "support", "203.0.113.126", False, (), 0.5),
    Person("farid", "contractor, works from anywhere", VPN_EXIT, True, (), 1.2),
)


@dataclass(frozen=True)
class Instance:
    """An EC2 instance: its name, id, role, the address AWS sees it come from, and how it gets its credentials.

    `delivery` is the IMDS version of its own agents ("" on a machine so old that CloudTrail does not say);
    `shipper` marks an old log shipper that still asks IMDSv1; `hours` are those since the first midnight between which
    it runs.
    """

    name: str
    id: str
    role: str
    address: str
    delivery: str = "2.0"
    shipper: bool = False
    hours: tuple[int, int] = (0, DAYS * 24)


INSTANCES = (
    Instance("web-a", "i-0d4c7b1e9a2f63580", "mapleferry-web", "198.51.100.23", shipper=True),
    Instance("web-b", "i-05be2f8d7c1a90e46", "mapleferry-web", "198.51.100.61", shipper=True),
    # Auto Scaling adds another web server for each working day.
    Instance("web-c", "i-0c81f5a37d29be604", "mapleferry-web", "198.51.100.77", hours=(13, 22)),
    Instance("web-d", "i-093be7d1f4a6c0258", "mapleferry-web", "198.51.100.42", hours=(37, 46)),
    Instance("web-e", "i-0e6a4f92b8d17c305", "mapleferry-web", "198.51.100.85", hours=(61, 70)),
    Instance("web-f", "i-01d8c5b37e92f4a60", "mapleferry-web", "198.51.100.36", hours=(85, 94)),
    Instance("worker-a", "i-0a93c5d21be78f604", "mapleferry-worker", COMPANY_NAT),
    Instance("worker-b", "i-0f17e6ab48d3c2095", "mapleferry-worker", COMPANY_NAT),
    Instance("bastion", "i-4f8d21c7", "mapleferry-bastion", "198.51.100.90", delivery=""),
)
VICTIM = INSTANCES[1]

FUNCTIONS = {  # Lambda function: (calls a day, what it uses)
    "ticket-mailer": (150, ("kms:Decrypt", "ssm:GetParameters", "ses:GetSendQuota")),
    "price-sync": (96, ("secretsmanager:GetSecretValue", "kms:Decrypt", "dynamodb:DescribeTable")),
    "nightly-report": (12, ("athena:StartQueryExecution", "athena:GetQueryExecution", "rds:DescribeDBInstances")),
    "image-resizer": (60, ("kms:Decrypt",)),
    "snapshot-janitor": (24, ("ec2:DescribeSnapshots", "ec2:DescribeVolumes", "ec2:CreateTags")),
    "deploy-notifier": (30, ("ssm:GetParameter", "kms:Decrypt")),
}

ROLES = (
    "mapleferry-web",
    "mapleferry-worker",
    "mapleferry-bastion",
    "mapleferry-maintenance",
    "mapleferry-ci-deploy",
    "mapleferry-terraform",
    "mapleferry-vendor-monitoring",
    "mapleferry-stepping-stone",
    "mapleferry-backup",
    *(f"mapleferry-{name}" for name in FUNCTIONS),
    "AWSServiceRoleForConfig",
    "AWSServiceRoleForAutoScaling",
    "AWSServiceRoleForRDS",
    "AWSServiceRoleForElasticLoadBalancing",
    "AWSServiceRoleForTrustedAdvisor",
    "AWSReservedSSO_AdministratorAccess_4f2a9c01b7d3e586",
    "AWSReservedSSO_DeveloperAccess_91c3d07e5ab2f648",
    "AWSReservedSSO_DataAccess_c6b81d2f40e97a35",
)

KMS_KEYS = ("5d0f1a7e-3c42-4b9d-8e6a-2f9b1c7d4e08", "b81e6f24-97a3-4d15-a0c8-6e2d5b3f9a71")


def arn(service: str, resource: str, region: str = "") -> str:
    """Return the ARN of a resource of the company's account."""
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"


@cache
def user_id(name: str) -> str:
    """Return the unique id of an IAM user, 21 characters long."""
    return Dice("user id", name).principal("AIDA")


@cache
def role_id(name: str) -> str:
    """Return the unique id of a role, 21 characters long."""
    return Dice("role id", name).principal("AROA")


@cache
def user_key(name: str) -> str:
    """Return the id of an IAM user's long-lived access key."""
    return Dice("user key", name).access_key("AKIA")


def permission_set_role(permission_set: str) -> str:
    """Return the name of the role that IAM Identity Center made for a permission set."""
    return next(role for role in ROLES if role.startswith(f"AWSReservedSSO_{permission_set}_"))


# What a call is about if the actor does not name it: `Things` picks one, the same for the same event.
THINGS: dict[str, tuple[str, ...]] = {
    "bucket": (
        "mapleferry-tickets-111122223333",
        "mapleferry-web-assets-111122223333",
        "mapleferry-artifacts-111122223333",
        "mapleferry-reports-111122223333",
        OPS_BUCKET,
        LOG_BUCKET,
    ),
    "function": tuple(f"mapleferry-{name}" for name in FUNCTIONS),
    "log_group": (
        *(f"/aws/lambda/mapleferry-{name}" for name in FUNCTIONS),
        "/mapleferry/web/access",
        "/mapleferry/web/application",
        "/mapleferry/worker/jobs",
        "/mapleferry/bastion/ssh",
        "/aws/rds/instance/mapleferry-booking/postgresql",
    ),
    "instance": tuple(instance.id for instance in INSTANCES if instance.hours == (0, DAYS * 24)),
    "role": ROLES[:14],
    "policy": ("mapleferry-web-data", "mapleferry-ci-deploy", "mapleferry-terraform-state", "mapleferry-reporting"),
    "user": tuple(person.name for person in PEOPLE),
    "table": ("mapleferry-sailings", "mapleferry-prices", "mapleferry-terraform-locks"),
    "database": ("mapleferry-booking", "mapleferry-reporting"),
    "topic": ("mapleferry-bookings", "mapleferry-alerts", "mapleferry-deployments"),
    "queue": ("mapleferry-ticket-mail", "mapleferry-ticket-mail-dead", "mapleferry-price-changes"),
    "rule": ("mapleferry-nightly-report", "mapleferry-price-sync", "mapleferry-snapshot-janitor"),
    "alarm": ("mapleferry-web-5xx", "mapleferry-queue-age", "mapleferry-booking-cpu", "mapleferry-lambda-errors"),
    "secret": ("mapleferry/booking-database", "mapleferry/payment-gateway", "mapleferry/mail-relay"),
    "parameter": ("/mapleferry/web/feature-flags", "/mapleferry/web/session-secret", "/mapleferry/worker/concurrency"),
    "repository": ("mapleferry/web", "mapleferry/worker", "mapleferry/report"),
    "stack": ("mapleferry-network", "mapleferry-booking-alerts", "mapleferry-reporting"),
    "security_group": ("sg-0a41d7e2c95b38f60", "sg-07f3b92ce4d1856aa", "sg-0be5d8c14f7a29360"),
    "subnet": ("subnet-0c7e1a95d2b4f8360", "subnet-03fa86b1e7d5c2940"),
    "vpc": ("vpc-0d91b4e7a3c5f2860",),
    "volume": ("vol-0e4b7c2d91a5f8360", "vol-08d3f6a1c7b59e240", "vol-0b62e9d4f7a1c3850"),
    "snapshot": ("snap-0f5a8d3c1e7b94260", "snap-02c9e6b4d8f1a7530"),
    "image": ("ami-0c3f7d1b9e5a82460", "ami-06d8e2b4f7c19a350"),
    "launch_template": ("lt-0a7d5e3b1c9f84260",),
    "kms_key": KMS_KEYS,
    "group": ("mapleferry-web",),
    "load_balancer": ("mapleferry-web/50dc6c495c0c9188",),
    "target_group": ("mapleferry-web/943f017f100becff",),
    "certificate": ("7c9e2b41-5d83-4f06-9a1c-e8b3d6f72a54",),
    "zone": ("Z0EXAMPLE4MAPLE",),
    "distribution": ("E1EXAMPLEFERRY",),
    "detector": ("12abc34d567e8fa901bc2d34e56789f0",),
    "trail": (TRAIL, OPS_TRAIL),
    "dashboard": ("mapleferry-overview", "mapleferry-booking"),
    "workgroup": ("mapleferry-reporting",),
    "session_name": ("mapleferry",),
}
