"""The attendee's functions and the analyzer become one file: what `check` runs and what `deploy` uploads.

Each function takes the place of its stub; the imports, constants, patterns and helper functions of the notebook
that it uses stand right above it. What cannot exist in Lambda is refused by name.
"""

import ast
import base64
import difflib
import functools
import hashlib
import inspect
import io
import re
import types
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

from workshop.attendee_code import as_python
from workshop.attendee_code.cell_source import (
    NOTEBOOK_NAMES,
    CellFunction,
    PackagingError,
    class_source,
    is_stub,
    line_of,
    names_used,
    source_of,
    unwrapped,
)
from workshop.attendee_code.knowing import cell_asks_for_knowledge
from workshop.attendee_code.stubs import to_write
from workshop.attendee_code.syntax_tree import tree_of

__all__ = ["Package", "PackagingError", "cell_of", "is_stub", "package", "standalone", "starter"]

# Fields of a record that are taken for variables.
_FIELDS = {"userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "errorCode"}
Answer = Callable[..., Any] | CellFunction
Place = tuple[str, int]  # file, line
Origins = dict[int, Place]
_NO_DETECTORS = {"print_short_record", "publish_anomalies"}
_GETS_KNOWN = """


# The analyzer gives it a record alone: its second argument is KNOWN.
{0}.__defaults__ = (KNOWN, *({0}.__defaults__ or ()))
"""


@dataclass(frozen=True)
class Package:
    """The source of a Lambda function and what went into it.

    `functions` are the names of the functions given, `analysis_functions` the names in the tuple of that name, and
    `origins` leads from a line number of the source (from 1) to (file, line) of the attendee's own cell.
    """

    source: str
    functions: tuple[str, ...]
    analysis_functions: tuple[str, ...]
    origins: Origins = field(default_factory=dict, repr=False)

    @functools.cached_property
    def zip(self) -> bytes:
        """The deployment package: a zip archive of index.py, the same bytes for the same source."""
        buffer = io.BytesIO()
        entry = zipfile.ZipInfo("index.py", date_time=(1980, 1, 1, 0, 0, 0))
        entry.create_system, entry.external_attr = 3, 0o644 << 16
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(entry, self.source)
        return buffer.getvalue()

    @functools.cached_property
    def code_sha256(self) -> str:
        """The SHA-256 of the zip in base64: what Lambda reports as CodeSha256."""
        return base64.b64encode(hashlib.sha256(self.zip).digest()).decode("ascii")

    def origin(self, line: int) -> Place | None:
        """Return (file, line) of the attendee's cell for a line of the source, or None if the line is the kit's."""
        return self.origins.get(line)


def starter() -> Package:
    """Return the Package of the analyzer as it is, with its stubs."""
    analyzer = _analyzer()
    return Package(analyzer.source, (), tuple(f.__name__ for f in analyzer.module.analysis_functions))


def package(*functions: Answer, analysis_functions: Iterable[str | Answer] | None = None, known: Any = None) -> Package:
    """Put functions into the analyzer and return the Package.

    A function, or its source as `cell_of` gives it, that is named like one of the analyzer's replaces it; others are
    added. `analysis_functions` (names or
    functions) is the tuple that sees the records: by default the detectors given, in that order. A function
    `f(record, known)` gets what `known` holds now, which is written into the source: it can be called with a record.

    Raises: PackagingError, with the name in the way, if something the functions need cannot exist in Lambda.
    """
    cells: dict[str, CellFunction] = {}
    for function in functions:
        cell = cell_of(function)
        if cell.name in cells:
            raise PackagingError(f"{cell.name} was given twice.", cell.name)
        cells[cell.name] = cell
    assembly = _Assembly(cells, known=known)
    if analysis_functions is None:
        wanted = [name for name in cells if name not in _NO_DETECTORS]
        wanted = [name for name in wanted if name in to_write() or name not in assembly.analyzer.names]
    else:
        wanted = [f if isinstance(f, str) else cell_of(f).name for f in analysis_functions]
    source, origins = assembly.write(wanted)
    for name in wanted:
        if name not in cells and name not in to_write():
            raise PackagingError(f"analysis_functions names {name}, which was not given.", name)
    _verify(source, origins)
    return Package(source, tuple(cells), tuple(wanted), origins)


def standalone(function: Answer) -> str:
    """Return a function as the source of a module of its own, with everything it uses, to be kept in a file.

    Raises: PackagingError as `package` does.
    """
    cell = cell_of(function)
    assembly = _Assembly({cell.name: cell}, alone=True)
    text, _ = _join([block for top in assembly.tops for block in (*assembly.above[top], assembly.placed[top])])
    of_analyzer = sorted(names_used(text)[0] & assembly.analyzer.names)
    modules = [name for name in of_analyzer if isinstance(assembly.analyzer.value(name), types.ModuleType)]
    others = [name for name in of_analyzer if name not in modules]
    head = "".join(f"import {name}\n" for name in modules)
    if others:
        head += "\n" * bool(head) + f"from workshop.cloudtrail_analyzer import {', '.join(others)}\n"
    return head + "\n\n" * bool(head) + text


def cell_of(function: Answer, name: str | None = None) -> CellFunction:
    """Return the function's source; where a lambda or a decorator lost the function's name, with the name set again.

    The analyzer knows its detectors by `__name__`. `name` is what the function is known by, if that is not found out.
    What is a `CellFunction` already, such as a repaired source, stays as it is.
    """
    if isinstance(function, CellFunction):
        return function
    cell = source_of(function, name)
    if getattr(function, "__name__", None) == cell.name:
        return cell
    return replace(cell, text=cell.text.rstrip() + f'\n{cell.name}.__name__ = "{cell.name}"\n')


@dataclass(frozen=True)
class _Block:
    name: str
    text: str
    filename: str | None = None
    line: int = 0

    def rank(self) -> int:
        """Imports first, then constants, then functions, which may use both as soon as they are defined."""
        return 2 if self.filename else int(not self.text.startswith(("import ", "from ")))


@dataclass(frozen=True)
class _Analyzer:
    """The analyzer's source and where each of its top-level names stands in it."""

    module: types.ModuleType
    source: str
    places: dict[str, tuple[int, int]]  # name -> (first line, last line), from 1
    names: frozenset[str]
    fixed: frozenset[str]  # names that the machinery itself uses: they keep their value

    def value(self, name: str) -> Any:
        return getattr(self.module, name, None)


@functools.cache
def _analyzer() -> _Analyzer:
    from workshop import cloudtrail_analyzer

    source = Path(cloudtrail_analyzer.__file__).read_text("utf-8")
    places: dict[str, tuple[int, int]] = {}
    machinery: list[str] = []
    for node in tree_of(source).body:
        name = getattr(node, "name", None)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
        if name:
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            places[name] = (first, node.end_lineno or first)
        if name not in to_write() and name != "analysis_functions":
            machinery.append(ast.get_source_segment(source, node) or "")
    names = names_used(source)[1] | set(places)
    used = {name for text in machinery for name in names_used(text)[0]} | {"handler", "analysis_functions"}
    return _Analyzer(cloudtrail_analyzer, source, places, frozenset(names), frozenset(used - set(to_write())))


class _Assembly:
    """Where each name that the given functions use comes from, and what it is called in the packaged source."""

    def __init__(self, cells: dict[str, CellFunction], alone: bool = False, known: Any = None) -> None:
        self.analyzer = _analyzer()
        self.cells = cells
        asking = {name for name, cell in cells.items() if known is not None and cell_asks_for_knowledge(cell.text)}
        self.alone = alone  # a file of its own: nothing of the analyzer is in the way, and nothing can be replaced
        self.taken = {} if alone else dict.fromkeys(self.analyzer.fixed, "the analyzer's")
        self.final: dict[tuple[int, str], str] = {}  # (namespace, name) -> name in the packaged source
        self.overrides: dict[str, dict[str, Any]] = {}  # name -> the namespace that has another value for it
        self.tops = list(cells) if alone else self._in_order(cells)
        self.taken.update({name: f"given {name}" for name in cells})
        self.taken.update({name: "what was known" for name in ("KNOWN", "SimpleNamespace") if asking})
        self.above: dict[str, list[_Block]] = {top: [] for top in self.tops}
        self.placed: dict[str, _Block] = {}
        for top in self.tops:
            if top in cells:
                self.placed[top] = self._function_block(cells[top], top, top)
            else:
                namespace = self.overrides[top]
                self.placed[top] = self._written(namespace, top, top, None) or _Block(top, "")
        for name in asking:
            self.placed[name] = replace(
                self.placed[name], text=self.placed[name].text.rstrip() + _GETS_KNOWN.format(name)
            )
        if asking:
            first = min(asking, key=self.tops.index)
            self.above[first][:0] = [
                _Block("SimpleNamespace", "from types import SimpleNamespace\n"),
                _Block("KNOWN", _known_when_deployed(known)),
            ]

    def _in_order(self, cells: dict[str, CellFunction]) -> list[str]:
        """Return what stands at the top level: given functions and the analyzer's names that the notebook redefines."""
        originals: set[str] = set()
        todo, seen = list(cells.values()), set()
        while todo:
            cell = todo.pop(0)
            for name in sorted(names_used(cell.text)[0]):
                if (id(cell.namespace), name) in seen or name in cells or name not in cell.namespace:
                    continue
                seen.add((id(cell.namespace), name))
                value = cell.namespace[name]
                if name in self.analyzer.names and name not in self.analyzer.fixed:
                    if self._is_analyzers(name, value):
                        originals.add(name)
                    else:
                        self.overrides.setdefault(name, cell.namespace)
                carried = isinstance(unwrapped(value), types.FunctionType) or _is_own_class(value)
                if carried and as_python.import_line(name, value) is None:
                    try:
                        own = class_source(value) if isinstance(value, type) else source_of(value)
                    except PackagingError:
                        continue  # told when it is carried
                    todo += [own] if own else []
        for name in originals & set(self.overrides) - set(to_write()):
            del self.overrides[name]  # one function uses the analyzer's, another its own
            self.taken[name] = "the analyzer's"
        position = {name: place[0] for name, place in self.analyzer.places.items()}
        extra = self.analyzer.places["instance_creds_used_outside_ec2"][1]
        return sorted([*cells, *self.overrides], key=lambda name: position.get(name, extra))

    def _is_analyzers(self, name: str, value: Any) -> bool:
        own = self.analyzer.value(name)
        if value is own or (
            getattr(value, "__module__", None) == self.analyzer.module.__name__
            and getattr(value, "__qualname__", None) == name
        ):
            return True
        if isinstance(value, types.FunctionType):
            return name in to_write() and is_stub(value)
        return type(value) is type(own) and as_python.expression(value) not in (None, False) and value == own

    # ------------------------------------------------------------ one name

    def _resolve(self, cell: CellFunction, name: str, top: str) -> str:
        """Return what a name used by a cell's function is called in the packaged source; carry it there if need be."""
        key = (id(cell.namespace), name)
        if key not in self.final:
            self.final[key] = name  # a helper may call itself, or its caller
            self.final[key] = self._place(cell, name, top)
        return self.final[key]

    def _place(self, cell: CellFunction, name: str, top: str) -> str:
        namespace = cell.namespace
        if name in self.cells:
            return name
        if name in NOTEBOOK_NAMES and (name not in namespace or name in ("get_ipython", "display", "In", "Out")):
            self._refuse(cell, name, "exists only in a notebook, not in Lambda.")
        if name not in namespace:
            if name in self.analyzer.names:
                return name
            if name in names_used(cell.text)[2]:
                return name
            self._undefined(cell, name)
        value = namespace[name]
        if name in self.analyzer.names and self._is_analyzers(name, value):
            return name
        if not self.alone and self.overrides.get(name) is namespace:
            return name
        fingerprint = self._fingerprint(namespace, name, set())
        final, number = name, 1
        while self.taken.get(final, fingerprint) != fingerprint or (final != name and final in namespace):
            final, number = f"my_{name}" + (f"_{number}" if number > 1 else ""), number + 1
        if final not in self.taken:
            self.taken[final] = fingerprint
            self.final[(id(namespace), name)] = final
            self.above[top].append(self._written(namespace, name, top, cell, final))
        return final

    def _written(
        self, namespace: dict[str, Any], name: str, top: str, cell: CellFunction | None, final: str | None = None
    ) -> _Block:
        """Return the block that gives `final` the notebook's value of `name`."""
        final, value = final or name, namespace[name]
        submodules: set[str] = set()
        if isinstance(value, types.ModuleType) and cell:
            submodules = {
                node.attr
                for node in ast.walk(tree_of(cell.text))
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
            }
        if value is self.analyzer.module and self.alone:
            return _Block(final, f"from workshop import cloudtrail_analyzer as {final}\n")
        if value is self.analyzer.module:  # which is the packaged file itself
            return _Block(final, f"import sys\n\n{final} = sys.modules[__name__]\n")
        for own in to_write():
            if value is self.analyzer.value(own):
                return _Block(final, f"{final} = {own}\n")
        line = as_python.import_line(final, value, submodules)
        if line:
            return _Block(final, line + "\n")
        text = as_python.expression(value)
        if text is not None:
            return _Block(final, f"{final} = {text}\n")
        target = unwrapped(value)
        if isinstance(target, types.FunctionType) and self._is_attendees(target):
            return self._function_block(source_of(value, name), top, final)
        own_class = class_source(value) if _is_own_class(value) else None
        if own_class is None:
            self._refuse(cell, name, _why_not(value))
        return self._function_block(own_class, top, final)

    def _function_block(self, cell: CellFunction, top: str, final: str) -> _Block:
        read, defined, _ = names_used(cell.text)
        self._refuse_imports(cell)
        mapping = {name: self._resolve(cell, name, top) for name in sorted(read) if name not in defined}
        mapping = {old: new for old, new in mapping.items() if old != new}
        if final != cell.name:
            mapping[cell.name] = final
        text = _renamed(cell, mapping) if mapping else cell.text
        return _Block(final, text, cell.filename, cell.line)

    def _is_attendees(self, function: types.FunctionType) -> bool:
        filename = function.__code__.co_filename.replace("\\", "/")
        module = str(function.__module__)
        if module.startswith("workshop.exercises.tasks."):
            return True  # a model answer is as one of theirs
        return not (
            module == "workshop" or module.startswith("workshop.") or re.search(r"/(site|dist)-packages/", filename)
        )

    def _fingerprint(self, namespace: dict[str, Any], name: str, seen: set[tuple[int, str]]) -> str:
        """Return a text that is equal for two names that mean the same, in whatever notebook."""
        if (id(namespace), name) in seen or name not in namespace:
            return name
        seen.add((id(namespace), name))
        value = namespace[name]
        if name in self.analyzer.names and self._is_analyzers(name, value):
            return f"the analyzer's {name}"
        text = as_python.import_line(name, value) or as_python.expression(value)
        own_class = class_source(value) if text is None and _is_own_class(value) else None
        if own_class or (text is None and isinstance(unwrapped(value), types.FunctionType)):
            cell = own_class or source_of(value, name)
            used = sorted(names_used(cell.text)[0])
            return cell.text + "\n".join(self._fingerprint(cell.namespace, other, seen) for other in used)
        return text or f"{name} {id(value)}"

    # ------------------------------------------------------------ refusals

    def _refuse(self, cell: CellFunction | None, name: str, why: str) -> NoReturn:
        where = (cell.filename, line_of(cell, name)) if cell else (None, None)
        raise PackagingError(f"{cell.name if cell else 'Your code'} uses `{name}`, which {why}", name, *where)

    def _undefined(self, cell: CellFunction, name: str) -> NoReturn:
        known = {n for n in cell.namespace if not n.startswith("_")} | set(self.analyzer.names)
        known |= {n.id for n in ast.walk(tree_of(cell.text)) if isinstance(n, ast.Name)}
        known |= {n.arg for n in ast.walk(tree_of(cell.text)) if isinstance(n, ast.arg)}
        close = difflib.get_close_matches(name, sorted(known - {name}), 1, 0.7)
        unknown = "Is it misspelled, a text without quotes, or something to import or define in a cell first?"
        advice = f"Did you mean `{close[0]}`?" if close else unknown
        stub = self.analyzer.value(cell.name) if cell.name in to_write() else None
        if stub and name in inspect.signature(stub).parameters:
            advice = "It is an argument's name in the exercise's `def` line; yours are called otherwise."
        elif not close and name in _FIELDS:
            advice = f'A field of the record is read as `record["{name}"]`.'
        self._refuse(cell, name, f"is not defined anywhere. {advice}")

    def _refuse_imports(self, cell: CellFunction) -> None:
        """Refuse imports inside the function of what Lambda does not have."""
        for node in ast.walk(tree_of(cell.text)):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            one = [node.module or "."] if isinstance(node, ast.ImportFrom) else None
            for module in one or [alias.name for alias in node.names]:
                if not as_python.in_lambda(module):
                    line = cell.line + node.lineno - 1
                    why = _why_not_module(module)
                    raise PackagingError(f"{cell.name} imports `{module}`, which {why}", module, cell.filename, line)

    # ------------------------------------------------------------ the result

    def write(self, wanted: Sequence[str]) -> tuple[str, Origins]:
        """Return (source, origins) of the analyzer with everything in its place."""
        lines = self.analyzer.source.splitlines(keepends=True)
        edits, extra = {}, []  # (first line, last line) -> blocks
        for top in self.tops:
            blocks = [*self.above[top], self.placed[top]]
            if top in self.analyzer.places:
                edits[self.analyzer.places[top]] = blocks
            elif top in self.analyzer.names:
                raise PackagingError(f"The analyzer uses the name {top} itself: call your function otherwise.", top)
            else:
                extra.extend(blocks)
        items = "".join(f"    {name},\n" for name in wanted)
        end = self.analyzer.places["instance_creds_used_outside_ec2"][1]
        edits[self.analyzer.places["analysis_functions"]] = [
            _Block("", f"analysis_functions = (\n{items})\n" if items else "analysis_functions = ()\n")
        ]
        written: list[str] = []
        origins: Origins = {}
        at = 1
        for (first, last), blocks in sorted(edits.items()):
            written += lines[at - 1 : first - 1]
            if first > end and extra:  # in front of the comment above the tuple
                tail = written[-(first - end - 1) :]
                del written[-(first - end - 1) :]
                written += ["\n", "\n"]
                self._add(extra, written, origins)
                written, extra = written + tail, []
            self._add(blocks, written, origins)
            at = last + 1
        return "".join(written + lines[at - 1 :]), origins

    def _add(self, blocks: list[_Block], written: list[str], origins: Origins) -> None:
        text, own = _join(blocks)
        origins.update({len(written) + line: origin for line, origin in own.items()})
        written += text.splitlines(keepends=True)


def _known_when_deployed(known: Any) -> str:
    """Return what is `Known` as a statement of Python."""
    fields = {name: dict(value) if isinstance(value, Mapping) else value for name, value in vars(known).items()}
    lines = "".join(f"    {name}={as_python.data(value, depth=1)},\n" for name, value in fields.items())
    return (
        f"# What was known when this was deployed. Nothing is added to it here.\nKNOWN = SimpleNamespace(\n{lines})\n"
    )


def _join(blocks: list[_Block]) -> tuple[str, Origins]:
    """Return the blocks as one text, two empty lines around functions, and where each of its lines comes from."""
    lines: list[str] = []
    origins: Origins = {}
    last = blocks[-1:]
    blocks = sorted(blocks[:-1], key=_Block.rank) + last
    for number, block in enumerate(blocks):
        own = block.text.splitlines(keepends=True)
        if number:
            rank, before = block.rank(), blocks[number - 1].rank()
            if 2 in (rank, before) or number == len(blocks) - 1:
                lines += ["\n", "\n"]
            elif rank != before:
                lines.append("\n")
        if block.filename:
            origins.update({len(lines) + 1 + i: (block.filename, block.line + i) for i in range(len(own))})
        lines += own
    return "".join(lines), origins


def _renamed(cell: CellFunction, mapping: dict[str, str]) -> str:
    """Return the cell's text with global names replaced; raises PackagingError where that cannot be done safely."""
    lines = [line.encode() for line in cell.text.splitlines(keepends=True)]
    tree = tree_of(cell.text)
    taken = any(isinstance(node, ast.arg) and node.arg in mapping for node in ast.walk(tree))
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in mapping]
    spots = [(node.lineno - 1, node.col_offset, node.id) for node in names]
    for node in tree.body:
        if getattr(node, "name", None) in mapping:
            column = lines[node.lineno - 1].index(b" " + node.name.encode()) + 1
            spots.append((node.lineno - 1, column, node.name))
    for line, column, old in sorted(set(() if taken else spots), reverse=True):
        length = len(old.encode())
        if lines[line][column : column + length] == old.encode():
            lines[line] = lines[line][:column] + mapping[old].encode() + lines[line][column + length :]
    text = b"".join(lines).decode()
    left = set(mapping) if taken else set().union(*names_used(text)) & set(mapping)
    if left:
        name = sorted(left)[0]
        raise PackagingError(
            f"{cell.name} uses `{name}`, a name that already means something else in the Lambda function's file. "
            "Give yours another name.",
            name,
            cell.filename,
            line_of(cell, name),
        )
    return text


def _why_not_module(module: str) -> str:
    top = module.split(".")[0]
    if top == "workshop":
        return (
            "belongs to the notebooks and is not in Lambda. What the analyzer offers (print_short_record, "
            "instance_identifier_arn_pattern) can be used by its plain name."
        )
    return f"Lambda does not have: there are only Python's standard library and boto3. Do it without {top}."


def _is_own_class(value: object) -> bool:
    """Tell whether a value is a class that was written in the notebook and whose source can be found."""
    if not isinstance(value, type) or value.__module__.split(".")[0] == "workshop":
        return False
    cell = class_source(value)
    return cell is not None and not re.search(r"/(site|dist)-packages/", cell.filename.replace("\\", "/"))


def _why_not(value: Any) -> str:
    kind = type(value)
    home = str(getattr(kind, "__module__", ""))
    if isinstance(value, types.ModuleType):
        return _why_not_module(value.__name__)
    if home.startswith("pandas"):
        return f"is a pandas {kind.__name__} of your notebook. In Lambda the function sees one record, and no tables."
    if kind.__name__ == "Known":
        return "is what learn returned. Take it as an argument, `def f(record, known)`, and give it to hunt or deploy."
    if home.startswith(("botocore", "boto3")):
        return "is an AWS client of your notebook. In Lambda, use the client that the function is handed."
    target = unwrapped(value)
    if isinstance(target, types.FunctionType):
        return _why_not_module(str(target.__module__)) if target.__module__ else "has no source to carry to Lambda."
    if isinstance(value, type):
        if home == "builtins" and getattr(value, "__module__", "").split(".")[0] not in ("__main__", "builtins"):
            return _why_not_module(value.__module__)
        return "is a class of your notebook whose source cannot be found. Use plain functions."
    if callable(value):
        return f"is an object of type {kind.__name__}, not a plain function. Write it with `def`."
    return f"is an object of your notebook ({kind.__name__}), not a constant that can be written into a file."


def _verify(source: str, origins: Origins) -> None:
    """Compile the packaged source as Lambda will; tell the attendee's own line if that fails."""
    try:
        compile(source, "index.py", "exec", dont_inherit=True)
    except SyntaxError as error:
        filename, line = origins.get(error.lineno or 0, (None, None))
        raise PackagingError(f"The packaged code is not valid Python: {error.msg}", None, filename, line) from error
