# %% [markdown]
"""
# 07 Clean up

A stack that you leave behind costs a little money, and confuses the next person who looks at the account.

**In this notebook** you
- predict what your own detector will say about the cleaning,
- delete the stack and everything that it left,
- see what stays, and why that is good.

**Time**: 10 minutes. **You need**: nothing. If there is no stack, it says so. (Not done yet, and an hour left?
[05 Sharper detection](05_sharper_detection.ipynb) and [06 Hunt at scale](06_hunt_at_scale.ipynb) are extra credit.)
"""

# %%
import pandas as pd

from workshop import case_file, connect, progress, saved_answers, teardown

# %%
progress()

# %% [markdown]
"""
## Before you go: is it suspicious to clean up?

You are about to delete a trail, a bucket full of logs, and a log group. Somebody watches this account with
a detector that was written for exactly that ...

These are the main API calls of a teardown on AWS, in their order:
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

# %% [markdown]
"""
**Predict before you run**: which of them does your `deleting_logs` match? And which of them will it ever get to
see?
"""

# %%
for answer in saved_answers():
    if answer.__name__ == "deleting_logs":
        cleaning["match"] = [answer(call) for call in cleaning.to_dict("records")]
cleaning

# %% [markdown]
"""
(The lines above the table are printed by `print_short_record`: these records have two fields and nothing more. No
column `match`? Then `deleting_logs` of [notebook 02](02_deleting_logs.ipynb) is not solved yet.)

<details><summary>What to make of it</summary>

- `DeleteTrail` and `DeleteLogGroup` match, and with the bonus `StopLogging` too. That is right: the rule cannot
  know your intentions. A good answer to such an alarm is a note: *that was us, at the end of the workshop*.
- `DeleteObjects` would not match, and it does not get that far: calls on the objects of a bucket are data events,
  and the trail of this stack does not record them.
- **None of them will raise the alarm.** The trail is silent from the first call on, log files arrive minutes late,
  and by then the function and the alarm are deleted. So the trail, its bucket and the program that analyzes it belong
  in *another* account, with few people in it.
</details>
"""

# %% [markdown]
"""
## Tear it down

`teardown` first lists what it is going to delete. It stops the trail, empties the buckets, deletes the stack and
waits for it, and then deletes the log group that Lambda made by itself, which CloudFormation knows nothing of. At
the end it asks each service whether anything is still there, and lists that with the reason. In a real account it
asks first. You can run it twice without harm.

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
deletes nothing, since the instance cannot delete itself: it prints the commands to run in
[CloudShell](https://docs.aws.amazon.com/cloudshell/latest/userguide/welcome.html) instead.

Deleting the stack in the console fails, because CloudFormation does not delete a bucket that is not empty ([on
deleting stacks](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-delete-stack.html)).

What stays, and costs nothing:

- CloudTrail's [Event
  history](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html): the management
  events of the last 90 days, without any trail. Nobody can delete it. Your teardown is in it.
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

seen an attack in the logs, written down what gives it away, taught a machine to look for it day and night, and
learned what such a rule cannot see. `case_file()` shows what you found.
"""

# %%
case_file()

# %%
progress()

# %% [markdown]
"""
## And at home?

Your detectors run over any CloudTrail log files, as they are. In a terminal, in the folder of the workshop:

    python3 start.py hunt path/to/AWSLogs --detector my_answers/deleting_logs.py:deleting_logs

(On Windows `py start.py hunt …`.) Look at the false alarms first: they say most about what is usual at your place.
"""
