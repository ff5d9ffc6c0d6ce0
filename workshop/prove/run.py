"""The run: the plan and the question, the steps that are not done yet, and the teardown at every exit."""

from __future__ import annotations

import contextlib
import time

from workshop import demo, places
from workshop.cloud import connection
from workshop.cloud.cloud import Cloud, Confirm
from workshop.cloud.emulator import emulator
from workshop.cloud.stack.stack import teardown_command
from workshop.prove import record as records
from workshop.prove.ending import Signals, tear_down
from workshop.prove.record import Entry, Record
from workshop.prove.steps import STEPS, Place, Step

_MAKES = {
    "local": "the stack in the local emulator: two buckets, two Lambda functions, an alarm, a topic and queues",
    "aws": (
        "the stack (a trail, two buckets, two Lambda functions, an alarm, an SNS topic, SQS queues, a small EC2 "
        "instance and its network), two more alarms at the update, and the log groups and the trail that it destroys"
    ),
}


class Refused(Exception):
    """Why nothing was begun, and what to do."""


def prove(
    target: str,
    *,
    account: str | None = None,
    region: str = connection.REGION,
    stack: str = connection.STACK,
    profile: str | None = None,
    yes: bool = False,
    fresh: bool = False,
    keep: bool = False,
    confirm: Confirm | None = None,
) -> int:
    """Go through all steps that are not done yet, write the record after each, and return an exit status.

    target   "local" or "aws"
    account  the account that it must be; `yes` answers the question on AWS only if this is given
    fresh    begin a new record, whether an earlier one is complete or not
    keep     leave the stack there; the next run goes on with it
    confirm  is called with the question before anything is made on AWS; by default it is asked at the keyboard
    Returns 0 when all steps are done and nothing is left, or all is done and kept; else 1.
    Raises: Refused, CannotConnect before anything is made; KeyboardInterrupt after the teardown, when interrupted.
    """
    if target == "aws" and yes and not account:
        raise Refused("Without a question (--yes), the account must be named: --account 111122223333.")
    emulator_was_there = target == "aws" or emulator.find() is not None
    try:
        if target == "aws":
            cloud = connection.account_cloud(profile=profile, region=region, stack=stack)
        else:
            cloud = connection.local_cloud(region=region, stack=stack, show=demo.say)
            if cloud.trail:
                cloud.trail.stop("the steps connect anew", deliver=False)
        return _Run(cloud, profile, account, yes, fresh, keep, confirm).result()
    finally:
        if not (emulator_was_there or keep):
            emulator.stop()


class _Run:
    """One run of the proof: what it goes on with, and whether anything may be made and has to be torn down."""

    def __init__(
        self,
        cloud: Cloud,
        profile: str | None,
        account: str | None,
        yes: bool,
        fresh: bool,
        keep: bool,
        confirm: Confirm | None,
    ) -> None:
        if account and account != cloud.account:
            raise Refused(f"These are credentials of account {cloud.account}, not of {account}. Nothing was made.")
        before = None if fresh else records.latest(cloud)
        self.found = cloud.describe_stack()
        if self.found and not (before and before.made(self.found["StackId"])):
            raise Refused(_not_ours(cloud))
        self.is_over = bool(before and before.complete and not self.found)
        self.record: Record = before or records.new(cloud)
        self.place = Place(cloud, profile, self.agree, demo.say)
        self.yes, self.keep, self.confirm = yes, keep, confirm or connection.ask
        self.agreed = False
        self.signals = Signals()
        # The preparing steps whose work this run has before it.
        self.standing: set[str] = set()

    def agree(self, question: str, confirm: Confirm | None = None) -> bool:
        """Answer the one question of a run; from then on there is something to tear down. Raises: Refused after no."""
        if not self.agreed:
            self.agreed = self.yes or (confirm or self.confirm)(question)
            if not self.agreed:
                raise Refused("The question was not answered with yes, so nothing was made, changed or deleted.")
            self.record.save()
        return True

    def result(self) -> int:
        cloud, record = self.place.cloud, self.record
        if self.is_over:
            print(f"All is done: {record.page}\n--fresh begins anew.")
            return 0
        todo = [step for step in STEPS if not record.done(step.name)]
        _show_plan(cloud, record, todo, self.keep)
        record.runs.append({"started": records.stamp(), **records.versions(cloud.target)})
        record.complete = False
        # Where the stack is to be made on AWS, connect() asks.
        if cloud.target == "local" or self.found or not todo:
            agree = connection.asking(cloud, confirm=self.confirm, yes=self.yes, show=demo.say)
            self.agree(f"Go on with the stack {cloud.stack} in account {cloud.account}, and delete it?", agree)
        with self.signals.heard():
            try:
                self._go_through(todo)
            finally:
                if self.agreed:
                    self._end()
        return 0 if record.complete or (self.keep and self._all_done()) else 1

    # ------------------------------------------------------------ steps

    def _go_through(self, todo: list[Step]) -> None:
        for number, step in enumerate(STEPS if todo else (), 1):
            if step in todo:
                demo.title(number, step.title)
                entry = self.record.steps[step.name] = Entry(started=records.stamp())
            elif step.prepares:
                demo.title(number, f"{step.title} (again, for the steps that follow)")
                entry = Entry(started=records.stamp())
            else:
                continue
            missing = [name for name in step.needs if name not in self.standing]
            if missing:
                entry.status, entry.error = "not tried", f"it needs the step {' and '.join(missing)}"
                demo.say(f"not tried: {entry.error}")
            else:
                self._take(step, entry)
            if entry.status == "done":
                self.standing.add(step.name)
            if step not in todo:
                done = {
                    "started": entry.started,
                    "seconds": entry.seconds,
                    "status": entry.status,
                    "error": entry.error,
                }
                self.record.steps[step.name].again.append(done)
            self.record.save()

    def _take(self, step: Step, entry: Entry) -> None:
        """Take a step and put into the entry how it went. Raises what ends the run."""
        began = time.monotonic()
        if self.agreed:
            self.record.save()
        try:
            entry.saw = step.run(self.place)
            entry.status, entry.claims = "done", step.supports(self.place.cloud.target)
        except Exception as error:
            if not self.agreed:
                raise
            entry.status, entry.error = "failed", f"{type(error).__name__}: {' '.join(str(error).split())}"
            demo.say(f"FAILED: {entry.error}")
        except BaseException:
            entry.status, entry.error = "interrupted", "the run was interrupted here"
            raise
        finally:
            entry.seconds = round(time.monotonic() - began, 3)
            self.record.stack_id = entry.saw.get("stack id", self.record.stack_id)

    # ------------------------------------------------------------ the end

    def _end(self) -> None:
        """Tear down, unless the stack is to be kept, and write the record for the last time."""
        self.signals.tearing_down = True
        if not self.keep:
            tear_down(self.place.cloud, self.record)
            self.record.complete = self._all_done() and not self.record.teardowns[-1]["left"]
        self.record.save()
        with contextlib.suppress(OSError):  # there may be no terminal any more
            self._show_end()

    def _all_done(self) -> bool:
        return all(self.record.done(step.name) for step in STEPS)

    def _show_end(self) -> None:
        record, cloud = self.record, self.place.cloud
        failed = [f"{name} ({entry.status})" for name, entry in record.steps.items() if entry.status != "done"]
        print(f"\nThe record: {record.page}")
        print(f"Not done: {', '.join(failed)}. Run this again: it goes on there." if failed else "All steps are done.")
        left = [] if self.keep else record.teardowns[-1]["left"]
        for what in left:
            print(f"LEFT: {what}")
        if left or self.keep:
            print(f"{'Kept' if self.keep else 'To delete what is left'}: {teardown_command(cloud)} deletes the stack.")


def _not_ours(cloud: Cloud) -> str:
    return (
        f"The stack {cloud.stack} exists already in account {cloud.account}, {cloud.region}, and no record in "
        f"{places.home()} that is to be gone on with says that `prove` made it. It would be deleted at the end. Give "
        f"another name (--stack), or delete it first: {teardown_command(cloud)}."
    )


def _show_plan(cloud: Cloud, record: Record, todo: list[Step], keep: bool) -> None:
    aws = cloud.target == "aws"
    print(f"Proof on {cloud.where}: account {cloud.account}, Region {cloud.region}, stack {cloud.stack}")
    demo.say(f"It makes {_MAKES[cloud.target]}.")
    if aws:
        demo.say(f"{connection.COST} docs/aws.md#what-it-costs")
    demo.say("At the end, and when it is interrupted, it " + ("keeps all that." if keep else "deletes all that."))
    demo.say(f"The record is {record.path} (and .md). To do, of {len(STEPS)} steps:")
    for step in todo:
        demo.say(f"  {step.name:<11}{step.title}{f' (waits at most {step.at_most})' * aws}")
    took = "Nobody has measured how long it takes on AWS." if aws else "It takes less than a minute."
    demo.say(took)
