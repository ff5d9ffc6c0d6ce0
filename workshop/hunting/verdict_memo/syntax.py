"""Small questions about the source of a function, as `names.py`, `proof.py` and `text_uses.py` ask them."""

import ast
from collections.abc import Callable, Iterable

# What makes something new.
_COLLECTIONS = (ast.List, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp)
_NEW = (*_COLLECTIONS, ast.Constant, ast.JoinedStr, ast.BinOp)


def own(definition: ast.FunctionDef, nodes: list[ast.AST]) -> set[str]:
    """Return the names of variables that only ever hold something new, which the function has made itself."""
    made = [node.target.id for node in nodes if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)]
    return only_ever(definition, nodes, lambda value: isinstance(value, _NEW), made)


def only_ever(
    definition: ast.FunctionDef, nodes: list[ast.AST], is_such: Callable[[ast.expr], bool], such: Iterable[str] = ()
) -> set[str]:
    """Return the names of variables that only ever get a value that is such; some stores are known to be `such`.

    A value that gets two names at once is not such: what is done to it by one name can be seen by the other.
    """
    stored = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    assigned = [node for node in nodes if isinstance(node, ast.Assign) and len(node.targets) == 1]
    values = [(node.targets[0], node.value) for node in assigned]
    such = [*such, *(target.id for target, value in values if isinstance(target, ast.Name) and is_such(value))]
    arguments = {argument.arg for argument in definition.args.args}
    caught = {node.name for node in nodes if isinstance(node, ast.ExceptHandler)}
    return {name for name in such if such.count(name) == stored.count(name)} - arguments - caught


def is_text(node: ast.expr) -> bool:
    """Tell whether the value of an expression is certainly a text."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add) and (is_text(node.left) or is_text(node.right))
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def first_letters(node: ast.expr) -> int:
    """Return how many letters `[:n]` takes, as far as that is plain to see; else 0."""
    match node:
        case ast.Slice(lower=None | ast.Constant(0), upper=ast.Constant(number), step=None) if type(number) is int:
            return max(number, 0)
    return 0


def longest(node: ast.expr) -> int:
    """Return the length of the longest of some texts, or of one, as far as they are plain to see; else 0."""
    values = [getattr(one, "value", None) for one in (node.elts if isinstance(node, ast.Tuple) else [node])]
    texts = [value for value in values if isinstance(value, str)]
    return max(map(len, texts), default=0) if len(texts) == len(values) else 0


def only_asked_if_true(node: ast.AST) -> list[ast.expr]:
    """Return which of the expressions right below a node are asked whether they are true, and nothing else."""
    match node:
        case ast.If(test=test) | ast.IfExp(test=test):
            return [test]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return [operand]
        case ast.BoolOp(op=ast.And(), values=[*values, _]):  # what is not true is the value too: None, or nothing
            return values
    return []


def is_append(node: ast.AST) -> bool:
    """Tell whether a node is `name.append(one)`."""
    match node:
        case ast.Call(func=ast.Attribute(ast.Name(), "append"), args=[_], keywords=[]):
            return True
    return False
