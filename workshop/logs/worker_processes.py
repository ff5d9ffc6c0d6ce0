"""Work shared with a second process: both take the next stretch of files until none is left.

A forked process costs a hundredth of a second and has all that this one has, functions of a notebook's cells included.
"""

import contextlib
import functools
import gc
import mmap
import os
import pickle
import signal
import struct
import sys
import warnings

# So many that the two end at about the same time; each is a byte in a pipe, so that there can be no more than 256.
_STRETCHES = 250


def can_share():
    """Tell whether work can be shared here: fork is safe on Linux only, and wants a processor of its own."""
    return sys.platform == "linux" and _processors() > 1


def _processors():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def garbage_kept():
    """Pause the garbage collector: it would look through all records again and again, and find no garbage."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def divide(paths, work, processes=None):
    """Return the results of work on the numbers of all paths, one or two: see `share`.

    It is one process unless `processes` is 2: forking a process that has other threads, as a notebook's kernel does, is
    only done for those who ask. Files in S3 are fetched by threads of one process, whatever is asked for: a forked
    process must not use the connections of the other one. `work` is called as `share` calls it, and with `spare`:
    whether a processor is left for a thread.
    """
    if processes == 2 and len(paths) > 1 and can_share() and not any(path.startswith("s3://") for path in paths):
        return share(len(paths), functools.partial(work, spare=False))
    alone = iter([range(len(paths))])
    return [work(alone, lambda files, records, stop=False: (files, records, stop), spare=_processors() > 1)]


def share(count, work):
    """Call work(stretches, report) here and in a forked process; return the results, one or two.

    `stretches` yields ranges of the numbers below `count`; each goes to one of the two. What the other process returns
    must be something that pickle takes. `work` calls report(files, records, stop) with how many it is through with, and
    whether to stop; report returns the same for both together. If the other process dies, its stretches are done here.
    """
    if sys.platform == "win32":
        raise NotImplementedError("Windows has no fork: ask can_share() first")
    step = max(1, -(-count // _STRETCHES))
    stretches = [range(start, min(start + step, count)) for start in range(0, count, step)]
    tickets, box = os.pipe()
    os.write(box, bytes(range(len(stretches))))
    os.close(box)
    result, answer = os.pipe()
    board = mmap.mmap(-1, 40)  # files and records that each of the two has done, and whether to stop; both see it
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other threads are of no concern to what is done here
        child = os.fork()
    if child == 0:
        _be_the_other(result, answer, work, stretches, tickets, board)
    os.close(answer)
    taken, theirs, answered = [], b"", None
    try:
        own = work(_take(stretches, tickets, taken), _reporter(board, 0))
        with os.fdopen(result, "rb", closefd=False) as pipe:
            theirs = pipe.read()
        with contextlib.suppress(EOFError, pickle.UnpicklingError):
            answered = pickle.loads(theirs)  # while the other process ends
    finally:
        for end in (tickets, result):
            os.close(end)
        if not theirs:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if answered is None:
        left = [stretch for place, stretch in enumerate(stretches) if place not in taken]
        return [own, work(iter(left), _reporter(board, 0))]
    their_result, their_stretches = answered
    return [own, their_result] if their_stretches else [own]


def _be_the_other(result, answer, work, stretches, tickets, board):
    """Be the forked process: work, send the result, end without any of the tidying that is the first one's."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process is interrupted, and says when to stop
        os.close(result)
        taken = []
        own = work(_take(stretches, tickets, taken), _reporter(board, 1))
        with os.fdopen(answer, "wb") as pipe:
            pipe.write(pickle.dumps((own, taken), protocol=5))
    finally:
        os._exit(0)


def _take(stretches, tickets, taken):
    """Yield stretches that nobody has taken yet: a ticket is read once, by one of the two."""
    while ticket := os.read(tickets, 1):
        taken.append(ticket[0])
        yield stretches[ticket[0]]


def _reporter(board, who):
    def report(files, records, stop=False):
        struct.pack_into("qq", board, 16 * who, files, records)
        if stop:
            struct.pack_into("q", board, 32, 1)
        ours, our_records, theirs, their_records, stopped = struct.unpack_from("qqqqq", board)
        return ours + theirs, our_records + their_records, bool(stopped)

    return report
