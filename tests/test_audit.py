"""`make audit`: what is said of pip-audit's report, and what an exception does. pip-audit itself is not run here."""

import datetime
import importlib.util
import json
import os
import sys

import pytest

from workshop import places

TODAY = datetime.date(2026, 11, 29)
TINY = {"name": "tiny", "version": "1.0"}
FOUND = {"id": "PYSEC-2026-1", "aliases": ["GHSA-xxxx"], "fix_versions": ["2.0"], "description": "…"}


@pytest.fixture(scope="module")
def audit():
    spec = importlib.util.spec_from_file_location("audit", places.checkout() / ".ci" / "audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def report(*packages):
    return {"dependencies": [{"name": "cloudtrail-workshop", "skip_reason": "not on PyPI"}, *packages], "fixes": []}


def test_nothing_is_known(audit):
    """The kit itself is on no index."""
    assert audit.judge(report(TINY | {"vulns": []}), {}, TODAY) == ([], 0)


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("", 1, "known: tiny 1.0: PYSEC-2026-1, GHSA-xxxx, mended in 2.0"),
        (
            "GHSA-xxxx 2026-11-29 not reached",
            0,
            "excepted until 2026-11-29: tiny 1.0: PYSEC-2026-1, GHSA-xxxx: not reached",
        ),
        ("GHSA-xxxx 2026-11-28 not reached", 1, "mended in 2.0 (excepted until 2026-11-28)"),
        ("GHSA-other 2026-12-31 not reached", 1, "known: tiny 1.0"),
    ],
    ids=["known", "excepted", "excepted until yesterday", "another"],
)
def test_an_exception_has_an_end(audit, line, status, said):
    """It counts under each of the advisory's names, up to its day."""
    excepted = audit.exceptions(["# a remark", line])
    lines, found = audit.judge(report(TINY | {"vulns": [FOUND]}), excepted, TODAY)
    assert found == status
    assert said in lines[0]


def test_what_could_not_be_asked_about_is_said(audit):
    """Then nothing is known of it: that is neither well nor a finding."""
    lines, status = audit.judge(report({"name": "tiny", "skip_reason": "no answer"}), {}, TODAY)
    assert (lines, status) == (["not asked about: tiny: no answer"], 3)


@pytest.mark.parametrize("line", ["GHSA-xxxx", "GHSA-xxxx 2026-11-29", "GHSA-xxxx soon not reached"])
def test_an_exception_without_a_day_or_a_reason_is_refused(audit, line):
    """Each has both."""
    with pytest.raises(ValueError, match="an advisory, a day and a reason"):
        audit.exceptions([line])


def test_the_kits_own_exceptions_can_be_read(audit):
    """Whatever stands in the file."""
    audit.exceptions(audit.EXCEPTIONS.read_text(encoding="utf-8").splitlines())


@pytest.mark.skipif(os.name == "nt", reason="its stand-in for pip-audit is a shell script")
@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        (
            f"echo '{json.dumps(report({'name': 'tiny', 'version': '1.0', 'vulns': [FOUND]}))}'; exit 1",
            1,
            "known: tiny",
        ),
        (f"echo '{json.dumps(report())}'", 0, "1 packages looked at"),
        ("echo 'ERROR: no answer from the source' >&2; exit 1", 3, "status 1 and said: ERROR: no answer from"),
    ],
    ids=["known", "nothing", "no answer"],
)
def test_the_command_says_it_by_its_exit_status(audit, tmp_path, monkeypatch, capsys, command, status, said):
    """A source that does not answer is no finding: nothing is known then."""
    for name, line in ((".venv", f'exec "{sys.executable}" "$@"'), (".audit", command)):
        python = tmp_path / name / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        python.chmod(0o755)
    monkeypatch.setattr(audit, "HERE", tmp_path / ".ci")
    assert audit.main() == status
    assert said in "".join(capsys.readouterr())
