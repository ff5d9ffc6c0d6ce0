"""The whole kit, installed and played where there is no network at all."""

import os
import subprocess
import sys
import zipfile

import pytest
from unplugged import unplugged
from waiting import PATIENCE

from workshop.offline import kit
from workshop.offline.download import NotDownloaded

REACHES_OUT = "import socket; socket.create_connection(('192.0.2.1', 443), timeout=20)"
SQL = "from workshop import install_extra; install_extra('scale'); import distributed, duckdb, sqlglot"


def test_the_workshop_is_installed_and_played_with_the_network_unplugged(tmp_path):
    """From the folder of offline-kit, in a fresh copy of the checkout with spaces in its path, up to the red alarm.

    What notebook 06 needs comes from the same folder when it is asked for.
    """
    environment = {name: value for name, value in os.environ.items() if name != "WORKSHOP_HOME"}

    def run(*command):
        command = unplugged([str(word) for word in command])
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "encoding": "utf-8"}
        done = subprocess.run(command, cwd=tmp_path, env=environment, timeout=PATIENCE * 2, **pipes)
        return done.returncode, done.stdout

    status, said = run(sys.executable, "-c", REACHES_OUT)
    assert status == 1
    assert "unreachable" in said
    try:
        assert kit.build(tmp_path / "the stick")
    except NotDownloaded as error:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(str(error))
    with zipfile.ZipFile(tmp_path / "the stick" / "cloudtrail-workshop.zip") as archive:
        archive.extractall(tmp_path / "a fresh copy")
    (checkout,) = (tmp_path / "a fresh copy").iterdir()

    status, said = run(sys.executable, checkout / "start.py", "demo", "--wheels", "the stick")
    assert status == 0, said
    assert "ALARM" in said
    python = next(path for path in (checkout / ".venv" / "bin").glob("python"))
    assert subprocess.run([python, "-c", "import duckdb"], capture_output=True).returncode == 1
    status, said = run(python, "-c", SQL)
    assert status == 0, said
    assert "Installed: distributed, duckdb and sqlglot." in said
