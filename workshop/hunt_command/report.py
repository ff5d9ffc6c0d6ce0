"""What a hunt comes to, ready for JSON, and its exit status."""

from collections.abc import Callable
from typing import Any

from workshop.attendee_code.knowing import shown_name
from workshop.hunt_command.matched_records import read_again
from workshop.hunt_command.read_before import ReadBefore
from workshop.hunting.matches import oldest_first
from workshop.hunting.sweep import Findings, sweep
from workshop.logs.layout import Only
from workshop.logs.tally import Tally
from workshop.logs.who import account, who

# What the report calls the fields that a sweep keeps of a match's record.
_KEPT = {
    "eventID": "eventID",
    "eventTime": "eventTime",
    "eventSource": "eventSource",
    "eventName": "eventName",
    "who": "userIdentity.arn",
    "address": "sourceIPAddress",
    "region": "awsRegion",
}

ALL_READ, FAILED, MATCHED, NOT_ALL = 0, 1, 3, 4


def hunt_report(
    source: Any,
    *detectors: Callable,
    s3: Any = None,
    processes: int | None = None,
    only: Only | None = None,
    before: ReadBefore | None = None,
    swept: Callable[[], Any] = lambda: None,
) -> dict[str, Any]:
    """Run detectors over every record of a source; return what `workshop hunt --json` prints.

    "files", "records" (duplicates included), "duplicates", "same_id", "digests", "skipped": [{"path", "index",
    "reason"}] and what else a Tally counts; "matches": {detector: [{"eventID", "eventTime", "eventSource", "eventName",
    "path", "index", "who", "address", "region", "account", "error"}]}, oldest first, fields as they stand in the
    record, None where it has none; "errors": {detector: [{"eventID", "path", "index", "error"}]}, of those that raised;
    "stateful": {detector: what it keeps from one record to the next}, as far as that can be seen; "interrupted", and
    "unread": the paths that were not read then (None: no file counts as read). `swept` is called when all files are
    read, or the hunt was interrupted.

    With `before`, only files that are new to it are read, and "since_last" says more; its `save` is left to the caller.

    Raises: FileNotFoundError when there is nothing to read; other errors as `hunt` does.
    """

    def choose(found: list[str]) -> list[str]:
        if not found:
            raise FileNotFoundError(f"No log file under {source} is of these days and Regions: nothing was read.")
        return before.new(found) if before else found

    findings = sweep(source, detectors, s3, processes=processes, only=only, choose=choose)
    swept()
    tally, positions, names = findings.tally, findings.positions, findings.detectors
    matches = _matches(findings, s3, before)
    errors: dict[str, list] = {}
    for where, event_id, error in findings.raised:
        place = {"path": findings.paths[where.file], "index": where.entry}
        errors.setdefault(names[where.detector], []).append({"eventID": event_id, **place, "error": error})
    report = {
        **vars(tally),
        "skipped": list(tally.skipped),
        "matches": matches,
        "errors": errors,
        "stateful": {name: what for name, what in findings.plan.memo.may_keep.items() if what},
        "interrupted": bool(findings.unread),
        "unread": findings.unread,
    }
    if before:
        unread = {*findings.unread, *(entry["path"] for entry in tally.skipped if entry["index"] is None)}
        before.note_read([path for path in findings.paths if path not in unread], names)
        reported_before = len(positions) - sum(map(len, matches.values()))
        report["since_last"] = {**before.describe(), "reported_before": reported_before}
    return report


def interrupted_report(detectors: list[Callable]) -> dict[str, Any]:
    """Return the report of a hunt that was interrupted before it had anything to report: all files are unread."""
    nothing = {"errors": {}, "stateful": {}, "interrupted": True, "unread": None}
    return {**vars(Tally()), "matches": {shown_name(detector): [] for detector in detectors}, **nothing}


def exit_status(report: dict[str, Any], fail_on_match: bool) -> int:
    """Return a hunt's exit status: ALL_READ only if everything was read, and judged by every detector."""
    if report["interrupted"]:
        return FAILED
    if report["skipped"] or report["not_opened"] or report["errors"]:
        return NOT_ALL
    return MATCHED if fail_on_match and any(report["matches"].values()) else ALL_READ


def _matches(findings: Findings, s3: Any, before: ReadBefore | None) -> dict[str, list[dict[str, Any]]]:
    """Return the matches by detector, oldest first, without those that were reported before."""
    order = oldest_first(findings)
    columns = {name: findings.matches.at(field, findings.rows[order]) for name, field in _KEPT.items()}
    places = [(findings.paths[file], entry) for file, entry in findings.positions[["file", "entry"]][order].tolist()]
    wanted: dict[str, dict[int, Any]] = {}
    for (path, index), event_id in zip(places, columns["eventID"], strict=True):
        wanted.setdefault(path, {})[index] = event_id
    more, fingerprints = {}, {}
    for path, index, record in read_again(wanted, s3, findings.tally):
        named = who(record)
        shown = {"who": None if named == "-" else named, "account": account(record), "error": record.get("errorCode")}
        more[path, index] = shown
        if before:
            fingerprints[path, index] = before.fingerprint(record)
    unknown = {"account": None, "error": None}
    matches: dict[str, list[dict[str, Any]]] = {name: [] for name in findings.detectors}
    for row, detector in enumerate(findings.positions["detector"][order].tolist()):
        place, name = places[row], findings.detectors[detector]
        shown = {field: values[row] for field, values in columns.items()}
        if before and not before.note_reported(detector, fingerprints.get(place), before.fingerprint(shown)):
            continue
        path, index = place
        matches[name].append({**shown, "path": path, "index": index, **more.get(place, unknown)})
    return matches
