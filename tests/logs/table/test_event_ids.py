"""Event ids, packed: every text comes back letter by letter, and repeats are found."""

import pickle
import uuid

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_files import record, write

from workshop.hunting import seen_ids
from workshop.logs.table import packed, repeated_ids
from workshop.logs.table.event_ids import EventIds
from workshop.logs.table.events import load_events

UUIDS = st.uuids().map(str)
IDS = st.one_of(
    *(UUIDS, UUIDS.map(str.upper), UUIDS.map(lambda text: text.replace("-", "_"))),
    *(
        UUIDS.map(lambda text: "é" + text[1:]),
        st.just("ffffffff-ffff-ffff-ffff-ffffffffffff"),
        st.none(),
        st.text(max_size=3),
        st.just(""),
    ),
)


def ids(texts):
    return EventIds._from_sequence(texts)


@settings(deadline=None)
@given(st.lists(st.one_of(IDS, st.sampled_from(["a", "b", str(uuid.UUID(int=7))]))), st.data())
def test_texts_come_back_and_repeats_are_found(texts, data):
    """Canonical or not, missing or not, in any order, from one array or two joined."""
    cut = data.draw(st.integers(0, len(texts)))
    packed = EventIds._concat_same_type([ids(texts[:cut]), ids(texts[cut:])])
    assert packed.texts() == texts
    assert [None if pd.isna(text) else text for text in packed] == texts
    assert list(packed.isna()) == [text is None for text in texts]
    assert list(packed.repeated()) == [bool(text) and text in texts[:place] for place, text in enumerate(texts)]
    order = data.draw(st.permutations(range(len(texts))))
    assert packed.take(np.array(order, dtype=int)).texts() == [texts[place] for place in order]
    assert pickle.loads(pickle.dumps(packed)).texts() == texts


@settings(deadline=None)
@given(st.lists(st.one_of(IDS, st.sampled_from(["a", "", str(uuid.UUID(int=7)), str(uuid.UUID(int=8))]))), st.data())
def test_past_their_budget_ids_lie_on_disk_and_are_counted_as_exactly(texts, data):
    """A few at a time, from two processes, in another order than they are read in."""
    cut = data.draw(st.integers(0, len(texts)))
    positions = np.array(data.draw(st.permutations(range(len(texts)))), dtype=np.int64)
    with pytest.MonkeyPatch.context() as patch:
        for module, names in ((packed, ("_AT_A_TIME", "_BUDGET")), (repeated_ids, ("_AT_A_TIME",))):
            for name in names:
                patch.setattr(module, name, 3)
        one, other = packed.packed_ids(), packed.packed_ids()
        for text in texts[:cut]:
            one.extend([text])
        other.extend(texts[cut:])
        one.merge(pickle.loads(pickle.dumps(other)))
        blocks = one.blocks()
        assert all(isinstance(numbers, np.memmap) for numbers, _ in blocks[:-1])
        assert EventIds(*one.whole()).texts() == texts
        which = repeated_ids.repeated(blocks, one.others.in_order(), len(texts), positions.__getitem__)
    by_position = [texts[row] for row in np.argsort(positions)]
    assert list(which) == [bool(text) and text in by_position[:place] for place, text in enumerate(by_position)]


@settings(deadline=None)
@given(
    st.lists(st.lists(st.one_of(IDS, st.sampled_from(["a", "", str(uuid.UUID(int=7)), str(uuid.UUID(int=2**100))])))),
    st.integers(1, 9),
)
def test_ids_that_have_been_seen_are_told_at_once(files, budget):
    """With the file that each was in first; past two budgets too, of texts and of memory."""
    seen, first = seen_ids.SeenIds(), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seen_ids, "_RECENT", budget)
        patch.setattr(seen_ids, "_TOGETHER", 2 * budget)
        for file, texts in enumerate(files):
            expected = []
            for text in texts:
                expected.append(first.get(text))
                if text:
                    first.setdefault(text, file)
            assert seen.first_files(texts, file) == expected


def test_a_column_of_ids_is_text_in_the_hand(tmp_path):
    """Comparing, searching, looking up, setting, joining, as with any text."""
    numbers = [str(uuid.UUID(int=number)) for number in range(5)]
    events = load_events(write(tmp_path, {"1.json": [record(n, eventID=text) for n, text in enumerate(numbers)]}))
    assert events["eventID"].dtype == pd.Series(["text"]).dtype
    assert list(events["eventID"]) == numbers
    assert list(events.loc[events["eventID"] == numbers[3], "eventID"]) == [numbers[3]]
    assert events.loc[2, "eventID"] == numbers[2]
    assert events.loc[events["eventID"].notna(), "eventID"].str.endswith("4").sum() == 1
    assert len(events.query("eventID in @numbers")) == 5
    assert events.set_index("eventID").loc[numbers[1], "eventName"] == "DescribeLogGroups"
    assert events.merge(pd.DataFrame({"eventID": numbers[:2]}), on="eventID").shape == (2, 28)
    assert len(events.drop_duplicates("eventID")) == 5
    changed = events.copy()
    changed.loc[[0, 1], "eventID"] = "mine"
    assert list(changed["eventID"]) == ["mine", "mine", *numbers[2:]]
    assert list(events["eventID"]) == numbers
    assert list(pd.concat([events, changed])["eventID"].tail(1)) == numbers[4:]


def test_a_record_costs_a_hundred_bytes_at_most(tmp_path):
    """Its id included."""
    made = [record(n, eventID=str(uuid.UUID(int=n))) for n in range(2000)]
    files = {f"{n}.json.gz": made[n : n + 100] for n in range(0, 2000, 100)}
    loaded = load_events(write(tmp_path, files))
    assert loaded.memory_usage(index=False, deep=True).sum() / len(loaded) <= 100
