"""Codespaces, Binder and SageMaker's custom images: what can be seen of them without a container.

`tests/roots/` runs the steps that they share.
"""

import json
import os
import re

import pytest

from workshop import places

STEPS = ".devcontainer/setup.sh"


def text_of(name: str) -> str:
    """Return the text of a file of the checkout."""
    return (places.checkout() / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [".devcontainer/devcontainer.json", ".binder/postBuild", ".sagemaker/Dockerfile"])
def test_all_platforms_share_one_list_of_steps(name):
    """Each calls the script, and installs nothing beside it."""
    assert STEPS in text_of(name)
    assert not re.search(r"\b(pip|conda|apt-get|start\.py) ", text_of(name))


def test_the_devcontainer_says_only_what_its_reference_knows():
    """Its properties are of the reference on containers.dev; what it opens and calls is there."""
    container = json.loads(text_of(".devcontainer/devcontainer.json"))
    assert set(container) == {"name", "image", "updateContentCommand", "remoteEnv", "customizations"}
    assert container["updateContentCommand"] == f"bash {STEPS}"
    for name in container["customizations"]["codespaces"]["openFiles"]:
        assert (places.checkout() / name).is_file()


def test_everywhere_the_kits_environment_comes_first():
    """PATH leads to its programs, JUPYTER_PATH to its kernel: for servers other than its own as well."""
    container = json.loads(text_of(".devcontainer/devcontainer.json"))
    remote = container["remoteEnv"]
    assert remote["PATH"].startswith("${containerWorkspaceFolder}/.venv/bin:")
    assert remote["JUPYTER_PATH"] == "${containerWorkspaceFolder}/.venv/share/jupyter"
    for name in (".binder/start", ".sagemaker/Dockerfile"):
        assert re.search(r'\bPATH="?[^\s:]+/\.venv/bin:\$PATH', text_of(name))
        assert re.search(r'\bJUPYTER_PATH="?[^\s:]+/\.venv/share/jupyter', text_of(name))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permission")
@pytest.mark.parametrize("name", [STEPS, ".binder/postBuild", ".binder/start"])
def test_scripts_can_be_executed(name):
    """They are shell scripts, and Binder runs its own directly."""
    assert os.access(places.checkout() / name, os.X_OK)
    assert text_of(name).startswith("#!/bin/bash\n")
