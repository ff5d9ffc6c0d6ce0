"""An attendee's functions into the Lambda function: packaged, rehearsed, shown as a diff, uploaded, confirmed."""

import difflib
import html
import linecache

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from workshop.attendee_code import packaging
from workshop.cloud.console import Links, function_url
from workshop.cloud.function.deployed_code import deployed_source, function_name
from workshop.cloud.function.rehearsal import rehearse
from workshop.display.waiting_line import ProgressLine


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

    def __init__(self, reason=None, package=None, diff="", warnings=(), links=None):
        self.deployed = reason is None
        self.reason = reason
        self.diff = diff
        self.code_sha256 = package.code_sha256 if package and self.deployed else None
        self.functions = tuple(package.functions) if package else ()
        self.analysis_functions = tuple(package.analysis_functions) if package else ()
        self.warnings = list(warnings)
        self.links = links or Links()

    @property
    def _summary(self):
        if not self.deployed:
            return f"Not deployed: {self.reason}"
        seen_by = ", ".join(self.analysis_functions) or "no function"
        change = "" if self.diff else " It is the code that was there already."
        return (
            f"Deployed {', '.join(self.functions)} (code hash {self.code_sha256[:12]}…, confirmed by Lambda). "
            f"Each record is now seen by: {seen_by}.{change}"
        )

    def __str__(self):
        links = [str(self.links)] if self.links else []
        told = [self._summary, *links, *(f"Warning: {warning}" for warning in self.warnings), self.diff]
        return "\n".join(told).rstrip()

    __repr__ = __str__

    def _repr_html_(self):
        warnings = "".join(f"<li>{html.escape(warning)}</li>" for warning in self.warnings)
        diff = "".join(_coloured(line) for line in self.diff.splitlines())
        return (
            f"<p><strong>{html.escape(self._summary)}</strong></p>"
            + (self.links._repr_html_() if self.links else "")
            + (f"<p>Warnings:</p><ul>{warnings}</ul>" if warnings else "")
            + (f"<details open><summary>The change</summary><pre>{diff}</pre></details>" if diff else "")
        )


def deploy(cloud, *functions, analysis_functions=None, warnings=(), progress=None):
    """Put the given functions into the analyzer and the analyzer into the Lambda function; return the Deployment.

    Before anything is uploaded the code is packaged with the module-level names that the functions use, which refuses
    what Lambda lacks, and run on sample records in a process of its own. What fails there is told as the reason;
    nothing is raised for it. Stubs are left out. `analysis_functions` names what sees every record, as for
    `packaging.package`. `warnings` are handed through to the Deployment.
    """
    progress = progress or ProgressLine()
    attempted = [function for function in functions if not packaging.is_stub(function)]
    if not attempted:
        given = ", ".join(getattr(function, "__name__", repr(function)) for function in functions)
        why = f"{given}: not written yet" if given else "no functions were given"
        return Deployment(f"nothing to deploy ({why}). Solve an exercise, then deploy(cloud, *saved_answers()).")
    try:
        package = packaging.package(*attempted, analysis_functions=analysis_functions)
    except packaging.PackagingError as refusal:
        return Deployment(f"{refusal}{_in_cell(refusal)}")
    deployment = _rehearsed_and_uploaded(cloud, package, list(warnings), progress)
    progress.done(f"Deployed after {progress.seconds:.1f} s." if deployment.deployed else "Not deployed.")
    return deployment


def _rehearsed_and_uploaded(cloud, package, notes, progress):
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
        confirmed = _upload(cloud, package)
    except (ClientError, BotoCoreError, WaiterError) as error:
        return Deployment(f"Lambda did not take the code: {error}", package, diff, notes)
    if confirmed != package.code_sha256:
        reason = f"Lambda runs code with the hash {confirmed}, not {package.code_sha256}: did someone else deploy?"
        return Deployment(reason, package, diff, notes)
    links = Links({"function": function_url(cloud)} if cloud.target == "aws" else {})
    return Deployment(None, package, diff, notes, links)


def _in_cell(refusal):
    """Say in which line of the attendee's cell the reason for a refusal lies, if that is known."""
    line = linecache.getline(refusal.filename, refusal.line).strip() if refusal.filename and refusal.line else ""
    return f" (Line {refusal.line} of the cell: {line})" if line else ""


def _upload(cloud, package):
    """Update the function's code, wait until it is active and return the hash of the code that it runs."""
    name, client = function_name(cloud), cloud.client("lambda")
    client.update_function_code(FunctionName=name, ZipFile=package.zip)
    pause = 0.1 if cloud.target == "local" else 2
    config = {"Delay": pause, "MaxAttempts": 100}
    with cloud.quietly():
        client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=config)
        return client.get_function_configuration(FunctionName=name)["CodeSha256"]


def _diff(before, after):
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), "deployed before", "deployed now", lineterm="", n=2
    )
    return "\n".join(lines)


def _coloured(line):
    """Return a line of a diff as HTML: coloured, and with its sign kept for those who do not see colours."""
    ground = {"+": "#d9f2e6", "-": "#fbe0d0", "@": "#e8eef7"}.get(line[:1])
    style = f" style='background:{ground}; color:#111'" if ground else ""
    return f"<span{style}>{html.escape(line)}</span>\n"
