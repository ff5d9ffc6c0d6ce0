"""A headless Chromium, and the lab that it looks at; without a browser the tests are skipped, except in CI."""

import os
import shutil

import pytest
from attendee import Journey
from notebook_page import NotebookPage
from playwright.sync_api import expect, sync_playwright
from running_lab import RunningLab
from waiting import PATIENCE

from workshop import places

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Whatever a page asks of another machine fails at once, and is noted.
ARGUMENTS = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]


def find_chromium(environment=os.environ):
    """Return the path of the browser: $WORKSHOP_CHROMIUM if it is set, else a Chromium on the PATH, else None.

    Raises: ValueError if $WORKSHOP_CHROMIUM names no program.
    """
    named = environment.get("WORKSHOP_CHROMIUM")
    if named and not shutil.which(named):
        raise ValueError(f"WORKSHOP_CHROMIUM names no program: {named}")
    return next(filter(None, map(shutil.which, [named] if named else NAMES)), None)


@pytest.fixture(scope="session")
def chromium():
    """The path of a Chromium; the tests that need it are skipped where there is none, and fail there in CI."""
    path = find_chromium()
    if path is None:
        reason = f"no browser: none of {', '.join(NAMES)} is on the PATH, and WORKSHOP_CHROMIUM names none"
        if os.environ.get("CI", "").lower() in ("true", "1"):
            pytest.fail(f"{reason}; in CI it is required")
        pytest.skip(reason)
    return path


@pytest.fixture(scope="module")
def screenshots():
    """The folder of test output where the pictures are kept; those of the last run are removed."""
    folder = places.checkout() / "test-output" / "browser"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def lab(chromium, safe_environment, tmp_path_factory):
    """`workshop lab`, as `make lab` starts it, on a copy of the checkout."""
    lab = RunningLab(tmp_path_factory.mktemp("lab"))
    try:
        yield lab
    finally:
        lab.end()


@pytest.fixture(scope="module")
def journey(chromium, lab, screenshots):
    """An attendee in front of the browser, who goes as far as a test asks."""
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        try:
            yield Journey(NotebookPage(browser, lab, screenshots))
        finally:
            browser.close()
