"""Conditions: what is compared with what, how comparisons are joined, and which way round."""

import ast
from collections.abc import Iterator
from typing import Any

from workshop.exercises.judging.repairs.answer import Answer, is_text, names_method
from workshop.exercises.judging.repairs.repair import Rank, Swap, code, repair

_COLLECTION = ast.Tuple | ast.List | ast.Set
_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
}
_NEIGHBOURS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}


def _single(node: ast.Compare) -> bool:
    return len(node.ops) == 1


def _compare(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.Compare:
    return ast.Compare(left, [operator], [right])


def _tuple(*texts: ast.expr) -> ast.Tuple:
    return ast.Tuple(list(texts), ast.Load())


@repair(
    "or_text",
    "In `{wrong}` the text behind `or` stands alone: it is compared with nothing, and a text that is not empty always "
    "counts as true.",
    "each side of an `or` needs a whole comparison; or `in` asks for one of several texts.",
    rank=Rank.SLIP,
    certain=True,
)
def or_text(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.BoolOp):
        rest, inner = [], None
        for value in node.values[1:]:
            if isinstance(value, ast.BoolOp) and isinstance(node.op, ast.Or) and is_text(value.values[0]):
                rest.append(value.values[0])
                inner = value  # x == "a" or "b" and y
            else:
                rest.append(value)
        if not all(map(is_text, rest)):
            continue
        whole = _one_of(node.values[0], rest)
        if whole is None:
            continue
        if inner is not None:
            whole = ast.BoolOp(ast.And(), [whole, *inner.values[1:]])
        yield Swap(node, whole, {"wrong": code(node)})
    for node in answer.all(ast.BoolOp):  # "Delete" in name … or "Stop", in the middle of others
        for number, value in enumerate(node.values):
            if number and is_text(value):
                joined = _one_of(node.values[number - 1], [value])
                if joined is not None and len(node.values) > 2:
                    values = [*node.values[: number - 1], joined, *node.values[number + 1 :]]
                    yield Swap(node, ast.BoolOp(node.op, values), {"wrong": code(node)})


def _one_of(first: Any, others: list[ast.expr]) -> ast.expr | None:
    """Return the question whether one of several texts fits, for a first question about one of them."""
    if isinstance(first, ast.BoolOp):  # y and x == "a" or "b"
        last = _one_of(first.values[-1], others)
        return ast.BoolOp(first.op, [*first.values[:-1], last]) if last is not None else None
    if isinstance(first, ast.Compare) and _single(first):
        operator, right = first.ops[0], first.comparators[0]
        if isinstance(operator, ast.Eq | ast.Is):
            return _compare(first.left, ast.In(), _tuple(right, *others))
        if isinstance(operator, ast.NotEq | ast.IsNot):
            return _compare(first.left, ast.NotIn(), _tuple(right, *others))
        if isinstance(operator, ast.In) and isinstance(right, _COLLECTION):
            return _compare(first.left, operator, _tuple(*right.elts, *others))
        if isinstance(operator, ast.In) and is_text(first.left):
            return ast.BoolOp(ast.Or(), [first, *(_compare(text, ast.In(), right) for text in others)])
    if names_method(first, "startswith", "endswith"):
        return ast.Call(first.func, [_tuple(*first.args, *others)], [])
    return None


@repair(
    "or_within_comparison",
    "`{wrong}` is worked out before the comparison: `or` between texts gives the first of them, and `and` the last. "
    "Only that one is compared.",
    "`in` asks for one of several texts, in round brackets.",
    rank=Rank.SLIP,
    certain=True,
)
def or_within_comparison(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.BoolOp):  # startswith("AS" and not "AK")
        negated = [v for v in node.values if isinstance(v, ast.UnaryOp) and is_text(v.operand)]
        if negated and is_text(node.values[0]) and len(negated) == len(node.values) - 1:
            yield Swap(node, node.values[0], {"wrong": code(node)})
    for node in answer.all(ast.BoolOp):
        above, texts, words = answer.parent(node), list(node.values), {"wrong": code(node)}
        if not all(map(is_text, texts)):
            continue
        if isinstance(above, ast.Compare) and _single(above):
            negative = isinstance(above.ops[0], ast.NotEq | ast.NotIn | ast.IsNot)
            if above.left is node:
                parts = [_compare(text, above.ops[0], above.comparators[0]) for text in texts]
                yield Swap(above, ast.BoolOp(ast.And() if negative else ast.Or(), [*parts]), words)
            left = above.comparators[0] if above.left is node else above.left
            yield Swap(above, _compare(left, ast.NotIn() if negative else ast.In(), _tuple(*texts)), words)
        elif isinstance(above, ast.Call) or (isinstance(above, _COLLECTION) and len(above.elts) == 1):
            yield Swap(node, _tuple(*texts), words)


@repair(
    "is_for_equals",
    "`is` asks whether two things are one and the same object. Two equal texts often are not.",
    "compare with `==`, or `!=`.",
    rank=Rank.SLIP,
    certain=True,
)
def is_for_equals(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Compare):
        words = (node.left, *node.comparators)
        if _single(node) and isinstance(node.ops[0], ast.Is | ast.IsNot) and not any(map(_is_word, words)):
            several = isinstance(node.comparators[0], _COLLECTION)
            negative = isinstance(node.ops[0], ast.IsNot)
            operator = (ast.NotIn if several else ast.NotEq) if negative else (ast.In if several else ast.Eq)
            yield Swap(node, _compare(node.left, operator(), node.comparators[0]))


def _is_word(node: ast.AST) -> bool:
    """Tell whether a node is None, True or False, which `is` compares well."""
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))


@repair(
    "equals_list",
    "`{wrong}` asks whether a text is equal to several at once. A text is never that.",
    "`in` asks whether the text is one of them.",
    rank=Rank.SLIP,
)
def equals_list(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Compare):
        if _single(node) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            negative = isinstance(node.ops[0], ast.NotEq)
            sides = (node.left, node.comparators[0])
            for one, many, kinds in ((*sides, ast.Name | ast.Subscript), (*sides[::-1], ast.Subscript)):
                read = isinstance(many, kinds) and answer.path_of(many) is None
                if isinstance(many, _COLLECTION) or (read and _holds_several(answer, many)):
                    new = _compare(one, ast.NotIn() if negative else ast.In(), many)
                    yield Swap(node, new, {"wrong": code(node)})


def _holds_several(answer: Answer, node: ast.expr) -> bool:
    """Tell whether an expression holds several values for certain, or is looked up where all are such."""
    node = answer.held(node)
    read = node.value if isinstance(node, ast.Subscript) else node.func.value if names_method(node, "get") else None  # type: ignore[attr-defined]
    if read is not None and len(answer.arguments) > 1 and ast.unparse(read) == f"{answer.arguments[1]}.addresses":
        return True
    if isinstance(node, ast.Subscript):
        held = answer.held(node.value)
        return isinstance(held, ast.Dict) and all(isinstance(value, _COLLECTION) for value in held.values)
    value = answer.cell.namespace.get(node.id) if isinstance(node, ast.Name) else None
    return isinstance(node, _COLLECTION) or isinstance(value, list | tuple | set | frozenset)


@repair(
    "success_in_words",
    "`{wrong}` compares with {what}. The record of a call that worked has no errorCode at all.",
    "ask whether the field is absent.",
    rank=Rank.SLIP,
)
def success_in_words(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Compare):
        several = node.comparators[0]
        text = _single(node) and (is_text(several) or isinstance(several, _COLLECTION))
        if text and answer.path_of(node.left) == "errorCode":
            failed = answer.at_path("errorCode")
            what = "texts" if isinstance(several, _COLLECTION) else "the empty text" if not several.value else "a text"
            new = ast.UnaryOp(ast.Not(), failed) if isinstance(node.ops[0], ast.Eq | ast.In) else failed
            yield Swap(node, new, {"wrong": code(node), "what": what})


@repair(
    "negated_guard",
    "`if {wrong}` turns away only a record for which all of this holds at once. A record for which one part of it does "
    "not hold goes on.",
    "is one of them enough to turn a record away?",
    rank=Rank.SLIP,
)
def negated_guard(answer: Answer) -> Iterator[Swap]:
    for branch in answer.all(ast.If):
        test = branch.test
        refuses = isinstance(branch.body[-1], ast.Return) and getattr(branch.body[-1].value, "value", 0) is False
        if refuses and _is_and(test) and all(map(_is_negative, test.values)):
            yield Swap(test, ast.BoolOp(ast.Or(), test.values), {"wrong": code(test)})


def _is_negative(node: ast.expr) -> bool:
    return (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)) or (
        isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.NotEq | ast.NotIn)
    )


@repair(
    "case_of_several",
    "`case {wrong}` fits a pair or a list of just that many, and no single text.",
    "`|` stands between texts of which one is enough.",
    rank=Rank.SLIP,
    certain=True,
)
def case_of_several(answer: Answer) -> Iterator[Swap]:
    for match in answer.all(ast.Match):
        for case in match.cases if answer.path_of(match.subject) else ():
            node = case.pattern
            if isinstance(node, ast.MatchSequence) and all(isinstance(one, ast.MatchValue) for one in node.patterns):
                yield Swap(node, ast.MatchOr(node.patterns), {"wrong": code(node).strip("[]")})


@repair(
    "case_gives_a_name",
    "`case {wrong}` compares with nothing: a plain name behind `case` is given the value, whatever it is.",
    "write the text itself there, or ask with `if` and `==`.",
    rank=Rank.SLIP,
)
def case_gives_a_name(answer: Answer) -> Iterator[Swap]:
    values = answer.cell.namespace
    found = [n for n in answer.all(ast.MatchAs) if n.pattern is None and isinstance(values.get(n.name), str)]
    if found:  # all at once: a single one that is left still takes every value
        new = {id(node): ast.MatchValue(ast.Constant(values[node.name])) for node in found}
        yield Swap(found[0], new[id(found[0])], {"wrong": found[0].name}, new)


@repair(
    "word_in_quotes",
    "`{wrong}` compares with a text. Where a record says true or false, without quotes, Python has True or False.",
    "True and False stand without quotes.",
    rank=Rank.SLIP,
)
def word_in_quotes(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Compare):
        for side in (node.left, *node.comparators):
            if is_text(side) and side.value.lower() in ("true", "false"):
                yield Swap(side, ast.Constant(side.value.lower() == "true"), {"wrong": code(node)})


@repair(
    "zero_in_quotes",
    "`{wrong}` compares a number with a text: they are never equal.",
    "a number stands without quotes.",
)
def zero_in_quotes(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Compare):
        for side in (node.left, *node.comparators):
            if is_text(side) and side.value.strip().isdigit():
                yield Swap(side, ast.Constant(int(side.value)), {"wrong": code(node)})


@repair(
    "absent_is_not_empty",
    "`{wrong}` holds where the field is absent as well: `.get(…)` gives None there, and None is not the empty text.",
    "ask whether the field is there at all.",
    rank=Rank.SLIP,
)
def absent_is_not_empty(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Compare):
        read, other = answer.held(node.left), node.comparators[0]
        unequal = _single(node) and isinstance(node.ops[0], ast.NotEq) and is_text(other) and not other.value
        if unequal and names_method(read, "get") and len(read.args) == 1:
            yield Swap(node, ast.Call(ast.Name("bool", ast.Load()), [node.left], []), {"wrong": code(node)})


@repair(
    "compared_with_true",
    "`{wrong}` compares with True or False. A match, a number or a text that counts as true is not the value True "
    "itself.",
    "leave the comparison out.",
    rank=Rank.SLIP,
)
def compared_with_true(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Compare):
        for value, word in ((node.left, node.comparators[0]), (node.comparators[0], node.left)):
            if _single(node) and isinstance(word, ast.Constant) and isinstance(word.value, bool):
                wanted = word.value == isinstance(node.ops[0], ast.Eq | ast.Is)
                yield Swap(node, value if wanted else ast.UnaryOp(ast.Not(), value), {"wrong": code(node)})


@repair(
    "in_one_text",
    "`{wrong}` asks for a piece of a text: round brackets around a single text make no tuple.",
    "compare with `==`, or put a comma behind the text.",
)
def in_one_text(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Compare):
        if _single(node) and isinstance(node.ops[0], ast.In | ast.NotIn) and is_text(node.comparators[0]):
            operator = ast.Eq() if isinstance(node.ops[0], ast.In) else ast.NotEq()
            yield Swap(node, _compare(node.left, operator, node.comparators[0]), {"wrong": code(node)})


@repair(
    "contradiction",
    "`{wrong}` {always}: one value is never equal to two texts.",
    "what has to hold between the two comparisons, `and` or `or`?",
    rank=Rank.SLIP,
    certain=True,
)
def contradiction(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.BoolOp):
        parts = [value for value in node.values if isinstance(value, ast.Compare) and _single(value)]
        kind = ast.NotEq if isinstance(node.op, ast.Or) else ast.Eq
        same = [value for value in parts if isinstance(value.ops[0], kind) and is_text(value.comparators[0])]
        by_left: dict[str, list[ast.Compare]] = {}
        for value in same:
            by_left.setdefault(ast.unparse(value.left), []).append(value)
        for values in by_left.values():
            if len({value.comparators[0].value for value in values}) < 2:  # type: ignore[attr-defined]
                continue
            always = "holds for every record" if kind is ast.NotEq else "holds for no record"
            other = ast.And() if kind is ast.NotEq else ast.Or()
            joined = ast.BoolOp(other, list(values))
            rest = [value for value in node.values if value not in values]
            at = min(node.values.index(value) for value in values)
            new = ast.BoolOp(node.op, [*rest[:at], joined, *rest[at:]]) if rest else joined
            yield Swap(node, new, {"wrong": code(ast.BoolOp(node.op, list(values))), "always": always})


@repair(
    "precedence",
    "In `{wrong}` Python joins what stands around `{first}` first, and `{last}` last.",
    "put round brackets around what belongs together.",
    rank=Rank.SLIP,
)
def precedence(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.BoolOp):
        if not isinstance(node.op, ast.Or) or any(answer.in_brackets(value) for value in node.values if _is_and(value)):
            continue
        words = {"wrong": code(node), "first": "and", "last": "or"}
        *before, last = node.values
        if _is_and(last):  # a or b and c
            yield Swap(
                node, ast.BoolOp(ast.And(), [ast.BoolOp(ast.Or(), [*before, last.values[0]]), *last.values[1:]]), words
            )
        first, *after = node.values
        if _is_and(first):  # a and b or c
            yield Swap(
                node,
                ast.BoolOp(ast.And(), [*first.values[:-1], ast.BoolOp(ast.Or(), [first.values[-1], *after])]),
                words,
            )
        if _is_and(first) and _is_and(last) and len(node.values) == 2:  # a and b or c and d
            middle = ast.BoolOp(ast.Or(), [first.values[-1], last.values[0]])
            yield Swap(node, ast.BoolOp(ast.And(), [*first.values[:-1], middle, *last.values[1:]]), words)
    for bits in answer.all(ast.BinOp):  # a | b & c
        inner = bits.right
        if isinstance(bits.op, ast.BitOr) and isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.BitAnd):
            either = ast.BinOp(bits.left, ast.BitOr(), inner.left)
            yield Swap(
                bits,
                ast.BinOp(either, ast.BitAnd(), inner.right),
                {"wrong": code(bits), "first": "&", "last": "|"},
            )


def _is_and(node: ast.AST) -> Any:
    return isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And)


@repair(
    "bit_operator",
    "`&`, `|` and `~` calculate with numbers and bind more tightly than `==`; pandas uses them for columns.",
    "conditions are joined with `and` and `or`, and turned round with `not`.",
    rank=Rank.SLIP,
)
def bit_operator(answer: Answer) -> Iterator[Swap]:
    bits = [node for node in answer.all(ast.BinOp) if isinstance(node.op, ast.BitAnd | ast.BitOr)]
    for node in answer.all(ast.Compare):  # a == b & c == d: the middle belongs to both
        if len(node.ops) == 2 and isinstance(middle := node.comparators[0], ast.BinOp) and middle in bits:
            operator = ast.And() if isinstance(middle.op, ast.BitAnd) else ast.Or()
            parts = [
                _compare(node.left, node.ops[0], middle.left),
                _compare(middle.right, node.ops[1], node.comparators[1]),
            ]
            yield Swap(node, ast.BoolOp(operator, list(parts)))
    for node in bits:
        yield Swap(
            node, ast.BoolOp(ast.And() if isinstance(node.op, ast.BitAnd) else ast.Or(), [node.left, node.right])
        )
    for unary in answer.all(ast.UnaryOp):
        if isinstance(unary.op, ast.Invert):
            yield Swap(unary, ast.UnaryOp(ast.Not(), unary.operand))


@repair(
    "and_or",
    "`{wrong}`: with `{word}` {what}. The exercise asks for something else.",
    "which of these conditions must hold together, and of which is one enough?",
    rank=Rank.BROAD,
)
def and_or(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.BoolOp):
        both = isinstance(node.op, ast.And)
        words = {"wrong": code(node), "word": "and" if both else "or"}
        words["what"] = "all of them must hold at once" if both else "one of them is enough"
        yield Swap(node, ast.BoolOp(ast.Or() if both else ast.And(), node.values), words)


@repair(
    "one_inverted",
    "`{wrong}` is the wrong way round.",
    "is there a `not`, a `!=` or a `not in` too many, or one too few?",
    rank=Rank.BROAD,
)
def one_inverted(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.UnaryOp):
        if isinstance(node.op, ast.Not):
            yield Swap(node, node.operand, {"wrong": code(node)})
    for compare in answer.all(ast.Compare):
        if _single(compare):
            operator = _OPPOSITE[type(compare.ops[0])]()
            yield Swap(compare, _compare(compare.left, operator, compare.comparators[0]), {"wrong": code(compare)})
    for kind in (ast.If, ast.IfExp):
        for branch in answer.all(kind):
            test = branch.test
            yield Swap(test, ast.UnaryOp(ast.Not(), test), {"wrong": code(test)})
    for call in answer.all(ast.Call):
        if names_method(call, "startswith", "endswith", "match", "search"):
            yield Swap(call, ast.UnaryOp(ast.Not(), call), {"wrong": code(call)})


@repair(
    "all_of_any",
    "`{wrong}(…)` {what}.",
    "must all hold, or is one enough?",
    rank=Rank.SLIP,
)
def all_of_any(answer: Answer) -> Iterator[Swap]:
    for call in answer.all(ast.Call) if answer.exercise.fields else ():
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name in ("all", "any") and call.args and not isinstance(call.args[0], ast.GeneratorExp):
            words = {
                "wrong": name,
                "what": "asks for every one of them" if name == "all" else "is content with one of them",
            }
            yield Swap(call.func, ast.Name("any" if name == "all" else "all", ast.Load()), words)


@repair(
    "always_so",
    "`{wrong}` {what}, whatever stands beside it.",
    "leave that part out.",
    rank=Rank.SLIP,
    certain=True,
)
def always_so(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.BoolOp):
        fixed = isinstance(node.op, ast.Or)
        rest = [value for value in node.values if not (isinstance(value, ast.Constant) and value.value is fixed)]
        if rest and len(rest) < len(node.values):
            new = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
            yield Swap(node, new, {"wrong": code(node), "what": "always holds" if fixed else "never holds"})


@repair(
    "condition_too_many",
    "`{wrong}` is one condition too many.",
    "does the exercise ask for that?",
    rank=Rank.NEEDLESS,
)
def condition_too_many(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.BoolOp):
        if isinstance(node.values[-1], ast.Dict | ast.List | ast.Constant | ast.Tuple):
            continue  # (value or {}) is no condition
        for number, value in enumerate(node.values):
            rest = [*node.values[:number], *node.values[number + 1 :]]
            new = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
            yield Swap(node, new, {"wrong": code(value)}, at=value)
    for branch in answer.all(ast.If):
        leaves = [node for node in ast.walk(branch) if isinstance(node, ast.Return)]
        if leaves and not branch.orelse:
            yield Swap(branch, [], {"wrong": f"if {code(branch.test)}"})


@repair(
    "boundary",
    "`{wrong}` misses by one: look at the value that stands at the boundary itself.",
    "is the boundary inside or outside?",
)
def boundary(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Compare):
        other = _NEIGHBOURS.get(type(node.ops[0])) if _single(node) else None
        for side in (node.left, *node.comparators):
            if isinstance(side, ast.Constant) and type(side.value) is int:
                if other:
                    yield Swap(node, _compare(node.left, other(), node.comparators[0]), {"wrong": code(node)})
                for number in (side.value + 1, side.value - 1):
                    yield Swap(side, ast.Constant(number), {"wrong": code(node)})


@repair(
    "boundary",
    "`{wrong}` is not right where the two are equal.",
    "is the boundary inside or outside?",
    rank=Rank.BROAD,
)
def equal_at_boundary(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Compare):
        other = _NEIGHBOURS.get(type(node.ops[0])) if _single(node) else None
        if other:
            yield Swap(node, _compare(node.left, other(), node.comparators[0]), {"wrong": code(node)})


@repair(
    "another_number",
    "In `{wrong}` the number {number} is not the one that is asked for.",
    "what is counted there, and what is not to be counted?",
)
def another_number(answer: Answer) -> Iterator[Swap]:
    asked = [n.value for n in ast.walk(answer.model) if isinstance(n, ast.Constant) and type(n.value) is int]
    # a length that counts a beginning too, such as `i-`
    starts = {len(n.value) for n in answer.all(ast.Constant) if is_text(n) and 1 < len(n.value) < 5}
    for node in answer.all(ast.Compare):
        for side in (node.left, *node.comparators):
            if isinstance(side, ast.Constant) and type(side.value) is int:
                near = [number for start in sorted(starts) for number in (side.value + start, side.value - start)]
                for number in dict.fromkeys([*asked, *near]):
                    if abs(number - side.value) > 1:
                        yield Swap(side, ast.Constant(number), {"wrong": code(node), "number": str(side.value)})
