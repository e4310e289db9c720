"""What the sandbox costs: the start of a job, and a measured median, each with and without it, in turn."""

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks import inspection, sandbox
from benchmarks.comparison import Options
from benchmarks.errors import ProblemError
from benchmarks.sandbox import Protection
from benchmarks.verification import run_reference, threads
from benchmarks.warm import Step, WarmKeeper, WarmServer
from benchmarks.workspace import WORK, open_work
from perf.row import Row
from perf.web import ROOT

START_LIMIT_MS, MEDIAN_LIMIT = 20.0, 1.02
STARTS, ROUNDS, WARM_UP = 60, 120, 20
ROUND_S = 0.05


def measure(folder: Path) -> Iterator[Row]:
    """Two warm servers, one in the best sandbox of this machine, one in none.

    Start: the time from a request to the answer of a task that does nothing. Median: the calls of one
    ONNX model in one fork of each server, in rounds that take turns.
    """
    walled, open_ = folder / "walled", folder / "open"
    model = folder / "model.onnx"
    subprocess.run([sys.executable, "-m", "perf.small_onnx", str(model)], cwd=ROOT, check=True, timeout=300)
    with WarmKeeper(walled) as inside, WarmKeeper(open_, Protection("none")) as outside:
        places = ((inside, walled), (outside, open_))
        for warm, place in places:
            warm.run("capabilities", open_work(place))  # answers when the frameworks are loaded
        yield _start(places)
        yield _median(places, model)


def _start(places: tuple[tuple[WarmServer, Path], ...]) -> Row:
    taken: list[list[float]] = [[], []]
    for number in range(STARTS):
        for which in (0, 1) if number % 2 else (1, 0):
            warm, place = places[which]
            began = time.perf_counter()
            try:
                warm.run("nothing", place / WORK)
            except ProblemError as error:  # the fork's own answer: there is no such task
                assert error.problem.kind == "unknown-task", error
            taken[which].append((time.perf_counter() - began) * 1e3)
    inside, outside = (statistics.median(times) for times in taken)
    return Row(
        f"sandbox, start of a job ({sandbox.protection().mode})",
        f"{inside - outside:+.1f} ms ({inside:.1f} − {outside:.1f} ms, medians of {STARTS} in turn)",
        f"≤ +{START_LIMIT_MS:g} ms",
        inside - outside <= START_LIMIT_MS,
    )


def _calls_of_a_round(step: Step) -> int:
    step.receive("reply")
    step.send({"batch": 1})
    return max(1, round(ROUND_S * 1e3 / step.receive("reply")["call_ms"]))


def _median(places: tuple[tuple[WarmServer, Path], ...], model: Path) -> Row:
    described = inspection.describe(model)
    with ExitStack() as steps:
        running: list[Step] = []
        for warm, place in places:
            copy = Path(shutil.copy(model, place / "model.onnx"))
            run_reference(copy, "onnx", list(described.inputs), place, Options(), warm, lambda progress: None)
            step = warm.open(
                "measure",
                place / WORK,
                reads=(copy,),
                format="onnx",
                artifact=str(copy),
                threads=threads(),
            )
            running.append(steps.enter_context(step))
        calls = [_calls_of_a_round(step) for step in running]
        rounds: list[list[float]] = [[], []]
        for number in range(WARM_UP + ROUNDS):
            for which in (0, 1) if number % 2 else (1, 0):
                running[which].send({"samples": min(calls), "calls": 1, "lead": 1})
                durations = running[which].receive("reply")["ns"]
                if number >= WARM_UP:
                    rounds[which].append(statistics.median(durations))
    ratio = statistics.median(mine / its for mine, its in zip(*rounds, strict=True))
    inside, outside = (statistics.median(medians) / 1e6 for medians in rounds)
    return Row(
        "sandbox, a measured median: with ÷ without",
        f"{ratio:.3f} × ({inside:.3f} ÷ {outside:.3f} ms, {ROUNDS} rounds in turn)",
        f"≤ {MEDIAN_LIMIT:g} ×",
        ratio <= MEDIAN_LIMIT,
    )
