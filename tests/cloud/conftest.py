"""What tests of the cloud share."""

import pytest
from attack_file import log_file


@pytest.fixture
def attack(tmp_path):
    """A log file with two deletions among three records."""
    return log_file(tmp_path / "attack.json.gz", "DeleteLogGroup", "DescribeLogGroups", "DeleteLogStream")
