"""The one object of the fast way that the rest of the hunt knows."""

import ast
import inspect
import json
import pickle

from log_files import record

from workshop import places
from workshop.exercises.tasks.deleting_logs import deleting_logs
from workshop.hunting.detector_call import Prints
from workshop.hunting.packed_matches import SHOWN
from workshop.hunting.verdict_memo.memo import VerdictMemo

CALLS = [record(1, eventName="DeleteTrail", eventSource="cloudtrail.amazonaws.com"), record(2), record(3, eventName=7)]
PLAIN = json.dumps({"Records": CALLS}).encode()


def test_the_hunt_knows_one_object_of_its_fast_way():
    """Nothing else is imported from its room, and the object has four methods at most."""
    package = places.checkout() / "workshop"
    room = "workshop.hunting.verdict_memo"
    known = {
        (node.module, name.name)
        for path in package.rglob("*.py")
        if path.parent.name != "verdict_memo"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(f"{room}.")
        for name in node.names
    }
    assert known == {(f"{room}.memo", "VerdictMemo")}
    methods = [name for name, _ in inspect.getmembers(VerdictMemo, callable) if not name.startswith("_")]
    assert methods == ["changes_nothing", "sweep"]


def test_it_says_of_a_file_what_matches_and_what_is_odd():
    """Records by their places in the file, and what a match shows."""
    with Prints() as prints:
        said = VerdictMemo({"deletes": deleting_logs}).sweep(PLAIN, prints)
    assert said.ids == ["event-1", "event-2"]
    assert {number: json.loads(raw) for number, raw in said.odd.items()} == {2: CALLS[2]}
    assert (said.records, said.detectors, said.errors) == ([0], [0], [])
    shown = {name: list(said.shown[name]) for name in SHOWN}
    assert shown["eventName"] == ["DeleteTrail"]


def test_sent_to_another_process_it_has_everything_but_what_was_said():
    """A memory can be large, and each process makes its own."""
    memo = VerdictMemo({"deletes": deleting_logs})
    fresh = len(pickle.dumps(memo))
    with Prints() as prints:
        said = memo.sweep(PLAIN, prints)
        sent = pickle.loads(pickle.dumps(memo))
        assert len(pickle.dumps(memo)) == fresh
        again = sent.sweep(PLAIN, prints)
    assert (again.ids, again.records, again.odd) == (said.ids, said.records, said.odd)
