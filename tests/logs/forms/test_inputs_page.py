"""docs/inputs.md names every form and layout that the code knows, and no other reader."""

import re
from pathlib import Path

import pytest

from workshop.logs import layout, names, who
from workshop.logs.forms import archives, first_bytes, recognise, refused

PAGE = (Path(__file__).parents[3] / "docs" / "inputs.md").read_text(encoding="utf-8")
CODE = set(re.findall(r"`([^`]+)`", PAGE))


def test_the_table_of_forms_has_each_reader_and_no_other():
    """By the module that reads it."""
    readers = re.findall(r"^\|.*\| `(\w+)` \|$", PAGE, re.MULTILINE)
    assert readers == [reader.__module__.rpartition(".")[2] for reader in recognise._READERS]


def test_each_way_of_packing_is_named():
    """And the limits of what is unpacked are those of the code."""
    assert {*first_bytes.PACKED.values(), "tar"} <= CODE
    assert archives._unpackers.keys() <= CODE
    assert f"{archives._MOST_BYTES >> 30} GB and to {archives._MOST_MEMBERS:,} files" in PAGE
    assert archives._MOST_LAYERS == 5
    assert "up to five times over" in PAGE


@pytest.mark.parametrize("words", sorted({*first_bytes.REFUSED.values(), *refused._FORMS.values()}))
def test_each_form_that_is_refused_is_named_in_its_own_words(words):
    """A reader finds the reason that was given on the page."""
    assert any(words.startswith(one) for one in CODE), words


@pytest.mark.parametrize("words", ["Splunk's form without _raw", "Elastic's form without event.original"])
def test_so_are_exports_of_search_engines(words):
    """These are recognised by their readers."""
    assert words in CODE
    assert words in (Path(recognise.__file__).parent / "search_engines.py").read_text(encoding="utf-8")


def test_suffixes_services_and_fields_are_those_of_the_code():
    """What is opened by its name, what is left closed, and the order of the fields that name a caller."""
    assert {*names.SUFFIXES, ".parquet", ".log", ".csv", ".txt"} <= CODE
    assert (*names.SUFFIXES, ".parquet") == names._OPENED
    assert {".py", ".html", ".png", ".xlsx", ".yaml", ".tfstate"} <= names._OTHER
    assert not names._OTHER & {*names._OPENED, ".log", ".csv", ".txt", ".xz", ""}
    section = PAGE.partition("`AWSLogs/<account>/<service>/`")[2].partition("Folders of other names")[0]
    assert set(re.findall(r"`(\w[\w-]*)`", section)) == layout.OTHER_SERVICES
    assert ", ".join(f"`{name}`" for name in who.WHO[:-1]) in " ".join(PAGE.split())
