"""Log files mutated at random: every way to read them finds the same, and whatever is lost is listed.

An ordinary run has some thousand records, a few hundred in the larger files; `--all` has more than a million, about a
thousand a file, and 20,000 small files. A failure names its seed:
`PYTHONPATH=tests/support python tests/fuzz/test_every_reader.py SEED FILES RECORDS` makes it again.
"""

import json
import logging
import sys
import tempfile
from pathlib import Path

import pytest
from distributed import Client, LocalCluster
from every_reader import Difference, compare
from odd_logs import OddLogs

from workshop.logs.records import parse
from workshop.logs.table import same_content
from workshop.logs.tally import Tally

# {name: (rounds, files a round, records a file)}; in every tenth round processes take part, and the cluster.
RUNS = {"many records": (2, 2, 300), "many files": (25, 10, 12)}
LONG = {"many records": (300, 4, 1_000), "many files": (500, 40, 12)}
EVERY = 10


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run long with --all."""
    if "run" in metafunc.fixturenames:
        runs = LONG if metafunc.config.getoption("all") else RUNS
        metafunc.parametrize("run", runs.values(), ids=runs)


@pytest.fixture(scope="module")
def client():
    """A cluster of one thread in this process."""
    where = {"processes": False, "n_workers": 1, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**where) as cluster, Client(cluster) as client:
        yield client


def written(folder: Path, seed: int, files: int, records: int) -> None:
    """Write the files of a seed, of `records` entries each, about so many if that is few; check those that are whole.

    Whatever entry of them is an object is a record, as Python's own reader has it.
    """
    logs = OddLogs(seed)
    for number in range(files):
        made = logs.file(records if records > 100 else logs.dice.randrange(2 * records + 1))
        (folder / f"{number:03}.json.gz").write_bytes(made.data)
        if made.entries is not None and "<deep" not in repr(made.entries):
            found = [record for _, record in parse(made.data, "", Tally())]
            wanted = [entry for entry in made.entries if isinstance(entry, dict)]
            if "<" not in (text := json.dumps(wanted)):
                assert found == json.loads(text), f"seed {seed}, file {number}"
            assert len(found) == len(wanted), f"seed {seed}, file {number}"


def compare_all(seed: int, files: int, records: int, client: Client | None) -> int:
    """Return how many records the files of a seed have; of files with many records, some ways are left out at times."""
    with tempfile.TemporaryDirectory() as folder:
        written(Path(folder), seed, files, records)
        try:
            return compare(
                Path(folder), client=client, processes=client is not None, few_ways=records > 100 and not client
            )
        except Exception as error:
            raise Difference(f"seed {seed}, {files} files of {records} records: {error}") from error


def test_every_reader_finds_the_same(run, client, caplog, monkeypatch):
    """Records, matches, errors, what was skipped, what the explorer opens, what the Lambda function counts."""
    caplog.set_level(logging.CRITICAL)
    if run in RUNS.values():  # these files are as good as large ones: some are above what is kept at hand
        monkeypatch.setattr(same_content, "_LARGEST", 200_000)
    rounds, files, records = run
    found = sum(compare_all(seed, files, records, client if seed % EVERY == 0 else None) for seed in range(rounds))
    assert found > rounds * files * records // 3  # or most files would be damaged beyond reading
    sys.stderr.write(f"{found:,} records could be read in {rounds * files:,} files\n")


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    print(compare_all(*map(int, sys.argv[1:4]), None), "records, and all readers agree")
