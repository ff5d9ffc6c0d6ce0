"""The stack's Lambda function.

deployed_code    its name, its log group, and the code that it runs at this moment
starter_code     whether that is still the starter code
rehearsal        the code to be deployed, tried in a process of its own
deploy           `deploy`: an attendee's functions put into it
put_file         a log file that was put into the bucket, which sets it off
lambda_log       `lambda_log`: what it printed
failed_events    `failed_events`: what it could not deal with, shown and handed to it again
runs_in_flight   waits until it is through with what was just delivered
"""
