"""The workshop's CloudFormation stack: making it, updating it without losing an attendee's code, following both.

Needs only the standard library and boto3, since the teardown, which runs in CloudShell too, follows stacks as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from botocore.exceptions import ClientError

from workshop import places
from workshop.cloud.cloud import Cloud, Confirm, Json, Show, quiet
from workshop.cloud.function.deployed_code import code_hash, deployed_zip, function_name, put_code, source_in
from workshop.cloud.stack.template import inline_code

# The states of a stack that can be used. In any other state it has to be deleted before it can be made again.
USABLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}
_QUIET_SECONDS = 3
_LONGEST_WAIT = 30 * 60


class StackError(RuntimeError):
    """Why CloudFormation did not do what it was asked, with its own reasons, and what to do next."""


def ensure(
    cloud: Cloud,
    template: str,
    parameters: dict[str, str],
    *,
    agree: Confirm,
    show: Show,
    settle: Callable[[], dict[str, str]] = dict,
) -> bool:
    """Make sure that the cloud's stack is there and made from this template with these parameters.

    `parameters` holds those that matter to the caller, as text by name; the others keep their values. `agree` is
    asked with a sentence before anything is created or changed. If it returns False, nothing is. `settle` is called
    after a yes to a new stack, and returns further parameters for it.
    Returns whether the stack can be used. Raises: StackError when CloudFormation fails or the stack is broken.
    """
    found = cloud.describe_stack()
    if found and found["StackStatus"].endswith("_IN_PROGRESS"):
        show(f"The stack is busy ({found['StackStatus']}), waiting ...")
        follow(cloud, found["StackId"], show)
        found = cloud.describe_stack()
    if found is None:
        if not agree(f"The stack {cloud.stack} does not exist yet. Create it?"):
            return False
        _create(cloud, template, parameters | settle(), show)
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
def follow(cloud: Cloud, stack_id: str, show: Show, *, seen: Iterable[str] = ()) -> tuple[str, list[str]]:
    """Wait until the stack's operation ends, showing its progress when it takes long; return its status and failures.

    `seen` are the ids of the events from before. Failures are CloudFormation's own words, first one first.
    """
    known, began, pause = set(seen), time.monotonic(), 0.05
    failures: list[str] = []
    while True:
        status = (cloud.describe_stack(stack_id) or {"StackStatus": "DELETE_COMPLETE"})["StackStatus"]
        for event in _events(cloud, stack_id):
            if event["EventId"] in known:
                continue
            known.add(event["EventId"])
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
def event_ids(cloud: Cloud, stack_id: str) -> set[str]:
    """Return the ids of the stack's latest events, to know them from the events that are still to come."""
    return {event["EventId"] for event in _events(cloud, stack_id)}


@quiet
def _events(cloud: Cloud, stack_id: str) -> list[Json]:
    """Return the stack's latest events, oldest first."""
    return cloud.client("cloudformation").describe_stack_events(StackName=stack_id)["StackEvents"][::-1]


def _create(cloud: Cloud, template: str, parameters: dict[str, str], show: Show) -> None:
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
def _changes(cloud: Cloud, found: Json, template: str, parameters: dict[str, str]) -> list[str]:
    """Name what differs between the stack and what is wanted."""
    has = {parameter["ParameterKey"]: parameter.get("ParameterValue") for parameter in found.get("Parameters", [])}
    changes = [f"{name} {has.get(name)!r} -> {value!r}" for name, value in parameters.items() if has.get(name) != value]
    return ["another template"] * (_template_of(cloud).strip() != template.strip()) + changes


@quiet
def _template_of(cloud: Cloud) -> str:
    current = cloud.client("cloudformation").get_template(StackName=cloud.stack, TemplateStage="Original")
    # A JSON template comes back parsed. Ours is YAML, so such a stack is different anyway.
    return current["TemplateBody"] if isinstance(current["TemplateBody"], str) else ""


def _update(cloud: Cloud, found: Json, template: str, parameters: dict[str, str], show: Show) -> None:
    show(f"Updating the stack {cloud.stack} ...")
    client = cloud.client("cloudformation")
    with cloud.quietly():
        declared = client.get_template_summary(TemplateBody=template)["Parameters"]
    kept = {parameter["ParameterKey"] for parameter in found.get("Parameters", [])} - set(parameters)
    kept &= {parameter["ParameterKey"] for parameter in declared}
    # CloudFormation uploads the inline code when its text in the template changes: then the deployed code is lost.
    old = _template_of(cloud)
    replaces = "ZipFile:" in old and inline_code(old) != inline_code(template)
    deployed = _deployed_code(cloud) if replaces else None
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
    if deployed and source_in(deployed[0]) != inline_code(old):
        if put_code(cloud, deployed[0]) != deployed[1]:
            name = function_name(cloud)
            raise StackError(f"The function {name} did not take its code back after the update. Deploy it again.")
        show("The stack is updated; the function kept the code that you deployed.")
    else:
        show("The stack is updated.")


def _deployed_code(cloud: Cloud) -> tuple[bytes, str]:
    """Return the zip file that the analysis function runs, and its hash."""
    try:
        return deployed_zip(cloud), code_hash(cloud)
    except OSError as error:
        raise StackError(
            "The stack was not updated: the new template would replace the function's code, and what is deployed now "
            f"could not be fetched to keep it ({error}). Try again where Lambda's code bucket can be reached."
        ) from error


def _failed(what: str, cloud: Cloud, status: str, failures: list[str]) -> str:
    reasons = "\n".join(f"  {failure}" for failure in failures) or "  (CloudFormation gave no reason)"
    return (
        f"The stack {cloud.stack} was not {what}; it is in the state {status}. Reasons, first one first:\n{reasons}\n"
    )


def _how_to_delete(cloud: Cloud) -> str:
    return f"Delete it with `{teardown_command(cloud)}`, then connect again."


def teardown_command(cloud: Cloud) -> str:
    """Return what to type in a terminal to delete a cloud's stack."""
    where = "" if cloud.target == "local" else f" --aws -s {cloud.stack} -r {cloud.region}"
    return places.command(f"teardown{where}")
