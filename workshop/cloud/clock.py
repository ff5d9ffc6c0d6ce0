"""What time it is, by this machine's clock and by AWS's."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any


def now() -> datetime:
    """Return the time, UTC."""
    return datetime.now(timezone.utc)


def time_of_answer(answer: dict[str, Any]) -> datetime | None:
    """Return when AWS sent an answer, by its own clock (UTC, whole seconds), or None if the answer does not say so."""
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parsedate_to_datetime(date).astimezone(timezone.utc) if date else None
