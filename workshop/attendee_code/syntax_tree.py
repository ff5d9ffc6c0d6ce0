"""Python source as a syntax tree."""

import ast
import threading
from typing import Any

_one_at_a_time = threading.RLock()


def tree_of(source: str | bytes, mode: str = "exec") -> Any:
    """Return what `ast.parse` makes of Python source. Raises: as it does.

    Threads take turns: before Python 3.13, `ast.parse` in one can make it raise SystemError in another, when the
    garbage collector lets them change places within it (https://github.com/python/cpython/issues/106905).
    """
    with _one_at_a_time:
        return ast.parse(source, mode=mode)
