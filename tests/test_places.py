"""Where the kit's files lie, and what people type to run its commands."""

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
