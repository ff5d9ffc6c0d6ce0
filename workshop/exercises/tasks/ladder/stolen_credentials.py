"""The top of the ladder: its steps as one detector. Notebook 05a gives it; it is no exercise."""

# mypy: allow-untyped-defs
# The detector stands as attendees read it.

from workshop.exercises.tasks.instance_creds_used_outside_ec2 import instance_creds_used_outside_ec2
from workshop.exercises.tasks.ladder.called_from_home import called_from_home
from workshop.exercises.tasks.ladder.issued_by_ec2 import issued_by_ec2
from workshop.exercises.tasks.ladder.made_by_aws import made_by_aws
from workshop.exercises.tasks.ladder.moved_since_first_use import moved_since_first_use


def stolen_credentials(record, known):
    """Tell whether an instance's credentials are used away from it. A match is printed."""
    if made_by_aws(record) or issued_by_ec2(record, known) is False:
        return False
    if called_from_home(record, known) is False or moved_since_first_use(record, known):
        return instance_creds_used_outside_ec2(record)
    return False
