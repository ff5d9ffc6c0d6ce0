"""Records that an attacker has a hand in, in a real browser: what they say is text, and does nothing."""

from pathlib import Path

import pytest
from log_files import record, write
from playwright.sync_api import sync_playwright

from workshop.cloud import console
from workshop.cloudtrail_analyzer import print_short_record
from workshop.exercises.commands import check
from workshop.explorer import explore
from workshop.hunting.hunt import hunt
from workshop.logs.table.events import load_events

FOLDER = Path(console.__file__).parents[1] / "explorer"
# Each would set window.hit if a browser took it for markup.
MARKUP = [
    "<img src=x onerror=window.hit=1>",
    "<script>window.hit=1</script>",
    '"><svg onload=window.hit=1>',
    "'><iframe srcdoc='<script>parent.hit=1</script>'>",
    "</td></table><style onload=window.hit=1></style>",
    "javascript:window.hit=1",
    "\u202e<b>",
]
EVIL = " ".join(MARKUP)
# The other side of the widget, for explorer.js: what anywidget is in a notebook.
MODEL = """async ([script, state]) => {
  const listeners = {};
  window.sent = [];
  window.heard = (answer) => listeners["msg:custom"].forEach((listener) => listener(answer));
  const model = {
    get: (name) => state[name], set: (name, value) => { state[name] = value; },
    save_changes: () => listeners["change:opened"].forEach((listener) => listener()),
    on: (name, listener) => { (listeners[name] ??= []).push(listener); },
    send: (message) => window.sent.push(message),
  };
  const widget = (await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })))).default;
  widget.render({ model, el: document.body });
}"""


@pytest.fixture(scope="module")
def page(chromium):
    """An empty page of a browser without a network; what goes wrong in it fails the test."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(offline=True)
        page, errors = context.new_page(), []
        page.on("pageerror", lambda error: errors.append(error))
        yield page
        browser.close()
        assert errors == []


def show(page, html):
    """Show some HTML in a window of its own."""
    page.goto("about:blank")  # else window.hit would stay
    page.set_content(html)


def is_harmless(page):
    """Return whether nothing in the page has run, and no element has come in that could."""
    page.wait_for_timeout(100)  # images that fail say so a moment later
    kinds = page.evaluate(
        "[...document.body.querySelectorAll('img, script, svg, iframe, style')].map(e => e.outerHTML)"
    )
    return page.evaluate("window.hit") is None and [kind for kind in kinds if "window.hit" in kind] == []


@pytest.fixture
def events(tmp_path):
    """One record with markup wherever text can be."""
    identity = {"type": EVIL, "arn": EVIL, "userName": EVIL, "accessKeyId": EVIL}
    fields = dict.fromkeys(
        ("eventName", "eventSource", "sourceIPAddress", "userAgent", "errorCode", "errorMessage"), EVIL
    )
    fields |= {"userIdentity": identity, "requestParameters": {"logGroupName": EVIL, EVIL: [EVIL]}, "awsRegion": EVIL}
    return load_events(write(tmp_path, {"1.json": [record(1, **fields)]}))


def test_the_check_itself_sees_what_runs(page):
    """A page that takes markup for what it is fails it."""
    show(page, f"<body>{MARKUP[0]}</body>")
    assert not is_harmless(page)


def test_the_explorer_shows_markup_as_text(page, events):
    """In the table, the counts, the opened record with its actions, and the messages."""
    shown = explore(events)
    shown.filter(text="img")
    state = {"query": shown.query, "view": shown.view | {"message": EVIL}, "opened": [0], "words": shown.words}
    told = []
    shown.send = told.append
    shown._answer(shown, {"kind": "record", "row": 0}, [])
    told[-1]["problem"] = EVIL
    show(page, "<body></body>")
    page.evaluate(MODEL, [(FOLDER / "explorer.js").read_text(encoding="utf-8"), state])
    page.evaluate("answer => window.heard(answer)", told[-1])
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    page.get_by_role("treeitem").first.click()
    assert is_harmless(page)
    words = page.locator(".ctx").inner_text()
    assert MARKUP[0] in words
    assert r"\u202e" in words
    assert "\u202e" not in words
    assert page.locator(".ctx-tree").inner_text().count(MARKUP[1]) >= 5


def html_of(thing):
    """Return what a notebook shows of something."""
    return thing._repr_html_()


def test_what_notebooks_show_as_html_is_text(page, events, capsys):
    """Tables of events and of matches, with what detectors printed; the explorer's saved form."""

    def prints(one):
        print_short_record(one)
        print(one["userAgent"])
        return True

    matches = hunt(events.attrs["source"], prints)
    saved = explore(events)._repr_mimebundle_()[0]["text/html"]
    for html in (html_of(events), html_of(matches), html_of(events.iloc[0].to_frame()), saved):
        assert "img" in html
        show(page, f"<body>{html}</body>")
        assert is_harmless(page)


def test_what_an_answer_raises_is_text(page):
    """A message that holds markup, in the box of `check`."""
    from cells import function_of

    answer = function_of(f"def deleting_logs(record):\n    raise ValueError({EVIL!r})\n", "deleting_logs")
    result = check(answer)
    assert result.outcome == "raised"
    show(page, f"<body>{html_of(result)}</body>")
    assert MARKUP[0] in page.locator("body").inner_text()
    assert is_harmless(page)
