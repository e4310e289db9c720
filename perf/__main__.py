"""`python -m perf [NAME …]`: runs the measurements and prints one table.

Exit codes: 0 everything required was reached, 1 something falls short, 2 wrong usage.
"""

import argparse
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from perf import (
    advice,
    audit,
    conversion,
    endurance,
    exhaustive,
    importer,
    memory,
    races,
    reviews,
    sandbox,
    start,
    verdicts,
)
from perf.row import Row

MEASUREMENTS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "start": start.measure,
    "memory": memory.measure,
    "conversion": conversion.measure,
    "importer": importer.measure,
    "verdicts": verdicts.measure,
    "races": races.measure,
    "advice": advice.measure,
    "exhaustive": exhaustive.measure,
    "sandbox": sandbox.measure,
    "audit": audit.measure,
    "endurance": endurance.measure,
    "reviews": reviews.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m perf", description="Measure the program itself.")
    known = ", ".join(MEASUREMENTS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {known} (default: all)")
    names = parser.parse_args().names or list(MEASUREMENTS)
    if unknown := [name for name in names if name not in MEASUREMENTS]:
        parser.error(f"there is no measurement {', '.join(unknown)}; there are {known}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers and folders are ended too
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    before = os.getloadavg()[0]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="perf-") as folder:
        # Inherited by everything that is started, so that nothing stays behind elsewhere.
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        for name in names:
            rows += _measure(name, Path(folder, name))
    print(_table(rows))
    print(
        f"\n{len(os.sched_getaffinity(0))} cores, load average {before:.1f} when it began; "
        "other work on the machine makes times longer."
    )
    return 1 if any(row.ok is False for row in rows) else 0


def _measure(name: str, folder: Path) -> Iterator[Row]:
    """The rows of one measurement; where it breaks, a row that falls short instead of the rest."""
    folder.mkdir(exist_ok=True)
    print(f"perf: {name} …", file=sys.stderr, flush=True)
    try:
        for row in MEASUREMENTS[name](folder):
            print(f"perf: {row.what}: {row.measured} ({row.outcome})", file=sys.stderr, flush=True)
            yield row
    except Exception as error:
        traceback.print_exc()
        words = " ".join(str(error).split()) or type(error).__name__
        yield Row(name, f"not measured: {words[:120]}", "a measurement", False)


def _table(rows: list[Row]) -> str:
    cells = [("what", "measured", "required", "")]
    cells += [(row.what, row.measured, row.required, row.outcome) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


if __name__ == "__main__":
    sys.exit(main())
