"""How a value of the notebook is written as Python source: an import, a literal, a compiled pattern."""

import ast
import contextlib
import functools
import math
import re
import sys
import types
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from workshop.attendee_code.syntax_tree import tree_of

# Lambda's Python has the standard library and boto3. Removed from Python before 3.13, which Lambda runs:
_GONE = frozenset(
    """aifc asynchat asyncore audioop cgi cgitb chunk crypt distutils idlelib imghdr imp lib2to3 mailcap msilib nis
    nntplib ossaudiodev pipes smtpd sndhdr spwd sunau telnetlib tkinter turtle turtledemo uu xdrlib""".split()  # noqa: SIM905
)
_LONGEST = 64_000  # characters; a literal beyond this is data, not code


def in_lambda(module: str) -> bool:
    """Tell whether a module, by its dotted name, can be imported in Lambda."""
    top = module.split(".")[0]
    return top in {"boto3", "botocore"} or (top in sys.stdlib_module_names and top not in _GONE)


def import_line(name: str, value: Any, submodules: Collection[str] = ()) -> str | None:
    """Return the import statement that gives `name` this value in Lambda, or None if there is none.

    `submodules` are the attributes read from a module: `xml` is imported as `xml.etree` if that is what is used.
    """
    if isinstance(value, types.ModuleType):
        module = value.__name__
        if not in_lambda(module):
            return None
        lines = [f"import {module}" if name == module else f"import {module} as {name}"]
        lines += [f"import {module}.{part}" for part in sorted(submodules) if f"{module}.{part}" in sys.modules]
        return "\n".join(lines)
    for module, attribute in _homes(name, value):
        if in_lambda(module) and getattr(sys.modules.get(module), attribute, None) is value:
            return f"from {module} import {attribute}" + (f" as {name}" if name != attribute else "")
    return None


def _homes(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield (module, attribute) where a value may have been imported from, public places first."""
    module = getattr(value, "__module__", None)
    known = {getattr(value, "__name__", None), getattr(value, "_name", None), name} - {None}
    attributes = sorted((str(a) for a in known if str(a).isidentifier()), key=lambda a: a != name)
    if isinstance(module, str) and module:
        parts = module.split(".")
        prefixes = [".".join(parts[: i + 1]) for i in range(len(parts))]
        public = [prefix.replace("._", ".").lstrip("_") for prefix in prefixes]
        for home in dict.fromkeys([*public, *prefixes]):
            for attribute in attributes:
                yield home, attribute
    if not isinstance(value, str | bytes | int | float | complex | tuple | list | dict | set | frozenset | None):
        for home in _public_of_lambda(tuple(sys.modules)):
            yield home, name


@functools.lru_cache(4)
def _public_of_lambda(modules: tuple[str, ...]) -> list[str]:
    """Return those of some modules that Lambda has and whose names do not begin with an underscore, by name."""
    return sorted(module for module in modules if in_lambda(module) and not module.startswith("_"))


def expression(value: Any) -> str | None:
    """Return a value as a Python expression, the same text each time, or None if it is no constant of the code."""
    text = data(value)
    return text if text is None or len(text) <= _LONGEST else None


def data(value: Any, depth: int = 0) -> str | None:
    """Return a value as a Python expression, however long, the same text each time, or None if that cannot be."""
    if depth > 20:
        return None
    kind = type(value)
    text: str | None
    if value is None or value is Ellipsis or kind in (bool, int, str, bytes, complex):
        text = "..." if value is Ellipsis else _quoted(repr(value))
    elif kind is float:
        text = repr(value) if math.isfinite(value) else f'float("{value}")'
    elif kind is range:
        text = repr(value)
    elif kind is re.Pattern:
        text = _pattern(value)
    elif kind in (list, tuple, set, frozenset):
        text = _sequence(value, depth)
    elif kind is dict:
        pairs = [(data(k, depth + 1), data(v, depth + 1)) for k, v in value.items()]
        complete = all(None not in pair for pair in pairs)
        text = _bracketed("{", [f"{k}: {v}" for k, v in pairs], "}", depth) if complete else None
    elif isinstance(value, types.BuiltinMethodType) and type(value.__self__) in (re.Pattern, str, dict, set, frozenset):
        owner = data(value.__self__, depth + 1)
        text = owner and f"{owner}.{value.__name__}"
    else:
        text = None
    return text


def _sequence(value: Any, depth: int) -> str | None:
    texts = [data(item, depth + 1) for item in value]
    items = [text for text in texts if text is not None]
    if len(items) < len(texts):
        return None
    if isinstance(value, set | frozenset):
        items.sort()  # a set has another order in each process
        if not items:
            return f"{type(value).__name__}()"
        text = _bracketed("{", items, "}", depth)
        return f"frozenset({text})" if isinstance(value, frozenset) else text
    if isinstance(value, list):
        return _bracketed("[", items, "]", depth)
    return f"({items[0]},)" if len(items) == 1 else _bracketed("(", items, ")", depth)


def _bracketed(opening: str, items: Sequence[str], closing: str, depth: int) -> str:
    line = opening + ", ".join(items) + closing
    if depth or len(line) <= 90:
        return line
    return opening + "\n" + "".join(f"    {item},\n" for item in items) + closing


def _pattern(value: Any) -> str:
    flags = value.flags & ~(re.UNICODE if isinstance(value.pattern, str) else 0)
    names = [f"re.{flag.name}" for flag in re.RegexFlag if flag & flags and flag.name]
    text = _quoted(repr(value.pattern))
    raw = ("rb" if isinstance(value.pattern, bytes) else "r") + '"' + _as_text(value.pattern) + '"'
    if "\\\\" in text and '"' not in _as_text(value.pattern) and "\n" not in _as_text(value.pattern):
        with contextlib.suppress(SyntaxError):  # a pattern that ends in a backslash, for one
            text = raw if ast.literal_eval(tree_of(raw, "eval")) == value.pattern else text
    return f"re.compile({text}{', ' + ' | '.join(names) if names else ''})"


def _quoted(text: str) -> str:
    """Return a string literal in double quotes where that needs no escaping."""
    prefix, rest = ("b", text[1:]) if text.startswith("b'") else ("", text)
    return f'{prefix}"{rest[1:-1]}"' if rest[:1] == "'" and '"' not in rest and "\\'" not in rest else text


def _as_text(pattern: str | bytes) -> str:
    return pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
