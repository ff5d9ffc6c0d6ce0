# Attendees uncomment the lines that use hint and solution.
# ruff: noqa: F401

# %% [markdown]
"""
# 02 Deleting logs

*Exercise 2, Automated detection. Phase 1*

Looking through logs by hand does not scale: the next record arrives while you read this one. From here on you build
a program that reads every record. It already receives and opens the log files. What it lacks is an idea of what is
suspicious, and that is yours to write.

**In this notebook** you
- read the analyzer, the program that will run in Lambda, and run its parts by hand,
- warm up by rewriting `print_short_record`,
- write `deleting_logs`, which notices that logs are being deleted, and try it on all the logs of notebook 01,
- get past your own detector, and close the gap.

**Time**: 30 minutes. **You need**: [01 Examine logs](01_examine_logs.ipynb), or a good idea of what a record looks
like.
"""

# %%
import inspect
import json
from urllib.parse import quote_plus

from workshop import beat, case_file, check, connect, hint, print_short_record, progress, read_records, solution
from workshop import cloudtrail_analyzer as analyzer
from workshop.places import data

# %%
progress()

# %% [markdown]
"""
## The analyzer

The whole program is one file of some 190 lines, [cloudtrail_analyzer.py](../workshop/cloudtrail_analyzer.py): open
it in another tab and skim it. This very file is what the Lambda function runs. From bottom to top:

| | |
| --- | --- |
| `handler` | what Lambda calls, with an *event* that says which log file has arrived |
| `get_log_file_location` | finds the file's bucket and key in that event |
| `get_records` | fetches the file from S3, unzips it, and returns its records |
| `analyze` | the two loops: every record is passed to every function in the tuple `analysis_functions` |
| `analysis_functions` | `print_short_record`, which works, and two that are not written yet |

Now do by hand what happens when a log file arrives.
"""

# %% [markdown]
"""
## A log file arrives

First, a log file has to lie in the stack's bucket. We take the first one of the log lake.

Its key is a bit odd on purpose: there is a space in it. And it does not begin with `AWSLogs/<account>/CloudTrail/`
as the keys of log files do, so the real function does not hear of it.
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

S3 announces a new object to Lambda with an event, a small JSON document. This is the part of it that matters here
([all of it](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html)):
"""

# %%
event = {"Records": [{"s3": {"bucket": {"name": bucket}, "object": {"key": quote_plus(key, safe="/")}}}]}
print(json.dumps(event, indent=2))

# %% [markdown]
"""
**Predict before you run**: what will `get_log_file_location` return as the key, compared with the event's?

<details><summary>Answer</summary>

The key with its space: `by-hand/my first file.json.gz`. S3 encodes keys in its events as in a URL (a space becomes
`+`), and an object called `my+first+file` does not exist. </details>
"""

# %%
print(inspect.getsource(analyzer.get_log_file_location))
(location,) = analyzer.get_log_file_location(event)
location

# %% [markdown]
"""
## What is in it? `get_records`

It fetches the object, unzips it, reads the JSON and returns the list of records, oldest first: CloudTrail promises
no order within a file. It gets the *session*, the thing that makes boto3 clients, as an argument. In Lambda that is
the function's own; here we pass the one that leads to your cloud.
"""

# %%
print(inspect.getsource(analyzer.get_records))
records = analyzer.get_records(cloud.session, *location)
len(records)

# %% [markdown]
"""
## One line for a record: `print_short_record`

It is the first function in the tuple, and it works. All it does is print a short form of a record. Look at how it
gets at the fields: you will need the same soon.
"""

# %%
print(inspect.getsource(print_short_record))

# %% [markdown]
"""
Two details decide whether a program lives long among real records:

- `record.get("userIdentity") or {}`: `get` returns `None` where a field is absent, or its second argument, as in
  `get("arn", "")`. A field may also be there with the value `null`, `None` in Python: `or {}` covers both.
  `record["userIdentity"]["arn"]` ends with an error on the first such record.
- It returns `False`. An analysis function answers *is this an anomaly?*, and to show a record is not to detect
  something.
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
Stuck? Remove the `#` from one of these lines and run the cell. Each time you run `hint`, it says a little more.
"""

# %%
# hint(print_short_record)
# solution(print_short_record)

# %% [markdown]
"""
## Phase 1: who deletes logs?

In most accounts, logs are hardly ever deleted on purpose: they expire. So anyone who deletes some deserves a look.
It may be an attacker who covers tracks. CloudTrail's logs are not the only ones in the way: what a web server or a
database wrote to CloudWatch Logs may show how the attacker came in.

<!-- task: deleting_logs -->

Settle before you begin:

<details><summary>Which fields say what was called?</summary>

`eventSource`, the service as a host name such as `s3.amazonaws.com`, and `eventName`, the action.
</details>

<details><summary>And what about calls that failed?</summary>

They match as well. Somebody tried, and you want to know who. You need not look at `errorCode`.
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

An attacker can blind a trail without deleting anything: there is an API call that just **stops it from logging**.
The trail is still there, everything looks tidy, and no more log files come. Find the name of that call among
[CloudTrail's actions](https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html), extend
your function above, and run `check` again.

What some of these calls do, and what is lost:
[DeleteLogGroup](https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html),
[DeleteLogStream](https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogStream.html),
[DeleteTrail](https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteTrail.html).
"""

# %% [markdown]
"""
## From one record to every record

This is what the Lambda function does with the file that you put into the bucket. `analyze` runs both loops and
counts the matches:
"""

# %%
analyzer.print_short_record = print_short_record
analyzer.analysis_functions = (analyzer.print_short_record, deleting_logs)
analyzer.analyze(records)

# %% [markdown]
"""
Every record is printed, since `print_short_record` is in the tuple. Would you notice a deletion among thousands of
such lines? So now that `deleting_logs` prints what it finds, `print_short_record` **leaves the tuple**: the
functions may still call it, but not every record is shown.

**Predict before you run** this on the whole log lake: how many lines will be printed? Which day do you expect them
on?
"""

# %%
analyzer.analysis_functions = (deleting_logs,)
everything = sorted(read_records(data()), key=lambda record: record.get("eventTime", ""))
analyzer.analyze(everything)

# %% [markdown]
"""
(If it says `NOT WRITTEN YET`: write `deleting_logs` above first.)

Each line is somebody deleting logs, or trying to. **Look closer**: for each of them, would you have wanted to be
woken in the night?

<details><summary>What to look at</summary>

- **Who**: a program that tidies up after itself (Terraform, CloudFormation), a person, or the session of a machine?
- **When**: every morning at the same minute, or once, at night?
- **What**: the log group of a test that is over, or the account's audit trail?
- **Did it work?** `AccessDenied` means that a door was locked. It does not mean that the person who rattled at it
  was harmless.
- **`Delete` is a wide net**: `DeleteRetentionPolicy` deletes no logs. On the contrary, it makes them stay for ever.
- **What else** did the same identity do in that hour? A single line hardly ever says enough.

A rule matches what it was told to match. Whether a match is an attack is another question, and notebook 03 goes
into it.
</details>
"""

# %% [markdown]
"""
## What this rule cannot see

- S3 objects. Log files that are deleted *from the bucket* are data events, which a trail records only if told to. A
  missing file shows when CloudTrail's [digest
  files](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html) are
  checked.
- Logs that are destroyed under another name: a retention of one day (`PutRetentionPolicy`), event selectors that
  select nothing (`PutEventSelectors`), a bucket whose lifecycle deletes early (`PutBucketLifecycle`).
- Anything at all after the trail was stopped. This is why you listen for the call that stops it.
"""

# %% [markdown]
"""
## What could go wrong

| You see | Do |
| --- | --- |
| `check` says *not attempted*, but you did write something | Run the cell with your function first, then `check` |
| `NoSuchKey` or `NoSuchBucket` | Run from `cloud = connect()` on: the stack may have been made anew |
| Every record is printed though you changed the tuple | Run the cell that sets `analysis_functions` again |
| Thousands of matches | Is there an `or` where both conditions have to hold? |

## You have

read a Lambda function from its event to its records, and written a detector that anyone can run over any CloudTrail
logs. It is saved; notebook 04 will find it and deploy it.
"""

# %%
progress()

# %% [markdown]
"""
## If there is time: beat your own detector

**Be the attacker**: think of an API call that destroys logs, or leaves somebody blind, and that `deleting_logs` says
nothing about. Which other services keep logs? Which calls stop, shorten or redirect something instead of deleting it?

Then write the record that CloudTrail would write of it. Begin with a real one and change what matters. `beat` says
whether CloudTrail could have written it, whether the call does lose logs, and what your detector says.
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
**And now the defender.** Close the gap. Leave `deleting_logs` as Phase 1 asks for it, and write a second detector
that calls it and sees this call as well, and others that lose logs in the same way, but keeps quiet about calls of
the same name that do no harm. Then the same record again:
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
Gaps that you found are noted in your case file. There are more: notebook 05 has a list, and what public rule sets make
of it.
"""

# %%
case_file()

# %% [markdown]
"""
## Next

**[03 Instance credentials](03_instance_credentials.ipynb)**: keys that left their machine.
"""
