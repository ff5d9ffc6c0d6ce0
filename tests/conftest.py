"""What all tests share: an environment without the developer's AWS settings, and a connected local cloud."""

import os

import pytest

from workshop.cloud import connection, emulator


@pytest.fixture(scope="session", autouse=True)
def safe_environment(tmp_path_factory):
    """Keep tests from the developer's AWS credentials, answers and emulator: all that the kit writes goes elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper().startswith("AWS_") or name.upper().endswith("_PROXY"):
                patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("WORKSHOP_HOME", str(tmp_path_factory.mktemp("home")))
        try:
            yield
        finally:
            emulator.stop()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A WORKSHOP_HOME of the test's own; an emulator that the test starts in it is stopped at the end."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("WORKSHOP_HOME", str(folder))
    try:
        yield folder
    finally:
        monkeypatch.setenv("WORKSHOP_HOME", str(folder))
        emulator.stop()


@pytest.fixture
def cloud(safe_environment):
    """A connected local cloud with a new stack and nothing else in it, on the emulator that the session shares."""
    emulator.reset(emulator.start())
    return connection.connect(show=lambda line: None)
