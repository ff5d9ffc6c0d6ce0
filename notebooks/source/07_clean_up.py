# %% [markdown]
"""
# 07 Clean up

A stack that you leave behind costs a little money, and confuses the next person who looks at the account.

**In this notebook** you
- predict what your own detector will say about the cleaning,
- delete the stack and everything that it left,
- see what stays, and why that is good.

**Time**: 10 minutes. **You need**: nothing. If there is no stack, the notebook says so. (Is there time left? 05a, 05b,
05c and 06 are extra credit: [04](04_deploy_and_alarm.ipynb) says what is in them.) New words are in the
[glossary](../docs/glossary.md).
"""

# %%
import pandas as pd

from workshop import case_file, connect, outcome, predict, progress, saved_answers, teardown

# %%
progress()

# %% [markdown]
"""
## Is it suspicious to clean up?

You will delete a [trail](../docs/glossary.md#trail), a bucket full of logs, and a
[log group](../docs/glossary.md#log-group). Your own detector looks for exactly that. These are the main API calls of a
teardown on AWS, in their order:
"""

# %%
cleaning = pd.DataFrame(
    [
        ("cloudtrail.amazonaws.com", "StopLogging"),
        ("s3.amazonaws.com", "DeleteObjects"),
        ("cloudformation.amazonaws.com", "DeleteStack"),
        ("monitoring.amazonaws.com", "DeleteAlarms"),
        ("cloudtrail.amazonaws.com", "DeleteTrail"),
        ("lambda.amazonaws.com", "DeleteFunction20150331"),
        ("s3.amazonaws.com", "DeleteBucket"),
        ("logs.amazonaws.com", "DeleteLogGroup"),
    ],
    columns=["eventSource", "eventName"],
)
cleaning

# %%
predict("cleaning")

# %%
for answer in saved_answers():
    if answer.__name__ == "deleting_logs":
        cleaning["match"] = [answer(call) for call in cleaning.to_dict("records")]
cleaning

# %%
outcome("cleaning", int(cleaning["match"].sum()) if "match" in cleaning else None)

# %% [markdown]
"""
(`print_short_record` prints the lines above the table: these records have two fields and nothing more. If there is no
column `match`, `deleting_logs` of [notebook 02](02_deleting_logs.ipynb) is not solved yet.)

Which of these calls will your detector ever see?

<details><summary>What to make of it</summary>

- `DeleteTrail` and `DeleteLogGroup` match, and with the bonus `StopLogging` too. That is right: the rule cannot
  know your intentions. A good answer to such an alarm is a note: *that was us, at the end of the workshop*.
- `DeleteObjects` does not match, and the trail of this stack does not record it: it is a
  [data event](../docs/glossary.md#data-event).
- **None of them will raise the alarm.** The trail is silent from the first call on. Log files arrive minutes late, and
  by then the function and the alarm are deleted. So the trail, its bucket and the program that analyzes it belong in
  *another* account, with few people in it.
</details>
"""

# %% [markdown]
"""
## Delete the stack

`teardown` first lists what it will delete. It stops the trail, empties the buckets, deletes the stack and waits for it.
Then it deletes the log group that Lambda made by itself, because CloudFormation does not know of it. At the end it asks
each service whether anything is still there, and lists that with the reason. In a real account it asks you first. You
can run it twice without harm.

Your answers in `my_answers` stay, and your progress too.
"""

# %%
cloud = connect()

# %%
teardown(cloud)

# %% [markdown]
"""
<details><summary>In a real AWS account</summary>

Use `cloud = connect("aws")` above, or `workshop teardown --aws` in JupyterLab's terminal ([more ways, CloudShell
among them](../docs/aws.md#cleaning-up)). On a SageMaker notebook instance that belongs to the stack, `teardown`
deletes nothing, because the instance cannot delete itself. It prints the commands to run in
[CloudShell](https://docs.aws.amazon.com/cloudshell/latest/userguide/welcome.html) instead.

Deleting the stack in the console fails, because CloudFormation does not delete a bucket that is not empty ([on
deleting stacks](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-delete-stack.html)).

What stays, and costs nothing:

- CloudTrail's [Event
  history](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html): the [management
  events](../docs/glossary.md#management-event) of the last 90 days. It needs no trail, and nobody can delete it. Your
  teardown is in it.
- The data of the metric `AnomaliesDetected`: CloudWatch forgets it after 15 months.
- An e-mail subscription that was never confirmed: it disappears within three days.
</details>

The emulator on your machine stops when you end JupyterLab, or with `workshop local stop` in JupyterLab's terminal.
If you want to go on instead, `connect()` in any notebook makes a new stack.
"""

# %% [markdown]
"""
## What could go wrong

| You see | Do |
| --- | --- |
| *Something remains* | Run `teardown(cloud)` again after a minute; what remains is listed with its reason |
| `AccessDenied`, in a real account | You need the permissions that you made the stack with |

## You have

seen an attack in the logs, written rules that find it, let a machine look for it day and night, and learned what such
rules cannot see. `case_file()` shows what you found.
"""

# %%
case_file()

# %%
progress()

# %% [markdown]
"""
## And at home?

Your detectors run over any CloudTrail log files. In a terminal, in the folder of the workshop:

    python3 start.py hunt path/to/AWSLogs --detector my_answers/deleting_logs.py:deleting_logs

(On Windows `py start.py hunt …`.) Look at the [false positives](../docs/glossary.md#false-positive) first: they show
what is usual in your accounts.
"""
