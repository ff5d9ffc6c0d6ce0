"""A hunt's work on a Dask cluster: batches of files, of about the same number of bytes, swept by its workers.

Results are kept by their batch, so that a batch that was swept twice because a worker was lost counts once.
"""

import functools
import importlib.util
import pickle
import threading
import uuid
from collections.abc import Callable
from typing import Any

from workshop.extras import not_installed
from workshop.hunting.part_findings import PartFindings
from workshop.hunting.sweep_work import Run, SweepWork
from workshop.hunting.verdict_memo.plan import Plan
from workshop.hunting.worker import sweep_files
from workshop.logs.addresses import is_s3
from workshop.logs.worker_processes import Processes, local_size

# Bytes of (compressed) log files in a batch: at least a twentieth of a second's work, since a task costs some
# milliseconds, and at most some seconds' work, which is what is lost with a worker.
_LEAST, _MOST = 1 << 20, 32 << 20
_BATCHES_A_THREAD = 4
_RETRIES = 3
# A worker may run several tasks at a time, but what is printed has to be caught one by one.
_one_by_one = threading.Lock()


def on_cluster(client: Any, make_s3: Callable[[], Any] | None = None) -> Run:
    """Return what does a sweep's work (see `sweep.sweep`) on the cluster of a `distributed.Client`.

    Workers read the files themselves: they must see the same folders, or have credentials for S3 of their own; then
    `make_s3()` makes a worker's client, if boto3's usual one will not do. They need this package, and whatever modules
    the detectors come from; functions of a notebook's cells are sent along.

    Raises: TypeError when it is no client; extras.ExtraNotInstalled when there is no package for clusters at all.
    """
    if not callable(getattr(client, "map", None)) or not callable(getattr(client, "nthreads", None)):
        if importlib.util.find_spec("distributed") is None:
            raise not_installed("scale", "hunt(scheduler=...)", "distributed")
        raise TypeError(f"scheduler is a distributed.Client, such as Client(LocalCluster(...)); got {client!r}.")
    return functools.partial(_run, client, make_s3)


def _run(client: Any, make_s3: Callable[[], Any] | None, work: SweepWork) -> tuple[list[PartFindings], Processes]:
    from distributed import KilledWorker, as_completed

    work.plan.refuse_parts("scheduler=client")
    processes = Processes(sum(client.nthreads().values()), "threads of the cluster's workers")
    batches = batches_of(work.paths, _sizes_of(work.paths, work.sizes), processes.number)
    sweep_batch = functools.partial(_sweep_batch, work.plan, make_s3=make_s3)
    # Batches have keys of their own, so that nothing of an earlier hunt is taken for this one's.
    name = f"hunt-{uuid.uuid4().hex}"
    number_of = {f"{name}-{number}": number for number in range(len(batches))}
    tasks = client.map(sweep_batch, batches, key=list(number_of), pure=False, retries=_RETRIES)
    parts, suspects = dict[int, PartFindings](), list[int]()
    files = records = 0

    def take(number: int, part: PartFindings) -> None:
        nonlocal files, records
        parts[number] = part
        if work.stream:
            work.stream.hand_on(*part.matches.all())
        files, records = files + part.tally.files, records + part.tally.records
        work.show(files, records)

    try:
        for task in as_completed(tasks):
            try:
                take(number_of[task.key], pickle.loads(task.result()))
            except KilledWorker:
                suspects.append(number_of[task.key])
            if work.stopped:
                break
    finally:
        client.cancel([task for task in tasks if not task.done()])
    # Whichever of them takes its worker down, others that waited there are not to blame: each is tried again, alone.
    for number in suspects:
        if not work.stopped:
            take(number, _alone_on_a_worker(client, sweep_batch, batches[number]))
    return [parts[number] for number in sorted(parts)] or [PartFindings()], processes


def _alone_on_a_worker(client: Any, sweep_batch: Callable, batch: dict[str, int]) -> PartFindings:
    """Return what sweeping a batch brings; if no worker survives it, its files as skipped."""
    from distributed import KilledWorker

    try:
        return pickle.loads(client.submit(sweep_batch, batch, pure=False).result())
    except KilledWorker as error:
        part = PartFindings()
        for path in batch:
            part.tally.skip(path, None, f"not swept: the workers that tried were lost ({error})")
        return part


def _sweep_batch(plan: Plan, numbered: dict[str, int], make_s3: Callable[[], Any] | None = None) -> bytes:
    """Sweep a batch, on a worker; return the pickled `PartFindings`."""
    s3 = _own_s3(make_s3) if any(map(is_s3, numbered)) else None
    with _one_by_one:
        return pickle.dumps(sweep_files(plan, numbered, s3=s3), protocol=5)


@functools.lru_cache(8)
def _own_s3(make: Callable[[], Any] | None) -> Any:
    """Return this worker's S3 client, made once."""
    import boto3

    return make() if make else boto3.session.Session().client("s3")


def _sizes_of(paths: list[str], sizes: dict[str, int]) -> list[int]:
    return [sizes[path] if path in sizes else 0 if is_s3(path) else local_size(path) for path in paths]


def batches_of(paths: list[str], sizes: list[int], threads: int) -> list[dict[str, int]]:
    """Return the batches: {path: its number among all} of about as many bytes each, in order.

    There are several for each thread of the cluster, so that none waits long for the last one.
    """
    wanted = min(_MOST, max(_LEAST, sum(sizes) // max(1, threads * _BATCHES_A_THREAD)))
    batches, batch, weight = list[dict[str, int]](), dict[str, int](), 0
    for number, (path, size) in enumerate(zip(paths, sizes, strict=True)):
        if batch and weight + size > wanted:
            batches.append(batch)
            batch, weight = {}, 0
        batch[path] = number
        weight += size
    return [*batches, batch] if batch else batches
