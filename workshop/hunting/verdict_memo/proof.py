"""Proof, from its source, that a detector is simple: what it says depends on some fields of the record only.

A simple detector reads the record only by `record["name"]`, `record.get("name")`, `"name" in record`, or by handing it
to another simple function; the name is a constant, or comes from a list of constants. It keeps nothing between two
records, and calls only what always gives the same answer to the same question. Then it need not be asked twice:
`verdicts.py` remembers. Whatever is not listed here counts as not simple; that costs time and nothing else.
"""

import ast
import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

from workshop.hunting.verdict_memo.names import Names
from workshop.hunting.verdict_memo.parts import ALWAYS, IDENTITY, PREFIX, TYPE
from workshop.hunting.verdict_memo.pure import ATTRIBUTES, BUILTINS, CHANGING, FUNCTIONS, PLAIN_NODES, is_constant
from workshop.hunting.verdict_memo.source import NotProven, definition_of
from workshop.hunting.verdict_memo.syntax import only_asked_if_true
from workshop.hunting.verdict_memo.text_uses import uses


@dataclass
class Proof:
    """What is known of a simple detector.

    fields         the fields of the record that it can read
    may_change     it may change the values of some, such as the dictionary in userIdentity
    printed        the fields of which it looks at no letter: they are at most printed (`text_uses.py`)
    begun          {field: number}: the fields of which it looks at so many of the first letters only
    in_parts       of userIdentity it only reads fields; these are fields of their own, such as "userIdentity.arn"
    asks_if_empty  it also matters whether there is anything in userIdentity
    as_a_whole     what it does with the record as a whole, if it does: then it is not simple
    """

    fields: set[str] = field(default_factory=set)
    may_change: bool = False
    printed: set[str] = field(default_factory=set)
    begun: dict[str, int] = field(default_factory=dict)
    in_parts: bool = True
    asks_if_empty: bool = False
    as_a_whole: str = ""


def prove(detector: Callable, in_parts: bool = True) -> Proof:
    """Return the Proof of a simple detector; `in_parts`: take userIdentity apart if possible.

    Raises: NotProven, with the reason, when it is not simple, or it cannot be seen that it is.
    """
    try:
        return _proof_of(detector, Proof(in_parts=in_parts))
    except _AsAWhole:
        return prove(detector, in_parts=False)


class _AsAWhole(Exception):
    """Something else is done with userIdentity than reading a field of it."""


def _proof_of(detector: Callable, proof: Proof) -> Proof:
    if not isinstance(detector, FunctionType) or detector.__code__.co_argcount != 1 or detector.__defaults__:
        raise NotProven("it is not a plain function of one record")
    bodies = list[Names]()
    _prove(detector, {0}, proof, (), bodies)
    if proof.as_a_whole:
        raise NotProven(proof.as_a_whole, changes_nothing=not proof.may_change, keeps_nothing=True)
    proof.printed, proof.begun = uses(bodies, proof.fields)
    return proof


def _prove(
    function: FunctionType,
    record_places: set[int],
    proof: Proof,
    callers: tuple[FunctionType, ...],
    bodies: list[Names],
) -> None:
    """Check a function whose arguments at `record_places` are the record; add what it does to the proof.

    `bodies` gets the checks of its body and of those of the functions that it calls.
    """
    code = function.__code__
    if function in callers:
        raise NotProven(f"{code.co_name} calls itself")
    if code.co_freevars or code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS) or code.co_kwonlyargcount:
        raise NotProven(f"{code.co_name} has variables of another function, or *arguments")
    if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        raise NotProven(f"{code.co_name} is a generator or asynchronous")
    if not all(map(is_constant, function.__defaults__ or ())):
        raise NotProven(f"a default value of {code.co_name} can change")
    records = {code.co_varnames[place] for place in record_places}
    body = _Body(function, records, proof, (*callers, function), bodies)
    for statement in body.definition.body:
        body.visit(statement)
    bodies.append(body)


class _Body(Names):
    """The check of one function's body."""

    def __init__(
        self,
        function: FunctionType,
        records: set[str],
        proof: Proof,
        callers: tuple[FunctionType, ...],
        bodies: list[Names],
    ) -> None:
        super().__init__(function, definition_of(function.__code__), records, proof.in_parts)
        self.proof, self._callers, self._bodies = proof, callers, bodies

    def whole(self, node: ast.expr, why: str) -> None:
        """Note that the function is not simple, and go on: it may leave the record as it was."""
        self.proof.as_a_whole = self.proof.as_a_whole or f"{self.function.__name__}, line {node.lineno} of it, {why}"

    def visit(self, node: ast.AST) -> None:
        """Check a node and all below it."""
        if self.is_identity(node):
            raise _AsAWhole
        if isinstance(node, ast.Assign) and self.is_identity(node.value):
            return self.gives_identity(node)
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            self.changes(node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self.changes(node.target)
        if isinstance(node, ast.Name):
            self.name(node)
        elif isinstance(node, ast.Call):
            self.call(node)
        elif isinstance(node, ast.Attribute):
            self.attribute(node)
        elif isinstance(node, ast.Subscript) and self.is_record(node.value) and isinstance(node.ctx, ast.Load):
            self.reads(node.slice)
        elif isinstance(node, ast.Subscript) and self.is_identity(node.value) and isinstance(node.ctx, ast.Load):
            self.reads_part(node.slice)
        elif isinstance(node, ast.Subscript) and self.is_table(node.value) and isinstance(node.ctx, ast.Load):
            self.visit(node.slice)
        elif isinstance(node, ast.Compare):
            self.compare(node)
        elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) and self.is_always(node.values[0]):
            self.visit(node.values[0])
            read = set(self.proof.fields)
            for value in node.values[1:]:
                self.visit(value)
            self.proof.fields = read  # what stands behind the `or` is not asked: records without it are shown in full
        elif isinstance(node, PLAIN_NODES) and not (isinstance(node, ast.ExceptHandler) and node.name in self.records):
            fine = [one for one in only_asked_if_true(node) if self.is_identity(one)]
            if fine:
                self.proof.asks_if_empty = True
                self.proof.fields.add(TYPE)
            if isinstance(node, (ast.For, ast.comprehension)) and self.is_table(node.iter):
                fine.append(node.iter)
            for below in ast.iter_child_nodes(node):
                if below not in fine:
                    self.visit(below)
        else:
            self.refuse(node, f"has something that is not looked into ({type(node).__name__})")
        return None

    def gives_identity(self, node: ast.Assign) -> None:
        """Check that an assignment gives userIdentity no other than its own names."""
        if not (len(node.targets) == 1 and isinstance(node.targets[0], ast.Name) and self.is_identity(node.targets[0])):
            raise _AsAWhole
        self.proof.fields.add(TYPE)

    def changes(self, node: ast.expr) -> None:
        """Note that something is changed, unless it is the function's own."""
        self.proof.may_change |= not (isinstance(node, ast.Name) and node.id in self.own)

    def is_always(self, node: ast.AST) -> bool:
        """Tell whether an expression is a field of the record that is there, and not empty, unless it is an odd one."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            return self.is_record(node.func.value) and bool(node.args) and (self.texts(node.args[0]) or {""}) <= ALWAYS
        return False

    def name(self, node: ast.Name) -> None:
        if node.id in self.records:
            self.whole(node, f"uses {node.id} as a whole")
        if node.id in self.locals:
            return
        value = self.outer(node)
        exception = isinstance(value, type) and issubclass(value, Exception)
        if not (is_constant(value) or exception or any(value is known for known in BUILTINS)):
            self.refuse(node, f"uses {node.id}, which can change or is not known")

    def reads(self, node: ast.expr) -> None:
        """Note the field that an expression names."""
        names = self.texts(node)
        if not names or any(name.startswith(PREFIX) for name in names):
            self.refuse(node, "reads a field whose name is not a plain text")
        if self.proof.in_parts and IDENTITY in names:
            raise _AsAWhole
        self.proof.fields |= names

    def reads_part(self, node: ast.expr) -> None:
        """Note the field of userIdentity that an expression names."""
        names = self.texts(node)
        if not names:
            raise _AsAWhole
        self.proof.fields |= {TYPE, *(PREFIX + name for name in names)}

    def compare(self, node: ast.Compare) -> None:
        sides = [node.left, *node.comparators]
        for left, operator, right in zip(sides, node.ops, node.comparators, strict=False):
            membership = isinstance(operator, (ast.In, ast.NotIn))
            if isinstance(operator, (ast.Is, ast.IsNot)) and not any(
                isinstance(side, ast.Constant) and side.value in (None, True, False) for side in (left, right)
            ):
                self.refuse(node, "asks with `is` for more than None, True and False")
            if membership and self.is_record(right) and self.proof.in_parts and self.texts(left) == {IDENTITY}:
                self.proof.fields.add(TYPE)
            elif membership and self.is_record(right):
                self.reads(left)
            elif membership and self.is_identity(right):
                self.reads_part(left)
            elif not (membership and self.is_table(right)):
                self.visit(right)
        if self.is_identity(node.left) and all(isinstance(operator, (ast.Is, ast.IsNot)) for operator in node.ops):
            self.proof.fields.add(TYPE)
        elif not self.is_record(node.left):
            self.visit(node.left)
        else:
            self.whole(node, "compares the record as a whole")

    def attribute(self, node: ast.Attribute) -> None:
        if node.attr not in ATTRIBUTES or not isinstance(node.ctx, ast.Load):
            self.refuse(node, f"uses the attribute {node.attr}")
        if node.attr in CHANGING:
            self.changes(node.value)
        base = node.value
        if isinstance(base, ast.Name) and base.id not in self.locals and type(self.outer(base)) is re.Pattern:
            return
        self.visit(base)

    def call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Attribute) and self.is_record(function.value):
            if function.attr in ("items", "keys", "values") and not node.args:
                return self.whole(node, f"calls {function.attr} of the record")
            if function.attr != "get" or node.keywords or len(node.args) not in (1, 2):
                self.refuse(node, f"calls {function.attr} of the record")
            self.reads(node.args[0])
            return self.visit_all(node.args[1:])
        if isinstance(function, ast.Attribute) and self.is_identity(function.value):
            if function.attr != "get" or node.keywords or len(node.args) not in (1, 2):
                raise _AsAWhole
            self.reads_part(node.args[0])
            return self.visit_all(node.args[1:])
        if isinstance(function, ast.Attribute) and self.is_table(function.value) and function.attr == "get":
            return self.visit_all([*node.args, *node.keywords])
        called = self.called(function)
        if called is print and any(keyword.arg not in ("sep", "end") for keyword in node.keywords):
            self.refuse(node, "prints elsewhere")
        if called is isinstance and len(node.args) == 2 and self.is_dict(node.args[1]):
            if self.is_record(node.args[0]):
                return None
            if self.is_identity(node.args[0]):
                self.proof.fields.add(TYPE)
                return None
        if isinstance(called, FunctionType) and called not in FUNCTIONS:
            places = {place for place, argument in enumerate(node.args) if self.is_record(argument)}
            if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
                self.refuse(node, "calls a function with names or stars")
            if len(node.args) > called.__code__.co_argcount:
                self.refuse(node, "gives a function too many arguments")
            _prove(called, places, self.proof, self._callers, self._bodies)
            return self.visit_all(argument for argument in node.args if not self.is_record(argument))
        if called is None:
            self.visit(function)
        return self.visit_all([*node.args, *node.keywords])

    def visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def called(self, node: ast.expr) -> Any:
        """Return what is called if it comes from outside of the function; None for a method of a plain value."""
        names = list[str]()
        while isinstance(node, ast.Attribute):
            names.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id in self.locals:
            if not names:
                self.refuse(node, "calls something that it has made itself")
            return None
        value = self.outer(node)
        if names and not isinstance(value, (ModuleType, type)):
            return None
        if names and any(value is known for known in BUILTINS):
            return None  # str.lower and the like
        for name in names:
            value = getattr(value, name, None)
            if not isinstance(value, (ModuleType, type)):
                break
        own = isinstance(value, FunctionType) and not names
        if own or any(value is known for known in BUILTINS) or value in FUNCTIONS:
            return value
        return self.refuse(node, f"calls {'.'.join((node.id, *names))}, which is not known to be simple")
