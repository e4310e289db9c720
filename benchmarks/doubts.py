"""What speaks against a measurement, said beside it."""

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.load import Load
from benchmarks.report import Latency
from benchmarks.verdict import Heats

NOISY = 0.1
"""Of the median, the width of its interval."""
OTHERS = 0.2
"""Processors busy with something else, from which on it is said."""
STOLEN = 0.02
DRIFT = 1.1
"""What all candidates together grew slower by, from the first third of the rounds to the last."""
GROWS_MB, GROWS_SHARE = 50.0, 0.5
"""A process that grew by so much and, of what it held at first, by this share, during one heat."""
SEPARATE, LEAST_SHARE, LEAST_APART = 2.0, 0.15, 1.10
"""Two modes: Ashman's D above the first (Ashman, Bird & Zepf 1994, Astronomical Journal 108), the smaller one
with this share of the samples, their medians apart by this factor."""


def doubts(
    heats: Heats,
    timing: Latency,
    calls: int,
    steady: bool,
    rss: Sequence[float],
    load: Load,
    all_heats: Mapping[str, Heats],
) -> tuple[str, ...]:
    """Sentences. `heats`: of the candidate, `all_heats` of everybody in the same condition; `calls`: in a row
    for one sample; `rss`: MB after each turn of one process."""
    rounds = sum(map(len, heats))
    said = []
    if rounds < 10:
        said.append(f"only {rounds} rounds")
    if timing.ci_high - timing.ci_low > NOISY * timing.median:
        said.append("noisy: the interval is wider than 10 % of the median")
    if not steady:
        said.append("not steady: the calls were still changing when warming up ended")
    if calls > 1:
        said.append(
            f"too short to time alone: timed {calls} calls in a row, so the percentiles are of their means"
        )
    if two := modes(np.concatenate([np.asarray(r) for heat in heats for r in heat])):
        said.append(f"two modes: calls take either about {two[0]:.3g} or about {two[1]:.3g} ms")
    if load.others > OTHERS:
        said.append(f"other load: {load.others:.1f} processors were busy with something else")
    if load.stolen > STOLEN:
        said.append(f"the hypervisor took {load.stolen * 100:.0f} % of a processor away")
    if load.throttled > STOLEN:
        said.append(f"throttled: the container's quota was used up {load.throttled * 100:.0f} % of the time")
    if (drift := drifted(all_heats)) > DRIFT:
        said.append(f"the machine grew slower by {(drift - 1) * 100:.0f} % meanwhile, for all candidates")
    if len(rss) > 2 and rss[-1] - rss[0] > max(GROWS_MB, GROWS_SHARE * rss[0]):
        said.append(f"its memory grew from {rss[0]:.0f} to {rss[-1]:.0f} MB while it was called")
    return tuple(said)


def modes(samples: np.ndarray) -> tuple[float, float] | None:
    """The medians of the two modes of positive samples, None where there is one. The threshold between them
    is that of Otsu 1979 on the logarithms, the spread of each is robust (median absolute deviation)."""
    if len(samples) < 20:
        return None
    logs = np.sort(np.log(samples))
    count = np.arange(1, len(logs))
    left, right = np.cumsum(logs)[:-1] / count, (logs.sum() - np.cumsum(logs)[:-1]) / (len(logs) - count)
    between = count * (len(logs) - count) * (left - right) ** 2
    cut = int(np.argmax(between)) + 1
    low, high = logs[:cut], logs[cut:]
    if min(len(low), len(high)) < LEAST_SHARE * len(logs):
        return None
    apart = np.median(high) - np.median(low)
    spread = np.hypot(*(1.4826 * np.median(np.abs(part - np.median(part))) for part in (low, high)))
    if apart < np.log(LEAST_APART) or np.sqrt(2) * apart <= SEPARATE * spread:
        return None
    # A smooth but skew distribution cut in two is no pair of modes: between them must be a gap.
    middle = np.mean((logs > np.median(low) + apart / 3) & (logs < np.median(high) - apart / 3))
    return (
        None if middle > LEAST_SHARE / 3 else (float(np.exp(np.median(low))), float(np.exp(np.median(high))))
    )


def drifted(all_heats: Mapping[str, Heats]) -> float:
    """How many times slower the last third of the rounds of the longest in the race was than the first."""
    most = max(map(len, all_heats.values()))
    ratios = []
    for heats in all_heats.values():
        if len(heats) < most:
            continue
        medians = [np.median(r) for heat in heats for r in heat]
        third = len(medians) // 3
        if third >= 3:
            ratios.append(np.median(medians[-third:]) / np.median(medians[:third]))
    return float(min(ratios)) if len(ratios) > 1 else 1.0
