"""Task: one candidate under measurement, in a process of its own that stays alive for its turns.

The first reply tells of loading. Each command `{"batch": n}` puts inputs of that size in place and is
answered with the first call; each `{"samples": n, "calls": k, "lead": l}` is one turn, answered with n
durations, each of k calls in a row. The client interleaves the candidates: nothing here knows of the others.
"""

import gc
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.errors import ProblemError
from benchmarks.worker import reference, runtimes
from benchmarks.worker.agreement import input_order

MOST_SAMPLES, MOST_CALLS = 100_000, 10_000
LOOK_S, IDLE, QUIET_S = 0.005, 0.1, 0.3
"""Threads sleep when the process uses less than IDLE of a processor for LOOK_S. QUIET_S: the longest wait."""


def run(channel, workspace: str, format: str, artifact: str, threads: int, runtime: str = "") -> dict:
    """`runtime`: its id, that of the one that answers for the format if empty. Replies {"runtime",
    "load_ms"}, then one {"first_ms", "call_ms"} for each batch and one {"ns": […], "cpu_ns", "rss_mb"} for
    each turn, `ns` of single calls whatever a sample holds, and returns {"peak_rss_mb"}: the peak resident
    memory beyond what the process held before loading, in MB. Raises ProblemError where the outputs change
    their shape from one turn to another."""
    runtime_id = runtime or runtimes.runtime_for(format)
    runtimes.prepare(runtime_id)
    before = _resident()
    # Everything that is not the runtime's own work is done before the clock starts.
    about = reference.summary(Path(workspace))
    started = time.perf_counter_ns()
    session = runtimes.load(runtime_id, Path(artifact), threads)
    loaded = time.perf_counter_ns()
    channel.reply({"runtime": runtime_id, "load_ms": (loaded - started) / 1e6})
    order = input_order([spec["name"] for spec in about["inputs"]], [spec.name for spec in session.inputs])
    gc.collect()
    gc.disable()
    call = shapes = None
    while command := channel.next_command():
        if "batch" in command:
            feeds = _feeds(Path(workspace), about, int(command["batch"]))
            call = session.bind([feeds[k] for k in order])
            first = time.perf_counter_ns()
            raw = call()
            second = time.perf_counter_ns()
            call()
            end = time.perf_counter_ns()
            shapes = _shapes(session, raw)
            _quieten()
            channel.reply({"first_ms": (second - first) / 1e6, "call_ms": (end - second) / 1e6})
        elif "samples" in command and call:
            used = time.process_time_ns()
            durations, raw = turn(
                call,
                min(int(command["samples"]), MOST_SAMPLES),
                min(int(command["calls"]), MOST_CALLS),
                int(command["lead"]),
            )
            _quieten()
            used = time.process_time_ns() - used
            if _shapes(session, raw) != shapes:
                raise ProblemError(
                    "measure",
                    "other-shapes",
                    f"its outputs had the shapes {shapes} at first and {_shapes(session, raw)} later.",
                    "A model that answers the same inputs differently cannot be measured.",
                )
            channel.reply({"ns": durations, "cpu_ns": used, "rss_mb": _resident() / 1e6})
        else:
            break
    return {"peak_rss_mb": max(0, _peak_resident() - before) / 1e6}


def turn(call: Callable, samples: int, calls: int = 1, lead: int = 0) -> tuple[list[float], object]:
    """Nanoseconds of a call: as many samples, each the mean of `calls` in a row, after `lead` calls that do
    not count (another candidate has had the caches meanwhile); and what the last of them returned."""
    for _ in range(lead):
        call()
    if timed := getattr(call, "timed", None):
        taken = timed(samples * calls)
        return [sum(taken[k : k + calls]) / calls for k in range(0, len(taken), calls)], call()
    clock = time.perf_counter_ns
    durations = []
    # Only the last answer is kept: one that lives on while the next is computed takes memory of its own.
    if calls == 1:
        for _ in range(samples - 1):
            start = clock()
            call()
            durations.append(clock() - start)
        start = clock()
        raw = call()
        return [*durations, clock() - start], raw
    repeats = range(calls)
    for _ in range(samples):
        start = clock()
        for _ in repeats:
            call()
        durations.append((clock() - start) / calls)
    return durations, call()


def _quieten() -> None:
    """Until the runtime's threads sleep: after a call they wait for the next one in a loop, for tens of
    milliseconds, and would take the processors from the candidate whose turn it is then."""
    end = time.monotonic() + QUIET_S
    while time.monotonic() < end:
        before = time.process_time()
        time.sleep(LOOK_S)
        if time.process_time() - before < IDLE * LOOK_S:
            return


def _shapes(session: runtimes.Session, raw) -> list[tuple[int, ...]]:
    return [array.shape for array in session.arrays(raw)]


def _resident() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def _peak_resident() -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


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
