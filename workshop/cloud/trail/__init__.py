"""The local trail: management calls made through the kit's clients, as CloudTrail records in log files.

spelling   tables: which services are recorded, and where CloudTrail spells otherwise than botocore
ec2        EC2's calls as CloudTrail spells them
elements   one API call as CloudTrail spells it
record     one API call and its outcome -> one record
identity   who made a call
delivery   records -> log files in a bucket
trail      ties these to the kit's clients
"""
