"""The case file: what each solved exercise found out about the incident in data/."""

import functools
import html
from typing import NamedTuple

from workshop import places
from workshop.exercises import progress_file
from workshop.exercises.feedback import box
from workshop.exercises.incident.achieved import page_of
from workshop.logs.record import Record


class _Line(NamedTuple):
    """A line of the case file: the exercise that opens it, the step of the story in labels.csv, and what it is."""

    exercise: str
    step: str
    technique: str  # of MITRE ATT&CK
    what: str
    bonus: bool = False  # only the bonus of the exercise opens it

    def opened_by(self, outcome: str | None) -> bool:
        return outcome == "bonus" or (outcome == "passed" and not self.bonus)


_FIRST_USE = "Credentials of an instance are used outside of it for the first time"
_LINES = (
    _Line("instance_creds_used_outside_ec2", "first-use", "T1552.005", _FIRST_USE),
    _Line("deleting_logs", "stop-logging", "T1685.002", "The trail is stopped", bonus=True),
    _Line("deleting_logs", "delete-logs", "T1070", "Logs are deleted"),
    _Line("deleting_logs", "delete-trail", "T1685.002", "A trail is deleted"),
)
_WITHOUT_RECORD = {
    "print_short_record": "The records can be read at a glance: the case is open.",
    "publish_anomalies": "Everything that the detectors find reaches the alarm: next time, a person knows in minutes.",
}


class CaseFile:
    """What is known so far, a line for each finding, oldest first; rich in a notebook, text elsewhere.

    `findings` is a list of dicts: what, calls, who, key, address, first, last (as in the records), technique, link.
    """

    def __init__(self, findings: list[dict[str, str]], remarks: list[str], missing: list[str]) -> None:
        self.findings, self.remarks, self.missing = findings, remarks, missing

    def _closing(self) -> str:
        return (
            f"Still open: {', '.join(self.missing)}."
            if self.missing
            else "The file is complete. incident_report() says what to do about it."
        )

    def __repr__(self) -> str:
        lines = ["Case file"]
        for found in self.findings:
            last = f" to {found['last']}" if found["last"] != found["first"] else ""
            lines += [
                f"- {found['what']} ({found['calls']})",
                f"    when:  {found['first']}{last}",
                f"    who:   {found['who']}",
                f"    key:   {found['key']}, from {found['address']}",
                f"    ATT&CK {found['technique']}: {found['link']}",
            ]
        return "\n".join([*lines, *(f"- {remark}" for remark in self.remarks), self._closing()])

    def _repr_html_(self) -> str:
        head = "".join(
            f"<th scope='col'>{name}</th>" for name in ("When (UTC)", "What", "Who", "Key", "From", "ATT&amp;CK")
        )
        rows = ""
        for found in self.findings:
            cells = [found["first"], f"{found['what']}: {found['calls']}", found["who"], found["key"], found["address"]]
            link = f'<a href="{html.escape(found["link"])}">{html.escape(found["technique"])}</a>'
            rows += "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in cells) + f"<td>{link}</td></tr>"
        body = f"<table><tr>{head}</tr>{rows}</table>" if rows else ""
        body += "".join(f"<p>{html.escape(remark)}</p>" for remark in self.remarks)
        return box("note", "Case file", body + f"<p>{html.escape(self._closing())}</p>")


def case_file() -> CaseFile:
    """Return what the solved exercises have found out about the incident in data/ as a `CaseFile`."""
    from workshop.exercises.log_loss.beat import gaps_in_words

    outcome = {name: entry.get("outcome") for name, entry in progress_file.read().items()}
    solved = [name for name in _WITHOUT_RECORD if outcome.get(name) in ("passed", "bonus")]
    remarks = [_WITHOUT_RECORD[name] for name in solved]
    missing = [name for name in _WITHOUT_RECORD if name not in solved]
    opened = [line for line in _LINES if line.opened_by(outcome.get(line.exercise))]
    missing += [line.exercise + (" (bonus)" if line.bonus else "") for line in _LINES if line not in opened]
    try:
        lake = _incident(str(places.data())) if opened else {}
    except (OSError, ValueError, KeyError, ImportError) as error:
        lake = {}
        remarks.append(f"The log lake in data/ cannot be read ({error}), so who did it, and when, is missing here.")
    findings = [_finding(lake[line.step], line) for line in opened if line.step in lake]
    remarks += gaps_in_words()
    findings.sort(key=lambda found: found["first"])
    return CaseFile(findings, remarks, list(dict.fromkeys(missing)))


def _finding(records: list[Record], line: _Line) -> dict[str, str]:
    found = sorted(records, key=lambda record: record.get("eventTime", ""))
    first, identity = found[0], found[0].get("userIdentity", {})
    calls = dict.fromkeys(record.get("eventName", "?") for record in found)
    return {
        "what": line.what,
        "calls": ", ".join(calls),
        "first": first.get("eventTime", "?"),
        "last": found[-1].get("eventTime", "?"),
        "who": identity.get("arn", "?"),
        "key": ", ".join(dict.fromkeys(r.get("userIdentity", {}).get("accessKeyId", "?") for r in found)),
        "address": ", ".join(dict.fromkeys(r.get("sourceIPAddress", "?") for r in found)),
        "technique": line.technique,
        "link": page_of(line.technique),
    }


@functools.lru_cache(maxsize=1)
def _incident(folder: str) -> dict[str, list[Record]]:
    """Return the records that labels.csv calls malicious, by step of the story."""
    from workshop.lake.synthetic import read_labels
    from workshop.logs.records import read_records

    step_of = {name: row["story_step"] for name, row in read_labels(folder).items() if row["truth"] == "malicious"}
    steps: dict[str, list[Record]] = {}
    for record in read_records(folder, skipped=[]):
        step = step_of.pop(record.get("eventID", ""), None)  # a record that is delivered again counts once
        if step:
            steps.setdefault(step, []).append(record)
    return steps
