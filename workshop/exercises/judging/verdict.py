"""Judging a detector: a function that sees each record and tells, by True or False, whether it matches.

An exercise whose KIND is "predicate" is judged like one, except that it prints nothing: its function may get a second
argument (its cases have `known`), and may return None where the exercise asks for three verdicts (THREE_VALUED).
"""

import ast
import dataclasses
import difflib
import json
import re
from collections.abc import Mapping

from workshop.attendee_code.sandbox import run_cases
from workshop.attendee_code.syntax_tree import tree_of
from workshop.exercises.exercise import UNKNOWN, Misconception, Signature
from workshop.exercises.feedback import Result
from workshop.exercises.judging import exceptions, fields_read
from workshop.exercises.judging.common_mistakes import CONTRACT
from workshop.exercises.judging.source_slips import names_call, slip_in
from workshop.exercises.sample_records import value_at


def judge(exercise, package, maker):
    """Run a packaged detector on the cases of an exercise (its module) and return the Result."""
    name, cases, probes = exercise.NAME, exercise.cases(maker), exercise.probes(maker, _texts(package))
    judged = range(len(cases))
    kind = getattr(exercise, "KIND", "detector")
    sent = [{"record": json.dumps(case.record), **_told(case)} for case in cases]
    sent += [{"record": json.dumps(probe.record)} for probe in probes]
    watched = sorted(judged, key=lambda number: not cases[number].watch)
    rounds = [("first", [*judged]), ("again", [*reversed(judged)]), ("first", [*range(len(cases), len(sent))])]
    run = run_cases(package, name, sent, [*rounds, ("watched", watched)], spy=kind == "detector")
    first = run.results.get("first", {})
    again = run.results.get("again", {})
    errors = {number: first[number]["error"] for number in judged if number in first and first[number]["error"]}
    if (
        errors
        and all(error["type"] == "NotImplementedError" for error in errors.values())
        and len(errors) == len(cases)
    ):
        return not_attempted(name)
    worst = _worst_error(exercise, cases, errors)
    complete = set(judged) <= set(first) and set(judged) <= set(again)
    if run.ended != "done" and not complete and (worst is None or run.ended != "memory"):
        return exceptions.ended_early(name, package, run, lambda n: cases[n].sentence if n < len(cases) else "")
    if worst is not None:
        if complete and errors[worst]["type"] == "KeyError":  # of a field that the function itself may have removed
            view = _View(exercise, package, cases, probes, first, again, run.results.get("watched", {}))
            changed = view.changed()
            if changed:
                return changed
        result = _raised(exercise, package, cases[worst], errors[worst])
        if first[worst].get("printed_other"):
            entry = CONTRACT["prints_something_else"]
            result.misconception, result.why, result.advice = entry.id, entry.says, entry.advice
        return result
    view = _View(exercise, package, cases, probes, first, again, run.results.get("watched", {}))
    return view.wrong() or view.passed()


def _told(case):
    """Return the second argument of a case as JSON can hold it: {"known": …}, or {} if there is none."""
    if case.known is None:
        return {}
    told = {field.name: getattr(case.known, field.name) for field in dataclasses.fields(case.known)}
    return {"known": _as_json(told)}


def _as_json(value):
    if isinstance(value, Mapping):
        return {key: _as_json(inner) for key, inner in value.items()}
    return sorted(value) if isinstance(value, frozenset | set) else value


def not_attempted(name):
    """Return the Result of a function that does nothing yet."""
    return Result(
        name,
        "not attempted",
        f"`{name}` is still as you found it. Write it in its cell, run the cell, then run this one again. "
        f"`hint({name})` gives a first nudge.",
    )


def _texts(package):
    """Return the texts in the attendee's own code, at most 40; as values of fields, they give misspellings away."""
    from workshop.attendee_code.packaging import starter

    known = {node.value for node in ast.walk(tree_of(starter().source)) if isinstance(node, ast.Constant)}
    own = [node.value for node in ast.walk(tree_of(package.source)) if isinstance(node, ast.Constant)]
    texts = [text for text in own if isinstance(text, str) and text not in known and 1 < len(text) < 200]
    texts = [part for text in texts for part in (text, *re.split(r"[|()^$:]", text.replace("\\.", "."))) if part]
    return [text for text in dict.fromkeys(texts) if not re.search(r"\s\S+\s", text)][:40]


def _worst_error(exercise, cases, errors):
    """Return the number of the case whose exception is explained, or None if all that raised may raise."""
    serious = [number for number in errors if not cases[number].may_raise]
    return serious[0] if serious else None


def _raised(exercise, package, case, error):
    verdict = _WORDS[case.expected]
    result = exceptions.exception(
        exercise.NAME, package, error, case=case.sentence, expected=verdict, record=case.record, fields=case.fields
    )
    special = exercise.raised(case, error)
    if special:
        result.misconception, result.why, result.advice = special
    return result


_WORDS = {True: "True", False: "False", UNKNOWN: "None, which stands for unknown"}
# What fits many mistakes: anything that is more exact goes first.
_VAGUE = {"asks_for_more", "early_return_false", "never_true", "narrower", "cannot_both"}


class _View:
    """A run of a detector, looked at for what it says about the function."""

    def __init__(self, exercise, package, cases, probes, first, again, watched):
        self.exercise, self.package, self.cases, self.probes = exercise, package, cases, probes
        self.first, self.again = first, again
        numbers = range(len(cases))
        self.matching = [n for n in numbers if cases[n].expected is True and not cases[n].bonus]
        self.others = [n for n in numbers if cases[n].expected in (False, UNKNOWN) and not cases[n].bonus]
        self.prints = getattr(exercise, "KIND", "detector") == "detector"
        self.three = getattr(exercise, "THREE_VALUED", False)
        self.verdict = {n: self._verdict(first[n]) for n in numbers}
        self.signature = Signature(
            {case.name: self.verdict[n] for n, case in enumerate(cases)},
            {case.name: case.expected for case in cases if not case.bonus},
            {case.name: case.record for case in cases},
            {cases[n].name: [tuple(note) for note in w["notes"]] for n, w in watched.items() if cases[n].watch},
        )
        # What was asked of each record; not told where a watched record was judged otherwise than the plain one.
        self.asked = {
            n: fields_read.Asked([tuple(note) for note in w["notes"]], cases[n].record)
            for n, w in watched.items()
            if not w["error"] and not first[n]["error"] and self._verdict(w) == self.verdict[n]
        }
        self.text = ""  # a text of the attendee's own that gave the mistake away
        self.line = None  # the packaged line of a slip, if that is what is explained

    def _verdict(self, result):
        if result["error"]:
            return None
        return UNKNOWN if self.three and result["type"] == "NoneType" else bool(result["truth"])

    def wrong(self):
        """Return the Result that explains what is wrong, the most telling thing first, or None."""
        for number in range(len(self.cases)):
            one, two = self.first[number], self.again.get(number)
            if two and not one["error"] and (two["error"] or self._verdict(two) != self.verdict[number]):
                return self.explain(
                    number, CONTRACT["keeps_state"], f"{one['repr']} the first time, {_said(two)} the second"
                )
        return self._no_verdicts() or self._matching() or self._contract()

    def _no_verdicts(self):
        """Explain a function that gives something true, but no verdict, for every record."""
        shown = [self.first[number] for number in self.matching + self.others]
        lazy = [result for result in shown if result["type"] in ("generator", "coroutine", "async_generator")]
        if lazy:
            return self.explain(self.others[0], CONTRACT["returns_coroutine"])
        others = [self.first[number] for number in self.others if not self.first[number]["error"]]
        if others and all(result["truth"] and result["type"] == others[0]["type"] for result in others):
            kind = others[0]["type"]
            if kind != "bool":
                return self.explain(self.others[0], CONTRACT["returns_text" if kind == "str" else "not_a_bool"])
        return None

    def _matching(self):
        """Explain a detector that matches the wrong records."""
        signature = self.signature
        if not (signature.missed or signature.false_alarms or signature.confused):
            return None
        if not signature.found and not signature.false_alarms:
            result = self._says_nothing()
            if result:
                return result
        texts = [n for n in self.others if self.cases[n].expected == UNKNOWN and self.first[n]["type"] == "str"]
        if texts:
            return self.explain(texts[0], CONTRACT["unknown_is_text"])
        entry = self._diagnose(self.verdict)
        number = self._telling_case(entry)
        return self.explain(number, entry or self._typical(number))

    def _says_nothing(self):
        """Explain a detector that finds records, as its printing shows, but returns nothing true."""
        if self.three:  # None is a verdict there
            return None
        printed = {n: self.first[n]["printed"] > 0 for n in self.verdict}
        if not any(printed[n] for n in self.matching):
            if all(self.first[n]["type"] == "NoneType" for n in self.matching + self.others):
                return self.explain(self.matching[0], CONTRACT["no_return"])
            if self.prints and all(self.first[n]["type"] == "NoneType" for n in self.matching):
                return self.explain(self.matching[0], CONTRACT["returns_print"])
            return None
        number = next(n for n in self.matching if printed[n])
        first = self.first[number]
        return self.explain(number, CONTRACT["no_return" if first["type"] == "NoneType" else "returns_prints_value"])

    def _diagnose(self, verdict):
        """Return the catalogue entry that fits best, or None."""
        twins = {case.name: n for n, case in enumerate(self.cases)}
        entries = self.exercise.MISCONCEPTIONS
        by_id = {entry.id: entry for entry in entries}
        sure = next((entry for entry in entries if entry.certain and entry.when(self.signature)), None)
        if sure or self._slice():
            return sure or CONTRACT["slice_length"]
        for offset, probe in enumerate(self.probes if not self.signature.false_alarms else ()):
            shown = self.first.get(len(self.cases) + offset)
            if shown and shown["truth"] and not shown["error"] and verdict[twins[probe.twin]] is False:
                self.text = probe.text
                return by_id[probe.misconception]
        tests = (
            lambda entry: entry.evident and entry.when(self.signature),
            lambda entry: any(self._same(rule, verdict) for rule in entry.rules),
            lambda entry: entry.when and entry.when(self.signature),
        )
        found = next((entry for fits in tests for entry in entries if fits(entry)), None)
        if found and found.id in ("names_list", "name_left_out") and self._beyond():
            found = by_id.get("narrower", found)
        if found is None or found.id in _VAGUE:
            return self._misread() or self._slip() or found
        return found

    def _slice(self):
        """Tell whether a piece of a text is compared with a text of another length, and nothing ever found."""
        for notes in self.signature.notes.values():
            kept = {path: len(text) for path, how, text in notes if how == "slice"}
            for path, how, text in notes:
                if path.endswith("[:]") and how in ("==", "!=") and len(text) != kept.get(path[:-3]):
                    return not self.signature.found
        return False

    def _slip(self):
        """Return an entry for a slip that keeps the function from ever matching, or None."""
        if self.signature.found:
            return None
        slip = slip_in(self.package)
        if slip:
            self.line = slip[1]
            return slip[0]
        return None

    def _misread(self):
        """Return an entry for a field that is read under a wrong name or at a wrong level, or None."""
        for name, notes in self.signature.notes.items():
            if name not in self.signature.missed:
                continue
            record = self.signature.records[name]
            for path, key in [(path, key) for path, how, key in notes if how == "key"]:
                level = value_at(record, path) if path else record
                if path.split(".")[0] in ("requestParameters", "responseElements"):  # each call has its own in there
                    continue
                if not isinstance(level, dict) or key in level or key in ("errorCode", "errorMessage"):
                    continue
                homes = [place for place in ("", "userIdentity") if key in (record.get(place) if place else record)]
                if homes:
                    where = f"in `{homes[0]}`" if homes[0] else "at the top of the record"
                    here = f"in `{path}`" if path else "at the top of the record"
                    says = f"It reads `{key}` {here}; it stands {where}."
                    return Misconception("wrong_level", says, "look at a record: what is inside of what?")
                if key not in exceptions.FIELDS:
                    close = difflib.get_close_matches(key, exceptions.FIELDS, 1, 0.6)
                    close = close or [field for field in exceptions.FIELDS if field.lower() == key.lower()]
                    advice = f"did you mean `{close[0]}`?" if close else "look at a record for the exact names."
                    says = (
                        f"It reads a field `{key}`, which CloudTrail's records do not have; `.get` then gives nothing."
                    )
                    return Misconception("unknown_field", says, advice)
        return None

    def _same(self, rule, verdict):
        known = [n for n in verdict if verdict[n] is not None and not self.cases[n].bonus]
        return all(self.cases[n].verdict_of(rule) == verdict[n] for n in known)

    def _telling_case(self, entry):
        """Return the number of the misjudged case that shows the mistake best."""
        misjudged = [n for n in [*self.matching, *self.others] if self.verdict[n] not in (None, self.cases[n].expected)]
        wanted = [n for n in misjudged if entry and self.cases[n].name == entry.case]
        typical = [n for n in misjudged if entry and self.cases[n].typical == entry.id]
        return (wanted or typical or misjudged)[0]

    def _typical(self, number):
        by_id = {entry.id: entry for entry in self.exercise.MISCONCEPTIONS}
        return by_id.get(self.cases[number].typical)

    def changed(self):
        """Explain a detector that changes the record, or return None."""
        for number in self.matching + self.others:
            field = self.first[number].get("changed")
            if field:
                result = self.explain(number, CONTRACT["changes_record"], f"`{field}` was changed")
                result.fields = (field,)
                return result
        return None

    def _contract(self):
        """Explain a detector that matches the right records but breaks another part of its contract."""
        first = self.first
        changed = self.changed()
        if changed:
            return changed
        for number in self.matching + self.others:
            kind = first[number]["type"]
            if first[number]["error"] or kind == "bool" or self.verdict[number] == UNKNOWN:
                continue
            if number in self.others and kind == "NoneType":
                matched = [n for n in self.matching if first[n]["type"] == "Match"]
                if not matched:
                    return self.explain(number, CONTRACT["none_for_false"])
                return self.explain(matched[0], CONTRACT["returns_match"])
            entry = {"Match": "returns_match", "str": "returns_text", "NoneType": "no_return"}.get(kind, "not_a_bool")
            return self.explain(number, CONTRACT[entry])
        return self._printing() if self.prints else None

    def _printing(self):
        first = self.first
        for number in self.matching + self.others:
            if first[number].get("printed_other"):
                got = f"print_short_record{first[number]['printed_other']}"
                return self.explain(number, CONTRACT["prints_something_else"], got)
        silent = [n for n in self.matching if not first[n]["printed"]]
        loud = [n for n in self.others if first[n]["printed"] and not first[n]["error"]]
        if silent:
            result = self.explain(silent[0], CONTRACT["never_prints"], "True, and print_short_record was not called")
            if names_call(self.package, "print_short_record") and not any(first[n]["printed"] for n in first):
                result.why += " The call stands in your code, but no record ever gets there."
                result.advice = "a `return` ends the function: the call has to stand before it."
            return result
        if loud:
            return self.explain(loud[0], CONTRACT["always_prints"], "False, and print_short_record was called")
        return None

    def explain(self, number, entry, got=None):
        """Return the wrong Result for a case, explained by a catalogue entry (None: by its deciding fields alone)."""
        case, first = self.cases[number], self.first[number]
        expected = _WORDS[case.expected]
        if self.prints:
            expected += ", and the record printed" if case.expected else ", and nothing printed"
        why, advice = "", "compare the fields shown with what your function asks of them."
        told = self._told(number, entry)
        if entry:
            why, advice = entry.says, entry.advice
            why += f' Yours has "{self.text}".' if self.text else ""
        elif case.expected is True:
            why = "Your function asks for more than the exercise does, or for something else."
        elif case.expected == UNKNOWN or self.verdict[number] == UNKNOWN:
            why = "There are three verdicts: True, False, and None where nobody can know."
        else:
            why = "Your function lets through a record that the exercise does not ask for."
        why = f"{why} {told}".strip()
        if told and entry and entry.id == "early_return_false":  # it is known by now what it asked
            advice = "does the exercise ask for that, of that field, and with that text?"
        return Result(
            self.exercise.NAME,
            "wrong",
            self._count(),
            case=case.sentence,
            expected=expected,
            got=got or _said(first),
            fields=(*case.fields, *self._also_read(case, entry)),
            record=case.record,
            misconception=entry.id if entry else None,
            why=why,
            advice=advice,
            lines=self._way(number),
        )

    def _told(self, number, entry):
        """Return what decided about a case, as a sentence, for an entry that leaves that open; else an empty text."""
        look, case = self.asked.get(number), self.cases[number]
        if look is None or self.three or (entry and entry.id not in _VAGUE | {case.typical}):
            return ""
        found = [self.cases[n].record for n in self.matching if self.verdict[n] is True]
        if case.expected is True and self.verdict[number] is False:
            elsewhere = [path for other in self.asked.values() for path in other.read]
            return look.left_out(self._usual(case), found, elsewhere)
        if case.expected is not True and self.verdict[number] is True:
            return look.let_through(case.fields)
        return ""

    def _usual(self, case):
        return {*self.exercise.FIELDS, *(() if case.expected is True else case.fields), "userIdentity"}

    def _beyond(self):
        """Return fields that nobody asked for and that decide about each record that was left out."""
        found = [self.cases[n].record for n in self.matching if self.verdict[n] is True]
        missed = [n for n in self.matching if self.verdict[n] is False]
        if not found or not all(n in self.asked for n in missed):
            return set()
        paths = [self.asked[n].deciding(self._usual(self.cases[n]), found) for n in missed]
        # What lies inside of a part that a record lacks cannot be seen being read.
        deciding = [{p if p.startswith("userIdentity") else p.split(".")[0] for p in some} for some in paths]
        return set.intersection(*deciding) if deciding else set()

    def _also_read(self, case, entry):
        """Return fields that the function reads beyond those asked for, if it leaves out records because of them."""
        if not entry or entry.id not in ("asks_for_more", "narrower"):
            return ()
        look = self.asked.get(self.cases.index(case))
        found = [self.cases[n].record for n in self.matching if self.verdict[n] is True]
        beyond = look.deciding(self._usual(case), found) if look else ()
        return tuple(path for path in beyond if path not in case.fields)[:3]

    def _count(self):
        right = sum(
            self.verdict[n] == self.cases[n].expected
            for n in self.matching + self.others
            if self.verdict[n] is not None
        )
        return f"{right} of {len(self.matching) + len(self.others)} records are judged right. One that tells:"

    def _way(self, number):
        """Return the attendee's line at which the function returned for a case."""
        if self.line:
            return exceptions.own_lines(self.package, [[self.line, ""]])
        lines = (self.again.get(number) or {}).get("lines", [])
        returned = [[line, ""] for event, line in lines if event == "return"]
        return exceptions.own_lines(self.package, returned[-1:])

    def _bonus_names(self, bonus):
        return [self.cases[number].record["eventName"] for number in bonus]

    def passed(self):
        """Return the Result of a function that does what is asked, with remarks."""
        remarks = [
            exceptions.remark(self.first[n]["error"], self.cases[n].sentence)
            for n in self.verdict
            if self.first[n]["error"]
        ][:1]
        if self.prints and any(self.first[n]["printed"] > 1 for n in self.matching):
            remarks.append("some records are printed twice; once is enough.")
        bonus = [n for n, case in enumerate(self.cases) if case.bonus]
        earned = bool(bonus) and all(self.verdict[n] is True for n in bonus)
        if (
            self.prints
            and earned
            and not all(self.first[n]["printed"] and self.first[n]["value"] is True for n in bonus)
        ):
            number = next(n for n in bonus if not (self.first[n]["printed"] and self.first[n]["value"] is True))
            entry = "never_prints" if self.first[number]["value"] is True else "not_a_bool"
            return self.explain(number, CONTRACT[entry])
        if (
            self.prints
            and bonus
            and not earned
            and any(text in self.package.source for text in self._bonus_names(bonus))
        ):
            remarks.append("for the bonus a call is named in your code, but its record does not match yet.")
        text = self.exercise.BONUS if earned else self.exercise.WELL_DONE
        return Result(self.exercise.NAME, "bonus" if earned else "passed", text, remarks=remarks)


def _said(result):
    """Return what a call gave, in words."""
    if result["error"]:
        return f"{result['error']['type']}: {result['error']['text']}"
    return result["repr"][:120]
