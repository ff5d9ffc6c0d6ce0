"""The attendee's answers, kept as files in my_answers/ so that other notebooks and restarted kernels find them."""

import ast
import linecache
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from workshop import places
from workshop.attendee_code import packaging
from workshop.attendee_code.call_slips import slip
from workshop.attendee_code.stubs import is_unwritten
from workshop.attendee_code.syntax_tree import tree_of
from workshop.exercises.feedback import Note
from workshop.exercises.registry import BY_NAME, DEPLOYED

# The first lines of the files.
ANSWER = "# Your answer to {name}, as `check` last saw it pass. Change it in the notebook, and check it again there.\n"
MODEL = "# The model answer to {name}, put here by `catch_up`. Change it in the notebook, and check it again there.\n"
_KEPT = "# Your detector {name}, put here by `keep`. Change it in the notebook, and keep it again there.\n"


def save(name: str, text: str, head: str = ANSWER) -> Path:
    """Keep the source of a function, in the place of what was kept before; return the path of its file."""
    folder = places.answers()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.py"
    if damage(path):
        print(f"{path} was damaged; it is kept as {places.set_aside(path).name}.")
    return places.write(path, head.format(name=name) + text)


def kept() -> dict[str, bool]:
    """Return the names of the exercises whose answers are kept, and whether each is the model answer."""
    found = {}
    for path in sorted(places.answers().glob("*.py")):
        if path.stem in BY_NAME and not damage(path):
            head = path.read_text("utf-8").partition("\n")[0] + "\n"
            found[path.stem] = head == MODEL.format(name=path.stem)
    return found


def damage(path: Path) -> str:
    """Return why a file with an answer is no Python, or "" if it is, or is not there. Nothing in it is run."""
    try:
        compile(path.read_bytes().decode("utf-8") if path.exists() else "", str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def load(name: str) -> Callable[..., Any] | None:
    """Return the kept function of an exercise, or None if there is none.

    Raises: ImportError, with the file's path, if the file no longer works.
    """
    path = places.answers() / f"{name}.py"
    if not path.is_file():
        return None
    linecache.checkcache(str(path))
    spec = spec_from_file_location(f"my_answers.{name}", path)
    assert spec is not None  # a file whose name ends in .py has one
    module = module_from_spec(spec)
    try:
        # Compiled here, not by the loader: a file that is written twice in a second would come from the bytecode cache.
        code = compile(path.read_text("utf-8"), str(path), "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102 - the attendee's own answer
        answer: Callable[..., Any] = getattr(module, name)
        return answer
    except Exception as error:
        raise ImportError(
            f"{path} cannot be used ({type(error).__name__}: {error}). Check your answer again in its notebook, or "
            "delete the file."
        ) from error


def saved_answers() -> list[Callable[..., Any]]:
    """Return the attendee's functions in my_answers/ that `deploy` takes, in the order of the exercises; [] if none.

    These are the four of notebooks 02 to 04, then `blinding_logs` and `narrowing_logs` of 05b, then all that `keep` has
    put there, by name. The four steps of 05a lie there too and are not returned: each is a part of a detector.

    Raises: ImportError if one of the files no longer works.
    """
    names = [*DEPLOYED, *sorted(path.stem for path in places.answers().glob("*.py") if _is_kept(path))]
    return [function for function in map(load, names) if function is not None]


def keep(function: Any = None) -> Note:
    """Put a detector of the attendee's own into my_answers/, with all that it uses: `saved_answers` finds it.

    It takes a record, or a record and `known`. `check` keeps the answers to exercises. It never raises; the Note says
    where the file is, or why there is none.
    """
    instead = slip("keep({})", function)
    if instead:
        return Note("Not kept", instead)
    name = str(getattr(function, "__name__", ""))
    if name in BY_NAME:
        return Note("Not kept", f"{name} is the answer to an exercise: check({name}) keeps it when it passes.")
    try:
        cell = packaging.cell_of(function)
        text = packaging.standalone(cell)
        unwritten = [
            node.name for node in tree_of(text).body if isinstance(node, ast.FunctionDef) and is_unwritten(node)
        ]
        if unwritten:
            return Note("Not kept", f"{cell.name} needs what is not written yet: {', '.join(unwritten)}.")
        path = places.answers() / f"{cell.name}.py"
        if path.is_file() and not _is_kept(path):
            return Note(
                "Not kept", f"{path} is there already, and keep did not write it. Call your function otherwise."
            )
        save(cell.name, text, _KEPT)
    except (OSError, packaging.PackagingError) as error:
        return Note("Not kept", str(error))
    return Note(
        f"{cell.name}: kept",
        f"It is in {path.parent.name}/{path.name}, with all that it uses. saved_answers() finds it.",
    )


def _is_kept(path: Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.readline() == _KEPT.format(name=path.stem)
