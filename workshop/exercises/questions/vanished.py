"""For extra credit: which log files are gone, by the digest files."""

import datetime
import functools
import os

from workshop.exercises.questions.kinds import HOUR, NUMBER
from workshop.exercises.questions.lake import Lake
from workshop.exercises.questions.model import Question, Wrong
from workshop.exercises.questions.what_happened import OFFICE
from workshop.logs.layout import delivered_at

_HOUR = datetime.timedelta(hours=1)
_File = dict[str, str]  # a log file as a digest file describes it


@functools.lru_cache(maxsize=2)
def _missing(folder: str) -> list[_File]:
    """Return the log files that digest files name and that are not there, as the digest files describe them."""
    from workshop.logs.digests import read_digests

    named = [file for files in read_digests(folder)["logFiles"] for file in files]
    return [file for file in named if not os.path.isfile(os.path.join(folder, *file["s3Object"].split("/")))]


def _floor(moment: datetime.datetime) -> datetime.datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _hour(lake: Lake) -> datetime.datetime:
    return _floor(min(delivered_at(file["s3Object"]) for file in _missing(lake.folder)))


def _wrong(lake: Lake) -> list[Wrong]:
    missing, hour = _missing(lake.folder), _hour(lake)
    oldest = min(file["oldestEventTime"] for file in missing)
    return [
        Wrong(
            "event_time",
            _floor(datetime.datetime.fromisoformat(oldest.replace("Z", "+00:00"))),
            "In that hour the oldest event in them happened. The question asks when the log files were delivered.",
            "the moment in a log file's name is that of its delivery.",
        ),
        Wrong(
            "local_time",
            hour.astimezone(OFFICE).replace(tzinfo=datetime.timezone.utc),
            "That is the office's local time, it seems: Maple Ferry is four hours behind UTC.",
            "names of log files have their time in UTC; leave it there.",
        ),
        Wrong(
            "hour_after",
            hour + _HOUR,
            "That is the end of the hour, or the time of the digest file that names the last of them.",
            "look at the names of the log files that are missing, instead of the digest file's.",
        ),
        Wrong(
            "count",
            len(missing),
            "That is how many log files are missing. In which hour were they delivered?",
            "look at their names.",
            NUMBER,
        ),
    ]


VANISHED_HOUR = Question(
    "The vanished hour",
    "Log files are missing. In which hour were they delivered? Give its day and its beginning, in UTC.",
    ("s3Object",),
    HOUR,
    _hour,
    _wrong,
    "compare the log files that the digest files name with those that are there, and look at the names of the rest.",
    "Their deletion left no record: deleting objects is a data event, and this trail records none. The management "
    "events of that hour stand in Event history, which nobody can delete, for 90 days.",
)
