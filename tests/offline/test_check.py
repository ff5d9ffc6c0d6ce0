"""What is missing among the wheels for a machine: found by walking their metadata."""

import zipfile
from pathlib import Path

import pytest
from package_index import wheel as wheel_file
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import parse_tag
from packaging.version import Version

from workshop.offline.check import Wheel, missing_for, read_wheel
from workshop.offline.targets import targets_of

(WINDOWS,) = targets_of("windows-x86_64-3.12")
(LINUX,) = targets_of("linux-x86_64-3.12")


def wheel(name, version="1.0", requires=(), tag="py3-none-any", python=""):
    tags, path = parse_tag(tag), Path(f"{name}-{version}-{tag}.whl")
    return Wheel(path, name, Version(version), tags, SpecifierSet(python), tuple(map(Requirement, requires)))


def missing(target, *wheels, roots=("root",)):
    return {each.name: each.reason for each in missing_for(target, map(Requirement, roots), wheels)}


def test_nothing_is_missing_when_each_requirement_has_its_wheel():
    """Names are compared as pip does, and packages that require each other end the walk."""
    assert missing(WINDOWS, wheel("root", requires=["Some_Thing>=1"]), wheel("some-thing", requires=["root"])) == {}


def test_what_only_windows_needs_is_missing_for_windows_only():
    """Markers are those of the target, not of the machine that looks."""
    terminal = wheel("root", requires=["pywinpty; os_name == 'nt'", "ptyprocess; os_name != 'nt'"])
    assert missing(WINDOWS, terminal) == {"pywinpty": "there is no wheel of it (wanted by root)"}
    assert missing(LINUX, terminal) == {"ptyprocess": "there is no wheel of it (wanted by root)"}


@pytest.mark.parametrize(
    ("there", "reason"),
    [
        (wheel("numpy", "1.26"), "its wheel is 1.26, not >=2 (wanted by root)"),
        (wheel("numpy", "2.0", tag="cp312-cp312-manylinux2014_x86_64"), "is for other machines (wanted by root)"),
        (wheel("numpy", "2.0", tag="cp313-cp313-win_amd64"), "is for other machines (wanted by root)"),
        (wheel("numpy", "2.0", python=">=3.12.4"), "needs Python >=3.12.4 (wanted by root)"),
    ],
)
def test_a_wheel_that_does_not_serve_is_missing_with_the_reason(there, reason):
    """Another version, another system, another Python: also a later release of the same one."""
    assert missing(WINDOWS, wheel("root", requires=["numpy>=2"]), there)["numpy"].endswith(reason)


def test_extras_are_followed():
    """`moto[server]` needs what `moto` needs, and what it lists for its extra."""
    moto = wheel("moto", requires=["boto3", "flask; extra == 'server'", "docker; extra == 'awslambda'"])
    assert set(missing(LINUX, moto, roots=["moto[server]"])) == {"boto3", "flask"}
    assert set(missing(LINUX, wheel("root", requires=["moto", "moto[server]"]), moto)) == {"boto3", "flask"}


def test_a_wheel_s_own_metadata_is_read(tmp_path):
    """Not that of packages which it carries inside."""
    inside = {"bleach/_vendor/html5lib-1.1.dist-info/METADATA": "Name: html5lib\nRequires-Dist: six\n"}
    name, data = wheel_file("bleach", "6.0", inside, requires=["webencodings"])
    (tmp_path / name).write_bytes(data)
    found = read_wheel(tmp_path / name)
    assert (found.name, str(found.version)) == ("bleach", "6.0")
    assert [requirement.name for requirement in found.requirements] == ["webencodings"]


def test_a_damaged_wheel_is_named(tmp_path):
    """Its download was cut short, say."""
    name, data = wheel_file("tiny", "1.0")
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match=r"tiny-1\.0-py3-none-any\.whl is not a whole wheel"):
        read_wheel(tmp_path / name)
    with zipfile.ZipFile(tmp_path / name, "w"):
        pass
    with pytest.raises(ValueError, match="is not a whole wheel"):
        read_wheel(tmp_path / name)
