"""What the names in a function's source stand for, as far as the source shows it."""

import ast
import builtins
from collections.abc import Iterable
from types import FunctionType
from typing import Any, NoReturn

from workshop.hunting.verdict_memo.parts import IDENTITY
from workshop.hunting.verdict_memo.pure import is_table
from workshop.hunting.verdict_memo.source import NotProven, codes_in
from workshop.hunting.verdict_memo.syntax import only_ever, own


class Names:
    """The names of one function.

    records     its parameters that are the record
    identities  its variables that are the record's userIdentity, if that is to be taken apart (`in_parts`)
    locals      its own variables, those of comprehensions included
    own         of these, the ones that only ever hold something new, which the function has made itself
    nodes       all nodes of its definition
    """

    def __init__(self, function: FunctionType, definition: ast.FunctionDef, records: set[str], in_parts: bool) -> None:
        self.function, self.definition, self.nodes = function, definition, list(ast.walk(definition))
        self.records, self.in_parts = records, in_parts
        iterating = [node for node in self.nodes if isinstance(node, (ast.For, ast.comprehension))]
        comprehended = {
            name.id
            for node in iterating
            if isinstance(node, ast.comprehension)
            for name in ast.walk(node.target)
            if isinstance(name, ast.Name)
        }
        code = function.__code__
        if not comprehended.isdisjoint(name for one in (code, *codes_in(code)) for name in one.co_names):
            raise NotProven("a name is used for two things")
        self.own = own(definition, self.nodes)
        self.locals = {*code.co_varnames, *code.co_cellvars, *comprehended}
        self._find_texts(iterating)
        self.identities = set[str]()  # also those that get it from another name
        while (more := only_ever(definition, self.nodes, self.is_identity)) != self.identities:
            self.identities = more

    def refuse(self, node: Any, why: str) -> NoReturn:
        """Say that the function cannot be proven simple, and where."""
        raise NotProven(f"{self.function.__name__}, line {node.lineno} of it, {why}")

    def outer(self, node: ast.Name) -> Any:
        """Return what a name from outside of the function stands for."""
        for names in (self.function.__globals__, vars(builtins)):
            if node.id in names:
                return names[node.id]
        return self.refuse(node, f"uses the name {node.id}, which is not defined")

    def is_record(self, node: ast.AST) -> bool:
        """Tell whether an expression is the record."""
        return isinstance(node, ast.Name) and node.id in self.records

    def is_identity(self, node: ast.AST) -> bool:
        """Tell whether an expression is the record's userIdentity, or `{}` or None in its place, to be taken apart."""
        match node:
            case ast.Name(name):
                return name in self.identities
            case ast.Subscript(value=record, slice=name) if self.is_record(record):
                return self.in_parts and self.texts(name) == {IDENTITY}
            case ast.BoolOp(op=ast.Or(), values=[identity, other]):
                return self.is_identity(identity) and _is_nothing(other)
            case ast.Call(func=ast.Attribute(record, "get"), args=[name, *defaults], keywords=[]):
                named = self.is_record(record) and self.in_parts and self.texts(name) == {IDENTITY}
                return named and all(map(_is_nothing, defaults))
        return False

    def is_table(self, node: ast.AST) -> bool:
        """Tell whether an expression is the name of constants to look things up in, from outside of the function."""
        return isinstance(node, ast.Name) and node.id not in self.locals and is_table(self.outer(node))

    def is_dict(self, node: ast.AST) -> bool:
        """Tell whether an expression is the name of Python's `dict`."""
        return isinstance(node, ast.Name) and node.id not in self.locals and self.outer(node) is dict

    def texts(self, node: ast.AST) -> set[str] | None:
        """Return which texts an expression can be, if it is one of some constants; else None."""
        if isinstance(node, ast.Name) and node.id in self.locals:
            return self._choices.get(node.id)
        value = self.outer(node) if isinstance(node, ast.Name) else getattr(node, "value", None)
        return {value} if type(value) is str else None

    def _find_texts(self, iterating: list[ast.For | ast.comprehension]) -> None:
        """Find the variables that are one of some constant texts: {name: texts}.

        And those that are a sequence of constant texts, and are only looked at one by one.
        """
        self._choices, self._sequences = dict[str, set[str]](), dict[str, set[str]]()
        elsewhere = [node for above in self.nodes if above not in iterating for node in ast.iter_child_nodes(above)]
        otherwise = {node.id for node in elsewhere if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        assigned = [(node.targets[0], node.value) for node in self.nodes if isinstance(node, ast.Assign)]
        sequences = self._only_ever([(target, self._texts_in(value)) for target, value in assigned])
        self._sequences = {name: texts for name, texts in sequences.items() if name not in otherwise}
        found = [(node.target, self._texts_in(node.iter)) for node in iterating]
        self._choices = self._only_ever([*found, *((target, self.texts(value)) for target, value in assigned)])

    def _only_ever(self, pairs: Iterable[tuple[ast.expr, set[str] | None]]) -> dict[str, set[str]]:
        """Return {name: texts} of variables that get nothing else than texts, from pairs of (target, texts or None)."""
        named = [(target.id, texts) for target, texts in pairs if isinstance(target, ast.Name) and texts]
        names = only_ever(self.definition, self.nodes, lambda value: False, [name for name, _ in named])
        return {name: set().union(*(texts for one, texts in named if one == name)) for name in names}

    def _texts_in(self, node: ast.expr) -> set[str] | None:
        """Return the texts of a sequence of constants, whether it stands there or has a name; else None."""
        values: Any = None
        if isinstance(node, (ast.Tuple, ast.List)):
            values = [getattr(one, "value", None) for one in node.elts]
        elif isinstance(node, ast.Name):
            if node.id in self.locals:
                return self._sequences.get(node.id)
            values = self.outer(node)
        return set(values) if type(values) in (tuple, list) and {*map(type, values)} == {str} else None


def _is_nothing(node: ast.expr) -> bool:
    return (isinstance(node, ast.Dict) and not node.keys) or (isinstance(node, ast.Constant) and node.value is None)
