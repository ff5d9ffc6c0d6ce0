"""Detectors over every record of a source: what each of them matches."""

import io
import json
import logging
import marshal
from contextlib import redirect_stdout

from workshop.logs.files import Tally, find_log_files, read_files
from workshop.logs.records import parse, warn_of_skipped

log = logging.getLogger(__name__)

COLUMNS = (
    *("detector", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userIdentity.arn"),
    *("eventID", "printed", "logFile", "logIndex"),
)


def hunt(source, *detectors, s3=None):
    """Run detectors over every record of a source; return a DataFrame with a row for each match, oldest first.

    `source` is a file, a folder, "s3://bucket/prefix" or a list of these; a detector is any function that takes a
    record (a dictionary) and returns something true for a match. Each record is shown once to each detector, however
    often it was delivered (same eventID), and each detector gets a copy of its own: one that changes the record changes
    nothing for the others.

    Columns: detector (the function's name), some fields of the record (eventTime in UTC), printed (what the detector
    printed about this match; prints about other records are dropped), and logFile and logIndex, so that
    `record_of(matches, i)` gives the full record.

    `.attrs`: "source", "files", "records", "duplicates", "digests", "skipped" as those of `load_events`, and "errors",
    one {"detector", "eventID", "error"} for each record that a detector raised on; the hunt goes on. A detector that
    says NotImplementedError is not written yet: that is reported once, and it is shown no more records. What was
    skipped and what raised is also logged as a warning.

    Raises: FileNotFoundError when there is no log file in the source; TypeError when a detector is not callable;
    ValueError when there is none.
    """
    import pandas as pd

    sweep = Sweep(source, detectors, s3)
    matches = pd.DataFrame(sweep.oldest_first(), columns=list(COLUMNS))
    matches["eventTime"] = _times(matches["eventTime"])
    matches.attrs = {**sweep.tally.attrs(source), "errors": sweep.errors}
    warn_of_skipped(sweep.tally, 'matches.attrs["skipped"] lists them')
    return matches


def hunt_report(source, *detectors, s3=None):
    """Run detectors over every record of a source; return what `workshop hunt --json` prints, ready for JSON.

    {"files", "records" (duplicates included), "duplicates", "skipped": [{"path", "index", "reason"}], "matches":
    {detector: [{"eventID", "eventTime", "eventSource", "eventName", "path"}]}}, matches oldest first, fields as they
    stand in the record. Raises as `hunt` does.
    """
    sweep = Sweep(source, detectors, s3)
    matches = {name: [] for name in sweep.detectors}
    for match in sweep.oldest_first():
        shown = {name: match[name] for name in ("eventID", "eventTime", "eventSource", "eventName")}
        matches[match["detector"]].append({**shown, "path": match["logFile"]})
    tally = sweep.tally
    return {
        "files": tally.files,
        "records": tally.records,
        "duplicates": tally.duplicates,
        "skipped": list(tally.skipped),
        "matches": matches,
    }


class Sweep:
    """One pass of detectors over the records of a source; iterating yields the matches as they are found."""

    def __init__(self, source, detectors, s3=None):
        if not detectors:
            raise ValueError('hunt(source, *detectors) needs at least one detector: hunt("data", deleting_logs)')
        self.tally, self.errors, self.detectors, self.s3 = Tally(), [], {}, s3
        for detector in detectors:
            if not callable(detector):
                raise TypeError(f"A detector is a function that takes a record; got {detector!r}.")
            name = plain = getattr(detector, "__name__", None) or type(detector).__name__
            namesakes = 1
            while name in self.detectors:
                namesakes += 1
                name = f"{plain} ({namesakes})"
            self.detectors[name] = detector
        self.paths = find_log_files(source, s3=s3, tally=self.tally)

    def __iter__(self):
        unwritten = set()
        for path, index, record in self._records():
            fields = _fields(record)
            for name, copy in _copies(record, self.detectors):
                if name in unwritten:
                    continue
                printed = io.StringIO()
                try:
                    with redirect_stdout(printed):
                        matched = bool(self.detectors[name](copy))
                except NotImplementedError as reason:
                    unwritten.add(name)
                    self._raised(name, fields, f"not written yet: {reason}")
                except (Exception, SystemExit) as error:
                    self._raised(name, fields, f"{type(error).__name__}: {error}")
                else:
                    if matched:
                        yield {
                            "detector": name,
                            **fields,
                            "printed": printed.getvalue(),
                            "logFile": path,
                            "logIndex": index,
                        }
        if self.errors:
            log.warning("detectors raised on %d records, first: %s", len(self.errors), json.dumps(self.errors[0]))

    def oldest_first(self):
        """Return all matches as a list, oldest first; those without a time come last, equal ones as they were found."""
        matches = list(self)
        order = _times(match["eventTime"] for match in matches).argsort(kind="stable")
        return [matches[place] for place in order]

    def _records(self):
        """Yield (path, index, record) for each record, the first of those with the same eventID only."""
        seen = set()
        for path, data in read_files(self.paths, self.tally, s3=self.s3):
            for index, record in parse(data, path, self.tally):
                event_id = record.get("eventID")
                if isinstance(event_id, str) and event_id:
                    if event_id in seen:
                        self.tally.duplicates += 1
                        continue
                    seen.add(event_id)
                yield path, index, record

    def _raised(self, name, fields, error):
        self.errors.append({"detector": name, "eventID": fields["eventID"], "error": error})


def _times(values):
    from workshop.logs.skim import to_times

    return to_times([value if isinstance(value, str) else None for value in values])


def _fields(record):
    """Return the fields of a record that a match shows, taken before any detector can change them."""
    fields = {name: record.get(name) for name in COLUMNS[1:6]}
    identity = record.get("userIdentity")
    return {
        **fields,
        "userIdentity.arn": identity.get("arn") if isinstance(identity, dict) else None,
        "eventID": record.get("eventID"),
    }


def _copies(record, detectors):
    """Yield (name, a copy of the record of its own) for each detector.

    marshal copies what JSON can hold several times faster than copy.deepcopy. The last detector gets the record itself.
    """
    names = list(detectors)
    try:
        frozen = marshal.dumps(record) if len(names) > 1 else None
    except ValueError:  # nested more than 2,000 deep
        frozen = None
    for name in names[:-1]:
        yield name, marshal.loads(frozen) if frozen else record
    yield names[-1], record
