# The imports take as few lines as a cell can spare.
# ruff: noqa: I001

# %% [markdown]
"""
# 01 Examine logs

*Exercise 1: Examining CloudTrail logs*

Before you can say what is suspicious, you have to know what is usual. So we look at four days of a small company's
CloudTrail logs: Maple Ferry, which sells ferry tickets. Somewhere in these days, something happened that the
company would rather have noticed at once.

**In this notebook** you
- open CloudTrail's log files and load their records into a table,
- learn what the fields of a record mean, and which of them a defender looks at first,
- count, filter and plot, until you know who usually does what, and from where.

**Time**: 30 minutes. **You need**: [00 Start here](00_start_here.ipynb). No cloud is used here, only files.
"""

# %%
import json
from os.path import relpath
from pathlib import Path

import pandas as pd
from matplotlib.colors import LogNorm
from matplotlib.dates import DateFormatter
from workshop import PALETTE, Picture, answer, describe_columns, explore, load_events, new_figure, progress
from workshop import question, quiz, record_of
from workshop.places import data

pd.set_option("display.max_colwidth", None)

# %%
progress()

# %% [markdown]
"""
## The files

CloudTrail delivers log files into a bucket every few minutes. This folder is a copy of such a bucket, of the kind
that people call a *log lake*.
"""

# %%
lake = Path(relpath(data()))
files = sorted(lake.glob("AWSLogs/**/*.json.gz"))
print(f"{len(files)} files, for example:")
for file in files[:3]:
    print(" ", file)

# %% [markdown]
"""
A path says a good deal before you open the file:

    AWSLogs/111122223333/CloudTrail/ca-central-1/2026/03/09/
            account      kind       Region       day
    111122223333_CloudTrail_ca-central-1_20260309T0015Z_….json.gz
    account                 Region       delivered at

The *kind* is `CloudTrail` for log files. `CloudTrail-Digest` holds signatures of the log files, which prove that
none was changed or removed ([log file validation][1]). `CloudTrail-Insight` holds what CloudTrail itself found
unusual ([Insights][2]).

[1]: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
[2]: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-insights-events-with-cloudtrail.html
"""

# %%
pd.Series([file.relative_to(lake).parts[2] for file in files]).value_counts().rename("files")

# %% [markdown]
"""
## The table

`load_events` reads all of them into a [pandas](https://pandas.pydata.org/docs/user_guide/10min.html) DataFrame: one
row a record, the oldest first. The columns have the names that CloudTrail gives to the fields.
"""

# %%
events = load_events(lake)
events[["eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userIdentity.type"]].head()

# %% [markdown]
"""
Before trusting a table, ask what is **not** in it. `events.attrs` says so:
"""

# %%
pd.Series({name: events.attrs[name] for name in ("files", "records", "duplicates", "digests")}, name="count").to_frame()

# %% [markdown]
"""
CloudTrail delivers *at least once*: the same record may arrive twice, in different files. The `eventID` is
the same then, and `load_events` keeps one of them. Digest files hold no records.

And a file that cannot be read at all? It is listed, with the reason. A loader that is silent about such files would
be a nice place for an attacker to hide. Here is one good file, and one that is not a log file:
"""

# %%
odd = load_events([files[0], lake / "README.md"])
odd.attrs["skipped"], events.attrs["skipped"]

# %% [markdown]
"""
The second list, that of the whole lake, is empty: all of it was read.

## One record

A row shows a choice of fields. `record_of` fetches the whole record behind a row, as it stands in the file. Let us
take one in which a person changed something, by making a snapshot of a disk:
"""

# %%
snapshots = events[(events["eventName"] == "CreateSnapshot") & (events["userIdentity.type"] == "IAMUser")]
record = record_of(snapshots, snapshots.index[0])
print(json.dumps(record, indent=2))

# %% [markdown]
"""
The fields in the order in which a defender reads them. The [record
reference](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html)
explains all of them; keep it open.

| Field | It says | What a defender asks |
| --- | --- | --- |
| `eventName`, `eventSource` | the API action, and the service that was called | could this do harm? |
| `userIdentity` | who called, with which credentials | does this caller usually do that? |
| `sourceIPAddress` | the address the call came from, or an AWS service's name | does it usually come from there? |
| `userAgent` | the program, as it calls itself | a person, a script, a service? Easily forged |
| `eventTime` | when, in UTC | during working hours? What came before? |
| `awsRegion` | the Region that was called | do we use that Region at all? |
| `requestParameters` | what was asked for; only in the full record | which bucket, log group, role? |
| `responseElements` | what came of it; only in the full record | which key was made, for whom? |
| `errorCode`, `errorMessage` | why it failed; both absent if it worked | is somebody trying out doors? |
| `readOnly` | whether the call could change anything | looking around, or acting? |
| `eventID` | the record's own id | have I seen it already? |

`describe_columns()` says the same for each column of the table:
"""

# %%
describe_columns()

# %% [markdown]
"""
## Who? `userIdentity`

The most important block, and the one with the most forms
([reference](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html)).
It always depends on its `type`:

| `type` | is | Its `arn` |
| --- | --- | --- |
| `IAMUser` | a user with a name and perhaps long-lived keys (`AKIA…`) | `arn:aws:iam::<account>:user/<name>` |
| `AssumedRole` | a *session* of a role, keys expire (`ASIA…`) | `arn:aws:sts::<account>:assumed-role/<role>/<name>` |
| `Root` | the owner of the account, who may do anything | `arn:aws:iam::<account>:root` |
| `AWSService` | a service that acts in its own name; see `invokedBy` | none |
| `AWSAccount` | somebody in another account | none |
| `WebIdentityUser`, `SAMLUser` | somebody signed in elsewhere, who asks for a session | none |

**Predict before you run**: which type is behind most of the calls, people with a user name or sessions of roles?
"""

# %%
events["userIdentity.type"].value_counts(dropna=False)

# %% [markdown]
"""
<details><summary>What to see</summary>

Sessions of roles, by far. Programs work day and night, and most calls of people come from a role too. `NaN` means
that the record has no type: events that a service wrote about itself (`AwsServiceEvent`), and Insight records. A
function that relies on `record["userIdentity"]["type"]` ends right there.
</details>

A role's name says more than the type. It is a part of the `arn`, and pandas cuts it out. (Roles of IAM
Identity Center, the single sign-on, have long names; we shorten them.)
"""

# %%
caller = events["userIdentity.arn"].str.extract(r":(?:user|assumed-role)/([^/]+)")[0].rename("caller")
caller = caller.fillna(events["userIdentity.invokedBy"]).fillna(events["userIdentity.type"]).fillna("(unknown)")
caller = caller.str.replace(r"AWSReservedSSO_(\w+)_[0-9a-f]{16}", r"SSO \1", regex=True)
caller.value_counts().head(12)

# %% [markdown]
"""
## What? `eventSource` and `eventName`

A service is named like a host, `logs.amazonaws.com`, and an action as in the service's API reference,
`DeleteLogGroup`. Mind the names: `monitoring.amazonaws.com` is CloudWatch, `logs.amazonaws.com` is CloudWatch
*Logs*.
"""

# %%
events["eventSource"].value_counts().head(10)

# %% [markdown]
"""
Filter, then count: the two steps in which most questions are answered. Which calls *changed* something, and how
often?
"""

# %%
events[events["readOnly"].eq(False)][["eventSource", "eventName"]].value_counts().head(10)

# %% [markdown]
"""
## From where? `sourceIPAddress`

Usually an IP address. But if an AWS service makes the call for somebody, it is the name of that service:
"""

# %%
service = events["sourceIPAddress"].str.contains("amazonaws.com", na=False)
events[service]["sourceIPAddress"].value_counts().head(8)

# %% [markdown]
"""
Take `cloudformation.amazonaws.com`. Somebody asked CloudFormation to create or update a stack, and CloudFormation
made the calls that this takes. **Predict before you run**: who will be in `userIdentity`, CloudFormation or that
somebody?
"""

# %%
stack_calls = events[events["sourceIPAddress"] == "cloudformation.amazonaws.com"]
stack_calls[["eventTime", "eventSource", "eventName"]].join(caller).head(8)

# %% [markdown]
"""
<details><summary>What to see</summary>

That somebody: CloudFormation works with their permissions. `invokedBy` in `userIdentity` names the service once
more.
</details>

## Which Region? `awsRegion`

Maple Ferry works in `ca-central-1`. And yet there are services that were never called there, but in `us-east-1`
only:
"""

# %%
pd.crosstab(events["eventSource"], events["awsRegion"]).query("`ca-central-1` == 0").sort_values("us-east-1")

# %% [markdown]
"""
**Why would anyone there call `us-east-1`?**

<details><summary>Answer</summary>

IAM, CloudFront, Route 53 and a few more are *global* services. Their calls are recorded as if they had gone to
`us-east-1`, which was the first AWS Region. The same goes for STS when it is called at its global address.

This matters when you set up a trail: since November 2021, a trail for a single Region gets these records only if
that Region is `us-east-1`. A trail in `ca-central-1` alone would not show that somebody creates an IAM user. That
is why our stack's trail covers all Regions. ([CloudTrail
concepts](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html))
</details>

## Asked and answered: `requestParameters` and `responseElements`

Each API has its own, so the table has no columns for them. Take the calls in which somebody took on a role,
`AssumeRole`: the request names a role and a session, and the response holds a key.
"""

# %%
assumed = events[(events["eventName"] == "AssumeRole") & events["errorCode"].isna()]
record = record_of(assumed, assumed.index[0])
print(json.dumps({name: record[name] for name in ("requestParameters", "responseElements")}, indent=2))

# %% [markdown]
"""
A record never holds the *secret* part of a key. But it holds the `accessKeyId`, and that is a thread that you can
follow through the logs: every call that is signed with this key carries the same id. You will do so in notebook 03.

Most calls that only read have no response in the record (`null`; `AssumeRole` is one that has), and most calls that
were denied have no parameters. **A field that is there is not always filled.**

## Did it work? `errorCode`

Failed calls are recorded too, and a defender likes them: somebody tried something, and it did not go as expected.
"""

# %%
failed = events[events["errorMessage"].notna()]
print(f"{len(failed)} of {len(events)} calls failed")
failed["errorCode"].value_counts(dropna=False).head(8)

# %%
table = pd.crosstab(failed["errorCode"], caller[failed.index])
table[table.sum().nlargest(6).index]

# %% [markdown]
"""
<details><summary>What to see</summary>

Most failures are everyday life: a program asks for something that is not there, or creates what is there already.
(`NaN`: a sign-in that fails has a message and no code.) What deserves a look is a caller whose calls used to work and
now fail *in several services one after the other*: that is what it looks like when somebody tries out what a stolen
key is good for.
</details>

---
# Four days in pictures

A count says how much. A picture says *when*.

## Calls over time, by service
"""

# %%
hour = events["eventTime"].dt.tz_localize(None).dt.floor("h")
top = events["eventSource"].value_counts().index[:5]
by_hour = pd.crosstab(hour, events["eventSource"].where(events["eventSource"].isin(top), "all others"))
by_hour = by_hour[["all others", *top]].asfreq("h", fill_value=0)
figure, axes = new_figure()
by_hour.plot.area(
    ax=axes, color=["lightgrey", *PALETTE.values()], linewidth=0, xlabel="time (UTC)", ylabel="calls an hour"
)
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
total = by_hour.sum(axis=1)
Picture(figure, f"Calls an hour: most at {total.idxmax():%d %B %H:%M}, fewest at {total.idxmin():%d %B %H:%M}.")

# %% [markdown]
"""
**What to see**: four working days on a ground of machine calls that does not sleep. (Maple Ferry's office is four
hours behind UTC.) And one gap. **Why might there be hardly any records in that hour?**

<details><summary>Some possibilities</summary>

Nobody called: hardly, where machines report every few minutes. CloudTrail was late: possible, but then
the records come later, with their own `eventTime`. The trail was switched off. Or log files have been removed from
the bucket. Part 2 of [05](05_sharper_detection.ipynb) finds out which.
</details>

## Who was denied, and when

One dot for each call that somebody was not allowed to make:
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
**What to see**: people are denied things now and then while they work. Dots close together at one time are somebody
who tries one door after another. Does that happen to a *machine's* role as well?

<details><summary>Answer</summary>

`mapleferry-web`, 10 March, around 17:50: five different calls within a quarter of an hour. Question 6 below begins
there.
</details>

## Who calls which service
"""

# %%
table = pd.crosstab(caller, events["eventSource"].str.removesuffix(".amazonaws.com"))
table = table.loc[table.sum(axis=1).nlargest(18).index, table.sum().nlargest(18).index]
figure, axes = new_figure(height=5.5)
image = axes.imshow(table, norm=LogNorm(vmin=1), cmap="cividis_r", aspect="auto")
axes.set_xticks(range(len(table.columns)), table.columns, rotation=60, ha="right")
axes.set_yticks(range(len(table)), table.index)
figure.colorbar(image, label="calls (logarithmic)")
Picture(figure, f"Heat map of the 18 busiest callers and services; {(table == 0).mean(axis=None):.0%} is empty.")

# %% [markdown]
"""
**What to see**: each caller has habits. Programs have the narrowest: `mapleferry-price-sync` calls four services. A
bright cell, that is a few calls, in the row of a machine such as `mapleferry-web` is a question: what did it want
there?

## Who calls from where
"""

# %%
address = events["sourceIPAddress"].where(events["sourceIPAddress"].str.match(r"[\d.]+$|.*:", na=False))
table = pd.crosstab(caller, address)
table = table.loc[table.sum(axis=1).nlargest(18).index, table.sum().nlargest(25).index]
figure, axes = new_figure(height=5.5)
image = axes.imshow(table, norm=LogNorm(vmin=1), cmap="cividis_r", aspect="auto")
axes.set_xticks(range(len(table.columns)), table.columns, rotation=60, ha="right")
axes.set_yticks(range(len(table)), table.index)
figure.colorbar(image, label="calls (logarithmic)")
Picture(figure, f"Heat map of 18 callers and the 25 busiest addresses; {(table == 0).mean(axis=None):.0%} is empty.")

# %% [markdown]
"""
**What to see**: a column with many cells is an address that several share, such as the office or a rented build
machine. A row with many cells is somebody who calls from many places. For a build that runs on rented machines,
this is normal. For a web server?

<details><summary>Look at the row of <code>mapleferry-web</code></summary>

Two addresses, `198.51.100.23` and `.61`, are the web servers' own. (Four more are too quiet for this picture.) From two
others came 50 calls: a contractor works from one, rented build machines from the other. An attacker whose address
*others here use as well* does not look strange by the address alone. You will meet these calls again.
</details>

## All of it, in your hands

The CloudTrail console has a page *Event history*. This is the same for our lake: filter by any field (`Delete*` and
`!ssm` work, too), drag over the bars to choose a time, click a row to read the whole record. *Copy path* gives you
the Python that leads to a field, which you need in the next notebook.
"""

# %%
explore(events)

# %% [markdown]
"""
## Your turn

Eleven questions, each with one answer that is in the records. `question(1)` says what is asked and which field to
look at. Work it out with pandas or in the explorer, then hand it in: a number, a name, a list or a Series will do.
If it is wrong, you learn which question it is the answer *to*.
"""

# %%
question()

# %%
question(1)

# %% todo="answer(1, ...)  # your answer in place of the dots"
answer(1, events["eventSource"].value_counts().idxmax())

# %% [markdown]
"""
And why is that? Choose with the arrow keys or the mouse:
"""

# %%
quiz(2)

# %% [markdown]
"""
Now the others, in any order, each in a cell of its own (the **+** above makes one). Question 6 is the one that a
detective would take first. `question()` remembers which ones you have solved.
"""

# %% todo="question(6)"
question(6)

# %% [markdown]
"""
## What could go wrong

| You see | Do |
| --- | --- |
| `FileNotFoundError` | The message says where it looked. The logs lie in the folder `data` beside `notebooks` |
| A filter gives an empty table | Look at the spelling: `events["eventName"].unique()`. Upper and lower case matter |
| `KeyError` for a column | `describe_columns()` has their names; a name with a dot is one column |

## You have

read CloudTrail records from the file to the picture, and you know which fields say who, what, from where, and with
what result. That is all that the detectors in the next notebooks use.

## To read on

- [CloudTrail event
  reference](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference.html) and
  [examples of log
  files](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html)
- [Event history](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html), where the
  CloudTrail console shows the last 90 days of any account

## Next

**[02 Deleting logs](02_deleting_logs.ipynb)**: a function that does the looking for you.
"""
