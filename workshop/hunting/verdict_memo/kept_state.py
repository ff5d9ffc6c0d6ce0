"""Whether a detector keeps something from one record to the next, as far as it can be seen: a counter, a set of ids.

It is looked for in the compiled code, which every function has, also where the source is not known. What is not found
here may still be: a function of a library may keep something, too.
"""

import dis
import functools
import types
from collections.abc import Callable
from typing import Any

from workshop.hunting.verdict_memo.pure import CHANGING, is_constant, is_table
from workshop.hunting.verdict_memo.source import codes_in

# A function, a class, a module: what is kept in their attributes is not looked for.
_LASTING = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, type)
_STORES = ("STORE_FAST", "STORE_NAME", "STORE_DEREF")
_STORES_WITHIN = {"STORE_SUBSCR", "DELETE_SUBSCR", "STORE_ATTR", "DELETE_ATTR"}


def kept_by(detector: Callable, known: tuple = ()) -> str:
    """Return where a detector seems to keep something, in words; an empty text if that cannot be seen."""
    if isinstance(detector, functools.partial):
        given = [*detector.args, *detector.keywords.values()]
        return "it is given something that can change" if any(map(_can_change, given)) else kept_by(detector.func)
    if hasattr(detector, "__wrapped__"):
        return kept_by(detector.__wrapped__)
    if isinstance(detector, types.FunctionType):
        return _kept_by_function(detector, (*known, detector))
    if isinstance(detector, type):
        return ""
    owner = getattr(detector, "__self__", detector)
    if _can_change(owner):
        return f"it is, or belongs to, an object that can change ({type(owner).__name__})"
    return kept_by(detector.__func__) if isinstance(detector, types.MethodType) else ""


def _kept_by_function(function: types.FunctionType, known: tuple) -> str:
    name, code = function.__name__, function.__code__
    if any(map(_can_change, [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()])):
        return f"a default value of {name} can change"
    others = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
    for one in (code, *codes_in(code)):
        instructions = list(dis.get_instructions(one))
        operations = {instruction.opname for instruction in instructions}
        for instruction, following in zip(instructions, [*instructions[1:], None], strict=True):
            variable = instruction.argval
            if instruction.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
                return f"{name} changes the global {variable}"
            if instruction.opname in ("STORE_DEREF", "DELETE_DEREF") and variable in others:
                return f"{name} changes {variable}, a variable of another function"
            if instruction.opname == "LOAD_GLOBAL" and variable in function.__globals__:
                value = function.__globals__[variable]
            elif instruction.opname in ("LOAD_DEREF", "LOAD_CLASSDEREF") and variable in others:
                value = _content(others[variable])
            else:
                continue
            if isinstance(value, types.FunctionType) and value not in known and (reason := kept_by(value, known)):
                return reason
            if _can_change(value) and not _only_looked_up(value, following, operations):
                return f"{name} uses {variable}, which can change"
    return ""


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it has none yet
        return None


def _can_change(value: Any) -> bool:
    """Tell whether a value can change, going by its hash: if that comes of what is in the value, it cannot."""
    if is_constant(value) or isinstance(value, _LASTING):
        return False
    if type(value) in (tuple, frozenset):
        return any(map(_can_change, value))
    return type(value).__hash__ in (None, object.__hash__)


def _only_looked_up(value: Any, following: dis.Instruction | None, operations: set[str]) -> bool:
    """Tell whether code seems only to look things up in a value, by what it does next with it, and at all."""
    if not value or not is_table(value) or following is None or operations & _STORES_WITHIN:
        return False
    return following.opname not in _STORES and following.argval not in CHANGING
