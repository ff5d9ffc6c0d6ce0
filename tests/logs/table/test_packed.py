"""Times, packed: every text comes back letter by letter."""

import pickle

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from workshop.hunting.packed_matches import Odd
from workshop.logs.table.packed import packed_times

ODD = Odd(["no text"])
USUAL = st.datetimes().map(lambda time: time.strftime("%Y").zfill(4) + time.strftime("-%m-%dT%H:%M:%SZ"))
TIMES = st.one_of(
    USUAL,
    USUAL.map(lambda text: text.replace("Z", "+00:00")),
    st.sampled_from(["2026-02-29T12:00:00Z", "2028-02-29T12:00:00Z", "2026-13-01T00:00:00Z", "2026-06-30T23:59:60Z"]),
    st.sampled_from(["1000-01-01T00:00:00Z", "2099-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "", "soon", None, ODD]),
    st.sampled_from(["2026-03-10T12:00:00.5Z", "2026-03-10t12:00:00z", "\u0662026-03-10T12:00:00Z"]),
)


@settings(deadline=None)
@given(st.lists(TIMES), st.lists(TIMES), st.data())
def test_times_come_back_as_they_were_written(times, more, data):
    """Usual or not, or no text at all; from one process or two, in any order."""
    one, other = packed_times(), packed_times()
    one.extend(times)
    other.extend([time for time in more if time is not ODD])
    one.merge(pickle.loads(pickle.dumps(other)))
    everything = [*times, *(time for time in more if time is not ODD)]
    order = data.draw(st.permutations(range(len(everything))))
    assert one.at(np.array(order, dtype=int)) == [everything[place] for place in order]


def test_a_usual_time_takes_the_room_of_a_number():
    """So that this is not about texts that were merely kept."""
    times = packed_times()
    times.extend(["2026-03-10T12:00:00Z", "1000-01-01T00:00:00Z", "2099-12-31T23:59:59Z", "2028-02-29T23:59:59Z"])
    _, codes, others = times.whole()
    assert (codes.tolist(), others) == ([-1] * 4, [])
