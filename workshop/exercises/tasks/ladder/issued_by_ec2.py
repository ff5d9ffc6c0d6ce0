"""The ladder, step b: did EC2 issue this key to an instance, or does a session only look like one?"""

# mypy: allow-untyped-defs
# The model answer stands as attendees read it.

from functools import partial
from typing import Any

from workshop.exercises.case import UNKNOWN, Case
from workshop.exercises.exercise import Exercise, paragraphs
from workshop.exercises.judging.common_mistakes import filters_failed
from workshop.exercises.judging.kinds import PREDICATE_OF_THREE
from workshop.exercises.misconception import Misconception, Strength, only
from workshop.exercises.sample_records import Maker, Record, value_at, without
from workshop.exercises.tasks.ladder import knowledge
from workshop.exercises.tasks.ladder.knowledge import inverted, key_of, session_name
from workshop.logs.knowledge import Known

TASK = """\
**Write `issued_by_ec2(record,
known)`**. It has *three* verdicts:

- `True`: EC2 was seen to issue this key. It is in `known.issued_to`.
- `None`, for *unknown*: it was not seen, and could not be. The session began before `known.since`, or the record
  does not say when it began (`creationDate` in the `attributes` of `sessionContext`).
- `False`: the session began while the logs were being written, and EC2 was not seen to issue its key.

It need not print the record: it is only a part of a detector.
"""
HINTS = paragraphs("""
Which field of a record is unique to one session, and cannot be chosen by whoever opens it? Notebook 03 called it the
thread. Look it up in `known.issued_to`.

The key is `record["userIdentity"]["accessKeyId"]`; `key in known.issued_to` tells whether EC2 was seen to issue it.
When a session began stands in its `sessionContext`, in `attributes`, as `creationDate`. Such times can be compared as
they are, as texts.

First: is the key in `known.issued_to`? Return True. Then read the creationDate step by step with `.get(…)`, `or {}`
where a part may be absent. Is there none, or is it `< known.since`? Return None. At the end, return False.
""")


def issued_by_ec2(record, known):
    """Tell whether EC2 issued the caller's session key to an instance: True, False, or None if nobody can know."""
    identity = record.get("userIdentity") or {}
    if identity.get("accessKeyId") in known.issued_to:
        return True
    attributes = (identity.get("sessionContext") or {}).get("attributes") or {}
    began = attributes.get("creationDate")
    if not began or began < known.since:
        return None
    return False


_KEY, _BEGAN = "userIdentity.accessKeyId", "userIdentity.sessionContext.attributes.creationDate"
_ARN, _SCOPE = "userIdentity.arn", "userIdentity.inScopeOf"
FIELDS = (_KEY, _BEGAN)


def cases(make: Maker) -> list[Case]:
    """Return the cases that judge an answer; `make` (a Maker) gives them fresh ids and keys."""
    ec2, s3 = "ec2.amazonaws.com", "s3.amazonaws.com"
    instance, other = make.instance_id(), make.instance_id()
    keys = [make.key() for _ in range(5)]
    known = knowledge.known(issued_to=dict(zip(keys, [instance, instance, other, other, other], strict=True)))

    def session(key: str | None, began: str, name: str = instance, role: str = "web-server", **fields: Any) -> Record:
        identity = make.session(role, name, key, **fields)
        identity["sessionContext"]["attributes"]["creationDate"] = began
        return identity

    case = partial(Case, known=known)

    within, before = make.time(), "2026-03-08T21:40:12Z"
    scope = {
        "issuerType": "AWS::EC2::Instance",
        "credentialsIssuedTo": f"arn:aws:ec2:ca-central-1:111122223333:instance/{instance}",
    }
    function = {
        "issuerType": "AWS::Lambda::Function",
        "credentialsIssuedTo": "arn:aws:lambda:ca-central-1:111122223333:function:orders",
    }
    told = session(make.key(), before, inScopeOf=scope)
    told["sessionContext"]["ec2RoleDelivery"] = "2.0"
    lost = session(make.key(), within, inScopeOf=scope)
    lost["sessionContext"]["ec2RoleDelivery"] = "1.0"
    denied = {"errorCode": "AccessDenied", "errorMessage": "You are not authorized to do this."}
    return [
        case("issued", "An instance lists buckets; EC2 was seen to issue this key.",
             make.record(s3, "ListBuckets", session(keys[0], within)), True, "inverted", watch=True),
        case("another instance", "Another instance; EC2 was seen to issue this key as well.",
             make.record(ec2, "DescribeTags", session(keys[2], within, other)), True, None),
        case("denied", "A key that EC2 was seen to issue; the call is denied.",
             make.record(ec2, "RunInstances", session(keys[1], within), **denied), True, "filters_failed",
             fields=(*FIELDS, "errorCode")),
        case("first birth", "EC2 was seen to issue this key, in the second of the first record; the session counts "
             "from a second before.",
             make.record(ec2, "DescribeTags", session(keys[3], "2026-03-08T23:59:59Z", other)), True, "age_first"),
        case("issued, no context", "A key that EC2 was seen to issue, in a record without sessionContext.",
             make.record(ec2, "DescribeTags", without(session(keys[4], within, other), "sessionContext")), True,
             "age_first"),
        case("jump tool", "A tool opens a session and calls it after an instance. It begins while the logs are "
             "written, and EC2 is not seen to issue its key.",
             make.record(ec2, "DescribeInstances", session(make.key(), within, role="jump")), False, "trusts_name",
             fields=(*FIELDS, _ARN), watch=True),
        case("person", "A person's session, begun while the logs are written.",
             make.record(s3, "ListBuckets", session(make.key(), within, "ana", "admin")), False, "never_false"),
        case("function", "A Lambda function's session, begun while the logs are written; issued to a function.",
             make.record(s3, "ListBuckets", session(make.key(), within, "orders", "orders", inScopeOf=function)), False,
             "any_scope", fields=(*FIELDS, _SCOPE)),
        case("no key", "A session in a record without accessKeyId, begun while the logs are written.",
             make.record(s3, "ListBuckets", without(session(make.key(), within, "batch", "app"), "accessKeyId")), False,
             "never_false"),
        case("before", "A session named after an instance. It began in the evening before the first record: nobody "
             "could see who issued its key.",
             make.record(ec2, "DescribeTags", session(make.key(), before)), UNKNOWN, "no_unknown", watch=True),
        case("weeks before", "A session that began in the month before the first record.",
             make.record(ec2, "DescribeTags", session(make.key(), "2026-02-28T23:10:05Z")), UNKNOWN, "no_unknown"),
        case("no context", "A session whose record does not say when it began: it has no sessionContext.",
             make.record(ec2, "DescribeTags", without(session(make.key(), within), "sessionContext")), UNKNOWN,
             "no_unknown"),
        case("told", "A session that began before the first record; AWS says in the record that it was issued to an "
             "instance.", make.record(s3, "ListBuckets", told), True, None, fields=(_SCOPE,), bonus=True),
        case("lost birth", "A session that began while the logs are written. The file that told of its birth is gone, "
             "but AWS says in the record that it was issued to an instance.", make.record(s3, "ListBuckets", lost),
             True, None, fields=(_SCOPE,), bonus=True),
    ]  # fmt: skip


def _began(record: Record) -> str:
    return value_at(record, _BEGAN)


def _seen(record: Record, known: Known) -> bool:
    return key_of(record) in known.issued_to


def _looks_like_one(record: Record) -> bool:
    return session_name(record).startswith("i-")


MISCONCEPTIONS = (
    Misconception(
        "event_time",
        "It compares the time of the call with the beginning of the logs. Every record in the logs is younger than "
        "they are: what may be older is the session.",
        "when the session began stands in its sessionContext, as creationDate.",
        when=lambda s: "before" in s.confused and ("", "eventTime") in s.read,
        strength=Strength.EVIDENT,
        case="before",
    ),
    Misconception(
        "no_unknown",
        "It says False where nobody can know: a session that began before the logs, or whose beginning is not told, "
        "may have been born before them. Not seen is not the same as not there.",
        "where the session began before `known.since`, or where that is not told, return None.",
        rules=(
            _seen,
            lambda r, k: _seen(r, k) or (None if _began(r) and _began(r) < k.since else False),
            lambda r, k: _seen(r, k) or (False if _began(r) else None),
        ),
        case="before",
    ),
    Misconception(
        "never_false",
        "It never says False. This session began while the logs were being written; had EC2 issued its key, the birth "
        "would be in them.",
        "return None only if the session is older than `known.since` or its beginning is not told.",
        rules=(lambda r, k: _seen(r, k) or None,),
        case="jump tool",
    ),
    Misconception(
        "never_looks_up",
        "It gives the same verdict for every record.",
        "what differs between the records is whether the key is in `known.issued_to`.",
        rules=(lambda r, k: None, lambda r, k: True, lambda r, k: False),
    ),
    Misconception(
        "trusts_name",
        "It says True of a session that only has an instance's name. Whoever assumes a role chooses the name "
        "freely, and a tool may call its session after an instance: that is the weakness of the pattern in "
        "notebook 03.",
        "look up the access key; nobody can choose that.",
        rules=(
            lambda r, k: _looks_like_one(r),
            lambda r, k: session_name(r) in k.issued_to.values(),
            lambda r, k: _seen(r, k) or session_name(r) in k.issued_to.values(),
            lambda r, k: (
                True
                if session_name(r) in k.issued_to.values()
                else None
                if not _began(r) or _began(r) < k.since
                else False
            ),
        ),
        when=lambda s: "jump tool" in s.false_alarms and "person" not in s.false_alarms,
        case="jump tool",
    ),
    Misconception(
        "looks_up_instance",
        "It looks for the instance among the keys of the table. `known.issued_to` leads from access keys to instances.",
        'look up the access key: `identity.get("accessKeyId")`.',
        when=lambda s: (
            not s.found and ("userIdentity", "arn") in s.read and ("userIdentity", "accessKeyId") not in s.read
        ),
        strength=Strength.EVIDENT,
        case="issued",
    ),
    Misconception(
        "later_is_unknown",
        "It has before and after the wrong way round: unknown are sessions older than the first record.",
        "`<` between times that are written like these means earlier.",
        rules=(
            lambda r, k: _seen(r, k) or (None if not _began(r) or _began(r) > k.since else False),
            lambda r, k: _seen(r, k) or (None if _began(r) and _began(r) > k.since else False),
        ),
        case="before",
    ),
    Misconception(
        "age_first",
        "It does not find each key that EC2 was seen to issue. Whoever was seen to be issued a key is no unknown, "
        "however old the session is.",
        "look up the key first: it is among the keys of `known.issued_to`.",
        when=lambda s: (
            bool({"first birth", "issued, no context"} & {*s.missed}) and not s.false_alarms and not s.confused
        ),
        case="first birth",
    ),
    Misconception(
        "any_scope",
        "It takes any inScopeOf for an instance. Sessions of Lambda functions have one too, with another issuerType.",
        'compare `inScopeOf["issuerType"]` with AWS::EC2::Instance.',
        when=only(false_alarms={"function"}),
        case="function",
    ),
    filters_failed("Who issued a key does not depend on that."),
    inverted(issued_by_ec2, "issued"),
)

EXERCISE = Exercise(
    name="issued_by_ec2",
    title="The ladder, step b: issued by EC2",
    notebook="05a",
    task=TASK,
    hints=HINTS,
    model=issued_by_ec2,
    kind=PREDICATE_OF_THREE,
    cases=cases,
    misconceptions=MISCONCEPTIONS,
    well_done="It tells three things apart: yes, no, and nobody can know. The bonus: in many records AWS itself writes "
    "to what a session was issued. Can you find the field, and ask it first?",
    fields=FIELDS,
    bonus="Seen, not seen, unknown; and where AWS itself says to what it issued the session, you ask AWS.",
    explains=knowledge.explains,
)
