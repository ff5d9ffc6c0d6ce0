"""The generated year: what it holds is known beforehand, and is the same however it was written."""

import gzip
import json
import re
from collections import Counter

import pytest

from workshop.exercises.tasks import deleting_logs, instance_creds_used_outside_ec2
from workshop.hunting.hunt import hunt
from workshop.lake import synthetic
from workshop.lake.scenario import templates
from workshop.lake.scenario.record import record_of_event
from workshop.lake.scenario.year_plan import ACCOUNTS, is_of_the_attack
from workshop.lake.year import MANIFEST, generate_year

RECORDS = 3_200


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    return generate_year(RECORDS, tmp_path_factory.mktemp("year"), per_file=50, progress=False)


@pytest.fixture(scope="module")
def records(year):
    """All records of the year, with duplicates, oldest file first."""
    return [record for path in synthetic.log_files(year.folder) for record in synthetic.records_in(path)]


def texts_of(folder):
    return {str(path.relative_to(folder)): gzip.decompress(path.read_bytes()) for path in folder.rglob("*.json.gz")}


def test_there_are_as_many_records_as_were_asked_for(year, records):
    """Duplicates included; they were delivered in a second file, unchanged."""
    assert len(records) == year.records == RECORDS
    assert len(list(year.folder.rglob("*.json.gz"))) == year.files
    copies = Counter(json.dumps(record) for record in records)
    ids = Counter(record["eventID"] for record in records)
    assert sorted(copies.values()) == sorted(ids.values())
    assert sum(ids.values()) - len(ids) == year.duplicates > 0


def test_a_hunt_finds_what_the_year_knows(year):
    """The rules' matches are counted while the records are written, without running a detector."""
    matches = hunt(
        year.folder,
        deleting_logs.deleting_logs,
        instance_creds_used_outside_ec2.instance_creds_used_outside_ec2,
        progress=False,
    )
    found = matches["detector"].value_counts()
    assert found["deleting_logs"] == year.matches["rule_deleting_logs_bonus"]
    assert found["instance_creds_used_outside_ec2"] == year.matches["rule_instance_creds"]
    assert year.matches["rule_deleting_logs"] < year.matches["rule_deleting_logs_bonus"]
    assert matches.attrs["skipped"] == []
    assert matches.attrs["duplicates"] == year.duplicates


def test_labels_name_attacks_and_log_deletions(year, records):
    """Each label's record is there; each of the attacks is there from its first step to its last."""
    labels = synthetic.read_labels(year.folder)
    record_of = {record["eventID"]: record for record in records}
    for event, label in labels.items():
        assert deleting_logs.deleting_logs(record_of[event]) == label["rule_deleting_logs_bonus"]
        assert (
            instance_creds_used_outside_ec2.instance_creds_used_outside_ec2(record_of[event])
            == label["rule_instance_creds"]
        )
    assert (
        sum(label["rule_deleting_logs_bonus"] for label in labels.values())
        == (year.matches["rule_deleting_logs_bonus"])
    )
    incident = [event for event in synthetic.scenario_events(records=1) if is_of_the_attack(event)]
    steps = Counter(event.label.step for event in incident)
    attacked = Counter(
        (record_of[event]["recipientAccountId"], label["story_step"])
        for event, label in labels.items()
        if label["story_step"] not in ("everyday", "look-alike")
    )
    expected = {(attack["account"], step): count for attack in year.attacks for step, count in steps.items()}
    assert attacked == expected


def test_an_attack_happens_in_its_order_on_its_day(year, records):
    """In each account that is attacked, logging stops before logs are deleted, by keys that were issued there."""
    labels = synthetic.read_labels(year.folder)
    assert len({attack["account"] for attack in year.attacks}) == 3
    for attack in year.attacks:
        mine = sorted(
            (record["eventTime"], labels[record["eventID"]]["story_step"], record["eventName"])
            for record in {record["eventID"]: record for record in records}.values()
            if record["eventID"] in labels and record["recipientAccountId"] == attack["account"]
        )
        last = [entry for entry in mine if entry[1] not in ("everyday", "look-alike")][-1]
        assert last[0].startswith(attack["day"])
        assert "StopLogging" in [name for _, step, name in mine if step == "stop-logging"]
        first = {step: min(time for time, one, _ in mine if one == step) for _, step, _ in mine}
        assert first["credentials-issued"] < first["first-use"] < first["discovery"] < first["delete-logs"]


def test_the_same_seed_makes_the_same_year_however_many_write_it(year, tmp_path):
    """File names, their texts and the labels; the compressed bytes are the business of the library that made them."""
    again = generate_year(RECORDS, tmp_path / "again", per_file=50, processes=2, progress=False)
    assert texts_of(again.folder) == texts_of(year.folder)
    assert (again.folder / "labels.csv").read_bytes() == (year.folder / "labels.csv").read_bytes()
    other = generate_year(RECORDS, tmp_path / "other", per_file=50, seed=1, progress=False)
    assert texts_of(other.folder).keys().isdisjoint(texts_of(year.folder))


def test_a_year_lies_where_cloudtrail_would_put_it(year, records):
    """Each account in its own Region and us-east-1, each file in the folder of its day, after what is in it."""
    assert {record["recipientAccountId"] for record in records} == set(ACCOUNTS)
    months = set()
    for path in synthetic.log_files(year.folder):
        *_, account, trail, region, one, month, day, name = path.parts
        months.add((one, month))
        assert region in (ACCOUNTS[account], "us-east-1")
        hour, minute = re.match(f"{account}_{trail}_{region}_{one}{month}{day}T(..)(..)Z_", name).groups()
        for record in synthetic.records_in(path):
            assert record["recipientAccountId"] == account
            assert record["eventTime"][:16] <= f"{one}-{month}-{day}T{hour}:{minute}"
    assert len(months) >= 12


def test_nothing_of_the_four_days_but_their_story_is_left(year):
    """No date of theirs, no account number in another account's files; keys and ids are nobody's."""
    for name, text in texts_of(year.folder).items():
        assert not re.search(rb"2026-03-(09|1\d)|2026/03/(09|1\d)|Mar (9|1\d), 2026", text), name
        if "111122223333" not in name:
            assert b"111122223333" not in text, name
            assert b"ca-central-1" not in text, name
        for key in re.findall(rb'"((?:AKIA|ASIA)[A-Z0-9]+)"', text):
            assert key.endswith(b"EXAMPLE")
            assert len(key) == 20


def test_a_template_filled_with_its_own_values_is_the_record():
    """Whatever is cut out is put back in its place."""
    events = synthetic.scenario_events(records=1)
    for template in templates.templates_of(events):
        own = {name: name for _, name in template.names}
        ids = {number: template.pieces[place] for place, number in template.ids}
        keys = {template.pieces[place] for place in template.keys}
        if len(keys) < 2:
            text = templates.fill(template, own, b"".join(keys), lambda when: when, ids)
            assert json.loads(text) == record_of_event(template.event)


def test_a_year_that_is_there_is_used_and_another_one_replaced(tmp_path):
    """So that the notebook's cell costs nothing the second time; an interrupted one is not taken for a whole one."""
    first = generate_year(300, tmp_path, progress=False)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert generate_year(300, tmp_path, progress=False) == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    smaller = generate_year(200, tmp_path, progress=False)
    assert len([record for path in synthetic.log_files(tmp_path) for record in synthetic.records_in(path)]) == 200

    def interrupt(self, *done):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workshop.lake.year.HuntProgress.__call__", interrupt)
        with pytest.raises(KeyboardInterrupt):
            generate_year(300, tmp_path, progress=False)
    assert generate_year(200, tmp_path, progress=False) == smaller


def test_logs_of_others_are_left_alone(tmp_path):
    """What this kit has not written it does not delete."""
    mine = tmp_path / "AWSLogs" / "111122223333" / "CloudTrail" / "mine.json.gz"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"precious")
    with pytest.raises(FileExistsError, match="Choose another folder"):
        generate_year(10, tmp_path, progress=False)
    assert mine.read_bytes() == b"precious"
    assert not (tmp_path / MANIFEST).exists()


@pytest.mark.parametrize("records", [1, 2, 49, 999])
def test_a_small_year_has_its_records_and_no_attack(tmp_path, records):
    """Down to a single one."""
    year = generate_year(records, tmp_path, progress=False)
    assert sum(len(synthetic.records_in(path)) for path in synthetic.log_files(tmp_path)) == records
    assert year.attacks == []


def test_no_records_are_no_year(tmp_path):
    """And nothing is touched."""
    with pytest.raises(ValueError, match="1 or more"):
        generate_year(0, tmp_path / "none")
    assert not (tmp_path / "none").exists()
