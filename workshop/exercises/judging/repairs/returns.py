"""What a function returns, prints, and in which order it does so."""

import ast
from collections.abc import Iterator
from typing import Any

from workshop.exercises.judging.repairs.answer import Answer, calls, is_text, names_method, nodes, replaced, statements
from workshop.exercises.judging.repairs.repair import Rank, Swap, code, repair

_PRINTER = "print_short_record"


def _returned(value: bool | None) -> ast.Return:
    return ast.Return(ast.Constant(value))


def _is_return(node: ast.AST, *values: object) -> bool:
    return (
        isinstance(node, ast.Return)
        and isinstance(node.value, ast.Constant)
        and any(node.value.value is v for v in values)
    )


def _printing(answer: Answer) -> ast.stmt:
    return statements(f"{_PRINTER}({answer.record})")[0]


@repair(
    "verdict_in_quotes",
    "It returns {wrong}, a text. Every text that is not empty counts as true, this one too.",
    "True, False and None stand without quotes.",
)
def verdict_in_quotes(answer: Answer) -> Iterator[Swap]:
    words = {"true": True, "false": False, "none": None, "unknown": None, "yes": True, "no": False, "": False}
    found = [
        node.value
        for node in answer.all(ast.Return)
        if isinstance(node.value, ast.Constant) and str(node.value.value).lower() in words and is_text(node.value)
    ]
    if found:
        new = {id(node): ast.Constant(words[str(node.value).lower()]) for node in found}
        yield Swap(found[0], new[id(found[0])], {"wrong": code(found[0])}, new)


@repair(
    "prints_verdict",
    "It prints the verdict. What is printed cannot be used by whoever calls the function: only `return` hands it back.",
    "`return` in place of that `print`.",
)
def prints_verdict(answer: Answer) -> Iterator[Swap]:
    found: dict[int, ast.stmt] = {}
    first: ast.stmt | None = None
    for node in answer.all(ast.Expr):
        call = node.value
        if calls(call, "print") and isinstance(call, ast.Call) and len(call.args) == 1:
            given = call.args[0]
            word = str(given.value).lower() if isinstance(given, ast.Constant) else ""
            if word in ("true", "false"):
                found[id(node)] = _returned(word == "true")
                first = first or node
    if first is not None:
        yield Swap(first, found[id(first)], {}, found)


@repair(
    "returns_line",
    "{what}. The exercise asks to print the line, and to return False.",
    "first `print(…)`, then, on a line of its own, the `return`.",
)
def returns_line(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Return):
        if node.value is not None and not isinstance(node.value, ast.Constant):
            value = node.value
            printed = isinstance(value, ast.Call) and calls(value, "print")
            printing = value if printed else ast.Call(ast.Name("print", ast.Load()), [value], [])
            what = "It returns what `print` gives, and that is None" if printed else "It returns the line"
            yield Swap(node, [ast.Expr(printing), _returned(False)], {"what": what})


@repair(
    "returns_what_printing_gives",
    "`{wrong}` hands back what the printing gives, and that is {value}, whatever the record is.",
    "first the call, then, on a line of its own, `return True`.",
)
def returns_what_printing_gives(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Return):
        prints = [inner for inner in ast.walk(node) if calls(inner, _PRINTER) or calls(inner, "print")]
        if not prints or node.value is None:
            continue
        words = {"wrong": code(node), "value": "False" if calls(prints[0], _PRINTER) else "None"}
        for value in (True, False):
            yield Swap(node, [_printing(answer), _returned(value)], words)
        if isinstance(node.value, ast.BoolOp):  # return a and b and print_short_record(record)
            rest = [value for value in node.value.values if value not in prints]
            if rest:
                test = rest[0] if len(rest) == 1 else ast.BoolOp(node.value.op, rest)
                yield Swap(node, [ast.If(test, [_printing(answer), _returned(True)], []), _returned(False)], words)
        if isinstance(node.value, ast.IfExp):
            found = [_printing(answer), _returned(True)]
            yield Swap(node, [ast.If(node.value.test, found, []), _returned(False)], words)


@repair(
    "no_return",
    "{where} there is no `return`, and a function that ends without one gives None.",
    "which verdict belongs there?",
)
def no_return(answer: Answer) -> Iterator[Swap]:
    function = answer.function
    if function is None:
        return
    ends = not isinstance(function.body[-1], ast.Return)
    values = (False, None, True) if answer.exercise.kind.three else (False, True)
    for node in answer.all(ast.If):
        for block, name in ((node.body, "body"), (node.orelse, "orelse")):
            if not block or isinstance(block[-1], ast.Return | ast.Raise | ast.If):
                continue
            where = f"In the branch of `if {code(node.test)}`" + (", behind its `else`," if name == "orelse" else "")
            for value in values[::-1]:
                branch = {"body": node.body, "orelse": node.orelse, name: [*block, _returned(value)]}
                new = ast.If(node.test, branch["body"], branch["orelse"])
                yield Swap(node, new, {"where": where}, at=block[-1])
                if ends:
                    whole = {id(node): new, id(function.body[-1]): None}
                    last: Any = [new] if function.body[-1] is node else [function.body[-1]]
                    end = {id(function.body[-1]): [*last, _returned(False)]}
                    where_both = f"{where}, and at the end of the function,"
                    yield Swap(node, new, {"where": where_both}, {**whole, **end}, at=block[-1])
    if ends:
        for value in values:
            last = function.body[-1]
            yield Swap(last, [last, _returned(value)], {"where": "At the end of the function"})
    for block in answer.blocks():
        last = block[-1]
        if (
            isinstance(last, ast.Expr)
            and not isinstance(last.value, ast.Constant)
            and not names_method(last.value, "put_metric_data")
        ):
            yield Swap(last, ast.Return(last.value), {"where": f"Before `{code(last)}`"})
        if isinstance(last, ast.Assign | ast.AugAssign) and ends:
            target = last.targets[0] if isinstance(last, ast.Assign) else last.target
            yield Swap(
                last, [last, ast.Return(ast.Name(ast.unparse(target), ast.Load()))], {"where": f"Behind `{code(last)}`"}
            )
    for name in sorted(answer.own_names - {*answer.arguments}) if ends else ():
        end = function.body[-1]
        yield Swap(end, [end, ast.Return(ast.Name(name, ast.Load()))], {"where": "At the end of the function"})


@repair(
    "helper_without_return",
    "`{wrong}` has no `return`, so calling it gives None, whatever it works out.",
    "hand back what it works out: `return …`.",
    rank=Rank.SLIP,
    certain=True,
)
def helper_without_return(answer: Answer) -> Iterator[Swap]:
    statements_of_calls = {id(node.value) for node in answer.all(ast.Expr)}
    for helper in [node for node in nodes(answer.tree) if isinstance(node, ast.FunctionDef)]:
        used = [
            call for call in answer.all(ast.Call) if calls(call, helper.name) and id(call) not in statements_of_calls
        ]
        inner = [node for node in nodes(helper) if isinstance(node, ast.Return | ast.Yield | ast.Raise)]
        if helper is answer.function or not used or inner or helper.name == _PRINTER:
            continue
        last = helper.body[-1]
        words = {"wrong": helper.name}
        if isinstance(last, ast.Expr):
            yield Swap(last, ast.Return(last.value), words)
        elif isinstance(last, ast.Assign) and isinstance(last.targets[0], ast.Name):
            yield Swap(last, [last, ast.Return(ast.Name(last.targets[0].id, ast.Load()))], words)
        else:
            yield Swap(last, [last, _returned(False)], words)


@repair(
    "empty_return",
    "`{wrong}` gives None. The exercise asks for {wanted}.",
    "name the verdict behind `return`.",
)
def empty_return(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Return):
        if node.value is None or _is_return(node, None):
            for value in (False, True):
                yield Swap(node, _returned(value), {"wrong": code(node), "wanted": str(value)})


@repair(
    "unreached",
    "`{wrong}` ends the function at once: `{below}` stands behind it, and no record ever gets there.",
    "what should have been asked before it, or how far should it be indented?",
    rank=Rank.SLIP,
    certain=True,
)
def unreached(answer: Answer) -> Iterator[Swap]:
    for block in answer.blocks():
        for number, node in enumerate(block[:-1]):
            if isinstance(node, ast.Return):
                below = block[number + 1 :]
                words = {"wrong": code(node), "below": code(below[0]).splitlines()[0]}
                yield Swap(node, [], words)
                if len(below) == 1 and isinstance(below[0], ast.Expr):  # printed after the return
                    yield Swap(node, [below[0], node], words, {id(below[0]): []})
                if answer.function and isinstance(below[-1], ast.Return) and block is not answer.function.body:
                    end = answer.function.body[-1]  # return False inside the if, behind return True
                    outer = {id(below[-1]): [], id(end): [_without(end, below[-1]), below[-1]]}
                    yield Swap(below[-1], [], words, outer)


@repair(
    "early_return",
    "`{wrong}` stands in the loop, and ends the function as soon as one round comes to it: the rounds after that are "
    "never begun.",
    "when is it sure that none of them fits?",
    rank=Rank.SLIP,
)
def early_return(answer: Answer) -> Iterator[Swap]:
    for loop in answer.all(ast.For):
        inner = [node for node in ast.walk(loop) if isinstance(node, ast.Return) and _is_return(node, False)]
        for node in inner:
            words = {"wrong": code(node)}
            yield Swap(loop, [_without(loop, node), _returned(False)], words, at=node)


@repair(
    "returns_either_way",
    "`{wrong}` ends the function whether that is true or not: for a record that gets there, {rest}.",
    "return True if it is so; if not, go on.",
    rank=Rank.SLIP,
)
def returns_either_way(answer: Answer) -> Iterator[Swap]:
    if answer.function is None or answer.exercise.kind.client:
        return
    last = answer.function.body[-1]
    for node in answer.all(ast.Return):
        value = node.value
        if node is last or not isinstance(value, ast.Compare | ast.BoolOp | ast.Call | ast.UnaryOp):
            continue
        if any(calls(inner, _PRINTER) or calls(inner, "print") for inner in ast.walk(node)):
            continue  # another repair knows what these give
        loops = [loop for loop in answer.all(ast.For) if any(inner is node for inner in ast.walk(loop))]
        new = ast.If(value, [_returned(True)], [])
        rest = "the other rounds of the loop are never begun" if loops else "nothing below it is asked any more"
        words = {"wrong": code(node), "rest": rest}
        yield Swap(node, new, words)
        if loops:  # nothing stands below the loop
            yield Swap(node, new, words, {id(loops[0]): [replaced(loops[0], {id(node): new}), _returned(False)]})


def _without(tree: ast.AST, statement: ast.stmt) -> Any:
    return replaced(tree, {id(statement): []})


@repair(
    "no_value",
    "`{wrong}` gets a value only below an `if`. Where that does not hold, it has none.",
    "give it a value before the first `if`.",
    rank=Rank.SLIP,
)
def no_value(answer: Answer) -> Iterator[Swap]:
    inner = {node.id for branch in answer.all(ast.If) for node in nodes(branch) if _is_stored(node)}
    for name in sorted(inner - {*answer.arguments}) if answer.function else ():
        first = next((s for s in answer.function.body if not (isinstance(s, ast.Expr) and is_text(s.value))), None)
        at = next(node for node in answer.all(ast.Name) if _is_stored(node) and node.id == name)
        if first is not None:
            yield Swap(
                first, [ast.Assign([ast.Name(name, ast.Store())], ast.Constant(False)), first], {"wrong": name}, at=at
            )


def _is_stored(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


@repair(
    "pass_does_nothing",
    "`{wrong}` leaves neither the function nor anything else: what stands below the `if` runs all the same.",
    "what ends a function at once?",
)
def pass_does_nothing(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.stmt):
        holder = answer.parent(node)
        idle = isinstance(node, ast.Pass) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant | ast.Call)
        )
        if idle and isinstance(holder, ast.If) and len(holder.body) == 1:
            value = ast.Return(None if answer.exercise.kind.client else ast.Constant(False))
            yield Swap(node, value, {"wrong": code(node)})


@repair(
    "outside_the_if",
    "`{wrong}` stands outside of the `if`, so it happens for every record that comes so far.",
    "what belongs to the `if` is indented below it.",
)
def outside_the_if(answer: Answer) -> Iterator[Swap]:
    for block in answer.blocks():
        for number, node in enumerate(block):
            above = block[number - 1] if number else None
            if isinstance(above, ast.If) and not above.orelse and isinstance(node, ast.Return | ast.Expr):
                new = ast.If(above.test, [*(s for s in above.body if not isinstance(s, ast.Pass)), node], [])
                yield Swap(above, new, {"wrong": code(node)}, {id(node): []}, at=node)
                yield Swap(above, new, {"wrong": code(node)}, {id(node): _returned(False)}, at=node)
            following = block[number + 1] if number + 1 < len(block) else None
            if isinstance(following, ast.If) and isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                new = ast.If(following.test, [node, *following.body], following.orelse)
                yield Swap(node, [], {"wrong": code(node)}, {id(following): new})


@repair(
    "verdict_swapped",
    "`{wrong}` is the wrong verdict there.",
    "follow one record that the exercise asks for through your lines: where does it end?",
    rank=Rank.BROAD,
)
def verdict_swapped(answer: Answer) -> Iterator[Swap]:
    values = (True, False, None) if answer.exercise.kind.three else (True, False)
    found = [node for node in answer.all(ast.Return) if _is_return(node, True, False, None)]
    if len(found) > 1 or any(isinstance(node.value, ast.Compare | ast.BoolOp) for node in answer.all(ast.Return)):
        new: dict[int, ast.stmt] = {}
        for node in answer.all(ast.Return):
            if _is_return(node, True, False):
                new[id(node)] = _returned(not node.value.value)
            elif isinstance(node.value, ast.expr) and not isinstance(node.value, ast.Constant):
                new[id(node)] = ast.Return(ast.UnaryOp(ast.Not(), node.value))
        if new:
            first = next(node for node in answer.all(ast.Return) if id(node) in new)
            yield Swap(first, new[id(first)], {"wrong": code(first)}, new)
    for node in found:
        for value in values:
            if not _is_return(node, value):
                yield Swap(node, _returned(value), {"wrong": code(node)})


@repair(
    "never_prints",
    "The record that it matches is not printed with `print_short_record`, so nobody would see in Lambda's log what was "
    "found.",
    "call `print_short_record(record)` just before `return True`.",
)
def never_prints(answer: Answer) -> Iterator[Swap]:
    if not answer.exercise.kind.spy:
        return
    found: dict[int, list[ast.stmt]] = {}
    for node in answer.all(ast.Return):
        if _is_return(node, True):
            found[id(node)] = [_printing(answer), node]
        elif node.value is not None and not isinstance(node.value, ast.Constant):
            found[id(node)] = [ast.If(node.value, [_printing(answer), _returned(True)], []), _returned(False)]
    if found:
        first = next(node for node in answer.all(ast.Return) if id(node) in found)
        yield Swap(first, found[id(first)], {}, found)


@repair(
    "prints_something_else",
    "`{wrong}` prints something else than the record in one line.",
    "hand the whole record to `print_short_record`.",
)
def prints_something_else(answer: Answer) -> Iterator[Swap]:
    if not answer.exercise.kind.spy:
        return
    for node in answer.all(ast.Expr):
        bare = isinstance(node.value, ast.Name) and node.value.id == _PRINTER
        if bare or calls(node.value, "print") or calls(node.value, _PRINTER):
            new = _printing(answer)
            if ast.unparse(new) != ast.unparse(node):
                yield Swap(node, new, {"wrong": code(node)})


@repair(
    "always_prints",
    "`{wrong}` is reached by records that do not match as well: the log would be full of them.",
    "call it inside the `if`, just before `return True`.",
)
def always_prints(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Expr) if answer.exercise.kind.spy else ():
        if calls(node.value, _PRINTER) or calls(node.value, "print"):
            yield Swap(node, [], {"wrong": code(node)})


@repair(
    "not_a_bool",
    "What it returns counts as true or false but is something else. The exercise asks for exactly True or False.",
    "use an `if` with `return True` and `return False`, or wrap the expression in `bool(…)`.",
    rank=Rank.BROAD,
)
def not_a_bool(answer: Answer) -> Iterator[Swap]:
    found: dict[int, ast.stmt] = {}
    for node in answer.all(ast.Return):
        if node.value is not None and not isinstance(node.value, ast.Constant):
            found[id(node)] = ast.Return(ast.Call(ast.Name("bool", ast.Load()), [node.value], []))
        elif isinstance(node.value, ast.Constant) and type(node.value.value) is int:
            found[id(node)] = _returned(bool(node.value.value))
    if found:
        first = next(node for node in answer.all(ast.Return) if id(node) in found)
        yield Swap(first, found[id(first)], {}, found)


@repair(
    "returns_coroutine",
    "Calling it gives a generator or a coroutine, not a verdict: `yield` and `async` make a function lazy.",
    "use plain `def` and `return`.",
)
def returns_coroutine(answer: Answer) -> Iterator[Swap]:
    lazy = [node for node in answer.all(ast.Expr) if isinstance(node.value, ast.Yield)]
    if lazy:
        new = {id(node): ast.Return(node.value.value) for node in lazy}
        yield Swap(lazy[0], new[id(lazy[0])], {}, new)
    if isinstance(answer.function, ast.AsyncFunctionDef):
        yield Swap(answer.function, ast.FunctionDef(**dict(ast.iter_fields(answer.function))))


@repair(
    "exception_hidden",
    "`try` hides what goes wrong in here, and the function goes on as if nothing had happened.",
    "do without `try`: what can be absent is asked for with `.get(…)`, and other errors must be seen.",
)
def exception_hidden(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Try):
        yield Swap(node, [*node.body, *node.orelse, *node.finalbody])
