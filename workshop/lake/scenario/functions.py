"""Lambda functions at work, and the vendor that watches uptime from another account."""

from .api_identity import ASSUMED_BY_SERVICE
from .callers import LAMBDA_BOTO3, LAMBDA_WORKER, VENDOR, Caller, Identity, assumed_role, service, vendor
from .company import DAY, END, FIRST_DAY, FUNCTIONS, HOME, HOUR, LAMBDA_ADDRESSES, VENDOR_ADDRESS, arn
from .dice import Dice
from .errors import THROTTLED
from .people import failure
from .stage import Actor, Stage, names


def everything(stage: Stage) -> None:
    """Let functions and the vendor work through the four days."""
    for name, (rate, uses) in FUNCTIONS.items():
        _function(stage.actor("function", name), f"mapleferry-{name}", rate, uses)
    _vendor(stage.actor("vendor"))


def _function(actor: Actor, function: str, rate: int, uses: tuple[str, ...]) -> None:
    """A Lambda function: Lambda takes its role every few hours, and each cold start makes a log stream."""
    dice = actor.dice
    moment = FIRST_DAY + dice.whole(0, 2 * HOUR)
    while moment < END:
        key, end = dice.access_key(), moment + dice.whole(3 * HOUR, 7 * HOUR)
        taker, lifetime = service("lambda.amazonaws.com"), 12 * HOUR
        actor.takes_role(moment, taker, function, function, ASSUMED_BY_SERVICE, key=key, lifetime=lifetime)
        scope = arn("lambda", f"function:{function}", HOME)
        identity = assumed_role(function, function, key, moment, scope=scope)
        address = dice.pick(LAMBDA_ADDRESSES)
        for _ in range(actor.count(rate / 24 * (end - moment) / HOUR)):
            when = moment + dice.between(5, end - moment)
            if function in ("mapleferry-ticket-mailer", "mapleferry-image-resizer") and not _awake(dice, when):
                continue
            if when < END:
                _invocation(actor, when, identity, address, function, uses)
        moment = end


def _awake(dice: Dice, moment: float) -> bool:
    """Ticket sales follow the day of the customers."""
    hour = moment % DAY / HOUR
    return dice.chance(1.0 if 13 <= hour < 24 else 0.5 if hour < 4 or hour > 11 else 0.12)


def _invocation(
    actor: Actor, moment: float, identity: Identity, address: str, function: str, uses: tuple[str, ...]
) -> None:
    dice = actor.dice
    if dice.chance(0.5):
        group = f"/aws/lambda/{function}"
        actor.does(moment, "logs:CreateLogStream", Caller(identity, address, LAMBDA_WORKER), log_group=group)
    for call in uses:
        moment += dice.between(0, 2)
        if dice.chance(0.55):
            purpose = dice.pick(("parameter", "function"))
            caller = Caller(identity, address, LAMBDA_BOTO3)
            error = failure(actor, call, rarely=0.01)
            actor.does(moment, call, caller, error=error, function=function, purpose=purpose)


def _vendor(actor: Actor) -> None:
    """The vendor takes a role every half hour and looks at what customers would notice."""
    dice = actor.dice
    watch = names(
        "cloudwatch:DescribeAlarms cloudwatch:ListMetrics ec2:DescribeInstances ec2:DescribeInstanceStatus "
        "elbv2:DescribeTargetHealth elbv2:DescribeTargetGroups rds:DescribeDBInstances sqs:GetQueueAttributes "
        "lambda:ListFunctions20150331 lambda:ListTags20170331 resourcegroupstaggingapi:GetResources "
        "autoscaling:DescribeAutoScalingGroups dynamodb:ListTables ec2:DescribeRegions"
    )
    moment = FIRST_DAY + dice.whole(60, 900)
    while moment < END:
        taker = Caller(vendor(), VENDOR_ADDRESS, VENDOR)
        identity = actor.takes_role(moment, taker, "mapleferry-vendor-monitoring", "uptime-watch")
        caller = Caller(identity, VENDOR_ADDRESS, VENDOR)
        for _ in range(dice.whole(2, 5)):
            call = dice.pick(watch)
            error = THROTTLED if dice.chance(0.04) else None
            actor.does(moment + dice.whole(1, 40), call, caller, error=error)
        moment += max(1, int(dice.whole(1700, 1900) / actor.stage.scale))
