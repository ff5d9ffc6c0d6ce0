"""The workshop's CloudFormation stack.

template         cloudformation.yaml at the top, which it is made from, and the Lambda functions' source in it
stack            creates and updates it, and follows both
update           `update_stack`: other parameters for the running stack
costs            what it costs a day
stack_resources  what belongs to it
buckets          what lies in a bucket
guardduty        what GuardDuty's automated agent puts into its VPC
launch_link      a link that opens CloudFormation's form filled in
"""
