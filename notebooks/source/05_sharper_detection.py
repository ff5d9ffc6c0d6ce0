# Attendees uncomment the lines that use hint and solution. The imports take as few lines as a cell can spare.
# ruff: noqa: F401, I001

# %% [markdown]
"""
# 05 Sharper detection

*Extra credit*

Your two detectors caught the thief. They also matched thousands of calls that were none of his doing, and there
are ways to destroy logs that they never saw. Here you make them better, one step at a time.

**In this notebook** you
- climb a ladder: from *issued to an instance* to *used by a thief*, and measure what each step gains and costs,
- look for what hides logs without any `Delete` in its name, and for what no record shows at all,
- give each detector an alarm of its own.

The three parts do not need each other: take the one that you like.

**Time**: 60 minutes, 20 for each part. **You need**: [02](02_deleting_logs.ipynb) and
[03](03_instance_credentials.ipynb); for Part 3 also [04](04_deploy_and_alarm.ipynb).
"""

# %%
from gzip import decompress
from hashlib import sha256
from os.path import relpath
from pathlib import Path

import pandas as pd
from workshop import answer, check, coverage, hint, load_events, plot_coverage, print_short_record, progress
from workshop import public_rules, question, read_digests, read_records, saved_answers, solution
from workshop import connect, deploy, plot_alarm, trigger, update_stack, watch_alarm
from workshop import cloudtrail_analyzer as analyzer
from workshop.places import data

pd.set_option("display.max_colwidth", None)

# %%
progress()

# %%
lake = Path(relpath(data()))
events = load_events(lake)
labels = pd.read_csv(lake / "labels.csv")
print(f"{len(events):,} records")

# %% [markdown]
"""
---
# Part 1: where were the credentials used?

The rule of notebook 03 asks to *whom* credentials were issued, and so it finds nearly all that the thief did, among
hundreds of calls that machines make at home. To tell the two apart, a rule has to know more than one record can
say.
"""

# %% [markdown]
"""
---
# Part 2: beyond Delete

`deleting_logs` knows a handful of calls of two services. Whoever wants to work unseen has more ways than these: logs
lie in other services too, a log can be silenced instead of deleted, and some deletions no management event shows.
"""

# %% [markdown]
"""
## Blind by name

Who reads CloudTrail's log alone has one eye open. Others show who talked to whom in the network (VPC flow logs), which
names the machines looked up (the resolver's query log), how resources changed (AWS Config), and what looks like an
attack (GuardDuty). **Write `blinding_logs(record)`**: it finds the calls that shut one of these eyes, or CloudTrail's
own without deleting anything.

| Event source | Event name |
| --- | --- |
| `cloudtrail.amazonaws.com` | `StopLogging`, `StopEventDataStoreIngestion` |
| `ec2.amazonaws.com` | `DeleteFlowLogs` |
| `route53resolver.amazonaws.com` | `DeleteResolverQueryLogConfig`, `DisassociateResolverQueryLogConfig` |
| `config.amazonaws.com` | `StopConfigurationRecorder`, `DeleteConfigurationRecorder`, `DeleteDeliveryChannel` |
| `guardduty.amazonaws.com` | `DeleteDetector` |

One thing is new: **only calls that worked**. An attempt tells about an attacker, but after it all logs are still
written; whoever is woken at night wants to know which of the two it was. A call that failed has an `errorCode`.

Print and return as before: `print_short_record(record)` and `True` for a match, `False` for anything else.
"""

# %% answer="blinding_logs"
from workshop.exercises.blinding_logs import blinding_logs

# %%
check(blinding_logs)

# %%
# hint(blinding_logs)
# solution(blinding_logs)

# %% [markdown]
"""
## Blind by what is asked for

The calls above blind whatever they ask for. Others do so only with certain `requestParameters`, and are everyday work
with others. **Write `narrowing_logs(record)`** for three of them, again only if they worked:

| Call | is a match if |
| --- | --- |
| `UpdateTrail` of CloudTrail | `isMultiRegionTrail` is set to false |
| `PutEventSelectors` of CloudTrail | no selector is left that records *all* management events |
| `PutRetentionPolicy` of CloudWatch Logs | `retentionInDays` is less than 7 |

A *selector* says what a trail records; a trail may have several, and there are two kinds. This is how the two look that
do record all management events:

    "eventSelectors": [{"includeManagementEvents": true, "readWriteType": "All", …}]
    "advancedEventSelectors": [{"fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}], …}]

With `readWriteType` `ReadOnly`, or with another field selector for `readOnly`, only half of them are recorded. Other
field selectors, such as one that leaves out the noise of `kms.amazonaws.com`, are common and no match.
"""

# %% answer="narrowing_logs"
from workshop.exercises.narrowing_logs import narrowing_logs

# %%
check(narrowing_logs)

# %%
# hint(narrowing_logs)
# solution(narrowing_logs)

# %% [markdown]
"""
**Predict before you run**: `deleting_logs` with its bonus found the thief's `StopLogging` and deletions. What else will
the two detectors find in the lake, and is it all the thief's?
"""

# %%
records = sorted(read_records(lake), key=lambda record: record.get("eventTime", ""))
analyzer.print_short_record = print_short_record
analyzer.analysis_functions = (blinding_logs, narrowing_logs)
analyzer.analyze(records)

# %% [markdown]
"""
<details><summary>What to see</summary>

`StopLogging` twice: once Terraform at work, once the thief. Right after it the thief took no chances: a trail that sees
only reading, should somebody start it again, and logs of the web server that live for one day. Both calls have no
`Delete` in their names, and leave everything looking tidy.
</details>

And who tried in vain? No new detector is needed for that: take the `errorCode` away and ask again. (In these four days
nobody did: what the thief tried in vain had `Delete` in its name, and `deleting_logs` counts attempts.)
"""

# %%
attempts = [{**record, "errorCode": None} for record in records if record.get("errorCode")]
print(f"Among {len(attempts)} calls that failed:")
analyzer.analyze(attempts)

# %% [markdown]
"""
## What is still open?

The kit has a catalogue of ways to lose logs, with the parameters that make a call do so. `coverage` makes two records
of each, one that worked and one that failed, and asks your detectors, and what public rule sets ask for: Sigma,
Panther, Elastic, and Turbot's Tailpipe. Theirs were read, rule by rule; where no rule for a call was read, it says
*not compared*, for rule sets grow.

**Predict before you run**: how many of the ways do your detectors see together?
"""

# %%
mine = [function for function in saved_answers() if function.__name__ == "deleting_logs"]
table = coverage(*mine, blinding_logs, narrowing_logs)
plot_coverage(table)

# %% [markdown]
"""
<details><summary>What to see</summary>

- No rule set has them all, and yours has gaps as well. Which one would you close first?
- *A trail that only sees reading* is what the thief made of the trail in the lake. Rules that ask whether management
  events are included do not see it: half of them are.
- Advanced selectors say the same in other words, and a rule that looks for `includeManagementEvents` never finds it.
- Sigma's rule *AWS S3 Data Management Tampering* lists `PutLifecycleConfiguration`. That is the name of the permission;
  the event is called `PutBucketLifecycle`. A rule that names an event which does not exist never fails, and never
  matches either.
- Most rules want calls that worked. For the others, every attempt is an alarm.
</details>

The table behind the picture has the ATT&CK ids, and every rule has its address:
"""

# %%
table

# %%
public_rules()

# %% [markdown]
"""
## What no record shows

Log files lie in a bucket as objects, and whoever may delete objects can delete log files. Is that recorded? Deleting an
object is a *data event*, and trails record those only if told to. This one was not. Nothing in the lake says that log
files were deleted.

CloudTrail has thought of that. Every hour it writes a **digest file**: which log files it has delivered, with the
SHA-256 of each, and the SHA-256 of the digest file before. `read_digests` reads them, a row each.
"""

# %%
digests = read_digests(lake)
digests[["awsRegion", "digestStartTime", "digestEndTime", "sha256"]].head(3)

# %%
named = pd.DataFrame(digests["logFiles"].explode().dropna().tolist())
print(f"{len(digests)} digest files name {len(named)} log files.")
named[["s3Object", "hashValue"]].head(3)

# %% [markdown]
"""
**Which of these log files are not there?** `s3Object` is the file's place, seen from the bucket; here the bucket is
`lake`, so `(lake / s3Object).is_file()` tells. The moment in a log file's name is that of its delivery.
"""

# %% todo="missing = ...  # the rows of named whose log file is not there"
missing = named[[not (lake / key).is_file() for key in named["s3Object"]]]
missing[["s3Object", "oldestEventTime", "newestEventTime"]]

# %%
question("vanished hour")

# %% todo="answer('vanished hour', ...)  # your answer in place of the dots"
answer("vanished hour", "2026-03-11 23:00")

# %% [markdown]
"""
A log file can be changed instead of deleted: one record less, packed again. Is each of them as it was delivered? The
hash is that of the text, before compression.
"""

# %%
hash_of = dict(zip(named["s3Object"], named["hashValue"], strict=True))
changed = [
    path
    for path in lake.glob("AWSLogs/*/CloudTrail/**/*.json.gz")
    if sha256(decompress(path.read_bytes())).hexdigest() != hash_of.get(path.relative_to(lake).as_posix())
]
print(f"{len(changed)} log files are not as they were delivered.")

# %% [markdown]
"""
And if somebody changes the digest file, too? Then its own hash changes, and the next one does not fit:
"""

# %%
before = digests.groupby("awsRegion")["sha256"].shift()
broken = digests[before.notna() & (digests["previousDigestHashValue"] != before)]
print(f"The chain of {len(digests)} digest files is broken in {len(broken)} places.")

# %% [markdown]
"""
So who deleted the log files did not touch the digest files, and the hour is known. What the hashes cannot show is that
the *whole* chain was not made anew. For that AWS signs each digest file; the signature lies in the metadata of its
object in S3, and the keys to check it only AWS hands out. `aws cloudtrail validate-logs` does all of this, online. In
this lake the signatures are invented.

<details><summary>And what happened in that hour?</summary>

The log files would say. But *Event history* has the management events of the last 90 days, and nobody can delete from
it: `lookup_history` in notebook 04. To be safe from the start: an S3 bucket in another account, with Object Lock, and
data events for the log bucket.
</details>
"""

# %% [markdown]
"""
---
# Part 3: an alarm for each detector

One alarm for all detectors says *something happened*, but not what. And one that is red all day, since some
detector calls all day, hides what the other one found.

How bad is it? Count, for each of the log files, how many records each of the two rules matches.
"""

# %%
verdicts = events.merge(labels, on="eventID")
files = verdicts.groupby("logFile", observed=True)[["rule_deleting_logs", "rule_instance_creds"]].sum()
(files > 0).value_counts().rename("log files").reset_index()

# %% [markdown]
"""
**What to see**: there is no log file without a call by an instance. So the one alarm is red whenever CloudTrail
delivers, and the few files in which logs were deleted change nothing about it.

## A metric for each detector

An alarm watches one metric. For an alarm of its own, each detector needs a metric of its own, and the argument
`detector` of `publish_anomalies` has a name for it.

**Take your function of notebook 04 and let it publish both**: the total, `AnomaliesDetected`, as before, and in the
same call the same `count` as a metric that is called like the detector. (Your answer lies in
`my_answers/publish_anomalies.py`.)

<details><summary>Why another name, and not a dimension?</summary>

`AnomaliesDetected` with the dimension `Detector=deleting_logs` would do as well, for an alarm that names this
dimension. Names are what the workshop of 2017 proposed, and one alarm can still watch the total. CloudWatch adds
nothing up across dimensions by itself: whoever publishes only with a dimension has no total.
</details>
"""

# %% answer="publish_anomalies"
from workshop.exercises.publish_both import publish_anomalies

# %%
check(publish_anomalies)

# %%
# hint(publish_anomalies, 3)
# solution(publish_anomalies)

# %%
cloud = connect()
deploy(cloud, *saved_answers())

# %% [markdown]
"""
## Two alarms more

The template has a parameter for them, `PerDetectorAlarms`. An update of the stack gives it another value, and
CloudFormation works out what that means for the resources.

**Predict before you run**: the template holds the function's code too, with stubs in it. What will run after the
update, the stubs or your functions?
"""

# %%
update_stack(cloud, PerDetectorAlarms="true")

# %% [markdown]
"""
<details><summary>Why your code is still there</summary>

CloudFormation compares the new template with the one it used before, not with what is there. The code's text is the
same in both, so it leaves the function alone. It would replace your code if somebody changed the text in the
template. (`connect` would notice that, and put yours back.)
</details>

## An ordinary hour

Now a log file in which only the agents on the instances call, and nobody deletes anything. Three alarms: which of
them will turn red?
"""

# %%
ordinary = files[files["rule_deleting_logs"] == 0].index[0]
hour = trigger(cloud, ordinary)
watch_alarm(cloud, hour, alarm="InstanceCredsAlarm")

# %%
watch_alarm(cloud, hour, alarm="DeletingLogsAlarm")

# %% [markdown]
"""
**What to see**: the same minute twice. Above, the detector that knows no rest; below, the one that has nothing to
say.
"""

# %%
plot_alarm(cloud, alarm="InstanceCredsAlarm")

# %%
plot_alarm(cloud, alarm="DeletingLogsAlarm")

# %% [markdown]
"""
## The attack, once more

This time the alarm that was silent has something to say, and whoever is woken by it knows what happened before
reading a single record.
"""

# %%
attack = trigger(cloud)
watch_alarm(cloud, attack, alarm="DeletingLogsAlarm")

# %% [markdown]
"""
## When is it enough?

The other way to a calmer alarm is to ask for more before it turns red. Three parameters say how much:

| Parameter | Says |
| --- | --- |
| `AlarmThreshold` | how many anomalies make a minute count |
| `AlarmEvaluationPeriods` | how many of the latest minutes are looked at: the N of *M of N* |
| `AlarmDatapointsToAlarm` | how many of these must count: the M |

With 1, 3 and 2, for instance, one minute alone is never enough: two of the latest three must count.

**Predict before you run**: a threshold of 50 would keep the alarm quiet in an ordinary hour. The attack's file holds
about a dozen deletions. What will the alarm say?
"""

# %%
update_stack(cloud, AlarmThreshold=50)

# %%
missed = trigger(cloud)
watch_alarm(cloud, missed, timeout=300, alarm="DeletingLogsAlarm")  # on AWS: five minutes for an alarm that stays away

# %% [markdown]
"""
<details><summary>What to make of it</summary>

The agents are quiet now, and so is the thief. A threshold tells much from little; it does not tell right from wrong,
and one deleted log group can be the worst of all. That takes a detector that knows more, as in Part 1.
</details>

Back to what the workshop of 2017 asks for. The alarms for each detector stay; notebook 07 takes them away with the
stack.
"""

# %%
update_stack(cloud, AlarmThreshold=1)

# %% [markdown]
"""
---
## What could go wrong

| You see | Do |
| --- | --- |
| *not attempted* | Write the function in the cell above the check, and run that cell first |
| *The stack has no DeletingLogsAlarm yet* | Run the cell with `update_stack(cloud, PerDetectorAlarms="true")` |
| *nothing published*, for one alarm only | Is the detector's own metric published? `check(publish_anomalies)` tells |

## You have

made detectors sharper, measured what that costs, and seen where records end.
"""

# %%
progress()

# %% [markdown]
"""
## Next

**[07 Clean up](07_clean_up.ipynb)**: leave the account as you found it.
"""
