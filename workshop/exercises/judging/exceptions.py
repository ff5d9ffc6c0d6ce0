"""What is behind a function that does not come to its end: an exception, an endless loop, a process that is gone."""

import difflib
import re
from typing import Any

from workshop.attendee_code.sandbox import Run
from workshop.exercises.exercise import Diagnosis
from workshop.exercises.misconception import Misconception
from workshop.exercises.sample_records import Record

# Fields that CloudTrail's records have, for whoever misspells one.
FIELDS = tuple(
    """eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent requestParameters
    responseElements requestID eventID eventType readOnly errorCode errorMessage resources recipientAccountId
    managementEvent eventCategory additionalEventData apiVersion serviceEventDetails sharedEventID vpcEndpointId
    vpcEndpointAccountId addendum sessionCredentialFromConsole tlsDetails eventContext edgeDeviceDetails insightDetails
    type principalId arn accountId accessKeyId userName invokedBy sessionContext sessionIssuer attributes creationDate
    mfaAuthenticated ec2RoleDelivery webIdFederationData federatedProvider identityProvider inScopeOf issuerType
    credentialsIssuedTo onBehalfOf credentialId sourceIdentity""".split()  # noqa: SIM905
)
LOOK_INSIDE = "look at a record: what is inside of what?"
_ARTICLE = {"str": "A text", "dict": "A dictionary", "list": "A list", "int": "A number", "bool": "True or False"}
_OF_PANDAS = {"fillna", "isna", "isnull", "notna", "notnull", "isin", "astype", "str", "apply", "loc", "iloc", "dropna"}
_OF_PANDAS |= {"to_string", "tolist", "values", "any", "all", "contains", "query", "head", "iterrows", "columns"}
_ENDINGS = {
    "SystemExit": (
        "ends_python",
        "It ends the whole Python process; in Lambda that would end the analysis of the file.",
    ),
    "KeyboardInterrupt": ("ends_python", "It raises KeyboardInterrupt, which ends the whole Python process."),
    "RecursionError": ("recursion", "It calls itself without end."),
    "EOFError": ("asks_for_input", "Nobody is there to answer in Lambda: everything it needs is in its arguments."),
    "MemoryError": ("memory", "It asked for more memory than there is."),
}


def close_field(key: str) -> str | None:
    """Return the field of CloudTrail's records that is spelled nearly like this, or None."""
    close = difflib.get_close_matches(key, FIELDS, 1, 0.7)
    return next(iter(close or [name for name in FIELDS if name.lower() == key.lower()]), None)


def said(result: dict[str, Any]) -> str:
    """Return what a call gave, in words."""
    error = result["error"]
    return f"{error['type']}: {error['text']}" if error else str(result["repr"])[:120]


def ended(run: Run) -> Diagnosis:
    """Return why a run did not come to its end."""
    if run.ended == "load":
        return raised(run.detail, summary="The cell's code stops when it is loaded, as Lambda would.")
    if run.ended == "time-out" and run.detail == "start":
        return Diagnosis(summary="Python did not start in time, this computer is busy: run the check again.")
    if run.ended == "time-out" and len(run.results.get("first", {})) >= 5:
        summary = "It is too slow; the check stopped it."
        cause = Misconception(
            "too_slow",
            "Each record has to be judged in milliseconds: a log file holds thousands.",
            "look at the line shown: it waits, prints or computes far too much.",
        )
    elif run.ended == "time-out":
        summary = "It did not come to an end; the check stopped it."
        cause = Misconception(
            "never_ends",
            "A loop that waits for something that never happens, or one that does far too much work? Each record has "
            "to be judged in milliseconds: a log file holds thousands.",
            "look at the loop in the line shown: what ends it?",
        )
    elif run.ended == "memory":
        summary, cause = "It asked for more memory than there is.", Misconception("memory", "", "")
    else:
        what = f"it was ended by {run.detail}" if run.ended == "signal" else f"exit status {run.detail}"
        summary = f"It ended the whole Python process ({what})."
        cause = Misconception(
            "ends_python",
            "In Lambda that would end the analysis of the whole log file.",
            "end the function with `return True` or `return False`.",
        )
    return Diagnosis(run.case, cause, summary, lines=run.lines if run.case is not None else [])


def raised(
    error: dict[str, Any], record: Record | None = None, summary: str = "It stopped with an error."
) -> Diagnosis:
    """Return what is behind an exception, as the sandbox describes it."""
    got = f"{error['type']}: {error['text']}" if error["text"] else error["type"]
    return Diagnosis(cause=explain(error, record), summary=summary, got=got, lines=error["lines"])


def remark(error: dict[str, Any], sentence: str) -> str:
    """Return the remark for a passing function that raised on a record that nobody has to be ready for."""
    field = error["key"]
    what, instead = (f"without `{field}`", f'`.get("{field}", "")`') if field else ("that lacks a field", "`.get`")
    return (
        f"it raises {error['type']} on a record {what}. ({sentence}) The analyzer reports that and goes on; "
        f"{instead} raises nothing there."
    )


def explain(error: dict[str, Any], record: Record | None = None) -> Misconception:
    """Return what an exception means and what to try; without an id if nothing is known about it."""
    return Misconception(*_meaning(error, record))


def _meaning(error: dict[str, Any], record: Record | None) -> tuple[str | None, str, str]:
    """Return (id or None, what it means, what to try)."""
    kind, text, key = error["type"], error["text"], error["key"]
    if kind in _ENDINGS:
        identifier, why = _ENDINGS[kind]
        return identifier, why, "return a value instead; the line shown is where it happened."
    if key == "Records":
        why = "It is handed one record, a dictionary. `Records` is what a whole log file has."
        return "one_record", why, '`record["eventName"]` is there at once, without `Records`.'
    if kind == "TypeError" and "string indices" in text and "'tuple'" in text:
        why = (
            "A comma in those square brackets makes two numbers a pair, and no piece of a text has a pair for a number."
        )
        return "piece_by_comma", why, "a piece of a text is taken with a colon: `[0:2]`."
    if kind == "TypeError" and "string indices" in text:
        why = "What stands in front of those square brackets is a text, and a text has no fields."
        return (
            "text_without_fields",
            why,
            "a loop over a record gives the names of its fields: texts, too.",
        )
    if kind == "KeyError" and isinstance(key, str):
        parts = {"": record, "userIdentity": (record or {}).get("userIdentity")}
        home = next((place for place, part in parts.items() if key in (part or {})), None)
        if home is not None:
            where = f"in `{home}`" if home else "at the top of the record"
            return (
                "wrong_level",
                f"`{key}` stands {where}; this looks for it elsewhere.",
                LOOK_INSIDE,
            )
        if key in FIELDS:
            why = f"This record has no `{key}` there: CloudTrail leaves out what does not apply."
            return (
                "absent_field",
                why,
                f'`.get("{key}")` gives None where the field is absent, `.get("{key}", "")` an empty text.',
            )
        close = close_field(key)
        advice = (
            f"did you mean `{close}`?"
            if close
            else "print that dictionary: what are its keys? `.get(key, …)` gives others what stands behind the comma."
        )
        return "unknown_field", f"The dictionary that is read there has no key `{key}`.", advice
    of_call = re.search(r"positional argument|unexpected keyword|required keyword", text)
    if kind == "TypeError" and of_call and len(error["lines"]) <= 1:
        return "signature", "The analyzer calls it with other arguments than it takes.", "look at the stub's `def`."
    if kind == "TypeError" and re.match("not (all|enough) arguments", text):
        why = "The text in front of `%` has another number of places, such as %s, than there are values behind it."
        return "places_and_values", why, 'count both; in f"…" each value stands at its own place.'
    if kind == "UnboundLocalError":
        why = "For this record the variable has no value yet at this line: no line that gives it one was run before."
        return "no_value", why, "give it a value before the first `if`."
    if kind == "TypeError" and re.search(r"requires string as left operand, not (list|tuple|set|dict)", text):
        why = "`in` looks for what stands on its left in what stands on its right; several cannot stand in a text."
        return "in_reversed", why, "turn it round: is the text one of the list's?"
    prefix = re.match(r"((?:starts|ends)with) first arg must be .*, not (\w+)", text)
    if kind == "TypeError" and prefix:
        why = f"`{prefix[1]}` takes one text, or a tuple of texts. It was given a value of the type `{prefix[2]}`."
        return "prefix_list", why, "a tuple of texts stands in round brackets."
    if kind == "TypeError" and re.match(r"unsupported operand type\(s\) for [&.]: '(str|int)' and '(str|int)'", text):
        why = "`&` does not join texts in Python, and does not join conditions either: it calculates with numbers."
        return (
            "bit_operator",
            why,
            "texts are joined with `+`, or stand in an f-string; conditions are joined with `and`.",
        )
    if kind == "TypeError" and re.match(r"unsupported operand type\(s\) for [&|]", text):
        why = "`&` and `|` calculate with numbers, and bind more tightly than `==`."
        return "bit_operator", why, "conditions are joined with `and` and `or`."
    if kind == "TypeError" and text.startswith("the JSON object must be"):
        why = "What it is handed was read from JSON already: it is a dictionary, not a text."
        return "parsed_already", why, '`record["eventName"]` is there at once, without `json`.'
    if "NoneType" in text:
        why = (
            "Something is None there, and None cannot be used like that: a field that is absent or null in this "
            "record, or what a call without a result gave."
        )
        return "none_used", why, '`record.get("name") or ""` gives an empty text for a field that is absent or null.'
    if kind == "AttributeError" and "'dict' object has no attribute" in text:
        why = "A record is a dictionary: its fields are read with brackets, not with a dot."
        return "attribute_access", why, '`record["eventName"]`, or `record.get("eventName", "")`.'
    method = re.fullmatch(r"'(str|dict|list|int|bool)' object has no attribute '(\w+)'", text)
    if kind == "AttributeError" and method:
        owner = {"str": str, "dict": dict, "list": list, "int": int, "bool": bool}[method[1]]
        alike = difflib.get_close_matches(method[2].lower(), [n for n in dir(owner) if n[0] != "_"], 1, 0.75)
        why = f"{_ARTICLE[method[1]]} has no method or field of that name: `{method[2]}`."
        if method[2] in _OF_PANDAS:
            why = f"`.{method[2]}` belongs to pandas, to its columns. {_ARTICLE[method[1]]} has no such method."
            return "no_such_method", why, "what stands there is a plain value of Python: `.get(…, …)`, `or`, `in`, …"
        if method[2].lower().startswith("substr"):
            return "no_such_method", why, "a piece of a text is taken with square brackets and a colon."
        return "no_such_method", why, f"did you mean `{alike[0]}`?" if alike else "look at the line shown."
    if kind == "TypeError" and "object is not callable" in text:
        why = f"Brackets behind a name call it, and {text.split(' object')[0]} cannot be called."
        if "Pattern" in text:
            return (
                "not_callable",
                "A pattern is not a function: one of its methods is called.",
                "`pattern.match(text)`.",
            )
        return "not_callable", why, "fields are read with `[…]` or `.get(…)`; is a name of yours a function's name too?"
    if kind == "IndexError":
        why = "It takes a piece by its number, and in this record there is none of that number."
        return "no_such_piece", why, "counting begins at 0, and the last piece is [-1]."
    if kind == "ValueError" and "substring not found" in text:
        why = "`index` stops with an error where the text is not in there."
        return "index_raises", why, "`in` asks whether it is, `startswith` whether it stands at the beginning."
    if kind == "ValueError" and "to unpack" in text:
        why = "What is taken apart there has another number of parts than there are names for them."
        return "no_pairs", why, "count both sides; a loop over a dictionary gives its keys, and `.items()` gives pairs."
    if kind == "ValueError" and re.match("unconverted data remains|time data .* does not match", text):
        why = "The format does not say all that stands in the text: each sign of it has its place in the format."
        return "time_format", why, "compare the two sign by sign; the times of CloudTrail end with a Z."
    joined = re.match(r'can only concatenate str \(not "(\w+)"\)', text)
    if kind == "TypeError" and joined and joined[1] != "NoneType":
        why = f"`+` joins texts with texts, and there stands a value of the type `{joined[1]}`."
        return "joins_other_types", why, "`str(…)` makes a text of it, and an f-string does so by itself."
    if kind == "TypeError" and "unhashable type: 'list'" in text:
        why = "A list is no key of a dictionary and no member of a set. Each takes one at a time; pandas takes several."
        return "list_of_keys", why, "ask for each by itself."
    if kind == "TypeError" and "does not support item" in text:
        why = "Something is changed there that cannot be changed: `known` is for reading, as texts and tuples are."
        return "read_only", why, "put what you compute into a variable of your own."
    order = re.match(r"'(\S+)' not supported between instances of '([\w.]+)' and '([\w.]+)'", text)
    if kind == "TypeError" and order:
        why = f"`{order[1]}` cannot put a value of the type `{order[2]}` and one of the type `{order[3]}` in order."
        return "different_types", why, "which of the two is not what you think? Compare two of one type."
    if kind == "NotImplementedError" and "notebook" in text:
        return None, "The line that the exercise started with is still there.", "remove it once your code is complete."
    return None, "", "look at the last of the lines shown, with this record in mind."
