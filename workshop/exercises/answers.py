"""The attendee's answers, kept as files in my_answers/ so that other notebooks and restarted kernels find them."""

import linecache
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from workshop import places
from workshop.attendee_code.stubs import to_write

_HEAD = (
    "# Your answer to {name}, as `check` last saw it pass{how}. Change it in the notebook, and check it again there.\n"
)


def save(name: str, text: str, model: bool = False) -> Path:
    """Keep the source of an answer, in the place of what was kept before; return the path of its file."""
    folder = places.answers()
    folder.mkdir(parents=True, exist_ok=True)
    how = " (the model answer, put here by catch_up)" if model else ""
    return places.write(folder / f"{name}.py", _HEAD.format(name=name, how=how) + text)


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
    """Return the attendee's answers that go into the analyzer, in the order of the exercises; [] if none.

    These are the four of notebooks 02 to 04, as they are kept in my_answers/. What 05 adds for extra credit is kept
    there too, and not returned.

    Raises: ImportError if one of the files no longer works.
    """
    return [function for function in map(load, to_write()) if function is not None]
