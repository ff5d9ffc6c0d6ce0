"""The local emulator or an AWS account, the stack in it, and what notebooks do with them.

clock                 what time it is, here and at AWS
cloud                 `Cloud`, the connection: the only maker of boto3 clients; how its trail is kept from seeing calls
console               links into the AWS console
credentials_expired   AWS credentials that stop being valid in the middle of the workshop
sagemaker             a notebook's host that belongs to the stack itself
namespace             the namespace of the metric: one that CloudWatch takes, and the same one everywhere
policy_simulation     what IAM says that these credentials may do
account_signs         signs that an AWS account is not one for experiments
connection            `connect` and the other ways to a connection
teardown              deletes the stack and all that it left
emulator              the local AWS emulator of this checkout
stack                 the CloudFormation stack: its template, its resources, creating and updating it
function              the Lambda function: an attendee's code put into it, and what it printed
alarm                 the alarm: its state, its plot, watching it, its notifications
trail                 the local trail: calls made through the kit's clients become log files
activity              what sets the alarm off: log files delivered, calls made
doctor                whether machine and account are ready
"""
