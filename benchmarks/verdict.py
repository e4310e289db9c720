"""From interleaved rounds to intervals and a verdict in words.

Every candidate ran once in every round, so that drift of the machine hits all alike. Within a round
the calls share the machine's mood; rounds are therefore what is resampled (cluster bootstrap), and
candidates are judged by the ratio of their medians within the same round (Efron & Tibshirani 1993,
chapter 8; Bonferroni over the comparisons made).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.formats import VARIANTS, name
from benchmarks.report import Latency, Parity, Verdict

PRACTICAL = 1.02
"""A difference smaller than 2 % is no reason to choose a format."""
TIE_WITHIN = 1.10
"""Formats tie if their interval excludes a difference larger than 10 %; wider, it is inconclusive."""
CONFIDENCE = 0.95
FEWEST_ROUNDS = 5
RESAMPLES = 2000
SEED = 20260801


def latency(rounds_ms: list[list[float]]) -> Latency:
    """Median, its 95 % cluster-bootstrap interval, and percentiles over all calls, in milliseconds."""
    calls = np.concatenate([np.asarray(r, dtype=float) for r in rounds_ms])
    medians = np.array([np.median(r) for r in rounds_ms])
    rng = np.random.default_rng(SEED)
    resampled = np.median(medians[rng.integers(0, len(medians), (RESAMPLES, len(medians)))], axis=1)
    median = float(np.median(medians))
    low, high = np.quantile(resampled, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    p95, p99 = np.quantile(calls, [0.95, 0.99])
    return Latency(median, float(low), float(high), float(p95), float(p99))


@dataclass(frozen=True)
class Ratio:
    """How many times slower `slower` is than `faster`, with its interval over paired rounds."""

    faster: str
    slower: str
    estimate: float
    low: float
    high: float


def ratio(faster: str, slower: str, rounds_ms: dict[str, list[list[float]]], comparisons: int) -> Ratio:
    pairs = [
        np.log(np.median(b) / np.median(a)) for a, b in zip(rounds_ms[faster], rounds_ms[slower], strict=True)
    ]
    logs = np.array(pairs)
    rng = np.random.default_rng(SEED)
    resampled = np.median(logs[rng.integers(0, len(logs), (RESAMPLES, len(logs)))], axis=1)
    tail = (1 - CONFIDENCE) / 2 / max(1, comparisons)
    low, high = np.exp(np.quantile(resampled, [tail, 1 - tail]))
    return Ratio(faster, slower, float(np.exp(np.median(logs))), float(low), float(high))


def judge(rounds_ms: dict[str, list[list[float]]]) -> Verdict:
    """Names a winner only if every other candidate is slower by more than 2 % with confidence."""
    if not rounds_ms:
        return Verdict("inconclusive", (), "Nothing could be measured.")
    if len(rounds_ms) == 1:
        only = next(iter(rounds_ms))
        return Verdict(
            "inconclusive",
            (),
            f"Only {name(only)} could be measured, so there is nothing to compare it with.",
        )
    fewest = min(len(rounds) for rounds in rounds_ms.values())
    if fewest < FEWEST_ROUNDS:
        return Verdict("inconclusive", (), f"Only {fewest} rounds fitted into the time; raise the budget.")
    # Ordered within rounds as well: over all rounds, one change of the machine's mood could swap two.
    logs = {label: np.log([np.median(r) for r in rounds]) for label, rounds in rounds_ms.items()}
    mood = np.mean(list(logs.values()), axis=0)
    best, *others = sorted(logs, key=lambda label: float(np.median(logs[label] - mood)))
    ratios = [ratio(best, other, rounds_ms, len(others)) for other in others]
    close = [r for r in ratios if not r.low > PRACTICAL]
    if not close:
        nearest = min(ratios, key=lambda r: r.estimate)
        return Verdict("winner", (best,), f"{name(best)} is {_times(nearest)}.")
    names = (best, *(r.slower for r in close))
    widest = max(close, key=lambda r: max(r.high, 1 / r.low))
    apart = max(widest.high, 1 / widest.low)
    if apart <= TIE_WITHIN:
        return Verdict(
            "tie",
            names,
            f"{_list(names)} lie within {(apart - 1) * 100:.0f} % of one another: "
            "choose between them by something else than speed.",
        )
    return Verdict(
        "inconclusive",
        names,
        f"{name(best)} against {name(widest.slower)} is anywhere between {_share(widest.low)} and "
        f"{_share(widest.high)}: a longer budget or a quieter machine would decide it.",
    )


def with_losses(
    verdict: Verdict, rounds_ms: dict[str, list[list[float]]], parity: Iterable[Parity]
) -> Verdict:
    """`verdict` on these rounds, with what the lossy variants that it names cost, and where one of them wins
    with what is fastest among the others: speed alone would be half of the answer."""
    errors = {one.format: one.max_rel_error for one in parity}
    said = [
        f"{name(label)} is lossy: its outputs are off by up to {share(errors[label])}."
        for label in verdict.formats
        if label in VARIANTS
    ]
    if said and verdict.state == "winner":
        others = {label: rounds for label, rounds in rounds_ms.items() if label not in VARIANTS}
        said.append(
            f"Of the others: {judge(others).reason}"
            if len(others) > 1
            else f"{name(next(iter(others)))} is the only one that is not."
        )
    return replace(verdict, reason=" ".join([verdict.reason, *said]))


def share(error: float | None) -> str:
    """An error as part of the output's largest value, in words."""
    return "an amount without bound" if error is None else f"{error * 100:.2g} % of the largest value"


def _times(r: Ratio) -> str:
    """ "1.8 times as fast as the next, ONNX (95 % interval 1.70 to 1.90)", or in per cent where that reads
    better."""
    if r.estimate >= 1.5:
        interval = f"{r.low:.2f} to {r.high:.2f}"
        return f"{r.estimate:.1f} times as fast as the next, {name(r.slower)} (95 % interval {interval})"
    interval = f"{(r.low - 1) * 100:.0f} to {(r.high - 1) * 100:.0f} %"
    return f"{_share(r.estimate)} than the next, {name(r.slower)} (95 % interval {interval})"


def _share(value: float) -> str:
    return f"{abs(value - 1) * 100:.0f} % {'faster' if value >= 1 else 'slower'}"


def _list(labels: tuple[str, ...]) -> str:
    names = [name(label) for label in labels]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 2 else names)
