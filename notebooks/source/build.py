"""Builds what is derived: the template's inline code, and the notebooks from their sources, which lie beside this file.

    python notebooks/source/build.py            write notebooks/*.ipynb, and run notebooks/solutions/*.ipynb
    python notebooks/source/build.py --check    say what is out of date, write nothing, run nothing

A source is a script in jupytext's percent format, in solved form. A cell headed `# %% answer="NAME"` imports the model
answer NAME from the module that holds it. In the solutions its text stands there instead; in the notebooks that
attendees get, a stub does. Neither is written twice: model answers live in workshop/exercises/, stubs in
workshop/cloudtrail_analyzer.py (those for extra credit are made of the model answer's head). In the place of
`<!-- task: NAME -->` stands the task of the exercise NAME. A cell headed `# %% given="NAME"` imports a function whose
text stands in both. A cell headed
`# %% todo="TEXT"` is solved as it stands; attendees get TEXT.
Needs the development packages (`python3 start.py build` installs them).
"""

import argparse
import ast
import asyncio
import contextlib
import hashlib
import importlib
import inspect
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import jupytext
import nbformat

from workshop import cloudtrail_analyzer
from workshop.cloud.stack import template
from workshop.exercises.registry import BY_NAME, EXTRA_CREDIT

SOURCE = Path(__file__).resolve().parent
NOTEBOOKS = SOURCE.parent
SOLUTIONS = NOTEBOOKS / "solutions"
WRITE_HERE = "# Write your answer here, in place of the next line."
TASK = re.compile(r"<!-- task: (\w+) -->")
# The target of a Markdown link or picture that is neither absolute nor a place on the same page.
RELATIVE_LINK = re.compile(r"(\]\()(?![a-z]+:|#|/)([^)\s]+)")
# Keys of the emulator look like real ones. In the solutions they end in EXAMPLE, as those of the log lake do.
MADE_UP_KEY = re.compile(r"\b((?:AKIA|ASIA)[0-9A-Z]{9})(?!EXAMPLE)[0-9A-Z]{7}\b")
# boto3 names the kernel of the machine on which they were built.
KERNEL = re.compile(r"\bos/linux#[^\s\"\\]+")
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


class CellFailed(Exception):
    """A cell that ended with an error: which notebook, which cell, its source, and what it said."""


def sources():
    """Return the notebooks' sources, in the order in which they are worked through."""
    return sorted(SOURCE.glob("[0-9]*.py"))


def shipped(source):
    """Return the notebook as attendees get it: stubs to fill in, no outputs."""
    return _notebook(source, answer=stub, to_do=True)


def solved(source):
    """Return the notebook with the model answers filled in, without outputs, for the folder of solutions."""
    notebook = _notebook(source, answer=model_answer)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = RELATIVE_LINK.sub(_seen_from_solutions, cell.source)
    return notebook


def stub(name, cell):
    """Return the text of the function that an attendee starts from: signature, docstring, and that it is not done."""
    exercise = BY_NAME[name]
    extra = exercise in EXTRA_CREDIT
    text = inspect.getsource(exercise.model if extra else getattr(cloudtrail_analyzer, name))
    function = ast.parse(text).body[0]
    lines = text.splitlines()
    head = lines[: function.body[0].end_lineno]
    rest = "\n".join(lines[function.body[0].end_lineno :]).strip("\n")
    if extra:
        rest = f'    raise NotImplementedError("{name} is extra credit: notebook {exercise.notebook}")'
    elif "raise NotImplementedError" not in rest:
        # The warm-up: the analyzer brings a function that works, and the attendee writes an own one.
        rest = f'    raise NotImplementedError("{name} is the warm-up: notebook {exercise.notebook}")'
    if "publish_both" in cell:
        rest = f'    raise NotImplementedError("{name}, now with the bonus: notebook 05c")'
    return "\n".join([*head, f"    {WRITE_HERE}", rest])


def model_answer(name, cell):
    """Return the text of the model answer that a cell imports."""
    (statement,) = ast.parse(cell).body
    return inspect.getsource(getattr(importlib.import_module(statement.module), name)).rstrip()


def as_text(notebook):
    """Return the notebook as the text of its file; the same notebook, the same text."""
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT) + "\n"


def _notebook(source, answer, to_do=False):
    """Read a source and put `answer(name, cell)` into its answer cells, and, if it is to do, the text of `todo` cells.

    Ids and metadata depend on nothing but the text.
    """
    text = source.read_text(encoding="utf-8")
    # What stands above the first cell is for those who edit the source.
    notebook = jupytext.reads(text[text.index("# %%") :], fmt="py:percent")
    seen = set()
    cells = []
    for cell in notebook.cells:
        cell.source = TASK.sub(lambda found: BY_NAME[found[1]].task.strip(), cell.source)
        name, given = cell.metadata.get("answer"), cell.metadata.get("given")
        metadata = {"answer": name} if name else {}
        text = (
            answer(name, cell.source)
            if name
            else model_answer(given, cell.source)
            if given
            else cell.metadata["todo"]
            if to_do and "todo" in cell.metadata
            else cell.source
        )
        # The id comes from the source, so that a cell has the same one as shipped and solved.
        identity, count = "", 0
        while not identity or identity in seen:
            identity = hashlib.sha256(f"{source.stem}\n{count}\n{cell.source}".encode()).hexdigest()[:12]
            count += 1
        seen.add(identity)
        new_cell = nbformat.v4.new_markdown_cell if cell.cell_type == "markdown" else nbformat.v4.new_code_cell
        cells.append(new_cell(text, id=identity, metadata=metadata))
    return nbformat.v4.new_notebook(cells=cells, metadata=METADATA)


def _seen_from_solutions(match):
    """Rewrite a link that was written for notebooks/: the other notebooks lie beside the solution, solved as well."""
    target = match.group(2)
    beside = (SOURCE / target.partition("#")[0]).with_suffix(".py").name
    return match.group(1) + (target if (SOURCE / beside).is_file() and "/" not in target else f"../{target}")


@contextlib.contextmanager
def fresh_home():
    """Yield the environment of kernels that keep answers and state in a folder of their own, with its own emulator."""
    with tempfile.TemporaryDirectory(prefix="workshop-notebooks-") as home:
        # The notebooks are to run without an account, so whatever this machine knows of one stays outside.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment |= {"WORKSHOP_HOME": home, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
        try:
            yield environment
        finally:
            stop = [sys.executable, "-m", "workshop.cli", "local", "stop"]
            subprocess.run(stop, env=environment, check=True, capture_output=True, timeout=60)


def run(notebook, name, environment):
    """Run a notebook's cells in a fresh kernel and keep their outputs. Raises: CellFailed."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    client = NotebookClient(
        notebook,
        timeout=180,
        kernel_name="python3",
        record_timing=False,
        # Kernels on this machine talk over loopback; each would warn of it.
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    )
    try:
        asyncio.run(client.async_execute(env=environment))
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        number, cell = _last_run(notebook)
        raise CellFailed(f"{name}, cell {number} (id {cell.id}):\n{cell.source}\n\n{error}") from error
    # nbclient writes down the version of Python that it met.
    notebook.metadata = nbformat.from_dict(METADATA)
    return notebook


def _last_run(notebook):
    """Return (number, cell) of the last code cell that was begun."""
    cells = [(number, cell) for number, cell in enumerate(notebook.cells, start=1) if cell.cell_type == "code"]
    begun = [pair for pair in cells if pair[1].get("execution_count") or pair[1].get("outputs")]
    return begun[-1] if begun else cells[0]


def out_of_date():
    """Return the derived notebooks that differ from their sources, are missing, or have lost their source."""
    stale = []
    for source in sources():
        name = f"{source.stem}.ipynb"
        if _read(NOTEBOOKS / name) != as_text(shipped(source)):
            stale.append(NOTEBOOKS / name)
        if _cells(_read(SOLUTIONS / name)) != _cells(as_text(solved(source))):
            stale.append(SOLUTIONS / name)
    known = {source.stem for source in sources()}
    derived = [*NOTEBOOKS.glob("*.ipynb"), *SOLUTIONS.glob("*.ipynb")]
    return stale + [path for path in derived if path.stem not in known]


def _read(path):
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _cells(text):
    """Return what a notebook says, without its outputs."""
    return text and [(cell.id, cell.cell_type, cell.source) for cell in nbformat.reads(text, as_version=4).cells]


def build():
    """Write the notebooks, then run the solutions one after the other in a home of their own, as an attendee would."""
    SOLUTIONS.mkdir(exist_ok=True)
    for source in sources():
        (NOTEBOOKS / f"{source.stem}.ipynb").write_text(as_text(shipped(source)), encoding="utf-8", newline="\n")
    with fresh_home() as environment:
        for source in sources():
            begun = time.monotonic()
            notebook = run(solved(source), source.stem, environment)
            text = KERNEL.sub("os/linux#6.12", MADE_UP_KEY.sub(r"\1EXAMPLE", as_text(notebook)))
            (SOLUTIONS / f"{source.stem}.ipynb").write_text(text, encoding="utf-8", newline="\n")
            print(f"{source.stem}: run in {time.monotonic() - begun:.1f} s")
    for path in out_of_date():
        print(f"{path.relative_to(NOTEBOOKS)} has no source in notebooks/source/: delete it or write one")


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Builds the notebooks from their sources.")
    parser.add_argument("--check", action="store_true", help="say what is out of date and write nothing")
    if not parser.parse_args(arguments).check:
        template.main([])
        build()
        return 0
    stale = out_of_date()
    for path in stale:
        print(f"out of date: {path.relative_to(NOTEBOOKS)}; run python3 start.py build")
    return 1 if template.main(["--check"]) or stale else 0


if __name__ == "__main__":
    sys.exit(main())
