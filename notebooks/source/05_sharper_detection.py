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
from workshop import load_events, progress, saved_answers
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
