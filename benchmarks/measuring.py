"""Interleaved measurement: heats, rounds, turns. docs/measurement.md says why, with sources.

In a *heat* every candidate has a process of its own, loaded afresh. In each *round* of it every candidate has
one *turn*, in a random order, so that drift of the machine hits all alike; a turn is a number of samples, a
sample the time of one call. The first condition (batch size and threads) decides the verdict: there the data
are looked at after each heat, candidates that are certainly slower drop out, and it ends when the order is
decided or the time is over. The other conditions have one heat each.
"""

import math
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks import load, verdict
from benchmarks.answers import no_answer
from benchmarks.candidate import Candidate, Condition, choice
from benchmarks.doubts import doubts
from benchmarks.errors import Problem, ProblemError
from benchmarks.progress import OnProgress, Progress
from benchmarks.report import Measurement
from benchmarks.settings import step_limits
from benchmarks.verdict import FEWEST_HEATS, FEWEST_ROUNDS, MOST_LOOKS
from benchmarks.warm import Step, WarmServer
from benchmarks.workspace import WORK

LONGEST_TURN_S, SHORTEST_TURN_S = 0.05, 0.01
"""A candidate's share of one round: long enough to average over the scheduler's ticks."""
ROUNDS_A_HEAT = 8
"""As many are wished for; a turn is shortened for them as far as it may be."""
SHORT_CALL_S, SAMPLE_S = 20e-6, 100e-6
"""Calls that take less than the first are timed in rows of at least the second: reading the clock and the
loop around it cost a tenth of a microsecond."""
LEAD_S = 0.001
"""Calls that do not count at the beginning of a turn: another candidate has had the caches meanwhile."""
STEADY = 0.05
"""Warm-up ends for a candidate when three turns in a row lie within this of one another."""
WARM_UP_SHARE = 0.2
"""Of a heat, at most: what is not steady by then is said to be so."""
FIRST_SHARE = 0.6
"""Of the budget, for the condition that decides, where there are others."""
LEAST_S = 0.25
"""With a budget of which the other conditions would have less than this each, none has one thread."""
LOADING_SHARE = 0.25
"""Of a heat, at most: heats are made longer where loading takes long."""
PATIENCE, PATIENCE_S = 30, 20
"""A turn that takes so many times as long as is expected, and so many seconds longer, hangs."""
MOST_TIMES_BUDGET = 4
"""Models so slow that the fewest rounds take longer than the budget have them, up to so many times of it."""
SEED = 1


@dataclass(frozen=True)
class Measured:
    """`heats`: of the first condition, by label, for `verdict.judge`; `method`: how it was measured."""

    measurements: tuple[Measurement, ...] = ()
    problems: tuple[Problem, ...] = ()
    heats: dict[str, list] = field(default_factory=dict)
    method: dict = field(default_factory=dict)


def measure(
    candidates: Sequence[Candidate],
    workspace: Path,
    batches: tuple[int, ...],
    budget_s: float,
    warm: WarmServer,
    say: OnProgress,
) -> Measured:
    """Measures each candidate at each batch size, with all cores and with one thread; the first batch size
    with all cores decides. `workspace`: the run's folder. `budget_s`: seconds of measuring, for all
    conditions together; loading counts. What could not be measured is a problem, and the others are measured
    all the same."""
    return _Race(candidates, workspace, batches, budget_s, warm, say).run()


@dataclass
class _Entry:
    """One candidate in one condition. `heats`: milliseconds by heat and round; `ready`, `firsts`: of each
    process, in milliseconds; `rss`: resident MB after each turn of the last process."""

    candidate: Candidate
    condition: Condition
    heats: list[list[list[float]]] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    peak_mb: float = 0.0
    rss: list[float] = field(default_factory=list)
    runtime: str = ""
    calls: int = 1
    steady: bool = True

    @property
    def rounds(self) -> list[list[float]]:
        return [each for heat in self.heats for each in heat]


class _Racer:
    """A candidate's process in one heat."""

    def __init__(self, candidate: Candidate, step: Step):
        self.candidate, self.step = candidate, step
        ready = self._answer("reply", "load_ms", step.limits.wall_s)
        self.runtime, self.load_ms = ready["runtime"], ready["load_ms"]
        self.turn_s, self.samples, self.calls, self.lead = LONGEST_TURN_S, 1, 1, 0

    def _answer(self, kind: str, key: str, within_s: float) -> dict:
        answer = self.step.receive(kind, within_s)
        if key not in answer:
            raise no_answer(self.step.task)
        return answer

    def take(self, batch: int, turn_s: float) -> float:
        """Puts inputs of this batch size in place; returns the milliseconds of the first call."""
        self.step.send({"batch": batch})
        ready = self._answer("reply", "first_ms", self.step.limits.wall_s)
        self.turn_s = turn_s
        self._settle(ready["call_ms"] / 1e3)
        return ready["first_ms"]

    def _settle(self, call_s: float) -> None:
        call_s = max(1e-7, call_s)
        self.calls = 1 if call_s >= SHORT_CALL_S else math.ceil(SAMPLE_S / call_s)
        self.samples = max(1, math.ceil(self.turn_s / (call_s * self.calls)))
        self.lead = math.ceil(LEAD_S / call_s) if call_s < self.turn_s / 5 else 0
        self._expected_s = call_s * (self.samples * self.calls + self.lead)

    def turn(self) -> tuple[list[float], dict]:
        """Milliseconds of the samples, and the whole answer."""
        self.step.send({"samples": self.samples, "calls": self.calls, "lead": self.lead})
        answer = self._answer("reply", "ns", PATIENCE * self._expected_s + PATIENCE_S)
        if len(answer["ns"]) != self.samples or min(answer["ns"]) <= 0 or answer["cpu_ns"] < 0:
            raise no_answer(self.step.task)
        return [round(ns / 1e6, 6) for ns in answer["ns"]], answer

    def warm_up(self, seconds: float) -> bool:
        """Until it is steady or the time is up; whether it is."""
        end, medians = time.monotonic() + seconds, []
        while True:
            samples = sorted(self.turn()[0])
            medians.append(samples[len(samples) // 2])
            self._settle(medians[-1] / 1e3)
            last = medians[-3:]
            if len(last) == 3 and max(last) <= (1 + STEADY) * min(last):
                return True
            if time.monotonic() > end:
                return False

    def close(self) -> float:
        """Returns its peak memory in MB."""
        self.step.send({})
        return self._answer("result", "peak_rss_mb", self.step.limits.wall_s)["peak_rss_mb"]


class _Race:
    def __init__(self, candidates, workspace, batches, budget_s, warm, say):
        self.candidates, self.workspace, self.batches = list(candidates), workspace, batches
        self.budget_s, self.warm, self.say = budget_s, warm, say
        self.cores = len(os.sched_getaffinity(0))
        self.order = random.Random(SEED)
        self.entries: dict[tuple[str, Condition], _Entry] = {}
        self.problems: dict[tuple[str, Condition], Problem] = {}
        self.loads: dict[Condition, load.Load] = {}
        self.started = time.monotonic()
        self.timed_s = 0.0

    def run(self) -> Measured:
        first = Condition(self.batches[0], self.cores)
        counts = list(dict.fromkeys([self.cores, 1]))
        conditions = [Condition(batch, threads) for threads in counts for batch in self.batches]
        others = conditions[1:]
        first_s = self.budget_s * (FIRST_SHARE if others else 1.0)
        each_s = (self.budget_s - first_s) / max(1, len(others))
        if each_s < LEAST_S:
            conditions = [condition for condition in conditions if condition.threads == self.cores]
            others = conditions[1:]
        ended = self._decide(first, first_s, [c for c in others if c.threads == self.cores], each_s)
        alone = [condition for condition in others if condition.threads != self.cores]
        if alone:
            with self._heat(self.candidates, alone[0].threads, len(alone) * each_s) as racers:
                for condition in alone:
                    self._rounds(racers, condition, each_s)
        for condition in conditions:
            self._tell(condition)
        return self._measured(conditions, ended)

    def _decide(self, first: Condition, seconds: float, more: list[Condition], more_s: float) -> str:
        """Heats of the first condition, the first of them with `more` in the same processes. Returns why they
        ended."""
        racing = list(self.candidates)
        heat_s = seconds / MOST_LOOKS
        for number in range(1, MOST_LOOKS + 1):
            began = time.monotonic()
            with self._heat(racing, first.threads, heat_s) as racers:
                self._rounds(racers, first, heat_s)
                if number == 1:
                    before = time.monotonic()
                    for condition in more:
                        self._rounds(racers, condition, more_s)
                    seconds, began = (seconds + time.monotonic() - before, began + time.monotonic() - before)
            heats = self._heats(first)
            found = verdict.standing(heats) if heats else None
            if found is None or (found.decided and (len(heats) > 1 or number >= FEWEST_HEATS)):
                return "decided"
            keep = {found.best, *(r.slower for r in found.close)}
            share = len(keep) / len(racing)
            left = self.started + seconds - time.monotonic()
            if left < (time.monotonic() - began) * share / 2:
                return "time"
            racing = [c for c in racing if c.label in keep and (c.label, first) not in self.problems]
            loading_s = sum(self.entries[c.label, first].loads[-1] for c in racing) / 1e3
            heat_s = left / max(1, MOST_LOOKS - number)
            if loading_s > LOADING_SHARE * heat_s:  # fewer and longer heats, yet enough of them if possible
                missing = max(1, FEWEST_HEATS - number)
                heat_s = max(heat_s, min(loading_s / LOADING_SHARE, left / missing))
            heat_s -= loading_s
        return "heats"

    def _heats(self, condition: Condition) -> dict[str, list]:
        return {
            label: entry.heats
            for (label, where), entry in self.entries.items()
            if where == condition and entry.heats and (label, where) not in self.problems
        }

    @contextmanager
    def _heat(self, candidates: list[Candidate], threads: int, seconds: float) -> Iterator[dict[str, _Racer]]:
        """A process for each candidate that loads, by label."""
        # A process lives through the turns of all the others, so it may take that much longer.
        limits, longest = step_limits(), MOST_TIMES_BUDGET * max(seconds, self.budget_s)
        limits = replace(limits, wall_s=limits.wall_s + longest, cpu_s=limits.cpu_s + longest * threads)
        racers: dict[str, _Racer] = {}
        with ExitStack() as steps:
            for candidate in self.order.sample(candidates, len(candidates)):
                try:
                    step = self.warm.open(
                        "measure",
                        self.workspace / WORK,
                        limits=limits,
                        reads=(candidate.path,),
                        format=candidate.format,
                        artifact=str(candidate.path),
                        threads=threads,
                        runtime=candidate.runtime,
                    )
                    racers[candidate.label] = _Racer(candidate, steps.enter_context(step))
                except ProblemError as error:
                    self._drop(candidate.label, Condition(self.batches[0], threads), error, racers)
            yield racers
            for label, racer in list(racers.items()):
                try:
                    peak = racer.close()
                except ProblemError as error:
                    self._drop(label, Condition(self.batches[0], threads), error, racers)
                    continue
                for (name, condition), entry in self.entries.items():
                    if name == label and condition.threads == threads:
                        entry.peak_mb = max(entry.peak_mb, peak)

    def _drop(self, label: str, condition: Condition, error: ProblemError, racers: dict[str, _Racer]) -> None:
        racers.pop(label, None)
        p = error.problem
        words = f"{verdict.name(label)}, batch {condition.batch}, {_threads(condition.threads)}: {p.message}"
        self.problems.setdefault((label, condition), Problem("measure", p.kind, words, p.next_step))

    def _rounds(self, racers: dict[str, _Racer], condition: Condition, seconds: float) -> None:
        """One heat's rounds in a condition."""
        stage, title = _stage(condition, self.cores)
        self.say(Progress(stage, title, None, "warming up"))
        turn_s = seconds * (1 - WARM_UP_SHARE) / max(1, len(racers) * ROUNDS_A_HEAT)
        turn_s = min(LONGEST_TURN_S, max(SHORTEST_TURN_S, turn_s))

        def each(act: Callable[[_Racer, _Entry], None]) -> None:
            for label in self.order.sample(sorted(racers), len(racers)):
                racer = racers[label]
                entry = self.entries.setdefault((label, condition), _Entry(racer.candidate, condition))
                try:
                    act(racer, entry)
                except ProblemError as error:
                    self._drop(label, condition, error, racers)

        def begin(racer: _Racer, entry: _Entry) -> None:
            entry.firsts.append(racer.take(condition.batch, turn_s))
            entry.loads.append(racer.load_ms)
            entry.runtime = racer.runtime
            entry.steady = racer.warm_up(WARM_UP_SHARE * seconds / len(racers))
            entry.calls = racer.calls
            entry.heats.append([])
            entry.rss.clear()

        def turn(racer: _Racer, entry: _Entry) -> None:
            before = time.monotonic()
            samples, answer = racer.turn()
            self.timed_s += time.monotonic() - before
            entry.heats[-1].append(samples)
            entry.rss.append(answer["rss_mb"])
            watched.own_s += answer["cpu_ns"] / 1e9

        each(begin)
        watched = self.loads.setdefault(condition, load.Load())
        started, shown, count = time.monotonic(), 0.0, 0
        with watched.watching():
            while racers and (time.monotonic() - started < seconds or count < FEWEST_ROUNDS):
                elapsed = time.monotonic() - started
                if count and elapsed > MOST_TIMES_BUDGET * self.budget_s:
                    break  # so slow that even the fewest rounds would take too long: the verdict will say so
                if elapsed - shown > 0.5 or not count:
                    shown = elapsed
                    self.say(Progress(stage, title, None, self._how_far(condition, count + 1, len(racers))))
                each(turn)
                count += 1

    def _how_far(self, condition: Condition, number: int, racing: int) -> str:
        heats = max((len(e.heats) for (_, c), e in self.entries.items() if c == condition), default=1)
        spent = time.monotonic() - self.started
        where = f"heat {heats}, round {number}, {racing} in the race"
        return f"{where}, {spent:.0f} s of up to {self.budget_s:.0f} s"

    def _tell(self, condition: Condition) -> None:
        stage, title = _stage(condition, self.cores)
        heats = self._heats(condition)
        if heats:
            rounds = max(sum(map(len, each)) for each in heats.values())
            count = max(map(len, heats.values()))
            detail = f"{count} {'heat' if count == 1 else 'heats'}, {rounds} rounds"
            self.say(Progress(stage, title, "passed", detail))
        else:
            words = [p.message for (_, where), p in self.problems.items() if where == condition]
            self.say(Progress(stage, title, "failed", "; ".join(words) or "nothing could be measured"))

    def _measured(self, conditions: list[Condition], ended: str) -> Measured:
        measurements = []
        for condition in conditions:
            heats = self._heats(condition)
            for candidate in self.candidates:
                if candidate.label in heats:
                    entry = self.entries[candidate.label, condition]
                    measurements.append(self._finish(entry, heats))
        first = conditions[0]
        method = {
            "budget_s": self.budget_s,
            "spent_s": time.monotonic() - self.started,
            "timed_s": self.timed_s,
            "ended": ended,
            "heats": max((len(h) for h in self._heats(first).values()), default=0),
            "looks": MOST_LOOKS,
            "confidence": verdict.CONFIDENCE,
            "practical": verdict.PRACTICAL,
            "process": verdict.PROCESS,
            "seed": SEED,
            "batch": first.batch,
            "threads": first.threads,
        }
        return Measured(tuple(measurements), tuple(self.problems.values()), self._heats(first), method)

    def _finish(self, entry: _Entry, heats: dict[str, list]) -> Measurement:
        timing = verdict.latency(entry.heats)
        candidate, condition = entry.candidate, entry.condition
        return Measurement(
            choice(candidate.label),
            entry.runtime,
            str(candidate.path.relative_to(self.workspace)),
            condition.batch,
            condition.threads,
            timing,
            condition.batch / (timing.median / 1e3),
            _median(entry.loads),
            _median(entry.firsts),
            entry.peak_mb,
            sum(len(r) for r in entry.rounds),
            tuple(tuple(r) for r in entry.rounds),
            doubts(entry.heats, timing, entry.calls, entry.steady, entry.rss, self.loads[condition], heats),
            candidate.label,
            tuple(len(heat) for heat in entry.heats),
            entry.calls,
        )


def _stage(condition: Condition, cores: int) -> tuple[str, str]:
    stage, title = f"measure-{condition.batch}", f"Measure, batch {condition.batch}"
    if condition.threads == cores:
        return stage, title
    return f"{stage}-threads-{condition.threads}", f"{title}, {_threads(condition.threads)}"


def _threads(count: int) -> str:
    return f"{count} {'thread' if count == 1 else 'threads'}"


def _median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
