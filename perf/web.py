"""The web application as its users meet it: the server `make run` starts, and a browser that opens pages."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 60
POLL_S = 0.02
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # Chromium refuses its own sandbox to root, which is who runs this in a container
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]


@dataclass(frozen=True)
class Server:
    """A running web server. `began` is when its process was started (`time.monotonic`), `healthy_s` how
    many seconds later its health check and the address / answered.
    """

    pid: int
    address: str
    began: float
    healthy_s: float


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """Runs the server on a free loopback port, with `folder` as its data folder and home.

    Raises RuntimeError with the end of its log where it ends or does not answer within PATIENCE_S.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://localhost:{port}"
    environment = os.environ | {"HOME": str(folder), "FORMAT_ADVISOR_DATA": str(folder)}
    log = folder / "server.log"
    with log.open("wb") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,  # a process group of its own, so that all of it can be ended
        )
    try:
        while not (_answers(f"{address}/_stcore/health") and _answers(address)):
            if process.poll() is not None or time.monotonic() - began > PATIENCE_S:
                raise RuntimeError(f"The server does not answer: {log.read_text()[-500:]}")
            time.sleep(POLL_S)
        yield Server(process.pid, address, began, time.monotonic() - began)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=2) as answer:
            return answer.status == 200
    except (URLError, ConnectionError, TimeoutError):
        return False


@contextmanager
def chromium(folder: Path) -> Iterator["Browser | None"]:
    """Debian's Chromium, headless; None where it or the library that drives it is not installed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if program is None:
        yield None
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=CHROMIUM_ARGUMENTS,
            env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "TMPDIR": os.environ.get("TMPDIR", "/tmp")},
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visited(browser: "Browser", address: str) -> Iterator["Page"]:
    """Opens a page in a fresh browser profile and waits until its script has ended and its title is there.

    Raises RuntimeError where the page says that it failed or is not there.
    """
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_S * 1000)
    try:
        page = context.new_page()
        page.goto(address)
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        page.locator("[data-testid=stMain] h1").first.wait_for()
        for trouble in ("This page failed", "Page not found"):
            if page.get_by_text(trouble).count():
                raise RuntimeError(f"{address} says: {trouble}.")
        yield page
    finally:
        context.close()
