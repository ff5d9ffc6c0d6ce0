"""The metric's namespace: CloudWatch may refuse one that begins with AWS/, and everything follows the stack's."""

import io
import json
import linecache
import sys

import pytest
import yaml
from botocore.awsrequest import AWSResponse
from emulated_account import ADMINISTRATOR, become, user

from workshop import check, cloudtrail_analyzer, places
from workshop.cloud import connection, namespace
from workshop.cloud.alarm.alarm import describe_alarm
from workshop.cloud.alarm.watch import watch_alarm
from workshop.cloud.cloud import CannotConnect
from workshop.cloud.connection import connect
from workshop.cloud.doctor import account
from workshop.cloud.doctor.attendee_policy import attendee_policy
from workshop.cloud.emulator import emulator
from workshop.cloud.function.deploy import deploy
from workshop.cloud.function.deployed_code import deployed_zip, source_in
from workshop.cloud.stack import template
from workshop.cloud.stack.update import update_stack
from workshop.exercises import model_answers
from workshop.exercises.tasks import publish_anomalies as task
from workshop.exercises.tasks import publish_both, published_data

REFUSAL = "The value AWS/reInvent2017/SID341 for parameter Namespace is invalid."


def silently(line):
    """Show nothing."""


@pytest.fixture
def notebook(monkeypatch):
    """The module __main__ as a notebook has it after `from workshop.cloudtrail_analyzer import METRIC_NAMESPACE`."""
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "METRIC_NAMESPACE", cloudtrail_analyzer.METRIC_NAMESPACE, raising=False)
    return main


@pytest.fixture
def refusing(monkeypatch):
    """The emulator as an AWS account of an administrator, whose CloudWatch refuses namespaces that begin with AWS/."""
    emulator.reset(emulator.start())
    become(monkeypatch, user("engineer", ADMINISTRATOR))
    # The emulator's CloudFormation has no trails.
    body = places.template().read_text(encoding="utf-8")
    without_trail = body.replace("OnAWS: !Equals [!Ref Target, aws]", "OnAWS: !Equals [!Ref Target, never]")
    monkeypatch.setattr(template, "body", lambda: without_trail)
    make, tried = connection._patient_session, []

    def refuse(params, **_):
        sent = json.dumps(params["body"] if isinstance(params["body"], (dict, str)) else params["body"].decode())
        tried.append(sent)
        if "AWS/" in sent or "AWS%2F" in sent:
            error = {"Code": "InvalidParameterValue", "Message": REFUSAL}
            answer = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}
            return AWSResponse("https://monitoring", 400, {}, io.BytesIO()), answer
        return None

    def session(profile):
        core = make(profile)
        core.register("before-call.cloudwatch.PutMetricData", refuse)
        return core

    monkeypatch.setattr(connection, "_patient_session", session)
    return tried


# ---------------------------------------------------------------- on AWS: tried first


def test_a_refused_namespace_gives_way_before_anything_is_created(refusing, notebook):
    """To the neutral one; function, alarm and notebook have it, and what the notebook publishes turns the alarm red."""
    lines, questions = [], []

    def confirm(question):
        questions.append((question, list(refusing)))
        return True

    cloud = connect("aws", confirm=confirm, show=lines.append)
    ((_, published_before),) = questions
    assert published_before == []
    said = f"CloudWatch refuses metrics in the namespace {namespace.DEFAULT} ({REFUSAL.rstrip('.')}): Workshop/SID341"
    (at,) = (number for number, line in enumerate(lines) if line.startswith(said))
    assert at < next(number for number, line in enumerate(lines) if line.startswith("Creating"))
    assert cloud.outputs["MetricNamespace"] == describe_alarm(cloud)["Namespace"] == "Workshop/SID341"
    assert notebook.METRIC_NAMESPACE == "Workshop/SID341"
    cloud.target = "local"  # it waits as it does locally, not minutes
    task.publish_anomalies(cloud.client("cloudwatch"), "deleting_logs", 1)
    assert watch_alarm(cloud).outcome == "alarm"


@pytest.fixture
def published(monkeypatch):
    """The emulator as an administrator's AWS account, without a stack; what its CloudWatch was sent."""
    emulator.reset(emulator.start())
    become(monkeypatch, user("engineer", ADMINISTRATOR))
    make, sent = connection._patient_session, []

    def session(profile):
        core = make(profile)
        core.register("before-parameter-build.cloudwatch.PutMetricData", lambda params, **_: sent.append(params))
        return core

    monkeypatch.setattr(connection, "_patient_session", session)
    return sent


def test_nothing_is_published_before_a_yes(published):
    """Whoever says no has published nothing."""
    with pytest.raises(CannotConnect, match="nothing was created"):
        connect("aws", confirm=lambda question: False, show=silently)
    assert published == []


def test_one_data_point_is_proof_for_a_fortnight(published):
    """Connecting again and again publishes it once; where CloudWatch may not be asked for it, each time."""
    cloud = connection.account_cloud()
    assert [namespace.usable(cloud, None, silently) for _ in range(3)] == [None] * 3
    datum = {"MetricName": namespace.PROBE, "Value": 0, "Unit": "Count"}
    assert published == [{"Namespace": namespace.DEFAULT, "MetricData": [datum]}]
    assert namespace.usable(cloud, "AWS/another", silently) == "AWS/another"
    assert len(published) == 2
    user("engineer", ADMINISTRATOR, {"Effect": "Deny", "Action": "cloudwatch:GetMetricData", "Resource": "*"})
    assert namespace.usable(cloud, None, silently) is None
    assert len(published) == 3


def test_a_refused_namespace_that_was_asked_for_is_an_error(refusing):
    """The user chose it, and chooses another one; nothing is created."""
    with pytest.raises(CannotConnect, match=r"(?s)CloudWatch refuses.*AWS/mine.*metric_namespace=\"Workshop/SID341\""):
        connect("aws", metric_namespace="AWS/mine", yes=True, show=silently)
    assert connection.account_cloud().describe_stack() is None


def test_a_stack_that_has_a_refused_namespace_is_moved_after_a_yes(refusing):
    """Made in the console, say: the question names what changes."""
    cloud = connection.account_cloud()
    given = [{"ParameterKey": "Target", "ParameterValue": "aws"}]
    cloud.client("cloudformation").create_stack(
        StackName=cloud.stack, TemplateBody=template.body(), Parameters=given, Capabilities=["CAPABILITY_IAM"]
    )
    questions = []
    connect("aws", confirm=lambda question: questions.append(question), show=silently)
    assert f"MetricNamespace '{namespace.DEFAULT}' -> 'Workshop/SID341'" in questions[0]
    assert namespace.of_stack(cloud) == namespace.DEFAULT
    assert account.namespace(cloud).state == "to do"
    connect("aws", yes=True, show=silently)
    assert namespace.of_stack(cloud) == "Workshop/SID341"
    assert account.namespace(cloud).state == "ok"


def test_another_namespace_is_not_tried(refusing):
    """Only AWS/ is in doubt."""
    cloud = connect("aws", metric_namespace="Mine", yes=True, show=silently)
    assert cloud.outputs["MetricNamespace"] == "Mine"
    connect("aws", yes=True, show=silently)
    assert refusing == []


def test_what_may_not_be_tried_stays_as_it_is(cloud, monkeypatch):
    """A missing permission says nothing of the namespace."""
    denied = {"Effect": "Deny", "Action": "cloudwatch:PutMetricData", "Resource": "*"}
    become(monkeypatch, user("limited", ADMINISTRATOR, denied))
    lines = []
    assert namespace.usable(connection.account_cloud(), None, lines.append) is None
    assert "could not be tried" in lines[0]
    assert "PutMetricData" in lines[0]


def test_the_doctor_says_it_too(refusing):
    """Before there is a stack: connect() takes care of it, and other ways of making the stack have a parameter."""
    finding = account.namespace(connection.account_cloud())
    assert finding.state == "note"
    assert REFUSAL in finding.found
    assert "MetricNamespace" in finding.do


# ---------------------------------------------------------------- everything follows the stack


def test_the_notebook_follows_the_stack(cloud, notebook):
    """What a cell publishes turns the alarm red in any namespace; the model answers' modules follow too."""
    lines = []
    moved = connect(metric_namespace="Workshop/Mine", show=lines.append)
    assert "METRIC_NAMESPACE is 'Workshop/Mine' from now on, as the stack has it." in lines
    for module in (notebook, cloudtrail_analyzer, task, publish_both, published_data):
        assert module.METRIC_NAMESPACE == "Workshop/Mine"
    task.publish_anomalies(moved.client("cloudwatch"), "a cell", 1)
    assert watch_alarm(moved).outcome == "alarm"
    repeated = []
    connect(show=repeated.append)
    assert not [line for line in repeated if "METRIC_NAMESPACE" in line]


def test_an_update_of_the_parameter_counts_too(cloud, notebook):
    """There and back."""
    update_stack(cloud, MetricNamespace="Workshop/Mine", show=silently)
    assert notebook.METRIC_NAMESPACE == "Workshop/Mine"
    update_stack(cloud, MetricNamespace=namespace.DEFAULT, show=silently)
    assert notebook.METRIC_NAMESPACE == namespace.DEFAULT


def test_a_value_of_ones_own_stays(cloud, notebook):
    """The notebook's author may have a reason."""
    notebook.METRIC_NAMESPACE = "Mine/Alone"
    connect(metric_namespace="Workshop/Mine", show=silently)
    assert notebook.METRIC_NAMESPACE == "Mine/Alone"


def publishing_in(space):
    """Return the source of an answer with the namespace in quotes."""
    return (
        "def publish_anomalies(cloudwatch, detector, count):\n"
        "    if count:\n"
        f"        datum = {{'MetricName': 'AnomaliesDetected', 'Value': count, 'Unit': 'Count'}}\n"
        f"        cloudwatch.put_metric_data(Namespace={space!r}, MetricData=[datum])\n"
    )


def judged(text, tmp_path):
    """Return the Result of an answer's source."""
    path = tmp_path / "answer.py"
    path.write_text(text, encoding="utf-8")
    linecache.checkcache(str(path))
    names = {"__name__": "__main__"}
    exec(compile(text, str(path), "exec"), names)  # noqa: S102 - as a notebook does
    return check(names["publish_anomalies"])


def test_check_judges_by_the_stacks_namespace(cloud, tmp_path):
    """The alarm that would hear of it is the stack's."""
    connect(metric_namespace="Workshop/Mine", show=silently)
    assert judged(publishing_in("Workshop/Mine"), tmp_path).passed
    wrong = judged(publishing_in(namespace.DEFAULT), tmp_path)
    assert wrong.misconception == "namespace"
    assert "Workshop/Mine" in wrong.message
    assert check(task.publish_anomalies).passed


def test_what_is_deployed_takes_the_namespace_from_its_environment(cloud):
    """No value is written into the code, so that a later update of the parameter is followed."""
    moved = connect(metric_namespace="Workshop/Mine", show=silently)
    assert deploy(moved, *model_answers()).deployed
    source = source_in(deployed_zip(moved))
    assert "Workshop/Mine" not in source
    assert 'os.environ.get("METRIC_NAMESPACE"' in source


def test_the_names_agree():
    """The kit's default is the template's; the attendee policy allows both, and nothing else."""
    section = template.body().partition("\nParameters:\n")[2].partition("\nRules:")[0]
    parameter = yaml.safe_load(section)["MetricNamespace"]
    assert parameter["Default"] == namespace.DEFAULT
    assert namespace.NEUTRAL in parameter["Description"]
    (metric,) = (each for each in attendee_policy()["Statement"] if each["Action"] == "cloudwatch:PutMetricData")
    assert metric["Condition"] == {"StringEquals": {"cloudwatch:namespace": [namespace.DEFAULT, namespace.NEUTRAL]}}
