"""The roles of the template: each permission is needed, seen by taking it away, and none of them reaches further.

The stack runs on the emulator with IAM enforced. The list of permissions is read from the template, so a new one is
tested too: with it a loop works, without it the same loop ends in AccessDenied for that very action.
"""

import contextlib
import datetime
import json

import generator_stack
import pytest
import whole_template
from botocore.exceptions import ClientError
from emulated_account import become
from generator_stack import denied, invoke, leave_credentials, role_session, without_permission

from workshop import activity_generator as generator
from workshop import places
from workshop.cloud import connection
from workshop.cloud.activity import generate
from workshop.cloud.activity.trigger import compressed, trigger
from workshop.cloud.alarm import alarm, notifications, watch
from workshop.cloud.clock import now
from workshop.cloud.function import lambda_log
from workshop.cloud.function.deploy import deploy
from workshop.cloud.stack import stack
from workshop.exercises import model_answers
from workshop.lake.synthetic import attack_file

# Where the emulator does not ask the role that AWS asks; what proves the permission instead is beside each test.
NOT_ASKED = {
    ("AnalysisLambdaRole", "logs:CreateLogStream"): "the emulator writes a function's log itself",
    ("AnalysisLambdaRole", "logs:PutLogEvents"): "the emulator writes a function's log itself",
    ("AnalysisLambdaRole", "sqs:SendMessage"): "the emulator sends to an on-failure destination itself",
    ("ActivityGenLambdaRole", "logs:CreateLogStream"): "the emulator writes a function's log itself",
    ("ActivityGenLambdaRole", "logs:PutLogEvents"): "the emulator writes a function's log itself",
    ("ActivityGenLambdaRole", "s3:ListBucket"): "who may not list is told that an object is missing; on AWS, denied",
}


def permissions():
    """Return (role, action) for all that the template's roles are allowed, in the template's order."""
    found = []
    for name, resource in whole_template.document()["Resources"].items():
        properties = resource["Properties"]
        if resource["Type"] == "AWS::IAM::Role":
            found += [(name, policy["PolicyDocument"]) for policy in properties.get("Policies", [])]
        elif resource["Type"] == "AWS::IAM::Policy":
            found += [(role["Ref"], properties["PolicyDocument"]) for role in properties["Roles"]]
    return [
        (role, action)
        for role, document in found
        for statement in document["Statement"]
        for action in _actions(statement["Fn::If"][1] if "Fn::If" in statement else statement)
    ]


def _actions(statement):
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


@pytest.fixture(scope="module")
def cloud(safe_environment):
    made = generator_stack.make(NotebookInstance="true", KitSource="https://example.com/kit.git")
    assert deploy(made, *model_answers()).deployed
    return made


# ---------------------------------------------------------------- the loops: what each role is there for


def analysis(cloud, monkeypatch):
    """S3 announces a log file of an attack, the function reads it and publishes what it found."""
    bucket, key = cloud.resource("CloudTrailBucket"), f"AWSLogs/{cloud.account}/CloudTrail/ca-central-1/a.json.gz"
    cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=compressed(attack_file(places.data())))
    event = {"Records": [{"s3": {"bucket": {"name": bucket}, "object": {"key": key}}}]}
    answer = cloud.client("lambda").invoke(
        FunctionName=cloud.resource("AnalysisLambdaFunction"), Payload=json.dumps(event)
    )
    said = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, said["errorMessage"]
    assert said[0]["found"]["deleting_logs"] > 0


def activity_from_start_to_end(cloud, monkeypatch):
    """No credentials are there yet; they come; a run that failed is cleaned up after; a run; the schedule's end."""
    bucket = cloud.resource("ActivityGenBucket")
    as_function = role_session(cloud, "ActivityGenLambdaRole")
    with contextlib.suppress(TimeoutError):
        generator.take_credentials(cloud.session.client("s3", **as_function), bucket, patience=0)
    generator.create_decoys(generator.caller("a run that failed", cloud.client, []), bucket)
    leave_credentials(cloud)
    assert len(invoke(cloud)["calls"]) == 10
    become(
        monkeypatch,
        {
            **{name.upper(): value for name, value in as_function.items()},
            "AWS_ENDPOINT_URL": cloud.client("s3").meta.endpoint_url,
            "AWS_DEFAULT_REGION": cloud.region,
            "STACK": cloud.client("cloudformation").describe_stacks()["Stacks"][0]["StackId"],
        },
    )
    monkeypatch.setattr(generator, "SCHEDULED_FOR", datetime.timedelta(0))
    rule = cloud.resource("ActivityGenSchedule")
    assert generator.handler({"source": "aws.events", "resources": [f"rule/{rule}"]}, None) == {"disabled": rule}


@pytest.fixture(autouse=True)
def tidy(cloud):
    """Whatever a loop that was cut short leaves."""
    yield
    generator.remove_decoys(generator.caller("the test", cloud.client, []), generator.decoys_left(cloud.client))
    cloud.client("s3").delete_object(Bucket=cloud.resource("ActivityGenBucket"), Key=generator.CREDENTIALS_KEY)
    with contextlib.suppress(ClientError):
        cloud.client("logs").delete_log_group(logGroupName="/workshop/my-own-logs")


LOOPS = {
    "AnalysisLambdaRole": analysis,
    "ActivityGenInstanceRole": activity_from_start_to_end,
    "ActivityGenLambdaRole": activity_from_start_to_end,
}
OF_LOOPS = [permission for permission in permissions() if permission[0] in LOOPS and permission not in NOT_ASKED]


@pytest.mark.parametrize("role", LOOPS)
def test_the_roles_as_they_are_suffice(cloud, role, monkeypatch):
    """The loop ends well."""
    LOOPS[role](cloud, monkeypatch)


@pytest.mark.parametrize(("role", "action"), OF_LOOPS, ids=map(" ".join, OF_LOOPS))
def test_no_permission_of_the_functions_and_the_instance_can_go(cloud, role, action, monkeypatch):
    """Without it the loop ends with an AccessDenied that names it."""
    with without_permission(cloud, role, action), pytest.raises((AssertionError, ClientError), match=denied(action)):
        LOOPS[role](cloud, monkeypatch)


def _resource(cloud, role, action):
    """Return the ARN that AWS asks for."""
    group = "AnalysisLogGroup" if role == "AnalysisLambdaRole" else "ActivityGenLogGroup"
    stream = f"arn:aws:logs:{cloud.region}:{cloud.account}:log-group:{cloud.resource(group)}:log-stream:a"
    queue = cloud.resource("FailureQueue").rpartition("/")[2]
    return {
        "logs:CreateLogStream": stream,
        "logs:PutLogEvents": stream,
        "sqs:SendMessage": f"arn:aws:sqs:{cloud.region}:{cloud.account}:{queue}",
        "s3:ListBucket": f"arn:aws:s3:::{cloud.resource('ActivityGenBucket')}",
    }[action]


@pytest.mark.parametrize(("role", "action"), NOT_ASKED, ids=map(" ".join, NOT_ASKED))
def test_what_the_emulator_does_unasked_is_allowed_by_its_permission_alone(cloud, role, action, monkeypatch):
    """IAM's own simulation says so. When the emulator begins to ask, this fails, and its entry in NOT_ASKED goes."""

    def decision():
        return cloud.client("iam").simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{cloud.account}:role/{cloud.resource(role)}",
            ActionNames=[action],
            ResourceArns=[_resource(cloud, role, action)],
        )["EvaluationResults"][0]["EvalDecision"]

    assert (role, action) in permissions()
    assert decision() == "allowed"
    with without_permission(cloud, role, action):
        assert decision() == "implicitDeny"
        LOOPS[role](cloud, monkeypatch)


# ---------------------------------------------------------------- what the notebooks do, with the notebook's role


def _in_sync(cloud, notes):
    parameters = {"Target": "local"}
    assert stack.ensure(cloud, generator_stack.text(), parameters, agree=lambda question: False, show=print)
    assert stack.event_ids(cloud, cloud.describe_stack()["StackId"])
    assert cloud.resource("CloudTrailBucket")


def _deployed(cloud, notes):
    deployment = deploy(cloud, *model_answers())
    assert deployment.deployed, deployment.reason
    assert not deployment.warnings, deployment.warnings


def _triggered(cloud, notes):
    notes["trigger"] = trigger(cloud)
    assert notes["trigger"].put


def _watched(cloud, notes):
    assert watch.watch_alarm(cloud, notes["trigger"], timeout=120).outcome == "alarm"


def _plotted(cloud, notes):
    end = now()
    start = end - datetime.timedelta(hours=1)
    assert alarm.alarm_bands(cloud, start, end)
    assert alarm.metric_sums(cloud, alarm.describe_alarm(cloud), start, end)


def _read(cloud, notes):
    assert "ANALYZED" in str(lambda_log.lambda_log(cloud, notes["trigger"]))


def _notified(cloud, notes):
    for state in ("OK", "ALARM"):
        notes["administrator"].client("cloudwatch").set_alarm_state(
            AlarmName=cloud.resource("DetectionAlarm"), StateValue=state, StateReason="so that there is a notification"
        )
    assert "ALARM" in str(notifications.notifications(cloud, wait=5))


def _published(cloud, notes):
    datum = {"MetricName": "FromACell", "Value": 1}
    cloud.client("cloudwatch").put_metric_data(Namespace="AWS/reInvent2017/SID341", MetricData=[datum])


def _own_logs_deleted(cloud, notes):
    cloud.client("logs").create_log_group(logGroupName="/workshop/my-own-logs")
    cloud.client("logs").delete_log_group(logGroupName="/workshop/my-own-logs")


def _history_looked_up(cloud, notes):
    cloud.client("cloudtrail").lookup_events(MaxResults=1)


def _log_file_read(cloud, notes):
    bucket = cloud.resource("CloudTrailBucket")
    (key, *_) = [entry["Key"] for entry in cloud.client("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    cloud.client("s3").get_object(Bucket=bucket, Key=key)


def _activity_generated(cloud, notes):
    leave_credentials(notes["administrator"])
    assert generate._on_aws(cloud).calls


STEPS = {
    step.__name__: step
    for step in (
        *(_in_sync, _deployed, _triggered, _watched, _plotted, _read, _notified, _published, _own_logs_deleted),
        *(_history_looked_up, _log_file_read, _activity_generated),
    )
}
# What its host uses when its hours are over, and no notebook: a test of its own has it.
ENDS = ("NotebookRole", "sagemaker:StopNotebookInstance")
OF_THE_NOTEBOOK = [one for one in permissions() if one[0] == "NotebookRole" and one != ENDS]
# Operations whose permission is called otherwise.
CALLED = {"s3:ListObjectsV2": "s3:ListBucket", "lambda:Invoke": "lambda:InvokeFunction"}
CALLED["sqs:DeleteMessageBatch"] = "sqs:DeleteMessage"


@pytest.fixture(scope="module")
def notebook(cloud):
    """The notebook's connection, and which permissions each step used: all steps were taken once, with all of them."""
    with pytest.MonkeyPatch.context() as patch:
        keys = {name.upper(): value for name, value in role_session(cloud, "NotebookRole").items()}
        become(patch, {**keys, "AWS_ENDPOINT_URL": cloud.client("s3").meta.endpoint_url})
        attendee = connection.account_cloud()
        # It waits as it does locally, not minutes. The emulator's alarm does not go back to OK by itself, so there the
        # kit does that, with the administrator's credentials here.
        attendee.target = "local"
        take_back = alarm.set_local_alarm_ok
        patch.setattr(alarm, "set_local_alarm_ok", lambda _, *rest: take_back(cloud, *rest))
        used, step = {name: set() for name in STEPS}, None

        def note(model, **_):
            service = {"monitoring": "cloudwatch"}.get(
                model.service_model.signing_name, model.service_model.signing_name
            )
            operation = f"{service}:{model.name}"
            used[step].add(CALLED.get(operation, operation))

        attendee.session.events.register("before-call", note)
        notes = {"administrator": cloud}
        for step, take in STEPS.items():  # noqa: B007
            take(attendee, notes)
        attendee.session.events.unregister("before-call", note)
        for client in attendee._clients.values():
            client.meta.events.unregister("before-call", note)
        yield attendee, {name: frozenset(actions) for name, actions in used.items()}, notes


def test_the_notebooks_role_suffices(notebook):
    """Connect, deploy, trigger, watch, read, make a call of one's own, generate activity."""
    _, used, _ = notebook
    # The template is not the file's here, but nothing is updated without a yes.
    connected = connection.connect("aws", confirm=lambda question: False, show=lambda line: None)
    assert connected.resource("AnalysisLambdaFunction")
    assert all(used.values())


@pytest.mark.parametrize(("role", "action"), OF_THE_NOTEBOOK, ids=[action for _, action in OF_THE_NOTEBOOK])
def test_no_permission_of_the_notebook_can_go(notebook, cloud, role, action):
    """Some step uses it, and without it that step ends in AccessDenied."""
    attendee, used, notes = notebook
    steps = [name for name, actions in used.items() if action in actions]
    assert steps, f"{action} is allowed and used by no step"
    attendee.refresh()
    with without_permission(cloud, role, action), pytest.raises((AssertionError, ClientError), match=denied(action)):
        STEPS[steps[-1]](attendee, notes)


def test_the_notebook_instance_may_stop_itself_and_no_other(cloud):
    """By IAM's own simulation: the emulator has no notebook instances."""

    def decision(name):
        return cloud.client("iam").simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{cloud.account}:role/{cloud.resource('NotebookRole')}",
            ActionNames=[ENDS[1]],
            ResourceArns=[f"arn:aws:sagemaker:{cloud.region}:{cloud.account}:notebook-instance/{name}"],
        )["EvaluationResults"][0]["EvalDecision"]

    assert ENDS in permissions()
    assert (decision("Notebook-1a2b"), decision("somebody-s")) == ("allowed", "implicitDeny")


# ---------------------------------------------------------------- what no role may do

DENIED = [
    ("s3", "get_object", {"Bucket": "another-bucket", "Key": "AWSLogs/a.json.gz"}),
    ("s3", "list_buckets", {}),
    ("s3", "delete_object", {"Bucket": "{CloudTrailBucket}", "Key": "AWSLogs/a.json.gz"}),
    ("logs", "delete_log_group", {"logGroupName": "/precious"}),
    ("logs", "delete_log_group", {"logGroupName": "{AnalysisLogGroup}"}),
    ("cloudtrail", "delete_trail", {"Name": "precious"}),
    ("cloudtrail", "stop_logging", {"Name": "ReInvent2017-SID341-CloudTrail"}),
    ("cloudwatch", "set_alarm_state", {"AlarmName": "{DetectionAlarm}", "StateValue": "OK", "StateReason": "hush"}),
    ("iam", "create_user", {"UserName": "backdoor"}),
    ("iam", "list_roles", {}),
    ("ec2", "describe_instances", {}),
    ("lambda", "delete_function", {"FunctionName": "{AnalysisLambdaFunction}"}),
    ("events", "disable_rule", {"Name": "precious"}),
    ("cloudformation", "delete_stack", {"StackName": "ReInvent2017-SID341"}),
    ("sts", "assume_role", {"RoleArn": "arn:aws:iam::111122223333:role/precious", "RoleSessionName": "thief"}),
]


@pytest.fixture(scope="module")
def precious(cloud):
    """Things in the account that are none of the workshop's."""
    cloud.client("s3").create_bucket(
        Bucket="another-bucket", CreateBucketConfiguration={"LocationConstraint": cloud.region}
    )
    cloud.client("logs").create_log_group(logGroupName="/precious")


@pytest.mark.parametrize("role", sorted({role for role, _ in permissions()}))
def test_whatever_else_is_denied(cloud, precious, role):
    """To every role: other buckets, logs, trails and rules, the workshop's own evidence, IAM, the stack."""
    session = role_session(cloud, role)
    for service, operation, parameters in DENIED:
        filled = {
            name: cloud.resource(value[1:-1]) if value.startswith("{") else value for name, value in parameters.items()
        }
        with pytest.raises(ClientError, match=r"not authorized to perform"):
            getattr(cloud.session.client(service, **session), operation)(**filled)
