"""Work shared by several processes, this one among them: each takes the next stretch of it until none is left.

On Linux the others are forked: that costs a hundredth of a second, and they have all that this one has. It is safe
beside other threads, such as those of a notebook's kernel, since what they do here needs no lock of another thread's:
they read files, decode, and ask detectors. Elsewhere loky starts them anew, which takes a second, and sends them what
they need, functions of a notebook's cells included; they stay for some time, in case there is more to do.

All meet in a folder. A file in it says that a stretch is taken: only one process can make it, on every system, and no
lock is left behind by a process that is killed. Another file has how far each of them is.
"""

import contextlib
import functools
import gc
import logging
import multiprocessing
import os
import pickle
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from workshop.logs.addresses import is_s3

log = logging.getLogger(__name__)

# How many more stretches like the next one each process could take of what is left.
_STRETCHES_LEFT = 2
# No stretch is shorter than a hundredth of all: where one begins, the file before it is read once more.
_SHORTEST = 1 / 100
# Bytes of log files that are worth one more process, if it is forked and if it is started anew.
_WORTH_A_FORK, _WORTH_A_START = 2_000_000, 50_000_000
_IDLE_SECONDS = 30  # after which a process that was started anew ends

# What a process tells the others: its id, how many files and records it has done, and whether all are to stop.
_STATE = np.dtype([(name, np.int64) for name in ("pid", "files", "records", "stop")])

Report = Callable[[int, int], Any]


class Processes(NamedTuple):
    """How many processes work, and why so many."""

    number: int
    why: str


def choose_for_files(wanted: int | None, paths: Sequence[str], alone: str = "") -> Processes:
    """Return how many processes are to read some files, as `choose` does.

    Files in S3 are fetched by several threads of one process: others must not use its connections.
    """
    if any(map(is_s3, paths)):
        _check(wanted)
        return Processes(1, "files in S3 are read by several threads of one process")
    return choose(wanted, lambda: sum(map(local_size, paths)), len(paths), alone)


def choose(wanted: int | None, size: Callable[[], int], parts: int, alone: str = "") -> Processes:
    """Return how many processes are to do some work of `parts`, with `size()` bytes to read or write.

    `wanted` is what was asked for; None has it decided by the size and the processors. `alone`, if there is a reason,
    says why it can be only one unless more are asked for.

    Raises: ValueError when `wanted` is no number of processes.
    """
    _check(wanted)
    if wanted is not None:
        number = max(1, min(wanted, parts))
        return Processes(number, f"{wanted} asked for" + (f", there is work for {number}" if number < wanted else ""))
    if alone:
        return Processes(1, alone)
    if multiprocessing.current_process().daemon:
        return Processes(1, "this process is one of several that work already")
    all_bytes, processors = size(), processors_here()
    number = min(processors, parts, 1 + all_bytes // (_WORTH_A_FORK if _forks() else _WORTH_A_START))
    return Processes(max(1, number), f"{all_bytes / 1e6:,.1f} MB and {processors} processors")


def _check(wanted: int | None) -> None:
    if wanted is not None and (not isinstance(wanted, int) or wanted < 1):
        raise ValueError(f"processes is a number, 1 or more, or None to have it decided; got {wanted!r}.")


def local_size(path: str) -> int:
    """Return the bytes of a local file; 0 if it is gone meanwhile, which shows when it is read."""
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


def processors_here() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _forks() -> bool:
    """Tell whether processes are forked: that is safe on Linux only."""
    return sys.platform == "linux"


@contextlib.contextmanager
def garbage_kept() -> Iterator[None]:
    """Pause the garbage collector: it would look through all records again and again, and find no garbage."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def share(
    count: int,
    work: Callable[[Iterable[range], Report], Any],
    processes: int,
    *,
    show: Callable[[int, int], Any] | None = None,
    here: Callable[[Iterable[range], Report], Any] | None = None,
) -> list:
    """Call work(stretches, report) in so many processes; return their results, that of this process first.

    `stretches` yields ranges of the numbers below `count`; each goes to one process. `work` calls
    report(files, records) with how many it is through with; something true tells it to stop. In this process it is
    `here`, if that is given. `show` is called here with the files and records that all are through with; something true
    stops all.
    `work` and its results go to and from other processes with pickle, cloudpickle if they are started anew. What a
    process does that dies or raises is done here again.
    """
    here = here or work
    if processes == 1:
        return [here(iter([range(count)]), show or (lambda files, records: False))]
    with tempfile.TemporaryDirectory(prefix="workshop-", ignore_cleanup_errors=True) as folder:
        place = _MeetingPlace(folder, count, processes)
        states, taken = place.open(), list[int]()
        try:
            with _others(work, place, states) as futures:
                results = [here(place.take(taken), _report(states, 0, show))]
                for who, future in enumerate(futures, 1):
                    if not states["pid"][who]:
                        continue  # it has not begun, and nothing is left for it
                    try:
                        result, also_taken = pickle.loads(future.result())  # noqa: S301 - from our own processes
                    except Exception as error:
                        log.warning("a process has failed, and its work is done by another one: %r", error)
                    else:
                        results.append(result)
                        taken += also_taken
            left = [stretch for number, stretch in enumerate(place.stretches()) if number not in {*taken}]
            if left and not states["stop"].any():
                results.append(here(iter(left), _report(states, 0, show)))
            return results
        finally:
            del states  # Windows deletes no file that is in use


@dataclass
class _MeetingPlace:
    """The folder where processes meet that share some work."""

    folder: str
    count: int
    processes: int

    def stretches(self) -> list[range]:
        """Return all stretches: the first are long, the last ones short, so that all processes end together."""
        stretches, start, shortest = list[range](), 0, max(1, int(self.count * _SHORTEST))
        while start < self.count:
            end = start + max(shortest, (self.count - start) // (_STRETCHES_LEFT * self.processes))
            stretches.append(range(start, min(end, self.count)))
            start = end
        return stretches

    def open(self) -> np.ndarray:
        """Return the states of all processes, an array of _STATE that all of them see and change."""
        name = os.path.join(self.folder, "states")
        mode: Any = "r+" if os.path.exists(name) else "w+"
        return np.asarray(np.memmap(name, dtype=_STATE, mode=mode, shape=(self.processes,)))

    def take(self, taken: list[int]) -> Iterator[range]:
        """Yield stretches that no process has taken yet; `taken` gets their numbers."""
        for number, stretch in enumerate(self.stretches()):
            try:
                open(os.path.join(self.folder, str(number)), "xb").close()
            except FileExistsError:
                continue
            taken.append(number)
            yield stretch


def _report(states: np.ndarray, who: int, show: Callable[[int, int], Any] | None = None) -> Report:
    all_files, all_records, stop = (states[name] for name in ("files", "records", "stop"))

    def report(files: int, records: int) -> bool:
        all_files[who], all_records[who] = files, records
        if show and show(int(all_files.sum()), int(all_records.sum())):
            stop[who] = 1
        return bool(stop.any())

    return report


@contextlib.contextmanager
def _others(work: Callable, place: _MeetingPlace, states: np.ndarray) -> Iterator[list[Future]]:
    """Have the other processes work; they end, or are ended, with the block. If none can start, there are none."""
    futures, executor, before = list[Future](), None, {*multiprocessing.active_children()}
    try:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of other threads, or of work that was too late: neither matters here
                start = _forked if _forks() else _started
                executor, work_there = start(work, place.processes - 1)
                futures += [executor.submit(work_there, place, who) for who in range(1, place.processes)]
        except Exception as error:  # no room, no rights, or something that cannot be sent
            log.warning("no other process could start, so this one does all the work: %r", error)
        yield futures
    except BaseException:
        for child in {*multiprocessing.active_children()} - before:  # also those that have not begun yet
            child.kill()
        for pid in states["pid"][states["pid"] != 0].tolist():
            with contextlib.suppress(OSError):
                os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        raise
    finally:
        if isinstance(executor, ProcessPoolExecutor):
            executor.shutdown(cancel_futures=True)


def _forked(work: Callable, others: int) -> tuple[Executor, Callable]:
    fork = multiprocessing.get_context("fork")
    return ProcessPoolExecutor(others, fork, initializer=_begin, initargs=(os.getpid(), work)), _work_as_inherited


def _started(work: Callable, others: int) -> tuple[Executor, Callable]:
    import cloudpickle
    from loky import get_reusable_executor

    executor = get_reusable_executor(others, timeout=_IDLE_SECONDS, initializer=_begin, initargs=(os.getpid(), None))
    return executor, functools.partial(_work_as_sent, cloudpickle.dumps(work))


# ------------------------------------------------------------------------------------------ in another process

_inherited: Callable | None = None


def _begin(parent: int, work: Callable | None) -> None:
    """Begin to be another process: the first one is interrupted, and says when to stop; when it is gone, so is this."""
    global _inherited
    _inherited = work
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while _is_there(parent):
        time.sleep(0.5)
    os._exit(1)


def _is_there(parent: int) -> bool:
    if sys.platform != "win32":
        return os.getppid() == parent
    import psutil

    return psutil.pid_exists(parent)


def _work_as_inherited(place: _MeetingPlace, who: int) -> bytes:
    assert _inherited is not None
    return _work(_inherited, place, who)


def _work_as_sent(work: bytes, place: _MeetingPlace, who: int) -> bytes:
    return _work(pickle.loads(work), place, who)  # noqa: S301 - from our own parent


def _work(work: Callable, place: _MeetingPlace, who: int) -> bytes:
    """Return the result of the work, and the numbers of the stretches that were taken for it, pickled."""
    states, taken = place.open(), list[int]()
    states["pid"][who] = os.getpid()
    result = work(place.take(taken), _report(states, who))
    return pickle.dumps((result, taken), protocol=5)
