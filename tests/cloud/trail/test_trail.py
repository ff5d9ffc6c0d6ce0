"""The local trail: calls through the kit's clients arrive as CloudTrail records in log files, and never fail for it."""

import re
import subprocess
import sys
import textwrap
import threading
from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from recorded_cloud import delivering_by_hand, log_files, recorded, records_of
from waiting import PATIENCE, eventually

from workshop import places
from workshop.cloud import connection
from workshop.cloud.function.deploy import deploy
from workshop.cloud.function.lambda_log import finished_runs
from workshop.cloud.trail.delivery import Delivery
from workshop.cloud.trail.trail import Trail
from workshop.exercises import model_answers

_KEY = re.compile(
    r"AWSLogs/111122223333/CloudTrail/(?P<region>[a-z0-9-]+)/(?P<day>\d{4}/\d\d/\d\d)/"
    r"111122223333_CloudTrail_(?P=region)_\d{8}T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz"
)
_SECRET = "never-to-be-recorded-1"
_TRUST_EC2 = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, '
    '"Action": "sts:AssumeRole"}]}'
)


@pytest.fixture
def cloud(recorded_cloud):
    """The connected local cloud, with its trail, what connecting recorded delivered."""
    return recorded(recorded_cloud)


@pytest.fixture
def logs(cloud):
    """A CloudWatch Logs client whose calls are recorded."""
    return cloud.client("logs")


def test_a_deleted_log_group_is_found_by_the_lambda_function_seconds_later(cloud, logs):
    """The whole point: a real call in a cell, a log file by itself, the attendee's detector matches it."""
    began = datetime.now(timezone.utc) - timedelta(minutes=1)
    # The emulator keeps running the old code if it is replaced during a run: wait until there is none.
    onlooker = connection.local_cloud(region=cloud.region, stack=cloud.stack)

    def analyzed():
        return {one["key"]: one["found"] for run in finished_runs(onlooker, began) for one in run.analyzed}

    logs.describe_log_groups()
    cloud.trail.flush()
    assert eventually(lambda: set(cloud.trail.delivered) <= set(analyzed()))
    with cloud.trail.unrecorded():
        assert deploy(cloud, *model_answers()).deployed
    logs.create_log_group(logGroupName="/precious")
    logs.delete_log_group(logGroupName="/precious")

    def caught():
        return [key for key, found in analyzed().items() if found.get("deleting_logs")]

    assert eventually(caught)
    assert set(caught()) <= set(cloud.trail.delivered)
    assert cloud.trail.errors == []


def test_a_record_says_what_cloudtrail_would_say(cloud, logs):
    """Who, what, where, when of one call, field by field."""
    logs.create_log_group(logGroupName="/precious")
    logs.delete_log_group(logGroupName="/precious")
    (record,) = records_of(cloud, "DeleteLogGroup")
    agent, request_id, event_id, time = (
        record.pop(name) for name in ("userAgent", "requestID", "eventID", "eventTime")
    )
    assert agent.startswith("Boto3/")
    assert re.fullmatch(r"[0-9a-f-]{36}", request_id)
    assert re.fullmatch(r"[0-9a-f-]{36}", event_id)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time)
    assert record == {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "Root",
            "principalId": "111122223333",
            "arn": "arn:aws:iam::111122223333:root",
            "accountId": "111122223333",
            "accessKeyId": "AKIALOCALROOTEXAMPLE",
        },
        "eventSource": "logs.amazonaws.com",
        "awsRegion": "ca-central-1",
        "eventName": "DeleteLogGroup",
        "sourceIPAddress": "127.0.0.1",
        "requestParameters": {"logGroupName": "/precious"},
        "responseElements": None,
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": "logs.ca-central-1.amazonaws.com",
        },
    }


def test_files_are_named_as_cloudtrail_names_them_and_global_services_lie_under_us_east_1(cloud, logs):
    """IAM's records are us-east-1's, wherever the caller is."""
    delivering_by_hand(cloud)
    logs.describe_log_groups()
    cloud.client("iam").list_users()
    keys = cloud.trail.flush()
    files = log_files(cloud)
    regions = {_KEY.fullmatch(key)["region"]: files[key] for key in keys}
    assert set(regions) == {"ca-central-1", "us-east-1"}
    assert {record["eventName"] for record in regions["us-east-1"]} == {"ListUsers"}
    assert all(record["awsRegion"] == region for region, records in regions.items() for record in records)


def test_data_events_and_the_trails_own_deliveries_leave_no_record(cloud):
    """A trail shows neither object calls nor Publish nor Invoke; and it does not feed on itself."""
    s3, sns = cloud.client("s3"), cloud.client("sns")
    s3.create_bucket(Bucket="a-new-bucket", CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
    s3.put_object(Bucket="a-new-bucket", Key="k", Body=b"x")
    s3.list_objects_v2(Bucket="a-new-bucket")
    s3.delete_object(Bucket="a-new-bucket", Key="k")
    sns.publish(TopicArn=sns.create_topic(Name="t")["TopicArn"], Message="m")
    cloud.client("cloudwatch").put_metric_data(Namespace="N", MetricData=[{"MetricName": "M", "Value": 1}])
    cloud.trail.flush()
    names = [record["eventName"] for records in log_files(cloud).values() for record in records]
    assert {"CreateBucket", "CreateTopic"} <= set(names)
    assert not {"PutObject", "ListObjects", "ListObjectsV2", "DeleteObject", "Publish", "PutMetricData"} & set(names)
    assert cloud.trail.flush() == []


def test_failed_calls_are_recorded_with_their_error(cloud):
    """An attempt leaves its code and message, and no response."""
    with pytest.raises(ClientError):
        cloud.client("cloudtrail").delete_trail(Name="nothing-there")
    with pytest.raises(ClientError):
        cloud.client("iam").get_user(UserName="nobody")
    with pytest.raises(ClientError):
        cloud.client("ec2").terminate_instances(InstanceIds=["i-0123456789abcdef0"])
    (trail,) = records_of(cloud, "DeleteTrail")
    assert trail["errorCode"] == "TrailNotFoundException"
    assert "nothing-there" in trail["errorMessage"]
    assert trail["requestParameters"] == {"name": "nothing-there"}
    assert trail["responseElements"] is None
    assert records_of(cloud, "GetUser")[0]["errorCode"] == "NoSuchEntityException"
    assert records_of(cloud, "TerminateInstances")[0]["errorCode"] == "Client.InvalidInstanceID.NotFound"


def test_calls_that_are_denied_have_no_request_parameters(cloud):
    """As on AWS: what a caller without permission asked for is not told; who it was is."""
    user = _user(cloud, "outsider")
    with pytest.raises(ClientError):
        cloud.session.client("logs", **user).delete_log_group(logGroupName="/precious")
    (record,) = records_of(cloud, "DeleteLogGroup")
    assert record["errorCode"] == "AccessDenied"
    assert "is not authorized to perform: logs:DeleteLogGroup" in record["errorMessage"]
    assert record["requestParameters"] is None
    assert record["userIdentity"]["type"] == "IAMUser"
    assert record["userIdentity"]["userName"] == "outsider"
    assert record["userIdentity"]["accessKeyId"] == user["aws_access_key_id"]


def test_a_sessions_identity_tells_its_role(cloud):
    """Credentials from AssumeRole, seen by the trail or not, lead to the same identity."""
    role = cloud.client("iam").create_role(RoleName="r", Path="/some/path/", AssumeRolePolicyDocument=_TRUST_EC2)[
        "Role"
    ]
    seen = cloud.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="i-0123456789abcdef0")
    unseen = cloud.trail._identities._session.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="other")
    for answer, name in ((seen, "i-0123456789abcdef0"), (unseen, "other")):
        cloud.session.client("sts", **_session_key(answer)).get_caller_identity()
        identities = [record["userIdentity"] for record in records_of(cloud, "GetCallerIdentity")]
        (identity,) = [one for one in identities if one["arn"].endswith(f"/{name}")]
        assert identity["type"] == "AssumedRole"
        assert identity["arn"] == f"arn:aws:sts::111122223333:assumed-role/r/{name}"
        assert identity["principalId"] == f"{role['RoleId']}:{name}"
        assert identity["accessKeyId"] == answer["Credentials"]["AccessKeyId"]
        assert identity["sessionContext"]["sessionIssuer"] == {
            "type": "Role",
            "principalId": role["RoleId"],
            "arn": role["Arn"],
            "accountId": "111122223333",
            "userName": "r",
        }
        assert set(identity["sessionContext"]["attributes"]) == {"creationDate", "mfaAuthenticated"}
    (assumed,) = records_of(cloud, "AssumeRole")
    assert assumed["readOnly"] is True
    assert assumed["responseElements"]["credentials"]["accessKeyId"] == seen["Credentials"]["AccessKeyId"]
    assert assumed["resources"] == [{"accountId": "111122223333", "type": "AWS::IAM::Role", "ARN": role["Arn"]}]


def test_a_key_that_deletes_itself_is_still_recorded_with_its_user(cloud):
    """The identity is known before the call takes it away."""
    user = _user(cloud, "leaver", allow="iam:DeleteAccessKey")
    iam = cloud.session.client("iam", **user)
    iam.delete_access_key(UserName="leaver", AccessKeyId=user["aws_access_key_id"])
    (record,) = records_of(cloud, "DeleteAccessKey")
    assert record["userIdentity"]["userName"] == "leaver"


def test_calls_with_a_key_that_nobody_has_are_in_no_accounts_records(cloud):
    """AWS does not know whose record that would be."""
    stranger = {"aws_access_key_id": "AKIANOBODYSEXAMPLE", "aws_secret_access_key": "x"}
    with pytest.raises(ClientError):
        cloud.session.client("logs", **stranger).describe_log_groups()
    assert records_of(cloud, "DescribeLogGroups") == []
    assert cloud.trail.errors == []


def test_secrets_are_in_no_log_file(cloud):
    """Passwords, secret values, session tokens and secret keys are left out or hidden."""
    iam = cloud.client("iam")
    iam.create_user(UserName="u")
    iam.create_login_profile(UserName="u", Password=_SECRET)
    key = iam.create_access_key(UserName="u")["AccessKey"]
    cloud.client("secretsmanager").create_secret(Name="s", SecretString=_SECRET)
    cloud.client("ssm").put_parameter(Name="/p", Value=_SECRET, Type="SecureString")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=_TRUST_EC2)["Role"]
    session = cloud.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="someone")["Credentials"]
    cloud.trail.flush()
    text = str(log_files(cloud))
    assert key["AccessKeyId"] in text
    assert session["AccessKeyId"] in text
    for secret in (_SECRET, key["SecretAccessKey"], session["SecretAccessKey"], session["SessionToken"]):
        assert secret not in text
    assert "HIDDEN_DUE_TO_SECURITY_REASONS" in text


def test_operations_that_cannot_be_mapped_are_listed_and_work(cloud):
    """No record is guessed; the call itself is none the worse."""
    cloud.client("glue").get_databases()
    cloud.client("ec2").describe_internet_gateways()
    assert set(cloud.trail.unmapped) == {"glue:GetDatabases", "ec2:DescribeInternetGateways"}
    assert "glue:GetDatabases" in repr(cloud.trail)
    assert records_of(cloud, "GetDatabases") == []
    assert cloud.trail.errors == []


def test_an_error_in_the_recorder_is_collected_and_the_call_goes_on(cloud):
    """The attendee's call comes first."""

    class Broken:
        def of(self, credentials):
            raise RuntimeError("no idea who that is")

    trail = Trail(Delivery(lambda *_: None, account=cloud.account), Broken())
    client = cloud.trail._identities._session.client("logs")
    trail.attach(client)
    assert client.describe_log_groups()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert len(trail.errors) == 1
    assert "logs:DescribeLogGroups was not recorded" in trail.errors[0]
    assert "no idea who that is" in repr(trail)


def test_the_trail_ends_once_and_says_so_once_when_its_bucket_is_gone(cloud, logs):
    """After the teardown nothing is recorded any more, and no call fails for it."""
    said = []
    cloud.trail._delivery._say = said.append
    cloud.trail.deliver_to("a-bucket-that-is-gone")
    for _ in range(2):
        logs.describe_log_groups()
        assert cloud.trail.flush() == []
    assert len(said) == 1
    assert "a-bucket-that-is-gone is gone" in said[0]
    assert cloud.trail.stopped == said[0]


def test_a_stopped_trail_delivers_what_it_has_and_records_no_more(cloud, logs):
    """As StopLogging."""
    logs.create_log_group(logGroupName="/before")
    cloud.trail.stop()
    logs.create_log_group(logGroupName="/after")
    (record,) = records_of(cloud, "CreateLogGroup")
    assert record["requestParameters"] == {"logGroupName": "/before"}


def test_a_stop_without_delivery_puts_nothing_into_the_bucket_any_more(cloud, logs):
    """What a teardown needs: the bucket stays empty once it is emptied."""
    before = set(log_files(delivering_by_hand(cloud)))
    logs.create_log_group(logGroupName="/before")
    cloud.trail.stop("the stack is about to be deleted", deliver=False)
    assert cloud.trail.flush() == []
    assert set(log_files(cloud)) == before
    assert cloud.trail.stopped == "the stack is about to be deleted"


def test_a_stop_waits_for_the_delivery_under_way():
    """When it has returned nothing is put into the bucket any more: it may be emptied."""
    put_begun, go_on, done = threading.Event(), threading.Event(), []

    def put(bucket, key, body):
        put_begun.set()
        assert go_on.wait(PATIENCE)
        done.append(key)

    delivery = Delivery(put, account="111122223333", window=0)
    delivery.start("b")
    delivery.add({"awsRegion": "ca-central-1"})
    assert put_begun.wait(PATIENCE)
    threading.Timer(0.3, go_on.set).start()
    delivery.end("the stack is deleted")
    assert len(done) == 1
    delivery.add({"awsRegion": "ca-central-1"})
    assert delivery.flush() == []


def test_records_wait_until_there_is_a_bucket(cloud):
    """What is called before the stack is there is delivered once it is."""
    bodies = {}
    identity = cloud.trail._identities
    delivery = Delivery(lambda bucket, key, body: bodies.setdefault(bucket, body), account=cloud.account)
    trail = Trail(delivery, identity)
    client = identity._session.client("logs")
    trail.attach(client)
    client.describe_log_groups()
    assert trail.flush() == []
    trail.deliver_to("there-it-is")
    assert eventually(lambda: trail.delivered)
    assert list(bodies) == ["there-it-is"]


def test_what_could_not_be_delivered_is_delivered_later(cloud):
    """A bucket that refuses once costs no record."""
    refusals, bodies = [ClientError({"Error": {"Code": "SlowDown", "Message": "slow down"}}, "PutObject")], []

    def put(bucket, key, body):
        if refusals:
            raise refusals.pop()
        bodies.append(body)

    trail = Trail(Delivery(put, account=cloud.account, window=3600), cloud.trail._identities)
    client = cloud.trail._identities._session.client("logs")
    trail.attach(client)
    trail.deliver_to("b")
    client.describe_log_groups()
    assert trail.flush() == []
    assert "slow down" in trail.errors[0]
    assert len(trail.flush()) == 1
    assert len(bodies) == 1


def test_calls_of_many_threads_are_each_recorded_once(cloud):
    """Nothing is lost or doubled while deliveries go on."""

    def work(number):
        client = cloud.session.client("logs")
        for step in range(5):
            client.create_log_group(logGroupName=f"/{number}/{step}")
            cloud.trail.flush()

    # One client first, since boto3 loads its models lazily.
    cloud.client("logs")
    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = [record["requestParameters"]["logGroupName"] for record in records_of(cloud, "CreateLogGroup")]
    assert sorted(names) == sorted(f"/{number}/{step}" for number in range(4) for step in range(5))
    ids = [record["eventID"] for records in log_files(cloud).values() for record in records]
    assert len(ids) == len(set(ids))


def test_on_behalf_of_a_service_a_call_is_that_services(cloud):
    """The AssumeRole that EC2 leaves for an instance: no person, no address, no TLS; the session is an instance's."""
    role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=_TRUST_EC2)["Role"]
    with cloud.trail.on_behalf_of("ec2.amazonaws.com"):
        answer = cloud.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="i-0123456789abcdef0")
    cloud.session.client("sts", **_session_key(answer)).get_caller_identity()
    (record,) = records_of(cloud, "AssumeRole")
    assert record["userIdentity"] == {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
    assert record["sourceIPAddress"] == record["userAgent"] == "ec2.amazonaws.com"
    assert "tlsDetails" not in record
    (used,) = records_of(cloud, "GetCallerIdentity")
    assert used["userIdentity"]["sessionContext"]["ec2RoleDelivery"] == "2.0"
    assert used["userIdentity"]["accessKeyId"] == record["responseElements"]["credentials"]["accessKeyId"]


def test_what_waits_is_delivered_when_the_interpreter_ends(cloud):
    """A script that ends at once loses no record."""
    script = """
        from recorded_cloud import recorded
        from workshop.cloud import connection
        cloud = connection.running_local_cloud()
        cloud = recorded(cloud)
        cloud.client("logs").create_log_group(logGroupName="/last-words")
    """
    _run(script)
    assert records_of(cloud, "CreateLogGroup")[0]["requestParameters"] == {"logGroupName": "/last-words"}


def test_an_emulator_that_is_gone_hangs_no_interpreter():
    """At the end of the interpreter too the trail gives up quietly."""
    script = """
        import boto3
        from workshop.cloud.trail.trail import local_trail
        options = dict(region_name="ca-central-1", aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="x")

        class Session(boto3.Session):
            def client(self, service, **more):
                return super().client(service, endpoint_url="http://127.0.0.1:9", **more)

        trail = local_trail(Session(**options), account="111122223333")
        trail.deliver_to("b")
        trail._delivery.add({"awsRegion": "ca-central-1"})
    """
    assert _run(script) == ""


def test_a_lost_connection_ends_the_trail():
    """The emulator was stopped: nobody is left to deliver to."""

    def put(bucket, key, body):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    said = []
    delivery = Delivery(put, account="111122223333", say=said.append, window=3600)
    delivery.start("b")
    delivery.add({"awsRegion": "ca-central-1"})
    assert delivery.flush() == []
    assert len(said) == 1


def test_the_kits_own_polling_can_be_left_out(cloud, logs):
    """What is called only to see how things stand, in this thread, makes no log files."""
    with cloud.trail.unrecorded():
        logs.describe_log_groups(limit=1)
        with cloud.trail.unrecorded():
            logs.describe_log_groups(limit=2)
        logs.describe_log_groups(limit=3)
    logs.describe_log_groups(limit=4)
    assert [record["requestParameters"] for record in records_of(cloud, "DescribeLogGroups")] == [{"limit": 4}]


def test_presigning_and_calls_that_are_not_made_leave_no_record(cloud):
    """Only what reached the service is an event."""
    cloud.client("s3").generate_presigned_url("list_buckets")
    with pytest.raises(Exception, match="Parameter validation failed"):
        cloud.client("logs").delete_log_group()
    assert records_of(cloud, "ListBuckets") == []
    assert records_of(cloud, "DeleteLogGroup") == []


def _user(cloud, name, allow=None):
    """Make an IAM user; return an access key as keyword arguments for a client."""
    iam = cloud.client("iam")
    iam.create_user(UserName=name)
    if allow:
        policy = (
            f'{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "{allow}", "Resource": "*"}}]}}'
        )
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def _session_key(answer):
    return {
        "aws_access_key_id": answer["Credentials"]["AccessKeyId"],
        "aws_secret_access_key": answer["Credentials"]["SecretAccessKey"],
        "aws_session_token": answer["Credentials"]["SessionToken"],
    }


def _run(script):
    """Run a script in a Python of its own; return what it printed, of errors too."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=places.checkout() / "tests" / "support",
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return done.stdout + done.stderr
