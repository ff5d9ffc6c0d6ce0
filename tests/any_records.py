"""Records with any value in any place, for the tests that compare two ways to the same result."""

from hypothesis import strategies as st
from log_files import record

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
        st.sampled_from(["eventID", "eventTime", "eventName", "eventSource", "userIdentity", "errorCode", "extra"]),
        st.one_of(VALUES, st.just(...)),
        max_size=3,
    ),
)
