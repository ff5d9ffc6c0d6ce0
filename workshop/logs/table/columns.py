"""The columns of the events DataFrame: the one table that code, documentation and tests read."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd


class Column(NamedTuple):
    """One column: the path of a CloudTrail field, what its values are, and what it tells.

    `kind` is "text" (each one is kept once, so it should repeat), "flag" or "number"; "time" is eventTime's, in UTC,
    and "id" eventID's. The explorer explains fields that are no column in `explorer/fields.py`.
    """

    name: str
    kind: str
    explanation: str

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(self.name.split("."))


COLUMNS = (
    Column("eventTime", "time", "When the call was answered, in UTC; delivery comes minutes later."),
    Column("eventSource", "text", "The AWS service that was called, e.g. logs.amazonaws.com."),
    Column(
        "eventName", "text", "The API action, e.g. DeleteLogGroup; console sign-ins and service events have theirs."
    ),
    Column("awsRegion", "text", "The Region that was called; global services such as IAM say us-east-1."),
    Column("sourceIPAddress", "text", "Where the call came from: an IP address, or the name of an AWS service."),
    Column("userAgent", "text", "What made the call, as it calls itself: CLI, SDK, console, service. Easily forged."),
    Column("errorCode", "text", "Why the call failed, e.g. AccessDenied; missing when it succeeded."),
    Column("errorMessage", "text", "The failure in words; often tells who asked for which action on what."),
    Column("readOnly", "flag", "Whether the call only reads; missing in older records."),
    Column("eventID", "id", "The record's own id. CloudTrail may deliver a record twice: the same id says so."),
    Column(
        "eventType",
        "text",
        "What produced the record: AwsApiCall, AwsServiceEvent, AwsConsoleSignIn, AwsCloudTrailInsight.",
    ),
    Column("eventCategory", "text", "Management, Data, NetworkActivity, Insight or Aggregated."),
    Column("managementEvent", "flag", "Whether the call manages resources rather than the data in them."),
    Column("recipientAccountId", "text", "The account that received this record; another one may have made the call."),
    Column(
        "userIdentity.type",
        "text",
        "Who called: IAMUser, AssumedRole, Root, AWSService, …; missing in some service events.",
    ),
    Column(
        "userIdentity.principalId",
        "text",
        "The caller's unique id; for a role, its id, a colon and the session's name.",
    ),
    Column("userIdentity.arn", "text", "The caller's ARN; for a role's session it ends with the session's name."),
    Column("userIdentity.accountId", "text", "The account that the caller belongs to."),
    Column(
        "userIdentity.accessKeyId",
        "text",
        "The key that signed the call: AKIA… long-lived, ASIA… of a session; may be empty.",
    ),
    Column("userIdentity.userName", "text", "The IAM user's name; sessions have it in their issuer instead."),
    Column("userIdentity.onBehalfOf.userId", "text", "The Identity Center user for whom the call was made."),
    Column("userIdentity.invokedBy", "text", "The AWS service that made the call on the caller's behalf."),
    Column(
        "userIdentity.sessionContext.sessionIssuer.arn",
        "text",
        "What the session was issued for: usually the role's ARN.",
    ),
    Column(
        "userIdentity.sessionContext.attributes.mfaAuthenticated",
        "text",
        'Whether the session began with multi-factor authentication: "true" or "false", as text.',
    ),
    Column(
        "userIdentity.sessionContext.ec2RoleDelivery",
        "text",
        'How an instance got its credentials: "1.0" (IMDSv1) or "2.0" (IMDSv2); where they are used is another matter.',
    ),
    Column(
        "additionalEventData.MFAUsed",
        "text",
        'Whether a console sign-in used multi-factor authentication: "Yes" or "No".',
    ),
)

# Where a row comes from: not CloudTrail's, but the way back to the full record (see `record_of`).
LOCATION = (
    Column("logFile", "text", "The log file that holds the record (not a CloudTrail field)."),
    Column("logIndex", "number", "The record's place in that file, from 0 (not a CloudTrail field)."),
)

# The order in which CloudTrail writes the fields of a record, and those of its userIdentity. A decoder looks for each
# field behind the one that it has found last: in this order it need not search.
_AS_WRITTEN = (
    *("eventVersion", "userIdentity", "type", "principalId", "arn", "accountId", "accessKeyId", "userName"),
    *("sessionContext", "invokedBy", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress"),
    *("userAgent", "errorCode", "errorMessage", "requestParameters", "responseElements", "additionalEventData"),
    *("requestID", "eventID", "readOnly", "eventType", "managementEvent", "recipientAccountId", "eventCategory"),
)


def as_written(names: Iterable[str]) -> list[str]:
    """Return names of fields (or paths, "userIdentity.arn") as CloudTrail writes them; others come last, as sorted."""
    place = {name: number for number, name in enumerate(_AS_WRITTEN)}
    return sorted(names, key=lambda name: (place.get(name.rpartition(".")[2], len(place)), name))


def describe_columns() -> "pd.DataFrame":
    """Return a DataFrame that explains the columns of `load_events`, in their order: column, holds, explanation."""
    import pandas as pd

    holds = {"time": "time (UTC)", "text": "text", "id": "text", "flag": "true / false", "number": "number"}
    rows = [(column.name, holds[column.kind], column.explanation) for column in (*COLUMNS, *LOCATION)]
    return pd.DataFrame(rows, columns=["column", "holds", "explanation"])
