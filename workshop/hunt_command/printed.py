"""A hunt's report as people and programs read it."""

import functools
import json
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from workshop.logs.json_text import however_deep
from workshop.logs.tally import said_of_one_id
from workshop.logs.visible import visible

# How many of each kind are named on standard error, beside an output that has all of them.
_NAMED = 5


def print_report(report: dict[str, Any], form: str, stream: TextIO | None = None) -> None:
    """Print a report as a "table", as "json" or as "ndjson" to a stream, standard output if there is none.

    What did not go well also goes to standard error.
    """
    if form == "json":
        print(_json(report), file=stream)
    elif form == "ndjson":
        for each in _lines(report):
            print(_dumped(each), file=stream)
    else:
        for line in _table(report):
            print(line, file=stream)
    for line in _problems(report, None if form == "table" else _NAMED):
        print(line, file=sys.stderr)


def _json(value: Any, depth: int = 0) -> str:
    """Return a report as JSON, a match, an error or a skipped file a line: json itself indents all, and slowly."""
    if depth == 3 or not value or not isinstance(value, (dict, list)):
        return _dumped(value)
    space = "\n" + " " * depth
    if isinstance(value, list):
        return f"[{space} " + f",{space} ".join(_json(one, 3) for one in value) + f"{space}]"
    parts = [f"{json.dumps(name)}: {_json(one, depth + 1)}" for name, one in value.items()]
    return "{" + space + " " + f",{space} ".join(parts) + space + "}"


def _dumped(value: Any) -> str:
    """Return a value as JSON, which knows no number without an end: such a number is its name, as a text."""
    try:
        return however_deep(_strictly, value)
    except ValueError:
        return however_deep(_strictly, however_deep(_with_names, value))


_strictly = functools.partial(json.dumps, allow_nan=False)


def _with_names(value: Any) -> Any:
    return json.loads(json.dumps(value), parse_constant=str)


def _lines(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return an object for each match, error and skipped file or record, and one with all else: "kind" says which."""
    listed = ("matches", "errors", "skipped")
    matches = [{"kind": "match", "detector": name, **one} for name, found in report["matches"].items() for one in found]
    matches.sort(key=lambda match: match["eventTime"] if isinstance(match["eventTime"], str) else "~")
    errors = [{"kind": "error", "detector": name, **one} for name, raised in report["errors"].items() for one in raised]
    skipped = [{"kind": "skipped", **one} for one in report["skipped"]]
    counts = {name: len(found) for name, found in report["matches"].items()}
    rest = {name: value for name, value in report.items() if name not in listed}
    return [*matches, *errors, *skipped, {"kind": "summary", "matches": counts, **rest}]


def _table(report: dict[str, Any]) -> Iterator[str]:
    for detector, matches in report["matches"].items():
        yield f"{detector}: {len(matches)} matches"
        for match in matches:
            shown = {name: printable(value) for name, value in match.items()}
            line = (
                "  {eventTime}  {eventSource}:{eventName}  {eventID}  {who}  {address}  {account}  {region}  {error}  "
                "{path}[{index}]"
            )
            yield line.format(**shown)
    if report.get("since_last"):
        said = "{files_read_before} files were read by earlier hunts; "
        said += "{reported_before} matches of this one were reported before"
        yield said.format(**report["since_last"])
    yield "{files} files, {records} records, {duplicates} duplicates left out".format(**report)


def printable(value: object) -> str:
    """Return a value from a log as a terminal can show it: a dash if there is none, nothing that moves the cursor."""
    if value is None or value == "":
        return "-"
    return visible(value if isinstance(value, str) else _dumped(value))


def _problems(report: dict[str, Any], most: int | None) -> list[str]:
    """Return a line for each thing that did not go well, at most so many of a kind."""
    skipped = [
        f"skipped {entry['path']}{'' if entry['index'] is None else '[' + str(entry['index']) + ']'}: {entry['reason']}"
        for entry in report["skipped"]
    ]
    lines = skipped[:most]
    if len(lines) < len(skipped):
        lines.append(f"skipped {len(skipped) - len(lines)} more files or records")
    if report["same_id"]:
        lines.append(said_of_one_id(report["same_id"]))
    for name, counts in report.items():  # what a Tally counts by kind, such as {".md files": 2}
        if isinstance(counts, dict) and counts and all(isinstance(count, int) for count in counts.values()):
            kinds = ", ".join(f"{count} {kind}" for kind, count in counts.items())
            lines.append(f"{name.replace('_', ' ')}: {kinds}")
    for detector, errors in report["errors"].items():
        first = "{error}, at {path}[{index}]".format(**errors[0])
        lines.append(f"{detector} raised on {len(errors)} records, the first time {first}")
    for detector in report.get("since_last", {}).get("new_detectors", ()):
        lines.append(
            f"{detector} is new to {report['since_last']['state_file']}: it saw none of the files that were read before"
        )
    for detector in report.get("since_last", {}).get("rested_detectors", ()):
        lines.append(
            f"{detector} did not run in the last hunt with {report['since_last']['state_file']} that read something: "
            "it has not seen those files"
        )
    if report["interrupted"]:
        unread = report["unread"]
        none = "before there was anything to report: no file counts as read"
        lines.append(f"interrupted {none}" if unread is None else f"interrupted: {len(unread)} files were not read")
    return [printable(line) for line in lines]
