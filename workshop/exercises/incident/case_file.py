"""The case file: what each solved exercise found out about the incident in data/."""

import csv
import functools
import html

from workshop import places
from workshop.exercises import progress_file
from workshop.exercises.feedback import box

# (exercise, the outcomes that open the line, steps of the story in labels.csv, MITRE ATT&CK technique, what it is)
_LINES = (
    (
        "instance_creds_used_outside_ec2",
        ("passed", "bonus"),
        ("first-use",),
        "T1552.005",
        "Credentials of an instance are used outside of it for the first time",
    ),
    ("deleting_logs", ("bonus",), ("stop-logging",), "T1685.002", "The trail is stopped"),
    ("deleting_logs", ("passed", "bonus"), ("delete-logs",), "T1070", "Logs are deleted"),
    ("deleting_logs", ("passed", "bonus"), ("delete-trail",), "T1685.002", "A trail is deleted"),
)
_WITHOUT_RECORD = {
    "print_short_record": "The records can be read at a glance: the case is open.",
    "publish_anomalies": "Whatever the detectors find reaches the alarm: next time somebody is told within minutes.",
}


class CaseFile:
    """What is known so far, a line for each finding, oldest first; rich in a notebook, text elsewhere.

    `findings` is a list of dicts: what, calls, who, key, address, first, last (as in the records), technique, link.
    """

    def __init__(self, findings, remarks, missing):
        self.findings, self.remarks, self.missing = findings, remarks, missing

    def _closing(self):
        return (
            f"Still open: {', '.join(self.missing)}."
            if self.missing
            else "The file is complete. incident_report() says what to do about it."
        )

    def __repr__(self):
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

    def _repr_html_(self):
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


def case_file():
    """Return what the solved exercises have found out about the incident in data/ as a `CaseFile`."""
    from workshop.exercises.log_loss.beat import gaps_in_words

    known = progress_file.read()
    outcome = {name: entry.get("outcome") for name, entry in known.items()}
    findings, remarks, missing = [], [], []
    for name, remark in _WITHOUT_RECORD.items():
        if outcome.get(name) in ("passed", "bonus"):
            remarks.append(remark)
        else:
            missing.append(name)
    opened = [line for line in _LINES if outcome.get(line[0]) in line[1]]
    missing += [line[0] + (" (bonus)" if line[1] == ("bonus",) else "") for line in _LINES if line not in opened]
    try:
        lake = _incident(str(places.data())) if opened else {}
    except (OSError, ValueError, KeyError, ImportError) as error:
        lake = {}
        remarks.append(f"The log lake in data/ cannot be read ({error}), so who did it, and when, is missing here.")
    for _, _, steps, technique, what in opened:
        found = sorted(
            (record for step in steps for record in lake.get(step, [])), key=lambda r: r.get("eventTime", "")
        )
        if found:
            findings.append(_finding(found, technique, what))
    remarks += gaps_in_words()
    findings.sort(key=lambda found: found["first"])
    return CaseFile(findings, remarks, list(dict.fromkeys(missing)))


def _finding(found, technique, what):
    first, identity = found[0], found[0].get("userIdentity", {})
    calls = dict.fromkeys(record.get("eventName", "?") for record in found)
    return {
        "what": what,
        "calls": ", ".join(calls),
        "first": first.get("eventTime", "?"),
        "last": found[-1].get("eventTime", "?"),
        "who": identity.get("arn", "?"),
        "key": ", ".join(dict.fromkeys(r.get("userIdentity", {}).get("accessKeyId", "?") for r in found)),
        "address": ", ".join(dict.fromkeys(r.get("sourceIPAddress", "?") for r in found)),
        "technique": technique,
        "link": f"https://attack.mitre.org/techniques/{technique.replace('.', '/')}/",
    }


@functools.lru_cache(maxsize=1)
def _incident(folder):
    """Return the records of the incident, by step of the story, that labels.csv calls malicious."""
    from workshop.logs.records import read_records

    with open(f"{folder}/labels.csv", encoding="utf-8", newline="") as file:
        step_of = {row["eventID"]: row["story_step"] for row in csv.DictReader(file) if row["truth"] == "malicious"}
    steps = {}
    for record in read_records(folder, skipped=[]):
        step = step_of.pop(record.get("eventID"), None)
        if step:
            steps.setdefault(step, []).append(record)
    return steps
