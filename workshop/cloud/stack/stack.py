"""The workshop's CloudFormation stack: making it, updating it without losing an attendee's code, following both.

Needs only the standard library and boto3, since the teardown, which runs in CloudShell too, follows stacks as well.
"""

import base64
import hashlib
import io
import time
import urllib.request
import zipfile

from botocore.exceptions import ClientError

from workshop import places
from workshop.cloud.stack.template import inline_code
from workshop.cloud.untraced import quiet

# How a stack stands that can be used, and how one stands that has to be deleted before it can be made again.
USABLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}
_QUIET_SECONDS = 3
_LONGEST_WAIT = 30 * 60


class StackError(RuntimeError):
    """Why CloudFormation did not do what it was asked, with its own reasons, and what to do next."""


@quiet
def describe(cloud, stack=None):
    """Return CloudFormation's description of the cloud's stack (or of another, by name or id), or None."""
    try:
        return cloud.client("cloudformation").describe_stacks(StackName=stack or cloud.stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def ensure(cloud, template, parameters, *, agree, show):
    """Make sure that the cloud's stack is there and made from this template with these parameters.

    `parameters` holds those that matter to the caller, as text by name; the others keep their values. `agree` is
    asked with a sentence before anything is created or changed; if it returns False nothing is.
    Returns whether the stack can be used. Raises: StackError when CloudFormation fails or the stack is broken.
    """
    found = describe(cloud)
    if found and found["StackStatus"].endswith("_IN_PROGRESS"):
        show(f"The stack is busy ({found['StackStatus']}), waiting ...")
        follow(cloud, found["StackId"], show)
        found = describe(cloud)
    if found is None:
        if not agree(f"The stack {cloud.stack} does not exist yet. Create it?"):
            return False
        _create(cloud, template, parameters, show)
        return True
    if found["StackStatus"] not in USABLE:
        raise StackError(
            f"The stack {cloud.stack} is in the state {found['StackStatus']}"
            f" ({found.get('StackStatusReason', 'no reason given')}) and cannot be used. {_how_to_delete(cloud)}"
        )
    changes = _changes(cloud, found, template, parameters)
    if changes and agree(f"The stack {cloud.stack} differs from what is wanted ({', '.join(changes)}). Update it?"):
        _update(cloud, found, template, parameters, show)
    return True


@quiet
def follow(cloud, stack_id, show, *, seen=()):
    """Wait until the stack's operation ends, showing its progress when it takes long; return its status and failures.

    `seen` are the ids of the events from before. Failures are CloudFormation's own words, first one first.
    """
    seen, failures, began, pause = set(seen), [], time.monotonic(), 0.05
    while True:
        status = (describe(cloud, stack_id) or {"StackStatus": "DELETE_COMPLETE"})["StackStatus"]
        for event in _events(cloud, stack_id):
            if event["EventId"] in seen:
                continue
            seen.add(event["EventId"])
            what, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
            if what.endswith("_FAILED") and "cancelled" not in reason:
                failures.append(f"{event['LogicalResourceId']} ({event.get('ResourceType')}): {reason}")
            if time.monotonic() - began > _QUIET_SECONDS and not what.endswith("_IN_PROGRESS"):
                show(f"  {event['LogicalResourceId']}: {what}")
        if not status.endswith("_IN_PROGRESS"):
            return status, failures
        if time.monotonic() - began > _LONGEST_WAIT:
            raise StackError(
                f"The stack {cloud.stack} is still in the state {status} after {_LONGEST_WAIT // 60} minutes. "
                "Look at its events in the CloudFormation console, then try again."
            )
        time.sleep(pause)
        pause = min(pause * 1.5, 3)


@quiet
def event_ids(cloud, stack_id):
    """Return the ids of the stack's latest events, to tell them from those that are still to come."""
    return {event["EventId"] for event in _events(cloud, stack_id)}


@quiet
def _events(cloud, stack_id):
    """Return the stack's latest events, oldest first."""
    return cloud.client("cloudformation").describe_stack_events(StackName=stack_id)["StackEvents"][::-1]


def _create(cloud, template, parameters, show):
    show(f"Creating the stack {cloud.stack} ...")
    began = time.monotonic()
    try:
        stack_id = cloud.client("cloudformation").create_stack(
            StackName=cloud.stack,
            TemplateBody=template,
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM"],
        )["StackId"]
    except cloud.client("cloudformation").exceptions.AlreadyExistsException:
        # Another notebook was quicker.
        stack_id = cloud.stack
    status, failures = follow(cloud, stack_id, show)
    if status != "CREATE_COMPLETE":
        raise StackError(_failed("created", cloud, status, failures) + " " + _how_to_delete(cloud))
    show(f"The stack is there ({time.monotonic() - began:.1f} s).")


@quiet
def _changes(cloud, found, template, parameters):
    """Name what differs between the stack and what is wanted."""
    has = {parameter["ParameterKey"]: parameter.get("ParameterValue") for parameter in found.get("Parameters", [])}
    changes = [f"{name} {has.get(name)!r} -> {value!r}" for name, value in parameters.items() if has.get(name) != value]
    return ["another template"] * (_template_of(cloud).strip() != template.strip()) + changes


@quiet
def _template_of(cloud):
    current = cloud.client("cloudformation").get_template(StackName=cloud.stack, TemplateStage="Original")
    # JSON templates come back parsed; ours is YAML, so such a stack is different anyway.
    return current["TemplateBody"] if isinstance(current["TemplateBody"], str) else ""


def _update(cloud, found, template, parameters, show):
    show(f"Updating the stack {cloud.stack} ...")
    client = cloud.client("cloudformation")
    with cloud.quietly():
        declared = client.get_template_summary(TemplateBody=template)["Parameters"]
    kept = {parameter["ParameterKey"] for parameter in found.get("Parameters", [])} - set(parameters)
    kept &= {parameter["ParameterKey"] for parameter in declared}
    # CloudFormation uploads the inline code when its text in the template changes; then what was deployed is lost.
    old = _template_of(cloud)
    attendees = None
    if "ZipFile:" in old and inline_code(old) != inline_code(template):
        attendees = _deployed(cloud)
        if attendees and _source(attendees) == inline_code(old):
            attendees = None
    seen = event_ids(cloud, found["StackId"])
    try:
        client.update_stack(
            StackName=cloud.stack,
            TemplateBody=template,
            Parameters=[
                *({"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()),
                *({"ParameterKey": name, "UsePreviousValue": True} for name in sorted(kept)),
            ],
            Capabilities=["CAPABILITY_IAM"],
        )
    except ClientError as error:
        if "No updates are to be performed" in str(error):
            show("Nothing to update.")
            return
        raise
    status, failures = follow(cloud, found["StackId"], show, seen=seen)
    if status != "UPDATE_COMPLETE":
        raise StackError(_failed("updated", cloud, status, failures) + " The stack is as it was before.")
    if attendees:
        _restore(cloud, attendees)
        show("The stack is updated; the function kept the code that you deployed.")
    else:
        show("The stack is updated.")


@quiet
def _deployed(cloud):
    """Return the zip file that the analysis function runs."""
    function = cloud.client("lambda").get_function(FunctionName=cloud.resource("AnalysisLambdaFunction"))
    handlers = [urllib.request.ProxyHandler({})] if cloud.target == "local" else []
    try:
        with urllib.request.build_opener(*handlers).open(function["Code"]["Location"], timeout=60) as response:
            return response.read()
    except OSError as error:
        raise StackError(
            "The stack was not updated: the new template would replace the function's code, and what is deployed now "
            f"could not be fetched to keep it ({error}). Try again where Lambda's code bucket can be reached."
        ) from error


def _source(package):
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return archive.read("index.py").decode("utf-8") if "index.py" in archive.namelist() else None


def _restore(cloud, package):
    function = cloud.resource("AnalysisLambdaFunction")
    answer = cloud.client("lambda").update_function_code(FunctionName=function, ZipFile=package)
    if answer["CodeSha256"] != base64.b64encode(hashlib.sha256(package).digest()).decode():
        raise StackError(f"The function {function} did not take its code back after the update. Deploy it again.")
    with cloud.quietly():
        cloud.client("lambda").get_waiter("function_updated_v2").wait(FunctionName=function)


def _failed(what, cloud, status, failures):
    reasons = "\n".join(f"  {failure}" for failure in failures) or "  (CloudFormation gave no reason)"
    return (
        f"The stack {cloud.stack} was not {what}; it is in the state {status}. Reasons, first one first:\n{reasons}\n"
    )


def _how_to_delete(cloud):
    return f"Delete it with `{teardown_command(cloud)}`, then connect again."


def teardown_command(cloud) -> str:
    """Return what to type in a terminal to delete a cloud's stack."""
    where = "" if cloud.target == "local" else f" --aws -s {cloud.stack} -r {cloud.region}"
    return places.command(f"teardown{where}")
