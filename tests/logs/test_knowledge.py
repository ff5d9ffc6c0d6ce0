"""What a detector may know besides its record: learned from records, and from a list of what the account owns."""

import dataclasses

import pytest

from workshop.exercises.sample_records import Maker
from workshop.logs.knowledge import learn

EC2, STS = "ec2.amazonaws.com", "sts.amazonaws.com"


@pytest.fixture
def make():
    return Maker(7)


def birth(make, key, instance, service=EC2, **fields):
    """EC2 (or another service) assumes a role for an instance."""
    return make.record(
        STS,
        "AssumeRole",
        make.service(service),
        {"roleArn": "arn:aws:iam::111122223333:role/web", "roleSessionName": instance},
        {"credentials": {"accessKeyId": key, "expiration": "Mar 9, 2026, 8:00:00 PM"}},
        sourceIPAddress=service,
        **fields,
    )


def called(make, key, address, when, **identity):
    return make.record(EC2, "DescribeTags", make.session(key=key, **identity), sourceIPAddress=address, eventTime=when)


def inventory(tmp_path, *rows, head="resource,id,address"):
    path = tmp_path / "inventory.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def test_only_what_ec2_issues_is_issued_by_ec2(make):
    """Not what people or other services assume, nor what failed."""
    person = birth(make, "ASIAPERSONEXAMPLE", "i-0123456789abcdef0")
    person["userIdentity"] = make.user()
    failed = {**birth(make, "", "i-0123456789abcdef0"), "responseElements": None}
    records = [
        birth(make, "ASIABORNEXAMPLE", "i-0123456789abcdef0"),
        birth(make, "ASIALAMBDAEXAMPLE", "orders", "lambda.amazonaws.com"),
        person,
        failed,
    ]
    assert dict(learn(records).issued_to) == {"ASIABORNEXAMPLE": "i-0123456789abcdef0"}


def test_the_first_address_is_the_earliest_whatever_the_order_of_the_records(make):
    """Files come out of order; a service's name is no address."""
    records = [
        called(make, "ASIAONEEXAMPLE", "192.0.2.9", "2026-03-09T10:00:00Z"),
        called(make, "ASIAONEEXAMPLE", "198.51.100.7", "2026-03-09T09:00:00Z"),
        called(make, "ASIAONEEXAMPLE", "kms.amazonaws.com", "2026-03-09T08:00:00Z"),
        called(make, "ASIATWOEXAMPLE", "AWS Internal", "2026-03-09T08:30:00Z"),
        called(make, "ASIASIXEXAMPLE", "2001:db8::7", "2026-03-09T08:40:00Z"),
    ]
    known = learn(records)
    assert dict(known.first_address) == {"ASIAONEEXAMPLE": "198.51.100.7", "ASIASIXEXAMPLE": "2001:db8::7"}
    assert known.since == "2026-03-09T08:00:00Z"


def test_the_list_tells_instances_nat_gateways_and_endpoints(make, tmp_path):
    """An instance without a public address is on the list all the same; other resources are passed over."""
    path = inventory(
        tmp_path,
        "AWS::EC2::Instance,i-0aaaaaaaaaaaaaaa1,198.51.100.7",
        "AWS::EC2::Instance,i-0aaaaaaaaaaaaaaa1,198.51.100.8",
        "AWS::EC2::Instance,i-0aaaaaaaaaaaaaaa2,",
        "AWS::EC2::NatGateway,nat-0aaaaaaaaaaaaaaa3,198.51.100.200",
        "AWS::EC2::VPCEndpoint,vpce-0aaaaaaaaaaaaaaa4,",
        "AWS::S3::Bucket,logs,",
    )
    known = learn([make.record(EC2, "DescribeTags")], path)
    assert dict(known.addresses) == {
        "i-0aaaaaaaaaaaaaaa1": {"198.51.100.7", "198.51.100.8"},
        "i-0aaaaaaaaaaaaaaa2": frozenset(),
    }
    assert known.nat_addresses == {"198.51.100.200"}
    assert known.vpc_endpoints == {"vpce-0aaaaaaaaaaaaaaa4"}


def test_what_is_made_while_the_logs_are_written_is_learned_from_them(make):
    """Elastic addresses by allocation id or by themselves; failed calls make nothing."""

    def at(hour, name, request, response=None, **fields):
        when = f"2026-03-09T{hour:02}:00:00Z"
        return make.record(EC2, name, make.user(), request, response, eventTime=when, **fields)

    gateway = {"natGatewayAddressSet": {"item": {"allocationId": "eipalloc-2"}}}
    records = [
        at(3, "CreateNatGateway", {"CreateNatGatewayRequest": {"AllocationId": "eipalloc-2", "SubnetId": "subnet-1"}},
           {"CreateNatGatewayResponse": {"natGateway": gateway}}),
        at(2, "AssociateAddress", {"instanceId": "i-0aaaaaaaaaaaaaaa1", "allocationId": "eipalloc-1"}),
        at(1, "AllocateAddress", {"domain": "vpc"}, {"publicIp": "198.51.100.9", "allocationId": "eipalloc-1"}),
        at(1, "AllocateAddress", {"domain": "vpc"}, {"publicIp": "198.51.100.201", "allocationId": "eipalloc-2"}),
        at(4, "AssociateAddress", {"instanceId": "i-0aaaaaaaaaaaaaaa2", "publicIp": "198.51.100.10"}),
        at(5, "CreateVpcEndpoint", {"CreateVpcEndpointRequest": {"VpcId": "vpc-1"}},
           {"CreateVpcEndpointResponse": {"vpcEndpoint": {"vpcEndpointId": "vpce-0aaaaaaaaaaaaaaa4"}}}),
        at(6, "AssociateAddress", {"instanceId": "i-0aaaaaaaaaaaaaaa3", "publicIp": "198.51.100.11"},
           errorCode="Client.UnauthorizedOperation"),
    ]  # fmt: skip
    known = learn(records)
    assert dict(known.addresses) == {"i-0aaaaaaaaaaaaaaa1": {"198.51.100.9"}, "i-0aaaaaaaaaaaaaaa2": {"198.51.100.10"}}
    assert known.nat_addresses == {"198.51.100.201"}
    assert known.vpc_endpoints == {"vpce-0aaaaaaaaaaaaaaa4"}


def test_nothing_in_it_can_be_changed(make):
    """A detector that changed what it knows would judge the next record by other knowledge."""
    known = learn([make.record(EC2, "DescribeTags")])
    with pytest.raises(dataclasses.FrozenInstanceError):
        known.since = ""
    with pytest.raises(TypeError):
        known.issued_to["ASIAEXAMPLE"] = "i-0aaaaaaaaaaaaaaa1"
    assert not hasattr(known.nat_addresses, "add")


def test_a_list_without_its_columns_and_logs_without_records_are_refused(make, tmp_path):
    """The message says what is missing and what there is."""
    with pytest.raises(ValueError, match=r"has no column address, resource; it has \['id', 'ip'\]"):
        learn([make.record(EC2, "DescribeTags")], inventory(tmp_path, "1,2", head="id,ip"))
    with pytest.raises(ValueError, match="no record with an eventTime"):
        learn([{"eventName": "ListBuckets"}])


ODD = {
    "an identity that is text": {"userIdentity": "{u'type': u'Root'}"},
    "an answer that is text": {"responseElements": "{}"},
    "credentials that are text": {"responseElements": {"credentials": "HIDDEN_DUE_TO_SECURITY_REASONS"}},
    "a key that is a list": {"responseElements": {"credentials": {"accessKeyId": ["ASIA"]}}},
    "a request that is text": {"requestParameters": "HIDDEN_DUE_TO_SECURITY_REASONS"},
    "a session's name that is a number": {"requestParameters": {"roleSessionName": 7}},
    "a caller's key that is a list": {"userIdentity": {"type": "IAMUser", "accessKeyId": ["AKIA"]}},
    "a time that is a number": {"eventTime": 1773144000},
    "a time in words": {"eventTime": "yesterday"},
}


@pytest.mark.parametrize("fields", ODD.values(), ids=ODD)
def test_an_odd_record_teaches_nothing_and_stops_nothing(make, fields):
    """What the record beside it says is learned all the same."""
    odd = {**birth(make, "ASIAODDEXAMPLE", "i-0bbbbbbbbbbbbbbb2"), **fields}
    known = learn([odd, birth(make, "ASIABORNEXAMPLE", "i-0123456789abcdef0")])
    assert known.issued_to["ASIABORNEXAMPLE"] == "i-0123456789abcdef0"
    assert set(known.issued_to.values()) <= {"i-0123456789abcdef0", "i-0bbbbbbbbbbbbbbb2"}


@pytest.mark.parametrize(
    ("time", "since"),
    [
        ("2026-03-10T12:30:00+02:00", "2026-03-10T12:30:00+02:00"),
        ("2026-03-10T11:00:00.123456789Z", "2026-03-10T11:00:00.123456789Z"),
        ("2026-03-10T11:00:00", "2026-03-10T11:00:00"),
        ("2026-03-10T12:30:00.5Z", "2026-03-10T12:00:00Z"),
        ("...", "2026-03-10T12:00:00Z"),
        ("0001-01-01T00:00:00Z", "2026-03-10T12:00:00Z"),
        ("0001-01-01T00:00:00+05:00", "2026-03-10T12:00:00Z"),
    ],
)
def test_since_is_the_earliest_time_however_it_is_written(make, time, since):
    """Texts with offsets do not sort as times do; a placeholder or a program's zero is no time."""
    records = [make.record(EC2, "DescribeTags", eventTime=text) for text in ("2026-03-10T12:00:00Z", time)]
    assert learn(records).since == since
