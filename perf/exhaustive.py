"""How long the check of all combinations of answers takes: engine and checker, on two cores."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from perf.row import Row
from perf.web import ROOT
from tests.advisor.proof.space import OF

LIMIT_S = 300


def measure(folder: Path) -> Iterator[Row]:
    """Both shares at once, a process each; `folder` is not needed."""
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.advisor.proof.space"]
    shares = [
        subprocess.Popen([*command, str(number), str(OF)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for number in range(OF)
    ]
    try:
        outcomes = [json.loads(share.communicate(timeout=4 * LIMIT_S)[0]) for share in shares]
    finally:
        for share in shares:
            share.kill()
            share.wait()
    seconds = time.monotonic() - began
    checked = sum(outcome["checked"] for outcome in outcomes)
    faults = sum(sum(outcome["faults"].values()) for outcome in outcomes)
    yield Row(
        "all combinations of answers",
        f"{seconds:.0f} s for {checked:,} on two cores, {faults} faults",
        f"at most {LIMIT_S} s, no fault",
        seconds <= LIMIT_S and not faults,
    )
