# Attendees uncomment the lines that use hint and solution. The imports take as few lines as a cell can spare.
# ruff: noqa: F401, I001

# %% [markdown]
"""
# 05a The thief and the agents

*Extra credit*

The detector of notebook 03 caught the thief. It also matched thousands of harmless calls of agents and other programs
on the instances. Here you make it better, one step at a time.

**In this notebook** you
- climb a ladder: from *issued to an instance* to *used by a thief*,
- measure what each step gains and what it costs,
- play the thief against your own detector.

**Time**: at most 40 minutes. **You need**: [03](03_instance_credentials.ipynb). (05b and 05c do not need this
notebook.) New words are in the [glossary](../docs/glossary.md).
"""

# %%
from os.path import relpath
from pathlib import Path

import pandas as pd
from workshop import catch_up, check, hint, keep, learn, outcome, plot_scores, predict, print_short_record, progress
from workshop import read_records, saved_answers, score, score_table, solution, verdicts
from workshop.exercises.tasks.instance_creds_used_outside_ec2 import instance_creds_used_outside_ec2
from workshop.places import data

pd.set_option("display.max_colwidth", None)

# %%
progress()

# %%
lake = Path(relpath(data()))
labels = pd.read_csv(lake / "labels.csv")
records = list({record["eventID"]: record for record in read_records(lake)}.values())
print(f"{len(records):,} records, each once")

# %% [markdown]
"""
## The ladder

Notebook 03 asks *whose* credentials these are. So it finds nearly all that the thief did, among thousands of calls that
machines make at home. A better detector has to know more than one record says:

| Step | The question | What it needs to know |
| --- | --- | --- |
| a | Does it look like an instance's session? | the record: your answer of notebook 03 |
| b | Is it one? | which keys EC2 issued |
| c | Did AWS make the call itself? | the record |
| d | Did the call come from where the instance lives? | what the account owns |
| e | Did the session move? | where each key was used first |

## Step a: it looks like an instance's session

This is your answer of notebook 03 if it is saved, else the kit's. `score` runs a detector over all records and compares
its matches with the truth in `labels.csv`. A perfect detector matches all that the thief did, successful or not, and
nothing else.
"""

# %%
predict("of a hundred")

# %%
answers = {answer.__name__: answer for answer in saved_answers()}
instance_creds_used_outside_ec2 = answers.get("instance_creds_used_outside_ec2", instance_creds_used_outside_ec2)
scores = {"a": score("a: looks like an instance's", instance_creds_used_outside_ec2, records, labels)}
scores["a"]

# %%
outcome("of a hundred", round(100 * scores["a"].precision, 1))

# %% [markdown]
"""
Every score keeps its mistakes as records: `false_positives` ([matched, and
harmless](../docs/glossary.md#false-positive)) and `false_negatives` (the thief's, and missed). `mistakes()` counts them
by their reason.
"""

# %%
scores["a"].mistakes()

# %%
scores["a"].false_negatives

# %% [markdown]
"""
<details><summary>What to make of it</summary>

Nearly every alarm is false. And the calls that step a misses will be missed on every step: the thief used the
instance's session to assume *another* role, and gave that session an innocent name. A ladder that begins with the
instance's name cannot find it. (The key in the response of that `AssumeRole` leads to it.)
</details>

## What a detector may know

The other steps need more than the record. `learn` reads it from the logs, and from a list of what the account owned.
The list is needed because CloudTrail records that somebody called `DescribeInstances`, but not the answer. Here the
list is `inventory.csv`, written on the evening before the first record.
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

An [ARN](../docs/glossary.md#arn) that ends in `i-…` proves nothing, because the caller chooses the name of a
[session](../docs/glossary.md#session). <!-- task: issued_by_ec2 -->
"""

# %% answer="issued_by_ec2"
from workshop.exercises.tasks.ladder.issued_by_ec2 import issued_by_ec2

# %%
check(issued_by_ec2)

# %%
# hint(issued_by_ec2)
# solution(issued_by_ec2)

# %%
predict("no birth")

# %%
matches = [record for record in records if record["eventID"] in scores["a"].matched]
verdicts(issued_by_ec2, matches, labels, known)

# %%
dropped = score("False in step b", lambda r: issued_by_ec2(r, known) is False, matches, labels)
reasons = dropped.false_positives.groupby(["reason", "sourceIPAddress"])["eventName"].count()
reasons.rename("records").to_frame()

# %%
outcome("no birth", list(reasons.index.unique("reason")) if dropped.written else None)

# %% [markdown]
"""
When did the sessions begin that have no birth? (The tool's address is left out.)
"""

# %%
unborn = [record["userIdentity"] for record in matches if record["sourceIPAddress"] != "192.0.2.144"]
unborn = [identity for identity in unborn if identity["accessKeyId"] not in known.issued_to]
began = pd.Series([identity["sessionContext"]["attributes"]["creationDate"] for identity in unborn])
began[began >= known.since].value_counts().sort_index()

# %% [markdown]
"""
<details><summary>What to make of it</summary>

All of them began in one hour, late on Wednesday, right after the thief's visit. EC2 did issue these keys, but the
records that said so are *gone*. Without the bonus, a function takes "nobody saw it" for "it did not happen". Notebook
05b finds out what happened in that hour. A thief with a key that was born in it would have passed step b as harmless.

AWS itself often writes into the record what a session was issued to:
[`inScopeOf`](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html).
That is the bonus of `issued_by_ec2`: if the key is not in the table, look at `inScopeOf` before you say `False` or
`None`. (The field is optional: the lake's oldest machine has none.)
</details>

## What do you do with unknown?

An `if` takes `None` for `False`. So if you do not decide, Python does. You can decide in two ways:

- *Unknown stays in*: drop only what is surely not an instance, `issued_by_ec2(record, known) is not False`.
- *Unknown stays out*: keep only what surely is one, `issued_by_ec2(record, known) is True`.

To see the difference, imagine that your logs began on Wednesday at 22:00, some minutes before the thief's second
visit.
"""

# %%
predict("unknown")

# %%
late = [record for record in records if record["eventTime"] >= "2026-03-11T22:00"]
known_late = learn(late, lake / "inventory.csv")
step_a = instance_creds_used_outside_ec2
stays_in = score("unknown in", lambda r: step_a(r) and issued_by_ec2(r, known_late) is not False, late, labels)
stays_out = score("unknown out", lambda r: step_a(r) and issued_by_ec2(r, known_late) is True, late, labels)
score_table([stays_in, stays_out])

# %%
outcome("unknown", {one.name: one.tp for one in (stays_in, stays_out)} if stays_in.written else None)

# %% [markdown]
"""
<details><summary>What to make of it</summary>

If you leave out what is unknown, your alarm is quieter. Without the bonus it also has no thief in it. So a filter
should drop what it knows to be harmless, and pass on the rest. Unknown is rare where logs are old: an instance's
session lasts some hours, so after a day you have seen nearly all births. Look from time to time how often it happens,
because it shows when records are missing.
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

# %%
predict("lost calls")


# %%
def step_c(record):
    return step_b(record) and not made_by_aws(record)


scores["c"] = score("c: not made by AWS", step_c, records, labels)
score_table(scores.values())

# %%
outcome("lost calls", scores["b"].tp - scores["c"].tp if scores["c"].written else None)

# %% [markdown]
"""
These are the lost calls, and below them what the same session did in the same seconds, which is still found:
"""

# %%
call = ["eventTime", "eventSource", "eventName", "sourceIPAddress", "session"]
lost = scores["c"].false_negatives
lost.loc[lost["sourceIPAddress"].str.endswith(".amazonaws.com"), call]

# %%
found = scores["c"].true_positives
found.loc[found["eventTime"].isin(lost["eventTime"]), call]

# %% [markdown]
"""
<details><summary>What to make of it</summary>

For each `Decrypt` that is lost you still find the call that caused it. [Recall](../docs/glossary.md#recall) fell by
some records and not by a single deed. The numbers say how many. Only the records say whether it matters.
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
*Unknown* is back. Whose home is unknown, although the list is right?
"""


# %%
def step_d(record):
    return step_c(record) and called_from_home(record, known) is not True


scores["d"] = score("d: not known to be at home", step_d, records, labels)
score_table(scores.values())

# %%
scores["d"].mistakes()

# %% [markdown]
"""
<details><summary>What to make of it</summary>

The false alarms that are left are web servers that Auto Scaling started *after* the list was written. `RunInstances` is
in the logs and names them, but not their public addresses: they get these later, and no record says which. A list of
what you own is true for a moment. You can write it more often ([AWS
Config](https://docs.aws.amazon.com/config/latest/developerguide/how-does-config-work.html) keeps one up to date), or
take another way:
</details>

## Step e: moved since its first use

[Netflix](https://netflixtechblog.com/netflix-cloud-security-detecting-credential-compromise-in-aws-9493d6fd373a)
published in 2018 how to do without any list. The first call of a session shows where it lives, and every later call
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
## The detector

All steps together: it matches what is *surely* away from home, and what has moved. Step a comes last, because it prints
the record.
"""

# %% given="stolen_credentials"
from workshop.exercises.tasks.ladder.stolen_credentials import stolen_credentials

# %%
scores["e"] = score("e: surely away, or moved", lambda r: stolen_credentials(r, known), records, labels)
score_table(scores.values())

# %% [markdown]
"""
**What to see**: how the two bars change from step to step. Which step gained most? Which one cost something?
"""

# %%
plot_scores(scores.values())

# %% [markdown]
"""
`check` keeps your answers. `keep` keeps this detector, with your functions in it: `saved_answers()` then returns it
too. Notebook 05c runs it in a hunt, from the command line and in Lambda.
"""

# %%
keep(stolen_credentials)

# %% [markdown]
"""
## Now you are the thief

There was one thief in four days, and you wrote the rule while you looked at it. The next thief has read this notebook.
Below, the thief's direct calls are *moved*. All else stays as it is:

- `our_nat`: the thief sits in the company's own network, behind its NAT gateway.
- `own_endpoint`: the thief calls from a network of their own, through a VPC endpoint.
- `first`: the thief uses each key in the second in which it is issued, before the instance does.
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


# %%
predict("unseen moves")


# %%
def steps_that_see(move):
    stolen = scores["c"].true_positives.index
    moved = [move(record) if record["eventID"] in stolen else record for record in records]
    now = learn(moved, lake / "inventory.csv")
    steps = {
        "away from home (d)": lambda r: step_c(r) and called_from_home(r, now) is False,
        "moved (e)": lambda r: step_c(r) and moved_since_first_use(r, now),
    }
    return {name: score(name, step, moved, labels) for name, step in steps.items()}


seen = {move.__name__: steps_that_see(move) for move in (our_nat, own_endpoint, first, on_the_machine)}
pd.DataFrame(seen).map(lambda one: f"{one.tp} right, {one.fp} wrong" if one.written else "not written yet").T

# %%
blind = [all(one.tp == 0 for one in steps.values()) for steps in seen.values()]
outcome("unseen moves", sum(blind) if all(one.written for steps in seen.values() for one in steps.values()) else None)

# %% [markdown]
"""
<details><summary>What to make of it</summary>

| The thief | away from home? | moved? |
| --- | --- | --- |
| behind your NAT gateway | blind: the address is yours | sees it |
| through an own endpoint | sees it: the endpoint is not yours | sees it |
| calls first | sees it | blind, and worse: the *thief's* place counts as home, and the instance raises the alarm |
| on the machine itself | blind | blind |

Each question has blind spots. Only the last row is blind for both, so you ask both. "Moved" has weaknesses that the
table does not show. An instance that gets another address moves for good reasons. A session that began before your logs
has its first use in the dark. A session that is used through a VPC endpoint and without one has two homes. The last row
is where *location* ends. Only *behaviour* helps there: does this machine ever call `DeleteTrail`?
</details>

<details><summary>What AWS has to offer</summary>

- GuardDuty's
  [InstanceCredentialExfiltration](https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-iam.html)
  uses what only AWS knows. It has two findings: `OutsideAWS`, and `InsideAWS` for a thief with an AWS account of their
  own.
- With the condition keys [`aws:EC2InstanceSourceVPC` and
  `aws:EC2InstanceSourcePrivateIPv4`](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html)
  a policy refuses an instance's credentials anywhere but on that instance, for calls through VPC endpoints.
</details>

## What could go wrong

| You see | Do |
| --- | --- |
| *not attempted* | Write the function in the cell above the check, and run that cell first |
| *not written yet*, in a table | A function of this step, or of a step above it, is still as you found it |
| Your time is short | `issued_by_ec2 = catch_up("issued_by_ec2")` in the function's cell, and so on for the others |
| A score that does not change | Run the cell of your function again, then the cell of the step |

## You have

made a detector sharper, measured what that costs, and found its blind spots.
"""

# %%
progress()

# %% [markdown]
"""
## Next

Take what you like, in any order: **[05b More than Delete](05b_more_than_delete.ipynb)**, **[05c An alarm for
each](05c_an_alarm_for_each.ipynb)** or **[06 Hunt at scale](06_hunt_at_scale.ipynb)**. Or **[07 Clean
up](07_clean_up.ipynb)**: leave the account as you found it.
"""
