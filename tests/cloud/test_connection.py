"""connect(): the local emulator unless asked otherwise, a stack that is there afterwards, and no surprise on AWS."""

import io
import json
import threading
import zipfile

import pytest
import whole_template
from emulated_account import ADMINISTRATOR, become, user

from workshop import places
from workshop.cloud import connection
from workshop.cloud.cloud import CannotConnect, Cloud
from workshop.cloud.connection import connect
from workshop.cloud.emulator import emulator
from workshop.cloud.stack import stack, template
from workshop.cloud.teardown import teardown

STARTER_STUB = 'raise NotImplementedError("deleting_logs is Exercise 2, Phase 1: notebook 02")'


@pytest.fixture
def empty_emulator(safe_environment):
    """The session's emulator with nothing in it."""
    running = emulator.start()
    emulator.reset(running)
    return running


@pytest.fixture
def lines():
    return []


@pytest.fixture
def engineer(empty_emulator, monkeypatch):
    """An IAM user with administrator access, as whom connect("aws") reaches the emulator instead of AWS."""
    become(monkeypatch, user("engineer", ADMINISTRATOR))
    return connection.local_cloud()


def zipped(source):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", source)
    return buffer.getvalue()


def code_hash(cloud):
    function = cloud.resource("AnalysisLambdaFunction")
    return cloud.client("lambda").get_function_configuration(FunctionName=function)["CodeSha256"]


def deploy(cloud, source):
    function = cloud.resource("AnalysisLambdaFunction")
    return cloud.client("lambda").update_function_code(FunctionName=function, ZipFile=zipped(source))["CodeSha256"]


# ---------------------------------------------------------------- the local emulator


def test_it_says_where_before_it_creates_anything(empty_emulator, lines):
    """Account, Region and stack are shown while there is no stack yet."""
    seen = []

    def show(line):
        lines.append(line)
        seen.append(connection.local_cloud().describe_stack() is not None)

    connect(show=show)
    for part in ("111122223333", "ca-central-1", "ReInvent2017-SID341", "local emulator"):
        assert part in lines[0]
    assert seen[0] is False
    assert seen[-1] is True


def test_a_second_connection_finds_the_same_stack(cloud, lines):
    """Nothing is created or updated, however often notebooks connect."""
    again = connect(show=lines.append)
    assert again.outputs == cloud.outputs
    assert len(lines) == 1
    assert again.describe_stack()["StackStatus"] == "CREATE_COMPLETE"


def test_two_notebooks_that_connect_at_once_share_the_stack(empty_emulator):
    """Both find no stack and create it; one is quicker, the other waits for it."""
    clouds, errors = [], []

    def notebook():
        try:
            clouds.append(connect(show=lambda line: None))
        except Exception as error:
            errors.append(error)

    notebooks = [threading.Thread(target=notebook) for _ in range(4)]
    for thread in notebooks:
        thread.start()
    for thread in notebooks:
        thread.join()
    assert errors == []
    assert len({cloud.outputs["BucketName"] for cloud in clouds}) == 1


def test_a_stack_that_another_notebook_has_just_made_is_used(cloud, monkeypatch):
    """It was not there when looked for, and is there when it is to be created."""
    describe, looks = Cloud.describe_stack, iter([None])
    monkeypatch.setattr(Cloud, "describe_stack", lambda *arguments: next(looks, describe(*arguments)))
    assert connect(show=lambda line: None).outputs == cloud.outputs


def test_the_users_aws_settings_have_no_say_locally(home, monkeypatch, tmp_path):
    """A missing profile, a broken configuration, proxies, FIPS: local mode works, its Lambda functions too."""
    broken = tmp_path / "config"
    broken.write_text("[profile")
    nowhere = "http://127.0.0.1:9"
    for name, value in {
        "AWS_PROFILE": "missing",
        "AWS_DEFAULT_PROFILE": "missing",
        "AWS_CONFIG_FILE": str(broken),
        "AWS_SHARED_CREDENTIALS_FILE": str(broken),
        "AWS_ENDPOINT_URL": nowhere,
        "AWS_ENDPOINT_URL_S3": nowhere,
        "AWS_ENDPOINT_URL_CLOUDFORMATION": nowhere,
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "AWS_SESSION_TOKEN": "an old token",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_RETRY_MODE": "adaptive",
        "AWS_CA_BUNDLE": str(tmp_path / "missing.pem"),
        **dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"), nowhere),
    }.items():
        monkeypatch.setenv(name, value)
    cloud = connect(show=lambda line: None)
    assert cloud.client("s3").meta.region_name == "ca-central-1"
    answer = cloud.client("lambda").invoke(
        FunctionName=cloud.outputs["FunctionName"], Payload=b'{"Service": "Amazon S3", "Event": "s3:TestEvent"}'
    )
    assert json.load(answer["Payload"]) == []
    bucket, key = cloud.outputs["BucketName"], f"{cloud.outputs['LogFilePrefix']}x.txt"
    notification = {"Records": [{"s3": {"bucket": {"name": bucket}, "object": {"key": key}}}]}
    cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=b"not a log file")
    answer = cloud.client("lambda").invoke(FunctionName=cloud.outputs["FunctionName"], Payload=json.dumps(notification))
    # The function reached the bucket: what it complains about is what lies there.
    assert "is not a CloudTrail log file" in json.load(answer["Payload"])["errorMessage"]


def test_credentials_of_a_real_account_do_not_lead_there(engineer, lines):
    """connect() without a word stays local, even where credentials are set up."""
    cloud = connect(show=lines.append)
    assert cloud.target == "local"
    assert cloud.identity.endswith(":root")


def test_no_credentials_are_shown(cloud):
    """Neither as text nor as HTML nor among the connection's attributes."""
    shown = repr(cloud) + str(cloud) + cloud._repr_html_() + repr(vars(cloud))
    assert emulator.find().secret not in shown
    assert "111122223333" in repr(cloud)
    assert "ReInvent2017-SID341" in cloud._repr_html_()


def test_clients_and_resources_are_at_hand(cloud):
    """client() makes each client once; resource() gives physical ids and says what there is."""
    assert cloud.client("s3") is cloud.client("s3")
    assert cloud.resource("CloudTrailBucket") == cloud.outputs["BucketName"]
    assert cloud.session.client("sts").get_caller_identity()["Account"] == cloud.account
    with pytest.raises(KeyError, match="CloudTrailBucket"):
        cloud.resource("Bucket")


def test_an_unknown_target_is_refused():
    """With the two there are."""
    with pytest.raises(ValueError, match='"local" and "aws"'):
        connect("AWS account")


# ---------------------------------------------------------------- updating the stack


def test_a_changed_parameter_leaves_the_attendees_code(cloud, lines):
    """The stack is updated, the function runs what was deployed before."""
    deployed = deploy(cloud, "def handler(event, context): return 'mine'")
    updated = connect(email="analyst@example.com", metric_namespace="Workshop/Detection", show=lines.append)
    assert code_hash(updated) == deployed
    assert updated.outputs["MetricNamespace"] == "Workshop/Detection"
    subscriptions = updated.client("sns").list_subscriptions_by_topic(TopicArn=updated.outputs["TopicArn"])
    assert {subscription["Protocol"] for subscription in subscriptions["Subscriptions"]} == {"email", "sqs"}
    assert any("Updating" in line for line in lines)


def test_parameters_that_are_not_given_keep_their_values(cloud):
    """A later connect() without the e-mail address does not take it away."""
    connect(email="analyst@example.com", show=lambda line: None)
    cloud = connect(metric_namespace="Workshop/Detection", show=lambda line: None)
    values = {entry["ParameterKey"]: entry["ParameterValue"] for entry in cloud.describe_stack()["Parameters"]}
    assert values["NotificationEmailAddress"] == "analyst@example.com"
    assert values["Target"] == "local"


def changed_template(monkeypatch):
    """Let the kit have a template whose starter code differs, as after an update of the kit."""
    newer = template.body().replace(STARTER_STUB, STARTER_STUB + "  # clearer now")
    assert newer != template.body()
    monkeypatch.setattr(template, "body", lambda: newer)


def test_a_newer_starter_leaves_the_attendees_code(cloud, monkeypatch, lines):
    """The template's inline code changed: CloudFormation uploads it, and the attendee's code is put back."""
    deployed = deploy(cloud, "def handler(event, context): return 'mine'")
    changed_template(monkeypatch)
    assert code_hash(connect(show=lines.append)) == deployed
    assert "kept the code" in lines[-1]


def test_a_newer_starter_replaces_the_old_one(cloud, monkeypatch):
    """Where nothing was deployed there is nothing to keep."""
    before = code_hash(cloud)
    changed_template(monkeypatch)
    assert code_hash(connect(show=lambda line: None)) != before


# ---------------------------------------------------------------- failures


def test_a_failed_creation_shows_cloudformations_reasons(empty_emulator, monkeypatch):
    """The resource and the reason, and how to go on; going on works."""
    whole, broken = template.body(), whole_template.that_fails()
    monkeypatch.setattr(template, "body", lambda: broken)
    with pytest.raises(stack.StackError) as failed:
        connect(show=lambda line: None)
    for part in ("ROLLBACK_COMPLETE", "AnalysisInvokeConfig (AWS::Lambda::EventInvokeConfig)", "no-such-function"):
        assert part in str(failed.value)
    monkeypatch.setattr(template, "body", lambda: whole)
    with pytest.raises(stack.StackError, match=r"ROLLBACK_COMPLETE.*Delete it with `.* teardown`"):
        connect(show=lambda line: None)
    assert teardown(connection.local_cloud(), show=lambda line: None).complete
    assert connect(show=lambda line: None).outputs


# ---------------------------------------------------------------- an AWS account


def test_the_root_user_is_refused(engineer, monkeypatch, empty_emulator):
    """Nothing is looked at, nothing created."""
    root = empty_emulator.credentials()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", root["aws_access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", root["aws_secret_access_key"])
    with pytest.raises(CannotConnect, match="root user of account 111122223333"):
        connect("aws", yes=True)


def test_missing_credentials_are_explained():
    """As are profiles that are not there."""
    with pytest.raises(CannotConnect, match="no valid AWS credentials"):
        connect("aws", yes=True)
    with pytest.raises(CannotConnect, match="in the profile workshop"):
        connect("aws", profile="workshop", yes=True)


def test_nothing_is_created_on_aws_without_a_yes(engineer, lines, monkeypatch):
    """Where nobody answers, or the answer is no, the account stays as it is."""
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    for confirm in (None, lambda question: False):
        with pytest.raises(CannotConnect, match="nothing was created"):
            connect("aws", confirm=confirm, show=lines.append)
    assert engineer.describe_stack() is None


def test_aws_is_asked_for_with_account_region_stack_and_cost_in_view(engineer, lines):
    """All of it was shown when the question comes."""
    shown = []

    def confirm(question):
        shown.append((question, list(lines)))
        return False

    with pytest.raises(CannotConnect):
        connect("aws", confirm=confirm, show=lines.append)
    ((question, before),) = shown
    assert "Create it?" in question
    for part in ("111122223333", "ca-central-1", "ReInvent2017-SID341", "user/engineer", "Expected cost"):
        assert part in " ".join(before)


def test_a_trail_that_could_not_be_deleted_is_spoken_of_before_the_question(engineer, lines):
    """Where IAM's simulation may be asked; it knows an organization's policies too."""
    no = {"Effect": "Deny", "Action": ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"], "Resource": "*"}
    user("engineer", ADMINISTRATOR, no)
    shown = []
    with pytest.raises(CannotConnect, match="nothing was created"):
        connect("aws", confirm=lambda question: shown.extend(lines), show=lines.append)
    (warning,) = (line for line in shown if line.startswith("You may not call"))
    assert "cloudtrail:StopLogging and cloudtrail:DeleteTrail. So the stack's trail would stay" in warning
    for more in ([], [no | {"Action": "iam:SimulatePrincipalPolicy"}, no]):
        user("engineer", ADMINISTRATOR, *more)
        lines.clear()
        with pytest.raises(CannotConnect, match="nothing was created"):
            connect("aws", confirm=lambda question: False, show=lines.append)
        assert not [line for line in lines if line.startswith("You may not call")]


def test_yes_creates_without_asking(engineer, monkeypatch, lines):
    """For automation. The emulator has no trails, so the trail is left out of the template here."""
    monkeypatch.setattr(template, "body", lambda: without_the_trail())
    cloud = connect("aws", yes=True, show=lines.append)
    assert cloud.target == "aws"
    assert engineer.describe_stack()["StackStatus"] == "CREATE_COMPLETE"


def test_an_existing_stack_on_aws_is_updated_only_after_a_yes(engineer, monkeypatch, lines):
    """Declining leaves it as it is, and usable."""
    monkeypatch.setattr(template, "body", lambda: without_the_trail())
    connect("aws", yes=True, show=lines.append)
    questions = []
    cloud = connect("aws", email="analyst@example.com", confirm=questions.append, show=lines.append)
    (question,) = questions
    assert "NotificationEmailAddress '' -> 'analyst@example.com'" in question
    assert cloud.outputs["BucketName"]
    assert engineer.describe_stack()["StackStatus"] == "CREATE_COMPLETE"


def test_the_stack_on_aws_has_a_trail(engineer):
    """The template as it is asks for one there. The emulator has none, and its refusal is passed on."""
    with pytest.raises(CannotConnect, match=r"ReInvent2017-SID341.*AWS::CloudTrail::Trail"):
        connect("aws", yes=True, show=lambda line: None)


def without_the_trail():
    body = places.template().read_text(encoding="utf-8")
    return body.replace("OnAWS: !Equals [!Ref Target, aws]", "OnAWS: !Equals [!Ref Target, never]")
