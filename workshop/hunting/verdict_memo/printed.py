"""Of which fields of the record a simple detector does not look at the whole text.

A field that is only printed goes out as it is, and decides nothing: it matters whether there is a text, not which. So
the detector is asked once with a mark instead of the text; what it printed is then known for any other text in that
place. Of a field that is only asked how it begins (`.startswith("AS")`, `[:2]`) as many letters are as good as all.

The rules below follow the values through the source, as `proof.py` does, and whatever they do not list counts as used;
that costs time and nothing else. A text may be put into an f-string, a list, a sum or a join, given a name, printed, or
asked whether it is there.
"""

import ast
import builtins
from dataclasses import dataclass

from workshop.hunting.verdict_memo.parts import PREFIX, TYPE
from workshop.hunting.verdict_memo.syntax import first_letters, is_append, is_text, longest, looked_up

_TEXT, _LIST = "text", "list"


@dataclass(frozen=True)
class _Held:
    """What a value holds: the texts of some fields, in a text or in the elements of a list."""

    fields: frozenset
    kind: str


def uses(bodies, fields):
    """Return (which fields are only printed, {field that is only asked how it begins: of how many letters, at most}).

    `bodies` are those that `proof` has checked for one detector.
    """
    used, printed, begun = set(), set(), {}
    for body in bodies:
        flow = _Flow(body)
        used |= flow.used()
        printed |= flow.printed
        begun |= {name: max(letters, begun.get(name, 0)) for name, letters in flow.begun.items()}
    begins = {name: letters for name, letters in begun.items() if name not in used | printed}
    return set(fields) - used - set(begun) - {TYPE}, begins


class _Flow:
    """Where the fields' texts go in one function.

    `_used` collects the fields whose texts go elsewhere than `printed` (into print) and `begun` (asked how they begin).
    """

    def __init__(self, body):
        self._body, self._held, self._used, self._changed = body, {}, set(), True
        self.printed, self.begun = set(), {}
        self._perhaps_lists = {
            node.targets[0].id
            for node in ast.walk(body.definition)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and not is_text(node.value)
        }

    def used(self):
        """Return the fields that this function uses for more than printing."""
        if not self._lists_stay():
            return self._body.proof.fields
        while self._changed:
            self._changed = False
            self._each(self._body.definition.body)
        return self._used

    def _lists_stay(self):
        """Tell whether each list that may grow is the function's own, and has one name only."""
        nodes = list(ast.walk(self._body.definition))
        if any(isinstance(node, ast.NamedExpr) or len(getattr(node, "targets", ())) > 1 for node in nodes):
            return False
        grown = {node.func.value.id for node in nodes if is_append(node)}
        grown |= {
            node.target.id for node in nodes if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
        }
        return grown <= self._body.own and all(
            self._stays(*above) for name, *above in looked_up(self._body.definition) if name in grown
        )

    def _stays(self, parent, above):
        """Tell whether what a value is used for cannot keep it: by what stands above it in the source."""
        if isinstance(parent, ast.Starred):
            parent = above
        if isinstance(parent, ast.Call):
            joins = isinstance(parent.func, ast.Attribute) and parent.func.attr == "join"
            return joins or self._builtin(parent.func) in (print, str, map, bool, len)
        return isinstance(parent, (ast.Attribute, ast.FormattedValue, ast.If, ast.Subscript))

    def _each(self, statements):
        for statement in statements:
            self._statement(statement)

    def _statement(self, node):
        if isinstance(node, ast.Expr):
            self._value(node.value)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            self._bind(node.targets[0].id, self._value(node.value))
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and isinstance(node.op, ast.Add):
            held = self._value(node.value)
            if held and held.kind == _TEXT and node.target.id in self._perhaps_lists:
                self._use(held)  # a list takes a text letter by letter
            self._bind(node.target.id, held)
        elif isinstance(node, ast.If):
            self._value(node.test)  # whether there is a text is known
            self._each([*node.body, *node.orelse])
        else:
            for below in ast.iter_child_nodes(node):
                if isinstance(below, ast.expr):
                    self._use(self._value(below))
                else:
                    self._statement(below)

    def _use(self, *values):
        for held in values:
            self._used |= held.fields if held else set()

    def _bind(self, name, held):
        both = self._one_of([self._held.get(name), held])
        if both != self._held.get(name):
            self._held[name], self._changed = both, True

    def _one_of(self, values):
        """Return what holds all that some values hold; a text and a list are no one thing."""
        held = [value for value in values if value]
        if len({value.kind for value in held}) > 1:
            self._use(*held)
        return _Held(frozenset().union(*(value.fields for value in held)), held[0].kind) if held else None

    def _value(self, node):
        """Return what the value of an expression holds, or None."""
        if isinstance(node, ast.Name):
            return self._held.get(node.id)
        if self._body.is_identity(node):
            return None
        if isinstance(node, ast.Subscript) and self._is_source(node.value):
            return self._field(node.value, node.slice)
        if isinstance(node, ast.Subscript) and (letters := first_letters(node.slice)):
            return self._begins(node.value, letters)
        if isinstance(node, ast.JoinedStr):
            return self._in_text([part for part in node.values if isinstance(part, ast.FormattedValue)])
        if isinstance(node, (ast.List, ast.Tuple)):
            return self._in_list(node.elts)
        if isinstance(node, (ast.ListComp, ast.GeneratorExp)):
            for one in node.generators:
                self._use(self._value(one.iter))
                for condition in one.ifs:
                    self._value(condition)  # whether there is a text is known
            return self._in_list([node.elt])
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._one_of([self._value(node.left), self._value(node.right)])
        if isinstance(node, ast.BoolOp):
            return self._one_of(list(map(self._value, node.values)))
        if isinstance(node, ast.IfExp):
            self._value(node.test)
            return self._one_of([self._value(node.body), self._value(node.orelse)])
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self._value(node.operand)
            return None
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        for below in ast.iter_child_nodes(node):
            if isinstance(below, ast.expr) and not self._is_source(below):
                self._use(self._value(below))
            elif isinstance(below, ast.comprehension):
                self._use(*map(self._value, (below.iter, *below.ifs)))
        return None

    def _is_source(self, node):
        return self._body.is_record(node) or self._body.is_identity(node)

    def _field(self, source, node, *defaults):
        self._use(*map(self._value, defaults))
        prefix = PREFIX if self._body.is_identity(source) else ""
        return _Held(frozenset(prefix + name for name in self._body.texts(node)), _TEXT)

    def _begins(self, node, letters):
        """Note that no more than the first letters of a text are looked at."""
        held = self._value(node)
        if held and held.kind == _LIST:
            self._use(held)
        elif held:
            self.begun |= {name: max(letters, self.begun.get(name, 0)) for name in held.fields}

    def _in_text(self, parts):
        held = [self._value(part.value) for part in parts]
        for part, one in zip(parts, held, strict=True):
            if one and (one.kind == _LIST or part.format_spec or part.conversion not in (-1, ord("s"))):
                self._use(one)
            if part.format_spec:
                self._use(self._value(part.format_spec))
        return self._of(held, _TEXT)

    def _in_list(self, elements):
        held = []
        for element in elements:
            starred = isinstance(element, ast.Starred)
            one = self._value(element.value if starred else element)
            if one and one.kind == (_TEXT if starred else _LIST):
                self._use(one)
            held.append(one)
        return self._of(held, _LIST)

    def _of(self, values, kind):
        fields = frozenset().union(*(held.fields for held in values if held))
        return _Held(fields, kind) if fields else None

    def _compare(self, node):
        sides = [node.left, *node.comparators]
        for operator, left, right in zip(node.ops, sides, node.comparators, strict=False):
            if isinstance(operator, (ast.Is, ast.IsNot)) or self._is_source(right):
                for side in (left, right):  # whether it is None, or there at all, is known
                    if not self._is_source(side):
                        self._value(side)
            else:
                self._use(self._value(left), self._value(right))

    def _call(self, node):
        function, arguments = node.func, node.args
        if isinstance(function, ast.Attribute) and self._is_source(function.value):
            return self._field(function.value, *arguments)
        method = function.attr if isinstance(function, ast.Attribute) else None
        if is_append(node):
            self._bind(function.value.id, self._in_list(arguments))
            return None
        alone = arguments[0] if len(arguments) == 1 and not node.keywords else None
        if method == "startswith" and alone and (letters := longest(alone)):
            return self._begins(function.value, letters)
        if method == "join" and alone:
            self._use(self._value(function.value))
            return self._if_it_is(_LIST, self._value(alone), _TEXT)
        called = None if method else self._builtin(function)
        if called is print:
            held = self._in_list(arguments)
            self.printed |= held.fields if held else set()
            self._use(*(self._value(keyword.value) for keyword in node.keywords))
            return None
        if called is str and alone:
            return self._if_it_is(_TEXT, self._value(alone), _TEXT)
        if called is bool and alone:
            self._value(alone)
            return None
        if called is map and len(arguments) == 2 and self._builtin(arguments[0]) is str:
            return self._if_it_is(_LIST, self._value(arguments[1]), _LIST)
        everything = [*arguments, *(keyword.value for keyword in node.keywords)]
        if method:
            everything.append(function.value)
        self._use(*(self._value(one) for one in everything if not self._is_source(one)))
        return None

    def _if_it_is(self, kind, held, then):
        if held and held.kind != kind:
            self._use(held)
        return held and _Held(held.fields, then)

    def _builtin(self, node):
        if not isinstance(node, ast.Name) or node.id in self._body.locals:
            return None
        value = self._body.outer(node)
        return value if value is getattr(builtins, node.id, None) else None
