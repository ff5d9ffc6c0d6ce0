"""Ways to destroy or blind logs, and what is done with them.

ways        which API calls destroy or blind logs
rule_sets   which of them public rule sets match
coverage    runs detectors on all of them
api_calls   whether a record could be CloudTrail's
beat        judges a record that is to get past a detector
"""
