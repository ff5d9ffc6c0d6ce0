"""Who made a call: not every kind of identity has an ARN."""

from typing import Any

from workshop.logs.record import Record

# The fields of userIdentity that name the caller, the best first, as the CloudTrail user guide describes the kinds:
# Identity Center's users have only onBehalfOf, federated and failed sign-ins a userName, services invokedBy, callers
# from other accounts a principalId.
WHO = ("arn", "userName", "onBehalfOf.userId", "invokedBy", "principalId", "type")


def who(record: Record) -> str:
    """Return the caller of a record as one text, "-" if the record names none; Insights and aggregated events do not.

    `print_short_record`, which has to stand alone in Lambda, shows the same; so does the explorer's column User.
    """
    for path in WHO:
        value: Any = record.get("userIdentity")
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if value:
            return str(value)
    return "-"
