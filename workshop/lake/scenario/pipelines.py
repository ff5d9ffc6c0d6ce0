"""Automation at work: CI runs, Terraform's refreshes and clean-ups, stacks that CloudFormation makes for people."""

from typing import Any

from .callers import ACTIONS, CLI, FIREFOX, TERRAFORM, Caller, federated, on_behalf
from .company import DAY, DAYS, FIRST_DAY, HOUR, OFFICE, OPS_TRAIL, RUNNERS
from .errors import NO_ENTITY, NO_TRAIL, NOT_FOUND
from .people import failure
from .stage import Actor, Label, Stage

# Thursday afternoon: everything that was missing since Wednesday night is there again.
REPAIRED = FIRST_DAY + 3 * DAY + 15 * HOUR + 1800
_REFRESH = {  # what Terraform reads of each kind of thing
    "role": "iam:GetRole iam:ListRolePolicies iam:ListAttachedRolePolicies iam:GetRolePolicy",
    "policy": "iam:GetPolicy iam:GetPolicyVersion iam:ListPolicyVersions",
    "function": "lambda:GetFunction20150331v2 lambda:ListVersionsByFunction20150331 lambda:GetPolicy20150331v2",
    "bucket": (
        "s3:GetBucketPolicy s3:GetBucketAcl s3:GetBucketVersioning s3:GetBucketLogging s3:GetBucketLifecycle "
        "s3:GetBucketEncryption s3:GetBucketTagging s3:GetBucketPublicAccessBlock"
    ),
    "log_group": "logs:DescribeLogGroups logs:ListTagsForResource logs:DescribeMetricFilters",
    "table": (
        "dynamodb:DescribeTable dynamodb:DescribeContinuousBackups dynamodb:DescribeTimeToLive "
        "dynamodb:ListTagsOfResource"
    ),
    "topic": "sns:GetTopicAttributes sns:ListSubscriptionsByTopic",
    "queue": "sqs:GetQueueAttributes",
    "rule": "events:DescribeRule events:ListTargetsByRule",
    "trail": "cloudtrail:DescribeTrails cloudtrail:GetTrailStatus cloudtrail:ListTags cloudtrail:GetEventSelectors",
    "kms_key": "kms:DescribeKey kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListAliases",
    "security_group": "ec2:DescribeSecurityGroups",
    "instance": "ec2:DescribeInstances ec2:DescribeVolumes ec2:DescribeTags",
    "database": "rds:DescribeDBInstances rds:ListTagsForResource",
    "zone": "route53:GetHostedZone route53:ListResourceRecordSets",
    "certificate": "acm:DescribeCertificate",
    "parameter": "ssm:GetParameter",
    "secret": "secretsmanager:DescribeSecret secretsmanager:GetResourcePolicy",
    "load_balancer": "elbv2:DescribeLoadBalancers elbv2:DescribeListeners",
}
_CLEAN_UP = Label(
    step="look-alike",
    reason="Terraform removes a log group with the rest of a preview environment",
    deleting=True,
)
_KEEP_FOREVER = Label(
    step="look-alike",
    reason="Terraform lifts the retention limit: logs are kept for longer",
    deleting=True,
)
_NO_SUCH_TRAIL = Label(
    step="look-alike", reason="Terraform removes a preview trail that is gone already: the call fails", deleting=True
)
_PAUSE = Label(
    step="look-alike", reason="planned pause while Terraform moves the operations trail; started again", stopping=True
)
_STACK_GONE = Label(
    step="look-alike", reason="CloudFormation deletes a stack that is not needed any more", deleting=True
)


def everything(stage: Stage) -> None:
    """Let the pipelines run through the four days."""
    for day in range(DAYS):
        actor = stage.actor("ci", day)
        for number in range(max(1, actor.count(actor.dice.whole(8, 13)))):
            _run(actor, actor.office_moment(day), number)
        # The nightly drift check always finds the same machine free.
        night = FIRST_DAY + day * DAY + 6 * HOUR + actor.dice.whole(0, 900)
        _terraform(actor, night, _job(actor, night, "mapleferry-terraform", RUNNERS[7], "drift"), 16)
    _previews(stage.actor("previews"))
    _trail_work(stage.actor("trail work"))
    _stacks(stage.actor("stacks"))


def _run(actor: Actor, moment: float, number: int) -> None:
    """One push: build, test, deploy; about every second one has a Terraform plan too."""
    dice = actor.dice
    address = dice.pick(RUNNERS) if dice.chance(0.6) else RUNNERS[7]
    caller = _job(actor, moment, "mapleferry-ci-deploy", address, "deploy")
    repository, commit = dice.pick(("mapleferry/web", "mapleferry/worker", "mapleferry/report")), f"{dice.bits(28):07x}"
    function = dice.pick(("mapleferry-ticket-mailer", "mapleferry-price-sync", "mapleferry-deploy-notifier"))
    steps = ["ecr:GetAuthorizationToken", "ecr:DescribeRepositories", "ecr:BatchGetImage"]
    steps += ["ecr:InitiateLayerUpload"] * dice.heavy(1, 6) + ["ecr:PutImage", "ecr:DescribeImages"]
    steps += ["lambda:UpdateFunctionCode20150331v2"]
    steps += ["lambda:GetFunctionConfiguration20150331v2"] * dice.heavy(1, 8)
    steps += ["cloudformation:DescribeStacks", "ssm:PutParameter"]
    steps += ["cloudfront:CreateInvalidation"] if dice.chance(0.4) else []
    for call in steps:
        moment += dice.heavy(2, 100)
        error = failure(actor, call, rarely=0.01)
        actor.does(moment, call, caller, error=error, repository=repository, commit=commit, function=function)
    if number % 2:
        _terraform(actor, moment, _job(actor, moment, "mapleferry-terraform", address, "plan"), dice.heavy(5, 19))


def _job(actor: Actor, moment: float, role: str, address: str, job: str) -> Caller:
    """A CI job trades its token for a role; return who it is then."""
    subject = f"repo:mapleferry/platform:environment:{job}"
    key, session = actor.dice.access_key(), f"{job}-{actor.dice.whole(10_000, 99_999)}"
    taker, call = Caller(federated(subject), address, ACTIONS), "sts:AssumeRoleWithWebIdentity"
    identity = actor.takes_role(moment, taker, role, session, call, key=key, subject=subject)
    actor.does(moment + 2, "sts:GetCallerIdentity", Caller(identity, address, ACTIONS))
    return Caller(identity, address, TERRAFORM if role == "mapleferry-terraform" else CLI)


def _terraform(actor: Actor, moment: float, caller: Caller, kinds: int) -> float:
    """Terraform reads the state of several kinds of things, in parallel and fast."""
    dice = actor.dice
    moment += dice.whole(10, 40)
    for kind in dice.shuffled(_REFRESH)[:kinds]:
        for _ in range(dice.heavy(1, 5)):
            things: dict[str, Any] = {}
            for call in _REFRESH[kind].split():
                moment += dice.whole(0, 1)
                error = failure(actor, call, rarely=0.02)
                event = actor.does(moment, call, caller, error=error, **things)
                things = things or {kind: event.pinned(kind)}
    return moment


def _previews(actor: Actor) -> None:
    """Preview environments of pull requests are torn down after the merge: the benign half of all log deletions."""
    dice = actor.dice
    for day, hour, number in ((0, 16, 408), (1, 19, 411), (2, 15, 415), (2, 22, 416), (3, 18, 419)):
        start = FIRST_DAY + day * DAY + hour * HOUR + dice.whole(300, 1500)
        caller = _job(actor, start, "mapleferry-terraform", dice.pick((RUNNERS[7], RUNNERS[3])), "preview")
        moment = _terraform(actor, start, caller, 4)
        name = f"mapleferry-preview-{number}"
        things: dict[str, Any] = dict.fromkeys(("function", "role", "rule", "queue", "topic"), name)
        for call in (
            "events:RemoveTargets",
            "events:DeleteRule",
            "lambda:RemovePermission20150331v2",
            "lambda:DeleteFunction20150331",
            "sqs:DeleteQueue",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:DeleteRole",
        ):
            moment += dice.whole(1, 6)
            actor.does(moment, call, caller, error=NO_ENTITY if dice.chance(0.04) else None, **things)
        for group in (f"/aws/lambda/mapleferry-preview-{number}", f"/mapleferry/preview/{number}"):
            moment += dice.whole(1, 4)
            error = NOT_FOUND if number == 411 and "lambda" in group else None
            actor.does(moment, "logs:DeleteLogGroup", caller, label=_CLEAN_UP, error=error, log_group=group)
        if number == 415:
            trail = f"mapleferry-preview-{number}"
            actor.does(moment + 3, "cloudtrail:DeleteTrail", caller, label=_NO_SUCH_TRAIL, error=NO_TRAIL, trail=trail)


def _trail_work(actor: Actor) -> None:
    """Monday: the operations trail is changed, and stands still for a moment."""
    start = FIRST_DAY + 18 * HOUR + 700
    caller = _job(actor, start, "mapleferry-terraform", RUNNERS[3], "apply")
    moment = _terraform(actor, start, caller, 3)
    actor.does(moment + 4, "cloudtrail:StopLogging", caller, label=_PAUSE, trail=OPS_TRAIL)
    actor.does(moment + 9, "cloudtrail:UpdateTrail", caller, trail=OPS_TRAIL)
    actor.does(moment + 12, "cloudtrail:PutEventSelectors", caller, trail=OPS_TRAIL)
    actor.does(moment + 16, "cloudtrail:StartLogging", caller, trail=OPS_TRAIL)
    _repair(actor)


def _repair(actor: Actor) -> None:
    """Thursday: Terraform finds things missing and makes them anew, and lifts some retention limits."""
    dice = actor.dice
    caller = _job(actor, REPAIRED - 500, "mapleferry-terraform", RUNNERS[7], "apply")
    _terraform(actor, REPAIRED - 490, caller, 4)
    moment = REPAIRED
    for group in ("/mapleferry/web/access", "/mapleferry/bastion/ssh", "/mapleferry/worker/jobs"):
        moment += dice.whole(1, 4)
        actor.does(moment, "logs:CreateLogGroup", caller, log_group=group)
    for call in ("cloudtrail:CreateTrail", "cloudtrail:PutEventSelectors", "cloudtrail:StartLogging"):
        moment += dice.whole(1, 4)
        actor.does(moment, call, caller, trail=OPS_TRAIL)
    for group in ("/mapleferry/web/access", "/mapleferry/worker/jobs", "/mapleferry/bastion/ssh"):
        moment += dice.whole(1, 5)
        actor.does(moment, "logs:DeleteRetentionPolicy", caller, label=_KEEP_FOREVER, log_group=group)
    for group in ("/mapleferry/web/application", "/aws/lambda/mapleferry-price-sync"):
        moment += dice.whole(1, 5)
        actor.does(moment, "logs:PutRetentionPolicy", caller, log_group=group, days=400)


def _stacks(actor: Actor) -> None:
    """CloudFormation makes and removes stacks for the platform lead, with her permissions."""
    dice = actor.dice
    for day, hour, verb, stack in (
        (0, 14, "CreateStack", "mapleferry-booking-alerts"),
        (1, 15, "UpdateStack", "mapleferry-reporting"),
        (2, 18, "CreateStack", "mapleferry-load-test"),
        (3, 14, "DeleteStack", "mapleferry-load-test"),
    ):
        moment = FIRST_DAY + day * DAY + hour * HOUR + dice.whole(600, 2400)
        identity = actor.signs_in(moment, "amelie", "AdministratorAccess", OFFICE, FIREFOX, dice.access_key())
        person = Caller(identity, OFFICE, FIREFOX, console=True)
        stack_service = on_behalf(identity, "cloudformation.amazonaws.com")
        actor.does(moment + 41, "cloudformation:GetTemplateSummary", person, stack=stack)
        actor.does(moment + 94, f"cloudformation:{verb}", person, stack=stack)
        end = _build(actor, moment + 97, stack_service, verb, stack)
        watching = moment + 100
        while watching < end:
            actor.does(watching, "cloudformation:DescribeStackEvents", person, stack=stack)
            actor.does(watching + 1, "cloudformation:DescribeStacks", person, stack=stack)
            watching += dice.whole(6, 20)


def _build(actor: Actor, moment: float, caller: Caller, verb: str, stack: str) -> float:
    """The calls with which CloudFormation makes, changes or removes a stack's resources."""
    dice = actor.dice
    for number in range(1 if verb == "UpdateStack" else 3):
        name = f"{stack}-{('Report', 'Alert', 'Relay')[number]}-{dice.letters(12, 'ABCDEFGHJKLMNPQRSTUVWXYZ')}"
        things: dict[str, Any] = dict.fromkeys(("function", "role", "rule", "topic", "queue", "alarm"), name)
        things |= {"bucket": name.lower(), "log_group": f"/aws/lambda/{name}"}
        plans = {
            "CreateStack": (
                "iam:CreateRole iam:GetRole iam:PutRolePolicy iam:GetRolePolicy iam:AttachRolePolicy "
                "logs:CreateLogGroup logs:PutRetentionPolicy lambda:CreateFunction20150331 "
                "lambda:GetFunction20150331v2 lambda:GetFunction20150331v2 s3:CreateBucket s3:PutBucketPolicy "
                "s3:PutBucketLifecycle s3:PutBucketPublicAccessBlock sns:CreateTopic sns:GetTopicAttributes "
                "sns:SetTopicAttributes sns:Subscribe sqs:CreateQueue sqs:GetQueueAttributes events:PutRule "
                "events:PutTargets lambda:AddPermission20150331v2 cloudwatch:PutMetricAlarm cloudwatch:DescribeAlarms"
            ),
            "UpdateStack": (
                "iam:GetRole iam:PutRolePolicy iam:GetRolePolicy lambda:GetFunction20150331v2 "
                "lambda:UpdateFunctionCode20150331v2 lambda:GetFunction20150331v2 "
                "lambda:UpdateFunctionConfiguration20150331v2 lambda:GetFunction20150331v2 events:PutRule "
                "logs:PutRetentionPolicy cloudwatch:PutMetricAlarm"
            ),
            "DeleteStack": (
                "events:RemoveTargets events:DeleteRule lambda:RemovePermission20150331v2 "
                "lambda:DeleteFunction20150331 cloudwatch:DeleteAlarms sns:DeleteTopic sqs:DeleteQueue "
                "iam:DeleteRolePolicy iam:DetachRolePolicy iam:DeleteRole s3:DeleteBucket logs:DeleteLogGroup"
            ),
        }
        for call in plans[verb].split():
            moment += dice.heavy(1, 12)
            label = _STACK_GONE if call == "logs:DeleteLogGroup" else None
            error = NO_ENTITY if call == "iam:GetRole" and verb == "CreateStack" and number == 0 else None
            actor.does(moment, call, caller, label=label, error=error, **things)
    return moment
