"""The doctor: whether this machine, and on request an AWS account, is ready for the workshop.

workshop doctor [--fix]                                            this machine
workshop doctor --aws [--profile P] [--region R] [--stack S]       and the AWS account of these credentials
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from workshop.cloud.connection import REGION, STACK
from workshop.cloud.doctor import account, machine, repairs
from workshop.cloud.doctor.findings import Diagnosis, Finding, note, to_do


def doctor(
    target: str | None = None,
    *,
    fix: bool = False,
    profile: str | None = None,
    region: str = REGION,
    stack: str = STACK,
) -> Diagnosis:
    """Look at all that the workshop needs and return the Diagnosis: a line for each thing, and what to do about it.

    target  "local" (the default): this machine. "aws": then also the account of the AWS credentials on this machine,
            or of `profile`. Nothing is changed there but for one data point of a metric of its own, which shows whether
            CloudWatch takes the stack's namespace.
    fix     repair what can be repaired on this machine: an emulator, or a stack in it, that cannot be used, is made
            anew, empty; damaged files with progress or answers are kept under other names.

    It raises nothing for what it finds.
    """
    if target not in (None, "local", "aws"):
        raise ValueError(f'doctor() knows the targets "local" and "aws", not {target!r}.')
    checks: dict[str, Callable[[], Finding]] = {
        "Python": machine.python,
        "packages": machine.packages,
        "port": machine.port,
        "disk": machine.disk,
        "kept files": repairs.kept_files,
        "emulator": machine.local_emulator,
        "local stack": partial(machine.local_stack, region=region, name=stack),
    }
    findings = [_repaired(name, check) if fix else _checked(name, check) for name, check in checks.items()]
    if target == "aws":
        findings += _account(profile=profile, region=region, stack=stack)
    return Diagnosis(findings)


def _account(**where: Any) -> Iterator[Finding]:
    finding, cloud = account.credentials(**where)
    yield finding
    if cloud is None:
        yield note("account", "not looked at: that needs credentials")
        return
    for name, check in account.CHECKS.items():
        yield _checked(name, check, cloud)


def _repaired(name: str, check: Callable[[], Finding]) -> Finding:
    """Return a check's finding; if there is something to do that can be done here, after it was done."""
    finding, repair = _checked(name, check), repairs.REPAIRS.get(name)
    if finding.state != "to do" or repair is None:
        return finding
    try:
        done = repair()
    except Exception as error:
        return replace(finding, found=f"{finding.found} (not repaired: {error})")
    after = _checked(name, check)
    return replace(after, found=f"repaired: {finding.found} -> {done}. Now: {after.found}")


def _checked(name: str, check: Callable[..., Finding], /, *arguments: Any, **options: Any) -> Finding:
    """Return a check's finding; what stops a check is a finding too."""
    try:
        return check(*arguments, **options)
    except Exception as error:
        reason = f"could not be looked at: {' '.join(str(error).split()) or type(error).__name__}"
        return to_do(name, reason, "see the reason, put it right, run the doctor again")
