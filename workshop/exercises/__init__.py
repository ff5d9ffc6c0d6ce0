"""The exercises: their tasks, checks, hints and model answers. Each name is loaded when it is first touched.

sample_records   records as CloudTrail writes them, made for cases
case             the records that an answer is judged on: cases and probes
misconception    mistakes people make, and the traces by which they show
feedback         what attendees read: in colour in a notebook, as text elsewhere
exercise         what an exercise is, and what an answer to it becomes on its way: trial, verdict, diagnosis
scores           how good a detector is: what it matched, against what was true
judging          how an answer is judged and what is said about it
tasks            the exercises that ask for a function
registry         all of them, in their order
answers          the attendee's functions in my_answers/
progress_file    where the attendee is, kept in a file
log_loss         ways to destroy or blind logs: `beat`, `coverage`
questions        the questions and quizzes of Exercise 1
predictions      what attendees expect of a cell, beside what came out
incident         the case file and the incident report
commands         what attendees call: check, hint, solution, progress, catch_up
"""

import importlib
from typing import Any

_MODULE_OF = {
    "check": "commands",
    "hint": "commands",
    "solution": "commands",
    "catch_up": "commands",
    "model_answers": "commands",
    "extra_answers": "commands",
    "saved_answers": "answers",
    "keep": "answers",
    "Result": "feedback",
    "case_file": "incident.case_file",
    "progress": "commands",
    "question": "questions",
    "answer": "questions",
    "quiz": "questions",
    "predict": "predictions",
    "outcome": "predictions",
    "incident_report": "incident",
    "beat": "log_loss.beat",
    "coverage": "log_loss.coverage",
    "plot_coverage": "log_loss.coverage",
    "public_rules": "log_loss.rule_sets",
    "unseen": "log_loss.ways",
}

__all__ = list(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'workshop.exercises' has no attribute {name!r}")
    return getattr(importlib.import_module(f"workshop.exercises.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
