"""All notebooks, from the first connection to the teardown, with docs/attendee-policy.json and nothing else."""

import json

import pytest
from policy_user import startup
from test_notebooks import build


@pytest.fixture(scope="module")
def as_attendee(tmp_path_factory):
    """All notebooks, solved, in one home and in order, with the attendee policy; and the file of what was denied."""
    more, denied = startup(tmp_path_factory.mktemp("attendee"))
    with build.fresh_home() as environment:
        notebooks = {
            source.stem: build.run(build.solved(source), f"{source.stem} as an attendee", {**environment, **more})
            for source in build.sources()
        }
    return notebooks, denied


def test_all_notebooks_run_with_it(as_attendee):
    """From the first connection to the teardown nothing is denied, and it was indeed the attendee who called."""
    notebooks, denied = as_attendee
    assert denied.read_text() == ""
    said = {name: json.dumps([cell.get("outputs") for cell in notebook.cells]) for name, notebook in notebooks.items()}
    assert "user/attendee" in said["00_start_here"]
    assert "CAUGHT" in said["04_deploy_and_alarm"]
    assert "Nothing of the workshop remains" in said["07_clean_up"]
