"""The notebooks: as attendees get them and solved, run in fresh kernels; and what is derived, against its source."""

import ast
import importlib.util
import platform
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from policy_user import startup

from workshop import exercises, places
from workshop.exercises.predictions.all_predictions import PREDICTIONS

NOTEBOOKS = places.checkout() / "notebooks"
MOST_LINES_OF_CODE = 15


def load_builder():
    spec = importlib.util.spec_from_file_location("notebook_builder", NOTEBOOKS / "source" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = load_builder()
NAMES = [source.stem for source in build.sources()]
each_notebook = pytest.mark.parametrize("name", NAMES)


def source_of(name):
    return build.SOURCE / f"{name}.py"


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def text_of(notebook):
    """All that the outputs of a notebook say: streams, plain texts, HTML; pictures only by their texts."""
    return "\n".join(said for cell in code_cells(notebook) for said in texts_of(cell))


def texts_of(cell):
    for output in cell.get("outputs", []):
        yield output.get("text", "")
        for kind, value in output.get("data", {}).items():
            if not kind.startswith("image/png"):
                yield value if isinstance(value, str) else str(value)


def output_of(notebook, *sources):
    """What the one cell says whose source contains all of the given texts."""
    (cell,) = [cell for cell in code_cells(notebook) if all(text in cell.source for text in sources)]
    return "\n".join(texts_of(cell))


# ---------------------------------------------------------------- run in fresh kernels


@pytest.fixture(scope="session")
def as_shipped():
    """Every notebook as attendees get it, run with nothing attempted: {name: Future of the notebook}.

    Each has a home and an emulator of its own, so that several can run at the same time.
    """

    def run(source):
        with build.fresh_home() as environment:
            return build.run(build.shipped(source), f"{source.stem} as shipped", environment)

    with ThreadPoolExecutor(2) as pool:
        yield {source.stem: pool.submit(run, source) for source in build.sources()}


@pytest.fixture(scope="session")
def attendee(tmp_path_factory):
    """What gives kernels the attendee policy and nothing else: variables, and the file of what was denied."""
    return startup(tmp_path_factory.mktemp("attendee"))


@pytest.fixture(scope="session")
def solved(attendee):
    """The notebooks solved, run one after the other in one home, as an attendee would: {name: notebook or error}.

    They are run with the attendee policy, until one fails.
    """
    notebooks = {}
    with build.fresh_home() as environment:
        for source in build.sources():
            try:
                notebooks[source.stem] = build.run(
                    build.solved(source), f"{source.stem} solved", {**environment, **attendee[0]}
                )
            except build.CellFailed as failed:
                notebooks[source.stem] = failed
                break
    return notebooks


def solved_notebook(solved, name):
    if name not in solved:
        pytest.fail(f"{name} was not run, because a notebook before it failed")
    if isinstance(solved[name], Exception):
        raise solved[name]
    return solved[name]


@each_notebook
def test_as_shipped_every_cell_runs(as_shipped, name):
    """With nothing attempted, no cell ends with an error, and none needs an AWS account."""
    as_shipped[name].result()


@each_notebook
def test_as_shipped_each_check_says_that_nothing_was_attempted(as_shipped, name):
    """Not attempted is not wrong: that is how each check answers to a stub."""
    notebook = as_shipped[name].result()
    checks = [cell for cell in code_cells(notebook) if "check(" in cell.source]
    for cell in checks:
        assert "not attempted" in "\n".join(texts_of(cell)).lower(), cell.source


@each_notebook
def test_solved_every_cell_runs(solved, name):
    """With the model answers, in one home and in order, no cell ends with an error."""
    solved_notebook(solved, name)


def test_solved_each_check_passes(solved):
    """The model answers pass; deleting_logs with the bonus."""
    for name in [name for name in NAMES if name[:2] in ("02", "03", "04", "05")]:
        for cell in code_cells(solved_notebook(solved, name)):
            if "check(" in cell.source:
                assert re.search(r"passed|bonus|✓", "\n".join(texts_of(cell)), re.I), (name, cell.source)


def test_nothing_is_denied_to_those_who_have_the_attendee_policy(solved, attendee):
    """From the first connection to the teardown, and it was indeed the attendee who called."""
    for name in NAMES:
        solved_notebook(solved, name)
    assert attendee[1].read_text() == ""
    assert "user/attendee" in text_of(solved["00_start_here"])
    assert "CAUGHT" in text_of(solved["04_deploy_and_alarm"])
    assert "Nothing of the workshop remains" in text_of(solved["07_clean_up"])


def test_as_shipped_nothing_is_deployed_and_the_cells_say_so(as_shipped):
    """deploy gives the reason; what comes after it does not wait for an alarm that cannot come."""
    notebook = as_shipped["04_deploy_and_alarm"].result()
    assert "nothing to deploy" in output_of(notebook, "deploy(cloud")
    waits = ("replay(cloud)", "attack = trigger(cloud)", "watch_alarm(cloud, attack)", "watch_call(", "lambda_log(")
    for source in waits:
        assert re.search("nothing deployed|starter code", output_of(notebook, source), re.I), source


def test_what_was_solved_before_is_found_and_turns_the_alarm_red(solved):
    """04 deploys the answers of 02 and 03 from my_answers/; cell, replay and attack each set the alarm off."""
    notebook = solved_notebook(solved, "04_deploy_and_alarm")
    assert "deleting_logs" in output_of(notebook, "saved_answers()")
    assert "instance_creds_used_outside_ec2" in output_of(notebook, "saved_answers()")
    assert "ALARM" in output_of(notebook, "a cell of notebook 04", "watch_alarm(cloud)")
    assert "AnomaliesDetected: 2 within the last 60 s" in output_of(notebook, "once more")
    assert len(re.findall(r"^NewStateValue", output_of(notebook, "once more"), re.M)) == 1, "one message"
    assert "ALARM" in output_of(notebook, "watch_alarm(cloud, attack)")
    (said,) = [cell for cell in code_cells(notebook) if cell.source == "notifications(cloud)"]
    assert "ALARM" in "\n".join(texts_of(said))


def test_each_detector_gets_an_alarm_of_its_own(solved):
    """05c adds two alarms: an ordinary hour turns one, the attack the other; a high threshold hides even that."""
    notebook = solved_notebook(solved, "05c_an_alarm_for_each")
    assert "with the bonus" in output_of(notebook, "check(publish_anomalies)")
    assert "New: DeletingLogsAlarm, InstanceCredsAlarm" in output_of(notebook, "PerDetectorAlarms=")
    assert "turned InstanceCredsAlarm red" in output_of(notebook, "hour = trigger(", 'alarm="InstanceCredsAlarm"')
    assert "NOTHING DETECTED" in output_of(notebook, 'watch_alarm(cloud, hour, alarm="DeletingLogsAlarm")')
    assert "turned DeletingLogsAlarm red" in output_of(notebook, "attack = trigger(cloud)")
    assert "DeletingLogsAlarm is OK: deleting_logs is" in output_of(notebook, "missed = trigger(cloud)")
    assert "AlarmThreshold: 50 -> 1" in output_of(notebook, "AlarmThreshold=1)")


def test_a_detector_that_needs_more_than_the_record_runs_in_three_places(solved):
    """The one that 05a keeps: a hunt, the command line and Lambda find the same; all saved detectors are deployed."""
    assert "kept" in output_of(solved_notebook(solved, "05a_the_thief_and_the_agents"), "keep(stolen_credentials)")
    notebook = solved_notebook(solved, "05c_an_alarm_for_each")
    four = ["print_short_record", "deleting_logs", "instance_creds_used_outside_ec2", "publish_anomalies"]
    named = output_of(notebook, 'print(*mine, sep="\\n")').split()
    assert [name for name in named if name.isidentifier()][-7:] == [
        *four,
        "blinding_logs",
        "narrowing_logs",
        "stolen_credentials",
    ]
    assert "was left out" not in output_of(notebook, "deployment = deploy(")
    assert "yours" in output_of(notebook, 'mine.get("stolen_credentials"')
    (found,) = re.findall(r"(\d+) matches", output_of(notebook, "matches = hunt(lake, stolen_credentials"))
    assert f"stolen_credentials: {found} matches" in output_of(notebook, "subprocess.run(")
    assert "learns nothing new in Lambda" in output_of(notebook, "*others, stolen_credentials, known=known")
    here, there = re.findall(r"\d+", output_of(notebook, "here = hunt(again.file"))
    assert here == there == "16"
    assert "None (new 26, old 0)" in output_of(notebook, 'outcome("old knowledge"')


def test_as_shipped_the_kit_s_detector_runs_in_three_places(as_shipped):
    """Somebody who skipped all else sees it run, too."""
    notebook = as_shipped["05c_an_alarm_for_each"].result()
    assert "the kit's" in output_of(notebook, 'mine.get("stolen_credentials"')
    assert "stolen_credentials: 50 matches" in output_of(notebook, "subprocess.run(")
    assert re.findall(r"\d+", output_of(notebook, "here = hunt(again.file")) == ["16", "16"]


def test_an_own_call_is_caught(solved):
    """A log group that was deleted in a cell of 04 is detected in the log file that the trail delivers."""
    caught = output_of(solved_notebook(solved, "04_deploy_and_alarm"), "watch_call(cloud, deletion)")
    assert "CAUGHT" in caught
    assert "logs:DeleteLogGroup" in caught
    assert "deleting_logs 1" in caught


def test_each_prediction_has_an_outcome(as_shipped, solved):
    """Each is asked in one notebook, before its outcome; solved, each outcome bears out a choice."""
    asked = []
    for name in NAMES:
        text = "\n".join(cell.source for cell in code_cells(build.shipped(source_of(name))))
        steps = re.findall(r'(predict|outcome)\("(.+?)"', text)
        predictions = [prediction for step, prediction in steps if step == "predict"]
        assert steps == [(step, prediction) for prediction in predictions for step in ("predict", "outcome")]
        asked += predictions
        for prediction in predictions:
            said = output_of(solved_notebook(solved, name), f'outcome("{prediction}"')
            assert "You made no prediction" in said
            assert "It is:" in said
            as_found = output_of(as_shipped[name].result(), f'outcome("{prediction}"')
            assert "You made no prediction" in as_found or "Nothing to compare with yet" in as_found
    assert asked == list(PREDICTIONS)


# What comes out in the solved notebooks; the sentence beside it explains this choice.
CAME_OUT = {
    "of a hundred": "C  Ten or fewer",
    "no birth": "B  The tool, and programs on the instances themselves",
    "unknown": "A  Unknown stays in",
    "lost calls": "B  Fewer than ten",
    "unseen moves": "B  In one",
    "whose calls": "B  The thief's and others'",
    "ways": "B  Half to three quarters",
    "after the update": "B  Your functions",
    "threshold": "B  `OK`",
    "old knowledge": "C  None",
    "tall weeks": "A  `deleting_logs`",
    "the same records": "A  The same, to the last record",
    "cleaning": "B  Two or three",
}


@pytest.mark.parametrize("name", CAME_OUT)
def test_what_comes_out_of_a_prediction_of_05a_to_07(solved, name):
    """How long a hunt takes is left out: it depends on the machine."""
    (notebook,) = [
        solved_notebook(solved, stem)
        for stem in NAMES
        if f'predict("{name}")' in "\n".join(cell.source for cell in build.shipped(source_of(stem)).cells)
    ]
    assert f"It is:          {CAME_OUT[name]}" in output_of(notebook, f'outcome("{name}"')


def test_the_own_account_s_records_are_read(solved):
    """01 and 04 show the thief's calls in the own account and one record as it is; 04's detectors match them."""
    for name in ("01_examine_logs", "04_deploy_and_alarm"):
        notebook = solved_notebook(solved, name)
        history = output_of(notebook, "history = lookup_history(cloud)")
        assert all(call in history for call in ("GetCallerIdentity", "StopLogging", "DeleteTrail", "DeleteLogGroup"))
    assert '"eventName": "DeleteLogGroup"' in output_of(notebook, "for record in records[-1:]")
    (verdicts,) = [cell for cell in code_cells(notebook) if "detectors = [" in cell.source]
    (table,) = [output.data["text/plain"] for output in verdicts.outputs if "data" in output]
    assert re.search(r"DescribeLogGroups +False +True", table)
    assert re.search(r"DeleteTrail +True +True", table)


def test_the_own_detector_is_beaten_and_the_gap_closed(solved):
    """02 ends with a record that deleting_logs does not see, a detector that sees it, and a line in the case file."""
    notebook = solved_notebook(solved, "02_deleting_logs")
    assert "You beat it" in output_of(notebook, "beat(deleting_logs, record)")
    assert "The gap is closed" in output_of(notebook, "beat(losing_logs, record)")
    assert "found by yourself" in output_of(notebook, "case_file()")


def test_beyond_delete_finds_the_thief_and_the_vanished_hour(solved):
    """05b: what silenced the trail, what made logs delete themselves, and log files that are gone."""
    notebook = solved_notebook(solved, "05b_more_than_delete")
    found = output_of(notebook, "found = hunt(lake")
    assert all(call in found for call in ("StopLogging", "PutEventSelectors", "PutRetentionPolicy"))
    assert "20260311T2300Z" in output_of(notebook, "missing = named")
    assert "That is right" in output_of(notebook, 'answer("vanished hour"')
    assert "2 chains of 196 digest files: 0 do not hold." in output_of(notebook, "chains = digest_chains")


def test_after_cleaning_up_nothing_remains(solved):
    """The teardown of 07 reports that the cloud is empty again."""
    assert "Nothing of the workshop remains" in output_of(solved_notebook(solved, "07_clean_up"), "teardown(cloud)")


def test_a_cell_that_fails_is_named():
    """The failure holds the notebook's name, the cell's number, its source and the error."""
    cells = [nbformat.v4.new_code_cell(source) for source in ("first = 1", "first / 0", "first")]
    with (
        build.fresh_home() as environment,
        pytest.raises(build.CellFailed, match=r"(?s)^99_broken, cell 2 .*first / 0.*ZeroDivisionError"),
    ):
        build.run(nbformat.v4.new_notebook(cells=cells), "99_broken", environment)


# ---------------------------------------------------------------- derived from one source


def test_derived_notebooks_equal_their_sources():
    """`python3 start.py build` would change nothing: shipped notebooks by the byte, solutions in all their cells."""
    stale = [str(path.relative_to(NOTEBOOKS)) for path in build.out_of_date()]
    assert not stale, f"run `python3 start.py build`; out of date: {stale}"


@each_notebook
def test_a_rebuild_gives_the_same_bytes(name):
    """Ids and metadata depend on the source alone."""
    assert build.as_text(build.shipped(source_of(name))) == build.as_text(build.shipped(source_of(name)))


@each_notebook
def test_the_notebook_is_valid_and_ships_without_outputs(name):
    """It follows the notebook format, and nobody's results are in it."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.outputs or cell.execution_count for cell in code_cells(notebook))


def test_a_changed_or_orphaned_notebook_is_noticed(tmp_path, monkeypatch):
    """A hand-edited copy, a solution with another answer, and a notebook without a source are all out of date."""
    shutil.copytree(NOTEBOOKS, tmp_path / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    folder = tmp_path / "notebooks"
    monkeypatch.setattr(build, "NOTEBOOKS", folder)
    monkeypatch.setattr(build, "SOLUTIONS", folder / "solutions")
    edited, orphan = folder / f"{NAMES[0]}.ipynb", folder / "08_orphan.ipynb"
    solution = folder / "solutions" / f"{NAMES[1]}.ipynb"
    edited.write_text(edited.read_text(encoding="utf-8").replace("Start", "Begin", 1), encoding="utf-8")
    changed = nbformat.read(solution, as_version=4)
    changed.cells[-1].source += "!"
    nbformat.write(changed, solution)
    orphan.write_text("{}")
    assert {edited, solution, orphan} <= set(build.out_of_date())


def test_every_exercise_has_its_answer_cell():
    """Each function, extra credit too, is asked for once, one again with its bonus; the stub says where it is."""
    asked = []
    for source in build.sources():
        for cell in code_cells(build.shipped(source)):
            if "answer" in cell.metadata:
                asked.append(cell.metadata["answer"])
                (function,) = ast.parse(cell.source).body
                assert function.name == cell.metadata["answer"]
                assert build.WRITE_HERE in cell.source
                assert "raise NotImplementedError" in cell.source.splitlines()[-1]
                number = source.stem.split("_")[0]
                assert number in cell.source.splitlines()[-1], "the stub names another notebook"
    wanted = [*exercises.model_answers(), *exercises.extra_answers()]
    assert sorted(asked) == sorted(["publish_anomalies", *(answer.__name__ for answer in wanted)])


# ---------------------------------------------------------------- as a reader meets them


@each_notebook
def test_a_cell_holds_one_idea(name):
    """At most 15 lines of code, as shipped and solved; blank lines, comments and docstrings are not code."""
    for notebook in (build.shipped(source_of(name)), build.solved(source_of(name))):
        for cell in code_cells(notebook):
            assert lines_of_code(cell.source) <= MOST_LINES_OF_CODE, cell.source


def lines_of_code(source):
    documented = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
            documented |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = enumerate(source.splitlines(), start=1)
    return sum(1 for number, line in lines if number not in documented and line.strip() and line.strip()[0] != "#")


@each_notebook
def test_imports_stand_in_the_first_code_cell(name):
    """And nowhere else, so that a restarted kernel needs one cell to know all names."""
    first, *others = code_cells(build.shipped(source_of(name)))
    kinds = (ast.Import, ast.ImportFrom)
    assert any(isinstance(node, kinds) for node in ast.parse(first.source).body)
    for cell in others:
        assert not any(isinstance(node, kinds) for node in ast.walk(ast.parse(cell.source))), cell.source


@each_notebook
def test_the_text_says_why_before_the_code(name):
    """Each notebook begins with its title, objectives and time; no two code cells in a row teach without a word."""
    cells = build.shipped(source_of(name)).cells
    assert cells[0].source.startswith(f"# {name.split('_')[0]} ")
    assert "**In this notebook** you" in cells[0].source or "| Act |" in cells[0].source
    assert "**Time**:" in cells[0].source
    assert "**You need**:" in cells[0].source


@each_notebook
@pytest.mark.parametrize("form", ["as shipped", "solved"])
def test_links_lead_somewhere(name, form):
    """Relative links and pictures exist, seen from where the notebook lies; headings they point to exist too."""
    notebook, folder = (
        (build.shipped(source_of(name)), NOTEBOOKS)
        if form == "as shipped"
        else (build.solved(source_of(name)), NOTEBOOKS / "solutions")
    )
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    for link in links:
        if link.startswith("https://"):
            continue
        path, _, heading = link.partition("#")
        target = (folder / path).resolve()
        assert target.is_file(), f"{name} {form} links to {link}"
        if heading:
            titles = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.M)
            assert heading in [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles], link


@each_notebook
def test_pictures_have_a_text_for_those_who_cannot_see_them(name):
    """Markdown pictures have an alternative text, SVG files a title and a description, plots a text of their own."""
    notebook = build.shipped(source_of(name))
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for alt, path in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", cell.source):
                assert len(alt) > 40, path
                svg = (NOTEBOOKS / path).read_text(encoding="utf-8")
                assert "<title" in svg
                assert "<desc" in svg
        elif "new_figure(" in cell.source:
            assert re.search(r"Picture\(\s*figure,", cell.source), cell.source


# ---------------------------------------------------------------- what the solutions show


@each_notebook
def test_solutions_are_executed_from_top_to_bottom(name):
    """Each code cell was run, in order, without an error, and what it showed was kept."""
    cells = code_cells(nbformat.read(NOTEBOOKS / "solutions" / f"{name}.ipynb", as_version=4))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not any(output.output_type == "error" for cell in cells for output in cell.outputs)
    for cell in cells:
        if "Picture(" in cell.source or "plot_alarm(" in cell.source:
            assert any("image/png" in output.get("data", {}) for output in cell.outputs), cell.source


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.rglob("*.ipynb")), ids=lambda path: str(path.relative_to(NOTEBOOKS)))
def test_no_machine_and_no_secret_shows(path):
    """No path of the machine they were built on, no key that could be real, no secret or token."""
    notebook = nbformat.read(path, as_version=4)
    text = text_of(notebook) + "\n".join(cell.source for cell in notebook.cells)
    for folder in (places.checkout(), places.home(), Path.home(), Path(tempfile.gettempdir())):
        if len(folder.parts) > 1:
            assert not re.search(rf"(?<![\w.:/]){re.escape(str(folder))}/", text), folder
    assert platform.release() not in text
    for key in re.findall(r"\b(?:AKIA|ASIA)[0-9A-Z]{12,}\b", text):
        assert "EXAMPLE" in key
    assert not re.search(r"aws_secret_access_key|SecretAccessKey|X-Amz-Signature", text, re.I)
