# Attendees uncomment the lines that use hint and solution. The imports take as few lines as a cell can spare.
# ruff: noqa: F401, I001

# %% [markdown]
"""
# 03 Instance credentials

*Exercise 2, Automated detection. Phase 2*

A program on an EC2 instance calls AWS with keys that the machine hands out to it. If those keys are used **somewhere
else**, they have probably been stolen.

**In this notebook** you
- follow such a key from its birth through the logs,
- write `instance_creds_used_outside_ec2`, and run it over all logs,
- find out what a rule like this matches *besides* thieves.

**Time**: 20 minutes. **You need**: [02 Deleting logs](02_deleting_logs.ipynb). New words are in the
[glossary](../docs/glossary.md).
"""

# %%
import json
from os.path import relpath
from pathlib import Path

import pandas as pd
from matplotlib.dates import DateFormatter
from workshop import PALETTE, Picture, check, hint, hunt, load_events, new_figure, outcome, predict
from workshop import print_short_record, progress, read_records, record_of, solution
from workshop.cloudtrail_analyzer import instance_identifier_arn_pattern
from workshop.places import data

pd.set_option("display.max_colwidth", None)

# %%
progress()

# %%
lake = Path(relpath(data()))
events = load_events(lake)
print(f"{len(events):,} records")

# %% [markdown]
"""
## The life of an instance's credentials

![1: EC2 has STS issue a session of the instance's role, and the response names the new key. 2: The metadata service
on the instance gives the key to any program there that asks. 3: Programs sign their calls with it; the records show
the instance's own address. 4: A tricked program gives the key away. 5: Calls signed elsewhere show the same
instance in the arn, and another address.](pictures/credential_life.svg)

1. An instance may have a *role*. EC2 **assumes the role** for it, at STS. The session is named after the instance.
2. On the instance, the **metadata service** hands out the session's keys at the address `169.254.169.254`, to every
   program that asks. The SDKs ask by themselves.
3. The **programs** sign their calls with these keys. After some hours the keys expire, and there are new ones.
4. Some web servers fetch any address that a visitor names (*server-side request forgery*). Such a server fetches this
   one, too, and shows the visitor the keys. Version 2 of the service (IMDSv2) makes this hard; version 1 does not.
5. With the keys, the visitor is the instance, **from anywhere in the world**, until they expire.

More: [credentials from the metadata service][1], [IMDSv2][2], [roles for EC2][3].

[1]: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
[2]: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
[3]: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html
"""

# %% [markdown]
"""
## 1. Birth

`AssumeRole`, called by `ec2.amazonaws.com`: the births of all instance credentials in the lake.
"""

# %%
births = events[(events["eventName"] == "AssumeRole") & (events["sourceIPAddress"] == "ec2.amazonaws.com")]
print(f"{len(births)} births, the first of them:")
record = record_of(births, births.index[0])
shown = ("eventTime", "userIdentity", "sourceIPAddress", "requestParameters", "responseElements")
print(json.dumps({name: record.get(name) for name in shown}, indent=2))

# %% [markdown]
"""
- `userIdentity` is the service: EC2 assumes the role.
- `roleSessionName` is the id of the instance, `i-…`.
- `responseElements` names the new [access key](../docs/glossary.md#access-key): `ASIA…`.

## 2. Life

All calls that were signed with this key:
"""

# %%
key = record["responseElements"]["credentials"]["accessKeyId"]
life = events[events["userIdentity.accessKeyId"] == key]
print(f"{len(life)} calls, from {life['eventTime'].min():%d %B %H:%M} to {life['eventTime'].max():%d %B %H:%M} UTC")
life[["sourceIPAddress", "eventSource", "eventName"]].value_counts().head(8)

# %% [markdown]
"""
The life of a machine: few different calls, again and again, from one address. Who called, says a record of it?
"""

# %%
print(json.dumps(record_of(life, life.index[0])["userIdentity"], indent=2))

# %% [markdown]
"""
| | |
| --- | --- |
| `type` | `AssumedRole`: a session of a role |
| `accessKeyId` | `ASIA…`: a *session's* key. A key that begins with `AKIA` belongs to a user, and does not expire |
| `arn` | `…:assumed-role/<role>/<name of the session>`, and here the session is named after the instance |
| `sessionContext.sessionIssuer` | the role itself. Its `arn` has no instance in it: do not mix up the two |
| `sessionContext.ec2RoleDelivery` | the version of the metadata service that handed out the key. Optional |

[Reference](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html),
[prefixes of ids](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html)
"""

# %% [markdown]
"""
## Phase 2: the exercise

<!-- task: instance_creds_used_outside_ec2 -->

(*Outside* is in its name, and none of the three tests it. See below what that costs.) For the third there is a
regular expression. Its `match` returns something true if the text matches, and `None` if not:
"""

# %%
print(instance_identifier_arn_pattern.pattern)
for arn in (life["userIdentity.arn"].iloc[0], "arn:aws:iam::111122223333:user/i-am-a-user", ""):
    print(bool(instance_identifier_arn_pattern.match(arn)), arn)

# %% [markdown]
"""
<details><summary>What if a field is absent?</summary>

Then the record does not match. It happens often: services that act in their own name have neither `arn` nor
`accessKeyId`, and sometimes there is no `type`. `identity.get("arn") or ""` gives an empty text for a field that is
absent or `null`.
</details>
"""

# %% answer="instance_creds_used_outside_ec2"
from workshop.exercises.tasks.instance_creds_used_outside_ec2 import instance_creds_used_outside_ec2

# %%
check(instance_creds_used_outside_ec2)

# %%
# hint(instance_creds_used_outside_ec2)
# solution(instance_creds_used_outside_ec2)

# %% [markdown]
"""
## Over all logs

`hunt` runs detectors over every record of a log lake and returns a table of what they matched.
"""

# %%
predict("one theft")

# %%
matches = hunt(lake, instance_creds_used_outside_ec2)
print(f"{len(matches):,} of {len(events):,} records match")
matches[["eventTime", "eventSource", "eventName", "sourceIPAddress", "userIdentity.arn"]].head()

# %%
outcome("one theft", len(matches))

# %% [markdown]
"""
Which calls are they?
"""

# %%
matches[["eventSource", "eventName"]].value_counts().head(10)

# %% [markdown]
"""
## What a rule matches, and what is true

The rule checks *issued to an instance*, and not where the call comes from. So it also matches the **SSM agent**, a
program of AWS on the instance itself. It reports every few minutes that all is well, with these credentials, as it
should.

For this lake the truth is known. It stands in `labels.csv`:
"""

# %%
labels = pd.read_csv(lake / "labels.csv")
judged = matches.merge(labels[["eventID", "truth", "reason"]], on="eventID", how="left")
judged["truth"].value_counts(dropna=False)

# %%
judged.groupby(["truth", "reason"])["eventID"].count().rename("records").to_frame()

# %% [markdown]
"""
Nearly all of these matches are **benign**, and the few that matter are buried among them. Of all matches, the share
that is right is the rule's *precision*. Of all that should have been found, the share that was found is its *recall*:
"""

# %%
thief = labels.loc[labels["truth"] != "benign", "eventID"]
right = matches["eventID"].isin(thief).sum()
print(f"precision {right / max(len(matches), 1):.1%}, recall {right / len(thief):.0%}")

# %% [markdown]
"""
## So where is the thief?

From where were each instance's credentials used? Calls that an AWS service made for an instance are left out: they
carry the service's name instead of an address.
"""

# %%
judged["instance"] = judged["userIdentity.arn"].str.split("/").str[-1]
direct = judged[~judged["sourceIPAddress"].str.endswith(".amazonaws.com", na=False)]
direct.groupby(["instance", "sourceIPAddress"])["eventTime"].agg(["count", "min", "max"])

# %% [markdown]
"""
**What to see**: a machine has one address, its own or that of the gateway that it shares with others. Some of these
have more than one. Here are their calls, one dot each:
"""

# %%
addresses = direct.groupby("instance")["sourceIPAddress"].nunique()
suspects = direct[direct["instance"].isin(addresses[addresses > 1].index)]
figure, axes = new_figure()
for colour, (instance, calls) in zip(PALETTE.values(), suspects.groupby("instance"), strict=False):
    axes.plot(calls["eventTime"], instance + " from " + calls["sourceIPAddress"], "o", color=colour, alpha=0.4)
axes.xaxis.set_major_formatter(DateFormatter("%d %b\n%H:%M"))
axes.set_xlabel("time (UTC)")
Picture(figure, f"When and from where {suspects['instance'].nunique()} instances' credentials were used.")

# %% [markdown]
"""
**What to see**: bands that go on day and night, the machines at home. And short visits from elsewhere.

Are all of these visits theft? Remember the births: an `AssumeRole` by `ec2.amazonaws.com` names each key that EC2
issued.
"""

# %%
issued = set()
for record in read_records(lake):
    if record.get("eventName") == "AssumeRole" and record.get("sourceIPAddress") == "ec2.amazonaws.com":
        answer = record.get("responseElements") or {}
        issued.add(answer.get("credentials", {}).get("accessKeyId"))
suspects = suspects.merge(events[["eventID", "userIdentity.accessKeyId"]], on="eventID")
suspects["issued by EC2"] = suspects["userIdentity.accessKeyId"].isin(issued)
pd.crosstab([suspects["sourceIPAddress"], suspects["issued by EC2"]], suspects["instance"])

# %% [markdown]
"""
Some of the visitors carry keys that EC2 never issued. At Maple Ferry, a tool for administrators assumes a role and
*names the session after the instance* that it connects to. Confusing, and harmless.

The others carry keys that EC2 issued to **one** instance, and they come from two addresses that are not its own.
That is the theft. The first visit looks around: its five denials are the row of dots in notebook 01. The second, a day
later, does the damage that you saw in notebook 02.

(At its own address an instance also has keys without a birth: most are older than these logs; one was born in the quiet
hour of notebook 01.)

## What the pattern cannot know

An `arn` that ends in `i-` and some letters does not prove an instance: anyone who assumes a role chooses the session's
name. Notebook 05a asks more: was there a *birth* for this key? Is the address one that this instance used before?

What AWS itself offers: GuardDuty reports
[InstanceCredentialExfiltration](https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-iam.html).
What prevents it: require IMDSv2. If it happened: [revoke the
session](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html), because the keys remain
valid until they expire, even if the instance is gone.

## What could go wrong

| You see | Do |
| --- | --- |
| `KeyError: 'arn'` | The field is absent in many records: `identity.get("arn", "")` |
| `check` says that it should be exactly `True` | `match` returns a match object. `return True` if there is one |
| No match at all | `AssumedRole`, not `AssumeRole`; `accessKeyId`, not `accessKey` |

## You have

followed a key through the logs, written the second detector, and seen what separates a match from the truth.
"""

# %%
progress()

# %% [markdown]
"""
## Next

**[04 Deploy and alarm](04_deploy_and_alarm.ipynb)**: your functions go to work.
"""
