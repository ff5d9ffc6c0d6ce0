"""Calls of boto3: their parameters, as the API spells and nests them."""

import ast
from collections.abc import Iterator
from functools import partial

from workshop.attendee_code.sandbox import cloudwatch_model, cloudwatch_operations
from workshop.exercises.judging.repairs.answer import Answer, calls, expression, is_text, names_method, nodes
from workshop.exercises.judging.repairs.names import close
from workshop.exercises.judging.repairs.repair import Rank, Swap, code, repair

_PUT = "put_metric_data"
_repair = partial(repair, client=True)


def _parameters(answer: Answer) -> tuple[ast.Call | None, dict[str, ast.expr], dict[str, ast.expr]]:
    """Return the call of put_metric_data in an answer, and the model answer's parameters and fields of a datum."""
    own = next((call for call in answer.all(ast.Call) if names_method(call, _PUT)), None)
    puts = [node for node in nodes(answer.model) if names_method(node, _PUT)]
    keywords = {word.arg: word.value for put in puts[:1] for word in put.keywords if word.arg}
    pairs = [zip(node.keys, node.values, strict=True) for node in nodes(answer.model) if isinstance(node, ast.Dict)]
    datum = {ast.literal_eval(key): value for pair in pairs for key, value in pair if key and is_text(key)}
    return own, keywords, datum


def _names() -> set[str]:
    model = cloudwatch_model()
    return {*model.operation_model("PutMetricData").input_shape.members, *model.shape_for("MetricDatum").members}


@_repair(
    "client_method",
    "The CloudWatch client has no method `{wrong}` that publishes.",
    "boto3's documentation lists the client's methods, in small letters with underscores.",
)
def client_method(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Attribute):
        if isinstance(node.value, ast.Name) and node.value.id == answer.record and node.attr != _PUT:
            right = close(node.attr, cloudwatch_operations(), 0.7)
            for name in dict.fromkeys([_PUT, *([right] if right else [])]):
                yield Swap(node, ast.Attribute(node.value, name, ast.Load()), {"wrong": node.attr})


@_repair(
    "parameter_spelled",
    "boto3 knows no `{wrong}` here: it takes the names that the API has, letter by letter.",
    "is it `{right}`?",
)
def parameter_spelled(answer: Answer) -> Iterator[Swap]:
    known, new, wrong = _names(), {}, []
    for node in [*answer.all(ast.keyword), *answer.all(ast.Constant)]:
        name = node.arg if isinstance(node, ast.keyword) else node.value
        holder = answer.parent(node)
        if (
            not isinstance(name, str)
            or name in known
            or (is_text(node) and not (isinstance(holder, ast.Dict) and node in holder.keys))
        ):
            continue
        right = close(name, known, 0.6)
        if right:
            new[id(node)] = ast.keyword(right, node.value) if isinstance(node, ast.keyword) else ast.Constant(right)
            wrong.append((node, name, right))
    for node, name, right in wrong:
        yield Swap(node, new[id(node)], {"wrong": name, "right": right})
    if len(new) > 1:
        node, name, right = wrong[0]
        yield Swap(node, new[id(node)], {"wrong": name, "right": right}, new)


@_repair(
    "list_of_data",
    "MetricData is a list of dictionaries, one for each datum. It is handed {what}.",
    "square brackets around the dictionary, and all fields of the datum inside of it.",
    rank=Rank.SLIP,
)
def list_of_data(answer: Answer) -> Iterator[Swap]:
    call, _, datum = _parameters(answer)
    if call is None:
        return
    for word in call.keywords:
        if word.arg == "MetricData" and isinstance(word.value, ast.Dict | ast.Name):
            yield Swap(word.value, ast.List([word.value], ast.Load()), {"what": "a single dictionary"})
        if word.arg == "MetricData" and isinstance(word.value, ast.List):
            inner = [element for element in word.value.elts if isinstance(element, ast.List)]
            if inner:
                yield Swap(inner[0], inner[0].elts[0], {"what": "a list within a list"})
            several = [element for element in word.value.elts if isinstance(element, ast.Dict)]
            if len(several) > 1:
                one = ast.Dict([k for d in several for k in d.keys], [v for d in several for v in d.values])
                yield Swap(word.value, ast.List([one], ast.Load()), {"what": "the fields of one datum as several"})
    loose = [word for word in call.keywords if word.arg in datum]
    if loose:
        rest = [word for word in call.keywords if word not in loose and word.arg != "MetricData"]
        given: list[ast.expr | None] = [ast.Constant(word.arg) for word in loose]
        one = ast.Dict(given, [word.value for word in loose])
        data = ast.keyword("MetricData", ast.List([one], ast.Load()))
        yield Swap(call, ast.Call(call.func, [], [*rest, data]), {"what": "its fields beside it"})


@_repair(
    "named_arguments",
    "boto3 takes named arguments only, and `{wrong}` has no name.",
    "each value is handed over with the name that the API gives it: `Name=…`.",
)
def named_arguments(answer: Answer) -> Iterator[Swap]:
    call, keywords, _ = _parameters(answer)
    if call is not None and call.args:
        if isinstance(call.args[0], ast.Dict | ast.Name):
            words = {"wrong": code(call.args[0])}
            yield Swap(call, ast.Call(call.func, [], [ast.keyword(None, call.args[0]), *call.keywords]), words)
        order = [ast.keyword(name, value) for name, value in zip(keywords, call.args, strict=False)]
        yield Swap(call, ast.Call(call.func, [], [*order, *call.keywords]), {"wrong": code(call.args[0])})


@_repair(
    "parameter_value",
    "`{name}` gets `{wrong}`, and that is not what the exercise asks for.",
    "compare it with the text of the exercise, and with the alarm.",
)
def parameter_value(answer: Answer) -> Iterator[Swap]:
    call, keywords, datum = _parameters(answer)
    if call is None:
        return
    for word in answer.all(ast.keyword):
        if word.arg in keywords and word.arg != "MetricData":
            new = ast.keyword(word.arg, keywords[word.arg])
            yield Swap(word, new, {"name": word.arg, "wrong": code(word.value)}, at=word.value)
    for node in answer.all(ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if is_text(key) and key.value in datum and ast.unparse(value) != ast.unparse(datum[key.value]):
                right = datum[key.value]
                if isinstance(right, ast.Name) and right.id == "count" and len(answer.arguments) > 2:
                    right = ast.Name(answer.arguments[2], ast.Load())
                yield Swap(value, right, {"name": key.value, "wrong": code(value)})


@_repair(
    "parameter_missing",
    "`{name}` is missing.",
    "the exercise names what the alarm has to recognise.",
)
def parameter_missing(answer: Answer) -> Iterator[Swap]:
    call, keywords, datum = _parameters(answer)
    if call is None:
        return
    given = {word.arg for word in call.keywords}
    for name, value in keywords.items():
        if name not in given and name != "MetricData" and None not in given:
            yield Swap(call, ast.Call(call.func, call.args, [ast.keyword(name, value), *call.keywords]), {"name": name})
    for node in answer.all(ast.Dict):
        own = [key.value for key in node.keys if is_text(key)]
        for name in datum:
            if name not in own and set(own) & set(datum):
                yield Swap(
                    node, ast.Dict([*node.keys, ast.Constant(name)], [*node.values, datum[name]]), {"name": name}
                )


@_repair(
    "parameter_too_many",
    "`{name}` makes it another metric, or another moment, than the alarm looks at.",
    "leave it out.",
)
def parameter_too_many(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Dict):
        for number, key in enumerate(node.keys):
            if is_text(key):
                rest = [n for n in range(len(node.keys)) if n != number]
                new = ast.Dict([node.keys[n] for n in rest], [node.values[n] for n in rest])
                yield Swap(node, new, {"name": key.value}, at=key)


@_repair(
    "own_client",
    "It makes a client of its own. The one that it is handed is ready, for the right account and Region.",
    "use the argument.",
)
def own_client(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.Assign):
        if isinstance(node.value, ast.Call) and ast.unparse(node.value.func) in ("boto3.client", "boto3.resource"):
            yield Swap(node.value, ast.Name(answer.record, ast.Load()))
            yield Swap(node, [])


@_repair(
    "publishes_at_zero",
    "It publishes although nothing was found. The exercise asks for silence then; each call costs time and money.",
    "begin with the question whether there is anything to publish.",
)
def publishes_at_zero(answer: Answer) -> Iterator[Swap]:
    if answer.function and len(answer.arguments) > 2:
        first = next((s for s in answer.function.body if not (isinstance(s, ast.Expr) and is_text(s.value))), None)
        if first is not None:
            yield Swap(first, [ast.If(expression(f"not {answer.arguments[2]}"), [ast.Return(None)], []), first])


@_repair(
    "loop_of_calls",
    "It publishes once for every record. The exercise asks for one call with the total.",
    "no loop: the count itself is the value.",
)
def loop_of_calls(answer: Answer) -> Iterator[Swap]:
    for node in answer.all(ast.For):
        if not calls(node, "print"):
            yield Swap(node, node.body)
