"""Questions about who called, for whom, and with which success."""

import pandas as pd

from workshop.exercises.questions.kinds import CALL, IDENTITY, NAMES, NUMBER, SERVICE, TEXT
from workshop.exercises.questions.lake import Lake
from workshop.exercises.questions.model import Question, Wrong, top


def _of_stacks(lake: Lake) -> pd.DataFrame:
    return lake.rows(sourceIPAddress="cloudformation.amazonaws.com")


def _wrong_stack_call(lake: Lake) -> list[Wrong]:
    made, asked = _of_stacks(lake), lake.rows(eventSource="cloudformation.amazonaws.com")
    calls = made["eventName"].value_counts()
    return [
        Wrong(
            "called_service",
            top(asked["eventName"]),
            "That is a call to CloudFormation: its `eventSource` is cloudformation.amazonaws.com.",
            "which field says where a call came from?",
        ),
        Wrong(
            "all_events",
            top(lake.events["eventName"]),
            "That is the busiest call of all events.",
            "filter by `sourceIPAddress` first.",
        ),
        *(
            Wrong(
                "only_writes",
                name,
                "That is the most frequent of those that changed something. CloudFormation also looks.",
                "leave out the filter by `readOnly`.",
            )
            for name in made[made["readOnly"].eq(False)]["eventName"].mode()
        ),
        Wrong(
            "service",
            top(made["eventSource"]),
            "That is the service it called most.",
            "the name of the call is in `eventName`.",
            SERVICE,
        ),
        Wrong(
            "count_for_name",
            int(calls.iloc[0]),
            "That is how often it occurs. The question asks for its name.",
            "look at the index of `value_counts()`.",
            NUMBER,
        ),
    ]


WHAT_CLOUDFORMATION_CALLED = Question(
    "What CloudFormation called",
    "CloudFormation calls other services when it makes a stack. Which API call did it make most often?",
    ("sourceIPAddress", "eventName"),
    CALL,
    lambda lake: top(_of_stacks(lake)["eventName"]),
    _wrong_stack_call,
    "keep the rows in which `sourceIPAddress` is cloudformation.amazonaws.com, and count their `eventName`s.",
    "It checks whether the functions that it made are ready. Some names carry the date of an API's version: a reason "
    "to be careful with `==`.",
)


def _wrong_principal(lake: Lake) -> list[Wrong]:
    issuer = top(_of_stacks(lake)["userIdentity.sessionContext.sessionIssuer.arn"])
    role = issuer.rsplit("/", 1)[-1]
    whole_role = (
        "the role could be taken on by several people. Whose session was it? See the end of `userIdentity.arn`."
    )
    return [
        Wrong(
            "the_service",
            "cloudformation.amazonaws.com",
            "CloudFormation made the calls, and `invokedBy` says so. But with whose permissions?",
            "look at `userIdentity.arn`.",
            SERVICE,
        ),
        Wrong("role", role, "That is the name of the role.", whole_role, TEXT),
        Wrong("role_arn", issuer, "That is the role from which the session was issued.", whole_role, TEXT),
        Wrong(
            "type",
            top(_of_stacks(lake)["userIdentity.type"]),
            "That is what kind of identity it was.",
            "the name is in `userIdentity.arn`.",
            TEXT,
        ),
        Wrong(
            "count_for_name",
            len(_of_stacks(lake)),
            "That is how many calls they were.",
            "look at the values of `userIdentity.arn`.",
            NUMBER,
        ),
        Wrong(
            "busiest",
            top(lake.events["userIdentity.arn"]),
            "That is the busiest identity of all events.",
            "filter by `sourceIPAddress` first.",
        ),
    ]


ON_WHOSE_BEHALF = Question(
    "On whose behalf",
    "In whose name did CloudFormation make these calls? All of them have the same answer.",
    ("userIdentity.arn",),
    IDENTITY,
    lambda lake: top(_of_stacks(lake)["userIdentity.arn"]),
    _wrong_principal,
    "keep the rows in which `sourceIPAddress` is cloudformation.amazonaws.com, and look at their `userIdentity.arn`.",
    "A service that acts for a person uses that person's permissions. `sourceIPAddress` and `invokedBy` show that the "
    "person did not make the calls directly.",
)


def _sign_ins(lake: Lake) -> pd.DataFrame:
    return lake.rows(eventName="ConsoleLogin")


def _without_mfa(lake: Lake, failed_too: bool = False, mfa: str = "No") -> pd.DataFrame:
    rows = _sign_ins(lake)
    rows = rows[rows["additionalEventData.MFAUsed"] == mfa]
    # A failed sign-in has an errorMessage, and no errorCode.
    return rows if failed_too else rows[rows["errorMessage"].isna()]


def _wrong_sign_ins(lake: Lake) -> list[Wrong]:
    tried, signed_in = _without_mfa(lake, failed_too=True), _sign_ins(lake)
    got_in = signed_in[signed_in["errorMessage"].isna()]
    failed = "leave out the sign-ins that failed: see `errorMessage`."
    people = frozenset(_without_mfa(lake)["userIdentity.userName"].dropna())
    return [
        Wrong("failed_too", len(tried), "Some of those never got in: they failed.", failed),
        Wrong(
            "failed_by_name",
            int(tried["userIdentity.arn"].notna().sum()),
            "Some of those never got in: they failed. One failure is not among them, since that user does not exist.",
            failed,
        ),
        Wrong(
            "with_mfa",
            len(_without_mfa(lake, mfa="Yes")),
            "Those signed in with a second factor.",
            '`additionalEventData.MFAUsed` is "Yes" or "No".',
        ),
        Wrong(
            "all_sign_ins",
            len(signed_in),
            "Those are all attempts to sign in.",
            "filter by `additionalEventData.MFAUsed`, and leave out the sign-ins that failed.",
        ),
        Wrong(
            "all_who_got_in", len(got_in), "Those are all that succeeded.", "filter by `additionalEventData.MFAUsed`."
        ),
        Wrong(
            "names", people, "Those are the people. How many sign-ins were they?", "count the rows: `len(...)`.", NAMES
        ),
        Wrong(
            "people",
            len(people),
            "That is how many people they were. Some of them signed in more than once.",
            "count the rows, and not the different names.",
        ),
    ]


SIGN_INS_WITHOUT_MFA = Question(
    "Sign-ins without a second factor",
    "How many sign-ins to the console succeeded without multi-factor authentication?",
    ("additionalEventData.MFAUsed", "errorMessage"),
    NUMBER,
    lambda lake: len(_without_mfa(lake)),
    _wrong_sign_ins,
    "start with the rows whose `eventName` is ConsoleLogin, then look at `additionalEventData.MFAUsed` and "
    "`errorMessage`.",
    "See in `userIdentity.userName` who it was: a password alone opens these accounts. That is not an attack, but an "
    "attack could begin there.",
)


def _session(lake: Lake, which: int = 0) -> pd.DataFrame:
    return lake.rows(userIdentity__accessKeyId=lake.two_addresses()[which])


def _task_first_failure(lake: Lake) -> str:
    return (
        f"A colleague noticed a session of a web server, with the key `{lake.two_addresses()[0]}`: it was used from "
        "two IP addresses. You go through all calls made with this key, the oldest first. Which is the first that "
        "failed?"
    )


def _first_failure(session: pd.DataFrame) -> str:
    name: str = session[session["errorCode"].notna()]["eventName"].iloc[0]
    return name


def _wrong_first_failure(lake: Lake) -> list[Wrong]:
    session = _session(lake)
    failed = session[session["errorCode"].notna()]
    denied = failed[failed["errorCode"].str.contains("Denied|Unauthorized")]
    found = [
        Wrong(
            "first_call",
            session["eventName"].iloc[0],
            "That is the first call, but it succeeded.",
            "keep only rows in which `errorCode` is not missing.",
        ),
        Wrong(
            "last_failed",
            failed["eventName"].iloc[-1],
            "That is the last one that failed.",
            "the table is sorted, the oldest first: `.iloc[0]`, or `.head(1)`.",
        ),
        Wrong(
            "first_denied",
            denied["eventName"].iloc[0],
            "That is the first one that was denied. A call can fail for other reasons, too.",
            "do not look for AccessDenied: every call with an `errorCode` failed.",
        ),
        Wrong(
            "error_code",
            failed["errorCode"].iloc[0],
            "That is why it failed.",
            "the name of the call is in `eventName`.",
            TEXT,
        ),
        Wrong(
            "whole_instance",
            lake.failed[lake.failed["userIdentity.arn"] == session["userIdentity.arn"].iloc[0]]["eventName"].iloc[0],
            "That is the first failed call of the instance. It had many sessions, one after the other.",
            "filter by `userIdentity.accessKeyId` instead of the ARN.",
        ),
        Wrong(
            "any_failed",
            lake.failed["eventName"].iloc[0],
            "That is the first failed call of all events.",
            "filter by `userIdentity.accessKeyId` first.",
        ),
    ]
    why = "That belongs to another session."
    for number in range(1, len(lake.two_addresses())):
        value = _first_failure(_session(lake, number))
        found.append(Wrong("other_session", value, why, "compare `userIdentity.accessKeyId` letter by letter."))
    return found


FIRST_FAILED_CALL = Question(
    "The first failed call of a session",
    _task_first_failure,
    ("userIdentity.accessKeyId", "errorCode", "eventName"),
    CALL,
    lambda lake: _first_failure(_session(lake)),
    _wrong_first_failure,
    "keep the rows with this `userIdentity.accessKeyId`, then those in which `errorCode` is not missing; the "
    "table is sorted by time.",
    "The caller did not know what kind of identity it has: without a user's name this call fails for a role. A program "
    "that has run for weeks does not suddenly make such mistakes.",
)


def _who_fails_most(lake: Lake) -> str:
    return top(lake.failed["userIdentity.arn"])


def _wrong_failing(lake: Lake) -> list[Wrong]:
    failed, arn = lake.failed, _who_fails_most(lake)
    arns = failed["userIdentity.arn"].value_counts()
    denied = failed[failed["errorCode"].str.contains("Denied|Unauthorized")]["userIdentity.arn"].value_counts()
    count_arns = "count the values of `userIdentity.arn`."
    all_reasons = "take all rows in which `errorCode` is not missing."
    return [
        Wrong(
            "all_calls",
            len(lake.rows(userIdentity__arn=arn)),
            "That is how many calls it made. Most of them worked.",
            "keep only rows in which `errorCode` is not missing.",
        ),
        Wrong(
            "all_failed",
            len(failed),
            "That is the number of all failed calls. How many of them are those of one identity?",
            count_arns,
        ),
        Wrong(
            "role",
            int(failed["userIdentity.sessionContext.sessionIssuer.arn"].value_counts().iloc[0]),
            "That is the number of a role. Several sessions work under it, each with a name of its own.",
            count_arns,
        ),
        Wrong(
            "user_names",
            int(failed["userIdentity.userName"].value_counts().iloc[0]),
            "Sessions of roles have no `userName`, so all of them are left out.",
            count_arns,
        ),
        Wrong(
            "second",
            int(arns.iloc[1]),
            "That one comes second.",
            "is the table that of all failed calls, the most frequent first?",
        ),
        Wrong(
            "one_error",
            int(failed["errorCode"].value_counts().iloc[0]),
            "That is how often the most frequent reason occurs.",
            "the caller is in `userIdentity.arn`.",
        ),
        Wrong(
            "only_denied",
            int(denied.iloc[0]),
            "That many were denied. Calls fail for other reasons, too.",
            all_reasons,
        ),
        Wrong(
            "its_denied",
            int(denied.get(arn, 0)),
            "So many of its calls were denied. Calls fail for other reasons, too.",
            all_reasons,
        ),
        Wrong(
            "name_for_count",
            arn,
            "That is who it is. How many of its calls failed?",
            "look at the values of `value_counts()`, beside the index.",
            IDENTITY,
        ),
    ]


WHO_FAILS_MOST = Question(
    "Who fails most",
    "Which identity has the most failed calls, and how many of its calls failed? Hand in the number.",
    ("errorCode", "userIdentity.arn"),
    NUMBER,
    lambda lake: int(lake.failed["userIdentity.arn"].value_counts().iloc[0]),
    _wrong_failing,
    "keep the rows in which `errorCode` is not missing, and count their `userIdentity.arn`s.",
    "Most of its failures are everyday life. See how they are spread over the days before you raise an alarm.",
)
