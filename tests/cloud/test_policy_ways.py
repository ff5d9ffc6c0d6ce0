"""The attendee policy for each way of making the stack, and for stacks of any name."""

import json

import pytest
from policy_user import actions_of, become_attendee
from template_document import template_document

from workshop import cli
from workshop.cloud import teardown
from workshop.cloud.connection import local_cloud
from workshop.cloud.doctor.attendee_policy import LARGEST_POLICY, LONGEST_STACK_NAME, WAYS, attendee_policy, compact
from workshop.cloud.emulator import emulator
from workshop.cloud.stack import stack, template

NAMES = (
    "a",
    "Team-7",
    "ReInvent2017-SID341",
    "x" * 20,
    "x" * 21,
    "A-long-name-for-a-stack-of-one-of-many-teams",
    "y" * LONGEST_STACK_NAME,
)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_each_fits_into_a_managed_policy(way, name):
    """Whatever the stack is called, and wherever it is."""
    policy = attendee_policy(way=way, stack=name, region="ap-southeast-1", bucket="b" * 63)
    assert len(compact(policy)) <= LARGEST_POLICY
    assert "ReInvent2017" not in compact(policy) or name.startswith("ReInvent2017")
    sids = [statement["Sid"] for statement in policy["Statement"]]
    assert len(sids) == len(set(sids))


@pytest.mark.parametrize("way", WAYS)
def test_the_names_that_cloudformation_shortens_are_covered(way):
    """It keeps at least so much of a long stack name; the stack and its trail are named in full."""
    name = "A-long-name-for-a-stack-of-one-of-many-teams"
    text = compact(attendee_policy(way=way, stack=name))
    assert f"stack/{name}/*" in text
    assert f"trail/{name}-CloudTrail" in text
    for kind in ("role/", "function:", "rule/", "instance-profile/", "/aws/lambda/"):
        assert f"{kind}{name[:20]}*" in text
    # The types whose names may have 64 characters; those of all others may have more.
    shortened = {"AWS::IAM::Role", "AWS::Lambda::Function", "AWS::Events::Rule"}
    ids = [name for name, resource in template_document()["Resources"].items() if resource["Type"] in shortened]
    assert 64 - max(map(len, ids)) - 12 - 2 >= 20


def test_the_file_is_the_notebooks():
    """docs/attendee-policy.json is what the command prints without options."""
    assert attendee_policy() == json.loads(template.places.checkout().joinpath("docs/attendee-policy.json").read_text())
    with pytest.raises(ValueError, match="notebook, cli, console, link"):
        attendee_policy(way="letter")
    with pytest.raises(ValueError, match="has 118 characters"):
        attendee_policy(stack="y" * 118)


def test_the_command_prints_it(capsys):
    """For `aws iam create-policy --policy-document`."""
    assert cli.main(["policy", "--way", "link", "-b", "organizers", "-s", "Team-7", "-r", "eu-west-1"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == attendee_policy(way="link", bucket="organizers", stack="Team-7", region="eu-west-1")
    assert "arn:aws:s3:::organizers/cloudtrail-workshop/*" in compact(printed)


def test_the_command_knows_all_ways():
    """The command line repeats them, so that it starts quickly."""
    for way in WAYS:
        assert cli.parser().parse_args(["policy", "--way", way]).way == way


# ---------------------------------------------------------------- each way, taken


def silently(line):
    """Show nothing."""


def parameters():
    return [{"ParameterKey": "Target", "ParameterValue": "local"}]


def by_change_set(cloud):
    """Do what `aws cloudformation deploy` does."""
    client = cloud.client("cloudformation")
    made = client.create_change_set(
        StackName=cloud.stack,
        ChangeSetName="awscli-cloudformation-package-deploy-1",
        ChangeSetType="CREATE",
        TemplateBody=template.body(),
        Parameters=parameters(),
        Capabilities=["CAPABILITY_IAM"],
    )
    client.get_waiter("change_set_create_complete").wait(
        ChangeSetName=made["Id"], StackName=cloud.stack, WaiterConfig={"Delay": 1}
    )
    client.execute_change_set(ChangeSetName=made["Id"], StackName=cloud.stack)
    client.get_waiter("stack_create_complete").wait(StackName=cloud.stack, WaiterConfig={"Delay": 1})


def from_bucket(cloud, bucket, key):
    """Make the stack from a template in a bucket, as CloudFormation's form does."""
    client = cloud.client("cloudformation")
    client.list_stacks()
    url = f"{cloud.client('s3').meta.endpoint_url}/{bucket}/{key}"
    client.get_template_summary(TemplateURL=url)
    client.create_stack(
        StackName=cloud.stack, TemplateURL=url, Parameters=parameters(), Capabilities=["CAPABILITY_IAM"]
    )
    client.get_waiter("stack_create_complete").wait(StackName=cloud.stack, WaiterConfig={"Delay": 1})
    cloud.client("lambda").list_functions()


def in_the_console(cloud):
    """The template is uploaded into a bucket of CloudFormation's, which is made for that."""
    s3, bucket = cloud.client("s3"), "cf-templates-1a2b3c-ca-central-1"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": cloud.region})
    s3.put_object(Bucket=bucket, Key="template.yaml", Body=template.body().encode())
    s3.get_object(Bucket=bucket, Key="template.yaml")
    from_bucket(cloud, bucket, "template.yaml")


def by_link(cloud):
    """The template lies in the organizer's bucket, and is read there with the attendee's own permissions."""
    cloud.client("s3").get_object(Bucket="organizers", Key="cloudtrail-workshop/template.yaml")
    from_bucket(cloud, "organizers", "cloudtrail-workshop/template.yaml")


def from_a_notebook(cloud):
    stack.ensure(cloud, template.body(), {"Target": "local"}, agree=bool, show=silently)


# way: (what the attendee does, {Sid: what of it is needed for that})
TAKEN = {
    "notebook": (from_a_notebook, {"TheStack": ["cloudformation:CreateStack"]}),
    "cli": (by_change_set, {"TheStack": ["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"]}),
    "console": (
        in_the_console,
        {
            "TheUpload": ["s3:CreateBucket", "s3:PutObject", "s3:GetObject"],
            "TheConsole": ["cloudformation:ListStacks", "lambda:ListFunctions"],
            "TheStack": ["cloudformation:CreateStack"],
        },
    ),
    "link": (
        by_link,
        {"TheTemplate": ["s3:GetObject"], "TheConsole": ["cloudformation:ListStacks", "lambda:ListFunctions"]},
    ),
}
# No emulator has it: the console asks CloudFormation for the bucket to upload to.
ON_AWS_ALONE = {("TheConsole", "cloudformation:CreateUploadBucket")}
ENTRIES = [
    (way, (sid, action)) for way, (_, needed) in TAKEN.items() for sid, actions in needed.items() for action in actions
]


@pytest.fixture
def account(safe_environment):
    """An account with nothing in it but the organizer's bucket, in which the template lies."""
    emulator.reset(emulator.start())
    cloud = local_cloud()
    cloud.trail.stop("this test looks at permissions", deliver=False)
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="organizers", CreateBucketConfiguration={"LocationConstraint": cloud.region})
    s3.put_object(Bucket="organizers", Key="cloudtrail-workshop/template.yaml", Body=template.body().encode())
    return cloud


@pytest.mark.parametrize("way", WAYS)
def test_the_way_can_be_taken_and_the_stack_torn_down(account, way):
    """With its own policy nothing is denied, from the stack's making to its end; it is found by connect()."""
    denied = []
    cloud = become_attendee(account, denied, way=way, bucket="organizers")
    TAKEN[way][0](cloud)
    cloud.refresh()
    assert cloud.resource("AnalysisLambdaFunction")
    stack.ensure(cloud, template.body(), {"PerDetectorAlarms": "true"}, agree=bool, show=silently)
    assert teardown.teardown(cloud, show=silently).complete
    assert denied == []


@pytest.mark.parametrize(("way", "entry"), ENTRIES, ids=[f"{way}: {action}" for way, (_, action) in ENTRIES])
def test_nothing_that_a_way_adds_can_go(account, way, entry):
    """Without it the way ends in a denial of that very action."""
    denied = []
    cloud = become_attendee(account, denied, without=entry, way=way, bucket="organizers")
    with pytest.raises(Exception, match=r"(?i)denied|not authorized"):
        TAKEN[way][0](cloud)
    assert denied[0] == entry[1]


def test_a_way_adds_nothing_else():
    """What differs from the notebook's policy is in the table above."""
    base = {(each["Sid"], action) for each in attendee_policy()["Statement"] for action in actions_of(each)}
    for way, (_, needed) in TAKEN.items():
        policy = attendee_policy(way=way)
        has = {(each["Sid"], action) for each in policy["Statement"] for action in actions_of(each)}
        shown = {(sid, action) for sid, actions in needed.items() for action in actions}
        assert has - base - ON_AWS_ALONE == shown - base
    cli_policy = attendee_policy(way="cli")["Statement"][0]
    assert "cloudformation:CreateStack" not in cli_policy["Action"]
