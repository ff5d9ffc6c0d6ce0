"""Detectors that keep something from one record to the next are found out, and see all records in one process."""

import collections
import functools
import itertools
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from log_files import record, write

from workshop import exercises
from workshop.hunting.hunt import hunt
from workshop.hunting.verdict_memo.kept_state import kept_by

COUNTS = collections.Counter()
SEEN = {"already"}
NUMBERS = itertools.count()
NAMES = ["DeleteTrail", "StopLogging"]
PLACE = Path("somewhere")
LETTERS = re.compile("[a-z]+")
TOTAL = 0


def counts_calls(record):
    COUNTS[record["eventName"]] += 1
    return COUNTS[record["eventName"]] > 3


def remembers(record):
    again = record["eventName"] in SEEN
    SEEN.add(record["eventName"])
    return again


def renames_and_remembers(record):
    mine = SEEN
    mine |= {record["eventName"]}
    return len(mine) > 2


def counts_on_a_global(record):
    global TOTAL
    TOTAL += 1
    return TOTAL > 3


def has_a_default(record, seen=[]):  # noqa: B006
    seen.append(1)
    return len(seen) > 3


def takes_the_next(record):
    return next(NUMBERS) > 3


def calls_one_that_remembers(record):
    return "x" in record or remembers(record)


class Counting:
    def __init__(self):
        self.count = 0

    def __call__(self, record):
        self.count += 1
        return self.count > 3

    def method(self, record):
        return self(record)


def within_another():
    count = 0

    def counts(record):
        nonlocal count
        count += 1
        return count > 3

    return counts


def of_a_list():
    seen = []
    return lambda record: seen.append(1) or len(seen) > 3


KEEPS = [counts_calls, remembers, renames_and_remembers, counts_on_a_global, has_a_default, takes_the_next]
KEEPS += [calls_one_that_remembers, Counting(), Counting().method, within_another(), of_a_list(), SEEN.__contains__]
KEEPS += [functools.partial(has_a_default), functools.partial(max, []), functools.lru_cache(remembers)]


def looks_up(record):
    return record["eventName"] in NAMES or NAMES[0] == record["eventSource"]


def looks_at_all(record):
    return "Delete" in json.dumps(record)


def uses_what_cannot_change(record):
    return PLACE.name in record["eventName"] or bool(LETTERS.match(record["eventName"]))


def of_a_path(place):
    return lambda record: not place.exists() and record["eventName"] == "DeleteTrail"


KEEPS_NOTHING = [looks_up, looks_at_all, uses_what_cannot_change, of_a_path(PLACE), functools.partial(looks_up), bool]
KEEPS_NOTHING += exercises.model_answers()


def name_of(detector):
    return getattr(detector, "__name__", type(detector).__name__)


@pytest.mark.parametrize("detector", KEEPS, ids=name_of)
def test_what_keeps_something_is_found_out(detector):
    """A counter, a set of names, a variable of another function, an object: with the reason."""
    assert re.search(r"\w+ \w+", kept_by(detector))


@pytest.mark.parametrize("detector", KEEPS_NOTHING, ids=name_of)
def test_what_only_looks_things_up_is_not_suspected(detector):
    """Tables, patterns, paths, the record as a whole."""
    assert kept_by(detector) == ""


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path, {f"{n:02}.json.gz": [record(n), record(n + 100)] for n in range(20)})


def test_a_detector_that_counts_is_run_in_one_process_and_that_is_said(folder):
    """Its count is right: the first three calls are no match."""
    COUNTS.clear()
    matches = hunt(folder, counts_calls)
    assert len(matches) == 37
    assert matches.attrs["processes"]["number"] == 1
    assert "counts_calls may keep something from one record to the next: " in matches.attrs["processes"]["why"]
    assert "COUNTS" in matches.attrs["processes"]["why"]


def test_asked_for_several_processes_it_is_refused_with_the_reason(folder):
    """Before a record is read."""
    COUNTS.clear()
    with pytest.raises(
        ValueError, match=r"processes=2 .* counts_calls keeps something .* uses COUNTS, which can change"
    ):
        hunt(folder, looks_up, counts_calls, processes=2)
    assert not COUNTS
    with pytest.raises(ValueError, match="processes=2 and exact=True exclude each other"):
        hunt(folder, looks_up, exact=True, processes=2)


def test_one_of_which_nothing_is_seen_runs_in_several_if_asked_for(folder):
    """On one's own account; without a wish it is one process."""
    unknown = of_a_path(folder / "gone" if isinstance(folder, Path) else Path(folder) / "gone")
    alone = hunt(folder, unknown)
    assert alone.attrs["processes"]["number"] == 1
    shared = hunt(folder, unknown, processes=2)
    assert shared.attrs["processes"]["number"] == 2
    pd.testing.assert_frame_equal(alone, shared)
