"""The two detectors as SQL for Amazon Athena, and the same SQL run here by DuckDB.

cloudtrail_logs.sql makes the table, with partition projection: Athena works out from account, Region and day which
folders of the bucket there are, and reads (and charges for) only those that a query asks for. The table's form is that
of the Athena User Guide, "Create a table for CloudTrail logs using partition projection". detectors.sql is the query;
it reads the logs once for both detectors, and takes a record that was delivered twice once.

DuckDB speaks another dialect. sqlglot translates the query, and the table's columns and types into what DuckDB reads
from the files; the partitions come from their paths. What is not tried here is Athena itself: its reading of S3, its
SerDe, its projection.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from workshop.extras import not_installed

if TYPE_CHECKING:
    import pandas as pd

_HERE = Path(__file__).parent
_LEAST = 1 << 20  # bytes that DuckDB may take for a file's text at least
# Below AWSLogs/, and in an organization's trail below the id of the organization in there.
_OF_AN_ACCOUNT = "*/CloudTrail/*/*/*/*/*.json.gz"
_FIRST, _LAST = date(2013, 1, 1), date(2999, 12, 31)  # CloudTrail began in 2013


def create_table(
    bucket: str, accounts: Iterable[str], regions: Iterable[str], first_day: date, prefix: str = "AWSLogs/"
) -> str:
    """Return the statement that makes the table cloudtrail_logs in Athena.

    `bucket` holds the trail's log files; `accounts` and `regions` are those that can be asked for, `first_day` (a date)
    the first day. An organization's trail has a prefix with its id: "AWSLogs/o-exampleorgid/".
    """
    return _text("cloudtrail_logs.sql").format(
        location=f"s3://{bucket}/{prefix}",
        accounts=",".join(accounts),
        regions=",".join(regions),
        first_day=f"{first_day:%Y/%m/%d}",
    )


def query(start: date | None = None, end: date | None = None) -> str:
    """Return the query for both detectors, from the day of delivery `start` to `end` (dates, both included)."""
    return _text("detectors.sql").format(start=f"{start or _FIRST:%Y/%m/%d}", end=f"{end or _LAST:%Y/%m/%d}")


def run_here(
    folder: str | Path, start: date | None = None, end: date | None = None, threads: int | None = None
) -> pd.DataFrame:
    """Run the query with DuckDB over the log files below a folder's AWSLogs/; return its table as a DataFrame.

    One row for each record that a detector matches, oldest first; columns as the query names them, eventTime as text.
    `threads`: how many processors DuckDB may use (default: all).

    Raises: FileNotFoundError when there are no log files; duckdb.Error when DuckDB cannot read one;
    extras.ExtraNotInstalled when duckdb or sqlglot is not there.
    """
    try:
        import duckdb
        import sqlglot
    except ModuleNotFoundError as error:
        raise not_installed("scale", "athena.run_here", error.name) from error

    top = Path(folder) / "AWSLogs"
    found = {top / pattern: list(top.glob(pattern)) for pattern in (_OF_AN_ACCOUNT, f"*/{_OF_AN_ACCOUNT}")}
    there = [path for paths in found.values() for path in paths]
    if not there:
        raise FileNotFoundError(
            f"No log files such as {top / _OF_AN_ACCOUNT}; the folder wanted is the one that holds AWSLogs/."
        )
    (statement,) = sqlglot.transpile(query(start, end), read="athena", write="duckdb")
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")  # in a notebook it would be a widget
        if threads:
            connection.execute(f"SET threads = {int(threads)}")
        table = _table_here(filter(found.get, found), max(map(_length_of_text, there)))
        connection.execute(f"CREATE VIEW cloudtrail_logs AS {table}")
        return connection.execute(statement).df()


def _table_here(files: Iterable[Path], largest: int) -> str:
    """Return what stands for Athena's table in DuckDB: a query that reads files with the columns of the statement.

    `files` are patterns, `largest` is the length of the largest file's text: DuckDB takes memory for all of it, and
    wants to know how much.
    """
    import sqlglot

    made = sqlglot.parse_one(create_table("bucket", ["0"], ["r"], _FIRST), read="athena")
    # An object is taken as its text first, so that something else in its place is a missing value, not an error.
    types = {column.name: column.args["kind"].sql("duckdb") for column in made.this.expressions}
    objects = [name for name, kind in types.items() if kind.startswith("STRUCT")]
    columns = ", ".join(f"{name} {'JSON' if name in objects else kind}" for name, kind in types.items())
    taken = ", ".join(f"TRY_CAST({name} AS {types[name]}) AS {name}" for name in objects)
    patterns = ", ".join("'{}'".format(str(pattern).replace("'", "''")) for pattern in files)
    place = "'CloudTrail[/\\\\]([^/\\\\]+)[/\\\\](\\d+)[/\\\\](\\d+)[/\\\\](\\d+)'"
    return f"""
        SELECT * REPLACE ({taken}), regexp_extract(filename, {place}, 1) AS region,
          concat_ws('/', regexp_extract(filename, {place}, 2), regexp_extract(filename, {place}, 3),
            regexp_extract(filename, {place}, 4)) AS day
        FROM (
          SELECT unnest(Records, max_depth := 2), filename
          FROM read_json([{patterns}], columns = {{'Records': 'STRUCT({columns})[]'}},
            records = true, filename = true, maximum_object_size = {max(_LEAST, largest + 1)})
        )"""


def _length_of_text(path: Path) -> int:
    """Return the length of a gzip file's text: its last four bytes."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4))
        return int.from_bytes(file.read(4), "little")


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
