"""What detectors printed: made when it is looked at, and text like any other then."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_files import record, write

from workshop.hunting.hunt import hunt
from workshop.hunting.printed_texts import LaterTexts

TEXTS = st.lists(st.none() | st.text(max_size=3))


def deletes(record):
    if record["eventName"].startswith("Delete"):
        print(f"{record['eventTime']} 100% {record['eventName']} %s by {record['sourceIPAddress']}")
        return True
    return False


def expected(n):
    return f"2026-03-10T12:00:0{n}Z 100% DeleteTrail{n} %s by 198.51.100.{n}\n"


@pytest.fixture
def matches(tmp_path):
    """Five matches, with a call between them that is none."""
    calls = [record(n, eventName=f"DeleteTrail{n}", sourceIPAddress=f"198.51.100.{n}") for n in range(5)]
    return hunt(write(tmp_path, {"1.json": [*calls[:2], record(9, eventName="ListTrails"), *calls[2:]]}), deletes)


@settings(deadline=None)
@given(TEXTS, TEXTS, st.data())
def test_texts_come_back(texts, more, data):
    """Missing or not, in any order, from one array or two joined, changed, copied or sent elsewhere."""
    one, other = LaterTexts._from_sequence(texts), LaterTexts._from_sequence(more)
    both = LaterTexts._concat_same_type([one, other])
    assert both.texts() == texts + more
    assert LaterTexts._concat_same_type([one, one]).texts() == texts + texts
    assert [None if pd.isna(text) else text for text in both] == texts + more
    assert list(both.isna()) == [text is None for text in texts + more]
    order = data.draw(st.permutations(range(len(texts))))
    assert one.take(np.array(order, dtype=int)).texts() == [texts[place] for place in order]
    assert one.take(np.array([*order, -1], dtype=int), allow_fill=True).texts()[-1:] == [None]
    copied = one.copy()
    for place in range(len(texts)):
        copied[place] = f"new {place}"
    assert copied.texts() == [f"new {place}" for place in range(len(texts))]
    assert pickle.loads(pickle.dumps(one)).texts() == texts


def test_what_was_printed_is_text_in_the_hand(matches):
    """Comparing, searching, setting, grouping, joining, as with any text."""
    texts = [expected(n) for n in range(5)]
    assert matches["printed"].dtype == pd.Series(["text"]).dtype
    assert list(matches["printed"]) == list(matches.printed) == texts
    assert matches.loc[3, "printed"] == matches.iloc[3]["printed"] == texts[3]
    assert list(matches.loc[matches["printed"].str.contains("Trail2"), "eventName"]) == ["DeleteTrail2"]
    assert matches.loc[matches["eventName"] == "DeleteTrail4", "printed"].str.endswith(".4\n").all()
    assert list(matches.loc[matches["printed"] == texts[1], "logIndex"]) == [1]
    assert list(matches.sort_values("printed", ascending=False)["printed"]) == texts[::-1]
    assert matches.groupby("printed").size().to_dict() == dict.fromkeys(texts, 1)
    assert len(matches.drop_duplicates("printed")) == len(matches.query("printed in @texts")) == 5
    assert list(pd.concat([matches, matches])["printed"]) == texts + texts
    assert list(matches.merge(matches, on="printed")["printed"]) == texts
    assert texts[0] in matches.iloc[:1].to_csv().replace('"', "")
    assert [one["printed"] for one in matches.to_dict("records")] == texts
    assert [one.printed for one in matches.itertuples()] == [one["printed"] for _, one in matches.iterrows()] == texts


def test_setting_one_changes_no_other_table(matches):
    """Both had the same texts to be made."""
    changed = matches.copy()
    changed.loc[[0, 1], "printed"] = "mine"
    assert list(changed["printed"]) == ["mine", "mine", *[expected(n) for n in range(2, 5)]]
    assert list(matches["printed"]) == [expected(n) for n in range(5)]


def test_nothing_is_made_before_it_is_looked_at(matches, monkeypatch):
    """Of a table that is shown in part, only that part's texts are."""
    made, source = [], type(pd.DataFrame(matches)["printed"].array.source)
    texts = source.texts
    monkeypatch.setattr(source, "texts", lambda self, rows: made.extend(rows) or texts(self, rows))
    late = matches.iloc[3:].reset_index(drop=True)
    assert made == []
    assert late.loc[0, "printed"] == expected(3)
    assert len(made) == 1
