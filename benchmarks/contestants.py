"""What is measured: the kit, the floor, and public peers, each a function of a lake's folder."""

import functools
import glob
import gzip
import json
import tempfile
from pathlib import Path

_OURS = (
    "load_1",
    "load_2",
    "hunt_1",
    "hunt_2",
    "hunt_1_rare",
    "hunt_2_rare",
    "hunt_1_whole",
    "hunt_dask_1",
    "hunt_dask_2",
    "hunt_exact",
    "hunt_not_simple",
    "hunt_unknown",
)
_PEERS = (
    *("plain_loop", "json_normalize", "trailscraper_load", "polars_load"),
    *("duckdb_load", "duckdb_hunt", "athena_sql_on_duckdb"),
)
# These keep every record: at a million that is more memory than a laptop has.
_SMALL_ONLY = ("json_normalize", "trailscraper_load")
# The CPU time of a cluster's workers does not show in their client's process.
CPU_ELSEWHERE = ("hunt_dask_1", "hunt_dask_2")
TABLE_FIELDS = ("eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "errorCode")
# The two detectors as SQL; %s is where the records come from.
SQL = r"""
SELECT eventID, eventTime, eventName FROM (%s)
WHERE (eventSource IN ('logs.amazonaws.com', 'cloudtrail.amazonaws.com') AND starts_with(eventName, 'Delete'))
   OR (eventSource = 'cloudtrail.amazonaws.com' AND eventName = 'StopLogging')
   OR (userIdentity.type = 'AssumedRole' AND starts_with(userIdentity.accessKeyId, 'AS')
       AND regexp_matches(userIdentity.arn, '/i-[a-zA-Z0-9]{8,}$'))
"""


def names(records):
    """Return who takes part with so many records, the floor first."""
    return [name for name in ("floor", *_OURS, *_PEERS) if records <= 100_000 or name not in _SMALL_ONLY]


def paths(lake):
    return sorted(glob.glob(f"{lake}/**/*.json.gz", recursive=True))


def floor(lake):
    """Decompress and parse, keep nothing: what no loader can beat."""
    import simdjson
    from isal import igzip

    parser = simdjson.Parser()
    for path in paths(lake):
        document = parser.parse(igzip.decompress(Path(path).read_bytes()))
        del document


def load_1(lake):
    from workshop.logs.table.events import load_events

    return load_events(lake, processes=1)


def load_2(lake):
    from workshop.logs.table.events import load_events

    return load_events(lake, processes=2)


def hunt_1(lake):
    return _hunt(lake, processes=1)


def hunt_2(lake):
    return _hunt(lake, processes=2)


def hunt_exact(lake):
    return _hunt(lake, exact=True)


def hunt_not_simple(lake):
    """Detectors that look at the record as a whole."""
    from benchmarks import not_simple

    return _hunt(lake, [not_simple.deleting_logs, not_simple.instance_creds_used_outside_ec2])


def hunt_unknown(lake):
    """Detectors that may do anything, as far as can be told: the first is shown a copy of each record."""
    return _hunt(lake, [functools.partial(detector) for detector in detectors()])


def hunt_1_rare(lake):
    """Only the detector that matches seldom."""
    return _hunt(lake, detectors()[:1], processes=1)


def hunt_2_rare(lake):
    return _hunt(lake, detectors()[:1], processes=2)


def hunt_1_whole(lake):
    """One detector more, which needs all of each userIdentity: all of them are decoded as a whole."""
    return _hunt(lake, (*detectors(), has_an_empty_identity), processes=1)


def has_an_empty_identity(record):
    return record.get("userIdentity") == {}


def hunt_dask_1(lake):
    """A cluster of one worker; starting it is not counted."""
    return _hunt(lake, scheduler=_cluster(1))


def hunt_dask_2(lake):
    return _hunt(lake, scheduler=_cluster(2))


@functools.cache
def _cluster(workers):
    from distributed import Client, LocalCluster

    where = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    client = Client(LocalCluster(n_workers=workers, threads_per_worker=1, **where))
    client.run(lambda: bool(__import__("workshop.hunting.worker")))  # the warm-up is too small to reach all workers
    return client


def plain_loop(lake):
    """What anyone would write: json, a loop, the two detectors; prints caught."""
    import contextlib
    import io

    found, both = [], detectors()
    with contextlib.redirect_stdout(io.StringIO()):
        for path in paths(lake):
            for record in json.loads(gzip.decompress(Path(path).read_bytes()))["Records"]:
                found += [record for detector in both if detector(record)]
    return found


def json_normalize(lake):
    import pandas as pd

    records = []
    for path in paths(lake):
        records += json.loads(gzip.decompress(Path(path).read_bytes()))["Records"]
    return pd.json_normalize(records)


def duckdb_load(lake):
    return _duckdb(lake, f"SELECT {', '.join(TABLE_FIELDS)}, userIdentity, eventID FROM ({_source(lake)})")


def duckdb_hunt(lake):
    return _duckdb(lake, SQL % _source(lake))


def athena_sql_on_duckdb(lake):
    """The query that Athena is asked, which also takes each record once and sorts."""
    from workshop.hunting import athena

    return athena.run_here(lake, threads=2)


def trailscraper_load(lake):
    """Its objects have five fields of a record. It pins a boto3 that the kit cannot use: install it without that."""
    from datetime import datetime, timezone

    from trailscraper.record_sources.local_directory_record_source import LocalDirectoryRecordSource

    century = (datetime(2000, 1, 1, tzinfo=timezone.utc), datetime(2100, 1, 1, tzinfo=timezone.utc))
    return list(LocalDirectoryRecordSource(lake).load_from_dir(*century))


def polars_load(lake):
    """Without userAgent: Polars gives up on a file in which some record has several of them."""
    import polars
    from isal import igzip

    names = [*(name for name in TABLE_FIELDS if name != "userAgent"), "eventID"]
    records = polars.List(polars.Struct(dict.fromkeys(names, polars.String)))
    files = [
        polars.read_json(igzip.decompress(Path(path).read_bytes()), schema={"Records": records}) for path in paths(lake)
    ]
    return polars.concat(file.explode("Records").unnest("Records") for file in files)


def _hunt(lake, chosen=None, **options):
    from workshop.hunting.hunt import hunt

    return hunt(lake, *(chosen or detectors()), progress=False, **options)


def detectors():
    from workshop.exercises.tasks import deleting_logs, instance_creds_used_outside_ec2

    return deleting_logs.deleting_logs, instance_creds_used_outside_ec2.instance_creds_used_outside_ec2


def _source(lake):
    identity = "STRUCT(type VARCHAR, arn VARCHAR, accessKeyId VARCHAR, principalId VARCHAR)"
    fields = [*(f"{name} VARCHAR" for name in TABLE_FIELDS if name != "userAgent"), "userAgent JSON", "eventID VARCHAR"]
    records = f"STRUCT({', '.join(fields)}, userIdentity {identity})[]"
    return (
        f"SELECT unnest(Records, max_depth := 2) FROM read_json('{lake}/**/*.json.gz', "
        f"columns = {{'Records': '{records}'}}, maximum_object_size = 100000000, records = true)"
    )


def _duckdb(lake, query):
    import duckdb

    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute(f"SET threads = 2; SET temp_directory = '{folder}'")
        return connection.execute(query).fetchall() if "WHERE" in query else connection.execute(query).df()
