"""Task: which operators a model's time goes into, from the own profiler of the runtime.

In a fork of its own, after measuring: profiling slows a call down, and nothing here is timed for the race.
"""

import gc
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median

import numpy as np

from benchmarks.errors import ProblemError
from benchmarks.worker import reference, runtimes
from benchmarks.worker.agreement import input_order
from benchmarks.worker.operator_times import Call

MOST_CALLS, CALLS_S = 20, 2.0
"""A profile is of as many calls as fit into this time, one at least."""
MOST_ROWS, MOST_NODES, LONGEST_NAME = 50, 5, 200


def run(channel, workspace: str, format: str, artifact: str, batch: int, threads: int) -> dict:
    """Returns {"runtime", "calls", "call_ms", "between_ms", "nodes", "operators": [{"operator", "where",
    "calls", "ms", "share"}], "slowest": [{"name", "operator", "where", "calls", "ms"}], "fell_back":
    [{"operator", "where", "why", "calls", "ms", "share"}]}.

    `calls` is how many were profiled. All else is for one call, the mean over the middle half of them
    (neither the quickest nor the slowest quarter, so that times add up and a disturbed call does not count):
    `call_ms` with the profiler on, `between_ms` of it in no node, `nodes` that were run; `ms` of a row is the
    sum over its `calls` nodes, `share` that of the time of all nodes. Rows are sorted by time. Raises
    ProblemError where the runtime has no profiler or the batch size was not verified."""
    runtime_id = runtimes.runtime_for(format)
    profile = getattr(runtimes.runtime(runtime_id), "profile", None)
    if profile is None:
        raise ProblemError(
            "profile",
            "no-profiler",
            f"The runtime {runtime_id} has no profiler that Python can start.",
            "Profile it with the tools of its maker.",
        )
    runtimes.prepare(runtime_id)
    about = reference.summary(Path(workspace))
    session = runtimes.load(runtime_id, Path(artifact), threads)
    given = _feeds(Path(workspace), about, batch)
    order = input_order([spec["name"] for spec in about["inputs"]], [spec.name for spec in session.inputs])
    feeds = [given[k] for k in order]
    call = session.bind(feeds)
    call()
    seconds = _seconds(call)
    del call, session
    gc.collect()
    profiled = profile(Path(artifact), threads, feeds, _calls_in(CALLS_S, seconds))
    return {"runtime": runtime_id, **summarised(profiled)}


def summarised(profiled: list[Call]) -> dict:
    """What `run` says of the calls."""
    ordered = sorted(profiled, key=lambda call: call.ms)
    cut = len(ordered) // 4
    middle = ordered[cut : len(ordered) - cut]
    operators = _rows(middle, "operator", "where")
    total = sum(row["ms"] for row in operators) or 1.0
    fallen = [replace(call, nodes=[node for node in call.nodes if node.fell_back]) for call in middle]
    fell_back = _rows(fallen, "operator", "where", "fell_back")[:MOST_ROWS]
    return {
        "calls": sum(call.of for call in profiled),
        "call_ms": fmean(call.ms for call in middle),
        "between_ms": fmean(call.between_ms for call in middle),
        "nodes": round(fmean(len(call.nodes) for call in middle)),
        "operators": [{**row, "share": row["ms"] / total} for row in _capped(operators)],
        "slowest": _rows(middle, "name", "operator", "where")[:MOST_NODES],
        "fell_back": [{"why": row.pop("fell_back"), **row, "share": row["ms"] / total} for row in fell_back],
    }


def _rows(calls: list[Call], *alike: str) -> list[dict]:
    """The nodes that are alike in these fields, as one row: how many in a call and their time together."""
    counts, times = Counter(), Counter()
    for node in (node for call in calls for node in call.nodes):
        key = tuple(getattr(node, field)[:LONGEST_NAME] for field in alike)
        counts[key] += 1
        times[key] += node.ms
    return [
        {
            **dict(zip(alike, key, strict=True)),
            "calls": round(counts[key] / len(calls)),
            "ms": ms / len(calls),
        }
        for key, ms in times.most_common()
    ]


def _capped(rows: list[dict]) -> list[dict]:
    """The longest, and in their last row all the others together."""
    if len(rows) <= MOST_ROWS:
        return rows
    shown, others = rows[: MOST_ROWS - 1], rows[MOST_ROWS - 1 :]
    together = {key: sum(row[key] for row in others) for key in ("calls", "ms")}
    return [*shown, {"operator": f"{len(others)} others", "where": "", **together}]


def _seconds(call: Callable[[], object]) -> float:
    """The median of a few calls, which take about a second together, or of one that takes longer."""
    durations: list[float] = []
    while not durations or (len(durations) < 5 and sum(durations) < 1):
        started = time.perf_counter()
        call()
        durations.append(time.perf_counter() - started)
    return median(durations)


def _calls_in(budget_s: float, seconds: float) -> int:
    return max(1, min(MOST_CALLS, int(budget_s / max(seconds, 1e-6))))


def _feeds(workspace: Path, about: dict, batch: int) -> list[np.ndarray]:
    """The inputs of a verified case of this batch size."""
    case = next((k for k, case in enumerate(about["cases"]) if case["batch"] == batch), None)
    if case is None:
        raise ProblemError(
            "profile",
            "batch-fixed",
            f"No case was verified with a batch of {batch}.",
            "Profile one that was.",
        )
    return reference.stored_case(workspace, case)[0]
