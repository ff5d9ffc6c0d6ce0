"""Records with any value in any place, and the comparison of the fast way with the plain way."""

import tempfile
from pathlib import Path

import pandas as pd
from hypothesis import strategies as st
from log_files import record, write

from workshop.hunting.hunt import hunt

VALUES = st.one_of(
    *(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.5, 2**70, 1e300, float("inf"), float("nan")])),
    *(
        st.just({}),
        st.just([]),
        st.sampled_from(["", "DeleteTrail", "PutObject", "é\u0000", "\ud800", 'a"b\\', "%s 100 %"]),
    ),
    st.sampled_from([{"arn": "a/i-0123456789", "type": "x"}, {"arn": None}, {"arn": "b/i-01234567", "a": [1, "é"]}]),
)
RECORDS = st.builds(
    lambda number, odd: record(number, **odd),
    st.integers(0, 6),
    st.dictionaries(
        st.sampled_from(
            ["eventID", "eventTime", "eventName", "eventSource", "userIdentity", "errorCode", "errorMessage"]
        ),
        st.one_of(VALUES, st.just(...)),
        max_size=3,
    ),
)


def assert_both_ways_find_the_same(files, detectors, processes=1):
    """Matches, prints, errors, duplicates, what was skipped, in the same order; `files` are lists of entries."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), {f"{place}.json.gz": entries for place, entries in enumerate(files)})
        plain, fast = hunt(folder, *detectors, exact=True), hunt(folder, *detectors, processes=processes)
    assert fast.attrs["not_simple"] == {}
    assert repr({**fast.attrs, "processes": None}) == repr({**plain.attrs, "processes": None})
    pd.testing.assert_frame_equal(plain, fast)
