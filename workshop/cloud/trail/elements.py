"""One API call as CloudTrail spells it: the event's name, requestParameters, responseElements, the error's code.

Everything is read from botocore's model of the operation; `spelling` holds what differs.
"""

import datetime
import json
from typing import Any
from urllib.parse import quote

from botocore.model import OperationModel, Shape, StructureShape

from workshop.cloud.trail import ec2, spelling
from workshop.cloud.trail.spelling import Unmapped, given, lower, written_time

_S3_XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"


def is_data_event(model: OperationModel) -> bool:
    """Tell whether an operation is a data event (or no event at all), which trails leave out."""
    service = model.service_model.service_name
    if model.name in spelling.DATA_EVENTS.get(service, ()):
        return True
    return service == "s3" and "Key" in getattr(model.input_shape, "members", {})


def event_name(model: OperationModel) -> str:
    """Return the eventName of an operation."""
    return spelling.EVENT_NAMES.get(model.service_model.service_name, {}).get(model.name, model.name)


def is_read(model: OperationModel) -> bool:
    """Tell whether an operation changes nothing."""
    key = (model.service_model.service_name, model.name)
    return spelling.READS.get(key, model.name.startswith(spelling.READ_PREFIXES))


def request_parameters(
    model: OperationModel, params: dict[str, Any], *, account: str, region: str, host: str
) -> dict[str, Any] | None:
    """Return the requestParameters of a call, or None. Raises: Unmapped."""
    service = model.service_model.service_name
    if service == "ec2":
        return ec2.request_parameters(model, params)
    if service == "s3":
        return _s3_request(model, params, host)
    elements = _members(model.input_shape, params, service, model.name)
    if (service, model.name) == ("lambda", "UpdateFunctionCode"):
        elements["fullyQualifiedArn"] = {
            "arnPrefix": {"partition": "aws", "region": region, "account": account},
            "relativeId": {"functionName": params["FunctionName"].rpartition(":function:")[2]},
            "functionQualifier": {},
        }
    return {**spelling.ALWAYS.get((service, model.name), {}), **elements} or None


def response_elements(model: OperationModel, answer: dict[str, Any]) -> dict[str, Any] | None:
    """Return the responseElements of a successful call, or None: for what only reads, or answers nothing."""
    service = model.service_model.service_name
    if service == "s3" or not spelling.ANSWERED.get((service, model.name), not is_read(model)):
        return None
    if service == "ec2":
        return ec2.response_elements(model, answer)
    if model.output_shape is None:
        return None
    elements = _members(model.output_shape, answer, service, model.name)
    if service == "sts" and not elements.get("packedPolicySize"):
        elements.pop("packedPolicySize", None)
    if service in spelling.UNWRAPPED and len(elements) == 1 and isinstance(next(iter(elements.values())), dict):
        elements = next(iter(elements.values()))
    return elements or None


def error_code(model: OperationModel, code: str, status: int) -> str:
    """Return the errorCode of a failed call."""
    service = model.service_model.service_name
    if service == "ec2":
        return f"{'Client' if status < 500 else 'Server'}.{code}"
    if service == "iam":
        # Its API says NoSuchEntity, its records NoSuchEntityException.
        return next((shape.name for shape in model.service_model.error_shapes if shape.error_code == code), code)
    return spelling.ERRORS.get(service, {}).get(code) or spelling.ERRORS[""].get(code, code)


# ---------------------------------------------------------------- most services


def _members(shape: StructureShape | None, values: dict[str, Any], service: str, operation: str) -> dict[str, Any]:
    """Return a structure's members as a record names them."""
    renamed = {**spelling.MEMBERS.get((service,), {}), **spelling.MEMBERS.get((service, operation), {})}
    out: dict[str, Any] = {}
    for name, member, value in given(shape, values):
        if name in spelling.OMITTED.get(service, ()):
            continue
        if name in spelling.REPLACED.get(service, ()):
            out[lower(name)] = spelling.REPLACED[service][name]
        elif member.type_name != "blob":
            out[renamed.get(name, lower(name))] = _value(member, value, service, operation)
    return out


def _value(shape: Shape, value: Any, service: str, operation: str) -> Any:
    if shape.metadata.get("sensitive") or shape.type_name == "blob":
        return spelling.HIDDEN
    if shape.type_name == "structure" and isinstance(value, dict):
        return _members(shape, value, service, operation)
    if shape.type_name == "list":
        return [_value(shape.member, entry, service, operation) for entry in value]
    if shape.type_name == "map":
        return {str(key): _value(shape.value, entry, service, operation) for key, entry in value.items()}
    if isinstance(value, datetime.datetime):
        return written_time(value, service)
    if isinstance(value, (dict, list)) and shape.type_name == "string":
        # botocore decodes the policies that IAM answers with; records hold them as they came.
        return quote(json.dumps(value), safe="")
    return value if isinstance(value, (str, int, float, bool)) else str(value)


# ---------------------------------------------------------------- S3: what is sent, header by header and tag by tag


def _s3_request(model: OperationModel, params: dict[str, Any], host: str) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, member, value in given(model.input_shape, params):
        place = member.serialization.get("location")
        wire = member.serialization.get("name", name)
        if name == "Bucket":
            out["bucketName"] = value
        elif name == "Policy":
            out["bucketPolicy"] = json.loads(value)
        elif place in ("header", "querystring"):
            if wire.lower() not in ("content-md5", "x-amz-sdk-checksum-algorithm"):
                out[wire] = value
        elif member.type_name == "structure":
            out[wire] = {"xmlns": _S3_XMLNS, **_xml(member, value)}
        else:
            raise Unmapped(f"how its {name} is recorded is not known")
    # Which of a bucket's properties it is about stands in the URL: "/{Bucket}?policy".
    query = model.http["requestUri"].partition("?")[2]
    subresource = {part.partition("=")[0]: part.partition("=")[2] for part in query.split("&") if part}
    return {**out, "Host": host, **subresource}


def _xml(shape: StructureShape, values: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, member, value in given(shape, values):
        wire = member.serialization.get("name", name)
        if member.type_name == "structure":
            out[wire] = _xml(member, value)
        elif member.type_name == "list":
            entries = [_xml(member.member, entry) if isinstance(entry, dict) else entry for entry in value]
            # One tag is recorded as an object, several as a list.
            content = entries[0] if len(entries) == 1 else entries
            inner = member.member.serialization.get("name", "member")
            out[wire] = content if member.serialization.get("flattened") else {inner: content}
        else:
            out[wire] = written_time(value, "s3") if isinstance(value, datetime.datetime) else value
    return out
