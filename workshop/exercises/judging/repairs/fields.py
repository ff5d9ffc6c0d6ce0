"""Fields: what they are called, what they lie in, and that a record may lack them."""

import ast
from collections.abc import Iterator
from typing import Any

from workshop.exercises.judging.exceptions import FIELDS
from workshop.exercises.judging.repairs.answer import Answer, expression, is_text, names_method, rewritten
from workshop.exercises.judging.repairs.names import KNOWN, close
from workshop.exercises.judging.repairs.repair import Rank, Swap, code, repair


def _reads(answer: Answer) -> Iterator[tuple[ast.expr, ast.expr, str]]:
    """Yield (expression, what it reads from, key) for each field that is read by name."""
    for node in answer.all(ast.expr):
        read = answer.field_of(node)
        if read is not None:
            yield node, *read


@repair(
    "dotted_path",
    '`"{wrong}"` is the name of no field: the dot is how paths are written. A record is a dictionary with others '
    "inside.",
    "one step for each part: first the outer field, then, in what that gives, the inner one.",
    rank=Rank.SLIP,
)
def dotted_path(answer: Answer) -> Iterator[Swap]:
    found = {id(node): answer.at_path(key) for node, _, key in _reads(answer) if "." in key}
    first = next((node for node, _, key in _reads(answer) if "." in key), None)
    if first is not None:
        key = next(key for _, _, key in _reads(answer) if "." in key)
        yield Swap(first, found[id(first)], {"wrong": key}, found)


@repair(
    "misspelled_field",
    "A record has no field `{wrong}`. Field names are spelled letter by letter as CloudTrail writes them, capital and "
    "small letters differ.",
    "is it `{right}`?",
    rank=Rank.SLIP,
)
def misspelled_field(answer: Answer) -> Iterator[Swap]:
    known = {*FIELDS, *answer.paths}
    keys: dict[str, list[Any]] = {}
    for node in answer.all(ast.Constant):
        listed = is_text(node) and (_among_fields(answer, node, known) or _handed_on(answer, node, known))
        if listed or answer.field_of_key(node):
            keys.setdefault(node.value, []).append(node)
    whole: dict[int, ast.expr] = {}
    first: tuple[ast.Constant, dict[str, str]] | None = None
    for key in sorted(key for key in keys if key not in known and "." not in key):
        right = close(key, known, 0.6 if answer.field_of_key(keys[key][0]) else 0.85)
        if right:
            new = {id(node): ast.Constant(right) for node in keys[key]}
            whole |= new
            first = first or (keys[key][0], {"wrong": key, "right": right})
            yield Swap(keys[key][0], new[id(keys[key][0])], {"wrong": key, "right": right}, new)
    if first and len(whole) > 1:
        yield Swap(first[0], whole[id(first[0])], first[1], whole)


def _among_fields(answer: Answer, node: ast.Constant, known: set[str]) -> bool:
    """Tell whether a text stands in a list of names of fields."""
    holder = answer.parent(node)
    several = getattr(holder, "elts", getattr(holder, "values", ())) if not isinstance(holder, ast.BoolOp) else ()
    return sum(is_text(other) and other.value in known for other in several) > 1


def _handed_on(answer: Answer, node: ast.Constant, known: set[str]) -> bool:
    """Tell whether a text is handed to a function that gets names of fields elsewhere in the answer."""
    holder = answer.parent(node)
    if not isinstance(holder, ast.Call) or not isinstance(holder.func, ast.Name):
        return False
    alike = [call for call in answer.all(ast.Call) if getattr(call.func, "id", "") == holder.func.id]
    handed = [text.value for call in alike for text in call.args if is_text(text)]
    return node in holder.args and sum(text in known for text in handed) > 1


@repair(
    "wrong_level",
    "`{key}` does not lie where it looks for it: {where}.",
    "look at a record: what is inside of what?",
    rank=Rank.SLIP,
)
def wrong_level(answer: Answer) -> Iterator[Swap]:
    for node, _, key in _reads(answer):
        here = answer.path_of(node)
        if here is None or here in answer.paths.get(key, ()):
            continue
        for path in answer.paths.get(key, ())[:4]:
            inside = f"it lies in `{path.rsplit('.', 1)[0]}`" if "." in path else "it lies at the top of the record"
            yield Swap(node, answer.at_path(path), {"key": key, "where": inside})
    for node in answer.all(ast.Compare):  # "errorCode" in record["responseElements"]
        part = answer.path_of(node.comparators[0])
        name = node.left.value if is_text(node.left) else ""
        if part is not None and isinstance(node.ops[0], ast.In | ast.NotIn):
            outers = [path.rpartition(".")[0] for path in answer.paths.get(name, ())]
            for outer in outers[:2]:
                if part not in outers:
                    where = f"it lies in `{outer}`" if outer else "it lies at the top of the record"
                    holder = expression(f"({ast.unparse(answer.at_path(outer))} or {{}})" if outer else answer.record)
                    yield Swap(node, ast.Compare(node.left, node.ops, [holder]), {"key": name, "where": where})
    for node, _, _ in _reads(answer):  # record["userIdentity"] compared, as if it were a text
        part = answer.path_of(node)
        above = answer.parent(node)
        within = (
            isinstance(above, ast.Compare) and isinstance(above.ops[0], ast.In | ast.NotIn) and above.left is not node
        )
        if part and isinstance(above, ast.Compare | ast.Attribute) and not within:
            for path in answer.exercise.fields:
                if path.startswith(f"{part}."):
                    key = path.rsplit(".", 1)[-1]
                    yield Swap(
                        node, answer.at_path(path), {"key": key, "where": f"it lies in `{path.rsplit('.', 1)[0]}`"}
                    )


@repair(
    "whole_compared",
    "`{wrong}` compares a dictionary, {what}, with a text. They are never equal.",
    "which field of it has the text? A field is read with brackets.",
    rank=Rank.SLIP,
    certain=True,
)
def whole_compared(answer: Answer) -> Iterator[Swap]:
    asked = [node for node in ast.walk(answer.model) if isinstance(node, ast.FunctionDef)]
    handed = len(asked[0].args.args) if asked else 0
    for node in answer.all(ast.Compare) if len(answer.arguments) == handed else ():
        path, other = answer.path_of(node.left), node.comparators[0]
        several = isinstance(node.ops[0], ast.In | ast.NotIn) and isinstance(other, ast.Tuple | ast.List)
        texts = (
            all(map(is_text, other.elts)) if several else isinstance(node.ops[0], ast.Eq | ast.NotEq) and is_text(other)
        )  # type: ignore[attr-defined]
        if texts and (path == "" or (path and answer.is_always_dictionary(path))):
            words = {"wrong": code(node), "what": f"`{path}`" if path else "the record itself"}
            for field in [field for field in answer.exercise.fields if not path or field.startswith(f"{path}.")]:
                yield Swap(node.left, answer.at_path(field), words)


@repair(
    "value_asked_as_key",
    "`{wrong}` asks for a key of that name. It is a value: it stands in `{path}`.",
    "read the field, and compare what is in it.",
    rank=Rank.SLIP,
)
def value_asked_as_key(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Compare):
        part = answer.path_of(node.comparators[0])
        if part is None or not is_text(node.left) or node.left.value in answer.paths:
            continue
        if isinstance(node.ops[0], ast.In | ast.NotIn):
            equal = ast.Eq() if isinstance(node.ops[0], ast.In) else ast.NotEq()
            for path in answer.exercise.fields:
                if path.rpartition(".")[0] == part:
                    new = ast.Compare(answer.at_path(path), [equal], [node.left])
                    yield Swap(node, new, {"wrong": code(node), "path": path})


@repair(
    "absence_swallowed",
    "`except` is done with a record that lacks a field: what comes behind that field is never asked.",
    "do without `try`: `.get(…)` gives None where a field is absent.",
    rank=Rank.SLIP,
)
def absence_swallowed(answer: Answer) -> Iterator[Swap]:
    tries = list(answer.all(ast.Try))
    if tries:
        for swap in absent_field.swaps(answer):
            yield Swap(swap.old, swap.new, at=tries[0].handlers[0] if tries[0].handlers else tries[0])


@repair(
    "wrong_field",
    "`{wrong}` is another field than the one that decides here.",
    "which field holds what this line asks for? Print a record and look.",
    rank=Rank.BROAD,
)
def wrong_field(answer: Answer) -> Iterator[Swap]:
    for node, _, _ in _reads(answer):
        path = answer.path_of(node)
        for other in answer.exercise.fields if path and path.rsplit(".", 1)[-1] in answer.paths else ():
            if path and other != path and not other.startswith(f"{path}."):
                yield Swap(node, answer.at_path(other), {"wrong": path})
    fields = {path.rsplit(".", 1)[-1] for path in answer.exercise.fields}
    for key in answer.all(ast.Constant):  # identity.get("type"), where identity is a variable
        read = answer.field_of_key(key)
        if read is not None and answer.path_of(read[0]) is None:
            for name in sorted(fields - {key.value}):
                yield Swap(key, ast.Constant(name), {"wrong": str(key.value)})
    swapped = [path.rsplit(".", 1)[-1] for path in answer.exercise.fields]
    keys = [node for node in answer.all(ast.Constant) if node.value in swapped and answer.field_of_key(node)]
    if len({node.value for node in keys}) == 2:
        one, two = sorted({node.value for node in keys})
        new = {id(node): ast.Constant(two if node.value == one else one) for node in keys}
        yield Swap(keys[0], new[id(keys[0])], {"wrong": str(keys[0].value)}, new)


@repair(
    "absent_field",
    "Not every record has all that it reads, and a field may be null. It does not reckon with that{where}.",
    "what does your code do with a record that lacks the field? `.get(…)` gives None there, or what you name.",
)
def absent_field(answer: Answer) -> Iterator[Swap]:
    first = next((node for node in answer.all(ast.expr) if answer.field_of(node)), None)
    if first is None or answer.function is None:
        return

    def tolerant(node: ast.AST, made: ast.AST) -> ast.AST | None:
        if answer.field_of(node) is None:
            return None
        above = answer.parent(node)
        if isinstance(above, ast.Compare) and any(getattr(side, "value", 0) is None for side in above.comparators):
            outer = made.value if isinstance(made, ast.Subscript) else made.func.value  # type: ignore[attr-defined]
            return expression(f"{ast.unparse(outer)}.get({answer.field_of(node)[1]!r})")  # type: ignore[index]
        while isinstance(above, ast.BoolOp):
            above = answer.parent(above)
        key = answer.field_of(node)[1]  # type: ignore[index]
        inner = answer.field_of(above) is not None if above is not None else False
        holds = isinstance(above, ast.Attribute) and above.attr == "get"
        outer = made.value if isinstance(made, ast.Subscript) else made.func.value  # type: ignore[attr-defined]
        part = any(
            path.startswith(f"{key}.") or f".{key}." in path for paths in answer.paths.values() for path in paths
        )
        nothing = "{}" if inner or holds or part else "''"
        given = made.args[1:] if isinstance(made, ast.Call) else []
        nothing = ast.unparse(given[0]) if given else nothing  # what the answer itself puts in its place stays
        return expression(f"({ast.unparse(outer)}.get({key!r}) or {nothing})")

    for node in answer.all(ast.expr):
        if answer.field_of(node) is not None:
            one = rewritten(node, tolerant)
            if ast.unparse(one) != ast.unparse(node):
                yield Swap(node, one, {"where": f": `{code(node)}`"})
    new = rewritten(answer.function, tolerant)
    yield Swap(answer.function, new, {"where": ""}, at=first)


@repair(
    "default_decides",
    "Where `{key}` is absent, `{wrong}` takes {default} in its place. The exercise asks for None there.",
    "ask first whether the field is there at all.",
    rank=Rank.SLIP,
)
def default_decides(answer: Answer) -> Iterator[Swap]:
    for call in answer.all(ast.Call) if answer.exercise.kind.three else ():
        if names_method(call, "get") and len(call.args) == 2 and is_text(call.args[0]):
            default = call.args[1]
            holder = answer.parent(call)
            while holder is not None and not isinstance(holder, ast.stmt):
                holder = answer.parent(holder)
            if holder is not None and not isinstance(default, ast.Dict):
                absent = expression(f"{ast.unparse(call.func)}({call.args[0].value!r}) is None")
                words = {"key": call.args[0].value, "wrong": code(call), "default": f"`{code(default)}`"}
                first = ast.If(absent, [ast.Return(ast.Constant(None))], [])
                yield Swap(holder, [first, holder], words, at=call)


# What the parts of `known` are asked for -> the field, and what its keys or members are.
_ASKED_FOR = {
    "addresses": ("userIdentity.arn", "instances' ids"),
    "issued_to": ("userIdentity.accessKeyId", "access keys"),
    "first_address": ("userIdentity.accessKeyId", "access keys"),
    "nat_addresses": ("sourceIPAddress", "addresses"),
    "vpc_endpoints": ("vpcEndpointId", "endpoints' ids"),
    "issued_to.values": ("userIdentity.arn", "instances' ids"),
    "first_address.values": ("sourceIPAddress", "addresses"),
}
_SETS = ("nat_addresses", "vpc_endpoints")  # these have members, and neither keys nor values


@repair(
    "looked_for_elsewhere",
    "`{wrong}` asks whether `{field}` is one of the {keys} in `known.{part}`. It never is.",
    "print `known.{part}`: {look}?",
    rank=Rank.SLIP,
    certain=True,
)
def looked_for_elsewhere(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Compare) if len(answer.arguments) > 1 else ():
        where, field = node.comparators[0], answer.path_of(node.left)
        known, _, part = ast.unparse(where).removesuffix("()").removesuffix(".keys").partition(".")
        part = part if known == answer.arguments[1] else ""
        if part in _ASKED_FOR and isinstance(node.ops[0], ast.In | ast.NotIn) and field:
            asked, keys = _ASKED_FOR[part]
            name = part.removesuffix(".values")
            look = "what stands in it" if name in _SETS else "what are its keys, and what are its values"
            words = {"wrong": code(node), "field": field, "keys": keys, "part": name, "look": look}
            if field != asked and field in {path for path, _ in _ASKED_FOR.values()}:
                if part.endswith(".values"):
                    yield Swap(where, where.func.value, words)  # type: ignore[attr-defined]
                yield Swap(node.left, answer.at_path(asked), words)
                for name in sorted(answer.own_names):
                    new = expression(f"{ast.unparse(where)}.get({name}, ())")
                    yield Swap(where, new, words)


@repair(
    "set_misread",
    "`{wrong}` is not how it is asked: `known.{part}` is a set. It has members, and neither keys nor values.",
    "`in` asks whether something is one of its members.",
)
def set_misread(answer: Answer) -> Iterator[Swap]:
    for held in answer.all(ast.Attribute) if len(answer.arguments) > 1 else ():
        if held.attr not in _SETS or ast.unparse(held.value) != answer.arguments[1]:
            continue
        words = {"part": held.attr}
        read = answer.parent(held)
        if isinstance(read, ast.Attribute) and names_method(answer.parent(read), read.attr):
            read = answer.parent(read)
        if isinstance(read, ast.Subscript) and read.value is held:
            yield Swap(read, ast.Compare(read.slice, [ast.In()], [held]), {**words, "wrong": code(read)})
        elif names_method(read, "keys", "values"):
            yield Swap(read, held, {**words, "wrong": code(read)})
        elif isinstance(read, ast.Call) and read.args and (read.func is held or names_method(read, "get")):
            yield Swap(read, ast.Compare(read.args[0], [ast.In()], [held]), {**words, "wrong": code(read)})


@repair(
    "knowledge_misread",
    "`{wrong}` is not how it is asked: {why}.",
    "print `known` and the value in it, and look at the table above.",
)
def knowledge_misread(answer: Answer) -> Iterator[Swap]:
    if len(answer.arguments) < 2:
        return
    known = answer.arguments[1]

    def is_known(node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id == known

    for node in answer.all(ast.expr):
        words = {"wrong": code(node)}
        read = answer.field_of(node)
        if read is not None and is_known(read[0]):
            why = "the parts of `known` are attributes, read with a dot"
            name = read[1] if read[1] in KNOWN else close(read[1], KNOWN, 0.5) or KNOWN[0]
            yield Swap(node, expression(f"{known}.{name}"), {**words, "why": why})
        if isinstance(node, ast.Attribute) and is_known(node.value) and node.attr not in KNOWN:
            near = close(node.attr, KNOWN, 0.5)
            for part in [near] if near else KNOWN:
                yield Swap(node, expression(f"{known}.{part}"), {**words, "why": "`known` has no part of that name"})
        if isinstance(node, ast.Attribute) and is_known(node.value):
            for name in KNOWN:
                if name != node.attr:
                    yield Swap(
                        node, expression(f"{known}.{name}"), {**words, "why": "another part of `known` decides here"}
                    )
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_known(node.func.value)
        if called and node.args:
            why = "it is no function; what stands in it is read with square brackets or `.get(…)`"
            new = expression(f"{ast.unparse(node.func)}.get({ast.unparse(node.args[0])})")
            yield Swap(node, new, {**words, "why": why})
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and is_known(node.value.value):
            why = "not every key or instance stands in it"
            yield Swap(
                node, expression(f"{ast.unparse(node.value)}.get({ast.unparse(node.slice)}, ())"), {**words, "why": why}
            )
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and known in code(node):
            left, right = ast.unparse(node.left), ast.unparse(node.comparators[0])
            why = "it holds several values, and one value is never equal to all of them"
            for one, several in ((left, right), (right, left)):
                if isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.Is) and known in several:
                    word = "not in" if isinstance(node.ops[0], ast.NotEq) else "in"
                    yield Swap(node, expression(f"{one} {word} {several}"), {**words, "why": why})
            if isinstance(node.ops[0], ast.In | ast.NotIn):
                for view in (".values()", ".keys()"):
                    if right.endswith(view):
                        yield Swap(
                            node,
                            expression(f"{left} in {right[: -len(view)]}"),
                            {**words, "why": "other values stand there"},
                        )


@repair(
    "answer_for_request",
    "`{wrong}` has what AWS answered. What the caller asked for is in requestParameters.",
    "which of the two tells what was asked for?",
    rank=Rank.SLIP,
)
def answer_for_request(answer: Answer) -> Iterator[Swap]:
    found = [
        node for node in answer.all(ast.Constant) if node.value == "responseElements" and answer.field_of_key(node)
    ]
    asked = any(getattr(node, "value", None) == "requestParameters" for node in ast.walk(answer.model))
    if found and asked:
        new = {id(node): ast.Constant("requestParameters") for node in found}
        yield Swap(found[0], new[id(found[0])], {"wrong": "responseElements"}, new)


@repair(
    "other_letters_in_field",
    "A record has no field `{wrong}`: every letter counts, and capital and small letters differ.",
    "is it `{right}`?",
    rank=Rank.NEVER_TRIED,
    certain=True,
)
def other_letters_in_field(answer: Answer) -> Iterator[Swap]:
    known = {name.lower(): name for name in FIELDS}
    for swap in misspelled_field.swaps(answer):
        wrong = swap.words["wrong"]
        right = known.get(wrong.lower()) or close(wrong, FIELDS, 0.9)
        if right:
            yield Swap(swap.old, ast.Constant(right), {**swap.words, "right": right})
