"""Methods and functions that Python has otherwise, or that are called otherwise."""

import ast
import contextlib
import re
from collections.abc import Iterator
from typing import Any

from workshop.exercises.judging.repairs.answer import FUNCTIONS, Answer, expression, is_text, names_method, nodes
from workshop.exercises.judging.repairs.names import close
from workshop.exercises.judging.repairs.repair import Rank, Swap, code, repair

_TEXT_METHODS = {name for name in dir(str) if name[0] != "_"}
_METHODS = _TEXT_METHODS | {name for kind in (dict, list, re.Pattern, re.Match) for name in dir(kind) if name[0] != "_"}
_MATCHES = ("match", "search", "fullmatch")
# What other languages and pandas call it -> Python, of a text {0} and the argument {1}.
_ELSEWHERE = {
    "{1} in {0}": ("contains", "includes", "indexOf", "contain", "has"),
    "{0}.rfind({1})": ("lastIndexOf",),
    "{0}[{1}:]": ("substring", "substr", "Substring"),
    "{0} in {1}": ("isin", "is_in", "isIn", "within"),
    "{0} == {1}": ("equals", "eq", "equal", "equalsIgnoreCase", "is_equal"),
    "{0} != {1}": ("ne", "notEquals"),
    "{0}.startswith({1})": (
        "like",
        "beginswith",
        "begins",
        "beginsWith",
        "begins_with",
        "starts",
        "hasPrefix",
        "prefix",
    ),
    "{0}.endswith({1})": ("hasSuffix", "ends", "suffix"),
    "{1} in ({0} or ())": ("containsKey", "has_key", "hasOwnProperty", "contains_key"),
    "({0} or {{}}).get({1})": ("getOrDefault", "get_value", "getString", "getItem"),
    "{0} in ('', None)": ("isnull", "isna", "is_null", "isNull", "isEmpty", "empty", "is_empty"),
    "{0} not in ('', None)": ("notnull", "notna", "exists", "isNotNull", "not_null"),
    "({0} or {1})": ("fillna", "ifEmpty", "orElse", "coalesce"),
    "{0}": ("sum", "item", "tolist", "to_list"),
    "len({0})": ("length", "size", "len"),
    "str({0})": ("toString", "astype", "to_string"),
}
_BY_NAME = {name: pattern for pattern, names in _ELSEWHERE.items() for name in names}


@repair(
    "pandas_column",
    "`.str` belongs to pandas, to a whole column of texts. What stands here is a single text, with these methods "
    "of its own.",
    "leave `.str` out.",
    rank=Rank.SLIP,
)
def pandas_column(answer: Answer) -> Iterator[Swap]:
    found = [node for node in answer.all(ast.Attribute) if node.attr == "str"]
    if found:
        new = {id(node): node.value for node in found}
        yield Swap(found[0], found[0].value, {}, new)


@repair(
    "no_such_method",
    "`.{wrong}` is what another language or pandas calls it. Here stands a plain value of Python, which has no such "
    "method.",
    "{advice}",
    rank=Rank.SLIP,
)
def no_such_method(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Attribute):
        call = answer.parent(node)
        called = isinstance(call, ast.Call) and call.func is node
        pattern = _BY_NAME.get(node.attr)
        if pattern and (called or "{1}" not in pattern):
            arguments = call.args if called else []
            if "{1}" in pattern and not arguments:
                continue
            receivers = [node.value]
            if isinstance(node.value, ast.Attribute) and node.value.attr == "str":
                receivers.append(node.value.value)
            inner = ast.unparse(arguments[0]) if arguments else ""
            for receiver in receivers:
                new = expression(pattern.format(f"({ast.unparse(receiver)})", f"({inner})"))
                operator = " in " in pattern or "==" in pattern or "!=" in pattern
                advice = "Python has an operator for that, no method." if operator else "what is Python's own way?"
                advice = "a piece of a text is taken with square brackets and a colon." if ":]" in pattern else advice
                yield Swap(call if called else node, new, {"wrong": node.attr, "advice": advice})


@repair(
    "misspelled_method",
    "Python has no method `.{wrong}`: it is spelled otherwise, in small letters.",
    "is it `.{right}`?",
    rank=Rank.SLIP,
)
def misspelled_method(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Attribute):
        right = close(node.attr, _METHODS, 0.7) if node.attr not in _METHODS else None
        if right:
            yield Swap(node, ast.Attribute(node.value, right, node.ctx), {"wrong": node.attr, "right": right})


@repair(
    "method_not_called",
    "`{wrong}` names a method and does not call it: without round brackets behind it, it does nothing.",
    "a method is called with round brackets, and with what to look for inside of them.",
    rank=Rank.SLIP,
    certain=True,
)
def method_not_called(answer: Answer) -> Iterator[Swap]:
    own = {node.attr for node in answer.all(ast.Attribute) if isinstance(node.ctx, ast.Store)}
    for node in answer.all(ast.Attribute):
        above = answer.parent(node)
        # map(record.get, …) and get = record.get are as meant; a class may have attributes of these names
        if node.attr not in _METHODS - own or _is_handed_on(answer, node) or _is_called_later(answer, above):
            continue
        words = {"wrong": code(node)}
        if isinstance(above, ast.Subscript) and above.value is node:
            yield Swap(above, ast.Call(node, [above.slice], []), words)
        elif isinstance(above, ast.Compare) and above.left is node:
            yield Swap(above, ast.Call(node, above.comparators[:1], []), words)
        else:
            yield Swap(node, ast.Call(node, [], []), words)
            for text in answer.wanted_texts:
                yield Swap(node, ast.Call(node, [ast.Constant(text)], []), words)


def _is_handed_on(answer: Answer, node: ast.Attribute) -> bool:
    """Tell whether a method is called, or handed to what takes functions: `map`, `key=…`, functions of the answer's."""
    call = answer.parent(node)
    takes = {"map", "filter", "sorted", "min", "max"} | {
        node.name for node in nodes(answer.tree) if isinstance(node, FUNCTIONS)
    }
    return isinstance(call, ast.keyword) or (
        isinstance(call, ast.Call) and (call.func is node or getattr(call.func, "id", "") in takes)
    )


def _is_called_later(answer: Answer, statement: ast.AST) -> bool:
    """Tell whether a statement gives a name to what is called by that name."""
    names = {node.id for node in getattr(statement, "targets", ()) if isinstance(node, ast.Name)}
    return any(isinstance(call.func, ast.Name) and call.func.id in names for call in answer.all(ast.Call))


@repair(
    "function_not_called",
    "`{wrong}` {what}, and that counts as true, whatever {would}.",
    "{advice}",
    rank=Rank.SLIP,
    certain=True,
)
def function_not_called(answer: Answer) -> Iterator[Swap]:
    for node in _conditions(answer):
        made = _made(answer, node.id) if isinstance(node, ast.Name) else node
        words = {"wrong": code(node)}
        if isinstance(node, ast.Name) and isinstance(made, ast.Lambda | FUNCTIONS):
            words |= {"what": "names a function and does not call it", "would": "it would return"}
            words["advice"] = "a function is called with round brackets, and with what it looks at inside of them."
            given: list[ast.expr] = [ast.Name(answer.record, ast.Load())] * len(made.args.args)
            yield Swap(node, ast.Call(node, given, []), words)
        if isinstance(made, ast.GeneratorExp):
            words |= {"what": "is a generator, which gives its values only when they are asked for"}
            words |= {
                "would": "comes out of it",
                "advice": "`any(…)` asks whether one comes; square brackets make a list.",
            }
            yield Swap(made, ast.ListComp(made.elt, made.generators), words, at=node)


def _conditions(answer: Answer) -> Iterator[ast.expr]:
    """Yield each expression that is asked just whether it counts as true."""
    for node in [*answer.all(ast.If), *answer.all(ast.IfExp), *answer.all(ast.While)]:
        yield node.test
    for node in answer.all(ast.BoolOp):
        yield from node.values if not isinstance(answer.parent(node), ast.Attribute) else ()
    for node in answer.all(ast.UnaryOp):
        if isinstance(node.op, ast.Not):
            yield node.operand


def _made(answer: Answer, name: str) -> Any:
    """Return what a name of the answer stands for, if it is given a value just once: a function or an expression."""
    named = [node for node in nodes(answer.tree) if isinstance(node, FUNCTIONS) and node.name == name]
    given = [node.value for node in nodes(answer.tree) if isinstance(node, ast.Assign) and len(node.targets) == 1
             and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name]  # fmt: skip
    stored = [node for node in answer.all(ast.Name) if node.id == name and isinstance(node.ctx, ast.Store)]
    found = [*named, *given]
    return found[0] if len(found) == 1 and len(stored) <= 1 and name not in answer.arguments else None


@repair(
    "loop_over_letters",
    "`{wrong}` is a text: a loop over it goes through its letters, one at a time.",
    "is the text as a whole to be compared, or its parts? `split` takes it apart.",
    rank=Rank.SLIP,
    certain=True,
)
def loop_over_letters(answer: Answer) -> Iterator[Swap]:
    for loop in [*answer.all(ast.For), *answer.all(ast.comprehension)]:
        path = answer.path_of(loop.iter)
        if path and answer.is_always_text(path):
            words, text = {"wrong": code(loop.iter)}, ast.unparse(loop.iter)
            for new in (f"({text}).split('.')", f"({text}).split('/')", f"[{text}]"):
                yield Swap(loop.iter, expression(new), words)


@repair(
    "list_against_tuple",
    "`{wrong}` compares a list with a tuple. The two are never equal, even with the same things in them.",
    "square brackets make a list, round brackets a tuple: `split` gives a list.",
    rank=Rank.SLIP,
    certain=True,
)
def list_against_tuple(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Compare):
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            sides = (node.left, node.comparators[0])
            for one, other in (sides, sides[::-1]):
                if isinstance(one, ast.Tuple) and _is_list(answer, other):
                    yield Swap(one, ast.List(one.elts, ast.Load()), {"wrong": code(node)})
                inner = answer.held(other)
                if isinstance(one, ast.List) and (isinstance(inner, ast.Tuple) or names_method(inner, "partition")):
                    yield Swap(one, ast.Tuple(one.elts, ast.Load()), {"wrong": code(node)})


def _is_list(answer: Answer, node: ast.expr) -> bool:
    """Tell whether an expression is a list for certain: one in brackets, or what `split` gives, or a slice of these."""
    inner = answer.held(node)
    while isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Slice):
        inner = answer.held(inner.value)
    return isinstance(inner, ast.List | ast.ListComp) or names_method(inner, "split", "rsplit", "splitlines")


# What other languages call with a value in brackets -> Python, of its arguments; and what to say of it.
_FUNCTIONS_ELSEWHERE = {
    "{0}[:{1}]": ("Left", "left", "LEFT"),
    "{0}[-({1}):]": ("Right", "right", "RIGHT"),
    "{0}[({1}) - 1:({1}) - 1 + {2}]": ("Mid", "mid", "MID"),
    "{0}[{1}:({1}) + {2}]": ("substr", "substring", "SUBSTR"),
    "len({0})": ("Len", "length", "strlen", "LEN", "size", "count"),
    "{0}.upper()": ("UCase", "ucase", "toUpper", "toupper", "strtoupper", "UPPER", "upper"),
    "{0}.lower()": ("LCase", "lcase", "toLower", "tolower", "strtolower", "LOWER", "lower"),
    "{0}.startswith({1})": ("startsWith", "startswith", "StartsWith", "str_starts_with", "starts_with", "hasPrefix"),
    "{0}.endswith({1})": ("endsWith", "endswith", "EndsWith", "str_ends_with", "ends_with", "hasSuffix"),
    "{1} in {0}": ("contains", "includes", "str_contains", "InStr", "strpos", "Contains"),
    "{0}.split({1})": ("Split", "split"),
    "({0} or {1})": ("coalesce", "COALESCE", "nvl", "NVL", "ifnull", "isnull", "fillnull"),
    "{0} is not None": ("isset", "notNull", "isNotNull", "isnotnull"),
    "{0} is None": ("isNull", "is_null", "IsNull", "isnull"),
    "not {0}": ("empty", "isEmpty", "IsEmpty", "Not"),
    "print({0})": ("echo", "println", "printf", "puts", "console_log", "Print"),
}


@repair(
    "function_elsewhere",
    "Python has no function `{wrong}`: another language has it.",
    "in Python that is {right}.",
    rank=Rank.SLIP,
    certain=True,
)
def function_elsewhere(answer: Answer) -> Iterator[Swap]:
    for call in answer.all(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id in answer.undefined:
            given = [f"({ast.unparse(value)})" for value in call.args]
            for pattern, names in _FUNCTIONS_ELSEWHERE.items():
                if call.func.id in names and f"{{{len(given)}}}" not in pattern:
                    shown = pattern.format("text", "…", "…") if "{0}." in pattern or "[" in pattern else ""
                    with contextlib.suppress(IndexError, SyntaxError):
                        right = "a piece of a text, such as `text[:2]`" if "[" in pattern else f"`{shown}`"
                        right = right if shown else f"`{pattern.format('a', 'b')}`"
                        yield Swap(call, expression(pattern.format(*given)), {"wrong": call.func.id, "right": right})


@repair(
    "default_always_fits",
    "Where there is no such key, `{wrong}` gives an empty text, and every text begins with the empty text.",
    "what should happen where the dictionary has no such key?",
    rank=Rank.SLIP,
)
def default_always_fits(answer: Answer) -> Iterator[Swap]:
    for call in answer.all(ast.Call):
        empty = names_method(call, "get") and len(call.args) == 2 and getattr(call.args[1], "value", None) == ""
        if empty and answer.path_of(call) is None:
            new = ast.Call(call.func, [call.args[0], ast.Tuple([], ast.Load())], [])
            yield Swap(call, new, {"wrong": code(call)})


@repair(
    "record_is_called",
    "Round brackets behind a name call it. A record is a dictionary, and cannot be called.",
    "a field is read with square brackets or with `.get(…)`.",
    rank=Rank.SLIP,
)
def record_is_called(answer: Answer) -> Iterator[Swap]:
    found = [
        node
        for node in answer.all(ast.Call)
        if len(node.args) == 1 and is_text(node.args[0]) and _is_data(answer, node)
    ]
    if found:
        new = {id(node): ast.Subscript(node.func, node.args[0], ast.Load()) for node in found}
        yield Swap(found[0], new[id(found[0])], {}, new)


def _is_data(answer: Answer, call: ast.Call) -> bool:
    return answer.path_of(call.func) is not None or (
        isinstance(call.func, ast.Name) and call.func.id in answer.own_names
    )


@repair(
    "attribute_access",
    "A record is a dictionary: its fields are not read with a dot. `{wrong}` asks for something else.",
    "a field is read with square brackets or with `.get(…)`.",
    rank=Rank.SLIP,
)
def attribute_access(answer: Answer) -> Iterator[Swap]:
    found: dict[int, ast.expr] = {}
    outermost: list[ast.Attribute] = []
    for node in answer.all(ast.Attribute):
        names, inner = [], node
        while isinstance(inner, ast.Attribute):
            names.append(inner.attr)
            inner = inner.value
        base = answer.path_of(inner)
        fields = names[::-1]
        above = answer.parent(node)
        part = isinstance(above, ast.Attribute) and above.attr in answer.paths
        if base is None or part or not all(name in answer.paths for name in fields):
            continue
        found[id(node)] = answer.at_path(".".join([base, *fields]).strip("."))
        outermost.append(node)
    if outermost:
        yield Swap(outermost[0], found[id(outermost[0])], {"wrong": code(outermost[0])}, found)


@repair(
    "turned_round",
    "`{wrong}` asks whether the text {text} {what} the value, and not the other way round.",
    "the value stands in front of the dot, the text in the brackets.",
    rank=Rank.SLIP,
    certain=True,
)
def turned_round(answer: Answer) -> Iterator[Swap]:
    for call in answer.all(ast.Call):
        if names_method(call, "startswith", "endswith") and is_text(call.func.value) and len(call.args) == 1:
            what = "starts with" if call.func.attr == "startswith" else "ends with"
            words = {"wrong": code(call), "text": code(call.func.value), "what": what}
            method = ast.Attribute(call.args[0], call.func.attr, ast.Load())
            yield Swap(call, ast.Call(method, [call.func.value], []), words)


@repair(
    "find_as_truth",
    "`{wrong}` gives the place where the text begins: 0, which counts as false, at the very beginning, and -1, which "
    "counts as true, if it is not in there.",
    "`in` asks whether one text contains another, `startswith` whether it begins so.",
    rank=Rank.SLIP,
)
def find_as_truth(answer: Answer) -> Iterator[Swap]:
    for call in answer.all(ast.Call):
        above = answer.parent(call)
        if names_method(call, "find", "index", "rfind") and len(call.args) == 1 and not isinstance(above, ast.Compare):
            value, words = call.func.value, {"wrong": code(call)}
            yield Swap(call, ast.Call(ast.Attribute(value, "startswith", ast.Load()), call.args, []), words)
            yield Swap(call, ast.Compare(call.args[0], [ast.In()], [value]), words)


@repair(
    "strips_characters",
    "`{wrong}` goes on taking signs away from the {end} of the text, as long as they are among those in its brackets. "
    "It does not take away that text as a whole.",
    "`removesuffix` and `removeprefix` take a whole text away; `split` is another way.",
    rank=Rank.SLIP,
)
def strips_characters(answer: Answer) -> Iterator[Swap]:
    whole = {"rstrip": "removesuffix", "lstrip": "removeprefix", "strip": "removesuffix"}
    for call in answer.all(ast.Call):
        if names_method(call, *whole) and call.args and is_text(call.args[0]) and len(call.args[0].value) > 1:
            method = ast.Attribute(call.func.value, whole[call.func.attr], ast.Load())
            end = {"rstrip": "end", "lstrip": "beginning"}.get(call.func.attr, "beginning and the end")
            yield Swap(call, ast.Call(method, call.args, []), {"wrong": code(call), "end": end})


@repair(
    "items_missing",
    "A loop over `{wrong}` gives its keys alone. Two names want pairs of key and value.",
    "dictionaries have a method that gives their items.",
    rank=Rank.SLIP,
)
def items_missing(answer: Answer) -> Iterator[Swap]:
    for loop in [*answer.all(ast.For), *answer.all(ast.comprehension)]:
        if isinstance(loop.target, ast.Tuple) and len(loop.target.elts) == 2 and not isinstance(loop.iter, ast.Call):
            new = ast.Call(ast.Attribute(loop.iter, "items", ast.Load()), [], [])
            yield Swap(loop.iter, new, {"wrong": code(loop.iter)})


@repair(
    "asks_for_attribute",
    "`{wrong}` asks for an attribute, and a dictionary's keys are none: the answer is always no.",
    "`in` asks whether a dictionary has a key.",
    rank=Rank.SLIP,
)
def asks_for_attribute(answer: Answer) -> Iterator[Swap]:
    for call in answer.all(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id in ("hasattr", "getattr") and len(call.args) > 1:
            value, key, *_ = call.args
            new: ast.expr = ast.Compare(key, [ast.In()], [value])
            if call.func.id == "getattr":
                new = ast.Call(ast.Attribute(value, "get", ast.Load()), call.args[1:], [])
            yield Swap(call, new, {"wrong": code(call)})


@repair(
    "type_of_python",
    "`{wrong}` gives the type that a value has in Python, such as dict or str, and never what a record says.",
    "which field of the record holds the type that is asked for?",
    rank=Rank.SLIP,
    certain=True,
)
def type_of_python(answer: Answer) -> Iterator[Swap]:
    for call in answer.all(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id == "type" and call.args:
            value = ast.unparse(call.args[0])
            for new in (f"({value}).get('type')", f"(({answer.record}).get('userIdentity') or {{}}).get('type')"):
                yield Swap(call, expression(new), {"wrong": code(call)})


@repair(
    "other_formatting",
    "`{wrong}` does not fill in the values: {why}.",
    'an f in front of the quotation marks, f"…", fills in what stands in braces.',
    rank=Rank.SLIP,
)
def other_formatting(answer: Answer) -> Iterator[Swap]:
    for call in answer.all(ast.Call):
        if names_method(call, "format") and is_text(call.func.value):
            text, words = call.func.value.value, {"wrong": code(call.func)}
            if "%s" in text and "{" not in text:
                values = ast.Tuple(call.args, ast.Load())
                why = "`.format` looks for braces, and `%s` belongs to the operator `%`"
                yield Swap(call, ast.BinOp(call.func.value, ast.Mod(), values), {**words, "why": why})
            if len(call.args) == 1 and not call.keywords and "{" in text:
                named = ast.Call(call.func, [], [ast.keyword(None, call.args[0])])
                why = "names in its braces stand for named arguments, and it is handed a dictionary"
                yield Swap(call, named, {**words, "why": why})
    for node in answer.all(ast.BinOp):
        if isinstance(node.op, ast.Sub) and is_text(node.left) and ast.unparse(node.right).startswith("f("):
            why = "`-f` is how PowerShell does that, and Python takes it for minus and a name"
            filled = ast.Call(ast.Attribute(node.left, "format", ast.Load()), node.right.args, [])
            yield Swap(node, filled, {"wrong": code(node.left), "why": why})
    for node in answer.all(ast.Constant):
        names = set(re.findall(r"\{\s*([A-Za-z_]\w*)", node.value)) if is_text(node) else set()
        if names & (answer.own_names | {answer.record}) and not isinstance(answer.parent(node), ast.Attribute):
            with contextlib.suppress(SyntaxError):
                why = "what stands in braces is a part of the text"
                yield Swap(node, expression(f"f{node.value!r}"), {"wrong": code(node), "why": why})


@repair(
    "wrapped_elsewhere",
    "`{wrong}` is what other services wrap around a record. This function is handed the record itself.",
    "its fields are there at once.",
    rank=Rank.SLIP,
)
def wrapped_elsewhere(answer: Answer) -> Iterator[Swap]:
    found = [node for node in answer.all(ast.expr) if answer.path_of(node) in _WRAPPINGS]
    if found:
        new = {id(node): ast.Name(answer.record, ast.Load()) for node in found}
        yield Swap(found[0], new[id(found[0])], {"wrong": str(answer.path_of(found[0]))}, new)


_WRAPPINGS = ("detail", "CloudTrailEvent", "_raw", "event", "message", "Event")


@repair(
    "wrong_way_round",
    "What `{wrong}` looks for and where it looks are the wrong way round.",
    "which of the two is contained in the other?",
    rank=Rank.BROAD,
)
def wrong_way_round(answer: Answer) -> Iterator[Swap]:
    for call in answer.all(ast.Call):
        words = {"wrong": code(call)}
        if len(call.args) == 2 and not call.keywords:
            yield Swap(call, ast.Call(call.func, call.args[::-1], []), words)
        if names_method(call, "startswith", "endswith", *_MATCHES) and len(call.args) == 1:
            yield Swap(
                call, ast.Call(ast.Attribute(call.args[0], call.func.attr, ast.Load()), [call.func.value], []), words
            )
    for node in answer.all(ast.Compare):
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
            yield Swap(node, ast.Compare(node.comparators[0], node.ops, [node.left]), {"wrong": code(node)})


@repair(
    "pattern_as_text",
    "`{wrong}` is a compiled pattern, no text and no function: it can be asked whether it fits a text.",
    "a pattern has a method for that; the text goes into its brackets.",
    rank=Rank.SLIP,
)
def pattern_as_text(answer: Answer) -> Iterator[Swap]:
    for node in [*answer.all(ast.Compare), *answer.all(ast.Call)]:
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            sides = [node.left, node.comparators[0]]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) == 1:
            sides = [node.func.value, node.args[0]]
        elif isinstance(node, ast.Call) and len(node.args) == 1:
            sides = [node.func, node.args[0]]
        else:
            continue
        patterns = [side for side in sides if answer.is_pattern(side)]
        if len(patterns) != 1 or (
            isinstance(node, ast.Call) and names_method(node, *_MATCHES) and sides[0] in patterns
        ):
            continue
        text = sides[1 - sides.index(patterns[0])]
        new: ast.expr = expression(f"{ast.unparse(patterns[0])}.search({ast.unparse(text)})")
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.NotEq | ast.NotIn | ast.IsNot):
            new = ast.UnaryOp(ast.Not(), new)
        yield Swap(node, new, {"wrong": code(patterns[0])})


@repair(
    "prefix_list",
    "`{method}` takes one text, or several in round brackets, a tuple. It takes no list and no set.",
    "use `(…)`.",
    rank=Rank.SLIP,
)
def prefix_list(answer: Answer) -> Iterator[Swap]:
    for call in answer.all(ast.Call):
        if names_method(call, "startswith", "endswith") and call.args:
            given = call.args[0]
            if isinstance(given, ast.Constant | ast.Tuple):
                continue
            new = ast.Tuple(given.elts, ast.Load()) if isinstance(given, ast.List | ast.Set) else _as_tuple(given)
            yield Swap(given, new, {"method": call.func.attr})


def _as_tuple(given: ast.expr) -> ast.expr:
    return expression(f"tuple({ast.unparse(given)})")


@repair(
    "match_at_the_beginning",
    "`{wrong}` fits only where the text begins with the pattern. `search` looks anywhere in the text.",
    "which part of the text does your pattern describe?",
    rank=Rank.SLIP,
)
def match_only_begins(answer: Answer) -> Iterator[Swap]:
    for call in answer.all(ast.Call):
        if names_method(call, "match"):
            new = ast.Call(ast.Attribute(call.func.value, "search", ast.Load()), call.args, call.keywords)
            yield Swap(call, new, {"wrong": code(call)})


@repair(
    "match_at_the_beginning",
    "`match` looks at the beginning of a text only, `search` anywhere in it, `fullmatch` at all of it. `{wrong}` is "
    "not the one that fits here.",
    "which part of the text does your pattern describe?",
    rank=Rank.BROAD,
)
def match_at_the_beginning(answer: Answer) -> Iterator[Swap]:
    for call in answer.all(ast.Call):
        if names_method(call, *_MATCHES):
            for other in _MATCHES:
                if other != call.func.attr:
                    new = ast.Call(ast.Attribute(call.func.value, other, ast.Load()), call.args, call.keywords)
                    yield Swap(call, new, {"wrong": call.func.attr})


@repair(
    "one_record",
    "It is handed one record, a dictionary. A loop over it, a number in brackets or `Records` look for many.",
    "its fields are there at once: no loop, no number, no `Records`.",
    rank=Rank.SLIP,
)
def one_record(answer: Answer) -> Iterator[Swap]:
    found: list[ast.AST] = []
    for loop in answer.all(ast.For):
        source: ast.AST = loop.iter
        while isinstance(source, ast.Subscript | ast.Attribute | ast.Call):
            source = source.func if isinstance(source, ast.Call) else source.value
        leaves = any(isinstance(n, ast.Break | ast.Continue) for n in ast.walk(loop))
        if leaves or not (isinstance(source, ast.Name) and isinstance(loop.target, ast.Name)):
            continue
        if source.id in (answer.record, "records", "events", "Records", *answer.undefined):
            first = ast.Assign([loop.target], ast.Name(answer.record, ast.Load()))
            yield Swap(loop, [first, *loop.body])
    for node in answer.all(ast.Subscript):
        inner = node.slice
        number = isinstance(inner, ast.Constant) and (isinstance(inner.value, int) or inner.value == "Records")
        if number and answer.is_record(node.value):
            outer = answer.parent(node)
            whole = outer if isinstance(outer, ast.Subscript) and inner.value == "Records" else node
            if whole not in found:
                found.append(whole)
    if found:
        new = {id(node): ast.Name(answer.record, ast.Load()) for node in found}
        yield Swap(found[0], new[id(found[0])], {}, new)


@repair(
    "parsed_already",
    "What it is handed is a dictionary already, read from JSON.",
    "its fields are there at once, without `{wrong}`.",
    rank=Rank.SLIP,
)
def parsed_already(answer: Answer) -> Iterator[Swap]:
    for call in answer.all(ast.Call):
        if len(call.args) == 1 and answer.is_record(call.args[0]) and ast.unparse(call.func) in _PARSERS:
            yield Swap(call, call.args[0], {"wrong": ast.unparse(call.func)})


_PARSERS = ("json.loads", "json.load", "eval", "pd.DataFrame", "pd.Series", "list")


@repair(
    "record_as_text",
    "`{wrong}` makes one text of the whole record. A field's beginning and end are lost in it.",
    "look at the one field that decides.",
)
def record_as_text(answer: Answer) -> Iterator[Swap]:
    for call in answer.all(ast.Call):
        if ast.unparse(call.func) in ("str", "repr", "json.dumps") and any(map(answer.is_record, call.args)):
            for path in answer.exercise.fields:
                yield Swap(call, answer.at_path(path), {"wrong": code(call)})


@repair(
    "helper_around_value",
    "`{wrong}(…)` makes something else of the value than what is wanted.",
    "use the value as it is.",
    rank=Rank.BROAD,
)
def helper_around_value(answer: Answer) -> Iterator[Swap]:
    for call in answer.all(ast.Call):
        if (
            len(call.args) == 1
            and isinstance(call.func, ast.Name)
            and call.func.id in ("str", "int", "repr", "len", "list")
        ):
            yield Swap(call, call.args[0], {"wrong": call.func.id})
        if names_method(call, "lower", "upper", "title", "capitalize", "casefold") and not call.args:
            yield Swap(call, call.func.value, {"wrong": f".{call.func.attr}"})
