"""Where the stack's things are in the AWS console."""

from workshop.cloud import console
from workshop.cloud.alarm.alarm import alarm_name, alarms_of
from workshop.cloud.function.lambda_log import log_group
from workshop.cloud.untraced import quiet


@quiet
def console_links(cloud):
    """Return the Links to the stack, its function, its log group, its alarms, and CloudTrail's Event history."""
    if cloud.target != "aws":
        return console.Links()
    stack_id = cloud.client("cloudformation").describe_stacks(StackName=cloud.stack)["Stacks"][0]["StackId"]
    return console.Links(
        {
            "stack": console.stack_url(cloud, stack_id),
            "function": console.function_url(cloud),
            "its log": console.log_url(cloud, log_group(cloud)),
            **{alarm: console.alarm_url(cloud, alarm_name(cloud, alarm)) for alarm in alarms_of(cloud)},
            "Event history": console.event_history_url(cloud),
        }
    )
