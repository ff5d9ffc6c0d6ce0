"""What all tests share: an environment without the developer's AWS settings, and a connected local cloud."""

import contextlib
import functools
import os

import botocore.session
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from waiting import PATIENCE

from workshop.cloud import connection, namespace
from workshop.cloud.activity import watch_call
from workshop.cloud.alarm import watch
from workshop.cloud.emulator import emulator
from workshop.cloud.function.runs_in_flight import wait_for_runs
from workshop.cloud.trail import trail

# Tests that start emulators of their own, kernels, browsers, servers or clusters, or compute for long.
SLOW = (
    "browser/",
    "notebooks/",
    "cloud/alarm/test_notifications.py",
    "cloud/doctor/test_doctor.py",
    "cloud/emulator/",
    "cloud/function/test_faults.py",
    "cloud/stack/test_service_principals.py",
    "cloud/stack/test_template_on_aws.py",
    "cloud/test_canaries.py",
    "cloud/test_connection.py",
    "cloud/test_least_privilege.py",
    "cloud/test_namespace.py",
    "cloud/test_policy_ways.py",
    "cloud/test_teardown.py",
    "cloud/trail/test_trail.py",
    "exercises/tasks/test_deleting_logs.py",
    "exercises/tasks/test_instance_creds_used_outside_ec2.py",
    "exercises/tasks/test_narrowing_logs.py",
    "exercises/test_mutants.py",
    "exercises/test_new_exercise.py",
    "exercises/test_task_conditions.py",
    "exercises/test_wrong_answers.py",
    "fuzz/",
    "hunt_command/test_interrupts.py",
    "hunt_command/test_nightly_examples.py",
    "hunting/test_any_detector.py",
    "hunting/test_cluster.py",
    "lake/test_new_attack_step.py",
    "lake/test_synthetic.py",
    "lake/test_year.py",
    "logs/test_large_files.py",
    "logs/test_worker_processes.py",
    "offline/test_kit.py",
    "offline/test_start_wheels.py",
    "offline/test_unplugged.py",
    "test_activity_generator.py",
    "test_benchmarks.py",
    "test_cli.py::test_the_local_cloud_is_started_found_and_stopped",
    "test_cli_lab.py",
    "test_demo.py",
    "test_extras.py",
    "test_interrupted.py",
    "test_platforms.py",
    "test_prove.py",
    "test_start.py",
)


def pytest_addoption(parser):
    parser.addoption("--quick", action="store_true", help="leave out what needs the emulator or a browser, or is slow")
    parser.addoption("--all", action="store_true", help="run what takes an hour, too: the long runs of fuzz/")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """Have half as many workers again as processors: tests wait for emulators, kernels, browsers and time-outs."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors + (processors + 1) // 2


def pytest_collection_modifyitems(config, items):
    """With --quick, keep the tests that need nothing but Python and a minute."""
    if not config.getoption("quick"):
        return
    slow = {
        item
        for item in items
        if "recorded_cloud" in item.fixturenames or item.nodeid.removeprefix("tests/").startswith(SLOW)
    }
    config.hook.pytest_deselected(items=list(slow))
    items[:] = [item for item in items if item not in slow]


@pytest.fixture(scope="session", autouse=True)
def safe_environment(tmp_path_factory, pytestconfig):
    """Keep tests from the developer's AWS credentials, answers and emulator: all that the kit writes goes elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper().startswith("AWS_") or name.upper().endswith("_PROXY"):
                patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("WORKSHOP_HOME", str(tmp_path_factory.mktemp("home")))
        if pytestconfig.getoption("quick"):
            patch.setattr(
                emulator, "start", lambda: pytest.fail("a quick test needs no emulator: list its file in SLOW")
            )
        try:
            yield
        finally:
            emulator.stop()


@pytest.fixture(scope="session", autouse=True)
def models_are_read_once():
    """Have all boto3 sessions share what they read of the services' models, which is most of what connecting costs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", functools.cache(botocore.session.create_loader))
        yield


@pytest.fixture(scope="session", autouse=True)
def a_busy_machine_is_waited_for():
    """Have the kit's own waits for the local cloud end as late as the tests': what they wait for comes sooner."""
    with pytest.MonkeyPatch.context() as patch:
        for patience in (watch._PATIENCE, watch_call._PATIENCE):
            patch.setitem(patience, "local", PATIENCE)
        yield


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A WORKSHOP_HOME of the test's own; an emulator that the test starts in it is stopped at the end."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("WORKSHOP_HOME", str(folder))
    try:
        yield folder
    finally:
        monkeypatch.setenv("WORKSHOP_HOME", str(folder))
        emulator.stop()


@pytest.fixture(autouse=True)
def trails_end_with_their_test(monkeypatch):
    """Stop the trails of all connections that a test makes: a late log file would be another test's."""
    make, made = trail.local_trail, []

    def local_trail(*arguments, **options):
        made.append(make(*arguments, **options))
        return made[-1]

    monkeypatch.setattr(trail, "local_trail", local_trail)
    yield
    for one in made:
        one.stop("the test is over", deliver=False)


@pytest.fixture(autouse=True)
def the_namespace_is_the_default():
    """Undo what a stack with another namespace did to METRIC_NAMESPACE in this process."""
    yield
    namespace.set_constant(namespace.DEFAULT)


@pytest.fixture
def recorded_cloud(safe_environment):
    """A connected local cloud with a new stack and nothing else in it, on the emulator that the session shares.

    It is as attendees have it: the local trail records the calls and delivers log files. The test is over when these
    are analyzed: a later run would write into the log of the next test's function, which has the same name.
    """
    emulator.reset(emulator.start())
    cloud = connection.connect(show=lambda line: None)
    recorder, bucket = cloud.trail, cloud.resource("CloudTrailBucket")
    yield cloud
    recorder.stop("the test is over", deliver=False)
    with contextlib.suppress(ClientError, BotoCoreError):  # the test may have left no emulator to ask
        wait_for_runs(cloud, bucket)


@pytest.fixture
def cloud(recorded_cloud):
    """A connected local cloud with its trail stopped: only the test's own log files lie in the bucket."""
    recorded_cloud.trail.stop("this test has log files of its own", deliver=False)
    return recorded_cloud
