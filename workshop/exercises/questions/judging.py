"""An answer judged: right, one of the likely mistakes, or wrong in a way of its own; never with the right one in it."""

import json

from workshop.exercises.feedback import Result
from workshop.exercises.questions import forms
from workshop.exercises.questions.kinds import Kind, without_date
from workshop.exercises.questions.lake import Lake
from workshop.exercises.questions.model import Question, Wrong


def judge(number: int | str, question: Question, value: object, lake: Lake) -> Result:
    """Judge the value handed in for a question and return the Result."""
    look_at = f"Look at {question.look_at}"
    name = f"Question {number}" if isinstance(number, int) else question.title
    if value is None or value is ...:
        text = f"Work it out, then hand it in: answer({json.dumps(number)}, your_answer)."
        return Result(name, "not attempted", text, why=f"{look_at}.", advice=question.advice)
    got = forms.shown(value)
    remarks: list[str] = []
    why, advice, misconception, outcome = "", question.advice, None, "wrong"
    try:
        given = _read(question.kind, value, remarks, lake)
        if question.kind.same(given, question.answer(lake), lake, remarks):
            return Result(name, "passed", f"That is right. {question.meaning}", got=got, remarks=remarks)
    except forms.Odd as error:
        why, misconception = str(error), "wrong_form"
        outcome = "not attempted" if isinstance(error, forms.Unreadable) else outcome
    wrong = _likely(question, value, lake)
    if wrong:
        why, advice, misconception, outcome = wrong.why, wrong.advice or advice, wrong.id, "wrong"
    return Result(
        name,
        outcome,
        "It was not judged: no hour can be read from it." if outcome == "not attempted" else "",
        expected=question.kind.expects,
        got=got,
        why=f"{why or _of_its_own(question, given, lake)} {look_at}.",
        advice=advice,
        misconception=misconception,
    )


def _read(kind: Kind, value: object, remarks: list[str], lake: Lake) -> forms.Value:
    """Read a value as an answer of a kind. Raises: forms.Odd, for whatever reason it cannot be read."""
    try:
        return kind.read(value, remarks, lake)
    except forms.Odd:
        raise
    except Exception as error:  # an object that cannot even be looked at
        raise forms.Odd(f"The question asks for {kind.expects}, and that cannot be read.") from error


def _likely(question: Question, value: object, lake: Lake) -> Wrong | None:
    """Return the likely mistake that leads to this value, or None."""
    for wrong in question.wrong(lake):
        kind = wrong.kind or question.kind
        try:
            given = _read(kind, value, [], lake)
        except forms.Odd:
            continue
        if kind.same(given, wrong.value, lake, []):
            return wrong
    return None


def _of_its_own(question: Question, given: forms.Value, lake: Lake) -> str:
    """Say what is wrong with an answer that nobody foresaw."""
    right = question.answer(lake)
    if isinstance(right, frozenset) and isinstance(given, list):
        asked, handed_in = {name.casefold() for name in right}, {name.casefold() for name in given}
        if handed_in < asked:
            return "Right as far as it goes, but not all of them are there."
        if handed_in > asked:
            return "All of them are there, and some that do not belong."
        return "Not those."
    if isinstance(given, str):
        if not _occurs(given.casefold(), question.fields, lake):
            return "That text is not among the values of the field. Is it spelled as in the records?"
        return "It occurs in the records, but it is not the one that the question asks for."
    return "The records say something else."


def _occurs(text: str, fields: tuple[str, ...], lake: Lake) -> bool:
    """Return whether a text is among the values of some fields, in full or as people shorten it."""
    values = {str(value) for field in fields for value in lake.events[field].dropna().unique()}
    known = {form.casefold() for value in values for form in (value, value.removesuffix(".amazonaws.com"))}
    known |= {without_date(value).casefold() for value in values}
    return text in known or text in lake.names_of_identities
