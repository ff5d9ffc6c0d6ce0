"""The incident: credentials of a web server are stolen and used from elsewhere. Reading this spoils the exercises.

Tuesday: the intruder makes a web server fetch its own credentials from IMDSv1 and hand them out; a first look around
from a VPN. Wednesday evening: the same again; secrets are read, the operations trail is stopped, its traces are
deleted. The audit trail survives, because an organization policy protects it, and delivers the files of this lake. In
the last hour of Wednesday log files are removed from its bucket: only the digest files show it. On Thursday Terraform
makes the missing things anew. docs/new-attack-step.md adds a step to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .callers import BOTO3, CLI, Caller, assumed_role
from .company import DAY, FIRST_DAY, HOME, HOUR, LOG_BUCKET, OPS_TRAIL, RUNNERS, TRAIL, VICTIM, VPN_EXIT, arn
from .errors import DENIED, EC2_DENIED, NEEDS_NAME, NO_TRAIL, NOT_FOUND, SCP_DENIED, Error
from .instances import decrypts, instance_sessions, newest_before
from .pipelines import REPAIRED
from .stage import Actor, Label, Stage, names

TUESDAY, WEDNESDAY = FIRST_DAY + DAY, FIRST_DAY + 2 * DAY
FIRST_VISIT = TUESDAY + 17 * HOUR + 2520  # the contractor's cost review goes on at the same time, from the same VPN
SECOND_VISIT = WEDNESDAY + 22 * HOUR + 240
LOGGING_STOPS = SECOND_VISIT + 1010
# Log files delivered in this hour vanish from the bucket. Deleting objects is a data event: no record shows it.
VANISHED = (HOME, WEDNESDAY + 23 * HOUR, WEDNESDAY + 24 * HOUR)
FROM_VPN, FROM_RUNNER = ELSEWHERE = VPN_EXIT, RUNNERS[7]

_NEEDS = {
    **dict.fromkeys(("cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"), "trail"),
    **dict.fromkeys(
        names(
            "logs:DescribeLogStreams logs:CreateLogStream logs:FilterLogEvents logs:StartQuery logs:DeleteLogStream "
            "logs:PutRetentionPolicy logs:ListTagsForResource"
        ),
        "log_group",
    ),
}
_LOOKS = "stolen instance credentials, used from elsewhere"
_OTHER_ROLE = "the thief, as another role: the session's name is no instance id"


@dataclass(frozen=True)
class Act:
    """One call of the thief, as part of a step of the story.

    `wait`: seconds after the last call (from, to). `things` name what the call is about. `other_role`: with the
    credentials of the role that the stolen session took, which the rule for instances' credentials does not see.
    """

    call: str
    step: str
    reason: str = _LOOKS
    error: Error | None = None
    wait: tuple[int, int] = (4, 25)
    things: dict[str, Any] = field(default_factory=dict)
    other_role: bool = False

    @property
    def label(self) -> Label:
        """What is true of the call, failed calls being attempts, and which rules match it."""
        return Label(
            "attempted" if self.error else "malicious",
            self.step,
            self.reason,
            deleting=self.call.startswith(("cloudtrail:Delete", "logs:Delete")),
            stopping=self.call == "cloudtrail:StopLogging",
            instance=not self.other_role,
        )


def _look(call: str, error: Error | None = None, **things: Any) -> Act:
    return Act(call, "discovery", error=error, wait=(3, 60), things=things)


def _secret(call: str, error: Error | None = None, **things: Any) -> Act:
    return Act(call, "secrets", error=error, wait=(8, 80), things=things)


def _damage(call: str, step: str, reason: str, error: Error | None = None, **things: Any) -> Act:
    return Act(call, step, reason, error, things=things)


_FIRST_VISIT = (
    Act("iam:GetUser", "first-use", error=NEEDS_NAME),
    Act("sts:GetCallerIdentity", "first-use"),
    _look("s3:ListBuckets"),
    _look("iam:ListUsers", DENIED),
    _look("iam:ListAttachedRolePolicies", DENIED),
    _look("ec2:DescribeInstances"),
    _look("ec2:DescribeSecurityGroups"),
    _look("ec2:DescribeRegions"),
    _look("iam:GetAccountAuthorizationDetails", DENIED),
    _look("lambda:ListFunctions20150331"),
    _look("rds:DescribeDBInstances"),
    _look("dynamodb:ListTables"),
    _look("secretsmanager:ListSecrets"),
    _look("ssm:DescribeParameters"),
    _look("ses:GetSendQuota"),
    _look("ec2:DescribeInstanceAttribute", EC2_DENIED),
    _look("cloudtrail:DescribeTrails"),
    _look("cloudtrail:GetTrailStatus", trail=OPS_TRAIL),
    _look("logs:DescribeLogGroups"),
    _look("guardduty:ListDetectors"),
    _look("kms:ListKeys", DENIED),
    _look("logs:DescribeLogStreams", log_group="/mapleferry/web/access"),
    _look("logs:DescribeLogStreams", log_group="/mapleferry/web/application"),
    _look("logs:DescribeLogStreams", log_group="/mapleferry/bastion/ssh"),
)

_SECOND_VISIT = (
    Act("sts:GetCallerIdentity", "first-use"),
    _secret("secretsmanager:GetSecretValue", secret="mapleferry/booking-database"),
    _secret("secretsmanager:GetSecretValue", secret="mapleferry/payment-gateway"),
    _secret("ssm:GetParametersByPath"),
    _secret("ssm:GetParameter", parameter="/mapleferry/web/session-secret"),
    _secret("iam:CreateAccessKey", DENIED, user="bruno"),
    _look("cloudtrail:DescribeTrails"),
    _look("cloudtrail:GetTrailStatus", trail=OPS_TRAIL),
    _look("cloudtrail:GetTrailStatus", trail=TRAIL),
    _look("cloudtrail:GetEventSelectors", trail=OPS_TRAIL),
)

_DAMAGE = (
    Act(
        "cloudtrail:DeleteTrail",
        "delete-trail",
        "attempt to delete the audit trail: an organization policy forbids it",
        error=SCP_DENIED,
        wait=(0, 0),
        things={"trail": TRAIL, "target": arn("cloudtrail", f"trail/{TRAIL}", HOME)},
    ),
    _damage("cloudtrail:StopLogging", "stop-logging", "the operations trail is switched off", trail=OPS_TRAIL),
    _damage(
        "cloudtrail:PutEventSelectors",
        "stop-logging",
        "the operations trail is told to record less: no Delete in the name",
        trail=OPS_TRAIL,
        read_write="ReadOnly",
    ),
    *(
        act
        for group in ("/mapleferry/web/access", "/mapleferry/web/application")
        for act in (
            _look("logs:DescribeLogStreams", log_group=group),
            *(
                _damage(
                    "logs:DeleteLogStream",
                    "delete-logs",
                    "a log stream of the web server is deleted",
                    log_group=group,
                    log_stream=stream,
                )
                for stream in (VICTIM.id, f"{VICTIM.id}/error")
            ),
        )
    ),
    _damage(
        "logs:PutRetentionPolicy",
        "delete-logs",
        "retention cut to one day, so that logs delete themselves: no Delete in the name",
        log_group="/mapleferry/web/application",
        days=1,
    ),
    Act(
        "sts:AssumeRole",
        "take-role",
        "the stolen session takes another role",
        things={"role": "mapleferry-maintenance", "session_name": "log-maintenance"},
    ),
    Act("sts:GetCallerIdentity", "take-role", _OTHER_ROLE, other_role=True),
    Act("s3:GetBucketPolicy", "discovery", _OTHER_ROLE, things={"bucket": LOG_BUCKET}, other_role=True),
    Act(
        "logs:DeleteLogGroup",
        "delete-logs",
        "a log group is deleted by the thief as another role",
        things={"log_group": "/mapleferry/worker/jobs"},
        other_role=True,
    ),
    *(
        _damage(
            "logs:DeleteLogGroup",
            "delete-logs",
            "attempt to delete a log group: not allowed" if error else "a log group is deleted",
            error,
            log_group=group,
        )
        for group, error in (
            ("/mapleferry/web/access", None),
            ("/mapleferry/bastion/ssh", None),
            ("/aws/lambda/mapleferry-ticket-mailer", DENIED),
        )
    ),
    _damage("cloudtrail:DeleteTrail", "delete-trail", "the operations trail is deleted", trail=OPS_TRAIL),
    Act("sts:GetCallerIdentity", "discovery", wait=(30, 60)),
)


def incident(stage: Stage) -> None:
    """Let it happen: a first look on Tuesday, the damage on Wednesday evening."""
    actor = stage.actor("incident")
    sessions = instance_sessions(stage.seed, VICTIM, "1.0")
    # The credentials that the instance held a quarter of an hour before each visit.
    first, second = (newest_before(visit - 900, sessions) for visit in (FIRST_VISIT, SECOND_VISIT))
    _mark_issued(stage, (first.key, second.key))
    _play(actor, FIRST_VISIT, _FIRST_VISIT[:7], first.caller(CLI, FROM_VPN))
    _play(actor, FIRST_VISIT + 500, _FIRST_VISIT[7:], first.caller(BOTO3, FROM_VPN))
    _play(actor, SECOND_VISIT, _SECOND_VISIT, second.caller(CLI, FROM_RUNNER))
    _play(actor, LOGGING_STOPS, _DAMAGE, second.caller(CLI, FROM_RUNNER), together="damage")
    _consequences(stage)


def _mark_issued(stage: Stage, keys: tuple[str, ...]) -> None:
    """The records that show where the stolen sessions came from are harmless, and worth finding."""
    for event in stage.events:
        if event.things.get("issued_key") in keys:
            event.label = Label(
                step="credentials-issued",
                reason="EC2 gives the instance the session that is stolen later: an ordinary record",
            )


def _consequences(stage: Stage) -> None:
    """Others miss the deleted things, until Terraform makes them anew."""
    gone: dict[str, int] = {}
    for event in stage.events:
        if event.call.key in ("logs:DeleteLogGroup", "cloudtrail:DeleteTrail") and event.together and not event.error:
            gone |= {name: event.when for kind, name in event.things.items() if kind in ("trail", "log_group")}
    for event in stage.events:
        kind = _NEEDS.get(event.call.key)
        if kind and event.error != DENIED and gone.get(event.pinned(kind), REPAIRED) < event.when < REPAIRED:
            event.error = NO_TRAIL if kind == "trail" else NOT_FOUND


def _play(actor: Actor, moment: int, acts: Sequence[Act], caller: Caller, together: str | None = None) -> None:
    other = caller
    for act in acts:
        moment += actor.dice.whole(*act.wait)
        who = other if act.other_role else caller
        things = dict(act.things)
        if act.call == "sts:AssumeRole":
            things["issued_key"] = key = actor.dice.access_key()
            other = Caller(assumed_role(things["role"], things["session_name"], key, moment), caller.address, CLI)
        event = actor.does(moment, act.call, who, error=act.error, label=act.label, **things)
        event.together = together
        if act.step == "secrets" and not act.error:
            decrypts(actor, event, "secret" if act.call.startswith("secretsmanager:") else "parameter", act.label)
