"""The cloud room: the local emulator or an AWS account, the stack in it, and what notebooks do with them.

connection        connect() and the other ways to a connection; connected: the connection, maker of all boto3 clients
emulator          the local AWS emulator of this checkout; ministack_process: what it runs as
stack, template   creating and updating the stack; the file it is made from; launch_link: a link to the console with it
update_stack      other parameters for the running stack, from a notebook cell
deploy            an attendee's functions into the Lambda function
trigger, replay   log files into the bucket
watch, alarm      what came of them (alarm: one alarm's state and metric); alarm_plot: the picture
trail             the local trail: calls made through the clients become log files (trail_*); on AWS there is a real one
watch_call        one call of your own, until it is detected; activity: many at once; history: the latest events
lambda_log        what the function printed; notifications: what the alarm sent
console           links into the AWS console; console_links: those of a stack
quiet             how the kit's own calls are kept out of the local trail
teardown          deleting the stack (belongings, buckets) and all that it left
doctor            whether machine and account are ready (doctor_machine, doctor_account, diagnosis); permissions: what
                  the attendee policy asks for; account_signs: whether an account looks like production

Most functions live in a module of their own name: import them from there (`from workshop.cloud.deploy import deploy`).
"""
