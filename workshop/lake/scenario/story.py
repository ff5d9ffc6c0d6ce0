"""The incident: credentials of a web server are stolen and used from elsewhere. Reading this spoils the exercises.

Tuesday: somebody makes a web server fetch its own credentials from IMDSv1 and hand them out; a first look around from
a VPN. Wednesday evening: the same again; secrets are read, the operations trail is stopped, its traces are deleted.
The audit trail survives, because an organization policy protects it, and delivers the files of this lake. In the last
hour of Wednesday log files are removed from its bucket: only the digest files tell. On Thursday Terraform makes anew
what is missing.
"""

from dataclasses import dataclass, field

from .callers import BOTO3, CLI, Caller, assumed_role
from .calls import arn
from .company import FIRST_DAY, HOME, LOG_BUCKET, OPS_TRAIL, RUNNERS, TRAIL, VICTIM, VPN_EXIT
from .instances import decrypts, instance_sessions
from .pipelines import REPAIRED
from .record import DENIED, EC2_DENIED, NEEDS_NAME, NO_TRAIL, NOT_FOUND, SCP_DENIED, pinned
from .stage import Label, names

HOUR = 3600
TUESDAY, WEDNESDAY = FIRST_DAY + 86_400, FIRST_DAY + 2 * 86_400
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
_DELETES = {"deleting": True}
_UNSEEN = {"instance": False}


@dataclass(frozen=True)
class Act:
    """One step of the thief: `wait` seconds after the last one (from, to); `rules` as in Label."""

    call: str
    step: str
    reason: str = _LOOKS
    error: tuple | None = None
    wait: tuple = (4, 25)
    rules: dict = field(default_factory=dict)
    things: dict = field(default_factory=dict)
    other_role: bool = False


def _look(call, error=None, **things):
    return Act(call, "discovery", error=error, wait=(3, 60), things=things)


def _secret(call, error=None, **things):
    return Act(call, "secrets", error=error, wait=(8, 80), things=things)


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
        rules=_DELETES,
        things={"trail": TRAIL, "target": arn("cloudtrail", f"trail/{TRAIL}", HOME)},
    ),
    Act(
        "cloudtrail:StopLogging",
        "stop-logging",
        "the operations trail is switched off",
        rules={"stopping": True},
        things={"trail": OPS_TRAIL},
    ),
    Act(
        "cloudtrail:PutEventSelectors",
        "stop-logging",
        "the operations trail is told to record less: no Delete in the name",
        things={"trail": OPS_TRAIL, "read_write": "ReadOnly"},
    ),
    *(
        act
        for group in ("/mapleferry/web/access", "/mapleferry/web/application")
        for act in (
            _look("logs:DescribeLogStreams", log_group=group),
            *(
                Act(
                    "logs:DeleteLogStream",
                    "delete-logs",
                    "a log stream of the web server is deleted",
                    rules=_DELETES,
                    things={"log_group": group, "log_stream": stream},
                )
                for stream in (VICTIM.id, f"{VICTIM.id}/error")
            ),
        )
    ),
    Act(
        "logs:PutRetentionPolicy",
        "delete-logs",
        "retention cut to one day, so that logs delete themselves: no Delete in the name",
        things={"log_group": "/mapleferry/web/application", "days": 1},
    ),
    Act(
        "sts:AssumeRole",
        "take-role",
        "the stolen session takes another role",
        things={"role": "mapleferry-maintenance", "session_name": "log-maintenance"},
    ),
    Act("sts:GetCallerIdentity", "take-role", _OTHER_ROLE, rules=_UNSEEN, other_role=True),
    Act(
        "s3:GetBucketPolicy",
        "discovery",
        _OTHER_ROLE,
        rules=_UNSEEN,
        things={"bucket": LOG_BUCKET},
        other_role=True,
    ),
    Act(
        "logs:DeleteLogGroup",
        "delete-logs",
        "a log group is deleted by the thief as another role",
        rules=_UNSEEN | _DELETES,
        things={"log_group": "/mapleferry/worker/jobs"},
        other_role=True,
    ),
    *(
        Act(
            "logs:DeleteLogGroup",
            "delete-logs",
            "attempt to delete a log group: not allowed" if error else "a log group is deleted",
            error=error,
            rules=_DELETES,
            things={"log_group": group},
        )
        for group, error in (
            ("/mapleferry/web/access", None),
            ("/mapleferry/bastion/ssh", None),
            ("/aws/lambda/mapleferry-ticket-mailer", DENIED),
        )
    ),
    Act(
        "cloudtrail:DeleteTrail",
        "delete-trail",
        "the operations trail is deleted",
        rules=_DELETES,
        things={"trail": OPS_TRAIL},
    ),
    Act("sts:GetCallerIdentity", "discovery", wait=(30, 60)),
)


def incident(stage):
    """Let it happen: a first look on Tuesday, the damage on Wednesday evening."""
    actor = stage.actor("incident")
    sessions = instance_sessions(stage.seed, VICTIM, "1.0")
    first, second = _newest(sessions, FIRST_VISIT), _newest(sessions, SECOND_VISIT)
    _mark_issued(stage, (first.key, second.key))
    _play(actor, FIRST_VISIT, _FIRST_VISIT[:7], first.caller(CLI, FROM_VPN))
    _play(actor, FIRST_VISIT + 500, _FIRST_VISIT[7:], first.caller(BOTO3, FROM_VPN))
    _play(actor, SECOND_VISIT, _SECOND_VISIT, second.caller(CLI, FROM_RUNNER))
    _play(actor, LOGGING_STOPS, _DAMAGE, second.caller(CLI, FROM_RUNNER), together="damage")
    _consequences(stage)


def _newest(sessions, visit):
    """Return the session whose credentials the instance held a quarter of an hour before a visit."""
    return max((session for session in sessions if session.since < visit - 900), key=lambda session: session.since)


def _mark_issued(stage, keys):
    """The records that show where the stolen sessions came from are harmless, and worth finding."""
    for event in stage.events:
        if event.things.get("issued_key") in keys:
            event.label = Label(
                step="credentials-issued",
                reason="EC2 gives the instance the session that is stolen later: an ordinary record",
            )


def _consequences(stage):
    """What was deleted is missed by others, until Terraform makes it anew."""
    gone = {}
    for event in stage.events:
        if event.call.key in ("logs:DeleteLogGroup", "cloudtrail:DeleteTrail") and event.together and not event.error:
            gone |= {name: event.when for kind, name in event.things.items() if kind in ("trail", "log_group")}
    for event in stage.events:
        kind = _NEEDS.get(event.call.key)
        if kind and event.error != DENIED and gone.get(pinned(event, kind), REPAIRED) < event.when < REPAIRED:
            event.error = NO_TRAIL if kind == "trail" else NOT_FOUND


def _play(actor, moment, acts, caller, together=None):
    other = None
    for act in acts:
        moment += actor.dice.whole(*act.wait)
        who = other if act.other_role else caller
        truth = "attempted" if act.error else "malicious"
        label = Label(truth, act.step, act.reason, **{"instance": True, **act.rules})
        things = dict(act.things)
        if act.call == "sts:AssumeRole":
            things["issued_key"] = key = actor.dice.access_key()
            other = Caller(assumed_role(things["role"], things["session_name"], key, moment), caller.address, CLI)
        event = actor.does(moment, act.call, who, error=act.error, label=label, **things)
        event.together = together
        if act.step == "secrets" and not act.error:
            decrypts(actor, event, "secret" if act.call.startswith("secretsmanager:") else "parameter", label)
