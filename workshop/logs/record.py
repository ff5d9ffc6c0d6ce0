"""What a CloudTrail record is in Python, for signatures."""

from typing import Any

# A record as its file has it: a JSON object with the fields that CloudTrail wrote. No field is sure to be there.
Record = dict[str, Any]
