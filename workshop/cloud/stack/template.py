"""The stack's template: reading it, and copying the source of its Lambda functions into it as inline code.

python -m workshop.cloud.stack.template            copy the functions' sources into cloudformation.yaml
python -m workshop.cloud.stack.template --check    exit 1 if a copy is out of date
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from workshop import places

# CloudFormation takes up to 51,200 bytes of template in the call itself; larger ones must lie in a bucket.
LARGEST_BODY = 51_200

ANALYZER = "AnalysisLambdaFunction"
# The functions whose code stands in the template, by logical id, and their source files in workshop/.
SOURCES = {ANALYZER: "cloudtrail_analyzer.py", "ActivityGenLambdaFunc": "activity_generator.py"}

# A resource, and below it the block under `ZipFile: |`: lines indented deeper than the key, and empty lines between.
_INLINE_CODE = (
    r"^(?P<entry> +){function}:\n(?:(?!(?P=entry)\S|\S).*\n)*?"
    r"(?P<indent> +)ZipFile: \|\n(?P<code>(?:\n*(?P=indent) +\S.*\n)+)"
)


def source(function: str) -> str:
    """Return the source text of one of the stack's Lambda functions, as the template holds it, by its logical id.

    The analyzer is whole: attendees read it in the Lambda console. The activity generator has no docstrings there,
    since each byte counts against the limit.
    """
    text = (Path(__file__).resolve().parents[2] / SOURCES[function]).read_text(encoding="utf-8")
    return text if function == ANALYZER else without_docstrings(text)


def without_docstrings(text: str) -> str:
    """Return the source text of a module without the docstrings of the module and its functions."""
    tree = ast.parse(text)
    documented = [node for node in ast.walk(tree) if isinstance(node, (ast.Module, ast.FunctionDef))]
    gone = {
        number
        for node in documented
        if ast.get_docstring(node) is not None
        for number in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
    }
    lines = text.splitlines(keepends=True)
    return "".join(line for number, line in enumerate(lines, 1) if number not in gone).lstrip("\n")


def body() -> str:
    """Return the template's text."""
    return places.template().read_text(encoding="utf-8")


def inline_code(template: str, function: str = ANALYZER) -> str:
    """Return the inline code of a function, named by its logical id, in a template's text.

    Raises: ValueError when the template has no inline code for it.
    """
    return textwrap.dedent(_find(template, function)["code"])


def with_inline_code(template: str, code: str, function: str = ANALYZER) -> str:
    """Return the template's text with `code` as the function's inline code, everything else as it is.

    The code is indented by one blank more than its key, the least that YAML asks for: each counts against the limit.

    Raises: ValueError when the template has no inline code for it.
    """
    found = _find(template, function)
    indented = textwrap.indent(code.rstrip("\n") + "\n", found["indent"] + " ")
    return template[: found.start("code")] + indented + template[found.end("code") :]


def _find(template: str, function: str) -> re.Match[str]:
    found = list(re.finditer(_INLINE_CODE.format(function=function), template, re.MULTILINE))
    if len(found) != 1:
        raise ValueError(f"Looked for one `ZipFile: |` of {function} in the template, found {len(found)}.")
    return found[0]


def main(arguments: Sequence[str] = ()) -> int:
    """Copy the sources into the template, or with --check only say whether that is needed; return the exit status."""
    current = wanted = body()
    for function in SOURCES:
        wanted = with_inline_code(wanted, source(function), function)
    if len(wanted.encode()) > LARGEST_BODY:
        print(f"cloudformation.yaml would be {len(wanted.encode()):,} bytes; the limit is {LARGEST_BODY:,}.")
        return 1
    if current == wanted:
        print("cloudformation.yaml holds the current code of its functions.")
        return 0
    old = [file for function, file in SOURCES.items() if inline_code(current, function) != source(function)]
    if "--check" in arguments:
        print(f"cloudformation.yaml holds an old {' and '.join(old)}: run `python -m workshop.cloud.stack.template`.")
        return 1
    places.template().write_text(wanted, encoding="utf-8", newline="\n")
    print(f"cloudformation.yaml now holds the current {' and '.join(old)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
