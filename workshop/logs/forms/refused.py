"""Forms of JSON documents that are recognised and not read, each with what to do instead."""

from workshop.logs.unpacking import Unreadable

_LOG_FILES = "Read the trail's own log files (AWSLogs/…/CloudTrail/…/*.json.gz)"
# Said of JSON, and of CSV (`tables`).
ATHENA = (
    "Athena's form, with all names in small letters, which are not those that detectors ask for. Read the log files "
    "that the table was made of"
)

# The fields that give a form away, and what is said of it.
_FORMS = {
    ("class_uid", "metadata"): f"Security Lake's form (OCSF), whose fields are not CloudTrail's. {_LOG_FILES}",
    ("metadata", "api"): f"Security Lake's form (OCSF), whose fields are not CloudTrail's. {_LOG_FILES}",
    ("eventname", "eventtime"): ATHENA,
    ("configurationItems",): "a snapshot of AWS Config, which holds no records of calls",
    ("configSnapshotId",): "a snapshot of AWS Config, which holds no records of calls",
    ("ResultSet",): "an answer of Athena to `get-query-results`. Read the log files that its table was made of",
    ("attemptsMade", "rawData"): "what Firehose could not process: the record is in its rawData, as base64",
    ("schemaVersion", "accountId", "type"): "a finding of GuardDuty, which is no record of a call",
    (
        "requestId",
        "timestamp",
        "records",
    ): "a request of Firehose to an HTTP endpoint: read what it was made of, or have Firehose deliver to S3",
}


def refuse_notices(records: list) -> None:
    """Raise Unreadable if what stands in {"Records": [...]} is what AWS hands to a Lambda function: the first tells.

    S3, SQS, SNS and Kinesis name themselves "aws:s3" and so on there, where CloudTrail has "s3.amazonaws.com". An entry
    with an id and a time is a record, whatever it says: so readers that want both of each record need not ask.
    """
    first = records[0] if records and isinstance(records[0], dict) else {}
    source = first.get("eventSource", first.get("EventSource"))
    if isinstance(source, str) and source.startswith("aws:") and not {"eventID", "eventTime"} <= first.keys():
        raise Unreadable(f"a notification of {source}, which holds no records. {_LOG_FILES}")
    if {"SequenceNumber", "Data"} <= first.keys():
        raise Unreadable(f"an answer of Kinesis to `get-records`, whose Data is base64. {_LOG_FILES}")


def refuse(document: dict) -> None:
    """Raise Unreadable for a document of a form that is not read, saying what it is and what to do."""
    for fields, words in _FORMS.items():
        if all(name in document for name in fields):
            raise Unreadable(words)
