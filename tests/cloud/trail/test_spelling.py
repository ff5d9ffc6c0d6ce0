"""The local trail's spelling: against captured CloudTrail records, and against botocore's model of every operation."""

import datetime
import gzip
import json

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse

from workshop import places
from workshop.cloud.clock import now
from workshop.cloud.trail import elements, spelling
from workshop.cloud.trail.delivery import Delivery
from workshop.cloud.trail.record import Call, record_of
from workshop.cloud.trail.trail import Trail

_REAL = places.checkout().parent / "shared" / "real-records"
_CORE = botocore.session.get_session()
_MOMENT = datetime.datetime(2026, 3, 9, 14, 5, 7, tzinfo=datetime.timezone.utc)

# eventSource to botocore's name, where it is another.
_CLIENTS = {"monitoring": "cloudwatch", "InvokeModel": "bedrock-runtime"}

# Captured records of which the trail cannot make the like, and why.
_NOT_CALLS = {
    "ConsoleLogin": "signing in to the console is no API call",
    "SharedSnapshotVolumeCreated": "an event of a service's own, no API call",
    "PutFoundationModelEntitlement": "not in the public API: the console's own",
}
# Elements of captured records that the trail does not make, by eventName, and why.
_INTERNAL = "the service's own, in no public API"
_NOT_MADE = {
    "RunInstances": {
        "responseElements": {"httpProtocolIpv4": _INTERNAL, "tagSet": "network interfaces have none there"}
    },
    "SendCommand": {
        "responseElements": dict.fromkeys(
            ("clientName", "clientSourceId", "hasCancelCommandSignature", "hasSendCommandSignature", "interactive"),
            _INTERNAL,
        )
    },
    "UpdateFunctionConfiguration20150331v2": {"responseElements": {"uncompressedCodeSize": _INTERNAL}},
}
# Since which eventVersion records have these fields; older ones were captured too.
_SINCE = {"readOnly": 1.06, "managementEvent": 1.06, "eventCategory": 1.08, "tlsDetails": 1.08}


def _captured():
    records = []
    for path in sorted(_REAL.rglob("*.json.gz")):
        document = json.loads(gzip.decompress(path.read_bytes()))
        entries = document["Records"] if isinstance(document, dict) and "Records" in document else document
        records += entries if isinstance(entries, list) else [entries]
    return records


def _named(records):
    """One record of each shape of request and outcome, with a name for the test."""
    seen = {}
    for record in records:
        shape = json.dumps([_kinds(record.get(name)) for name in ("requestParameters", "responseElements")])
        key = (record["eventSource"], record["eventName"], record.get("errorCode"), shape)
        seen.setdefault(key, record)
    return [
        pytest.param(record, id=f"{source.partition('.')[0]}:{name}:{error or 'done'}-{number}")
        for number, ((source, name, error, _), record) in enumerate(seen.items())
    ]


_RECORDS = _captured() if _REAL.is_dir() else []
_SKIPPED = pytest.param(None, marks=pytest.mark.skip("the captured records (../shared/real-records) are not here"))


def _kinds(value):
    """The keys and the kinds of values, all the way down."""
    if isinstance(value, dict):
        return {key: _kinds(entry) for key, entry in sorted(value.items())}
    if isinstance(value, list):
        return sorted({json.dumps(_kinds(entry)) for entry in value})
    return type(value).__name__


@pytest.mark.parametrize("real", _named(_RECORDS) or [_SKIPPED])
def test_a_call_leaves_the_record_that_was_captured(real):
    """The same call through a hooked client: the same fields of the same kinds, the same request, the same names."""
    if real["eventName"] in _NOT_CALLS:
        pytest.skip(_NOT_CALLS[real["eventName"]])
    made = _made_like(real)
    for since, version in _SINCE.items():
        if float(real["eventVersion"]) < version and since not in real:
            made.pop(since, None)
    if "sessionCredentialFromConsole" in real:
        # The console's own calls have no TLS details; it has credentials of its own, which the kit never has.
        made.pop("tlsDetails")
        made["sessionCredentialFromConsole"] = "true"
    real = {**real, "eventVersion": made["eventVersion"]}
    if real["eventName"] == "RunInstances" and "clientToken" not in real["requestParameters"]:
        # botocore adds one to every call.
        made["requestParameters"].pop("clientToken")
    for element, names in _NOT_MADE.get(real["eventName"], {}).items():
        real[element] = _without(real[element], names)
    assert _kinds(made) == _kinds(real)
    for field in ("eventSource", "eventName", "eventType", "recipientAccountId", "requestParameters"):
        assert made[field] == real[field], field
    if made["awsRegion"] != "us-east-1":
        # The names of Regions were made up when the records were anonymised, us-east-1 included.
        assert made["awsRegion"] == real["awsRegion"]
    for field in ("errorCode", "readOnly", "managementEvent", "eventCategory", "resources"):
        assert made.get(field) == real.get(field), field
    if "tlsDetails" in real:
        host = "clientProvidedHostHeader"
        assert made["tlsDetails"][host].split(".")[0] == real["tlsDetails"][host].split(".")[0]


def _made_like(real):
    """Make the call that a captured record tells of, with the outcome that it tells of; return the trail's record."""
    source, name = real["eventSource"].partition(".")[0], real["eventName"]
    service = _CLIENTS.get(name) or _CLIENTS.get(source, source)
    operation = {new: old for old, new in spelling.EVENT_NAMES.get(service, {}).items()}.get(name, name)
    region = real["awsRegion"]
    client = boto3.client(
        service,
        region_name=region,
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="AKIACAPTUREDEXAMPLE",
        aws_secret_access_key="x",
        config=botocore.config.Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )
    model = client.meta.service_model.operation_model(operation)
    _answer_with(client, model, _outcome(model, real))
    records = []
    account = real["recipientAccountId"]
    delivery = Delivery(lambda *_: None, account=account)
    delivery.add = records.append
    trail = Trail(delivery, _Known(real["userIdentity"]))
    trail.attach(client)
    method = {api: own for own, api in client.meta.method_to_api_mapping.items()}[operation]
    params = _given(model, real["requestParameters"] or {})
    if model.name == "AssumeRole" and real["requestParameters"] is None:
        params = {"RoleArn": "arn:aws:iam::111122223333:role/r", "RoleSessionName": "n"}
    try:
        if real["userIdentity"].get("type") == "AWSService":
            with trail.on_behalf_of(real["userIdentity"]["invokedBy"]):
                getattr(client, method)(**params)
        else:
            getattr(client, method)(**params)
    except client.exceptions.ClientError:
        assert "errorCode" in real
    assert trail.errors == []
    assert trail.unmapped == {}
    (record,) = records
    if real["userIdentity"].get("invokedBy") and real["userIdentity"]["type"] != "AWSService":
        # Forward access sessions, by which services call on a user's behalf, are AWS's alone.
        pytest.skip(f"{real['userIdentity']['invokedBy']} called on a role's behalf, which only AWS's services can")
    return json.loads(json.dumps(record, default=str))


class _Known:
    """Identities that know one identity."""

    def __init__(self, identity):
        self._identity = identity

    def of(self, credentials):
        return self._identity

    def learn(self, *_):
        pass


def _answer_with(client, model, answer):
    """Have a client get this (parsed) answer without sending anything."""
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    wrapper = (model.output_shape.serialization.get("resultWrapper") if model.output_shape else None) or "r"
    xml = f"<a><{wrapper}/><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></a>"
    body = b"{}" if "json" in model.service_model.metadata["protocol"] else xml.encode()

    class Raw:
        def stream(self, **_):
            yield body

    client.meta.events.register("before-send", lambda request, **_: AWSResponse(request.url, status, {}, Raw()))

    def replace(parsed, **_):
        parsed.clear()
        parsed.update(answer)

    client.meta.events.register("after-call", replace)


def _outcome(model, real):
    metadata = {"RequestId": real.get("requestID", ""), "HTTPStatusCode": 200}
    if "errorCode" in real:
        code = real["errorCode"].removeprefix("Client.")
        if model.service_model.service_name == "iam":
            shapes = {shape.name: shape.error_code for shape in model.service_model.error_shapes}
            code = shapes.get(code, code)
        if model.service_model.service_name == "organizations":
            code = "AccessDeniedException"
        return {
            "Error": {"Code": code, "Message": real["errorMessage"]},
            "ResponseMetadata": {**metadata, "HTTPStatusCode": 400},
        }
    elements = real["responseElements"] or {}
    elements = elements.get(f"{model.name}Response", elements)
    if model.service_model.service_name == "rds" and elements:
        # RDS answers with everything in one structure, which records leave away.
        (member,) = model.output_shape.members
        elements = {member: elements}
    return {**(_given_to(model.output_shape, elements) if model.output_shape else {}), "ResponseMetadata": metadata}


# ---------------------------------------------------------------- from a captured record back to botocore's parameters

# What a caller gives botocore for an element that is spelled so differently that its name does not tell.
_BACK = {
    "instancesSet": "InstanceIds",
    "blockDeviceMapping": "BlockDeviceMappings",
    "networkInterfaceSet": "NetworkInterfaces",
    "groupSet": "Groups",
    "attributeType": "Attribute",
    "groupDescription": "Description",
    "FlowLogId": "FlowLogIds",
}


def _given(model, elements):
    """Return the parameters of botocore that lead to these requestParameters."""
    elements = dict(elements)
    name = model.name
    if f"{name}Request" in elements:
        inner = elements[f"{name}Request"] or {}
        return {_BACK[key]: [value["content"]] for key, value in inner.items()}
    if name == "RunInstances":
        (item,) = elements.pop("instancesSet")["items"]
        item = {key[:1].upper() + key[1:]: value for key, value in item.items()}
        placement = {"Placement": {"Tenancy": elements.pop("tenancy")}} if "tenancy" in elements else {}
        return {**item, **placement, **_given_to(model.input_shape, elements)}
    if name == "ModifySnapshotAttribute":
        elements["attributeType"] = "createVolumePermission"
    if name == "ModifyInstanceAttribute":
        elements["userData"] = {"Value": b"x"}
    for key in ("fullyQualifiedArn", "template", "interactive", "monitorMode", "originSequenceNumber", "filterSet"):
        elements.pop(key, None)
    return _given_to(model.input_shape, elements)


def _given_to(shape, value):
    if shape is None:
        return {}
    if value in ("HIDDEN_DUE_TO_SECURITY_REASONS", "REDACTED", "Value hidden due to security reasons."):
        return {"a": "b"} if shape.type_name == "map" else "a secret"
    if shape.type_name == "structure":
        return {
            _member(shape, key): _given_to(shape.members[_member(shape, key)], entry)
            for key, entry in _known(shape, value)
        }
    if shape.type_name == "list":
        entries = (value.get("items") or value.get("item") or []) if isinstance(value, dict) else value or []
        if shape.member.type_name != "structure":
            entries = [next(iter(entry.values())) if isinstance(entry, dict) else entry for entry in entries]
        return [_given_to(shape.member, entry) for entry in entries]
    if shape.type_name == "timestamp":
        return _MOMENT
    return value


def _known(shape, value):
    return [(key, entry) for key, entry in value.items() if _member(shape, key)] if isinstance(value, dict) else []


def _member(shape, key):
    if _BACK.get(key) in shape.members:
        return _BACK[key]
    key = {"_return": "return"}.get(key, key)
    for name, member in shape.members.items():
        if key.lower() in (name.lower(), str(member.serialization.get("name", name)).lower()):
            return name
    return None


def _without(value, names):
    if isinstance(value, dict):
        return {key: _without(entry, names) for key, entry in value.items() if key not in names}
    if isinstance(value, list):
        return [_without(entry, names) for entry in value]
    return value


# ---------------------------------------------------------------- the tables, against botocore's models


def _models(service):
    service_model = _CORE.get_service_model(service)
    return [service_model.operation_model(name) for name in service_model.operation_names]


@pytest.mark.parametrize("service", sorted(spelling.SERVICES))
def test_every_operation_is_recorded_or_listed_and_shows_no_secret(service):
    """With every parameter given and every member answered: a record that is JSON, or a reason why there is none."""
    recorded = 0
    for model in _models(service):
        if elements.is_data_event(model):
            continue
        call = Call(model, _sample(model.input_shape), identity={}, at=now(), region="ca-central-1", agent="a")
        answer = {**_sample(model.output_shape), "ResponseMetadata": {"RequestId": "r", "HTTPStatusCode": 200}}
        try:
            record = record_of(call, answer, "111122223333")
        except spelling.Unmapped:
            assert service in ("ec2", "s3"), call.name
            continue
        recorded += 1
        text = json.dumps(record)
        # What AWS's model of S3 marks outside of object calls are the ids of keys, which records show.
        assert "<secret>" not in text or service == "s3", call.name
        assert record["eventSource"].endswith(".amazonaws.com")
    assert recorded


def _sample(shape, depth=4):
    """Return a value for a shape with every member given; what AWS's model marks as sensitive is a secret."""
    kind = shape.type_name if shape else "nothing"
    if kind in ("nothing", "structure", "list", "map") and (not shape or not depth):
        return [] if kind == "list" else {}
    if kind == "structure":
        return {name: _sample(member, depth - 1) for name, member in shape.members.items()}
    if kind == "list":
        return [_sample(shape.member, depth - 1)] * 2
    if kind == "map":
        return {"key": _sample(shape.value, depth - 1)}
    if kind == "string":
        return "<secret>" if shape.metadata.get("sensitive") else next(iter(shape.enum or ["{}"]))
    return {"timestamp": _MOMENT, "blob": b"<secret>", "boolean": True, "float": 1.5, "double": 1.5}.get(kind, 1)


@pytest.mark.parametrize(
    ("table", "service", "names"),
    [
        *(("EVENT_NAMES", service, set(names)) for service, names in spelling.EVENT_NAMES.items()),
        *(("DATA_EVENTS", service, set(names)) for service, names in spelling.DATA_EVENTS.items()),
        ("EC2_ALWAYS", "ec2", set(spelling.EC2_ALWAYS)),
        ("EC2_WRAPPED", "ec2", set(spelling.EC2_WRAPPED)),
        *(
            (table, service, {name})
            for table in ("ALWAYS", "READS", "ANSWERED")
            for service, name in getattr(spelling, table)
        ),
    ],
)
def test_the_tables_name_operations_that_exist(table, service, names):
    """A misspelled operation in a table would never be noticed otherwise."""
    assert names <= set(_CORE.get_service_model(service).operation_names)


def test_lambdas_dated_names_have_the_date_of_the_operations_path():
    """Where Lambda's records carry a date, it is the version of the API in the request's path."""
    for name, recorded in spelling.EVENT_NAMES["lambda"].items():
        uri = _CORE.get_service_model("lambda").operation_model(name).http["requestUri"]
        assert recorded.removeprefix(name).removesuffix("v2") == uri.split("/")[1].replace("-", ""), name


def _record(service, operation, params, answer=None):
    model = _CORE.get_service_model(service).operation_model(operation)
    call = Call(model, params, identity={}, at=_MOMENT, region="ca-central-1", agent="Boto3/1")
    answer = {**(answer or {}), "ResponseMetadata": {"RequestId": "r", "HTTPStatusCode": 200}}
    return record_of(call, answer, "111122223333")


def test_a_buckets_record_has_s3s_own_spelling():
    """The bucket, its endpoint, the property in the URL, and what was sent, tag by tag."""
    rules = [{"ID": "nothing-lasts", "Status": "Enabled", "Filter": {"Prefix": "*"}, "Expiration": {"Days": 1}}]
    record = _record(
        "s3",
        "PutBucketLifecycleConfiguration",
        {"Bucket": "b", "LifecycleConfiguration": {"Rules": rules}, "ChecksumAlgorithm": "CRC32"},
    )
    assert record["eventName"] == "PutBucketLifecycle"
    assert record["userAgent"] == "[Boto3/1]"
    assert record["requestParameters"] == {
        "bucketName": "b",
        "Host": "b.s3.ca-central-1.amazonaws.com",
        "lifecycle": "",
        "LifecycleConfiguration": {
            "xmlns": "http://s3.amazonaws.com/doc/2006-03-01/",
            "Rule": {
                "ID": "nothing-lasts",
                "Status": "Enabled",
                "Filter": {"Prefix": "*"},
                "Expiration": {"Days": 1},
            },
        },
    }
    assert record["responseElements"] is None
    assert record["resources"] == [{"accountId": "111122223333", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b"}]


def test_iams_secrets_are_not_even_mentioned():
    """Neither a password nor a secret key has an element, not even a hidden one."""
    profile = _record("iam", "CreateLoginProfile", {"UserName": "u", "Password": "p"})
    assert profile["requestParameters"] == {"userName": "u", "passwordResetRequired": False}
    key = {"UserName": "u", "AccessKeyId": "AKIAEXAMPLE", "SecretAccessKey": "s"}
    created = _record("iam", "CreateAccessKey", {"UserName": "u"}, {"AccessKey": key})
    assert created["responseElements"] == {"accessKey": {"userName": "u", "accessKeyId": "AKIAEXAMPLE"}}


def test_of_a_stacks_parameters_only_the_names_are_recorded():
    """CloudFormation's records hold neither values nor the template."""
    parameters = [{"ParameterKey": "NotificationEmailAddress", "ParameterValue": "me@example.com"}]
    record = _record(
        "cloudformation",
        "CreateStack",
        {"StackName": "s", "TemplateBody": "long", "Parameters": parameters, "Capabilities": ["CAPABILITY_IAM"]},
        {"StackId": "arn"},
    )
    assert record["requestParameters"] == {
        "stackName": "s",
        "parameters": [{"parameterKey": "NotificationEmailAddress"}],
        "capabilities": ["CAPABILITY_IAM"],
    }
    assert record["responseElements"] == {"stackId": "arn"}


def test_times_are_written_as_each_service_writes_them():
    """STS and most others with a comma before the time, IAM without."""
    sts = _record("sts", "GetFederationToken", {"Name": "me"}, {"Credentials": {"Expiration": _MOMENT}})
    assert sts["responseElements"]["credentials"]["expiration"] == "Mar 9, 2026, 2:05:07 PM"
    iam = _record("iam", "CreateUser", {"UserName": "u"}, {"User": {"CreateDate": _MOMENT}})
    assert iam["responseElements"]["user"]["createDate"] == "Mar 9, 2026 2:05:07 PM"


def test_ec2s_filters_and_tags_have_its_old_xml_shape():
    """Lists are items in sets; the sets that were not given are there, empty."""
    filters = [{"Name": "instance-state-name", "Values": ["running", "stopped"]}]
    record = _record("ec2", "DescribeInstances", {"Filters": filters})
    assert record["requestParameters"] == {
        "instancesSet": {},
        "filterSet": {
            "items": [
                {"name": "instance-state-name", "valueSet": {"items": [{"value": "running"}, {"value": "stopped"}]}}
            ]
        },
    }
    record = _record("ec2", "CreateTags", {"Resources": ["i-1"], "Tags": [{"Key": "k", "Value": "v"}]})
    assert record["requestParameters"] == {
        "resourcesSet": {"items": [{"resourceId": "i-1"}]},
        "tagSet": {"items": [{"key": "k", "value": "v"}]},
    }
    assert record["responseElements"] == {"requestId": "r", "_return": True}
