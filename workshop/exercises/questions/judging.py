"""An answer judged: right, one of the likely mistakes, or wrong in a way of its own; never with the right one in it."""

import json

from workshop.exercises.feedback import Result
from workshop.exercises.questions import forms
from workshop.exercises.questions.kinds import NAMES, PEOPLE, person, without_date


def judge(number, question, value, lake):
    """Judge the value handed in for a question and return the Result."""
    look_at = f"Look at {question.look_at}"
    name = f"Question {number}" if isinstance(number, int) else question.title
    if value is None or value is ...:
        text = f"Work it out, then hand it in: answer({json.dumps(number)}, your_answer)."
        return Result(name, "not attempted", text, why=f"{look_at}.", advice=question.advice)
    got, remarks, odd = forms.shown(value), [], None
    try:
        given = _read(question.kind, value, remarks)
    except forms.Odd as error:
        given, odd = None, str(error)
    if odd is None and question.kind.same(given, question.answer(lake), lake, remarks):
        return Result(name, "passed", f"That is right. {question.meaning}", got=got, remarks=remarks)
    wrong = _likely(question, value, lake)
    if wrong:
        return Result(
            name,
            "wrong",
            expected=question.kind.expects,
            got=got,
            why=f"{wrong.why} {look_at}.",
            advice=wrong.advice or question.advice,
            misconception=wrong.id,
        )
    why = odd or _of_its_own(question, given, lake)
    mistake = "wrong_form" if odd else None
    return Result(
        name,
        "wrong",
        expected=question.kind.expects,
        got=got,
        why=f"{why} {look_at}.",
        advice=question.advice,
        misconception=mistake,
    )


def _read(kind, value, remarks):
    """Read a value as an answer of a kind. Raises: forms.Odd, whatever is the matter with the value."""
    try:
        return kind.read(value, remarks)
    except forms.Odd:
        raise
    except Exception as error:  # an object that cannot even be looked at
        raise forms.Odd(f"Asked for is {kind.expects}, and that cannot be read as one.") from error


def _likely(question, value, lake):
    """Return the likely mistake that leads to this value, or None."""
    for wrong in question.wrong(lake):
        kind = wrong.kind or question.kind
        try:
            given = _read(kind, value, [])
        except forms.Odd:
            continue
        if kind.same(given, wrong.value, lake, []):
            return wrong
    return None


def _of_its_own(question, given, lake):
    """Say what is the matter with an answer that nobody foresaw."""
    if question.kind in (PEOPLE, NAMES):
        simple = person if question.kind is PEOPLE else str.casefold
        asked, handed_in = {simple(name) for name in question.answer(lake)}, {simple(name) for name in given}
        if handed_in < asked:
            return "Right as far as it goes, but not all of them are there."
        if handed_in > asked:
            return "All of them are there, and some that do not belong."
        return "Not those."
    if isinstance(given, str):
        if not _occurs(given.casefold(), question.fields, lake):
            return "That text is not among the values of the field. Is it spelled as in the records?"
        return "It occurs in the records, but another one is asked for."
    return "The records say something else."


def _occurs(text, fields, lake):
    """Tell whether a text is among the values of some fields, in full or as people shorten it."""
    values = {str(value) for field in fields for value in lake.events[field].dropna().unique()}
    known = {form.casefold() for value in values for form in (value, value.removesuffix(".amazonaws.com"))}
    known |= {without_date(value).casefold() for value in values}
    return text in known or text in lake.names_of_identities
