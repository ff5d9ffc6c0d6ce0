"""The doctor: each check in its good and in its bad state, one line each, and an exit status."""

import os
import re
import signal
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from fnmatch import fnmatch

import pytest
import whole_template
from botocore.stub import Stubber
from emulated_account import ADMINISTRATOR, become, root, user
from policy_user import actions_of

from workshop import cli, places
from workshop.cloud import connection, policy_simulation
from workshop.cloud.cloud import CannotConnect
from workshop.cloud.doctor import account, machine, permissions, repairs
from workshop.cloud.doctor.doctor import _repaired as repaired
from workshop.cloud.doctor.doctor import doctor
from workshop.cloud.doctor.findings import Diagnosis, note, ok, to_do
from workshop.cloud.emulator import ministack_process
from workshop.cloud.stack import stack


def test_the_cli_knows_the_defaults():
    """The command line repeats two names, so that it starts quickly."""
    options = cli.parser().parse_args(["doctor"])
    assert (options.region, options.stack) == (connection.REGION, connection.STACK)


# ---------------------------------------------------------------- this machine


def test_this_machine_is_ready(cloud):
    """Everything that the tests themselves need is there: seven lines, all well."""
    diagnosis = doctor()
    assert [finding.name for finding in diagnosis.findings] == [
        *("Python", "packages", "port", "disk", "kept files", "emulator", "local stack")
    ]
    assert {finding.state for finding in diagnosis.findings} == {"ok"}, diagnosis
    assert diagnosis.healthy


def test_another_python_is_not_enough():
    """The version found, the versions needed, and what to do."""
    finding = machine.python("3.9.18")
    assert finding.state == "to do"
    assert "3.9.18" in finding.found
    assert "3.10" in finding.found
    assert "install" in finding.do


def test_missing_and_old_packages_are_named():
    """Each with what is there and what is needed; packages for other machines and for development are no matter."""
    finding = machine.packages(
        [
            "pandas>=99",
            "no-such-package>=1",
            "boto3>=1",
            "only-elsewhere; python_version < '3'",
            "dev-only; extra == 'dev'",
        ]
    )
    assert finding.state == "to do"
    assert re.fullmatch(r"pandas \S+ is installed, >=99 is needed; no-such-package is missing", finding.found)
    assert "start.py install" in finding.do


def test_an_address_that_nothing_may_listen_on():
    """One that is not this machine's stands for a loopback address that something forbids."""
    finding = machine.port("203.0.113.1")
    assert finding.state == "to do"
    assert "203.0.113.1" in finding.found


def test_a_full_disk():
    """What is free and what is needed."""
    finding = machine.disk(needed=10**18)
    assert finding.state == "to do"
    assert "1,000,000,000.0 GB needed" in finding.found


def test_an_emulator_that_does_not_start(home, monkeypatch):
    """Its own words are the reason, and the stack in it cannot be there."""
    monkeypatch.setattr(ministack_process, "command", lambda folder: ["-c", "raise SystemExit('no such module')"])
    diagnosis = doctor()
    emulator, local_stack = diagnosis.findings[-2:]
    assert emulator.state == "to do"
    assert "no such module" in emulator.found
    assert local_stack.state == "note"
    assert not diagnosis.healthy
    assert len(str(diagnosis).splitlines()) == 8


def test_an_emulator_that_others_can_reach(cloud):
    """It is to be stopped."""
    running = machine.emulator.find()
    finding = machine._reachable(running, {"0.0.0.0"})  # noqa: S104 - what must not be
    assert finding.state == "to do"
    assert "0.0.0.0" in finding.found  # noqa: S104
    assert machine._reachable(running).state == "ok"


def test_a_stack_that_cannot_be_used(cloud, monkeypatch):
    """One that was rolled back has to be deleted first; one that is not there is made by connect()."""
    broken = whole_template.that_fails()
    other = connection.local_cloud(stack="Broken")
    assert machine.local_stack(name="Broken").state == "ok"
    with pytest.raises(stack.StackError):
        stack.ensure(other, broken, {"Target": "local"}, agree=bool, show=lambda line: None)
    finding = machine.local_stack(name="Broken")
    assert finding.state == "to do"
    assert "ROLLBACK_COMPLETE" in finding.found
    assert "teardown" in finding.do
    assert machine.local_stack().found == "ReInvent2017-SID341 is there: CREATE_COMPLETE"


def test_a_check_that_fails_is_a_finding_too(tmp_path, monkeypatch):
    """The doctor itself does not fail, whatever stands in the way: here a file where the kit's folder should be."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WORKSHOP_HOME", str(tmp_path / "file" / "home"))
    states = {finding.name: finding.state for finding in doctor().findings}
    assert states == {
        **dict.fromkeys(("Python", "packages", "port"), "ok"),
        **dict.fromkeys(("disk", "kept files", "emulator", "local stack"), "to do"),
    }


# ---------------------------------------------------------------- repairs


def found(diagnosis, name):
    return next(finding for finding in diagnosis.findings if finding.name == name)


def write_down(name, content):
    path = (places.answers() if name.endswith(".py") else places.state()) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("progress.json", b'{"deleting_logs": {"outc'),
        ("questions.json", b""),
        ("predictions.json", b"\x00" * 60),
        ("notifications/0123.json", b"[{"),
        ("deleting_logs.py", b"def deleting_logs(record):\n    return rec("),
        ("publish_anomalies.py", b"\x00" * 600),
        ("deleting_logs.py", b"# \xff\n"),
    ],
)
def test_a_damaged_file_is_named_and_kept_under_another_name(home, name, content):
    """Without --fix it is only named; with it the notebooks have a free way, and nothing is thrown away."""
    path = write_down(name, content)
    whole = write_down("print_short_record.py", b"def print_short_record(record): ...\n")
    finding = repairs.kept_files()
    assert finding.state == "to do"
    assert str(path) in finding.found
    assert "doctor --fix" in finding.do
    assert path.read_bytes() == content
    finding = repaired("kept files", repairs.kept_files)
    assert finding.state == "ok"
    assert str(path) in finding.found
    (kept,) = path.parent.glob(f"{path.name}.damaged-*")
    assert kept.read_bytes() == content
    assert not path.exists()
    assert whole.exists()
    assert repaired("kept files", repairs.kept_files).found == "1 with progress and answers, all whole"


def test_an_emulator_that_cannot_start_is_made_anew(home):
    """A file lies where its folder belongs: it is kept under another name, and the emulator runs."""
    (places.state() / "emulator").write_text("odd")
    finding = found(doctor(), "emulator")
    assert finding.state == "to do"
    assert "doctor --fix" in finding.do
    diagnosis = doctor(fix=True)
    assert found(diagnosis, "emulator").state == "ok"
    assert "ended and started anew, empty" in found(diagnosis, "emulator").found
    assert [kept.read_text() for kept in places.state().glob("emulator.damaged-*")] == ["odd"]
    assert found(diagnosis, "local stack").state == "ok"


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot suspend by signal")
def test_an_emulator_that_hangs_is_replaced_and_nothing_of_it_is_left(home):
    """Stale: its process is there and does not answer, and a function of it runs on."""
    cloud = connection.connect(show=lambda line: None)
    cloud.trail.stop(deliver=False)
    cloud.client("lambda").invoke(FunctionName=cloud.outputs["FunctionName"], Payload=b"{}")
    left = machine.emulator._processes()
    os.kill(machine.emulator.find().pid, signal.SIGSTOP)
    assert repaired("emulator", machine.local_emulator).state == "ok"
    assert not [process for process in left if process.is_running() and process.status() != "zombie"]


def test_a_stack_that_cannot_be_used_is_cleared_away(home, monkeypatch):
    """The emulator is made anew; connect() makes the stack."""
    connection.connect(show=lambda line: None)
    monkeypatch.setattr(stack, "USABLE", {"NO_SUCH_STATE"})
    assert found(doctor(), "local stack").state == "to do"
    finding = found(doctor(fix=True), "local stack")
    assert finding.state == "ok"
    assert "is not there yet; connect() makes it" in finding.found


def test_a_repair_that_fails_says_why(home, monkeypatch):
    """What was to do is still to do."""
    monkeypatch.setattr(ministack_process, "command", lambda folder: ["-c", "raise SystemExit('no such module')"])
    finding = found(doctor(fix=True), "emulator")
    assert finding.state == "to do"
    assert "not repaired: The local AWS emulator did not start" in finding.found


# ---------------------------------------------------------------- an account


@pytest.fixture
def engineer(cloud, monkeypatch):
    """A connection to the account, which the emulator plays, as an administrator; the stack is there."""
    become(monkeypatch, user("engineer", ADMINISTRATOR))
    return connection.account_cloud()


def answered(cloud, service, operation, response):
    """Have one operation of a cloud's client answer this, once."""
    stubber = Stubber(cloud.client(service))
    stubber.add_response(operation, response)
    return stubber


def refused(cloud, service, operation, code, message="Refused."):
    """Have one operation of a cloud's client refuse, once."""
    stubber = Stubber(cloud.client(service))
    stubber.add_client_error(operation, code, message, 400)
    return stubber


def test_an_account_that_is_ready(engineer):
    """After this machine's lines eight of the account's, and the identity, account and Region among them."""
    diagnosis = doctor("aws")
    found = {finding.name: finding for finding in diagnosis.findings[7:]}
    assert list(found) == ["credentials", *account.CHECKS]
    assert {finding.state for finding in found.values()} <= {"ok", "note"}, diagnosis
    for part in ("user/engineer", "111122223333", "ca-central-1"):
        assert part in found["credentials"].found
    assert found["stack"].found == "ReInvent2017-SID341 is there: CREATE_COMPLETE"
    assert found["permissions"].state == "ok"
    assert diagnosis.healthy


def test_without_credentials_nothing_else_is_asked(safe_environment):
    """What to do is said, and it is a reason to stop."""
    diagnosis = doctor("aws")
    credentials, rest = diagnosis.findings[7:]
    assert credentials.state == "to do"
    assert "Sign in" in credentials.do
    assert "not looked at" in rest.found
    assert not diagnosis.healthy


def test_the_root_user_is_refused(cloud, monkeypatch):
    """As connect() does."""
    become(monkeypatch, root())
    finding, nobody = account.credentials()
    assert finding.state == "to do"
    assert "root user" in finding.found
    assert nobody is None


@pytest.mark.parametrize(("seconds", "state"), [(0, "ok"), (30, "ok"), (-90, "to do"), (900, "to do")])
def test_the_clock(seconds, state):
    """Against the time in AWS's answer: from a minute on it matters."""
    now = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)
    answer = {"ResponseMetadata": {"HTTPHeaders": {"date": format_datetime(now, usegmt=True)}}}
    finding = account.clock(answer, now + timedelta(seconds=seconds))
    assert finding.state == state
    assert state == "ok" or ("ahead" if seconds > 0 else "behind") in finding.found


def test_credentials_refused_for_the_clocks_sake(engineer, monkeypatch):
    """Then it is the clock that is wrong, not the credentials."""
    late = format_datetime(datetime.now(timezone.utc) + timedelta(hours=2), usegmt=True)
    error = connection.ClientError(
        {"Error": {"Code": "SignatureDoesNotMatch"}, "ResponseMetadata": {"HTTPHeaders": {"date": late}}},
        "GetCallerIdentity",
    )

    def refuse(**where):
        raise CannotConnect("There are no valid AWS credentials", "Sign in.") from error

    monkeypatch.setattr(account, "account_cloud", refuse)
    finding, _ = account.credentials()
    assert (finding.name, finding.state) == ("clock", "to do")


def test_missing_permissions_are_named(cloud, monkeypatch):
    """By simulation: what the policy lists and this user may not do."""
    denied = {"Effect": "Deny", "Action": ["lambda:UpdateFunctionCode", "iam:PassRole"], "Resource": "*"}
    become(monkeypatch, user("limited", ADMINISTRATOR, denied))
    finding = account.allowed(connection.account_cloud())
    assert finding.state == "to do"
    assert "lambda:UpdateFunctionCode" in finding.found
    assert "iam:PassRole" in finding.found
    assert finding.found.startswith("2 of ")
    assert "attendee-policy.json" in finding.do


def test_what_an_organization_denies_is_named_first(engineer, monkeypatch):
    """IAM's simulation says whose policy denies an action: nobody in the account can change that."""
    simulate = engineer.client("iam").simulate_principal_policy

    def as_in_an_organization(**asked):
        answer = simulate(**asked)
        for result in answer["EvaluationResults"]:
            allowed = result["EvalActionName"] != "cloudtrail:DeleteTrail"
            result["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": allowed}
            result["EvalDecision"] = "allowed" if allowed else "explicitDeny"
            if result["EvalActionName"] == "cloudformation:CreateStack":
                result["EvalDecision"] = "implicitDeny"
        return answer

    monkeypatch.setattr(engineer.client("iam"), "simulate_principal_policy", as_in_an_organization)
    finding = account.allowed(engineer)
    assert finding.state == "to do"
    assert "missing: cloudtrail:DeleteTrail (denied by the organization), cloudformation:CreateStack" in finding.found
    assert policy_simulation.keeps_trails(engineer) == ["cloudtrail:DeleteTrail (denied by the organization)"]


def test_permissions_of_a_session_are_its_roles(cloud, monkeypatch):
    """Simulation wants to know the role, whose path the session's ARN leaves out."""
    iam = cloud.client("iam")
    trust = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'
    )
    everything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    role = iam.create_role(RoleName="sandbox", AssumeRolePolicyDocument=trust)["Role"]
    iam.put_role_policy(RoleName="sandbox", PolicyName="All", PolicyDocument=everything)
    session = cloud.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="me")["Credentials"]
    become(monkeypatch, {**root(), "AWS_ACCESS_KEY_ID": session["AccessKeyId"]})
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", session["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", session["SessionToken"])
    assert account.allowed(connection.account_cloud()).state == "ok"


def test_where_simulation_is_denied_the_doctor_looks(cloud, monkeypatch):
    """What can be looked at without harm is tried; the rest is unknown, and that is said."""
    no_simulation = {"Effect": "Deny", "Action": "iam:SimulatePrincipalPolicy", "Resource": "*"}
    become(monkeypatch, user("curious", ADMINISTRATOR, no_simulation))
    finding = account.allowed(connection.account_cloud())
    assert finding.state == "note"
    assert "AccessDenied" in finding.found
    no_logs = {"Effect": "Deny", "Action": "logs:DescribeLogGroups", "Resource": "*"}
    become(monkeypatch, user("blind", ADMINISTRATOR, no_simulation, no_logs))
    finding = account.allowed(connection.account_cloud())
    assert finding.state == "to do"
    assert finding.found == "denied: logs:DescribeLogGroups"


def test_what_is_looked_for_stands_in_the_policy(engineer):
    """The doctor asks for nothing that an attendee need not have."""
    allowed = [action for each in permissions.attendee_policy()["Statement"] for action in actions_of(each)]
    for action in permissions.probe(engineer)[1]:
        assert any(fnmatch(action, pattern) for pattern in allowed), action


@pytest.mark.parametrize(
    ("names", "state"),
    [
        ([], "ok"),
        (["a", "b", "c"], "ok"),
        (["a", "b", "c", "d"], "to do"),
        (["a", "b", "c", "ReInvent2017-SID341-CloudTrail"], "ok"),
        (["a", "b", "c", "d", "ReInvent2017-SID341-CloudTrail"], "to do"),
    ],
)
def test_room_for_trails(engineer, names, state):
    """Five in a Region; the workshop adds two, or one where its stack is there already."""
    with answered(engineer, "cloudtrail", "describe_trails", {"trailList": [{"Name": name} for name in names]}):
        finding = account.trail_slots(engineer)
    assert finding.state == state
    assert f"{len(names)} of 5 in ca-central-1" in finding.found


def test_trails_of_other_regions_count(engineer):
    """Shadow trails are asked for."""
    with Stubber(engineer.client("cloudtrail")) as cloudtrail:
        cloudtrail.add_response("describe_trails", {"trailList": []}, {"includeShadowTrails": True})
        assert account.trail_slots(engineer).state == "ok"


@pytest.mark.parametrize(
    ("names", "others"),
    [
        ([], ""),
        (["ReInvent2017-SID341-CloudTrail", "sid341-activity-decoy"], ""),
        (["organization", "ReInvent2017-SID341-CloudTrail"], "organization may record"),
    ],
)
def test_a_further_copy_of_the_events_costs(engineer, names, others):
    """The first trail of a Region is free; with another one there, what the stack's costs is said."""
    with answered(engineer, "cloudtrail", "describe_trails", {"trailList": [{"Name": name} for name in names]}):
        finding = account.trail_copies(engineer)
    assert finding.state == ("note" if others else "ok")
    assert others in finding.found
    assert ("2.00 USD per 100,000 events" in finding.found) is bool(others)


def test_the_namespace_is_probed_without_ringing_the_alarm(engineer):
    """In the stack's own namespace, by a metric that no alarm watches."""
    assert account.namespace(engineer).state == "ok"
    metrics = engineer.client("cloudwatch").list_metrics(Namespace="AWS/reInvent2017/SID341")["Metrics"]
    assert [metric["MetricName"] for metric in metrics] == ["NamespaceProbe"]
    moved = connection.connect(metric_namespace="Workshop/Detection", show=lambda line: None)
    moved.trail.stop(deliver=False)
    engineer.refresh()
    assert "Workshop/Detection" in account.namespace(engineer).found


def test_a_namespace_that_cloudwatch_refuses(engineer):
    """There is a parameter for it; connect() takes the neutral one by itself."""
    message = "The value AWS/ for parameter Namespace is invalid."
    with refused(engineer, "cloudwatch", "put_metric_data", "InvalidParameterValue", message):
        finding = account.namespace(engineer)
    assert message in finding.found
    assert finding.state == "to do"
    assert "Workshop/SID341" in finding.do


def test_a_namespace_that_one_may_not_use(cloud, monkeypatch):
    """That is a matter of permissions."""
    denied = {"Effect": "Deny", "Action": "cloudwatch:PutMetricData", "Resource": "*"}
    become(monkeypatch, user("limited", ADMINISTRATOR, denied))
    finding = account.namespace(connection.account_cloud())
    assert finding.state == "to do"
    assert "cloudwatch:PutMetricData" in finding.do


def test_mail_that_is_not_confirmed_yet(engineer):
    """Whose it is and what to do; no reason to stop."""
    assert "nobody" in account.email(engineer).found
    entry = {"Protocol": "email", "Endpoint": "analyst@example.com", "TopicArn": engineer.outputs["TopicArn"]}
    for arn, state in (("PendingConfirmation", "note"), (f"{entry['TopicArn']}:1", "ok")):
        with Stubber(engineer.client("sns")) as sns:
            for _ in range(2):
                sns.add_response("list_subscriptions_by_topic", {"Subscriptions": [{**entry, "SubscriptionArn": arn}]})
            finding = account.email(engineer)
        assert finding.state == state
        assert "analyst@example.com" in finding.found


def test_a_stack_that_is_broken_on_aws(engineer):
    """The script deletes it."""
    broken = {"StackName": engineer.stack, "StackStatus": "DELETE_FAILED", "CreationTime": datetime(2026, 3, 2)}
    with answered(engineer, "cloudformation", "describe_stacks", {"Stacks": [broken]}):
        finding = account.account_stack(engineer)
    assert finding.state == "to do"
    assert "teardown --aws -s ReInvent2017-SID341 -r ca-central-1" in finding.do


# ---------------------------------------------------------------- how it says so


def test_one_line_each():
    """Sign, word, what was looked at, what was found and what to do; then how it stands."""
    diagnosis = Diagnosis(
        [ok("disk", "9 GB free"), note("email", "pending", "open it"), to_do("port", "no\nport", "`do`")]
    )
    assert str(diagnosis).splitlines() == [
        "✓ ok     disk   9 GB free",
        "• note   email  pending -> open it",
        "✗ TO DO  port   no port -> do",
        "One thing is to be done first.",
    ]


def test_a_notebook_shows_a_table():
    """The state as a word, too, for those who do not see colours; what was found is text, not HTML."""
    shown = Diagnosis([ok("disk", "9 GB free"), to_do("port", "<none>", "run `this`")])._repr_html_()
    for part in ("<table>", "TO DO", "ok", "&lt;none&gt;", "<code>this</code>", "One thing is to be done first"):
        assert part in shown
    assert "Everything is ready" in Diagnosis([ok("disk", "9 GB free")])._repr_html_()


def test_the_command_says_it_by_its_exit_status(cloud, capsys):
    """0 if nothing is to be done, 1 if something is, 2 for what it does not understand."""
    assert cli.main(["doctor"]) == 0
    assert "Everything is ready for the workshop." in capsys.readouterr().out
    assert cli.main(["doctor", "--aws"]) == 1
    assert "credentials" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        cli.main(["doctor", "--profile", "mine"])
    assert ended.value.code == 2
    with pytest.raises(ValueError, match='"local" and "aws"'):
        doctor("amazon")
