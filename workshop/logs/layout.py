"""Where CloudTrail puts log files: …/CloudTrail/<Region>/<year>/<month>/<day>/, by the day of delivery in UTC."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timezone

Day = str | date  # a datetime is a date too; a text is like "2026-03-09"

_PLACE = re.compile(
    r"[/\\]CloudTrail(?:-Insight)?[/\\]([a-z]+-[a-z0-9-]+)[/\\](?:(\d{4})[/\\](?:(\d\d)[/\\](?:(\d\d)[/\\])?)?)?"
)


@dataclass(frozen=True)
class Only:
    """Which days (both included; None: no limit) and Regions (None: all) of log files are wanted."""

    start: date | None = None
    end: date | None = None
    regions: frozenset[str] | None = None

    @classmethod
    def of(
        cls, start: Day | None = None, end: Day | None = None, regions: str | Iterable[str] | None = None
    ) -> "Only | None":
        """Return an Only of dates as people write them, or None when nothing is left out.

        Raises: ValueError when a text is not a date, or the end comes before the start.
        """
        first, last = _day(start, "start"), _day(end, "end")
        if first and last and last < first:
            raise ValueError(f"The end, {last}, comes before the start, {first}.")
        if regions is None:
            return cls(first, last) if first or last else None
        return cls(first, last, frozenset([regions] if isinstance(regions, str) else regions))

    def wants(self, path: str) -> bool:
        """Return whether a file, or anything below a folder, can be wanted; what lies elsewhere always is."""
        place = _PLACE.search("/" + path)
        if not place:
            return True
        region, *numbers = place.groups()
        if self.regions is not None and region not in self.regions:
            return False
        known = tuple(int(number) for number in numbers if number)
        return not (
            (self.start and known < (self.start.year, self.start.month, self.start.day)[: len(known)])
            or (self.end and known > (self.end.year, self.end.month, self.end.day)[: len(known)])
        )

    def has_all_of(self, folder: str) -> bool:
        """Return whether everything below a folder is wanted, so that it can be listed at once."""
        place = _PLACE.search("/" + folder)
        return place is not None and (bool(place[4]) or not (self.start or self.end))


def delivered_at(path: str) -> datetime:
    """Return when a log file was delivered, to the minute, in UTC: its name says so.

    Raises: ValueError when the name does not.
    """
    moment = re.search(r"_(\d{8}T\d{4})Z_", path)
    if not moment:
        raise ValueError(f"The name of {path} does not say when it was delivered.")
    return datetime.strptime(moment[1], "%Y%m%dT%H%M").replace(tzinfo=timezone.utc)


def _day(value: Day | None, name: str) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f'{name} is a date such as "2026-03-09"; got {value!r}.') from error
