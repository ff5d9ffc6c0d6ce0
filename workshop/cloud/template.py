"""The stack's template: reading it, and copying the analyzer into it as the function's inline code.

python -m workshop.cloud.template            copy workshop/cloudtrail_analyzer.py into cloudformation.yaml
python -m workshop.cloud.template --check    exit 1 if the copy is out of date
"""

import re
import sys
import textwrap
from pathlib import Path

from workshop import places

# CloudFormation takes up to 51,200 bytes of template in the call itself; larger ones must lie in a bucket.
LARGEST_BODY = 51_200

# The block under `ZipFile: |`: lines indented deeper than the key, and the empty lines between them.
_INLINE_CODE = re.compile(r"^(?P<indent> +)ZipFile: \|\n(?P<code>(?:\n*(?P=indent) +\S.*\n)+)", re.MULTILINE)


def analyzer():
    """Return the source text of the Lambda function as it ships, with the attendee's functions still stubs."""
    return (Path(__file__).resolve().parent.parent / "cloudtrail_analyzer.py").read_text(encoding="utf-8")


def body():
    """Return the template's text."""
    return places.template().read_text(encoding="utf-8")


def inline_code(template):
    """Return the inline code of the function in a template's text.

    Raises: ValueError when the template has no inline code, or more than one.
    """
    return textwrap.dedent(_find(template)["code"])


def with_inline_code(template, code):
    """Return the template's text with `code` as the function's inline code, everything else as it is.

    Raises: ValueError when the template has no inline code, or more than one.
    """
    found = _find(template)
    indented = textwrap.indent(code.rstrip("\n") + "\n", found["indent"] + "  ")
    return template[: found.start("code")] + indented + template[found.end("code") :]


def _find(template):
    found = list(_INLINE_CODE.finditer(template))
    if len(found) != 1:
        raise ValueError(f"Looked for one `ZipFile: |` with the analyzer's code in the template, found {len(found)}.")
    return found[0]


def main(arguments=()):
    """Copy the analyzer into the template, or with --check only tell whether that is needed; return the exit status."""
    current = body()
    wanted = with_inline_code(current, analyzer())
    if len(wanted.encode()) > LARGEST_BODY:
        print(f"cloudformation.yaml would be {len(wanted.encode()):,} bytes; the limit is {LARGEST_BODY:,}.")
        return 1
    if current == wanted:
        print("cloudformation.yaml holds the current analyzer.")
        return 0
    if "--check" in arguments:
        print("cloudformation.yaml holds an old analyzer: run `python -m workshop.cloud.template`.")
        return 1
    places.template().write_text(wanted, encoding="utf-8", newline="\n")
    print("cloudformation.yaml now holds the current analyzer.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
