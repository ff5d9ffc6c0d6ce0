"""The CloudTrail anomaly-detection workshop kit: the names that notebooks use.

Reading logs      load_events, read_records, record_of, describe_columns, print_short_record, explore, hunt,
                  generate_year, read_digests, digest_chains
Exercises         question, answer, quiz, predict, outcome, check, hint, solution, progress, catch_up, saved_answers,
                  keep, case_file, incident_report, beat, coverage, plot_coverage, public_rules, unseen
Better detectors  learn, verdicts, score, score_table, plot_scores
The cloud         connect, deploy, update_stack, trigger, replay, watch_alarm, plot_alarm, lambda_log, failed_events,
                  notifications, teardown, doctor
The trail         watch_call, generate_activity, lookup_history
Pictures          new_figure, Picture, PALETTE
Set-up            install_extra

Each name is loaded when it is first touched, so that `import workshop` costs next to nothing.
The rooms behind them, each with a map in its own docstring:

attendee_code   functions that attendees write: packaged, and run in a sandbox
display         how notebooks and terminals show things
logs            CloudTrail log files, as records and as a DataFrame
lake            the synthetic log lake
explorer        the Event history as a widget
hunting         detectors over every record
exercises       tasks, checks, hints, questions
extras          packages that one notebook needs, installed when it is opened
offline         a folder with all that a room without a network needs
cloud           emulator, connection, stack, function, alarm
cloudtrail_analyzer and activity_generator are the sources of the two Lambda functions.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workshop.cloud.cloud import Cloud
    from workshop.cloud.function.deploy import Deployment

# The names that notebooks use, by the module that has them.
_NAMES = {
    "workshop.logs.table.events": "load_events record_of",
    "workshop.logs.digests": "read_digests digest_chains",
    "workshop.logs.records": "read_records",
    "workshop.logs.table.columns": "describe_columns",
    "workshop.explorer": "explore",
    "workshop.hunting.hunt": "hunt",
    "workshop.lake.year": "generate_year",
    "workshop.cloudtrail_analyzer": "print_short_record",
    "workshop.exercises": (
        "check hint solution progress catch_up case_file question answer quiz predict outcome incident_report beat "
        "coverage plot_coverage public_rules unseen saved_answers keep"
    ),
    "workshop.cloud.stack.update": "update_stack",
    "workshop.cloud.activity.trigger": "trigger",
    "workshop.cloud.activity.replay": "replay",
    "workshop.cloud.alarm.watch": "watch_alarm",
    "workshop.cloud.alarm.plot": "plot_alarm",
    "workshop.cloud.function.lambda_log": "lambda_log",
    "workshop.cloud.function.failed_events": "failed_events",
    "workshop.cloud.alarm.notifications": "notifications",
    "workshop.cloud.doctor.doctor": "doctor",
    "workshop.cloud.teardown": "teardown",
    "workshop.cloud.activity.watch_call": "watch_call",
    "workshop.cloud.activity.generate": "generate_activity",
    "workshop.cloud.activity.history": "lookup_history",
    "workshop.logs.knowledge": "learn",
    "workshop.exercises.scores": "score score_table plot_scores verdicts",
    "workshop.display.pictures": "new_figure Picture PALETTE",
    "workshop.extras": "install_extra",
}
_ROOM_OF = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = ["connect", "deploy", *_ROOM_OF]


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'workshop' has no attribute {name!r}; it offers: {', '.join(sorted(__all__))}")
    value = getattr(importlib.import_module(_ROOM_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def connect(target: str | None = None, **options: Any) -> Cloud:
    """Connect to the workshop's cloud, "local" (the default) or "aws", and return it as a `Cloud`.

    From then on `load_events`, `read_records` and `hunt` read s3:// sources through this connection.
    Options and errors are those of `workshop.cloud.connection.connect`.
    """
    from workshop.cloud import connection
    from workshop.logs import buckets

    cloud = connection.connect(target, **options)
    buckets.connected_client = cloud.client("s3")
    return cloud


def deploy(cloud: Cloud, *functions: Callable[..., Any], **options: Any) -> Deployment:
    """Put the attendee's functions into the stack's Lambda function and return the `Deployment`.

    A function that runs but fails its check is deployed too, with a warning that says what the check said.
    Options and errors are those of `workshop.cloud.function.deploy.deploy`.
    """
    from workshop import exercises
    from workshop.attendee_code.stubs import to_write
    from workshop.cloud.function import deploy

    answers = [
        function for function in functions if callable(function) and getattr(function, "__name__", None) in to_write()
    ]
    results = [(function.__name__, exercises.check(function)) for function in answers]
    doubts = [f"{name} fails its check: {result.message}" for name, result in results if result.outcome == "wrong"]
    return deploy.deploy(cloud, *functions, warnings=[*options.pop("warnings", ()), *doubts], **options)
