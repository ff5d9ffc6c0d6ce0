"""What a single record does not say: what other records, and a list of what the account owns, say about it."""

import csv
import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workshop.logs.record import Record

_AS_CLOUDTRAIL_WRITES = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
# fromisoformat of Python 3.10 reads six digits of a second, not more.
_BEYOND_MICROSECONDS = re.compile(r"(\.\d{6})\d+")
_MAKING = ("AllocateAddress", "AssociateAddress", "CreateNatGateway", "CreateVpcEndpoint")
_FIRST_YEAR = "2013"  # CloudTrail began in November of it: an earlier time is a program's zero


@dataclass(frozen=True)
class Known:
    """What a detector may know besides the record it judges. Nothing in it can be changed.

    `since`: eventTime of the first record; nothing is known of the time before. `issued_to`: access key id -> instance
    id, of the session keys that EC2 was seen to issue. `addresses`: instance id -> its public addresses, for instances
    that are on the list; an empty set for an instance without any. `nat_addresses`: of the account's NAT gateways.
    `vpc_endpoints`: ids of its VPC endpoints. `first_address`: access key id -> the IP address that the first call
    signed with that key came from.
    """

    since: str
    issued_to: Mapping[str, str]
    addresses: Mapping[str, frozenset[str]]
    nat_addresses: frozenset[str]
    vpc_endpoints: frozenset[str]
    first_address: Mapping[str, str]

    def __repr__(self) -> str:
        sizes = [f"{field.name}: {len(getattr(self, field.name)):,}" for field in fields(self)[1:]]
        return f"Known since {self.since} ({', '.join(sizes)})"


def learn(records: Iterable[Record], inventory: str | Path | None = None) -> Known:
    """Return what is Known from records, in any order, and from `inventory`, a CSV file of what the account owns.

    The file has the columns resource, id and address, such as data/inventory.csv; instances, NAT gateways and VPC
    endpoints count (AWS::EC2::Instance, AWS::EC2::NatGateway, AWS::EC2::VPCEndpoint). What was made while the logs
    were written is learned from the records of AssociateAddress, CreateNatGateway and CreateVpcEndpoint. A record
    whose eventTime is no time, or one before CloudTrail began, teaches nothing; neither does a field of another kind
    than CloudTrail documents.

    Raises: ValueError if there is no record with an eventTime, or if the file lacks a column.
    """
    since: tuple[str, str] | None = None
    births: list[tuple[str, str, str]] = []
    first_use: dict[str, tuple[str, str]] = {}
    making: list[tuple[str, Record]] = []
    for record in records:  # one after another: a year of them has no room in memory
        moment = _moment(record.get("eventTime"))
        if not moment:
            continue
        if since is None or moment < since[0]:
            since = moment, record["eventTime"]
        issued = _issued_by_ec2(record)
        if issued:
            births.append((moment, issued, record["requestParameters"]["roleSessionName"]))
        key, address = _object(record, "userIdentity").get("accessKeyId"), record.get("sourceIPAddress")
        if key and isinstance(key, str) and isinstance(address, str) and _is_ip_address(address):
            first_use[key] = min(first_use.get(key, (moment, address)), (moment, address), key=lambda use: use[0])
        if record.get("eventSource") == "ec2.amazonaws.com" and record.get("eventName") in _MAKING:
            making.append((moment, record))
    if since is None:
        raise ValueError("There is no record with an eventTime to learn from.")
    births.sort(key=lambda one: one[0])
    making.sort(key=lambda one: one[0])
    addresses, nat_addresses, vpc_endpoints = _owned(inventory) if inventory else ({}, set(), set())
    _made([record for _, record in making], addresses, nat_addresses, vpc_endpoints)
    return Known(
        since[1],
        MappingProxyType({key: instance for _, key, instance in births}),
        MappingProxyType({instance: frozenset(own) for instance, own in addresses.items()}),
        frozenset(nat_addresses),
        frozenset(vpc_endpoints),
        MappingProxyType({key: address for key, (_, address) in first_use.items()}),
    )


def _issued_by_ec2(record: Record) -> str | None:
    """Return the session key in the record of EC2 assuming a role for an instance, else None."""
    identity = _object(record, "userIdentity")
    if record.get("eventName") != "AssumeRole" or identity.get("invokedBy") != "ec2.amazonaws.com":
        return None
    issued = _object(_object(record, "responseElements"), "credentials").get("accessKeyId")
    named = _object(record, "requestParameters").get("roleSessionName")
    return issued if isinstance(issued, str) and isinstance(named, str) and named else None


def _object(record: Record, name: str) -> dict[str, Any]:
    """Return the object in a field, an empty one if there is something else: a text, or null."""
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def _moment(time: object) -> str | None:
    """Return a time in UTC as text that sorts as times do; None if it is no time, or CloudTrail's cannot be."""
    if not isinstance(time, str):
        return None
    if not _AS_CLOUDTRAIL_WRITES.fullmatch(time):
        try:
            known = datetime.fromisoformat(_BEYOND_MICROSECONDS.sub(r"\1", time).replace("Z", "+00:00"))
            known = known.replace(tzinfo=known.tzinfo or timezone.utc).astimezone(timezone.utc)
        except (ValueError, OverflowError):
            return None
        time = f"{known:%Y-%m-%dT%H:%M:%S.%f}"
    return time.rstrip("Z") if time >= _FIRST_YEAR else None


def _is_ip_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _owned(path: str | Path) -> tuple[dict[str, set[str]], set[str], set[str]]:
    """Return (addresses, NAT addresses, VPC endpoints) as the file lists them."""
    addresses: dict[str, set[str]] = {}
    nat_addresses: set[str] = set()
    vpc_endpoints: set[str] = set()
    with Path(path).open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = {"resource", "id", "address"} - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"{path} has no column {', '.join(sorted(missing))}; it has {reader.fieldnames}.")
        for row in reader:
            own = {row["address"]} if row["address"] else set()
            if row["resource"] == "AWS::EC2::Instance":
                addresses.setdefault(row["id"], set()).update(own)
            elif row["resource"] == "AWS::EC2::NatGateway":
                nat_addresses |= own
            elif row["resource"] == "AWS::EC2::VPCEndpoint":
                vpc_endpoints.add(row["id"])
    return addresses, nat_addresses, vpc_endpoints


def _made(
    records: list[Record], addresses: dict[str, set[str]], nat_addresses: set[str], vpc_endpoints: set[str]
) -> None:
    """Add the elastic addresses, NAT gateways and VPC endpoints that were made while the records were written.

    EC2 names an elastic address by its allocation id or by itself, in requests and answers of several shapes.
    """
    allocated: dict[str, str] = {}  # allocation id -> address
    for record in records:
        if record.get("errorCode"):
            continue
        call = (record.get("requestParameters"), record.get("responseElements"))
        allocations = list(_values(call, "allocationId"))
        public = {
            *filter(None, _values(call, "publicIp")),
            *(allocated[one] for one in allocations if one in allocated),
        }
        name = record.get("eventName")
        if name == "AllocateAddress":
            allocated.update(dict.fromkeys(allocations, next(iter(public))) if public else {})
        elif name == "AssociateAddress":
            for instance in _values(call, "instanceId"):
                addresses.setdefault(instance, set()).update(public)
        elif name == "CreateNatGateway":
            nat_addresses |= public
        elif name == "CreateVpcEndpoint":
            vpc_endpoints.update(_values(call, "vpcEndpointId"))


def _values(thing: object, name: str) -> Iterator[str]:
    """Yield every text that stands under a name, however deep; the first letter may be a capital."""
    if isinstance(thing, Mapping):
        for key, value in thing.items():
            if isinstance(value, str) and key[:1].lower() + key[1:] == name:
                yield value
            else:
                yield from _values(value, name)
    elif isinstance(thing, list | tuple):
        for value in thing:
            yield from _values(value, name)
