"""Ways to destroy or blind logs, and what is done with them.

The rooms: `catalogue` has the ways; `rule_sets` says which of them public rule sets match; `coverage` runs detectors on
all of them; `api_calls` tells whether a record could be CloudTrail's; `beat` judges a record that is to get past a
detector.
"""
