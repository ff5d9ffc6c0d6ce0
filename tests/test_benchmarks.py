"""The benchmarks: what they say besides times. No test looks at a clock."""

import re
import sys

import pytest

from benchmarks import lambda_function


@pytest.fixture(scope="module")
def invoked(tmp_path_factory):
    """The deployed source and the 2017 handler's shape, each invoked twice on 4,500 records with 455 anomalies."""
    content = lambda_function.large_log_file()
    with lambda_function.lambda_room(tmp_path_factory.mktemp("lambda"), content) as room:
        return {name: lambda_function.invoke(name, room, rounds=1) for name in ("index", "handler_2017")}


def test_the_function_publishes_once_for_each_detector_and_file(invoked):
    """Where the 2017 handler made a call for each of the 455 records, some of which both detectors match."""
    assert invoked["index"]["calls"] == {"GetObject": 1, "PutMetricData": 2}
    assert invoked["handler_2017"]["calls"]["PutMetricData"] >= 455


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell a process's peak memory")
def test_the_smallest_function_is_large_enough_for_a_large_file(tmp_path):
    """A file of 5,000 records fits into the 128 MB that Lambda gives at least."""
    with lambda_function.lambda_room(tmp_path, lambda_function.large_log_file(5_000, 505)) as room:
        assert lambda_function.invoke("index", room, rounds=1)["megabytes"] <= 128


def test_what_a_million_records_cost():
    """The arithmetic, by hand: 100 ms of CPU last 1,383 ms with 128 of 1,769 MB, and a file has 1,000 records."""
    by_hand = (1.383 * 0.125 * 0.0000166667 + 0.0000002) * 1_000
    assert lambda_function.dollars_a_million_records(0.1, 1_000, 128) == pytest.approx(by_hand)


def test_the_report_of_the_function_has_both_handlers_and_a_line_for_each_memory(tmp_path):
    """On a small file, to be quick."""
    lines = list(lambda_function.report(tmp_path, records=200, anomalies=20, rounds=1))
    assert [line for line in lines if line.startswith("| the kit's |")]
    assert len([line for line in lines if re.match(r"\| [\d,]+ MB \|", line)]) == 5
