"""The forms that CloudTrail's records come in, one small reader each: what a file holds decides, not its name.

first_bytes      what the first bytes of a file say: packed, JSON, a form that is refused
entries          what a form gives: entries, each a record or the reason why it is none
archives         files within files: packed twice, zip, tar, bzip2, xz, zstd
refused          JSON documents of forms that are recognised and not read (other bytes: first_bytes)
log_files        CloudTrail's own form, and a record alone
lookup_events    what `aws cloudtrail lookup-events` prints
eventbridge      EventBridge's envelope
cloudwatch_logs  subscriptions, exports and searches of CloudWatch Logs
tables           a row for each event: Event history's CSV, CloudTrail Lake
search_engines   what Splunk and Elastic export
recognise        which of them a document is of
"""
