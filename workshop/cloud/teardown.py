"""Deleting the workshop's stack and all that it left, in the local emulator or in an AWS account.

    workshop teardown                                                   the local stack
    workshop teardown --aws [-p PROFILE] [-s STACK] [-r REGION] [-y]    the stack in an AWS account
    ./teardown.sh [-p PROFILE] [-s STACK] [-r REGION] [-y]              the same, also in CloudShell

Needs only the standard library and boto3. It can be run again at any time: it goes on with what is still there.
"""

from __future__ import annotations

import argparse
import html
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from workshop import activity_generator
from workshop.cloud import connection, sagemaker
from workshop.cloud.cloud import CannotConnect, Cloud, Confirm, Json, Show
from workshop.cloud.stack import buckets, costs, guardduty, stack, stack_resources
from workshop.cloud.stack.stack_resources import Resources

# CloudTrail may still deliver log files for some minutes after it was stopped, into a bucket that was just emptied.
_ATTEMPTS = 3
# What costs by the hour, and is listed with its price on AWS.
_COSTLY = {
    "AWS::EC2::Instance": "instance",
    "AWS::SageMaker::NotebookInstance": "notebook instance",
    "AWS::CloudWatch::Alarm": "alarm",
}
_AGAIN = "Run this again; it goes on with what is left."


@dataclass
class Report:
    """What was deleted, what is left and why, and what else the user should know."""

    cloud: str
    deleted: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    next_step: str = _AGAIN

    @property
    def complete(self) -> bool:
        """Whether nothing of the workshop remains."""
        return not self.left

    def __str__(self) -> str:
        lines = [f"Deleted: {what}" for what in self.deleted]
        if self.complete:
            lines += [*self.notes, "Nothing of the workshop remains." if lines else "There was nothing to delete."]
        else:
            lines += [f"LEFT: {what}" for what in self.left]
            lines += [*self.notes, self.next_step]
        return "\n".join([self.cloud, *lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "<pre>" + html.escape(str(self)) + "</pre>"


def teardown(cloud: Cloud, *, confirm: Confirm | None = None, yes: bool = False, show: Show = print) -> Report:
    """Delete the cloud's stack, what lies in its buckets and the logs it left; return a Report.

    What will be deleted is shown first. On AWS `confirm` is then called with a question and returns whether to go on.
    By default the question is asked here; `yes=True` answers it. In the local emulator nothing is asked. Errors of AWS
    do not end it early: the report's `left` lists what they kept from being deleted, with the reason.
    """
    if cloud.trail:
        # Another log file would set off another run of the function that is being deleted.
        cloud.trail.stop("the stack is deleted", deliver=False)
    report = Report(f"Teardown of the stack {cloud.stack} in account {cloud.account}, {cloud.region} ({cloud.where})")
    found = cloud.describe_stack()
    resources = stack_resources.resources(cloud, found["StackId"]) if found else []
    groups = stack_resources.log_groups(cloud, resources)
    decoys = stack_resources.decoys(cloud)
    if not found and not groups and not decoys:
        return report
    if found and sagemaker.host() in _notebook_instances(resources):
        return _not_from_here(cloud, found, report)
    show(f"{report.cloud} will delete:")
    for line in _plan(cloud, found, resources, groups):
        show(f"  {line}")
    for decoy in decoys:
        show(f"  the {decoy}, which the activity generator left")
    ask = confirm or connection.ask
    if cloud.target != "local" and not yes and not ask(f"Delete all this from account {cloud.account}?"):
        report.left.append("everything listed above: the question was not answered with yes, so nothing was deleted")
        return report
    report.notes += [
        f"The e-mail subscription of {address} was never confirmed; AWS drops it by itself within three days."
        for address in stack_resources.unconfirmed_subscriptions(cloud, resources)
    ]
    if cloud.trail:
        _let_runs_end(cloud, resources, show)
    # The decoy trail delivers into a bucket of the stack.
    _delete_decoys(cloud, report)
    if found:
        _delete_stack(cloud, found, resources, report, show)
    if report.complete:
        _delete_log_groups(cloud, groups, report)
        # The activity generator may have been at work while its stack was being deleted.
        _delete_decoys(cloud, report)
    known = "\n".join(report.left)
    report.left += [what for what in stack_resources.still_there(cloud, resources) if what not in known]
    if any("AccessDenied" in what for what in report.left):
        report.next_step = f"Ask the people who run the account, or its organization, for what was denied. {_AGAIN}"
    cloud.refresh()
    return report


def _notebook_instances(resources: Resources) -> list[str]:
    return [name.rpartition("/")[2] for name in stack_resources.of_type(resources, "AWS::SageMaker::NotebookInstance")]


def _not_from_here(cloud: Cloud, found: Json, report: Report) -> Report:
    """Say how to tear down the stack that the host of this notebook belongs to; nothing is deleted."""
    parameters = {entry["ParameterKey"]: entry.get("ParameterValue", "") for entry in found.get("Parameters", [])}
    commands = sagemaker.teardown_commands(cloud.stack, cloud.region, parameters.get("KitSource", ""))
    report.left.append(
        f"the stack {cloud.stack}: this notebook runs on {sagemaker.host()}, a part of it, which cannot delete itself"
    )
    report.next_step = "\n".join(
        [
            f"Save what you want to keep. Then, as the user who made the stack, open AWS CloudShell in {cloud.region}",
            "and run there:",
            *(f"    {command}" for command in commands),
        ]
    )
    return report


def _plan(cloud: Cloud, found: Json | None, resources: Resources, groups: list[str]) -> Iterator[str]:
    """Yield a line for each thing that will be deleted."""
    if found:
        yield f"the stack {cloud.stack} with its {len(resources)} resources ({found['StackStatus']}), among them:"
    for bucket in stack_resources.of_type(resources, "AWS::S3::Bucket"):
        try:
            yield f"  the bucket {bucket} with {buckets.contents(cloud.client('s3'), bucket)}"
        except ClientError as error:
            yield f"  the bucket {bucket} ({error})"
    for vpc in stack_resources.of_type(resources, "AWS::EC2::VPC"):
        try:
            for thing in guardduty.left_in(cloud, vpc):
                yield f"  {thing}, which would keep the VPC from being deleted"
        except ClientError as error:
            yield f"  what GuardDuty put into {vpc}, if anything ({error})"
    for kind, what in _COSTLY.items() if cloud.target != "local" else ():
        for name in stack_resources.of_type(resources, kind):
            yield f"  the {what} {name}, which costs {costs.a_day(cloud, kind, name)}"
    if cloud.trail:
        yield "  the local trail, which is stopped first"
    for trail in stack_resources.of_type(resources, "AWS::CloudTrail::Trail"):
        price = costs.a_day(cloud, "AWS::CloudTrail::Trail", trail)
        yield f"  the trail {trail}, which is stopped first; it costs {price}"
    for group in groups:
        yield f"the log group {group}"


# ---------------------------------------------------------------- the stack


def _delete_stack(cloud: Cloud, found: Json, resources: Resources, report: Report, show: Show) -> None:
    client, stack_id = cloud.client("cloudformation"), found["StackId"]
    if found["StackStatus"].endswith("_IN_PROGRESS") and not found["StackStatus"].startswith("CREATE"):
        # CloudFormation deletes a stack that it is making, but not one that it is updating.
        show(f"The stack is busy ({found['StackStatus']}), waiting ...")
        stack.follow(cloud, stack_id, show)
    for _ in range(_ATTEMPTS):
        problems = _stop_trails(cloud, resources) + _empty_buckets(cloud, resources, show)
        problems += _free_vpcs(cloud, resources, report, show)
        show(f"Deleting the stack {cloud.stack} ...")
        seen = stack.event_ids(cloud, stack_id)
        try:
            client.delete_stack(StackName=stack_id)
            status, failures = stack.follow(cloud, stack_id, show, seen=seen)
        except (ClientError, BotoCoreError, stack.StackError) as error:
            status, failures = "not deleted", [str(error)]
        if status == "DELETE_COMPLETE":
            report.deleted.append(f"the stack {cloud.stack} with {len(resources)} resources")
            report.notes += problems
            return
        failures = problems + failures
    report.left += [f"the stack {cloud.stack} ({status})", *failures]


def _stop_trails(cloud: Cloud, resources: Resources) -> list[str]:
    """Stop the stack's trails; return the problems met. A trail that still runs writes into a bucket being emptied."""
    problems = []
    for trail in stack_resources.of_type(resources, "AWS::CloudTrail::Trail"):
        try:
            cloud.client("cloudtrail").stop_logging(Name=trail)
        except ClientError as error:
            if not stack_resources.is_gone(error):
                problems.append(f"The trail {trail} could not be stopped: {error}")
    return problems


def _empty_buckets(cloud: Cloud, resources: Resources, show: Show) -> list[str]:
    """Delete all that lies in the stack's buckets; return the problems met."""
    problems = []
    for bucket in stack_resources.of_type(resources, "AWS::S3::Bucket"):
        show(f"Emptying the bucket {bucket} ...")
        try:
            problems += [f"In the bucket {bucket} stayed {what}" for what in buckets.empty(cloud.client("s3"), bucket)]
        except ClientError as error:
            if not stack_resources.is_gone(error):
                problems.append(f"The bucket {bucket} could not be emptied: {error}")
    return problems


def _free_vpcs(cloud: Cloud, resources: Resources, report: Report, show: Show) -> list[str]:
    """Delete what GuardDuty put into the stack's VPC, and report it; return the problems met."""
    problems = []
    for vpc in stack_resources.of_type(resources, "AWS::EC2::VPC"):
        try:
            removed = guardduty.remove_from(cloud, vpc)
        except (ClientError, TimeoutError) as error:
            if not (isinstance(error, ClientError) and stack_resources.is_gone(error)):
                problems.append(f"What GuardDuty put into the VPC {vpc} could not be deleted: {error}")
            continue
        for thing in removed:
            show(f"Deleted {thing}: the VPC could not be deleted before.")
            report.deleted.append(thing)
    return problems


def _let_runs_end(cloud: Cloud, resources: Resources, show: Show) -> None:
    """Wait, locally, for the runs that log files have just set off: they would log into what is gone."""
    # Only the emulator needs it; in CloudShell the module's imports are not there.
    from workshop.cloud.function.runs_in_flight import wait_for_runs

    for bucket in stack_resources.of_type(resources, "AWS::S3::Bucket"):
        for key in wait_for_runs(cloud, bucket):
            show(f"The analysis of {key} does not end; going on without it.")


def _delete_decoys(cloud: Cloud, report: Report) -> None:
    """Delete what a failed run of the activity generator left."""
    deleted: list[tuple[str, str]] = []
    try:
        left = activity_generator.decoys_left(cloud.client)
        activity_generator.remove_decoys(activity_generator.caller("you", cloud.client, deleted), left)
    except ClientError as error:
        if not stack_resources.is_gone(error):
            report.left.append(f"what the activity generator left: {error}")
    report.deleted += [f"the activity generator's decoy ({call})" for _, call in deleted]


def _delete_log_groups(cloud: Cloud, groups: list[str], report: Report) -> None:
    for group in groups:
        try:
            cloud.client("logs").delete_log_group(logGroupName=group)
            report.deleted.append(f"the log group {group}, which the stack left")
        except ClientError as error:
            if not stack_resources.is_gone(error):
                report.left.append(f"the log group {group}: {error}")


# ---------------------------------------------------------------- the command


def main(arguments: list[str] | None = None, program: str = "workshop teardown") -> int:
    """Run the teardown from a command line; return the exit status: 0 if nothing remains, else 1.

    `program` is what the user called.
    """
    parser = argparse.ArgumentParser(
        prog=program,
        description="Delete the workshop's stack and all that it left: in the local emulator, or with --aws on AWS.",
    )
    parser.add_argument("--aws", action="store_true", help="in the AWS account of this machine's credentials")
    parser.add_argument("-p", "--profile", help="with --aws: the profile of the AWS configuration to use")
    parser.add_argument("-s", "--stack", default=connection.STACK, help="the stack's name (default: %(default)s)")
    parser.add_argument("-r", "--region", default=connection.REGION, help="its Region (default: %(default)s)")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask before deleting")
    options = parser.parse_args(arguments)
    if options.profile and not options.aws:
        parser.error("-p names a profile of an AWS account: add --aws")
    where = {"stack": options.stack, "region": options.region}
    try:
        cloud = (
            connection.account_cloud(profile=options.profile, allow_root=True, **where)
            if options.aws
            else connection.running_local_cloud(**where)
        )
        if cloud is None:
            print("The local AWS emulator is not running, so there is nothing to delete.")
            return 0
        report = teardown(cloud, yes=options.yes)
    except (CannotConnect, stack.StackError, ClientError, BotoCoreError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    print(report)
    return 0 if report.complete else 1


if __name__ == "__main__":
    sys.exit(main())
