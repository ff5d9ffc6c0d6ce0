"""The whole stack but its instance, trail and notebook instance on the local emulator, under enforced IAM.

The emulator knows no instances, so their place is taken here: `leave_credentials` does what the instance does.
"""

import contextlib
import json

import whole_template

from workshop.activity_generator import CREDENTIALS_KEY
from workshop.cloud import connection
from workshop.cloud.emulator import emulator
from workshop.cloud.stack import stack

# The emulator's CloudFormation knows none of these.
EMULATOR_LACKS = ("AWS::EC2::Instance", "AWS::CloudTrail::", "AWS::SageMaker::")
INSTANCE = "i-0123456789abcdef0"
NOTEBOOK = "arn:aws:sagemaker:${AWS::Region}:${AWS::AccountId}:notebook-instance/Notebook-1a2b"
RULE = {"Fn::GetAtt": ["ActivityGenSchedule", "Arn"]}
# Permissions that the emulator asks for under another name than AWS.
ASKED_AS = {"sqs:DeleteMessage": "sqs:DeleteMessageBatch"}


def text():
    """Return the template with the emulator's gaps left out, and all the rest that is AWS's own in it."""
    whole = whole_template.without(
        _with_a_named_notebook(), lambda name, resource: resource["Type"].startswith(EMULATOR_LACKS)
    )
    whole["Conditions"]["WithActivityOnAWS"] = {"Condition": "WithActivity"}
    whole["Conditions"]["WithNotebook"] = {"Fn::Equals": [{"Ref": "NotebookInstance"}, "true"]}
    # Here the root key assumes the functions' roles in Lambda's place, and names no account.
    for role in ("AnalysisLambdaRole", "ActivityGenLambdaRole"):
        (trusts,) = whole["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert trusts.pop("Condition")
    # The emulator does not know this condition key.
    (publish,) = (one for one in _statements(whole, "NotebookRole") if one.get("Sid") == "PublishAnomalies")
    del publish["Condition"]
    # It speaks plain HTTP, and takes the ARN of a role's session for aws:PrincipalArn, which is the role's.
    reads, _ = (one for one in _statements(whole, "ActivityGenBucketPolicy") if one["Effect"] == "Deny")
    session = {"Fn::Sub": "arn:aws:sts::${AWS::AccountId}:assumed-role/${ActivityGenLambdaRole}/*"}
    reads["Condition"]["ArnNotEquals"]["aws:PrincipalArn"] = [session]
    _statements(whole, "ActivityGenBucketPolicy").pop()
    # It calls a rule of the default bus "default/NAME".
    (ends,) = (one for one in _statements(whole, "ActivityGenLambdaPolicy") if one["Sid"] == "EndItsSchedule")
    rule = {"Fn::Sub": "arn:aws:events:${AWS::Region}:${AWS::AccountId}:rule/default/${ActivityGenSchedule}"}
    ends["Resource"] = [rule if one == RULE else one for one in ends["Resource"]]
    for one in _statements(whole, "NotebookRole"):
        if "sqs:DeleteMessage" in one.get("Action", []):
            one["Action"] = [ASKED_AS.get(action, action) for action in one["Action"]]
    return whole_template.text(whole)


def _with_a_named_notebook():
    """Return the template; the policy for the notebook instance names one that the emulator need not make."""
    whole = whole_template.document()
    (statement,) = _statements(whole, "NotebookEnd")
    assert statement["Resource"] == {"Ref": "Notebook"}
    statement["Resource"] = {"Fn::Sub": NOTEBOOK}
    return whole


def _statements(whole, name):
    properties = whole["Resources"][name]["Properties"]
    policy = properties["Policies"][0] if "Policies" in properties else properties
    return policy["PolicyDocument"]["Statement"]


def make(**parameters):
    """Make the stack on an emulator that holds nothing else; return the connection, whose trail is stopped."""
    emulator.reset(emulator.start())
    cloud = connection.local_cloud()
    cloud.trail.stop("this test looks at the emulator itself", deliver=False)
    stack.ensure(cloud, text(), {"Target": "local", **parameters}, agree=lambda question: True, show=lambda line: None)
    return cloud


def update(cloud, **parameters):
    """Update the stack's parameters; the others keep their values."""
    stack.ensure(cloud, text(), parameters, agree=lambda question: True, show=lambda line: None)
    cloud.refresh()


def role_session(cloud, role, name=INSTANCE):
    """Return a client's keyword arguments with credentials of one of the stack's roles, by its logical id."""
    arn = f"arn:aws:iam::{cloud.account}:role/{cloud.resource(role)}"
    issued = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName=name)["Credentials"]
    return {
        "aws_access_key_id": issued["AccessKeyId"],
        "aws_secret_access_key": issued["SecretAccessKey"],
        "aws_session_token": issued["SessionToken"],
    }


def leave_credentials(cloud):
    """Do what the instance does every minute; return its access key. Raises: ClientError when its role may not."""
    session = role_session(cloud, "ActivityGenInstanceRole")
    body = {
        "Code": "Success",
        "Type": "AWS-HMAC",
        "AccessKeyId": session["aws_access_key_id"],
        "SecretAccessKey": session["aws_secret_access_key"],
        "Token": session["aws_session_token"],
    }
    s3 = cloud.session.client("s3", **session)
    s3.put_object(Bucket=cloud.resource("ActivityGenBucket"), Key=CREDENTIALS_KEY, Body=json.dumps(body))
    return body["AccessKeyId"]


def invoke(cloud, event=None):
    """Run the activity generator; return what it answers. Raises: AssertionError with its error."""
    answer = cloud.client("lambda").invoke(
        FunctionName=cloud.resource("ActivityGenLambdaFunc"), Payload=json.dumps(event or {})
    )
    said = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, f"{said.get('errorType')}: {said.get('errorMessage')}"
    assert "denied" not in said, said["denied"]
    return said


@contextlib.contextmanager
def without_permission(cloud, role, action):
    """Take an action out of a role's policies for the length of the block."""
    iam, name, action = cloud.client("iam"), cloud.resource(role), ASKED_AS.get(action, action)
    before = {
        policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    }
    try:
        for policy, document in before.items():
            narrower = json.dumps({**document, "Statement": [_less(one, action) for one in document["Statement"]]})
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=narrower)
        yield
    finally:
        for policy, document in before.items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))


def _less(statement, action):
    actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
    # An action that exists nowhere keeps the statement valid when it had only the one.
    return {**statement, "Action": [one for one in actions if one != action] or ["s3:NoSuchAction"]}


def denied(action):
    """Return a pattern of the emulator's words for an action that is not allowed."""
    return f"not authorized to perform: {ASKED_AS.get(action, action)} "
