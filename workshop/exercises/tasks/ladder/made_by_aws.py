"""The ladder, step c: did an AWS service make the call, on somebody's behalf or in its own name?"""

# mypy: allow-untyped-defs
# The model answer stands as attendees read it.

from typing import Any

from workshop.exercises.case import Case
from workshop.exercises.exercise import Exercise, paragraphs
from workshop.exercises.judging.common_mistakes import always_true, filters_failed, never_true
from workshop.exercises.judging.kinds import PREDICATE
from workshop.exercises.judging.repairs.calls import match_at_the_beginning
from workshop.exercises.misconception import Misconception, Strength, only
from workshop.exercises.sample_records import Maker, Record, value_at, without
from workshop.exercises.tasks.ladder import knowledge
from workshop.exercises.tasks.ladder.knowledge import inverted

TASK = """\
**Write `made_by_aws(record)`**. It returns `True` if one of these
is so:

- the identity has `invokedBy`, whatever the address is,
- `sourceIPAddress` ends with `.amazonaws.com`,
- `sourceIPAddress` is `AWS Internal`,

and `False` otherwise.
"""
HINTS = paragraphs("""
Find a record in which the address is none: `events["sourceIPAddress"].value_counts()`. What else is special about it?
Look at its userIdentity.

Three signs, any of which is enough: `"invokedBy" in identity`; an address that ends with ".amazonaws.com"; an address
that equals "AWS Internal".

Take the address with `record.get("sourceIPAddress") or ""`. Return the three conditions joined by `or`; `bool(…)`
around them gives exactly True or False.
""")


def made_by_aws(record):
    """Tell whether an AWS service made the call, on somebody's behalf or in its own name."""
    identity = record.get("userIdentity") or {}
    address = record.get("sourceIPAddress") or ""
    return bool(identity.get("invokedBy")) or address.endswith(".amazonaws.com") or address == "AWS Internal"


_INVOKED, _ADDRESS, _AGENT = "userIdentity.invokedBy", "sourceIPAddress", "userAgent"
FIELDS = (_INVOKED, _ADDRESS)


def cases(make: Maker) -> list[Case]:
    """Return the cases that judge an answer; `make` (a Maker) gives them fresh ids and keys."""
    ec2, s3, kms = "ec2.amazonaws.com", "s3.amazonaws.com", "kms.amazonaws.com"
    secrets, scaling, internal = "secretsmanager.amazonaws.com", "autoscaling.amazonaws.com", "AWS Internal"
    denied = {"errorCode": "AccessDenied", "errorMessage": "You are not authorized to do this."}

    def by(principal: str, source: str, name: str, identity: Record, **fields: Any) -> Record:
        return make.record(source, name, identity, sourceIPAddress=principal, userAgent=principal, **fields)

    def console(principal: str) -> Record:
        return make.user(accessKeyId=make.key(), invokedBy=principal)

    older = by("cloudformation.amazonaws.com", ec2, "DescribeVpcs", make.session("deploy", "ana"), eventVersion="1.05")
    rotated = {"accountId": "111122223333", "invokedBy": internal}
    named = make.session("ops", scaling)
    return [
        Case("on behalf", "An instance asked for a secret; Secrets Manager has it decrypted, in the instance's name.",
             by(secrets, kms, "Decrypt", make.instance(invokedBy=secrets)), True, None, watch=True),
        Case("denied", "The same, and the call is denied.",
             by(secrets, kms, "Decrypt", make.instance(invokedBy=secrets), **denied), True, "filters_failed"),
        Case("service", "CloudTrail looks at its bucket, in its own name.",
             by("cloudtrail.amazonaws.com", s3, "GetBucketAcl", make.service("cloudtrail.amazonaws.com")), True,
             "on_behalf_only"),
        Case("linked role", "Auto Scaling looks at instances, with the role that it has for this.",
             by(scaling, ec2, "DescribeInstances", make.session("AWSServiceRoleForAutoScaling", "AutoScaling",
                invokedBy=scaling)), True, "services_only"),
        Case("internal", "Something within AWS uses a user's permissions; no service is named.",
             by(internal, kms, "Decrypt", make.user(invokedBy=internal)), True, "internal_forgotten"),
        Case("event", "AWS rotates a key by itself: the identity has no type.",
             by(internal, kms, "RotateKey", rotated), True, "internal_forgotten"),
        Case("older", "An older record: a service's name for an address, but no invokedBy.", older, True,
             "invoked_by_only"),
        Case("older, internal", "An older record: AWS Internal for an address, but no invokedBy.",
             by(internal, kms, "Decrypt", make.user(), eventVersion="1.05"), True, "internal_forgotten"),
        Case("health page", "A user opens a page of the console, and the page asks AWS Health in the user's name: "
             "invokedBy is there, and the address is the user's.",
             make.record("health.amazonaws.com", "DescribeEntityAggregates", console(internal),
                         userAgent=internal), True, "address_only"),
        Case("older console", "An older record of a user who works in the console: invokedBy is there, and the address "
             "is the user's.",
             make.record(ec2, "DescribeVpcs", console("signin.amazonaws.com"), eventVersion="1.05",
                         userAgent="signin.amazonaws.com"), True, "address_only"),
        Case("instance", "An instance calls for itself, from an address.",
             make.record(s3, "ListBuckets", make.instance()), False, "always_true", watch=True),
        Case("user", "A user calls, from an address.", make.record(ec2, "RunInstances", make.user()), False,
             "always_true"),
        Case("IPv6", "A user calls, from an address of the new kind.",
             make.record(ec2, "DescribeVpcs", make.user(), sourceIPAddress="2001:db8:7a1:22::7"), False,
             "looks_for_dots"),
        Case("IPv6, private", "An instance calls through a VPC endpoint, from a private address of the new kind.",
             make.record(s3, "ListBuckets", make.instance(), sourceIPAddress="fd12:3456:789a:1::7",
                         vpcEndpointId="vpce-0a1b2c3d4e5f60718"), False, "looks_for_dots"),
        Case("endpoint", "An instance calls through a VPC endpoint, from a private address.",
             make.record(s3, "ListBuckets", make.instance(), sourceIPAddress="10.0.3.17",
                         vpcEndpointId="vpce-0a1b2c3d4e5f60718"), False, "always_true"),
        Case("console", "A user works in the console: the program is AWS's own, the user's address is there.",
             make.record(s3, "ListBuckets", make.user(), userAgent=internal), False, "trusts_agent",
             fields=(*FIELDS, _AGENT)),
        Case("forged", "A session calls from an address, with a program that names itself after a service.",
             make.record(s3, "ListBuckets", make.instance(), userAgent=secrets), False, "trusts_agent",
             fields=(*FIELDS, _AGENT)),
        Case("named", "A session that somebody called after a service.", make.record(ec2, "DescribeVpcs", named), False,
             "searches_everything", fields=(*FIELDS, "userIdentity.arn")),
        Case("ends alike", "A name of tomorrow for an address: it ends with amazonaws.com, without the dot before it.",
             make.record(s3, "ListBuckets", make.user(), sourceIPAddress="notamazonaws.com"), False, "ends_alike"),
        Case("begins alike", "A name of tomorrow for an address: a service's name stands in it, and it ends otherwise.",
             make.record(s3, "ListBuckets", make.user(), sourceIPAddress="s3.amazonaws.com.example.net"), False,
             "ends_alike"),
        Case("insight", "An Insight record: it has neither identity nor address.", make.insight(), False, None,
             may_raise=True),
        Case("no address", "A record without any address.",
             without(make.record(ec2, "DescribeVpcs", make.user()), _ADDRESS), False, None, may_raise=True),
    ]  # fmt: skip


def _invoked(record: Record) -> bool:
    return bool(value_at(record, _INVOKED))


def _text(record: Record, field: str) -> str:
    return str(record.get(field) or "")


def _service_name(record: Record) -> bool:
    return _text(record, _ADDRESS).endswith(".amazonaws.com")


def _internal(record: Record) -> bool:
    return _text(record, _ADDRESS) == "AWS Internal"


def _agent(record: Record) -> bool:
    return _text(record, _AGENT).endswith(".amazonaws.com") or _text(record, _AGENT) == "AWS Internal"


_INTERNAL = {"internal", "event", "older, internal"}
_ALIKE = {"ends alike", "begins alike"}
_BY_INVOKED = {"health page", "older console"}
MISCONCEPTIONS = (
    Misconception(
        "trusts_agent",
        "It says True where nothing but the userAgent names AWS. That is what the caller's program says of "
        "itself, and a thief's program says what the thief likes.",
        "look at invokedBy and at sourceIPAddress, which AWS writes.",
        rules=(_agent, lambda r: _agent(r) or _invoked(r), lambda r: _agent(r) or made_by_aws(r)),
        when=lambda s: "forged" in s.false_alarms and "user" not in s.false_alarms,
        case="forged",
    ),
    Misconception(
        "invoked_by_only",
        "It finds no record that has a service's name for an address and no invokedBy. Older records are like that.",
        "an address that ends with .amazonaws.com is a sign too.",
        rules=(_invoked, lambda r: _invoked(r) or _internal(r)),
        case="older",
    ),
    Misconception(
        "internal_forgotten",
        'It finds the names of services, and not "AWS Internal": sometimes AWS does not say which of them it was.',
        'take the address "AWS Internal", or invokedBy, for a sign as well.',
        rules=(_service_name,),
        when=lambda s: not s.false_alarms and bool(_INTERNAL & {*s.missed}) and {*s.missed} <= _INTERNAL | _BY_INVOKED,
        case="internal",
    ),
    Misconception(
        "and_for_or",
        "One sign is not enough for it. Each of them is.",
        "join the conditions by `or`.",
        rules=(
            lambda r: _invoked(r) and _service_name(r),
            lambda r: _invoked(r) and (_service_name(r) or _internal(r)),
        ),
        case="older",
    ),
    Misconception(
        "services_only",
        "It leaves out services that act for somebody. They have that somebody's identity; of the type "
        "AWSService is who acts in a service's own name.",
        "look at invokedBy and at sourceIPAddress.",
        rules=(lambda r: value_at(r, "userIdentity.type") == "AWSService",),
        when=lambda s: "AWSService" in s.compared_with("userIdentity.type"),
        case="on behalf",
    ),
    Misconception(
        "on_behalf_only",
        "It leaves out services that act in their own name.",
        "do not look at the identity's type.",
        when=only(missed={"service", "event"}),
        case="service",
    ),
    Misconception(
        "ends_alike",
        "It accepts names that only look alike: what is asked for stands at the end, and begins with a dot.",
        'ask whether it ends with ".amazonaws.com"; in a pattern a dot stands for any character, and `\\.` for a dot.',
        when=only(false_alarms=_ALIKE),
        case="ends alike",
    ),
    Misconception(
        "address_only",
        "It leaves out calls that bear the user's own address. AWS makes such calls in a user's name: "
        "invokedBy is there then.",
        "`invokedBy` stands in userIdentity: does your function look for it there?",
        rules=(lambda r: _service_name(r) or _internal(r),),
        when=only(missed=_BY_INVOKED, false_alarms=_ALIKE),
        case="health page",
    ),
    Misconception(
        "event_source",
        "It looks at eventSource. That is the service that was called, so it is one in every record; asked for is who "
        "called.",
        "look at invokedBy and at sourceIPAddress.",
        when=lambda s: "user" in s.false_alarms and ("", "eventSource") in s.read,
        strength=Strength.EVIDENT,
        case="user",
    ),
    Misconception(
        "looks_for_dots",
        "It takes an address of the new kind, IPv6, for none: such addresses have colons and no dots.",
        "do not ask what an address looks like; ask for a service's name.",
        when=lambda s: set(s.false_alarms) - _ALIKE in ({"IPv6"}, {"IPv6, private"}, {"IPv6", "IPv6, private"}),
        case="IPv6",
    ),
    Misconception(
        "searches_everything",
        "It finds what is only named after a service, and people may name things after services.",
        "look at invokedBy and at sourceIPAddress only.",
        when=lambda s: "named" in s.false_alarms and "user" not in s.false_alarms,
        case="named",
    ),
    always_true("user", "which of these calls came from an address?"),
    never_true(
        "on behalf",
        "is there a `return False` too early, or a condition that no record can meet?",
        "It returns False for every record, even this one.",
    ),
    filters_failed("Who made a call does not depend on that."),
    inverted(made_by_aws, "on behalf"),
)

EXERCISE = Exercise(
    name="made_by_aws",
    title="The ladder, step c: made by AWS",
    notebook="05a",
    task=TASK,
    hints=HINTS,
    model=made_by_aws,
    kind=PREDICATE,
    cases=cases,
    misconceptions=MISCONCEPTIONS,
    repairs=(match_at_the_beginning,),
    well_done="Neither field can be written by the caller: that is why you may trust them, unlike the userAgent.",
    fields=FIELDS,
    explains=knowledge.explains,
)
