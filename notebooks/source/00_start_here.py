# %% [markdown]
"""
# 00 Start here

An attacker in an AWS account works with API calls, and
[AWS CloudTrail](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html) writes those calls
down: who called, what, when, from where, and whether it worked. In this workshop you read such records, write Python
functions that find an attacker in them, and let AWS run your functions on every new record, until an alarm goes red.

**In this notebook** you
- see the parts and how they fit together,
- connect to your cloud and look at what is in it,
- learn how the exercises work.

**Time**: 10 minutes (the whole workshop: two hours and a quarter in a room, with an instructor). **You need**: some
Python. No AWS account. New words are in the [glossary](../docs/glossary.md).
"""

# %% [markdown]
"""
## How a notebook works

Click on the cell below and press **Shift+Enter**: its code runs, its output appears underneath, and the next cell is
selected. `[*]` beside a cell means that it is still running, a number that it is done. Run the cells from top to
bottom: each one builds on those before it.
"""

# %%
import pandas as pd

from workshop import connect, doctor, progress

pd.set_option("display.max_colwidth", None)

# %% [markdown]
"""
## Is this machine ready?

The doctor looks at all that the workshop needs. Each line is fine, or says the one thing to do about it.
"""

# %%
doctor()

# %% [markdown]
"""
## Where you are

`progress()` shows which exercises you have solved, in all notebooks, and after a restart of your computer too.
"""

# %%
progress()

# %% [markdown]
"""
## What we are going to build

![API calls are recorded by CloudTrail, which delivers log files into an S3 bucket. Each file starts the Lambda
function, which shows every record to your functions and publishes how many they matched as a CloudWatch metric. An
alarm watches the metric and notifies an SNS topic, and through it the notebook.](pictures/architecture.svg)

1. Somebody or something calls an AWS API. **CloudTrail** writes a *record* of the call: a JSON object.
2. Every few minutes CloudTrail delivers a *log file*, a compressed list of such records, into an **S3 bucket**.
3. Each new file starts the **Lambda function**. It shows every record to the *analysis functions*, which you write.
4. The function publishes what they found as a **CloudWatch metric**, `AnomaliesDetected`. One anomaly is enough for
   the **alarm** to go from `OK` to `ALARM`. Then the **SNS topic** notifies its subscribers.

All parts together are one **CloudFormation stack**, made from [cloudformation.yaml](../cloudformation.yaml): created
together, and deleted together. It is *scalable* and *automated*: Lambda starts as many copies of your function as there
are log files, and nobody has to remember to look.
"""

# %% [markdown]
"""
## Your cloud

`connect()` starts an **emulator** of AWS on this machine: a program that answers the same API calls as AWS does. It
runs your Lambda function's real Python code and enforces permissions. It costs nothing, and nothing you do there can
hurt anyone. Then `connect()` makes the stack, if that is not there yet.
"""

# %%
cloud = connect()

# %% [markdown]
"""
The emulator brings no CloudTrail, so this kit plays that part: it records what you call through `cloud.client(...)`,
and delivers a log file within seconds. (It leaves out the calls by which the kit itself looks and waits. A real trail
leaves nothing out, and takes minutes.) The log files of the story that you examine come with the kit, as
[data](../data/README.md).

<details><summary><b>I want to use a real AWS account</b></summary>

Nothing reaches it unless you write `cloud = connect("aws")`, or `connect("aws", profile="my-sandbox")`, in the cell
above and in notebooks 01, 02, 04 and 07. `connect` shows you account, Region and stack, and asks, before it creates
anything. `doctor("aws")` shows whether the account is ready. Use an account made for experiments, and read first [what
it costs](../docs/aws.md#what-it-costs) and [what is safe](../docs/aws.md#what-is-safe). With
`email="you@example.com"` the alarm writes to you as well; confirm the subscription in the message you get.
</details>
"""

# %% [markdown]
"""
## What is in the stack

Each part of a stack has a name in the template (its *logical id*) and a name in the account. You will meet these:
"""

# %%
parts = {
    "CloudTrailBucket": "log files arrive here",
    "AnalysisLambdaFunction": "analyzes each new log file",
    "DetectionAlarm": "goes red when something was found",
    "DetectionNotificationTopic": "notifies its subscribers",
}
rows = [(part, cloud.resource(part).split(":")[-1], does) for part, does in parts.items()]
pd.DataFrame(rows, columns=["in the template", "in the account", "what it does"])

# %% [markdown]
"""
The alarm watches one metric. You need two of its properties in notebook 04:
"""

# %%
client = cloud.client("cloudwatch")
alarm = client.describe_alarms(AlarmNames=[cloud.resource("DetectionAlarm")])["MetricAlarms"][0]
shown = ["MetricName", "Namespace", "Statistic", "Period", "ComparisonOperator", "Threshold", "EvaluationPeriods"]
pd.Series({name: alarm[name] for name in shown}, name="the alarm").to_frame()

# %% [markdown]
"""
Read aloud: *if, in any one period of 60 seconds, the sum of `AnomaliesDetected` is 1 or more, go to `ALARM`.*

`cloud.client(...)` is an ordinary client of [boto3](https://docs.aws.amazon.com/boto3/latest/), the AWS SDK for Python.

## How the exercises work

There are four functions to write. For each of them there is

| | |
| --- | --- |
| a cell with a *stub* | its signature, what it has to do, and a line that you replace by your answer |
| `check(function)` | tries your function on records that CloudTrail can produce, and explains what it misjudged |
| `hint(function)` | three hints, from a nudge to almost there; run it again for the next one |
| `solution(function)` | the model answer |
| `catch_up(function)` | puts the model answer in place of yours, if you come late and want to go on |

What passes its check is saved, and later notebooks find it. If you skip an exercise, the cells after it say what is
missing. The solved notebooks lie in `notebooks/solutions`, which the file browser does not list: *File*, *Open from
Path…*
"""

# %% [markdown]
"""
## What could go wrong

| You see | Do |
| --- | --- |
| `ModuleNotFoundError: No module named 'workshop'` | Choose the workshop's kernel: menu *Kernel*, *Change Kernel* |
| A cell shows `[*]` and nothing happens | The cell above it still runs. *Kernel*, *Interrupt Kernel* stops it |
| `NameError` | A cell before this one was not run: *Run*, *Run All Above Selected Cell* |
| Everything is strange | *Kernel*, *Restart Kernel*, and run from the top. What you solved is saved |
| The emulator does not start | The message says why; in JupyterLab's terminal, `workshop local status` says what runs |

## Next

**[01 Examine logs](01_examine_logs.ipynb)**: you cannot detect what you cannot read.
"""
