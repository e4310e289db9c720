"""How long a recommendation takes: as a command, and as a call."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from advisor import Requirements, load_knowledge, recommend
from perf.row import Row
from perf.web import ROOT

ANSWERS = {
    "framework": "pytorch",
    "hardware": ["x86-cpu", "android"],
    "serving": "triton",
    "needs": ["dynamic-shapes"],
    "priorities": {"portability": 3},
}
PROCESSES = 5


def measure(folder: Path) -> Iterator[Row]:
    """Nothing is required of either; the page waits for the call at every answer."""
    answers = folder / "answers.json"
    answers.write_text(json.dumps(ANSWERS))
    command = [sys.executable, "-m", "advisor", "recommend", "--answers", str(answers), "--json"]
    processes = []
    for _ in range(PROCESSES):
        began = time.monotonic()
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
        processes.append(time.monotonic() - began)
    yield Row("python -m advisor recommend", f"{statistics.median(processes):.2f} s (median of {PROCESSES})")

    knowledge = load_knowledge()  # read once in a process and kept
    calls = []
    # Answers that differ, because those given last are kept with their recommendation.
    for framework, hardware in product(knowledge.ids("framework"), knowledge.ids("hardware")):
        requirements = Requirements.parse(ANSWERS | {"framework": framework, "hardware": [hardware]})
        began = time.perf_counter()
        recommend(requirements)
        calls.append((time.perf_counter() - began) * 1e3)
    median = statistics.median(calls)
    yield Row("recommend()", f"{median:.1f} ms (median of {len(calls)} answers, at most {max(calls):.1f})")
