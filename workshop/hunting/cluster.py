"""A hunt's work on a Dask cluster: batches of files, of about the same number of bytes, swept by its workers.

Results are kept by their batch, so that a batch that was swept twice because a worker was lost counts once.
"""

import functools
import importlib.util
import pickle
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from workshop.extras import not_installed
from workshop.hunting.part_findings import PartFindings
from workshop.hunting.plan import Plan
from workshop.hunting.sweep_work import Run, SweepWork
from workshop.hunting.worker import sweep_files
from workshop.logs.addresses import is_s3
from workshop.logs.worker_processes import Processes, local_size

# Bytes of (compressed) log files in a batch: at least a twentieth of a second's work, since a task costs some
# milliseconds, and at most some seconds' work, which is what is lost with a worker.
_LEAST, _MOST = 1 << 20, 32 << 20
_BATCHES_A_THREAD = 4
_RETRIES = 3
# Seconds between two looks for tasks that are done, and for workers; and how long there may be none, since some
# clusters take minutes to start one.
_PAUSE, _LOOK, _PATIENCE = 0.01, 1.0, 300.0
# A worker may run several tasks at a time, but what is printed has to be caught one by one.
_one_by_one = threading.Lock()


def on_cluster(client: Any, make_s3: Callable[[], Any] | None = None) -> Run:
    """Return what does a sweep's work (see `sweep.sweep`) on the cluster of a `distributed.Client`.

    Workers read the files themselves: they must see the same folders, or have credentials for S3 of their own; then
    `make_s3()` makes a worker's client, if boto3's usual one will not do. They need this package, and whatever modules
    the detectors come from; functions of a notebook's cells are sent along. Without any worker for five minutes, the
    sweep ends: files that are left are skipped, with that reason.

    Raises: TypeError when it is no client; extras.ExtraNotInstalled when there is no package for clusters at all.
    """
    if not callable(getattr(client, "map", None)) or not callable(getattr(client, "nthreads", None)):
        if importlib.util.find_spec("distributed") is None:
            raise not_installed("scale", "hunt(scheduler=...)", "distributed")
        raise TypeError(f"scheduler is a distributed.Client, such as Client(LocalCluster(...)); got {client!r}.")
    return functools.partial(_run, client, make_s3)


def _run(client: Any, make_s3: Callable[[], Any] | None, work: SweepWork) -> tuple[list[PartFindings], Processes]:
    from distributed import KilledWorker

    work.plan.refuse_parts("scheduler=client")
    processes = Processes(sum(client.nthreads().values()), "threads of the cluster's workers")
    batches = batches_of(work.paths, _sizes_of(work.paths, work.sizes), processes.number)
    sweep_batch = functools.partial(_sweep_batch, work.plan, make_s3=make_s3)
    parts = dict[int, PartFindings]()
    files = records = 0

    def take(number: int, part: PartFindings) -> None:
        nonlocal files, records
        parts[number] = part
        if work.stream:
            work.stream.hand_on(*part.matches.all())
        files, records = files + part.tally.files, records + part.tally.records
        work.show(files, records)

    def sweep(numbers: Sequence[int]) -> dict[int, KilledWorker]:
        """Have batches swept, until somebody interrupts; return those that no worker survived."""
        # Batches have keys of their own, so that nothing of an earlier hunt is taken for this one's.
        number_of = {f"hunt-{uuid.uuid4().hex}": number for number in numbers}
        wanted = [batches[number] for number in numbers]
        tasks = client.map(sweep_batch, wanted, key=list(number_of), pure=False, retries=_RETRIES)
        lost = dict[int, KilledWorker]()
        try:
            for task, result in _as_they_come(client, tasks):
                if isinstance(result, bytes):
                    take(number_of[task.key], pickle.loads(result))  # noqa: S301 - from our own workers
                elif isinstance(result, KilledWorker):
                    lost[number_of[task.key]] = result
                elif result is not None:
                    raise result
                if work.stopped:
                    break
        finally:
            client.cancel([task for task in tasks if not task.done()])
        return lost

    try:
        # Whichever of them takes its worker down, others that waited there are not to blame: each is tried again,
        # alone.
        for number in sweep(range(len(batches))):
            if not work.stopped:
                for error in sweep([number]).values():
                    take(number, _not_swept(batches[number], f"the workers that tried were lost ({error})"))
    except _NoWorkers as reason:
        for number, batch in enumerate(batches):
            if number not in parts:
                take(number, _not_swept(batch, str(reason)))
    return [parts[number] for number in sorted(parts)] or [PartFindings()], processes


class _NoWorkers(Exception):
    """There has been no worker for too long."""


def _as_they_come(client: Any, tasks: list) -> Iterator[tuple[Any, Any]]:
    """Yield (task, result or error) of tasks as they are done, and (None, None) now and then.

    Raises: _NoWorkers. Dask itself would wait for ever, for a result that was lost with its worker as well.
    """
    from distributed import as_completed

    waiting, missing, looked = as_completed(tasks, with_results=True, raise_errors=False), 0.0, time.monotonic()
    while not waiting.is_empty():
        for task, result in waiting.next_batch(block=False):
            yield task, result[1] if isinstance(result, tuple) else result
        yield None, None
        time.sleep(_PAUSE)
        if (now := time.monotonic()) - looked > _LOOK:
            missing = 0.0 if client.nthreads() else missing + now - looked
            looked = now
            if missing > _PATIENCE:
                raise _NoWorkers(f"the cluster has had no worker for {missing:.0f} seconds")


def _not_swept(batch: dict[str, int], reason: str) -> PartFindings:
    """Return what a batch brings that was not swept: its files as skipped."""
    part = PartFindings()
    for path in batch:
        part.tally.skip(path, None, f"not swept: {reason}")
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
