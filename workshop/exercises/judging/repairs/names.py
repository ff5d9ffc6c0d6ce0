"""Names that mean nothing, or not what was meant."""

import ast
import builtins
import dataclasses
import difflib
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from workshop.exercises.judging.repairs.answer import Answer, calls, expression, is_text, nodes
from workshop.exercises.judging.repairs.repair import Rank, Swap, code, repair
from workshop.logs.knowledge import Known

KNOWN = [field.name for field in dataclasses.fields(Known)]
_ELSEWHERE = {"false": "False", "true": "True", "null": "None", "none": "None", "nil": "None", "undefined": "None"}


def close(name: str, known: Iterable[str], cutoff: float = 0.75) -> str | None:
    """Return the name that is spelled nearly like this one, first by its letters alone, or None."""
    known = sorted(set(known) - {name})
    plain = name.replace("_", "").lower()
    same = [other for other in known if other.replace("_", "").lower() == plain]
    return next(iter(same or difflib.get_close_matches(name, known, 1, cutoff)), None)


@repair(
    "leftover_raise",
    "The stub's line `raise NotImplementedError(…)` is still in the function. Python stops there, whatever stands "
    "above or below it.",
    "your code takes that line's place.",
    rank=Rank.SLIP,
    certain=True,
)
def leftover_raise(answer: Answer) -> Iterator[Swap]:
    for node in answer.function.body if answer.function else ():
        if not isinstance(node, ast.Raise):
            continue
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if isinstance(raised, ast.Name) and raised.id == "NotImplementedError":
            yield Swap(node, [])


@repair(
    "word_of_another_language",
    "Python knows no `{wrong}`. True, False and None begin with a capital letter there, and None is what JSON calls "
    "null.",
    "which of Python's three words do you mean?",
    rank=Rank.SLIP,
    certain=True,
)
def word_of_another_language(answer: Answer) -> Iterator[Swap]:
    wrong = [n for n in answer.all(ast.Name) if n.id in answer.undefined and n.id.lower() in _ELSEWHERE]
    if wrong:
        new = {
            id(node): ast.Constant({"False": False, "True": True}.get(_ELSEWHERE[node.id.lower()])) for node in wrong
        }
        yield Swap(wrong[0], new[id(wrong[0])], {"wrong": wrong[0].id}, new)


@repair(
    "module_not_imported",
    "`{wrong}` is a module of Python, and nothing imports it.",
    "`import {wrong}` stands above the function, in the same cell.",
    rank=Rank.SLIP,
    certain=True,
)
def module_not_imported(answer: Answer) -> Iterator[Swap]:
    missing = sorted(name for name in answer.undefined if name in sys.stdlib_module_names)
    if missing and answer.function:
        first = answer.function.body[0]
        at = next((node for node in answer.all(ast.Name) if node.id in missing), first)
        imported = ast.Import([ast.alias(name) for name in missing])
        yield Swap(first, [imported, first], {"wrong": at.id if isinstance(at, ast.Name) else missing[0]}, at=at)


@repair(
    "unquoted_text",
    "`{wrong}` stands without quotes, so Python takes it for a variable, and there is none of that name.",
    "a text stands in quotes.",
    rank=Rank.SLIP,
)
def unquoted_text(answer: Answer) -> Iterator[Swap]:
    whole: dict[int, ast.expr] = {}
    for node in answer.all(ast.Name):
        if node.id not in answer.undefined or node.id in sys.stdlib_module_names:
            continue
        outer: ast.expr = node
        while isinstance(above := answer.parent(outer), ast.Attribute):  # logs.amazonaws.com
            called = answer.parent(above)
            if isinstance(called, ast.Call) and called.func is above:
                break
            outer = above
        whole[id(outer)] = outer
    found = {key: ast.Constant(ast.unparse(node)) for key, node in whole.items()}
    for key, node in whole.items():
        yield Swap(node, found[key], {"wrong": code(node)})
    if len(found) > 1:
        first = next(iter(whole.values()))
        yield Swap(first, found[id(first)], {"wrong": code(first)}, found)


@repair(
    "notebooks_variable",
    "It looks at `{wrong}`, {what}, and not at the record that it is handed.",
    "use the name of the argument, the one in the `def` line, everywhere in the function.",
    rank=Rank.SLIP,
)
def notebooks_variable(answer: Answer) -> Iterator[Swap]:
    if not answer.arguments:
        return
    names = [
        node for node in answer.all(ast.Name) if node.id not in answer.own_names and isinstance(node.ctx, ast.Load)
    ]
    for wrong in dict.fromkeys(node.id for node in names):
        value = answer.cell.namespace.get(wrong)
        data = isinstance(value, dict | list) or type(value).__name__ in ("DataFrame", "Series")
        if not (wrong in answer.undefined or (data and not isinstance(value, type))):
            continue
        what = "which is not defined" if wrong in answer.undefined else "a variable of your notebook"
        for argument in answer.arguments:
            new = {id(node): ast.Name(argument, ast.Load()) for node in names if node.id == wrong}
            first = next(node for node in names if node.id == wrong)
            yield Swap(first, new[id(first)], {"wrong": wrong, "what": what}, new)
            if isinstance(value, list) or wrong in answer.undefined:  # records[0]
                pieces = [answer.parent(node) for node in names if node.id == wrong]
                inner = {id(n): ast.Name(argument, ast.Load()) for n in pieces if isinstance(n, ast.Subscript)}
                if inner:
                    yield Swap(first, new[id(first)], {"wrong": wrong, "what": what}, {**new, **inner})


@repair(
    "part_of_known",
    "Nothing is called `{wrong}` here: it is a part of what the function is handed as `{known}`.",
    "its parts are read with a dot.",
    rank=Rank.SLIP,
)
def part_of_known(answer: Answer) -> Iterator[Swap]:
    if len(answer.arguments) > 1:
        names = [node for node in answer.all(ast.Name) if node.id in answer.undefined and node.id in KNOWN]
        known = answer.arguments[1]
        new = {id(node): ast.Attribute(ast.Name(known, ast.Load()), node.id, ast.Load()) for node in names}
        if names:
            yield Swap(names[0], new[id(names[0])], {"wrong": names[0].id, "known": known}, new)


@repair(
    "misspelled_name",
    "Nothing is called `{wrong}`. Python wants each name letter by letter as it was given; capital and small letters "
    "differ.",
    "is it `{right}`?",
    rank=Rank.SLIP,
    certain=True,
)
def misspelled_name(answer: Answer) -> Iterator[Swap]:
    known = {name for name in answer.cell.namespace if not name.startswith("_")} | answer.own_names
    known |= {
        *dir(builtins),
        "print_short_record",
        "instance_identifier_arn_pattern",
        "METRIC_NAME",
        "METRIC_NAMESPACE",
    }
    names = [node for node in answer.all(ast.Name) if node.id in answer.undefined]
    for wrong in dict.fromkeys(node.id for node in names):
        right = close(wrong, known)
        if right:
            new = {id(node): ast.Name(right, node.ctx) for node in names if node.id == wrong}
            first = next(node for node in names if node.id == wrong)
            yield Swap(first, new[id(first)], {"wrong": wrong, "right": right}, new)


@repair(
    "quoted_name",
    "`{wrong}` stands in quotes. So it is a text, these very letters, and not what the name stands for.",
    "a name that is to give its value stands without quotes.",
)
def quoted_name(answer: Answer) -> Iterator[Swap]:
    known = answer.own_names | {name for name in answer.cell.namespace if name.isupper()}
    known |= {"METRIC_NAME", "METRIC_NAMESPACE", "instance_identifier_arn_pattern"}
    texts = [node for node in answer.all(ast.Constant) if is_text(node)]
    found = {id(node): ast.Name(node.value, ast.Load()) for node in texts if node.value in known}
    for node in texts:
        if id(node) in found:
            yield Swap(node, found[id(node)], {"wrong": code(node)})
        elif answer.record in node.value and isinstance(answer.parent(node), ast.Call | ast.JoinedStr | ast.Tuple):
            try:
                value = expression(node.value.strip("{} "))
            except SyntaxError:
                continue
            if not isinstance(value, ast.Name):
                yield Swap(node, value, {"wrong": code(node)})
    if len(found) > 1:
        first = next(node for node in texts if id(node) in found)
        yield Swap(first, found[id(first)], {"wrong": code(first)}, found)


@repair(
    "prints_field_name",
    "It prints the word {wrong}, the field's name, and not what the record has in that field.",
    "the name goes into brackets behind the record.",
)
def prints_field_name(answer: Answer) -> Iterator[Swap]:
    found: dict[int, ast.expr] = {}
    first: Any = None
    for call in answer.all(ast.Call):
        if not calls(call, "print"):
            continue
        for node in nodes(call):
            field = (is_text(node) and close(node.value, answer.paths, 0.85)) or (is_text(node) and node.value)
            holder = answer.parent(node)
            if field in answer.paths and not isinstance(holder, ast.Subscript) and not _is_key(answer, node):
                found[id(node)] = answer.at_path(answer.paths[field][0])
                first = first or node
    if first is not None:
        yield Swap(first, found[id(first)], {"wrong": code(first)}, found)


def _is_key(answer: Answer, node: ast.AST) -> bool:
    holder = answer.parent(node)
    return isinstance(holder, ast.Call) and answer.field_of(holder) is not None


@repair(
    "name_taken",
    "It gives `{wrong}` a new value, and what the name stood for before is gone.",
    "give your variable another name.",
)
def name_taken(answer: Answer) -> Iterator[Swap]:
    taken = {"print_short_record", "print", "str", "re", "len", "any", "all", *answer.arguments}
    for node in answer.all(ast.Name):
        if isinstance(node.ctx, ast.Store) and node.id in taken:
            statement = answer.parent(node)
            if isinstance(statement, ast.Assign):
                yield Swap(statement, [], {"wrong": node.id})
