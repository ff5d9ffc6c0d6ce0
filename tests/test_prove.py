"""`workshop prove`: the whole loop on the emulator, its record, and the teardown at every exit."""

import json
import os
import signal
import subprocess
import sys

import pytest
from emulated_account import ADMINISTRATOR, become, user
from waiting import PATIENCE

from workshop import cli, demo, exercises, places
from workshop.cloud import connection
from workshop.cloud.activity import watch_call
from workshop.cloud.clock import now
from workshop.cloud.cloud import CannotConnect
from workshop.cloud.emulator import emulator
from workshop.cloud.stack import template
from workshop.display.progress import ProgressLine
from workshop.lake.synthetic import attack_file
from workshop.logs.records import read_records
from workshop.prove import ending, generator, steps
from workshop.prove.run import Refused, prove

NAMES = ["stack", "deploy", "generator", "cell", "call", "update"]


@pytest.fixture
def shared_home(home):
    """A home whose emulator runs already, so that the proof leaves it running."""
    emulator.start()
    return home


def record(folder):
    """Return the one record in a folder: what its JSON holds, and the text of its page."""
    (path,) = folder.glob("prove-*.json")
    return json.loads(path.read_text(encoding="utf-8")), path.with_suffix(".md").read_text(encoding="utf-8")


def statuses(content):
    return {name: entry["status"] for name, entry in content["steps"].items()}


def described():
    """Return CloudFormation's description of the stack, or None."""
    cloud = connection.running_local_cloud()
    cloud.trail.stop("the test only looks", deliver=False)
    return cloud.describe_stack()


def stack_is_there():
    return described() is not None


def detect(record):
    """Ask the model answer whether a record was made with an instance's credentials outside of it."""
    (answer,) = (one for one in exercises.model_answers() if one.__name__ == "instance_creds_used_outside_ec2")
    return answer(record)


def rows_of_proven():
    lines = (places.checkout() / "docs" / "proven.md").read_text(encoding="utf-8").splitlines()
    return [line.split(" | ")[0].removeprefix("| ") for line in lines if line.startswith("| ")]


def test_each_claim_is_a_row_of_proven():
    """A record names the claims as docs/proven.md has them."""
    claims = {claim for step in steps.STEPS for claim in step.supports("aws")} | {ending.CLAIM}
    assert claims <= set(rows_of_proven())
    assert not any("AWS" in claim or "aws" in claim for step in steps.STEPS for claim in step.supports("local"))


def test_from_end_to_end(home, capsys):
    """All steps are done; the record has times, hashes, delays, versions and claims, and speaks of no AWS."""
    assert prove("local") == 0
    content, page = record(home)
    assert statuses(content) == dict.fromkeys(NAMES, "done")
    assert content["complete"] is True
    for name in NAMES:
        assert content["steps"][name]["started"].endswith("Z")
        assert content["steps"][name]["seconds"] > 0
        assert content["steps"][name]["error"] == ""
    saw = {name: entry["saw"] for name, entry in content["steps"].items()}
    assert saw["stack"]["stack id"] == content["stack_id"]
    assert saw["deploy"]["CodeSha256 before"] != saw["deploy"]["CodeSha256 after"]
    assert saw["generator"]["records of these credentials in this file"] >= 3
    assert saw["update"]["changed"] == "PerDetectorAlarms: false -> true"
    assert saw["deploy"]["CodeSha256 after"] == saw["update"]["CodeSha256 before"] == saw["update"]["CodeSha256 after"]
    for name, begin in (("cell", "upload"), ("call", "delivery")):
        assert saw[name][f"seconds from {begin} to the published metric"] >= 0
        assert saw[name]["seconds from the published metric to ALARM"] >= 0
    assert saw["call"]["call"].startswith("DeleteLogGroup at ")
    (run,) = content["runs"]
    assert set(run) == {"started", "kit", "commit", "Python", "boto3", "MiniStack"}
    (teardown,) = content["teardowns"]
    assert (teardown["left"], teardown["claims"]) == ([], [ending.CLAIM])
    assert teardown["deleted"][0].startswith("the stack ReInvent2017-SID341 with ")
    assert page.startswith("# Proof on the local emulator (MiniStack), ")
    assert "AWS" not in page
    assert run["MiniStack"] in page
    assert steps.STEPS[5].claims[0] in page
    assert "To do, of 6 steps" in capsys.readouterr().out
    assert emulator.find() is None


def test_interrupted_and_resumed(shared_home, monkeypatch, capsys):
    """The teardown runs; the next run makes stack and code anew and goes on; what was seen before is not seen again."""
    made, generate = [], steps.make_activity
    monkeypatch.setattr(steps, "make_activity", lambda *given: made.append(1) or generate(*given))

    def interrupt(cloud):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(demo, "turn_red", interrupt)
        with pytest.raises(KeyboardInterrupt):
            prove("local")
    before, _ = record(shared_home)
    assert statuses(before) == {"stack": "done", "deploy": "done", "generator": "done", "cell": "interrupted"}
    assert before["teardowns"][0]["left"] == []
    assert before["complete"] is False
    assert not stack_is_there()
    assert prove("local") == 0
    after, _ = record(shared_home)
    assert statuses(after) == dict.fromkeys(NAMES, "done")
    assert made == [1]
    for name in ("stack", "deploy", "generator"):
        assert after["steps"][name]["started"] == before["steps"][name]["started"]
        assert after["steps"][name]["saw"] == before["steps"][name]["saw"]
    assert [len(after["steps"][name]["again"]) for name in NAMES] == [1, 1, 0, 0, 0, 0]
    assert (len(after["runs"]), len(after["teardowns"])) == (2, 2)
    assert not stack_is_there()
    assert prove("local") == 0
    assert record(shared_home)[0] == after
    assert "All is done" in capsys.readouterr().out


def test_fresh_begins_anew(shared_home, monkeypatch):
    """The earlier record stays as it was, and the new one has a name of its own."""
    monkeypatch.setattr("workshop.prove.run.STEPS", steps.STEPS[:1])
    assert prove("local") == 0
    before, _ = record(shared_home)
    assert prove("local", fresh=True) == 0
    records = [json.loads(path.read_text(encoding="utf-8")) for path in shared_home.glob("prove-*.json")]
    assert len(records) == 2
    assert before in records
    assert records[0]["stack_id"] != records[1]["stack_id"]


def test_a_step_that_fails_is_recorded(shared_home, monkeypatch, capsys):
    """With its error and without a claim; steps that do not need it go on, the teardown runs, the status is 1."""

    def fail(cloud):
        raise demo.DemoFailed("the alarm did not fire")

    monkeypatch.setattr(demo, "turn_red", fail)
    assert prove("local") == 1
    content, page = record(shared_home)
    assert statuses(content) == {**dict.fromkeys(NAMES, "done"), "cell": "failed"}
    assert content["steps"]["cell"]["error"] == "DemoFailed: the alarm did not fire"
    assert content["steps"]["cell"]["claims"] == []
    assert "Not done: DemoFailed: the alarm did not fire" in page
    assert steps.STEPS[3].claims[0] not in page
    assert content["complete"] is False
    assert "This proof is not complete." in page
    assert content["teardowns"][0]["left"] == []
    assert not stack_is_there()
    assert "Not done: cell (failed)" in capsys.readouterr().out


def test_steps_that_need_a_failed_one_are_not_tried(shared_home, monkeypatch):
    """Without deployed functions there is nothing to see; the stack is torn down."""

    def fail(cloud, answers):
        raise demo.DemoFailed("the functions could not be deployed")

    monkeypatch.setattr(demo, "deploy_answers", fail)
    assert prove("local") == 1
    content, _ = record(shared_home)
    assert statuses(content) == {**dict.fromkeys(NAMES, "not tried"), "stack": "done", "deploy": "failed"}
    assert not stack_is_there()


def test_a_kept_stack_is_gone_on_with(shared_home, monkeypatch, capsys):
    """--keep deletes nothing and says what would; the next run deletes it, and repeats no step."""
    monkeypatch.setattr("workshop.prove.run.STEPS", steps.STEPS[:2])
    assert prove("local", keep=True) == 0
    assert "Kept: workshop teardown deletes the stack." in capsys.readouterr().out.replace(
        "python3 start.py", "workshop"
    )
    # The schedule would turn the alarm red between the steps.
    parameters = {entry["ParameterKey"]: entry["ParameterValue"] for entry in described()["Parameters"]}
    assert parameters["ActivityGeneration"] == "on-request"
    before, _ = record(shared_home)
    assert (before["teardowns"], before["complete"]) == ([], False)
    assert prove("local") == 0
    after, _ = record(shared_home)
    assert after["steps"] == before["steps"]
    assert (len(after["teardowns"]), after["complete"]) == (1, True)
    assert not stack_is_there()


def test_a_stack_that_the_proof_did_not_make_stays(shared_home):
    """It is somebody's work: nothing is begun, and nothing deleted."""
    connection.connect("local", show=lambda line: None).trail.stop("by the test", deliver=False)
    with pytest.raises(Refused, match="exists already"):
        prove("local")
    assert stack_is_there()
    assert list(shared_home.glob("prove-*")) == []


def test_what_the_teardown_leaves_is_recorded(shared_home, monkeypatch, capsys):
    """With what the teardown says it costs; the proof is not complete, and the status is 1."""
    teardown = ending.teardown

    def leave(cloud, **options):
        report = teardown(cloud, **options)
        report.left.append("a bucket, which costs next to nothing")
        return report

    monkeypatch.setattr("workshop.prove.run.STEPS", steps.STEPS[:1])
    monkeypatch.setattr(ending, "teardown", leave)
    assert prove("local") == 1
    content, page = record(shared_home)
    assert content["teardowns"][0]["left"] == ["a bucket, which costs next to nothing"]
    assert "LEFT: a bucket, which costs next to nothing" in page
    assert ending.CLAIM not in page
    assert "LEFT: a bucket" in capsys.readouterr().out


def test_a_teardown_that_fails_is_recorded(shared_home, monkeypatch, capsys):
    """The record says that all of it may be left, and why; the screen, what deletes it."""

    def fail(cloud, **options):
        raise OSError("the network is gone")

    monkeypatch.setattr("workshop.prove.run.STEPS", steps.STEPS[:1])
    monkeypatch.setattr(ending, "teardown", fail)
    assert prove("local") == 1
    (left,) = record(shared_home)[0]["teardowns"][0]["left"]
    assert left.startswith("perhaps all of the stack ReInvent2017-SID341")
    assert left.endswith("(OSError: the network is gone)")
    assert "teardown deletes the stack." in capsys.readouterr().out


def test_a_record_that_cannot_be_read_is_named(shared_home):
    """Nothing is begun beside it."""
    damaged = shared_home / "prove-local-111122223333-2026-11-01.json"
    damaged.write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=damaged.name):
        prove("local")
    assert not stack_is_there()


def at_the_third_step():
    """Start the command in a process of its own, and return that as soon as it says that the third step begins."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "workshop.cli", "prove"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    lines = []
    while not lines or not lines[-1].startswith("3. "):
        lines.append(process.stdout.readline())
        assert lines[-1], lines
    return process


@pytest.mark.skipif(os.name == "nt", reason="ends processes with signals that Windows does not have")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signals_tear_down(shared_home, name):
    """Ctrl-C, SIGTERM and a terminal that closes: the stack is deleted, the record has it, the status is 1."""
    process = at_the_third_step()
    try:
        assert stack_is_there()
        process.send_signal(getattr(signal, name))
        rest, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 1
    assert rest.endswith("workshop: interrupted\n")
    assert "Traceback" not in rest
    content, _ = record(shared_home)
    assert "interrupted" in statuses(content).values()
    assert content["teardowns"][-1]["left"] == []
    assert not stack_is_there()


@pytest.mark.skipif(os.name == "nt", reason="ends processes with signals that Windows does not have")
def test_a_killed_run_is_gone_on_with(shared_home):
    """SIGKILL leaves the stack: the next run knows it by its id, goes on with it, and deletes it."""
    process = at_the_third_step()
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert stack_is_there()
    before, _ = record(shared_home)
    assert prove("local") == 0
    after, _ = record(shared_home)
    assert statuses(after) == dict.fromkeys(NAMES, "done")
    assert after["stack_id"] == before["stack_id"] != ""
    assert after["steps"]["stack"]["started"] == before["steps"]["stack"]["started"]
    assert not stack_is_there()


def test_the_teardown_goes_on_after_a_signal():
    """Only the second one ends it; before the teardown the first one interrupts."""
    signals = ending.Signals()
    with pytest.raises(KeyboardInterrupt):
        signals._hear(signal.SIGINT, None)
    signals.tearing_down = True
    signals._hear(signal.SIGINT, None)
    with pytest.raises(KeyboardInterrupt):
        signals._hear(signal.SIGINT, None)


def test_only_records_of_the_generator_s_credentials_count(cloud, monkeypatch):
    """A file in which the function found what others did with an instance's credentials is none of the generator's."""
    demo.deploy_answers(cloud, exercises.model_answers())
    began = now()
    demo.turn_red(cloud)
    monkeypatch.setitem(generator._DELIVERY, "local", 0)
    records = list(read_records(attack_file(places.data())))
    key = next(record["userIdentity"]["accessKeyId"] for record in records if detect(record))
    run, _, number = generator.records_found(cloud, key, began, ProgressLine())
    assert number == sum(record["userIdentity"].get("accessKeyId") == key for record in records)
    assert run.analyzed
    with pytest.raises(generator.StepFailed, match="no record of the generator's credentials"):
        generator.records_found(cloud, "ASIAEXAMPLEELSEWHERE", began, ProgressLine())


# ---------------------------------------------------------------- with --aws: the emulator in the role of the account


@pytest.fixture
def engineer(shared_home, monkeypatch):
    """Credentials with which connect("aws") reaches the emulator; the template is without what only AWS can make."""
    become(monkeypatch, user("engineer", ADMINISTRATOR))
    body = template.body().replace("OnAWS: !Equals [!Ref Target, aws]", "OnAWS: !Equals [!Ref Target, never]")
    monkeypatch.setattr(template, "body", lambda: body)
    # CloudTrail delivers nothing here, and CloudWatch takes no alarm back to OK.
    monkeypatch.setitem(watch_call._PATIENCE, "aws", 1)
    monkeypatch.setattr(steps, "calm_alarms", lambda cloud, progress: "")
    return shared_home


def test_without_a_yes_nothing_is_made(engineer, capsys):
    """Account, Region, stack, cost and time are shown, then it asks; after no, there is no stack and no record."""
    questions = []
    with pytest.raises(Refused, match="not answered with yes"):
        prove("aws", confirm=questions.append)
    output = capsys.readouterr().out
    assert "Proof on AWS: account 111122223333, Region ca-central-1, stack ReInvent2017-SID341" in output
    for said in (
        "Expected cost: about 0.10 USD",
        "waits at most 30 minutes",
        "two Lambda functions",
        "deletes all that",
    ):
        assert said in output
    assert questions == ["The stack ReInvent2017-SID341 does not exist yet. Create it?"]
    assert not stack_is_there()
    assert list(engineer.glob("prove-*")) == []


def test_where_nobody_can_answer_nothing_is_made(engineer, monkeypatch, capsys):
    """At the end of the input the answer is no: one line, status 1."""
    monkeypatch.setattr("builtins.input", lambda prompt: (_ for _ in ()).throw(EOFError))
    assert cli.main(["prove", "--aws"]) == 1
    assert "not answered with yes" in capsys.readouterr().err
    assert not stack_is_there()
    assert list(engineer.glob("prove-*")) == []


def test_yes_needs_the_account(engineer, capsys):
    """--yes without --account is bad usage; another account than the credentials' is refused."""
    with pytest.raises(SystemExit) as usage:
        cli.main(["prove", "--aws", "--yes"])
    assert usage.value.code == 2
    assert "--account 111122223333" in capsys.readouterr().err
    with pytest.raises(Refused, match="--account"):
        prove("aws", yes=True)
    assert cli.main(["prove", "--aws", "--yes", "--account", "999999999999"]) == 1
    assert "account 111122223333, not of 999999999999" in capsys.readouterr().err
    assert not stack_is_there()
    assert list(engineer.glob("prove-*")) == []


def test_with_aws(engineer, capsys):
    """What can be seen is, under AWS's name; what does not come is recorded as failed; the stack is torn down."""
    assert cli.main(["prove", "--aws", "--yes", "--account", "111122223333"]) == 1
    content, page = record(engineer)
    failed = {"generator": "failed", "call": "failed"}
    assert statuses(content) == {**dict.fromkeys(NAMES, "done"), **failed}
    assert "has no activity generator" in content["steps"]["generator"]["error"]
    assert "timed out" in content["steps"]["call"]["error"]
    assert content["steps"]["stack"]["saw"]["namespace of the metric"] == "AWS/reInvent2017/SID341"
    assert "What the template makes on AWS" in content["steps"]["stack"]["claims"]
    assert page.startswith("# Proof on AWS, ")
    assert "MiniStack" not in page
    assert content["teardowns"][0]["left"] == []
    assert not stack_is_there()
    assert emulator.find() is not None


def test_a_production_account_is_refused(engineer):
    """As by connect("aws"), before anything is made; no record is begun."""
    connection.account_cloud().client("iam").create_account_alias(AccountAlias="mapleferry-production")
    with pytest.raises(CannotConnect, match="production"):
        prove("aws", confirm=lambda question: True)
    assert not stack_is_there()
    assert list(engineer.glob("prove-*")) == []
