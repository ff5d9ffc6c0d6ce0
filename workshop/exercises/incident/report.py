"""The incident report as an attendee reads it: in colour in a notebook, as text in a terminal."""

import base64
import datetime
import functools
import html
from dataclasses import replace

from workshop.exercises.feedback import box, inline, wrapped
from workshop.exercises.incident import advice, timeline_plot
from workshop.exercises.incident.achieved import read_secrets, techniques

# What is missing, by what it would add: how to find it out.
GAPS = {
    "theft": "With which key, from where, and what they saw: `instance_creds_used_outside_ec2`, notebook 03.",
    "deletions": "Which logs were deleted, and by whom: `deleting_logs`, notebook 02.",
    "stop": "Who stopped a trail: the bonus of `deleting_logs`, notebook 02.",
    "alarm": "Who would have been told, and when: `publish_anomalies`, notebook 04.",
}
WAY_ON = (
    "How true are your detectors? data/labels.csv tells whom they accuse without reason, and what they miss.",
    "Take them to your own logs: `python3 start.py hunt FOLDER --detector my_answers/deleting_logs.py:deleting_logs`.",
)


class IncidentReport:
    """What happened, what was achieved, what to do next; rich in a notebook, text elsewhere.

    `known` has "theft", "deletions", "stop" and "alarm" as far as the exercises behind them are solved; `events` is
    a list of (time, what, who, key, address), `achieved` one of Technique, `todo` one of (heading, steps), `gaps`
    what is still open, in words.
    """

    def __init__(self, story, known, problem=""):
        self.story, self.known, self.problem = story, frozenset(known), problem
        self.gaps = [text for part, text in GAPS.items() if part not in self.known]

    @functools.cached_property
    def picture(self):
        """The time line as a Picture, or None as long as nothing is known."""
        return timeline_plot.draw(self.story, self.known) if self.story else None

    @property
    def title(self):
        """One line: how much of it is known."""
        if not self.gaps and self.story:
            return "Incident report: Maple Ferry"
        return f"Incident report: a draft, {len(GAPS) - len(self.gaps)} of {len(GAPS)} parts known"

    @property
    def events(self):
        """What is known, oldest first, as (time in UTC, what, who, key, address)."""
        rows = []
        for visit in self.story.visits() if self.story and "theft" in self.known else []:
            rows += self._of_visit(visit)
        if self.story:
            rows += [_row(act, _deed(act)) for act in timeline_plot.shown(self.story, self.known)]
        return sorted(rows, key=lambda row: row[0])

    def _of_visit(self, visit):
        first = visit[0]
        issued = self.story.issued.get(first.key, {})
        rows = []
        if issued:
            asked = issued.get("requestParameters") or {}
            what = f"EC2 gets a session for the instance {asked.get('roleSessionName', '?')}: nothing wrong so far"
            address = issued.get("sourceIPAddress", "?")
            rows.append((_when(issued.get("eventTime", "")), what, first.session, first.key, address))
        rows.append(_row(first, f"The session is used from elsewhere, for the first time: {first.call}"))
        looked = [act for act in visit if act.step == "discovery"]
        if looked:
            refused = sum(bool(act.error) for act in looked)
            what = f"A look around: {len(looked)} calls, {refused} refused, the last at {looked[-1].at:%H:%M:%S}"
            rows.append(_row(looked[0], what))
        for act in visit:
            if act.step in ("secrets", "take-role") and act.call not in ("Decrypt", "GetCallerIdentity"):
                rows.append(_row(act, _deed(act)))
        return rows

    @property
    def achieved(self):
        """The techniques that the known records show."""
        found = {}
        for one in techniques(self.story) if self.story else ():
            if one.known_by in self.known:
                twin = found.get(one.id)
                found[one.id] = replace(twin, evidence=f"{twin.evidence}, {one.evidence}") if twin else one
        return list(found.values())

    @property
    def alarm(self):
        """A sentence about when the alarm would have told somebody, or None."""
        if not self.story or not {"alarm", "deletions"} <= self.known:
            return None
        found = next((act for act in self.story.intruders if act.found and act in self._shown), None)
        delivered = _delivered(found) if found else None
        if not delivered:
            return None
        late = round((delivered - found.at).total_seconds() / 60)
        return (
            f"Your alarm: `{found.call}` at {found.at:%H:%M:%S} UTC is in the log file that was delivered about "
            f"{delivered:%H:%M} UTC. Your detector would have reported it then, {late} minutes after it happened."
        )

    @property
    def _shown(self):
        return timeline_plot.shown(self.story, self.known)

    @property
    def todo(self):
        """What to do next, as (heading, steps)."""
        if not self.story or not self.known & {"theft", "deletions"}:
            return []
        found = []
        prevent = {"theft": advice.PREVENT[:2], "deletions": advice.PREVENT[2:]}
        if "theft" in self.known:
            roles = list(dict.fromkeys(act.session.split("/")[0] for act in self.story.intruders))
            last = self.story.intruders[-1].at + datetime.timedelta(seconds=1)
            steps = advice.stop(roles, read_secrets(self.story), f"{last:%Y-%m-%dT%H:%M:%SZ}")
            found.append(("Now: end it", steps))
        found.append(("Keep the evidence", advice.KEEP))
        steps = [step for part, some in prevent.items() if part in self.known for step in some]
        return [*found, ("Prevent it", tuple(steps))]

    def _head(self):
        if self.problem:
            return f"The log lake in data/ cannot be read ({self.problem}), so there is nothing to report on."
        if not self.known & {"theft", "deletions"}:
            return "Nothing is known yet. Each exercise you solve adds its part; here is what is missing."
        if self.gaps:
            return "What your solved exercises have brought to light. The gaps are listed at the end."
        return (
            "All of this came to light by your detectors, and by following the keys they found through the audit trail."
        )

    def __repr__(self):
        lines = [self.title, "", wrapped(self._head())]
        if self.events:
            lines += ["", "WHAT HAPPENED (UTC)"]
            for at, what, who, key, address in self.events:
                lines += [f"{at:%Y-%m-%d %H:%M:%S}  {what}", f"{'':21}{who}, key {key}, from {address}"]
        if self.picture:
            lines += ["", "TIME LINE", wrapped(self.picture.alt)]
        if self.achieved:
            lines += ["", "WHAT WAS ACHIEVED (MITRE ATT&CK)"]
            for one in self.achieved:
                lines += [f"{one.id}  {one.name}", wrapped(one.evidence, "    "), f"    {one.link}"]
        if self.alarm:
            lines += ["", wrapped(self.alarm.replace("`", ""))]
        for heading, steps in self.todo:
            lines += ["", heading.upper()]
            for step in steps:
                lines += [f"- {step.what}", wrapped(step.how.replace("`", ""), "    ")]
                lines += [f"    {line}" for line in step.code.splitlines()]
                lines += [f"    {title}: {address}" for title, address in step.pages]
        if self.gaps:
            lines += ["", "STILL OPEN", *(f"- {gap.replace('`', '')}" for gap in self.gaps)]
        return "\n".join([*lines, "", "THE WAY ON", *(f"- {text}" for text in WAY_ON)])

    def _repr_html_(self):
        body = f"<p>{inline(self._head())}</p>"
        if self.picture:
            png, alt = base64.b64encode(self.picture.png()).decode("ascii"), html.escape(self.picture.alt)
            body += f'<p><img src="data:image/png;base64,{png}" alt="{alt}" style="max-width:100%"></p>'
        if self.events:
            heads = ("When (UTC)", "What", "Who", "Key", "From")
            rows = [(f"{at:%Y-%m-%d %H:%M:%S}", *rest) for at, *rest in self.events]
            body += "<h4>What happened</h4>" + _table(heads, rows)
        if self.achieved:
            body += "<h4>What was achieved</h4><p>In the words of MITRE ATT&amp;CK:</p><ul>"
            for one in self.achieved:
                body += f"<li>{_link(one.id, one.link)} {html.escape(one.name)}: {html.escape(one.evidence)}</li>"
            body += "</ul>"
        body += f"<p>{inline(self.alarm)}</p>" if self.alarm else ""
        for heading, steps in self.todo:
            body += f"<h4>{html.escape(heading)}</h4><ul>{''.join(map(_step, steps))}</ul>"
        if self.gaps:
            body += "<h4>Still open</h4><ul>" + "".join(f"<li>{inline(gap)}</li>" for gap in self.gaps) + "</ul>"
        body += "<h4>The way on</h4><ul>" + "".join(f"<li>{inline(text)}</li>" for text in WAY_ON) + "</ul>"
        return box("note" if self.gaps else "passed", self.title, body)


def _row(act, what):
    return act.at, what, act.session, act.key, act.address


def _deed(act):
    what = f"{act.call}: {act.target}" if act.target else act.call
    return f"{what}, refused ({act.error})" if act.error else what


def _when(text):
    from workshop.exercises.incident.intruder_steps import when

    return when(text)


def _delivered(act):
    """Return when the log file with an act was delivered, to the minute; None if its name does not say so."""
    from workshop.exercises.questions.lake import lake

    try:
        events = lake().events
        files = events.loc[events["eventID"] == act.event, "logFile"]
        moment = files.iloc[0].replace("\\", "/").rsplit("/", 1)[-1].split("_")[3]
        return datetime.datetime.strptime(moment, "%Y%m%dT%H%MZ").replace(tzinfo=datetime.timezone.utc)
    except (IndexError, ValueError, OSError):
        return None


def _table(heads, rows):
    head = "".join(f"<th scope='col' style='text-align:left'>{html.escape(text)}</th>" for text in heads)
    body = ""
    for first, *others in rows:
        body += f"<tr><td style='white-space:nowrap;text-align:left'>{html.escape(str(first))}</td>"
        body += "".join(f"<td style='text-align:left'>{html.escape(str(cell))}</td>" for cell in others) + "</tr>"
    return f"<table><tr>{head}</tr>{body}</table>"


def _link(title, address):
    # The colour of the box is made for its ground, in light and in dark themes.
    return f'<a href="{html.escape(address)}" style="color:var(--ws)">{html.escape(title)}</a>'


def _step(step):
    pages = ", ".join(_link(title, address) for title, address in step.pages)
    code = f"<pre>{html.escape(step.code)}</pre>" if step.code else ""
    return f"<li><b>{html.escape(step.what)}.</b> {inline(step.how)}<br>{pages}{code}</li>"
