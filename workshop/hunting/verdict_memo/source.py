"""The source of a function, if it is certainly what the function was made from."""

import ast
import inspect
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType

from workshop.attendee_code.syntax_tree import tree_of


class NotProven(Exception):
    """Why a detector is not known to be simple; whether it is known to leave the record as it was, and to keep nothing.

    What it keeps from one record to the next is anything that outlives the call.
    """

    def __init__(self, reason: str, changes_nothing: bool = False, keeps_nothing: bool = False) -> None:
        super().__init__(reason)
        self.changes_nothing, self.keeps_nothing = changes_nothing, keeps_nothing


@lru_cache(500)
def definition_of(code: CodeType) -> ast.FunctionDef:
    """Return the syntax tree of a function's definition, if it is certainly what the code was made from.

    Raises: NotProven if it is not.
    """
    try:
        # All of the file or cell: what it imports has an influence on how Python compiles a function in it.
        text = "".join(inspect.findsource(code)[0])
        tree = tree_of(text)
        made = compile(tree, code.co_filename, "exec", dont_inherit=True)
    except (OSError, TypeError, ValueError, SyntaxError) as error:
        raise NotProven(f"the source of {code.co_name} is not known") from error
    if not any(_same(found, code) for found in codes_in(made) if found.co_firstlineno == code.co_firstlineno):
        raise NotProven(f"the source of {code.co_name} has changed since it was defined")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name and node.lineno == code.co_firstlineno:
            return node
    raise NotProven(f"{code.co_name} is decorated, or not defined by def")


def codes_in(code: CodeType) -> Iterator[CodeType]:
    """Yield the code objects within one: of functions and, before Python 3.12, comprehensions."""
    for found in code.co_consts:
        if isinstance(found, CodeType):
            yield found
            yield from codes_in(found)


def _same(one: object, other: object) -> bool:
    """Tell whether two code objects do the same, wherever they stand."""
    if not isinstance(one, CodeType) or not isinstance(other, CodeType):
        if type(one) is frozenset and type(other) is frozenset:
            return sorted(map(repr, one)) == sorted(map(repr, other))
        return type(one) is type(other) and repr(one) == repr(other)
    mine, yours = ((code.co_code, code.co_names, code.co_varnames, code.co_argcount) for code in (one, other))
    same_number = len(one.co_consts) == len(other.co_consts)
    return mine == yours and same_number and all(map(_same, one.co_consts, other.co_consts))
