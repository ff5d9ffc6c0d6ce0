"""What pyproject.toml, environment.yml and the package promise about dependencies and imports."""

import ast
import re
import subprocess
import sys

import pytest
import yaml

from workshop import places

try:
    import tomllib
except ImportError:  # Python 3.10
    import tomli as tomllib


def split(requirement):
    """Return (name, version range) of a requirement as pip or conda write it."""
    name, version = re.fullmatch(r"([A-Za-z0-9_.-]+?)(?:\[[^]]*\])?\s*([<>=!~].*)?", requirement).groups()
    return name, version or ""


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((places.checkout() / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def conda():
    """The packages of environment.yml: {name: version range}, those that pip installs included."""
    listed = yaml.safe_load((places.checkout() / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    (pip,) = (entry["pip"] for entry in listed if isinstance(entry, dict))
    return dict(split(entry) for entry in [*listed, *pip] if isinstance(entry, str) and not entry.startswith("--"))


def test_conda_and_pip_install_the_same_packages(project, conda):
    """environment.yml names what pyproject.toml names, in the same version ranges, and Python itself."""
    python = conda.pop("python")
    assert conda.pop("pip") == ""
    assert conda == dict(split(entry) for entry in project["dependencies"])
    assert python == project["requires-python"]


def test_the_emulator_alone_is_pinned(project):
    """Ranges let security fixes in; only the emulator, whose internals the kit touches, is pinned."""
    exact = [name for name, version in map(split, project["dependencies"]) if version.startswith("==")]
    assert exact == ["ministack"]


def test_what_notebook_06_alone_needs_is_an_extra(project):
    """No other notebook imports it, and the kit only inside the functions that need it; developers get it."""
    extras = project["optional-dependencies"]
    names = {split(entry)[0] for entry in extras["scale"]}
    assert names == {"distributed", "duckdb", "sqlglot"}
    assert not names & {split(entry)[0] for entry in project["dependencies"]}
    assert all("cloudtrail-workshop[scale]" in extras[extra] for extra in ("dev", "bench"))
    modules = [*MODULES.values(), *(places.checkout() / "notebooks" / "source").glob("[0-9]*.py")]
    at_once = {
        path.stem
        for path in modules
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        for name in imported_by(node)
        if name.partition(".")[0] in names
    }
    assert at_once == {"06_hunt_at_scale"}


def test_importing_the_package_loads_nothing_heavy():
    """`import workshop` leaves pandas, boto3, matplotlib and ipywidgets to the names that need them."""
    program = (
        "import sys, workshop; print([m for m in ('pandas', 'boto3', 'matplotlib', 'ipywidgets') if m in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"


def test_every_public_name_is_there():
    """Whatever `workshop` lists can be imported."""
    import workshop

    for name in workshop.__all__:
        assert callable(getattr(workshop, name)) or name == "PALETTE"


def test_a_name_that_is_not_there_is_answered_with_those_that_are():
    """A misspelt import says what there is."""
    import workshop

    with pytest.raises(AttributeError, match="load_events"):
        workshop.load_event  # noqa: B018


FOLDER = places.checkout() / "workshop"
MODULES = {
    ".".join(path.relative_to(FOLDER.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in FOLDER.rglob("*.py")
}


def imported_by(node):
    """Return the modules that a statement imports, or imports something from."""
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [name.name for name in node.names] if isinstance(node, ast.Import) else []


def imported(path):
    """Return the dotted names that a file imports, wherever in it that is; relative ones in full."""
    here, names = path.relative_to(FOLDER.parent).parts, set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(
                [*here[: len(here) - node.level], *filter(None, [node.module])] if node.level else [node.module]
            )
            names |= {f"{base}.{name.name}" for name in node.names}
    return names


def used_modules(path):
    """Return the modules of the kit that a file imports, or imports something from."""
    # `from workshop.logs import files` names a module, `from workshop.logs.files import read` something in one.
    return {name if name in MODULES else name.rpartition(".")[0] for name in imported(path)} & MODULES.keys()


def room_of(path):
    """Return the name of the room that a file lies in, as the table in CONTRIBUTING.md has it: "logs/table", "cli"."""
    inside = path.relative_to(FOLDER)
    return inside.stem if inside.parent.name == "" else inside.parent.as_posix()


@pytest.fixture(scope="module")
def rooms():
    """The last column of CONTRIBUTING's table: {room: its text}."""
    text = (places.checkout() / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `workshop/([^`]+?)(?:/|\.py)` \| .+ \| (.*?) ?\|$", text, re.MULTILINE)
    return dict(rows)


def test_the_table_of_rooms_names_every_room(rooms):
    """Every folder, and every module that lies in none."""
    assert sorted(rooms) == sorted({room_of(path) for path in MODULES.values()})


def test_rooms_import_what_the_table_allows(rooms):
    """What a room imports is listed in its row, is a room inside it or around it, or is `places`."""
    allowed = {room: set(re.findall(r"`([^`]+)`", text)) for room, text in rooms.items()}
    assert set.union(*allowed.values()) <= rooms.keys()
    wrong = []
    for path in MODULES.values():
        room = room_of(path)
        for module in used_modules(path):
            other = room_of(MODULES[module])
            inside = f"{other}/".startswith(f"{room}/") or f"{room}/".startswith(f"{other}/")
            if not (inside or other == "places" or other in allowed[room] or rooms[room] == "every room"):
                wrong.append((path.relative_to(FOLDER).as_posix(), module))
    assert wrong == []


def test_rooms_of_the_standard_library_import_nothing_else(rooms):
    """The Lambda functions run where nothing else is installed."""
    bound = {room: text for room, text in rooms.items() if text.startswith("only the standard library")}
    assert len(bound) == 3
    for room, text in bound.items():
        names = {name.partition(".")[0] for name in imported(FOLDER / f"{room}.py")}
        assert names - sys.stdlib_module_names <= ({"boto3", "botocore"} if text.endswith("boto3") else set()), room


def test_no_module_imports_itself_by_way_of_others():
    """Each can be read, and changed, without all of a circle in mind."""
    uses = {name: used_modules(path) - {"workshop", name} for name, path in MODULES.items()}
    while leaves := {name for name, used in uses.items() if not used & uses.keys()}:
        for name in leaves:
            del uses[name]
    assert uses == {}


ROOMS = sorted(path.parent for path in FOLDER.rglob("__init__.py") if path.parent != FOLDER)


@pytest.mark.parametrize("folder", ROOMS, ids=[room.relative_to(FOLDER).as_posix() for room in ROOMS])
def test_a_room_s_docstring_is_its_map(folder):
    """It has a line for each module and each room inside, and a module uses only those above it."""
    described = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    listed = re.findall(r"^(\w+)  +\S", described, re.MULTILINE)
    inside = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    assert sorted(listed) == sorted(inside - {"__init__"})
    dotted = ".".join(folder.relative_to(FOLDER.parent).parts)
    for place, name in enumerate(listed):
        path = folder / f"{name}.py"
        if path.exists():
            here = {module for module in used_modules(path) if module.rpartition(".")[0] == dotted}
            assert {module.rpartition(".")[2] for module in here} - {name} <= set(listed[:place]), name
