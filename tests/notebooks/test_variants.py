"""The notebooks with every choice: without bonus and with, for a late comer, and run once more in the same kernel."""

import inspect
import re

import nbformat
import pytest
from test_notebooks import build, output_of, source_of, text_of

from workshop.exercises.tasks.ladder.issued_by_ec2 import issued_by_ec2
from workshop.exercises.tasks.publish_anomalies import publish_anomalies

DELETING_LOGS = """
def deleting_logs(record):
    of_logs = record.get("eventSource") in ("logs.amazonaws.com", "cloudtrail.amazonaws.com")
    if of_logs and record.get("eventName", "").startswith("Delete"):
        print_short_record(record)
        return True
    return False
"""
# AWS's own word where no birth was seen.
ISSUED_BY_EC2 = inspect.getsource(issued_by_ec2).replace(
    "    attributes =",
    """    scope = identity.get("inScopeOf") or {}
    if scope.get("issuerType") == "AWS::EC2::Instance":
        return True
    attributes =""",
)
LADDER, DELETE, ALARMS = "05a_the_thief_and_the_agents", "05b_more_than_delete", "05c_an_alarm_for_each"
DEPLOY, CLEAN_UP = "04_deploy_and_alarm", "07_clean_up"
TWICE = (DEPLOY, ALARMS, CLEAN_UP)


def with_answers(name, answers):
    """Return a notebook, solved, with other answers to some exercises: {name: source}."""

    def text(exercise, cell):
        return answers[exercise].strip() if exercise in answers else build.model_answer(exercise, cell)

    return build._notebook(source_of(name), answer=text)


def twice(notebook):
    """Return a notebook whose cells come once more, from the top."""
    again = [nbformat.from_dict({**cell, "id": f"again-{n}"}) for n, cell in enumerate(notebook.cells)]
    return nbformat.v4.new_notebook(cells=[*notebook.cells, *again], metadata=notebook.metadata)


@pytest.fixture(scope="module")
def plain():
    """Nothing but what is asked for: no bonus anywhere, no metric for each detector; {name: the notebook as it ran}."""
    answers = {"deleting_logs": DELETING_LOGS, "publish_anomalies": inspect.getsource(publish_anomalies)}
    names = [source.stem for source in build.sources() if source.stem[:2] in ("02", "03", "04", "05", "06", "07")]
    with build.fresh_home() as environment:
        return {name: build.run(with_answers(name, answers), f"{name} without", environment) for name in names}


@pytest.fixture(scope="module")
def bonus():
    """Notebooks 02 to 05c with each bonus, and 07, those in TWICE twice in the same kernel.

    They are ({name: the notebook as it ran}, {name: what came of its cells the second time}).
    """
    names = [source.stem for source in build.sources() if source.stem[:2] in ("02", "03", "04", "05", "07")]
    first, again = {}, {}
    with build.fresh_home() as environment:
        for name in names:
            notebook = with_answers(name, {"issued_by_ec2": ISSUED_BY_EC2})
            once = len(notebook.cells)
            ran = build.run(twice(notebook) if name in TWICE else notebook, f"{name} with the bonus", environment)
            first[name], again[name] = (
                nbformat.v4.new_notebook(cells=cells) for cells in (ran.cells[:once], ran.cells[once:])
            )
    return first, again


def test_without_the_bonus_the_story_holds(plain):
    """Ten deletions in the attack's file, the same visits in the report, and a gap for what nobody looked for."""
    four = plain["04_deploy_and_alarm"]
    assert "deleting_logs 10, instance_creds_used_outside_ec2 23" in output_of(four, "watch_alarm(cloud, attack)")
    report = output_of(four, "report = incident_report()")
    assert "29 calls from 192.0.2.177" not in report
    assert "Calls that are not known yet are not counted." in report
    assert "Who stopped a trail: the bonus of deleting_logs" in report
    assert "DeleteTrail: mapleferry-ops" in report


def test_without_the_bonus_sharper_detection_holds(plain):
    """The vanished hour shows, the detectors together find what the text asks, no alarm is credited wrongly."""
    ladder, alarms = plain[LADDER], plain[ALARMS]
    assert "Systems Manager agent" in output_of(ladder, "dropped = score(")
    assert "The tool, and programs on the instances themselves" in output_of(ladder, 'outcome("no birth"')
    assert re.search(r"unknown out +0 +\d+ +33", output_of(ladder, "score_table([stays_in, stays_out])"))
    assert "Unknown stays in" in output_of(ladder, 'outcome("unknown"')
    found = output_of(plain[DELETE], "plot_coverage(table)")
    assert "Yours together find 19 of 29, each by itself [5, 9, 5]" in found
    assert "NOTHING PUBLISHED" in output_of(alarms, "attack = trigger(cloud)")
    assert "turned DeletingLogsAlarm red" not in text_of(alarms)
    assert "None (new 26, old 0)" in output_of(alarms, 'outcome("old knowledge"')


def test_without_the_bonus_the_clean_up_holds(plain):
    """Two of the teardown's calls match."""
    assert output_of(plain["07_clean_up"], "for answer in saved_answers()").count("True") >= 2
    assert "Nothing of the workshop remains" in output_of(plain["07_clean_up"], "teardown(cloud)")
    assert re.search(r"deleting_logs: [\d,]+ in both, \d+ only SQL, 0 only Python", text_of(plain["06_hunt_at_scale"]))


def test_with_the_bonus_sharper_detection_holds(bonus):
    """The tool alone is dropped; the sessions without a birth show all the same; both ways find the thief."""
    first, _ = bonus
    five = first[LADDER]
    dropped = output_of(five, "dropped = score(")
    assert "jump tool" in dropped
    assert "Systems Manager agent" not in dropped
    unborn = output_of(five, "began[began >= known.since]")
    assert len(set(re.findall(r"2026-03-11T23:\d\d:\d\dZ", unborn))) == 4
    assert not re.search(r"2026-03-1[02]T", unborn)
    late = output_of(five, "score_table([stays_in, stays_out])")
    assert re.search(r"unknown in +30 ", late)
    assert re.search(r"unknown out +30 ", late)
    assert "Both" in output_of(five, 'outcome("unknown"')
    found = output_of(first[DELETE], "plot_coverage(table)")
    assert "Yours together find 19 of 29, each by itself [6, 9, 5]" in found
    alarms = first[ALARMS]
    assert "yours" in output_of(alarms, 'mine.get("stolen_credentials"')
    assert "As many as with the new one (new 26, old 26)" in output_of(alarms, 'outcome("old knowledge"')


@pytest.mark.parametrize("name", [LADDER, DELETE, ALARMS])
def test_each_of_the_three_needs_none_of_the_others(name):
    """Solved in a home where nothing else was done: no cell fails, and each exercise in it passes."""
    with build.fresh_home() as environment:
        ran = build.run(build.solved(source_of(name)), f"{name} alone", environment)
    checks = [cell.source for cell in ran.cells if cell.cell_type == "code" and cell.source.startswith("check(")]
    assert checks
    for check in checks:
        assert re.search("Passed", output_of(ran, check)), check


def test_a_late_comer_catches_up(tmp_path):
    """All four model answers put in place, then notebook 04 with its stub: deployed, and the attack is found."""
    notebook = build.shipped(source_of("04_deploy_and_alarm"))
    names = ("print_short_record", "deleting_logs", "instance_creds_used_outside_ec2", "publish_anomalies")
    caught_up = f"from workshop import catch_up\nfor name in {names}:\n    catch_up(name)"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(caught_up))
    with build.fresh_home() as environment:
        ran = build.run(notebook, "04 of a late comer", environment)
    assert "NOTHING" in output_of(ran, "a cell of notebook 04")
    assert "in this file turned the alarm red" in output_of(ran, "watch_alarm(cloud, attack)")
    assert "29 calls from 192.0.2.177" in output_of(ran, "report = incident_report()")


@pytest.mark.parametrize("name", TWICE)
def test_a_notebook_that_is_run_twice_says_the_same(bonus, name):
    """From the top once more, in the same kernel: no cell fails, and each alarm is credited as before."""
    again = bonus[1][name]
    if name == DEPLOY:
        assert "34 anomalies in this file turned the alarm red" in output_of(again, "watch_alarm(cloud, attack)")
        assert "CAUGHT" in output_of(again, "watch_call(cloud, deletion)")
    if name == ALARMS:
        assert "turned DeletingLogsAlarm red" in output_of(again, "attack = trigger(cloud)")
        # Five attacks within a minute have more than 50 deletions together.
        missed = output_of(again, "missed = trigger(cloud)")
        assert re.search(r"NOT ENOUGH FOR THE ALARM|together with \d+ that others published", missed)
    if name == CLEAN_UP:
        assert "Nothing of the workshop remains" in output_of(again, "teardown(cloud)")
