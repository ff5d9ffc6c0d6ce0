"""Small questions about the source of a function, as `proof.py` and `printed.py` ask them."""

import ast

# What makes something new.
_COLLECTIONS = (ast.List, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp)
_NEW = (*_COLLECTIONS, ast.Constant, ast.JoinedStr, ast.BinOp)


def own(definition, nodes):
    """Return the names of variables that only ever hold something new, which the function has made itself."""
    made = [node.target.id for node in nodes if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)]
    return only_ever(definition, nodes, lambda value: isinstance(value, _NEW), made)


def only_ever(definition, nodes, is_such, such=()):
    """Return the names of variables that only ever get a value that is such; some stores are known to be `such`."""
    stored = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    assigned = [node for node in nodes if isinstance(node, ast.Assign) and len(node.targets) == 1]
    values = [(node.targets[0], node.value) for node in assigned]
    such = [*such, *(target.id for target, value in values if isinstance(target, ast.Name) and is_such(value))]
    arguments = {argument.arg for argument in definition.args.args}
    caught = {node.name for node in nodes if isinstance(node, ast.ExceptHandler)}
    return {name for name in such if such.count(name) == stored.count(name)} - arguments - caught


def is_text(node):
    """Tell whether the value of an expression is certainly a text."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add) and (is_text(node.left) or is_text(node.right))
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def first_letters(node):
    """Return how many letters `[:n]` takes, as far as that is plain to see; else 0."""
    if isinstance(node, ast.Slice) and not node.step and isinstance(node.upper, ast.Constant):
        from_start = node.lower is None or (isinstance(node.lower, ast.Constant) and node.lower.value == 0)
        return node.upper.value if from_start and type(node.upper.value) is int and node.upper.value > 0 else 0
    return 0


def longest(node):
    """Return the length of the longest of some texts, or of one, as far as they are plain to see; else 0."""
    values = [getattr(one, "value", None) for one in (node.elts if isinstance(node, ast.Tuple) else [node])]
    return max(map(len, values), default=0) if {*map(type, values)} == {str} else 0


def only_asked_if_true(node):
    """Return which of the expressions right below a node are asked whether they are true, and no more."""
    if isinstance(node, (ast.If, ast.IfExp)):
        return [node.test]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return [node.operand]
    # Of `a and b`, what is not true is the value too: None, or nothing.
    return node.values[:-1] if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And) else []


def is_append(node):
    """Tell whether a node is `name.append(one)`."""
    called = node.func if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords else None
    return isinstance(called, ast.Attribute) and called.attr == "append" and isinstance(called.value, ast.Name)


def looked_up(definition):
    """Yield (name, the node above it, the node above that) of each name that is looked up in a function."""
    todo = [(definition, None, None)]
    while todo:
        node, parent, above = todo.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id, parent, above
        todo += [(below, node, parent) for below in ast.iter_child_nodes(node)]
