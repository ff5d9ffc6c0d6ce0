"""Exercise 2, Phase 2: API calls made with the credentials of an EC2 instance."""

# mypy: allow-untyped-defs
# The model answer stands as attendees read it.

import ast
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

from workshop.cloudtrail_analyzer import instance_identifier_arn_pattern, print_short_record
from workshop.exercises.case import Case, Probe
from workshop.exercises.exercise import Exercise, paragraphs
from workshop.exercises.judging.common_mistakes import always_true, early_return_false, inverted, narrower
from workshop.exercises.judging.kinds import DETECTOR
from workshop.exercises.judging.repairs.answer import Answer, names_method
from workshop.exercises.judging.repairs.repair import Swap, code, repair
from workshop.exercises.misconception import Misconception, Signature, Strength, only
from workshop.exercises.sample_records import Maker, Record, value_at, without

TASK = """\
**Write `instance_creds_used_outside_ec2(record)`.** It looks for API calls that were made with the credentials of
an instance. All three must hold:

1. the caller is using an **assumed role**,
2. the access key is a **session's**: it begins with `AS` rather than `AK`,
3. the caller's `arn` **ends with an instance id**: after the last `/`, `i-` and at least 8 letters and digits.

If so, print the record with `print_short_record` and return `True`. If not, return `False` and print nothing.
"""
HINTS = paragraphs("""
All three properties are about who made the call, so all three are in one part of the record. Which part is that? Look
at it for a user, for a role's session and for a service.

That part is `record["userIdentity"]`: its `type`, its `accessKeyId`, its `arn`. Some of them are absent when a
service makes the call: `.get("arn", "")` gives an empty text then.

Take identity = record's userIdentity. Three conditions joined by `and`: the type equals AssumedRole; the access key
id starts with AS; `instance_identifier_arn_pattern.match(…)` of the arn. If all hold: `print_short_record(record)`,
then `return True`. At the end `return False`.
""")


def instance_creds_used_outside_ec2(record):
    """Tell whether a record is an API call made with the credentials of an EC2 instance.

    Prints the record with `print_short_record` and returns True if so, returns False otherwise.
    """
    identity = record.get("userIdentity") or {}
    assumed = identity.get("type") == "AssumedRole"
    session_key = (identity.get("accessKeyId") or "").startswith("AS")
    of_instance = instance_identifier_arn_pattern.match(identity.get("arn") or "")
    if assumed and session_key and of_instance:
        print_short_record(record)
        return True
    return False


_TYPE, _KEY, _ARN = "userIdentity.type", "userIdentity.accessKeyId", "userIdentity.arn"
FIELDS = (_TYPE, _KEY, _ARN)


def cases(make: Maker) -> list[Case]:
    """Return the cases that judge an answer; `make` (a Maker) gives them fresh ids and keys."""
    ec2, s3, sts = "ec2.amazonaws.com", "s3.amazonaws.com", "sts.amazonaws.com"

    def match(name: str, sentence: str, record: Record, typical: str | None = "narrower", **more: Any) -> Case:
        return Case(name, sentence, record, True, typical, **more)

    def other(name: str, sentence: str, record: Record, typical: str, **more: Any) -> Case:
        return Case(name, sentence, record, False, typical, **more)

    def arn(name: str, role: str = "web-server") -> str:
        return f"arn:aws:sts::111122223333:assumed-role/{role}/{name}"

    instance = make.instance_id()
    denied = {"errorCode": "Client.UnauthorizedOperation", "errorMessage": "You are not authorized to do this."}
    ssm = make.record(
        "ssm.amazonaws.com",
        "UpdateInstanceInformation",
        make.instance(),
        userAgent="aws-sdk-go/1.55 amazon-ssm-agent/3.3",
    )
    federated = make.session("x", instance)
    federated.update(type="FederatedUser", arn=f"arn:aws:sts::111122223333:federated-user/{instance}")
    session_token = make.user(instance, accessKeyId=make.key())
    long_key, as_inside = make.instance(key=make.key("AKIA")), make.instance(key=make.key("AKIAAS"))
    role_name = make.session(make.instance_id(), "deploy")
    issuer = make.session("web-server", "ana")
    issuer["sessionContext"]["sessionIssuer"]["arn"] = f"arn:aws:iam::111122223333:role/fleet/{make.instance_id()}"
    no_context = without(make.record(ec2, "DescribeInstances", make.instance()), "userIdentity.sessionContext")
    failed = make.record(ec2, "RunInstances", make.instance(), None, None, **denied)
    vpc = make.record(s3, "ListBuckets", make.instance(), sourceIPAddress="10.0.3.17", vpcEndpointId="vpce-0a1b2c3d")
    on_behalf = make.record(
        ec2, "DescribeSubnets", make.instance(invokedBy="autoscaling.amazonaws.com"),
        sourceIPAddress="autoscaling.amazonaws.com",
    )  # fmt: skip
    assume = make.record(sts, "AssumeRole", make.service(), {"roleArn": "arn:aws:iam::111122223333:role/web-server",
        "roleSessionName": instance},
        {"credentials": {"accessKeyId": make.key()}, "assumedRoleUser": {"arn": arn(instance)}},
        sourceIPAddress="ec2.amazonaws.com")  # fmt: skip
    generated = [
        match(f"generated {number}", f"An instance of the role {role} calls {name}.",
              make.record(source, name, make.instance(role=role, delivery=delivery)))
        for number, (source, name, role, delivery) in enumerate([
            (s3, "ListBuckets", "app/batch", None), ("kms.amazonaws.com", "Decrypt", "i-am-a-role", "1.0"),
            ("logs.amazonaws.com", "CreateLogStream", "build", "2.0")])
    ]  # fmt: skip
    return [
        match("instance", "A session of an instance's role, named after the instance, lists buckets.",
              make.record(s3, "ListBuckets", make.instance(instance)), None, watch=True),
        match("old id", "The same, by an instance with a short id, as they were until 2018.",
              make.record(ec2, "DescribeInstances", make.instance(make.instance_id(8))), "only_long_ids"),
        match("failed", "An instance's session is denied: the record has an errorCode.", failed, "filters_failed",
              fields=(*FIELDS, "errorCode")),
        match("agent", "The SSM agent on the instance itself calls home, with the instance's credentials.", ssm,
              "narrower", fields=(*FIELDS, "userAgent")),
        match("no context", "An instance's session; the record has no sessionContext.", no_context, "narrower"),
        match("private address", "An instance's session calls through a VPC endpoint.", vpc, "narrower",
              fields=(*FIELDS, "sourceIPAddress")),
        match("on behalf", "A service calls on behalf of an instance's session.", on_behalf, "narrower",
              fields=(*FIELDS, "sourceIPAddress")),
        match("letters", "A session that someone named i-jumphost01: it looks like an instance id.",
              make.record(ec2, "DescribeInstances", make.session("ops", "i-jumphost01")), "hex_only", fields=(_ARN,)),
        match("capitals", "A session that someone named in capitals, behind i-: it looks like an instance id.",
              make.record(ec2, "DescribeVpcs", make.session("ops", "i-0ABCDEF12345")), "hex_only", fields=(_ARN,)),
        match("long name", "A session that someone named i- and 20 letters and digits: 8 or more are asked for.",
              make.record(ec2, "DescribeTags", make.session("ops", "i-" + make.text(20))), "only_long_ids",
              fields=(_ARN,)),
        *generated,
        other("user", "An IAM user with an ordinary key starts an instance.",
              make.record(ec2, "RunInstances", make.user()), "or_for_and", watch=True),
        other("named alike", "An IAM user named like an instance id, with an ordinary key.",
              make.record(ec2, "DescribeTags", make.user(make.instance_id())), "one_property_only",
              fields=(_TYPE, _KEY)),
        other("person", "A person's session of a role: the session is named after the person.",
              make.record(s3, "ListBuckets", make.session("admin", "ana@example.com")), "missing_arn", fields=(_ARN,)),
        other("no arn", "A role's session in a record without arn.",
              make.record(ec2, "DescribeTags", without(make.session("web-server", "batch-7"), "arn")),
              "absent_arn", fields=(_ARN,)),
        other("person without key", "A person's session of a role, in a record without accessKeyId.",
              make.record(s3, "ListBuckets", without(make.session("admin", "ana"), "accessKeyId")), "or_for_and",
              fields=(_KEY, _ARN)),
        other("function", "A Lambda function's session is named after the function.",
              make.record(s3, "GetBucketAcl", make.session("orders-role", "orders")), "missing_arn", fields=(_ARN,)),
        other("federated", "A federated user who is named like an instance id: no assumed role.",
              make.record(s3, "ListBuckets", federated), "missing_type", fields=(_TYPE,)),
        other("session token", "An IAM user named like an instance id, with a session key: no assumed role.",
              make.record(s3, "ListBuckets", session_token), "missing_type", fields=(_TYPE,)),
        other("no key", "A session named like an instance id, in a record without accessKeyId.",
              make.record(ec2, "DescribeTags", without(make.instance(), "accessKeyId")), "missing_key", fields=(_KEY,)),
        other("empty key", "A session named like an instance id; accessKeyId is empty.",
              make.record(ec2, "DescribeTags", {**make.instance(), "accessKeyId": ""}), "missing_key", fields=(_KEY,)),
        other("lasting key", "A session named like an instance id, with a key that begins with AK.",
              make.record(ec2, "DescribeTags", long_key), "missing_key", fields=(_KEY,)),
        other("AS inside", "A session named like an instance id, with a key that begins with AK and has AS further on.",
              make.record(ec2, "DescribeTags", as_inside), "key_contains", fields=(_KEY,)),
        other("short", "A session named i- and seven characters: too short for an instance id.",
              make.record(ec2, "DescribeTags", make.session("ops", "i-" + make.text(7))), "id_not_checked",
              fields=(_ARN,)),
        other("underscore", "A session named i-build_agent_7: an underscore is neither a letter nor a digit.",
              make.record(ec2, "DescribeTags", make.session("ops", "i-build_agent_7")), "id_not_checked",
              fields=(_ARN,)),
        other("dots", "A session named i-app.server.01: dots are neither letters nor digits.",
              make.record(ec2, "DescribeTags", make.session("ops", "i-app.server.01")), "id_not_checked",
              fields=(_ARN,)),
        other("no dash", "A session named ingestion01: it begins with i, and has no dash.",
              make.record(ec2, "DescribeTags", make.session("ops", "ingestion01")), "id_not_checked",
              fields=(_ARN,)),
        other("longer name", "A session whose name goes on after the instance id.",
              make.record(ec2, "DescribeTags", make.session("ops", f"{make.instance_id()}-copy")), "no_end_anchor",
              fields=(_ARN,)),
        other("before", "A session whose name has an instance id at its end, behind other words.",
              make.record(ec2, "DescribeTags", make.session("ops", f"web-{make.instance_id()}")), "i_dash_anywhere",
              fields=(_ARN,)),
        other("i- in a name", "A session named api-i-frontend.",
              make.record(ec2, "DescribeTags", make.session("ops", "api-i-frontend")), "i_dash_anywhere",
              fields=(_ARN,)),
        other("role name", "A session of a role that is itself named like an instance id.",
              make.record(ec2, "DescribeTags", role_name), "issuer_arn", fields=(_ARN,)),
        other("issuer", "A person's session; the role that issued it has a name that ends like an instance id.",
              make.record(ec2, "DescribeTags", issuer), "issuer_arn", fields=(_ARN,)),
        other("service", "EC2 assumes a role for an instance: the caller is a service, without arn and key.", assume,
              "calls_to_assume_role"),
        other("people assume", "An IAM user assumes a role.",
              make.record(sts, "AssumeRole", make.user()), "calls_to_assume_role"),
        other("service event", "A service's own event: its identity has no type, arn or key.",
              make.record("kms.amazonaws.com", "RotateKey", {"accountId": "111122223333", "invokedBy": "AWS Internal"}),
              "or_for_and"),
        other("about one", "An IAM user terminates an instance: its id is in the request.",
              make.record(ec2, "TerminateInstances", make.user(),
                          {"instancesSet": {"items": [{"instanceId": instance}]}}),
              "searches_everything"),
        other("in the request", "A person's session asks about an instance: its id is in the request.",
              make.record(ec2, "DescribeTags", make.session("admin", "ana"), {"resource": arn(instance)}),
              "searches_everything", fields=(_ARN,)),
        other("no identity", "An event of a service, without any userIdentity.",
              without(make.record("health.amazonaws.com", "NotifyHealth"), "userIdentity"), "or_for_and",
              fields=("userIdentity",),
              may_raise=True),
        other("insight", "An Insight record: it has no userIdentity.", make.insight(), "or_for_and",
        fields=("userIdentity",),
              may_raise=True),
    ]  # fmt: skip


def probes(make: Maker, texts: list[str]) -> list[Probe]:
    """Return records that cannot happen but give a misspelling away; `texts` are the attendee's own."""
    identity = make.instance()
    spelled = {**without(identity, "accessKeyId"), "accessKey": identity["accessKeyId"]}
    found = [
        Probe({_TYPE: "AssumeRole"}, "instance", "assume_role"),
        Probe({_TYPE: "AssumeRoles"}, "instance", "assume_role"),
        Probe({_KEY: make.key("AKIA")}, "instance", "ak_for_as"),
        Probe({"userIdentity": spelled}, "instance", "access_key_name"),
        Probe({**identity, "userIdentity": {}}, "instance", "not_in_user_identity"),
        Probe({_ARN: make.instance_id()}, "instance", "at_the_start"),
        Probe({_ARN: f"/{make.instance_id()}"}, "instance", "at_the_start"),
    ]
    types = ("assumedRole", "Assumedrole", "assumedrole", "ASSUMEDROLE", "Assumed Role", "assumed-role", "AssumedRoles")
    found += [Probe({_TYPE: text}, "instance", "wrong_type_spelling") for text in types]
    found += [Probe({_KEY: make.key(prefix)}, "instance", "wrong_key_prefix") for prefix in ("as", "Asia", "AI", "A5")]
    for text in texts:
        if text != "AssumedRole" and text.isidentifier():
            known = "assume_role" if text == "AssumeRole" else "other_type"
            alike = re.sub("[^a-z]", "", text.lower()).rstrip("s") == "assumedrole"
            found.append(Probe({_TYPE: text}, "instance", "wrong_type_spelling" if alike else known, text))
        if not text.startswith("A") and text.isalnum():
            found.append(Probe({_KEY: make.key(text)}, "instance", "wrong_key_prefix", text))
    return found


# ---------------------------------------------------------------- the catalogue


def _assumed(record: Record) -> bool:
    return value_at(record, _TYPE) == "AssumedRole"


def _session_key(record: Record) -> bool:
    return (value_at(record, _KEY) or "").startswith("AS")


def _arn_like(pattern: str) -> Callable[[Record], bool]:
    return lambda record: bool(re.search(pattern, value_at(record, _ARN) or ""))


_named = _arn_like(r"/i-[a-zA-Z0-9]{8,}$")


def _all_but_arn(like: Callable[[Record], bool]) -> Callable[[Record], bool]:
    return lambda record: _assumed(record) and _session_key(record) and like(record)


def _right(record: Record) -> bool:
    return _assumed(record) and _session_key(record) and _named(record)


def _missed_all(signature: Signature) -> bool:
    return not signature.found and not signature.false_alarms


def _arn_parts(signature: Signature) -> set[str]:
    """Return the parts of the instance's ARN that were looked at."""
    notes = signature.notes.get("instance", ())
    return {text for path, how, text in notes if path.startswith(_ARN) and how in ("part", "slice")}


_ODD_NAMES = {"short", "longer name", "underscore", "dots", "no dash"}
_ARN_CASES = {"person", "function", "before", "i- in a name", "role name", "issuer", "no arn", *_ODD_NAMES}
_TYPE_CASES = {"federated", "session token"}
_OTHER_NAMES = {"userName", "principalId", "sessionContext", "accountId"}
_REQUESTS = {"about one", "in the request"}
_KEY_CASES = {"no key", "empty key", "lasting key", "AS inside"}

# What is said of a pattern -> the pattern without that.
_PATTERN_SLIPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    (
        "it stands between slashes, which are signs like others to Python",
        lambda p: re.sub(r"^/(.*)/\w*$", r"\1", p),
    ),
    ("nothing ties it to the end of the ARN", lambda p: p if p.endswith(("$", r"\Z")) else f"{p}$"),
    ("it does not say that a slash stands in front of `i-`", lambda p: re.sub(r"^[^i]*i\\?-", "/i-", p)),
    (
        "it takes another number of characters than 8 or more",
        lambda p: re.sub(r"(?<=[\]\w.])(?:\{[^}]*\}|[+*])(?=\)?(?:\$|\\Z|$))", "{8,}", p),
    ),
    (
        "what it takes is not just letters, capital and small, and digits, or not all of them",
        lambda p: re.sub(r"(?:\[[^\]]*\]|\\[wdS]|\.)(?=[{+*][^/]*$)", "[a-zA-Z0-9]", p),
    ),
)


@repair(
    "pattern_differs",
    "The pattern {wrong} is not the one that is asked for: {slips}.",
    "`instance_identifier_arn_pattern` says all of it; compare the two sign by sign.",
)
def pattern_differs(answer: Answer) -> Iterator[Swap]:
    """Yield the patterns of an answer with one of their slips put right, or two, or more."""
    for node in answer.all(ast.Constant):
        if not (isinstance(node.value, str) and re.search(r"i\\?-.*[\[{\\$+*]", node.value)):
            continue
        own = [slip for slip in _PATTERN_SLIPS if slip[1](node.value) != node.value]
        for count in range(1, len(own) + 1):
            for slips in itertools.combinations(own, count):
                pattern = node.value
                for _, change in slips:
                    pattern = change(pattern)
                words = {"wrong": code(node), "slips": ", and ".join(what for what, _ in slips)}
                yield Swap(node, ast.Constant(pattern), words)


@repair(
    "hyphen_is_no_letter",
    "`{wrong}` is False for a text with a hyphen in it, as `i-…` is: a hyphen is neither a letter nor a digit.",
    "what is to be letters and digits is what stands behind the hyphen.",
)
def hyphen_is_no_letter(answer: Answer) -> Iterator[Swap]:
    """Yield the questions for letters and digits, asked of what stands behind `i-`."""
    for call in answer.all(ast.Call):
        if names_method(call, "isalnum") and not isinstance(call.func.value, ast.Subscript):
            behind = ast.Subscript(call.func.value, ast.Slice(ast.Constant(2), None), ast.Load())
            new = ast.Call(ast.Attribute(behind, "isalnum", ast.Load()), [], [])
            yield Swap(call, new, {"wrong": code(call)})


@repair(
    "length_with_prefix",
    "`{wrong}` counts the two signs of `i-` as well. Asked for are 8 or more behind them.",
    "how long is an instance id with 8 letters and digits, as a whole?",
)
def length_with_prefix(answer: Answer) -> Iterator[Swap]:
    """Yield the comparisons of a length, with a number greater by two."""
    for node in answer.all(ast.Compare):
        number = node.comparators[0]
        counted = isinstance(node.left, ast.Call) and ast.unparse(node.left.func) == "len"
        more = isinstance(node.ops[0], ast.GtE | ast.Gt | ast.Lt | ast.LtE)
        if counted and more and isinstance(number, ast.Constant) and number.value in (7, 8):
            least = 9 if isinstance(node.ops[0], ast.Gt | ast.LtE) else 10
            new = ast.Compare(node.left, node.ops, [ast.Constant(least)])
            yield Swap(node, new, {"wrong": code(node)})


MISCONCEPTIONS = (
    Misconception(
        "missing_type",
        "It also finds callers that use no assumed role. Users can have names and session keys that look the same.",
        "check the first property too: the identity's type.",
        rules=(lambda r: _session_key(r) and _named(r), lambda r: _session_key(r) and not r.get("x") and _named(r)),
        when=only(false_alarms=_TYPE_CASES),
        case="federated",
    ),
    Misconception(
        "missing_key",
        'It accepts calls whose access key does not begin with "AS", as a session\'s does: the second property is '
        "not asked for, or not strictly enough.",
        "which keys does your function accept? Check accessKeyId for its beginning.",
        rules=(lambda r: _assumed(r) and _named(r), lambda r: _assumed(r) and bool(value_at(r, _KEY)) and _named(r)),
        when=only(false_alarms=_KEY_CASES),
        case="no key",
    ),
    Misconception(
        "missing_arn",
        "It also finds sessions whose ARN does not end with an instance id. Most sessions of roles belong to "
        "people and functions, not to instances.",
        "check the third property too, with `instance_identifier_arn_pattern`.",
        rules=(lambda r: _assumed(r) and _session_key(r),),
        when=lambda s: not s.missed and {"person", "function"} <= set(s.false_alarms) <= _ARN_CASES | _REQUESTS,
        case="person",
    ),
    Misconception(
        "one_property_only",
        "One of the three properties is enough for it. All three must hold.",
        "the other two are in userIdentity as well: type, accessKeyId, arn.",
        rules=(_assumed, _session_key, _named),
    ),
    Misconception(
        "or_for_and",
        "Some of the properties are enough for it. All three must hold together.",
        "is there an `or` where an `and` belongs, or a `return True` too early?",
        rules=(
            lambda r: _assumed(r) or _session_key(r) or _named(r),
            lambda r: _assumed(r) or (_session_key(r) and _named(r)),
            lambda r: (_assumed(r) or _session_key(r)) and _named(r),
            lambda r: (_assumed(r) and _session_key(r)) or _named(r),
            lambda r: _assumed(r) and (_session_key(r) or _named(r)),
            lambda r: _session_key(r) or (_assumed(r) and _named(r)),
            lambda r: (_assumed(r) or _named(r)) and _session_key(r),
        ),
    ),
    Misconception(
        "ak_for_as",
        "It finds keys that begin with AK. Those belong to users and last; the keys of sessions begin with AS.",
        "look at the access key of an instance's session in a record.",
        rules=(lambda r: _assumed(r) and (value_at(r, _KEY) or "").startswith("AK") and _named(r),),
        when=lambda s: (
            not s.found and any(text.startswith("AK") for text in s.compared_with(_KEY, "startswith", "==", "contains"))
        ),
        case="instance",
    ),
    Misconception(
        "assume_role",
        "It compares the type with AssumeRole, the name of the API call. The type of a caller who did that is "
        "AssumedRole.",
        "compare with the record, letter by letter.",
        when=lambda s: not s.found and "AssumeRole" in s.compared_with(_TYPE),
        case="instance",
    ),
    Misconception(
        "wrong_type_spelling",
        "Capital and small letters and every other sign count: the type is written AssumedRole.",
        "compare your text with the record, letter by letter.",
        when=lambda s: (
            not s.found
            and any(
                (re.sub("[^a-z]", "", t.lower()).rstrip("s") == "assumedrole" and t != "AssumedRole")
                or ((_TYPE, "lower", "") in s.compared and t != t.lower())
                or ((_TYPE, "upper", "") in s.compared and t != t.upper())
                for t in s.compared_with(_TYPE, "==", "!=", "startswith", "contains")
            )
        ),
        case="instance",
    ),
    Misconception(
        "other_type",
        "It compares the type with another kind of caller. The type of a session of a role is AssumedRole.",
        "look at userIdentity.type in the record.",
        when=lambda s: not s.found and bool(s.compared_with(_TYPE)) and "AssumedRole" not in s.compared_with(_TYPE),
        case="instance",
    ),
    Misconception(
        "wrong_key_prefix",
        'Session keys begin with "AS", in capitals.',
        "compare your text with the access key in the record.",
        when=lambda s: (
            not s.found
            and bool(s.compared_with(_KEY, "startswith", "=="))
            and not any(t.startswith("AS") for t in s.compared_with(_KEY, "startswith", "=="))
        ),
        case="instance",
    ),
    Misconception(
        "key_equals",
        "It asks whether the whole access key is that short text. The key only begins with it.",
        "compare the beginning of the key.",
        when=lambda s: not s.found and bool({"AS", "ASIA"} & s.compared_with(_KEY, "==", "!=")),
        case="instance",
    ),
    Misconception(
        "key_contains",
        "It accepts keys that have AS anywhere. The second property is about how the key begins.",
        "look at the beginning of the key only.",
        rules=(lambda r: _assumed(r) and "AS" in (value_at(r, _KEY) or "") and _named(r),),
        case="AS inside",
    ),
    Misconception(
        "issuer_arn",
        "It reads the ARN of the role that issued the session. The caller's own ARN, in userIdentity, ends with the "
        "session's name.",
        "`userIdentity` has an `arn` of its own.",
        rules=(
            lambda r: (
                _assumed(r)
                and _session_key(r)
                and bool(
                    re.search(
                        r"/i-[a-zA-Z0-9]{8,}$", value_at(r, "userIdentity.sessionContext.sessionIssuer.arn") or ""
                    )
                )
            ),
        ),
        when=lambda s: not s.found and ("userIdentity.sessionContext.sessionIssuer", "arn") in s.read,
        case="instance",
    ),
    Misconception(
        "at_the_start",
        "It looks for the instance's id at the beginning of the ARN, but it stands at the end.",
        "use `instance_identifier_arn_pattern`, which begins with what may stand before.",
        when=lambda s: not s.found and any(t.startswith("i-") for t in s.compared_with(_ARN, "startswith")),
        case="instance",
    ),
    Misconception(
        "pattern_compared",
        "It compares the ARN with the pattern itself, and a text is never equal to a pattern.",
        "a pattern has methods, such as `match`: hand the ARN to it.",
        when=lambda s: not s.found and "re.Pattern" in s.compared_with(_ARN),
        strength=Strength.CERTAIN,
        case="instance",
    ),
    Misconception(
        "ends_with_text",
        "It asks whether the ARN ends with a fixed text. Behind i- comes the rest of the id, and each instance has "
        "another.",
        "use `instance_identifier_arn_pattern`, which says all that.",
        when=lambda s: not s.found and bool(s.compared_with(_ARN, "endswith")),
        strength=Strength.CERTAIN,
        case="instance",
    ),
    Misconception(
        "wrong_part",
        "It finds an instance's id in another part of the ARN than the last one. The instance's id is the "
        "name of the session, behind the last slash; the role's name stands before it.",
        "hand the whole ARN to `instance_identifier_arn_pattern`, or take the last part: `[-1]`.",
        rules=(_all_but_arn(_arn_like(r"/i-[a-zA-Z0-9]{8,}/")), _all_but_arn(_arn_like(r"/i-[^/]*/"))),
        when=lambda s: not s.found and bool(_arn_parts(s)) and not any(t.startswith("i-") for t in _arn_parts(s)),
        case="role name",
    ),
    Misconception(
        "other_field",
        "It never gets to the caller's ARN.",
        "the third property is about `arn` in userIdentity; which condition fails before it?",
        when=lambda s: (
            not s.found
            and ("userIdentity", "arn") not in s.read
            and any(path.startswith("userIdentity") and key in _OTHER_NAMES for path, key in s.read)
        ),
        case="instance",
    ),
    Misconception(
        "calls_to_assume_role",
        "It looks for the API call AssumeRole. Asked for are all calls by somebody who uses a role already.",
        "look at who made the call, not at which call it is.",
        when=lambda s: not s.found and bool({"AssumeRole"} & s.compared_with("eventName")),
        case="instance",
    ),
    Misconception(
        "not_in_user_identity",
        "It reads the caller's fields at the top of the record. They are one level deeper, in userIdentity.",
        '`record["userIdentity"]` first, then its fields.',
        when=lambda s: (
            not s.found and any(path == "" and key in ("type", "arn", "accessKeyId") for path, key in s.read)
        ),
        case="instance",
    ),
    Misconception(
        "no_end_anchor",
        "It accepts names that go on after the instance id. The ARN has to end with it.",
        "`$` is the end of the text in a pattern; `fullmatch` also looks at all of it.",
        rules=(
            _all_but_arn(_arn_like(r"/i-[a-zA-Z0-9]{8,}")),
            _all_but_arn(_arn_like(r"/i-[a-fA-F0-9]{8,}")),
            _all_but_arn(_arn_like(r"/i-[a-z0-9]{8,}")),
        ),
        when=lambda s: set(s.false_alarms) == {"longer name"} or set(s.false_alarms) == {"longer name", "role name"},
        case="longer name",
    ),
    Misconception(
        "i_dash_anywhere",
        'It accepts "i-" in places where no instance id is. The name after the last slash has to be one, from '
        "its first character to its last.",
        "use `instance_identifier_arn_pattern`, which says all that.",
        rules=(
            _all_but_arn(_arn_like("i-")),
            _all_but_arn(_arn_like(r"i-[a-zA-Z0-9]{8,}$")),
            _all_but_arn(_arn_like(r"i-[a-zA-Z0-9]{8,}")),
        ),
        when=lambda s: (
            not s.missed
            and set(s.false_alarms)
            and {"before", "i- in a name"} & set(s.false_alarms)
            and set(s.false_alarms) <= _ARN_CASES - {"person", "function"}
        ),
        case="i- in a name",
    ),
    Misconception(
        "id_not_checked",
        "It accepts names that only begin like an instance id. Asked for are 8 or more letters or digits behind "
        "i-, and nothing after them.",
        "use `instance_identifier_arn_pattern`, which says all that.",
        rules=(
            _all_but_arn(_arn_like(r"/i-[^/]*$")),
            _all_but_arn(_arn_like(r"/i-")),
            _all_but_arn(_arn_like(r"/i-[a-zA-Z0-9]+$")),
        ),
        when=lambda s: (
            not s.missed
            and bool({*s.false_alarms} - {"longer name", "role name"})
            and {*s.false_alarms} <= {*_ODD_NAMES, "role name"}
        ),
        case="short",
    ),
    Misconception(
        "hex_only",
        "It accepts hexadecimal ids only. That is perhaps better in production, but this phase asks for 8 or "
        "more letters or digits.",
        "use `instance_identifier_arn_pattern`, or [a-zA-Z0-9].",
        when=lambda s: (
            not s.false_alarms
            and bool({"letters", "capitals"} & {*s.missed})
            and {*s.missed} <= {"letters", "capitals", "long name"}
        ),
        case="letters",
    ),
    Misconception(
        "only_long_ids",
        "It accepts instance ids of some lengths only. Old ones have 8 characters behind i-, new ones 17: asked "
        "for are 8 or more, however many.",
        "use `instance_identifier_arn_pattern`, or {8,}.",
        rules=(
            _all_but_arn(_arn_like(r"/i-[a-zA-Z0-9]{8}$")),
            _all_but_arn(_arn_like(r"/i-[a-zA-Z0-9]{17}$")),
            _all_but_arn(_arn_like(r"/i-([a-zA-Z0-9]{8}|[a-zA-Z0-9]{17})$")),
        ),
        when=lambda s: (
            not s.false_alarms
            and bool({"old id", "long name"} & {*s.missed})
            and {*s.missed} <= {"old id", "long name", "letters", "capitals"}
        ),
        case="old id",
    ),
    Misconception(
        "filters_failed",
        "It leaves out calls that failed. That is perhaps better in production, but this phase asks for all of "
        "them: a thief who tries a key fails first.",
        "do not look at errorCode.",
        when=only(missed={"failed"}),
        case="failed",
    ),
    Misconception(
        "searches_everything",
        "It finds records that have an instance id anywhere. They also stand in what people ask for.",
        "look at the arn in userIdentity only.",
        when=lambda s: not s.missed and _REQUESTS & set(s.false_alarms) and "function" not in s.false_alarms,
        case="in the request",
    ),
    inverted(_right, "instance"),
    Misconception(
        "one_inverted",
        "One of its conditions is the wrong way round.",
        "is there a `not` or a `!=` too many?",
        rules=(
            lambda r: _assumed(r) and _session_key(r) and not _named(r),
            lambda r: _assumed(r) and not _session_key(r) and _named(r),
            lambda r: not _assumed(r) and _session_key(r) and _named(r),
        ),
        case="instance",
    ),
    always_true("user"),
    early_return_false(
        "instance",
        "is there a `return False` before the `if`, or a condition that no record can meet? (What `match` gives "
        "is never equal to True: ask `if …match(…):`.)",
        _missed_all,
    ),
    narrower(
        "It leaves out some of the calls asked for. That is perhaps better in production, but this phase asks "
        "for every call with the three properties, whoever made it and from wherever.",
        "look at type, accessKeyId and arn only.",
    ),
)


def explains(case: Case, error: dict[str, Any]) -> Misconception | None:
    """Return what an exception means that this exercise knows better, or None."""
    identity = (case.record or {}).get("userIdentity", {})
    text = error["text"]
    about_arn = error["key"] == "arn" or ("arn" not in identity and "expected string" in text)
    absent = [name for name in ("type", "accessKeyId", "arn") if name not in identity]
    if len(absent) > 1 and "NoneType" in text and error["key"] is None:
        names = ", ".join(f"`{name}`" for name in absent)
        why = f"Something is None there. In this record's userIdentity these are absent: {names}."
        return Misconception(
            "absent_field", why, '`identity.get("…", "")` gives an empty text where a field is absent.'
        )
    if about_arn or ("arn" not in identity and error["kinds"][0] in ("TypeError", "AttributeError")):
        why = "Not every caller has an ARN: in this record the field is absent."
        return Misconception("absent_arn", why, '`identity.get("arn", "")` gives an empty text where it is absent.')
    if "expected string" in text and "NoneType" not in text:
        why = "A pattern looks at a text, and this is a dictionary."
        return Misconception("not_the_arn", why, "hand the pattern the arn, which is a text in the identity.")
    if error["key"] in ("sessionContext", "sessionIssuer"):
        why = "This record lacks it, and you do not need it: the ARN in there is that of the role, not of its session."
        return Misconception("issuer_arn", why, "`userIdentity` has an `arn` of its own.")
    if error["key"] in ("type", "accessKeyId") and "type" in identity and error["key"] not in identity:
        return Misconception(
            "absent_field", f"In this record `{error['key']}` is absent.", f'`identity.get("{error["key"]}", "")`.'
        )
    if error["key"] in ("arn", "type", "accessKeyId") and identity and error["key"] in identity:
        return next(entry for entry in MISCONCEPTIONS if entry.id == "not_in_user_identity")
    return None


EXERCISE = Exercise(
    name="instance_creds_used_outside_ec2",
    title="Phase 2: Off-instance usage of instance credentials",
    notebook="03",
    task=TASK,
    hints=HINTS,
    model=instance_creds_used_outside_ec2,
    kind=DETECTOR,
    cases=cases,
    repairs=(pattern_differs, hyphen_is_no_letter, length_with_prefix),
    probes=probes,
    misconceptions=MISCONCEPTIONS,
    well_done="It finds every call that was made with an instance's credentials. Does each of them come from a thief? "
    "The rest of notebook 03 shows who else matches.",
    fields=FIELDS,
    explains=explains,
)
