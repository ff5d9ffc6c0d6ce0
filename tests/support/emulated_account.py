"""The emulator in the role of an AWS account, reached as its users reach AWS: with credentials in the environment."""

import contextlib
import json

from workshop.cloud import connection
from workshop.cloud.emulator import emulator

ADMINISTRATOR = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def user(name, *statements):
    """Make (or change) a user who may do what the statements say; return environment variables of that user."""
    iam = connection.local_cloud().session.client("iam")
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_user(UserName=name)
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_user_policy(UserName=name, PolicyName="Permissions", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {
        "AWS_ENDPOINT_URL": emulator.find().endpoint,
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }


def root():
    """Return environment variables of the account's root user."""
    running = emulator.find()
    return {"AWS_ENDPOINT_URL": running.endpoint, **{k.upper(): value for k, value in running.credentials().items()}}


def become(monkeypatch, environment):
    """Have this process reach the emulator as AWS, with these environment variables."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
