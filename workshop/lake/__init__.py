"""The synthetic log lake: an invented company's CloudTrail log files, with labels that say what is true.

scenario    the company: people, machines, calls, and the incident
synthetic   the four days in data/, from a seed
year        `generate_year`: the same story over a year and five accounts, of any size
"""
