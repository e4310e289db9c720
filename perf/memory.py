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
    """Resident memory of the server's own process; the frameworks are in another one, the warm server.

    Judged is the highest it ever was, since a kernel that takes back idle pages makes the present figure
    look better than it is.
    """
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
            highest = max(_highest_mb(server.pid), *resident_mb)
    before, first, last = resident_mb[0], resident_mb[1], resident_mb[-1]
    measured = f"{last:.0f} MB (highest {highest:.0f}, {before:.0f} before, {first:.0f} after one load)"
    yield Row(what, measured, required, highest <= LIMIT_MB)


def _highest_mb(pid: int) -> float:
    """The most that was ever resident, as the kernel keeps it (proc_pid_status(5): VmHWM, in KiB)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6
