"""The local cloud as somebody uses it who has the attendee policy and nothing else, instead of the root key.

Kernels get it by the startup file that `startup` writes; what was denied stands in a file afterwards.
"""

import json
import os
import re
import sys
from pathlib import Path

from emulated_account import user

from workshop.cloud import connection
from workshop.cloud.activity import generate
from workshop.cloud.doctor.attendee_policy import attendee_policy
from workshop.cloud.emulator import emulator

# What the kit does locally and never on AWS, where others do it: CloudWatch takes an alarm back by itself, EC2 issues
# an instance's credentials, and the stack's activity generator, a Lambda function, makes the decoys with its own role.
LOCALLY = [
    {"Effect": "Allow", "Action": "cloudwatch:SetAlarmState", "Resource": "*"},
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"},
    {
        "Effect": "Allow",
        "Action": ["cloudtrail:CreateTrail", "logs:CreateLogGroup"],
        "Resource": ["arn:aws:cloudtrail:*:*:trail/sid341-activity-decoy", "arn:aws:logs:*:*:log-group:/sid341/*"],
    },
]

# Where the emulator asks for an action that AWS does not know: the action that AWS asks for.
_INSTEAD = {"sqs:DeleteMessage": "sqs:DeleteMessageBatch"}


def statements(without=None, **which):
    """Return the policy's statements as the emulator understands them, `without` one (Sid, action).

    `which` are the arguments of `attendee_policy`.

    The emulator does not know the condition key cloudwatch:namespace.
    """
    found = []
    for statement in attendee_policy(**which)["Statement"]:
        actions = [action for action in actions_of(statement) if (statement["Sid"], action) != without]
        actions += [_INSTEAD[action] for action in actions if action in _INSTEAD]
        if "cloudwatch:namespace" in json.dumps(statement):
            statement = {name: value for name, value in statement.items() if name != "Condition"}
        if actions:
            found.append({**statement, "Action": actions})
    return found


def actions_of(statement):
    """Return a statement's actions as a list."""
    return statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]


def become_attendee(cloud, denied, *, without=None, **which):
    """Have a local cloud make its calls with the attendee policy; the actions that are denied are added to `denied`."""
    with cloud.quietly():
        keys = user("attendee", *statements(without, **which), *LOCALLY)
    session = connection._EndpointSession(
        emulator.find().endpoint,
        region_name=cloud.region,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
    )
    session.events.register("after-call", lambda parsed, model, **_: _note(parsed, model, denied))
    cloud.root = cloud.session
    cloud.session = cloud.trail.attach(session) and session
    cloud._clients.clear()
    cloud.identity = session.client("sts").get_caller_identity()["Arn"]
    return cloud


def _note(parsed, model, denied):
    error = parsed.get("Error", {})
    if "AccessDenied" in error.get("Code", "") or parsed.get("ResponseMetadata", {}).get("HTTPStatusCode") == 403:
        named = re.search(r"not authorized to perform: (\S+)", error.get("Message", ""))
        denied.append(named[1] if named else f"{model.service_model.service_name}:{model.name}")


# ---------------------------------------------------------------- in kernels


class _File:
    """Something to append to that outlives the process."""

    def __init__(self, path):
        self._path = Path(path)

    def append(self, action):
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{action}\n")


def startup(folder):
    """Return environment variables for kernels in which each local cloud is an attendee's, and the file of denials."""
    scripts = folder / "ipython" / "profile_default" / "startup"
    scripts.mkdir(parents=True)
    here = Path(__file__).parent
    text = f"import sys; sys.path.insert(0, {str(here)!r}); import policy_user as user; user.in_this_kernel()\n"
    text += "del sys.path[0]\n"
    (scripts / "00-attendee.py").write_text(text, encoding="utf-8")
    denied = folder / "denied"
    denied.write_text("")
    return {"IPYTHONDIR": str(folder / "ipython"), "WORKSHOP_TEST_DENIED": str(denied)}, denied


def in_this_kernel():
    """Make every local cloud of this process an attendee's."""
    make, denied = connection.local_cloud, _File(os.environ["WORKSHOP_TEST_DENIED"])
    busy = []

    def local_cloud(**options):
        cloud = make(**options)
        # Making the user connects, too.
        if cloud is None or busy:
            return cloud
        busy.append(True)
        try:
            return become_attendee(cloud, denied)
        finally:
            busy.clear()

    # EC2 assumes an instance's role, which trusts nobody else. The kit plays EC2 with the root key.
    steal = generate._stolen

    def stolen(cloud, calls):
        attendee, cloud.session = cloud.session, cloud.root
        cloud._clients.clear()
        try:
            return steal(cloud, calls)
        finally:
            cloud.session = attendee
            cloud._clients.clear()

    generate._stolen = stolen
    connection.local_cloud = local_cloud
    for name, module in list(sys.modules.items()):
        if name.startswith("workshop.") and getattr(module, "local_cloud", None) is make:
            module.local_cloud = local_cloud
