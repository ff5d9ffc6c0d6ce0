"""Exercise 1's checked questions about the lake: `question` puts them, `answer` checks, `quiz` asks why.

written_time    moments as people write them
forms           numbers, names and times, understood in the forms in which attendees hand them in
lake            the lake as the questions see it
choices         the quizzes, with something to say about every choice
kinds           the kinds of answers: how each is read, and when two are the same
model           what a question is
solved          which questions are answered, kept in a file
judging         an answer judged, with the mistake behind a wrong one
choice_form     quizzes and predictions as forms
what_happened   questions about what was called, how often, and when
who_called      questions about who called, for whom, and with which success
vanished        for extra credit: which log files are gone
all_questions   all of them, in their order
"""

import json
import operator
import re
from collections.abc import Container
from typing import TYPE_CHECKING, Any

from workshop.exercises.feedback import Note, Result

if TYPE_CHECKING:
    from workshop.exercises.questions.choice_form import QuizForm
    from workshop.exercises.questions.lake import Lake
    from workshop.exercises.questions.model import Question
    from workshop.exercises.questions.solved import Questions


def question(n: object = None) -> "Note | Questions":
    """Show question `n` (from 1): the task, the field to look at, the kind of answer. Without `n`: which are done.

    `n` may also be the name of a question for extra credit, such as "vanished hour".
    """
    from workshop.exercises.questions.all_questions import EXTRA_CREDIT, FOR_EVERYBODY, QUESTIONS
    from workshop.exercises.questions.choices import QUIZZES
    from workshop.exercises.questions.solved import Questions

    if n is None:
        return Questions(QUESTIONS, QUIZZES, FOR_EVERYBODY)
    if callable(n):
        name = getattr(n, "__name__", "the function")
        return Note("No such question", f"Questions have numbers: question(1). For the function {name}: hint({name}).")
    found = _asked(n)
    if found is None:
        extra = ", ".join(f'"{name}"' for name in EXTRA_CREDIT)
        text = f"There are questions 1 to {len(QUESTIONS)}; question() lists them. For extra credit: {extra}."
        return Note("No such question", text)
    number, asked = found
    try:
        task = asked.task if isinstance(asked.task, str) else asked.task(_lake())
    except Exception as error:
        return Note("The logs cannot be read", _unreadable(error))
    text = f"{task}\nLook at {asked.look_at}\nAnswer with {asked.kind.expects}"
    text += f"\nThen ask yourself why: quiz({number})" if number in QUIZZES else ""
    if isinstance(number, str):
        return Note(f"Extra credit: {asked.title}", text, f'answer("{number}", ...)')
    return Note(f"Question {number} of {len(QUESTIONS)}: {asked.title}", text, f"answer({number}, ...)")


def answer(n: object = None, value: object = None, *more: object) -> Result:
    """Check an answer to question `n` and return the `Result`; numbers, names, lists and Series are all understood.

    It never raises, whatever it is given, and never gives the answer away. It remembers what was right. Several values
    go into one list; `more` is only there to say so.
    """
    from workshop.exercises.questions.all_questions import QUESTIONS
    from workshop.exercises.questions.judging import judge

    try:
        found = _asked(n)
        if found is None:
            text, advice = _no_number(n, value, len(QUESTIONS))
            return Result("answer", "not attempted", text, advice=advice)
        if more:
            text = "Several values are one answer: put them into a list."
            names = ", ".join(map(_quoted, (value, *more)))
            return Result("answer", "not attempted", text, advice=f"answer({json.dumps(found[0])}, [{names}]).")
        result = judge(*found, value, _lake())
    except Exception as error:  # a fault of the kit must not look like the attendee's
        return Result("answer", "raised", _unreadable(error))
    _remember(found[0], result, "outcome")
    return result


def _no_number(n: object, value: object, count: int) -> tuple[str, str]:
    """Return what is said where an answer comes without the number of its question, and what to write instead."""
    shown = re.match(r"Question (\d+) of", n.title) if isinstance(n, Note) else None
    if shown or isinstance(n, Note) or callable(n):
        text = "`question(…)` shows a question; `answer` wants its number."
        return text, f"answer({shown[1] if shown else 1}, your_answer)."
    numbered = f"They are numbered 1 to {count}."
    if n is None:
        return f"Which question, and what is your answer? {numbered}", "answer(1, your_answer)."
    if value is None:
        text = f"To which question is {_shown(n)} the answer? {numbered}"
        return text, "write the number first: answer(1, your_answer)."
    if _number(value, range(1, count + 1)) and isinstance(n, str | list | tuple | set) and n:
        text = f"The number of the question comes first, your answer second. {numbered}"
        return text, f"answer({_number(value, range(1, count + 1))}, {_quoted(n)})."
    text = f"There is no such question: {_shown(n)}. {numbered}"
    return text, "write the number first: answer(1, your_answer)."


def _quoted(value: object) -> str:
    return f'"{_shown(value)}"' if isinstance(value, str) else _shown(value)


def quiz(n: object = None, choice: object = None) -> "Note | Questions | Result | QuizForm":
    """Ask why: a multiple-choice form for question `n`, or what there is to say about a `choice` ("A", "B", …).

    The form works with mouse and keyboard. Where no widget can run, it is a text: then hand in your choice here.
    Without `n`: which questions have a quiz, and which are done.
    """
    from workshop.exercises.questions.choices import QUIZZES

    if n is None:
        return question()
    number = _number(n, QUIZZES)
    if number is None:
        numbers = ", ".join(map(str, QUIZZES))
        return Note("No such quiz", f"There is a quiz for questions {numbers}; question() lists them.")
    if choice is None:
        from workshop.exercises.questions.choice_form import QuizForm

        return QuizForm(number, QUIZZES[number], lambda result: _remember(number, result, "quiz"))
    result = QUIZZES[number].judge(number, choice)
    _remember(number, result, "quiz")
    return result


def _lake() -> "Lake":
    from workshop.exercises.questions.lake import lake

    return lake()


def _asked(n: object) -> "tuple[int | str, Question] | None":
    """Return a question of Exercise 1 with its number, or one for extra credit with its name; None for another `n`."""
    from workshop.exercises.questions.all_questions import EXTRA_CREDIT, QUESTIONS

    name = " ".join(n.lower().split()) if isinstance(n, str) else ""
    if name in EXTRA_CREDIT:
        return name, EXTRA_CREDIT[name]
    number = _number(n, range(1, len(QUESTIONS) + 1))
    return (number, QUESTIONS[number - 1]) if number else None


def _number(n: Any, numbers: Container[int]) -> int | None:
    """Return which of these numbers is meant by `n`, or None; 3, 3.0, "3" and NumPy's 3 are the same."""
    try:
        found = int(n.strip()) if isinstance(n, str) else int(n) if isinstance(n, float) else operator.index(n)
        whole = not isinstance(n, bool) and found in numbers and found == float(n)
    except Exception:
        return None
    return found if whole else None


def _shown(value: object) -> str:
    from workshop.exercises.questions.forms import shown

    return shown(value, 60)


def _unreadable(error: Exception) -> str:
    text = _shown(f"{type(error).__name__}: {error}") if not isinstance(error, OSError) else str(error)
    return f"The question could not be worked out, which is not your fault: {text}. Are the logs in data/ all there?"


def _remember(number: int | str, result: Result, part: str) -> None:
    """Keep what was reached; if it cannot be written down, a remark says so, and nothing else changes."""
    from workshop.exercises.questions import solved

    try:
        solved.note(number, result.outcome, part)
    except OSError as error:
        result.remarks.append(f"your progress could not be saved: {error}")
