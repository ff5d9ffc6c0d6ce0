"""start.py on machines that lack something, behind proxies, interrupted, moved; and its second run."""

import ast
import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from disks import mounted
from package_index import own_certificate, package_index, refusing_proxy, wheel
from waiting import PATIENCE, wait_for

from workshop import cli, places

POSIX = pytest.mark.skipif(os.name == "nt", reason="stands in for programs with scripts that have a #! line")
START = places.checkout() / "start.py"

# ---------------------------------------------------------------- a small kit that start.py sets up for real

PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
# Builds the kit without the network: its wheel holds a path to the folder, as that of setuptools does.
BACKEND = """
import os, pathlib, sys
sys.path.insert(0, {support!r})
from package_index import wheel

def build_editable(folder, *_):
    here = os.getcwd()
    name, data = wheel("cloudtrail-workshop", "1.0", {{"kit.pth": here + "\\n"}}, requires={requires!r})
    pathlib.Path(folder, name).write_bytes(data)
    return name
"""
# Says how it was called, and ends with the status that the argument --status=N gives.
CLI = """
import json, os, sys, tiny

def main(program):
    print(json.dumps([program, sys.argv[1:], os.getcwd(), json.__name__, tiny.version, sys.stdin.read()]))
    return sum(int(word[9:]) for word in sys.argv if word.startswith("--status="))
"""


class Kit:
    """A checkout with start.py, a command line that says how it was called, and one package that it needs."""

    def __init__(self, folder):
        self.folder = Path(folder)
        (self.folder / "workshop").mkdir(parents=True)
        (self.folder / "notebooks" / "source").mkdir(parents=True)
        self.write("start.py", START.read_text(encoding="utf-8").replace("LOG_FILES = 881", "LOG_FILES = 0"))
        self.write("pyproject.toml", PYPROJECT)
        self.write("workshop/__init__.py", "")
        self.write("workshop/cli.py", CLI)
        self.write("notebooks/source/build.py", "import os; print(os.getcwd())")
        self.require("tiny<2")
        # No setting of this machine counts; what comes from the network fails at the second try.
        names = [name for name in os.environ if name.startswith("PIP_") or name.endswith(("_BUNDLE", "CERT_FILE"))]
        self.environment = {name: value for name, value in os.environ.items() if name not in names}
        self.environment |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1", "PIP_RETRIES": "1"}
        self.environment |= {"PIP_INDEX_URL": "http://127.0.0.1:9/simple/", "NO_PROXY": ""}

    def write(self, path, text):
        (self.folder / path).write_text(text, encoding="utf-8")

    def require(self, *requirements):
        support = str(Path(__file__).with_name("support"))
        self.write("backend.py", BACKEND.format(support=support, requires=requirements))

    @property
    def python(self):
        return self.folder / ".venv" / (Path("Scripts/python.exe") if os.name == "nt" else Path("bin/python"))

    def command(self, *arguments, python=sys.executable):
        return [python, str(self.folder / "start.py"), *arguments]

    def run(self, *arguments, python=sys.executable, cwd=None, stdin="", **environment):
        """Run start.py; return the finished process."""
        command = self.command(*arguments, python=python)
        options = {"env": self.environment | environment, "input": stdin, "timeout": PATIENCE * 2, "cwd": cwd}
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, **options)

    def begin(self, *arguments, **environment):
        """Start start.py in a process group of its own; return the process."""
        options = {"env": self.environment | environment, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        if os.name != "nt":  # Ctrl+C is heard, as in a terminal, even if these tests run where it is ignored
            options["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
        return subprocess.Popen(self.command(*arguments), text=True, start_new_session=True, **options)

    def assert_refuses(self, *words, **environment):
        """Assert that set-up fails with one line, with these words in it, after the line that says that it began."""
        done = self.run("demo", **environment)
        lines = [line for line in done.stderr.splitlines() if line.startswith("start.py: ")]
        assert (done.returncode, done.stdout) == (1, ""), done.stderr
        assert len(lines) == 1, done.stderr
        assert done.stderr.endswith(lines[0] + "\n"), done.stderr
        for word in words:
            assert word in lines[0]
        assert not list((self.folder / ".venv").glob("installed*"))
        return lines[0]

    def assert_runs(self, version="1.0", **environment):
        done = self.run("demo", **environment)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)[4] == version
        return done


@pytest.fixture(scope="module")
def index():
    """The address of a package index that has what the kit needs, in two versions."""
    with package_index([wheel("tiny", "1.0"), wheel("tiny", "2.0")]) as address:
        yield address


@pytest.fixture(scope="module")
def bare_venv(tmp_path_factory):
    """A .venv with nothing but pip, to be copied: making one takes seconds."""
    folder = tmp_path_factory.mktemp("bare") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=PATIENCE)
    return folder


@pytest.fixture
def kit(tmp_path, bare_venv):
    """A kit whose .venv is there, with nothing installed in it."""
    kit = Kit(tmp_path / "kit")
    shutil.copytree(bare_venv, kit.folder / ".venv", symlinks=True, copy_function=os.link)
    return kit


@pytest.fixture
def start(tmp_path, monkeypatch):
    """start.py as a module, working in an empty folder with a small project of its own."""
    module = load()
    inside = os.path.relpath(module.PYTHON, module.VENV)
    monkeypatch.setattr(module, "HERE", str(tmp_path))
    monkeypatch.setattr(module, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(module, "PYTHON", str(tmp_path / ".venv" / inside))
    monkeypatch.setattr(module, "LOG_FILES", 0)
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    return module


def load():
    spec = importlib.util.spec_from_file_location("start", START)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def windows():
    """Have Python believe that this is Windows, as far as that goes; pytest itself must not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "name", "nt")
        yield


def write_program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    # A `#!` line knows no blanks in paths: a shell starts Python, which takes the shell's line for a text.
    shell = f"""#!/bin/sh\n'''exec' "{sys.executable}" "$0" "$@"\n' '''\n"""
    path.write_text(shell + text, encoding="utf-8")
    path.chmod(0o755)
    return str(path)


# ---------------------------------------------------------------- what it knows of the kit


def test_it_can_be_read_by_a_python_that_is_too_old():
    """The grammar of Python 3.4 is enough to read what to install, in any encoding."""
    ast.parse(START.read_text(encoding="ascii"), feature_version=(3, 4))


def test_it_knows_every_command_of_the_kit(capsys):
    """start.py has the names that workshop has, and its help has all names."""
    start = load()
    (commands,) = (action.choices for action in cli.parser()._actions if action.choices)
    assert sorted(start.COMMANDS) == sorted(commands)
    assert start.main(["--help"]) == 0
    usage = capsys.readouterr().out
    for name in (*start.COMMANDS, *start.RUNS):
        assert name in usage


def test_it_knows_the_versions_and_the_data_of_the_kit():
    """The oldest Python is that of pyproject.toml; the number of log files is that of data/."""
    start = load()
    project = (places.checkout() / "pyproject.toml").read_text(encoding="utf-8")
    assert f'requires-python = ">={start.OLDEST[0]}.{start.OLDEST[1]}"' in project
    assert f"{'.'.join(map(str, start.OLDEST))} to {'.'.join(map(str, start.NEWEST))}" in start.VERSIONS
    assert len(list((places.data() / "AWSLogs").rglob("*.json.gz"))) == start.LOG_FILES


def test_missing_log_files_are_reported(start, tmp_path, monkeypatch, capsys):
    """One line on standard error says how many there are, and how to get them; nothing where all are there."""
    folder = tmp_path / "data" / "AWSLogs" / "day"
    folder.mkdir(parents=True)
    for number in range(3):
        (folder / f"{number}.json.gz").touch()
    monkeypatch.setattr(start, "LOG_FILES", 3)
    start.look_around()
    assert capsys.readouterr().err == ""
    (folder / "0.json.gz").rename(folder / "0.json")
    start.look_around()
    (line,) = capsys.readouterr().err.splitlines()
    assert "data/ holds 2 log files, and the kit comes with 3" in line
    assert "data generate" in line


def test_a_folder_too_deep_for_windows_is_reported(start, monkeypatch, capsys):
    """A path of 259 characters is what Windows takes; elsewhere nothing is said."""
    deep = "C:\\" + "d" * (259 - start.LONGEST - 1 - 3)
    monkeypatch.setattr(start, "HERE", deep + "d")
    start.look_around()
    monkeypatch.setattr(start, "HERE", deep)
    with windows():
        start.look_around()
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(start, "HERE", deep + "d")
    with windows():
        start.look_around()
    (line,) = capsys.readouterr().err.splitlines()
    assert "up to 260 characters" in line


# ---------------------------------------------------------------- which Python


@pytest.fixture
def machine(start, monkeypatch):
    """Make a machine: the version of the Python that runs start.py, and {path: version} of those there besides."""

    def make(own, others=(), venv=True):
        others = dict(others)
        monkeypatch.setattr(start.sys, "version_info", (*own, 0, "final", 0))
        monkeypatch.setattr(start.sys, "_base_executable", "this", raising=False)
        kinds = {path: version if len(version) == 3 else (True, *version) for path, version in others.items()}
        kinds["this"] = (True, *own) if venv else None
        monkeypatch.setattr(start, "kind_of", kinds.get)
        monkeypatch.setattr(start, "other_pythons", lambda: list(others))

    return make


@pytest.mark.parametrize(
    ("own", "others", "taken"),
    [
        ((3, 12), {"b": (3, 13)}, "this"),
        ((3, 9), {"a": (3, 11), "b": (3, 13), "c": (3, 8)}, "b"),
        ((3, 9), {"a": (False, 3, 13), "b": (True, 3, 11)}, "b"),
        ((3, 16), {"a": (3, 16), "b": (3, 12)}, "b"),
        ((3, 9), {"a": (3, 13), "b": (3, 13)}, "a"),
    ],
    ids=["own", "newest known", "64 bits", "own is unknown", "first of equals"],
)
def test_the_python_that_is_taken(start, machine, capsys, own, others, taken):
    """A known one: this one if it is, else the newest of the others, and one of 64 bits before all."""
    machine(own, others)
    assert start.suitable_python() == taken
    assert capsys.readouterr().err == ""


def test_a_python_newer_than_known_is_tried(start, machine, capsys):
    """One line says so."""
    machine((3, 16), {"a": (3, 17), "b": (3, 9)})
    assert start.suitable_python() == "this"
    (line,) = capsys.readouterr().err.splitlines()
    assert "This is Python 3.16; the workshop was tried with Python 3.10 to 3.15 only" in line


def test_a_machine_with_only_an_old_python_is_told_what_to_install(start, machine, capsys):
    """One line says which versions serve and where to get one; the exit status is 1."""
    machine((3, 8), {"a": (3, 9)})
    assert start.main(["demo"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "This is Python 3.8; the workshop needs Python 3.10 to 3.15" in line


def test_a_python_without_venv_is_told_what_to_install(start, machine, capsys):
    """Debian's Python comes without venv: the line names the package, unless another Python has it."""
    machine((3, 12), venv=False)
    assert start.main(["demo"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "sudo apt install python3.12-venv" in line
    machine((3, 12), {"a": (3, 11)}, venv=False)
    assert start.suitable_python() == "a"


@POSIX
def test_what_is_no_python_is_not_taken(start, tmp_path):
    """A shim without its version, a Python without venv, a missing program; and what a real one is."""
    shim = write_program(tmp_path / "shim", "import sys; sys.exit('python3.13: command not found')")
    bare = write_program(tmp_path / "bare", "import sys; sys.exit('venv' in sys.argv[-1])")
    assert [start.kind_of(path) for path in (shim, bare, str(tmp_path / "missing"))] == [None, None, None]
    assert start.kind_of(sys.executable) == (sys.maxsize > 2**32, *sys.version_info[:2])


LAUNCHERS = {
    "until 3.10": "Installed Pythons found by C:\\WINDOWS\\py.exe Launcher for Windows\n -3.9-64 {0} *\n -3.8-32 {1}\n",
    "from 3.11": " -V:3.14 *        {0}\n -V:3.12          {1}\n",
    "install manager": " -V:3.14[-64] *   {0}\n -V:Astral\\CPython3.12.1 {1}\n",
    "active environment": "  *               {0}\n -V:3.14          {1}\n",
}


@POSIX
@pytest.mark.parametrize("printed", LAUNCHERS.values(), ids=LAUNCHERS)
def test_windows_launcher_lists_the_pythons(start, tmp_path, monkeypatch, printed):
    """Each form in which py -0p has listed them is read, with blanks in paths too."""
    listed = [str(tmp_path / "Program Files" / name / "python.exe") for name in ("one", "two")]
    program = f"import sys\nprint({printed.format(*listed)!r} if sys.argv[1:] == ['-0p'] else '')"
    write_program(tmp_path / "bin" / "py", program)

    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert start.other_pythons() == []
    with windows():
        found = start.other_pythons()
    assert [path for path in found if path in listed] == listed


def test_where_windows_keeps_the_programs_of_an_environment():
    """Scripts, with .exe."""
    with windows():
        python = load().PYTHON
    assert Path(python).parts[-3:] == (".venv", "Scripts", "python.exe")


def old_pythons():
    """Return the Pythons that are too old and run here."""
    found = [shutil.which(f"python3.{minor}") for minor in range(4, 10)]
    found += sorted(map(str, Path.home().glob(".pyenv/versions/3.[4-9].*/bin/python")))
    run = {"capture_output": True, "check": False, "timeout": PATIENCE}
    return [path for path in found if path and subprocess.run([path, "-c", "import venv"], **run).returncode == 0]


@POSIX
def test_an_old_python_hands_over(kit, index, tmp_path):
    """Each of those installed here has a known one on the PATH set the kit up, and runs it itself the second time."""
    old = old_pythons()
    if not old:
        pytest.skip("no Python from 3.4 to 3.9 is installed here")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / f"python3.{sys.version_info[1]}").symlink_to(sys.executable)
    kit.environment["PATH"] = str(tmp_path / "bin")
    done = kit.run("demo", python=old[0], PIP_INDEX_URL=index)
    assert done.returncode == 0, done.stderr
    for python in old:
        done = kit.run("demo", "--status=3", python=python, PATH="")
        assert (done.returncode, done.stderr) == (3, "")


# ---------------------------------------------------------------- running commands


def test_a_command_keeps_folder_arguments_input_and_status(tmp_path, index):
    """Set up from nothing: blanks and signs in the path, no home, called in a folder whose modules have known names.

    Set-up speaks on standard error, and not at all the second time.
    """
    kit = Kit(tmp_path / "Maries Kurs (ü, 日本)")
    caller = tmp_path / "caller"
    (caller / "workshop").mkdir(parents=True)
    for name in ("json.py", "workshop/__init__.py", "tiny.py"):
        (caller / name).write_text("raise SystemExit('the wrong module')", encoding="utf-8")
    (tmp_path / "home").write_text("no folder", encoding="utf-8")
    nowhere = dict.fromkeys(("HOME", "USERPROFILE"), str(tmp_path / "home"))
    arguments = ["hunt", "a b", "--json", "--help", "--status=4"]
    first = kit.run(*arguments, cwd=caller, stdin="typed", PIP_INDEX_URL=index, PIP_USER="1", **nowhere)
    second = kit.run(*arguments, cwd=caller, stdin="typed", **nowhere)
    for done in (first, second):
        assert done.returncode == 4, done.stderr
        assert json.loads(done.stdout) == ["start.py", arguments, str(caller), "json", "1.0", "typed"]
    assert "Installing the workshop's packages" in first.stderr
    assert second.stderr == ""


def test_the_folder_of_what_is_no_command_is_the_kits(kit, index, tmp_path):
    """Paths that are given to pytest are paths in the kit, wherever one is."""
    done = kit.run("build", cwd=tmp_path, PIP_INDEX_URL=index)
    assert done.stdout.strip() == str(kit.folder), done.stderr


def test_an_unknown_word_is_bad_usage(tmp_path):
    """The answer lists what can be run, and nothing is set up."""
    kit = Kit(tmp_path / "kit")
    done = kit.run("labb")
    assert (done.returncode, done.stdout) == (2, "")
    assert "lab" in done.stderr
    assert not (kit.folder / ".venv").exists()


def test_on_windows_it_waits_for_the_command():
    """There is no exec there: the exit status is passed on, and Ctrl+C is the command's alone."""
    program = (
        "import os, signal, sys\nsys.path.insert(0, sys.argv[1])\nimport start\nos.name = 'nt'\n"
        "status = start.become([sys.executable, '-c', 'import sys; sys.exit(3)'])\n"
        "sys.exit(status if signal.getsignal(signal.SIGINT) == signal.SIG_IGN else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(places.checkout())], check=False, timeout=PATIENCE)
    assert done.returncode == 3


# ---------------------------------------------------------------- installing, once


def test_a_second_run_installs_nothing(start, tmp_path, monkeypatch):
    """Once pyproject.toml has been installed, it is installed until it changes."""
    monkeypatch.setattr(start, "run_showing_progress", lambda *command: None)
    (tmp_path / ".venv").mkdir()
    assert not start.is_installed("")
    start.install("")
    assert start.is_installed("")
    assert not start.is_installed("[dev]")
    (tmp_path / "pyproject.toml").write_text("changed", encoding="utf-8")
    assert not start.is_installed("")


@POSIX
def test_an_environment_that_does_not_serve(start, tmp_path):
    """One without a Python, with one that is too old, does not run, or has gone (an upgrade); and one half made."""
    assert not start.venv_serves()
    python = tmp_path / ".venv" / "bin" / "python"
    for program, serves in (("import sys; sys.exit(1)", False), ("import no_such_module", False), ("", True)):
        write_program(python, program)
        assert start.venv_serves() is serves
    python.write_text("#!/no/such/python\n", encoding="utf-8")
    assert not start.venv_serves()
    write_program(python, "")
    (tmp_path / ".venv" / "unfinished").touch()
    assert not start.venv_serves()


def test_a_newer_version_of_the_kit_updates_the_packages(kit, index):
    """A .venv of an older version gets what the new pyproject.toml lists; what else is in it stays."""
    kit.assert_runs(PIP_INDEX_URL=index)
    (kit.folder / ".venv" / "mine").touch()
    kit.require("tiny>=2")
    kit.write("pyproject.toml", PYPROJECT + "# changed\n")
    kit.assert_runs("2.0", PIP_INDEX_URL=index)
    assert (kit.folder / ".venv" / "mine").exists()


def test_a_folder_that_was_moved_gets_an_environment_of_its_own(kit, index, tmp_path):
    """The programs in .venv, and the kit in it, are those of the new place; a link to the place changes nothing."""
    kit.assert_runs(PIP_INDEX_URL=index)
    old, kit.folder = kit.folder, tmp_path / "link"
    kit.folder.symlink_to(old)
    assert kit.assert_runs().stderr == ""
    kit.folder = tmp_path / "new"
    old.rename(kit.folder)
    done = kit.assert_runs(PIP_INDEX_URL=index)
    assert f"the old one is of {old}" in done.stderr
    if os.name != "nt":
        assert str(kit.folder) in (kit.folder / ".venv" / "bin" / "pip").read_text(encoding="utf-8")


def test_a_copy_does_not_use_the_environment_of_the_original(start, tmp_path):
    """The kit that is installed in .venv is that of a folder, by whatever name."""
    record = tmp_path / ".venv" / ("Lib" if os.name == "nt" else "lib/python3.11") / "site-packages"
    record = record / "cloudtrail_workshop-1.0.0.dist-info" / "direct_url.json"
    record.parent.mkdir(parents=True)
    (tmp_path / "a b").mkdir()
    for folder, other in ((tmp_path, False), (tmp_path / "a b", True), (tmp_path / "gone", True)):
        record.write_text(json.dumps({"url": folder.as_uri(), "dir_info": {"editable": True}}), encoding="utf-8")
        assert start.other_folder() == (str(folder) if other else None)
    record.write_text('{"url"', encoding="utf-8")
    assert start.other_folder()


# ---------------------------------------------------------------- interrupted


@pytest.mark.skipif(os.name == "nt", reason="ends processes with signals that Windows does not have")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_while_it_makes_the_environment_it_begins_again(tmp_path, index, number):
    """Half a pip is not taken for a whole one."""
    kit = Kit(tmp_path / "kit")
    process = kit.begin("demo", PIP_INDEX_URL=index)
    wait_for(lambda: list(kit.folder.glob(".venv/lib/python3*/site-packages/pip/*")), "part of pip")
    os.killpg(process.pid, number)
    output, errors = process.communicate(timeout=PATIENCE)
    assert output == ""
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert errors.splitlines()[-1] == "start.py: interrupted; run this again, and it goes on where it stopped"
        assert "start.py" not in "".join(line for line in errors.splitlines() if line.startswith('  File "'))
    assert (kit.folder / ".venv" / "unfinished").exists()
    kit.assert_runs(PIP_INDEX_URL=index)
    assert not (kit.folder / ".venv" / "unfinished").exists()


@pytest.mark.parametrize("name", ["with  spaces", "ünï-日本語-🔥", "x" * 200, "a'b $d &e %f [1]"])
def test_folders_of_any_name(tmp_path, index, name):
    """Spaces, unicode, 200 characters, what shells read otherwise: its environment is made there, and it runs."""
    if os.name == "nt":
        name = name[:60]  # a folder's whole path is limited there
    kit = Kit(tmp_path / name)
    kit.assert_runs(PIP_INDEX_URL=index)
    assert kit.assert_runs().stderr == ""


@pytest.mark.skipif(os.name == "nt", reason="ends processes with signals that Windows does not have")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_while_it_installs_it_goes_on(kit, index, number):
    """In the middle of a download: Ctrl+C is answered with one line; the next run uses the same environment."""
    asked, go_on = [], threading.Event()
    with package_index([wheel("tiny", "1.0")], asked=asked, wait=go_on) as slow:
        process = kit.begin("demo", PIP_INDEX_URL=slow)
        try:
            wait_for(lambda: any(path.endswith(".whl") for path in asked), "download")
            os.killpg(process.pid, number)
            output, errors = process.communicate(timeout=PATIENCE)
        finally:
            go_on.set()
    assert output == ""
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert errors.splitlines()[-1] == "start.py: interrupted; run this again, and it goes on where it stopped"
        assert "Traceback" not in errors
    done = kit.assert_runs(PIP_INDEX_URL=index)
    assert "Making" not in done.stderr


def test_a_package_that_was_half_copied_is_installed_again(kit, index):
    """pip writes a package's list of files last: where that is missing, it was killed before."""
    kit.assert_runs(PIP_INDEX_URL=index)
    (record,) = (kit.folder / ".venv").rglob("tiny-1.0.dist-info/RECORD")
    (module,) = (kit.folder / ".venv").rglob("tiny.py")
    record.unlink()
    module.unlink()
    (kit.folder / ".venv" / "installed").unlink()
    kit.assert_runs(PIP_INDEX_URL=index)
    assert module.exists()


# ---------------------------------------------------------------- doctor --fix


def cut_off(path):
    path.write_bytes(path.read_bytes()[:5])


def full_of_zeros(path):
    path.write_bytes(bytes(path.stat().st_size))


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("tiny.py", Path.unlink),
        ("tiny.py", full_of_zeros),
        ("tiny-1.0.dist-info/METADATA", cut_off),
        ("tiny-1.0.dist-info/RECORD", full_of_zeros),
        ("tiny-1.0.dist-info/RECORD", lambda path: path.write_bytes(b"")),
    ],
)
def test_doctor_fix_installs_damaged_packages_again(kit, index, name, damage):
    """Files that are gone, cut off, or empty blocks after a power failure: the package is named and installed again."""
    kit.assert_runs(PIP_INDEX_URL=index)
    (path,) = (kit.folder / ".venv").rglob(name)
    damage(path)
    done = kit.run("doctor", "--fix", PIP_INDEX_URL=index)
    assert done.returncode == 0, done.stderr
    assert "Damaged in .venv: tiny\n" in done.stderr
    assert json.loads(done.stdout)[1] == ["doctor", "--fix"]
    assert "Making" not in done.stderr
    assert kit.assert_runs().stderr == ""


def test_doctor_fix_makes_an_environment_whose_pip_is_damaged_anew(kit, index):
    """Without a pip nothing can be installed."""
    kit.assert_runs(PIP_INDEX_URL=index)
    (path,) = (kit.folder / ".venv").rglob("site-packages/pip/__main__.py")
    path.unlink()
    done = kit.run("doctor", "--fix", PIP_INDEX_URL=index)
    assert "Damaged in .venv: pip\nMaking a Python environment" in done.stderr
    assert kit.assert_runs().stderr == ""


def test_doctor_fix_leaves_alone_what_is_whole(kit):
    """Nothing is installed; a company's certificate among those of a package is no damage."""
    with package_index([wheel("tiny", "1.0", {"tiny.py": "version = '1.0'", "tiny-cacert.pem": "theirs"})]) as address:
        kit.assert_runs(PIP_INDEX_URL=address)
    (pem,) = (kit.folder / ".venv").rglob("tiny-cacert.pem")
    pem.write_text("theirs and the company's")
    assert kit.run("doctor", "--fix").stderr == ""
    assert pem.read_text() == "theirs and the company's"


# ---------------------------------------------------------------- a full disk


def test_a_disk_that_is_full_before_the_environment_is_made(tmp_path):
    """One line says so, and how much is free."""
    with mounted(tmp_path / "disk", "size=2m") as disk:
        line = Kit(disk / "kit").assert_refuses("No space left on device", "MB are free in")
        assert str(disk) in line


def test_a_disk_that_gets_full_while_packages_are_installed(tmp_path, bare_venv, index):
    """One line; with more room it goes on."""
    big = wheel("tiny", "1.0", {"tiny.py": "version = '1.0'\n" + f"# {'x' * 78}\n" * 400_000})
    with mounted(tmp_path / "disk", "size=40m") as disk, package_index([big]) as address:
        kit = Kit(disk / "kit")
        shutil.copytree(bare_venv, kit.folder / ".venv", symlinks=True)
        kit.assert_refuses("No space left on device", "MB are free in", PIP_INDEX_URL=address)
        kit.assert_runs(PIP_INDEX_URL=index)


@POSIX
def test_a_full_disk_is_recognized_on_every_system(start):
    """In the words of Linux, of macOS, and of Windows; a quota counts, too."""
    for words in (
        "OSError: [Errno 28] No space left on device: '/x'",
        "[WinError 112] There is not enough space on the disk",
        "[Errno 122] Disk quota exceeded",
    ):
        assert "MB are free in" in start.full_disk(f"ERROR: {words}\n")
    assert start.full_disk("Installing collected packages") is None


def test_a_folder_that_cannot_be_written_is_reported(start, tmp_path, capsys):
    """The error itself, in one line: here a file is in the way."""
    (tmp_path / ".venv").write_text("in the way", encoding="utf-8")
    assert start.main(["demo"]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("start.py: Could not set up ")


# ---------------------------------------------------------------- the network


def test_a_proxy_that_wants_a_password(kit):
    """What was refused, by which proxy, and the line to set; a password that is there already is not shown."""
    with refusing_proxy() as proxy:
        there = proxy.replace("//", "//marie:secret@")
        variables = {"HTTPS_PROXY": there, "PIP_INDEX_URL": "https://pypi.example/simple"}
        line = kit.assert_refuses("wants a name and a password (407)", "NAME:PASSWORD@127.0.0.1:", **variables)
        assert ("$env:HTTPS_PROXY = " if os.name == "nt" else "export HTTPS_PROXY=") in line
        assert "secret" not in line
        kit.assert_refuses("(407)", "PIP_PROXY=", PIP_PROXY=proxy, PIP_INDEX_URL="https://pypi.example/simple")


@pytest.mark.parametrize("host", ["127.0.0.1:9", "proxy.invalid:8080"])
def test_a_proxy_that_is_not_there(kit, host):
    """Which one, from which setting."""
    variables = {"https_proxy": f"http://{host}", "PIP_INDEX_URL": "https://pypi.example/simple"}
    kit.assert_refuses(f"The proxy http://{host} did not let pip through", 'export https_proxy="http://', **variables)


def test_a_proxy_that_forbids_the_way(kit):
    """Its answer is shown."""
    with refusing_proxy(403, "Forbidden by the company") as proxy:
        variables = {"HTTPS_PROXY": proxy, "PIP_INDEX_URL": "https://pypi.example/simple"}
        kit.assert_refuses(f"The proxy {proxy}", "403 Forbidden by the company", **variables)


def test_no_network(kit):
    """No proxy is blamed where none is set."""
    line = kit.assert_refuses("could not reach nowhere.invalid", PIP_INDEX_URL="https://nowhere.invalid/simple")
    assert "The proxy" not in line
    assert 'HTTPS_PROXY="http://HOST:PORT"' in line


def test_a_certificate_of_the_company(kit, tmp_path):
    """A proxy that opens TLS shows a certificate that pip does not know: with the line that is shown, it works."""
    context, authority = own_certificate(tmp_path)
    with package_index([wheel("tiny", "1.0")], context) as address:
        line = kit.assert_refuses("does not trust the certificate", "self-signed certificate", PIP_INDEX_URL=address)
        assert 'PIP_CERT="' in line
        # The variable that outranks the others is the one to set.
        other = tmp_path / "other.pem"
        shutil.copy(authority, other)
        kit.assert_runs(PIP_INDEX_URL=address, PIP_CERT=str(authority))


def test_the_certificates_that_count_are_those_named(start, monkeypatch):
    """Requests' variables outrank pip's own setting, and the line to set names the one that counts."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    assert start.certificates_of({}) == ("PIP_CERT", "")
    settings = {"cert": ("pip's setting global.cert", "/a")}
    assert start.certificates_of(settings) == ("pip's setting global.cert", "/a")
    assert start.line_to_set("pip's setting global.cert", "/b").endswith('-m pip config set global.cert "/b"')
    monkeypatch.setenv("CURL_CA_BUNDLE", "/c")
    assert start.certificates_of(settings) == ("CURL_CA_BUNDLE", "/c")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/d")
    assert start.certificates_of(settings) == ("REQUESTS_CA_BUNDLE", "/d")


def test_certificates_that_are_not_there(kit, index, tmp_path):
    """A missing file that a variable or pip's file names is reported before anything is fetched, if TLS is used."""
    config = tmp_path / "pip.conf"
    config.write_text(f"[global]\ncert = {tmp_path}/gone.pem\n", encoding="utf-8")
    https = {"PIP_INDEX_URL": "https://pypi.example/simple"}
    kit.assert_refuses("PIP_CERT names the certificates /gone.pem", "no such file", PIP_CERT="/gone.pem", **https)
    kit.assert_refuses("REQUESTS_CA_BUNDLE names", REQUESTS_CA_BUNDLE="/gone.pem", **https)
    kit.assert_refuses("pip's setting global.cert", "config set global.cert", PIP_CONFIG_FILE=str(config), **https)
    kit.assert_runs(PIP_INDEX_URL=index, PIP_CERT="/gone.pem")


def test_pips_settings_are_read_in_its_own_order(start, monkeypatch):
    """The environment outranks `pip install`'s part of the files, which outranks the part for all of pip."""
    printed = """:env:.proxy='http://env:1'
global.index-url="http://it's.example/simple"
global.proxy='http://global:1'
global.timeout='5'
install.timeout='7'
list.timeout='9'
WARNING: something else = odd
"""
    monkeypatch.setattr(start, "output_of", lambda command: (0, printed))
    assert start.pip_settings() == {
        "proxy": ("PIP_PROXY", "http://env:1"),
        "index-url": ("pip's setting global.index-url", "http://it's.example/simple"),
        "timeout": ("pip's setting install.timeout", "7"),
    }


# What pip 26.3 writes; the pip that the tests run on writes some of it in other words.
BROKEN = "WARNING: Retrying (Retry(total=0)) after connection broken by '{0}': /simple/tiny/"
NEWER_PIP = {
    "password": ("OSError('Tunnel connection failed: 407 Proxy Authentication Required')", "a password (407)"),
    "forbidden": ("OSError('Tunnel connection failed: 403 Forbidden')", "The proxy http://proxy.invalid:8080"),
    "no proxy": (
        (
            "NameResolutionError(\"HTTPSConnection(host='proxy.invalid', port=8080): Failed to resolve 'proxy.invalid' "
            '([Errno -2] Name or service not known)")'
        ),
        "did not let pip through ([Errno -2] Name or service not known)",
    ),
    "no network": (
        (
            "NameResolutionError(\"HTTPSConnection(host='pypi.org', port=443): Failed to resolve 'pypi.org' "
            '([Errno -2] Name or service not known)")'
        ),
        "pip could not reach pypi.org ([Errno -2] Name or service not known)",
    ),
    "on Windows": (
        (
            "NewConnectionError(\"HTTPSConnection(host='pypi.org', port=443): Failed to establish a new connection: "
            '[WinError 10061] No connection could be made")'
        ),
        "pip could not reach pypi.org ([WinError 10061] No connection could be made)",
    ),
    "certificate": (
        (
            "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
            "self-signed certificate in certificate chain (_ssl.c:1020)'))"
        ),
        "from pypi.org (self-signed certificate in certificate chain)",
    ),
}


@pytest.mark.parametrize(("reason", "said"), NEWER_PIP.values(), ids=NEWER_PIP)
def test_causes_in_the_words_of_a_newer_pip(start, reason, said):
    """One line each; a reason that pip got over is no cause."""
    settings = {"proxy": ("PIP_PROXY", "http://proxy.invalid:8080")}
    lines = [BROKEN.format(reason), "ERROR: Could not find a version that satisfies tiny (from versions: none)"]
    line = start.why_pip_failed(lines, settings)
    assert said in line
    assert "\n" not in line
    if "CERT" not in reason and "407" not in reason:
        built = [lines[0], "Collecting tiny", "error: subprocess-exited-with-error", "No C compiler"]
        assert "No C compiler" in start.why_pip_failed(built, settings)


def test_other_failures_show_pips_last_lines(kit):
    """No cause is named that was not seen; nothing counts as installed."""
    with package_index([]) as empty:
        done = kit.run("demo", PIP_INDEX_URL=empty)
    assert done.returncode == 1
    assert "pip could not install the packages" in done.stderr
    assert "No matching distribution found for tiny" in done.stderr
    kit.write("backend.py", "raise RuntimeError('no backend')")
    done = kit.run("demo")
    assert "no backend" in done.stderr
    assert "proxy" not in done.stderr
