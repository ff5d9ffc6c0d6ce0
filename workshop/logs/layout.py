"""Where log files lie: CloudTrail's folders and names, and what else AWS puts beside them in a shared log archive.

CloudTrail writes …/<account>/CloudTrail/<Region>/<year>/<month>/<day>/<account>_CloudTrail_<Region>_<time>Z_<text>, by
the time of delivery in UTC; CloudTrail-Insight, -NetworkActivity, -Aggregated and -Digest lie the same way ("Finding
your CloudTrail log files" in the CloudTrail user guide). What stands before it may be any prefix, and may look alike:
so the last part of a path that says a place counts, and the file's own name before all folders.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import NamedTuple

Day = str | date  # a datetime is a date too; a text is like "2026-03-09"

# us-east-1, us-gov-west-1, cn-north-1, us-isob-east-1, eusc-de-east-1: a folder such as "prod-account" is none.
_REGION = r"[a-z]{2,4}(?:-[a-z]+)?-(?:north|south|east|west|central)+-\d+"
_KIND = r"CloudTrail(?:-Insight|-NetworkActivity|-Aggregated|-Digest)?"
_FOLDERS = re.compile(
    rf"[/\\](?:(?P<account>\d{{12}})[/\\])?(?P<kind>{_KIND})[/\\](?P<region>{_REGION})[/\\]"
    r"(?:(?P<year>\d{4})[/\\](?:(?P<month>\d\d)[/\\](?:(?P<day>\d\d)[/\\])?)?)?"
)
_NAME = re.compile(
    rf"\d{{12}}_(?P<kind>{_KIND})_(?P<region>{_REGION})_"
    r"(?:[^/\\]*_)?(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)T\d{4,6}Z[^/\\]*$"
)

# What else lies at AWSLogs/<account>/ in AWS's own layout, by the name of the folder.
OTHER_SERVICES = frozenset(
    [
        "AutomatedBackups",
        "BedrockModelInvocationLogs",
        "CloudFront",
        "Config",
        "GuardDuty",
        "Inspector",
        "Inspector2",
        "Macie",
        "RedshiftLogs",
        "S3AccessLogs",
        "SecurityHub",
        "VpcLattice",
        "WAFLogs",
        "amazonvpclattice",
        "aps",
        "elasticloadbalancing",
        "globalaccelerator",
        "network-firewall",
        "networkfirewall",
        "redshift",
        "verifiedaccess",
        "vpcdnsquerylogs",
        "vpcflowlogs",
        "waflogs",
    ]
)
_SERVICE = re.compile(
    r"[/\\]AWSLogs[/\\](?:o-[a-z0-9]+[/\\])?(?:o-[a-z0-9]+[/\\])?"
    r"(?:aws-account-id=)?\d{12}[/\\](?:aws-service=)?([A-Za-z0-9-]+)[/\\]"
)


class Location(NamedTuple):
    """What a path says of a log file: Region, and as much of (year, month, day) as it names.

    `sure` says that it is CloudTrail's layout beyond doubt: an account stands before it or a year behind it, or it is
    the file's own name. A folder that merely has such a name is not enough to leave out all below it.
    """

    kind: str
    region: str
    numbers: tuple[int, ...]
    sure: bool


def location_of(path: str) -> Location | None:
    """Return where CloudTrail has put a file, or a folder (its path ends with a separator); None: it does not say."""
    place = _NAME.search(path)
    if place:
        return Location(place["kind"], place["region"], _numbers(place), True)
    for place in reversed([*_FOLDERS.finditer("/" + path)]):
        return Location(place["kind"], place["region"], _numbers(place), bool(place["account"] or place["year"]))
    return None


def _numbers(place: re.Match[str]) -> tuple[int, ...]:
    return tuple(int(place[name]) for name in ("year", "month", "day") if place[name])


def other_service(path: str) -> str | None:
    """Return the service whose logs lie in a folder, or below it, in AWS's layout of a log archive; None: CloudTrail's.

    None too for folders of unknown names: what they hold decides.
    """
    folder = _SERVICE.search("/" + path)
    return folder[1] if folder and folder[1] in OTHER_SERVICES else None


def is_digest(path: str) -> bool:
    """Tell whether a file, or what lies in a folder, is CloudTrail's digest files, by its place in the layout."""
    if "CloudTrail-Digest" not in path:
        return False  # the others are many
    place = location_of(path)
    return place is not None and place.kind == "CloudTrail-Digest"


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

        `regions` is a name, several with commas between, or several names.

        Raises: ValueError when a text is not a date, the end comes before the start, or regions name none.
        """
        first, last = _day(start, "start"), _day(end, "end")
        if first and last and last < first:
            raise ValueError(f"The end, {last}, comes before the start, {first}.")
        if regions is None:
            return cls(first, last) if first or last else None
        listed = regions.split(",") if isinstance(regions, str) else regions
        wanted = frozenset(region.strip() for region in listed) - {""}
        if not wanted:
            raise ValueError(f'regions are names such as "us-east-1"; got {regions!r}, which names none.')
        return cls(first, last, wanted)

    def __str__(self) -> str:
        said = [f"{name}={value}" for name, value in (("start", self.start), ("end", self.end)) if value]
        return " ".join([*said, *([f"regions={','.join(sorted(self.regions))}"] if self.regions else [])])

    def wants(self, path: str) -> bool:
        """Return whether a file, or anything below a folder, can be wanted; what lies elsewhere always is."""
        place = location_of(path)
        if not place or not place.sure:
            return True
        if self.regions is not None and place.region not in self.regions:
            return False
        known = place.numbers
        return not (
            (self.start and known < (self.start.year, self.start.month, self.start.day)[: len(known)])
            or (self.end and known > (self.end.year, self.end.month, self.end.day)[: len(known)])
        )

    def has_all_of(self, folder: str) -> bool:
        """Return whether everything below a folder is wanted, so that it can be listed at once."""
        place = location_of(folder)
        return place is not None and place.sure and (len(place.numbers) == 3 or not (self.start or self.end))

    def advice(self, paths: Iterable[str]) -> str:
        """Return what there is instead, of the places of some paths (files or folders), as a sentence, or nothing."""
        there = [place for place in map(location_of, paths) if place]
        regions, days = {place.region for place in there}, sorted({place.numbers for place in there if place.numbers})
        missing = sorted((self.regions or frozenset()) - regions) if regions else []
        if missing:
            close = [match for name in missing for match in difflib.get_close_matches(name, regions, 1, 0.9)]
            others = f"there are files of {', '.join(sorted(regions))}."
            instead = f"did you mean {', '.join(close)}?" if close else others
            return f"No file is of the Region {', '.join(missing)}: {instead}"
        if days and (self.start or self.end):
            first, last = ("-".join(f"{number:02}" for number in day) for day in (days[0], days[-1]))
            return f"There are files of {first}{f' to {last}' if last != first else ''}."
        return ""


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
