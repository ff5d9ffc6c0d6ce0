"""Slips that no record can show, since the function just never matches: seen in the text of the answer itself."""

import ast
from collections.abc import Sequence
from typing import Any

from workshop.attendee_code.packaging import Package
from workshop.attendee_code.syntax_tree import tree_of
from workshop.exercises.judging.common_mistakes import ASKED_ADVICE
from workshop.exercises.misconception import Misconception, Strength

IS_FOR_EQUALS = Misconception(
    "is_for_equals",
    "It compares texts with `is`, which asks whether two things are one and the same object. Two equal texts often "
    "are not.",
    "compare with `==`.",
)
MATCH_IS_TRUE = Misconception(
    "match_is_true",
    "It compares what `match` gives with True. That is a match object or None, and neither is ever equal to True.",
    "leave the comparison out: `if pattern.match(text):`.",
)
NOT_CALLED = Misconception(
    "method_not_called",
    "It names a method without calling it: the brackets behind it are missing, so nothing is compared.",
    "a method is called with brackets, and with what to look for inside of them.",
)
CODE_AFTER_RETURN = Misconception(
    "early_return_false",
    "`return` ends the function at once: the lines below it, at the same indentation, never run.",
    "which `return` comes too early, and what should have been asked before?",
    strength=Strength.VAGUE,
    asked_advice=ASKED_ADVICE,
)
EQUALS_LIST = Misconception(
    "equals_list",
    "It asks whether a text is equal to a whole list. A text is never that.",
    "`in` asks whether the text is one of the list's.",
)
WHOLE_RECORD = Misconception(
    "record_as_text",
    "It makes one text of the whole record and looks there. A field's beginning and end are lost in it.",
    "look at the one field that decides.",
)
_MATCHES = {"match", "search", "fullmatch"}
_TEXT_METHODS = {"startswith", "endswith", "lower", "upper", "strip", "casefold", *_MATCHES}


def slip_in(package: Package) -> tuple[Misconception, int] | None:
    """Return (the first slip in the attendee's own lines, the line of the packaged source), or None."""
    tree = tree_of(package.source)
    nodes: list[Any] = [node for node in ast.walk(tree) if package.origin(getattr(node, "lineno", 0))]
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(isinstance(op, ast.Is | ast.IsNot) for op in node.ops) and any(map(_is_text, sides)):
                return IS_FOR_EQUALS, node.lineno
            lists = [side for side in sides if isinstance(side, ast.List | ast.Tuple | ast.Set)]
            if isinstance(node.ops[0], ast.Eq | ast.NotEq) and len(lists) == 1 and len(sides) == 2:
                return EQUALS_LIST, node.lineno
            if any(map(_is_match, sides)) and any(isinstance(s, ast.Constant) and s.value is True for s in sides):
                return MATCH_IS_TRUE, node.lineno
        if isinstance(node, ast.Attribute) and node.attr in _TEXT_METHODS and id(node) not in called:
            return NOT_CALLED, node.lineno
        if isinstance(node, ast.Call) and ast.unparse(node) in ("str(record)", "repr(record)", "json.dumps(record)"):
            return WHOLE_RECORD, node.lineno
        for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
            early = _return_with_more(block) if isinstance(block, list) else None
            if early:
                return CODE_AFTER_RETURN, early.lineno
    return None


def names_call(package: Package, name: str) -> bool:
    """Tell whether a function is called by its name in the attendee's own lines."""
    calls = (node for node in ast.walk(tree_of(package.source)) if isinstance(node, ast.Call))
    return any(
        isinstance(call.func, ast.Name) and call.func.id == name and package.origin(call.lineno) for call in calls
    )


def _is_text(node: ast.AST) -> bool:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(map(_is_text, node.elts))
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_match(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MATCHES


def _return_with_more(block: Sequence[ast.stmt]) -> ast.Return | None:
    """Return the `return` of a block that has the way to another one below it, or None."""
    for number, statement in enumerate(block):
        if isinstance(statement, ast.Return):
            below = [inner for later in block[number + 1 :] for inner in ast.walk(later)]
            return statement if any(isinstance(inner, ast.Return) for inner in below) else None
    return None
