"""Detectors that ask for more than the record, `f(record, known)`: which they are, and how they get it."""

import ast
import inspect
from collections.abc import Callable
from typing import Any

from workshop.attendee_code.syntax_tree import tree_of

Detector = Callable[..., Any]
KNOWN = "known"


def asks_for_knowledge(function: Detector) -> bool:
    """Tell whether a function takes two arguments that it needs, of which the second is called `known`."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # some functions of C code do not say
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    required = [one for one in parameters if one.default is one.empty and one.kind in positional]
    keywords = [one for one in parameters if one.default is one.empty and one.kind is one.KEYWORD_ONLY]
    return not keywords and len(required) == 2 and required[1].name == KNOWN


def shown_name(function: Detector) -> str:
    """Return what a detector is called where it is shown: its own name; that of its type if it has none."""
    return getattr(function, "__name__", None) or type(function).__name__


def given_knowledge(function: Detector, known: Any) -> Detector:
    """Return a detector that asks for `known` as one that takes a record alone; any other function as it is."""
    if not asks_for_knowledge(function):
        return function

    def detector(record: dict[str, Any]) -> Any:
        return function(record, known)

    detector.__name__ = shown_name(function)
    return detector


def cell_asks_for_knowledge(text: str) -> bool:
    """Tell the same of a function's source."""
    for node in tree_of(text).body:
        if isinstance(node, ast.FunctionDef):
            positional = [*node.args.posonlyargs, *node.args.args]
            required = positional[: len(positional) - len(node.args.defaults)]
            return len(required) == 2 and required[1].arg == KNOWN and not node.args.kwonlyargs
    return False
