"""The CloudTrail anomaly-detection workshop kit: the names that notebooks use.

Reading logs      load_events, read_records, record_of, describe_columns, print_short_record, explore, hunt,
                  generate_year, read_digests
Exercises         question, answer, quiz, check, hint, solution, progress, catch_up, saved_answers,
                  case_file, incident_report, beat, coverage, plot_coverage, public_rules, unseen
Better detectors  learn, verdicts, score, score_table, plot_scores
The cloud         connect, deploy, update_stack, trigger, replay, watch_alarm, plot_alarm, lambda_log, notifications,
                  teardown, doctor
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
cloudtrail_analyzer and activity_generator are the two Lambda functions, exactly as deployed.
"""

import importlib

_ROOM_OF = {
    "load_events": "workshop.logs.table.events",
    "record_of": "workshop.logs.table.events",
    "read_digests": "workshop.logs.digests",
    "read_records": "workshop.logs.records",
    "describe_columns": "workshop.logs.table.columns",
    "explore": "workshop.explorer",
    "hunt": "workshop.hunting.hunt",
    "generate_year": "workshop.lake.year",
    "print_short_record": "workshop.cloudtrail_analyzer",
    "check": "workshop.exercises",
    "hint": "workshop.exercises",
    "solution": "workshop.exercises",
    "progress": "workshop.exercises",
    "catch_up": "workshop.exercises",
    "case_file": "workshop.exercises",
    "question": "workshop.exercises",
    "answer": "workshop.exercises",
    "quiz": "workshop.exercises",
    "incident_report": "workshop.exercises",
    "beat": "workshop.exercises",
    "coverage": "workshop.exercises",
    "plot_coverage": "workshop.exercises",
    "public_rules": "workshop.exercises",
    "unseen": "workshop.exercises",
    "saved_answers": "workshop.exercises",
    "update_stack": "workshop.cloud.stack.update",
    "trigger": "workshop.cloud.activity.trigger",
    "replay": "workshop.cloud.activity.replay",
    "watch_alarm": "workshop.cloud.alarm.watch",
    "plot_alarm": "workshop.cloud.alarm.plot",
    "lambda_log": "workshop.cloud.function.lambda_log",
    "notifications": "workshop.cloud.alarm.notifications",
    "doctor": "workshop.cloud.doctor.doctor",
    "teardown": "workshop.cloud.teardown",
    "watch_call": "workshop.cloud.activity.watch_call",
    "generate_activity": "workshop.cloud.activity.generate",
    "lookup_history": "workshop.cloud.activity.history",
    "learn": "workshop.logs.knowledge",
    "score": "workshop.exercises.scores",
    "score_table": "workshop.exercises.scores",
    "plot_scores": "workshop.exercises.scores",
    "verdicts": "workshop.exercises.scores",
    "new_figure": "workshop.display.pictures",
    "Picture": "workshop.display.pictures",
    "PALETTE": "workshop.display.pictures",
    "install_extra": "workshop.extras",
}

__all__ = ["connect", "deploy", *_ROOM_OF]


def __getattr__(name):
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'workshop' has no attribute {name!r}; it offers: {', '.join(sorted(__all__))}")
    value = getattr(importlib.import_module(_ROOM_OF[name]), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__})


def connect(target=None, **options):
    """Connect to the workshop's cloud, "local" (the default) or "aws", and return it as a `Cloud`.

    From then on `load_events`, `read_records` and `hunt` read s3:// sources through this connection.
    Options and errors are those of `workshop.cloud.connection.connect`.
    """
    from workshop.cloud import connection
    from workshop.logs import files

    cloud = connection.connect(target, **options)
    files.s3_client = cloud.client("s3")
    return cloud


def deploy(cloud, *functions, **options):
    """Put the attendee's functions into the stack's Lambda function and return the `Deployment`.

    A function that runs but fails its check is deployed too, with a warning that says what the check said.
    Options and errors are those of `workshop.cloud.function.deploy.deploy`.
    """
    from workshop import exercises
    from workshop.attendee_code.stubs import to_write
    from workshop.cloud.function.deploy import deploy as upload

    answers = [function for function in functions if getattr(function, "__name__", None) in to_write()]
    results = [(function.__name__, exercises.check(function)) for function in answers]
    doubts = [f"{name} fails its check: {result.message}" for name, result in results if result.outcome == "wrong"]
    return upload(cloud, *functions, warnings=[*options.pop("warnings", ()), *doubts], **options)
