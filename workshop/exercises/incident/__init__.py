"""The finish: the case file, and an incident report from what the lake holds and what the attendee has solved.

intruder_steps   reads the intruder's calls
achieved         names the techniques
case_file        what each solved exercise found out
timeline_plot    draws the intruder's calls
advice           says what to do next
report           puts it all together
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workshop.exercises.incident.report import IncidentReport


def incident_report() -> "IncidentReport":
    """Return the `IncidentReport`: time line picture, what was achieved, what to do next, and what is still open.

    Only what the solved exercises bring to light is in it; the rest is shown as a gap that says where to find it.
    It is rich in a notebook and text elsewhere; `.picture` is the time line alone (a Picture, or None so far).
    It does not raise: if the log lake cannot be read, the report says so.
    """
    from workshop import places
    from workshop.exercises import progress_file
    from workshop.exercises.incident.intruder_steps import Story, story
    from workshop.exercises.incident.report import IncidentReport

    outcomes = {name: entry.get("outcome") for name, entry in progress_file.read().items()}
    known = {
        part
        for part, exercise, enough in (
            ("theft", "instance_creds_used_outside_ec2", ("passed", "bonus")),
            ("deletions", "deleting_logs", ("passed", "bonus")),
            ("stop", "deleting_logs", ("bonus",)),
            ("alarm", "publish_anomalies", ("passed", "bonus")),
        )
        if outcomes.get(exercise) in enough
    }
    try:
        found = story(str(places.data()))
        return IncidentReport(found, known, "" if found.intruders else "it holds no incident")
    except (OSError, ValueError, KeyError) as error:
        return IncidentReport(Story((), {}), known, f"{type(error).__name__}: {error}")
