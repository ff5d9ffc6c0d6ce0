"""A root of Debian's testing suite in a folder, in which commands run with a Python that this machine lacks.

    python3 tests/roots/debian_root.py python3.14 python3 start.py demo

builds one in a temporary folder, runs a command in a copy of the checkout there, as a user without rights, and removes
it. It needs Linux, the rights of root and debootstrap; the Debian mirror is the one that apt uses here.
"""

import ast
import configparser
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
SUITE, SCRIPT = "forky", "sid"
# As on the platforms whose images have a user without rights: the one whom vscode, jovyan and sagemaker-user stand for.
USER, UID, GID = "attendee", 1000, 1000
HOME = f"/home/{USER}"
KIT = f"{HOME}/kit"
# What programs take proxies and certificates from; pip's own settings are read by `pip config list`.
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")
CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
# As it was when this began: the tests take proxies out of their environment.
HERE = dict(os.environ)
SYSTEM_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
# The mounts are in a namespace of their own, and so are the processes: both end with the command, however it ends.
ENTER = """
set -e
root=$1; shift
mount -t proc proc "$root/proc"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
while [ "$1" != -- ]; do
    mount --rbind "$1" "$root$1"
    mount -o remount,bind,ro "$root$1"
    shift
done
shift
# Without exec: the shell stays root, since a process that changes its user is no longer killed with its parent.
chroot "$@"
exit $?
"""


class NoRoot(Exception):
    """Why there is no root on this machine, in one line; it is nothing that the kit could mend."""


def what_is_missing() -> "str | None":
    """Return what this machine lacks for building a root, or None."""
    if platform.system() != "Linux" or os.geteuid() != 0:
        return "building a root needs Linux and the rights of root"
    missing = [name for name in ("debootstrap", "unshare", "chroot") if not shutil.which(name)]
    if missing:
        return f"there is no {', '.join(missing)} on the PATH"
    tried = subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, text=True)
    return None if tried.returncode == 0 else f"namespaces are not allowed here: {tried.stderr.strip()}"


def mirror() -> str:
    """Return the address of the Debian mirror in apt's sources. Raises: NoRoot if there is none."""
    form = "$(REPO_URI) $(ORIGIN) $(COMPONENT) $(RELEASE)"
    command = ["apt-get", "indextargets", "--format", form, "Identifier: Packages"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoRoot(f"apt does not list its sources: {error}") from error
    for address, *rest in map(str.split, listed.splitlines()):
        # The mirror of security fixes has them alone.
        if rest[:2] == ["Debian", "main"] and not rest[2].endswith("-security"):
            return address
    raise NoRoot("apt's sources name no mirror of Debian (after `apt-get update`)")


def pip_settings() -> "dict[str, dict[str, str]]":
    """Return what pip is configured with here: {section: {option: value}}; variables of the environment are global."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    sections: dict[str, dict[str, str]] = {}
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env=HERE).stdout
    for line in printed.splitlines():
        name, _, value = line.partition("=")
        of_environment = name.startswith(":env:.")
        section, _, option = name.removeprefix(":env:.").rpartition(".")
        if option != "cache-dir" and (of_environment or option not in sections.get(section or "global", {})):
            sections.setdefault(section or "global", {})[option] = ast.literal_eval(value)
    return sections


def environment() -> "dict[str, str]":
    """Return the environment of commands in a root: proxies and certificates are those of this machine."""
    kept = [name for name in HERE if name.lower() in PROXIES or name in CERTIFICATES]
    path = f"{HOME}/.local/bin:/usr/local/bin:/usr/bin:/bin"
    own = {"HOME": HOME, "USER": USER, "PATH": path, "LANG": "C.UTF-8", "TERM": "dumb"}
    return {name: HERE[name] for name in kept} | own


def files_named(values: "list[str]") -> "list[Path]":
    """Return the files and folders of this machine that settings name: as a path, or as a file: address of an index.

    An index links to files beside it, so that is the folder in which it lies.
    """
    words = [word for value in values for word in value.split()]
    paths = [Path(word) for word in words if word.startswith("/")]
    paths += [Path(word.removeprefix("file://")).parent for word in words if word.startswith("file:///")]
    return [path for path in paths if path.exists() and path != Path("/")]


class DebianRoot:
    """A root in a folder, with a Python, a user and a copy of the checkout in that user's home.

    `python`: the name of its package, such as "python3.14"; `python3` is that one there. Raises: NoRoot.
    """

    def __init__(self, folder: Path, python: str) -> None:
        self.folder = folder
        missing = what_is_missing()
        if missing:
            raise NoRoot(missing)
        packages = f"--include={python},{python}-venv,ca-certificates"
        command = ["debootstrap", "--variant=minbase", packages, SUITE, str(folder), mirror(), SCRIPT]
        built = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if built.returncode != 0:
            raise NoRoot(f"debootstrap could not build {SUITE} with {python}: {built.stdout.strip().splitlines()[-1]}")
        self.inside("/usr/local/bin/python3").symlink_to(f"/usr/bin/{python}")
        for name in ("/etc/resolv.conf", "/etc/hosts"):
            shutil.copy(name, self.inside(name))
        self._configure_pip()
        self._make_home()

    def inside(self, path: "str | Path") -> Path:
        """Return where a path of the root lies on this machine."""
        return self.folder / str(path).lstrip("/")

    def _configure_pip(self) -> None:
        """Give pip in the root the settings that it has here; the files that these name are shown at the same place."""
        settings = pip_settings()
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_dict(settings)
        with self.inside("/etc/pip.conf").open("w") as file:
            parser.write(file)
        values = [value for section in settings.values() for value in section.values()]
        values += [environment().get(name, "") for name in CERTIFICATES] + [SYSTEM_CERTIFICATES]
        self.shown = sorted({*files_named(values)})
        for path in self.shown:
            target = self.inside(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                target.mkdir(exist_ok=True)
            else:
                target.touch()

    def _make_home(self) -> None:
        """Make the user, and copy into the home what a clone of this checkout would have, as it is now."""
        useradd = ["useradd", "--create-home", "--shell", "/bin/bash", "--uid", str(UID), "--user-group", USER]
        subprocess.run(["chroot", str(self.folder), *useradd], check=True)
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
        kit = self.inside(KIT)
        for name in filter(None, listed.split("\0")):
            if (CHECKOUT / name).is_file():
                (kit / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(CHECKOUT / name, kit / name)
        for path in (kit, *kit.rglob("*")):
            os.chown(path, UID, GID)

    def command(self, *arguments: str, root: bool = False) -> "list[str]":
        """Return the command that runs a command in the root, in the kit's folder, as the user or as root."""
        ids = [] if root else [f"--userspec={UID}:{GID}", "--groups="]
        variables = [f"{name}={value}" for name, value in environment().items()]
        enter = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER, "sh"]
        chroot = [*ids, str(self.folder), "env", "-i", "-C", KIT, *variables]
        return [*enter, str(self.folder), *map(str, self.shown), "--", *chroot, *arguments]

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command in the root and return its exit status and all that it printed."""
        null, pipe, same = subprocess.DEVNULL, subprocess.PIPE, subprocess.STDOUT
        return subprocess.run(self.command(*arguments), stdin=null, stdout=pipe, stderr=same, text=True)


@contextmanager
def debian_root(python: str) -> "Iterator[DebianRoot]":
    """Yield a root in a temporary folder, which is removed at the end. Raises: NoRoot."""
    # Not in /tmp, which may be in memory, or mounted so that the root's devices would not work.
    with tempfile.TemporaryDirectory(prefix="debian-root-", dir="/var/tmp") as folder:
        yield DebianRoot(Path(folder) / "root", python)


def main(arguments: "list[str]") -> int:
    """Run a command in a root of its own; return its exit status, or 1 if there is no root."""
    if len(arguments) < 2:
        sys.stderr.write(f"usage: debian_root.py PYTHON COMMAND…\n{__doc__}")
        return 2
    python, *command = arguments
    try:
        with debian_root(python) as root:
            return subprocess.run(root.command(*command)).returncode
    except NoRoot as reason:
        sys.stderr.write(f"debian_root.py: {reason}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
