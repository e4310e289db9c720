"""`compare`, as it is typed, on two real models: does it come to a verdict, and how long does it take?"""

import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.samples import SAMPLES
from benchmarks.warm import WarmKeeper
from perf.row import Row
from perf.web import ROOT

BUDGET_S = 10
PATIENCE_S = 600
STATES = ("winner", "tie", "inconclusive")


def measure(folder: Path) -> Iterator[Row]:
    """The wall time is of the whole process, loading the frameworks included."""
    onnx = Path(importlib.util.find_spec("onnx").origin).parent  # found, not imported
    yield _compare(onnx / "backend/test/data/light/light_resnet50.onnx")
    sample = SAMPLES["savedmodel-mobilenet-v2"]
    model = folder / sample.filename
    with WarmKeeper(folder) as warm:
        warm.run("build_sample", folder, sample=sample.id, target=str(model))
    yield _compare(model)


def _compare(model: Path) -> Row:
    command = [sys.executable, "-m", "benchmarks", "compare", str(model), "--json", "--budget", str(BUDGET_S)]
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    seconds = time.monotonic() - began
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        measured, ok = f"exit {done.returncode}: {said[:120]}", False
    else:
        report = json.loads(done.stdout)
        verdict = report["verdict"]
        reached = [c["to"] for c in report["conversions"] if c["outcome"] == "passed"]
        timed = sorted({m["format"] for m in report["measurements"]})
        measured = (
            f"{' '.join([verdict['state'], *verdict['formats']])} in {seconds:.0f} s; "
            f"converted to {', '.join(reached) or 'nothing'}; timed {', '.join(timed) or 'nothing'}"
        )
        ok = verdict["state"] in STATES and bool(timed)
    return Row(f"compare {model.name} --budget {BUDGET_S}", measured, "a verdict", ok)
