"""What tests of all exercises ask: each mistake of the catalogue is tried, in several spellings, and is explained."""

import pytest


def each_spelling(mistakes):
    """Parametrize a test with (identifier, source): each spelling of each of the mistakes {identifier: [sources]}."""
    tried = [
        pytest.param(identifier, source, id=f"{identifier}-{number}")
        for identifier, sources in mistakes.items()
        for number, source in enumerate(sources, 1)
    ]
    return pytest.mark.parametrize(("identifier", "source"), tried)


def assert_named(result, identifier):
    """Check that an answer did not pass, and that the mistake was told by its name."""
    assert result.outcome in ("wrong", "raised"), result
    assert result.misconception == identifier, result


def assert_all_tried(exercise, mistakes):
    """Check that nothing is in an exercise's catalogue that no test provokes, and that each message is its own."""
    assert {entry.id for entry in exercise.misconceptions} <= set(mistakes)
    assert len({entry.says for entry in exercise.misconceptions}) == len(exercise.misconceptions)
