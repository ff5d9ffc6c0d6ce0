"""A root with the newest Python of Debian's testing suite, in which the kit is set up as on a machine in the cloud."""

import os
from contextlib import ExitStack

import pytest
from debian_root import NoRoot, debian_root

# The first one that can be had is taken.
PYTHONS = os.environ.get("WORKSHOP_ROOT_PYTHON", "python3.15 python3.14").split()


@pytest.fixture(scope="session")
def root():
    """The root; its tests are skipped where none can be built, which is never the kit's fault."""
    reasons = []
    with ExitStack() as stack:
        for python in PYTHONS:
            try:
                yield stack.enter_context(debian_root(python))
                return
            except NoRoot as reason:
                reasons.append(f"{python}: {reason}")
        pytest.skip(f"no root with a newer Python: {'; '.join(reasons)}")


@pytest.fixture(scope="session")
def kit(root):
    """The root, in which Binder's build has run: the steps that all machines in the cloud share."""
    ended = root.run(".binder/postBuild")
    assert ended.returncode == 0, ended.stdout
    return root
