"""A real account is treated with care: production is refused, clients come from one place, trouble is told in words."""

import ast
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from botocore.stub import Stubber
from emulated_account import ADMINISTRATOR, become, user

from workshop import places
from workshop.cloud import connection
from workshop.cloud.account_signs import production_signs
from workshop.cloud.cloud import CannotConnect
from workshop.cloud.connection import connect
from workshop.cloud.credentials_expired import CredentialsExpired

# Who may make sessions of boto3 or botocore, and why nobody else need.
MAKERS = {
    "workshop/cloud/connection.py": "the one place",
    "workshop/cloudtrail_analyzer.py": "a Lambda function",
    "workshop/activity_generator.py": "a Lambda function",
    "workshop/hunting/cluster.py": "a worker on another machine, which reads s3:// with its own credentials",
    "workshop/exercises/log_loss/api_calls.py": "reads botocore's service models, and makes no client",
}


@pytest.fixture
def engineer(cloud, monkeypatch):
    """The emulator plays the account; the stack is there, and this process an administrator."""
    become(monkeypatch, user("engineer", ADMINISTRATOR))
    return cloud


def name_account(cloud, alias):
    cloud.session.client("iam").create_account_alias(AccountAlias=alias)


def tag_account(cloud, key, value):
    organizations = cloud.session.client("organizations")
    organizations.tag_resource(ResourceId=cloud.account, Tags=[{"Key": key, "Value": value}])


# ---------------------------------------------------------------- production


def test_a_production_account_is_refused_unless_told(engineer):
    """By its alias here. Nothing is asked and nothing changed before; with production=True it is used."""
    name_account(engineer, "acme-prod")
    questions, lines = [], []
    with pytest.raises(CannotConnect, match=r"its alias is acme-prod.*production=True"):
        connect("aws", email="a@example.com", confirm=questions.append, show=lines.append)
    assert questions == []
    assert "111122223333" in lines[0]
    cloud = connect("aws", email="a@example.com", production=True, confirm=questions.append, show=lines.append)
    assert len(questions) == 1
    assert cloud.target == "aws"
    assert engineer.describe_stack()["StackStatus"] == "CREATE_COMPLETE"


def test_tags_of_the_account_in_its_organization_are_a_sign(engineer):
    """As organizations mark their accounts."""
    tag_account(engineer, "Environment", "Production")
    with pytest.raises(CannotConnect, match="its tag Environment is Production"):
        connect("aws", show=lambda line: None)


@pytest.mark.parametrize("alias", ["acme-sandbox", "acme-non-prod", "acme-nonprod", "products", "pre-prod-7", "reprod"])
def test_what_only_sounds_like_production_is_none(engineer, alias):
    """Product teams and stages before production may take the workshop."""
    name_account(engineer, alias)
    assert production_signs(connection.account_cloud()).found == []


@pytest.mark.parametrize("alias", ["prod", "acme-prod-eu", "acme-production", "prd2", "prod01-acme"])
def test_what_is_called_production(engineer, alias):
    """As a word of its own, or numbered."""
    name_account(engineer, alias)
    assert production_signs(connection.account_cloud()).found == [f"its alias is {alias}"]


def test_the_name_of_the_account_is_a_sign(engineer):
    """Account Management tells it."""
    cloud = connection.account_cloud()
    make, client = cloud.session.client, cloud.session.client("account")
    cloud.session.client = lambda service, **options: client if service == "account" else make(service, **options)
    with Stubber(client) as account:
        account.add_response("get_account_information", {"AccountName": "ACME Production"})
        assert production_signs(cloud).found == ["its name is ACME Production"]


def test_what_may_not_be_looked_up_is_unknown_and_said(cloud, monkeypatch):
    """Most people may ask for none of the three; they can take the workshop all the same."""
    denied = {
        "Effect": "Deny",
        "Action": ["iam:ListAccountAliases", "account:*", "organizations:*"],
        "Resource": "*",
    }
    become(monkeypatch, user("attendee", ADMINISTRATOR, denied))
    lines = []
    connect("aws", confirm=lambda question: False, show=lines.append)
    (said,) = [line for line in lines if "production" in line]
    # The name, too: but the emulator tells it to everybody.
    for part in ("its alias (AccessDenied", "its tags in the organization (AccessDenied"):
        assert part in said


# ---------------------------------------------------------------- clients


def test_all_clients_come_from_one_place():
    """Sessions are made in connection.py, and where no connection can be: nobody else imports what makes them."""
    makers = set()
    for path in [*places.checkout().glob("workshop/**/*.py"), *places.checkout().glob("notebooks/source/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == "boto3" or name.startswith("botocore.session") for name in names):
                makers.add(path.relative_to(places.checkout()).as_posix())
    assert makers == set(MAKERS)
    models = places.checkout() / "workshop" / "exercises" / "log_loss" / "api_calls.py"
    assert "client" not in models.read_text(encoding="utf-8")


def test_clients_of_an_account_retry_and_do_not_hang(engineer):
    """Each has retries and time-outs, those in other Regions too."""
    cloud = connection.account_cloud()
    for client in (cloud.client("s3"), cloud.session.client("cloudtrail", region_name="us-east-1")):
        config = client.meta.config
        assert config.retries == {"mode": "standard", "total_max_attempts": 9}
        assert (config.connect_timeout, config.read_timeout) == (10, 60)


class Answers(HTTPServer):
    """A server that plays AWS with prepared answers, (status, body), in turn."""

    def __init__(self, *answers):
        super().__init__(("127.0.0.1", 0), AnswerInTurn)
        self.answers = list(answers)
        self.asked = 0

    def __enter__(self):
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.thread.join()
        self.server_close()


class AnswerInTurn(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, body = self.server.answers[min(self.server.asked, len(self.server.answers) - 1)]
        self.server.asked += 1
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


def failure(code):
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>{code}.</Message></Error></ErrorResponse>".encode()


IDENTITY = (
    b"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/engineer</Arn>"
    b"<Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)


def reach(monkeypatch, server):
    keys = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
    become(monkeypatch, {**keys, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"})


def test_a_throttled_call_is_tried_again(monkeypatch):
    """Sixty attendees in one account are a crowd."""
    with Answers((400, failure("Throttling")), (503, failure("ServiceUnavailable")), (200, IDENTITY)) as server:
        reach(monkeypatch, server)
        assert connection.account_cloud().account == "111122223333"
        assert server.asked == 3


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException", "RequestExpired"])
def test_credentials_that_expire_in_the_middle_are_told(monkeypatch, code):
    """What to do, and that nothing is lost; tried once, for trying again cannot help."""
    with Answers((200, IDENTITY), (400, failure(code))) as server:
        reach(monkeypatch, server)
        cloud = connection.account_cloud()
        with pytest.raises(
            CredentialsExpired, match=rf"expired \({code} in DescribeStacks\).*Sign in again.*connect"
        ) as told:
            cloud.describe_stack()
        assert server.asked == 2
    assert isinstance(told.value, connection.ClientError)


def test_other_errors_stay_what_they_are(monkeypatch):
    """Only expired credentials are told so."""
    with Answers((200, IDENTITY), (400, failure("AccessDenied"))) as server:
        reach(monkeypatch, server)
        cloud = connection.account_cloud()
        with pytest.raises(connection.ClientError, match="AccessDenied") as told:
            cloud.describe_stack()
    assert not isinstance(told.value, CredentialsExpired)
