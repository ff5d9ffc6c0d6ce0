"""EC2's calls as CloudTrail spells them: after its old XML, with lists as `items` in sets, newer operations wrapped."""

import datetime
from collections.abc import Iterable
from typing import Any

from botocore.model import OperationModel, StructureShape

from workshop.cloud.trail import spelling
from workshop.cloud.trail.spelling import Unmapped, given, lower, written_time


def request_parameters(model: OperationModel, params: dict[str, Any]) -> dict[str, Any] | None:
    """Return the requestParameters of a call to EC2, or None. Raises: Unmapped."""
    operation = model.name
    if operation in spelling.EC2_WRAPPED:
        return {f"{operation}Request": _wrapped(model.input_shape, params) or ""}
    if operation not in spelling.EC2_ALWAYS:
        raise Unmapped("how this operation of EC2 is recorded is not known")
    params, out = dict(params), dict(spelling.EC2_ALWAYS[operation])
    if operation == "RunInstances":
        item = {lower(name): params.pop(name) for name in spelling.EC2_RUN_ITEM if name in params}
        out["instancesSet"] = {"items": [item]}
        for name, value in params.pop("Placement", {}).items():
            if name not in spelling.EC2_RUN_PLACEMENT:
                raise Unmapped(f"how its Placement.{name} is recorded is not known")
            out[spelling.EC2_RUN_PLACEMENT[name]] = value
    return {**out, **_members(model.input_shape, params, operation)} or None


def _members(shape: StructureShape, values: dict[str, Any], operation: str) -> dict[str, Any]:
    """Return a structure of a request as the record names its members."""
    renamed = spelling.MEMBERS.get(("ec2", operation), {})
    out: dict[str, Any] = {}
    for name, member, value in given(shape, values):
        own = renamed.get(name, lower(member.serialization.get("name", name)))
        if name in spelling.REPLACED["ec2"] or member.metadata.get("sensitive"):
            out[own] = spelling.REPLACED["ec2"]["UserData"]
        elif name == "Filters":
            out["filterSet"] = _set(
                {"name": each["Name"], "valueSet": _set({"value": text} for text in each.get("Values", []))}
                for each in value
            )
        elif member.type_name == "list" and member.member.type_name == "structure":
            entries = [_members(member.member, entry, operation) for entry in value]
            if shape.name == "TagSpecification":
                out["tags"] = entries
            else:
                out[spelling.EC2_SETS.get(name, (own,))[0]] = _set(entries)
        elif member.type_name == "list":
            if name not in spelling.EC2_SETS:
                raise Unmapped(f"how its {name} is recorded is not known")
            set_name, field = spelling.EC2_SETS[name]
            # Names and ids of security groups may come together, in one set.
            before = out.get(set_name, {}).get("items", [])
            out[set_name] = _set([*before, *({field: entry} for entry in value)])
        elif member.type_name == "structure":
            out[own] = _members(member, value, operation)
        elif member.type_name != "blob":
            out[own] = spelling.EC2_VALUES.get(operation, {}).get(value, _plain(value))
    if shape.name == "IpPermission":
        return {"groups": {}, "ipRanges": {}, "ipv6Ranges": {}, "prefixListIds": {}, **out}
    return out


def _set(entries: Iterable[dict[str, Any]]) -> dict[str, Any]:
    items = list(entries)
    return {"items": items} if items else {}


def _plain(value: Any) -> Any:
    return written_time(value, "ec2") if isinstance(value, datetime.datetime) else value


def _wrapped(shape: StructureShape, values: dict[str, Any]) -> dict[str, Any]:
    """Return a structure of a newer operation's request: names as on the wire, entries of lists numbered by `tag`."""
    out: dict[str, Any] = {}
    for name, member, value in given(shape, values):
        wire = member.serialization.get("name", name)
        wire = wire[:1].upper() + wire[1:]
        if member.type_name == "structure":
            out[wire] = _wrapped(member, value)
        elif member.type_name == "list":
            structured = member.member.type_name == "structure"
            entries = [
                {**_wrapped(member.member, entry), "tag": at} if structured else {"tag": at, "content": entry}
                for at, entry in enumerate(value, 1)
            ]
            out[wire] = entries[0] if len(entries) == 1 else entries
        else:
            out[wire] = _plain(value)
    return out


def response_elements(model: OperationModel, answer: dict[str, Any]) -> dict[str, Any]:
    """Return the responseElements of a successful call to EC2 that changed something."""
    request_id = answer.get("ResponseMetadata", {}).get("RequestId")
    shape = model.output_shape
    elements = _answer(shape, answer) if shape else {}
    if model.name in spelling.EC2_WRAPPED:
        # An empty list is an empty tag there.
        plain = {name: "" if value == {} else value for name, value in elements.items()}
        return {f"{model.name}Response": {"xmlns": spelling.EC2_XMLNS, "requestId": request_id, **plain}}
    if shape is None or model.name in spelling.EC2_RETURNS:
        elements = {"_return": True, **elements}
    return {"requestId": request_id, **elements}


def _answer(shape: StructureShape, values: dict[str, Any]) -> dict[str, Any]:
    """Return a structure of an answer: the names on the wire are the record's."""
    out: dict[str, Any] = {}
    for name, member, value in given(shape, values):
        wire = member.serialization.get("name", lower(name))
        if member.metadata.get("sensitive") or name in spelling.REPLACED["ec2"]:
            out[wire] = spelling.REPLACED["ec2"]["UserData"]
        elif member.type_name == "structure":
            out[wire] = _answer(member, value)
        elif member.type_name == "list":
            entries = [_answer(member.member, entry) if isinstance(entry, dict) else entry for entry in value]
            kind = "item" if wire in spelling.EC2_ITEM else "items"
            out[wire] = {kind: entries} if entries else {}
        else:
            out["_return" if wire == "return" else wire] = _plain(value)
    return out
