"""The source of a function written in a notebook cell: where it is, what it is called, which names it uses."""

import ast
import builtins
import dis
import functools
import inspect
import linecache
import textwrap
import types
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from workshop.attendee_code.stubs import is_unwritten, to_write
from workshop.attendee_code.syntax_tree import tree_of


class PackagingError(ValueError):
    """A function that cannot go into the Lambda function; `name` is what stands in the way, if it has a name.

    `filename` and `line` tell where in the attendee's own cell, if that is known.
    """

    def __init__(
        self, message: str, name: str | None = None, filename: str | None = None, line: int | None = None
    ) -> None:
        super().__init__(message)
        self.name = name
        self.filename = filename
        self.line = line


@dataclass(frozen=True)
class CellFunction:
    """A function as it was written: `text` starts at `line` (from 1) of `filename`; `namespace` holds its globals."""

    name: str
    text: str
    filename: str
    line: int
    namespace: dict[str, Any] = field(repr=False)


# What IPython adds to every namespace; none of it exists in Lambda.
NOTEBOOK_NAMES = {"get_ipython", "display", "In", "Out", "exit", "quit", "__IPYTHON__"}
_LOADS = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"}


def unwrapped(function: Any) -> Any:
    """Return the plain function behind functools.wraps, lru_cache and the like (what is passed in if there is none)."""
    try:
        return inspect.unwrap(function)
    except Exception:  # an object may do anything when it is asked for __wrapped__
        return function


def name_of(function: Any, preferred: Collection[str] = ()) -> str | None:
    """Return the name a function is known by in its notebook: its own, or that of the variable that holds it.

    A lambda and a function decorated without functools.wraps are known by their variable; of several variables, by one
    of those `preferred`, which are the analyzer's functions by default. None if there is no name.
    """
    namespace = getattr(unwrapped(function), "__globals__", None)
    own = getattr(function, "__name__", None)
    if isinstance(namespace, dict):
        held = [name for name, value in list(namespace.items()) if value is function and not name.startswith("_")]
        if held:
            return min(held, key=lambda name: (name not in (preferred or to_write()), name != own))
    return own if isinstance(own, str) and own.isidentifier() else None


def source_of(function: Any, name: str | None = None) -> CellFunction:
    """Return a function, decorated or not, or a lambda, as the `CellFunction` that its author wrote.

    Raises: PackagingError if it is not a function, is a closure, or its source cannot be found.
    """
    name = name or name_of(function)
    target = unwrapped(function)
    _demand_function(target, name)
    target = _decorated(target, name) or target
    code = target.__code__
    try:
        lines, _ = inspect.findsource(target)
    except (OSError, TypeError, IndexError) as error:
        raise PackagingError(
            f"The source of {name or code.co_name} cannot be found. Functions made by exec() or in a cell that starts "
            "with a magic such as %%time have none: define it with `def` in a cell of its own, and run that cell.",
            name,
        ) from error
    text, line = _statement(target, name, "".join(lines))
    if target.__closure__:
        free = ", ".join(code.co_freevars)
        raise PackagingError(
            f"{name or code.co_name} is defined inside another function and uses its variables ({free}), which do not "
            "exist in Lambda. Define it at the top level of a cell and give it everything it needs there.",
            code.co_freevars[0],
            code.co_filename,
            line,
        )
    return CellFunction(name or code.co_name, text, code.co_filename, line, target.__globals__)


def class_source(kind: type) -> CellFunction | None:
    """Return a class of a notebook as a `CellFunction`, found by one of its methods; None if that cannot be done."""
    for value in vars(kind).values():
        value = unwrapped(getattr(value, "fget", None) or getattr(value, "__func__", None) or value)
        if not isinstance(value, types.FunctionType) or not value.__qualname__.startswith(f"{kind.__qualname__}."):
            continue
        filename = value.__code__.co_filename
        source = "".join(linecache.getlines(filename))
        try:
            tree = tree_of(source)
        except SyntaxError:
            continue
        for node in tree.body:  # a class inside of a function may use that function's variables
            if isinstance(node, ast.ClassDef) and node.name == kind.__qualname__:
                start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                text = "".join(source.splitlines(keepends=True)[start - 1 : node.end_lineno]).rstrip() + "\n"
                return CellFunction(node.name, text, filename, start, value.__globals__)
    return None


def _demand_function(target: Any, name: str | None) -> None:
    if isinstance(target, types.FunctionType):
        return
    what = f"{name or 'What was passed'} is "
    if target is None:
        what += "None"
    elif isinstance(target, str):
        what = f"{target!r} is text, the name of something"
    elif inspect.isclass(target):
        what += "a class"
    elif inspect.ismethod(target):
        what += "a method of an object"
    elif inspect.isbuiltin(target):
        what += "built into Python"
    else:
        kind = type(target)
        article = "an" if kind.__qualname__[:1].lower() in "aeiou" else "a"
        what += f"{article} object of type {kind.__module__}.{kind.__qualname__}".replace("builtins.", "")
    raise PackagingError(f"{what}, not a function. Pass the function itself, written with `def` in a cell.", name)


def _decorated(target: types.FunctionType, name: str | None) -> types.FunctionType | None:
    """Return the function inside a wrapper that was made without functools.wraps, if that is what target is."""
    cells, seen = list(target.__closure__ or ()), set()
    while cells:
        try:
            inner = cells.pop().cell_contents
        except ValueError:  # a cell still empty
            continue
        if isinstance(inner, types.FunctionType) and id(inner) not in seen:
            seen.add(id(inner))
            if inner.__name__ == name:
                return inner
            cells.extend(inner.__closure__ or ())
    return None


def _statement(target: types.FunctionType, name: str | None, source: str) -> tuple[str, int]:
    """Return (text, first line) of the statement that made the function."""
    code = target.__code__
    try:
        definitions = [each for each in _definitions(source) if each[0] == code.co_name]
    except SyntaxError:  # not all of the file is Python
        return textwrap.dedent(inspect.getsource(target)), code.co_firstlineno
    if code.co_name == "<lambda>":
        return _lambda_statement(tree_of(source), source, code, name)
    exact = [each for each in definitions if each[1] == code.co_firstlineno]
    if not (exact or definitions):
        raise PackagingError(f"The definition of {code.co_name} is not where Python says; run its cell again.", name)
    _, start, end = (exact or definitions)[-1]
    text = "".join(source.splitlines(keepends=True)[start - 1 : end]).rstrip() + "\n"
    text = textwrap.dedent(text)
    if name and name != code.co_name:  # deleting_logs = my_function
        text += f"\n\n{name} = {code.co_name}\n"
    return text, start


@functools.lru_cache(32)  # the analyzer's own is asked for each time an answer is packaged
def _definitions(source: str) -> tuple[tuple[str, int, int | None], ...]:
    """Return (name, first line, last line) of all functions that a file defines."""
    return tuple(
        (node.name, min([node.lineno, *(d.lineno for d in node.decorator_list)]), node.end_lineno)
        for node in ast.walk(tree_of(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def _lambda_statement(tree: ast.AST, source: str, code: types.CodeType, name: str | None) -> tuple[str, int]:
    for node in ast.walk(tree):
        targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        if isinstance(node, ast.Assign | ast.AnnAssign) and (not name or name in names) and names:
            lines = {inner.lineno for inner in ast.walk(node) if isinstance(inner, ast.Lambda)}
            if code.co_firstlineno in lines:
                return f"{ast.get_source_segment(source, node)}\n", node.lineno
    raise PackagingError(
        "A lambda can be used if it is assigned to a name on its own: deleting_logs = lambda record: …",
        name,
        code.co_filename,
        code.co_firstlineno,
    )


@functools.lru_cache(256)
def names_used(text: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return (names read from outside, names it defines, names it rebinds by `global`) of Python source, as sets.

    Names inside generator expressions and nested functions are found as well; builtins are left out.
    """
    module = compile(text, "<cell>", "exec", dont_inherit=True)
    read, defined, rebound, codes = set(), set(), set(), [module]
    while codes:
        code = codes.pop()
        codes.extend(constant for constant in code.co_consts if isinstance(constant, types.CodeType))
        instructions = list(dis.get_instructions(code))
        stored = {i.argval for i in instructions if i.opname == "STORE_NAME" and code is not module}
        for instruction in instructions:
            if instruction.opname in _LOADS:
                if instruction.argval not in stored or instruction.opname != "LOAD_NAME":  # set in a class's body
                    read.add(instruction.argval)
            elif instruction.opname.endswith(("_GLOBAL", "_NAME")) and code is module:
                defined.add(instruction.argval)
            elif instruction.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
                rebound.add(instruction.argval)
    class_level = {"__name__", "__qualname__", "__module__", "__annotations__", "__file__", "__doc__"}
    plain_builtins = set(dir(builtins)) - NOTEBOOK_NAMES
    used = (read | rebound) - defined - class_level - plain_builtins
    return frozenset(used), frozenset(defined), frozenset(rebound)


def line_of(cell: CellFunction, name: str) -> int:
    """Return the line of the cell's file on which a name is first used, or the cell's first line."""
    uses = [n.lineno for n in ast.walk(tree_of(cell.text)) if isinstance(n, ast.Name) and n.id == name]
    return cell.line + min(uses, default=1) - 1


def cell_line(filename: str, line: int) -> str:
    """Return the text of one line of a cell or file, without indentation; "" if it cannot be found."""
    return linecache.getline(filename, line).strip()


def is_stub(function: Any) -> bool:
    """Tell whether a function still has to be written: only a docstring, `pass`, `...` or `raise NotImplementedError`.

    What is no function, or has no source, is no stub.
    """
    try:
        tree = tree_of(source_of(function).text)
    except (PackagingError, SyntaxError):
        return False
    return is_unwritten(tree.body[0])
