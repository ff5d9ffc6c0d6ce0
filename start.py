"""The one entry for a machine that has only Python: sets the kit up in .venv, then runs what is asked.

    python3 start.py lab      open the notebooks in JupyterLab (the default)
    python3 start.py demo     play the whole workshop without a browser, in about a minute
    python3 start.py test     run the tests
    python3 start.py install  set up .venv only
    python3 start.py bench    measure it beside other tools (a quarter of an hour), and write docs/benchmarks.md
    python3 start.py build    rebuild what is derived: the template's inline code and the notebooks

The first run downloads about 180 MB and takes a minute or two; later runs start at once. Further arguments go
to what is run. Needs Python 3.10 to 3.13 and the standard library; runs on Linux, macOS and Windows.
"""
# This file must be readable for much older Pythons too, to be able to say what to install: no f-strings here.

import hashlib
import os
import shutil
import signal
import subprocess
import sys

OLDEST, NEWEST = (3, 10), (3, 13)
HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
PYTHON = os.path.join(VENV, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))
RUNS = {
    "lab": ["-m", "workshop.cli", "lab"],
    "demo": ["-m", "workshop.cli", "demo"],
    # In the order of the files, those in the browser first: files with few tests have the longest ones.
    "test": ["-m", "pytest", "--numprocesses", "auto", "--dist", "loadfile", "--no-loadscope-reorder"],
    "bench": ["-m", "benchmarks"],
    "install": None,
    "build": [os.path.join("notebooks", "source", "build.py")],
}
# What only those need who change, test or measure the kit.
EXTRA = {"test": "[dev]", "build": "[dev]", "bench": "[bench]"}


class CannotStart(Exception):
    """What is missing on this machine and what to do about it, in one line."""


def suitable_python():
    """Return the path of a Python of a supported version: this one, or another one on the PATH."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which("python3.%d" % minor)
        # A version manager's shim may be on the PATH without the version behind it.
        if found and subprocess.call([found, "-c", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
            return found
    raise CannotStart(
        "This is Python %d.%d; the workshop needs 3.10 to 3.13 and found none on the PATH: install one from "
        "https://www.python.org/downloads/ and run this again." % sys.version_info[:2]
    )


def make_venv():
    """Make .venv unless a working one of a supported version is there."""
    version = "import sys; sys.exit(not %r <= sys.version_info[:2] <= %r)" % (OLDEST, NEWEST)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if os.path.exists(PYTHON) and subprocess.call([PYTHON, "-c", version], **quiet) == 0:
        return
    python = suitable_python()
    if subprocess.call([python, "-c", "import venv, ensurepip"], **quiet) != 0:
        raise CannotStart(
            "This Python (%s) lacks the venv module: on Debian or Ubuntu run 'sudo apt install python3-venv' "
            "(with your version, such as python3.12-venv), then run this again." % python
        )
    print("Making a Python environment in .venv ...")
    if subprocess.call([python, "-m", "venv", "--clear", VENV]) != 0:
        raise CannotStart("Could not make %s: see the message above; is the disk full or the folder read-only?" % VENV)


def install(extra):
    """Install the kit and its packages into .venv, showing progress; nothing to do if pyproject.toml is unchanged."""
    with open(os.path.join(HERE, "pyproject.toml"), "rb") as file:
        wanted = hashlib.sha256(file.read()).hexdigest()
    stamp = os.path.join(VENV, "installed%s" % extra)
    if os.path.exists(stamp):
        with open(stamp) as file:
            if file.read() == wanted:
                return
    print("Installing the workshop's packages (once; a minute or two) ...")
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--editable", HERE + extra]
    output = run_showing_progress(command)
    if output is not None:
        tail = "\n".join("    " + line for line in output[-12:])
        raise CannotStart(
            "pip could not install the packages; its last lines were:\n%s\n"
            "Check the network (or the proxy that pip uses), then run this again: it goes on where it stopped." % tail
        )
    with open(stamp, "w") as file:
        file.write(wanted)


def run_showing_progress(command):
    """Run pip, counting the packages it collects; return None if it succeeded, else its output lines."""
    lines, collected = [], 0
    # "with" closes the pipe and waits for pip's end.
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True) as pip:
        for line in pip.stdout:
            lines.append(line.rstrip())
            words = line.split()
            if words[:1] == ["Collecting"]:
                collected += 1
                show("%3d packages found, now %s" % (collected, words[1]))
            elif words[:2] == ["Installing", "collected"]:
                show("%3d packages found, installing them" % collected)
    failed = pip.returncode != 0
    show("failed" if failed else "done", last=True)
    return lines if failed else None


def show(text, last=False):
    """Show a line of progress: over the last one on a terminal; elsewhere each tenth stands alone."""
    if sys.stdout.isatty():
        sys.stdout.write("\r\033[K  " + text[:76] + ("\n" if last else ""))
        sys.stdout.flush()
    elif last or "0 packages found, now" in text or "installing" in text:
        print("  " + text)


def run(command):
    """Run the Python of .venv in place of this one, so that Ctrl+C and the like are its business alone."""
    os.chdir(HERE)
    if os.name != "nt":
        sys.stdout.flush()
        os.execv(PYTHON, command)
    # On Windows this one has to wait; Ctrl+C reaches the other one too, which decides what comes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.call(command)


def main(arguments):
    what, rest = (arguments[0], arguments[1:]) if arguments else ("lab", [])
    if what in ("-h", "--help", "help"):
        print(__doc__)
        return 0
    if what not in RUNS:
        sys.stderr.write("start.py: '%s' is not one of %s\n" % (what, ", ".join(RUNS)))
        return 2
    try:
        make_venv()
        install(EXTRA.get(what, ""))
    except CannotStart as reason:
        sys.stderr.write("start.py: %s\n" % reason)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0 if RUNS[what] is None else run([PYTHON] + RUNS[what] + rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
