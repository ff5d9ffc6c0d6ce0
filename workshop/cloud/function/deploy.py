"""An attendee's functions into the Lambda function: packaged, rehearsed, shown as a diff, uploaded, confirmed."""

import difflib
import html
import linecache
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from workshop.attendee_code import packaging
from workshop.attendee_code.call_slips import slip
from workshop.attendee_code.knowing import asks_for_knowledge
from workshop.cloud.cloud import Cloud
from workshop.cloud.console import function_url
from workshop.cloud.function.deployed_code import deployed_source, put_code
from workshop.cloud.function.rehearsal import rehearse
from workshop.display.links import Links
from workshop.display.progress import ProgressLine
from workshop.logs.knowledge import Known

_LONGEST_LINE = 200  # characters


class Deployment:
    """What became of a deployment.

    deployed            True if the function now runs this code
    reason              why not, if not
    diff                the change, as a unified diff against what was deployed before ("" if nothing changes)
    code_sha256         the hash of the deployed code as Lambda states it, or None
    functions           the names of the functions that were carried over
    analysis_functions  the names of those that see every record, in their order
    warnings            what the attendee should know although the code was deployed
    links               on AWS, where the console shows the function
    """

    def __init__(
        self,
        reason: str | None = None,
        package: packaging.Package | None = None,
        diff: str = "",
        warnings: Iterable[str] = (),
        links: Links | None = None,
    ) -> None:
        self.deployed = reason is None
        self.reason = reason
        self.diff = diff
        self.code_sha256 = package.code_sha256 if package and self.deployed else None
        self.functions = tuple(package.functions) if package else ()
        self.analysis_functions = tuple(package.analysis_functions) if package else ()
        self.warnings = list(warnings)
        self.links = links or Links()

    @property
    def _summary(self) -> str:
        if self.code_sha256 is None:
            return f"Not deployed: {self.reason}"
        seen_by = ", ".join(self.analysis_functions) or "no function"
        change = "" if self.diff else " It is the code that was there already."
        return (
            f"Deployed {', '.join(self.functions)} (code hash {self.code_sha256[:12]}…, confirmed by Lambda). "
            f"Each record is now seen by: {seen_by}.{change}"
        )

    def __str__(self) -> str:
        links = [str(self.links)] if self.links else []
        parts = [self._summary, *links, *(f"Warning: {warning}" for warning in self.warnings), self.diff]
        return "\n".join(parts).rstrip()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        warnings = "".join(f"<li>{html.escape(warning)}</li>" for warning in self.warnings)
        diff = "".join(_coloured(line) for line in self.diff.splitlines())
        return (
            f"<p><strong>{html.escape(self._summary)}</strong></p>"
            + (self.links._repr_html_() if self.links else "")
            + (f"<p>Warnings:</p><ul>{warnings}</ul>" if warnings else "")
            + (f"<details open><summary>The change</summary><pre>{diff}</pre></details>" if diff else "")
        )


def deploy(
    cloud: Cloud,
    *functions: Callable[..., Any],
    analysis_functions: Sequence[str] | None = None,
    known: Any = None,
    warnings: Iterable[str] = (),
    progress: ProgressLine | None = None,
) -> Deployment:
    """Put the given functions into the analyzer and the analyzer into the Lambda function; return the Deployment.

    Before anything is uploaded, the code is packaged with the module-level names that the functions use (names that
    Lambda lacks are refused) and run on sample records in a process of its own. What fails there becomes the reason;
    nothing is raised. Stubs are left out. A detector `f(record, known)` is deployed with what `known` holds now, which
    `learn` returns; without `known` it is left out, with a warning. `analysis_functions` names the functions that see
    every record, as for `packaging.package`. `warnings` are handed through to the Deployment.
    """
    if not isinstance(cloud, Cloud):
        given = getattr(cloud, "__name__", "*saved_answers()")
        return Deployment(f"the connection comes first: deploy(cloud, {given}), after cloud = connect().")
    wrong = next(filter(None, (slip("deploy(cloud, {})", function, several=True) for function in functions)), None)
    if wrong:
        return Deployment(wrong)
    progress = progress or ProgressLine()
    attempted = [function for function in functions if not packaging.is_stub(function)]
    asking = [getattr(function, "__name__", "A detector") for function in attempted if asks_for_knowledge(function)]
    notes = list(warnings)
    if asking and known is None:
        attempted = [function for function in attempted if not asks_for_knowledge(function)]
        notes.append(_without_knowledge(asking))
    elif asking:
        notes.append(f"{', '.join(asking)} knows what was known just now, and learns nothing new in Lambda.")
    if known is not None and not isinstance(known, Known):
        return Deployment(f"known= takes what learn(records, inventory) returns; got {type(known).__name__}.")
    if asking and not attempted:
        return Deployment(_without_knowledge(asking))
    if not attempted:
        given = ", ".join(getattr(function, "__name__", repr(function)) for function in functions)
        why = f"{given}: not written yet" if given else "no functions were given"
        return Deployment(f"nothing to deploy ({why}). Solve an exercise, then deploy(cloud, *saved_answers()).")
    try:
        package = packaging.package(*attempted, analysis_functions=analysis_functions, known=known)
    except packaging.PackagingError as refusal:
        return Deployment(f"{refusal}{_in_cell(refusal)}")
    deployment = _rehearsed_and_uploaded(cloud, package, notes, progress)
    progress.done(f"Deployed after {progress.seconds:.1f} s." if deployment.deployed else "Not deployed.")
    return deployment


def _rehearsed_and_uploaded(
    cloud: Cloud, package: packaging.Package, notes: list[str], progress: ProgressLine
) -> Deployment:
    progress.say("Rehearsing the code on sample records ...")
    rehearsal = rehearse(package)
    if rehearsal.problem:
        return Deployment(f"{rehearsal.problem}. Nothing was changed in the cloud.", package)
    before = deployed_source(cloud)
    notes += rehearsal.warnings
    if before is None:
        before = packaging.starter().source
        notes.append("The deployed code could not be fetched; the change is shown against the starter.")
    diff = _diff(before, package.source)
    progress.say("Uploading the code and waiting until Lambda runs it ...")
    try:
        confirmed = put_code(cloud, package.zip)
    except (ClientError, BotoCoreError, WaiterError) as error:
        return Deployment(f"Lambda did not take the code: {error}", package, diff, notes)
    if confirmed != package.code_sha256:
        reason = f"Lambda runs code with the hash {confirmed}, not {package.code_sha256}: did someone else deploy?"
        return Deployment(reason, package, diff, notes)
    links = Links({"function": function_url(cloud)} if cloud.target == "aws" else {})
    return Deployment(None, package, diff, notes, links)


def _without_knowledge(names: Sequence[str]) -> str:
    return (
        f"{', '.join(names)} takes (record, known) and was left out. To deploy it: known = learn(records, inventory), "
        "then deploy(cloud, ..., known=known)."
    )


def _in_cell(refusal: packaging.PackagingError) -> str:
    """Say in which line of the attendee's cell the reason for a refusal lies, if that is known."""
    line = linecache.getline(refusal.filename, refusal.line).strip() if refusal.filename and refusal.line else ""
    return f" (Line {refusal.line} of the cell: {line})" if line else ""


def _diff(before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), "deployed before", "deployed now", lineterm="", n=2
    )
    return "\n".join(map(_shortened, lines))


def _shortened(line: str) -> str:
    """Return a line of a diff with its middle left out where it is too long to read: what a detector knows, mostly."""
    return line if len(line) <= _LONGEST_LINE else f"{line[:100]} … ({len(line) - 110:,} characters) … {line[-10:]}"


def _coloured(line: str) -> str:
    """Return a line of a diff as HTML: coloured, with its sign kept for people who do not see colours."""
    ground = {"+": "#d9f2e6", "-": "#fbe0d0", "@": "#e8eef7"}.get(line[:1])
    style = f" style='background:{ground}; color:#111'" if ground else ""
    return f"<span{style}>{html.escape(line)}</span>\n"
