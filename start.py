"""The one entry for a machine that has only Python: sets the kit up in .venv, then runs what is asked.

    python3 start.py lab      open the notebooks in JupyterLab (the default)
    python3 start.py demo     play the whole workshop without a browser, in about a minute
    python3 start.py doctor   look whether this machine, or with --aws the AWS account, is ready; --fix mends .venv, the
                              local emulator, and damaged files with progress and answers
    python3 start.py hunt     run detectors over a folder of log files

    Other commands: progress, teardown, local, data, launch-link, policy, prove, and offline-kit, which makes a folder
    with all that a room without a network needs. Each explains itself: python3 start.py hunt --help

    python3 start.py install  set up .venv only
    python3 start.py test     run the tests
    python3 start.py bench    measure it beside other tools (a quarter of an hour), and write docs/benchmarks.md
    python3 start.py build    rebuild what is derived: the template's inline code and the notebooks

The first run downloads about 130 MB and takes a minute or two; later runs start at once. With --wheels FROM it takes
the packages from a folder that offline-kit made, or from the address that such a folder is served at, and needs no
other network. Further arguments go to what is run. Set-up speaks on standard error only, so that the output of a
command can be piped. It needs Python 3.10 to 3.15 and the standard library, and runs on Linux, macOS and Windows (there
it is: py start.py).
"""
# A Python that is too old must be able to read this file, and to run it until another one takes over: so there are no
# f-strings here, and annotations that it does not know are texts.

import ast
import base64
import csv
import errno
import glob
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener, getproxies, url2pathname

OLDEST, NEWEST = (3, 10), (3, 15)
VERSIONS = "Python 3.10 to 3.15"
HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
PYTHON = os.path.join(VENV, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))
# Tests compare these with the commands of workshop/cli.py and with the files of the repository.
COMMANDS = (
    "lab",
    "demo",
    "doctor",
    "hunt",
    "progress",
    "teardown",
    "local",
    "data",
    "launch-link",
    "policy",
    "prove",
    "offline-kit",
)
LONGEST = 155  # characters of the longest path in the repository
LOG_FILES = 881  # files in data/AWSLogs
# Commands run in the caller's folder; Python must not look for modules there.
COMMAND = (
    "import sys; sys.path[0] or sys.path.pop(0); from workshop.cli import main; sys.exit(main(program='start.py'))"
)
# These run in the kit's folder: the arguments of pytest are paths in it.
RUNS = {
    "install": [],
    # In the order of the files, those in the browser first: files with few tests have the longest ones.
    "test": ["-m", "pytest", "--numprocesses", "auto", "--dist", "loadfile", "--no-loadscope-reorder"],
    "bench": ["-m", "benchmarks"],
    "build": [os.path.join("notebooks", "source", "build.py")],
}
# What only those need who change, test or measure the kit.
EXTRA = {"test": "[dev]", "build": "[dev]", "bench": "[bench]"}


# Each Python below runs with -I, so that neither PYTHONPATH nor files of the caller's folder get in its way.


class CannotStart(Exception):
    """What is missing on this machine and what to do about it, in one line."""


def say(text: str) -> None:
    """Write a line on standard error: standard output is that of the command."""
    sys.stderr.write(text + "\n")


def output_of(command: "list[str]") -> "tuple[int, str]":
    """Run a program; return its exit status (127 if there is no such program) and all that it printed."""
    null, pipe, same = subprocess.DEVNULL, subprocess.PIPE, subprocess.STDOUT
    try:
        with subprocess.Popen(command, stdin=null, stdout=pipe, stderr=same) as process:
            printed = process.communicate()[0]
    except OSError as error:
        return 127, str(error)
    return process.returncode, printed.decode("utf-8", "replace")


def look_around() -> None:
    """Warn in one line where the folder is too deep for Windows, or log files are missing."""
    length = len(HERE) + 1 + LONGEST
    if os.name == "nt" and length > 259:
        say(
            "start.py: %s is too deep a folder: paths in it have up to %d characters, and Windows takes 259 unless "
            "long paths are enabled. Move the kit to a folder such as C:\\workshop." % (HERE, length)
        )
    walk = os.walk(os.path.join(HERE, "data", "AWSLogs"))
    found = sum(name.endswith(".json.gz") for _, _, names in walk for name in names)
    if found < LOG_FILES:
        say(
            "start.py: data/ holds %d log files, and the kit comes with %d. Clone or unpack it again, or make them: "
            "%s start.py data generate" % (found, LOG_FILES, "py" if os.name == "nt" else "python3")
        )


# ---------------------------------------------------------------- finding a Python


def suitable_python() -> str:
    """Return the path of a Python that can make .venv: this one if its version is known, else the best of the others.

    This one is also taken, with a warning, where it is newer than known and no other one serves.
    """
    this, own = getattr(sys, "_base_executable", "") or sys.executable, sys.version_info[:2]
    serves = own >= OLDEST and kind_of(this) is not None
    if serves and own <= NEWEST:
        return this
    kinds = [(kind_of(python), python) for python in other_pythons()]
    known = [(kind, python) for kind, python in kinds if kind and OLDEST <= kind[1:] <= NEWEST]
    if known:
        return max(known, key=lambda each: each[0])[1]
    if serves:
        say("start.py: This is Python %d.%d; the workshop was tried with %s only." % (own + (VERSIONS,)))
        return this
    if own >= OLDEST:
        raise CannotStart(
            "This Python (%s) lacks the venv module: on Debian or Ubuntu run 'sudo apt install python%d.%d-venv', or "
            "install %s from https://www.python.org/downloads/, then run this again." % ((this,) + own + (VERSIONS,))
        )
    raise CannotStart(
        "This is Python %d.%d; the workshop needs %s and found none: install one from "
        "https://www.python.org/downloads/, then run this again." % (own + (VERSIONS,))
    )


def kind_of(python: str) -> "tuple[bool, int, int] | None":
    """Return (whether it has 64 bits, major, minor) of a Python that can make environments, or None."""
    # The shim of a version manager, and Windows' link to its store, may be on the PATH with no Python behind them.
    program = "import sys, venv, ensurepip; print(sys.maxsize > 2**32, sys.version_info[0], sys.version_info[1])"
    status, printed = output_of([python, "-I", "-c", program])
    words = printed.split()[-3:]
    return (words[0] == "True", int(words[1]), int(words[2])) if status == 0 else None


def other_pythons() -> "list[str]":
    """Return paths of Pythons: those on the PATH, the newest known first, then those that Windows' launcher lists."""
    names = ["python3.%d" % minor for minor in range(NEWEST[1], OLDEST[1] - 1, -1)] + ["python3", "python"]
    paths = [shutil.which(name) for name in names]
    if os.name == "nt":
        # Lines are "-3.9-64  C:\...\python.exe *", "-V:3.12 *  C:\...", "-V:3.14[-64] *  C:\...", "*  C:\...".
        beside = re.compile(r"^\s*(?:-\S+\s+)?(?:\*\s+)?|(?:\s+\*)?\s*$")
        paths += [beside.sub("", line) for line in output_of(["py", "-0p"])[1].splitlines()]
    return [path for path in paths if path]


def hand_over(python: str, arguments: "list[str]") -> int:
    """Have another Python run this file, from the start."""
    return become([python, os.path.abspath(__file__)] + arguments)


# ---------------------------------------------------------------- .venv


def site_packages(pattern: str) -> "list[str]":
    """Return the paths among .venv's packages that fit a pattern."""
    folder = ("Lib",) if os.name == "nt" else ("lib", "python3*")
    return glob.glob(os.path.join(glob.escape(VENV), *(folder + ("site-packages", pattern))))


def other_folder() -> "str | None":
    """Return the folder whose kit is installed in .venv, if that is not this one: the folder was moved or copied."""
    for path in site_packages(os.path.join("cloudtrail_workshop-*.dist-info", "direct_url.json")):
        try:
            with open(path, encoding="utf-8") as file:
                folder = url2pathname(urlsplit(json.load(file)["url"]).path)
        except ValueError:  # its writing was cut short
            return "an unknown folder"
        if not (os.path.isdir(folder) and os.path.samefile(folder, HERE)):
            return folder
    return None


def unfinished() -> str:
    """Return the path of the file that lies in .venv until its Python is whole."""
    return os.path.join(VENV, "unfinished")


def venv_serves() -> bool:
    """Tell whether .venv is whole, belongs to this folder, and has a Python that runs and is new enough."""
    if not os.path.exists(PYTHON) or os.path.exists(unfinished()) or other_folder():
        return False
    return output_of([PYTHON, "-I", "-c", "import sys; sys.exit(sys.version_info[:2] < %r)" % (OLDEST,)])[0] == 0


def make_venv(python: str) -> None:
    """Make .venv with a Python, in place of what lies there."""
    belongs_to = other_folder()
    say("Making a Python environment in .venv%s ..." % (" (the old one is of %s)" % belongs_to if belongs_to else ""))
    if os.path.lexists(VENV):
        shutil.rmtree(VENV)
    os.mkdir(VENV)
    open(unfinished(), "wb").close()
    # In two steps, because venv keeps to itself what is wrong with pip.
    for command in (
        [python, "-I", "-m", "venv", "--without-pip", VENV],
        [PYTHON, "-I", "-m", "ensurepip", "--default-pip"],
    ):
        status, printed = output_of(command)
        if status != 0:
            last_line = (printed.strip().splitlines() or ["exit status %d" % status])[-1]
            raise CannotStart(full_disk(printed) or "%s could not make %s: %s" % (python, VENV, last_line))
    os.remove(unfinished())


# ---------------------------------------------------------------- installing


def stamp(extra: str) -> "tuple[str, str]":
    """Return the path of the file that says which pyproject.toml is installed, and what it says if that is this one."""
    with open(os.path.join(HERE, "pyproject.toml"), "rb") as file:
        return os.path.join(VENV, "installed%s" % extra), hashlib.sha256(file.read()).hexdigest()


def is_installed(extra: str) -> bool:
    """Tell whether the packages that pyproject.toml lists were installed."""
    path, wanted = stamp(extra)
    if not os.path.exists(path):
        return False
    with open(path, encoding="ascii", errors="replace") as file:
        return file.read() == wanted


def install(extra: str, offline: "tuple[str, ...]" = ()) -> None:
    """Install the kit and its packages into .venv, showing progress; `offline` has pip's options for wheels, if any."""
    settings, proxy = {}, ""
    if not offline:
        settings = pip_settings()
        look_at_certificates(settings)
        proxy = proxy_of(settings)[1]
    say("Installing the workshop's packages (once; a minute or two)%s ..." % (" through %s" % proxy if proxy else ""))
    # pip takes a package for installed that it was copying when it was killed; the RECORD comes last.
    for folder in site_packages("*.dist-info"):
        if not os.path.exists(os.path.join(folder, "RECORD")):
            shutil.rmtree(folder)
    # What is never imported need not be compiled: a fifth of the disk that it all takes.
    options = ["--no-input", "--disable-pip-version-check", "--no-compile"] + list(offline)
    # At the end of a path pip takes brackets for extras, also those of a folder's name.
    command = [PYTHON, "-I", "-m", "pip", "install"] + options + ["--editable", os.path.join(HERE, ".") + extra]
    output = run_showing_progress(command, SILENCED if offline else {})
    if output is not None:
        raise CannotStart(why_wheels_failed(output, offline) if offline else why_pip_failed(output, settings))
    remember(offline)
    path, wanted = stamp(extra)
    with open(path, "w", encoding="ascii") as file:
        file.write(wanted)


def run_showing_progress(command: "list[str]", more: "dict[str, str]") -> "list[str] | None":
    """Run pip, counting the packages it collects; return None if it succeeded, else its output lines."""
    lines, collected = [], 0
    null, pipe, same = subprocess.DEVNULL, subprocess.PIPE, subprocess.STDOUT
    # With the setting "user", which some machines have, pip refuses to install into an environment.
    environment = dict(os.environ, PIP_USER="0", **more)
    # "with" closes the pipe and waits for pip's end.
    with subprocess.Popen(command, stdin=null, stdout=pipe, stderr=same, env=environment) as pip:
        for line in pip.stdout or ():
            lines.append(line.decode("utf-8", "replace").rstrip())
            words = lines[-1].split()
            if words[:1] in (["Collecting"], ["Processing"]):
                collected += 1
                name = os.path.basename(" ".join(words[1:]).partition(" (from")[0])
                name = name.partition("-")[0] if name.endswith(".whl") else name
                show("%3d packages found, now %s" % (collected, name))
            elif words[:2] == ["Installing", "collected"]:
                show("%3d packages found, installing them" % collected)
    failed = pip.returncode != 0
    show("failed" if failed else "done", last=True)
    return lines if failed else None


def show(text: str, last: bool = False) -> None:
    """Show a line of progress: over the last one on a terminal; elsewhere each tenth stands alone."""
    if sys.stderr.isatty():
        sys.stderr.write("\r  %-76s%s" % (text[:76], "\n" if last else ""))
        sys.stderr.flush()
    elif last or "0 packages found, now" in text or "installing" in text:
        say("  " + text)


def mend_venv() -> None:
    """Have what lacks files in .venv, or has other ones than it was installed with, installed again by `install`."""
    if not venv_serves():
        return  # it is made anew in any case
    damaged = []
    for folder in site_packages("*.dist-info"):
        if not is_whole(folder):
            damaged.append(os.path.basename(folder).partition("-")[0])
            # pip takes a package without this folder for one that is not installed.
            shutil.rmtree(folder)
    if "pip" in damaged:
        open(unfinished(), "wb").close()
    if damaged:
        say("Damaged in .venv: %s" % ", ".join(sorted(damaged)))
        for path in glob.glob(os.path.join(glob.escape(VENV), "installed*")):
            os.remove(path)


def is_whole(folder: str) -> bool:
    """Tell whether a package's files are those that its RECORD lists, given its folder .dist-info."""
    try:
        if not os.path.getsize(os.path.join(folder, "RECORD")):
            return False
        with open(os.path.join(folder, "RECORD"), encoding="utf-8", newline="") as file:
            for path, digest, _ in csv.reader(file):
                # Companies add their own certificate to those of certifi.
                if digest.startswith("sha256=") and not path.endswith(".pem"):
                    with open(os.path.join(os.path.dirname(folder), path), "rb") as installed:
                        found = base64.urlsafe_b64encode(hashlib.sha256(installed.read()).digest())
                    if found.rstrip(b"=") != digest[len("sha256=") :].encode("ascii"):
                        return False
    except (OSError, ValueError, csv.Error):
        return False
    return True


# ---------------------------------------------------------------- proxies, certificates, and why pip failed


def pip_settings() -> "dict[str, tuple[str, str]]":
    """Return what pip's files and environment set: {"proxy": ("PIP_PROXY", "http://..."), ...}."""
    found = {}
    lines = output_of([PYTHON, "-I", "-m", "pip", "config", "list"])[1].splitlines()
    # The environment outranks the files, and what they say of `pip install` outranks what they say of all of pip.
    for section in ("global", "install", ":env:"):
        for line in lines:
            name, equals, value = line.partition("=")
            if equals and name.startswith(section + "."):
                option = name[len(section) + 1 :]
                where = "PIP_" + option.upper().replace("-", "_") if section == ":env:" else "pip's setting " + name
                found[option] = where, str(ast.literal_eval(value))
    return found


def certificates_of(settings: "dict[str, tuple[str, str]]") -> "tuple[str, str]":
    """Return the setting that names pip's certificates, and the path; or PIP_CERT and nothing."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # both outrank pip's own setting
        if os.environ.get(name):
            return name, os.environ[name]
    return settings.get("cert", ("PIP_CERT", ""))


def look_at_certificates(settings: "dict[str, tuple[str, str]]") -> None:
    """Raise CannotStart if pip would need certificates from a file that is not there."""
    name, path = certificates_of(settings)
    needs_none = {"no-index", "trusted-host"} & set(settings) or not index_of(settings).startswith("https:")
    if path and not os.path.exists(path) and not needs_none:
        raise CannotStart(
            "%s names the certificates %s, and there is no such file: %s" % (name, path, line_to_set(name, "PATH"))
        )


def index_of(settings: "dict[str, tuple[str, str]]") -> str:
    return without_password(settings.get("index-url", ("", "https://pypi.org/simple"))[1])


def proxy_of(settings: "dict[str, tuple[str, str]]") -> "tuple[str, str]":
    """Return the setting that names pip's proxy, and the proxy without its password; or HTTPS_PROXY and nothing."""
    if "proxy" in settings:
        return settings["proxy"][0], without_password(settings["proxy"][1])
    proxies = getproxies()  # of the environment, or else of Windows or macOS
    names = [name for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY") if os.environ.get(name)]
    return (names or ["HTTPS_PROXY"])[0], without_password(proxies.get("https") or proxies.get("all") or "")


def without_password(address: str) -> str:
    return re.sub(r"//[^/@]*@", "//***@", address)


def line_to_set(name: str, value: str) -> str:
    """Return the line that sets a variable in the usual shell of this system, or one of pip's settings."""
    if name.startswith("pip's setting "):
        return '"%s" -m pip config set %s "%s"' % (PYTHON, name.split()[-1], value)
    return ('$env:%s = "%s"' if os.name == "nt" else 'export %s="%s"') % (name, value)


def full_disk(output: str) -> "str | None":
    """Return the sentence for a full disk if that is what a program's output says."""
    said = re.search(r"No space left on device|Disk quota exceeded|not enough space on the disk", output)
    if not said:
        return None
    folders = sorted({tempfile.gettempdir(), HERE})
    free = ["%d MB are free in %s" % (shutil.disk_usage(folder).free // 10**6, folder) for folder in folders]
    return "%s; %s. Make room, then run this again: it goes on where it stopped." % (said.group(), ", ".join(free))


def why_pip_failed(lines: "list[str]", settings: "dict[str, tuple[str, str]]") -> str:
    """Return what pip's output says about the cause, and what to set; else its last lines."""
    output = "\n".join(lines)
    full = full_disk(output)
    if full:
        return full
    host, (variable, proxy) = urlsplit(index_of(settings)).netloc, proxy_of(settings)
    refused = re.search(r"certificate verify failed: ([^(\n]*?) *\(", output)
    if refused:
        name, path = certificates_of(settings)
        return (
            "pip does not trust the certificate that came from {0} ({1}){2}. "
            "If your company's proxy signs with one of its own, name that: {3}"
        ).format(host, refused.group(1), " with " + path if path else "", line_to_set(name, "PATH-OF-THE-CERTIFICATE"))
    if "407 Proxy Authentication Required" in output:
        line = line_to_set(variable, "http://NAME:PASSWORD@" + urlsplit(proxy).netloc.rpartition("@")[2])
        return "The proxy {0} wants a name and a password (407): {1}".format(proxy, line)
    reasons = re.findall(r"\[(?:Errno|WinError) -?\d+\] [^'\")\n]+|timed out|unnel connection failed: [^'\")]*", output)
    if reasons and re.search(r"from versions: none|Max retries exceeded|timed out", output):
        line = line_to_set(variable, "http://HOST:PORT")
        broken = re.findall(r"connection broken by (.*)", output)[-1:]
        if (
            proxy
            and broken
            and re.search(r"ProxyError|unnel|" + re.escape(urlsplit(proxy).hostname or proxy), broken[0])
        ):
            return "The proxy {0} did not let pip through ({1}): correct it: {2}".format(proxy, reasons[-1], line)
        return ("pip could not reach {0} ({1}): connect to the network, or if the way out is a proxy: {2}").format(
            host, reasons[-1], line
        )
    tail = "\n".join("    " + line for line in lines[-12:])
    return "pip could not install the packages; run this again to go on. Its last lines were:\n%s" % tail


# ---------------------------------------------------------------- without the network


# Neither settings of this machine nor its proxy lead pip anywhere else.
SILENCED = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_CONSTRAINT": "", "NO_PROXY": "*", "no_proxy": "*"}


def take_wheels(arguments: "list[str]") -> "tuple[list[str], str | None]":
    """Return the arguments without --wheels FROM, and FROM: None if it was not there, empty if it had no value."""
    for place, word in enumerate(arguments):
        if word == "--wheels":
            return arguments[:place] + arguments[place + 2 :], "".join(arguments[place + 1 : place + 2])
        if word.startswith("--wheels="):
            return arguments[:place] + arguments[place + 1 :], word[len("--wheels=") :]
    return arguments, None


def offline_options(wheels: str) -> "tuple[str, ...]":
    """Return pip's options for a folder of wheels, or for the address of a server that lists one."""
    if not re.match("https?://", wheels):
        folder = os.path.abspath(os.path.expanduser(wheels))
        places = [folder, os.path.join(folder, "wheels")]
        places = [place for place in places if glob.glob(os.path.join(glob.escape(place), "*.whl"))]
        if not places:
            raise CannotStart(
                "--wheels %s: there are no packages (*.whl) in this folder. Name the one that offline-kit made, with "
                "README.txt in it, or the address that it is served at." % folder
            )
        return ("--no-index",) + tuple("--find-links=" + place for place in places)
    address = wheels.rstrip("/") + "/"
    try:
        build_opener(ProxyHandler({})).open(address, timeout=10).close()
    except (OSError, ValueError) as error:
        raise CannotStart(
            "--wheels %s does not answer (%s): is it the right address, is the server running, and are you on the same "
            "network?" % (address, error)
        ) from error
    links = "--find-links=" + address, "--find-links=" + address + "wheels/"
    return ("--no-index",) + links + ("--trusted-host=" + urlsplit(address).netloc.rpartition("@")[2],)


def remember(offline: "tuple[str, ...]") -> None:
    """Write down where wheels come from, for what is installed later (workshop/extras.py reads it), or nothing."""
    path = os.path.join(VENV, "wheels-options.txt")
    if offline:
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(offline) + "\n")
    elif os.path.exists(path):
        os.remove(path)


def why_wheels_failed(lines: "list[str]", offline: "tuple[str, ...]") -> str:
    """Return what pip says that it did not find, and how a kit is made that has it."""
    full = full_disk("\n".join(lines))
    if full:
        return full
    errors = [line[len("ERROR: ") :] for line in lines if line.startswith("ERROR: ")] or lines[-1:]
    python = output_of([PYTHON, "-c", "import platform as p; print(p.python_version(), p.system(), p.machine())"])[1]
    return (
        "The packages in %s do not serve this machine (Python %s): %s. Its README.txt lists what it serves; "
        "offline-kit --for ... makes one for other machines."
    ) % (offline[1].partition("=")[2], python.strip(), " ".join(errors[-1:]))


# ---------------------------------------------------------------- running


def become(command: "list[str]") -> int:
    """Run a program in place of this one, so that Ctrl+C and the like are its business alone."""
    if os.name != "nt":
        sys.stderr.flush()
        os.execv(command[0], command)  # noqa: S606 - the command of the kit, without a shell
    # On Windows this one has to wait; Ctrl+C reaches the other one too, which decides what comes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.call(command)


def main(arguments: "list[str]") -> int:
    given, (arguments, wheels) = arguments, take_wheels(arguments)
    what, rest = (arguments[0], arguments[1:]) if arguments else ("lab", [])
    if what in ("-h", "--help", "help"):
        print(__doc__)
        return 0
    if what not in RUNS and what not in COMMANDS:
        say("start.py: '%s' is not one of %s" % (what, ", ".join(COMMANDS + tuple(RUNS))))
        return 2
    if wheels == "":
        say("start.py: --wheels needs the folder that offline-kit made, or the address that it is served at")
        return 2
    extra = EXTRA.get(what, "")
    try:
        look_around()
        offline = () if wheels is None else offline_options(wheels)
        if what == "doctor" and "--fix" in rest:
            mend_venv()
        if not (venv_serves() and is_installed(extra)):
            python = suitable_python()
            if sys.version_info[:2] < OLDEST:
                return hand_over(python, given)
            if not venv_serves():
                make_venv(python)
            install(extra, offline)
        elif offline:
            remember(offline)
    except CannotStart as reason:
        say("start.py: %s" % reason)
        return 1
    except OSError as error:
        full = full_disk("No space left on device") if error.errno == errno.ENOSPC else None
        say("start.py: %s" % (full or "Could not set up %s: %s" % (VENV, error)))
        return 1
    except KeyboardInterrupt:
        say("\nstart.py: interrupted; run this again, and it goes on where it stopped")
        return 130
    if what in COMMANDS:
        return become([PYTHON, "-c", COMMAND, what] + rest)
    os.chdir(HERE)
    return become([PYTHON] + RUNS[what] + rest) if RUNS[what] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
