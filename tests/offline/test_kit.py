"""The folder for a room without a network: what is in it, and what it says is missing."""

import os
import re
import shutil
import subprocess
import zipfile

import pytest
from package_index import package_index, wheel
from packaging.requirements import Requirement

from workshop import cli
from workshop.offline import checkout, kit
from workshop.offline.targets import Target

NEEDS_GIT = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")

# What the small kit of these tests needs: something that each system has for itself, and something built.
WHEELS = [
    wheel("root", "1.0", requires=["for-windows; sys_platform == 'win32'", "for-linux; sys_platform == 'linux'"]),
    wheel("for-windows", "1.0", tag="cp312-cp312-win_amd64"),
    wheel("for-linux", "1.0", tag="cp312-cp312-manylinux_2_28_x86_64"),
    wheel("built", "1.0", tag="cp312-cp312-manylinux2014_x86_64"),
    wheel("built", "1.0", tag="cp312-cp312-win_amd64"),
    wheel("built", "1.0", tag="cp312-cp312-macosx_11_0_arm64"),
    wheel("built", "2.0", tag="cp312-cp312-macosx_26_0_arm64"),
]


@pytest.fixture
def index(monkeypatch):
    """pip asks this index alone, whatever the machine's settings are."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setattr(kit, "requirements", lambda target: [Requirement("root"), Requirement("built>=1")])
    with package_index(WHEELS) as address:
        monkeypatch.setenv("PIP_INDEX_URL", address)
        yield address


def names(folder):
    return sorted(path.name for path in (folder / "wheels").iterdir())


def test_another_system_gets_what_only_it_needs(index, tmp_path, capsys):
    """And not what only this one needs, of which there is nothing for the other."""
    assert cli.main(["offline-kit", "--for", "windows-x86_64-3.12", str(tmp_path / "kit")]) == 0
    expected = ["built-1.0-cp312-cp312-win_amd64.whl", "for_windows-1.0-cp312-cp312-win_amd64.whl"]
    assert names(tmp_path / "kit") == [*expected, "root-1.0-py3-none-any.whl"]
    printed = capsys.readouterr().out
    assert re.search(r"^windows-x86_64-3\.12: 3 wheels, 0 MB$", printed, re.M)
    assert "missing" not in printed


def test_the_newest_version_that_runs_on_older_releases_is_taken(index, tmp_path):
    """There is a newer one, for macOS 26 only."""
    assert kit.build(tmp_path, ["macos-arm64-3.12"])
    assert "built-1.0-cp312-cp312-macosx_11_0_arm64.whl" in names(tmp_path)


def test_all_that_is_missing_is_named(index, tmp_path, monkeypatch, capsys):
    """pip stops at the first one. What is installed here, and has other wheels for each system, is asked for alone."""
    wanted = [Requirement("built"), Requirement("ipykernel")]
    monkeypatch.setattr(kit, "requirements", lambda target: wanted)
    assert not kit.build(tmp_path, ["windows-arm64-3.12"])
    missing = re.findall(r"missing: ([\w-]+): no version has a wheel for", capsys.readouterr().out)
    assert {"built", "debugpy", "pyzmq", "tornado"} <= set(missing)
    assert "traitlets" not in missing


def test_what_is_missing_is_named_with_the_reason(index, tmp_path, capsys):
    """The exit status is 1, and other targets are served all the same."""
    targets = ["--for", "windows-arm64-3.12", "--for", "linux-x86_64-3.12"]
    assert cli.main(["offline-kit", *targets, str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "missing: built: no version >=1 has a wheel for windows-arm64-3.12" in printed
    assert "missing: root" not in printed
    assert re.search(r"^linux-x86_64-3\.12: 3 wheels", printed, re.M)
    assert "cannot be installed from it on: windows-arm64-3.12." in printed
    readme = (tmp_path / "README.txt").read_text(encoding="utf-8")
    assert "built: no version >=1 has a wheel for windows-arm64-3.12" in readme


def test_what_pip_left_out_is_noticed(index, tmp_path, monkeypatch, capsys):
    """pip by itself judges markers by the machine that it runs on; the check does not believe it."""
    monkeypatch.setattr(Target, "environment", _own_markers_for_pip(Target.environment))
    assert not kit.build(tmp_path, ["windows-x86_64-3.12"])
    assert "missing: for-windows: there is no wheel of it (wanted by root)" in capsys.readouterr().out


def _own_markers_for_pip(environment):
    """Stand in for `Target.environment`: the first call, which is pip's, gets the markers of macOS."""
    calls = []

    def answer(self):
        calls.append(self)
        return environment(self if len(calls) > 1 else Target("macos", self.machine, self.python))

    return answer


def test_without_an_index_it_is_the_network_that_is_missing(index, tmp_path, monkeypatch, capsys):
    """Not each of the packages."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    assert cli.main(["offline-kit", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert re.fullmatch(r"workshop: pip could not download wheels: .*Check the network.*\n", said.err)
    assert "missing" not in said.out


def test_made_anew_it_holds_what_was_asked_for_last(index, tmp_path):
    """Wheels of earlier runs, and what a run left that was killed, go."""
    kit.build(tmp_path, ["windows-x86_64-3.12"])
    (tmp_path / "wheels" / "tmp123").mkdir()
    kit.build(tmp_path, ["linux-x86_64-3.12"])
    assert [name for name in names(tmp_path) if "win" in name or "tmp" in name] == []


def test_a_folder_with_something_else_in_it_is_left_alone(index, tmp_path, capsys):
    """It says what lies there."""
    (tmp_path / "thesis.txt").write_text("mine")
    assert cli.main(["offline-kit", str(tmp_path)]) == 1
    assert "thesis.txt" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_kit_needs_its_packages_those_of_notebook_06_and_what_builds_it():
    """Each as the target's markers have it; nothing of the extras for developers."""
    needs = {wanted.name: str(wanted.specifier) for wanted in kit.requirements(Target("linux", "x86_64", (3, 12)))}
    assert {"jupyterlab", "isal", "duckdb", "distributed", "sqlglot", "setuptools"} <= needs.keys()
    assert needs["ministack"].startswith("==")
    assert not {"pytest", "polars"} & needs.keys()
    assert "isal" not in {wanted.name for wanted in kit.requirements(Target("windows", "arm64", (3, 12)))}


# ---------------------------------------------------------------- the checkout


@pytest.fixture
def small_checkout(tmp_path):
    """A folder with files that belong to the kit, and files that do not."""
    folder = tmp_path / "my kit"
    for name in ("start.py", "data/a.json.gz", ".ci/run", ".venv/bin/python", "my_answers/x.py", "a.egg-info/PKG"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / ".gitignore").write_text(".venv/\nmy_answers/\n*.egg-info/\n")
    return folder


KIT = [".ci/run", ".gitignore", "data/a.json.gz", "start.py"]


def zipped(folder, target):
    target.parent.mkdir(exist_ok=True)
    checkout.write_zip(folder, target)
    with zipfile.ZipFile(target) as archive:
        return [name.removeprefix("cloudtrail-workshop/") for name in archive.namelist()]


def test_without_git_what_gitignore_names_is_left_out(small_checkout, tmp_path):
    """An environment, answers, what a build left."""
    assert zipped(small_checkout, tmp_path / "out" / "kit.zip") == KIT


@NEEDS_GIT
def test_with_git_what_git_tracks_is_taken_as_it_lies_there(small_checkout, tmp_path):
    """Changes that are not committed, too; not what git does not know, and not what was deleted."""
    git = ["git", "-C", str(small_checkout)]
    (small_checkout / "deleted.py").write_text("")
    for command in (["init", "--quiet"], ["add", "."]):
        subprocess.run([*git, *command], check=True)
    (small_checkout / "deleted.py").unlink()
    (small_checkout / "notes.txt").write_text("mine")
    (small_checkout / "start.py").write_text("changed")
    assert zipped(small_checkout, tmp_path / "out" / "kit.zip") == KIT
    with zipfile.ZipFile(tmp_path / "out" / "kit.zip") as archive:
        assert archive.read("cloudtrail-workshop/start.py") == b"changed"


@NEEDS_GIT
def test_in_somebody_else_s_repository_the_kit_s_own_files_are_taken(small_checkout, tmp_path):
    """It was unpacked into a folder that belongs to another repository, which tracks none of it."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    assert zipped(small_checkout, tmp_path / "out" / "kit.zip") == KIT


def test_the_folder_that_is_being_made_does_not_go_into_itself(small_checkout):
    """Also when it lies in the checkout, under a name that git does not ignore."""
    (small_checkout / "stick").mkdir()
    (small_checkout / "stick" / "old.whl").write_text("")
    assert zipped(small_checkout, small_checkout / "stick" / "kit.zip") == KIT
