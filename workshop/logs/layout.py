"""Where CloudTrail puts log files: …/CloudTrail/<Region>/<year>/<month>/<day>/, by the day of delivery in UTC."""

import re
from dataclasses import dataclass
from datetime import date, datetime

_PLACE = re.compile(
    r"[/\\]CloudTrail(?:-Insight)?[/\\]([a-z]+-[a-z0-9-]+)[/\\](?:(\d{4})[/\\](?:(\d\d)[/\\](?:(\d\d)[/\\])?)?)?"
)


@dataclass(frozen=True)
class Only:
    """Which days (both included; None: no limit) and Regions (None: all) of log files are wanted."""

    start: date | None = None
    end: date | None = None
    regions: frozenset | None = None

    @classmethod
    def of(cls, start=None, end=None, regions=None):
        """Return an Only of dates as people write them, or None when nothing is left out.

        Raises: ValueError when a date is none, or the end comes before the start.
        """
        start, end = _day(start, "start"), _day(end, "end")
        if start and end and end < start:
            raise ValueError(f"The end, {end}, comes before the start, {start}.")
        regions = frozenset([regions] if isinstance(regions, str) else regions) if regions is not None else None
        return cls(start, end, regions) if start or end or regions is not None else None

    def wants(self, path):
        """Tell whether a file, or anything below a folder, can be wanted; what lies elsewhere always is."""
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

    def has_all_of(self, folder):
        """Tell whether everything below a folder is wanted, so that it can be listed at once."""
        place = _PLACE.search("/" + folder)
        return bool(place) and (bool(place[4]) or not (self.start or self.end))


def _day(value, name):
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, datetime):
        return value.date()
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f'{name} is a date such as "2026-03-09"; got {value!r}.') from error
