"""What tests of `workshop hunt` share."""

import json

import pytest
from log_files import record, write

from workshop import cli


@pytest.fixture
def logs(tmp_path):
    """A folder with two log files: a deletion, a look, a deletion that was denied."""
    denied = record(3, eventName="DeleteTrail", errorCode="AccessDenied", recipientAccountId="444455556666")
    files = {"1.json.gz": [record(1, eventName="DeleteLogGroup"), record(2)], "2.json.gz": [denied]}
    folder = tmp_path / "logs"
    folder.mkdir()
    write(folder, files)
    return folder


@pytest.fixture
def rules(tmp_path):
    """A file with a detector: whatever is called Delete…"""
    path = tmp_path / "rules.py"
    path.write_text("def deletions(record):\n    return record['eventName'].startswith('Delete')\n")
    return f"{path}:deletions"


@pytest.fixture
def hunt(capsys):
    """Run `workshop hunt --json`; return (exit status, report, stderr)."""

    def run(*arguments):
        status = cli.main(["hunt", *map(str, arguments), "--json"])
        output = capsys.readouterr()
        return status, json.loads(output.out), output.err

    return run
