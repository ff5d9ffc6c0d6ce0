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


def imported(path):
    """Return the modules of the kit that a file of its imports from, wherever in it that is."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    plain = [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    named = [f"{node.module}.{name.name}" for node in froms for name in node.names]
    return {module for module in [*plain, *named] if module.startswith("workshop.")}


@pytest.mark.parametrize(
    ("room", "others"), [("logs", ("exercises", "cloud")), ("exercises", ("cloud",)), ("cloud", ("exercises",))]
)
def test_rooms_import_one_way(room, others):
    """The logs know nothing of exercises and cloud, and these two nothing of each other."""
    files = sorted((places.checkout() / "workshop" / room).rglob("*.py"))
    wrong = [
        (path.name, module)
        for path in files
        for module in imported(path)
        if f"{module}.".startswith(tuple(f"workshop.{other}." for other in others))
    ]
    assert files
    assert wrong == []


def test_no_module_imports_itself_by_way_of_others():
    """Each can be read, and changed, without all of a circle in mind."""
    folder = places.checkout()
    files = {
        ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (folder / "workshop").rglob("*.py")
    }
    # `from workshop.logs import files` names a module, `from workshop.logs.files import read` something in one.
    uses = {
        name: {used if used in files else used.rpartition(".")[0] for used in imported(path)}
        for name, path in files.items()
    }
    for name, used in uses.items():
        used &= uses.keys() - {"workshop", name}
    while leaves := {name for name, used in uses.items() if not used & uses.keys()}:
        for name in leaves:
            del uses[name]
    assert uses == {}


def test_modules_of_the_memo_import_what_its_map_lists_above_them():
    """Whoever reads them in that order meets nothing unknown."""
    from workshop.hunting import verdict_memo

    listed = re.findall(r"^(\w+)  +\S", verdict_memo.__doc__, re.MULTILINE)
    folder = places.checkout() / "workshop" / "hunting" / "verdict_memo"
    assert sorted(listed) == sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    for place, name in enumerate(listed):
        used = {module.split(".")[3] for module in imported(folder / f"{name}.py") if ".verdict_memo." in module}
        assert used <= set(listed[:place]), name
