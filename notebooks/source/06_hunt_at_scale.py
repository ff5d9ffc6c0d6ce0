# The imports take as few lines as a cell can spare.
# ruff: noqa: I001

# %% [markdown]
"""
# 06 Hunt at scale

*Extra credit*

Your detectors work on four days of one account. One day you will want to search a year's logs of all the accounts of a
company: many millions of records. The functions stay as they are. Other programs run them.

**In this notebook** you
- sweep the lake, then a year of five accounts, with your own functions,
- see how close to the fastest possible that is, and what would hide in a year of matches,
- hand the same functions to a cluster, without changing a letter,
- write the same in SQL, as Amazon Athena understands it, and compare.

**Time**: 25 minutes. **You need**: [02](02_deleting_logs.ipynb) and [03](03_instance_credentials.ipynb); with a
function that is not written yet, the model answer hunts in its place.

The first cell installs three packages that nothing else in the workshop needs, about 30 MB, unless they are there: a
cluster's (distributed), a database (duckdb) and a translator of SQL (sqlglot). The next time it does nothing.
"""

# %%
import gzip
import json
from contextlib import redirect_stdout
from datetime import date
from io import StringIO
from time import perf_counter

import msgspec
import pandas as pd
from workshop import PALETTE, Picture, generate_year, hunt, install_extra, new_figure, progress, saved_answers
from workshop.exercises import model_answers
from workshop.hunting import athena
from workshop.logs.unpacking import unpack
from workshop.places import data

install_extra("scale")
from distributed import Client, LocalCluster

# %%
progress()

# %% [markdown]
"""
## Your functions

`saved_answers()` brings back what you wrote in 02 and 03. A hunt takes functions, nothing else. The matches carry
the names of the functions.
"""

# %%
mine = {function.__name__: function for function in saved_answers()}
models = [
    answer for answer in model_answers() if answer.__name__ in ("deleting_logs", "instance_creds_used_outside_ec2")
]
detectors = [mine.get(model.__name__, model) for model in models]
for detector in detectors:
    whose = "yours" if detector.__name__ in mine else "the model answer, since yours was not attempted yet"
    print(f"{detector.__name__}: {whose}")

# %% [markdown]
"""
## The lake, once more

You know these numbers. They are the yardstick for what follows.
"""

# %%
lake = hunt(data(), *detectors)
print(f"{lake.attrs['records']:,} records, {lake.attrs['duplicates']} of them copies, in {lake.attrs['files']:,} files")
lake["detector"].value_counts()

# %% [markdown]
"""
## A year

Nobody may hand out a year of real logs, so this one is invented: five accounts, each in a Region of its own. People,
machines and pipelines do for 52 weeks what you have seen them do for four days. Three of the accounts are attacked, one
after the other. The kit knows how many records each rule must match, so you can see whether a hunt has found them all.

`RECORDS` is all you need to change for more: a million take some ten seconds to write, and 190 MB.
"""

# %%
RECORDS = 50_000
year = generate_year(RECORDS)
print(f"{year.records:,} records in {year.files:,} files, {year.size / 1e6:.0f} MB compressed")

# %% [markdown]
"""
**Predict before you run**: the year has about four times as many records as the lake. How many matches will there be,
and how many seconds will the hunt take?
"""

# %%
began = perf_counter()
matches = hunt(year.folder, *detectors)
seconds = perf_counter() - began
print(f"{seconds:.1f} s, {year.records / seconds:,.0f} records a second")
matches["detector"].value_counts()

# %% [markdown]
"""
Are these all? The year knows. `deleting_logs` with the bonus also finds the calls that stop a trail; without it,
you are a few matches short, and should be.
"""

# %%
pd.Series(year.matches, name="records that the rule matches").to_frame()

# %% [markdown]
"""
<details><summary>Why it is faster than a loop</summary>

Reading a record in full costs more than asking a function about it. So `hunt` looks at the source of your functions
first. If they only read fields, compare and look up (yours do, unless you did something unusual), it need not build the
whole record: it takes the few fields they read from the file's bytes, and if it has seen the same values before, it
knows the answer. Several processes share the work if there are enough processors and log files: `matches.attrs` says
how many, and why. The result is the same to the last match, which tests of this kit prove against the plain loop. A
function that it cannot see through is shown every record in full, and `matches.attrs["not_simple"]` says why.
</details>

## What a year looks like

**Predict before you run**: three attacks, of some minutes each, in a year. In which of the two detectors' matches will
you be able to see them with the naked eye?
"""

# %%
weekly = matches.groupby([pd.Grouper(key="eventTime", freq="7D", origin="start_day"), "detector"]).size().unstack()
days = pd.to_datetime([attack["day"] for attack in year.attacks], utc=True)
figure, axes = new_figure(height=4.5, rows=2)
names = [detector.__name__ for detector in detectors]
for row, name, colour in zip(axes, names, ("blue", "orange"), strict=True):
    counts = weekly.get(name, pd.Series(0, weekly.index)).fillna(0)
    row.bar(counts.index, counts, width=6, align="edge", color=PALETTE[colour])
    for day in days:
        row.axvline(day, color=PALETTE["black"], linestyle=":", label="an attack" if day == days[0] else None)
    row.set_ylabel("matches a week")
    row.set_title(name, loc="left", fontsize=10)
    row.legend(loc="upper right", fontsize=8)
axes[-1].set_xlabel("week (UTC)")
Picture(figure, f"Matches a week over a year, one plot for each detector, with dotted lines at {len(days)} attacks.")

# %% [markdown]
"""
<details><summary>What to see</summary>

Deletions of logs are rare, so a dozen more within minutes stand out: the tallest bars are those of the attacks. Some
others are nearly as tall, when a pipeline cleaned up: the records show it within a minute. Calls with instance
credentials are everyday business. The thief's few dozen drown among hundreds a week: a week without an
attack may well be taller than one with. That is what [05](05_sharper_detection.ipynb) is about: a rule that matches
less is worth more than a faster search. (In a year of a million records, the deletions drown as well.)
</details>

## How fast could it be?

There is a floor: a program must read and decompress each file, and go through its JSON once. No program that looks into
every record gets below that in one process. At the other end is the first thing that people write: a loop over
`json.load`.
"""


# %%
def floor(paths):
    for path in paths:
        msgspec.json.decode(unpack(path.read_bytes()), type=msgspec.Raw)


def plain_loop(paths):
    with redirect_stdout(StringIO()):
        for path in paths:
            for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]:
                any(detector(record) for detector in detectors)


# %%
some = sorted(year.folder.rglob("*.json.gz"))[: max(1, year.files // 2)]
ways = {
    "a plain loop": lambda: plain_loop(some),
    "hunt, one process": lambda: hunt(some, *detectors, processes=1, progress=False),
    "hunt, two processes": lambda: hunt(some, *detectors, processes=2, progress=False),
    "the floor, one process": lambda: floor(some),
}
took = {}
for name, way in ways.items():
    began = perf_counter()
    way()
    took[name] = perf_counter() - began

# %%
here = hunt(some, *detectors, progress=False).attrs["records"]
rates = pd.Series({name: here / seconds for name, seconds in took.items()}).iloc[::-1]
figure, axis = new_figure(height=2.6)
bars = axis.barh(rates.index, rates, color=[PALETTE["green" if "hunt" in name else "sky"] for name in rates.index])
axis.bar_label(bars, [f"{rate:,.0f}" for rate in rates], padding=4)
axis.set_xlabel("records a second")
axis.set_xlim(0, rates.max() * 1.2)
Picture(figure, "Records a second: " + ", ".join(f"{name} {rate:,.0f}" for name, rate in rates.items()) + ".")

# %% [markdown]
"""
A second process helps where there is a second processor, once there is enough to read: starting it, and putting
together what both have found, takes time too. Without `processes`, `hunt` decides for itself. A detector that keeps
something from one record to the next, such as a counter, gets one process: the others would not know what it has kept.
[docs/benchmarks.md](../docs/benchmarks.md) compares with other tools, up to a million records, side by side.

## Past one machine

When one machine is too slow, the work has to go to several. [Dask](https://distributed.dask.org) is an engine for that:
a *scheduler* hands out tasks, *workers* do them, and a *client* is how you talk to it. Here all of them run on your
machine, reachable from it alone; a cluster on AWS differs in the first line.

The workers get your functions as they are, and batches of files. If one of them is lost, others do its work.
"""

# %%
here_alone = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
with LocalCluster(n_workers=2, threads_per_worker=1, **here_alone) as cluster, Client(cluster) as client:
    began = perf_counter()
    by_cluster = hunt(year.folder, *detectors, scheduler=client)
    print(f"{year.records / (perf_counter() - began):,.0f} records a second, without starting the cluster")
print("The same matches:", by_cluster.equals(matches))

# %% [markdown]
"""
Was that faster? For a year this small probably not: starting workers, sending functions and getting results back takes
its time, and two workers on one machine have no more processors than two processes. It pays when the logs are larger
than an hour of your machine's work. [docs/cluster.md](../docs/cluster.md) has the first lines for AWS Fargate, EKS,
Coiled and SageMaker, and what a year of 500 accounts would take in hours and dollars.

## The same in SQL

Many companies search their CloudTrail logs with [Amazon Athena](https://docs.aws.amazon.com/athena/latest/ug/): SQL
over files in S3, paid by the amount of data read, 5 USD a TB. First you describe the files as a table. With
*partition projection* Athena knows how the folders of a bucket are named, so a query for one day reads one day.
"""

# %%
print(athena.create_table("my-trail-logs", ["111122223333"], ["ca-central-1", "us-east-1"], date(2026, 3, 9)))

# %% [markdown]
"""
And this is the query: both detectors, read once. Find your conditions in it.
"""

# %%
print(athena.query(date(2026, 3, 9), date(2026, 3, 12)))

# %% [markdown]
"""
**Predict before you run**: here [DuckDB](https://duckdb.org), a database in a Python package, runs this query over all
files of the year, without the dates. Will it find the same records as your functions?
"""

# %%
table = athena.run_here(year.folder)
for detector in detectors:
    name = detector.__name__
    sql, python = set(table["eventID"][table[name]]), set(matches["eventID"][matches["detector"] == name])
    print(f"{name}: {len(sql & python):,} in both, {len(sql - python)} only SQL, {len(python - sql)} only Python")

# %% [markdown]
"""
<details><summary>SQL or Python?</summary>

Both find the same, if both say the same (SQL has the bonus; a few *only SQL* are its `StopLogging`). SQL is hard to
beat for a question that you ask once, over data that lies in S3 anyway: nothing to install, nothing to run. Functions
are easier to test (`check` has asked yours about dozens of records), can say things that are painful in SQL, and run
unchanged in three places: in the Lambda function within minutes of the call, in this hunt, and on a cluster.
</details>

## What could go wrong

| You see | Do |
| --- | --- |
| A hunt is much slower than you expected | `matches.attrs["not_simple"]` says which function sees all records in full |
| You stopped a hunt with the stop button | What was found is there; the same call with `resume=matches` does the rest |
| The first cell could not install its packages | Its last line says why. All up to *Past one machine* works without |
| No space left on the disk | Choose a smaller `RECORDS`, or delete the folder `year/` |
| A cluster's workers say that there is no module `workshop` | They need this kit installed too, in the same version |
| A cluster's workers could not fetch files | They read them by themselves: from S3, or a folder that all of them see |

## You have

searched a year of logs with functions that you wrote for four days, seen what is lost among many matches, and said the
same thing in SQL.
"""

# %%
progress()

# %% [markdown]
"""
## Next

**[07 Clean up](07_clean_up.ipynb)**: leave the account as you found it.
"""
