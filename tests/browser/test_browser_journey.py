"""The workshop in a real browser: JupyterLab as `make lab` starts it, notebooks 00 to 07 in order, by hand."""

import nbformat
import psutil
import pytest
from attendee import CHAPTERS

from workshop.exercises.tasks import deleting_logs, publish_anomalies

each_chapter = pytest.mark.parametrize("name", CHAPTERS)


def explanation(exercise, misconception):
    """What the exercise says of a known mistake, as it reads on a page."""
    (entry,) = [entry for entry in exercise.EXERCISE.misconceptions if entry.id == misconception]
    return entry.says.replace("`", "")


def test_00_connects_to_the_local_cloud(journey):
    """The page shows that nothing is solved, the account and stack, and the alarm's properties."""
    seen = journey.chapter("00_start_here")
    assert "0 of 4 exercises solved" in seen.progress
    assert "account 111122223333" in seen.connected
    assert "The stack is there" in seen.connected
    assert "GreaterThanOrEqualToThreshold" in seen.alarm


def test_01_draws_its_pictures(journey):
    """Each plot is on the page, with the text that stands for it."""
    seen = journey.chapter("01_examine_logs")
    assert len(seen.pictures) == 3
    for picture in seen.pictures:
        assert "The picture in words" in picture


def test_01_a_prediction_is_clicked_and_shown_beside_the_outcome(journey):
    """The form says that the choice is kept; after the cells were run it is beside what came out, and still chosen."""
    seen = journey.chapter("01_examine_logs")
    assert "You predict B" in seen.predicted
    assert "As you predicted" in seen.came_out
    assert "AssumedRole" in seen.came_out
    assert "You predict B" in seen.again


def test_01_shows_the_own_records_the_questions_and_the_glossary(journey):
    """The thief's calls in the own cloud; three questions, the others to be opened; a session issuer, explained."""
    seen = journey.chapter("01_examine_logs")
    assert "StopLogging" in seen.own
    assert "0 of 3 questions about the logs answered" in seen.questions
    assert "For those who want more" in seen.questions
    assert "Session issuer" in seen.glossary


def test_01_the_explorer_filters_and_opens_a_record(journey):
    """Typing a filter leaves what matches; a click on a row shows its record, a click on a field the way to it."""
    seen = journey.chapter("01_examine_logs")
    assert seen.filtered.split()[0] != seen.everything.split()[0]
    assert set(seen.names) == {"DeleteTrail", "StopLogging"}
    assert "userIdentity" in seen.record
    assert seen.path == "record['userIdentity']['accessKeyId']"


def test_02_a_wrong_answer_is_explained_and_the_right_one_passes(journey):
    """As shipped: not attempted. Wrong: the mistake is named, with the record and the field. Right: passed."""
    seen = journey.chapter("02_deleting_logs")
    assert "Not attempted" in seen.untouched
    assert "Passed" in seen.warm_up
    assert "Not yet" in seen.wrong
    assert explanation(deleting_logs, "one_service_only") in seen.wrong
    assert 'eventSource = "cloudtrail.amazonaws.com"' in seen.wrong
    assert any("cloudtrail.amazonaws.com" in field for field in seen.highlighted)
    assert "hint 1 of 3" in seen.hinted
    assert "Passed" in seen.right
    assert "DeleteTrail" in seen.found


def test_03_an_answer_that_stops_is_explained_and_the_right_one_finds_the_thief(journey):
    """The attendee's own line that failed is shown; the right answer matches records of the lake."""
    seen = journey.chapter("03_instance_credentials")
    assert "Stopped with an error" in seen.wrong
    assert "KeyError" in seen.wrong
    assert "Passed" in seen.right
    assert "records match" in seen.matches
    assert not seen.matches.startswith("0 ")


def test_04_a_wrong_answer_is_explained_and_the_right_one_passes(journey):
    """A dimension makes another metric of it, and the page says so."""
    seen = journey.chapter("04_deploy_and_alarm")
    assert explanation(publish_anomalies, "dimension") in seen.wrong
    assert "Passed" in seen.right


def test_04_the_alarm_turns_red(journey):
    """A cell's own number, then the deployed functions that see the attack: the plot's text says OK, then ALARM."""
    seen = journey.chapter("04_deploy_and_alarm")
    assert "ALARM" not in seen.before
    assert "ALARM since" in seen.red
    assert '+    services = ("logs.amazonaws.com", "cloudtrail.amazonaws.com")' in seen.deployed
    assert "ALARM" in seen.watched
    assert "ANALYZED" in seen.log
    assert "ALARM since" in seen.at_last
    assert "NewStateReason" in seen.notified


def test_05a_and_05b_run_for_somebody_who_writes_nothing_in_them(journey):
    """The prediction has an outcome, since 03 is solved; the chains of digest files hold."""
    assert "Ten or fewer" in journey.chapter("05a_the_thief_and_the_agents").predicted
    assert "0 do not hold" in journey.chapter("05b_more_than_delete").chain


def test_05c_the_two_alarms_are_in_different_states(journey):
    """With the bonus written and the stack updated: the agents' alarm is red, the one for deleted logs is not."""
    seen = journey.chapter("05c_an_alarm_for_each")
    assert "with the bonus" in seen.right
    assert "New: DeletingLogsAlarm, InstanceCredsAlarm" in seen.updated
    assert "ALARM since" in seen.red
    assert "OK since" in seen.calm
    assert "The hunt finds 16, Lambda 16." in seen.here_and_there


def test_06_the_cluster_and_the_sql_find_the_same(journey):
    """A year is written and searched; Python here, Python on a cluster and SQL agree to the last match."""
    seen = journey.chapter("06_hunt_at_scale")
    assert "records in" in seen.year
    assert "rule_instance_creds" in seen.known
    assert "The same matches: True" in seen.cluster
    assert seen.sql.count(" 0 only Python") == 2


def test_07_the_teardown_leaves_nothing(journey):
    """The attendee's own detector is asked about the teardown, and the teardown says that nothing remains."""
    seen = journey.chapter("07_clean_up")
    assert "DeleteTrail" in seen.predicted
    assert "Nothing of the workshop remains" in seen.torn_down


@each_chapter
def test_no_cell_ends_with_an_error(journey, lab, name):
    """Each code cell of the saved notebook was run, and none shows an error."""
    journey.chapter(name)
    notebook = nbformat.read(lab.checkout / "notebooks" / f"{name}.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source]
    assert [cell.source for cell in cells if not cell.execution_count] == []
    assert [output for cell in cells for output in cell.outputs if output.output_type == "error"] == []


@each_chapter
def test_every_output_can_be_read(journey, name):
    """Each text stands out from its ground, and no output is wider than the page."""
    seen = journey.chapter(name)
    assert seen.hard_to_read == []
    assert seen.cut_off == []


def test_every_output_can_be_read_in_the_dark_theme(journey):
    """The same contrast, with an explained mistake, the explorer and the alarm on the pages."""
    assert journey.in_the_dark() == {name: [] for name in CHAPTERS}


def test_the_browser_has_nothing_to_complain_of(journey):
    """No error or warning in its console, no uncaught exception, but for those that notebook_page.TOLERATED lists."""
    journey.chapter(CHAPTERS[-1])
    assert journey.page.complaints == []


def test_nobody_but_this_machine_is_asked(journey, lab):
    """No page asks another host for anything; JupyterLab, kernels and emulator listen on and talk to loopback only."""
    journey.chapter(CHAPTERS[-1])
    assert journey.page.foreign_hosts() == []
    assert len(lab.processes()) > len(CHAPTERS)
    assert foreign_addresses(lab.processes()) == set()


def foreign_addresses(processes):
    """Return the addresses beyond loopback at which processes listen, or with which they talk."""
    addresses = set()
    for process in processes:
        for connection in process.net_connections("inet"):
            talks = connection.status != psutil.CONN_LISTEN
            addresses |= {end.ip for end in (connection.laddr, connection.raddr if talks else None) if end}
    return {address for address in addresses if not address.startswith("127.") and address != "::1"}
