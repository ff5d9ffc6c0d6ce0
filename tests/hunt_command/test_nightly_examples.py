"""The examples of docs/nightly.md, run as cron and GitHub Actions run them, night after night."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from log_files import record, write
from waiting import PATIENCE

from workshop import places

DOCS = places.checkout() / "docs"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the examples are for shells of Unix")


@pytest.fixture
def kit(tmp_path):
    """A folder that looks like a checkout which start.py has set up, and the environment to run it in."""
    folder = tmp_path / "kit"
    (folder / "docs").mkdir(parents=True)
    shutil.copy(DOCS / "nightly-hunt.sh", folder / "docs")
    (folder / "start.py").write_text("import sys\nfrom workshop import cli\nsys.exit(cli.main(program='start.py'))\n")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "python3").symlink_to(sys.executable)
    # Beside the link there is no pyvenv.cfg: Python has to be told where the kit and its packages are.
    paths = os.pathsep.join([str(places.checkout()), *filter(None, sys.path)])
    return folder, {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(tmp_path / "home dir"), "PYTHONPATH": paths}


# What is delivered before each night, and the exit status of that night's hunt.
NIGHTS = [
    ({"1.json.gz": [record(1, userIdentity={"type": "Root"})]}, 0),
    ({"2.json.gz": [record(2, userIdentity={"type": "Root"}, eventName="DeleteLogGroup")]}, 3),
    ({}, 0),
    ({"3.json.gz": b"damaged"}, 4),
]


def test_the_line_for_cron_says_something_only_when_somebody_should_look(kit, tmp_path):
    """It mails what matches and what could not be read, with the place of the report; a quiet night mails nothing."""
    (line,) = re.findall(r"^    (?:[\d*]+ ){5}(.*)$", (DOCS / "nightly.md").read_text("utf-8"), re.MULTILINE)
    folder, environment = kit
    logs = tmp_path / "logs"
    line = line.replace("/srv/workshop", str(folder)).replace("s3://BUCKET/AWSLogs/", str(logs))
    for delivered, status in NIGHTS:
        logs.mkdir(exist_ok=True)
        write(logs, delivered)
        done = subprocess.run(
            ["/bin/sh", "-c", line], env=environment, capture_output=True, text=True, timeout=PATIENCE
        )
        assert (done.returncode, done.stderr) == (status, ""), done
        assert (done.stdout == "") == (status == 0)
        if status:
            report = Path(re.search(r": (/.*\.json)$", done.stdout, re.MULTILINE)[1])
            assert json.loads(report.read_text("utf-8"))["status"] == status
    assert f"skipped {logs / '3.json.gz'}: " in done.stdout
    reports = list((tmp_path / "home dir" / "hunts").glob("*Z-*.json"))
    assert reports
    assert all(path.stat().st_mode & 0o077 == 0 for path in reports)


def test_a_hunt_of_cron_that_fails_says_so(kit, tmp_path):
    folder, environment = kit
    command = [folder / "docs" / "nightly-hunt.sh", tmp_path / "no logs", tmp_path / "hunts"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert "failed" in done.stdout
    assert "no logs" in done.stdout
    assert list((tmp_path / "hunts").glob("*.json")) == []


def test_a_hunt_of_cron_that_is_interrupted_names_what_it_found(kit, tmp_path):
    """The next one does not report it again."""
    folder, environment = kit
    (folder / "start.py").write_text("print('{}')\nraise SystemExit(1)\n")
    command = [folder / "docs" / "nightly-hunt.sh", tmp_path / "logs", tmp_path / "hunts"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    (report,) = (tmp_path / "hunts").glob("*.json")
    assert f"What it found before: {report}\n" in done.stdout


def test_the_workflow_hands_the_state_from_night_to_night(kit, tmp_path):
    """Its steps run as Actions runs them: a new machine each night, `bash -e`, expressions filled in, a cache."""
    workflow = yaml.safe_load((DOCS / "nightly-hunt.yml").read_text("utf-8"))
    assert workflow[True]["schedule"] == [{"cron": "30 3 * * *"}]  # YAML 1.1 reads the key `on` as true
    folder, environment = kit
    logs, cache = tmp_path / "logs", tmp_path / "cache"
    for night, (delivered, status) in enumerate(NIGHTS):
        logs.mkdir(exist_ok=True)
        write(logs, delivered)
        machine = tmp_path / f"machine {night}"
        machine.mkdir()
        shutil.copy(folder / "start.py", machine)
        outcome, kept = _run(workflow, machine, cache, {**environment, "SOURCE": str(logs)})
        assert outcome == status
        report = json.loads((machine / "report.json").read_text())
        assert (report["status"], report["since_last"]["run"]) == (status, night + 1)
        assert kept == ["report.json", "state"]


def _run(workflow, machine, cache, environment):
    """Run the steps of the only job; return the exit status of the last one, and the paths that were kept, in order."""
    (job,) = workflow["jobs"].values()
    outputs, kept = {}, []
    for step in job["steps"]:
        if "run" in step:
            values = {name: _filled(str(value), outputs) for name, value in step.get("env", {}).items()}
            said = machine / f"output of {step['name']}"
            command = ["bash", "--noprofile", "--norc", "-e", "-c", step["run"]]
            done = subprocess.run(
                command,
                cwd=machine,
                env={**workflow["env"], **environment, **values, "GITHUB_OUTPUT": str(said)},
                timeout=PATIENCE,
            )
            if done.returncode:
                return done.returncode, kept
            if said.exists():
                lines = said.read_text().splitlines()
                outputs |= {
                    f"steps.{step['id']}.outputs.{name}": value
                    for name, value in (line.split("=", 1) for line in lines)
                }
        elif step["uses"].startswith("actions/cache/restore@") and cache.exists():
            shutil.copytree(cache, machine / step["with"]["path"])
        elif step["uses"].startswith("actions/cache/save@"):
            kept.append(step["with"]["path"])
            shutil.rmtree(cache, ignore_errors=True)
            shutil.copytree(machine / step["with"]["path"], cache)
        elif step["uses"].startswith("actions/upload-artifact@"):
            assert (machine / step["with"]["path"]).exists()
            kept.append(step["with"]["path"])
    return 0, kept


def _filled(text, outputs):
    """Return a text with its ${{ expressions }} replaced by the outputs of steps."""
    return re.sub(r"\$\{\{ (\S+) \}\}", lambda found: outputs[found[1]], text)
