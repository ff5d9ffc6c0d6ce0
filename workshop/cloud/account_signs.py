"""Signs that an AWS account is not one for experiments: its alias, its name, its tags in the organization."""

import re
from dataclasses import dataclass, field

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from workshop.cloud.cloud import CannotConnect

# As a word of its own or numbered, so that "product" is none; what comes before production is none either.
_PRODUCTION = re.compile(r"(?<![a-z])(?<!non[-_ ])(?<!pre[-_ ])(?<!not[-_ ])(prod|prd|production)(?![a-z])", re.I)

# These are extra questions: where their endpoints cannot be reached, nobody should wait for long.
_QUICK = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})


@dataclass
class Signs:
    """`found`: what looks like production, as sentences; `unknown`: what could not be looked up, with the reason."""

    found: list = field(default_factory=list)
    unknown: list = field(default_factory=list)


def production_signs(cloud):
    """Look for signs that a cloud's account is a production account; return the Signs.

    Nobody need be allowed any of these calls: what is denied is unknown. Tags and name of an account are told by
    Organizations to its management account (or a delegated one), the name by Account Management to the account too.
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


def refuse_production(cloud, production, show):
    """Raise CannotConnect if the account looks like one that others depend on, unless told that it may be used."""
    signs = production_signs(cloud)
    if signs.unknown:
        show(f"Whether this is a production account is known in part only; not looked up: {_and(signs.unknown)}.")
    if signs.found and not production:
        raise CannotConnect(
            f"Account {cloud.account} looks like a production account: {_and(signs.found)}. Nothing was done in it.",
            'Use an account made for experiments. If this is one all the same: connect("aws", production=True).',
        )


def _and(parts):
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _alias(cloud):
    for alias in _client(cloud, "iam").list_account_aliases()["AccountAliases"]:
        yield alias, f"its alias is {alias}"


def _names(cloud):
    try:
        name = _client(cloud, "account").get_account_information().get("AccountName", "")
    except (ClientError, BotoCoreError):
        name = _client(cloud, "organizations").describe_account(AccountId=cloud.account)["Account"].get("Name", "")
    yield name, f"its name is {name}"


def _tags(cloud):
    pages = _client(cloud, "organizations").get_paginator("list_tags_for_resource").paginate(ResourceId=cloud.account)
    for page in pages:
        for tag in page["Tags"]:
            yield tag["Value"], f"its tag {tag['Key']} is {tag['Value']}"


def _client(cloud, service):
    return cloud.session.client(service, config=_QUICK)
