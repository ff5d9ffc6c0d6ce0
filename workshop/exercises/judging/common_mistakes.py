"""Mistakes against the contract that all detectors share: what they return, print, keep and change."""

from workshop.exercises.exercise import Misconception

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
            "It finds the record but does not say so: a function without `return` returns None.",
            "end the branch that matches with `return True`.",
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
        ),
        Misconception(
            "none_for_false",
            "Matches are right, but for other records the function runs off its end and so returns None. The exercise "
            "asks for False.",
            "end the function with `return False`, at the outermost indentation.",
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
            'It returns the word, a text, and every text that is not empty counts as true: even "False".',
            "return True and False without quotes.",
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
