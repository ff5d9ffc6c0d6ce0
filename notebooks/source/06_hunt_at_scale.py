# The imports take as few lines as a cell can spare.
# ruff: noqa: I001

# %% [markdown]
"""
# 06 Hunt at scale

*Extra credit*

Your detectors work on four days of one account. A company may want to search a year's logs of all its accounts, many
millions of records. The functions stay as they are. Other programs run them.

**In this notebook** you
- sweep the lake, then a year of five accounts, with your own functions,
- compare that with the fastest possible, and see what hides in a year of matches,
- give the same functions to a cluster, without a change,
- write the same in SQL for Amazon Athena, and compare.

**Time**: 25 minutes. **You need**: [02](02_deleting_logs.ipynb) and [03](03_instance_credentials.ipynb). The model
answer takes the place of a function that is not written yet. New words are in the [glossary](../docs/glossary.md).

The first cell installs three packages that only this notebook needs, about 30 MB, unless they are there: one for a
cluster (distributed), a database (duckdb) and a translator of SQL (sqlglot). The next time it does nothing.
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
from workshop import PALETTE, Picture, generate_year, hunt, install_extra, new_figure, outcome, predict, progress
from workshop.exercises import model_answers, saved_answers
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

`saved_answers()` returns what you wrote in 02 and 03. A hunt takes functions, nothing else. Each match has the name of
its function.
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
## The four days, once more

You know these numbers. Compare with them what follows.
"""

# %%
lake = hunt(data(), *detectors)
print(f"{lake.attrs['records']:,} records, {lake.attrs['duplicates']} of them copies, in {lake.attrs['files']:,} files")
lake["detector"].value_counts()

# %% [markdown]
"""
## A year

Nobody may give away a year of real logs, so this year is invented: five accounts, each in a
[Region](../docs/glossary.md#region) of its own. People, machines and pipelines do for 52 weeks what you have seen them
do for four days. So small a year holds 100 of its days. Three of the accounts are attacked, one after the other. The
kit knows how many records each rule must match, so you can see whether a hunt has found them all.

For more records, change `RECORDS`. A million records take 190 MB on the disk.
"""

# %%
RECORDS = 50_000
year = generate_year(RECORDS)
print(f"{year.records:,} records in {year.files:,} files, {year.size / 1e6:.0f} MB compressed")

# %% [markdown]
"""
The year has about four times as many records as the lake.
"""

# %%
predict("seconds")

# %%
began = perf_counter()
matches = hunt(year.folder, *detectors)
seconds = perf_counter() - began
print(f"{seconds:.1f} s, {year.records / seconds:,.0f} records a second")
matches["detector"].value_counts()

# %%
outcome("seconds", round(seconds, 1))

# %% [markdown]
"""
Are these all? The year knows. `deleting_logs` with the bonus also finds the calls that stop a trail. Without the bonus
a few matches are missing, and that is right.
"""

# %%
pd.Series(year.matches, name="records that the rule matches").to_frame()

# %% [markdown]
"""
<details><summary>Why it is faster than a loop</summary>

Reading a record in full costs more than asking a function about it. So `hunt` first looks at the source of your
functions. If they only read fields, compare and look up, it does not build the whole record. It takes the few fields
that they read from the file's bytes. If it has seen the same values before, it knows the answer. Several processes
share the work if there are enough processors and log files: `matches.attrs` says how many, and why. The result is the
same to the last match; tests of this kit compare it with the plain loop. A function whose source `hunt` does not
understand gets every record in full, and `matches.attrs["not_simple"]` says why.
</details>

## What a year looks like

There are three attacks in this year, of some minutes each. The picture has one plot for each detector.
"""

# %%
predict("tall weeks")

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

# %%
tallest = {name: weekly[name].nlargest(len(days)).index for name in names if name in weekly}
weeks = {
    name: sum(((days >= week) & (days < week + pd.Timedelta("7D"))).any() for week in tallest[name]) for name in tallest
}
outcome("tall weeks", weeks)

# %% [markdown]
"""
<details><summary>What to see</summary>

Deletions of logs are rare, so a dozen more within minutes stand out: the tallest bars are those of the attacks. Some
others are nearly as tall, when a pipeline cleaned up. Calls with
[instance credentials](../docs/glossary.md#instance-credentials) happen whenever the machines run. The thief's few dozen
are lost among hundreds a week, and weeks without an attack have taller bars. So a rule that matches less is worth more
than a faster search: see [05a](05a_the_thief_and_the_agents.ipynb). (In a year of a million records, the deletions are
lost as well.)
</details>

## How fast could it be?

There is a limit. A program must read and decompress each file, and go through its JSON once. No program that looks into
every record is faster than that in one process. Here it is called the floor. At the other end is what people write
first: a loop over `json.load`.
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
A second process helps if there is a second processor and enough to read. To start it, and to put together what both
have found, takes time too. Without `processes`, `hunt` decides by itself. A detector that keeps something from one
record to the next, such as a counter, gets one process, because the others would not know what it has kept.
[docs/benchmarks.md](../docs/benchmarks.md) compares with other tools, up to a million records.

## On several machines

When one machine is too slow, several have to share the work. [Dask](https://distributed.dask.org) does that: a
*scheduler* hands out tasks, *workers* do them, and you talk to it through a *client*. Here all of them run on your
machine, and only your machine can reach them. A cluster on AWS differs in the first line.

The workers get your functions as they are, and batches of files. If a worker is lost, others do its work.
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
Was that faster? For so small a year probably not. It takes time to send functions and to get results back, and two
workers on one machine have no more processors than two processes. A cluster is worth its work when the logs take your
machine hours. [docs/cluster.md](../docs/cluster.md) has the first lines for AWS Fargate, EKS, Coiled and SageMaker.
[docs/benchmarks.md](../docs/benchmarks.md) says what a year of 500 accounts would take in hours and dollars.

## The same in SQL

Many companies search their CloudTrail logs with [Amazon Athena](https://docs.aws.amazon.com/athena/latest/ug/). It runs
SQL over files in S3, and its price goes by the amount of data read ([pricing](https://aws.amazon.com/athena/pricing/)).
First you describe the files as a table. With *partition projection* Athena knows how the folders of a bucket are named,
so a query for one day reads one day.
"""

# %%
print(athena.create_table("my-trail-logs", ["111122223333"], ["ca-central-1", "us-east-1"], date(2026, 3, 9)))

# %% [markdown]
"""
This is the query, with both detectors. Find your conditions in it.
"""

# %%
print(athena.query(date(2026, 3, 9), date(2026, 3, 12)))

# %% [markdown]
"""
[DuckDB](https://duckdb.org), a database in a Python package, now runs this query over all files of the year, without
the dates.
"""

# %%
predict("the same records")

# %%
table, differ = athena.run_here(year.folder), 0
for detector in detectors:
    name = detector.__name__
    sql, python = set(table["eventID"][table[name]]), set(matches["eventID"][matches["detector"] == name])
    differ += len(sql ^ python)
    print(f"{name}: {len(sql & python):,} in both, {len(sql - python)} only SQL, {len(python - sql)} only Python")

# %%
outcome("the same records", differ)

# %% [markdown]
"""
<details><summary>SQL or Python?</summary>

SQL is good for a question that you ask once, over data that is in S3 anyway: there is nothing to install, and nothing
to run. Functions are easier to test (`check` has asked yours about dozens of records). They can say things that are
hard to say in SQL. And they run unchanged in three places: in the Lambda function within minutes of the call, in this
hunt, and on a cluster.
</details>

## What could go wrong

| You see | Do |
| --- | --- |
| A hunt is much slower than you expected | `matches.attrs["not_simple"]` says which function sees all records in full |
| You stopped a hunt with the stop button | What was found is there; the same call with `resume=matches` does the rest |
| The first cell could not install its packages | Its last line says why. All before *On several machines* works |
| No space left on the disk | Choose a smaller `RECORDS`, or delete the folder `year/` |
| A cluster's workers say that there is no module `workshop` | They need this kit installed too, in the same version |
| A cluster's workers could not fetch files | They read them by themselves: from S3, or a folder that all of them see |

## You have

searched a year of logs with functions that you wrote for four days, seen what is lost among many matches, and written
the same in SQL.
"""

# %%
progress()

# %% [markdown]
"""
## Next

**[07 Clean up](07_clean_up.ipynb)**: leave the account as you found it.
"""
