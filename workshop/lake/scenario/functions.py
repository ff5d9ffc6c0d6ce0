"""Lambda functions at work, and the vendor that watches uptime from another account."""

from .api_identity import ASSUMED_BY_SERVICE
from .callers import LAMBDA_BOTO3, LAMBDA_WORKER, VENDOR, Caller, assumed_role, service, vendor
from .calls import arn
from .company import END, FIRST_DAY, FUNCTIONS, HOME, LAMBDA_ADDRESSES, VENDOR_ADDRESS
from .people import failure
from .record import THROTTLED
from .stage import names

HOUR = 3600


def everything(stage):
    """Let functions and the vendor work through the four days."""
    for name, (rate, uses) in FUNCTIONS.items():
        _function(stage.actor("function", name), f"mapleferry-{name}", rate, uses)
    _vendor(stage.actor("vendor"))


def _function(actor, function, rate, uses):
    """A Lambda function: Lambda takes its role every few hours, and each cold start makes a log stream."""
    dice = actor.dice
    moment = FIRST_DAY + dice.whole(0, 2 * HOUR)
    while moment < END:
        key, end = dice.access_key(), moment + dice.whole(3 * HOUR, 7 * HOUR)
        actor.does(
            moment,
            ASSUMED_BY_SERVICE,
            service("lambda.amazonaws.com"),
            role=function,
            session_name=function,
            issued_key=key,
            lifetime=12 * HOUR,
        )
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


def _awake(dice, moment):
    """Ticket sales follow the day of the customers."""
    hour = moment % 86_400 / HOUR
    return dice.chance(1.0 if 13 <= hour < 24 else 0.5 if hour < 4 or hour > 11 else 0.12)


def _invocation(actor, moment, identity, address, function, uses):
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


def _vendor(actor):
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
        role, key = "mapleferry-vendor-monitoring", dice.access_key()
        actor.does(
            moment,
            "sts:AssumeRole",
            Caller(vendor(), VENDOR_ADDRESS, VENDOR),
            role=role,
            session_name="uptime-watch",
            issued_key=key,
        )
        caller = Caller(assumed_role(role, "uptime-watch", key, moment), VENDOR_ADDRESS, VENDOR)
        for _ in range(dice.whole(2, 5)):
            call = dice.pick(watch)
            error = THROTTLED if dice.chance(0.04) else None
            actor.does(moment + dice.whole(1, 40), call, caller, error=error)
        moment += max(1, int(dice.whole(1700, 1900) / actor.stage.scale))
