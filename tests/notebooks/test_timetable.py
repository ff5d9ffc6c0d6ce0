"""How long the notebooks take: counted by fixed rates, said at their beginning, and within a session."""

import importlib.util
import re
import sys

import nbformat
import pytest
from test_notebooks import build, source_of

from workshop import places

# What 00 to 04 had when the workshop was found too long.
FEWER_WORDS_THAN = 6375
SESSION, WORKED_THROUGH = 135, 115


@pytest.fixture(scope="module")
def timetable():
    """The script."""
    sys.modules["build"] = build
    path = build.SOURCE / "timetable.py"
    spec = importlib.util.spec_from_file_location("timetable", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["build"]


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=list(cells))


def said_minutes(source):
    (minutes,) = re.findall(r"\*\*Time\*\*: (?:at most )?(\d+) minutes", build.shipped(source).cells[0].source)
    return int(minutes)


def test_the_table_of_the_instructor_is_the_script_s(timetable):
    """Run the script again after a change."""
    text = timetable.INSTRUCTOR.read_text(encoding="utf-8")
    assert timetable.instructor(text) == text


def test_the_workshop_fits_into_a_session(timetable):
    """Each notebook says its minutes rounded up to five; 00 to 04 and 07 leave time for questions."""
    sources = [source for source in build.sources() if source.stem.startswith(timetable.WORKSHOP)]
    for source in sources:
        counted = timetable.minutes(timetable.count(build.shipped(source)))
        assert said_minutes(source) - 5 < counted <= said_minutes(source), source.stem
    assert sum(map(said_minutes, sources)) <= WORKED_THROUGH
    assert said_minutes(source_of("01_examine_logs")) == 25
    starts = [int(minute) for minute in re.findall(r"^\| (\d+) \|", timetable.INSTRUCTOR.read_text("utf-8"), re.M)]
    assert starts == sorted(starts)
    assert starts[-1] + said_minutes(source_of("07_clean_up")) <= SESSION


@pytest.mark.parametrize("source", [one for one in build.sources() if one.stem[:2] == "05"], ids=lambda one: one.stem)
def test_each_of_the_three_of_extra_credit_fits_into_forty_minutes(timetable, source):
    """By the same rates, and it says so."""
    assert timetable.minutes(timetable.count(build.shipped(source))) <= said_minutes(source) == 40


def test_00_to_04_have_become_shorter(timetable):
    """By the script's count, and by the plainest count there is."""
    notebooks = [build.shipped(source) for source in build.sources()[:5]]
    assert sum(map(timetable.all_words, notebooks)) < FEWER_WORDS_THAN
    texts = [cell.source for one in notebooks for cell in one.cells if cell.cell_type == "markdown"]
    assert sum(len(text.split()) for text in texts) < FEWER_WORDS_THAN


def test_what_is_counted(timetable):
    """Words that a reader sees; a function to write, a question, a choice, a picture, a wait; no optional section."""
    text = "# Two words\n\n[three](https://example.com) <b>more</b> words | --- |\n\n![alt](picture.svg)"
    code = {
        "def f(record):": {"metadata": {"answer": "f"}},
        "answer(1, ...)": {"metadata": {"todo": "x"}},
        "quiz(1)": {},
        "Picture(figure, 'x')": {},
        "cloud = connect()": {},
    }
    cells = [nbformat.v4.new_code_cell(source, **options) for source, options in code.items()]
    optional = nbformat.v4.new_markdown_cell("## What could go wrong\n\nA great many words.\n\n## Next\n\nOne.")
    counted = timetable.count(notebook(nbformat.v4.new_markdown_cell(text), *cells, optional))
    assert counted["words"] == 2 + 3 + 1 + 2
    assert [counted[kind] for kind in timetable.MINUTES] == [1, 1, 1, 2, 5, 1]
    assert timetable.minutes(counted) == pytest.approx(8 / 180 + 5 + 1.5 + 0.3 + 2 * 0.75 + 5 * 0.15 + 0.5)


def test_a_prediction_s_words_are_counted(timetable):
    """They are read, although they stand in no Markdown cell."""
    asked = timetable.PREDICTIONS["messages"]
    counted = timetable.count(notebook(nbformat.v4.new_code_cell('predict("messages")')))
    assert counted["choice"] == 1
    assert counted["words"] > len(asked.asks.split()) + len(asked.means.split())


def test_an_outdated_table_is_noticed(timetable, monkeypatch, tmp_path, capsys):
    """--check exits with 1 and says what to run; without it the table is written, and then it is up to date."""
    copy = tmp_path / "INSTRUCTOR.md"
    text = (places.checkout() / "INSTRUCTOR.md").read_text(encoding="utf-8")
    copy.write_text(text.replace("| 00_start_here |", "| 00_start |"), encoding="utf-8")
    monkeypatch.setattr(timetable, "INSTRUCTOR", copy)
    monkeypatch.setattr(sys, "argv", ["timetable.py", "--check"])
    assert timetable.main() == 1
    assert "timetable.py" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["timetable.py"])
    assert timetable.main() == 0
    assert copy.read_text(encoding="utf-8") == text
