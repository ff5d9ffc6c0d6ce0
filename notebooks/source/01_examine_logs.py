# The imports take as few lines as a cell can spare.
# ruff: noqa: I001

# %% [markdown]
"""
# 01 Examine logs

*Exercise 1: Examining CloudTrail logs*

You have to know what is usual before you can say what is suspicious. So we look at four days of CloudTrail logs of a
small company, Maple Ferry, which sells ferry tickets. Something happened in these days that the company would rather
have noticed at once.

**In this notebook** you
- load CloudTrail's log files into a table,
- learn which fields of a record a defender looks at first,
- count, filter and plot: who usually does what, and from where,
- read the first records of your own account.

**Time**: 25 minutes. **You need**: [00 Start here](00_start_here.ipynb).
New words are in the [glossary](../docs/glossary.md).
"""

# %%
import json
from os.path import relpath
from pathlib import Path

import pandas as pd
from matplotlib.dates import DateFormatter
from workshop import PALETTE, Picture, answer, connect, describe_columns, explore, generate_activity, load_events
from workshop import lookup_history, new_figure, outcome, predict, progress, question, quiz, record_of
from workshop.places import data

pd.set_option("display.max_colwidth", None)

# %%
progress()

# %% [markdown]
"""
## The files

CloudTrail delivers log files into a bucket every few minutes. This folder is a copy of such a bucket, a *log lake*.
"""

# %%
lake = Path(relpath(data()))
files = sorted(lake.glob("AWSLogs/**/*.json.gz"))
print(f"{len(files)} files, the first of them:")
print(files[0])

# %% [markdown]
"""
The path names the account, the kind of file, the Region and the day. `CloudTrail` files hold the records.
`CloudTrail-Digest` files hold signatures, which prove that [no log file was changed or removed][1].
`CloudTrail-Insight` files hold what CloudTrail itself [found unusual][2].

[1]: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
[2]: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-insights-events-with-cloudtrail.html

## The table

`load_events` reads all of them into a [pandas](https://pandas.pydata.org/docs/user_guide/10min.html) DataFrame: one
row a record, the oldest first. The columns have CloudTrail's names for the fields.
"""

# %%
events = load_events(lake)
events[["eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userIdentity.type"]].head()

# %% [markdown]
"""
Before you trust a table, ask what is **not** in it:
"""

# %%
pd.Series({name: events.attrs[name] for name in ("files", "records", "duplicates", "digests")}, name="count").to_frame()

# %% [markdown]
"""
CloudTrail delivers *at least once*: a record may arrive twice, in different files. Both copies have the same
`eventID`, and `load_events` keeps one.

What if a file cannot be read? An attacker could hide in a loader that says nothing about it. This one lists each such
file with the reason. Here is one good file, and one that is not a log file; then the whole lake, which has none:
"""

# %%
odd = load_events([files[0], lake / "README.md"])
odd.attrs["skipped"], events.attrs["skipped"]

# %% [markdown]
"""
## One record

A row shows a choice of fields. `record_of` fetches the whole record from its file. In this one a person makes a
snapshot of a disk:
"""

# %%
snapshots = events[(events["eventName"] == "CreateSnapshot") & (events["userIdentity.type"] == "IAMUser")]
record = record_of(snapshots, snapshots.index[0])
print(json.dumps(record, indent=2))

# %% [markdown]
"""
The fields, in the order in which a defender reads them
([reference](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html)):

| Field | It says | What a defender asks |
| --- | --- | --- |
| `eventName`, `eventSource` | the API action, and the service that was called | could this do harm? |
| `userIdentity` | who called, with which credentials | does this caller usually do that? |
| `sourceIPAddress` | the address of the caller, or an AWS service's name | does it usually come from there? |
| `userAgent` | the program, as it calls itself | a person, a script? Easily forged |
| `eventTime` | when, in UTC | what came before? |
| `awsRegion` | the Region that was called | do we use that Region at all? |
| `requestParameters` | what was asked for; only in the full record | which bucket, log group, role? |
| `responseElements` | what came of it; only in the full record | which key was made, for whom? |
| `errorCode`, `errorMessage` | why it failed; both absent if it worked | is somebody trying out doors? |
| `readOnly` | whether the call could change anything | looking around, or acting? |

`describe_columns()` says it for each column of the table:
"""

# %%
describe_columns()

# %% [markdown]
"""
## Your own records

Your cloud has a trail, too. `generate_activity` makes real API calls there: a thief with the credentials of an
[instance](../docs/glossary.md#instance) looks around, stops a trail and deletes logs. Everything the thief destroys
was made for this.
"""

# %%
cloud = connect()
activity = generate_activity(cloud)
activity

# %% [markdown]
"""
`lookup_history` reads your account's latest events into the same kind of table. (On AWS they come some minutes late:
go on, and run this cell again at the end.)
"""

# %%
history = lookup_history(cloud)
own = history[history["userIdentity.accessKeyId"] == activity.access_key]
own[["eventTime", "eventSource", "eventName", "sourceIPAddress"]]

# %% [markdown]
"""
The raw JSON of the thief's last call, as CloudTrail wrote it. Which of its fields do you know by now?
"""

# %%
for row in own.index[:1]:
    print(json.dumps(record_of(own, row), indent=2))

# %% [markdown]
"""
## Who? `userIdentity`

The most important block, and the one with the most forms
([reference](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html)).
It depends on its `type`:

| `type` | is | Its `arn` |
| --- | --- | --- |
| `IAMUser` | a user with a name and perhaps long-lived keys (`AKIA…`) | `arn:aws:iam::<account>:user/<name>` |
| `AssumedRole` | a *session* of a role, keys expire (`ASIA…`) | `arn:aws:sts::<account>:assumed-role/<role>/<name>` |
| `Root` | the owner of the account, who may do anything | `arn:aws:iam::<account>:root` |
| `AWSService` | a service that acts in its own name; see `invokedBy` | none |
| `AWSAccount` | somebody in another account | none |
| `WebIdentityUser`, `SAMLUser` | somebody signed in elsewhere, who asks for a session | none |
"""

# %%
predict("who calls")

# %%
types = events["userIdentity.type"].value_counts(dropna=False)
types

# %%
outcome("who calls", types.idxmax())

# %% [markdown]
"""
`NaN` means that the record has no type: events that a service wrote about itself (`AwsServiceEvent`), and Insight
records. A function that relies on `record["userIdentity"]["type"]` ends with an error there.

The role says more than the type. Its name is a part of the `arn`:
"""

# %%
caller = events["userIdentity.arn"].str.extract(r":(?:user|assumed-role)/([^/]+)")[0].rename("caller")
caller = caller.fillna(events["userIdentity.invokedBy"]).fillna(events["userIdentity.type"]).fillna("(unknown)")
# Roles of IAM Identity Center, the single sign-on, have long names.
caller = caller.str.replace(r"AWSReservedSSO_(\w+)_[0-9a-f]{16}", r"SSO \1", regex=True)
caller.value_counts().head(12)

# %% [markdown]
"""
## What? `eventSource` and `eventName`

A service is named like a host, `logs.amazonaws.com`, and an action as in the service's API reference,
`DeleteLogGroup`. (`monitoring.amazonaws.com` is CloudWatch, `logs.amazonaws.com` is CloudWatch *Logs*.)

Filter, then count: these two steps answer most questions. Which calls *changed* something, and how often?
"""

# %%
events[events["readOnly"].eq(False)][["eventSource", "eventName"]].value_counts().head(10)

# %% [markdown]
"""
## From where? `sourceIPAddress`

Usually an IP address. If an AWS service makes the call for somebody, it is the name of that service:
"""

# %%
service = events["sourceIPAddress"].str.contains("amazonaws.com", na=False)
events[service]["sourceIPAddress"].value_counts().head(5)

# %% [markdown]
"""
Somebody asked CloudFormation to create or update a stack, and CloudFormation made the calls that this takes.
"""

# %%
predict("who asked")

# %%
stack_calls = events[events["sourceIPAddress"] == "cloudformation.amazonaws.com"]
outcome("who asked", caller[stack_calls.index].unique())

# %% [markdown]
"""
## Which Region? `awsRegion`

Maple Ferry works in `ca-central-1`. And yet some services were called in `us-east-1` only:
"""

# %%
pd.crosstab(events["eventSource"], events["awsRegion"]).query("`ca-central-1` == 0").sort_values("us-east-1")

# %% [markdown]
"""
**Why would anyone there call `us-east-1`?**

<details><summary>Answer</summary>

IAM, CloudFront, Route 53 and a few more are *global* services. CloudTrail records their calls as calls to `us-east-1`,
which was the first AWS Region.

Since November 2021 a trail for a single Region gets these records only if that Region is `us-east-1`. A trail in
`ca-central-1` alone would not show that somebody creates an IAM user, so our stack's trail covers all Regions.
</details>

## Asked and answered: `requestParameters` and `responseElements`

Each API has its own, so the table has no columns for them. In `AssumeRole` somebody takes on a role: the request names
a role and a session, and the response holds an [access key](../docs/glossary.md#access-key).
"""

# %%
assumed = events[(events["eventName"] == "AssumeRole") & events["errorCode"].isna()]
record = record_of(assumed, assumed.index[0])
print(json.dumps({name: record[name] for name in ("requestParameters", "responseElements")}, indent=2))

# %% [markdown]
"""
A record never holds the *secret* part of a key, but it holds the `accessKeyId`. Every call that is signed with this
key carries the same id. In notebook 03 you follow it through the logs.

Most calls that only read have no response in the record (`null`; `AssumeRole` is one that has), and most calls that
were denied have no parameters. **A field that is there is not always filled.**

## Did it work? `errorCode`

Failed calls are recorded, too: somebody tried something, and it did not go as expected.
"""

# %%
failed = events[events["errorMessage"].notna()]
print(f"{len(failed)} of {len(events)} calls failed")
failed["errorCode"].value_counts(dropna=False).head(8)

# %% [markdown]
"""
Most failures are everyday life: a program asks for something that is not there, or creates what is there already.
(`NaN`: a sign-in that fails has a message and no code.)

---
# Four days in three pictures

## When: calls an hour
"""

# %%
hours = events["eventTime"].dt.tz_localize(None).dt.floor("h").value_counts().sort_index().asfreq("h", fill_value=0)
figure, axes = new_figure()
axes.bar(hours.index, hours, width=1 / 24, align="edge", color=PALETTE["blue"])
axes.xaxis.set_major_formatter(DateFormatter("%d %b\n%H:%M"))
axes.set(xlabel="time (UTC)", ylabel="calls an hour")
Picture(figure, f"Calls an hour: up to {hours.max()}; one hour late on {hours.idxmin():%d %B} has {hours.min()}.")

# %% [markdown]
"""
**What to see**: four working days, on a ground of machine calls that does not sleep. (Maple Ferry's office is four
hours behind UTC.) And one gap. **Why might there be hardly any records in that hour?** Keep it in mind. The end of
notebook 04 says what happened.

## Who was denied what
"""

# %%
denied = failed[failed["errorCode"].str.contains("Denied|Unauthorized", na=False)]
figure, axes = new_figure()
axes.plot(denied["eventTime"], caller[denied.index], "o", color=PALETTE["vermillion"], alpha=0.5)
axes.xaxis.set_major_formatter(DateFormatter("%d %b\n%H:%M"))
axes.set_xlabel("time (UTC)")
axes.grid(axis="x", alpha=0.3)
Picture(figure, f"When each of {caller[denied.index].nunique()} callers was denied a call: {len(denied)} dots.")

# %% [markdown]
"""
**What to see**: people are denied things now and then while they work. Dots close together are somebody who tries one
door after another. `mapleferry-web`, a *machine's* role, did so on 10 March, around 17:50: five different calls within
a quarter of an hour. Question 6 begins there, and notebook 03 shows who it was.

## What one machine calls
"""

# %%
services = events[caller == "mapleferry-web"]["eventSource"].str.removesuffix(".amazonaws.com").value_counts()
figure, axes = new_figure()
axes.bar(services.index, services, color=PALETTE["blue"])
axes.set_yscale("log")
axes.tick_params(axis="x", rotation=60)
axes.set_ylabel("calls (logarithmic)")
once = ", ".join(services.index[services == 1])
Picture(figure, f"mapleferry-web called {len(services)} services: {services.index[0]} most, once each {once}.")

# %% [markdown]
"""
**What to see**: machines have habits. A web server that calls a service once in four days is a question: what did it
want there?

## All of it, in your hands

Like *Event history* in the CloudTrail console: filter by any field (`Delete*` and `!ssm` work, too), drag over the bars
to choose a time, click a row to read the whole record. *Copy path* gives you the Python that leads to a field, which
you need in the next notebook.
"""

# %%
explore(events)

# %% [markdown]
"""
## Your turn

Three questions, each with one answer that is in the records. Work it out with pandas or in the explorer, then hand it
in: a number, a name, a list or a Series. If it is wrong, you learn which question it is the answer *to*.
"""

# %%
question(1)

# %% todo="answer(1, ...)  # your answer in place of the dots"
answer(1, events["eventSource"].value_counts().idxmax())

# %%
question(6)

# %% todo="answer(6, ...)"
answer(6, failed[failed["userIdentity.accessKeyId"] == "ASIA6YLHJDJYHEXAMPLE"]["eventName"].iloc[0])

# %%
question(10)

# %% todo="answer(10, ...)"
answer(10, hours.idxmin())

# %% [markdown]
"""
How would you find out what happened in that hour?
"""

# %%
quiz(10)

# %% [markdown]
"""
## You have

read CloudTrail records from the file to the picture, and you know which fields say who, what, from where, and with
what result. The detectors in the next notebooks use nothing else.

## If there is time

Eight more questions, in any order, each in a cell of its own (the **+** above makes one):
"""

# %%
question()

# %% [markdown]
"""
## What could go wrong

| You see | Do |
| --- | --- |
| A filter gives an empty table | Look at the spelling: `events["eventName"].unique()`. Capitals matter |
| `KeyError` for a column | `describe_columns()` has their names; a name with a dot is one column |

## Next

**[02 Deleting logs](02_deleting_logs.ipynb)**: a function that does the looking for you.
"""
