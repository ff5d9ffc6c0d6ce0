"""What is said below a cell that Python cannot read."""

import subprocess
import sys

import pytest
from waiting import PATIENCE

from workshop.display.syntax_slips import slip_in

SLIPS = {
    "other languages": ("if a && !b || c:\n    pass\n", 1, "“and” for &&"),
    "three equals": ("if a === 1:\n    pass\n", 1, "Equal is =="),
    "capital words": ('if a == "b" AND c:\n    pass\n', 1, "small letters"),
    "else if": ("if a:\n    pass\nelse if b:\n    pass\n", 3, "elif"),
    "optional chaining": ('x = record?.get("a") ?? "b"\n', 1, "neither ?. nor ??"),
    "colon": ('def f(x):\n    if x == "a"\n        return 1\n', 2, "ends with a colon"),
    "one equals": ('if record["eventSource"] = "a":\n    pass\n', 1, "One = gives a name a value"),
    "equals in braces": ('x = {"a" = 1}\n', 1, "a colon between them"),
    "quotation marks": ("x = \N{LEFT DOUBLE QUOTATION MARK}a\N{RIGHT DOUBLE QUOTATION MARK}\n", 1, "straight ones"),
    "bracket": ('print(x.get("a")\ny = 1\n', 1, "A bracket is missing"),
    "bracket too many": ("print(x))\n", 1, "one too many"),
    "comma": ('x = {\n    "a": 1\n    "b": 2,\n}\n', 2, "A comma is missing"),
    "quotation mark": ('x = "a\n', 1, "A quotation mark is missing"),
    "method": ('if name startswith "Delete":\n    pass\n', 1, "methods"),
    "braces": ("if (a) {\n    b = 1\n} else {\n    b = 2\n}\n", 1, "no braces around blocks"),
    "indentation": ("def f(x):\nreturn x\n", 2, "is indented"),
    "depth": ("def f(x):\n    a = 1\n   return a\n", 3, "another depth"),
    "unless": ('return False unless x["a"] == "b"\n'.join(["def f(x):\n    ", "    return True\n"]), 2, "no unless"),
    "if behind": ('def f(x):\n    return True if x == "a"\n', 2, "needs an else"),
    "print": ('print "a", x\n', 1, "print is a function"),
    "case": ("match x:\n    case A:\n        y = 1\n    case _:\n        y = 2\n", 2, "takes every value"),
    "not equal": ("if a not == 1:\n    pass\n", 1, "written !="),
    "at least": ("if a => 1:\n    pass\n", 1, "the equals sign comes last"),
    "then": ("if a == 1 then\n    b = 1\nend\n", 1, "without “then”"),
    "declared": ("var x = 1\n", 1, "the name comes first"),
    "one more": ("n = 0\nn++\n", 2, "+= 1"),
    "question mark": ("x = a == 1 ? 2 : 3\n", 1, "a if condition else b"),
    "two": ('if a == "b" && c\n    pass\n', 1, "with both changed"),
}


@pytest.mark.parametrize("name", SLIPS)
def test_what_was_tried_is_said(name):
    """The line at which Python stops, and what it reads the cell with."""
    source, line, says = SLIPS[name]
    slip = slip_in(source)
    assert slip.line in (line, line + 1), slip  # Pythons before 3.12 see some of them a line later
    assert says in str(slip)
    assert "Tried: with " in str(slip)
    assert "<p>" in slip._repr_html_()


@pytest.mark.parametrize("source", ["x = 1\n", "a b c d\n", "]](\n", "x = 1\x00\n", "def f(:\n"])
def test_what_nothing_helps_with_is_not_guessed_at(source):
    """Code that Python reads, and code that no change makes readable."""
    assert slip_in(source) is None


def test_it_is_said_below_the_cell_and_nothing_else_changes():
    """From the first check on: after Python's own message, once; magics, other errors and right cells are as ever."""
    cells = [
        "from workshop import check",
        "if 1 = 1:\n    pass",  # nobody listens yet
        "check('nothing');",
        "check('nothing');",
        "if 1 = 1:\n    pass",
        "%time x = 5",
        "%%time\ny = 1 +* 2",
        "1 / 0",
        "print('the end', x)",
    ]
    code = "from IPython.core.interactiveshell import InteractiveShell\nshell = InteractiveShell.instance()\n"
    code += "".join(f"shell.run_cell({cell!r}, store_history=True)\nprint('=====')\n" for cell in cells)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    shown = done.stdout.split("=====\n")
    assert [number for number, text in enumerate(shown) if "cannot read this cell" in text] == [4]
    assert shown[4].index("SyntaxError") < shown[4].index("cannot read this cell")
    assert "SyntaxError" in shown[6]
    assert "ZeroDivisionError" in shown[7]
    assert "the end 5" in shown[8]
