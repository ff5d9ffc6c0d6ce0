"""workshop launch-link: the template in a bucket, and a link to CloudFormation's form that is filled in."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from emulated_account import ADMINISTRATOR, become, user

from workshop import cli
from workshop.cloud import connection
from workshop.cloud.stack import launch_link, template

BUCKET = "a-bucket-of-the-organizer"


@pytest.fixture
def account(recorded_cloud, monkeypatch):
    """The emulator as the AWS account of this machine's credentials, with a bucket in the Region of the stack."""
    become(monkeypatch, user("engineer", ADMINISTRATOR))
    cloud = connection.account_cloud()
    where = {"CreateBucketConfiguration": {"LocationConstraint": cloud.region}}
    cloud.client("s3").create_bucket(Bucket=BUCKET, **where)
    return cloud


def parts(link):
    """Return the console's host, the page and the form's fields, as the console reads a link."""
    address = urlsplit(link)
    page, _, query = address.fragment.partition("?")
    return address.netloc, page, dict(parse_qsl(query, strict_parsing=True))


def put_template(cloud, url):
    """Return the text that was put where a link's templateURL leads."""
    address = urlsplit(url)
    assert address.netloc == f"{BUCKET}.s3.{cloud.region}.amazonaws.com"
    return cloud.client("s3").get_object(Bucket=BUCKET, Key=address.path[1:])["Body"].read().decode()


def test_the_command_prints_a_link_and_nothing_else(account, capsys):
    """On standard output, to be pasted; account and Region are told on the other one."""
    options = ["--bucket", BUCKET, "--parameter", "NotificationEmailAddress=you+a@example.com", "-y"]
    assert cli.main(["launch-link", *options]) == 0
    said = capsys.readouterr()
    (link,) = said.out.splitlines()
    host, page, fields = parts(link)
    assert (host, page) == ("ca-central-1.console.aws.amazon.com", "/stacks/quickcreate")
    assert urlsplit(link).query == "region=ca-central-1"
    assert fields.pop("templateURL").startswith("https://")
    assert fields == {"stackName": "ReInvent2017-SID341", "param_NotificationEmailAddress": "you+a@example.com"}
    assert "+" not in link
    assert "account 111122223333" in said.err


def test_the_template_lies_where_the_link_says(account):
    """As it is in the repository; the same template gets the same link, another one another."""
    link = launch_link.launch_link(account, BUCKET, template.body())
    assert put_template(account, parts(link)[2]["templateURL"]) == template.body()
    assert launch_link.launch_link(account, BUCKET, template.body()) == link
    assert launch_link.launch_link(account, BUCKET, template.body() + "# changed\n") != link


def test_stack_region_and_bucket_may_be_others(account, capsys):
    """A stack in one Region may come from a bucket in another; a name with dots stands in the path."""
    account.session.client("s3", region_name="us-east-1").create_bucket(Bucket="dotted.example.com")
    assert cli.main(["launch-link", "-b", "dotted.example.com", "-s", "Team-7", "-r", "eu-west-1", "-y"]) == 0
    host, _, fields = parts(capsys.readouterr().out.strip())
    assert host == "eu-west-1.console.aws.amazon.com"
    assert fields["stackName"] == "Team-7"
    assert fields["templateURL"].startswith(
        "https://s3.us-east-1.amazonaws.com/dotted.example.com/cloudtrail-workshop/"
    )


def test_nothing_is_uploaded_without_a_yes(account, capsys, monkeypatch):
    """The account is shown before the question."""
    monkeypatch.setattr("builtins.input", lambda question: "n")
    assert cli.main(["launch-link", "--bucket", BUCKET]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "nothing was uploaded" in said.err
    assert "Contents" not in account.client("s3").list_objects_v2(Bucket=BUCKET)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-b", BUCKET, "--parameter", "Email=a@example.com"], "no parameter Email; it has ActivityGeneration, "),
        (["-b", "not-there"], "could not be put into the bucket not-there in account 111122223333"),
    ],
    ids=["parameter", "bucket"],
)
def test_a_slip_is_answered_with_what_there_is(account, capsys, options, said):
    """In one line, and nothing is uploaded."""
    assert cli.main(["launch-link", *options, "-y"]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert said in output.err
    assert "Contents" not in account.client("s3").list_objects_v2(Bucket=BUCKET)
