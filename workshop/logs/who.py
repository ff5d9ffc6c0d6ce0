"""Who made a call, and in which account: not every kind of identity has an ARN, not every record an account."""

from typing import Any

from workshop.logs.record import Record

# The fields of userIdentity that name the caller, the best first, as the CloudTrail user guide describes the kinds:
# Identity Center's users have only onBehalfOf, federated and failed sign-ins a userName, services invokedBy, callers
# from other accounts a principalId or only an accountId.
WHO = ("arn", "userName", "onBehalfOf.userId", "invokedBy", "principalId", "accountId", "type")


def who(record: Record) -> str:
    """Return the caller of a record as one text, "-" if the record names none; Insights and aggregated events do not.

    `print_short_record`, which has to stand alone in Lambda, shows the same; so does the explorer's column User.
    """
    return next((str(value) for path in WHO if (value := _at(record, f"userIdentity.{path}"))), "-")


def account(record: Record) -> str | None:
    """Return the account in which the call was made, the caller's if the record names no other; None if it has none.

    Aggregated events have it in accountId.
    """
    for path in ("recipientAccountId", "userIdentity.accountId", "accountId"):
        value = _at(record, path)
        if isinstance(value, str) and value:
            return value
    return None


def _at(record: Record, path: str) -> Any:
    value: Any = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
