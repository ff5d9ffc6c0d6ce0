"""Texts that a value is compared with, and the pieces of a value that are."""

import ast
import difflib
from collections.abc import Iterator
from typing import Any

from workshop.exercises.judging.repairs.answer import Answer, is_text, names_method, nodes
from workshop.exercises.judging.repairs.repair import Swap, code, repair

_WILDCARDS = "*%^$"


def _compared(answer: Answer) -> Iterator[tuple[Any, Any, Any]]:
    """Yield (comparison, value, text) for each `value == text`, `text in value`, `value.startswith(text)`, …"""
    for node in answer.all(ast.Compare):
        if len(node.ops) == 1:
            for value, text in ((node.left, node.comparators[0]), (node.comparators[0], node.left)):
                if is_text(text):
                    yield node, value, text
                elif isinstance(text, ast.Tuple | ast.List | ast.Set) and len(text.elts) == 1 and is_text(text.elts[0]):
                    yield node, value, text.elts[0]
    for call in answer.all(ast.Call):
        if names_method(call, "startswith", "endswith", "find", "count") and call.args and is_text(call.args[0]):
            yield call, call.func.value, call.args[0]


@repair(
    "wildcard",
    "In {wrong} the sign `{sign}` stands for itself: an ordinary text knows no wildcards.",
    "texts have methods that look at their beginning, or their end, only.",
)
def wildcard(answer: Answer) -> Iterator[Swap]:
    for node, value, text in _compared(answer):
        plain = text.value.replace(".*", "*").strip(_WILDCARDS)
        if plain != text.value and plain:
            sign = next((sign for sign in _WILDCARDS if sign in text.value), ".")
            method = "endswith" if text.value[0] in "*%" else "startswith"
            new = ast.Call(ast.Attribute(value, method, ast.Load()), [ast.Constant(plain)], [])
            yield Swap(node, new, {"wrong": code(text), "sign": sign})
    for text in answer.all(ast.Constant):
        if is_text(text) and text.value.strip(_WILDCARDS) != text.value and text.value.strip(_WILDCARDS):
            sign = next(sign for sign in _WILDCARDS if sign in text.value)
            yield Swap(text, ast.Constant(text.value.strip(_WILDCARDS)), {"wrong": code(text), "sign": sign})


@repair(
    "whole_or_beginning",
    "`{wrong}` {asks}. The exercise asks for {other}.",
    "{advice}",
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
    "text_spelled_wrong",
    "{wrong} is not spelled as CloudTrail writes it. Every letter counts, capital and small ones differ.",
    "print the field of a real record, and compare letter by letter.",
)
def text_spelled_wrong(answer: Answer) -> Iterator[Swap]:
    right = answer.wanted_texts
    for node in answer.all(ast.Constant):
        if not is_text(node) or node.value in right or node.value in answer.paths or answer.field_of_key(node):
            continue
        for text in _alike(node.value, right):
            yield Swap(node, ast.Constant(text), {"wrong": code(node)})


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
    "`{wrong}` makes all letters {kind}, and the text that it is compared with has others.",
    "write the text the same way, or leave `.{method}()` out.",
)
def capitals(answer: Answer) -> Iterator[Swap]:
    for call in answer.all(ast.Call):
        if names_method(call, "lower", "upper", "casefold") and not call.args:
            method = call.func.attr
            kind = "capital" if method == "upper" else "small"
            words = {"wrong": code(call), "kind": kind, "method": method}
            yield Swap(call, call.func.value, words)
            changed = {
                id(node): ast.Constant(node.value.upper() if method == "upper" else node.value.lower())
                for node in answer.all(ast.Constant)
                if is_text(node) and not answer.field_of_key(node) and node.value in answer.wanted_texts
            }
            yield Swap(ast.Pass(), [], words, changed, at=call)


@repair(
    "slice_length",
    "`{wrong}` keeps a piece of another length than the text that it is compared with: the two are never equal.",
    "count the characters.",
)
def slice_length(answer: Answer) -> Iterator[Swap]:
    for node, value, text in _compared(answer):
        if isinstance(node, ast.Compare) and isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice):
            length = len(text.value)
            for new in (ast.Slice(None, ast.Constant(length)), ast.Slice(ast.Constant(-length), None)):
                piece = ast.Subscript(value.value, new, ast.Load())
                yield Swap(value, piece, {"wrong": code(value)})


@repair(
    "wrong_piece",
    "`{wrong}` takes another piece than the one that decides. Counting begins at 0, and -1 is the last piece.",
    "print the pieces of a real record.",
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


REPAIRS = (
    wildcard,
    slice_length,
    capitals,
    text_spelled_wrong,
)
