# Attendees uncomment the lines that use hint and solution. The imports take as few lines as a cell can spare.
# ruff: noqa: F401, I001

# %% [markdown]
"""
# 02 Deleting logs

*Exercise 2, Automated detection. Phase 1*

Nobody can read every record by hand. A program can. It opens the log files already; you write what is suspicious.

**In this notebook** you
- read the analyzer, the program that will run in Lambda, and run its parts by hand,
- warm up by rewriting `print_short_record`,
- write `deleting_logs`, and try it on all the logs of notebook 01,
- get past your own detector, and close the gap.

**Time**: 20 minutes. **You need**: [01 Examine logs](01_examine_logs.ipynb). New words are in the
[glossary](../docs/glossary.md).
"""

# %%
import inspect
import json
from urllib.parse import quote_plus

from workshop import beat, case_file, check, connect, hint, outcome, predict, print_short_record, progress
from workshop import read_records, solution
from workshop import cloudtrail_analyzer as analyzer
from workshop.places import data

# %%
progress()

# %% [markdown]
"""
## The analyzer

The whole program is one file of some 220 lines, [cloudtrail_analyzer.py](../workshop/cloudtrail_analyzer.py). Open it
in another tab and skim it: the Lambda function runs this very file. From bottom to top:

| | |
| --- | --- |
| `handler` | what Lambda calls, with an *event* that says which log file has arrived |
| `get_log_file_location` | finds the file's bucket and key in that event |
| `get_records` | fetches the file from S3, unzips it, and returns its records |
| `analyze` | the two loops: every record is passed to every function in the tuple `analysis_functions` |
| `analysis_functions` | `print_short_record`, which works, and two that are not written yet |

## A log file arrives

Do by hand what happens then. First, put a log file into the stack's bucket. Its [object
key](../docs/glossary.md#object-key) has a space in it, on purpose. And it does not begin with
`AWSLogs/<account>/CloudTrail/` as the keys of log files do, so the real function does not hear of it.
"""

# %%
cloud = connect()
bucket = cloud.resource("CloudTrailBucket")
key = "by-hand/my first file.json.gz"
file = min(data().glob("AWSLogs/*/CloudTrail/ca-central-1/**/*.json.gz"))
cloud.client("s3").upload_file(str(file), bucket, key)

# %% [markdown]
"""
## Where is it? `get_log_file_location`

S3 announces a new object to Lambda with an event, a small JSON document. This part of it matters here ([all of
it](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html)):
"""

# %%
event = {"Records": [{"s3": {"bucket": {"name": bucket}, "object": {"key": quote_plus(key, safe="/")}}}]}
print(json.dumps(event, indent=2))

# %%
predict("the key")

# %%
print(inspect.getsource(analyzer.get_log_file_location))
(location,) = analyzer.get_log_file_location(event)
outcome("the key", location[1])

# %% [markdown]
"""
## What is in it? `get_records`

It fetches the object, unzips it, reads the JSON and returns the records, oldest first: CloudTrail promises no order
within a file. Its argument is a boto3 *session*, which makes clients. Here it is the one that leads to your cloud.
"""

# %%
print(inspect.getsource(analyzer.get_records))
records = analyzer.get_records(cloud.session, *location)
len(records)

# %% [markdown]
"""
## One line for a record: `print_short_record`

It is the first function in the tuple, and it works. Look at how it gets at the fields: you need the same soon.
"""

# %%
print(inspect.getsource(print_short_record))

# %% [markdown]
"""
Two details matter:

- `record.get("userIdentity") or {}`: `get` returns `None` where a field is absent, or its second argument, as in
  `get("arn", "")`. A field may also be there with the value `null`, `None` in Python: `or {}` covers both.
  `record["userIdentity"]["arn"]` ends with an error on the first such record.
- It returns `False`. An analysis function answers *is this an anomaly?*, and showing a record detects nothing.
"""

# %%
for record in records[:5]:
    print_short_record(record)

# %% [markdown]
"""
## Warm-up: your own `print_short_record`

<!-- task: print_short_record -->
"""

# %% answer="print_short_record"
from workshop.exercises.tasks.print_short_record import print_short_record

# %%
check(print_short_record)

# %% [markdown]
"""
Stuck? Remove the `#` from one of these lines. Each time you run `hint`, it says a little more.
"""

# %%
# hint(print_short_record)
# solution(print_short_record)

# %% [markdown]
"""
## Phase 1: who deletes logs?

In most accounts, logs are hardly ever deleted on purpose: they expire. Anyone who deletes some may be an attacker who
covers tracks, in CloudTrail's logs or in what a web server wrote to CloudWatch Logs.

<!-- task: deleting_logs -->

<details><summary>Which fields say what was called?</summary>

`eventSource`, the service as a host name such as `s3.amazonaws.com`, and `eventName`, the action.
</details>

<details><summary>And what about calls that failed?</summary>

They match as well: you want to know who tried. You need not look at `errorCode`.
</details>

<details><summary><code>and</code>, <code>or</code></summary>

`and` binds first: `a or b and c` is `a or (b and c)`. Write the brackets that you mean: `(a or b) and c`. And each side
is asked by itself: `x == "p" or "q"` is always true; `x in ("p", "q")` says what you mean.
</details>
"""

# %% answer="deleting_logs"
from workshop.exercises.tasks.deleting_logs import deleting_logs

# %%
check(deleting_logs)

# %%
# hint(deleting_logs)
# solution(deleting_logs)

# %% [markdown]
"""
### Bonus round: silence without deletion

An attacker can blind a trail without deleting anything: one API call **stops it from logging**. The trail is still
there, and no more log files come. Find the name of that call among [CloudTrail's
actions](https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html), extend your function
above, and run `check` again.
"""

# %% [markdown]
"""
## From one record to every record

`analyze` runs both loops and counts the matches, here on the file that you put into the bucket:
"""

# %%
analyzer.print_short_record = print_short_record
analyzer.analysis_functions = (analyzer.print_short_record, deleting_logs)
analyzer.analyze(records)

# %% [markdown]
"""
Every record is printed, since `print_short_record` is in the tuple. `deleting_logs` prints what it finds, so
`print_short_record` **leaves the tuple**. The functions may still call it. Now the whole log lake:
"""

# %%
predict("deletions")

# %%
analyzer.analysis_functions = (deleting_logs,)
everything = sorted(read_records(data()), key=lambda record: record.get("eventTime", ""))
found = analyzer.analyze(everything)

# %%
outcome("deletions", found["deleting_logs"])

# %% [markdown]
"""
Each line is somebody deleting logs, or trying to. **Look closer**: which of them should wake you in the night?

<details><summary>What to look at</summary>

- **Who**: a program that tidies up after itself (Terraform, CloudFormation), a person, or the session of a machine?
- **When**: every morning at the same minute, or once, at night?
- **What**: the log group of a test that is over, or the account's audit trail?
- **Did it work?** `AccessDenied` means that a door was locked, not that the person who tried it is harmless.
- **`Delete` is a wide net**: `DeleteRetentionPolicy` deletes no logs. It makes them stay for ever.

Whether a match is an attack is another question: see notebook 03.
</details>
"""

# %% [markdown]
"""
## What this rule cannot see

- Log files that are deleted *from the bucket*: these are [data events](../docs/glossary.md#data-event), which a trail
  records only if it is configured to. The digest files show that a file is missing.
- Logs that are destroyed under another name: a retention of one day (`PutRetentionPolicy`), event selectors that
  select nothing (`PutEventSelectors`), a bucket whose lifecycle deletes early (`PutBucketLifecycle`).
- Anything at all after the trail was stopped. This is why you listen for the call that stops it.

## What could go wrong

| You see | Do |
| --- | --- |
| `check` says *not attempted*, but you did write something | Run the cell with your function first, then `check` |
| `NoSuchKey` or `NoSuchBucket` | Run from `cloud = connect()` on: the stack may have been made anew |
| Thousands of matches | Is there an `or` where both conditions have to hold? |

## You have

read a Lambda function from its event to its records, and written a detector for any CloudTrail logs. It is saved;
notebook 04 finds it and deploys it.
"""

# %%
progress()

# %% [markdown]
"""
## If there is time: beat your own detector

**Be the attacker**: think of an API call that destroys logs, or leaves somebody blind, and that `deleting_logs` does
not see. Which other services keep logs?

Then write the record that CloudTrail would write of it: begin with a real one and change what matters. `beat` says
whether CloudTrail could have written it, whether the call loses logs, and what your detector says.
"""

# %% todo="record = ...  # {**records[0], 'eventSource': ..., 'eventName': ..., 'requestParameters': {...}}"
record = {
    **records[0],
    "eventSource": "logs.amazonaws.com",
    "eventName": "PutRetentionPolicy",
    "requestParameters": {"logGroupName": "/mapleferry/web/access", "retentionInDays": 1},
}

# %%
beat(deleting_logs, record)

# %% [markdown]
"""
**Now be the defender.** Leave `deleting_logs` as it is. Write a second detector that calls it, and sees this call and
others that lose logs in the same way, but no harmless calls of the same name. Then the same record again:
"""


# %% todo="def losing_logs(record):\n    raise NotImplementedError('what deleting_logs sees, and what got past it')"
def losing_logs(record):
    days = (record.get("requestParameters") or {}).get("retentionInDays")
    if record.get("eventName") == "PutRetentionPolicy" and days is not None and days < 7:
        print_short_record(record)
        return True
    return deleting_logs(record)


# %%
beat(losing_logs, record)

# %% [markdown]
"""
Your case file notes the gaps that you found. Notebook 05b has a list of more, and what public rule sets see of them.
"""

# %%
case_file()

# %% [markdown]
"""
## Next

**[03 Instance credentials](03_instance_credentials.ipynb)**: keys that left their machine.
"""
