"""What simple detectors may use: functions that always give the same answer, and syntax that hides nothing."""

import ast
import datetime
import fnmatch
import ipaddress
import json
import re
from typing import Any

SCALARS = (str, bytes, int, float, bool, type(None))
BUILTINS = [
    *(
        abs,
        all,
        any,
        ascii,
        bool,
        chr,
        dict,
        divmod,
        enumerate,
        filter,
        float,
        frozenset,
        int,
        isinstance,
        len,
        list,
        map,
        max,
    ),
    *(min, ord, print, range, repr, reversed, round, set, sorted, str, sum, tuple, zip),
]
# Compared by equality, not identity: a class method is made anew each time it is looked up.
FUNCTIONS = [
    *(re.compile, re.escape, re.findall, re.fullmatch, re.match, re.search, re.split, re.sub),
    *(fnmatch.fnmatch, fnmatch.fnmatchcase, ipaddress.ip_address, ipaddress.ip_network, json.dumps, json.loads),
    *(datetime.datetime.fromisoformat, datetime.datetime.strptime),
]
TYPES = (
    *(str, bytes, int, float, bool, dict, list, set, frozenset, tuple, re.Pattern, re.Match),
    *(ipaddress.IPv4Address, ipaddress.IPv6Address, ipaddress.IPv4Network, ipaddress.IPv6Network),
    *(datetime.datetime, datetime.timedelta),
)
ATTRIBUTES = {name for kind in TYPES for name in dir(kind) if not name.startswith("_")} - {"now", "utcnow", "today"}
# Methods that change what they belong to.
CHANGING = (set(dir(list)) - set(dir(tuple))) | (set(dir(set)) - set(dir(frozenset)))
CHANGING |= {"clear", "pop", "popitem", "setdefault", "update"}
PLAIN_NODES = (
    *(ast.Expr, ast.Return, ast.If, ast.Pass, ast.Break, ast.Continue, ast.Try, ast.For, ast.Assign, ast.AugAssign),
    *(ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.IfExp, ast.JoinedStr, ast.FormattedValue, ast.Constant, ast.NamedExpr),
    *(ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Subscript, ast.Slice, ast.Starred, ast.keyword, ast.Compare),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.comprehension, ast.ExceptHandler),
    *(ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop),
)


def is_constant(value: Any) -> bool:
    """Tell whether a value can never change."""
    return type(value) in SCALARS or (type(value) in (tuple, frozenset) and all(map(is_constant, value)))


def is_table(value: Any) -> bool:
    """Tell whether a value is a list, set or dictionary of constants: fine to look things up in."""
    return (
        type(value) in (list, set, dict)
        and all(map(is_constant, value))
        and (type(value) is not dict or all(map(is_constant, value.values())))
    )
