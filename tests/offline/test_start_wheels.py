"""start.py --wheels: set-up from a folder of wheels, or from a server that lists it, and from nowhere else."""

import contextlib
import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading

import pytest
from package_index import package_index, wheel
from test_start import PYPROJECT, Kit
from unplugged import unplugged
from waiting import PATIENCE

# Where nothing answers: the index of the kit's environment is such a place too.
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def bare_venv(tmp_path_factory):
    """A .venv with nothing but pip, to be copied: making one takes seconds."""
    folder = tmp_path_factory.mktemp("bare") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=PATIENCE)
    return folder


@pytest.fixture
def small_kit(tmp_path, bare_venv):
    """A checkout in a folder with a space in its name, and beside it the folder that offline-kit made for it."""
    kit = Kit(tmp_path / "a kit")
    shutil.copytree(bare_venv, kit.folder / ".venv", symlinks=True, copy_function=os.link)
    kit.wheels = tmp_path / "the stick" / "wheels"
    kit.wheels.mkdir(parents=True)
    put(kit, "tiny", "1.0")
    return kit


def put(kit, name, version, **options):
    file, data = wheel(name, version, **options)
    (kit.wheels / file).write_bytes(data)


def said(kit, *arguments, status=1, **environment):
    """Run start.py, which must fail; return the one line in which it says why."""
    done = kit.run(*arguments, **environment)
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("start.py: "))
    assert (done.returncode, done.stdout) == (status, "")
    return line


@contextlib.contextmanager
def served(folder):
    """Serve a folder as `python3 -m http.server` does; yield its address."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_stick_serves_without_a_network(small_kit):
    """The folder that offline-kit made, seen from where the caller is; the command does not get the option."""
    done = small_kit.run("demo", "--wheels", "the stick", "more", cwd=small_kit.wheels.parents[1])
    assert done.returncode == 0, done.stderr
    assert '["start.py", ["demo", "more"]' in done.stdout.replace("'", '"')
    assert small_kit.run("demo").returncode == 0, "the second start needs no wheels"


def test_the_folder_of_the_wheels_themselves_serves_too(small_kit):
    """And with an equals sign."""
    done = small_kit.run("install", f"--wheels={small_kit.wheels}")
    assert done.returncode == 0, done.stderr


def test_no_setting_of_the_machine_leads_elsewhere(small_kit):
    """A company's index, proxy, constraints and further places stay out of it."""
    put(small_kit, "tiny", "1.5")
    elsewhere = {"PIP_FIND_LINKS": f"{NOWHERE}/wheels/", "PIP_CONSTRAINT": f"{NOWHERE}/constraints.txt"}
    missing = {"REQUESTS_CA_BUNDLE": "/nowhere/ca.pem"}
    proxies = dict.fromkeys(["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"], NOWHERE)
    with served(small_kit.wheels.parent) as address:
        done = small_kit.run("demo", "--wheels", address, **elsewhere, **missing, **proxies)
    assert done.returncode == 0, done.stderr


def test_what_is_installed_later_finds_the_same_place(small_kit):
    """It is written down in .venv, also when set-up was over already, and forgotten after a set-up from the network."""
    written = small_kit.folder / ".venv" / "wheels-options.txt"
    with served(small_kit.wheels.parent) as address:
        small_kit.run("install", "--wheels", f"{address}/")
        port = address.rpartition(":")[2]
    links = [f"--find-links={address}/", f"--find-links={address}/wheels/"]
    assert written.read_text().splitlines() == ["--no-index", *links, f"--trusted-host=127.0.0.1:{port}"]
    small_kit.run("install", "--wheels", str(small_kit.wheels))
    assert written.read_text().splitlines() == ["--no-index", f"--find-links={small_kit.wheels}"]
    small_kit.write("pyproject.toml", f"{PYPROJECT}# changed\n")
    with package_index([wheel("tiny", "1.0")]) as index:
        small_kit.assert_runs(PIP_INDEX_URL=index)
    assert not written.exists()


def test_a_folder_without_wheels_is_named(small_kit, tmp_path):
    """Before anything is installed."""
    line = said(small_kit, "demo", "--wheels", str(tmp_path / "stick"))
    assert f"{tmp_path / 'stick'}: there are no packages (*.whl) in this folder" in line
    assert not (small_kit.folder / ".venv" / "installed").exists()


def test_a_server_that_does_not_answer_is_named(small_kit):
    """Before anything is installed."""
    line = said(small_kit, "demo", "--wheels", NOWHERE)
    assert f"--wheels {NOWHERE}/ does not answer" in line
    assert "are you on the same network?" in line
    assert not (small_kit.folder / ".venv" / "installed").exists()


def test_without_a_value_it_is_bad_usage(small_kit):
    """The line says what belongs there."""
    assert "--wheels needs the folder" in said(small_kit, "lab", "--wheels", status=2)


def test_wheels_for_another_machine_are_refused_with_what_is_missing(small_kit):
    """The package, this machine's Python, and what to do."""
    (small_kit.wheels / "tiny-1.0-py3-none-any.whl").unlink()
    put(small_kit, "tiny", "1.0", tag="cp399-cp399-win_amd64")
    line = said(small_kit, "demo", "--wheels", str(small_kit.wheels))
    assert "do not serve this machine (Python {}.{}.{} ".format(*sys.version_info[:3]) in line
    assert "No matching distribution found for tiny<2" in line
    assert "offline-kit --for" in line


def test_a_server_in_the_room_needs_no_certificate(small_kit):
    """pip takes plain http from this machine alone unless it is told to trust the host: here it has another address."""
    program = (
        "import subprocess, sys, time, urllib.request\n"
        "server = [sys.executable, '-m', 'http.server', '--bind', '192.0.2.7', '8000', '--directory', sys.argv[1]]\n"
        "with subprocess.Popen(server, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as room:\n"
        "    for _ in range(600):\n"
        "        try:\n"
        "            urllib.request.urlopen('http://192.0.2.7:8000/')\n"
        "            break\n"
        "        except OSError:\n"
        "            time.sleep(0.05)\n"
        "    status = subprocess.call([*sys.argv[2:], '--wheels', 'http://192.0.2.7:8000/'])\n"
        "    room.terminate()\n"
        "sys.exit(status)\n"
    )
    inside = [sys.executable, "-c", program, str(small_kit.wheels.parent), *small_kit.command("install")]
    command = unplugged(inside, addresses=("192.0.2.7",))
    done = subprocess.run(command, env=small_kit.environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
