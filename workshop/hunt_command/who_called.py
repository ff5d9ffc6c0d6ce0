"""Who a record says made the call, and in which account."""

from workshop.logs.record import Record
from workshop.logs.who import WHO

# The first of these that an identity has says who it is: the account rather than only the kind.
_NAMES = (*WHO[:-1], "accountId", WHO[-1])


def who(record: Record) -> str | None:
    """Return who made the call, by the most exact name that the record has; None if it names nobody."""
    identity = record.get("userIdentity")
    return next(filter(None, (_text(identity, *name.split(".")) for name in _NAMES)), None)


def account(record: Record) -> str | None:
    """Return the account in which the call was made, the caller's if the record names no other; None if it has none."""
    return (
        _text(record, "recipientAccountId")
        or _text(record, "userIdentity", "accountId")
        or _text(record, "accountId")  # aggregated events
    )


def _text(value: object, *path: str) -> str | None:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) and value else None
