"""start.py on machines that lack something, and its second run."""

import ast
import importlib.util
import os
import subprocess
import sys

import pytest

from workshop import places


@pytest.fixture
def start(tmp_path, monkeypatch):
    """start.py as a module, working in an empty folder with a small project of its own."""
    spec = importlib.util.spec_from_file_location("start", places.checkout() / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    inside = os.path.relpath(module.PYTHON, module.VENV)
    monkeypatch.setattr(module, "HERE", str(tmp_path))
    monkeypatch.setattr(module, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(module, "PYTHON", str(tmp_path / ".venv" / inside))
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    return module


def write_program(path, text):
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)
    return str(path)


def test_it_can_be_read_by_a_python_that_is_too_old():
    """The grammar of Python 3.4 is enough to be told what to install."""
    ast.parse((places.checkout() / "start.py").read_text(encoding="utf-8"), feature_version=(3, 4))


def test_a_machine_with_only_an_old_python_is_told_what_to_install(start, monkeypatch, capsys):
    """One line says which versions serve and where to get one; the exit status is 1."""
    monkeypatch.setattr(start.sys, "version_info", (3, 8, 1, "final", 0))
    monkeypatch.setattr(start.shutil, "which", lambda name: None)
    assert start.main(["demo"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "This is Python 3.8; the workshop needs 3.10 to 3.13" in line


def test_an_old_python_hands_over_to_a_newer_one_on_the_path(start, monkeypatch):
    """The newest supported version on the PATH is taken."""
    monkeypatch.setattr(start.sys, "version_info", (3, 8, 1, "final", 0))
    monkeypatch.setattr(start.shutil, "which", lambda name: sys.executable if name == "python3.11" else None)
    assert start.suitable_python() == sys.executable


@pytest.mark.skipif(os.name == "nt", reason="stands in for Python with a script that has a #! line")
def test_a_python_without_venv_is_told_what_to_install(start, tmp_path, monkeypatch, capsys):
    """Debian's Python comes without venv: the line names the package to install."""
    bare = write_program(tmp_path / "bare-python", "import sys; sys.exit('venv' in sys.argv[-1])")
    monkeypatch.setattr(start, "suitable_python", lambda: bare)
    assert start.main(["demo"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "sudo apt install python3-venv" in line


def test_a_failed_installation_shows_why_and_is_tried_again(start, capsys):
    """pip's own last lines are shown; nothing is marked as installed."""
    start.make_venv()
    assert start.main(["demo"]) == 1
    message = capsys.readouterr().err
    assert "pip could not install the packages" in message
    assert "backend" in message
    with pytest.raises(start.CannotStart):
        start.install("")


def test_a_second_run_installs_nothing(start, tmp_path, monkeypatch):
    """Once pyproject.toml has been installed, pip is not asked again until it changes."""
    asked = []
    monkeypatch.setattr(start, "run_showing_progress", asked.append)
    (tmp_path / ".venv").mkdir()
    start.install("")
    start.install("")
    assert len(asked) == 1
    (tmp_path / "pyproject.toml").write_text("changed")
    start.install("")
    assert len(asked) == 2


def test_a_broken_environment_is_made_anew(start):
    """A .venv whose Python has gone (an upgrade, a moved folder) is replaced."""
    os.makedirs(os.path.dirname(start.PYTHON))
    start.make_venv()
    assert subprocess.run([start.PYTHON, "-c", "print(42)"], capture_output=True, text=True).stdout == "42\n"


def test_an_unknown_word_is_bad_usage(start, capsys):
    """The answer lists what can be run."""
    assert start.main(["labb"]) == 2
    assert "lab" in capsys.readouterr().err
