"""What to say when a function does not come to its end: an exception, an endless loop, a process that is gone."""

import difflib
import re

from workshop.attendee_code.cell_source import cell_line
from workshop.exercises.feedback import Result

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
_ARTICLE = {"str": "A text", "dict": "A dictionary", "list": "A list"}
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


def own_lines(package, lines, last_only=False):
    """Return the attendee's own lines among packaged ones, as "line 3:  text", each once, in order."""
    texts = []
    for line, _ in lines:
        origin = package.origin(line)
        if origin:
            texts.append(f"line {origin[1]}:  {cell_line(*origin)}")
    texts = list(dict.fromkeys(texts))
    return texts[-1:] if last_only else texts


def ended_early(name, package, run, describe):
    """Return the Result of a run that did not come to its end; `describe(number)` says what case that number is."""
    where = {"case": describe(run.case), "lines": own_lines(package, run.lines)} if run.case is not None else {}
    if run.ended == "load":
        return exception(name, package, run.detail, summary="The cell's code stops when it is loaded, as Lambda would.")
    if run.ended == "time-out" and run.detail == "start":
        return Result(name, "raised", "Python did not start in time, this computer is busy: run the check again.")
    if run.ended == "time-out" and len(run.results.get("first", {})) >= 5:
        why = "Each record has to be judged in milliseconds: a log file holds thousands."
        return Result(name, "raised", "It is too slow; the check stopped it.", misconception="too_slow", why=why,
                      advice="look at the line shown: it waits, prints or computes far too much.", **where)  # fmt: skip
    if run.ended == "time-out":
        why = (
            "A loop that waits for something that never happens, or one that does far too much work? Each record has "
            "to be judged in milliseconds: a log file holds thousands."
        )
        return Result(name, "raised", "It did not come to an end; the check stopped it.", misconception="never_ends",
                      why=why, advice="look at the loop in the line shown: what ends it?", **where)  # fmt: skip
    if run.ended == "memory":
        return Result(name, "raised", "It asked for more memory than there is.", misconception="memory", **where)
    what = f"it was ended by {run.detail}" if run.ended == "signal" else f"exit status {run.detail}"
    return Result(name, "raised", f"It ended the whole Python process ({what}).", misconception="ends_python",
                  why="In Lambda that would end the analysis of the whole log file.",
                  advice="end the function with `return True` or `return False`.", **where)  # fmt: skip


def exception(name, package, error, summary="", case="", expected="", record=None, fields=()):
    """Return the Result for an exception, as `run_cases` describes it: what it means and the attendee's own lines."""
    kind, text = error["type"], error["text"]
    got = f"{kind}: {text}" if text else kind
    identifier, why, advice = explain(error, record)
    return Result(
        name,
        "raised",
        summary or "It stopped with an error.",
        case=case,
        expected=expected,
        got=got,
        record=record,
        fields=fields,
        misconception=identifier,
        why=why,
        advice=advice,
        lines=own_lines(package, error["lines"]),
    )


def remark(error, sentence):
    """Return the remark for a passing function that raised on a record that nobody has to be ready for."""
    field = error["key"]
    what, instead = (f"without `{field}`", f'`.get("{field}", "")`') if field else ("that lacks a field", "`.get`")
    return (
        f"it raises {error['type']} on a record {what}. ({sentence}) The analyzer reports that and goes on; "
        f"{instead} would not stop."
    )


def explain(error, record=None):
    """Return (misconception or None, what it means, what to try) for an exception."""
    kind, text, key = error["type"], error["text"], error["key"]
    if kind in _ENDINGS:
        identifier, why = _ENDINGS[kind]
        return identifier, why, "return a value instead; the line shown is where it happened."
    if key == "Records" or (kind == "TypeError" and "string indices" in text):
        why = "It is handed one record, a dictionary; a loop over it gives the names of its fields, not records."
        return "one_record", why, '`record["eventName"]` is there at once, without a loop.'
    if kind == "KeyError" and isinstance(key, str):
        homes = ("", "userIdentity") if isinstance(record, dict) else ()
        home = next((h for h in homes if key in ((record.get(h) or {}) if h else record)), None)
        if home is not None:
            where = f"in `{home}`" if home else "at the top of the record"
            return (
                "wrong_level",
                f"`{key}` stands {where}; this looks for it elsewhere.",
                "look at a record: what is inside of what?",
            )
        if key in FIELDS:
            why = f"This record has no `{key}` there: CloudTrail leaves out what does not apply."
            return "absent_field", why, f'`.get("{key}", "")` gives an empty text where the field is absent.'
        close = difflib.get_close_matches(key, FIELDS, 1, 0.6)
        close = close or [name for name in FIELDS if name.lower() == key.lower()]
        advice = f"did you mean `{close[0]}`? " if close else ""
        why = f"CloudTrail's records have no field `{key}` there."
        return "unknown_field", why, advice + "Look at a record, with print or in notebook 01, for the exact names."
    of_call = re.search(r"positional argument|unexpected keyword|required keyword", text)
    if kind == "TypeError" and of_call and len(error["lines"]) <= 1:
        return "signature", "The analyzer calls it with other arguments than it takes.", "look at the stub's `def`."
    if kind == "UnboundLocalError":
        why = "For this record the variable never gets a value: the line that sets it is not reached."
        return "no_value", why, "give it a value before the first `if`."
    if kind == "TypeError" and "requires string as left operand" in text:
        why = "`in` looks for what stands on its left in what stands on its right; a list cannot stand in a text."
        return "in_reversed", why, "turn it round: is the text one of the list's?"
    if kind == "TypeError" and re.match(r"(starts|ends)with first arg", text):
        return "prefix_list", "`startswith` takes one text, or a tuple of texts, but no list.", "use `(…)`, not `[…]`."
    if kind == "TypeError" and re.match(r"unsupported operand type\(s\) for [&|]", text):
        why = "`&` and `|` calculate with numbers, and bind more tightly than `==`."
        return "bit_operator", why, "conditions are joined with `and` and `or`."
    if kind == "TypeError" and text.startswith("the JSON object must be"):
        why = "What it is handed was read from JSON already: it is a dictionary, not a text."
        return "parsed_already", why, '`record["eventName"]` is there at once, without `json`.'
    if "NoneType" in text:
        why = "Something that it reads is None or absent in this record, and None cannot be used like that."
        return "absent_field", why, '`.get("name", "")` gives an empty text for a field that is absent.'
    if kind == "AttributeError" and "'dict' object has no attribute" in text:
        why = "A record is a dictionary: its fields are read with brackets, not with a dot."
        return "attribute_access", why, '`record["eventName"]`, or `record.get("eventName", "")`.'
    method = re.fullmatch(r"'(str|dict|list)' object has no attribute '(\w+)'", text)
    if kind == "AttributeError" and method:
        owner = {"str": str, "dict": dict, "list": list}[method[1]]
        close = difflib.get_close_matches(method[2].lower(), [n for n in dir(owner) if n[0] != "_"], 1, 0.6)
        why = f"{_ARTICLE[method[1]]} has no method or field of that name: `{method[2]}`."
        return "no_such_method", why, f"did you mean `{close[0]}`?" if close else "look at the line shown."
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
        why = (
            "It takes a piece by its number, and in this record there is none of that number: an empty text has no [0]."
        )
        return "no_such_piece", why, "`startswith` and `[:2]` do not mind a text that is short or empty."
    if kind == "NotImplementedError":
        return None, "The line that the exercise started with is still there.", "remove it once your code is complete."
    return None, "", "look at the last of the lines shown, with this record in mind."
