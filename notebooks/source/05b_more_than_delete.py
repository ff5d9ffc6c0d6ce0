# Attendees uncomment the lines that use hint and solution. The imports take as few lines as a cell can spare.
# ruff: noqa: F401, I001

# %% [markdown]
"""
# 05b More than Delete

*Extra credit*

`deleting_logs` knows a handful of calls of two services. An attacker who wants to work unseen has more ways. Logs lie
in other services too. A log can be silenced instead of deleted. And some deletions are in no management event.

**In this notebook** you
- write two detectors for calls that hide logs without `Delete` in their names,
- compare yours with public rule sets,
- find the log files that vanished without a record.

**Time**: at most 40 minutes. **You need**: [02](02_deleting_logs.ipynb). (05a and 05c do not need this notebook.) New
words are in the [glossary](../docs/glossary.md).
"""

# %%
from gzip import decompress
from hashlib import sha256
from os.path import relpath
from pathlib import Path

import pandas as pd
from IPython.display import HTML
from workshop import answer, catch_up, check, coverage, hint, hunt, outcome, plot_coverage, predict, print_short_record
from workshop import digest_chains, progress, public_rules, question, read_digests, saved_answers, solution, unseen
from workshop.places import data

pd.set_option("display.max_colwidth", None)
lake = Path(relpath(data()))

# %%
progress()

# %% [markdown]
"""
## Calls that hide logs by their name

CloudTrail's log is one of several. Others show who talked to whom in the network (VPC flow logs), which names the
machines looked up (the resolver's query log), how resources changed (AWS Config), and what looks like an attack
(GuardDuty). <!-- task: blinding_logs -->
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
## Calls that hide logs by their parameters

The calls above hide logs whatever they ask for. Others do so only with certain `requestParameters`, and are everyday
work with others. <!-- task: narrowing_logs -->
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
## Both detectors over the four days

`deleting_logs` found the thief's deletions. Now the two new detectors look for more.
"""

# %%
predict("whose calls")

# %%
found = hunt(lake, blinding_logs, narrowing_logs)
found[["eventTime", "detector", "eventName", "userIdentity.arn"]]

# %%
callers = found["userIdentity.arn"].str.split("assumed-role/").str[-1].unique()
outcome("whose calls", list(callers) if len(found) else None)

# %% [markdown]
"""
<details><summary>What to see</summary>

`StopLogging` is there twice: once Terraform at work, once the thief. Right after it, the thief made two more calls.
With `PutEventSelectors`, the trail records only reading calls if somebody starts it again. With `PutRetentionPolicy`,
the logs of the web server live for one day. Both calls have no `Delete` in their names, and everything still looks
tidy.
</details>

## Which ways do your detectors miss?

The kit has a catalogue of ways to lose logs, with the parameters that a call needs for it. `coverage` makes two records
of each way: one call that worked, one that failed. It shows them to your detectors, and compares with public rule sets:
Sigma, Panther, Elastic, and Turbot's Tailpipe. We read their rules one by one. Where we read no rule for a call, the
table says *not compared*, because rule sets grow.
"""

# %%
predict("ways")

# %%
mine = [function for function in saved_answers() if function.__name__ == "deleting_logs"]
mine += [blinding_logs, narrowing_logs]
table = coverage(*mine)
seen = table.iloc[:, 4 : 4 + len(mine)].isin(["worked and failed", "worked", "only failed"])
ways = {"found": int(seen.any(axis=1).sum()), "ways": len(table)}
print(f"Yours together find {ways['found']} of {ways['ways']}, each by itself {seen.sum().tolist()}.")
plot_coverage(table)

# %%
outcome("ways", ways if ways["found"] else None)

# %% [markdown]
"""
<details><summary>What to see</summary>

- No rule set has them all, and yours has gaps as well. Which gap would you close first?
- *A trail that only sees reading* is what the thief made of the trail in the lake. A rule that asks whether management
  events are included does not see it, because half of them are.
- Advanced selectors say the same in other words. A rule that looks for `includeManagementEvents` never finds them.
- Sigma's rule *AWS S3 Data Management Tampering* lists `PutLifecycleConfiguration`. That is the name of the permission;
  the event is called `PutBucketLifecycle`. A rule that names an event which does not exist never fails, and never
  matches.
- Most rules want calls that worked. For the others, every attempt is an alarm.
</details>

The table behind the picture has the ATT&CK ids too. Below it, every rule has its address:
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

Log files lie in a bucket as objects, and anyone who may delete objects can delete log files. Deleting an object is a
[data event](../docs/glossary.md#data-event), and a trail records those only if it is configured to. This trail was not.
So no record in the lake says whether log files were deleted. No management event shows these things either:
"""

# %%
unseen()

# %% [markdown]
"""
## Digest files name every log file

CloudTrail writes a [digest file](../docs/glossary.md#digest-file) every hour. It names the log files that CloudTrail
has delivered, with the SHA-256 of each, and it has the SHA-256 of the digest file before. `read_digests` returns a row
for each digest file.
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
**Which of these log files are not there?** `s3Object` is the file's place, seen from the bucket. Here the bucket is
`lake`, so ask `(lake / s3Object).is_file()`. The time in a log file's name is the time of its delivery.
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
## Was a log file changed?

An attacker can also change a log file: take one record out, and compress the rest again. Is each file as it was
delivered? The hash is the hash of the text, before compression.
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
And if somebody changes the digest file too? Then its own hash changes, and the next digest file does not fit. Each
account, trail and Region has a chain of its own, and `digest_chains` checks each by itself:
"""

# %%
chains = digest_chains(digests)
print(f"{len(chains)} chains of {len(digests)} digest files: {(chains['state'] != 'intact').sum()} do not hold.")
chains[["awsRegion", "trail", "digests", "first", "last", "state"]]

# %% [markdown]
"""
So the digest files fit together, and they name the hour. The hashes cannot show whether somebody made the *whole* chain
anew. Therefore AWS signs each digest file. The signature is in the metadata of its object in S3, and CloudTrail gives
out the public keys to check it. `aws cloudtrail validate-logs` does all of this, online. In this lake the signatures
are invented.

<details><summary>What happened in that hour?</summary>

Only the log files say it. But *Event history* has the management events of the last 90 days, and nobody can delete from
it: `lookup_history(cloud)` reads your account's. To be safe from the start, deliver into a bucket in another account,
with Object Lock, and record data events for the log bucket.
</details>

## What could go wrong

| You see | Do |
| --- | --- |
| *not attempted* | Write the function in the cell above the check, and run that cell first |
| An empty table after `hunt` | The two functions are not written yet: the hunt says so |
| Your time is short | `narrowing_logs = catch_up("narrowing_logs")` in the function's cell |

## You have

written two more detectors, compared them with public rules, and seen where records end.
"""

# %%
progress()

# %% [markdown]
"""
## Next

Take what you like, in any order: **[05a The thief and the agents](05a_the_thief_and_the_agents.ipynb)**, **[05c An
alarm for each](05c_an_alarm_for_each.ipynb)** or **[06 Hunt at scale](06_hunt_at_scale.ipynb)**. Or **[07 Clean
up](07_clean_up.ipynb)**: leave the account as you found it.
"""
