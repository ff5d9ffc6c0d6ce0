"""The functions that `--detector` names: in files, folders and modules, among the saved and the model answers."""

import ast
import functools
import importlib
import importlib.util
import inspect
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any

from workshop import places
from workshop.attendee_code.cell_source import unwrapped
from workshop.attendee_code.knowing import asks_for_knowledge
from workshop.attendee_code.syntax_tree import tree_of
from workshop.exercises.registry import BY_NAME, DEPLOYED
from workshop.hunting.plan import free_name

Detector = Callable[[dict[str, Any]], object]

# It takes a record, like a detector, but shows it to people.
_SHOWS_RECORDS = "print_short_record"


class NoDetector(Exception):
    """Why a name leads to no detector."""


def detectors_named(names: Sequence[str]) -> list[Detector]:
    """Return the detectors of some names, in their order; the model answers of both exercises if there is no name.

    A name is a model answer's, "FILE.py:FUNCTION", "MODULE:FUNCTION", or a file, a folder of files or a module with all
    detectors in it. "my_answers" is the folder of the saved answers wherever it lies.

    Raises: NoDetector when there is none, when a function takes neither a record nor a record and `known`, or when its
    result would count as a match for each record.
    """
    if not names:
        return default_detectors()
    return [detector for name in names for detector in _named(name)]


def origins_of(detectors: Sequence[Detector]) -> list[str]:
    """Return of each which function of which file or module it is: two may have one name. Each has another origin."""
    origins = list[str]()
    for detector in detectors:
        origins.append(free_name(_origin_of(detector), origins))
    return origins


def _origin_of(detector: Detector) -> str:
    code = getattr(unwrapped(detector), "__code__", None)
    file = getattr(detector, "__file__", "") or getattr(code, "co_filename", "")
    in_file = os.path.isfile(file) and detector.__module__ not in sys.modules
    return f"{os.path.realpath(file) if in_file else detector.__module__}:{detector.__qualname__}"


def default_detectors() -> list[Detector]:
    """Return the model answers of both detectors, bonus included."""
    from workshop import exercises

    detectors = {"deleting_logs", "instance_creds_used_outside_ec2"}
    return [answer for answer in exercises.model_answers() if answer.__name__ in detectors]


def _named(name: str) -> list[Detector]:
    if not name.strip():
        raise NoDetector(f"--detector {name!r}: name a detector; --detector . takes all of the present folder")
    known = {detector.__name__: detector for detector in default_detectors()}
    if name in known:
        return [known[name]]
    path = Path(name).expanduser()
    if name.rstrip("/\\") == "my_answers" and not path.is_dir():
        path = places.answers()
        if not path.is_dir():
            raise NoDetector(
                f"--detector {name}: there is no folder {path} yet; `check` makes it for answers that pass"
            )
    if path.is_dir():
        return _in_folder(name, path)
    if path.is_file():
        return _all_in(name, _file(name, path))
    place, colon, function = name.rpartition(":")
    if not colon:
        module = _module(name, name)
        if module is None:
            kinds = "FILE.py:FUNCTION, a file, a folder or a module"
            raise NoDetector(f"no detector {name!r}; give one of {', '.join(known)}, or {kinds}")
        return _all_in(name, module)
    path = Path(place).expanduser()
    if path.is_file():
        return [_function(name, _file(name, path), function)]
    module = None if place.endswith(".py") else _module(name, place)
    if module is None:
        raise NoDetector(f"--detector {name}: there is no file {place}, and no module of that name")
    return [_function(name, module, function)]


def _in_folder(name: str, folder: Path) -> list[Detector]:
    files = sorted(path for path in folder.glob("*.py") if not path.name.startswith(("_", ".", "test_")))
    if folder.resolve() == places.answers():
        files = [path for path in files if path.stem not in _parts_of_detectors()]
    found = [detector for path in files for detector in _detectors_of(name, _file(name, path), path.stem)]
    if not found:
        there = f"{len(files)} files of Python code" if files else "no file that ends in .py"
        raise NoDetector(
            f"--detector {name}: no function in {folder} takes (record) or (record, known); there is {there}"
        )
    return found


def _parts_of_detectors() -> set[str]:
    """Return the names of answers that are no detectors: a hunt for what AWS itself did would find thousands."""
    return {*BY_NAME} - {*DEPLOYED}


def _all_in(name: str, module: ModuleType) -> list[Detector]:
    found = _detectors_of(name, module, Path(module.__file__ or "").stem)
    if not found:
        raise NoDetector(f"--detector {name}: no function in {module.__file__} takes (record) or (record, known)")
    return found


def _detectors_of(name: str, module: ModuleType, own_name: str) -> list[Detector]:
    """Return the detectors that a module defines: the one that has its name, or else all that are not _private.

    Functions that take something else are helpers, and so are its decorators. One that takes what a detector takes may
    be meant as one.
    """
    made, decorators = _names_in(module)
    functions = {
        function: value
        for function, value in vars(module).items()
        if function not in (_SHOWS_RECORDS, *decorators) and _is_made(value, module, made.get(function))
    }
    if own_name in functions:
        functions = {own_name: functions[own_name]}
        if own_name not in BY_NAME:  # of the exercises' answers, some are no detectors
            return [_function(name, module, own_name)]
    else:
        others = vars(module).keys() - functions.keys() - decorators - {_SHOWS_RECORDS}
        for function in [one for one, by in made.items() if by is ast.FunctionDef and one in others]:
            value = getattr(module, function)
            if not function.startswith("_") and not (callable(value) and _why_it_does_not_fit(value)):
                there = f"{function} in {module.__file__} is left out: it has become a {type(value).__name__}"
                print(f"--detector {name}: {there}, which is no detector; call a helper _{function}", file=sys.stderr)
    return [
        _function(name, module, function)
        for function, value in functions.items()
        if not function.startswith("_") and not _why_it_does_not_fit(value)
    ]


def _names_in(module: ModuleType) -> tuple[dict[str, type[ast.stmt]], set[str]]:
    """Return what a module's source makes at its top level, by `def` or an assignment; and what decorates in it."""
    try:
        tree = tree_of(Path(module.__file__ or "").read_bytes())
    except (OSError, ValueError, SyntaxError):  # it was not made of a file with source
        return {}, set()
    made, statements = dict[str, type[ast.stmt]](), list(tree.body)
    for statement in statements:  # it grows by what stands in `if`, `try` and so on
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            made[statement.name] = ast.FunctionDef
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names = [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
            made |= dict.fromkeys(names, ast.Assign)
        elif not isinstance(statement, ast.ClassDef):
            within = (ast.stmt, ast.excepthandler, ast.match_case)
            statements += [child for child in ast.iter_child_nodes(statement) if isinstance(child, within)]
    decorators = [one for node in ast.walk(tree) for one in getattr(node, "decorator_list", ())]
    called = [one.func if isinstance(one, ast.Call) else one for one in decorators]
    return made, {one.id for one in called if isinstance(one, ast.Name)}


def _is_made(value: Any, module: ModuleType, by: type[ast.stmt] | None) -> bool:
    """Tell whether a module has made something that can be called, by a kind of statement if that is known.

    What other modules define stays theirs under another name. What is of Python's own library is a helper, such as a
    type, a cache or `partial(json.dumps, indent=1)`.
    """
    own = isinstance(value, (FunctionType, MethodType)) and value.__module__ == module.__name__
    if own and (by or isinstance(value, FunctionType)):
        return True
    if by is None or not callable(value) or isinstance(value, (type, MethodType)):
        return False
    if by is ast.Assign and _has_own_name(value):
        return False
    code = value.func if isinstance(value, functools.partial) else value
    home = str((code if isinstance(code, (FunctionType, MethodType)) else type(code)).__module__)
    return home.partition(".")[0] not in sys.stdlib_module_names


def _has_own_name(value: Any) -> bool:
    """Tell whether something is a function with a name of its own: no lambda, and not defined within another one."""
    return isinstance(value, FunctionType) and "<" not in value.__qualname__


def _function(name: str, module: ModuleType, function: str) -> Detector:
    value = getattr(module, function, None)
    if not callable(value):
        raise NoDetector(f"--detector {name}: {module.__file__} defines no function {function!r}")
    reason = _why_it_does_not_fit(value)
    if reason:
        raise NoDetector(f"--detector {name}: {function} {reason}; a detector takes (record) or (record, known)")
    has_yield = inspect.isgeneratorfunction(value) or inspect.isasyncgenfunction(value)
    if has_yield or inspect.iscoroutinefunction(value):
        raise NoDetector(
            f"--detector {name}: {function} in {module.__file__} {'has a yield' if has_yield else 'is async'}, so that "
            f"its result is no verdict; have it return True or False, or call a helper _{function}"
        )
    return value if _has_own_name(value) else _called(function, value, module)


def _called(name: str, detector: Detector, module: ModuleType) -> Detector:
    """Return a detector that has no name of its own as one with the name of its variable in a module."""

    def called(*record: Any) -> object:
        return detector(*record)

    called.__name__ = called.__qualname__ = name
    called.__module__ = module.__name__
    vars(called).update(__wrapped__=detector, __file__=module.__file__)
    return called


def _why_it_does_not_fit(function: Callable) -> str:
    """Return why something that can be called does not take what a detector takes, or an empty text."""
    if inspect.isclass(function):
        return "is a class"
    if asks_for_knowledge(function):
        return ""
    try:
        signature = inspect.signature(function)
    except ValueError:  # some functions of C code do not say
        return ""
    try:
        signature.bind({})
    except TypeError:
        return f"takes {signature}"
    return ""


def _file(name: str, path: Path) -> ModuleType:
    """Return the module of a file. It is not left among the modules, since another process has to get it as it is."""
    if path.suffix != ".py":
        raise NoDetector(f"--detector {name}: {path} is no file of Python code, whose name ends in .py")
    spec = importlib.util.spec_from_file_location(f"detectors in {path.stem}", path)
    assert spec is not None  # a file whose name ends in .py has one
    module = importlib.util.module_from_spec(spec)
    _look_in(path.parent)
    sys.modules[module.__name__] = module  # dataclasses look for it
    try:
        # No bytecode is kept beside the file: one that changes twice in a second would come from there.
        exec(compile(path.read_bytes(), str(path), "exec", dont_inherit=True), module.__dict__)  # noqa: S102
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise NoDetector(f"--detector {name}: {_broken(path, error)}") from error
    finally:
        del sys.modules[module.__name__]
    return module


def _module(name: str, dotted: str) -> ModuleType | None:
    """Return a module by its name, also one that lies in the present folder; None if there is none."""
    if not all(part.isidentifier() for part in dotted.split(".")):
        return None
    _look_in(Path.cwd())
    spec = None
    try:
        spec = importlib.util.find_spec(dotted)
        return importlib.import_module(dotted) if spec else None
    except ModuleNotFoundError as error:
        if spec is None and error.name and f"{dotted}.".startswith(f"{error.name}."):
            return None
        raise NoDetector(f"--detector {name}: {_broken(_path_of(spec, dotted), error)}") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise NoDetector(f"--detector {name}: {_broken(_path_of(spec, dotted), error)}") from error


def _path_of(spec: Any, dotted: str) -> Path:
    return Path(spec.origin if spec and spec.origin else dotted)


def _look_in(folder: Path) -> None:
    """Have imports find the modules of a folder, after all others."""
    place = str(folder.resolve())
    if place not in map(os.path.abspath, filter(None, sys.path)):
        sys.path.append(place)


def _broken(path: Path, error: BaseException) -> str:
    """Return where a file of Python code is broken, and why."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}: {type(error).__name__}: {error.msg}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    place = f"{path}, line {lines[-1]}" if lines else str(path)
    return f"{place}: {type(error).__name__}: {error}"
