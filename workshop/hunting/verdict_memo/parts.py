"""What a detector reads of `userIdentity`: where it only reads fields of it, they are fields of their own.

What most detectors ask of an identity is the same in a caller's thousand sessions. The whole of it, with the session's
key and its start, is new in each.
"""

from typing import Any

from msgspec import UNSET

from workshop.logs.record import Record

IDENTITY, PREFIX = "userIdentity", "userIdentity."
# Decoded with any other part, and never null in a log file: UNSET if an identity has no type, None if there is none.
TYPE = PREFIX + "type"
# The fields that CloudTrail's records of calls all have; nobody need ask of each whether it is there. A record that
# lacks one of them, or has no text in it, is shown in full.
ALWAYS = frozenset({"eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "eventID"})


class Parts(dict[str, Any]):
    """The userIdentity of a record that is shown as a `View`: what is read of it is read of the record.

    It passes for a dictionary that is not empty.
    """

    __slots__ = ("_view",)

    def __init__(self, view: dict[str, Any]) -> None:
        self._view = view

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, name: str) -> Any:
        value = self.get(name, UNSET)
        if value is UNSET:
            raise KeyError(name)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        return self._view.get(PREFIX + name, default)

    def __contains__(self, name: object) -> bool:
        return f"{PREFIX}{name}" in self._view


def with_identity(fields: Record) -> Record:
    """Put the parts that are among a record's fields into a dictionary of their own; return the record."""
    parts = {name.removeprefix(PREFIX): fields.pop(name) for name in [*fields] if name.startswith(PREFIX)}
    if parts.get("type", UNSET) is not None:
        fields[IDENTITY] = parts
    return fields
