"""Why an artifact is slower than its source, in words, from the profiles of both as the task `profile`
answers them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.operator_kinds import (
    ADVICE,
    AFTER_FALLBACK,
    BETWEEN,
    FALLBACKS,
    NAMES,
    OTHERWISE,
    WAITING,
    Advice,
    kind_of,
)

LARGE = 0.2
"""The part of a call from which what fell back is given as the reason."""
QUIETER = 0.5
"""A call that takes less than this part of what was measured did not take so long by its operators."""
MARKED = 0.25
"""The part of the time lost from which a kind of operators is given as a reason."""
LONGEST_NAME = 60
MANY_NODES, QUICK_MS = 20, 0.01
"""So many nodes, each so quick on average, and what is paid for is going from one to the next."""


@dataclass(frozen=True)
class Why:
    reason: str
    advice: Advice


def explain(found: dict, source: dict | None, latency_ms: float) -> Why:
    """`found`: the profile of the artifact; `source`: that of the source, None where there is none;
    `latency_ms`: how long a call of the artifact took when both were measured."""
    return _waited(found, latency_ms) or _fell_back(found, source) or _many(found) or _longest(found, source)


def times_by_kind(found: dict | None) -> Counter[str]:
    """Milliseconds of one call by what operators do."""
    if found is None:
        return Counter()
    times = Counter({BETWEEN: found["between_ms"]})
    for row in found["operators"]:
        times[kind_of(row["operator"])] += row["ms"]
    return times


def _waited(found: dict, latency_ms: float) -> Why | None:
    """A profiler makes a call slower, never quicker by itself."""
    if found["call_ms"] > QUIETER * latency_ms:
        return None
    words = (
        f"By itself it takes {found['call_ms']:.3g} ms for a call, measured in turn with the others "
        f"{latency_ms:.3g} ms. Its operators do not explain that; threads that wait for processors would."
    )
    return Why(words, WAITING)


def _fell_back(found: dict, source: dict | None) -> Why | None:
    lost = (_times_by_fallback(found) - _times_by_fallback(source)).most_common(1)
    if not lost or lost[0][1] < LARGE * found["call_ms"]:
        return None
    why, ms = lost[0]
    operators = _listed(row["operator"] for row in found["fell_back"] if row["why"] == why)
    more = " more than in the source" if source else ""
    words = f"{ms:.3g} ms of a call{more} go into operators that fell back: {operators} {FALLBACKS[why]}."
    return Why(words, AFTER_FALLBACK[why])


def _times_by_fallback(found: dict | None) -> Counter[str]:
    times: Counter[str] = Counter()
    for row in found["fell_back"] if found else ():
        times[row["why"]] += row["ms"]
    return times


def _many(found: dict) -> Why | None:
    each = sum(row["ms"] for row in found["operators"]) / max(1, found["nodes"])
    if found["nodes"] < MANY_NODES or each > QUICK_MS:
        return None
    words = (
        f"It runs {found['nodes']} operators for one call, {each * 1e3:.2g} µs each on average: "
        "what takes the time is going from one to the next."
    )
    return Why(words, ADVICE[BETWEEN])


def _longest(found: dict, source: dict | None) -> Why:
    now, before = times_by_kind(found), times_by_kind(source)
    lost = (now - before).most_common()
    if not lost:
        words = "Under its profiler it is not slower than the source in any kind of operator."
        return Why(words, ADVICE[BETWEEN])
    whole = sum(ms for _, ms in lost)
    marked = [kind for kind, ms in lost if ms > MARKED * whole] or [lost[0][0]]
    parts = []
    for kind in marked:
        operators = [row["operator"] for row in found["operators"] if kind_of(row["operator"]) == kind]
        parts.append(f"{NAMES[kind]} ({now[kind]:.3g} ms of a call")
        parts[-1] += f", {before[kind]:.3g} ms in the source" if source else ""
        parts[-1] += f": {_listed(operators)})" if operators else ")"
    words = "What takes longer is" if source else "Most of the time goes into"
    advice = next((ADVICE[kind] for kind in marked if kind in ADVICE), OTHERWISE)
    return Why(f"{words} {' and '.join(parts)}.", advice)


def _listed(operators: Iterable[str], most: int = 3) -> str:
    names = list(dict.fromkeys(operator[:LONGEST_NAME] for operator in operators))
    more = [f"{len(names) - most} more"] if len(names) > most else []
    *first, last = [*names[:most], *more]
    return f"{', '.join(first)} and {last}" if first else last
