# Attendees uncomment the lines that use hint and solution. The imports take as few lines as a cell can spare.
# ruff: noqa: F401, I001

# %% [markdown]
"""
# 04 Deploy and alarm

*Exercise 2, Automated detection. Phase 3*

Your detectors move to where the records arrive, and get a voice.

| Act | You | and see |
| --- | --- | --- |
| 1 | write `publish_anomalies`, and call it from a cell | an alarm that turns red |
| 2 | deploy your functions, and send log files through them | the attack, found by your own code in Lambda |
| 3 | look behind the scenes | the function's log, the alarm's history, the message it sent |

**Time**: 30 minutes. **You need**: [02](02_deleting_logs.ipynb) and [03](03_instance_credentials.ipynb) solved.
New words are in the [glossary](../docs/glossary.md).
"""

# %%
import json

import pandas as pd
from workshop import check, connect, deploy, explore, generate_activity, hint, incident_report, lambda_log
from workshop import lookup_history, notifications, outcome, plot_alarm, predict, progress, record_of, replay
from workshop import saved_answers, solution, trigger, watch_alarm, watch_call
from workshop.cloudtrail_analyzer import METRIC_NAME, METRIC_NAMESPACE

# %%
progress()

# %%
cloud = connect()

# %% [markdown]
"""
---
# Act 1: a number turns red

The alarm knows nothing of logs. It watches a number: the metric `AnomaliesDetected` in your stack's
namespace. Each period of 60 seconds it takes the **sum** of what was published. If that is **1 or more**, it goes to
`ALARM`, and back to `OK` when a period has passed without any.

In the analyzer one function publishes. The handler calls it after each log file, **once for each analysis function**:

    publish_anomalies(cloudwatch, "deleting_logs", 3)
    publish_anomalies(cloudwatch, "instance_creds_used_outside_ec2", 0)

<!-- task: publish_anomalies -->

<details><summary>Why the total, and not a 1 for each record?</summary>

The sum is the same. But each call takes time and costs money, and CloudWatch takes only so many in a second.
</details>

<details><summary>Why not publish the zeros?</summary>

It would work, for one call more a file. This alarm treats missing data as not breaching, so silence is `OK`.
</details>

<details><summary>And what is <code>detector</code> good for?</summary>

To print it, or for an alarm for each detector (05c). Careful: a *dimension* makes another metric.
`AnomaliesDetected` with `detector=deleting_logs` is not `AnomaliesDetected`, and our alarm would wait for ever.
</details>
"""

# %% [markdown]
"""
Name and namespace are constants in the analyzer. boto3 takes an API's parameters by the names of the documentation,
and knows which are required:
"""

# %%
takes = cloud.client("cloudwatch").meta.service_model.operation_model("PutMetricData").input_shape
datum = takes.members["MetricData"].member
print("The alarm's:", METRIC_NAME, METRIC_NAMESPACE)
print("put_metric_data takes", list(takes.members), "and needs", takes.required_members)
print(f"MetricData is a list of {list(datum.members)} and needs {datum.required_members}")

# %% answer="publish_anomalies"
from workshop.exercises.tasks.publish_anomalies import publish_anomalies

# %%
result = check(publish_anomalies)
result

# %%
# hint(publish_anomalies)
# solution(publish_anomalies)

# %% [markdown]
"""
## Go red

No Lambda, no logs: you, a cell, and the alarm. (On a real account it takes one to three minutes, because CloudWatch
looks once a minute.)
"""

# %%
if result.passed:
    publish_anomalies(cloud.client("cloudwatch"), "a cell of notebook 04", 1)
watch_alarm(cloud)

# %% [markdown]
"""
**What to see**: a bar is the sum of a minute, and begins with it; this one reaches the dashed line, the threshold. The
state below turns in the second in which the alarm saw that. (A new alarm begins with `INSUFFICIENT_DATA`: it has not
looked yet.)
"""

# %%
plot_alarm(cloud)

# %%
predict("messages")

# %%
before = len(notifications(cloud))
if result.passed:
    publish_anomalies(cloud.client("cloudwatch"), "once more", 1)
print(watch_alarm(cloud))
notifications(cloud)

# %%
outcome("messages", len(notifications(cloud)) - before if result.passed else None)

# %% [markdown]
"""
---
# Act 2: your functions, in Lambda

These are the functions of 02 to 04 that you have solved so far:
"""

# %%
answers = saved_answers()
[answer.__name__ for answer in answers]

# %% [markdown]
"""
`deploy` puts them into the analyzer in place of the stubs, with the imports and constants they use, and puts the
detectors into the tuple `analysis_functions`. It first runs the result on sample records. Afterwards it asks Lambda
for the hash of the code, to be sure that Lambda runs what you wrote.
"""

# %%
deploy(cloud, *answers)

# %% [markdown]
"""
## Four days in a minute

Now all log files of notebook 01 go into the bucket, one after another. Each of them starts your function. On your
laptop a handful run at the same time. On AWS it could be a thousand: this is the *scalable* in the workshop's title.
"""

# %%
predict("which more")

# %%
replayed = replay(cloud)
replayed

# %%
outcome("which more", replayed.matches)

# %% [markdown]
"""
`instance_creds_used_outside_ec2` matches in nearly four of five files. The theft differs in *where* the credentials
were used.

The counts are a little higher than those of `hunt`: a few records came twice, and each run of the function knows only
its own file. (The 6 records of Insight files start no run.)

## The attack

At last, one log file: the one in which the attacker used stolen instance credentials *and* deleted logs. `trigger`
puts it into the bucket under a new name with the present time. An alarm that is red cannot turn red, so `trigger`
first takes it back to `OK`. On AWS that takes minutes.
"""

# %%
attack = trigger(cloud)
attack

# %%
watch_alarm(cloud, attack)

# %% [markdown]
"""
From top to bottom: the file was put, S3 notified Lambda, your function read the records and published how many it
matched, CloudWatch evaluated the alarm, SNS sent a message. `watch_alarm` waits for what *this* file sets off, and
names what else the alarm added up, such as the replay's.
"""

# %% [markdown]
"""
## Your own call

That was a log file from this kit. The next cell makes a log group and deletes it, by real API calls. Nobody puts a log
file anywhere: CloudTrail sees the calls, and delivers. (On your machine the kit plays CloudTrail, within seconds.)
"""

# %%
predict("own calls")

# %%
deletion = None
if attack.put:  # only where your functions are deployed
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName="/workshop/my-own-logs")
    deletion = logs.delete_log_group(logGroupName="/workshop/my-own-logs")

# %% [markdown]
"""
Every answer of AWS carries a request id, and CloudTrail's record of the call has the same one, as `requestID`. With
it, `watch_call` finds your record in the log files, and then the run of your function that analyzed it.
"""

# %%
seen = watch_call(cloud, deletion)
seen

# %%
outcome("own calls", seen.found.get("deleting_logs"))

# %% [markdown]
"""
<details><summary>On AWS this takes minutes. What to do meanwhile?</summary>

CloudTrail delivers about five minutes after a call, on average, and [promises
nothing](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html). An
attacker has as much of a head start. Go on, and come back: `watch_call` can be run again, and goes on where it was.
</details>

## A thief in your own account

In notebook 01 `generate_activity` played a thief who uses an instance's credentials. Once more; this time your
detectors watch. `lookup_history` shows what your account recorded:
"""

# %%
activity = generate_activity(cloud)
history = lookup_history(cloud)
own = history[history["userIdentity.accessKeyId"] == activity.access_key]
own[["eventTime", "eventSource", "eventName", "sourceIPAddress"]]

# %% [markdown]
"""
(On AWS the records come some minutes late: run the last three lines again then.) Your detectors on each of them, the
oldest first, and the raw JSON of one:
"""

# %%
detectors = [answer for answer in answers if answer.__name__ in ("deleting_logs", "instance_creds_used_outside_ec2")]
records = [record_of(own, row) for row in own.index[::-1]]
found = [{detector.__name__: detector(record) for detector in detectors} for record in records]
pd.DataFrame(found, index=[record["eventName"] for record in records])

# %%
for record in records[-1:]:
    print(json.dumps(record, indent=2))

# %% [markdown]
"""
Filter and read all that your account did:
"""

# %%
explore(history)

# %% [markdown]
"""
---
# Act 3: behind the scenes

## What the function printed

Everything that a Lambda function prints goes to CloudWatch Logs. Look for the lines of `print_short_record` (a record
that both detectors match has two), and for the one that begins with `ANALYZED`, in which the handler sums up.
"""

# %%
lambda_log(cloud, attack)

# %% [markdown]
"""
## What the alarm saw

**What to see**: what your cells, the replay, the attack and the thief's calls published. Where the band below is `OK`
for a moment, `replay` or `trigger` took the alarm back.
"""

# %%
plot_alarm(cloud)

# %% [markdown]
"""
## What the alarm said

The message that went out to all subscribers. `NewStateReason` says which number passed which threshold. It does not say
*which records* those were: for that you look into the function's log.
"""

# %%
notifications(cloud)

# %% [markdown]
"""
## The incident report

The alarm rang, and now somebody wants to know what happened. Everything you solved is in this report, with what to do
next. What you have not solved yet is a gap in it, which says where to look.
"""

# %%
report = incident_report()
report

# %% [markdown]
"""
**What to see**: one intruder, two visits, a day apart. The second took 21 minutes from its first call to the deleted
trail.

**And the quiet hour** of notebook 01? After the second visit somebody deleted that hour's log files from the bucket. No
record says so: deleting an object is a [data event](../docs/glossary.md#data-event). But the digest files still name
the files that are gone. [05b](05b_more_than_delete.ipynb) finds them.

## What could go wrong

| You see | Do |
| --- | --- |
| *nothing deployed* | Solve 02, 03 and Act 1, run `deploy` again. Short of time: `catch_up("deleting_logs")` |
| *not deployed*, with a name | Your function uses something that cannot leave the notebook: put it into the function |
| *nothing detected* | `lambda_log(cloud, attack)` shows what the function did with the file |
| *nothing published* | Right name, right namespace, no dimension? Run `check(publish_anomalies)` |
| *timed out* (on AWS) | Run `watch_alarm(cloud, attack)` again: it goes on where it was |
| No e-mail, on AWS | Is the subscription confirmed? Look for a message *AWS Notification* in the spam folder |

## You have

built the whole chain, from an API call to a message, with functions you wrote yourself.
"""

# %%
progress()

# %% [markdown]
"""
## Extra credit

- [05a](05a_the_thief_and_the_agents.ipynb): a detector that finds the thief without the SSM agents.
- [05b](05b_more_than_delete.ipynb): more calls that lose logs, and vanished log files.
- [05c](05c_an_alarm_for_each.ipynb): an alarm for each detector.
- [06](06_hunt_at_scale.ipynb): a year of logs.

## To read on

- [Publish metrics](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/working_with_metrics.html),
  [alarms](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html), and
  [how an alarm is evaluated](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html)
- AWS offers detections like yours as a service: [GuardDuty's
  findings](../docs/glossary.md#finding) [on
  IAM](https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-iam.html)

## Next

**[07 Clean up](07_clean_up.ipynb)**: leave the account as you found it. Or first some extra credit.
"""
