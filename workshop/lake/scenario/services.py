"""AWS itself at work: Config, CloudTrail, Auto Scaling, load balancers, databases, backups, key rotation."""

from collections.abc import Sequence
from typing import Any

from .api_identity import ASSUMED_BY_SERVICE
from .callers import Caller, assumed_role, on_behalf, service, service_event
from .company import DAY, DAYS, END, FIRST_DAY, HOME, HOUR, INSTANCES, KMS_KEYS, LOG_BUCKET, OPS_BUCKET, arn
from .errors import DENIED
from .stage import Actor, Stage, names

_CONFIG = names(
    "ec2:DescribeSecurityGroups ec2:DescribeVolumes ec2:DescribeInstances ec2:DescribeNetworkInterfaces "
    "ec2:DescribeSubnets ec2:DescribeVpcs s3:GetBucketPolicy s3:GetBucketEncryption s3:GetBucketLogging "
    "s3:GetBucketTagging lambda:GetFunctionConfiguration20150331v2 lambda:GetPolicy20150331v2 kms:DescribeKey "
    "kms:GetKeyRotationStatus rds:DescribeDBInstances rds:ListTagsForResource sns:GetTopicAttributes "
    "sqs:GetQueueAttributes dynamodb:DescribeTable dynamodb:DescribeContinuousBackups cloudtrail:DescribeTrails "
    "cloudtrail:GetTrailStatus iam:ListRoles iam:GetRole iam:ListAttachedRolePolicies cloudwatch:DescribeAlarms"
)
_ADVISOR = names(
    "ec2:DescribeRegions ec2:DescribeAddresses ec2:DescribeVolumes ec2:DescribeInstances ec2:DescribeSnapshots "
    "elbv2:DescribeLoadBalancers rds:DescribeDBInstances rds:DescribeDBClusters s3:ListBuckets s3:GetBucketAcl "
    "s3:GetBucketPolicyStatus iam:GetAccountSummary iam:GenerateCredentialReport iam:GetCredentialReport "
    "cloudtrail:DescribeTrails cloudtrail:GetTrailStatus route53:ListHostedZones cloudfront:ListDistributions "
    "ses:GetSendQuota autoscaling:DescribeAutoScalingGroups"
)


def everything(stage: Stage, silence: tuple[int, int]) -> None:
    """Let AWS's services work through the four days; the operations trail is silent between two moments."""
    _linked_role(stage, "config", "AWSServiceRoleForConfig", "AWSConfig-Describe", _CONFIG, 420)
    _linked_role(
        stage,
        "autoscaling",
        "AWSServiceRoleForAutoScaling",
        "AutoScaling",
        ["ec2:DescribeInstanceStatus", "ec2:DescribeInstances", "elbv2:DescribeTargetHealth"],
        1500,
    )
    _linked_role(
        stage,
        "elasticloadbalancing",
        "AWSServiceRoleForElasticLoadBalancing",
        "ElasticLoadBalancing",
        ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups"],
        4000,
    )
    _linked_role(
        stage,
        "rds",
        "AWSServiceRoleForRDS",
        "LegacyRDS",
        ["ec2:DescribeSecurityGroups", "ec2:DescribeAvailabilityZones", "ec2:DescribeSubnets"],
        7000,
    )
    _trail_delivery(stage.actor("trail delivery"), LOG_BUCKET, (END, END))
    _trail_delivery(stage.actor("ops trail delivery"), OPS_BUCKET, silence)
    _advisor(stage.actor("trusted advisor"))
    _fleet(stage.actor("fleet"))
    _nightly(stage.actor("nightly"))


def _linked_role(stage: Stage, name: str, role: str, session: str, calls: Sequence[str], every: int) -> None:
    """A service that takes its own role every hour or so and describes what it looks after."""
    actor = stage.actor("service", name)
    principal = f"{name}.amazonaws.com"
    dice = actor.dice
    moment = FIRST_DAY + dice.whole(1, every)
    expires = 0
    while moment < END:
        if moment >= expires:
            caller, expires = _take_role(actor, moment, role, session, principal), moment + dice.whole(2700, 3500)
        for _ in range(dice.heavy(1, 9)):
            actor.does(moment + dice.whole(1, 20), dice.pick(calls), caller)
        moment += max(1, int(dice.heavy(every, every * 8) * 0.8 / stage.scale))


def _take_role(actor: Actor, moment: float, role: str, session: str, principal: str) -> Caller:
    taker = service(principal)
    identity = actor.takes_role(moment, taker, role, session, ASSUMED_BY_SERVICE, invoked_by=principal)
    return Caller(identity, principal, principal, tls=False)


def _trail_delivery(actor: Actor, bucket: str, silence: tuple[int, int]) -> None:
    """CloudTrail looks at the bucket's access list before it delivers, and encrypts what it delivers."""
    dice = actor.dice
    caller = service("cloudtrail.amazonaws.com")
    moment = FIRST_DAY + dice.whole(30, 900)
    while moment < END:
        if not silence[0] <= moment < silence[1]:
            actor.does(moment, "s3:GetBucketAcl", caller, bucket=bucket)
        if bucket == LOG_BUCKET and dice.chance(0.7):
            actor.does(moment + 1, "kms:GenerateDataKey", caller, kms_key=KMS_KEYS[0], bucket=bucket)
        moment += max(1, int(dice.whole(900, 2900) / actor.stage.scale))


def _advisor(actor: Actor) -> None:
    dice = actor.dice
    for day in range(DAYS):
        moment = FIRST_DAY + day * DAY + 9 * HOUR + dice.whole(0, 1800)
        principal = "trustedadvisor.amazonaws.com"
        caller = _take_role(actor, moment, "AWSServiceRoleForTrustedAdvisor", "TrustedAdvisor", principal)
        for _ in range(actor.count(dice.whole(35, 60))):
            moment += dice.heavy(1, 30)
            call = dice.pick(_ADVISOR)
            actor.does(moment, call, caller, error=DENIED if dice.chance(0.03) else None)


def _fleet(actor: Actor) -> None:
    """Auto Scaling adds a web server for the day and takes it away in the evening."""
    dice = actor.dice
    for extra in INSTANCES:
        morning, evening = (FIRST_DAY + hours * HOUR for hours in extra.hours)
        if (morning, evening) == (FIRST_DAY, END):
            continue
        principal = "autoscaling.amazonaws.com"
        caller = _take_role(actor, morning - 200, "AWSServiceRoleForAutoScaling", "AutoScaling", principal)
        things: dict[str, Any] = {"instance": extra.id, "count": 3}
        actor.does(morning - 180, "ec2:DescribeLaunchTemplates", caller, **things)
        actor.does(morning - 150, "ec2:RunInstances", caller, **things)
        actor.does(morning + dice.whole(100, 200), "elbv2:RegisterTargets", caller, **things)
        caller = _take_role(actor, evening + 20, "AWSServiceRoleForAutoScaling", "AutoScaling", principal)
        actor.does(evening + 30, "elbv2:DeregisterTargets", caller, **things)
        actor.does(evening + dice.whole(330, 400), "ec2:TerminateInstances", caller, **things)


def _nightly(actor: Actor) -> None:
    """Backups, rotations and other things that happen although nobody calls an API."""
    dice = actor.dice
    for day in range(DAYS):
        moment = FIRST_DAY + day * DAY + 5 * HOUR + dice.whole(0, 600)
        role = assumed_role("mapleferry-backup", "AWSBackup-mapleferry-backup", dice.access_key(), moment)
        caller = on_behalf(role, "backup.amazonaws.com")
        for number, call in enumerate(("ec2:CreateSnapshot", "ec2:CreateSnapshot", "rds:CreateDBSnapshot")):
            job = {"backupJobId": dice.letters(8, "0123456789ABCDEF"), "backupVaultName": "mapleferry-daily"}
            begin = moment + number * 240
            event = service_event("backup.amazonaws.com")
            actor.does(begin, "backup:BackupJobStarted", event, details={**job, "state": "CREATED"})
            actor.does(begin + 15, call, caller, copy_name=f"awsbackup-job-{job['backupJobId'].lower()}")
            done = {**job, "state": "COMPLETED", "percentDone": 100}
            actor.does(begin + dice.whole(400, 3000), "backup:BackupJobCompleted", event, details=done)
        secret = arn("secretsmanager", "secret:mapleferry/booking-database-9f2c4e", HOME)
        rotated = service_event("secretsmanager.amazonaws.com")
        actor.does(moment + 5 * HOUR, "secretsmanager:RotationSucceeded", rotated, details={"secretId": secret})
    details = {"keyId": KMS_KEYS[1], "rotationType": "AUTOMATIC"}
    moment = FIRST_DAY + 2 * DAY + 3 * HOUR + 911
    actor.does(moment, "kms:RotateKey", service_event("kms.amazonaws.com"), kms_key=KMS_KEYS[1], details=details)
