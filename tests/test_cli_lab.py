"""`workshop lab`, and `start.py lab` before it: who may come in, and how it ends; without a browser."""

import contextlib
import os
import shutil
import signal
import sysconfig
import urllib.error
import urllib.request

import psutil
import pytest
from disks import mounted
from running_lab import RunningLab
from waiting import PATIENCE, wait_for

from workshop import lab_settings

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ends processes with signals that Windows does not have")


@contextlib.contextmanager
def lab_with_everything(folder):
    """A running lab on a copy of the checkout, with a local emulator and a kernel."""
    lab = RunningLab(folder)
    try:
        lab.workshop("local", "start")
        lab.ask("/api/kernels", "POST", {"name": "python3"})
        yield lab
    finally:
        lab.end()


@pytest.fixture(scope="module")
def running(safe_environment, tmp_path_factory):
    """A lab that tests look at together."""
    with lab_with_everything(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture
def lab(safe_environment, tmp_path):
    """A lab that the test may end."""
    with lab_with_everything(tmp_path) as lab:
        yield lab


def assert_nothing_is_left(lab, processes):
    _, alive = psutil.wait_procs(processes, PATIENCE)
    assert not alive
    assert lab.emulator() is None


def test_only_who_has_the_token_comes_in(running):
    """Without the token, or with another one, neither files nor kernels nor the page are given out."""
    for path in ("/api/contents", "/api/kernels", "/lab/tree/notebooks/00_start_here.ipynb"):
        for token in (None, "0" * len(running.token)):
            headers = {"Authorization": f"token {token}"} if token else {}
            request = urllib.request.Request(running.url + path, headers=headers)
            if path.startswith("/api"):
                with pytest.raises(urllib.error.HTTPError, match="403") as refused:
                    urllib.request.urlopen(request, timeout=PATIENCE)
                refused.value.close()
            else:
                with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                    assert "/login" in answer.url
    assert len(running.token) >= 32
    assert "notebooks" in [entry["name"] for entry in running.ask("/api/contents")["content"]]


def test_it_listens_on_loopback_only(running):
    """JupyterLab, the kernel and the emulator can be reached from this machine alone."""

    def listening():
        connections = [each for process in running.processes() for each in process.net_connections("inet")]
        return [each.laddr.ip for each in connections if each.status == psutil.CONN_LISTEN]

    # One of JupyterLab's, one of the emulator's, several of the kernel's.
    wait_for(lambda: len(listening()) > 3, "kernel that listens")
    assert set(listening()) <= {"127.0.0.1", "::1"}


def test_it_opens_the_first_notebook(running):
    """The address that it prints leads to notebook 00, by way of the default page."""
    assert "/lab/tree/notebooks/00_start_here.ipynb" in running.said()


def test_it_opens_without_news_and_with_a_narrow_file_browser(running):
    """JupyterLab neither asks for news nor fetches any; file names have a column to themselves; docs are rendered."""
    found = {entry["id"]: entry["settings"] for entry in running.ask("/lab/api/settings")["settings"]}
    for plugin, wanted in lab_settings.SETTINGS.items():
        schema = running.ask(f"/lab/api/settings/{plugin}")["schema"]["properties"]
        defaults = {name: schema[name]["default"] for name in wanted}
        assert defaults == wanted, plugin
        assert found[plugin] == {}, "these are defaults: what people choose goes before them"


def test_the_file_browser_lists_no_solutions(running):
    """The notebooks, and no folder beside them; a path that somebody types still opens."""
    folder = running.checkout / "notebooks" / "solutions"
    folder.mkdir(exist_ok=True)
    shutil.copy2(running.checkout / "notebooks" / "00_start_here.ipynb", folder)
    names = [entry["name"] for entry in running.ask("/api/contents/notebooks")["content"]]
    assert "00_start_here.ipynb" in names
    assert not set(lab_settings.HIDDEN) & set(names)
    assert running.ask("/api/contents/notebooks/solutions/00_start_here.ipynb?content=0")["writable"]


def test_terminals_and_cells_find_the_command(running):
    """`workshop` is the one of this environment, in JupyterLab's terminal and behind a cell's exclamation mark."""
    workshop = os.path.join(sysconfig.get_path("scripts"), "workshop")
    assert workshop in running.in_a_terminal("command -v workshop")
    assert running.in_a_kernel("!command -v workshop").strip() == workshop


def test_a_home_that_cannot_be_written_is_left_alone(safe_environment, tmp_path):
    """All that JupyterLab and the kernels write goes into the folder .workshop then; a kernel runs."""
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR")
    names += ("JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR", "XDG_RUNTIME_DIR")
    with mounted(tmp_path / "home", "ro") as home:
        lab = RunningLab(tmp_path / "lab", variables={"HOME": str(home), **dict.fromkeys(names)})
        try:
            printed = lab.in_a_kernel("import matplotlib; print(matplotlib.get_configdir())").strip()
            assert printed.startswith(str(tmp_path / "lab"))
            assert lab.ask("/api/contents/notebooks/00_start_here.ipynb?content=0")["writable"]
        finally:
            lab.end()
    written = tmp_path / "lab" / "workshop_home" / ".workshop" / "jupyter"
    assert {"jupyter_config_dir", "jupyter_data_dir", "ipythondir"} <= {path.name for path in written.iterdir()}
    assert "Traceback" not in lab.said()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_told_to_end_it_takes_the_emulator_along(lab, name):
    """SIGTERM, or SIGHUP as when the terminal's window is closed: kernels and emulator end too; the status is 0."""
    processes = lab.processes()
    lab.process.send_signal(getattr(signal, name))
    assert lab.process.wait(PATIENCE) == 0
    assert_nothing_is_left(lab, processes)


def test_shut_down_from_the_page_ends_the_command(lab):
    """File, Shut Down: the command returns to the terminal, and the emulator is stopped."""
    processes = lab.processes()
    lab.ask("/api/shutdown", "POST")
    assert lab.process.wait(PATIENCE) == 0
    assert_nothing_is_left(lab, processes)


def press_ctrl_c(lab):
    """Do as a terminal does: send SIGINT to each process in the foreground, here the session of the lab."""
    for process in (lab.process, *lab.process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            if os.getsid(process.pid) == lab.process.pid:
                process.send_signal(signal.SIGINT)


def assert_ctrl_c_asks_and_ends(lab):
    processes = lab.processes()
    press_ctrl_c(lab)
    wait_for(lambda: "Shut down this Jupyter server (y/[n])?" in lab.said(), "question")
    assert lab.process.is_running()
    assert lab.emulator()
    lab.type("y\n")
    assert lab.process.wait(PATIENCE) == 0
    assert_nothing_is_left(lab, processes)


def test_ctrl_c_asks_before_it_ends_everything(lab):
    """JupyterLab asks, with all still running; "y" ends it and the emulator, with status 0."""
    assert_ctrl_c_asks_and_ends(lab)


def test_ctrl_c_in_start_py_does_the_same(tmp_path):
    """start.py, which is what people run, is not in the way of the question, and waits for the end."""
    lab = RunningLab(tmp_path, by_start_py=True)
    try:
        lab.workshop("local", "start")
        assert_ctrl_c_asks_and_ends(lab)
    finally:
        lab.end()
