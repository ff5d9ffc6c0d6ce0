"""Texts that a value is compared with, and the pieces of a value that are."""

import ast
import difflib
import re
from collections.abc import Iterator
from typing import Any

from workshop.exercises.judging.repairs.answer import Answer, is_text, names_method, nodes
from workshop.exercises.judging.repairs.repair import Rank, Swap, code, repair

_WILDCARDS = "*%^$"


def _compared(answer: Answer) -> Iterator[tuple[Any, Any, Any]]:
    """Yield (comparison, value, text) for each `value == text`, `text in value`, `value.startswith(text)`, …"""
    for node in answer.all(ast.Compare):
        if len(node.ops) == 1:
            for value, text in ((node.left, node.comparators[0]), (node.comparators[0], node.left)):
                if is_text(text):
                    yield node, value, text
                elif (
                    text is not node.left
                    and isinstance(text, ast.Tuple | ast.List | ast.Set)
                    and len(text.elts) == 1
                    and is_text(text.elts[0])
                ):
                    yield node, value, text.elts[0]
    for call in answer.all(ast.Call):
        if names_method(call, "startswith", "endswith", "find", "count") and call.args and is_text(call.args[0]):
            yield call, call.func.value, call.args[0]


@repair(
    "wildcard",
    "In {wrong} the sign `{sign}` stands for itself: an ordinary text knows no wildcards.",
    "texts have methods that look at their beginning, or their end, only.",
    rank=Rank.SLIP,
)
def wildcard(answer: Answer) -> Iterator[Swap]:
    for node, value, text in _compared(answer):
        plain = text.value.replace(".*", "*").strip(_WILDCARDS)
        if plain != text.value and plain:
            sign = next((sign for sign in _WILDCARDS if sign in text.value), ".")
            method = "endswith" if text.value[0] in "*%" else "startswith"
            new = ast.Call(ast.Attribute(value, method, ast.Load()), [ast.Constant(plain)], [])
            yield Swap(node, new, {"wrong": code(text), "sign": sign})
    for node in answer.all(ast.Compare):
        several = _listed(answer, node.comparators[0])
        wild = [e for e in getattr(several, "elts", ()) if is_text(e) and e.value.strip(_WILDCARDS) != e.value]
        if wild and len(node.ops) == 1 and isinstance(node.ops[0], ast.In):
            rest = [e for e in several.elts if e not in wild]
            asked: list[ast.expr] = [ast.Compare(node.left, node.ops, [ast.Tuple(rest, ast.Load())])]
            for text in wild:
                method = "endswith" if text.value[0] in "*%" else "startswith"
                plain = ast.Constant(text.value.strip(_WILDCARDS))
                asked.append(ast.Call(ast.Attribute(node.left, method, ast.Load()), [plain], []))
            sign = next(sign for sign in _WILDCARDS if sign in wild[0].value)
            yield Swap(node, ast.BoolOp(ast.Or(), asked), {"wrong": code(wild[0]), "sign": sign})
    matched = any(ast.unparse(call.func).startswith("re.") for call in answer.all(ast.Call))
    for text in answer.all(ast.Constant) if not matched else ():
        plain = text.value.strip(_WILDCARDS) if is_text(text) else ""
        if plain and plain != text.value and not re.search(r"[\[\](){}\\|+]", plain) and not _is_pattern(answer, text):
            sign = next(sign for sign in _WILDCARDS if sign in text.value)
            yield Swap(text, ast.Constant(plain), {"wrong": code(text), "sign": sign})


def _is_pattern(answer: Answer, text: ast.Constant) -> bool:
    """Tell whether a text is handed to the module re."""
    call = answer.parent(text)
    return isinstance(call, ast.Call) and ast.unparse(call.func).startswith("re.")


@repair(
    "texts_run_together",
    "`{wrong}` is one text: Python joins texts that stand side by side, with nothing between them.",
    "a comma stands between the texts of a list.",
    rank=Rank.SLIP,
    certain=True,
)
def texts_run_together(answer: Answer) -> Iterator[Swap]:
    for several in [*answer.all(ast.Tuple), *answer.all(ast.List), *answer.all(ast.Set)]:
        pieces = [_pieces(answer, element) for element in several.elts]
        joined = next((element for element, texts in zip(several.elts, pieces, strict=True) if len(texts) > 1), None)
        if joined is not None:
            elements = [part for texts in pieces for part in texts]
            new = ast.Set(elements) if isinstance(several, ast.Set) else type(several)(elements, ast.Load())
            yield Swap(several, new, {"wrong": code(joined)}, at=joined)


def _pieces(answer: Answer, element: ast.expr) -> list[ast.expr]:
    """Return the texts that make up an element of a list in the source, or the element itself."""
    wanted = [text for text in answer.wanted_texts if is_text(element) and text in element.value]  # type: ignore[attr-defined]
    parts = re.findall("|".join(map(re.escape, sorted(wanted, key=len, reverse=True))), element.value) if wanted else []  # type: ignore[attr-defined]
    return [ast.Constant(part) for part in parts] if "".join(parts) == getattr(element, "value", None) else [element]


@repair(
    "whole_or_beginning",
    "`{wrong}` {asks}. The exercise asks for {other}.",
    "{advice}",
    rank=Rank.BROAD,
)
def whole_or_beginning(answer: Answer) -> Iterator[Swap]:
    beginning = ("the beginning of a text", "texts have a method that looks at their beginning only.")
    ending = ("the end of a text", "texts have a method that looks at their end only.")
    whole = ("the whole text", "`==` compares all of it.")
    for node, value, text in _compared(answer):
        if isinstance(node, ast.Compare):
            negative = isinstance(node.ops[0], ast.NotEq | ast.NotIn)
            anywhere = isinstance(node.ops[0], ast.In | ast.NotIn) and node.left is text
            asks = "looks anywhere in the text" if anywhere else "compares the whole text"
        else:
            negative = False
            asks = {"startswith": "looks at the beginning", "endswith": "looks at the end"}.get(
                node.func.attr, "looks anywhere in the text"
            )
        for method, (other, advice) in {"startswith": beginning, "endswith": ending, "": whole}.items():
            if (method == "" and asks == "compares the whole text") or (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method
            ):
                continue
            new: ast.expr = ast.Compare(value, [ast.Eq()], [text])
            if method:
                new = ast.Call(ast.Attribute(value, method, ast.Load()), [text], [])
            if negative:
                new = ast.UnaryOp(ast.Not(), new)
            yield Swap(node, new, {"wrong": code(node), "asks": asks, "other": other, "advice": advice})


@repair(
    "ending_among_texts",
    "`{wrong}` compares whole texts. {part} is only the end of texts that are asked for.",
    "texts have a method that looks at their end only; it takes several texts in round brackets.",
    rank=Rank.SLIP,
)
def ending_among_texts(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Compare):
        texts = getattr(answer.held(node.comparators[0]), "elts", [])
        if not isinstance(node.ops[0], ast.In | ast.NotIn) or not texts or not all(map(is_text, texts)):
            continue
        asked = answer.asked_for
        for part in [one for one in texts if one.value.startswith(".") and one.value not in asked]:
            if any(value.endswith(part.value) for value in asked):
                new: ast.expr = ast.Call(ast.Attribute(node.left, "endswith", ast.Load()), [ast.Tuple(texts)], [])
                if isinstance(node.ops[0], ast.NotIn):
                    new = ast.UnaryOp(ast.Not(), new)
                yield Swap(node, new, {"wrong": code(node), "part": code(part)})


@repair(
    "wrong_service_name",
    "{wrong} is not the event source of a service that is asked for, and your code has no text `{missing}`.",
    "print the field of a real record, and compare letter by letter.",
    rank=Rank.SLIP,
)
def wrong_service_name(answer: Answer) -> Iterator[Swap]:
    ending = ".amazonaws.com"
    wanted = [text for text in answer.wanted_texts if text.endswith(ending) and text != ending]
    own = [node for node in answer.all(ast.Constant) if is_text(node) and node.value.endswith(ending)]
    missing = [text for text in wanted if all(text != node.value for node in own)]
    for node in own if len(wanted) > 1 else ():
        above = answer.parent(node)
        refuses = isinstance(above, ast.Compare) and isinstance(above.ops[0], ast.NotEq | ast.NotIn) and node in (
            above.left, *above.comparators
        )  # fmt: skip
        for text in missing if node.value.lower() not in {*wanted, ending} and not refuses else ():
            yield Swap(node, ast.Constant(text), {"wrong": code(node), "missing": text})


@repair(
    "text_spelled_wrong",
    "{wrong} is not the text that stands in the records asked for. Every letter counts, capital and small ones differ.",
    "print the field of a real record, and compare letter by letter.",
)
def text_spelled_wrong(answer: Answer) -> Iterator[Swap]:
    right = answer.wanted_texts
    for node in answer.all(ast.Constant):
        if not is_text(node) or node.value in right or node.value in answer.paths or answer.field_of_key(node):
            continue
        if re.search(r"[\[\](){}\\|+^$]", node.value):  # a pattern is no text of a record
            continue
        above = answer.parent(node)
        if isinstance(above, ast.Compare) and isinstance(above.ops[0], ast.NotEq | ast.NotIn):
            continue
        if any(value.startswith(node.value) for value in answer.asked_for):
            continue
        for text in _alike(node.value, right):
            yield Swap(node, ast.Constant(text), {"wrong": code(node)})
        words = node.value.split()  # "DeleteTrail DeleteLogGroup".split()
        for word in words if len(words) > 1 else ():
            for text in difflib.get_close_matches(word, right, 1, 0.85) if word not in right else ():
                yield Swap(node, ast.Constant(node.value.replace(word, text)), {"wrong": f'"{word}"'})


def _alike(wrong: str, right: list[str]) -> list[str]:
    """Return the texts that could be meant, the likeliest first."""
    plain = wrong.lower().strip()
    near = difflib.get_close_matches(plain, [text.lower() for text in right], 3, 0.6)
    return [
        text
        for text in sorted(right, key=lambda t: -difflib.SequenceMatcher(None, plain, t.lower()).ratio())
        if text.lower() in near
        or (plain and len(plain) > 1 and (plain in text.lower() or text.lower() in plain))
        or (plain.endswith(".amazonaws.com") and text.endswith(".amazonaws.com"))
    ]


@repair(
    "one_of_several",
    "It knows {wrong}, and not all that the exercise asks for beside it.",
    "read again which services, calls or values are asked for.",
    rank=Rank.BROAD,
)
def one_of_several(answer: Answer) -> Iterator[Swap]:
    groups = [
        [ast.literal_eval(element) for element in node.elts]
        for node in nodes(answer.model)
        if isinstance(node, ast.Tuple | ast.List | ast.Set) and len(node.elts) > 1 and all(map(is_text, node.elts))
    ]
    for group in groups:
        texts = [ast.Constant(text) for text in group]
        for node, value, text in _compared(answer):
            if text.value in group and isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.In):
                new = ast.Compare(value, [ast.In()], [ast.Tuple(list(texts), ast.Load())])
                yield Swap(node, new, {"wrong": code(text)})
        for several in [*answer.all(ast.Tuple), *answer.all(ast.List), *answer.all(ast.Set)]:
            own = [element.value for element in several.elts if is_text(element)]
            if set(own) & set(group) and set(own) != set(group):
                yield Swap(several, type(several)(texts, *[ast.Load()] * (not isinstance(several, ast.Set))), {
                    "wrong": code(several)
                })  # fmt: skip


@repair(
    "capitals",
    "`{wrong}` makes all letters {kind}, and {text}, which it is compared with, has others.",
    "write the text the same way, or leave `.{method}()` out.",
    rank=Rank.SLIP,
)
def capitals(answer: Answer) -> Iterator[Swap]:
    for call in answer.all(ast.Call):
        if names_method(call, "lower", "upper", "casefold") and not call.args:
            method = call.func.attr
            kind = "capital" if method == "upper" else "small"
            texts = [node for node in _compared_with(answer, call) if node.value != getattr(node.value, method)()]
            if texts:
                words = {"wrong": code(call), "kind": kind, "method": method, "text": code(texts[0])}
                changed = {id(node): ast.Constant(getattr(node.value, method)()) for node in texts}
                yield Swap(call, call.func.value, words)
                yield Swap(texts[0], changed[id(texts[0])], words, changed, at=call)


def _compared_with(answer: Answer, value: ast.expr) -> list[ast.Constant]:
    """Return the texts that a value is compared with, itself or by a name that holds it."""
    holder = answer.parent(value)
    names = {node.id for node in getattr(holder, "targets", ()) if isinstance(node, ast.Name)}

    def is_it(node: ast.AST) -> bool:
        while isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            node = node.value
        return node is value or (isinstance(node, ast.Name) and node.id in names)

    found: list[Any] = []
    for node in answer.all(ast.Compare):
        sides = [node.left, *node.comparators]
        if any(map(is_it, sides)):
            found += [side for side in sides if not is_it(side)]
    for call in answer.all(ast.Call):
        if names_method(call, "startswith", "endswith") and is_it(call.func.value):
            found += call.args
    several = [answer.held(node) for node in found]
    inner = [getattr(node, "elts", [node]) for node in several]
    return [node for nodes_inside in inner for node in nodes_inside if is_text(node)]


@repair(
    "slice_length",
    "`{wrong}` keeps a piece of another length than the text that it is compared with: the two are never equal.",
    "count the characters.",
    rank=Rank.SLIP,
)
def slice_length(answer: Answer) -> Iterator[Swap]:
    for node, compared, text in _compared(answer):
        value = answer.held(compared)
        if isinstance(node, ast.Compare) and isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice):
            length = len(text.value)
            if _kept(value.slice) == length:
                continue
            for new in (ast.Slice(None, ast.Constant(length)), ast.Slice(ast.Constant(-length), None)):
                piece = ast.Subscript(value.value, new, ast.Load())
                yield Swap(value, piece, {"wrong": code(value)})


def _kept(piece: ast.Slice) -> int | None:
    """Return how many signs of a long text a slice keeps, or None if that depends."""
    bounds = [_number(bound, other) for bound, other in ((piece.lower, 0), (piece.upper, None))]
    start, end = bounds
    if start is not None and start < 0 and end is None and piece.upper is None:
        return -start
    return end - start if start is not None and end is not None and 0 <= start <= end else None


def _number(node: ast.expr | None, absent: int | None) -> int | None:
    try:
        value = ast.literal_eval(node) if node else absent
    except (ValueError, TypeError):
        return None
    return value if isinstance(value, int) else None


@repair(
    "slice_elsewhere",
    "`{wrong}` is not the piece of the text that {text} stands in: counting begins at 0.",
    "which is the first sign that is kept, and which is the first that is not?",
)
def slice_elsewhere(answer: Answer) -> Iterator[Swap]:
    for node, compared, text in _compared(answer):
        value = answer.held(compared)
        if isinstance(node, ast.Compare) and isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice):
            length = len(text.value)
            for new in (ast.Slice(None, ast.Constant(length)), ast.Slice(ast.Constant(-length), None)):
                if _kept(value.slice) == length:
                    piece = ast.Subscript(value.value, new, ast.Load())
                    yield Swap(value, piece, {"wrong": code(value), "text": code(text)})


def _listed(answer: Answer, node: Any) -> Any:
    """Return a list of texts that is given by its name as it would stand in the source, others as they are."""
    value = answer.cell.namespace.get(node.id) if isinstance(node, ast.Name) else None
    if isinstance(value, list | tuple | set) and all(isinstance(text, str) for text in value):
        return ast.List([ast.Constant(text) for text in sorted(value)], ast.Load())
    return node


@repair(
    "keeps_separator",
    "`{wrong}` begins with the sign itself that is looked for, and not behind it.",
    "one place further.",
    rank=Rank.SLIP,
)
def keeps_separator(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Slice):
        if names_method(node.lower, "find", "rfind", "index", "rindex"):
            lower = ast.BinOp(node.lower, ast.Add(), ast.Constant(1))
            yield Swap(
                node, ast.Slice(lower, node.upper, node.step), {"wrong": code(answer.parent(node))}, at=node.lower
            )


@repair(
    "other_letters",
    "{wrong} differs from what CloudTrail writes in its capital and small letters.",
    "print the field of a real record, and compare letter by letter.",
    rank=Rank.SLIP,
)
def other_letters(answer: Answer) -> Iterator[Swap]:
    right = {} if answer.exercise.kind.client else {text.lower(): text for text in answer.wanted_texts}
    for node in answer.all(ast.Constant):
        if is_text(node) and not answer.field_of_key(node) and right.get(node.value.lower(), node.value) != node.value:
            yield Swap(node, ast.Constant(right[node.value.lower()]), {"wrong": code(node)})


@repair(
    "same_key_twice",
    "The dictionary has the key `{key}` more than once. Only the last of its values is kept.",
    "one key, and all of its values in a list or a tuple.",
    rank=Rank.NEVER_TRIED,
    certain=True,
)
def same_key_twice(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Dict):
        keys = [ast.unparse(key) if key else "" for key in node.keys]
        twice = next((number for number, key in enumerate(keys) if key and key in keys[number + 1 :]), None)
        if twice is not None:
            rest = [number for number in range(len(keys)) if number != twice]
            new = ast.Dict([node.keys[n] for n in rest], [node.values[n] for n in rest])
            yield Swap(node, new, {"key": keys[twice]}, at=node.keys[twice])


@repair(
    "wrong_piece",
    "`{wrong}` takes another piece than the one that decides. Counting begins at 0, and -1 is the last piece.",
    "print the pieces of a real record.",
    rank=Rank.BROAD,
)
def wrong_piece(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Subscript):
        number = node.slice.operand if isinstance(node.slice, ast.UnaryOp) else node.slice
        if isinstance(number, ast.Constant) and type(number.value) is int and not answer.is_record(node.value):
            for other in (-1, 0, 1, 2):
                new = ast.Subscript(node.value, ast.Constant(other), node.ctx)
                if ast.unparse(new) != ast.unparse(node):
                    yield Swap(node, new, {"wrong": code(node)})
    for call in answer.all(ast.Call):
        if names_method(call, "split", "rsplit", "partition") and not isinstance(answer.parent(call), ast.Subscript):
            yield Swap(call, ast.Subscript(call, ast.Constant(-1), ast.Load()), {"wrong": code(call)})


@repair(
    "letters_never_equal",
    "`{wrong}` is never so: `.{method}()` leaves no {other} letters, and {text} has some.",
    "write the text the same way, or leave `.{method}()` out.",
    rank=Rank.NEVER_TRIED,
    certain=True,
)
def letters_never_equal(answer: Answer) -> Iterator[Swap]:
    compared = [
        (node, *sides)
        for node in answer.all(ast.Compare)
        if isinstance(node.ops[0], ast.Eq)
        for sides in ((node.left, node.comparators[0]), (node.comparators[0], node.left))
    ]
    for call in answer.all(ast.Call):
        if names_method(call, "startswith", "endswith") and call.args:
            compared.append((call, call.func.value, call.args[0]))
    for node, value, text in compared:
        made = answer.held(value)
        if is_text(text) and names_method(made, "lower", "upper"):
            method = made.func.attr
            if text.value != getattr(text.value, method)():
                other = "capital" if method == "lower" else "small"
                words = {"wrong": code(node), "method": method, "other": other, "text": code(text)}
                yield Swap(made, made.func.value, words, at=node)
