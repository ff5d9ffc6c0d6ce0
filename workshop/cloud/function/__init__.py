"""The stack's Lambda function.

deployed_code    what it runs at this moment
rehearsal        the code to be deployed, tried in a process of its own
deploy           `deploy`: an attendee's functions put into it
lambda_log       `lambda_log`: what it printed
runs_in_flight   waits until it is through with what was just delivered
"""
