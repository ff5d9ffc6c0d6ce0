"""The cloud room: the local emulator or an AWS account, the stack in it, and what notebooks do with them.

connection     connect(): the only maker of boto3 clients
emulator       the local AWS emulator of this checkout
stack          creating and updating the stack; template: the file it is made from
teardown       deleting the stack and all that it left
deploy         an attendee's functions into the Lambda function
alarm          triggering and watching the alarm; notifications: what it sent, and what the function printed
"""

import importlib

_MODULE_OF = {
    "connect": "connection",
    "Cloud": "connection",
    "deploy": "deploy",
    "trigger": "alarm",
    "replay": "alarm",
    "watch_alarm": "alarm",
    "plot_alarm": "alarm",
    "notifications": "notifications",
    "lambda_log": "notifications",
    "teardown": "teardown",
}

__all__ = list(_MODULE_OF)


def __getattr__(name):
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'workshop.cloud' has no attribute {name!r}")
    return getattr(importlib.import_module(f"workshop.cloud.{_MODULE_OF[name]}"), name)
