"""500 jobs in a row, a third of them hostile: does anything grow?"""

import time
from collections.abc import Iterator
from pathlib import Path

from perf.row import Row
from tests.security.endurance import jobs_in_a_row
from tests.security.outside import Outside
from tests.security.ward import LAYERS, build_corpus, start_ward

COUNT, WARM_UP = 500, 30
GROWTH_MB = 20


def measure(folder: Path) -> Iterator[Row]:
    """Required: no more memory or open files after the last job than after the thirtieth, but for 20 MB;
    nothing outside touched."""
    outside = Outside(folder / "outside")
    try:
        paths = build_corpus(outside)
        with start_ward("namespaces", LAYERS["namespaces"], outside) as ward:
            began = time.monotonic()
            samples = list(jobs_in_a_row(ward, paths, COUNT))
            seconds = time.monotonic() - began
    finally:
        outside.close()
    before, after = samples[WARM_UP], samples[-1]
    yield Row(f"{COUNT} jobs in a row", f"{seconds:.0f} s, {sum(s.answered for s in samples)} with an answer")
    for who in ("server", "client"):
        grown = (getattr(after, f"{who}_bytes") - getattr(before, f"{who}_bytes")) / 1e6
        files = getattr(after, f"{who}_files") - getattr(before, f"{who}_files")
        ok = grown < GROWTH_MB and files <= 0
        required = f"at most {GROWTH_MB} MB, 0 files"
        yield Row(
            f"{who}: grown over {COUNT - WARM_UP} jobs", f"{grown:+.1f} MB, {files:+d} files", required, ok
        )
    harmed = sum(bool(sample.harm) for sample in samples)
    yield Row("jobs that touched anything outside", str(harmed), "0", harmed == 0)
