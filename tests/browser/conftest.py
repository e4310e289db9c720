"""One server and one Chromium for the browser tests of a file; a fresh browser context for each.

Not for all files: what follows in the same process counts its processes and runs event loops of its own."""

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.web_server import ROOT, free_port, served, streamlit_command

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # Chromium refuses its own sandbox to root, which is who runs tests in a container
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=30_000)  # ms; a page is there in about one second on an idle machine


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's data folder."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[str]:
    """The address of a running server with a data folder of its own."""
    port = free_port()
    with served(streamlit_command(port), port, data) as address:
        yield address


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Debian's Chromium, headless. It ends with its module: for as long as Playwright lives, its event loop
    runs in this thread, and no test of another module could run one of its own.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "Chromium is missing; make test installs it (Debian: apt-get install chromium)"
    home = str(tmp_path_factory.mktemp("home"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=CHROMIUM_ARGUMENTS, env={"HOME": home, "PATH": "/usr/bin:/bin"}
        )
        yield browser
        browser.close()


@dataclass
class Visitor:
    """A person with a fresh browser. `complaints`: what went wrong unseen, which no page may cause;
    `elsewhere`: beginnings of addresses that a page of somebody else's may ask for."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    elsewhere: tuple[str, ...] = ()

    def open(self, address: str) -> Page:
        """Goes to `address` and waits until the page has been drawn."""
        self.page.goto(address)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Waits until no script of the page runs and every element is drawn."""
        expect(self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0)

    def looks(self, widths: Sequence[int]) -> Iterator[tuple[int, str]]:
        """Shows the page in each width and theme, as to who turns screen or light, and yields both."""
        app = self.page.get_by_test_id("stApp")
        for width in widths:
            for scheme in ("light", "dark"):
                self.page.set_viewport_size({"width": width, "height": 900})
                self.page.emulate_media(color_scheme=scheme)
                expect(app).to_have_css("color-scheme", scheme)
                self.settle()
                yield width, scheme

    def photograph(self, name: str) -> None:
        """Keeps the whole page as artifacts/NAME.png."""
        width = self.page.viewport_size["width"]
        height = self.page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        self.page.set_viewport_size({"width": width, "height": height + 120})
        self.page.wait_for_timeout(400)  # fonts and the layout of the new size
        folder = ROOT / "artifacts"
        folder.mkdir(exist_ok=True)
        self.page.screenshot(path=Path(folder, f"{name}.png"))


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """Opens a fresh browser context: visit(width=1200, scheme="light"). At the end no page may have
    complained.
    """
    visitors: list[Visitor] = []

    def arrive(width: int = 1200, scheme: str = "light") -> Visitor:
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        context.set_default_timeout(30_000)
        visitor = Visitor(context, context.new_page())
        listen(visitor)
        visitors.append(visitor)
        return visitor

    yield arrive
    for visitor in visitors:
        visitor.context.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []


def listen(visitor: Visitor) -> None:
    """Notes every error on the console, uncaught exception and request to another host."""

    def console(message: object) -> None:
        # Opened at /compare, Streamlit's browser side looks for its server at /compare/_stcore/ first. A
        # refused upload is said on the page, and the browser says its status here.
        expected = re.search(
            r"/(compare|formats|reviews?|status)/_stcore/|/api/models\?", message.location["url"]
        )
        if message.type == "error" and not expected:
            visitor.complaints.append(f"console: {message.text}")

    def request(sent: object) -> None:
        ours = ("http://localhost:", "ws://localhost:", "data:", "blob:")
        if not sent.url.startswith((*ours, *visitor.elsewhere)):
            visitor.complaints.append(f"request to another host: {sent.url}")

    visitor.page.on("console", console)
    visitor.page.on("pageerror", lambda error: visitor.complaints.append(f"exception: {error}"))
    visitor.page.on("request", request)
