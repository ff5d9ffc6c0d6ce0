"""The hunt on a Dask cluster: the same as here, whatever happens to its workers."""

import ast
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest
from distributed import Client, LocalCluster
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from log_files import record, write

from workshop import places
from workshop.cloudtrail_analyzer import deleting_logs as stub
from workshop.exercises.tasks import deleting_logs, instance_creds_used_outside_ec2
from workshop.hunting import cluster
from workshop.hunting.hunt import hunt

MODELS = (deleting_logs.deleting_logs, instance_creds_used_outside_ec2.instance_creds_used_outside_ec2)


@pytest.fixture(scope="module")
def client():
    """Two workers, each a process with one thread, as notebook 06 makes them."""
    with start() as local, Client(local) as client:
        yield client


def start(workers=2):
    """Start a cluster with the options of notebook 06, in its own words."""
    text = (places.checkout() / "notebooks" / "source" / "06_hunt_at_scale.py").read_text(encoding="utf-8")
    (options,) = re.findall(r"^here_alone = (\{.*\})$", text, re.M)
    return LocalCluster(n_workers=workers, threads_per_worker=1, **ast.literal_eval(options))


@pytest.fixture
def tiny_batches(monkeypatch):
    """Each file is a batch of its own."""
    monkeypatch.setattr(cluster, "_MOST", 1)


def deletes(record):
    if record["eventName"].startswith("Delete"):
        print("deleted", record["eventID"])
        return True
    return False


def in_full(record):
    return any(value == "AKIAEXAMPLE" for value in record.get("userIdentity", {}).values())


def mutates(record):
    return bool(record.pop("errorCode", None)) or record.setdefault("eventName", "") == "Odd"


def raises(record):
    return record["requestParameters"]["limit"] > 10


def same(one, other):
    """Tell whether two hunts have found and told the same, but for the processes that did it."""
    pd.testing.assert_frame_equal(one, other)
    assert {**one.attrs, "processes": None} == {**other.attrs, "processes": None}


def test_over_the_lake_it_finds_what_one_process_finds(client):
    """The model answers over data/: the same matches, duplicates, prints and files."""
    here = hunt(places.data(), *MODELS, progress=False)
    assert len(here) > 3_000
    same(hunt(places.data(), *MODELS, scheduler=client, progress=False), here)


@pytest.fixture
def odd_folder(tmp_path):
    """Files with duplicates across them, errors, what cannot be read, and odd values."""
    files = {
        "1.json.gz": [record(1, eventName="DeleteTrail"), record(2), record(3, requestParameters=None)],
        "2.json.gz": [record(2), record(1, eventName="DeleteTrail"), "no record"],
        "3.json.gz": b"\x1f\x8bdamaged",
        "4.json.gz": [record(4, eventID=None), record(5, eventID=None), record(6, eventName=7), record(7, eventTime=5)],
        "5.json.gz": [record(8, errorCode="AccessDenied"), record(3, requestParameters=None)],
        "6.json.gz": [record(9, userIdentity={"accessKeyId": "AKIAEXAMPLE"}), record(10, eventName=...)],
    }
    return write(tmp_path, files)


@pytest.mark.parametrize(
    "detectors",
    [MODELS, (deletes,), (deletes, raises), (in_full, deletes), (mutates, in_full), (stub, deletes), (stub, in_full)],
    ids=lambda detectors: "+".join(detector.__name__ for detector in detectors),
)
def test_odd_files_and_odd_detectors_make_no_difference(client, odd_folder, tiny_batches, detectors):
    """Duplicates, errors, skipped files, detectors that are not simple or not written yet: each file is a batch."""
    here = hunt(odd_folder, *detectors, progress=False)
    there = hunt(odd_folder, *detectors, scheduler=client, progress=False)
    same(there, here)
    assert there.attrs["duplicates"] == 3
    assert there.attrs["skipped"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(
            st.builds(
                record,
                st.integers(1, 8),
                eventName=st.sampled_from(["DeleteTrail", "GetObject", None, 3, ...]),
                eventID=st.sampled_from(["a", "b", "c", None, ...]),
                errorCode=st.sampled_from(["AccessDenied", ...]),
            ),
            max_size=4,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_is_in_the_files_it_is_as_here(client, tiny_batches, tmp_path_factory, files):
    """A property of any files."""
    folder = write(tmp_path_factory.mktemp("any"), {f"{n}.json.gz": one for n, one in enumerate(files)})
    for detectors in ((deletes, raises), (mutates,)):
        same(hunt(folder, *detectors, scheduler=client, progress=False), hunt(folder, *detectors, progress=False))


def test_a_function_of_a_notebooks_cell_is_sent_along(client, odd_folder):
    """With what it uses: a worker has no such module to import it from."""
    cell = {"__name__": "__main__"}
    exec("NAMES = ('DeleteTrail',)\ndef mine(record):\n    return record.get('eventName') in NAMES", cell)  # noqa: S102
    found = hunt(odd_folder, cell["mine"], scheduler=client, progress=False)
    same(found, hunt(odd_folder, cell["mine"], progress=False))
    assert list(found["eventID"]) == ["event-1"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows ends processes in another way")
def test_a_worker_that_is_killed_costs_nothing(client, odd_folder, tiny_batches, tmp_path):
    """Its batch is done by another one, and counts once."""
    marker = tmp_path.parent / f"{tmp_path.name}-killed"

    def kills_once(record):
        if not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return record.get("eventName") == "DeleteTrail"

    there = hunt(odd_folder, kills_once, scheduler=client, progress=False)
    assert marker.exists()
    same(there, hunt(odd_folder, kills_once, progress=False))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows ends processes in another way")
def test_files_that_no_worker_survives_are_listed(odd_folder, tiny_batches, monkeypatch):
    """With the reason; the others are swept."""

    def kills(record):
        if record.get("errorCode"):
            os.kill(os.getpid(), signal.SIGKILL)
        return record.get("eventName") == "DeleteTrail"

    with start() as local, Client(local) as client:
        client.run_on_scheduler(_forgive_no_worker)
        found = hunt(odd_folder, kills, scheduler=client, progress=False)
    assert list(found["eventID"]) == ["event-1"]
    lost = [entry for entry in found.attrs["skipped"] if "lost" in entry["reason"]]
    assert [Path(entry["path"]).name for entry in lost] == ["5.json.gz"]


def test_a_hunt_ends_when_the_last_worker_is_lost(odd_folder, tiny_batches, monkeypatch):
    """What was found before is there, and the files that nobody has swept are listed."""
    monkeypatch.setattr(cluster, "_PATIENCE", 1)

    def stays_at_an_error(record):
        if record.get("errorCode"):
            time.sleep(60)
        return record.get("eventName") == "DeleteTrail"

    with start(workers=0) as local, Client(local) as client:
        alone = [sys.executable, "-m", "distributed.cli.dask_worker", local.scheduler_address, "--no-nanny"]
        worker = subprocess.Popen([*alone, "--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard"])
        try:
            client.wait_for_workers(1)
            found = hunt(odd_folder, stays_at_an_error, scheduler=client, on_match=lambda match: worker.kill())
        finally:
            worker.kill()
            worker.wait()
    assert list(found["eventID"]) == ["event-1"]
    reasons = {Path(entry["path"]).name: entry["reason"] for entry in found.attrs["skipped"]}
    assert {"5.json.gz", "6.json.gz"} <= reasons.keys()
    assert all("the cluster has had no worker for" in reasons[name] for name in ("5.json.gz", "6.json.gz"))


def _forgive_no_worker(dask_scheduler):
    dask_scheduler.allowed_failures = 0


def test_an_interrupt_keeps_what_was_found(client, odd_folder, tiny_batches, monkeypatch):
    """And lists the files that are left, for another hunt."""
    monkeypatch.setattr("workshop.hunting.hunt.HuntProgress.__call__", lambda *done: signal.raise_signal(signal.SIGINT))
    first = hunt(odd_folder, deletes, raises, scheduler=client, progress=False)
    monkeypatch.undo()
    unread = first.attrs["unread"]
    assert 0 < len(unread) < 6
    rest = hunt(unread, deletes, raises, scheduler=client, progress=False)
    whole = hunt(odd_folder, deletes, raises, progress=False)
    assert {*first["eventID"], *rest["eventID"]} == {*whole["eventID"]}


def test_a_bucket_is_read_by_the_workers_themselves(client, cloud):
    """Each with a client of its own, made where it works; here one for the emulator."""
    s3 = cloud.client("s3")
    bucket = "hunted-by-a-cluster"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
    files = sorted(places.data().rglob("*.json.gz"))[:6]
    for path in files:
        s3.put_object(Bucket=bucket, Key=path.name, Body=path.read_bytes())
    known = s3._request_signer._credentials.get_frozen_credentials()
    options = {
        "endpoint_url": s3.meta.endpoint_url,
        "region_name": "ca-central-1",
        "aws_access_key_id": known.access_key,
        "aws_secret_access_key": known.secret_key,
    }

    def make():
        import boto3

        return boto3.session.Session().client("s3", **options)

    there = hunt(f"s3://{bucket}", *MODELS, s3=make, scheduler=client, progress=False)
    here = hunt(f"s3://{bucket}", *MODELS, s3=s3, progress=False)
    assert there.attrs["files"] == 6
    same(there, here)


def test_nothing_listens_but_on_this_machine(client):
    """Neither scheduler nor workers nor the dashboard."""
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    listening = [
        connection.laddr.ip
        for process in processes
        if process.status() != psutil.STATUS_ZOMBIE  # one that has ended lets nobody look, and listens no more
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert set(listening) == {"127.0.0.1"}


def test_batches_are_of_about_the_same_number_of_bytes_and_in_order():
    """Several for each thread; none beyond the most, but for a file that is larger itself."""
    megabyte = 1 << 20
    sizes = [megabyte] * 60 + [100 * megabyte] + [10] * 500
    paths = [str(number) for number in range(len(sizes))]
    batches = cluster.batches_of(paths, sizes, threads=2)
    assert [number for batch in batches for number in batch.values()] == list(range(len(sizes)))
    weights = [sum(sizes[number] for number in batch.values()) for batch in batches]
    assert max(weights) == 100 * megabyte
    assert sorted(weights)[-2] <= sum(sizes) // 8
    assert len(cluster.batches_of(paths[61:], sizes[61:], threads=2)) == 1


def test_something_else_than_a_client_is_refused(odd_folder):
    """With what is wanted instead."""
    with pytest.raises(TypeError, match=re.escape("Client(LocalCluster(...))")):
        hunt(odd_folder, deletes, scheduler="tcp://127.0.0.1:8786")


@pytest.mark.parametrize("detectors", [(deletes,), (in_full, deletes)])
def test_matches_are_handed_on_as_batches_come(client, odd_folder, tiny_batches, detectors):
    """Here, not on a worker; the same ones that the table has."""
    handed = []
    matches = hunt(odd_folder, *detectors, scheduler=client, on_match=handed.append)
    found = [(match["detector"], match["eventID"], match["printed"]) for match in handed]
    expected = zip(matches["detector"], matches["eventID"], matches["printed"], strict=True)
    assert sorted(found) == sorted(expected)
    assert found


def test_a_detector_that_keeps_something_is_refused_with_the_reason(client, odd_folder):
    """Each batch would have a count of its own."""
    count = 0

    def counts(record):
        nonlocal count
        count += 1
        return count > 3

    with pytest.raises(ValueError, match=r"counts keeps something .* count, a variable of another function"):
        hunt(odd_folder, counts, scheduler=client)
    assert count == 0
