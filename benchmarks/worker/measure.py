"""Task: one candidate under measurement, in a process of its own that stays alive for the rounds.

The first reply describes loading; then each command `{"calls": n}` is answered with the durations
of n calls. The client interleaves the candidates: nothing here knows of the others.
"""

import gc
import resource
import time
from pathlib import Path

import numpy as np

from benchmarks.errors import ProblemError
from benchmarks.worker import reference, runtimes
from benchmarks.worker.agreement import input_order


def _resident() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def _peak_resident() -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def run(channel, workspace: str, format: str, artifact: str, batch: int, threads: int) -> dict:
    """Replies {"load_ms", "first_ms", "call_ms"}, then one {"ns": […]} for each command, and returns
    {"peak_rss_mb"}: the peak resident memory beyond what the process held before loading, in MB."""
    runtime_id = runtimes.runtime_for(format)
    runtimes.prepare(runtime_id)
    before = _resident()
    # Everything that is not the runtime's own work is done before the clock starts.
    about = reference.summary(Path(workspace))
    started = time.perf_counter_ns()
    session = runtimes.load(runtime_id, Path(artifact), threads)
    loaded = time.perf_counter_ns()
    order = input_order([spec["name"] for spec in about["inputs"]], [spec.name for spec in session.inputs])
    feeds = _feeds(Path(workspace), about, batch)
    call = session.bind([feeds[k] for k in order])
    first = time.perf_counter_ns()
    call()
    second = time.perf_counter_ns()
    call()
    end = time.perf_counter_ns()
    channel.reply(
        {
            "runtime": runtime_id,
            "load_ms": (loaded - started) / 1e6,
            "first_ms": (second - first) / 1e6,
            "call_ms": (end - second) / 1e6,
        }
    )
    gc.collect()
    gc.disable()
    clock = time.perf_counter_ns
    while (command := channel.next_command()) and command.get("calls"):
        durations = []
        for _ in range(min(int(command["calls"]), 100_000)):
            start = clock()
            call()
            durations.append(clock() - start)
        channel.reply({"ns": durations})
    return {"peak_rss_mb": max(0, _peak_resident() - before) / 1e6}


def _feeds(workspace: Path, about: dict, batch: int) -> list[np.ndarray]:
    """The inputs of a verified case of this batch size: only what was verified is measured."""
    for index, case in enumerate(about["cases"]):
        if case["batch"] == batch:
            return reference.stored_case(workspace, index)[0]
    fixed = " and ".join(str(size) for size in sorted({case["batch"] for case in about["cases"]}))
    raise ProblemError(
        "measure",
        "batch-fixed",
        f"the model does not take a batch of {batch}; it was verified with {fixed}.",
        "Export it with a dynamic first dimension, or measure the batch size it has.",
    )
