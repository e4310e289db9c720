"""How much memory the web process holds after it has served pages."""

from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import psutil

from perf.row import Row
from perf.web import ROOT, chromium, served, visited

LIMIT_MB = 250  # MB of 10⁶ bytes
LOADS = 10
ANSWERED = "?framework=pytorch&hardware=x86-cpu&hardware=android&serving=triton&needs=dynamic-shapes"


def measure(folder: Path) -> Iterator[Row]:
    """Resident memory of the server's own process; the frameworks are in another one, the warm server."""
    pages = [ANSWERED, *sorted(file.stem for file in (ROOT / "pages").glob("[a-z]*.py"))]
    what = f"web process after {LOADS} loads of {', '.join(pages[1:])}"
    required = f"≤ {LIMIT_MB} MB"
    with chromium(folder) as browser:
        if browser is None:
            yield Row(what, "not measured: needs Chromium and playwright", required, False)
            return
        data = folder / "data"
        data.mkdir()
        with served(data) as server:
            process = psutil.Process(server.pid)
            resident_mb = [process.memory_info().rss / 1e6]
            for page in islice(cycle(pages), LOADS):
                with visited(browser, f"{server.address}/{page}"):
                    resident_mb.append(process.memory_info().rss / 1e6)
    last = resident_mb[-1]
    measured = f"{last:.0f} MB ({resident_mb[0]:.0f} before, {resident_mb[1]:.0f} after the first load)"
    yield Row(what, measured, required, last <= LIMIT_MB)
