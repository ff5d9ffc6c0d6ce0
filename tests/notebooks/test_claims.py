"""What the notebooks' texts and the questions say about the log lake, worked out again from its records.

`said` makes sure that the sentence stands there as it is quoted; what follows shows that it is true.
"""

import re
from datetime import timedelta
from itertools import pairwise

import pandas as pd
import pytest
from test_notebooks import build, source_of

from workshop import hunt, load_events, places, read_digests, read_records
from workshop.exercises import model_answers
from workshop.exercises.predictions.all_predictions import PREDICTIONS
from workshop.exercises.questions.all_questions import FOR_EVERYBODY, QUESTIONS
from workshop.exercises.questions.choices import QUIZZES
from workshop.exercises.questions.lake import lake
from workshop.exercises.registry import exercise_of
from workshop.exercises.sample_records import Maker
from workshop.lake.synthetic import attack_file
from workshop.lake.year import generate_year

WEB = "mapleferry-web"


def said(name, *sentences):
    """Fail unless each sentence stands in the notebook (its number) or is said beside an outcome in it.

    How its lines are broken makes no difference.
    """
    (source,) = [source for source in build.sources() if source.stem.startswith(name)]
    cells = build.shipped(source_of(source.stem)).cells
    text = " ".join(" ".join(cell.source for cell in cells if cell.cell_type == "markdown").split())
    for cell in cells:
        for asked in re.findall(r'predict\("(.+?)"\)', cell.source if cell.cell_type == "code" else ""):
            text += " " + PREDICTIONS[asked].means
    for sentence in sentences:
        assert " ".join(sentence.split()) in text, f"{name} does not say: {sentence}"


@pytest.fixture(scope="module")
def events():
    """The table as attendees load it, its texts plain."""
    return load_events(places.data())


@pytest.fixture(scope="module")
def records():
    """Each record once, by its eventID."""
    found = {}
    for record in read_records(places.data()):
        found.setdefault(record["eventID"], record)
    return found


@pytest.fixture(scope="module")
def labels():
    return pd.read_csv(places.data() / "labels.csv")


@pytest.fixture(scope="module")
def caller(events):
    """Who called, named as notebook 01 names them."""
    names = events["userIdentity.arn"].str.extract(r":(?:user|assumed-role)/([^/]+)")[0].rename("caller")
    return names.fillna(events["userIdentity.invokedBy"]).fillna(events["userIdentity.type"]).fillna("(unknown)")


@pytest.fixture(scope="module")
def matches():
    """What the model answers match in the lake."""
    detectors = [
        answer for answer in model_answers() if answer.__name__ in ("deleting_logs", "instance_creds_used_outside_ec2")
    ]
    return hunt(places.data(), *detectors, progress=False)


@pytest.fixture(scope="module")
def of_instances(events, matches):
    """The calls that look like an instance's, with the instance and whether an address made them."""
    ids = matches.loc[matches["detector"] == "instance_creds_used_outside_ec2", "eventID"]
    calls = events[events["eventID"].isin(ids)]
    direct = ~calls["sourceIPAddress"].str.endswith(".amazonaws.com")
    return calls.assign(instance=calls["userIdentity.arn"].str.split("/").str[-1], direct=direct)


@pytest.fixture(scope="module")
def issued(records):
    """Keys that EC2 was seen to issue."""
    births = [r for r in records.values() if r.get("eventName") == "AssumeRole"]
    births = [r for r in births if r["sourceIPAddress"] == "ec2.amazonaws.com"]
    return {r["responseElements"]["credentials"]["accessKeyId"] for r in births}


def calls(records, name, arn):
    return [r for r in records.values() if r.get("eventName") == name and r["userIdentity"]["arn"] == arn]


def share(condition):
    return condition.sum() / len(condition)


# ---------------------------------------------------------------- 01


def test_who_called(events, caller):
    """The types, which of them have an arn, and that people mostly work as roles."""
    said(
        "01",
        "most calls of people come from a role too",
        "| `AWSService` | a service that acts in its own name; see `invokedBy` | none |",
        "| `AWSAccount` | somebody in another account | none |",
        "| `WebIdentityUser`, `SAMLUser` | somebody signed in elsewhere, who asks for a session | none |",
        "`NaN` means that the record has no type: events that a service wrote about itself (`AwsServiceEvent`), and "
        "Insight records.",
    )
    kinds = events["userIdentity.type"]
    assert caller.str.startswith("AWSReservedSSO").sum() > (kinds == "IAMUser").sum()
    table = {"IAMUser", "AssumedRole", "Root", "AWSService", "AWSAccount", "WebIdentityUser", "SAMLUser"}
    assert set(kinds.dropna()) == table
    without = {"AWSService", "AWSAccount", "WebIdentityUser", "SAMLUser"}
    assert events.loc[kinds.isin(without), "userIdentity.arn"].isna().all()
    signs_in_under_no_name = events["userIdentity.arn"].isna() & kinds.isin(table - without)
    assert list(events.loc[signs_in_under_no_name, "errorMessage"]) == ["Failed authentication"]
    assert set(events.loc[kinds.isna(), "eventType"]) == {"AwsServiceEvent", "AwsCloudTrailInsight"}


def test_what_is_filled(records):
    """Responses of reading calls, and parameters of denied ones."""
    said(
        "01",
        "Most calls that only read have no response in the record (`null`; `AssumeRole` is one that has), and most "
        "calls that were denied have no parameters.",
    )
    reads = [record for record in records.values() if str(record.get("readOnly")) == "True"]
    assert sum(bool(record.get("responseElements")) for record in reads) < len(reads) / 10
    assert any(record["eventName"] == "AssumeRole" and record["responseElements"] for record in reads)
    denied = [r for r in records.values() if re.search("Denied|Unauthorized", r.get("errorCode") or "")]
    assert sum(record.get("requestParameters") is None for record in denied) > 0.9 * len(denied)


def test_which_calls_failed(events):
    """Every failure has a message, sign-ins have no code; most are for what is not there, or there already."""
    said(
        "01",
        "| `errorCode`, `errorMessage` | why it failed; both absent if it worked |",
        "Most failures are everyday life: a program asks for something that is not there, or creates what is there",
        "(`NaN`: a sign-in that fails has a message and no code.)",
    )
    failed = events[events["errorMessage"].notna()]
    assert set(events.index[events["errorCode"].notna()]) <= set(failed.index)
    assert set(failed.loc[failed["errorCode"].isna(), "eventName"]) == {"ConsoleLogin"}
    everyday = failed["errorCode"].str.contains("NotFound|NoSuch|AlreadyExists", na=False)
    assert share(everyday) > 0.5


def test_global_services(events):
    """Some services say us-east-1 only: the three that are named, and a few more."""
    said("01", "IAM, CloudFront, Route 53 and a few more are *global* services.")
    regions = pd.crosstab(events["eventSource"], events["awsRegion"])
    only = set(regions.index[regions["ca-central-1"] == 0].str.removesuffix(".amazonaws.com"))
    assert {"iam", "cloudfront", "route53"} < only
    assert 2 <= len(only) - 3 <= 5


def test_the_quiet_hour(events, records, labels):
    """One hour has hardly any record: its log files are gone, after the second visit; digest files name them."""
    said(
        "01",
        "And one gap. **Why might there be hardly any records in that hour?** Keep it in mind. The end of notebook 04 "
        "says what happened.",
        "four working days, on a ground of machine calls that does not sleep",
    )
    said(
        "04",
        "**And the quiet hour** of notebook 01? After the second visit somebody deleted that hour's log files from the "
        "bucket.",
        "But the digest files still name the files that are gone.",
    )
    hours = events["eventTime"].dt.floor("h").value_counts().sort_values()
    assert hours.iloc[0] < hours.iloc[1] / 4
    waits = events["eventTime"].diff()
    longest = waits.idxmax()
    assert waits[longest] > timedelta(minutes=30)
    assert events["eventTime"][longest].floor("h") == hours.index[0]
    assert waits.drop(longest).max() < timedelta(minutes=8)
    named = pd.DataFrame(read_digests(places.data())["logFiles"].explode().dropna().tolist())
    gone = named[[not (places.data() / key).is_file() for key in named["s3Object"]]]
    assert len(gone) > 1
    quiet = hours.index[0]
    assert gone["s3Object"].str.contains(f"{quiet:%Y%m%dT%H}|{quiet + timedelta(hours=1):%Y%m%dT%H}00Z").all()
    acts = [records[name]["eventTime"] for name in labels.loc[labels["truth"] != "benign", "eventID"]]
    assert quiet - timedelta(hours=1) < pd.Timestamp(max(acts)) < quiet
    assert set(events["eventTime"].dt.date.map(lambda day: day.weekday())) <= {0, 1, 2, 3, 4}


def test_a_machine_is_denied(events, caller):
    """The dots close together in 01 are the thief's first visit, as 03 says, and question 6 begins there."""
    said(
        "01",
        "`mapleferry-web`, a *machine's* role, did so on 10 March, around 17:50: five different calls within a quarter "
        "of an hour. Question 6 begins there, and notebook 03 shows who it was.",
    )
    said("03", "The first visit looks around: its five denials are the row of dots in notebook 01.")
    denied = events["errorCode"].str.contains("Denied|Unauthorized", na=False) & (caller == WEB)
    visit = events[denied & events["eventTime"].between("2026-03-10T17:40Z", "2026-03-10T18:00Z")]
    assert visit["eventName"].nunique() == len(visit) == 5
    assert visit["eventTime"].max() - visit["eventTime"].min() < timedelta(minutes=15)
    assert visit["eventTime"].mean().floor("10min") == pd.Timestamp("2026-03-10T17:50Z")
    key = lake().two_addresses()[0]
    assert set(visit["userIdentity.accessKeyId"]) == {key}
    assert (denied & (events["userIdentity.accessKeyId"] == key) & (caller == WEB)).sum() >= 5
    from_elsewhere = events[(events["userIdentity.accessKeyId"] == key) & denied]
    from_elsewhere = from_elsewhere[~from_elsewhere["sourceIPAddress"].str.startswith("198.51.100.")]
    assert len(from_elsewhere) == 5
    assert key == "ASIA6YLHJDJYHEXAMPLE", "the solution of 01 names it"


def test_habits(events, caller):
    """A web server calls few services often, and several once."""
    said("01", "A web server that calls a service once in four days is a question: what did it want there?")
    services = events[caller == WEB]["eventSource"].value_counts()
    assert (services == 1).sum() >= 3
    assert services.iloc[0] > 500


def test_what_comes_out_of_predictions(events, caller, matches):
    """What is said beside an outcome, and which choice the lake bears out."""
    counts = matches["detector"].value_counts().to_dict()
    asked = events[events["sourceIPAddress"] == "cloudformation.amazonaws.com"]
    outcomes = {
        "who calls": events["userIdentity.type"].value_counts().idxmax(),
        "who asked": caller[asked.index].unique(),
        "deletions": counts["deleting_logs"],
        "one theft": counts["instance_creds_used_outside_ec2"],
        "which more": counts,
    }
    chosen = {
        name: PREDICTIONS[name].choices[PREDICTIONS[name].borne_out(value) - 1] for name, value in outcomes.items()
    }
    assert {name: choice.text for name, choice in chosen.items()} == {
        "who calls": "Sessions of roles",
        "who asked": "The person who asked for the stack",
        "deletions": "Dozens",
        "one theft": "Thousands",
        "which more": "`instance_creds_used_outside_ec2`, more than ten times more",
    }
    assert asked["userIdentity.invokedBy"].eq("cloudformation.amazonaws.com").all()


def test_times_have_fractions_now_and_then(records):
    """So no text says that CloudTrail's times are to the second."""
    assert any("." in record["eventTime"] for record in records.values())
    said("01", "| `eventTime` | when, in UTC |")


def test_numbers_of_questions_and_files(events):
    """Three questions and eight more; the example of a bad file is no answer key."""
    said("01", "Three questions, each with one answer", "Eight more questions, in any order")
    assert (len(FOR_EVERYBODY), len(QUESTIONS)) == (3, 3 + 8)
    source = source_of("01_examine_logs").read_text(encoding="utf-8")
    assert "labels.csv" not in source
    assert load_events([places.data() / "README.md", events["logFile"].iloc[0]]).attrs["skipped"]


# ---------------------------------------------------------------- the questions' and quizzes' sentences


def test_what_questions_and_quizzes_say(events):
    """Hundreds of records of us-east-1; who fails most does so by little; a fifth of the records changes something."""
    assert "Why do hundreds of its events say us-east-1?" in QUIZZES[2].asks
    assert 200 <= (events["awsRegion"] == "us-east-1").sum() < 1000
    assert QUIZZES[9].asks == "One identity has the most failed calls. Is it the intruder?"
    fails = events.loc[events["errorCode"].notna(), "userIdentity.arn"].value_counts()
    assert fails.iloc[0] > fails.iloc[1]
    assert "you have to read a fifth of the records" in QUESTIONS[7].meaning
    assert 0.18 < 1 - events["readOnly"].dropna().astype(bool).mean() < 0.22
    wrong = {wrong.id: wrong for wrong in QUESTIONS[8].wrong(lake())}
    assert "Sessions of roles have no `userName`" in wrong["user_names"].why
    roles = events[events["userIdentity.type"] == "AssumedRole"]
    assert roles["userIdentity.userName"].isna().all()


# ---------------------------------------------------------------- 02 and 03


def test_the_analyzer_and_the_deletions(matches, events):
    """How long the file is; who deletes logs when."""
    said(
        "02",
        "The whole program is one file of some 220 lines",
        "every morning at the same minute, or once, at night?",
        "`DeleteRetentionPolicy` deletes no logs",
    )
    length = len((places.checkout() / "workshop" / "cloudtrail_analyzer.py").read_text(encoding="utf-8").splitlines())
    assert round(length, -1) == 220
    deletions = events[events["eventID"].isin(matches.loc[matches["detector"] == "deleting_logs", "eventID"])]
    minutes = deletions["eventTime"].dt.floor("min")
    mornings = minutes[minutes.dt.strftime("%H:%M") == "07:40"]
    assert mornings.dt.day.nunique() == 4
    assert "DeleteRetentionPolicy" in set(deletions["eventName"])
    whose = deletions["userIdentity.arn"]
    assert whose.str.contains("terraform").any()
    assert whose.str.contains("AWSReservedSSO").any()
    assert (deletions["sourceIPAddress"] == "cloudformation.amazonaws.com").any()
    assert whose.str.contains("/i-").any()


def test_the_life_of_the_first_key(events, records, issued):
    """Few different calls, from one address."""
    said("03", "The life of a machine: few different calls, again and again, from one address.")
    births = events[(events["eventName"] == "AssumeRole") & (events["sourceIPAddress"] == "ec2.amazonaws.com")]
    key = records[births["eventID"].iloc[0]]["responseElements"]["credentials"]["accessKeyId"]
    life = events[events["userIdentity.accessKeyId"] == key]
    assert life["sourceIPAddress"].nunique() == 1
    assert life["eventName"].nunique() < len(life) / 3


def test_what_the_second_rule_matches(matches, labels, events):
    """Nearly all is benign: precision and recall are as bad and as good as the text has it."""
    said("03", "Nearly all of these matches are **benign**, and the few that matter are buried among them.")
    found = set(matches.loc[matches["detector"] == "instance_creds_used_outside_ec2", "eventID"])
    thief = set(labels.loc[labels["truth"] != "benign", "eventID"])
    assert len(found & thief) < 0.02 * len(found)
    assert len(found & thief) > 0.9 * len(thief)
    said(
        "05a",
        "So it finds nearly all that the thief did, among thousands of calls that machines make at home.",
        "It also matched thousands of harmless calls of agents and other programs on the instances.",
        "Nearly every alarm is false.",
    )
    harmless = labels[labels["eventID"].isin(found - thief)]["reason"]
    assert harmless.str.contains("agent").sum() > 1000
    assert harmless.str.contains("application|log shipper").sum() > 1000
    assert len(found - thief) > 2000


def test_where_the_thief_is(of_instances, issued, labels, records):
    """Two instances have more than one address; the tool's keys were never issued, the thief's to one instance."""
    said(
        "03",
        "a machine has one address, its own or that of the gateway that it shares with others. Some of these have more "
        "than one.",
        "The others carry keys that EC2 issued to **one** instance, and they come from two addresses that are not its",
        "The second, a day later, does the damage that you saw in notebook 02.",
        "(At its own address an instance also has keys without a birth: most are older than these logs; one was born "
        "in the quiet hour of notebook 01.)",
    )
    direct = of_instances[of_instances["direct"]]
    addresses = direct.groupby("instance")["sourceIPAddress"].nunique()
    several = addresses.index[addresses > 1]
    assert 1 < len(several) < len(addresses) / 2
    suspects = direct[direct["instance"].isin(several)]
    thief = suspects["eventID"].isin(labels.loc[labels["truth"] != "benign", "eventID"])
    at_home = suspects["sourceIPAddress"].str.startswith("198.51.100.")
    known = suspects["userIdentity.accessKeyId"].isin(issued)
    assert not known[~at_home & ~thief].any()
    assert known[thief].all()
    assert suspects[thief]["instance"].nunique() == 1
    assert suspects[thief]["sourceIPAddress"].nunique() == 2
    assert not (thief & at_home).any()
    visits = suspects[thief].groupby("userIdentity.accessKeyId")["eventTime"].min().sort_values()
    assert timedelta(hours=20) < visits.iloc[1] - visits.iloc[0] < timedelta(hours=30)
    without = suspects[at_home & ~known].drop_duplicates("userIdentity.accessKeyId")["eventID"]
    born = [records[name]["userIdentity"]["sessionContext"]["attributes"]["creationDate"] for name in without]
    first = min(record["eventTime"] for record in records.values())
    assert [moment[:13] for moment in born if moment >= first] == ["2026-03-11T23"]
    assert len(born) > 2


# ---------------------------------------------------------------- 04 and 07


def test_what_a_replay_counts(matches, events):
    """Nearly four of five files hold an instance's call; copies count there, Insight files start no run."""
    said(
        "04",
        "`instance_creds_used_outside_ec2` matches in nearly four of five files",
        "The counts are a little higher than those of `hunt`: a few records came twice",
        "(The 6 records of Insight files start no run.)",
    )
    found = matches[matches["detector"] == "instance_creds_used_outside_ec2"]
    files = [path for path in events["logFile"].unique() if "CloudTrail-Insight" not in path]
    assert 0.75 < found["logFile"].nunique() / len(files) < 0.8
    insights = events["logFile"].str.contains("CloudTrail-Insight")
    assert insights.sum() == 6
    delivered = [record.get("eventID") for record in read_records(places.data())]
    twice = sum(delivered.count(name) - 1 for name in set(found["eventID"]) if delivered.count(name) > 1)
    assert 0 < twice < 40


def test_the_two_visits(labels, records):
    """A day apart; the second took 21 minutes from its first call to the trail that was deleted."""
    said(
        "04",
        "one intruder, two visits, a day apart. The second took 21 minutes from its first call to the deleted trail.",
    )
    acts = [records[name] for name in labels.loc[labels["truth"] != "benign", "eventID"]]
    times = sorted(pd.Timestamp(record["eventTime"]) for record in acts)
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert sum(pause > timedelta(hours=2) for pause in pauses) == 1
    assert timedelta(hours=20) < max(pauses) < timedelta(hours=30)
    begin = times[pauses.index(max(pauses)) + 1]
    (deleted,) = [r for r in acts if r["eventName"] == "DeleteTrail" and not r.get("errorCode")]
    assert round((pd.Timestamp(deleted["eventTime"]) - begin).total_seconds() / 60) == 21


# ---------------------------------------------------------------- 05 and 06


def test_the_unborn_sessions(of_instances, issued, records):
    """All sessions whose birth is in no record began in one hour, late on Wednesday, after the thief's visit."""
    said(
        "05a",
        "All of them began in one hour, late on Wednesday, right after the thief's visit.",
        "(The field is optional: the lake's oldest machine has none.)",
    )
    unborn = of_instances[~of_instances["userIdentity.accessKeyId"].isin(issued)]
    unborn = unborn[unborn["sourceIPAddress"] != "192.0.2.144"]
    identities = [records[name]["userIdentity"] for name in unborn["eventID"]]
    first = min(record["eventTime"] for record in records.values())
    began = [one["sessionContext"]["attributes"]["creationDate"] for one in identities]
    later = [moment for moment in began if moment >= first]
    assert {moment[:13] for moment in later} == {"2026-03-11T23"}
    assert pd.Timestamp("2026-03-11").day_name() == "Wednesday"
    bare = {one["arn"].split("/")[1] for one, at in zip(identities, began, strict=True) if "inScopeOf" not in one}
    assert bare == {"mapleferry-bastion"}


def test_what_else_was_tried(records):
    """StopLogging twice, by Terraform and the thief, who then made two calls more."""
    said(
        "05b",
        "`StopLogging` is there twice: once Terraform at work, once the thief. Right after it, the thief made two more "
        "calls.",
        "With `PutEventSelectors`, the trail records only reading calls if somebody starts it again. With "
        "`PutRetentionPolicy`, the logs of the web server live for one day.",
    )
    stops = [r["userIdentity"]["arn"] for r in records.values() if r.get("eventName") == "StopLogging"]
    assert len(stops) == 2
    assert "mapleferry-terraform" in min(stops, key=lambda arn: "terraform" not in arn)
    (thief,) = [arn for arn in stops if "/i-" in arn]
    (selecting,) = calls(records, "PutEventSelectors", thief)
    assert {one["readWriteType"] for one in selecting["requestParameters"]["eventSelectors"]} == {"ReadOnly"}
    (shortened,) = calls(records, "PutRetentionPolicy", thief)
    assert shortened["requestParameters"]["retentionInDays"] == 1
    assert "web" in shortened["requestParameters"]["logGroupName"]


def test_one_alarm_for_all(events, labels):
    """In nearly four of five files an instance calls, and in each in which logs were deleted."""
    said(
        "05c",
        "in nearly four of five log files an instance calls. So the one alarm is red most of the time.",
        "The few files in which logs were deleted change nothing about it: in each of them an instance calls, too.",
        "The attack's file holds 10 deletions.",
    )
    rules = ["rule_deleting_logs", "rule_instance_creds"]
    judged = events.merge(labels, on="eventID", how="left")
    judged[rules] = judged[rules].eq(True)
    files = judged.groupby("logFile")[rules].sum() > 0
    assert len(files) == events["logFile"].nunique()
    assert 0.75 < share(files["rule_instance_creds"]) < 0.8
    assert files.loc[files["rule_deleting_logs"], "rule_instance_creds"].all()
    assert 0 < files["rule_deleting_logs"].sum() < 30
    attack = list(read_records(attack_file(places.data())))
    names = [r["eventName"] for r in attack if r["eventSource"].split(".")[0] in ("logs", "cloudtrail")]
    assert sum(name.startswith("Delete") for name in names) == 10


def test_the_key_of_wednesday_was_born_on_wednesday(records, labels):
    """What 05c says of old knowledge: the evening's key is a day's, and the administrators' tool raises alarms."""
    said(
        "05c",
        "Imagine that you deployed it at the end of Tuesday. On Wednesday evening the thief comes with a key that EC2 "
        "issued on Wednesday.",
        "the administrators' tool of notebook 03 raises false alarms",
    )
    thief = [records[name] for name in labels.loc[labels["truth"] != "benign", "eventID"]]
    wednesday = [r for r in thief if r["eventTime"].startswith("2026-03-11") and "/i-" in r["userIdentity"]["arn"]]
    assert {r["eventTime"][11:13] for r in wednesday} == {"22"}
    (key,) = {r["userIdentity"]["accessKeyId"] for r in wednesday}
    births = [r for r in records.values() if r.get("eventName") == "AssumeRole"]
    born = [r for r in births if key in str(r["responseElements"])]
    assert [r["eventTime"][:10] for r in born] == ["2026-03-11"]


def test_how_many_records_a_check_asks_about(events):
    """Dozens for a detector; a year of 06 has about four times the lake's records."""
    said(
        "06",
        "(`check` has asked yours about dozens of records)",
        "The year has about four times as many records as the lake",
        "now runs this query over all files of the year, without the dates",
    )
    for name in ("deleting_logs", "instance_creds_used_outside_ec2"):
        assert 24 <= len(exercise_of(name).cases(Maker())) < 100
    (records,) = re.findall(r"^RECORDS = ([\d_]+)$", source_of("06_hunt_at_scale").read_text(encoding="utf-8"), re.M)
    assert 3.7 < int(records) / len(events) < 4.3


def test_the_year_of_06_has_records_on_100_of_its_days(tmp_path):
    """It is too small for more, and its text says so."""
    said("06", "So small a year holds 100 of its days.")
    (records,) = re.findall(r"^RECORDS = ([\d_]+)$", source_of("06_hunt_at_scale").read_text(encoding="utf-8"), re.M)
    times = load_events(generate_year(int(records), tmp_path).folder)["eventTime"]
    assert times.dt.date.nunique() == 100
