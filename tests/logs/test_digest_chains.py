"""Chains of digest files: one for each account, trail and Region, with backfilled ones beside it."""

import gzip
import hashlib
import json
import shutil

import pytest

from workshop import places
from workshop.logs.digests import CHAIN, digest_chains, read_digests

ORG = "AWSLogs/o-exampleorgid"


def chain(folder, account, trail, region, hours, *, backfilled=False, previous=None):
    """Write a chain of digest files as an organization's trail has them; return their paths."""
    paths = []
    for hour in hours:
        moment = f"202603{10 + hour // 24:02}T{hour % 24:02}0512Z"
        end = "_backfill" if backfilled else ""
        day = f"2026/03/{10 + hour // 24:02}"
        name = f"{account}_CloudTrail-Digest_{region}_{trail}_us-east-1_{moment}{end}.json.gz"
        key = f"{ORG}/{account}/CloudTrail-Digest/{region}/{day}/{name}"
        text = json.dumps(
            {
                "awsAccountId": account,
                "digestStartTime": time(hour - 1),
                "digestEndTime": time(hour),
                "digestS3Object": key,
                "digestPublicKeyFingerprint": "00",
                "previousDigestS3Object": previous and previous[0],
                "previousDigestHashValue": previous and previous[1],
                "logFiles": [],
            }
        ).encode()
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text))
        paths.append(path)
        previous = key, hashlib.sha256(text).hexdigest()
    return paths


def time(hour):
    return f"2026-03-{10 + hour // 24:02}T{hour % 24:02}:05:12Z"


@pytest.fixture
def organization(tmp_path):
    """Two accounts, two trails with names alike, two Regions, and backfilled files of one of them."""
    return {
        (account, trail, region): chain(tmp_path, account, trail, region, range(1, 30))
        for account in ("111122223333", "444455556666")
        for trail in ("audit", "audit_us-east-1")
        for region in ("eu-west-1", "us-east-1")
    } | {
        ("111122223333", "audit", "eu-west-1", "backfill"): chain(
            tmp_path, "111122223333", "audit", "eu-west-1", (3, 9), backfilled=True
        )
    }


def test_an_intact_organization_is_intact(organization, tmp_path):
    """Each chain by itself; a backfilled file ends in the same hour as another one and breaks nothing."""
    chains = digest_chains(read_digests(tmp_path))
    assert len(chains) == 9
    assert list(chains["state"]) == ["intact"] * 9
    assert chains["reasons"].tolist() == [[]] * 9
    told = {tuple(row) for row in chains[CHAIN].itertuples(index=False)}
    assert ("444455556666", "audit_us-east-1", "eu-west-1", False) in told
    assert ("111122223333", "audit", "eu-west-1", True) in told
    assert set(chains["digests"]) == {29, 2}
    assert str(chains["first"].min()) == "2026-03-10 01:05:12+00:00"


def test_part_of_a_chain_is_intact(organization, tmp_path):
    """Nobody can say what lay before the first digest file that is here."""
    for path in organization["111122223333", "audit", "us-east-1"][:7]:
        path.unlink()
    assert set(digest_chains(read_digests(tmp_path))["state"]) == {"intact"}


def test_copies_of_digest_files_count_once(organization, tmp_path):
    """A folder that was synced twice is as intact as once."""
    once = digest_chains(read_digests(tmp_path))
    shutil.copytree(tmp_path / "AWSLogs", tmp_path / "copy" / "AWSLogs")
    assert digest_chains(read_digests(tmp_path)).equals(once)


def worst(folder, key):
    chains = digest_chains(read_digests(folder)).set_index(CHAIN)
    assert (chains["state"] != "intact").sum() == 1  # all others are as they were
    row = chains.loc[(*key, False)]
    return row["state"], row["reasons"]


def test_a_changed_digest_file_is_a_mismatch(organization, tmp_path):
    """The next one has noted another hash; only this chain says so."""
    key = "444455556666", "audit", "eu-west-1"
    path = organization[key][4]
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b'"00"', b'"11"')))
    state, (reason,) = worst(tmp_path, key)
    assert state == "mismatch"
    assert organization[key][4].name in reason.split(" is not as ")[0]
    assert organization[key][5].name in reason.split(" is not as ")[1]


def test_a_digest_file_that_is_gone_is_missing(organization, tmp_path):
    """The next one names it."""
    key = "111122223333", "audit_us-east-1", "us-east-1"
    organization[key][10].unlink()
    state, (reason,) = worst(tmp_path, key)
    assert state == "missing"
    assert reason.split(" is not there")[0].endswith(organization[key][10].name)


def test_a_trail_that_was_off_leaves_a_gap(tmp_path):
    """The chain begins anew: that is no sign that a file was changed."""
    key = "111122223333", "audit", "us-east-1"
    chain(tmp_path, *key, range(1, 5))
    chain(tmp_path, *key, range(9, 12))
    state, (reason,) = worst(tmp_path, key)
    assert state == "gap"
    assert "begins the chain anew" in reason


def test_an_hour_that_no_digest_file_is_about_is_a_gap(tmp_path):
    """Though the files follow one another."""
    key = "111122223333", "audit", "us-east-1"
    chain(tmp_path, *key, (1, 2, 3, 6))
    assert worst(tmp_path, key)[0] == "gap"


def test_the_chains_of_the_lake_are_intact():
    """The person who deleted log files did not touch its digest files."""
    chains = digest_chains(read_digests(places.data()))
    assert list(chains["awsRegion"]) == ["ca-central-1", "us-east-1"]
    assert set(chains["state"]) == {"intact"}


ODD = [
    ("digestStartTime", "0001-01-01 noon"),
    ("digestEndTime", 5),
    ("digestEndTime", None),
    ("digestEndTime", ["2026-03-10T00:00:00Z"]),
    ("digestS3Object", None),
    ("digestS3Object", {"a": 1}),
    ("logFiles", None),
    ("logFiles", {"a": 1}),
    ("logFiles", ["a"]),
]
STILL_READ = [
    ("awsAccountId", 111122223333),
    ("previousDigestS3Object", 5),
    ("previousDigestHashValue", ["x"]),
    ("previousDigestHashValue", None),
    ("digestPublicKeyFingerprint", {"a": 1}),
    ("digestEndTime", "9999-12-31T23:59:59Z"),
]


@pytest.mark.parametrize(("field", "value"), [*ODD, *STILL_READ])
def test_one_odd_digest_file_stops_nothing(organization, tmp_path, field, value):
    """It is listed with its reason where it is no digest file; a chain is checked as far as it goes."""
    path = organization["444455556666", "audit", "eu-west-1"][-1]
    digest = json.loads(gzip.decompress(path.read_bytes()))
    path.write_bytes(gzip.compress(json.dumps({**digest, field: value}).encode()))
    digests = read_digests(tmp_path)
    listed = [entry["path"] for entry in digests.attrs["skipped"]]
    if (field, value) in ODD:
        assert listed == [str(path)]
    assert len(digests) + len(listed) == 8 * 29 + 2
    assert len(digest_chains(digests)) == 9


def test_no_digests_are_no_chains(tmp_path, organization):
    """An empty table, not an error."""
    digests = read_digests(tmp_path)
    assert digest_chains(digests.iloc[:0]).empty
