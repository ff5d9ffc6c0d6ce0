"""Notebook cells for tests: source that runs as a kernel runs it, so that inspect finds the functions' source."""

import itertools
import linecache
import textwrap

_NUMBER = itertools.count(1)


def run_cell(source, namespace=None):
    """Run one cell in a namespace (a new one by default) and return the namespace; `__cell__` is the file's name."""
    source = textwrap.dedent(source).lstrip("\n")
    filename = f"/ipykernel/{next(_NUMBER)}.py"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace = {"__name__": "__main__"} if namespace is None else namespace
    namespace["__cell__"] = filename
    exec(compile(source, filename, "exec", dont_inherit=True), namespace)  # noqa: S102 - what a notebook does
    return namespace


def function_of(source, name):
    """Run one cell in a namespace of its own and return what it calls `name`."""
    return run_cell(source)[name]
