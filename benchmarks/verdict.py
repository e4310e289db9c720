"""From interleaved rounds to intervals and a verdict in words.

A race has heats: in each every candidate has a fresh process, and in each round of a heat every candidate
has one turn, so that drift of the machine hits all alike. Candidates are judged by the logarithm of the ratio
of their medians within the same round. What is counted as one observation is a heat where there are enough
of them, since two processes of one program differ for as long as they live (Kalibera & Jones 2013, "Rigorous
benchmarking in reasonable time"; Mytkowicz et al. 2009, "Producing wrong data without doing anything
obviously wrong"); where there are fewer it is a round, and the interval is widened by what two processes
differ.

Intervals and tests are Student's, on those logarithms. Where the data are looked at as they come in, each
look spends its share of the error allowed (Bonferroni over looks); over the candidates it is Holm's procedure
(Holm 1979), by which the closest rival is tested at the whole of it once all others are beaten.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.candidate import choice
from benchmarks.formats import VARIANTS, name
from benchmarks.report import Latency, Parity, Verdict

PRACTICAL = 1.02
"""A difference smaller than 2 % is no reason to choose a format."""
TIE_WITHIN = 1.10
"""Formats tie if their interval excludes a difference larger than 10 %; wider, it is inconclusive."""
CONFIDENCE = 0.95
MOST_LOOKS = 8
"""Times that the data of one race are looked at; each look may err by (1 - CONFIDENCE) / MOST_LOOKS."""
FEWEST_HEATS = 5
"""From as many on a heat is one observation: Student's quantiles for fewer are larger than what is won."""
PROCESS = 1.10
"""What two processes of one artifact may differ by for as long as they live, less by the root of how many
each had; measured: up to 4 % for one each, on two cores that others used too."""
HOPELESS = 10.0
"""An interval that reaches beyond this factor says nothing worth its digits."""
FEWEST_ROUNDS = 5
RESAMPLES = 2000
SEED = 20260801

Heats = Sequence[Sequence[Sequence[float]]]
"""Milliseconds of a candidate's samples, by heat and round. Two candidates' heats and rounds are aligned; one
that dropped out has fewer heats."""


def latency(heats: Heats) -> Latency:
    """Median, its 95 % interval over heats or, if they are few, over rounds (cluster bootstrap, Efron &
    Tibshirani 1993, chapter 8), and percentiles over all samples, in milliseconds."""
    samples = np.concatenate([np.asarray(r, dtype=float) for heat in heats for r in heat])
    medians = np.array([np.median(r) for heat in heats for r in heat])
    median = float(np.median(medians))
    if len(heats) >= FEWEST_HEATS:
        mean, half, _ = _student(np.log([np.median([np.median(r) for r in heat]) for heat in heats]), 1)
        low, high = np.exp([mean - half, mean + half])
    else:
        rng = np.random.default_rng(SEED)
        resampled = np.median(medians[rng.integers(0, len(medians), (RESAMPLES, len(medians)))], axis=1)
        low, high = np.quantile(resampled, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    p95, p99 = np.quantile(samples, [0.95, 0.99])
    return Latency(median, min(median, float(low)), max(median, float(high)), float(p95), float(p99))


@dataclass(frozen=True)
class Ratio:
    """How many times slower `slower` is than `faster`, with its interval. `heats`: as many observations, 0
    where rounds of too few heats were; `p`: of the test that it is slower by no more than PRACTICAL."""

    faster: str
    slower: str
    estimate: float
    low: float
    high: float
    heats: int
    p: float


def ratio(faster: str, slower: str, heats: Mapping[str, Heats], looks: int = MOST_LOOKS) -> Ratio:
    """`looks`: how often the data are looked at in all."""
    logs = [
        [np.log(np.median(b) / np.median(a)) for a, b in zip(one, other, strict=True)]
        for one, other in zip(heats[faster], heats[slower], strict=False)
    ]
    whole = len(logs) >= FEWEST_HEATS
    observed = np.array(
        [np.median(heat) for heat in logs] if whole else [log for heat in logs for log in heat]
    )
    unseen = 0.0 if whole else np.log(PROCESS) / np.sqrt(len(logs))
    mean, half, p = _student(observed, looks, np.log(PRACTICAL) + unseen)
    half += unseen
    low, high = np.exp([mean - half, mean + half])
    return Ratio(
        faster, slower, float(np.exp(mean)), float(low), float(high), len(logs) if whole else 0, float(p)
    )


def _student(observed: np.ndarray, looks: int, bar: float = 0.0) -> tuple[float, float, float]:
    """Mean, half the width of its interval, and the one-sided probability of such data if the true mean were
    no more than `bar`."""
    from scipy import stats  # half a second and 30 MB, for which only a race has use

    count = len(observed)
    mean = float(np.mean(observed))
    if count < 2:
        return mean, np.inf, 1.0
    error = float(np.std(observed, ddof=1)) / np.sqrt(count)
    half = float(stats.t.ppf(1 - (1 - CONFIDENCE) / 2 / looks, count - 1)) * error
    above = mean - bar
    if error == 0:
        return mean, half, 0.0 if above > 0 else 1.0
    return mean, half, float(stats.t.sf(above / error, count - 1))


@dataclass(frozen=True)
class Standing:
    """`best`: the fastest candidate; `beaten`: the others of which it is sure, `close`: those of which it is
    not. Candidates of the best's own choice (its format in another runtime) stand in neither."""

    best: str
    beaten: tuple[Ratio, ...]
    close: tuple[Ratio, ...]

    @property
    def decided(self) -> bool:
        """Whether more rounds could change nothing that matters."""
        return all(r.high < PRACTICAL and r.low > 1 / PRACTICAL for r in self.close)


def standing(heats: Mapping[str, Heats], looks: int = MOST_LOOKS) -> Standing:
    best = min(heats, key=lambda label: _place(label, heats))
    rivals = [label for label in heats if choice(label) != choice(best)]
    ratios = sorted((ratio(best, label, heats, looks) for label in rivals), key=lambda r: r.p)
    allowed = (1 - CONFIDENCE) / 2 / looks
    beaten = 0
    while beaten < len(ratios) and ratios[beaten].p <= allowed / (len(ratios) - beaten):
        beaten += 1
    return Standing(best, tuple(ratios[:beaten]), tuple(ratios[beaten:]))


def _place(label: str, heats: Mapping[str, Heats]) -> tuple[float, float]:
    """The candidate's median distance from the others within the heats that it took part in."""
    distances = []
    for number, heat in enumerate(heats[label]):
        others = [h[number] for h in heats.values() if len(h) > number]
        moods = np.mean([[np.log(np.median(r)) for r in other] for other in others], axis=0)
        distances.append(float(np.median([np.log(np.median(r)) for r in heat] - moods)))
    # One that raced on was among the fastest: those that dropped out are compared with it in their heat.
    return -len(heats[label]), float(np.mean(distances))


def judge(heats: Mapping[str, Heats], looks: int = MOST_LOOKS) -> Verdict:
    """Names a winner only if every candidate of another choice is slower by more than 2 % with confidence."""
    if not heats:
        return Verdict("inconclusive", (), "Nothing could be measured.")
    choices = list(dict.fromkeys(map(choice, heats)))
    if len(choices) == 1:
        return Verdict(
            "inconclusive",
            (),
            f"Only {name(choices[0])} could be measured, so there is nothing to compare it with.",
        )
    fewest = min(sum(map(len, one)) for one in heats.values())
    if fewest < FEWEST_ROUNDS:
        return Verdict("inconclusive", (), f"Only {fewest} rounds fitted into the time; raise the budget.")
    found = standing(heats, looks)
    best = found.best
    if not found.close:
        nearest = min(found.beaten, key=lambda r: r.estimate)
        return Verdict("winner", (choice(best),), f"{name(best)} is {_times(nearest)}.", (best,))
    labels = (best, *(r.slower for r in found.close))
    tied = tuple(dict.fromkeys(map(choice, labels)))
    widest = max(found.close, key=lambda r: max(r.high, 1 / r.low))
    apart = max(widest.high, 1 / widest.low)
    if apart <= TIE_WITHIN:
        return Verdict(
            "tie",
            tied,
            f"{_list(labels)} lie within {(apart - 1) * 100:.0f} % of one another: "
            "choose between them by something else than speed.",
            labels,
        )
    between = f"is anywhere between {_share(widest.low)} and {_share(widest.high)}"
    open_still = between if apart <= HOPELESS else "varies too much from one time to the next to be told"
    return Verdict(
        "inconclusive",
        tied,
        f"{name(best)} against {name(widest.slower)} {open_still}: "
        "a longer budget or a quieter machine would decide it.",
        labels,
    )


def with_losses(verdict: Verdict, heats: Mapping[str, Heats], parity: Iterable[Parity]) -> Verdict:
    """`verdict` on these heats, with what the lossy variants that it names cost, and where one of them wins
    with what is fastest among the others: speed alone would be half of the answer."""
    errors = {one.format: one.max_rel_error for one in parity}
    said = [
        f"{name(label)} is lossy: its outputs are off by up to {share(errors[label])}."
        for label in verdict.formats
        if label in VARIANTS
    ]
    if said and verdict.state == "winner":
        others = {label: one for label, one in heats.items() if choice(label) not in VARIANTS}
        said.append(
            f"Of the others: {judge(others).reason}"
            if len(set(map(choice, others))) > 1
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
