"""cloudformation.yaml: what the stack consists of, and that it does so under enforced IAM."""

import ast
import gzip
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from template_document import template_document
from waiting import PATIENCE, wait_for

from workshop import places
from workshop.cloud import connection
from workshop.cloud.stack import template

LOG_FILE = {
    "Records": [
        {
            "eventVersion": "1.11",
            "eventID": "1c0dfa35-51c2-4d3c-8a7c-3d1d3f4f0d6b",
            "eventTime": "2026-03-02T09:00:00Z",
            "eventSource": "logs.amazonaws.com",
            "eventName": "DescribeLogGroups",
            "awsRegion": "ca-central-1",
            "sourceIPAddress": "203.0.113.10",
            "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/engineer"},
        }
    ]
}


@pytest.fixture(scope="module")
def document():
    return template_document()


@pytest.fixture(scope="module")
def resources(document):
    return document["Resources"]


def put(cloud, body, key=None):
    key = cloud.outputs["LogFilePrefix"] + "ca-central-1/2026/03/02/a.json.gz" if key is None else key
    cloud.client("s3").put_object(Bucket=cloud.outputs["BucketName"], Key=key, Body=body)
    return key


def log_lines(cloud):
    logs = cloud.client("logs")
    return [event["message"] for event in logs.filter_log_events(logGroupName=cloud.outputs["LogGroupName"])["events"]]


# ---------------------------------------------------------------- the text


def test_cfn_lint_has_nothing_to_say(document):
    """No error, no warning, no remark, and nothing is ignored."""
    assert "cfn-lint" not in json.dumps(document, default=str)
    linted = subprocess.run(
        [shutil.which("cfn-lint", path=Path(sys.executable).parent), "--include-checks", "I", "--", places.template()],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (linted.returncode, linted.stdout, linted.stderr) == (0, "", "")


@pytest.mark.parametrize("function", template.SOURCES)
def test_the_inline_code_is_the_source_file(resources, function):
    """Byte for byte, as plain text: no parameter is substituted into it. The generator's lacks docstrings only."""
    code = resources[function]["Properties"]["Code"]["ZipFile"]
    assert code == template.source(function)
    assert template.inline_code(template.body(), function) == template.source(function)
    assert template.main(["--check"]) == 0


def test_the_generators_inline_code_lacks_its_docstrings_only():
    """What remains is the same program; the analyzer stands there whole."""

    def bare(text):
        tree = ast.parse(text)
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.FunctionDef)) and ast.get_docstring(node) is not None:
                del node.body[0]
        return ast.dump(tree)

    for function, file in template.SOURCES.items():
        written = (places.checkout() / "workshop" / file).read_text(encoding="utf-8")
        assert bare(template.source(function)) == bare(written)
        assert (template.source(function) == written) is (function == template.ANALYZER)


def test_every_inline_code_has_a_source_file(resources):
    """No function's code is written in the template itself."""
    inline = {name for name, resource in resources.items() if "ZipFile" in resource["Properties"].get("Code", {})}
    assert inline == set(template.SOURCES)


@pytest.mark.parametrize("function", template.SOURCES)
def test_an_old_copy_of_a_source_is_noticed_and_replaced(function, tmp_path, monkeypatch, capsys):
    """--check tells which, the command without it repairs, and nothing else in the template changes."""
    whole = template.body()
    old = tmp_path / "cloudformation.yaml"
    old.write_text(template.with_inline_code(whole, "import json\n\n\nprint(json)\n", function), encoding="utf-8")
    monkeypatch.setattr(places, "template", lambda: old)
    assert template.main(["--check"]) == 1
    assert template.main() == 0
    assert template.body() == whole
    assert f"holds an old {template.SOURCES[function]}:" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    [
        "Resources: {}\n",
        "  A:\n    ZipFile: |\n      a\n",
        "  AnalysisLambdaFunction:\n    Code: b\n  Another:\n    ZipFile: |\n      b\n",
    ],
)
def test_a_template_without_the_functions_inline_code_is_refused(text):
    """Rather than writing the analyzer somewhere."""
    with pytest.raises(ValueError, match="Looked for one"):
        template.with_inline_code(text, "pass")


def test_it_is_small_enough_to_be_sent_in_the_call():
    """Larger templates must be uploaded to a bucket first; some room is left for the next change."""
    assert len(template.body().encode()) < template.LARGEST_BODY - 250


def test_every_parameter_is_described_and_labelled(document):
    """So that the console's form reads well; each has a default, so that it can be left as it is."""
    described = document["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in described["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(document["Parameters"]) == sorted(described["ParameterLabels"])
    for parameter in document["Parameters"].values():
        assert {"Description", "Default"} <= set(parameter)
        # The value of an SSM parameter is checked by its type.
        checked = {"AllowedPattern", "AllowedValues", "MinValue"} & set(parameter)
        assert checked or parameter["Type"].startswith("AWS::SSM::Parameter::Value<")


@pytest.mark.parametrize(
    ("address", "valid"),
    [("", True), ("a@example.com", True), ("a@example", False), ("a b@example.com", False), ("example.com", False)],
)
def test_the_email_parameter_takes_addresses_or_nothing(document, address, valid):
    """The console says at once what is wrong."""
    pattern = document["Parameters"]["NotificationEmailAddress"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, address)) == valid


def test_everything_that_takes_tags_has_them(resources):
    """So that an account's owner sees where things come from."""
    cannot = {
        *("AWS::S3::BucketPolicy", "AWS::IAM::Policy", "AWS::IAM::InstanceProfile", "AWS::Lambda::Permission"),
        *("AWS::Lambda::EventInvokeConfig", "AWS::SNS::TopicPolicy", "AWS::SNS::Subscription", "AWS::SQS::QueuePolicy"),
        *("AWS::EC2::SubnetRouteTableAssociation", "AWS::SageMaker::NotebookInstanceLifecycleConfig"),
    }
    tags = [{"Key": "Project", "Value": "cloudtrail-workshop"}]

    def tagged(properties):
        # A launch template tags itself in words of its own.
        (specified,) = properties.get("TagSpecifications", [properties])
        return specified.get("Tags") == tags

    untagged = {name for name, resource in resources.items() if not tagged(resource["Properties"])}
    assert untagged == {name for name, resource in resources.items() if resource["Type"] in cannot}
    assert resources["ActivityGenInstance"]["Properties"]["PropagateTagsToVolumeOnCreation"] is True


def test_the_trail_on_aws(resources):
    """It is multi-Region unless a parameter says otherwise, validates its log files, and exists only on AWS."""
    trail = resources["CloudTrail"]
    assert trail["Condition"] == "OnAWS"
    assert trail["Properties"]["IsMultiRegionTrail"] == {"If": ["AllRegions", True, False]}
    assert trail["Properties"]["EnableLogFileValidation"] is True
    assert trail["Properties"]["IsLogging"] is True


def test_what_the_emulator_cannot_is_there_on_aws(resources):
    """The bucket is closed to plain HTTP; metrics go to one namespace only."""
    *_, tls = resources["CloudTrailBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    condition, statement, _ = tls["If"]
    assert (condition, statement["Effect"]) == ("OnAWS", "Deny")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    statements = resources["AnalysisLambdaPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    (publish,) = (statement for statement in statements if statement["Action"] == "cloudwatch:PutMetricData")
    assert publish["Condition"]["If"][:2] == [
        "OnAWS",
        {"StringEquals": {"cloudwatch:namespace": {"Ref": "MetricNamespace"}}},
    ]


# ---------------------------------------------------------------- the stack


def test_the_stack_holds_all_but_awss_own_locally(cloud, resources):
    """The one template serves both; left out are the trail, the activity generator, SageMaker and what nobody asked."""
    left_out = {
        name for name, resource in resources.items() if resource.get("Condition", "WithActivity") != "WithActivity"
    }
    own = {name for name in resources if name.startswith(("ActivityGen", "Notebook"))} - {"NotebookQueue"}
    assert {"CloudTrail", "EmailSubscription", "ActivityGenLambdaFunc", "ActivityGenInstance", "Notebook"} <= left_out
    assert "ActivityGenInstanceRole" in own - left_out
    for name in set(resources) - left_out:
        assert cloud.resource(name)
    assert cloud.describe_stack()["StackStatus"] == "CREATE_COMPLETE"


def test_the_alarm_is_the_seeds(cloud):
    """Exactly the seed's properties, and no data means that all is well."""
    (alarm,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=[cloud.outputs["AlarmName"]])["MetricAlarms"]
    wanted = {
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "EvaluationPeriods": 1,
        "MetricName": "AnomaliesDetected",
        "Namespace": "AWS/reInvent2017/SID341",
        "Period": 60,
        "Statistic": "Sum",
        "Threshold": 1.0,
        "TreatMissingData": "notBreaching",
        "AlarmActions": [cloud.outputs["TopicArn"]],
    }
    assert {name: alarm[name] for name in wanted} == wanted
    assert not alarm.get("Dimensions")
    assert "DatapointsToAlarm" not in alarm


def test_one_parameter_moves_the_metric_to_another_namespace(cloud):
    """The function is told, and the alarm watches there."""
    cloud = connection.connect(metric_namespace="Workshop/Detection", show=lambda line: None)
    function = cloud.client("lambda").get_function_configuration(FunctionName=cloud.outputs["FunctionName"])
    assert function["Environment"]["Variables"] == {"METRIC_NAMESPACE": "Workshop/Detection"}
    (alarm,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=[cloud.outputs["AlarmName"]])["MetricAlarms"]
    assert alarm["Namespace"] == cloud.outputs["MetricNamespace"] == "Workshop/Detection"


def test_the_bucket_is_closed_encrypted_and_short_lived(cloud, resources):
    """Nobody outside gets in; log files go after a day (by the template: the emulator keeps them)."""
    s3, bucket = cloud.client("s3"), {"Bucket": cloud.outputs["BucketName"]}
    assert set(s3.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"].values()) == {True}
    assert s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    (rule,) = resources["CloudTrailBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 1)


def test_only_cloudtrails_log_files_are_announced_to_the_function(cloud):
    """By prefix and suffix, so that digests, Insights and other files are left out."""
    s3 = cloud.client("s3")
    (announced,) = s3.get_bucket_notification_configuration(Bucket=cloud.outputs["BucketName"])[
        "LambdaFunctionConfigurations"
    ]
    rules = {rule["Name"].lower(): rule["Value"] for rule in announced["Filter"]["Key"]["FilterRules"]}
    assert rules == {"prefix": "AWSLogs/111122223333/CloudTrail/", "suffix": "json.gz"}


def test_a_log_file_is_analyzed_under_enforced_iam(cloud):
    """The function reads it with its own role and logs one line of summary; other files do not wake it."""
    body = gzip.compress(json.dumps(LOG_FILE).encode())
    put(cloud, body, "AWSLogs/111122223333/CloudTrail-Digest/ca-central-1/2026/03/02/digest.json.gz")
    key = put(cloud, body)
    (analyzed,) = wait_for(lambda: [line for line in log_lines(cloud) if line.startswith("ANALYZED ")], "analysis")
    summary = json.loads(analyzed.removeprefix("ANALYZED "))
    assert (summary["bucket"], summary["key"]) == (cloud.outputs["BucketName"], key)
    assert summary["records"] == 1
    assert not [line for line in log_lines(cloud) if "Digest" in line or "Error" in line]


def test_the_function_may_do_what_it_must_and_no_more(cloud):
    """Each permission by simulation: the action on the resource it is for, and next to it."""
    bucket = f"arn:aws:s3:::{cloud.outputs['BucketName']}"
    log_group = f"arn:aws:logs:ca-central-1:111122223333:log-group:{cloud.outputs['LogGroupName']}"
    queue = cloud.client("sqs").get_queue_attributes(
        QueueUrl=cloud.outputs["FailureQueueUrl"], AttributeNames=["QueueArn"]
    )["Attributes"]["QueueArn"]
    expected = {
        ("s3:GetObject", f"{bucket}/AWSLogs/111122223333/CloudTrail/ca-central-1/a.json.gz"): "allowed",
        ("s3:GetObject", f"{bucket}/other"): "implicitDeny",
        ("s3:GetObject", "arn:aws:s3:::another/AWSLogs/111122223333/CloudTrail/a.json.gz"): "implicitDeny",
        ("s3:PutObject", f"{bucket}/AWSLogs/111122223333/CloudTrail/a.json.gz"): "implicitDeny",
        ("s3:ListBucket", bucket): "implicitDeny",
        ("cloudwatch:PutMetricData", "*"): "allowed",
        ("cloudwatch:SetAlarmState", "*"): "implicitDeny",
        ("logs:CreateLogStream", f"{log_group}:log-stream:a"): "allowed",
        ("logs:PutLogEvents", f"{log_group}:log-stream:a"): "allowed",
        ("logs:CreateLogGroup", log_group): "implicitDeny",
        ("logs:PutLogEvents", log_group.replace("Analysis", "Other") + ":log-stream:a"): "implicitDeny",
        ("sqs:SendMessage", queue): "allowed",
        ("sqs:SendMessage", queue.replace("Failure", "Notification")): "implicitDeny",
    }
    role = cloud.resource("AnalysisLambdaRole")
    found = {
        (action, resource): cloud.client("iam").simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::111122223333:role/{role}", ActionNames=[action], ResourceArns=[resource]
        )["EvaluationResults"][0]["EvalDecision"]
        for action, resource in expected
    }
    assert found == expected


def test_a_log_file_that_cannot_be_analyzed_is_reported(cloud):
    """After three attempts the notification lands in the failure queue."""
    key = put(cloud, b"not gzip at all")
    receive = {"QueueUrl": cloud.outputs["FailureQueueUrl"], "WaitTimeSeconds": 1}
    (message,) = wait_for(lambda: cloud.client("sqs").receive_message(**receive).get("Messages"), "message")
    failed = json.loads(message["Body"])
    assert failed["requestPayload"]["Records"][0]["s3"]["object"]["key"] == key
    assert len([line for line in log_lines(cloud) if "is not a CloudTrail log file" in line]) >= 3


def test_the_alarm_notifies_the_queue(cloud):
    """What goes to the topic reaches the queue in which notebooks read."""
    cloud.client("cloudwatch").put_metric_data(
        Namespace=cloud.outputs["MetricNamespace"],
        MetricData=[{"MetricName": "AnomaliesDetected", "Value": 1, "Unit": "Count"}],
    )
    receive = {"QueueUrl": cloud.outputs["NotificationQueueUrl"], "WaitTimeSeconds": 1}
    (message,) = wait_for(lambda: cloud.client("sqs").receive_message(**receive).get("Messages"), "message")
    notification = json.loads(json.loads(message["Body"])["Message"])
    assert (notification["AlarmName"], notification["NewStateValue"]) == (cloud.outputs["AlarmName"], "ALARM")
