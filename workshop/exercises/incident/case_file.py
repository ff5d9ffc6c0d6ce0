"""The case file: what each solved exercise found out about the incident in data/."""

import html
from typing import NamedTuple

from workshop import places
from workshop.exercises import progress_file
from workshop.exercises.feedback import box
from workshop.exercises.incident.achieved import counted, page_of
from workshop.exercises.incident.intruder_steps import Act, story


class _Line(NamedTuple):
    """A line of the case file: the exercise that opens it, the step of the story in labels.csv, and what it is."""

    exercise: str
    step: str
    technique: str  # of MITRE ATT&CK
    what: str
    bonus: bool = False  # only the bonus of the exercise opens it

    def opened_by(self, outcome: str | None) -> bool:
        return outcome == "bonus" or (outcome == "passed" and not self.bonus)


_TIME = "%Y-%m-%dT%H:%M:%SZ"  # as in the records
_FIRST_USE = "Credentials of an instance are used elsewhere: the first calls of each visit"
_LINES = (
    _Line("instance_creds_used_outside_ec2", "first-use", "T1552.005", _FIRST_USE),
    _Line("deleting_logs", "stop-logging", "T1685.002", "A trail is silenced", bonus=True),
    _Line("deleting_logs", "delete-logs", "T1070", "Logs are destroyed"),
    _Line("deleting_logs", "delete-trail", "T1685.002", "A trail is deleted"),
)
_WITHOUT_RECORD = {
    "print_short_record": "The records can be read at a glance: the case is open.",
    "publish_anomalies": "Everything that the detectors find reaches the alarm, as soon as CloudTrail delivers it.",
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
        acts = story(str(places.data())).of(*(line.step for line in opened)) if opened else []
    except (OSError, ValueError, KeyError, ImportError) as error:
        acts = []
        remarks.append(f"The log lake in data/ cannot be read ({error}), so who did it, and when, is missing here.")
    of_step = {line: [act for act in acts if act.step == line.step] for line in opened}
    findings = [_finding(found, line) for line, found in of_step.items() if found]
    remarks += gaps_in_words()
    findings.sort(key=lambda found: found["first"])
    return CaseFile(findings, remarks, list(dict.fromkeys(missing)))


def _finding(acts: list[Act], line: _Line) -> dict[str, str]:
    return {
        "what": line.what,
        "calls": counted(acts),
        "first": f"{acts[0].at:{_TIME}}",
        "last": f"{acts[-1].at:{_TIME}}",
        "who": ", ".join(dict.fromkeys(act.who for act in acts)),
        "key": ", ".join(dict.fromkeys(act.key for act in acts)),
        "address": ", ".join(dict.fromkeys(act.address for act in acts)),
        "technique": line.technique,
        "link": page_of(line.technique),
    }
