"""What a detector reads of `userIdentity`: where it only reads fields of it, they are fields of their own.

What most detectors ask of an identity is the same in a caller's thousand sessions. The whole of it, with the session's
key and its start, is new in each.
"""

import ast

from msgspec import UNSET

IDENTITY, PREFIX = "userIdentity", "userIdentity."
# Decoded with any other part, and never null in a log file: UNSET if an identity has no type, None if there is none.
TYPE = PREFIX + "type"
# The fields that CloudTrail's records of calls all have; nobody need ask of each whether it is there. A record that
# lacks one of them, or has no text in it, is shown in full.
ALWAYS = frozenset({"eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "eventID"})


def is_identity(node, body):
    """Tell whether an expression in a function is the record's userIdentity, or `{}` or None in its place.

    `body` is the function's check in `proof.py`, which knows the names of both.
    """
    if isinstance(node, ast.Name):
        return node.id in body.identities
    if isinstance(node, ast.Subscript):
        return body.is_record(node.value) and body.texts(node.slice) == {IDENTITY}
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) and len(node.values) == 2:
        return is_identity(node.values[0], body) and _is_nothing(node.values[1])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and body.is_record(node.func.value):
        names, defaults = node.args[:1], node.args[1:]
        read = node.func.attr == "get" and not node.keywords and list(map(body.texts, names)) == [{IDENTITY}]
        return read and all(map(_is_nothing, defaults))
    return False


def _is_nothing(node):
    return (isinstance(node, ast.Dict) and not node.keys) or (isinstance(node, ast.Constant) and node.value is None)


class Parts(dict):
    """The userIdentity of a record that is shown as a `View`: what is read of it, is read of the record.

    It passes for a dictionary that is not empty.
    """

    __slots__ = ("_view",)

    def __init__(self, view):
        self._view = view

    def __bool__(self):
        return True

    def __getitem__(self, name):
        value = self.get(name, UNSET)
        if value is UNSET:
            raise KeyError(name)
        return value

    def get(self, name, default=None):
        return self._view.get(PREFIX + name, default)

    def __contains__(self, name):
        return PREFIX + name in self._view


def with_identity(fields):
    """Put the parts that are among a record's fields into a dictionary of their own; return the record."""
    parts = {name.removeprefix(PREFIX): fields.pop(name) for name in [*fields] if name.startswith(PREFIX)}
    if parts.get("type", UNSET) is not None:
        fields[IDENTITY] = parts
    return fields
