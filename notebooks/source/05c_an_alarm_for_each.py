# Attendees uncomment the lines that use hint and solution. The imports take as few lines as a cell can spare.
# ruff: noqa: F401, I001

# %% [markdown]
"""
# 05c An alarm for each

*Extra credit*

One alarm for all detectors says that something happened, but not what. And an alarm that is always red, because one
detector never rests, hides what the other one found.

**In this notebook** you
- give each detector a metric and an alarm of its own,
- see what a higher threshold hides,
- run a detector that needs more than the record in a hunt, from the command line and in Lambda.

**Time**: at most 40 minutes. **You need**: [02](02_deleting_logs.ipynb), [03](03_instance_credentials.ipynb) and
[04](04_deploy_and_alarm.ipynb). (05a and 05b add detectors, and this notebook works without them.) New words are in the
[glossary](../docs/glossary.md).
"""

# %%
import subprocess
import sys
from os.path import relpath
from pathlib import Path

import pandas as pd
from workshop import catch_up, check, connect, deploy, hint, hunt, learn, load_events, outcome, plot_alarm, predict
from workshop import progress, read_records, saved_answers, score, score_table, solution, trigger, update_stack
from workshop import watch_alarm
from workshop.cloudtrail_analyzer import METRIC_NAME, METRIC_NAMESPACE
from workshop.exercises.tasks.ladder.stolen_credentials import called_from_home, instance_creds_used_outside_ec2
from workshop.exercises.tasks.ladder.stolen_credentials import made_by_aws, stolen_credentials
from workshop.places import answers, data

pd.set_option("display.max_colwidth", None)

# %%
progress()

# %%
lake = Path(relpath(data()))
labels = pd.read_csv(lake / "labels.csv")
events = load_events(lake)
print(f"{len(events):,} records")

# %% [markdown]
"""
## One alarm for all detectors

Count, for each log file, how many records the two rules of 02 and 03 match:
"""

# %%
rules = ["rule_deleting_logs", "rule_instance_creds"]
judged = events.merge(labels, on="eventID", how="left")
judged[rules] = judged[rules].eq(True)  # a record without a label matches no rule
files = judged.groupby("logFile", observed=True)[rules].sum()
(files > 0).value_counts().rename("log files").reset_index()

# %% [markdown]
"""
**What to see**: in nearly four of five log files an instance calls. So the one alarm is red most of the time. The few
files in which logs were deleted change nothing about it: in each of them an instance calls, too.

## A metric for each detector

An [alarm](../docs/glossary.md#alarm) watches one [metric](../docs/glossary.md#metric). So each detector needs a metric
of its own. The argument `detector` of `publish_anomalies` is a name for it.

**Take your function of notebook 04 and let it publish both**: the total, `AnomaliesDetected`, as before, and in the
same call the same `count` as a metric that has the detector's name. (Your answer is in
`my_answers/publish_anomalies.py`.)

<details><summary>Why another name, and not a dimension?</summary>

`AnomaliesDetected` with the dimension `Detector=deleting_logs` would do as well, for an alarm that names this
dimension. The workshop of 2017 proposed names, and one alarm can still watch the total. CloudWatch adds nothing up
across dimensions by itself: if you publish only with a dimension, you have no total.
</details>
"""

# %% answer="publish_anomalies"
from workshop.exercises.tasks.publish_both import publish_anomalies

# %%
check(publish_anomalies)

# %%
# hint(publish_anomalies, 3)
# solution(publish_anomalies)

# %% [markdown]
"""
## Deploy all detectors

`saved_answers()` returns all that `deploy` takes: your functions of 02 to 04, the two detectors of 05b, and what you
put there by `keep`.
"""

# %%
cloud = connect()
mine = {function.__name__: function for function in saved_answers()}
print(*mine, sep="\n")

# %% [markdown]
"""
`stolen_credentials` of 05a needs more than the record. It comes at the end of this notebook.
"""

# %%
others = [function for name, function in mine.items() if name != "stolen_credentials"]
deployment = deploy(cloud, *others)
deployment

# %% [markdown]
"""
## Two more alarms

The template has a parameter for them, `PerDetectorAlarms`. An update of the [stack](../docs/glossary.md#stack) gives it
another value, and CloudFormation finds out what that means for the resources. The template holds the function's code
too, with stubs in it.
"""

# %%
predict("after the update")

# %%
update = update_stack(cloud, PerDetectorAlarms="true")
update

# %%
runs = "what you deployed" if update.code_sha256 == deployment.code_sha256 else "something else"
outcome("after the update", runs if deployment.deployed else None)

# %% [markdown]
"""
<details><summary>Why your code is still there</summary>

CloudFormation compares the new template with the one it used before, not with what is there. The code's text is the
same in both, so it leaves the function alone. It would replace your code if somebody changed the text in the
template. (`connect` would notice that, and put yours back.)
</details>

## An ordinary hour

In this log file only the programs on the instances call, and nobody deletes anything. Which alarm will turn red?
"""

# %%
ordinary = files[(files["rule_deleting_logs"] == 0) & (files["rule_instance_creds"] > 0)].index[0]
hour = trigger(cloud, ordinary)
watch_alarm(cloud, hour, alarm="InstanceCredsAlarm")

# %%
watch_alarm(cloud, hour, alarm="DeletingLogsAlarm")

# %% [markdown]
"""
**What to see**: the same minute twice. The detector above finds something in most log files. The one below found
nothing in this one.
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
## A higher threshold

Another way to a calmer alarm is to ask for more before it turns red. Three parameters say how much:

| Parameter | Says |
| --- | --- |
| `AlarmThreshold` | how many anomalies make a minute count |
| `AlarmEvaluationPeriods` | how many of the latest minutes the alarm looks at: the N of *M of N* |
| `AlarmDatapointsToAlarm` | how many of these must count: the M |

With 1, 3 and 2, for instance, one minute alone is never enough: two of the latest three must count.

A threshold of 50 would keep the alarm quiet in an ordinary hour. The attack's file holds 10 deletions. (With its bonus,
`deleting_logs` counts the stopped trail, too.)
"""

# %%
predict("threshold")

# %%
update_stack(cloud, AlarmThreshold=50)

# %%
missed = trigger(cloud)
watched = watch_alarm(cloud, missed, timeout=300, alarm="DeletingLogsAlarm")
watched

# %%
outcome("threshold", watched.outcome if watched.found.get("deleting_logs") else None)

# %% [markdown]
"""
The programs on the instances are quiet now, and so is the thief. A threshold separates much from little, but not right
from wrong, and one deleted log group can be the worst of all. A detector that knows more can separate right from wrong.

So the threshold goes back to what the workshop of 2017 asks for. (Notebook 07 deletes the two alarms with the stack.)
"""

# %%
update_stack(cloud, AlarmThreshold=1)

# %% [markdown]
"""
## A detector that needs more than the record

`stolen_credentials(record, known)` is the detector of 05a: it matches an instance's credentials that are used away from
that instance. `known` is what other records say, and a list of what the account owns. Where does `known` come from?

| Where the detector runs | `known` |
| --- | --- |
| in a hunt | You learn it and give it: `hunt(source, detector, known=known)` |
| from the command line | `workshop hunt` learns it from the log files it is given, and from `--inventory` |
| in Lambda | `deploy(cloud, detector, known=known)` writes it into the code |

If you did not keep the detector in 05a, the kit's takes its place.
"""

# %%
stolen_credentials = mine.get("stolen_credentials", stolen_credentials)
print("yours" if "stolen_credentials" in mine else "the kit's")
known = learn(read_records(lake), lake / "inventory.csv")
known

# %% [markdown]
"""
## In a hunt

The hunt gives `known` to each detector that asks for it. The others get the record alone, as before.
"""

# %%
matches = hunt(lake, stolen_credentials, known=known)
print(f"{len(matches)} matches")
matches[["userIdentity.arn", "sourceIPAddress"]].value_counts()

# %% [markdown]
"""
## From the command line

In a terminal you would write `workshop hunt data --detector my_answers/stolen_credentials.py --inventory
data/inventory.csv`. This cell runs that command (with the kit's detector if there is none of yours), and shows how its
output begins and ends:
"""

# %%
kept = answers() / "stolen_credentials.py"
detector = kept if "stolen_credentials" in mine else stolen_credentials.__module__
command = ["hunt", lake, "--detector", detector, "--inventory", lake / "inventory.csv"]
ran = subprocess.run([sys.executable, "-m", "workshop.cli", *command], capture_output=True, text=True, check=False)
print(ran.stderr)
lines = ran.stdout.splitlines()
print(*lines[:2], "…", lines[-1], sep="\n")

# %% [markdown]
"""
## In Lambda

Look at the change in the code: `KNOWN` is what you know now.
"""

# %%
deploy(cloud, *others, stolen_credentials, known=known)

# %%
again = trigger(cloud)
in_lambda = watch_alarm(cloud, again)
in_lambda

# %% [markdown]
"""
Lambda saw one log file, the attack's. What does a hunt find in the same file?
"""

# %%
here = hunt(again.file, stolen_credentials, known=known)
print(f"The hunt finds {len(here)}, Lambda {in_lambda.found.get('stolen_credentials', 'nothing')}.")

# %% [markdown]
"""
## What you know grows old

The function in Lambda learns nothing new. Imagine that you deployed it at the end of Tuesday. On Wednesday evening the
thief comes with a key that EC2 issued on Wednesday.
"""

# %%
predict("old knowledge")

# %%
records = list({record["eventID"]: record for record in read_records(lake)}.values())
known_before = learn((record for record in records if record["eventTime"] < "2026-03-11"), lake / "inventory.csv")
wednesday = [record for record in records if record["eventTime"].startswith("2026-03-11")]
fresh = score("known from all four days", lambda r: stolen_credentials(r, known), wednesday, labels)
old = score("known until Tuesday", lambda r: stolen_credentials(r, known_before), wednesday, labels)
score_table([fresh, old])

# %%
outcome("old knowledge", {"new": fresh.tp, "old": old.tp} if fresh.written else None)

# %% [markdown]
"""
<details><summary>What to make of it</summary>

Without the bonus, step b of the ladder says: this session began after the first record, and nobody saw its birth, so it
is no instance's. That is right as long as you see every birth. In Lambda you see none after the deployment. There are
several ways out:

- **Ask the record.** With the bonus of `issued_by_ec2`, AWS's own word in `inScopeOf` takes the place of the birth. It
  does not grow old.
- **Ask only what grows old slowly.** What the account owns changes in days, and keys change in hours. The next cell
  leaves step b out.
- **Deploy often.** A job that runs `learn` and `deploy` every hour makes the gap smaller than an hour.
- **Keep `known` outside of the function**, in a table of DynamoDB for instance. A log file with births adds to it, and
  every other log file asks it. Log files come out of order, so for some minutes after a birth *unknown* is the honest
  verdict.
</details>
"""


# %%
def away_from_home(record, known):
    away = not made_by_aws(record) and called_from_home(record, known) is False
    return away and instance_creds_used_outside_ec2(record)


away = score("away from home, known until Tuesday", lambda r: away_from_home(r, known_before), wednesday, labels)
away.mistakes()

# %%
score_table([fresh, old, away])

# %% [markdown]
"""
**What to see**: this detector finds the thief with old knowledge, and the administrators' tool of notebook 03 raises
false alarms. Sharp and old, or less sharp and lasting: you choose.

## What could go wrong

| You see | Do |
| --- | --- |
| *The stack has no DeletingLogsAlarm yet* | Run the cell with `update_stack(cloud, PerDetectorAlarms="true")` |
| *nothing published*, for one alarm only | Is the detector's own metric published? Run `check(publish_anomalies)` |
| *takes (record, known) and was left out* | Give `deploy` what the detector is to know: `known=known` |

## You have

given each detector a voice of its own, and run one detector in three places.
"""

# %%
progress()

# %% [markdown]
"""
## Next

Take what you like, in any order: **[05a The thief and the agents](05a_the_thief_and_the_agents.ipynb)**, **[05b More
than Delete](05b_more_than_delete.ipynb)** or **[06 Hunt at scale](06_hunt_at_scale.ipynb)**. Or **[07 Clean
up](07_clean_up.ipynb)**: leave the account as you found it.
"""
