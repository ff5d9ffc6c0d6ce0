"""An answer as repairs see it: its syntax tree, and the names, texts and fields that it could have meant."""

import ast
import copy
import linecache
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from workshop.attendee_code.cell_source import CellFunction, PackagingError, names_used, source_of
from workshop.attendee_code.packaging import starter
from workshop.attendee_code.syntax_tree import tree_of
from workshop.exercises.case import Case
from workshop.exercises.exercise import Exercise
from workshop.exercises.sample_records import has, value_at

_Change = Callable[[Any, Any], ast.AST | list[ast.stmt] | None]
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


class Answer:
    """The source of an answer, with what its exercise and its notebook know.

    `tree` has the function and, above it, the constants and helpers of the same cell that it uses; its line numbers
    are the cell's. `function` is the definition that is judged, `arguments` are its parameters' names, the record's
    first.
    """

    def __init__(self, cell: CellFunction, tree: ast.Module, exercise: Exercise, cases: tuple[Case, ...]) -> None:
        self.cell, self.tree, self.exercise, self.cases, self.as_written = cell, tree, exercise, cases, True
        named: list[Any] = [node for node in tree.body if isinstance(node, FUNCTIONS)]
        own = [node for node in named if node.name == exercise.name]
        self.function: Any = (own or named or [None])[-1]
        self.arguments = [a.arg for a in self.function.args.args] if self.function else []
        self._of_kind: dict[type[ast.AST], list[Any]] = {}
        self._paths_held: dict[str, str] = {}
        self._follow_variables()

    @classmethod
    def written(cls, cell: CellFunction, exercise: Exercise, cases: tuple[Case, ...]) -> "Answer":
        """Return the answer as its author wrote it. Raises: SyntaxError if it is no Python."""
        tree = tree_of(cell.text)
        ast.increment_lineno(tree, cell.line - 1)
        return cls(cell, ast.Module([*_above(cell), *tree.body], []), exercise, cases)

    def repaired(self, source: str) -> "Answer":
        """Return the answer with another source."""
        answer = Answer(self.cell, tree_of(source), self.exercise, self.cases)
        answer.as_written = False
        return answer

    def all(self, kind: type[ast.AST]) -> list[Any]:
        """Return the nodes of a kind, in no particular order: statements of the function, expressions of all."""
        if kind not in self._of_kind:
            above = () if issubclass(kind, ast.stmt) else self._above
            self._of_kind[kind] = [node for node in (*self._within, *above) if isinstance(node, kind)]
        return self._of_kind[kind]

    @cached_property
    def _within(self) -> list[ast.AST]:
        """All nodes of the function's body."""
        return [node for statement in (self.function.body if self.function else ()) for node in ast.walk(statement)]

    @cached_property
    def _above(self) -> list[ast.AST]:
        """All nodes outside of the function."""
        return [node for statement in self.tree.body if statement is not self.function for node in ast.walk(statement)]

    def blocks(self) -> Iterator[list[ast.stmt]]:
        """Yield each list of statements within the function, its own body first."""
        if self.function:
            yield self.function.body
        for node in self.all(ast.stmt):
            for name in ("body", "orelse", "finalbody"):
                block = getattr(node, name, None)
                if block:
                    yield block

    def in_brackets(self, node: ast.expr) -> bool:
        """Tell whether an expression stands in round brackets, in the answer as it was written."""
        line = linecache.getline(self.cell.filename, node.lineno) if self.as_written else ""
        return line[: node.col_offset].rstrip().endswith("(")

    @cached_property
    def parents(self) -> dict[int, ast.AST]:
        """The node that holds another, by the id() of the inner one."""
        return {id(inner): outer for outer in ast.walk(self.tree) for inner in ast.iter_child_nodes(outer)}

    def parent(self, node: ast.AST) -> Any:
        """Return the node around another one."""
        return self.parents.get(id(node))

    @property
    def record(self) -> str:
        """The name of the first argument."""
        return self.arguments[0] if self.arguments else "record"

    @cached_property
    def own_names(self) -> set[str]:
        """Names that the function itself sets."""
        stored = {node.id for node in self.all(ast.Name) if isinstance(node.ctx, ast.Store)}
        return stored | {*self.arguments} | {node.name for node in self.all(ast.FunctionDef)}

    @cached_property
    def undefined(self) -> set[str]:
        """Names that it uses and that neither it, nor the notebook, nor the analyzer knows."""
        analyzer = names_used(starter().source)[1]
        return {name for name in names_used(self.cell.text)[0] if name not in self.cell.namespace} - analyzer

    @cached_property
    def model(self) -> ast.Module:
        """The syntax tree of the model answer, the one with the bonus if there are two."""
        try:
            return tree_of(source_of(self.exercise.bonus_model or self.exercise.model).text)  # type: ignore[no-any-return]
        except PackagingError:
            return ast.Module([], [])

    @cached_property
    def wanted_texts(self) -> list[str]:
        """The texts of the model answer, apart from docstrings and names of fields."""
        texts = [node.value for node in nodes(self.model) if isinstance(node, ast.Constant)]
        lonely = [node.value for node in nodes(self.model) if isinstance(node, ast.Expr)]
        docstrings = {ast.literal_eval(node) for node in lonely if is_text(node)}
        found = [text for text in texts if isinstance(text, str) and text and text not in self.paths]
        return [text for text in dict.fromkeys(found) if text not in docstrings]

    @cached_property
    def asked_for(self) -> list[str]:
        """What stands in the deciding fields of the records that are to match."""
        matching = [case for case in self.cases if case.expected is True and isinstance(case.record, dict)]
        return [str(value_at(case.record, path)) for case in matching for path in self.exercise.fields]

    @cached_property
    def paths(self) -> dict[str, list[str]]:
        """The fields of the cases' records: their own name -> their paths, such as "arn" -> ["userIdentity.arn"]."""
        found: dict[str, dict[str, None]] = {}
        todo = [("", case.record) for case in self.cases if isinstance(case.record, dict)]
        while todo:
            path, part = todo.pop(0)
            for key, value in (part or {}).items():
                inner = f"{path}.{key}".strip(".")
                found.setdefault(key, {})[inner] = None
                if isinstance(value, dict):
                    todo.append((inner, value))
        return {key: list(paths) for key, paths in found.items()}

    def is_always_text(self, path: str) -> bool:
        """Tell whether the records of the cases have texts at a path, where they have anything."""
        found = [value_at(case.record, path) for case in self.cases if has(case.record, path)]
        return bool(found) and all(isinstance(value, str) for value in found)

    def is_always_dictionary(self, path: str) -> bool:
        """Tell whether the records of the cases have dictionaries at a path, where they have anything."""
        found = [value_at(case.record, path) for case in self.cases if has(case.record, path)]
        return bool(found) and all(isinstance(value, dict) for value in found)

    def held(self, node: Any) -> Any:
        """Return the expression behind a name that is given a value just once, or else the node itself."""
        if not isinstance(node, ast.Name):
            return node
        given = [
            one.value
            for one in nodes(self.tree)
            if isinstance(one, ast.Assign) and len(one.targets) == 1 and getattr(one.targets[0], "id", "") == node.id
        ]
        stored = [one for one in nodes(self.tree) if isinstance(one, ast.Name) and one.id == node.id]
        once = sum(isinstance(one.ctx, ast.Store) for one in stored) == 1
        return given[0] if len(given) == 1 and once and node.id not in self.arguments else node

    def is_pattern(self, node: ast.AST) -> bool:
        """Tell whether an expression is the name of a compiled pattern of the notebook or the analyzer."""
        if not isinstance(node, ast.Name):
            return False
        value = self.cell.namespace.get(node.id)
        return isinstance(value, re.Pattern) or node.id == "instance_identifier_arn_pattern"

    def _follow_variables(self) -> None:
        """Note the paths of the variables that get a value just once, a part of the record."""
        names = [node.id for node in self.all(ast.Name) if isinstance(node.ctx, ast.Store)]
        for node in sorted(self.all(ast.Assign), key=lambda node: node.lineno):
            (target, *others), path = node.targets, self.path_of(node.value)
            if not others and isinstance(target, ast.Name) and names.count(target.id) == 1 and path is not None:
                self._paths_held[target.id] = path

    def is_record(self, node: ast.AST) -> bool:
        """Tell whether an expression is the first argument."""
        return isinstance(node, ast.Name) and node.id == self.record

    def field_of(self, node: Any) -> tuple[ast.expr, str] | None:
        """Return (what it is read from, key) if an expression reads a field by its name: `x["key"]`, `x.get("key")`."""
        key = getattr(node, "slice", None)
        if isinstance(node, ast.Subscript) and isinstance(key, ast.Constant) and isinstance(node.ctx, ast.Load):
            return (node.value, key.value) if isinstance(key.value, str) else None
        if names_method(node, "get") and node.args and is_text(node.args[0]):
            return node.func.value, node.args[0].value
        return None

    def field_of_key(self, node: ast.AST) -> tuple[ast.expr, str] | None:
        """Return what `field_of` does, for the text that is the key."""
        holder = self.parent(node)
        key = getattr(holder, "slice", None) or next(iter(getattr(holder, "args", ())), None)
        return self.field_of(holder) if key is node else None

    def path_of(self, node: ast.AST) -> str | None:
        """Return the path that an expression reads of the record, "" for the record itself, None if it reads none."""
        if self.is_record(node):
            return ""
        if isinstance(node, ast.Name):
            return self._paths_held.get(node.id)
        if isinstance(node, ast.BoolOp):  # (record.get("userIdentity") or {})
            return self.path_of(node.values[0])
        read = self.field_of(node)
        if read is None:
            return None
        outer = self.path_of(read[0])
        return None if outer is None else f"{outer}.{read[1]}".strip(".")

    def at_path(self, path: str) -> ast.expr:
        """Return an expression for a field of the record that takes absent parts and null for an empty text."""
        *outer, last = path.split(".")
        code = self.record
        for key in outer:
            code = f"({code}.get({key!r}) or {{}})"
        return expression(f"({code}.get({last!r}) or '')")


def _above(cell: CellFunction) -> list[ast.stmt]:
    """Return the statements of the cell that give the names used in its function their values, in their order."""
    try:
        tree = tree_of("".join(linecache.getlines(cell.filename)))
        wanted = names_used(cell.text)[0] & set(cell.namespace)
    except SyntaxError:
        return []
    found: dict[int, ast.stmt] = {}
    for node in reversed(tree.body):
        target = node.targets[0] if isinstance(node, ast.Assign) else node
        name = getattr(target, "id", getattr(target, "name", None))
        if isinstance(node, ast.Assign | FUNCTIONS | ast.ClassDef) and name in wanted - {cell.name}:
            wanted |= {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
            found[node.lineno] = node
    return [found[line] for line in sorted(found)]


def nodes(tree: ast.AST) -> list[Any]:
    """Return all nodes of a tree, the outer ones first."""
    return list(ast.walk(tree))


def is_text(node: Any) -> bool:
    """Tell whether a node is a text that stands in the source."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def expression(code: str) -> ast.expr:
    """Return Python source as an expression."""
    return tree_of(code, mode="eval").body  # type: ignore[no-any-return]


def statements(code: str) -> list[ast.stmt]:
    """Return Python source as statements."""
    return tree_of(code).body  # type: ignore[no-any-return]


def names_method(call: Any, *names: str) -> bool:
    """Tell whether a node calls a method of one of these names."""
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in names


def calls(call: ast.AST, name: str) -> bool:
    """Tell whether a node calls a function by its name."""
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == name


def rewritten(node: Any, change: _Change) -> Any:
    """Return a copy of a tree in which each node is what `change(node, copy)` makes of it, or its copy for None.

    `change` gets the node of the old tree and its copy, whose inner nodes are changed already. A statement may become
    a list of statements.
    """
    made = copy.copy(node)
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            setattr(made, name, rewritten(value, change))
        elif isinstance(value, list):
            setattr(made, name, _parts(name, value, lambda part: rewritten(part, change)))
    changed = change(node, made)
    return made if changed is None else changed


def replaced(tree: Any, new: Mapping[int, Any]) -> Any:
    """Return a tree with other nodes in place of those with these id()s; [] takes a statement out.

    What nothing is replaced in is shared with the old tree.
    """
    if id(tree) in new:
        return new[id(tree)]
    made = None
    for name in tree._fields:
        value: Any = getattr(tree, name, None)
        other = value
        if isinstance(value, ast.AST):
            other = replaced(value, new)
        elif isinstance(value, list):
            parts = _parts(name, value, lambda part: replaced(part, new))
            if len(parts) != len(value) or any(part is not old for part, old in zip(parts, value, strict=True)):
                other = parts
        if other is not value:
            made = made or copy.copy(tree)
            setattr(made, name, other)
    return made or tree


def _parts(name: str, value: list[Any], change: Callable[[Any], Any]) -> list[Any]:
    """Return what a node's list becomes; a body from which all statements are taken says `pass`."""
    parts: list[Any] = []
    for part in value:
        new = change(part) if isinstance(part, ast.AST) else part
        parts += new if isinstance(new, list) else [new]
    if value and not parts and isinstance(value[0], ast.stmt) and name == "body":
        return [ast.Pass()]
    return parts
