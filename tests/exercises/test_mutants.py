"""Mutation testing of the checks: the model answers, changed in one place by cosmic-ray, must not pass.

cosmic-ray's command runs a test suite once for each mutant; a check is quicker, so its operators are used directly.
"""

import inspect

import cosmic_ray.plugins
import pytest
from cells import function_of
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

from workshop.exercises import check, extra_answers, model_answers

HEAD = "from workshop import print_short_record\nfrom workshop.cloudtrail_analyzer import *\n\n\n"
MODELS = {model.__name__: model for model in [*model_answers(), *extra_answers()]}
# These two need to be told a name, and put a random number in its place.
WITH_ARGUMENTS = {"core/VariableReplacer", "core/VariableInserter"}
BEST = dict.fromkeys(MODELS, "passed") | {"deleting_logs": "bonus"}
# Other pieces of what ascii() gives than the model answer takes.
PIECES = (" 2:-1", " 0:-1", "1:- 2", "1:- 0", "1:1", "1:~1", "1:not 1", "1:+1")
# Changed lines that do the same as far as the exercise asks for anything. The line of the warm-up has five fields; who
# made the call comes on top, so that any other text, or none, may stand in its place.
EQUIVALENT = (
    {
        ("print_short_record", line)
        for line in (  # of who called, the task leaves open what is shown
            'who = who or identity.get("invokedBy") and identity.get("principalId") or identity.get("accountId")',
            'who = who and identity.get("invokedBy") or identity.get("principalId") or identity.get("accountId")',
            'who = who or identity.get("invokedBy") or identity.get("principalId") and identity.get("accountId")',
            'who = who and identity.get("type") or "-"',
            'source = record.get("eventSource") or (record.get("insightDetails") and {}).get("eventSource", "-")',
            'who = who or identity.get("type") and "-"',
            'who = identity.get("arn") or identity.get("userName") and (identity.get("onBehalfOf") or {}).get("userId")',  # noqa: E501
            'who = identity.get("arn") and identity.get("userName") or (identity.get("onBehalfOf") or {}).get("userId")',  # noqa: E501
            'time = record.get("eventTime") or (record.get("timeWindow") and {}).get("windowStart", "-")',
        )
    }
    | {
        # How what is not printable is shown is left open, too. The records of the cases have nothing of the kind.
        ("print_short_record", f'print("".join(sign if {shown} for sign in "  ".join(map(str, line))))')
        for shown in (
            "not sign.isprintable() else ascii(sign)[1:-1]",
            *(f"sign.isprintable() else ascii(sign)[{piece}]" for piece in PIECES),
        )
    }
    | {
        # PutRetentionPolicy must name a number of days, and CloudWatch Logs takes 1, 3, 5, 7 and more, but not 6.
        # readWriteType is All, ReadOnly or WriteOnly. A setting is true or false.
        ("narrowing_logs", line)
        for line in (
            '"logs.amazonaws.com:PutRetentionPolicy": asked.get("retentionInDays", 8) < 7,',
            '"logs.amazonaws.com:PutRetentionPolicy": asked.get("retentionInDays", 6) < 7,',
            '"logs.amazonaws.com:PutRetentionPolicy": asked.get("retentionInDays", 7) < 6,',
            (
                'full = [s["readWriteType"] <= "All" and s["includeManagementEvents"] '
                'for s in asked.get("eventSelectors") or []]'
            ),
            '"cloudtrail.amazonaws.com:UpdateTrail": asked.get("isMultiRegionTrail") == False,',
        )
    }
    | {
        # Whether a session that began in the second of the first record could have been seen is anybody's guess.
        ("issued_by_ec2", "if not began or began <= known.since:"),
    }
)


def mutants():
    """Return (name of the exercise, operator and number, mutated source) of all mutants, each source once."""
    found = {}
    for name, model in MODELS.items():
        source = inspect.getsource(model)
        nodes = list(ast_nodes(get_ast(source)))
        for operator in sorted(set(cosmic_ray.plugins.operator_names()) - WITH_ARGUMENTS):
            change = cosmic_ray.plugins.get_operator(operator)
            # Most operators find nothing to change; mutate_code would parse the source to see it.
            for number in range(sum(len(list(change().mutation_positions(node))) for node in nodes)):
                code = mutate_code(source, change(), number)
                found.setdefault((name, code), f"{name}-{operator.removeprefix('core/')}-{number}")
    return [(name, label, code) for (name, code), label in found.items()]


def _changed_line(name, code):
    """Return the line of a mutant that is not in the model answer."""
    known = inspect.getsource(MODELS[name]).splitlines()
    return next(line.strip() for line in code.splitlines() if line not in known)


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSHOP_HOME", str(tmp_path))


@pytest.mark.parametrize("name", MODELS)
def test_the_model_answers_pass(name):
    """What is mutated passes, as a cell of its own: a mutant that fails does so for its mutation."""
    assert check(function_of(HEAD + inspect.getsource(MODELS[name]), name)).outcome == BEST[name]


@pytest.mark.parametrize(("name", "code"), [pytest.param(name, code, id=label) for name, label, code in mutants()])
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.usefixtures("without_repairs")
def test_no_mutant_passes(name, code):
    """No mutant of a model answer passes as the model does, but for those that do what is asked all the same.

    A mutant of the bonus alone may pass, without the bonus.
    """
    result = check(function_of(HEAD + code, name))
    if (name, _changed_line(name, code)) in EQUIVALENT:
        assert result.outcome == BEST[name], result
    else:
        assert result.outcome != BEST[name], _changed_line(name, code)


def test_equivalent_mutants_exist():
    """Each line listed as equivalent is one of a mutant: the list does not outlive the code."""
    assert set(EQUIVALENT) <= {(name, _changed_line(name, code)) for name, _, code in mutants()}
