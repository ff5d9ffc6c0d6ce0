"""The command line: `workshop …`, or `python3 start.py …` from anywhere.

Exit status: 0 done, 2 bad usage, 1 anything that failed, with one clear line on stderr. `hunt` has two more:
`workshop/hunt_command/report.py`.
"""

import argparse
import io
import os
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from workshop import places
from workshop.hunt_command import options as hunt_options


class CommandFailed(Exception):
    """Why a command could not do what it was asked, in one line."""


def lab(options: argparse.Namespace) -> None:
    """Open JupyterLab on this machine's loopback address; the local emulator is stopped when it ends."""
    from workshop import lab_settings
    from workshop.cloud.emulator import emulator

    command = [
        *(sys.executable, "-m", "jupyterlab"),
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={places.checkout()}",
        "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb",
        *(["--ServerApp.open_browser=False"] if options.no_browser else []),
        *(["--ServerApp.port", str(options.port)] if options.port else []),
        *lab_settings.options(),
        *terminal_options(),
        # In a container the user is root, which JupyterLab must be allowed.
        *(["--ServerApp.allow_root=True"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
    ]
    environment = lab_environment()
    environment |= lab_settings.environment(environment)
    # Ctrl+C reaches JupyterLab too, which asks whether to stop: it decides, this process waits for it.
    pressed: list[int] = []
    signal.signal(signal.SIGINT, lambda *_: pressed.append(1))
    server = subprocess.Popen(command, env=environment, cwd=places.checkout())
    # The terminal's window was closed (Windows has no such signal), or the process was asked to end.
    for number in {getattr(signal, "SIGHUP", signal.SIGTERM), signal.SIGTERM}:
        signal.signal(number, lambda *_: server.terminate())
    try:
        status = server.wait()
    finally:
        emulator.stop()
    if status and pressed:
        raise KeyboardInterrupt  # while it was still starting
    if status:
        raise CommandFailed(f"JupyterLab ended with exit status {status}; its messages above say why")


def lab_environment() -> dict[str, str]:
    """Return JupyterLab's environment: its terminals and kernels find `workshop`, and it writes where it can."""
    environment = dict(os.environ)
    path = [sysconfig.get_path("scripts"), *filter(None, [environment.get("PATH")])]
    environment["PATH"] = os.pathsep.join(path)
    if not home_is_writable():
        folder = places.state() / "jupyter"
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR", "MPLCONFIGDIR"):
            environment.setdefault(name, str(folder / name.lower()))
            Path(environment[name]).mkdir(parents=True, exist_ok=True)
    return environment


def home_is_writable() -> bool:
    """Tell whether files can be made in the user's home folder."""
    try:
        with tempfile.TemporaryFile(dir=Path.home()):
            return True
    except (OSError, RuntimeError):
        return False


def terminal_options() -> list[str]:
    """Return the options that keep JupyterLab from opening login shells, which may set PATH anew.

    It does so only where its own output goes to no terminal.
    """
    if os.name == "nt" or sys.stdout.isatty():
        return []
    shell = os.environ.get("SHELL") or shutil.which("sh") or "/bin/sh"
    return [f"--ServerApp.terminado_settings=shell_command={shlex.quote(shell)}"]


def demo(options: argparse.Namespace) -> int | None:
    """Play the whole workshop headless with the model answers, from the log files to the red alarm."""
    from workshop import demo

    return demo.play()


def prove(options: argparse.Namespace) -> int:
    """Take the whole loop in an account (--aws) or on the local emulator, and write a dated record of what was seen."""
    from workshop.prove import run

    return run.prove(
        "aws" if options.aws else "local",
        account=options.account,
        region=options.region,
        stack=options.stack,
        profile=options.profile,
        yes=options.yes,
        fresh=options.fresh,
        keep=options.keep,
    )


def doctor(options: argparse.Namespace) -> int:
    """Look whether this machine, and with --aws the AWS account, is ready for the workshop."""
    from workshop.cloud.doctor.doctor import doctor

    where = {"profile": options.profile, "region": options.region, "stack": options.stack}
    diagnosis = doctor("aws" if options.aws else "local", fix=options.fix, **where)
    print(diagnosis)
    return 0 if diagnosis.healthy else 1


def progress(options: argparse.Namespace) -> None:
    """Show which exercises are solved."""
    from workshop import exercises

    print(exercises.progress())


def teardown(arguments: list[str], program: str) -> int:
    """Delete the stack and all that it left, in the local emulator or in an AWS account."""
    from workshop.cloud import teardown

    return teardown.main(arguments, program=f"{program} teardown")


def launch_link(options: argparse.Namespace) -> None:
    """Upload the template to a bucket of an AWS account; print a link that opens CloudFormation's form with it."""
    from workshop.cloud import connection
    from workshop.cloud.stack import launch_link, template

    cloud = connection.account_cloud(profile=options.profile, region=options.region, stack=options.stack)
    parameters = dict(parameter.partition("=")[::2] for parameter in options.parameter)
    print(f"{cloud}.", file=sys.stderr)
    if not options.yes and not connection.ask(f"Put the template into the bucket {options.bucket} of this account?"):
        raise CommandFailed("nothing was uploaded, so there is no link: answer with y, or add -y")
    print(launch_link.launch_link(cloud, options.bucket, template.body(), **parameters))


def policy(options: argparse.Namespace) -> None:
    """Print the IAM policy that attendees need, for a stack's name, a Region and a way of making the stack."""
    import json

    from workshop.cloud.doctor.attendee_policy import attendee_policy

    where = {"region": options.region, "stack": options.stack}
    print(json.dumps(attendee_policy(**where, way=options.way, bucket=options.bucket), indent=2))


def local(options: argparse.Namespace) -> None:
    """Start, stop or describe the local AWS emulator of this checkout."""
    from workshop.cloud.emulator import emulator

    actions: dict[str, Callable[[], object]] = {
        "start": partial(emulator.start, print),
        "stop": emulator.stop,
        "status": emulator.status,
    }
    print(actions[options.action]())


def generate(options: argparse.Namespace) -> None:
    """Write the synthetic log lake anew, or with --records a year of logs; the same seed gives the same records."""
    from workshop.lake import synthetic

    if options.records is not None:
        from workshop.lake.year import generate_year

        print(generate_year(options.records, options.target, seed=options.seed, processes=options.processes))
        return
    print(synthetic.generate(options.target or places.data(), seed=options.seed))


def hunt(options: argparse.Namespace) -> int:
    """Run detectors over every record of a source and show the records they match."""
    from workshop.hunt_command import command

    return command.run(options)


def offline_kit(options: argparse.Namespace) -> int:
    """Make a folder with the kit and the packages that machines need to install it without a network."""
    from workshop.offline import kit

    return 0 if kit.build(options.folder, options.targets) else 1


def parser(program: str = "workshop") -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    root = argparse.ArgumentParser(prog=program, description="The CloudTrail anomaly-detection workshop kit.")
    commands = root.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(run: Callable[..., Any], name: str | None = None, under: Any = commands) -> argparse.ArgumentParser:
        made = under.add_parser(name or run.__name__, help=(run.__doc__ or "").splitlines()[0], description=run.__doc__)
        made.set_defaults(run=run)
        return made

    made = command(lab)
    made.add_argument("--no-browser", action="store_true", help="print the address instead of opening a browser")
    made.add_argument("--port", type=int, help="the port to listen on; the next free one by default")
    command(demo)
    made = command(doctor)
    fix_help = "mend the local emulator and damaged files with progress and answers (start.py mends .venv, too)"
    made.add_argument("--fix", action="store_true", help=fix_help)
    made.add_argument("--aws", action="store_true", help="look at the AWS account of this machine's credentials, too")
    made.add_argument("-p", "--profile", help="with --aws: the profile of the AWS configuration to use")
    # Not imported from the cloud room, which takes a while to load; a test compares them.
    made.add_argument("-r", "--region", default="ca-central-1", help="the stack's Region (default: %(default)s)")
    made.add_argument("-s", "--stack", default="ReInvent2017-SID341", help="the stack's name (default: %(default)s)")
    made = command(prove)
    made.add_argument("--aws", action="store_true", help="in the AWS account of this machine's credentials; asks first")
    made.add_argument("--account", metavar="ID", help="stop before anything is made if it is another account than this")
    made.add_argument("-p", "--profile", help="with --aws: the profile of the AWS configuration to use")
    made.add_argument("-r", "--region", default="ca-central-1", help="the stack's Region (default: %(default)s)")
    made.add_argument("-s", "--stack", default="ReInvent2017-SID341", help="the stack's name (default: %(default)s)")
    made.add_argument("-y", "--yes", action="store_true", help="do not ask; with --aws, --account must be given")
    made.add_argument("--fresh", action="store_true", help="begin a new record instead of going on with the latest one")
    made.add_argument("--keep", action="store_true", help="do not delete the stack at the end")
    command(progress)
    # Its options are its own, because it must also run where only Python and boto3 are: see main.
    command(teardown)
    made = command(launch_link, name="launch-link")
    made.add_argument("-b", "--bucket", required=True, help="the bucket to put the template into")
    made.add_argument("-p", "--profile", help="the profile of the AWS configuration to use")
    made.add_argument("-s", "--stack", default="ReInvent2017-SID341", help="the stack's name (default: %(default)s)")
    made.add_argument("-r", "--region", default="ca-central-1", help="the stack's Region (default: %(default)s)")
    parameter_help = "a parameter to fill in, such as NotificationEmailAddress=you@example.com; can be repeated"
    made.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE", help=parameter_help)
    made.add_argument("-y", "--yes", action="store_true", help="do not ask before uploading")
    made = command(policy)
    way_help = "how attendees make the stack: from a notebook, with the AWS CLI, in the console, by a launch link"
    made.add_argument("--way", choices=["notebook", "cli", "console", "link"], default="notebook", help=way_help)
    made.add_argument("-b", "--bucket", default="*", help="with --way link: the bucket that the template lies in")
    made.add_argument("-s", "--stack", default="ReInvent2017-SID341", help="the stack's name (default: %(default)s)")
    made.add_argument("-r", "--region", default="ca-central-1", help="the stack's Region (default: %(default)s)")
    command(local).add_argument("action", choices=["start", "stop", "status"])
    data = commands.add_parser("data", help="The synthetic log lake.").add_subparsers(metavar="ACTION", required=True)
    made = command(generate, under=data)
    made.add_argument("--target", type=Path, help="the folder to write to (default: data/, with --records year/)")
    records_help = "write so many records: a year of log files of five accounts, three of them attacked"
    made.add_argument("--records", type=int, metavar="N", help=records_help)
    processes_help = "how many processes share the work (default: by its size and the machine's processors)"
    made.add_argument("--processes", type=int, metavar="N", help=processes_help)
    made.add_argument("--seed", type=int, default=341, help="the seed of all that is random (default: %(default)s)")
    made = command(hunt)
    hunt_options.add_to(made, processes_help)
    made = command(offline_kit, name="offline-kit")
    folder_help = "the folder to make (default: %(default)s)"
    made.add_argument("folder", metavar="DIR", nargs="?", type=Path, default="offline-kit", help=folder_help)
    target_help = (
        "a kind of machine that it is for, can be repeated: windows, macos-arm64, linux-x86_64-3.12, all "
        "(default: this very machine with this Python)"
    )
    made.add_argument("--for", dest="targets", action="append", default=[], metavar="TARGET", help=target_help)
    return root


def main(arguments: list[str] | None = None, program: str = "workshop") -> int:
    """Run one command and return its exit status; `program` is what the user called.

    Without `arguments` it takes those of the process, which ends then.
    """
    ends_process, stdout = arguments is None, sys.stdout
    arguments = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        # The code page of a Windows console lacks signs such as a check mark: a question mark stands for them.
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")
    try:
        if arguments[:1] == ["teardown"]:
            return teardown(arguments[1:], program)
        reader = parser(program)
        options = reader.parse_args(arguments)
        options.ends_process = ends_process
        if options.run in (doctor, prove) and options.profile and not options.aws:
            reader.error("--profile names a profile of an AWS account: add --aws")
        if options.run is prove and options.aws and options.yes and not options.account:
            reader.error("with --aws, --yes needs the account: --account 111122223333")
        return options.run(options) or 0
    except KeyboardInterrupt:
        print(f"{program}: interrupted", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of a pipe has gone (`workshop hunt … | head`); nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())
        return 1
    except ImportError as error:
        mend = f"{places.command('doctor --fix')} installs again what is damaged"
        print(f"{program}: {' '.join(str(error).split())}; {mend}", file=sys.stderr)
        return 1
    except Exception as error:
        print(f"{program}: {' '.join(str(error).split()) or type(error).__name__}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
