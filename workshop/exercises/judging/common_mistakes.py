"""Mistakes that exercises have in common: against the contract of all detectors, and in what they match."""

from collections.abc import Callable
from typing import Any

from workshop.exercises.misconception import Misconception, Signature, Strength, only

Rule = Callable[..., Any]
ASKED_ADVICE = "does the exercise ask for that, of that field, and with that text?"


def _cuts_short(signature: Signature) -> bool:
    """Tell whether a piece of a text is compared with a text of another length, and nothing ever found."""
    for notes in signature.notes.values():
        kept = {path: len(text) for path, how, text in notes if how == "slice"}
        for path, how, text in notes:
            if path.endswith("[:]") and how in ("==", "!=") and len(text) != kept.get(path[:-3]):
                return not signature.found
    return False


# Mistakes that any detector can have; what it matches is the catalogue of each exercise.
CONTRACT = {
    entry.id: entry
    for entry in (
        Misconception(
            "keeps_state",
            "The same record got another verdict when it came a second time. A function that remembers earlier "
            "records misses what is delivered twice or out of order, and Lambda forgets at any time.",
            "judge each record by its own fields alone: no lists, counters or sets outside the function.",
        ),
        Misconception(
            "changes_record",
            "The function changes the record itself, so the functions after it see something that CloudTrail "
            "never wrote.",
            "put what you compute into a variable of your own; leave the record as it is.",
        ),
        Misconception(
            "no_return",
            "It returns None here. A function that ends without a `return` gives None, and so does a bare `return`.",
            "each way through the function ends with `return True` or `return False`.",
        ),
        Misconception(
            "returns_prints_value",
            "It prints the matching record and then returns False. `print_short_record` itself always returns False, "
            "so its value cannot be the verdict.",
            "first call `print_short_record(record)`, then, on a line of its own, `return True`.",
        ),
        Misconception(
            "returns_print",
            "For a record that matches it returns None: `print(…)` always gives None, and so does a branch that ends "
            "without `return`.",
            "first call `print_short_record(record)`, then, on a line of its own, `return True`.",
        ),
        Misconception(
            "slice_length",
            "It cuts a piece off a text and compares it with one of another length: the two are never equal.",
            "count the characters: how many does `[:n]` keep?",
            when=_cuts_short,
            strength=Strength.CERTAIN,
        ),
        Misconception(
            "none_for_false",
            "Matches are right, but for other records it returns None. The exercise asks for False.",
            "each way through the function ends with `return True` or `return False`.",
        ),
        Misconception(
            "not_a_bool",
            "What it returns counts as true or false but is something else. The exercise asks for exactly True "
            "or False.",
            "use an `if` with `return True` and `return False`, or wrap the expression in `bool(…)`.",
        ),
        Misconception(
            "returns_match",
            "It returns what the pattern's `match` gives: a match object or None. They count as true and false, "
            "but the exercise asks for exactly True or False.",
            "test the match with `if`, and return True or False.",
        ),
        Misconception(
            "returns_text",
            'It returns a text, and every text that is not empty counts as true, even "False".',
            "return True or False itself; they stand without quotes.",
        ),
        Misconception(
            "unknown_is_text",
            "Where nobody can know it returns a text, and every text that is not empty counts as true.",
            "return None, without quotes.",
        ),
        Misconception(
            "returns_coroutine",
            "Calling it gives a generator or coroutine, not a verdict: `yield` and `async` make the function lazy.",
            "use plain `def` and `return`.",
        ),
        Misconception(
            "never_prints",
            "The verdict is right, but the matching record is not printed with `print_short_record`, so nobody would "
            "see in Lambda's log what was found.",
            "call `print_short_record(record)` just before `return True`.",
        ),
        Misconception(
            "always_prints",
            "The verdicts are right, but records that do not match are printed as well: the log would be full of them.",
            "call `print_short_record(record)` inside the `if`, not before it.",
        ),
        Misconception(
            "prints_something_else",
            "`print_short_record` is called, but with something other than the record.",
            "hand it the whole record: `print_short_record(record)`.",
        ),
    )
}


def opposite(right: Rule) -> Rule:
    """Return a rule whose True and False are the wrong way round; None stays None."""

    def rule(*arguments: Any) -> bool | None:
        verdict = right(*arguments)
        return None if verdict is None else not verdict

    return rule


def inverted(
    right: Rule,
    case: str,
    says: str = "Its verdicts are the wrong way round.",
    advice: str = "swap `return True` and `return False`, or look for a `not` too many.",
    rules: tuple[Rule, ...] = (),
    when: Callable[[Signature], Any] | None = None,
) -> Misconception:
    """Return the entry for verdicts that are the wrong way round, or follow one of some other rules."""
    return Misconception("inverted", says, advice, (opposite(right), *rules), when, case)


def always_true(
    case: str,
    advice: str = "which records should it not match? `return True` belongs inside the `if`.",
    rules: tuple[Rule, ...] = (),
) -> Misconception:
    """Return the entry for a function that matches everything, or all that follows one of some other rules."""
    says = "It returns True for every record."
    return Misconception("always_true", says, advice, (lambda *arguments: True, *rules), case=case)


def never_true(
    case: str, advice: str, says: str = "It returns False for every record, even this one."
) -> Misconception:
    """Return the entry for a function that matches nothing; what keeps it from doing so goes first, where it shows."""
    return Misconception("never_true", says, advice, when=lambda s: s.never_matches, case=case, strength=Strength.VAGUE)


def early_return_false(case: str, advice: str, when: Callable[[Signature], Any]) -> Misconception:
    """Return the entry for a function that matches nothing, and does not seem to have looked."""
    return Misconception(
        "early_return_false",
        "It returns False for every record that is to match, even this one.",
        advice,
        when=when,
        case=case,
        strength=Strength.VAGUE,
        asked_advice=ASKED_ADVICE,
    )


def filters_failed(why: str, advice: str = "do not look at errorCode.") -> Misconception:
    """Return the entry for a function that leaves out just the case "denied"."""
    return Misconception(
        "filters_failed",
        f"It leaves out calls that failed. {why}",
        advice,
        when=only(missed={"denied"}),
        case="denied",
    )


def narrower(says: str, advice: str) -> Misconception:
    """Return the entry for a function that leaves out some of what is asked for, and nobody knows better why."""
    return Misconception(
        "narrower",
        says,
        advice,
        when=lambda s: bool(s.missed) and not s.false_alarms,
        strength=Strength.VAGUE,
        shows_beyond=True,
    )
