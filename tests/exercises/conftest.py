"""What tests of the exercises share."""

import pytest

from workshop.exercises.judging import judge


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    """Repairs get the time they need on a busy machine: what is found must not depend on it."""
    monkeypatch.setattr(judge, "SECONDS_FOR_REPAIRS", 120)


@pytest.fixture
def without_repairs(_patience, monkeypatch):
    """No repair is tried: for tests that ask only whether an answer passes."""
    monkeypatch.setattr(judge, "SECONDS_FOR_REPAIRS", 0)
