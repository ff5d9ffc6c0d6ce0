"""The lake as the questions see it: the events table, and the records as they were delivered."""

import datetime
import functools
from dataclasses import dataclass

import pandas as pd

from workshop import places
from workshop.logs.record import Record


@dataclass(frozen=True)
class Lake:
    """The log lake in a folder; `events` is the table of load_events, oldest first."""

    folder: str
    events: pd.DataFrame

    @functools.cached_property
    def delivered(self) -> list[Record]:
        """The records as they lie in the log files, copies included: eventID and awsRegion of each."""
        from workshop.logs.records import read_records

        return [
            {name: record.get(name) for name in ("eventID", "awsRegion")}
            for record in read_records(self.folder, skipped=[])
        ]

    @functools.cached_property
    def days(self) -> list[datetime.date]:
        """The days of the logs, in UTC."""
        return sorted(self.events["eventTime"].dt.date.unique())

    def rows(self, **fields: str) -> pd.DataFrame:
        """Return the events whose columns have these values; a dot in a column's name is written `__`."""
        chosen = self.events
        for name, value in fields.items():
            chosen = chosen[chosen[name.replace("__", ".")] == value]
        return chosen

    @functools.cached_property
    def failed(self) -> pd.DataFrame:
        """The events of calls that failed."""
        return self.events[self.events["errorCode"].notna()]

    @functools.cached_property
    def names_of_identities(self) -> dict[str, str]:
        """Every ARN of the lake with the shorter names that distinguish it from all others: {name: arn}."""
        owners: dict[str, set[str]] = {}
        for arn in self.events["userIdentity.arn"].dropna().unique():
            for name in short_names(arn):
                owners.setdefault(name.casefold(), set()).add(arn)
        return {name: next(iter(arns)) for name, arns in owners.items() if len(arns) == 1}

    def two_addresses(self) -> list[str]:
        """Return the keys of instances' sessions that were used from more than one IP address, the earliest first."""
        events = self.events
        of_instance = events["userIdentity.arn"].str.contains(r"/i-[a-zA-Z0-9]{8,}$", na=False)
        by_address = events["sourceIPAddress"].str.match(r"[\d.]+$|.*:", na=False)
        used = events[of_instance & by_address].groupby("userIdentity.accessKeyId", sort=False)["sourceIPAddress"]
        return list(used.nunique().loc[lambda count: count > 1].index)


def short_names(arn: str) -> set[str]:
    """Return what people call an identity instead of its ARN: role/session, the session, the part before its @."""
    rest = arn.split(":", 5)[-1]
    path = rest.split("/", 1)[-1]
    session = path.rsplit("/", 1)[-1]
    return {rest, path, session, session.split("@")[0]}


def lake() -> Lake:
    """Return the Lake in data/, read once in a kernel.

    Raises: FileNotFoundError when data/ is gone.
    """
    return _lake(str(places.data()))


@functools.lru_cache(maxsize=2)
def _lake(folder: str) -> Lake:
    from workshop.logs.table.events import load_events

    return Lake(folder, load_events(folder))
