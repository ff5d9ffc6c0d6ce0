"""The committed log lake is what its generator makes, looks like real logs, and tells its story as the labels say."""

import collections
import gzip
import hashlib
import ipaddress
import json
import os
import re
import statistics
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from waiting import PATIENCE

from workshop import places
from workshop.lake import synthetic
from workshop.lake.scenario import story

DATA = places.data()
ACCOUNT = "111122223333"
DOCUMENTATION = [
    ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]


@pytest.fixture(scope="module")
def files():
    """Give the lake's log files as {path: records}."""
    return {path: synthetic.records_in(path) for path in synthetic.log_files(DATA)}


@pytest.fixture(scope="module")
def records(files):
    """Give the lake's records by eventID, duplicates once."""
    return {record["eventID"]: record for entries in files.values() for record in entries}


@pytest.fixture(scope="module")
def labels():
    """Give the rows of labels.csv by eventID."""
    return synthetic.read_labels(DATA)


@pytest.fixture(scope="module")
def text():
    """Give the uncompressed text of every file of the lake by its key."""
    return {
        path.relative_to(DATA).as_posix(): gzip.decompress(path.read_bytes())
        for path in sorted((DATA / "AWSLogs").rglob("*.json.gz"))
    }


# ---------------------------------------------------------------- the generator


def test_the_committed_lake_is_what_the_seed_makes(tmp_path, text):
    """Making the lake anew gives the same files with the same text, the same labels and inventory.

    The compressed bytes are not compared: builds of zlib differ in what they make of the same text.
    """
    made = synthetic.generate(tmp_path)
    again = {
        path.relative_to(tmp_path).as_posix(): gzip.decompress(path.read_bytes())
        for path in sorted((tmp_path / "AWSLogs").rglob("*.json.gz"))
    }
    assert again.keys() == text.keys()
    assert [key for key in text if text[key] != again[key]] == []
    for name in ("labels.csv", "inventory.csv"):
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes()
    assert made.files == len(synthetic.log_files(DATA))


def test_another_process_makes_the_same_bytes(tmp_path):
    """Neither hash randomisation nor the clock nor the process changes a byte, compressed or not."""
    code = "import sys; from workshop.lake import synthetic; synthetic.generate(sys.argv[1], seed=5, records=1500)"
    for name, hashseed in (("one", "1"), ("two", "2")):
        environment = {**os.environ, "PYTHONHASHSEED": hashseed, "TZ": "Asia/Tokyo" if name == "two" else "UTC"}
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / name)], check=True, env=environment, timeout=PATIENCE
        )
    one, two = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.*")}
        for name in ("one", "two")
    )
    assert one == two
    assert len(one) > 200


def test_gzip_headers_hold_neither_time_nor_system():
    """Every file begins with the same ten bytes: no modification time, no name, unknown operating system."""
    for path in DATA.rglob("*.json.gz"):
        assert path.read_bytes()[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"


def test_another_seed_makes_another_lake_with_the_same_story(tmp_path, monkeypatch, records):
    """A different seed shares no eventID with the committed lake, and its labels still tell of the incident."""
    synthetic.generate(tmp_path, seed=7, records=2000)
    rows = synthetic.read_labels(tmp_path)
    assert not rows.keys() & records.keys()
    assert sum(row["truth"] != "benign" for row in rows.values()) >= 50
    assert synthetic.attack_file(tmp_path).is_file()


@pytest.mark.parametrize("wanted", [3_000, 40_000])
def test_the_number_of_records_can_be_chosen(tmp_path, wanted):
    """About as many records are made as were asked for, and progress counts up to the last file."""
    steps = []
    made = synthetic.generate(tmp_path, records=wanted, progress=lambda done, total: steps.append((done, total)))
    assert 0.9 * wanted < made.records < 1.1 * wanted
    assert steps[-1][0] == steps[-1][1] == len(steps) >= made.files


def test_a_lake_is_replaced_and_foreign_logs_are_not(tmp_path):
    """Logs that the kit did not make are refused; its own lake is made anew, other accounts' logs stay."""
    foreign = tmp_path / "AWSLogs" / ACCOUNT / "mine.json.gz"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"precious")
    with pytest.raises(FileExistsError, match="nothing was written"):
        synthetic.generate(tmp_path, records=100)
    assert foreign.read_bytes() == b"precious"
    foreign.rename(tmp_path / "mine.json.gz")
    foreign.parent.rmdir()
    other = tmp_path / "AWSLogs" / "444455556666" / "theirs.json.gz"
    other.parent.mkdir()
    other.write_bytes(b"precious too")
    first = synthetic.generate(tmp_path, records=100)
    again = synthetic.generate(tmp_path, records=100)
    assert first == again
    assert len([*tmp_path.glob(f"AWSLogs/{ACCOUNT}/CloudTrail/**/*.json.gz")]) == again.files
    assert other.read_bytes() == b"precious too"


def test_what_was_made_is_said_in_one_line(tmp_path):
    """The result reads as a sentence with the numbers in it."""
    made = synthetic.generate(tmp_path, records=100)
    assert re.fullmatch(r"[\d,]+ records in [\d,]+ log files, and [\d,]+ labels, under .+ \([\d.]+ MB\)", str(made))


# ---------------------------------------------------------------- what the lake looks like


def test_the_lake_is_large_and_varied_enough_and_small_enough(files, records):
    """10,000 records in 400 files and 4 MB; 80 calls of 20 services; more than three days; two regions."""
    size = sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file())
    assert len(records) >= 10_000
    assert len(files) >= 400
    assert size <= 4_000_000
    assert len({(record["eventSource"], record["eventName"]) for record in records.values()}) >= 80
    assert len({record["eventSource"] for record in records.values()}) >= 20
    assert len({record["eventTime"][:10] for record in records.values()}) == 4
    assert {record["awsRegion"] for record in records.values()} == {"ca-central-1", "us-east-1"}


def test_files_are_named_as_cloudtrail_names_them(text):
    """Log files, digest files and Insight files carry account, kind, region, moment of delivery and a random part."""
    folder = rf"AWSLogs/{ACCOUNT}/(CloudTrail(?:-Insight)?)/(ca-central-1|us-east-1)/(\d{{4}})/(\d\d)/(\d\d)/"
    log = re.compile(folder + rf"{ACCOUNT}_\1_\2_\3\4\5T\d{{4}}Z_[A-Za-z0-9]{{16}}\.json\.gz")
    digest = re.compile(
        rf"AWSLogs/{ACCOUNT}/CloudTrail-Digest/(ca-central-1|us-east-1)/(\d{{4}})/(\d\d)/(\d\d)/"
        rf"{ACCOUNT}_CloudTrail-Digest_\1_audit_ca-central-1_\2\3\4T\d{{6}}Z\.json\.gz"
    )
    assert [key for key in text if not log.fullmatch(key) and not digest.fullmatch(key)] == []
    assert {key.split("/")[2] for key in text} == {"CloudTrail", "CloudTrail-Digest", "CloudTrail-Insight"}


def test_records_are_delivered_after_they_happened_and_in_their_region(files):
    """A file is delivered within two hours of its events; nearly all of them are of its own region."""
    strangers = 0
    for path, entries in files.items():
        _, _, region, delivered, _ = path.name.split("_")
        delivered = datetime.strptime(delivered, "%Y%m%dT%H%MZ")
        for record in entries:
            happened = datetime.strptime(record["eventTime"][:19], "%Y-%m-%dT%H:%M:%S")
            assert timedelta(0) <= delivered - happened < timedelta(hours=2)
            strangers += record["awsRegion"] != region
    assert 3 <= strangers <= 40


def test_global_services_are_recorded_in_us_east_1(records):
    """IAM, sign-ins, Organizations, Route 53 and CloudFront have no other region."""
    services = ("iam", "signin", "organizations", "route53", "cloudfront", "ce", "health")
    regions = {record["awsRegion"] for record in records.values() if record["eventSource"].split(".")[0] in services}
    assert regions == {"us-east-1"}


def test_load_follows_the_working_day(records):
    """Nearly twice as much happens in an hour of the office's day as in one of its night; no hour is silent."""
    hours = collections.Counter(record["eventTime"][:13] for record in records.values())
    day = [count for hour, count in hours.items() if 13 <= int(hour[-2:]) < 21]
    night = [count for hour, count in hours.items() if 4 <= int(hour[-2:]) < 10]
    assert statistics.mean(day) > 1.8 * statistics.mean(night)
    assert len(hours) == 96
    assert max(hours.values()) > 2.5 * statistics.median(hours.values())


def test_files_and_callers_have_heavy_tails(files, records):
    """A few files and a few callers hold far more records than the typical one."""
    sizes = sorted(len(entries) for entries in files.values())
    assert sizes[0] == 1
    assert sizes[-1] > 5 * statistics.median(sizes)
    callers = collections.Counter(
        record["userIdentity"]["arn"] for record in records.values() if "arn" in record["userIdentity"]
    )
    assert len(callers) >= 60
    assert max(callers.values()) > 20 * statistics.median(callers.values())


def test_the_busiest_service_and_caller_are_unambiguous(records):
    """Questions like "which service is busiest?" have one clear answer."""
    for field in ("eventSource", "eventName", "sourceIPAddress"):
        (_, first), (_, second) = collections.Counter(record[field] for record in records.values()).most_common(2)
        assert first > 1.1 * second


def test_only_documentation_addresses_occur(text):
    """Whatever looks like an IP address, anywhere, lies in a range reserved for documentation."""
    v4 = re.compile(rb"(?<![\w.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w.])")
    v6 = re.compile(rb'"([0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,7})"')
    found = {address for content in text.values() for address in v4.findall(content) + v6.findall(content)}
    outside = []
    for address in found:
        try:
            value = ipaddress.ip_address(address.decode())
        except ValueError:
            continue  # an agent's version: 3.3.3050.0
        outside += [] if any(value in network for network in DOCUMENTATION) else [address]
    assert outside == []
    assert len(found) > 20


def test_source_addresses_are_addresses_or_services(records):
    """sourceIPAddress is an address, the name of a service, or AWS Internal."""
    addresses = {record["sourceIPAddress"] for record in records.values()}
    services = {address for address in addresses if re.fullmatch(r"[a-z0-9]+\.amazonaws\.com|AWS Internal", address)}
    assert {"AWS Internal", "cloudformation.amazonaws.com", "cloudtrail.amazonaws.com"} <= services
    for address in addresses - services:
        ipaddress.ip_address(address)


def test_keys_and_ids_have_the_right_shape_and_are_nobodys(text):
    """Access keys, user ids and role ids are of AWS's shape and hold the word EXAMPLE; no session token occurs."""
    everything = b"\n".join(text.values()).decode()
    keys = set(re.findall(r"\b(?:AKIA|ASIA)[A-Z0-9]{8,}\b", everything))
    ids = set(re.findall(r"\b(?:AROA|AIDA)[A-Z0-9]{8,}\b", everything))
    assert len(keys) > 200
    assert [key for key in keys if not re.fullmatch(r"(AKIA|ASIA)[A-Z2-7]{9}EXAMPLE", key)] == []
    assert [id_ for id_ in ids if not re.fullmatch(r"(AROA|AIDA)[A-Z2-7]{10}EXAMPLE", id_)] == []
    assert "sessionToken" not in everything


def test_arns_are_the_companys_own(text):
    """Every ARN names the company's account, AWS's own, or none."""
    accounts = set(re.findall(r"arn:aws:[a-z0-9-]+:[a-z0-9-]*:(\d{12}|aws|)", b"".join(text.values()).decode()))
    assert accounts == {ACCOUNT, ""}


def test_a_session_key_belongs_to_one_session(records):
    """One temporary access key, one principal, one moment of creation."""
    sessions = collections.defaultdict(set)
    for record in records.values():
        identity = record["userIdentity"]
        if identity.get("accessKeyId", "").startswith("ASIA"):
            created = identity["sessionContext"]["attributes"]["creationDate"]
            sessions[identity["accessKeyId"]].add((identity.get("arn"), created))
            assert created <= record["eventTime"]
    assert len(sessions) > 100
    assert [key for key, uses in sessions.items() if len(uses) > 1] == []


# ---------------------------------------------------------------- the oddities of real logs


def test_some_events_are_delivered_twice_in_different_files(files):
    """At least 20 eventIDs occur twice, never in the same file, always with the same record."""
    places_of = collections.defaultdict(list)
    for path, entries in files.items():
        for record in entries:
            places_of[record["eventID"]].append((path, record))
    twice = [found for found in places_of.values() if len(found) > 1]
    assert 20 <= len(twice) <= 120
    for (path, record), (other_path, other) in twice:
        assert path != other_path
        assert record == other


def test_a_third_of_the_files_is_not_in_order(files):
    """Of the files with several records, about a third are not in order of time."""
    several = [[record["eventTime"] for record in entries] for entries in files.values() if len(entries) > 1]
    assert 0.25 < sum(times != sorted(times) for times in several) / len(several) < 0.45


@pytest.mark.parametrize(
    ("oddity", "least"),
    [
        (lambda r: "type" not in r["userIdentity"], 10),
        (lambda r: "arn" not in r["userIdentity"], 200),
        (lambda r: r["userIdentity"].get("accessKeyId") == "", 3),
        (lambda r: "accessKeyId" not in r["userIdentity"], 200),
        (lambda r: r["sourceIPAddress"] == "AWS Internal", 10),
        (lambda r: r["sourceIPAddress"] == "cloudformation.amazonaws.com", 100),
        (lambda r: r["sourceIPAddress"] == "cloudformation.amazonaws.com" and r["awsRegion"] == "us-east-1", 20),
        (lambda r: r.get("errorCode") == "AccessDenied" and r["requestParameters"] is None, 20),
        (lambda r: len({"errorCode"} & r.keys()) == 1, 200),
        (lambda r: isinstance(r["userAgent"], list), 3),
        (lambda r: r.get("readOnly") in ("True", "False"), 3),
        (lambda r: "readOnly" not in r, 3),
        (lambda r: re.search(r"\.\d+Z$", r["eventTime"]), 3),
        (lambda r: r["eventVersion"] == "1.05", 3),
        (lambda r: re.search(r"20\d{6}", r["eventName"]), 100),
        (lambda r: r["userIdentity"].get("invokedBy") and r["userIdentity"].get("type") == "AssumedRole", 100),
        (lambda r: r["eventType"] == "AwsServiceEvent", 20),
        (lambda r: r["eventType"] == "AwsConsoleSignIn", 10),
    ],
)
def test_oddities_of_real_logs_occur(records, oddity, least):
    """Each odd shape that real logs have occurs at least so often."""
    assert sum(1 for record in records.values() if oddity(record)) >= least


def test_insight_files_lie_in_the_same_tree(text):
    """Insight records come in pairs of start and end, and lack the fields that other records have."""
    entries = [json.loads(text[key])["Records"] for key in text if "/CloudTrail-Insight/" in key]
    found = [record for group in entries for record in group]
    pairs = collections.defaultdict(set)
    for record in found:
        assert record["eventType"] == "AwsCloudTrailInsight"
        assert not record.keys() & {"eventSource", "eventName", "userIdentity", "sourceIPAddress"}
        pairs[record["sharedEventID"]].add(record["insightDetails"]["state"])
    assert len(pairs) >= 2
    assert all(states == {"Start", "End"} for states in pairs.values())


def test_sign_ins_with_and_without_a_second_factor(records):
    """A few people sign in without MFA; a few sign-ins fail; the root user signs in once, with MFA."""
    logins = [record for record in records.values() if record["eventName"] == "ConsoleLogin"]
    done = [record for record in logins if record["responseElements"] == {"ConsoleLogin": "Success"}]
    bare = {r["userIdentity"]["userName"] for r in done if r["additionalEventData"]["MFAUsed"] == "No"}
    assert 1 <= len(bare) <= 3
    assert len(logins) - len(done) >= 3
    (root,) = [record for record in done if record["userIdentity"]["type"] == "Root"]
    assert root["additionalEventData"]["MFAUsed"] == "Yes"


# ---------------------------------------------------------------- digests, and what is missing


def test_the_digest_chain_holds(text):
    """Each digest names the one before it with the hash of its text; together they cover every hour without a gap."""
    for region in ("ca-central-1", "us-east-1"):
        chain = [json.loads(text[key]) for key in text if f"/CloudTrail-Digest/{region}/" in key]
        keys = [key for key in text if f"/CloudTrail-Digest/{region}/" in key]
        assert len(chain) == 98
        assert chain[0]["previousDigestS3Object"] is None
        for key, digest in zip(keys, chain, strict=True):
            assert digest["digestS3Object"] == key
        for key, digest, following in zip(keys, chain, chain[1:], strict=False):
            assert following["previousDigestS3Object"] == key
            assert following["previousDigestHashValue"] == hashlib.sha256(text[key]).hexdigest()
            assert following["digestStartTime"] == digest["digestEndTime"]


def test_digests_tell_which_log_files_are_missing(text):
    """Every log file stands in one digest with the hash of its text; those of one hour stand there and are gone."""
    listed = {}
    for key in text:
        if "/CloudTrail-Digest/" in key:
            for entry in json.loads(text[key])["logFiles"]:
                assert entry["s3Object"] not in listed
                listed[entry["s3Object"]] = entry["hashValue"]
    present = {key: hashlib.sha256(text[key]).hexdigest() for key in text if "/CloudTrail/" in key}
    assert present.items() <= listed.items()
    missing = listed.keys() - present.keys()
    assert len(missing) >= 3
    assert {re.search(r"_(ca-central-1_20260311T23)\d\dZ_", key)[1] for key in missing} == {"ca-central-1_20260311T23"}
    assert not any("ca-central-1_20260311T23" in key for key in present)


# ---------------------------------------------------------------- the labels


def rules(record):
    """Return what the workshop's rules say: deleting logs, the same with the bonus, instance credentials."""
    source, name, identity = record.get("eventSource"), record.get("eventName", ""), record.get("userIdentity", {})
    deleting = source in ("logs.amazonaws.com", "cloudtrail.amazonaws.com") and name.startswith("Delete")
    stopping = source == "cloudtrail.amazonaws.com" and name == "StopLogging"
    instance = (
        identity.get("type") == "AssumedRole"
        and identity.get("accessKeyId", "").startswith("AS")
        and re.search(r"/i-[a-zA-Z0-9]{8,}$", identity.get("arn", "")) is not None
    )
    return deleting, deleting or stopping, instance


def test_labels_say_what_the_rules_match(records, labels):
    """For every record of the lake the rule_* columns are what the rules say; unlabelled records match none."""
    nothing = (False, False, False)
    wrong = []
    for identifier, record in records.items():
        row = labels.get(identifier)
        said = (
            (row["rule_deleting_logs"], row["rule_deleting_logs_bonus"], row["rule_instance_creds"]) if row else nothing
        )
        wrong += [(identifier, record["eventName"], said)] if said != rules(record) else []
    assert wrong == []


def test_labels_are_about_records_of_the_lake(records, labels):
    """Every row is about a record that is there, with one of three truths, a step and a reason."""
    assert labels.keys() <= records.keys()
    assert {row["truth"] for row in labels.values()} == {"malicious", "attempted", "benign"}
    assert all(row["story_step"] and row["reason"] for row in labels.values())
    assert tuple(next(iter(labels.values()))) == synthetic.LABEL_COLUMNS


def test_attempted_means_that_the_call_failed(records, labels):
    """What the thief did is malicious where the call succeeded and attempted where it failed."""
    for identifier, row in labels.items():
        if row["truth"] != "benign":
            assert (row["truth"] == "attempted") == ("errorCode" in records[identifier])


def chosen(records, labels, **wanted):
    """Return the records whose labels hold these values."""
    return [
        records[identifier]
        for identifier, row in labels.items()
        if all(row[name] == value for name, value in wanted.items())
    ]


def test_rules_and_truth_disagree_in_both_directions(records, labels):
    """Each rule matches benign records, and some of what the thief did no rule sees."""
    for rule in ("rule_deleting_logs", "rule_deleting_logs_bonus", "rule_instance_creds"):
        assert len(chosen(records, labels, **{rule: True, "truth": "malicious"})) >= 3
        assert len(chosen(records, labels, **{rule: True, "truth": "benign"})) >= 10
    unseen = chosen(records, labels, truth="malicious", rule_deleting_logs_bonus=False, rule_instance_creds=False)
    assert len(unseen) >= 2


HARD_NEGATIVES = {
    "the agent on the instance that is robbed": (
        lambda r: "amazon-ssm-agent" in r["userAgent"] and r["userIdentity"]["arn"].endswith(story.VICTIM.id),
        {"rule_instance_creds": True},
    ),
    "the company's NAT address": (lambda r: r["sourceIPAddress"] == "198.51.100.200", {"rule_instance_creds": True}),
    "a session that is only named like an instance": (
        lambda r: "stepping-stone" in r["userIdentity"]["arn"] and r["sourceIPAddress"] == "192.0.2.144",
        {"rule_instance_creds": True},
    ),
    "no ec2RoleDelivery": (
        lambda r: (
            "ec2RoleDelivery" not in r["userIdentity"]["sessionContext"] and "bastion" in r["userIdentity"]["arn"]
        ),
        {"rule_instance_creds": True},
    ),
    "a secret decrypted for the instance": (
        lambda r: r["eventName"] == "Decrypt" and r["sourceIPAddress"] == "secretsmanager.amazonaws.com",
        {"rule_instance_creds": True},
    ),
    "a trail that is gone already": (
        lambda r: r["eventName"] == "DeleteTrail" and r["errorCode"] == "TrailNotFoundException",
        {"rule_deleting_logs": True},
    ),
    "Terraform's clean-up": (
        lambda r: r["eventName"] == "DeleteLogGroup" and "Terraform" in r["userAgent"],
        {"rule_deleting_logs": True},
    ),
    "CloudFormation's clean-up": (
        lambda r: r["eventName"] == "DeleteLogGroup" and r["sourceIPAddress"] == "cloudformation.amazonaws.com",
        {"rule_deleting_logs": True},
    ),
    "DeleteRetentionPolicy": (lambda r: r["eventName"] == "DeleteRetentionPolicy", {"rule_deleting_logs": True}),
    "log rotation on the instance": (
        lambda r: r["eventName"] == "DeleteLogStream" and "Boto3/1.26" in r["userAgent"],
        {"rule_deleting_logs": True, "rule_instance_creds": True},
    ),
    "a planned pause": (
        lambda r: r["eventName"] == "StopLogging",
        {"rule_deleting_logs": False, "rule_deleting_logs_bonus": True},
    ),
}


@pytest.mark.parametrize("name", HARD_NEGATIVES)
def test_hard_negatives_are_labelled(records, labels, name):
    """Harmless records that a rule matches are there, labelled benign."""
    looks, columns = HARD_NEGATIVES[name]
    assert [record for record in chosen(records, labels, truth="benign", **columns) if looks(record)]


def test_a_failed_attempt_on_the_audit_trail_is_labelled(records, labels):
    """The thief tries to delete the trail that delivers these files, and an organization policy forbids it."""
    (attempt,) = [r for r in chosen(records, labels, truth="attempted") if r["eventName"] == "DeleteTrail"]
    assert attempt["errorCode"] == "AccessDenied"
    assert "service control policy" in attempt["errorMessage"]


def test_a_lambda_role_matches_no_rule(records, labels):
    """Sessions of Lambda functions have keys that begin with AS, and match nothing."""
    mine = {i for i, r in records.items() if "inScopeOf" in r["userIdentity"] and "Lambda" in str(r["userIdentity"])}
    assert len(mine) > 300
    assert not mine & labels.keys()


# ---------------------------------------------------------------- the story


@pytest.fixture(scope="module")
def stolen(records, labels):
    """Give the thief's records made with the instance's own sessions, oldest first."""
    return sorted(
        (
            r
            for i, r in records.items()
            if i in labels and labels[i]["truth"] != "benign" and labels[i]["rule_instance_creds"]
        ),
        key=lambda record: record["eventTime"],
    )


def test_the_stolen_sessions_were_issued_to_the_instance(records, labels, stolen):
    """EC2's AssumeRole record names each stolen key, and the instance uses the same key from its own address."""
    keys = {record["userIdentity"]["accessKeyId"] for record in stolen}
    assert len(keys) == 2
    for key in keys:
        (issued,) = [
            record
            for record in records.values()
            if ((record["responseElements"] or {}).get("credentials") or {}).get("accessKeyId") == key
        ]
        assert issued["userIdentity"] == {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
        assert issued["requestParameters"]["roleSessionName"] == story.VICTIM.id
        assert labels[issued["eventID"]]["truth"] == "benign"
        users = {r["sourceIPAddress"] for r in records.values() if r["userIdentity"].get("accessKeyId") == key}
        assert story.VICTIM.address in users
        assert users & set(story.ELSEWHERE)


def test_the_instance_has_a_twin_session_through_imdsv2(records, stolen):
    """While the stolen session came through IMDSv1, the agent of the same instance has another one through IMDSv2."""
    deliveries = collections.defaultdict(set)
    for record in records.values():
        identity = record["userIdentity"]
        if identity.get("arn") == stolen[0]["userIdentity"]["arn"]:
            deliveries[identity["sessionContext"]["ec2RoleDelivery"]].add(identity["accessKeyId"])
    assert deliveries.keys() == {"1.0", "2.0"}
    assert not deliveries["1.0"] & deliveries["2.0"]
    assert {record["userIdentity"]["sessionContext"]["ec2RoleDelivery"] for record in stolen} == {"1.0"}


def test_the_thief_looks_around_before_the_damage(stolen):
    """The first call fails, discovery follows, some of it denied; logging is stopped before logs are deleted."""
    names = [record["eventName"] for record in stolen]
    assert "errorCode" in stolen[0]
    assert names[1] == "GetCallerIdentity"
    assert sum("errorCode" in record for record in stolen) >= 5
    assert names.index("StopLogging") < names.index("DeleteLogStream") < names.index("DeleteLogGroup")
    assert [r["eventName"] for r in stolen if "errorCode" not in r].count("DeleteTrail") == 1
    files_days = {record["eventTime"][:10] for record in stolen}
    assert files_days == {"2026-03-10", "2026-03-11"}


def test_the_operations_trail_falls_silent_and_comes_back(records):
    """CloudTrail stops looking at the operations bucket when logging stops, until the trail is made anew."""
    looks = sorted(
        record["eventTime"]
        for record in records.values()
        if record["eventName"] == "GetBucketAcl"
        and record["sourceIPAddress"] == "cloudtrail.amazonaws.com"
        and "ops-logs" in record["requestParameters"]["bucketName"]
    )
    assert not [moment for moment in looks if "2026-03-11T22:22" < moment < "2026-03-12T15:30"]
    assert looks[-1] > "2026-03-12T16"


def test_what_was_deleted_is_missed(records):
    """Between the deletion and the repair, the web server's shipper finds its log group gone."""
    failed = [
        record["eventTime"]
        for record in records.values()
        if record.get("errorCode") == "ResourceNotFoundException" and record["eventSource"] == "logs.amazonaws.com"
        if (record["requestParameters"] or {}).get("logGroupName") == "/mapleferry/web/access"
    ]
    between = [moment for moment in failed if "2026-03-11T22:20" < moment < "2026-03-12T15:30"]
    assert len(between) >= 20
    assert len(failed) - len(between) <= 10


def test_the_attack_file_is_the_one_with_most_of_the_attack(tmp_path):
    """The labels decide: both rules match malicious records in it; what is benign does not count."""
    folder = tmp_path / "AWSLogs" / "111122223333" / "CloudTrail"
    benign = ["benign1", "benign2", "benign3"]
    files = [["delete1", "delete2"], [*benign, "creds"], ["delete1", "creds"], ["creds", "delete1", "x", "delete2"]]
    for number, ids in enumerate(files):
        path = folder / f"111122223333_CloudTrail_ca-central-1_20260310T120{number}Z_x.json.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        records = [{"eventID": name} for name in ids]
        path.write_bytes(gzip.compress(json.dumps({"Records": records}, separators=(",", ":")).encode()))
    header = "eventID,story_step,truth,rule_deleting_logs,rule_deleting_logs_bonus,rule_instance_creds,reason\n"
    rows = [
        *(f"{name},delete-logs,malicious,true,true,false,it deletes\n" for name in ("delete1", "delete2")),
        *(f"{name},everyday,benign,true,true,false,Terraform\n" for name in benign),
        "creds,theft,malicious,false,false,true,stolen\n",
    ]
    (tmp_path / "labels.csv").write_text(header + "".join(rows))
    assert synthetic.attack_file(tmp_path) == path
    (tmp_path / "labels.csv").write_text(header)
    with pytest.raises(LookupError, match="data generate` makes the log lake anew"):
        synthetic.attack_file(tmp_path)


def test_the_attack_file_shows_both_detections_and_a_quiet_file_none(files, labels):
    """One file holds log deletions, the stopped trail and stolen credentials; another nothing that is labelled."""
    rows = [labels.get(record["eventID"]) for record in files[synthetic.attack_file(DATA)]]
    bad = [row for row in rows if row and row["truth"] != "benign"]
    assert sum(row["rule_deleting_logs"] for row in bad) >= 5
    assert any(row["rule_deleting_logs_bonus"] and not row["rule_deleting_logs"] for row in bad)
    assert sum(row["rule_instance_creds"] for row in bad) >= 5
    unlabelled = [entries for entries in files.values() if not any(record["eventID"] in labels for record in entries)]
    quiet = max(unlabelled, key=len)
    assert len(quiet) >= 5
    assert not any(any(rules(record)) for record in quiet)


def test_some_files_match_nothing(files):
    """At least a dozen log files hold no record that any rule matches."""
    assert sum(not any(any(rules(record)) for record in entries) for entries in files.values()) >= 12


def flat(value, path=""):
    """Yield (path, value) for everything in a record, and (path, "present") for each element."""
    if isinstance(value, dict):
        yield path, "present"
        for name, inner in value.items():
            yield from flat(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from flat(inner, path + "[]")
    else:
        yield path, value


def test_no_single_field_tells_the_thief(records, labels):
    """No test of one field for one value finds a twentieth of the incident with three quarters of its hits right.

    Left out are the fields that the detectors read, since the rules are what the attendee writes; eventID, requestID,
    sharedEventID and eventTime, which are different in every record; and the moment a session began, which names the
    session as its access key does (that the instance uses the stolen sessions too is tested above).
    """
    read_by_detectors = {"eventSource", "eventName"} | {
        f"userIdentity.{name}" for name in ("type", "accessKeyId", "arn")
    }
    left_out = read_by_detectors | {"eventID", "requestID", "sharedEventID", "eventTime"}
    left_out.add("userIdentity.sessionContext.attributes.creationDate")
    bad, good, total = collections.Counter(), collections.Counter(), 0
    for identifier, record in records.items():
        is_bad = identifier in labels and labels[identifier]["truth"] != "benign"
        total += is_bad
        (bad if is_bad else good).update(set(flat(record)))
    telling = [
        (path, value, hits, good[path, value])
        for (path, value), hits in bad.items()
        if path not in left_out and hits / total >= 0.05 and hits / (hits + good[path, value]) >= 0.75
    ]
    assert total >= 50
    assert telling == []


def test_the_thief_keeps_company_in_address_agent_time_and_error(records, labels, stolen):
    """At the thief's addresses, with the thief's agents and errors, and in the same minutes others work too."""
    others = [r for i, r in records.items() if i not in labels or labels[i]["truth"] == "benign"]
    for field in ("sourceIPAddress", "userAgent", "errorCode"):
        theirs = {str(record.get(field)) for record in others}
        mine = {str(record.get(field)) for record in stolen}
        common = [value for value in mine if value in theirs]
        assert len(common) >= 0.6 * len(mine)
    for address in story.ELSEWHERE:
        same = [r for r in others if r["sourceIPAddress"] == address]
        assert len(same) > 100
    minutes = {record["eventTime"][:16] for record in stolen}
    assert len(minutes & {record["eventTime"][:16] for record in others}) > 0.6 * len(minutes)
