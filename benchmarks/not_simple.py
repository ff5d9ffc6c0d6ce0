"""The two detectors, as they might be written to look at the record as a whole: each record must be decoded in full."""

from workshop.exercises.tasks.deleting_logs import deleting_logs as deletes
from workshop.exercises.tasks.instance_creds_used_outside_ec2 import instance_creds_used_outside_ec2 as is_of_instance


def deleting_logs(record):
    return len(record) > 1 and deletes(record)


def instance_creds_used_outside_ec2(record):
    return len(record) > 1 and is_of_instance(record)
