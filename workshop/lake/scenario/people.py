"""Engineers at work: sign-ins, bursts of console and command-line calls, a contractor's sweeps through the account."""

from .callers import BOTO3, CLI, CLI_MAC, FIREFOX, INTERNAL, SAFARI, Caller, assumed_role, iam_user, root
from .company import DAY, DAYS, DOMAIN, FIRST_DAY, HOUR, OFFICE, OFFICE_V6, PEOPLE, Person, permission_set_role
from .errors import DENIED, EC2_DENIED, NO_ENTITY, NO_INSTANCE, NO_LOGIN, NOT_FOUND, THROTTLED, Error
from .stage import Actor, Label, Stage, names

# What a person looks at in one sitting.
_INTERESTS = {
    "compute": names(
        "ec2:DescribeInstances ec2:DescribeInstanceStatus ec2:DescribeVolumes ec2:DescribeSecurityGroups "
        "ec2:DescribeAddresses ec2:DescribeTags autoscaling:DescribeAutoScalingGroups cloudwatch:DescribeAlarms "
        "autoscaling:DescribeScalingActivities elbv2:DescribeTargetHealth elbv2:DescribeLoadBalancers "
        "ssm:DescribeInstanceInformation ec2:DescribeRegions"
    ),
    "functions": names(
        "lambda:ListFunctions20150331 lambda:GetFunction20150331v2 lambda:GetPolicy20150331v2 logs:DescribeLogGroups "
        "logs:DescribeLogStreams logs:FilterLogEvents logs:StartQuery logs:GetQueryResults logs:GetQueryResults "
        "lambda:ListEventSourceMappings20150331 cloudwatch:DescribeAlarms cloudwatch:GetDashboard events:ListRules"
    ),
    "storage": names(
        "s3:ListBuckets s3:GetBucketLocation s3:GetBucketAcl s3:GetBucketPolicyStatus s3:GetBucketPublicAccessBlock "
        "s3:GetBucketVersioning dynamodb:ListTables dynamodb:DescribeTable rds:DescribeDBInstances "
        "rds:DescribeDBSnapshots rds:DescribeDBParameters backup:ListBackupJobs"
    ),
    "audit": names(
        "cloudtrail:LookupEvents cloudtrail:DescribeTrails cloudtrail:GetTrailStatus cloudtrail:GetEventSelectors "
        "iam:ListRoles iam:ListUsers iam:GetAccountSummary iam:ListAccessKeys iam:ListMFADevices iam:GetRole "
        "guardduty:ListDetectors guardduty:ListFindings config:DescribeComplianceByConfigRule "
        "organizations:DescribeOrganization iam:ListAttachedRolePolicies"
    ),
    "front": names(
        "cloudfront:ListDistributions cloudfront:GetDistribution route53:ListHostedZones "
        "route53:ListResourceRecordSets acm:ListCertificates acm:DescribeCertificate elbv2:DescribeListeners "
        "apigateway:GetRestApis health:DescribeEventAggregates"
    ),
    "stacks": names(
        "cloudformation:ListStacks cloudformation:DescribeStacks cloudformation:DescribeStackEvents "
        "cloudformation:DescribeStackResources cloudformation:GetTemplate stepfunctions:ListStateMachines "
        "sns:ListTopics sqs:ListQueues sqs:GetQueueAttributes sns:ListSubscriptionsByTopic"
    ),
    "data": names(
        "athena:ListWorkGroups athena:StartQueryExecution athena:GetQueryExecution athena:GetQueryExecution "
        "dynamodb:DescribeTable rds:DescribeDBInstances s3:GetBucketLocation secretsmanager:DescribeSecret"
    ),
    "money": names("ce:GetCostAndUsage organizations:ListAccounts health:DescribeEventAggregates"),
}
_USUAL = {
    "amelie": {"audit": 4, "compute": 3, "stacks": 3, "storage": 2, "functions": 2, "money": 2, "front": 1},
    "bruno": {"functions": 5, "compute": 3, "stacks": 2, "front": 2},
    "chidi": {"compute": 4, "functions": 4, "storage": 2, "stacks": 2, "audit": 1},
    "dagny": {"data": 6, "storage": 3, "functions": 2},
    "elif": {"front": 4, "functions": 2, "money": 1},
    "farid": {"storage": 3, "compute": 3, "money": 1, "audit": 2},
}
_CHANGES = {
    "amelie": ("cloudwatch:PutMetricAlarm", "ec2:AuthorizeSecurityGroupIngress", "iam:TagRole", "ssm:SendCommand"),
    "bruno": ("cloudfront:CreateInvalidation", "lambda:UpdateFunctionConfiguration20150331v2", "ssm:PutParameter"),
    "chidi": ("autoscaling:SetDesiredCapacity", "ssm:StartSession", "ssm:PutParameter", "ec2:StopInstances"),
    "dagny": ("rds:CreateDBSnapshot", "dynamodb:UpdateTable", "athena:StartQueryExecution", "events:PutRule"),
    "elif": ("cloudfront:CreateInvalidation",),
    "farid": ("ec2:CreateTags", "ec2:CreateSnapshot"),
}
# Parts of an account that are closed to a permission set, or to a person.
_CLOSED: dict[str, tuple[str, ...]] = {
    "DeveloperAccess": ("organizations:", "iam:List", "ce:", "guardduty:", "cloudtrail:GetEventSelectors"),
    "DataAccess": ("organizations:", "iam:", "ce:", "ec2:"),
    "elif": ("organizations:", "iam:", "ce:", "lambda:GetFunction", "logs:StartQuery"),
    "farid": ("organizations:", "iam:ListUsers", "iam:ListMFADevices", "secretsmanager:Get", "iam:GetAccount"),
}


def everybody(stage: Stage) -> None:
    """Let everybody work through the four days."""
    for person in PEOPLE:
        actor = stage.actor("person", person.name)
        for day in range(DAYS):
            _working_day(actor, person, day)
    _slips(stage.actor("slips"))
    _cost_review(stage.actor("cost review"))
    _tidying(stage.actor("tidying"))
    _maintenance(stage.actor("maintenance"))


def failure(actor: Actor, call: str, closed: tuple[str, ...] = (), rarely: float = 0.012) -> Error | None:
    """Return an error that this call fails with, or None; those that begin like one of `closed` mostly fail."""
    if call.startswith(closed) and actor.dice.chance(0.7):
        return EC2_DENIED if call.startswith("ec2:") else DENIED
    if actor.dice.chance(rarely):
        if call.startswith("ec2:"):
            return actor.dice.pick((EC2_DENIED, NO_INSTANCE))
        return actor.dice.pick((DENIED, THROTTLED, NO_ENTITY if call.startswith("iam:") else NOT_FOUND))
    return None


def _working_day(actor: Actor, person: Person, day: int) -> None:
    dice = actor.dice
    where = person.home
    if person.name != "farid" and dice.chance(0.65):
        where = OFFICE_V6 if dice.chance(0.2) else OFFICE
    browser = SAFARI if person.name in ("bruno", "dagny") else FIREFOX
    begin = FIRST_DAY + day * DAY + dice.whole(12 * HOUR + 1200, 14 * HOUR)
    console, closed = _sign_in(actor, person, begin, where, browser)
    tool = CLI_MAC if person.name in ("bruno", "dagny") else CLI
    for sitting in range(max(1, actor.count(dice.between(4, 9) * person.busy))):
        moment: float = begin + 60 if sitting == 0 else max(begin + 120, actor.office_moment(day))
        at_terminal = dice.chance(0.4)
        caller = Caller(console.identity, where, tool) if at_terminal else console
        if at_terminal and not person.sso:
            caller = Caller(iam_user(person.name), where, BOTO3 if dice.chance(0.4) else tool)
        if at_terminal:
            actor.does(moment, "sts:GetCallerIdentity", caller)
        interest = _INTERESTS[dice.weighted(_USUAL[person.name])]
        for _ in range(dice.heavy(5, 60)):
            moment += dice.heavy(1, 90)
            call = dice.pick(interest)
            who = caller
            if caller.console and dice.chance(0.06):
                # The console asks some things for itself.
                who = Caller(caller.identity, INTERNAL, INTERNAL, console=True, tls=False)
            actor.does(moment, call, who, error=failure(actor, call, closed), user=person.name)
        if dice.chance(0.45):
            change = dice.pick(_CHANGES[person.name])
            done = actor.does(moment + dice.whole(5, 60), change, caller, user=person.name, peer=where, count=3)
            if change == "ssm:StartSession":
                done.things["ssm_session"] = session = f"{person.name}-{dice.letters(17, '0123456789abcdef')}"
                actor.does(done.when + dice.heavy(90, 3000), "ssm:TerminateSession", caller, ssm_session=session)


def _sign_in(actor: Actor, person: Person, moment: float, where: str, browser: str) -> tuple[Caller, tuple[str, ...]]:
    """Sign a person in to the console; return the caller they are then, and the calls that are closed to them."""
    dice = actor.dice
    key = dice.access_key()
    if person.sso and dice.chance(0.85):
        permission_set = dice.pick(person.sso)
        identity = actor.signs_in(moment, person.name, permission_set, where, browser, key)
        return Caller(identity, where, browser, console=True), _CLOSED.get(permission_set, ())
    plain = {k: v for k, v in iam_user(person.name).items() if k != "accessKeyId"}
    actor.does(
        moment - dice.whole(20, 90),
        "signin:ConsoleLogin",
        Caller(plain, where, browser),
        outcome="Success",
        mfa_used="Yes" if person.mfa else "No",
    )
    identity = iam_user(person.name, key, session_since=moment, mfa=person.mfa)
    return Caller(identity, where, browser, console=True), _CLOSED.get(person.name, ())


def _slips(actor: Actor) -> None:
    """Sign-ins that are not quite everyday: wrong passwords, a name mistyped, the root user once."""
    dice = actor.dice
    for day, name, address in ((0, "elif", OFFICE), (2, "bruno", PEOPLE[1].home), (3, "elif", OFFICE)):
        moment = FIRST_DAY + day * DAY + dice.whole(12 * HOUR, 12 * HOUR + 1100)
        caller = Caller({**iam_user(name), "accessKeyId": ""}, address, FIREFOX)
        actor.does(moment, "signin:ConsoleLogin", caller, error=NO_LOGIN, mfa_used="No")
    unknown = {
        "type": "IAMUser",
        "accountId": "111122223333",
        "accessKeyId": "",
        "userName": "HIDDEN_DUE_TO_SECURITY_REASONS",
    }
    moment = FIRST_DAY + DAY + 13 * HOUR + 371
    actor.does(moment, "signin:ConsoleLogin", Caller(unknown, OFFICE, FIREFOX), error=NO_LOGIN, mfa_used="No")
    moment = FIRST_DAY + 15 * HOUR + 844
    person = Caller(root(), OFFICE, FIREFOX)
    actor.does(moment, "signin:ConsoleLogin", person, outcome="Success", mfa_used="Yes")
    attributes = {"creationDate": "2026-03-09T15:14:04Z", "mfaAuthenticated": "true"}
    session = {**root(), "accessKeyId": dice.access_key(), "sessionContext": {"attributes": attributes}}
    for call in ("iam:GetAccountSummary", "ce:GetCostAndUsage", "organizations:DescribeOrganization"):
        moment += dice.whole(20, 200)
        actor.does(moment, call, Caller(session, OFFICE, FIREFOX, console=True))


def _tidying(actor: Actor) -> None:
    """An engineer removes what an experiment has left, by hand, on two evenings."""
    dice = actor.dice
    label = Label(step="look-alike", reason="an engineer removes what an experiment has left", deleting=True)
    role, email = permission_set_role("DeveloperAccess"), f"chidi@{DOMAIN}"
    for day, experiment in ((0, "queue-times"), (2, "map-tiles")):
        moment = FIRST_DAY + day * DAY + 22 * HOUR + dice.whole(0, 1500)
        caller = Caller(assumed_role(role, email, dice.access_key(), moment - 7200), PEOPLE[2].home, CLI)
        actor.does(moment, "logs:DescribeLogGroups", caller)
        for number in range(1, 4):
            group = f"/mapleferry/experiment/{experiment}-{number}"
            for call in ("logs:DescribeLogStreams", "logs:DeleteLogStream", "logs:DeleteLogGroup"):
                moment += dice.heavy(3, 30)
                about = label if "Delete" in call else None
                actor.does(moment, call, caller, label=about, log_group=group, log_stream="results")


def _maintenance(actor: Actor) -> None:
    """The platform lead takes the maintenance role now and then, for work that she does not want to do by accident."""
    dice = actor.dice
    for day, hour in ((0, 17), (1, 14), (3, 19)):
        moment = FIRST_DAY + day * DAY + hour * HOUR + dice.whole(0, 3000)
        lead = Caller(iam_user("amelie"), OFFICE, CLI)
        caller = Caller(actor.takes_role(moment, lead, "mapleferry-maintenance", "log-maintenance"), OFFICE, CLI)
        for call in names(
            "sts:GetCallerIdentity logs:DescribeLogGroups logs:PutRetentionPolicy logs:DescribeMetricFilters "
            "s3:GetBucketLifecycle s3:GetBucketPolicy"
        ):
            moment += dice.heavy(3, 60)
            actor.does(moment, call, caller, days=90)


def _cost_review(actor: Actor) -> None:
    """The contractor sweeps the account for costs: fast, broad, with denied calls, through a VPN. All of it agreed."""
    dice = actor.dice
    person = next(person for person in PEOPLE if person.name == "farid")
    sweep = (
        *_INTERESTS["compute"],
        *_INTERESTS["storage"],
        *names(
            "logs:DescribeLogGroups logs:DescribeLogStreams cloudtrail:DescribeTrails cloudtrail:GetTrailStatus "
            "iam:ListRoles iam:ListUsers iam:ListAttachedRolePolicies iam:GetAccountAuthorizationDetails "
            "secretsmanager:ListSecrets ssm:DescribeParameters lambda:ListFunctions20150331 ses:GetSendQuota "
            "kms:ListKeys ec2:DescribeImages guardduty:ListDetectors"
        ),
    )
    for day, hour in ((0, 19), (1, 17), (1, 22), (2, 14), (2, 22), (3, 16)):
        moment = FIRST_DAY + day * DAY + hour * HOUR + dice.whole(300, 2400)
        key = dice.access_key()
        long_lived = Caller(iam_user(person.name), person.home, CLI)
        actor.does(moment, "sts:GetSessionToken", long_lived, user=person.name, issued_key=key, lifetime=43_200)
        identity = iam_user(person.name, key, session_since=moment, mfa=True)
        caller = Caller(identity, person.home, dice.pick((BOTO3, CLI)))
        actor.does(moment + 6, "sts:GetCallerIdentity", caller)
        for call in dice.shuffled(sweep)[: max(1, actor.count(dice.whole(24, 40)))]:
            moment += dice.heavy(1, 30)
            actor.does(moment + 8, call, caller, error=failure(actor, call, _CLOSED["farid"]), user=person.name)
        _hop(actor, moment + 60, person)


def _hop(actor: Actor, moment: float, person: Person) -> None:
    """A jump tool names its session after the instance it visits: it only looks like instance credentials."""
    dice = actor.dice
    target = dice.pick(("i-0d4c7b1e9a2f63580", "i-0a93c5d21be78f604"))
    taker = Caller(iam_user(person.name), person.home, CLI)
    identity = actor.takes_role(moment, taker, "mapleferry-stepping-stone", target)
    label = Label(
        step="look-alike",
        reason="session of the jump tool, named after the instance it visits: no instance credentials",
        instance=True,
    )
    caller = Caller(identity, person.home, dice.pick((CLI, BOTO3)))
    session = f"{target}-{dice.letters(17, '0123456789abcdef')}"
    for call in ("sts:GetCallerIdentity", "ec2:DescribeInstances", "ssm:StartSession"):
        moment += dice.whole(2, 9)
        actor.does(moment, call, caller, label=label, instance=target, ssm_session=session)
    moment += dice.heavy(60, 2000)
    actor.does(moment, "ssm:TerminateSession", caller, label=label, ssm_session=session)
