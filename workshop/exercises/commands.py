"""What attendees call: check, hint, solution, progress, catch_up, and the model answers."""

import contextlib
import inspect
from collections.abc import Callable
from typing import Any

from workshop import cloudtrail_analyzer
from workshop.attendee_code import packaging
from workshop.attendee_code.call_slips import slip
from workshop.attendee_code.cell_source import PackagingError
from workshop.display import syntax_slips
from workshop.exercises import answers, progress_file
from workshop.exercises.exercise import Exercise
from workshop.exercises.feedback import Note, Result
from workshop.exercises.judging import wording
from workshop.exercises.judging.judge import judge
from workshop.exercises.registry import BY_NAME, DEPLOYED, EXERCISES, EXTRA_CREDIT, exercise_of
from workshop.exercises.sample_records import Maker


def check(function: Any = None, *more: Any) -> Result:
    """Run a function on the cases of its exercise, found by the function's name, and return the `Result`.

    It never raises, whatever the function does, and ends within 5 seconds. An answer that passes is kept in
    my_answers/, where other notebooks and a restarted kernel find it. `more` is only there to say that it takes one.
    """
    syntax_slips.listen()
    try:
        return _check((function, *more) if more else function)
    except Exception as error:  # a fault of the kit must not look like the attendee's
        text = f"The check itself failed, which is not your function's fault: {type(error).__name__}: {error}"
        return Result(str(getattr(function, "__name__", "check"))[:60], "raised", text)


def _check(function: Any, seed: int | None = None) -> Result:
    instead = slip("check({})", function)
    if instead:
        return Result("check", "not attempted", instead)
    try:
        exercise = exercise_of(function)
    except ValueError as error:
        return Result("check", "raised", str(error))
    if function is getattr(cloudtrail_analyzer, exercise.name, None) and not packaging.is_stub(function):
        return wording.of_the_kit(exercise.name)
    unwritten = packaging.is_stub(function)
    result = wording.not_attempted(exercise.name) if unwritten else judge(exercise, function, Maker(seed))
    _remember(exercise, function, result)
    return result


def _remember(exercise: Exercise, function: Callable[..., Any], result: Result) -> None:
    """Keep a passing answer and the progress; what cannot be written down is told, and spoils nothing."""
    name = exercise.name
    try:
        if result.passed:
            kept = progress_file.read().get(name, {})
            # The best answer stays: one without the bonus does not replace one with it.
            if not (kept.get("outcome") == "bonus" and result.outcome == "passed" and _is_usable(name)):
                answers.save(name, packaging.standalone(packaging.cell_of(function, name)))
                progress_file.update(name, model=False)
        progress_file.note_check(name, result.outcome)
    except (OSError, PackagingError) as error:
        result.remarks.append(f"your progress could not be saved: {error}")


def _is_usable(name: str) -> bool:
    """Tell whether an answer is kept, and its file is not damaged."""
    try:
        return answers.load(name) is not None
    except ImportError:
        return False


def _named(call: str, exercise: Any) -> Exercise | Note:
    """Return the exercise that a function or its name means, or the Note that says what to write instead."""
    if isinstance(exercise, str) or callable(exercise):
        try:
            return exercise_of(exercise)
        except ValueError as error:
            return Note("No such exercise", str(error))
    if exercise is None:
        return Note("Which exercise?", f"{call.format('deleting_logs')}, say. The exercises are: {', '.join(BY_NAME)}.")
    if isinstance(exercise, int) and not isinstance(exercise, bool):
        return Note("Which exercise?", f"The function comes first: {call.format('deleting_logs')}.")
    return Note("Which exercise?", slip(call, exercise) or "")


def hint(exercise: Any = None, n: Any = None) -> Note:
    """Show a hint for an exercise, given its function or name: the next of three, or the `n`-th (1 to 3)."""
    found = _named("hint({})", exercise)
    if isinstance(found, Note):
        return found
    name, hints = found.name, found.hints
    seen = progress_file.read().get(name, {}).get("hints", 0)
    if n is None:
        n = min(seen + 1, len(hints))
    if not isinstance(n, int) or not 1 <= n <= len(hints):
        return Note("No such hint", f"There are {len(hints)} hints: hint({name}, 1) to hint({name}, {len(hints)}).")
    with contextlib.suppress(OSError):  # where nothing can be written, a hint is still a hint
        progress_file.update(name, hints=max(n, seen))
    more = f"hint({name}) again for the next." if n < len(hints) else f"After that there is solution({name})."
    return Note(f"{name}: hint {n} of {len(hints)}", f"{hints[n - 1]}\n{more}")


def solution(exercise: Any = None) -> Note:
    """Show the model answer of an exercise; the first call only says that trying first pays."""
    found = _named("solution({})", exercise)
    if isinstance(found, Note):
        return found
    entry = progress_file.read().get(found.name, {})
    asked = entry.get("asked", 0)
    with contextlib.suppress(OSError):
        progress_file.update(found.name, asked=asked + 1)
    solved = entry.get("outcome") in ("passed", "bonus")
    if not asked and not solved:
        text = (
            "What you find out yourself stays with you. Have you tried, read what check says, and seen all hints? "
            f"If so, or if time is short: run this cell again and solution({found.name}) shows the model answer."
        )
        return Note(f"{found.name}: try first", text)
    text = "One way to write it; yours may look different and be as right." if solved else "One way to write it."
    code = inspect.getsource(found.model)
    if found.bonus_model:
        code += "\n\n# With the bonus:\n\n" + inspect.getsource(found.bonus_model)
    return Note(f"{found.name}: the model answer", text, code)


def catch_up(exercise: Any = None) -> Callable[..., Any] | None:
    """Put the model answer of an exercise into my_answers/, for whoever came late, and return it as a function.

    Raises: ValueError if there is no such exercise.
    """
    found = exercise_of(exercise)
    name = found.name
    answers.save(name, packaging.standalone(found.model), answers.MODEL)
    progress_file.note_check(name, found.model_earns)
    progress_file.update(name, model=True)
    where = "saved_answers() finds it." if name in DEPLOYED else f'Write {name} = catch_up("{name}").'
    print(f"{name}: the model answer is in place now, as if you had written it. {where}")
    return answers.load(name)


def progress() -> progress_file.Progress:
    """Return how far each exercise has come, across notebooks and restarts."""
    known = progress_file.read()
    rows, extra = (
        [(each.name, each.title, each.notebook, known.get(each.name, {})) for each in exercises]
        for exercises in (EXERCISES, EXTRA_CREDIT)
    )
    return progress_file.Progress(rows, extra)


def model_answers() -> list[Callable[..., Any]]:
    """Return the four model answers as functions, in the order of the exercises; deleting_logs includes the bonus."""
    return [exercise.model for exercise in EXERCISES]


def extra_answers() -> list[Callable[..., Any]]:
    """Return the model answers of the exercises for extra credit as functions."""
    return [exercise.model for exercise in EXTRA_CREDIT]
