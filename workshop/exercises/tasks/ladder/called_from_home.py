"""The ladder, step d: did the call come from where this instance lives?"""

# mypy: allow-untyped-defs
# The model answer stands as attendees read it.

import ipaddress
from collections.abc import Callable
from typing import Any

from workshop.exercises.case import UNKNOWN, Case
from workshop.exercises.exercise import Exercise, paragraphs
from workshop.exercises.judging.common_mistakes import always_true, filters_failed, never_true
from workshop.exercises.judging.kinds import PREDICATE_OF_THREE
from workshop.exercises.misconception import Misconception, Signature, Strength
from workshop.exercises.sample_records import Maker, Record, without
from workshop.exercises.tasks.ladder import knowledge
from workshop.exercises.tasks.ladder.knowledge import inverted, session_name
from workshop.logs.knowledge import Known

TASK = """\
**Write `called_from_home(record, known)`**, again with three verdicts.

1. If the record has a `vpcEndpointId`, that decides: is it in `known.vpc_endpoints`? (The address is then a private
   one such as `10.0.3.17`, which proves nothing: the thief's network has the same.)
2. An address in `known.nat_addresses` is home: `True`.
3. An instance that is not in `known.addresses` has no known home: `None`.
4. Otherwise: is the address one of *this* instance's own?
"""
HINTS = paragraphs("""
Three questions in a row: is there an endpoint, and is it ours? Is the address one that the company or this instance
has? And if not: do we know this instance's addresses at all?

The instance: `record["userIdentity"]["arn"].split("/")[-1]`. Its addresses: `known.addresses.get(instance)`, a set,
or None if the instance is not on the list. A set may be empty, and that is something else than None.

endpoint = record.get("vpcEndpointId"): if there is one, return `endpoint in known.vpc_endpoints`. Then: address in
known.nat_addresses? Return True. own = known.addresses.get(instance): if `own is None`, return None. At the end,
return `address in own`.
""")


def called_from_home(record, known):
    """Tell whether an instance's call came from where it lives: True, False, or None if its home is not known."""
    identity = record.get("userIdentity") or {}
    instance = (identity.get("arn") or "").split("/")[-1]
    endpoint = record.get("vpcEndpointId")
    if endpoint:
        return endpoint in known.vpc_endpoints
    address = record.get("sourceIPAddress")
    if address in known.nat_addresses:
        return True
    own = known.addresses.get(instance)
    return None if own is None else address in own


_ARN, _ADDRESS, _ENDPOINT = "userIdentity.arn", "sourceIPAddress", "vpcEndpointId"
FIELDS = (_ARN, _ADDRESS)


def cases(make: Maker) -> list[Case]:
    """Return the cases that judge an answer; `make` (a Maker) gives them fresh ids and keys."""
    ec2, s3 = "ec2.amazonaws.com", "s3.amazonaws.com"
    web, mail, private, new = (make.instance_id() for _ in range(4))
    known = knowledge.known(
        addresses={web: ["198.51.100.7", "198.51.100.8"], mail: ["203.0.113.40"], private: []},
        nat_addresses=["198.51.100.250"],
        vpc_endpoints=["vpce-0a1b2c3d4e5f60718"],
    )
    ours, strange = "vpce-0a1b2c3d4e5f60718", "vpce-09f8e7d6c5b4a3210"

    def case(
        name: str,
        sentence: str,
        instance: str | None,
        address: str | None,
        expected: bool | str,
        typical: str | None,
        endpoint: str | None = None,
        call: tuple[str, str] = (s3, "ListBuckets"),
        **options: Any,
    ) -> Case:
        record = make.record(*call, make.instance(instance), sourceIPAddress=address, **options.pop("more", {}))
        if endpoint:
            record["vpcEndpointId"] = endpoint
        fields = (*FIELDS, _ENDPOINT) if endpoint else ()
        return Case(name, sentence, record, expected, typical, fields, known=known, **options)

    denied = {"errorCode": "AccessDenied", "errorMessage": "You are not authorized to do this."}
    nobody = without(make.instance(web), "arn")
    return [
        case("own", "An instance calls from its own address.", web, "198.51.100.7", True, "forgets_own", watch=True),
        case("second", "The same instance calls from the other address that it has.", web, "198.51.100.8", True, None),
        case("denied", "An instance calls from its own address; the call is denied.", mail, "203.0.113.40", True,
             "filters_failed", more=denied),
        case("NAT", "An instance in a private subnet calls from the NAT gateway's address.", private, "198.51.100.250",
             True, "forgets_nat"),
        case("NAT too", "An instance with an address of its own calls from the NAT gateway's.", web, "198.51.100.250",
             True, "forgets_nat"),
        case("NAT, new", "An instance that is not on the list calls from the NAT gateway's address.", new,
             "198.51.100.250", True, "unlisted_first"),
        case("endpoint", "An instance calls through the account's own VPC endpoint, from a private address.", web,
             "10.0.3.17", True, "forgets_endpoints", ours),
        case("endpoint, new", "An instance that is not on the list calls through the account's own VPC endpoint.", new,
             "10.0.3.99", True, "forgets_endpoints", ours),
        case("away", "An instance's credentials are used from an address that is nobody's.", web, "192.0.2.77", False,
             "always_true", watch=True),
        case("away, private", "Credentials of an instance without a public address are used from elsewhere.", private,
             "192.0.2.78", False, "empty_is_unknown"),
        case("neighbour", "An instance's credentials are used from the address of another instance.", web,
             "203.0.113.40", False, "any_instance"),
        case("strange endpoint", "An instance's credentials are used through a VPC endpoint of somebody else, from a "
             "private address.", web, "10.0.3.17", False, "any_endpoint", strange, watch=True),
        case("strange, new", "The same, and the instance is not on the list.", new, "172.31.0.9", False, "any_endpoint",
             strange),
        case("not listed", "An instance that is not on the list calls from some address.", new, "198.51.100.99",
             UNKNOWN, "no_unknown", watch=True),
        case("listed address", "An instance that is not on the list calls from the address of one that is.", new,
             "198.51.100.7", UNKNOWN, "any_instance"),
        Case("no arn", "A session in a record without arn.",
             make.record(ec2, "DescribeTags", nobody, sourceIPAddress="192.0.2.79"), UNKNOWN, None, known=known,
             may_raise=True),
    ]  # fmt: skip


def _rule(
    nat: bool = True,
    endpoints: bool = True,
    own: Callable[[Record, Known], Any] | None = None,
    unlisted: bool | None = None,
) -> Callable[[Record, Known], Any]:
    """Return the right rule with one thing changed."""

    def rule(record: Record, known: Known) -> Any:
        there = record.get("vpcEndpointId")
        address = record.get("sourceIPAddress")
        if endpoints and there:
            return there in known.vpc_endpoints
        if nat and address in known.nat_addresses:
            return True
        own_addresses = (own or (lambda r, k: k.addresses.get(session_name(r))))(record, known)
        return unlisted if own_addresses is None else address in own_addresses

    return rule


def _everybodys(record: Record, known: Known) -> frozenset[str]:
    return frozenset().union(*known.addresses.values())


def _private(record: Record) -> bool:
    try:
        return ipaddress.ip_address(record.get("sourceIPAddress", "")) in ipaddress.ip_network("10.0.0.0/8") or str(
            record.get("sourceIPAddress")
        ).startswith(("172.31.", "192.168."))
    except ValueError:
        return False


def _homeless(signature: Signature) -> bool:
    """Tell whether no instance is at home at its own address, but some are behind the NAT gateway."""
    missed = set(signature.missed)
    return {"own", "second", "denied"} <= missed and "NAT" not in missed and not signature.false_alarms


MISCONCEPTIONS = (
    Misconception(
        "whole_arn",
        "It reads the arn, and finds no instance's own address at home. `known.addresses` leads from instance ids.",
        'the id is the last part of the arn: `.split("/")[-1]`.',
        when=lambda s: (
            _homeless(s)
            and ("userIdentity", "arn") in s.read
            and not any(how in ("part", "slice") and piece.startswith("i-") for _, how, piece in s.compared)
        ),
        strength=Strength.EVIDENT,
        case="own",
    ),
    Misconception(
        "forgets_own",
        "It does not ask where this instance lives: its own public addresses are home as well.",
        "they are in `known.addresses`, under the id of the instance, which is the last part of the arn.",
        when=lambda s: _homeless(s) and ("userIdentity", "arn") not in s.read,
        strength=Strength.EVIDENT,
        case="own",
    ),
    Misconception(
        "any_instance",
        "It takes any instance's address for home. Credentials of one instance that are used on another have been "
        "carried there: that is a thief within.",
        "look only at the addresses of this instance: `known.addresses.get(instance)`.",
        rules=(_rule(own=_everybodys),),
        when=lambda s: bool({"neighbour", "listed address"} & set(s.false_alarms)),
        case="neighbour",
    ),
    Misconception(
        "any_endpoint",
        "It takes any VPC endpoint for home. A thief may have one in an account of their own: the address is then "
        "private, and the vpcEndpointId is the thief's.",
        "is it in `known.vpc_endpoints`?",
        when=lambda s: (
            "strange endpoint" in s.false_alarms and ("", "vpcEndpointId") in s.read and "away" not in s.false_alarms
        ),
        strength=Strength.EVIDENT,
        case="strange endpoint",
    ),
    Misconception(
        "endpoint_undecided",
        "It leaves open what a VPC endpoint decides. One that is not in `known.vpc_endpoints` is not home, whatever "
        "the address is.",
        "if the record has a vpcEndpointId, that alone decides: True or False.",
        when=lambda s: set(s.confused) == {"strange, new"} and not s.missed and not s.false_alarms,
        case="strange, new",
    ),
    Misconception(
        "trusts_private",
        "It takes any private address for home. Every network has the same private addresses, the thief's too.",
        "look at vpcEndpointId first: is it in `known.vpc_endpoints`?",
        rules=(lambda r, k: _private(r) or _rule()(r, k),),
        when=lambda s: "strange endpoint" in s.false_alarms,
        case="strange endpoint",
    ),
    Misconception(
        "no_unknown",
        "It says False of an instance that is not on the list. Its home is not known, so nobody can say whether this "
        "is away from it.",
        "if `known.addresses.get(instance)` is None, return None.",
        rules=(_rule(unlisted=False),),
        when=lambda s: not s.missed and not s.false_alarms and set(s.confused) == {"not listed", "listed address"},
        case="not listed",
    ),
    Misconception(
        "empty_is_unknown",
        "It takes an empty set for none at all. This instance is on the list, with no public address of its own: away "
        "from the NAT gateway is away from home.",
        "ask `is None`, not `not …`: an empty set counts as false too.",
        when=lambda s: "away, private" in s.confused,
        case="away, private",
    ),
    Misconception(
        "unlisted_first",
        "It gives up on an instance that is not on the list before it has looked where the call came from. The "
        "company's own NAT gateway and endpoints are home to all of them.",
        "ask for the endpoint and for NAT gateways first, for the list last.",
        when=lambda s: {"NAT, new", "endpoint, new"} & set(s.missed) and not {"NAT", "endpoint"} & set(s.missed),
        case="NAT, new",
    ),
    Misconception(
        "forgets_nat",
        "It forgets the NAT gateway. Instances in private subnets have no public address: what AWS sees is the "
        "gateway's.",
        "an address in `known.nat_addresses` is home as well.",
        rules=(_rule(nat=False),),
        when=lambda s: {"NAT", "NAT, new"} <= set(s.missed) and not s.false_alarms and "own" not in s.missed,
        case="NAT",
    ),
    Misconception(
        "forgets_endpoints",
        "It forgets VPC endpoints. What comes through one has a private address, and the endpoint's id in "
        "vpcEndpointId.",
        "if the record has a vpcEndpointId, that decides.",
        rules=(_rule(endpoints=False),),
        when=lambda s: "endpoint" in s.missed and "own" not in s.missed and not s.false_alarms,
        case="endpoint",
    ),
    always_true("away", "where is this call's address listed?"),
    never_true(
        "own",
        "is there a `return` too early, or a condition that no record can meet?",
        "It finds nobody at home, not even this one.",
    ),
    filters_failed("Where a call came from does not depend on that."),
    inverted(called_from_home, "own"),
)

EXERCISE = Exercise(
    name="called_from_home",
    title="The ladder, step d: called from home",
    notebook="05a",
    task=TASK,
    hints=HINTS,
    model=called_from_home,
    kind=PREDICATE_OF_THREE,
    cases=cases,
    misconceptions=MISCONCEPTIONS,
    well_done="Home, away, or not on the list. How long will the list be true?",
    fields=FIELDS,
    explains=knowledge.explains,
)
