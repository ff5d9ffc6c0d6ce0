"""Packages that only notebook 06 needs: installed when it is first opened, asked for clearly when they are missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from package_index import package_index, wheel
from packaging.requirements import Requirement

from workshop import extras, places
from workshop.extras import ExtraNotInstalled, install_extra
from workshop.hunting import athena
from workshop.hunting.hunt import hunt

TINY = wheel("tiny", "1.0")


class Environment:
    """A Python environment of its own, in which the extra `scale` is the package `tiny`."""

    def __init__(self, folder):
        self.folder = Path(folder)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        self.python = self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def has_tiny(self):
        return subprocess.run([self.python, "-c", "import tiny"], capture_output=True).returncode == 0

    def clear(self):
        for path in [*self.folder.rglob("tiny*"), self.folder / "wheels-options.txt"]:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Environment(tmp_path_factory.mktemp("made") / "an environment")


@pytest.fixture
def environment(made, monkeypatch):
    made.clear()
    monkeypatch.setattr(extras, "requirements_of", lambda extra: [Requirement("tiny>=1")])
    monkeypatch.setattr(sys, "executable", str(made.python))
    monkeypatch.setattr(sys, "prefix", str(made.folder))
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")  # nothing answers there
    monkeypatch.setenv("PIP_RETRIES", "1")
    return made


@pytest.fixture
def index(environment, monkeypatch):
    with package_index([TINY]) as address:
        monkeypatch.setenv("PIP_INDEX_URL", address)
        yield address


def came_from(environment, folder):
    """Write down, as start.py does, that the kit was installed from a folder of wheels."""
    options = f"--no-index\n--find-links={folder}\n"
    (environment.folder / "wheels-options.txt").write_text(options, encoding="utf-8")


def test_it_says_what_it_needs_and_how_much_that_is_then_installs_it(environment, index, capsys):
    """A line before, one for each step, one at the end."""
    install_extra("scale")
    first, *steps, last = capsys.readouterr().out.splitlines()
    assert first == "Notebook 06 needs tiny: about 30 MB to download, 90 MB on disk."
    assert "Collecting tiny>=1" in steps
    assert last == "Installed: tiny."
    assert environment.has_tiny()


def test_what_is_there_is_left_alone(monkeypatch, capsys):
    """Nothing is said and pip is not asked: this environment, for the tests, has the extra."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    install_extra("scale")
    assert capsys.readouterr().out == ""


def test_a_version_that_does_not_serve_counts_as_missing(monkeypatch):
    """pip replaces it."""
    monkeypatch.setattr(extras, "requirements_of", lambda extra: [Requirement("packaging<1"), Requirement("packaging")])
    assert [str(wanted) for wanted in extras.missing_of("scale")] == ["packaging<1"]


def test_after_a_set_up_from_wheels_they_are_asked_and_no_network(environment, tmp_path, monkeypatch):
    """Also where the machine's own settings name another place, or a proxy."""
    folder = tmp_path / "the stick" / "wheels"
    folder.mkdir(parents=True)
    (folder / TINY[0]).write_bytes(TINY[1])
    came_from(environment, folder)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with package_index([wheel("tiny", "2.0")]) as elsewhere:
        monkeypatch.setenv("PIP_FIND_LINKS", f"{elsewhere}tiny/")
        install_extra("scale")
    assert environment.has_tiny()
    assert [path.name for path in environment.folder.rglob("tiny-*.dist-info")] == ["tiny-1.0.dist-info"]


@pytest.mark.parametrize("place", ["the stick/wheels", "http://127.0.0.1:9/wheels/"])
def test_at_home_without_the_stick_the_network_serves(environment, index, tmp_path, capsys, place):
    """It says that the place has gone."""
    came_from(environment, place if "http" in place else tmp_path / place)
    install_extra("scale")
    assert environment.has_tiny()
    assert "are not there now; asking pip's usual index" in capsys.readouterr().out


def test_without_network_it_says_so_in_one_line(environment, capsys):
    """What failed, why, what to do, and that the rest works."""
    with pytest.raises(RuntimeError) as failure:
        install_extra("scale")
    reason = "it could not reach its package index"
    assert f"pip could not install tiny ({reason}). Connect to the network and try again." in str(failure.value)
    assert "\n" not in str(failure.value)


def test_what_pip_does_not_find_is_its_reason(environment, index, monkeypatch):
    """The index is there, the package is not."""
    monkeypatch.setattr(extras, "requirements_of", lambda extra: [Requirement("tiny>=7")])
    with pytest.raises(RuntimeError, match=r"\(No matching distribution found for tiny>=7\)"):
        install_extra("scale")


def test_an_unknown_extra_is_answered_with_those_that_there_are():
    """A kit that was updated and not installed anew is one reason."""
    with pytest.raises(ValueError, match=r"no extra 'scales', only: .*scale.*start\.py install"):
        install_extra("scales")


@pytest.mark.parametrize("module", ["duckdb", "sqlglot"])
def test_sql_without_its_packages_says_what_to_run(monkeypatch, module):
    """In one line, with the package that is missing."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ExtraNotInstalled, match=rf'^athena\.run_here needs {module}\. .*install_extra\("scale"\)`.*$'):
        athena.run_here(places.data())


def test_a_cluster_without_its_package_says_what_to_run(monkeypatch):
    """Nobody without the package has a client, so what is given is something else."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ExtraNotInstalled, match=r"^hunt\(scheduler=\.\.\.\) needs distributed\. .*install_extra"):
        hunt(places.data(), lambda record: False, scheduler="tcp://127.0.0.1:8786")
