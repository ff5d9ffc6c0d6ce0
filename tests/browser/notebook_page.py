"""A JupyterLab page in a real browser, in an attendee's words: open, run, type, read."""

import re
import secrets
from urllib.parse import urlsplit

from playwright.sync_api import expect
from waiting import PATIENCE, wait_for

# What the browser may complain of: (part of the message, why it is nobody's fault here).
TOLERATED = ()
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Where all tabs of a notebook lie, the one in front alone is seen.
PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"
ERRORS = '[data-mime-type="application/vnd.jupyter.error"], .jp-RenderedText:has-text("Traceback (most recent call")'
UNFINISHED = r"""() => {
  const panel = document.querySelector(".jp-NotebookPanel:not(.lm-mod-hidden)");
  const cells = [...panel.querySelectorAll(".jp-CodeCell")].filter(
    (cell) => cell.querySelector(".cm-content").textContent.trim());
  return cells.length - cells.filter((cell) => /\d/.test(cell.querySelector(".jp-InputPrompt").textContent)).length;
}"""

# The texts in outputs whose contrast with their ground is below what WCAG 2.2 asks for (AA: 4.5, large ones 3).
HARD_TO_READ = r"""panel => {
  const channels = (css) => {
    const found = css.match(/[\d.]+/g).map(Number);
    if (css.startsWith("color(")) return [...found.slice(0, 3).map((c) => 255 * c), found[3] ?? 1];
    return [...found, 1].slice(0, 4);
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((c, i) => c * a + below[i] * (1 - a));
  const light = (rgb) => rgb.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    if (!element) return [255, 255, 255];
    const own = channels(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own.slice(0, 3) : over(own, ground(element.parentElement));
  };
  const bad = [];
  for (const output of panel.querySelectorAll(".jp-OutputArea-output")) {
    const texts = document.createTreeWalker(output, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const [text, element] = [texts.currentNode.textContent.trim(), texts.currentNode.parentElement];
      if (!text || !element.checkVisibility({ opacityProperty: true }) || element.closest(":disabled")) continue;
      const style = getComputedStyle(element);
      if (["STYLE", "SCRIPT", "OPTION", "TITLE"].includes(element.tagName)) continue;
      const below = ground(element);
      const [one, other] = [light(over(channels(style.color), below)), light(below)];
      const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) bad.push(`${ratio.toFixed(1)}: ${text.slice(0, 60)}`);
    }
  }
  return [...new Set(bad)];
}"""
CUT_OFF = """panel => [...panel.querySelectorAll(".jp-OutputArea-output")]
  .filter((output) => output.scrollWidth > output.clientWidth + 2)
  .map((output) => output.closest(".jp-CodeCell").querySelector(".cm-content").textContent)"""


class NotebookPage:
    """One tab of the browser with JupyterLab in it; it notes each complaint of the browser and each host asked."""

    def __init__(self, browser, lab, screenshots):
        self.lab, self.screenshots = lab, screenshots
        self.complaints, self.hosts = [], set()
        self.context = browser.new_context(viewport={"width": 1400, "height": 1000})
        self.context.set_default_timeout(PATIENCE * 1000)
        self.context.on("request", lambda request: self._note_host(request.url))
        self.page = self.context.new_page()
        self.page.on("websocket", lambda socket: self._note_host(socket.url))
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))

    def _note_host(self, url):
        address = urlsplit(url)
        if address.scheme in ("http", "https", "ws", "wss"):
            self.hosts.add(address.hostname)

    def _note_message(self, message):
        text = f"{message.type}: {message.text} ({message.location.get('url', '')})"
        if message.type in ("error", "warning") and not any(part in text for part, _ in TOLERATED):
            self.complaints.append(text)

    def foreign_hosts(self):
        """Return the hosts other than this machine that the page asked for anything."""
        return sorted(host for host in self.hosts if host not in LOOPBACK)

    # ------------------------------------------------------------ notebooks

    @property
    def panel(self):
        """The notebook in front."""
        return self.page.locator(PANEL)

    def open_lab(self, path):
        """Open JupyterLab in a fresh workspace with the notebook `path`."""
        workspace = f"/lab/workspaces/{secrets.token_hex(4)}/tree/{path}"
        self.page.goto(f"{self.lab.url}{workspace}?reset&token={self.lab.token}")
        self._wait_for_kernel(path)

    def follow_link(self, text, path):
        """Click a link in the notebook that leads to another one, and wait until that one is in front."""
        self.panel.get_by_role("link", name=text).last.click()
        self._wait_for_kernel(path)

    def _wait_for_kernel(self, path):
        """JupyterLab takes commands before its kernel is connected, and loses them."""
        name = path.rpartition("/")[2]
        expect(self.page.locator(".lm-DockPanel-tabBar .lm-mod-current .lm-TabBar-tabLabel")).to_have_text(name)
        expect(self.panel.locator(".jp-CodeCell").first).to_be_visible()

        def connected():
            kernels = [session["kernel"] for session in self.lab.ask("/api/sessions") if session["path"] == path]
            return any(kernel["connections"] and kernel["execution_state"] == "idle" for kernel in kernels)

        wait_for(connected, f"connected kernel for {path}")

    def menu(self, menu, item):
        """Choose an item of the menu bar."""
        self.page.locator(".lm-MenuBar-itemLabel").get_by_text(menu, exact=True).click()
        self.page.locator(".lm-Menu-itemLabel").get_by_text(item, exact=True).click()

    def run_all(self, seconds=2 * PATIENCE):
        """Run all cells by the menu; return when the last one is done. Raises: AssertionError for an error in one."""
        self.menu("Run", "Run All Cells")
        wait_for(lambda: self.errors() or not self.page.evaluate(UNFINISHED), "end of Run All Cells", seconds)
        assert not self.errors(), self.errors()

    def errors(self):
        """Return the texts of the errors that the notebook shows in its outputs."""
        return self.panel.locator(ERRORS).all_inner_texts()

    def save(self):
        """Save the notebook by the menu, so that its file can be read."""
        self.menu("File", "Save Notebook")
        expect(self.panel.locator(".jp-mod-dirty")).to_have_count(0)

    def bring_to_front(self, name):
        """Click the tab of a notebook that is open."""
        self.page.locator(".lm-DockPanel-tabBar .lm-TabBar-tabLabel").get_by_text(name).click()
        expect(self.page.locator(".lm-DockPanel-tabBar .lm-mod-current .lm-TabBar-tabLabel")).to_have_text(name)

    def choose_theme(self, name):
        """Choose a theme by the menu, and wait until it is there."""
        self.page.locator(".lm-MenuBar-itemLabel").get_by_text("Settings", exact=True).click()
        self.page.locator(".lm-Menu-itemLabel").get_by_text("Theme", exact=True).hover()
        self.page.locator(".lm-Menu-itemLabel").get_by_text(name, exact=True).click()
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-name", name)

    def hard_to_read(self):
        """Return the texts in the outputs that stand out too little from their ground, with the contrast."""
        return self.panel.evaluate(HARD_TO_READ)

    def cut_off(self):
        """Return the sources of the cells whose output is wider than the page."""
        return self.panel.evaluate(CUT_OFF)

    # ------------------------------------------------------------ cells

    def cell(self, source, which=None):
        """Return the one code cell that has a line with the text, or that number (from 0) of those that have."""
        lines = self.page.locator(".cm-line", has_text=source)
        cells = self.panel.locator(".jp-CodeCell").filter(has=lines)
        if which is None:
            expect(cells).to_have_count(1)
            return cells
        return cells.nth(which)

    def type_into(self, cell, source):
        """Replace the source of a cell."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)

    def run(self, cell):
        """Run one cell and return what it shows, as the attendee can read it; errors are shown, not raised."""
        prompt = cell.locator(".jp-InputPrompt")
        before = prompt.inner_text()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        numbered = re.compile(r"\[\d+\]")
        wait_for(lambda: numbered.search(text := prompt.inner_text()) and text != before, "end of the cell")
        return self.output(cell)

    def output(self, cell):
        """Return what a cell shows below its source; what is folded away is unfolded first."""
        area = cell.locator(".jp-Cell-outputArea")
        for folded in area.locator("details:not([open]) > summary").all():
            folded.click()
        return "\n".join(area.all_inner_texts())

    # ------------------------------------------------------------ pictures

    def screenshot(self, name, of=None):
        """Keep a picture of what is seen, or of one part of the page, as test output."""
        path = self.screenshots / f"{name}.png"
        if of is None:
            self.page.screenshot(path=path)
        else:
            of.scroll_into_view_if_needed()
            of.screenshot(path=path)

    def screenshot_whole(self, name):
        """Keep pictures of the whole notebook in front, page after page: NAME-1.png, NAME-2.png …"""
        size = self.page.viewport_size
        self.page.set_viewport_size({"width": size["width"], "height": 1800})
        scrolled = self.panel.locator(".jp-WindowedPanel-outer")
        wait_for(lambda: scrolled.evaluate("element => element.clientHeight > 1500"), "taller page")
        seen, height = scrolled.evaluate("element => [element.clientHeight, element.scrollHeight]")
        for number, top in enumerate(range(0, height, seen - 60), start=1):
            scrolled.evaluate("(element, top) => element.scrollTo(0, top)", top)
            self.page.screenshot(path=self.screenshots / f"{name}-{number}.png")
        self.page.set_viewport_size(size)
