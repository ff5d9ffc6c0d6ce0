"""Each condition that a question asks for is dropped, one at a time: the answer without it is not accepted."""

import pytest

from workshop.exercises.questions import answer
from workshop.exercises.questions.lake import lake

FORMATION = "cloudformation.amazonaws.com"


def top(column):
    """Return the most frequent value."""
    return column.value_counts().index[0]


def most(column):
    """Return how often the most frequent value occurs."""
    return column.value_counts().iloc[0]


def session(events):
    """Return the calls of the session that question 6 is about."""
    return events[events["userIdentity.accessKeyId"] == lake().two_addresses()[0]]


def failed(events):
    """Return the calls that failed."""
    return events[events["errorCode"].notna()]


def by_hour(events):
    """Return the number of events of each hour."""
    return events["eventTime"].dt.floor("h").value_counts()


def sign_ins(events):
    """Return all attempts to sign in."""
    return events[events["eventName"] == "ConsoleLogin"]


def without_mfa(events):
    """Return the attempts to sign in without a second factor."""
    return sign_ins(events)[sign_ins(events)["additionalEventData.MFAUsed"] == "No"]


# {question: {the condition that is dropped: events -> the answer without it}}
DROPPED = {
    1: {
        "a service": lambda e: top(e["eventName"]),
        "that was called": lambda e: top(e["sourceIPAddress"]),
        "most": lambda e: e["eventSource"].value_counts().index[-1],
        "the first, not the second": lambda e: e["eventSource"].value_counts().index[1],
    },
    2: {
        "us-east-1": len,
        "each event once": lambda e: sum(record["awsRegion"] == "us-east-1" for record in lake().delivered),
        "all of its services": lambda e: (
            (e["awsRegion"] == "us-east-1") & (e["eventSource"] == "iam.amazonaws.com")
        ).sum(),
        "the Region, not the folder": lambda e: e["logFile"].str.contains("CloudTrail/us-east-1/").sum(),
        "events without a source": lambda e: e[e["awsRegion"] == "us-east-1"]["eventSource"].count(),
    },
    3: {
        "by CloudFormation": lambda e: top(e["eventName"]),
        "not to CloudFormation": lambda e: top(e[e["eventSource"] == FORMATION]["eventName"]),
        "a call": lambda e: top(e[e["sourceIPAddress"] == FORMATION]["eventSource"]),
        "most": lambda e: e[e["sourceIPAddress"] == FORMATION]["eventName"].value_counts().index[-1],
        "also what reads": lambda e: top(e[(e["sourceIPAddress"] == FORMATION) & e["readOnly"].eq(False)]["eventName"]),
    },
    4: {
        "of these calls": lambda e: top(e["userIdentity.arn"]),
        "not to CloudFormation": lambda e: top(
            e[(e["eventSource"] == FORMATION) & (e["sourceIPAddress"] != FORMATION)]["userIdentity.type"]
        ),
        "a name, not a type": lambda e: top(e[e["sourceIPAddress"] == FORMATION]["userIdentity.type"]),
        "the session, not the role": lambda e: top(
            e[e["sourceIPAddress"] == FORMATION]["userIdentity.sessionContext.sessionIssuer.arn"]
        ),
        "on whose behalf": lambda e: FORMATION,
    },
    5: {
        "successfully": lambda e: len(without_mfa(e)),
        "successfully, of those that have an arn": lambda e: without_mfa(e)["userIdentity.arn"].count(),
        "without a second factor": lambda e: sign_ins(e)["errorMessage"].isna().sum(),
        "both": lambda e: len(sign_ins(e)),
        "not with it": lambda e: (sign_ins(e)["additionalEventData.MFAUsed"] == "Yes").sum(),
        "how many sign-ins": lambda e: without_mfa(e)[without_mfa(e)["errorMessage"].isna()][
            "userIdentity.userName"
        ].nunique(),
        "a number": lambda e: list(without_mfa(e)["userIdentity.arn"].dropna().unique()),
        "errorMessage, not errorCode": lambda e: without_mfa(e)["errorCode"].isna().sum(),
    },
    6: {
        "of this session": lambda e: failed(e)["eventName"].iloc[0],
        "of the session, not of the instance": lambda e: failed(
            e[e["userIdentity.arn"] == session(e)["userIdentity.arn"].iloc[0]]
        )["eventName"].iloc[0],
        "that failed": lambda e: session(e)["eventName"].iloc[0],
        "for any reason": lambda e: failed(session(e))[failed(session(e))["errorCode"].str.contains("Denied")][
            "eventName"
        ].iloc[0],
        "the first": lambda e: failed(session(e))["eventName"].iloc[-1],
        "a call": lambda e: failed(session(e))["errorCode"].iloc[0],
    },
    7: {
        "that are there": lambda e: ["Management", "Data", "NetworkActivity", "Insight"],
        "all of them": lambda e: [top(e["eventCategory"])],
        "of eventCategory": lambda e: list(e["eventType"].dropna().unique()),
        "values, not their number": lambda e: e["eventCategory"].nunique(),
    },
    8: {
        "only read": lambda e: 100 * e["readOnly"].eq(False).mean(),
        "a share": lambda e: e["readOnly"].eq(True).sum(),
        "by the field, not by the name": lambda e: (
            100 * e["eventName"].str.startswith(("Get", "List", "Describe"), na=False).mean()
        ),
        "of all events, not of the failed": lambda e: 100 * failed(e)["readOnly"].eq(True).mean(),
    },
    9: {
        "failed": lambda e: most(e["userIdentity.arn"]),
        "of one identity": lambda e: len(failed(e)),
        "of an identity, not of a role": lambda e: most(failed(e)["userIdentity.sessionContext.sessionIssuer.arn"]),
        "of an identity, not of a user": lambda e: most(failed(e)["userIdentity.userName"]),
        "of an identity, not of a key": lambda e: most(failed(e)["userIdentity.accessKeyId"]),
        "for any reason": lambda e: most(e[e["errorCode"] == "AccessDenied"]["userIdentity.arn"]),
        "the most": lambda e: failed(e)["userIdentity.arn"].value_counts().iloc[1],
        "a number": lambda e: top(failed(e)["userIdentity.arn"]),
        "those that worked": lambda e: most(e[e["errorCode"].isna()]["userIdentity.arn"]),
    },
    10: {
        "the fewest": lambda e: by_hour(e).idxmax(),
        "in UTC": lambda e: by_hour(e).idxmin().tz_convert("America/Toronto").tz_localize(None),
        "its beginning": lambda e: e["eventTime"].dt.ceil("h").value_counts().idxmin(),
        "of all events": lambda e: by_hour(failed(e)).idxmin(),
        "a day": lambda e: e["eventTime"].dt.hour.value_counts().idxmin(),
        "the hour, not the number": lambda e: by_hour(e).min(),
    },
    11: {
        "copies": lambda e: len(lake().delivered),
        "of another record": len,
        "too many, not all of them": lambda e: 2 * e.attrs["duplicates"],
        "of the lake, not of the table": lambda e: e["eventID"].duplicated().sum(),
        "records, not files": lambda e: e.attrs["files"],
    },
}


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSHOP_HOME", str(tmp_path))


@pytest.mark.parametrize(
    ("number", "without"),
    [
        pytest.param(number, without, id=f"{number}-{condition}")
        for number, conditions in DROPPED.items()
        for condition, without in conditions.items()
    ],
)
def test_an_answer_without_a_condition_is_not_accepted(number, without):
    """What comes out if a part of the question is overlooked is another value than the right one."""
    result = answer(number, without(lake().events))
    assert result.outcome in ("wrong", "not attempted"), result


def test_every_question_is_looked_at():
    """A new question has its conditions listed here."""
    from workshop.exercises.questions.all_questions import QUESTIONS

    assert [*DROPPED] == [*range(1, len(QUESTIONS) + 1)]
