"""The options of `workshop hunt`."""

import argparse
from datetime import date
from pathlib import Path

_STATUSES = (
    "Exit status: 0, everything was read and judged. 1, the hunt failed or was interrupted. 2, bad usage. 3, there are "
    "matches, with --fail-on-match. 4, the hunt is complete but for something that could not be read, or a detector "
    "that raised: the output names it. docs/nightly.md shows how a job that runs every night uses them."
)
_DETECTORS = (
    "what to run, can be repeated (default: the model answers of both exercises): a model answer, FILE.py:FUNC, "
    "MODULE:FUNC, or a file, a folder of files (my_answers, for one) or a module with all detectors in it"
)
_INVENTORY = (
    "for detectors that take (record, known): what the account owns, in the form of data/inventory.csv. The rest of "
    "known is learned from all log files under SOURCE, whatever days are chosen: they are read once more for that"
)
_SINCE = (
    "read only what no earlier hunt with this file has read, and note in it what was read; the first hunt makes it. It "
    "is changed when the output is out"
)


def add_to(parser: argparse.ArgumentParser, processes_help: str) -> None:
    """Add the options of `workshop hunt` to a parser."""
    parser.epilog = _STATUSES
    parser.set_defaults(usage_error=parser.error)
    source_help = "a log file, a folder, or s3://bucket/prefix; several are one hunt"
    parser.add_argument("source", metavar="SOURCE", nargs="+", help=source_help)
    parser.add_argument("--detector", action="append", default=[], metavar="NAME|FILE.py:FUNC", help=_DETECTORS)
    parser.add_argument("--inventory", type=Path, metavar="FILE.csv", help=_INVENTORY)
    days = "log files that CloudTrail delivered on this day (UTC) or {}, such as 2026-03-09, by the day in their paths"
    parser.add_argument("--start", type=_day, metavar="DAY", help=days.format("later"))
    parser.add_argument("--end", type=_day, metavar="DAY", help=days.format("earlier"))
    regions_help = "log files of these Regions, by the Region in their paths; with commas between them, or repeated"
    parser.add_argument("--regions", type=_regions, action="extend", metavar="REGION[,REGION]", help=regions_help)
    parser.add_argument("-p", "--profile", help="for s3://: the profile of the AWS configuration to use")
    region_help = "for s3://: the Region to ask (default: that of the profile; S3 finds buckets of other Regions)"
    parser.add_argument("-r", "--region", help=region_help)
    parser.add_argument("--processes", type=_number, metavar="N", help=processes_help)
    format_help = "a table (the default), one JSON object, or a JSON object a line, the last of them a summary"
    parser.add_argument("--format", choices=["table", "json", "ndjson"], default="table", help=format_help)
    parser.add_argument("--json", dest="format", action="store_const", const="json", help="the same as --format json")
    parser.add_argument("--fail-on-match", action="store_true", help="exit with status 3 if there are matches")
    parser.add_argument("--since-last", type=_file, metavar="STATEFILE", help=_SINCE)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"a day is written as 2026-03-09; got {text!r}") from error


def _regions(text: str) -> list[str]:
    regions = [region.strip() for region in text.split(",") if region.strip()]
    if not regions:
        raise argparse.ArgumentTypeError(f"name a Region, such as us-east-1; got {text!r}")
    return regions


def _file(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("name a file; got nothing")
    return Path(text)


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a number of processes is 1 or more; got {text!r}")
    return int(text)
