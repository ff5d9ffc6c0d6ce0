"""Patterns of the module re: what they tie to where, and what their signs mean."""

import ast
import re
from collections.abc import Iterator
from typing import Any

from workshop.exercises.judging.repairs.answer import Answer, is_text
from workshop.exercises.judging.repairs.repair import Rank, Swap, code, repair

_FUNCTIONS = ("match", "search", "fullmatch", "compile", "findall", "finditer")


def patterns(answer: Answer) -> list[Any]:
    """Return the texts that are handed to the module re as a pattern, by themselves or by a name."""
    found: list[Any] = []
    for call in answer.all(ast.Call):
        function = ast.unparse(call.func)
        if function.startswith("re.") and function[3:] in _FUNCTIONS and call.args:
            text = answer.held(call.args[0])
            found += [text] if is_text(text) and text not in found else []
    return found


@repair(
    "alternatives_without_brackets",
    "In the pattern {wrong} the sign `|` stands between all that is on its left and all that is on its right: {left} "
    "alone is enough.",
    "round brackets around the alternatives: `(a|b)`.",
    rank=Rank.SLIP,
)
def alternatives_without_brackets(answer: Answer) -> Iterator[Swap]:
    for node in patterns(answer):
        parts = _alternatives(node.value)
        if len(parts) < 2:
            continue
        words = {"wrong": code(node), "left": code(ast.Constant(parts[0]))}
        start = "^" if parts[0].startswith("^") else ""
        inner = [parts[0].removeprefix("^"), *parts[1:-1]]
        for at in range(len(parts[-1]) - 1, 0, -1):  # what stands behind the last is for all of them
            grouped = "|".join([*inner, parts[-1][:at].removeprefix("^")])
            if not parts[-1][at].isalnum() and _alike(inner[0], parts[-1][:at]):
                yield Swap(node, ast.Constant(f"{start}(?:{grouped}){parts[-1][at:]}"), words)
        for at in range(1, len(inner[0])):  # what stands before the first is for all of them
            grouped = "|".join([inner[0][at:], *parts[1:]])
            if not inner[0][at - 1].isalnum() and _alike(inner[0][at:], parts[-1].removesuffix("$")):
                end = "$" if parts[-1].endswith("$") else ""
                yield Swap(node, ast.Constant(f"{start}{inner[0][:at]}(?:{grouped.removesuffix(end)}){end}"), words)


@repair(
    "words_in_class",
    "In the pattern {wrong} the square brackets in `{part}` stand for a single sign, any of those between them.",
    "round brackets around the words: `(a|b)`.",
    rank=Rank.SLIP,
    certain=True,
)
def words_in_class(answer: Answer) -> Iterator[Swap]:
    for node in patterns(answer):
        for found in re.finditer(r"(?<!\\)\[\^?(\w{3,}(?:\|\w{3,})+)\]", node.value):
            new = f"{node.value[: found.start()]}(?:{found[1]}){node.value[found.end() :]}"
            yield Swap(node, ast.Constant(new), {"wrong": code(node), "part": found[0]})


def _alternatives(pattern: str) -> list[str]:
    """Return the parts of a pattern between its outermost `|`."""
    parts, depth, escaped, in_class = [""], 0, False, False
    for sign in pattern:
        if not escaped and not in_class:
            depth += (sign == "(") - (sign == ")")
        if sign == "|" and depth == 0 and not escaped and not in_class:
            parts.append("")
            continue
        if not escaped:
            in_class = sign == "[" or (in_class and sign != "]")
        escaped = sign == "\\" and not escaped
        parts[-1] += sign
    return parts


def _alike(one: str, other: str) -> bool:
    """Tell whether two alternatives could be of one kind: both words, or both with the same end."""
    return (one.isalpha() and other.isalpha()) or (len(one) > 2 and one[-3:] == other[-3:])


@repair(
    "end_in_pattern",
    "In the pattern {wrong} the sign `$` is the end of the text: nothing may follow what stands before it.",
    "what stands behind it in a real record?",
    rank=Rank.SLIP,
)
def end_in_pattern(answer: Answer) -> Iterator[Swap]:
    for node in patterns(answer):
        if node.value.endswith(("$", r"\Z")):
            yield Swap(node, ast.Constant(re.sub(r"(?:\$|\\Z)$", "", node.value)), {"wrong": code(node)})


@repair(
    "not_tied",
    "Nothing ties the pattern {wrong} to the {where} of the text: it fits {what} as well.",
    "`^` is the beginning of a text in a pattern, and `$` its end.",
)
def not_tied(answer: Answer) -> Iterator[Swap]:
    for node in patterns(answer):
        loose = f"(?:{node.value})" if len(_alternatives(node.value)) > 1 else node.value
        if not node.value.startswith(("^", r"\A")):
            yield Swap(
                node, ast.Constant(f"^{loose}"), {"wrong": code(node), "where": "beginning", "what": "further on"}
            )
        if not node.value.endswith(("$", r"\Z")):
            words = {"wrong": code(node), "where": "end", "what": "where more follows"}
            yield Swap(node, ast.Constant(f"{loose}$"), words)


@repair(
    "star_in_pattern",
    "In the pattern {wrong} the sign `{sign}` does not stand for any signs: it {what}.",
    "`.*` stands for any signs in a pattern.",
)
def star_in_pattern(answer: Answer) -> Iterator[Swap]:
    for node in patterns(answer):
        stars = re.sub(r"(?<=[\w-])\*", ".*", node.value)
        if stars != node.value:
            what = "repeats the sign before it, any number of times"
            yield Swap(node, ast.Constant(stars), {"wrong": code(node), "sign": "*", "what": what})


@repair(
    "letters_in_pattern",
    "The pattern {wrong} is compared letter by letter, and capital and small letters differ.",
    "write it as CloudTrail writes it.",
)
def letters_in_pattern(answer: Answer) -> Iterator[Swap]:
    for node in patterns(answer):
        text = node.value
        for wanted in answer.wanted_texts:
            for written in {wanted, re.escape(wanted)}:
                text = re.sub(re.escape(written), lambda found: written, text, flags=re.IGNORECASE)  # noqa: B023
        if text != node.value:
            yield Swap(node, ast.Constant(text), {"wrong": code(node)})
