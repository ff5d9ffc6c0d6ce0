"""The benchmarks: what they say besides times. No test looks at a clock."""

import re
import sys

import pytest

from benchmarks import __main__ as bench
from benchmarks import contestants, lambda_function, organization, s3


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


def test_hunts_in_a_bucket_say_what_they_asked_for(tmp_path):
    """Each file once, nothing where all are kept on disk, less where only a week is wanted."""
    table = [
        line.split("|") for line in s3.lines(tmp_path, 2_000, rounds=1) if line.startswith("| a") or "kept" in line
    ]
    files = len(list((tmp_path / "year").rglob("*.json.gz")))
    *others, week = [int(cells[3]) for cells in table]
    assert others == [0, files, files, 0]
    assert week < files


def test_a_run_measures_and_writes_the_page(tmp_path):
    """A thousand records, one round: a line for each contestant, the Lambda function, the costs, the picture."""
    only = ["floor", "load_1", "hunt_1", "hunt_2", "hunt_dask_2", "hunt_exact", "plain_loop", "athena_sql_on_duckdb"]
    assert set(only) <= set(contestants.names(1000))
    arguments = ["--records", "1000", "--rounds", "1", "--save", str(tmp_path), "--only", ",".join(only)]
    assert bench.main(arguments) == 0
    page = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| 1,000 \| (\w+) \|(.*)$", page, re.M))
    assert list(rows) == only
    for name in only[1:]:
        assert re.search(r"\d rows \|$", rows[name]), rows[name]
    same = {rows[name].split("|")[-2] for name in ("hunt_1", "hunt_2", "hunt_dask_2", "hunt_exact")}
    assert len(same) == 1, "the hunts have found different numbers of matches"
    assert "PutMetricData calls" in page
    assert "one Athena query" in page
    assert (tmp_path / "benchmarks.png").read_bytes().startswith(b"\x89PNG")


def test_everybody_who_takes_part_is_a_function():
    """Also those that are measured only where their packages are installed."""
    assert all(callable(getattr(contestants, name)) for name in contestants.names(1000))


def test_a_contestant_that_is_not_installed_is_named():
    """The table says what is missing, and goes on."""
    row = bench.line("polars_load", 1000, {"error": "ModuleNotFoundError: No module named 'polars'"})
    assert "No module named 'polars'" in row
    assert row.count("|") == len(bench._HEAD[0].split("|")) - 1


def test_what_an_organization_pays():
    """The arithmetic by hand: 3.65 billion records, 10 µs each, are 10.1 hours; 0.61 TB cost 3.07 USD in Athena."""
    text = "\n".join(organization.lines(10e-6, 0.02))
    assert "3.65 billion records" in text
    assert "| `hunt` in one process | 10.1 |" in text
    assert "| one Athena query | minutes | 3.07 |" in text
    assert "18.2 million files" in text


@pytest.mark.parametrize(
    ("prefix", "options", "kind"),
    [
        ("/usr", "'--enable-shared'", " as the operating system has it"),
        ("/opt/python", "'--enable-optimizations' '--with-lto'", " compiled with optimizations"),
        ("/opt/python", "'--enable-shared'", " compiled without optimizations"),
        ("C:\\Python", None, ""),
    ],
)
def test_the_page_says_how_python_was_compiled(monkeypatch, prefix, options, kind):
    """Without optimizations it is slower, and the floor is not."""
    monkeypatch.setattr(bench.sys, "base_prefix", prefix)
    monkeypatch.setattr(bench.sysconfig, "get_config_var", lambda name: options)
    assert re.fullmatch(rf"Python 3\.\d+\.\d+{kind}", bench.interpreter())
