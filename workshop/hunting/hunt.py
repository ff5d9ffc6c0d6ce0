"""Detectors over every record of a source: what each of them matches."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import pandas as pd

from workshop.attendee_code.knowing import asks_for_knowledge, given_knowledge, shown_name
from workshop.display.progress import HuntProgress
from workshop.hunting import on_this_machine
from workshop.hunting.matches import matches_table
from workshop.hunting.sweep import InterruptedSweep, sweep
from workshop.hunting.sweep_work import Run
from workshop.logs.layout import Only


def hunt(
    source: Any,
    *detectors: Callable,
    known: Any = None,
    s3: Any = None,
    start: date | str | None = None,
    end: date | str | None = None,
    regions: str | Iterable[str] | None = None,
    exact: bool = False,
    processes: int | None = None,
    scheduler: Any = None,
    progress: bool | None = None,
    resume: pd.DataFrame | None = None,
    on_match: Callable[[dict], Any] | None = None,
) -> pd.DataFrame:
    """Run detectors over every record of a source; return a DataFrame with a row for each match, oldest first.

    `source` is a file, a folder, "s3://bucket/prefix" or a list of these; a detector is any function that takes a
    record (a dictionary) and returns something true for a match. Each record counts once for each detector, however
    often it was delivered (same eventID, same content), and each detector gets a copy of its own: one that changes the
    record changes nothing for the others.

    A detector may also be a function `f(record, known)`: it gets as `known` what is given here, which `learn` returns.

    `start`, `end` ("2026-03-09", or a date; both included) and `regions` choose log files by where CloudTrail has put
    them: the day of delivery (UTC) and the Region in their names or paths. In S3 nothing else is even listed. Calls of
    the last minutes before midnight are delivered the day after. Files that do not say where they belong are always
    read, and a warning says how many. Regions and days that no file is of are an error, or a warning if there are
    others.

    Detectors whose source shows that they are simple (see `workshop.hunting.verdict_memo`; the exercises' are) are not
    asked twice about records that look the same to them, and what they only print is filled in for each: that is
    faster, with the same result. `exact=True` switches that off: each record is shown in full, in order, in this
    process. When a detector is not simple, all records are shown in full, too.

    `processes` is how many processes share the work; the result is the same. None decides by the bytes to read and the
    processors of the machine; it is one if a detector may keep something from one record to the next, such as a
    counter, and when files lie in S3, which several threads of one process fetch.

    To hunt twice in the same bucket without fetching it twice: `s3=S3Cache(client, folder)` (`workshop.logs.s3_cache`).

    `scheduler`, a Dask client (`distributed.Client`), has the work done by its cluster, with the same result. Its
    workers read the files themselves: they must see the same folders, or the bucket with credentials of their own (for
    another client than boto3's usual one, `s3` is a function without parameters that makes it). If a worker is lost,
    others do its work; files that no worker survives are listed as skipped.

    While it runs it shows files, records a second and the time left, unless it is over soon (`progress=False`: never).
    An interrupt (Ctrl-C, or the notebook's stop button) ends it after the current file with what it has found: then
    `.attrs["unread"]` has the files that are left. The same call with `resume=matches`, what the interrupted one has
    returned, reads only these (and what has been delivered since), and returns the matches of both as one hunt would.

    `on_match`, a function, is called with each match as soon as its file is done, while the hunt goes on: a dictionary
    with the columns below, eventTime as it stands in the record. Those of other processes come when these are done,
    those of a cluster as its batches come. Each record counts once here too: of several copies, the first
    that is found to match. What `on_match` prints is shown; what it raises ends the hunt.

    Columns: detector (the function's name), some fields of the record (eventTime in UTC), printed (what the detector
    printed about this match; prints about other records are dropped), and logFile and logIndex, so that
    `record_of(matches, i)` gives the full record.

    `.attrs`: "source", "files", "records", "duplicates", "same_id", "digests", "skipped", "passed_over" and
    "not_opened" as those of `load_events`, and "errors", one {"detector", "eventID", "error"} for each record that a
    detector raised on; the hunt goes on. A detector whose source shows that it is not written yet (nothing but
    `raise NotImplementedError`) is reported once, and shown no more records. "not_simple": for each detector that is
    not simple, why. "unread": see above. "processes": how many there were, and why so many: {"number", "why"}. What was
    skipped and what raised is also logged as a warning.

    Raises: FileNotFoundError when there is no log file in the source; TypeError when a detector or on_match is not
    callable, the scheduler is no client, or a detector asks for `known` and there is none; ValueError when there is no
    detector, a date cannot be read, there is nothing to resume, or a detector keeps something from one record to the
    next, as far as can be seen, and several processes or a cluster are asked for.
    """
    if callable(source):
        name = getattr(source, "__name__", "detector")
        raise TypeError(f'The source comes first, then the detectors: hunt("data", {name}).')
    if known is None and (asking := [detector for detector in detectors if asks_for_knowledge(detector)]):
        name = shown_name(asking[0])
        raise TypeError(
            f"{name} takes (record, known): hunt(source, {name}, known=known), with known = learn(records, inventory)."
        )
    only = Only.of(start, end, regions)
    if on_match is not None and not callable(on_match):
        raise TypeError(f"on_match is a function that takes a match (a dictionary); got {on_match!r}.")
    run: Run = on_this_machine.run
    if scheduler is not None:
        from workshop.hunting.cluster import on_cluster

        run = on_cluster(scheduler, s3 if callable(s3) else None)
    with HuntProgress(progress) as shown:
        findings = sweep(
            source,
            [given_knowledge(detector, known) for detector in detectors],
            s3() if callable(s3) else s3,
            exact=exact,
            processes=processes,
            progress=shown,
            only=only,
            run=run,
            resumed=None if resume is None else _interrupted(resume),
            on_match=on_match,
        )
    matches = matches_table(findings)
    more = {"errors": findings.errors, "unread": findings.unread, "not_simple": findings.plan.memo.not_simple}
    more["processes"] = findings.processes._asdict()
    if findings.interrupted:
        more["so_far"] = findings.interrupted
    matches.attrs = {**findings.tally.attrs(source), **more}
    findings.tally.warn('matches.attrs["skipped"] lists them')
    return matches


def _interrupted(matches: pd.DataFrame) -> InterruptedSweep:
    """Return what the matches of an interrupted hunt know about the files that it has read."""
    interrupted = matches.attrs.get("so_far")
    if interrupted is None:
        raise ValueError(
            "resume= takes what an interrupted hunt has returned, in the same session; "
            f'these {len(matches)} matches are of a hunt that came to its end. Its files: matches.attrs["files"].'
        )
    return interrupted
