"""Columns of values that repeat: what is put in comes out, merged or not; texts are in the order of the alphabet."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workshop.logs.table.values import Texts, Values

SOME = st.lists(st.lists(st.none() | st.text("abc", max_size=2), max_size=6), max_size=4)


def filled(kind, lists):
    column = kind()
    for values in lists:
        column.extend(values)
    return column


def values_in(column):
    codes, distinct = column.whole()
    return [None if code == -1 else distinct[code] for code in codes.tolist()]


@pytest.mark.parametrize("kind", [Values, Texts])
@given(mine=SOME, theirs=SOME, more=SOME)
def test_what_is_put_in_comes_out(kind, mine, theirs, more):
    """In its order, however it came there; looked at in between, and sent to another process."""
    column, other = filled(kind, mine), filled(kind, theirs)
    column.flush()
    other.flush()
    column.merge(pickle.loads(pickle.dumps(other)))
    assert column.at(np.arange(len(column.codes))) == values_in(column)
    for values in more:
        column.extend(values)
        column.at(np.arange(len(column.codes)))
        column.flush()
    expected = [value for values in (*mine, *theirs, *more) for value in values]
    assert values_in(column) == column.at(np.arange(len(expected))) == expected
    distinct = column.whole()[1]
    wanted = dict.fromkeys(value for value in expected if value is not None)
    assert distinct == (list(wanted) if kind is Values else sorted(wanted))


def test_several_texts_are_one():
    """As several user agents are: the same as if it had been written so."""
    column = filled(Texts, [[("b", "a"), "a", ("c",)], ["b, a", ("b", "a"), "c"]])
    column.flush()
    assert values_in(column) == ["b, a", "a", "c", "b, a", "b, a", "c"]
    assert column.whole()[1] == ["a", "b, a", "c"]
