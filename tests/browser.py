"""A real Chromium, driven as a person would; the terminal's text is read where the browser paints it from."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.nginx_host import NAME
from tests.terminal import PATIENCE

CHROMIUM = "/usr/bin/chromium"
SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--disable-quic", f"--host-resolver-rules=MAP {NAME} 127.0.0.1",
)  # fmt: skip
KEYS = {"enter": "Enter", "esc": "Escape", "down": "ArrowDown", "up": "ArrowUp", "tab": "Tab"}
TRAP = """
Object.defineProperty(Object.prototype, "_terminal", {
  configurable: true,
  set(value) {
    if (value && value.buffer) window.watched = value;
    const own = { value, writable: true, configurable: true, enumerable: true };
    Object.defineProperty(this, "_terminal", own);
  },
});
window.paintedText = () => {
  const buffer = window.watched && window.watched.buffer.active, lines = [];
  for (let row = 0; buffer && row < window.watched.rows; row++) {
    lines.push(buffer.getLine(buffer.viewportY + row).translateToString(true));
  }
  return lines.join("\\n");
};
"""
"""The library keeps its terminal to itself: the first of its parts that is given it gives it away."""


def launch(playwright: Playwright, *more: str) -> Browser:
    if not Path(CHROMIUM).exists():
        pytest.fail("Chromium is missing: install chromium.", pytrace=False)
    return playwright.chromium.launch(executable_path=CHROMIUM, args=[*SWITCHES, *more])


class Window:
    """A browser window on the enrolment page, to be used as tests.terminal.Terminal is."""

    def __init__(self, browser: Browser, url: str, width: int = 1000, height: int = 640) -> None:
        self.context: BrowserContext = browser.new_context(
            ignore_https_errors=True, viewport={"width": width, "height": height}
        )
        self.context.set_default_timeout(PATIENCE * 1000)
        self.context.add_init_script(TRAP)
        self.page: Page = self.context.new_page()
        self.asked: list[str] = []
        self.faults: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(url)

    @property
    def text(self) -> str:
        """The terminal as the person sees it."""
        return str(self.page.evaluate("() => window.paintedText()"))

    def wait_for(self, *words: str) -> str:
        """Wait until every one of `words` is on the screen."""
        condition = "words => words.every(word => window.paintedText().includes(word))"
        try:
            self.page.wait_for_function(condition, arg=list(words))
        except Exception as error:
            raise AssertionError(f"never saw {words!r}; the screen was:\n{self.text}") from error
        return self.text

    def press(self, *keys: str) -> None:
        """Press named keys, or type the characters of anything else."""
        for key in keys:
            if key in KEYS:
                self.page.keyboard.press(KEYS[key])
            else:
                self.page.keyboard.type(key)

    def paste(self, text: str) -> None:
        """Copy `text` from elsewhere, and paste it here with ctrl+v, into a line that hides what it holds."""
        hidden = self.text.count("•") + len(text)
        elsewhere = self.context.new_page()
        elsewhere.set_content("<textarea></textarea>")
        elsewhere.locator("textarea").fill(text)
        elsewhere.locator("textarea").focus()
        elsewhere.keyboard.press("Control+a")
        elsewhere.keyboard.press("Control+c")
        elsewhere.close()
        self.page.bring_to_front()
        self.page.keyboard.press("Control+v")
        count = "() => window.paintedText().split('•').length - 1"
        self.page.wait_for_function(f"hidden => ({count})() >= hidden", arg=hidden)

    def photographed_qr_code(self) -> str:
        """What a phone reads from a picture of the window, once the browser has painted it."""
        deadline = time.monotonic() + PATIENCE
        while not (found := zxingcpp.read_barcodes(Image.open(BytesIO(self.page.screenshot())))):
            assert time.monotonic() < deadline, self.text
        return str(found[0].text)

    @property
    def size(self) -> tuple[int, int]:
        """The terminal's columns and rows."""
        columns, rows = self.page.evaluate("() => [window.watched.cols, window.watched.rows]")
        return columns, rows

    def ended(self) -> str:
        """Wait for the end, and what is said of it."""
        self.page.locator("#ended").wait_for(state="visible")
        return self.page.locator("#sentence").inner_text()

    def wait_end(self) -> int:
        """Wait until the visitor has left; 0, as a program's exit status."""
        assert self.ended().startswith("You have left.")
        return 0

    def close(self) -> None:
        self.context.close()


@contextmanager
def window(browser: Browser, url: str, width: int = 1000, height: int = 640) -> Iterator[Window]:
    """A window until the block ends; nothing foreign was asked for, and nothing failed in it."""
    opened = Window(browser, url, width, height)
    try:
        yield opened
        assert {address.split("/")[2] for address in opened.asked} == {url.split("/")[2]}
        assert opened.faults == []
    finally:
        opened.close()
