"""The ladder, step e: is the key used from another address than the first time?"""

# mypy: allow-untyped-defs
# The model answer stands as attendees read it.

from typing import Any

from workshop.exercises.case import Case
from workshop.exercises.exercise import Exercise, paragraphs
from workshop.exercises.judging.common_mistakes import filters_failed, inverted
from workshop.exercises.judging.kinds import PREDICATE
from workshop.exercises.misconception import Misconception, only
from workshop.exercises.sample_records import Maker, Record, without
from workshop.exercises.tasks.ladder import knowledge
from workshop.exercises.tasks.ladder.knowledge import key_of
from workshop.logs.knowledge import Known

TASK = """\
**Write `moved_since_first_use(record, known)`**: `True` if the key is in
`known.first_address` and the record's `sourceIPAddress` is another than the one that stands there, else `False`.
"""
HINTS = paragraphs("""
Two things to compare: where the call comes from, and where the first call with the same key came from.

`known.first_address.get(key)` is the first address, or None if the table does not have the key. None is different
from every address: what does your comparison say then?

first = known.first_address.get(key). Return `first is not None and first != …` the record's sourceIPAddress.
""")


def moved_since_first_use(record, known):
    """Tell whether the caller's key is used from another address than at its first use."""
    identity = record.get("userIdentity") or {}
    first = known.first_address.get(identity.get("accessKeyId"))
    return first is not None and record.get("sourceIPAddress") != first


FIELDS = ("userIdentity.accessKeyId", "sourceIPAddress")


def cases(make: Maker) -> list[Case]:
    """Return the cases that judge an answer; `make` (a Maker) gives them fresh ids and keys."""
    ec2, s3 = "ec2.amazonaws.com", "s3.amazonaws.com"
    instance, keys = make.instance_id(), [make.key() for _ in range(4)]
    homes = ["198.51.100.7", "198.51.100.250", "10.0.3.17", "2001:db8:7a1:22::7"]
    known = knowledge.known(first_address=dict(zip(keys, homes, strict=True)))
    denied = {"errorCode": "AccessDenied", "errorMessage": "You are not authorized to do this."}

    def case(
        name: str,
        sentence: str,
        key: str | None,
        address: str | None,
        expected: bool | str,
        typical: str | None,
        call: tuple[str, str] = (s3, "ListBuckets"),
        more: Record | None = None,
        **options: Any,
    ) -> Case:
        identity = make.instance(instance, key=key) if key else without(make.instance(instance), "accessKeyId")
        record = make.record(*call, identity, sourceIPAddress=address, **(more or {}))
        return Case(name, sentence, record, expected, typical, known=known, **options)

    return [
        case("moved", "A key that was first used at one address is used at another.", keys[0], "192.0.2.77", True,
             "inverted", watch=True),
        case("denied", "The same, and the call is denied.", keys[0], "192.0.2.77", True, "filters_failed", more=denied),
        case("to IPv6", "A key moves to an address of the new kind.", keys[1], "2001:db8:51::9", True, None,
             (ec2, "DescribeTags")),
        case("behind NAT", "A key that was first used at the instance's own address is used behind the company's NAT "
             "gateway, where another key has its home.", keys[0], homes[1], True, "anybodys_first"),
        case("half a network", "A key moves to an address that begins with the same numbers.", keys[0], "198.51.100.70",
             True, "compares_parts"),
        case("part of a number", "A key moves to an address whose last number is the beginning of the first one's.",
             keys[1], "198.51.100.25", True, "compares_parts"),
        case("first place", "A key is used where it was used first.", keys[0], homes[0], False, "inverted", watch=True),
        case("first place, IPv6", "The same, at an address of the new kind.", keys[3], homes[3], False, "inverted"),
        case("first place, private", "The same, at a private address.", keys[2], homes[2], False, "inverted"),
        case("not seen", "A key whose first use nobody saw.", make.key(), "192.0.2.78", False, "unknown_has_moved",
             watch=True),
        case("no key", "A session in a record without access key.", None, "192.0.2.78", False, "unknown_has_moved"),
        case("empty key", "A record whose access key is empty.", "", "192.0.2.78", False, "unknown_has_moved"),
    ]  # fmt: skip


def _first(record: Record, known: Known) -> str | None:
    return known.first_address.get(key_of(record) or "")


def _address(record: Record) -> str | None:
    return record.get("sourceIPAddress")


MISCONCEPTIONS = (
    Misconception(
        "unknown_has_moved",
        "It says that a key has moved whose first use nobody saw: what the table does not have is None, and None "
        "differs from every address.",
        "`first is not None and …`.",
        rules=(lambda r, k: _first(r, k) != _address(r),),
        when=only(false_alarms={"not seen", "no key", "empty key"}),
        case="not seen",
    ),
    Misconception(
        "anybodys_first",
        "The first address of any key is right for it. Behind a NAT gateway, or in the address of another "
        "instance, the thief would be at home.",
        "compare with the first address of this key only.",
        rules=(
            lambda r, k: _address(r) not in k.first_address.values(),
            lambda r, k: _first(r, k) is not None and _address(r) not in k.first_address.values(),
        ),
        case="behind NAT",
    ),
    Misconception(
        "compares_parts",
        "It takes an address for the same as another one that begins alike. Such addresses may belong to anybody.",
        "compare the whole texts, by `!=`.",
        when=only(missed={"half a network", "part of a number"}),
        case="half a network",
    ),
    Misconception(
        "looks_up_address",
        "What it looks for is never there: the keys of `known.first_address` are access keys, its values addresses.",
        "look up the access key, among the keys.",
        rules=(lambda r, k: _address(r) not in k.first_address, lambda r, k: _address(r) in k.first_address),
        case="first place",
    ),
    Misconception(
        "key_not_seen",
        "It gives the same verdict for each key that the table has, and does not go by what stands there.",
        "compare the address there with the record's.",
        rules=(lambda r, k: _first(r, k) is None, lambda r, k: _first(r, k) is not None),
    ),
    filters_failed("A thief who tries a key fails first."),
    inverted(
        moved_since_first_use,
        "moved",
        advice="`==` and `!=` are easily taken for each other.",
        rules=(lambda r, k: _first(r, k) == _address(r),),
    ),
)

EXERCISE = Exercise(
    name="moved_since_first_use",
    title="The ladder, step e: moved since its first use",
    notebook="05a",
    task=TASK,
    hints=HINTS,
    model=moved_since_first_use,
    kind=PREDICATE,
    cases=cases,
    misconceptions=MISCONCEPTIONS,
    well_done="It needs no list of what the account owns: each session shows by itself where it lives, if it is the "
    "first.",
    fields=FIELDS,
    explains=knowledge.explains,
)
