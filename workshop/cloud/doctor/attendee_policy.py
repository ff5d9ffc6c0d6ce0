"""What attendees need in an AWS account: a policy for each way of making the stack, for a stack of any name.

docs/attendee-policy.json is the one for the notebook, the default Region and the default stack.
"""

import json
from typing import Any

from workshop import places
from workshop.cloud.cloud import Json
from workshop.cloud.connection import REGION, STACK

# The ways of docs/aws.md, "Making the stack".
WAYS = ("notebook", "cli", "console", "link")
# The quota for a managed policy, blanks not counted: the kind that is attached to roles and permission sets.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
LARGEST_POLICY = 6144
# CloudFormation names a resource STACK-LOGICALID-RANDOM, and shortens the stack's name where the whole is too long for
# the resource's type. AWS does not say how: so many characters fit, with the logical id, twelve random characters and
# two hyphens, into the 64 that roles, functions and rules may have.
_NAME_STAYS = 20
# CloudTrail takes names of up to 128 characters, and the trail's is the stack's with an end.
LONGEST_STACK_NAME = 128 - len("-CloudTrail")
# Named by the template itself, with the stack's whole name.
_WHOLE = ("stack/{}/*", "trail/{}-CloudTrail")


def attendee_policy(*, region: str = REGION, stack: str = STACK, way: str = "notebook", bucket: str = "*") -> Json:
    """Return the attendee policy as a dictionary, for a Region, a stack's name and a way of making the stack.

    `bucket` is the one that the template of a launch link lies in. Raises: ValueError for a way that is not in `WAYS`,
    and for a stack's name that is too long for the trail.
    """
    if len(stack) > LONGEST_STACK_NAME:
        raise ValueError(
            f"The stack's name has {len(stack)} characters; its trail takes {LONGEST_STACK_NAME}. Choose a shorter one."
        )
    if way not in WAYS:
        raise ValueError(f"The stack is made in one of these ways: {', '.join(WAYS)}; not {way!r}.")
    text = (places.checkout() / "docs" / "attendee-policy.json").read_text(encoding="utf-8").replace(REGION, region)
    for whole in _WHOLE:
        text = text.replace(whole.format(STACK), whole.format("{stack}"))
    text = text.replace(f"{STACK}-", f"{stack}-" if len(stack) <= _NAME_STAYS else stack[:_NAME_STAYS])
    policy: Json = json.loads(text.replace("{stack}", stack))
    (of_stack,) = (statement for statement in policy["Statement"] if statement["Sid"] == "TheStack")
    if way == "cli":
        # `aws cloudformation deploy` makes a change set and executes it.
        of_stack["Action"] = [action for action in of_stack["Action"] if action != "cloudformation:CreateStack"]
        of_stack["Action"] += [f"cloudformation:{name}ChangeSet" for name in ("Create", "Execute")]
    policy["Statement"] += _ADDED.get(way, lambda bucket: [])(bucket)
    return policy


def compact(policy: Json) -> str:
    """Return a policy as text without blanks, as IAM counts it."""
    return json.dumps(policy, separators=(",", ":"))


def _allow(sid: str, actions: list[str], resource: Any) -> Json:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def _console(bucket: str) -> list[Json]:
    """Return what the consoles of CloudFormation and Lambda ask for, the upload of the template included."""
    return [
        _allow("TheUpload", ["s3:CreateBucket", "s3:GetObject", "s3:PutObject"], "arn:aws:s3:::cf-templates-*"),
        _allow("TheConsole", ["cloudformation:CreateUploadBucket", *_LISTS], "*"),
    ]


def _link(bucket: str) -> list[Json]:
    """Return what the form needs that a launch link opens: the template, which lies in the organizer's bucket."""
    return [
        _allow("TheTemplate", ["s3:GetObject"], f"arn:aws:s3:::{bucket}/cloudtrail-workshop/*"),
        _allow("TheConsole", _LISTS, "*"),
    ]


_LISTS = ["cloudformation:ListStacks", "lambda:ListFunctions"]
_ADDED = {"console": _console, "link": _link}
