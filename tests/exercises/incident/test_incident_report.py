"""The incident report: what the solved exercises bring to light and no more, true to labels.csv and the raw records."""

import csv
import dataclasses
import datetime
import gzip
import html.parser
import itertools
import json
import re
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from waiting import PATIENCE

from workshop import places
from workshop.display.pictures import PALETTE
from workshop.exercises import case_file, progress_file
from workshop.exercises.incident import incident_report
from workshop.exercises.incident.intruder_steps import Story, story
from workshop.exercises.incident.report import GAPS, IncidentReport
from workshop.exercises.incident.timeline_plot import in_words

DESTROYS = ("stop-logging", "delete-logs", "delete-trail")
STATES = list(itertools.product((False, True), (None, "passed", "bonus"), (False, True)))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home folder of its own for each test."""
    monkeypatch.setenv("WORKSHOP_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def truth():
    """The records of the incident with their labels and files: [(record, row, path)], the oldest first."""
    with (places.data() / "labels.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["eventID"]: row for row in csv.DictReader(file) if row["truth"] != "benign"}
    found = {}
    for path in sorted(places.data().glob("AWSLogs/*/CloudTrail/**/*.json.gz")):
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]:
            if record["eventID"] in rows:
                found.setdefault(record["eventID"], (record, rows[record["eventID"]], path))
    assert len(found) == len(rows)
    return sorted(found.values(), key=lambda one: one[0]["eventTime"])


def solve(theft=True, deletions="bonus", alarm=True):
    """Note the exercises as solved and return the report."""
    if theft:
        progress_file.note_check("instance_creds_used_outside_ec2", "passed")
    if deletions:
        progress_file.note_check("deleting_logs", deletions)
    if alarm:
        progress_file.note_check("publish_anomalies", "passed")
    return incident_report()


def told_by(report):
    """Return all that a report tells, text and HTML, without the picture's bytes."""
    return repr(report) + re.sub(r"data:image/png;base64,[^\"]+", "", report._repr_html_())


def moment(record):
    """Return when a record happened."""
    return datetime.datetime.strptime(record["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)


def expected_destruction(truth, deletions):
    """Return (time, call) of what may be told about the logs."""
    steps = {None: (), "passed": ("delete-logs", "delete-trail"), "bonus": DESTROYS}[deletions]
    return [(moment(record), record["eventName"]) for record, row, _ in truth if row["story_step"] in steps]


@pytest.mark.parametrize(("theft", "deletions", "alarm"), STATES)
def test_the_report_tells_what_is_solved_and_nothing_else(theft, deletions, alarm, truth):
    """For each state of the exercises: the calls in it are those of the solved steps, the others are gaps."""
    report = solve(theft, deletions, alarm)
    destroyed = {
        (at, what.split(":")[0].split(",")[0]) for at, what, *_ in report.events if re.match("Delete|Stop|Put", what)
    }
    assert destroyed == set(expected_destruction(truth, deletions))
    text = told_by(report)
    of_theft = [record for record, row, _ in truth if row["story_step"] == "secrets" and not record.get("errorCode")]
    for record in (record for record in of_theft if record["eventName"] != "Decrypt"):
        for value in (record["requestParameters"] or {}).values():
            if isinstance(value, str) and len(value) > 12:
                assert (value in text) == theft, value
    visitor = truth[0][0]["sourceIPAddress"]
    assert (visitor in text) == theft
    assert ("StopLogging" in text.replace("cloudtrail:StopLogging", "")) == (deletions == "bonus")
    keys = {record["userIdentity"]["accessKeyId"] for record, _, _ in truth}
    if not theft and not deletions:
        assert not any(key in text for key in keys)
        assert report.picture is None
        assert report.todo == report.achieved == report.events == []
    missing = {"theft": not theft, "deletions": not deletions, "stop": deletions != "bonus", "alarm": not alarm}
    assert report.gaps == [gap for part, gap in GAPS.items() if missing[part]]
    for gap in report.gaps:
        assert gap.replace("`", "") in repr(report)


def test_the_full_report_has_every_destructive_call_with_its_time_and_outcome(truth):
    """Nothing the intruder did to the logs is missing, refused calls are told as refused, with their error."""
    report = solve()
    rows = {
        (at, what.split(":")[0].split(",")[0]): (what, who, key, where) for at, what, who, key, where in report.events
    }
    for record, row, _ in truth:
        if row["story_step"] in DESTROYS:
            what, who, key, where = rows[moment(record), record["eventName"]]
            assert (f"refused ({record['errorCode']})" in what) if record.get("errorCode") else "refused" not in what
            assert record["userIdentity"]["arn"].endswith(who)
            assert (key, where) == (record["userIdentity"]["accessKeyId"], record["sourceIPAddress"])
    assert report.events == sorted(report.events, key=lambda event: event[0])
    assert report.title == "Incident report: Maple Ferry"


def test_visits_and_counts_are_those_of_the_labels(truth):
    """How often the intruder looked around, and how often that was refused, is counted from the records."""
    report = solve()
    for visit in story(str(places.data())).visits():
        looked = [act for act in visit.acts if act.step == "discovery"]
        there = [
            record
            for record, row, _ in truth
            if row["story_step"] == "discovery" and visit.first.at <= moment(record) <= visit.last.at
        ]
        assert len(looked) == len(there)
        refused = sum("errorCode" in record for record in there)
        assert f"A look around: {len(there)} calls, {refused} refused" in repr(report)


def visits_of(records):
    """Return the records of each visit: between two of them lie hours."""
    visits = [[records[0]]]
    for before, record in itertools.pairwise(records):
        if moment(record) - moment(before) > datetime.timedelta(hours=2):
            visits.append([])
        visits[-1].append(record)
    return visits


def test_each_visit_is_told_with_all_its_calls(truth):
    """How many calls came from which address with which key, how many failed, how many AWS made: from the records."""
    report = solve()
    visits = visits_of([record for record, _, _ in truth])
    assert len(report.visits) == len(visits)
    for told, records in zip(report.visits, visits, strict=True):
        direct = [record for record in records if not record["sourceIPAddress"].endswith(".amazonaws.com")]
        failed = sum("errorCode" in record for record in direct)
        (address,) = {record["sourceIPAddress"] for record in direct}
        keys = ", ".join(dict.fromkeys(record["userIdentity"]["accessKeyId"] for record in records))
        assert f": {len(direct)} calls from {address} with {keys}, {failed} of them failed." in told
        assert told.startswith(f"{moment(records[0]):%Y-%m-%d %H:%M} to {moment(records[-1]):%H:%M} UTC")
        others = len(records) - len(direct)
        assert (f"AWS services made {others} more in their name" in told) == (others > 0)
        assert told in report._repr_html_()
        assert told in report.picture.alt


def test_a_draft_says_which_calls_it_leaves_out(truth):
    """While the calls on the logs are not known, a visit's sentence counts the others, and says so."""
    report = solve(deletions="passed")
    steps = {record["eventID"]: row["story_step"] for record, row, _ in truth}
    direct = [
        record
        for record in visits_of([record for record, _, _ in truth])[-1]
        if not record["sourceIPAddress"].endswith(".amazonaws.com")
    ]
    known = [record for record in direct if steps[record["eventID"]] != "stop-logging"]
    assert len(known) < len(direct)
    first, last = report.visits
    assert f": {len(known)} calls from" in last
    assert "Calls that are not known yet are not counted." in last
    assert "not counted" not in first


def test_the_case_file_agrees_with_the_report(truth):
    """Its times, callers, keys, addresses and counts are those of the records, attempts included."""
    solve()
    steps = ("first-use", *DESTROYS)
    found = {line["first"]: line for line in case_file().findings}
    for step in steps:
        records = [record for record, row, _ in truth if row["story_step"] == step]
        line = found[records[0]["eventTime"]]
        assert line["last"] == records[-1]["eventTime"]
        assert set(line["who"].split(", ")) == {record["userIdentity"]["arn"] for record in records}
        assert set(line["key"].split(", ")) == {record["userIdentity"]["accessKeyId"] for record in records}
        assert set(line["address"].split(", ")) == {record["sourceIPAddress"] for record in records}
        for call in {record["eventName"] for record in records}:
            made = [record for record in records if record["eventName"] == call]
            failed = sum("errorCode" in record for record in made)
            notes = [str(len(made))] * (len(made) > 1) + [f"{failed} failed"] * (failed > 0)
            assert (f"{call} ({', '.join(notes)})" if notes else call) in line["calls"]
    assert len(found) == len(steps)
    assert "mapleferry-maintenance" in next(line for line in found.values() if "Group" in line["calls"])["who"]


def test_the_picture_is_labelled_in_utc_and_told_in_words(truth, tmp_path):
    """Each panel names its day and UTC; the alternative text has every destructive call with its time."""
    picture = solve().picture
    panels = picture.figure.axes
    assert len(panels) == 3
    for panel in panels:
        assert re.match(r"time \(UTC\), 2026-\d\d-\d\d$", panel.get_xlabel())
        assert panel.get_title(loc="left")
    for at, call in expected_destruction(truth, "bonus"):
        assert f"{at:%H:%M:%S} {call}" in picture.alt
    labels = [text.get_text() for text in panels[-1].texts]
    assert len(labels) == len(expected_destruction(truth, "bonus"))
    assert picture.save(tmp_path / "timeline.png").read_bytes().startswith(b"\x89PNG")


def test_what_the_detector_does_not_see_is_marked_in_the_picture(truth):
    """Calls that destroy logs without Delete in their names carry a star; the others do not."""
    labels = [text.get_text() for text in solve().picture.figure.axes[-1].texts]
    rows = [row for _, row, _ in truth if row["story_step"] in DESTROYS]
    assert ["*" in label for label in labels] == [row["rule_deleting_logs_bonus"] == "false" for row in rows]
    assert any("*" in label for label in labels)


def test_kinds_of_calls_differ_by_shape_and_not_by_colour_alone():
    """The legend's entries have different markers; the colours are those that colour-blind eyes tell apart."""
    figure = solve().picture.figure
    handles = figure.legends[0].legend_handles
    assert len(handles) == len({handle.get_marker() for handle in handles}) == 4
    assert {handle.get_color() for handle in handles} <= set(PALETTE.values())


def test_gaps_are_fields_of_the_picture():
    """What is not known is a field that names the exercise, not an empty space."""
    texts = [
        text.get_text() for panel in solve(theft=False, deletions="passed").picture.figure.axes for text in panel.texts
    ]
    assert sum("instance_creds_used_outside_ec2 in notebook 03" in text for text in texts) == 2
    progress_file.update("deleting_logs", outcome="wrong")
    panels = solve(theft=True, deletions=None).picture.figure.axes
    assert "deleting_logs in notebook 02" in panels[-1].texts[0].get_text()


def test_the_policy_ends_every_session_that_was_used(truth):
    """The deny policy is valid JSON, its time is after the last call and after each session was issued."""
    report = solve()
    step = report.todo[0][1][0]
    policy = json.loads(step.code)
    (statement,) = policy["Statement"]
    assert policy["Version"] == "2012-10-17"
    assert (statement["Effect"], statement["Action"], statement["Resource"]) == ("Deny", "*", "*")
    until = statement["Condition"]["DateLessThan"]["aws:TokenIssueTime"]
    for record, _, _ in truth:
        assert record["userIdentity"]["sessionContext"]["attributes"]["creationDate"] < until
        assert record["eventTime"] < until
        role = record["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"].rsplit("/", 1)[-1]
        assert f"`{role}`" in step.how
    assert step.code in repr(report).replace("\n    ", "\n")


def test_the_alarm_is_dated_by_the_file_that_held_the_first_deletion(truth):
    """When somebody would have been told is read from the name of the log file."""
    record, _, path = next(one for one in truth if one[1]["rule_deleting_logs_bonus"] == "true")
    delivered = path.name.split("_")[3]
    sentence = solve().alarm
    assert f"{record['eventName']}` at {moment(record):%H:%M:%S}" in sentence
    assert f"about {delivered[9:11]}:{delivered[11:13]} UTC" in sentence
    assert solve().alarm in solve()._repr_html_().replace("<code>", "`").replace("</code>", "`")


def test_techniques_have_ids_names_evidence_and_pages():
    """Each technique occurs once, and its link follows from its id."""
    achieved = solve().achieved
    ids = [one.id for one in achieved]
    assert len(ids) == len(set(ids)) >= 6
    assert {"T1552.005", "T1078.004", "T1685.002", "T1070"} <= set(ids)
    for one in achieved:
        assert re.fullmatch(r"T\d{4}(\.\d{3})?", one.id)
        assert one.link == f"https://attack.mitre.org/techniques/{one.id.replace('.', '/')}/"
        assert not one.evidence.endswith((": ", " "))
    assert "T1562.008" in next(one.name for one in achieved if one.id == "T1685.002")


class Page(html.parser.HTMLParser):
    """Tags, links and images of a page whose tags are all closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.links, self.images = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        """Note an opened tag."""
        self.seen.append(tag)
        attrs = dict(attrs)
        if tag == "a":
            self.links.append(attrs["href"])
        if tag == "img":
            self.images.append(attrs)
        if tag not in ("br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Close the last opened tag."""
        assert self.open.pop() == tag


def test_links_lead_to_aws_and_att_and_ck_only():
    """Every link is https, to AWS's documentation, its blog, or ATT&CK; the text has the same ones."""
    report = solve()
    links = Page(report._repr_html_()).links
    assert len(links) > 12
    for link in links:
        assert urlsplit(link).scheme == "https"
        assert urlsplit(link).hostname in ("docs.aws.amazon.com", "aws.amazon.com", "attack.mitre.org")
        assert link in repr(report)
    for topic in ("revoke-sessions", "log-file-validation", "object-lock", "IMDS", "condition-keys", "_scps"):
        assert any(topic in link for link in links), topic
    for word in ("aws:EC2InstanceSourceVPC", "aws:ViaAWSService", "AWSRevokeOlderSessions", "cloudtrail:StopLogging"):
        assert word in repr(report)


def test_the_picture_is_in_the_page_with_its_words():
    """The image carries the alternative text, and needs nothing from another host."""
    report = solve()
    (image,) = Page(report._repr_html_()).images
    assert image["alt"] == report.picture.alt
    assert image["src"].startswith("data:image/png;base64,")


def test_the_page_is_short_until_a_part_is_opened():
    """What happened, what was achieved, and each list of what to do: closed, with a heading that says what is in it."""
    report = solve()
    page = report._repr_html_()
    headings = re.findall(r"<details><summary><b>(.+?)</b></summary>", page)
    assert headings[:2] == ["What happened", "What was achieved, in the words of MITRE ATT&amp;CK"]
    assert headings[2:] == [heading for heading, _ in report.todo]
    first = page.split("<details>")[0]
    assert all(told in first for told in report.visits), "the visits stand above, for all to see"


def test_what_comes_from_records_is_escaped():
    """A name made of HTML stays text, in the page and in the alternative text."""
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(2)> $\\frac$'
    true = story(str(places.data()))
    fields = ("call", "who", "key", "address", "error", "target", "delivery")
    acts = tuple(dataclasses.replace(act, **{name: getattr(act, name) + evil for name in fields}) for act in true.acts)
    report = IncidentReport(Story(acts, true.issued), {"theft", "deletions", "stop", "alarm"})
    page = Page(report._repr_html_())
    assert "script" not in page.seen
    assert page.seen.count("img") == 1
    assert evil in repr(report)


def test_the_way_on_leads_to_what_is_there():
    """The labels and the hunt are named at the end, whatever is solved."""
    for report in (incident_report(), solve()):
        assert "data/labels.csv" in repr(report)
        assert "start.py hunt" in repr(report)


def test_a_lake_that_is_gone_is_told(tmp_path, monkeypatch):
    """Without data/ there is a sentence, and no traceback, in text and HTML."""
    monkeypatch.setattr(places, "data", lambda: tmp_path / "nothing")
    report = solve()
    assert "cannot be read" in repr(report)
    assert "cannot be read" in report._repr_html_()
    assert report.picture is None


def test_the_words_of_the_picture_keep_secrets_too():
    """The alternative text of a draft holds nothing that is not known."""
    true = story(str(places.data()))
    words = in_words(true, {"deletions"})
    assert "StopLogging" not in words
    assert not any(act.key in words for act in true.intruders)
    assert "Delete" not in in_words(true, {"theft"}).replace("deleting_logs", "")


def test_importing_the_report_costs_nothing():
    """Neither pandas nor matplotlib are loaded before somebody asks."""
    code = "import sys, workshop.exercises.incident; print('pandas' in sys.modules, 'matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert done.stdout.split() == ["False", "False"]
