"""Signs that an AWS account is not one for experiments: its alias, its name, its tags, policies that keep trails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from workshop.cloud import policy_simulation
from workshop.cloud.cloud import CannotConnect, Cloud, Show

# As a word of its own or numbered: "product" is no sign of production, and neither is "pre-production".
_PRODUCTION = re.compile(r"(?<![a-z])(?<!non[-_ ])(?<!pre[-_ ])(?<!not[-_ ])(prod|prd|production)(?![a-z])", re.I)

# These questions are extra: where their endpoints cannot be reached, the wait is short.
_QUICK = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})


@dataclass
class Signs:
    """`found`: what looks like production, as sentences; `unknown`: what could not be looked up, with the reason."""

    found: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def production_signs(cloud: Cloud) -> Signs:
    """Look for signs that a cloud's account is a production account; return the Signs.

    No permission for these calls is needed: what is denied is unknown. Organizations shows an account's tags and name
    to its management account (or a delegated one). Account Management shows the name to the account itself too.
    """
    signs = Signs()
    for what, look in {"its alias": _alias, "its name": _names, "its tags in the organization": _tags}.items():
        try:
            signs.found += [sentence for text, sentence in look(cloud) if _PRODUCTION.search(text)]
        except ClientError as error:
            # An account outside any organization has no tags there: that is an answer.
            if error.response["Error"]["Code"] != "AWSOrganizationsNotInUseException":
                signs.unknown.append(f"{what} ({error.response['Error']['Code']})")
        except BotoCoreError as error:
            signs.unknown.append(f"{what} ({error})")
    return signs


def refuse_production(cloud: Cloud, production: bool, show: Show) -> None:
    """Raise CannotConnect if the account looks like a production account, unless `production` allows its use."""
    signs = production_signs(cloud)
    if signs.unknown:
        show(f"Whether this is a production account is known in part only; not looked up: {_and(signs.unknown)}.")
    if signs.found and not production:
        raise CannotConnect(
            f"Account {cloud.account} looks like a production account: {_and(signs.found)}. Nothing was done in it.",
            'Use an account made for experiments. If this is one all the same: connect("aws", production=True).',
        )


def warn_of_trails(cloud: Cloud, show: Show) -> None:
    """Show it if the stack's trail could not be stopped or deleted, as far as IAM's policy simulation may be asked."""
    try:
        denied = policy_simulation.keeps_trails(cloud)
    except (ClientError, BotoCoreError, policy_simulation.CannotSimulate):
        return  # Attendees may not ask; the doctor says so.
    if denied:
        show(
            f"You may not call {_and(denied)}. So the stack's trail would stay in account {cloud.account} when you "
            'delete the stack. docs/aws.md says under "An organization may deny it" what that costs.'
        )


def _and(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _alias(cloud: Cloud) -> Iterator[tuple[str, str]]:
    for alias in _client(cloud, "iam").list_account_aliases()["AccountAliases"]:
        yield alias, f"its alias is {alias}"


def _names(cloud: Cloud) -> Iterator[tuple[str, str]]:
    try:
        name = _client(cloud, "account").get_account_information().get("AccountName", "")
    except (ClientError, BotoCoreError):
        name = _client(cloud, "organizations").describe_account(AccountId=cloud.account)["Account"].get("Name", "")
    yield name, f"its name is {name}"


def _tags(cloud: Cloud) -> Iterator[tuple[str, str]]:
    pages = _client(cloud, "organizations").get_paginator("list_tags_for_resource").paginate(ResourceId=cloud.account)
    for page in pages:
        for tag in page["Tags"]:
            yield tag["Value"], f"its tag {tag['Key']} is {tag['Value']}"


def _client(cloud: Cloud, service: str) -> Any:
    return cloud.session.client(service, config=_QUICK)
