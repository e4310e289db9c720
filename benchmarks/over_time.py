"""Two reports of one model, made at different times: first what differs about how they were made, then what
changed.

The runs are independent, so their rounds are not paired: the rounds of each side are resampled on their own
(cluster bootstrap, Efron & Tibshirani 1993, chapter 8), and the ratio is that of the medians. Two processes
of one program differ for as long as they live (Mytkowicz et al. 2009, "Producing wrong data without doing
anything obviously wrong"), which no number of rounds shows: of eighteen comparisons of two runs between which
nothing had changed, five came out as faster or slower. The interval is therefore widened by PROCESS, less
where there were several: their median differs by less, by the root of how many there were.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.errors import ProblemError
from benchmarks.formats import name
from benchmarks.reported import Interval, Key, Measured, Outcome, Reported, read_report
from benchmarks.verdict import CONFIDENCE, FEWEST_ROUNDS, PRACTICAL, PROCESS, RESAMPLES, SEED

MACHINE, VERSIONS, METHOD = "machine", "versions", "method"
FASTER, SLOWER, UNTOLD = "faster", "slower", "no difference that can be told"
NOT_THERE, NOT_RECORDED = "not there", "not recorded"
DRAWN_AT_ONCE = 1_000_000
COURSE = {"spent_s", "timed_s", "ended", "heats"}
"""What a report says beside its method of how the run went."""
DEEPEST, LONGEST = 3, 200
"""How deep an environment or a method is looked into, and how many characters of a value are shown."""


@dataclass(frozen=True)
class Difference:
    """Something about how the two reports were made. `kind`: machine, versions or method."""

    kind: str
    what: str
    old: str
    new: str


@dataclass(frozen=True)
class Change:
    """One format in one runtime at one batch size and thread count, in both reports. `ratio`: the new median
    over the old one, with its 95 % interval where both reports have enough rounds; `state`: faster, slower or
    no difference that can be told."""

    format: str
    runtime: str
    batch: int
    threads: int
    old: Interval
    new: Interval
    ratio: float
    ratio_low: float | None
    ratio_high: float | None
    state: str
    words: str


@dataclass(frozen=True)
class Turn:
    """A result that is not a number and is another now. `what`: conversion, parity or verdict; `reason`: the
    newer report's words."""

    what: str
    subject: str
    old: str
    new: str
    reason: str


@dataclass(frozen=True)
class Changes:
    """`differences` come before every number; `caution` says what a change can be put down to. `created`:
    when each report was made, "" where it does not say."""

    sha256: str
    format: str
    created: tuple[str, str]
    differences: tuple[Difference, ...]
    caution: str
    changes: tuple[Change, ...]
    turns: tuple[Turn, ...]

    def to_json(self) -> dict:
        return asdict(self)


def compare_reports(old: Any, new: Any) -> Changes:
    """`old` and `new`: reports as parsed JSON. Raises ProblemError where one is no report, or where they are
    of different models."""
    before, after = read_report(old, "older"), read_report(new, "newer")
    if before.source["sha256"] != after.source["sha256"]:
        raise ProblemError(
            "job",
            "different-models",
            f"The reports are of different models: sha256 {before.source['sha256'][:16]}… and "
            f"{after.source['sha256'][:16]}….",
            "Give two reports of the same file.",
        )
    differences = tuple(_differences(before, after))
    both = [key for key in after.measurements if key in before.measurements]
    return Changes(
        after.source["sha256"],
        after.source["format"],
        (before.created, after.created),
        differences,
        _caution(differences, before.created, after.created),
        tuple(_change(key, before.measurements[key], after.measurements[key]) for key in both),
        tuple(_turns(before, after)),
    )


def _differences(old: Reported, new: Reported) -> Iterator[Difference]:
    for path, before, after in _unequal(old.environment, new.environment):
        versions = path == "python" or path.startswith("versions ")
        yield Difference(VERSIONS if versions else MACHINE, path.removeprefix("versions "), before, after)
    yield from (Difference(METHOD, *found) for found in _unequal(_conditions(old), _conditions(new)))
    if old.method and new.method:
        yield from (Difference(METHOD, *found) for found in _unequal(_method(old), _method(new)))
    elif old.method or new.method:
        words = [NOT_RECORDED, "recorded"]
        yield Difference(METHOD, "method", *(words if new.method else words[::-1]))
    turned = {one for one in old.conversions if _outcome(old, one) != _outcome(new, one) is not None}
    for before, after in ((old, new), (new, old)):
        conditions = {key[2:] for key in after.measurements}
        for key in before.measurements:
            if key not in after.measurements and key[2:] in conditions and name(key[0]) not in turned:
                sides = ("measured", "not measured")
                yield Difference(METHOD, _called(key), *(sides if before is old else reversed(sides)))


def _outcome(report: Reported, target: str) -> str | None:
    return report.conversions[target].outcome if target in report.conversions else None


def _conditions(report: Reported) -> dict:
    return {
        "batch sizes": sorted({batch for _, _, batch, _ in report.measurements}),
        "thread counts": sorted({threads for _, _, _, threads in report.measurements}),
    }


def _method(report: Reported) -> dict:
    return {key: value for key, value in report.method.items() if key not in COURSE}


def _unequal(old: Mapping, new: Mapping) -> Iterator[tuple[str, str, str]]:
    before, after = dict(_flat(old)), dict(_flat(new))
    for path in dict.fromkeys([*before, *after]):
        values = before.get(path, NOT_THERE), after.get(path, NOT_THERE)
        if values[0] != values[1]:
            yield path, *values


def _flat(value: Mapping, above: str = "", depth: int = 1) -> Iterator[tuple[str, str]]:
    """Every value within by its path, as text."""
    for key, item in value.items():
        path = f"{above}{key}"[:LONGEST]
        if isinstance(item, Mapping) and depth < DEEPEST:
            yield from _flat(item, f"{path} ", depth + 1)
        else:
            yield path, (item if isinstance(item, str) else json.dumps(item, ensure_ascii=False))[:LONGEST]


def _caution(differences: tuple[Difference, ...], old: str, new: str) -> str:
    kinds = {one.kind for one in differences}
    said = []
    if old and new and old > new:
        said.append("The report given as the older one was made after the other.")
    if others := [kind for kind in (MACHINE, METHOD) if kind in kinds]:
        differ = f"The {others[0]} differs" if len(others) == 1 else f"The {' and the '.join(others)} differ"
        said.append(f"{differ}: no change can be put down to the model or to the versions alone.")
    elif VERSIONS in kinds:
        said.append("The model, the machine and the method are the same; versions differ.")
    else:
        said.append("The model, the machine, the method and the versions are the same.")
    said.append(
        "An interval covers what varied within the two runs and what two processes of one program differ by, "
        "not a machine that was busier in one of them."
    )
    return " ".join(said)


def _change(key: Key, old: Measured, new: Measured) -> Change:
    found = ratio(old, new)
    if found is None:
        estimate, low, high = new.latency.median / old.latency.median, None, None
        state, words = UNTOLD, f"{UNTOLD}: too few rounds"
    else:
        estimate, low, high = found
        state = FASTER if high < 1 / PRACTICAL else SLOWER if low > PRACTICAL else UNTOLD
        words = f"{state}: {estimate:.2f} times the time (95 % interval {low:.2f} to {high:.2f})"
    return Change(*key, old.latency, new.latency, estimate, low, high, state, words)


def ratio(old: Measured, new: Measured) -> tuple[float, float, float] | None:
    """The new median over the old one with its interval; None where either has too few rounds."""
    if min(len(old.rounds_ms), len(new.rounds_ms)) < FEWEST_ROUNDS:
        return None
    before, after = (np.array([np.median(durations) for durations in side.rounds_ms]) for side in (old, new))
    rng = np.random.default_rng(SEED)
    resampled = _resampled(after, rng) / _resampled(before, rng)
    low, high = np.quantile(resampled, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    processes = PROCESS ** math.sqrt((1 / old.processes + 1 / new.processes) / 2)
    return float(np.median(after) / np.median(before)), float(low / processes), float(high * processes)


def _resampled(medians: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """RESAMPLES medians of as many rounds, drawn with replacement; a part at a time, since a report may have
    any number of rounds."""
    count, at_once = len(medians), max(1, DRAWN_AT_ONCE // len(medians))
    parts = [min(at_once, RESAMPLES - done) for done in range(0, RESAMPLES, at_once)]
    return np.concatenate(
        [np.median(medians[rng.integers(0, count, (part, count))], axis=1) for part in parts]
    )


def _turns(old: Reported, new: Reported) -> Iterator[Turn]:
    for what, before, after in (
        ("conversion", old.conversions, new.conversions),
        ("parity", *_by_runtime(old, new)),
    ):
        for key in dict.fromkeys([*before, *after]):
            outcomes = [side[key].outcome if key in side else NOT_THERE for side in (before, after)]
            if outcomes[0] != outcomes[1]:
                yield Turn(what, key, *outcomes, after[key].message if key in after else "")
    verdicts = [_verdict(report.verdict) for report in (old, new)]
    if verdicts[0] != verdicts[1]:
        yield Turn("verdict", "fastest", *verdicts, new.verdict["reason"])


def _by_runtime(old: Reported, new: Reported) -> list[dict[str, Outcome]]:
    """Parity by format, and by runtime where a format has several: one that did not load has none."""
    counts = [Counter(format_id for format_id, _ in side.parity) for side in (old, new)]
    several = {format_id for count in counts for format_id, times in count.items() if times > 1}
    return [
        {
            f"{name(format_id)} in {runtime}" if format_id in several else name(format_id): outcome
            for (format_id, runtime), outcome in side.parity.items()
        }
        for side in (old, new)
    ]


def _verdict(verdict: dict) -> str:
    names = ", ".join(sorted(name(label) for label in verdict["formats"]))
    return f"{verdict['state']}: {names}" if names else verdict["state"]


def _called(key: Key) -> str:
    format_id, runtime, batch, threads = key
    return (
        f"{name(format_id)} in {runtime}, batch {batch}, {threads} {'thread' if threads == 1 else 'threads'}"
    )


def summarize(changes: Changes) -> str:
    """The whole result for a terminal."""
    lines = [f"{one.kind}: {one.what}: {one.old} → {one.new}" for one in changes.differences]
    lines.append(changes.caution)
    for one in changes.changes:
        called = _called((one.format, one.runtime, one.batch, one.threads))
        lines.append(f"{called}: {_shown(one.old)} → {_shown(one.new)} ms, {one.words}")
    if not changes.changes:
        lines.append("Nothing was measured in both.")
    lines += [
        f"{one.what} of {one.subject}: {one.old} → {one.new}" + (f". {one.reason}" if one.reason else "")
        for one in changes.turns
    ]
    return "\n".join(lines)


def _shown(interval: Interval) -> str:
    return f"{interval.median:.3f} ({interval.low:.3f} to {interval.high:.3f})"
