"""Whether the Lambda function still runs the starter code: which of its functions are not written yet."""

import ast

from workshop.attendee_code import packaging
from workshop.attendee_code.stubs import is_unwritten
from workshop.attendee_code.syntax_tree import tree_of
from workshop.cloud.cloud import Cloud
from workshop.cloud.function.deployed_code import deployed_source

NOTHING_DEPLOYED = (
    "the Lambda function still runs the starter code, which detects nothing. "
    "Write the functions of Exercise 2, then run deploy(cloud, *saved_answers())."
)


def unwritten(source: str) -> list[str]:
    """Return the names of the functions in a source text that are still to be written, in their order."""
    return [name for name, function in _functions(source).items() if is_unwritten(function)]


def nothing_deployed(cloud: Cloud) -> bool:
    """Tell whether the function runs code in which none of the workshop's functions is written.

    Code that cannot be fetched counts as deployed: better to try than to refuse without a reason.
    """
    source = deployed_source(cloud)
    if source is None:
        return False
    starter = packaging.starter().source
    added = _functions(source).keys() - _functions(starter).keys()
    return not added and set(unwritten(starter)) <= set(unwritten(source))


def _functions(source: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name: node for node in tree_of(source).body if isinstance(node, kinds)}
