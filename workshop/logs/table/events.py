"""CloudTrail log files as a DataFrame, one row a record, and the way back from a row to its full record."""

import functools
import os
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from workshop.logs import worker_processes
from workshop.logs.addresses import is_s3
from workshop.logs.buckets import client_that_read
from workshop.logs.files import find_log_files, pipes, read_file, read_files
from workshop.logs.records import parse
from workshop.logs.table.column_reader import Skim
from workshop.logs.table.event_columns import Table
from workshop.logs.table.kept_texts import TEXT, KeptTextDtype
from workshop.logs.tally import Tally
from workshop.logs.worker_processes import Report


class Events(pd.DataFrame):
    """A DataFrame that keeps its texts in little room, and is an ordinary one in the hand.

    Plain text takes ten times the memory. So a text that repeats is kept once, and ids are packed. Whatever takes a
    column out, or looks at types, gets ordinary text, made when it is asked for; new texts may be written anywhere.
    """

    @property
    def _constructor(self) -> type["Events"]:
        return Events

    @property
    def _constructor_sliced(self) -> Any:
        return _series

    def __getitem__(self, key: Any) -> Any:
        return as_text(super().__getitem__(key))

    def _get_value(self, index: Any, col: Any, takeable: bool = False) -> Any:
        """Return one cell (what `.at` and `.loc` ask for) without making the text of its whole column."""
        return pd.DataFrame(self)._get_value(index, col, takeable)

    @property
    def dtypes(self) -> pd.Series:
        """The type of each column as it is handed out."""
        return super().dtypes.map(lambda dtype: TEXT if isinstance(dtype, KeptTextDtype) else dtype)

    def memory_usage(self, index: bool = True, deep: bool = False) -> pd.Series:
        """Return the bytes that each column takes as it is kept."""
        return pd.DataFrame(self).memory_usage(index, deep)

    def select_dtypes(self, include: Any = None, exclude: Any = None) -> Any:
        """Return the columns of some types, as they are handed out."""
        return self[plain(self.iloc[:0]).select_dtypes(include, exclude).columns]

    def fillna(self, value: Any = None, **options: Any) -> Any:
        """Fill missing values, as on a plain frame: a flag may become a text, too."""
        filled = self if options.get("inplace") else self.copy(deep=False)
        for name in self.columns[[isinstance(dtype, pd.BooleanDtype) for dtype in self.dtypes]]:
            new = value.get(name) if isinstance(value, (dict, pd.Series)) else value
            is_flag = pd.isna(new) or isinstance(new, (bool, np.bool_)) if pd.api.types.is_scalar(new) else True
            if not is_flag and filled[name].isna().any():
                filled[name] = filled[name].astype(object)
        return pd.DataFrame.fillna(filled, value, **options)

    def to_parquet(self, *arguments: Any, **options: Any) -> Any:
        """Write a Parquet file, as a plain frame does."""
        return plain(self).to_parquet(*arguments, **options)

    def to_feather(self, *arguments: Any, **options: Any) -> Any:
        """Write a Feather file, as a plain frame does."""
        return plain(self).to_feather(*arguments, **options)


def plain(events: pd.DataFrame) -> pd.DataFrame:
    """Return a table as a plain DataFrame, its texts in full."""
    table = pd.DataFrame({place: events.iloc[:, place] for place in range(events.shape[1])}, index=events.index)
    table.columns = events.columns
    table.attrs = events.attrs
    return table


def as_text(column: Any) -> Any:
    """Return a column as plain text if it is kept otherwise; anything else as it is."""
    kept = isinstance(column, pd.Series) and isinstance(column.dtype, KeptTextDtype)
    return column.astype(TEXT) if kept else column


def _series(*arguments: Any, **options: Any) -> pd.Series:
    return as_text(pd.Series(*arguments, **options))


def load_events(source: Any, *, s3: Any = None, processes: int | None = None) -> Events:
    """Load a source's log files into a DataFrame: one row a record, oldest first, duplicates left out.

    `source` is a file, a folder, "s3://bucket/prefix" or a list of these; `s3` the boto3 client to read s3:// with, not
    needed once connected. The columns are named as CloudTrail names the fields (`describe_columns()` explains them);
    `eventTime` is in UTC, `readOnly` and `managementEvent` are true, false or missing, all else is text; missing fields
    are missing values. Records of one second stay in the order of their files; records without a time come last. Of
    records with the same eventID and content the first read is kept; others with the same eventID are rows, too.
    Insight records are rows too, with most columns missing.

    `processes` is how many processes work; the result is the same. None decides by the bytes to read and the processors
    of the machine. Files in S3 are read by one process with several threads.

    `.attrs` tells the rest: "source"; "folder", the working directory, from which relative paths start; "files",
    "records" (before duplicates were left out), "duplicates", "same_id" (how many rows have the eventID of an earlier
    record and hold something else; a warning says so), "digests" (how many digest files were passed over); and
    "skipped", one {"path", "index", "reason"} for every file or record that could not be read (`index` is None for a
    whole file) and for every value of the wrong kind, which is missing from its row. When there are any, a warning is
    logged. "passed_over" counts the files that were not opened, by their kinds, {".md files": 2}, "not_opened" those
    that may hold records all the same; docs/inputs.md has the rules. "processes" has how many worked, and why so many:
    {"number", "why"}.

    Raises: FileNotFoundError when there is no log file in the source; ValueError when `processes` is no number of them.
    """
    tally = Tally()
    paths = find_log_files(source, s3=s3, tally=tally)
    chosen = worker_processes.choose_for_files(processes, paths)
    with worker_processes.garbage_kept():
        columns = _columns(paths, s3, chosen.number, tally)
    events = Events(columns, copy=False)
    events.attrs = {**tally.attrs(source), "processes": chosen._asdict()}
    tally.warn('events.attrs["skipped"] lists them')
    return events


def _columns(paths: list[str], s3: Any, processes: int, tally: Tally) -> dict[str, Any]:
    """Return the columns of the files' records, {name: array}; what is to be told about them goes to the tally."""
    alone = processes == 1
    read_here = functools.partial(_skim, paths, s3=s3, unpack=alone and worker_processes.processors_here() > 1)
    skim, *others = worker_processes.share(len(paths), functools.partial(_skim, paths), processes, here=read_here)
    for other in others:
        skim.merge(other)
    place = {path: number for number, path in enumerate(paths)}
    skim.tally.skipped.sort(key=lambda entry: place[entry["path"]])
    tally.merge(skim.tally)
    skim.tally = tally
    return Table(skim, s3).columns


def _skim(
    paths: list[str],
    stretches: Iterable[range],
    report: Report,
    *,
    s3: Any = None,
    unpack: bool = False,
) -> Skim:
    """Return a skim of some stretches of the files."""
    skim = Skim(paths, Tally())
    for stretch in stretches:
        skim.copies.begin(stretch.start, paths)
        number_of = {paths[number]: number for number in stretch}
        for path, data in read_files(list(number_of), skim.tally, s3=s3, unpack=unpack):
            skim.add(number_of[path], data)
        report(skim.tally.files, skim.tally.records)
    skim.flush()  # here, where several of them do it at the same time
    return skim


def record_of(events: pd.DataFrame, i: Any, *, s3: Any = None) -> dict:
    """Return the full record of the row with the label `i`, read back from its log file.

    Labels stay with their rows through filters and sorts. It works on whatever still has the columns logFile and
    logIndex: events, parts of them, what `hunt` returns. `i` may also be such a row itself (a Series). It does not
    matter whether the working directory has changed since, as long as the table has its `.attrs`.

    Raises: KeyError when there is no such row, or no such columns; LookupError when the file no longer holds the
    record; OSError when it cannot be read.
    """
    row = i if isinstance(i, pd.Series) else _row(events, i)
    missing = {"logFile", "logIndex"} - set(row.index)
    if missing:
        raise KeyError(
            f"The way back to a record needs the columns logFile and logIndex, and {sorted(missing)} are not here. "
            f"Ask the whole table for the same row: record_of(events, {row.name!r})."
        )
    path, index = row["logFile"], int(row["logIndex"])
    if is_s3(path):
        s3 = s3 or client_that_read(path)
    elif path not in pipes and not os.path.isabs(path):
        path = _from_folder(path, (row.attrs or events.attrs).get("folder"))
    for place, record in parse(read_file(path, s3=s3), path, Tally()):
        if place == index:
            return record
    raise LookupError(f"{path} no longer holds a record {index}: the file has changed since it was loaded.")


def _from_folder(path: str, folder: str | None) -> str:
    """Return a relative path seen from the folder in which the table was made. Raises: FileNotFoundError."""
    folders = [folder, os.getcwd()] if folder else [os.getcwd()]
    found = next((place for place in (os.path.join(where, path) for where in folders) if os.path.isfile(place)), None)
    if found is None:
        raise FileNotFoundError(
            f"There is no log file {path}, a relative path; looked in {' and in '.join(folders)}. "
            "Load the table again with the folder's full path: load_events(Path(...).resolve())."
        )
    return found


def _row(events: pd.DataFrame, i: Any) -> pd.Series:
    found = [place for place, label in enumerate(events.index) if label == i] if not events.index.is_unique else None
    if found is None:
        try:
            return events.loc[i]
        except KeyError:
            raise KeyError(
                f"There is no row labelled {i!r} among the {len(events)} of the table that was passed. Its labels are "
                "in its .index, and the first is table.index[0]."
            ) from None
    if len(found) == 1:
        return events.iloc[found[0]]
    raise KeyError(
        f"{len(found)} rows are labelled {i!r}; make labels unique first, with table.reset_index(drop=True)."
    )
