"""How long after its start the server has served a page."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from perf.row import Row
from perf.web import chromium, served, visited

LIMIT_S = 5.0
STARTS = 3
TEXT = "Choose the training framework to begin"


def measure(folder: Path) -> Iterator[Row]:
    """The page counts when its text is visible in a browser that was open before the server started.

    Without a browser only HTTP can be judged, which says less: the text comes over a WebSocket.
    """
    healthy, shown, again = [], [], []
    with chromium(folder) as browser:
        for number in range(STARTS):
            data = folder / f"data-{number}"
            data.mkdir()
            with served(data) as server:
                healthy.append(server.healthy_s)
                if browser is not None:
                    with visited(browser, server.address) as page:
                        page.get_by_text(TEXT).wait_for()
                        shown.append(time.monotonic() - server.began)
                    began = time.monotonic()
                    with visited(browser, server.address) as page:
                        page.get_by_text(TEXT).wait_for()
                        again.append(time.monotonic() - began)
    required = f"≤ {LIMIT_S:g} s"
    if shown:
        ok = statistics.median(shown) <= LIMIT_S
        yield Row("server start to the Advise page in a browser", _words(shown), required, ok)
        yield Row("  of that until / and the health check answer", _words(healthy))
        yield Row("  a second fresh browser on the running server", _words(again))
    else:
        ok = statistics.median(healthy) <= LIMIT_S
        yield Row("server start to / answering (no browser here)", _words(healthy), required, ok)


def _words(seconds: list[float]) -> str:
    return (
        f"{statistics.median(seconds):.2f} s (median of {len(seconds)}, "
        f"{min(seconds):.2f} to {max(seconds):.2f})"
    )
