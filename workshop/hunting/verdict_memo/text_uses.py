"""How much of the text in a field a simple detector looks at: nothing, as many letters as it asks for, or all.

A text that is only printed goes out as it is and decides nothing: it matters whether there is a text, not which one. So
the detector is asked once with a mark instead of the text; what it printed is then known for any other text in that
place. Where a detector only asks how a text begins (`.startswith("AS")`, `[:2]`), that many letters are as good as all.

Each place where the source reads a field is followed upwards, from an expression to the one that it is a part of, and
from a name to wherever that name is used. A text may be put into an f-string, a list, a sum or a join, get a name, be
printed, or be asked whether it is there. Its letters that are not printable may be escaped on the way, as
`print_short_record` does: marks begin with such a letter, which shows where that is so. Whatever is not listed here
counts as looking at all of it: that costs time and nothing else.
"""

import ast
import builtins
import functools
from collections.abc import Iterable, Iterator
from typing import Any

from workshop.hunting.verdict_memo.names import Names
from workshop.hunting.verdict_memo.parts import PREFIX, TYPE
from workshop.hunting.verdict_memo.syntax import first_letters, is_append, is_text, longest

# An expression whose value holds the text, and whether it is a list with the text among its elements.
_Place = tuple[ast.AST, bool]
# How a text may end: it is printed, or so many of its letters are looked at.
_PRINTED, _ALL = 0, 1 << 30


def uses(bodies: Iterable[Names], fields: Iterable[str]) -> tuple[set[str], dict[str, int]]:
    """Return (fields whose texts are at most printed, {field: how many of its first letters are enough}).

    `bodies` are the functions that `proof` has checked for one detector. Of other fields all letters are looked at.
    """
    ends = {name: {_ALL} if name == TYPE else set[int]() for name in fields}
    for body in bodies:
        flow = _Flow(body)
        for names, read in flow.reads():
            for name in names & ends.keys():  # others are read of odd records only, which are shown in full
                ends[name] |= flow.ends_of(read)
    printed = {name for name, found in ends.items() if found <= {_PRINTED}}
    return printed, {name: max(found) for name, found in ends.items() if found and found.isdisjoint({_PRINTED, _ALL})}


@functools.cache
def _dumped(expression: str) -> str:
    return ast.dump(ast.parse(expression, mode="eval").body)


class _Flow:
    """Where texts go in one function."""

    def __init__(self, body: Names) -> None:
        self._body = body
        self._above = {below: node for node in body.nodes for below in ast.iter_child_nodes(node)}
        self._perhaps_lists = {
            target.id
            for node in body.nodes
            if isinstance(node, ast.Assign) and not is_text(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        }

    def reads(self) -> Iterator[tuple[set[str], ast.AST]]:
        """Yield (which fields, the expression) for each place where fields are read."""
        for node in self._body.nodes:
            match node:
                case (
                    ast.Subscript(value=source, slice=name)
                    | ast.Call(func=ast.Attribute(value=source), args=[name, *_])
                ) if self._is_source(source) and not self._body.is_identity(node):
                    prefix = PREFIX if self._body.is_identity(source) else ""
                    yield {prefix + text for text in self._body.texts(name) or ()}, node

    def ends_of(self, read: ast.AST) -> set[int]:
        """Return how the text ends that is read in some place."""
        ends, todo, seen = set[int](), [(read, False)], set[_Place]()
        while todo:
            place = todo.pop()
            if place in seen:
                continue
            seen.add(place)
            for found in self._from(*place):
                if isinstance(found, tuple):
                    todo.append(found)
                else:
                    ends.add(found)
        return ends

    def _is_source(self, node: ast.AST) -> bool:
        return self._body.is_record(node) or self._body.is_identity(node)

    def _from(self, node: ast.AST, in_list: bool) -> list[_Place | int]:
        """Return where a text goes from one place, and how it ends there; [] if it is asked whether it is there."""
        above = self._above[node]
        match above:
            case ast.Expr() | ast.UnaryOp(op=ast.Not()):
                return []
            case ast.If(test=test) | ast.IfExp(test=test) if test is node:
                return []
            case ast.comprehension(ifs=conditions) if node in conditions:
                return []
            case ast.comprehension(iter=text) if text is node and not in_list and self._escapes(self._above[above]):
                return [(self._above[above], True)]
            case ast.Compare(ops=operators) if all(isinstance(one, (ast.Is, ast.IsNot)) for one in operators):
                return []
            case ast.FormattedValue(conversion=-1 | 115, format_spec=None) if not in_list:
                return [(self._above[above], False)]
            case ast.List() | ast.Tuple() | ast.ListComp() | ast.GeneratorExp() if not in_list:
                return [(above, True)]
            case ast.Starred() if in_list:
                return [(above, False)]
            case ast.BinOp(op=ast.Add()) | ast.BoolOp() | ast.IfExp():
                return [(above, in_list)]
            case ast.NamedExpr(target=ast.Name(name)):
                return [(above, in_list), *self._named(name, in_list)]
            case ast.Assign(targets=targets) if all(isinstance(target, ast.Name) for target in targets):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
                return [place for name in names for place in self._named(name, in_list)]
            case ast.AugAssign(target=ast.Name(name) as target, op=ast.Add()):
                if target is node:
                    return []
                if in_list or name not in self._perhaps_lists:  # a list takes a text letter by letter
                    return self._grown(name, in_list)
            case ast.Subscript(slice=letters) if not in_list and letters is not node:
                return [first_letters(letters) or _ALL]
            case ast.Attribute():
                return self._of_method(above, in_list)
            case ast.Call(args=arguments) if node in arguments:
                return self._called(above, in_list)
        return [_ALL]

    def _escapes(self, node: ast.AST) -> bool:
        """Tell whether an expression yields the letters of a text, those that are not printable as escapes.

        Each letter by itself: what becomes of one text does not depend on what stands beside it.
        """
        match node:
            case ast.GeneratorExp(elt=elt, generators=[ast.comprehension(target=ast.Name(letter), ifs=[])]):
                written = f"{letter} if {letter}.isprintable() else ascii({letter})[1:-1]"
                named = ast.Name("ascii", ast.Load())
                return ast.dump(elt) == _dumped(written) and self._builtin(named) is ascii
        return False

    def _of_method(self, method: ast.Attribute, in_list: bool) -> list[_Place | int]:
        """Return where a text goes, and how it ends, whose method is called, or that of the list that it is in."""
        match self._above[method]:
            case ast.Call(func=called) as call if called is method and is_append(call):
                return []  # what is appended is followed from where it comes
            case ast.Call(func=called, args=[start], keywords=[]) if called is method and method.attr == "startswith":
                return [longest(start) or _ALL] if not in_list else [_ALL]
        return [_ALL]

    def _named(self, name: str, in_list: bool) -> list[_Place | int]:
        """Return the places where the value of a name is used."""
        return [
            (node, in_list)
            for node in self._body.nodes
            if isinstance(node, ast.Name) and node.id == name
            if isinstance(node.ctx, ast.Load) or isinstance(self._above[node], ast.AugAssign)
        ]

    def _grown(self, name: str, in_list: bool) -> list[_Place | int]:
        """Return the places where a text is that was added to the value of a name."""
        return self._named(name, in_list) if name in self._body.own else [_ALL]

    def _called(self, call: ast.Call, in_list: bool) -> list[_Place | int]:
        """Return where a text goes that is an argument, and how it ends there."""
        match call.func:
            case ast.Name() if self._builtin(call.func) is print and not in_list:
                return [_PRINTED]
            case ast.Attribute(value=source) if self._is_source(source):
                return [(call, in_list)]  # the default of `get`
            case ast.Attribute(value=ast.Name(name)) if is_append(call) and not in_list:
                return self._grown(name, True)
            case ast.Attribute(attr="join") if in_list and not call.keywords:
                return [(call, False)]
        match call:
            case ast.Call(args=[_], keywords=[]) if self._builtin(call.func) is bool:
                return []
            case ast.Call(args=[_], keywords=[]) if self._builtin(call.func) is str and not in_list:
                return [(call, False)]
            case ast.Call(args=[each, _], keywords=[]) if self._builtin(call.func) is map and in_list:
                return [(call, True)] if self._builtin(each) is str else [_ALL]
        return [_ALL]

    def _builtin(self, node: ast.expr) -> Any:
        """Return what an expression stands for if it is the name of one of Python's own functions, else None."""
        if not isinstance(node, ast.Name) or node.id in self._body.locals:
            return None
        value = self._body.outer(node)
        return value if value is getattr(builtins, node.id, None) else None
