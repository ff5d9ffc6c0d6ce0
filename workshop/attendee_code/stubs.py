"""Stubs: functions that are still to be written, and which of the analyzer's attendees write."""

import ast
import functools
from pathlib import Path

from workshop.attendee_code.syntax_tree import tree_of

_ANALYZER = Path(__file__).resolve().parent.parent / "cloudtrail_analyzer.py"


def is_unwritten(definition: ast.AST) -> bool:
    """Tell whether a function has no more than a docstring, `pass`, `...` or `raise NotImplementedError`."""
    body = getattr(definition, "body", None)
    return isinstance(body, list) and all(map(_does_nothing, body))


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Raise):
        raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


@functools.cache
def to_write() -> tuple[str, ...]:
    """Return the names of the analyzer's functions that attendees write, in its order.

    These are its stubs, and the functions that see each record: `print_short_record` works already.
    """
    body = tree_of(_ANALYZER.read_text("utf-8")).body
    tuples = [node.value for node in body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple)]
    seeing = {element.id for node in tuples for element in node.elts if isinstance(element, ast.Name)}
    functions = [node for node in body if isinstance(node, ast.FunctionDef)]
    return tuple(node.name for node in functions if node.name in seeing or is_unwritten(node))
