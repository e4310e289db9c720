"""Interleaved measurement: every candidate alive in its own process, one round after another.

In each round every candidate makes the same number of calls as in its other rounds, in a random
order, so that drift of the machine hits all alike.
"""

import math
import os
import random
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from benchmarks.answers import no_answer
from benchmarks.errors import Problem, ProblemError
from benchmarks.progress import OnProgress, Progress
from benchmarks.report import Measurement
from benchmarks.settings import step_limits
from benchmarks.verdict import FEWEST_ROUNDS, latency
from benchmarks.warm import Step, WarmServer
from benchmarks.workspace import WORK

ROUND_S = 0.05
"""A candidate's share of one round: long enough to average over the scheduler's ticks."""
WARM_UP_SHARE = 0.15
STEADY = 0.05
"""Warm-up ends for a candidate when two rounds in a row differ by less than this."""
SEED = 1


def measure(
    candidates: Mapping[str, Path],
    workspace: Path,
    batches: tuple[int, ...],
    budget_s: float,
    warm: WarmServer,
    say: OnProgress,
) -> tuple[list[Measurement], list[Problem]]:
    """`candidates`: artifact by label; a label is a format id, with "#2" and so on where a race gives
    one format twice. `workspace`: the run's folder. `budget_s`: seconds of measuring, for all `batches`
    together. Returns what was measured, and a problem for each candidate that could not be."""
    measurements: list[Measurement] = []
    problems: list[Problem] = []
    threads = len(os.sched_getaffinity(0))
    for batch in batches:
        budget = budget_s / len(batches)
        done, failed = _measure_batch(candidates, workspace, batch, budget, threads, warm, say)
        measurements += done
        problems += failed
    return measurements, problems


def _answer(step: Step, kind: str, key: str) -> dict:
    """The fork's next answer of a kind, which must be the one that has this key. Raises ProblemError."""
    answer = step.receive(kind)
    if key not in answer:
        raise no_answer(step.task)
    return answer


class _Candidate:
    """One artifact under measurement. Times in milliseconds."""

    def __init__(self, label: str, artifact: Path, step: Step):
        self.label, self.artifact, self.step = label, artifact, step
        self.ready = _answer(step, "reply", "call_ms")
        self.rounds: list[list[float]] = []
        self.calls = max(1, min(10_000, math.ceil(ROUND_S * 1e3 / max(1e-3, self.ready["call_ms"]))))

    def round(self) -> list[float]:
        self.step.send({"calls": self.calls})
        durations = _answer(self.step, "reply", "ns")["ns"]
        if len(durations) != self.calls or min(durations) < 1:
            raise no_answer(self.step.task)
        return [ns / 1e6 for ns in durations]

    def warm_up(self, seconds: float) -> None:
        """Runs until two rounds agree or the time is up, and settles how many calls make a round."""
        end, before = time.monotonic() + seconds, math.inf
        while time.monotonic() < end:
            durations = sorted(self.round())
            median = durations[len(durations) // 2]
            self.calls = max(1, min(10_000, math.ceil(ROUND_S * 1e3 / max(1e-3, median))))
            if abs(median - before) < STEADY * before:
                break
            before = median


def _measure_batch(candidates, workspace, batch, budget, threads, warm, say):
    stage, title = f"measure-{batch}", f"Measure, batch {batch}"
    say(Progress(stage, title, None, "loading"))
    problems: list[Problem] = []
    # A candidate lives through the rounds of all the others, so it may take that much longer.
    limits, longest = step_limits(), 5 * budget
    limits = replace(limits, wall_s=limits.wall_s + longest, cpu_s=limits.cpu_s + longest * threads)
    with ExitStack() as steps:
        alive: list[_Candidate] = []

        def dropped(label: str, error: ProblemError) -> None:
            p = error.problem
            problems.append(Problem("measure", p.kind, f"{label}, batch {batch}: {p.message}", p.next_step))

        for label, artifact in candidates.items():
            try:
                step = steps.enter_context(
                    warm.open(
                        "measure",
                        workspace / WORK,
                        limits=limits,
                        reads=(artifact,),
                        format=label.split("#")[0],
                        artifact=str(artifact),
                        batch=batch,
                        threads=threads,
                    )
                )
                alive.append(_Candidate(label, artifact, step))
            except ProblemError as error:
                dropped(label, error)

        def each(act: Callable[[_Candidate], None]) -> None:
            for candidate in list(alive):
                try:
                    act(candidate)
                except ProblemError as error:
                    alive.remove(candidate)
                    dropped(candidate.label, error)

        started = time.monotonic()
        each(lambda candidate: candidate.warm_up(WARM_UP_SHARE * budget / max(1, len(alive))))
        shuffle = random.Random(SEED).shuffle
        count, shown = 0, 0.0
        while alive and (time.monotonic() - started < budget or count < FEWEST_ROUNDS):
            elapsed = time.monotonic() - started
            if count and elapsed > 4 * budget:
                break  # so slow that even the fewest rounds would take too long: the verdict will say so
            if elapsed - shown > 0.5:
                shown = elapsed
                say(
                    Progress(
                        stage, title, None, f"round {count + 1}, {min(elapsed, budget):.0f} of {budget:.0f} s"
                    )
                )
            shuffle(alive)
            each(lambda candidate: candidate.rounds.append(candidate.round()))
            count += 1
        measurements = []
        each(lambda candidate: measurements.append(_finish(candidate, workspace, batch, threads)))
    order = list(candidates)
    measurements.sort(key=lambda m: order.index(m.format))
    outcome = "passed" if measurements else "failed"
    say(
        Progress(
            stage,
            title,
            outcome,
            f"{count} rounds" if measurements else "; ".join(p.message for p in problems),
        )
    )
    return measurements, problems


def _finish(candidate: _Candidate, workspace: Path, batch: int, threads: int) -> Measurement:
    candidate.step.send({})
    peak = _answer(candidate.step, "result", "peak_rss_mb")["peak_rss_mb"]
    timing = latency(candidate.rounds)
    warnings = []
    if len(candidate.rounds) < 10:
        warnings.append(f"only {len(candidate.rounds)} rounds")
    if timing.ci_high - timing.ci_low > 0.1 * timing.median:
        warnings.append("noisy: the interval is wider than 10 % of the median")
    if timing.median < 0.02:
        warnings.append("a call takes less than 0.02 ms, close to the cost of calling it from Python")
    return Measurement(
        candidate.label,
        candidate.ready["runtime"],
        str(candidate.artifact.relative_to(workspace)),
        batch,
        threads,
        timing,
        batch / (timing.median / 1e3),
        candidate.ready["load_ms"],
        candidate.ready["first_ms"],
        peak,
        sum(len(r) for r in candidate.rounds),
        tuple(tuple(r) for r in candidate.rounds),
        tuple(warnings),
    )
