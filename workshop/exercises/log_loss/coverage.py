"""Which ways of the catalogue a detector finds, beside the public rule sets: as a table and as a picture."""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from workshop.attendee_code import packaging
from workshop.attendee_code.cell_source import PackagingError, name_of
from workshop.exercises.log_loss.rule_sets import RULE_SETS, verdict
from workshop.exercises.log_loss.ways import WAYS, Way
from workshop.exercises.sample_records import Maker
from workshop.logs.record import Record

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.patches import Rectangle

    from workshop.display.pictures import Picture

BOTH, WORKED, FAILED, NONE = "worked and failed", "worked", "only failed", "no"
UNKNOWN, ERROR, UNWRITTEN = "not compared", "error", "not written"
# Colour, sign and meaning of each word in the picture; the sign says it too.
_LOOKS: dict[str, tuple[str | None, str, str]] = {
    BOTH: ("blue", "●", "found, whether the call worked or failed"),
    WORKED: ("sky", "◐", "found if the call worked"),
    FAILED: ("yellow", "◔", "found only if the call failed"),
    NONE: ("vermillion", "○", "not found"),
    ERROR: ("black", "!", "the function stops with an error"),
    UNKNOWN: (None, "", "not compared"),
    UNWRITTEN: (None, "…", "not written yet"),
}


def coverage(*detectors: Callable[..., Any]) -> "pd.DataFrame":
    """Run detectors on a record of each way of the catalogue and return what they find, beside public rule sets.

    A DataFrame, one row a way, in the order of the catalogue: "way", "call", "kind" ("destroys" or "blinds"), "ATT&CK",
    then a column for each detector and each rule set. They say "worked and failed", "worked" or "only failed" (which
    calls are found), "no", "error" (it raises), "not written" or "not compared". Records are new each time; detectors
    run in a process of their own, as in `check`. `.attrs["notes"]` says why a detector could not be run.
    """
    import pandas as pd

    make = Maker()
    pairs = [_records(make, way) for way in WAYS]
    table = {
        "way": [way.title for way in WAYS],
        "call": [way.call for way in WAYS],
        "kind": [way.kind for way in WAYS],
        "ATT&CK": [way.technique for way in WAYS],
    }
    notes = []
    for number, detector in enumerate(detectors, 1):
        name = str(name_of(detector) or f"detector {number}")
        name = f"{name} ({number})" if name in table or name in RULE_SETS else name
        table[name], note = _found_by(detector, [record for pair in pairs for record in pair])
        notes += [f"{name}: {note}"] if note else []
    for rule_set in RULE_SETS:
        table[rule_set] = [_word(*(verdict(rule_set, record) for record in pair)) for pair in pairs]
    frame = pd.DataFrame(table)
    frame.attrs["notes"] = notes
    return frame


def _records(make: Maker, way: Way) -> tuple[Record, Record]:
    """Return two records of a way: the call worked, and it failed."""
    record = make.record(way.source, way.name, make.session(), way.request)
    failed = {"errorCode": "ThrottlingException", "errorMessage": "Rate exceeded"}
    return record, make.record(way.source, way.name, make.session(), way.request, **failed)


def _found_by(detector: Callable[..., Any], records: Sequence[Record]) -> tuple[list[str], str]:
    """Return what a detector finds, a word for each pair of records, and a note if it could not be run."""
    from workshop.attendee_code.sandbox import run_cases

    pairs = len(records) // 2
    try:
        if packaging.is_stub(detector):
            return [UNWRITTEN] * pairs, ""
        package = packaging.package(detector)
    except PackagingError as error:
        return [ERROR] * pairs, str(error)
    sent = [{"record": json.dumps(record)} for record in records]
    run = run_cases(package, package.functions[0], sent, [("first", range(len(sent)))])
    results = run.results.get("first", {})
    errors = {result["error"]["type"] for result in results.values() if result["error"]}
    if errors == {"NotImplementedError"} and len(results) == len(records):
        return [UNWRITTEN] * pairs, ""
    said = [None if not results.get(n) or results[n]["error"] else bool(results[n]["truth"]) for n in range(len(sent))]
    words = [ERROR if None in pair else _word(*pair) for pair in zip(said[::2], said[1::2], strict=True)]
    note = f"it raises {', '.join(sorted(errors))}" if errors else "" if run.ended == "done" else f"ended: {run.ended}"
    return words, note


def _word(worked: bool | None, failed: bool | None) -> str:
    if worked is None or failed is None:
        return UNKNOWN
    return {(True, True): BOTH, (True, False): WORKED, (False, True): FAILED, (False, False): NONE}[worked, failed]


def plot_coverage(table: "pd.DataFrame") -> "Picture":
    """Draw the table of `coverage` as a `Picture`: a row a way, a column a detector or rule set."""
    from workshop.display.pictures import PALETTE, Picture, new_figure

    columns = list(table.columns[4:])
    figure, axes = new_figure(4.2 + 0.85 * len(columns), 1.6 + 0.24 * len(table))
    for x, name in enumerate(columns):
        for y, word in enumerate(table[name]):
            colour, sign, _ = _LOOKS[word]
            axes.add_patch(_square(x, y, PALETTE[colour] if colour else "#eeeeee"))
            dark = colour in ("blue", "black", "vermillion")
            axes.text(x, y, sign, ha="center", va="center", color="white" if dark else "black", fontsize=9)
    axes.set_xticks(range(len(columns)), [name.replace("_", "_\n", 1) for name in columns], fontsize=8)
    axes.set_yticks(range(len(table)), [f"{r.way}  ({r.call})" for r in table.itertuples()], fontsize=8)
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(table) - 0.5, -0.5))
    axes.set_xlabel("detector, or public rule set")
    axes.set_ylabel("way to lose logs (call)")
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    shown = [word for word in _LOOKS if (table[columns] == word).any(axis=None)]
    colours = [_LOOKS[word][0] for word in shown]
    boxes = [_square(0, 0, PALETTE[colour] if colour else "#eeeeee") for colour in colours]
    labels = [f"{_LOOKS[word][1]} {_LOOKS[word][2]}".strip() for word in shown]
    figure.legend(boxes, labels, loc="outside lower center", ncols=2, fontsize=8, frameon=False)
    return Picture(figure, _in_words(table, columns))


def _square(x: int, y: int, colour: str) -> "Rectangle":
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, facecolor=colour, edgecolor="white")


def _in_words(table: "pd.DataFrame", columns: list[str]) -> str:
    parts = [f"Of {len(table)} ways to lose logs"]
    for name in columns:
        found = table[name].isin([BOTH, WORKED, FAILED]).sum()
        unknown = (table[name] == UNKNOWN).sum()
        said = "is not written yet" if (table[name] == UNWRITTEN).all() else f"finds {found}"
        parts.append(f"{name} {said}" + (f" ({unknown} were not compared)" if unknown else ""))
    return parts[0] + ": " + "; ".join(parts[1:]) + "."
