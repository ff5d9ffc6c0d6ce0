"""The exercises: their tasks, checks, hints and model answers. Each name is loaded when it is first touched."""

import importlib

_MODULE_OF = {
    "check": "teacher",
    "hint": "teacher",
    "solution": "teacher",
    "catch_up": "teacher",
    "model_answers": "teacher",
    "extra_answers": "teacher",
    "saved_answers": "answers",
    "Result": "feedback",
    "case_file": "findings",
    "progress": "teacher",
    "question": "questions",
    "answer": "questions",
    "quiz": "questions",
    "incident_report": "incident",
    "beat": "blinding.beat",
    "coverage": "blinding.coverage",
    "plot_coverage": "blinding.coverage",
    "public_rules": "blinding.rule_sets",
    "unseen": "blinding.catalogue",
}

__all__ = list(_MODULE_OF)


def __getattr__(name):
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'workshop.exercises' has no attribute {name!r}")
    return getattr(importlib.import_module(f"workshop.exercises.{_MODULE_OF[name]}"), name)


def __dir__():
    return sorted({*globals(), *__all__})
