# Attendees uncomment the lines that use hint and solution. The imports take as few lines as a cell can spare.
# ruff: noqa: F401, I001

# %% [markdown]
"""
# 05 Sharper detection

*Extra credit*

Your two detectors caught the thief. They also matched thousands of calls that were harmless, and there are ways to
destroy logs that they never saw. Here you make them better, one step at a time.

**In this notebook** you
- climb a ladder: from *issued to an instance* to *used by a thief*, and measure what each step gains and costs,
- look for what hides logs without any `Delete` in its name, and for what no record shows at all,
- give each detector an alarm of its own.

The three parts do not need each other: take the one that you like.

**Time**: 90 minutes; 40 for Part 1, 30 for Part 2, 20 for Part 3. **You need**: [02](02_deleting_logs.ipynb) and
[03](03_instance_credentials.ipynb); for Part 3 also [04](04_deploy_and_alarm.ipynb).
"""

# %%
from gzip import decompress
from hashlib import sha256
from os.path import relpath
from pathlib import Path

import pandas as pd
from IPython.display import HTML
from workshop import answer, catch_up, check, connect, coverage, deploy, hint, learn, load_events, plot_alarm
from workshop import plot_coverage, plot_scores, print_short_record, progress, public_rules, question
from workshop import read_digests, read_records, saved_answers, score, score_table, solution
from workshop import trigger, unseen, update_stack, verdicts, watch_alarm
from workshop import cloudtrail_analyzer as analyzer
from workshop.cloudtrail_analyzer import METRIC_NAME, METRIC_NAMESPACE
from workshop.exercises.tasks.instance_creds_used_outside_ec2 import instance_creds_used_outside_ec2
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
thousands of calls that machines make at home. A rule that separates the two has to know more than one record can
say. You climb there on a ladder:

| Step | The question | What it needs to know |
| --- | --- | --- |
| a | Does it look like an instance's session? | the record: your answer of notebook 03 |
| b | Is it one? | which keys EC2 issued |
| c | Or did AWS make the call itself? | the record |
| d | Did the call come from where the instance lives? | what the account owns |
| e | Did the session move? | where each key was used first |

At every step you write one small function, and see what it gained and what it cost.
"""

# %%
records = list({record["eventID"]: record for record in read_records(lake)}.values())
print(f"{len(records):,} records, each once")

# %% [markdown]
"""
## Step a: it looks like an instance's session

Your own answer of notebook 03, if it is saved, else the kit's. `score` runs a detector over all records and
compares what it matches with the truth of `labels.csv`. A perfect detector matches all that the thief did,
successful or not, and nothing else.

**Predict before you run**: of a hundred matches, how many are the thief's?
"""

# %%
answers = {answer.__name__: answer for answer in saved_answers()}
step_a = answers.get("instance_creds_used_outside_ec2", instance_creds_used_outside_ec2)
scores = {"a": score("a: looks like an instance's", step_a, records, labels)}
scores["a"]

# %% [markdown]
"""
Every score keeps its mistakes, as records: `false_positives` (matched, and harmless) and `false_negatives` (the
thief's, and missed). `mistakes()` counts them by their reason.
"""

# %%
scores["a"].mistakes()

# %%
scores["a"].false_negatives

# %% [markdown]
"""
<details><summary>What to make of it</summary>

Nearly every alarm is false. And the calls that are missed will be missed on every step: the thief used the
instance's session to assume *another* role, and gave that session an innocent name. A ladder that begins with the
instance's name cannot find it. (It can be followed, though: by the key in the response of that `AssumeRole`.)
</details>

## What a detector may know

The other steps need more than the record. `learn` reads it from the logs themselves, and from a list of what the
account owned: CloudTrail records that somebody asked `DescribeInstances`, but not what the answer was. So the list
has to come from elsewhere, and here it is `inventory.csv`, written on the evening before the first record.
"""

# %%
known = learn(records, lake / "inventory.csv")
known

# %% [markdown]
"""
| | | from |
| --- | --- | --- |
| `known.since` | time of the first record | the logs |
| `known.issued_to` | access key → instance that EC2 issued it to | the births of notebook 03 |
| `known.first_address` | access key → address of the first call signed with it | the logs |
| `known.addresses` | instance → its public addresses, perhaps none | the list, records of `AssociateAddress` |
| `known.nat_addresses` | what AWS sees of machines in private subnets | the list, records of `CreateNatGateway` |
| `known.vpc_endpoints` | the account's own VPC endpoints | the list, records of `CreateVpcEndpoint` |

## Step b: it is an instance's session

An arn that ends in `i-…` proves nothing: the name of a session is free text. <!-- task: issued_by_ec2 -->
"""

# %% answer="issued_by_ec2"
from workshop.exercises.tasks.ladder.issued_by_ec2 import issued_by_ec2

# %%
check(issued_by_ec2)

# %%
# hint(issued_by_ec2)
# solution(issued_by_ec2)

# %% [markdown]
"""
**Predict before you run**: who among the matches of step a is `False`, only the administrators' tool of notebook
03?
"""

# %%
matches = [record for record in records if record["eventID"] in scores["a"].matched]
verdicts(issued_by_ec2, matches, labels, known)

# %%
dropped = score("False in step b", lambda r: step_a(r) and issued_by_ec2(r, known) is False, records, labels)
dropped = dropped.false_positives
dropped.groupby(["reason", "sourceIPAddress"])["eventName"].count().rename("records").to_frame()

# %% [markdown]
"""
The tool is there. But so are agents and applications *on the instances themselves*, unless your function has the bonus
already! When did the sessions begin whose birth is in no record?
"""

# %%
unborn = [record["userIdentity"] for record in matches if record["sourceIPAddress"] != "192.0.2.144"]
unborn = [identity for identity in unborn if identity["accessKeyId"] not in known.issued_to]
began = pd.Series([identity["sessionContext"]["attributes"]["creationDate"] for identity in unborn])
began[began >= known.since].value_counts().sort_index()

# %% [markdown]
"""
<details><summary>What to make of it</summary>

All of them in one hour, late on Wednesday, right after the thief's visit. EC2 did issue these keys. But the records
that said so are *gone*, and without the bonus a function takes "nobody saw it" for "it was not so". Part 2 finds out
what happened in that hour. Had the thief used a key that was born in it, step b would have called it harmless.

For such cases AWS itself writes into many records what a session was issued to:
[`inScopeOf`](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html).
That is the bonus of `issued_by_ec2`: where the key is not in the table, ask `inScopeOf` before you say `False` or
`None`. (The field is optional: the lake's oldest machine has none.)
</details>

## What do you do with unknown?

An `if` takes `None` for `False`, so if you do not decide, Python does. There are two ways to decide:

- *unknown stays in*: drop only what is surely not an instance, `issued_by_ec2(record, known) is not False`,
- *unknown stays out*: keep only what surely is one, `issued_by_ec2(record, known) is True`.

To see the difference, imagine that your logs began on Wednesday at 22:00, some minutes before the thief's second
visit.

**Predict before you run**: which of the two still finds the thief?
"""

# %%
late = [record for record in records if record["eventTime"] >= "2026-03-11T22:00"]
known_late = learn(late, lake / "inventory.csv")
stays_in = score("unknown in", lambda r: step_a(r) and issued_by_ec2(r, known_late) is not False, late, labels)
stays_out = score("unknown out", lambda r: step_a(r) and issued_by_ec2(r, known_late) is True, late, labels)
score_table([stays_in, stays_out])

# %% [markdown]
"""
<details><summary>What to make of it</summary>

The stolen key was older than these logs. If you leave out what is unknown, your alarm is quieter, *and has no thief
in it*. (With the bonus it has: AWS itself says what this key was issued to.) So a filter should drop what it knows to
be harmless, and hand on what it does not know to the next one. Unknown is rare where logs are old: an instance's
session lasts some hours, so after a day nearly all births have been seen. How often it still happens is worth a look
from time to time, because it shows when records are missing.
</details>

So the second step of the ladder is this:
"""


# %%
def step_b(record):
    return step_a(record) and issued_by_ec2(record, known) is not False


scores["b"] = score("b: is an instance's", step_b, records, labels)
score_table(scores.values())

# %% [markdown]
"""
## Step c: not made by AWS itself

When an instance asks Secrets Manager for a secret, Secrets Manager asks KMS to decrypt it, *in the instance's
name*. Such a call comes from no address at all. <!-- task: made_by_aws -->
"""

# %% answer="made_by_aws"
from workshop.exercises.tasks.ladder.made_by_aws import made_by_aws

# %%
check(made_by_aws)

# %%
# hint(made_by_aws)
# solution(made_by_aws)

# %% [markdown]
"""
**Predict before you run**: does this step lose some of the thief's calls?
"""


# %%
def step_c(record):
    return step_b(record) and not made_by_aws(record)


scores["c"] = score("c: not made by AWS", step_c, records, labels)
score_table(scores.values())

# %%
call = ["eventTime", "eventSource", "eventName", "sourceIPAddress", "session"]
lost = scores["c"].false_negatives
lost.loc[lost["sourceIPAddress"].str.endswith(".amazonaws.com"), call]

# %% [markdown]
"""
Is that bad? Here is what the same session did in the same seconds, and is still found:
"""

# %%
found = scores["c"].true_positives
found.loc[found["eventTime"].isin(lost["eventTime"]), call]

# %% [markdown]
"""
<details><summary>What to make of it</summary>

For each `Decrypt` that is lost there is the call that caused it, and that one is still found. Recall fell by some
records and not by a single deed. Numbers say how many. Only the records say whether it matters.
</details>

## Step d: called from home

At last: *where from?* <!-- task: called_from_home -->
"""

# %% answer="called_from_home"
from workshop.exercises.tasks.ladder.called_from_home import called_from_home

# %%
check(called_from_home)

# %%
# hint(called_from_home)
# solution(called_from_home)

# %% [markdown]
"""
**Predict before you run**: unknown is back. Whose home is not known, although the list is right?
"""


# %%
def step_d(record):
    return step_c(record) and called_from_home(record, known) is not True


scores["d"] = score("d: not known to be at home", step_d, records, labels)
score_table(scores.values())

# %%
scores["d"].mistakes()

# %%
scores["d"].false_positives.groupby(["session", "sourceIPAddress"])["eventTime"].agg(["count", "min", "max"])

# %% [markdown]
"""
<details><summary>What to make of it</summary>

The greatest step so far. What is left of the false alarms are web servers that Auto Scaling started *after* the
list was written. `RunInstances` is in the logs and names them, but not their public addresses: they get these
later, and no record says which. A list of what you own is true for a moment. You can write it more often ([AWS
Config](https://docs.aws.amazon.com/config/latest/developerguide/how-does-config-work.html) keeps one that is never
old), or take another way:
</details>

## Step e: moved since its first use

[Netflix](https://netflixtechblog.com/netflix-cloud-security-detecting-credential-compromise-in-aws-9493d6fd373a)
published in 2018 how to do without any list: the first call of a session shows where it lives, and every later call
from elsewhere is suspicious. <!-- task: moved_since_first_use -->
"""

# %% answer="moved_since_first_use"
from workshop.exercises.tasks.ladder.moved_since_first_use import moved_since_first_use

# %%
check(moved_since_first_use)

# %%
# hint(moved_since_first_use)
# solution(moved_since_first_use)

# %% [markdown]
"""
Both together: an alarm for what is *surely* away from home, and for whatever has moved.
"""


# %%
def step_e(record):
    return step_c(record) and (called_from_home(record, known) is False or moved_since_first_use(record, known))


scores["e"] = score("e: surely away, or moved", step_e, records, labels)
score_table(scores.values())

# %%
scores["e"].mistakes()

# %% [markdown]
"""
**What to see**: how the two bars change from step to step. Which step gained most? Which one cost something?
"""

# %%
plot_scores(scores.values())

# %% [markdown]
"""
## Now you are the thief

No false alarm is left. But this was one thief, in four days, and the rule was made while looking at it. The next
one has read this notebook. Below, the thief's direct calls are *moved*, all else stays as it is:

- `our_nat`: the thief sits in the company's own network, behind its NAT gateway,
- `own_endpoint`: the thief calls from a network of their own, through a VPC endpoint,
- `first`: the thief uses each key in the second in which it is issued, before the instance does,
- `on_the_machine`: the thief does not carry the keys away, but works on the web server itself.
"""


# %%
def our_nat(record):
    return {**record, "sourceIPAddress": "198.51.100.200"}


def own_endpoint(record):
    return {**record, "sourceIPAddress": "10.0.3.17", "vpcEndpointId": "vpce-0123456789abcdef0"}


def first(record):
    return {**record, "eventTime": record["userIdentity"]["sessionContext"]["attributes"]["creationDate"]}


def on_the_machine(record):
    return {**record, "sourceIPAddress": "198.51.100.61"}


# %% [markdown]
"""
**Predict before you run**: for each of the four, who notices: step d's question (surely away from home?), step e's
(moved?), both, or nobody?
"""


# %%
def outcome(move):
    stolen = scores["c"].true_positives.index
    moved = [move(record) if record["eventID"] in stolen else record for record in records]
    now = learn(moved, lake / "inventory.csv")
    steps = {
        "away": lambda r: step_c(r) and called_from_home(r, now) is False,
        "moved": lambda r: step_c(r) and moved_since_first_use(r, now),
    }
    return {name: score(name, step, moved, labels) for name, step in steps.items()}


outcomes = {move.__name__: outcome(move) for move in (our_nat, own_endpoint, first, on_the_machine)}
pd.DataFrame(outcomes).map(lambda one: f"{one.tp} right, {one.fp} wrong" if one.written else "not written yet").T

# %% [markdown]
"""
<details><summary>What to make of it</summary>

| The thief | away from home? | moved? |
| --- | --- | --- |
| behind your NAT gateway | blind: the address is yours | sees it |
| through an own endpoint | sees it: the endpoint is not yours | sees it |
| calls first | sees it | blind, and worse: the *thief's* place counts as home, and the instance raises the alarm |
| on the machine itself | blind | blind |

Each question has a blind spot, and they are different ones: this is why you ask both. And "moved" has more: an
instance that is given another address moves for good reasons; a session that began before your logs has its first
use in the dark; a session that is used through a VPC endpoint and without one has two homes. The last row is where
*location* ends. Only *behaviour* helps there: does this machine ever call `DeleteTrail`?
</details>

<details><summary>And in Lambda?</summary>

The function of notebook 04 sees one log file at a time, and forgets. `known` would have to live outside of it, in a
table of DynamoDB for instance: a log file with births adds to it, every other asks it. Files come out of order, so
for some minutes after a birth *unknown* is the honest verdict, and the record worth a second look.
</details>

<details><summary>What AWS has to offer</summary>

- GuardDuty's
  [InstanceCredentialExfiltration](https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-iam.html)
  asks both questions, with what only AWS knows: `OutsideAWS`, and `InsideAWS` for the thief with an AWS account of
  their own.
- To prevent is better than to notice: with the condition keys [`aws:EC2InstanceSourceVPC` and
  `aws:EC2InstanceSourcePrivateIPv4`](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html)
  a policy refuses an instance's credentials anywhere but on that instance, for calls through VPC endpoints.
</details>
"""

# %% [markdown]
"""
---
# Part 2: beyond Delete

`deleting_logs` knows a handful of calls of two services. An attacker who wants to work unseen has more ways than
these: logs lie in other services too, a log can be silenced instead of deleted, and no management event shows some
deletions.
"""

# %% [markdown]
"""
## Blind by name

If you read CloudTrail's log alone, you have one eye open. Others show who talked to whom in the network (VPC flow
logs), which names the machines looked up (the resolver's query log), how resources changed (AWS Config), and what
looks like an attack (GuardDuty). <!-- task: blinding_logs -->
"""

# %% answer="blinding_logs"
from workshop.exercises.tasks.blinding_logs import blinding_logs

# %%
check(blinding_logs)

# %%
# hint(blinding_logs)
# solution(blinding_logs)

# %% [markdown]
"""
## Blind by what is asked for

The calls above blind whatever they ask for. Others do so only with certain `requestParameters`, and are everyday work
with others. <!-- task: narrowing_logs -->
"""

# %% answer="narrowing_logs"
from workshop.exercises.tasks.narrowing_logs import narrowing_logs

# %%
check(narrowing_logs)

# %%
# hint(narrowing_logs)
# solution(narrowing_logs)

# %% [markdown]
"""
**Predict before you run**: `deleting_logs` found the thief's deletions, and with its bonus the `StopLogging`. What else
will the two detectors find in the lake, and is it all the thief's?
"""

# %%
records = {record["eventID"]: record for record in read_records(lake)}.values()  # each once
records = sorted(records, key=lambda record: record["eventTime"])
analyzer.print_short_record = print_short_record
analyzer.analysis_functions = (blinding_logs, narrowing_logs)
analyzer.analyze(records)

# %% [markdown]
"""
<details><summary>What to see</summary>

`StopLogging` twice: once Terraform at work, once the thief. Right after it the thief took no chances: a trail that
sees only reading if somebody starts it again, and logs of the web server that live for one day. Both calls have no
`Delete` in their names, and leave everything looking tidy.
</details>

And who tried in vain? You need no new detector for that: take the `errorCode` away and ask again. (In these four
days nobody did: what the thief tried in vain had `Delete` in its name, and `deleting_logs` counts attempts.)
"""

# %%
attempts = [{**record, "errorCode": None} for record in records if record.get("errorMessage")]
print(f"Among {len(attempts)} calls that failed:")
analyzer.analyze(attempts)

# %% [markdown]
"""
## What is still open?

The kit has a catalogue of ways to lose logs, with the parameters that make a call do so. `coverage` makes two
records of each, one that worked and one that failed, and asks your detectors, and what public rule sets ask for:
Sigma, Panther, Elastic, and Turbot's Tailpipe. Their rules were read one by one. Where no rule for a call was read,
it says *not compared*, because rule sets grow.

**Predict before you run**: how many of the ways do your detectors see together?
"""

# %%
mine = [function for function in saved_answers() if function.__name__ == "deleting_logs"]
mine += [blinding_logs, narrowing_logs]
table = coverage(*mine)
found = table.iloc[:, 4 : 4 + len(mine)].isin(["worked and failed", "worked", "only failed"])
print(f"Yours together find {found.any(axis=1).sum()} of {len(table)}, each by itself {found.sum().tolist()}.")
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

The table behind the picture has the ATT&CK ids, too, and every rule has its address:
"""

# %%
table[["way", "call", "kind", "ATT&CK"]]

# %%
rules = public_rules()
links = zip(rules["address"], rules["rule"], strict=True)
rules["rule"] = [f'<a href="{address}" title="{rule}">read it</a>' for address, rule in links]
HTML(rules[["rule set", "calls", "rule"]].to_html(escape=False, index=False))

# %% [markdown]
"""
## What no record shows

Log files lie in a bucket as objects, and anyone who may delete objects can delete log files. Is that recorded?
Deleting an object is a *data event*, and a trail records those only if it is configured to. This one was not. So
nothing in the lake says whether log files were deleted. No management event shows these things, either:
"""

# %%
unseen()

# %% [markdown]
"""
But CloudTrail writes a **digest file** every hour: which log files it has delivered, with the SHA-256 of each, and the
SHA-256 of the digest file before. `read_digests` reads them, a row each.
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
`lake`, so ask `(lake / s3Object).is_file()`. The moment in a log file's name is that of its delivery.
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
hash_of = named.set_index("s3Object")["hashValue"].to_dict()
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
So the person who deleted the log files did not touch the digest files, and you know the hour. The hashes cannot show
whether somebody made the *whole* chain anew. Therefore AWS signs each digest file. The signature lies in the metadata
of its object in S3, and only AWS hands out the keys to check it. `aws cloudtrail validate-logs` does all of this,
online. In this lake the signatures are invented.

<details><summary>And what happened in that hour?</summary>

Only the log files say it. But *Event history* has the management events of the last 90 days, and nobody can delete from
it: `lookup_history(cloud)` reads your account's. To be safe from the start, deliver into a bucket in another account,
with Object Lock, and record data events for the log bucket.
</details>
"""

# %% [markdown]
"""
---
# Part 3: an alarm for each detector

One alarm for all detectors says *something happened*, but not what. And an alarm that is red all day, because one
detector never rests, hides what the other one found.

How bad is it? Count, for each of the log files, how many records each of the two rules matches.
"""

# %%
rules = ["rule_deleting_logs", "rule_instance_creds"]
judged = events.merge(labels, on="eventID", how="left")
judged[rules] = judged[rules].eq(True)  # a record without a label matches no rule
files = judged.groupby("logFile", observed=True)[rules].sum()
(files > 0).value_counts().rename("log files").reset_index()

# %% [markdown]
"""
**What to see**: in nearly four of five log files an instance calls. So the one alarm is red most of the time, and the
few files in which logs were deleted change nothing about it: in each of them an instance calls, too.

## A metric for each detector

An alarm watches one metric. So each detector needs a metric of its own. The argument `detector` of `publish_anomalies`
is a name for it.

**Take your function of notebook 04 and let it publish both**: the total, `AnomaliesDetected`, as before, and in the
same call the same `count` as a metric that has the detector's name. (Your answer lies in
`my_answers/publish_anomalies.py`.)

<details><summary>Why another name, and not a dimension?</summary>

`AnomaliesDetected` with the dimension `Detector=deleting_logs` would do as well, for an alarm that names this
dimension. Names are what the workshop of 2017 proposed, and one alarm can still watch the total. CloudWatch adds
nothing up across dimensions by itself: if you publish only with a dimension, you have no total.
</details>
"""

# %% answer="publish_anomalies"
from workshop.exercises.tasks.publish_both import publish_anomalies

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
ordinary = files[(files["rule_deleting_logs"] == 0) & (files["rule_instance_creds"] > 0)].index[0]
hour = trigger(cloud, ordinary)
watch_alarm(cloud, hour, alarm="InstanceCredsAlarm")

# %%
watch_alarm(cloud, hour, alarm="DeletingLogsAlarm")

# %% [markdown]
"""
**What to see**: the same minute twice. The detector above always finds something. The one below found nothing.
"""

# %%
plot_alarm(cloud, alarm="InstanceCredsAlarm")

# %%
plot_alarm(cloud, alarm="DeletingLogsAlarm")

# %% [markdown]
"""
## The attack, once more

This time the other alarm turns red, too. Its name says what happened, before anyone has read a record.
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
10 deletions. What will the alarm say?
"""

# %%
update_stack(cloud, AlarmThreshold=50)

# %%
missed = trigger(cloud)
watch_alarm(cloud, missed, timeout=300, alarm="DeletingLogsAlarm")  # on AWS: five minutes for an alarm that stays away

# %% [markdown]
"""
<details><summary>What to make of it</summary>

The agents are quiet now, and so is the thief. A threshold separates much from little, but not right from wrong, and one
deleted log group can be the worst of all. That takes a detector that knows more, as in Part 1.
</details>

Now back to what the workshop of 2017 asks for. The alarms for each detector stay. Notebook 07 deletes them with the
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
| *not written yet*, in a table | A function of this step, or of one above it, is still as you found it |
| the clock | `issued_by_ec2 = catch_up("issued_by_ec2")` in the function's cell, and so on for the others |
| a score that does not change | Run the cell of your function again, then that of the step |
| *The stack has no DeletingLogsAlarm yet* | Run the cell with `update_stack(cloud, PerDetectorAlarms="true")` |
| *nothing published*, for one alarm only | Is the detector's own metric published? Run `check(publish_anomalies)` |

## You have

made detectors sharper, measured what that costs, and seen where records end.
"""

# %%
progress()

# %% [markdown]
"""
## Next

**[06 Hunt at scale](06_hunt_at_scale.ipynb)**, extra credit: the same functions over a year of logs. Or
**[07 Clean up](07_clean_up.ipynb)**: leave the account as you found it.
"""
