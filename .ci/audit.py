#!/usr/bin/env python3
"""Ask PyPI for known vulnerabilities of the packages in .venv: `make audit`. It is no part of the tests or of CI's run.

pip-audit runs in an environment of its own, .audit. Exit status: 0 none is known; 1 some are, and are listed; 3 not all
packages could be asked about, so that nothing is known of those.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
# A line each: the advisory's id, the day until which it is excepted, and why: `GHSA-… 2027-01-31 nothing calls it`.
EXCEPTIONS = HERE / "audit-exceptions.txt"
KIT = "cloudtrail-workshop"


def exceptions(lines: Iterable[str]) -> dict[str, tuple[datetime.date, str]]:
    """Return the day and the reason of each excepted advisory. Raises: ValueError for a line of another form."""
    found = {}
    for line in lines:
        words = line.split(maxsplit=2)
        if not words or line.startswith("#"):
            continue
        try:
            advisory, day, reason = words
            found[advisory] = datetime.date.fromisoformat(day), reason.strip()
        except ValueError as error:
            raise ValueError(
                f"{EXCEPTIONS.name} needs an advisory, a day and a reason a line, not: {line!r}"
            ) from error
    return found


def judge(
    report: dict[str, Any], excepted: dict[str, tuple[datetime.date, str]], today: datetime.date
) -> tuple[list[str], int]:
    """Return what to say of pip-audit's report, a line each, and the exit status."""
    said, status = [], 0
    for package in report["dependencies"]:
        name = package["name"]
        if "skip_reason" in package and name != KIT:
            said.append(f"not asked about: {name}: {package['skip_reason']}")
            status = status or 3
        for vulnerability in package.get("vulns", ()):
            ids = [vulnerability["id"], *vulnerability.get("aliases", ())]
            until, reason = next((excepted[each] for each in ids if each in excepted), (None, ""))
            what = f"{name} {package['version']}: {', '.join(ids)}"
            if until and today <= until:
                said.append(f"excepted until {until}: {what}: {reason}")
                continue
            fixed = ", ".join(vulnerability.get("fix_versions", ())) or "no version yet"
            said.append(f"known: {what}, mended in {fixed}" + (f" (excepted until {until})" if until else ""))
            status = 1
    return said, status


def main() -> int:
    """Ask, say what is known, and return the exit status."""
    inside = Path("Scripts" if os.name == "nt" else "bin")
    python = HERE.parent / ".venv" / inside / "python"
    auditor = HERE.parent / ".audit" / inside / "python"
    if not auditor.exists():
        subprocess.run([sys.executable, "-m", "venv", str(auditor.parents[1])], check=True)
        subprocess.run([str(auditor), "-m", "pip", "install", "--quiet", "pip-audit>=2.10,<3"], check=True)
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([str(python), "-c", where], capture_output=True, text=True, check=True).stdout.strip()
    options = ["--path", packages, "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run([str(auditor), "-m", "pip_audit", *options], capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["(nothing)"])[-1]
        print(f"Nothing is known: pip-audit ended with status {done.returncode} and said: {last}", file=sys.stderr)
        return 3
    excepted = exceptions(EXCEPTIONS.read_text(encoding="utf-8").splitlines())
    said, status = judge(report, excepted, datetime.datetime.now(datetime.timezone.utc).date())
    print("\n".join([*said, f"{len(report['dependencies'])} packages looked at"]))
    return status


if __name__ == "__main__":
    sys.exit(main())
