"""The record of a proof: JSON to resume from and a Markdown page to read, both written after each step."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from workshop import places
from workshop.cloud.clock import now
from workshop.cloud.cloud import Cloud

_WHERE = {"local": "the local emulator (MiniStack)", "aws": "AWS"}


@dataclass
class Entry:
    """A step as it went: its status, when it began (UTC), how long it took, and what was seen.

    status  "running", "done", "failed", "interrupted" or "not tried"
    saw     what was seen, by name
    error   why it is not done, or ""
    claims  the claims of docs/proven.md that it is evidence for, in part or in full: none unless it is done
    again   what was prepared again for a resumed run, with its time: nothing of it is counted as seen
    """

    status: str = "running"
    started: str = ""
    seconds: float = 0
    saw: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    claims: list[str] = field(default_factory=list)
    again: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Record:
    """What a proof has seen so far, and where; `path` is that of its JSON."""

    path: Path
    target: str
    account: str
    region: str
    stack: str
    began: str
    stack_id: str = ""
    steps: dict[str, Entry] = field(default_factory=dict)
    runs: list[dict[str, str]] = field(default_factory=list)
    teardowns: list[dict[str, Any]] = field(default_factory=list)
    complete: bool = False

    def done(self, step: str) -> bool:
        """Tell whether a step is done."""
        return step in self.steps and self.steps[step].status == "done"

    def made(self, stack_id: str) -> bool:
        """Tell whether this proof has made a stack, as far as it knows: a kill may have come before it knew the id."""
        making = self.steps.get("stack")
        return self.stack_id == stack_id if self.stack_id else making is not None and making.status != "not tried"

    def save(self) -> None:
        """Write both files, each whole or not at all."""
        content = {name: value for name, value in asdict(self).items() if name != "path"}
        places.write(self.path, json.dumps(content, indent=2) + "\n")
        places.write(self.page, _markdown(self))

    @property
    def page(self) -> Path:
        """The path of the Markdown page."""
        return self.path.with_suffix(".md")


def new(cloud: Cloud) -> Record:
    """Return an empty record for a cloud's stack; nothing is written yet."""
    base = f"{_prefix(cloud)}{now():%Y-%m-%d}"
    path, number = places.home() / f"{base}.json", 2
    while path.exists():
        path, number = places.home() / f"{base}-{number}.json", number + 1
    return Record(path, cloud.target, cloud.account, cloud.region, cloud.stack, stamp())


def latest(cloud: Cloud) -> Record | None:
    """Return the record for a cloud's stack that was begun last, or None.

    Raises: ValueError, naming the file, when a record cannot be read.
    """
    found = []
    for path in places.home().glob(f"{_prefix(cloud)}[0-9]*.json"):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            steps = {name: Entry(**entry) for name, entry in content.pop("steps").items()}
            record = Record(path, steps=steps, **content)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"The record {path} cannot be read ({error}): move it away, or mend it.") from error
        if (record.region, record.stack) == (cloud.region, cloud.stack):
            found.append(record)
    return max(found, key=lambda record: record.began, default=None)


def _prefix(cloud: Cloud) -> str:
    return f"prove-{'local-' if cloud.target == 'local' else ''}{cloud.account}-"


def stamp(at: datetime | None = None) -> str:
    """Return a time, by default the present, as text: UTC, to the millisecond."""
    return (at or now()).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def versions(target: str) -> dict[str, str]:
    """Return what a run is made with: versions by name, and the commit where the kit is a git checkout."""
    found = {
        "kit": importlib.metadata.version("cloudtrail-workshop"),
        "commit": _commit() or "unknown: this copy of the kit is not a git checkout",
        "Python": platform.python_version(),
        "boto3": importlib.metadata.version("boto3"),
    }
    return found | ({"MiniStack": importlib.metadata.version("ministack")} if target == "local" else {})


def _commit() -> str:
    """Return the checkout's commit, with "-dirty" behind it where files were changed since; "" without git."""

    def git(*command: str) -> str:
        asked = ["git", "-C", str(places.checkout()), *command]
        return subprocess.run(asked, capture_output=True, check=True, text=True).stdout.strip()

    try:
        # A copy inside another repository has that one's commits, and not its own.
        git("ls-files", "--error-unmatch", "cloudformation.yaml")
        return git("describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")
    except (OSError, subprocess.CalledProcessError):
        return ""


# ---------------------------------------------------------------- the page


def _markdown(record: Record) -> str:
    lines = [
        f"# Proof on {_WHERE[record.target]}, {record.began[:10]}",
        "",
        f"Account {record.account}, Region {record.region}, stack {record.stack}. Times are UTC.",
        f"{'All steps are done.' if record.complete else 'This proof is not complete.'}",
        "",
        *(
            f"- Run of {run['started']}: " + ", ".join(f"{name} {run[name]}" for name in run if name != "started")
            for run in record.runs
        ),
        "",
        "| Step | Outcome | Started | Seconds |",
        "| --- | --- | --- | --- |",
        *(f"| {name} | {e.status} | {e.started or '-'} | {e.seconds:.1f} |" for name, e in record.steps.items()),
    ]
    for name, entry in record.steps.items():
        lines += ["", f"## {name}: {entry.status}", ""]
        lines += [f"Not done: {_line(entry.error)}", ""] * bool(entry.error)
        lines += [f"- {what}: {_line(value)}" for what, value in entry.saw.items()]
        lines += [
            f"- prepared again at {again['started']}, in {again['seconds']:.1f} s: {again['status']} {again['error']}"
            for again in entry.again
        ]
    for teardown in record.teardowns:
        lines += ["", f"## Teardown at {teardown['started']}, {teardown['seconds']:.1f} s", ""]
        lines += [f"- deleted: {_line(what)}" for what in teardown["deleted"]]
        lines += [f"- LEFT: {_line(what)}" for what in teardown["left"]] or ["- left: nothing"]
        lines += [f"- {_line(note)}" for note in teardown["notes"]]
    lines += ["", "## Rows of docs/proven.md that this is evidence for", ""]
    rows = [f"- {claim}: step *{name}*" for name, entry in record.steps.items() for claim in entry.claims]
    rows += [f"- {claim}: the teardown" for teardown in record.teardowns[-1:] for claim in teardown["claims"]]
    return "\n".join([*lines, *(rows or ["None."])]) + "\n"


def _line(value: object) -> str:
    return " ".join(str(value).split())
