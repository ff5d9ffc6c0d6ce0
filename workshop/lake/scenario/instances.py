"""Instances at work: their credentials, their agents, the application on them, an old log shipper."""

from dataclasses import dataclass
from typing import Any

from .api_identity import ASSUMED_BY_SERVICE
from .callers import BOTO3, CLI, CLOUDWATCH_AGENT, OLD_BOTO3, SSM_AGENT, Caller, assumed_role, on_behalf, service
from .company import DAY, DAYS, END, FIRST_DAY, HOME, HOUR, INSTANCES, VICTIM, Instance, arn
from .dice import Dice
from .errors import DENIED, EXISTS, NEEDS_NAME
from .people import failure
from .stage import Actor, Event, Label, Stage, names

_LIFETIME = 6 * HOUR + 900

_AGENT = Label(reason="Systems Manager agent on the instance itself", instance=True)
_AGENT_NAT = Label(
    step="look-alike",
    reason="Systems Manager agent in a private subnet, behind the company's NAT address",
    instance=True,
)
_AGENT_OLD = Label(
    step="look-alike",
    reason="Systems Manager agent on the instance itself; no ec2RoleDelivery recorded",
    instance=True,
)
_APPLICATION = Label(reason="the application on the instance itself", instance=True)
_DEBUGGING = Label(reason="an engineer at work on the instance itself", instance=True)
_SHIPPER = Label(reason="the old log shipper on the instance itself, through IMDSv1", instance=True)
_ROTATION = Label(
    step="look-alike",
    reason="log rotation by the old log shipper on the instance itself",
    instance=True,
    deleting=True,
)

_SECRETS = {"secretsmanager:GetSecretValue": "secret", "ssm:GetParameter": "parameter"}
_APPLICATION_CALLS = {
    "mapleferry-web": names("secretsmanager:GetSecretValue ssm:GetParameter ses:GetSendQuota sqs:GetQueueUrl"),
    "mapleferry-worker": names("sqs:GetQueueAttributes dynamodb:DescribeTable secretsmanager:GetSecretValue"),
    "mapleferry-bastion": names("ec2:DescribeInstances ec2:DescribeTags"),
}


@dataclass(frozen=True)
class InstanceSession:
    """One set of credentials that EC2 issued to an instance, good for six hours and a quarter from `since` on."""

    instance: Instance
    key: str
    since: int
    delivery: str

    def caller(self, agent: str, address: str | None = None) -> Caller:
        """Return who calls with these credentials: from the instance, unless another address is given."""
        scope = arn("ec2", f"instance/{self.instance.id}", HOME) if self.delivery else None
        identity = assumed_role(
            self.instance.role, self.instance.id, self.key, self.since, delivery=self.delivery or None, scope=scope
        )
        return Caller(identity, address or self.instance.address, agent)


def instance_sessions(seed: int, instance: Instance, delivery: str) -> list[InstanceSession]:
    """Return the sessions of an instance through the four days, the first one begun before them, oldest first."""
    dice = Dice(seed, "instance sessions", instance.id, delivery)
    begin, end = (FIRST_DAY + hours * HOUR for hours in instance.hours)
    moment = begin + 40 if begin > FIRST_DAY else begin - dice.whole(0, 3 * HOUR)
    sessions = []
    while moment < end:
        sessions.append(InstanceSession(instance, dice.access_key(), moment, delivery))
        moment += dice.whole(3 * HOUR + 1200, 4 * HOUR)
    return sessions


def newest_before(moment: float, sessions: list[InstanceSession]) -> InstanceSession:
    """Return the session whose credentials an instance held just before a moment."""
    return max((session for session in sessions if session.since < moment), key=lambda session: session.since)


def runs(instance: Instance, moment: float) -> bool:
    """Return whether the instance exists at a moment."""
    return instance.hours[0] <= (moment - FIRST_DAY) / HOUR < instance.hours[1]


def everything(stage: Stage) -> None:
    """Let the instances work through the four days."""
    for instance in INSTANCES:
        _agents(stage.actor("instance", instance.id), instance)
        if instance.shipper:
            _shipper(stage.actor("shipper", instance.id), instance)
    _debugging(stage.actor("debugging"))


def _issue(actor: Actor, session: InstanceSession) -> None:
    if runs(session.instance, session.since):
        ec2, role, name = service("ec2.amazonaws.com"), session.instance.role, session.instance.id
        actor.takes_role(session.since, ec2, role, name, ASSUMED_BY_SERVICE, key=session.key, lifetime=_LIFETIME)


def _agents(actor: Actor, instance: Instance) -> None:
    dice = actor.dice
    label = _AGENT if instance.delivery else _AGENT_OLD
    if instance.role == "mapleferry-worker":
        label = _AGENT_NAT
    association = Dice("association", instance.id).letters(8, "0123456789abcdef") + "-4c1d-4e2f-9a3b-5d6e7f8091a2"
    sessions = instance_sessions(actor.stage.seed, instance, instance.delivery)
    for number, session in enumerate(sessions):
        _issue(actor, session)
        end = sessions[number + 1].since + 300 if number + 1 < len(sessions) else END
        agent = session.caller(SSM_AGENT)
        application = session.caller(CLI if instance.name == "bastion" else BOTO3)
        plan = (
            ("ssm:UpdateInstanceInformation", 1800, agent, label),
            ("ssm:ListInstanceAssociations", 7200, agent, label),
            ("application", 3600, application, _APPLICATION),
            ("logs:CreateLogStream", 14_400, session.caller(CLOUDWATCH_AGENT), _APPLICATION),
            ("inventory", 43_200, agent, label),
        )
        for what, every, caller, about in plan:
            moment = session.since + dice.whole(5, every)
            while moment < end:
                if runs(instance, moment):
                    _step(actor, what, moment, caller, about, instance, association)
                moment += max(1, int(every * dice.between(0.9, 1.1) / actor.stage.scale))


def decrypts(actor: Actor, event: Event, purpose: str, label: Label | None = None) -> None:
    """Let the service that keeps a secret decrypt it, in the name of its reader."""
    keeper = on_behalf(event.caller.identity, f"{event.call.service}.amazonaws.com")
    things: dict[str, Any] = {purpose: event.pinned(purpose)}
    actor.does(event.when, "kms:Decrypt", keeper, label=label, purpose=purpose, **things)


def _step(
    actor: Actor, what: str, moment: float, caller: Caller, label: Label, instance: Instance, association: str
) -> None:
    things: dict[str, Any] = {
        "instance": instance.id,
        "peer": instance.address,
        "computer": instance.name,
        "association": association,
    }
    if what == "inventory":
        for call in (
            "ssm:DescribeAssociation",
            "ssm:GetDocument",
            "ssm:PutInventory",
            "ssm:UpdateInstanceAssociationStatus",
        ):
            moment += actor.dice.whole(1, 4)
            actor.does(moment, call, caller, label=label, **things)
        return
    call = actor.dice.pick(_APPLICATION_CALLS[instance.role]) if what == "application" else what
    error = failure(actor, call, rarely=0.02)
    if call == "logs:CreateLogStream":
        things |= {"log_group": "/mapleferry/web/application", "log_stream": instance.id}
        error = EXISTS
    event = actor.does(moment, call, caller, label=label, error=error, **things)
    if call in _SECRETS and not error:
        decrypts(actor, event, _SECRETS[call], label)


def _debugging(actor: Actor) -> None:
    """Twice an engineer signs in to the web server and tries things from its command line."""
    dice = actor.dice
    for day, hour in ((0, 20), (2, 17)):
        moment = FIRST_DAY + day * DAY + hour * HOUR + dice.whole(0, 1800)
        sessions = instance_sessions(actor.stage.seed, VICTIM, VICTIM.delivery)
        session = newest_before(moment, sessions)
        for call in names(
            "sts:GetCallerIdentity s3:ListBuckets logs:DescribeLogGroups logs:DescribeLogStreams iam:GetUser "
            "secretsmanager:DescribeSecret cloudtrail:DescribeTrails ec2:DescribeInstances kms:ListKeys "
            "ssm:GetParameter"
        ):
            moment += dice.heavy(4, 200)
            error = NEEDS_NAME if call == "iam:GetUser" else DENIED if call == "kms:ListKeys" else None
            actor.does(moment, call, session.caller(CLI), error=error, label=_DEBUGGING)


def _shipper(actor: Actor, instance: Instance) -> None:
    """The old log shipper: it asks IMDSv1 for credentials, so it has a session of its own."""
    dice = actor.dice
    sessions = instance_sessions(actor.stage.seed, instance, "1.0")
    for number, session in enumerate(sessions):
        _issue(actor, session)
        end = sessions[number + 1].since if number + 1 < len(sessions) else END
        caller = session.caller(OLD_BOTO3)
        moment = session.since + dice.whole(60, 600)
        while moment < end:
            if moment >= FIRST_DAY:
                call = dice.weighted(
                    {
                        "logs:DescribeLogStreams": 5,
                        "logs:CreateLogStream": 2,
                        "logs:DescribeLogGroups": 2,
                        "sts:GetCallerIdentity": 1,
                        "ssm:GetParameter": 1,
                        "ec2:DescribeTags": 1,
                    }
                )
                actor.does(
                    moment,
                    call,
                    caller,
                    label=_SHIPPER,
                    error=failure(actor, call, rarely=0.05),
                    log_group="/mapleferry/web/access",
                    log_stream=f"{instance.id}/{moment}",
                    instance=instance.id,
                )
            moment += max(1, int(dice.heavy(420, 2600) / actor.stage.scale))
        for rotation in (FIRST_DAY + day * DAY + 7 * HOUR + 2400 for day in range(DAYS)):  # at 07:40 UTC
            if session.since <= rotation < end:
                _rotates(actor, rotation, caller, instance)


def _rotates(actor: Actor, moment: int, caller: Caller, instance: Instance) -> None:
    for _ in range(2):
        moment += actor.dice.whole(2, 20)
        stream = f"{instance.id}/{moment - 30 * DAY}"
        group = "/mapleferry/web/access"
        actor.does(moment, "logs:DeleteLogStream", caller, label=_ROTATION, log_group=group, log_stream=stream)
