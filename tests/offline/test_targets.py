"""The kinds of machines that an offline kit can be for."""

import pytest
from packaging.tags import parse_tag

from workshop.offline.targets import PYTHONS, Target, targets_of, this_machine


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("windows-x86_64-3.12", [Target("windows", "x86_64", (3, 12))]),
        ("macos-arm64", [Target("macos", "arm64", python) for python in PYTHONS]),
        ("linux-3.10", [Target("linux", machine, (3, 10)) for machine in ("x86_64", "arm64")]),
    ],
)
def test_what_a_target_leaves_out_means_all_of_it(text, targets):
    """A system alone is both processors with each Python; each part narrows it down."""
    assert list(targets_of(text)) == targets


def test_all_is_every_system_processor_and_python():
    """Three systems, two processors, six versions of Python."""
    assert len(set(targets_of("all"))) == 36


@pytest.mark.parametrize("text", ["win", "windows-3.9", "windows-3.99", "linux-riscv64", "macos-3.12-arm64", ""])
def test_an_unknown_target_is_answered_with_those_that_there_are(text):
    """The message shows how a target is written."""
    with pytest.raises(ValueError, match=r"is no target.*linux, macos or windows.*x86_64 or arm64.*macos-arm64"):
        list(targets_of(text))


RUNS_ON = [
    ("windows-x86_64-3.12", "cp312-cp312-win_amd64", True),
    ("windows-x86_64-3.12", "cp313-cp313-win_amd64", False),
    ("windows-x86_64-3.12", "cp312-cp312-win_arm64", False),
    ("windows-arm64-3.12", "py3-none-any", True),
    ("windows-arm64-3.12", "cp310-abi3-win_arm64", True),
    ("macos-arm64-3.14", "cp314-cp314-macosx_11_0_arm64", True),
    ("macos-arm64-3.14", "cp314-cp314-macosx_10_13_universal2", True),
    ("macos-arm64-3.14", "cp314-cp314-macosx_14_0_arm64", False),
    ("macos-x86_64-3.11", "cp311-cp311-macosx_10_9_x86_64", True),
    ("linux-x86_64-3.10", "cp310-cp310-manylinux2014_x86_64", True),
    ("linux-x86_64-3.10", "cp39-abi3-manylinux_2_5_x86_64", True),
    ("linux-x86_64-3.10", "cp310-cp310-manylinux_2_28_x86_64", True),
    ("linux-x86_64-3.10", "cp310-cp310-manylinux_2_34_x86_64", False),
    ("linux-x86_64-3.10", "cp310-cp310-musllinux_1_2_x86_64", False),
    ("linux-arm64-3.15", "cp315-cp315-manylinux_2_17_aarch64", True),
    ("linux-arm64-3.15", "cp315-cp315t-manylinux_2_17_aarch64", False),
]


@pytest.mark.parametrize(("text", "tag", "runs"), RUNS_ON)
def test_wheels_are_taken_that_run_on_older_releases_too(text, tag, runs):
    """Linux with glibc 2.28 and macOS 13 are the oldest; a free-threaded Python is not meant."""
    (target,) = targets_of(text)
    assert bool(target.tags() & parse_tag(tag)) is runs


def test_a_kind_of_machine_is_not_the_machine_here():
    """Others like this one may have an older release of the same Python."""
    here = this_machine()
    assert here.here
    assert "this machine" in str(here)
    assert Target(here.system, here.machine, here.python) != here
