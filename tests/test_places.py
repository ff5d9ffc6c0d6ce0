"""Where the kit's files lie, and what people type to run its commands."""

import stat
import sys

import pytest

from workshop import places


@pytest.mark.parametrize(
    ("platform", "typed"),
    [("linux", "python3 start.py doctor"), ("darwin", "python3 start.py doctor"), ("win32", "py start.py doctor")],
)
def test_in_the_environment_of_start_py_commands_go_through_it(monkeypatch, platform, typed):
    """No shell finds `workshop` in .venv, and Windows has no python3."""
    monkeypatch.setattr(sys, "prefix", str(places.checkout() / ".venv"))
    monkeypatch.setattr(sys, "platform", platform)
    assert places.command("doctor") == typed


def test_in_another_environment_the_shell_finds_the_command(monkeypatch, tmp_path):
    """Conda's environment, say, has `workshop` on the path; start.py would make a second one."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "conda" / "envs" / "cloudtrail-workshop"))
    assert places.command("doctor --aws") == "workshop doctor --aws"


def test_a_file_is_written_whole_and_for_this_user_alone(tmp_path):
    """New content takes the place of the old at once; an attempt that fails leaves nothing behind."""
    file = places.write(tmp_path / "a.json", "old")
    assert places.write(file, b"new").read_text() == "new"
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        places.write(tmp_path / "folder", "newer")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "folder"]
