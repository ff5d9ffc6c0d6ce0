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
from os.path import relpath
from pathlib import Path

import pandas as pd
from workshop import check, hint, load_events, print_short_record, progress, read_records, saved_answers, solution
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
---
# Part 3: an alarm for each detector

One alarm for all detectors says *something happened*, but not what. And one that is red all day, since some
detector calls all day, hides what the other one found.
"""

# %% [markdown]
"""
---
## What could go wrong

| You see | Do |
| --- | --- |
| *not attempted* | Write the function in the cell above the check, and run that cell first |

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
