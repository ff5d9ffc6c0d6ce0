"""The lake's requests and answers have the shapes that botocore knows, once CloudTrail's spelling is undone."""

import re

import botocore.session
import pytest
from botocore.validate import ParamValidator

from workshop import places
from workshop.lake import synthetic

# Event source: name of the service in botocore, where they differ.
SERVICES = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}
# Recorded name: name of the operation, where more than a date differs.
OPERATIONS = {
    ("s3", "GetBucketLifecycle"): "GetBucketLifecycleConfiguration",
    ("s3", "PutBucketLifecycle"): "PutBucketLifecycleConfiguration",
    ("s3", "GetBucketPublicAccessBlock"): "GetPublicAccessBlock",
    ("s3", "PutBucketPublicAccessBlock"): "PutPublicAccessBlock",
}
# Not in botocore: the private calls of the Systems Manager agent.
PRIVATE = {("ssm", "UpdateInstanceInformation"), ("ssm", "ListInstanceAssociations")}
PRIVATE |= {("ssm", "UpdateInstanceAssociationStatus")}
# Spelled otherwise than by lower-casing the first letter. EC2 keeps the names of its query API.
SPELLING = {
    "s3": {"bucketName": "Bucket"},
    "sts": {"sAMLAssertionID": "SAMLAssertion"},
    "ec2": {
        "instancesSet": "InstanceIds",
        "securityGroupIdSet": "GroupIds",
        "securityGroupSet": "GroupNames",
        "vpcSet": "VpcIds",
        "subnetSet": "SubnetIds",
        "regionSet": "RegionNames",
        "availabilityZoneSet": "ZoneNames",
        "availabilityZoneIdSet": "ZoneIds",
        "volumeSet": "VolumeIds",
        "publicIpsSet": "PublicIps",
        "allocationIdsSet": "AllocationIds",
        "networkInterfaceIdSet": "NetworkInterfaceIds",
        "snapshotSet": "SnapshotIds",
        "ownersSet": ("OwnerIds", "Owners"),
        "sharedUsersSet": "RestorableByUserIds",
        "executableBySet": "ExecutableUsers",
        "imagesSet": "ImageIds",
        "resourcesSet": "Resources",
        "tagSet": "Tags",
        "filterSet": "Filters",
        "valueSet": "Values",
        "blockDeviceMapping": "BlockDeviceMappings",
    },
}
# Recorded beside the parameters: the endpoint, the query part of an S3 URL (an empty string), other extras.
EXTRAS = {"s3": {"Host", "xmlns", "bucketPolicy"}, "apigateway": {"template"}, "ec2": {"requestId", "_return"}}
EXTRAS |= {"ec2-instance-connect": {"requestId"}, "ssm": {"interactive"}, "sts": {"roleSessionName"}}
# What CloudTrail leaves out because it is secret or large, with something of the right type in its place.
LEFT_OUT = {
    ("ecr", "PutImage"): {"imageManifest": "{}"},
    ("kms", "Decrypt"): {"CiphertextBlob": b"x"},
    ("s3", "PutBucketPolicy"): {"Policy": "{}"},
    ("sts", "AssumeRoleWithWebIdentity"): {"WebIdentityToken": "token"},
}
HIDDEN = ("HIDDEN_DUE_TO_SECURITY_REASONS", "***OMITTED***")


class Unknown(Exception):
    """A field that the API does not have."""


def undone(shape, value, service):
    """Return a recorded value in the API's own spelling. Raises Unknown for a field that the shape lacks."""
    if value in HIDDEN and shape.type_name != "string":
        return None
    if shape.type_name == "structure":
        return structure_undone(shape, value, service)
    if shape.type_name == "list":
        if isinstance(value, dict):
            value = value.get("items", [value] if value else [])
        entries = []
        for entry in value:
            if isinstance(entry, dict) and shape.member.type_name == "string":
                (entry,) = entry.values()
            entries.append(undone(shape.member, entry, service))
        return entries
    return value


def structure_undone(shape, value, service):
    if not isinstance(value, dict):
        raise Unknown(f"{shape.name} is a structure, not {value!r}")
    out = {}
    for name, inner in value.items():
        try:
            member = member_named(shape, name, service)
        except Unknown:
            if name in EXTRAS.get(service, ()) or (service == "s3" and inner == ""):
                continue
            raise
        plain = undone(shape.members[member], inner, service)
        if plain is not None:
            out[member] = plain
    return out


def member_named(shape, name, service):
    known = SPELLING.get(service, {}).get(name, ())
    for member, inner in shape.members.items():
        wire = inner.serialization.get("name", member)
        if member in ((known,) if isinstance(known, str) else known):
            return member
        if name in (member[:1].lower() + member[1:], wire, wire[:1].lower() + wire[1:]):
            return member
        if service == "s3" and name == member:
            return member
    raise Unknown(f"{shape.name} has no member {name!r} (it has {', '.join(sorted(shape.members))})")


def run_instances(request):
    """RunInstances names its image in instancesSet and its zone on its own."""
    (image,) = request.pop("instancesSet")["items"]
    zone = request.pop("availabilityZone")
    return {**request, **image, "placement": {"availabilityZone": zone}}


def scalars_fit(shape, value, where=""):
    """Yield what is wrong with the scalars of an answer."""
    if shape.type_name == "structure":
        for name, inner in value.items():
            yield from scalars_fit(shape.members[name], inner, f"{where}.{name}")
    elif shape.type_name == "list":
        for inner in value:
            yield from scalars_fit(shape.member, inner, where)
    else:
        kinds = {"string": str, "boolean": bool, "integer": int, "long": int, "timestamp": (str, int), "map": dict}
        kinds |= {"double": (int, float), "float": (int, float), "blob": str}
        if not isinstance(value, kinds[shape.type_name]):
            yield f"{where} is {value!r}, not a {shape.type_name}"


@pytest.fixture(scope="module")
def calls(lake_records):
    """Give one record of each (event source, event name, parameter names) with whether it failed."""
    found = {}
    for record in lake_records:
        if record.get("eventType") == "AwsApiCall":
            request, response = record["requestParameters"] or {}, record["responseElements"] or {}
            shape = (record["eventSource"], record["eventName"], *sorted(request), "", *sorted(response))
            found.setdefault(shape, record)
    return list(found.values())


@pytest.fixture(scope="module")
def lake_records():
    """Give all records of the committed lake."""
    return [record for path in synthetic.log_files(places.data()) for record in synthetic.records_in(path)]


@pytest.fixture(scope="module")
def operation_of():
    """Give a function from a record to (service, botocore's model of its operation, or None for private ones)."""
    session = botocore.session.Session()
    models = {}

    def find(record):
        source = record["eventSource"].removesuffix(".amazonaws.com")
        service = SERVICES.get(source, source)
        name = re.sub(r"20\d{6}(v\d+)?$", "", record["eventName"])
        name = OPERATIONS.get((service, name), name)
        if (service, name) in PRIVATE:
            return service, None
        if service not in models:
            models[service] = session.get_service_model(service)
        return service, models[service].operation_model(name)

    return find


def test_every_call_exists_and_its_request_validates(calls, operation_of):
    """Every recorded call is an operation of its service, with parameters that botocore accepts."""
    problems = []
    for record in calls:
        service, operation = operation_of(record)
        request = record["requestParameters"]
        if operation is None or request is None:
            continue
        wrapped = f"{record['eventName']}Request"
        if wrapped in request:
            request = {name: value["content"] for name, value in request[wrapped].items()}
        if record["eventName"] == "RunInstances":
            request = run_instances(dict(request))
        try:
            params = undone(operation.input_shape, request, service)
        except Unknown as problem:
            problems.append(f"{record['eventName']}: {problem}")
            continue
        params |= LEFT_OUT.get((service, operation.name), {})
        for required in operation.input_shape.required_members:
            if operation.input_shape.members[required].type_name == "string" and required in HIDDEN_REQUIRED:
                params.setdefault(required, "hidden")
        report = ParamValidator().validate(params, operation.input_shape)
        if report.has_errors():
            problems.append(f"{record['eventName']}: {report.generate_report()}")
    assert not problems, "\n".join(problems)


HIDDEN_REQUIRED = {"Value", "SAMLAssertion"}


def test_answers_have_the_shape_of_the_api(calls, operation_of):
    """Every recorded answer has only members that the operation returns, with scalars of their type."""
    problems = []
    for record in calls:
        service, operation = operation_of(record)
        response = record["responseElements"]
        if operation is None or not response:
            continue
        if operation.output_shape is None:
            if set(response) - EXTRAS.get(service, set()):
                problems.append(f"{record['eventName']} returns nothing, but the record has {response}")
            continue
        shape = operation.output_shape
        if service == "rds" and len(shape.members) == 1:
            (shape,) = shape.members.values()  # RDS's records leave out the element around the answer
        try:
            answer = undone(shape, response, service)
        except Unknown as problem:
            problems.append(f"{record['eventName']}: {problem}")
            continue
        problems += [f"{record['eventName']}{problem}" for problem in scalars_fit(shape, answer)]
    assert not problems, "\n".join(problems)


def test_calls_that_change_something_answer_like_the_api(calls, operation_of):
    """A successful call that changes something shows its answer where the API has one worth showing."""
    silent = {
        record["eventName"]
        for record in calls
        if record.get("readOnly") is False and "errorCode" not in record and not record["responseElements"]
        if operation_of(record)[1] is not None and operation_of(record)[1].output_shape is not None
        if set(operation_of(record)[1].output_shape.members) - {"ResponseMetadata"}
    }
    assert silent <= ANSWERS_NOT_RECORDED


# Their answers are left out of records, or empty when the call succeeds.
ANSWERS_NOT_RECORDED = {
    "CreateBucket",
    "CreateLogStream",
    "DeleteFunction20150331",
    "DeregisterTargets",
    "PutBucketLifecycle",
    "PutInventory",
    "RegisterTargets",
    "SetDesiredCapacity",
    "StartLogging",
    "StopLogging",
}


def test_read_only_says_whether_the_call_changes_something(lake_records):
    """readOnly is true for the calls that read, issue credentials or decrypt, and false for all others."""
    reads = re.compile(
        r"Describe|List|Get|Lookup|BatchGet|Filter|AssumeRole|Decrypt$|GenerateDataKey|StartQuery$|GenerateServiceLast"
    )
    wrong = {
        (record["eventName"], record["readOnly"])
        for record in lake_records
        if isinstance(record.get("readOnly"), bool)
        and record["readOnly"] != bool(reads.match(record["eventName"]) and record["eventName"] != "GetFederationToken")
    }
    assert wrong == set()


def test_records_carry_the_fields_every_management_event_has(lake_records):
    """Every record names its category, type, recipient and ids; only records of the old version lack some."""
    for record in lake_records:
        assert record["recipientAccountId"] == "111122223333"
        assert record["eventType"] in ("AwsApiCall", "AwsConsoleSignIn", "AwsServiceEvent")
        assert ("requestID" in record) == (record["eventType"] == "AwsApiCall")
        if record["eventVersion"] != "1.05":
            assert record["eventCategory"] == "Management"
            assert record["managementEvent"] is True
            assert record["eventVersion"] in ("1.08", "1.09", "1.10", "1.11")
