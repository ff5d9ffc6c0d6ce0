"""What the Lambda function runs at this moment: its source, and which of its functions are not written yet."""

import ast
import io
import urllib.request
import zipfile

from workshop.attendee_code import packaging
from workshop.attendee_code.syntax_tree import tree_of
from workshop.cloud.untraced import quiet

NOTHING_DEPLOYED = (
    "the Lambda function still runs the starter code, which detects nothing. "
    "Write the functions of Exercise 2, then run deploy(cloud, *saved_answers())."
)


def function_name(cloud):
    """Return the name of the stack's analysis function."""
    return cloud.resource("AnalysisLambdaFunction")


@quiet
def deployed_source(cloud):
    """Return the source text of the deployed index.py, or None where the code cannot be fetched."""
    location = cloud.client("lambda").get_function(FunctionName=function_name(cloud))["Code"]["Location"]
    handlers = [urllib.request.ProxyHandler({})] if cloud.target == "local" else []
    try:
        with urllib.request.build_opener(*handlers).open(location, timeout=30) as response:
            package = zipfile.ZipFile(io.BytesIO(response.read()))
        return package.read("index.py").decode("utf-8")
    # On AWS the code lies in a bucket of Lambda's own, which a closed network may not let through.
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return None


def unwritten(source):
    """Return the names of the functions in a source text that only raise NotImplementedError, in their order."""
    return [name for name, function in _functions(source).items() if _is_stub(function)]


@quiet
def nothing_deployed(cloud):
    """Tell whether the function runs code in which none of the workshop's functions is written.

    Code that cannot be fetched counts as deployed: better to try than to refuse without a reason.
    """
    source = deployed_source(cloud)
    if source is None:
        return False
    starter = packaging.starter().source
    added = _functions(source).keys() - _functions(starter).keys()
    return not added and set(unwritten(starter)) <= set(unwritten(source))


def _functions(source):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name: node for node in tree_of(source).body if isinstance(node, kinds)}


def _is_stub(function):
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if len(body) != 1 or not isinstance(body[0], ast.Raise):
        return False
    raised = body[0].exc.func if isinstance(body[0].exc, ast.Call) else body[0].exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
