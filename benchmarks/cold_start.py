"""Cold start: how long a process takes that is started for one answer, from nothing to the answer.

Python, the runtime's import, the model and the first call are in it, and some hundredths of a second of the
sandbox; the files are in the machine's cache, as in a container that was used before.
"""

import json
import secrets
import select
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks import sandbox
from benchmarks.plain_files import discard
from benchmarks.progress import OnProgress, Progress
from benchmarks.report import Measurement
from benchmarks.settings import step_limits
from benchmarks.workspace import WORK

PASSES = 3
SHARE, LEAST_S = 0.75, 2.0
"""Of the budget for measuring, as much again goes into this, and none where that is less than the second; no
further process is started after that."""
PATIENCE_S = 60.0


def measure(
    measurements: Sequence[Measurement],
    workspace: Path,
    about: dict,
    layers: Sequence[str],
    budget_s: float,
    say: OnProgress,
) -> tuple[Measurement, ...]:
    """The measurements with `cold_start_ms`: the candidates of the first batch size on all cores are started
    in turn, up to PASSES times each; one that does not answer has none, nor one that the time was too short
    for. `about`: what `run_reference` returned; `layers`: the sandbox's; `budget_s`: seconds of measuring."""
    seconds = SHARE * budget_s
    if not measurements or seconds < LEAST_S:
        return tuple(measurements)
    title, end = "Start whole processes", time.monotonic() + seconds
    first = measurements[0]
    asked = [m for m in measurements if (m.batch, m.threads) == (first.batch, first.threads)]
    taken: dict[str, list[float]] = {m.label: [] for m in asked}
    for number in range(PASSES):
        for m in asked:
            if time.monotonic() > end or (number and not taken[m.label]):
                continue  # it did not answer the first time
            say(Progress("cold-start", title, None, f"{m.format}, {number + 1} of up to {PASSES}"))
            seconds = _start(m, workspace, about, layers)
            taken[m.label] += [] if seconds is None else [seconds * 1e3]
    started = sum(map(bool, taken.values()))
    say(Progress("cold-start", title, "passed" if started else "failed", f"{started} of {len(asked)}"))
    return tuple(replace(m, cold_start_ms=tuple(taken[m.label])) if m in asked else m for m in measurements)


def _start(measured: Measurement, workspace: Path, about: dict, layers: Sequence[str]) -> float | None:
    """Seconds, None where no answer came."""
    temporary = workspace / WORK / f"tmp-{secrets.token_hex(4)}"
    temporary.mkdir(0o700)
    artifact = workspace / measured.artifact
    case = next(k for k, case in enumerate(about["cases"]) if case["batch"] == measured.batch)
    request = {
        "layers": list(layers),
        "workspace": str(workspace / WORK),
        "temporary": str(temporary),
        "reads": [str(artifact)],
        "limits": asdict(step_limits()),
        "runtime": measured.runtime,
        "artifact": str(artifact),
        "threads": measured.threads,
        "inputs": [spec["name"] for spec in about["inputs"]],
        "case": case,
    }
    began = time.monotonic()
    process = sandbox.start(
        "benchmarks.worker.cold_start",
        [json.dumps(request)],
        workspace,
        frozenset(layers),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        ready, _, _ = select.select([process.stdout], [], [], PATIENCE_S)
        answered = bool(ready) and bool(process.stdout.read(1))
        return time.monotonic() - began if answered else None
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        discard(temporary)
