"""What attendees call: check, hint, solution, progress, catch_up, and the model answers."""

import contextlib
import difflib
import importlib
import inspect

from workshop.attendee_code import cell_source, packaging
from workshop.attendee_code.cell_source import EXERCISES, EXTRA_CREDIT, PackagingError, cell_line, name_of
from workshop.exercises import answers
from workshop.exercises import progress_file as records
from workshop.exercises.feedback import Note, Result
from workshop.exercises.sample_records import Maker

_MODULES = {
    "print_short_record": "tasks.print_short_record",
    "deleting_logs": "tasks.deleting_logs",
    "instance_creds_used_outside_ec2": "tasks.instance_creds_used_outside_ec2",
    "publish_anomalies": "tasks.publish_anomalies",
    "issued_by_ec2": "tasks.ladder.issued_by_ec2",
    "made_by_aws": "tasks.ladder.made_by_aws",
    "called_from_home": "tasks.ladder.called_from_home",
    "moved_since_first_use": "tasks.ladder.moved_since_first_use",
    "blinding_logs": "tasks.blinding_logs",
    "narrowing_logs": "tasks.narrowing_logs",
}


def exercise_of(thing):
    """Return the module of an exercise, given its function (written or not) or its name.

    Raises: ValueError, with the names there are, if there is no such exercise.
    """
    name = thing if isinstance(thing, str) else name_of(thing)
    if name not in _MODULES:
        close = difflib.get_close_matches(str(name), _MODULES, 1, 0.5)
        guess = f" Did you mean {close[0]}?" if close else ""
        what = f"called {name}" if name else f"for {_kind(thing)}"
        raise ValueError(f"There is no exercise {what}. The exercises are: {', '.join(_MODULES)}.{guess}")
    return importlib.import_module(f"workshop.exercises.{_MODULES[name]}")


def _kind(thing):
    return "None" if thing is None else f"an object of type {type(thing).__name__}"


def check(function):
    """Run a function on the cases of its exercise, found by the function's name, and return the `Result`.

    It never raises, whatever the function does, and ends within 5 seconds. An answer that passes is kept in
    my_answers/, where other notebooks and a restarted kernel find it.
    """
    try:
        return _check(function)
    except Exception as error:  # a fault of the kit must not look like the attendee's
        text = f"The check itself failed, which is not your function's fault: {type(error).__name__}: {error}"
        return Result(str(getattr(function, "__name__", "check"))[:60], "raised", text)


def _check(function, seed=None):
    if isinstance(function, str):
        name = function if function.isidentifier() else "deleting_logs"
        text = f"Pass the function itself, without quotes: check({name})."
        return Result("check", "raised", text)
    try:
        exercise = exercise_of(function)
    except ValueError as error:
        return Result("check", "raised", str(error))
    name = exercise.NAME
    if packaging.is_stub(function):
        from workshop.exercises.judging.verdict import not_attempted

        result = not_attempted(name)
    else:
        result = _judge(exercise, function, seed)
    _remember(name, function, result)
    return result


def _judge(exercise, function, seed):
    try:
        package = packaging.package(function)
    except PackagingError as error:
        return _refused(exercise.NAME, error)
    result = exercise.judge(package, Maker(seed))
    if result.outcome in ("wrong", "raised"):
        _blame_the_notebooks_record(result, function)
    return result


def _blame_the_notebooks_record(result, function):
    """Explain an answer that looks at a record of the notebook instead of the one it is handed."""
    cell = cell_source.source_of(function)
    for name in sorted(cell_source.names_used(cell.text)[0]):
        value = cell.namespace.get(name)
        if isinstance(value, dict) and "eventName" in value:
            line = cell_source.line_of(cell, name)
            result.misconception = "notebooks_record"
            result.why = f"It looks at `{name}`, a record of your notebook, and not at the one it is handed."
            result.advice = "use the name of the argument, the one in the `def` line, everywhere in the function."
            result.lines = [f"line {line}:  {cell_line(cell.filename, line)}"]


def _refused(name, error):
    """Return the Result for a function that cannot run in Lambda."""
    why = "The analyzer runs in Lambda, apart from this notebook: there is only what you hand over with your function."
    if "is not defined anywhere" in str(error):
        why = "Python does not know this name, neither here nor in Lambda."
    lines = [f"line {error.line}:  {cell_line(error.filename, error.line)}"] if error.line else []
    return Result(
        name,
        "raised",
        str(error),
        misconception="not_in_lambda" if error.name and error.line else None,
        why=why if error.line else "",
        lines=lines,
    )


def _remember(name, function, result):
    """Keep a passing answer and the progress; what cannot be written down is told, and spoils nothing."""
    try:
        if result.passed:
            kept = records.read().get(name, {})
            # The best answer stays: one without the bonus does not replace one with it.
            if not (kept.get("outcome") == "bonus" and result.outcome == "passed" and answers.load(name)):
                answers.save(name, packaging.standalone(function))
                records.update(name, model=False)
        records.note_check(name, result.outcome)
    except (OSError, ImportError, PackagingError) as error:
        result.remarks.append(f"your progress could not be saved: {error}")


def hint(exercise, n=None):
    """Show a hint for an exercise, given its function or name: the next of three, or the `n`-th (1 to 3)."""
    try:
        module = exercise_of(exercise)
    except ValueError as error:
        return Note("No such exercise", str(error))
    hints = module.HINTS
    if n is None:
        n = min(records.read().get(module.NAME, {}).get("hints", 0) + 1, len(hints))
    if not isinstance(n, int) or not 1 <= n <= len(hints):
        return Note(
            "No such hint",
            f"There are {len(hints)} hints: hint({module.NAME}, 1) to hint({module.NAME}, {len(hints)}).",
        )
    seen = records.read().get(module.NAME, {}).get("hints", 0)
    with contextlib.suppress(OSError):  # where nothing can be written, a hint is still a hint
        records.update(module.NAME, hints=max(n, seen))
    more = (
        f"hint({module.NAME}) again for the next."
        if n < len(hints)
        else f"After that there is solution({module.NAME})."
    )
    return Note(f"{module.NAME}: hint {n} of {len(hints)}", f"{hints[n - 1]}\n{more}")


def solution(exercise):
    """Show the model answer of an exercise; the first call only says that trying first pays."""
    try:
        module = exercise_of(exercise)
    except ValueError as error:
        return Note("No such exercise", str(error))
    entry = records.read().get(module.NAME, {})
    asked = entry.get("asked", 0)
    with contextlib.suppress(OSError):
        records.update(module.NAME, asked=asked + 1)
    solved = entry.get("outcome") in ("passed", "bonus")
    if not asked and not solved:
        text = (
            "What you find out yourself stays with you. Have you tried, read what check says, and seen all hints? "
            f"If so, or if time is short: run this cell again and solution({module.NAME}) shows the model answer."
        )
        return Note(f"{module.NAME}: try first", text)
    text = "One way to write it; yours may look different and be as right." if solved else "One way to write it."
    code = inspect.getsource(module.model)
    if hasattr(module, "bonus_model"):
        code += "\n\n# With the bonus:\n\n" + inspect.getsource(module.bonus_model)
    return Note(f"{module.NAME}: the model answer", text, code)


def catch_up(exercise):
    """Put the model answer of an exercise into my_answers/, for whoever came late, and return it as a function.

    Raises: ValueError if there is no such exercise.
    """
    module = exercise_of(exercise)
    answers.save(module.NAME, packaging.standalone(module.model), model=True)
    outcome = "bonus" if module.NAME == "deleting_logs" else "passed"
    records.note_check(module.NAME, outcome)
    records.update(module.NAME, model=True)
    found = (
        "saved_answers() finds it." if module.NAME in EXERCISES else f'Write {module.NAME} = catch_up("{module.NAME}").'
    )
    print(f"{module.NAME}: the model answer is in place now, as if you had written it. {found}")
    return answers.load(module.NAME)


def progress():
    """Return how far each exercise has come, across notebooks and restarts."""
    known = records.read()
    modules = [exercise_of(name) for name in (*EXERCISES, *EXTRA_CREDIT)]
    rows = [(m.NAME, m.TITLE, m.NOTEBOOK, known.get(m.NAME, {})) for m in modules]
    return records.Progress(rows[: len(EXERCISES)], rows[len(EXERCISES) :])


def model_answers():
    """Return the four model answers as functions, in the order of the exercises; deleting_logs includes the bonus."""
    return [exercise_of(name).model for name in EXERCISES]


def extra_answers():
    """Return the model answers of the exercises for extra credit as functions."""
    return [exercise_of(name).model for name in EXTRA_CREDIT]


assert tuple(_MODULES) == EXERCISES + EXTRA_CREDIT
