"""Holds artifacts to their source on inputs of its own, for as long as it is given lines to read.

A line is JSON, {"seed", "pairs"}: a list of {"source", "source_format", "artifact", "format", "inputs":
[{"name", "dtype", "shape"}], "batches", "bound"}. Answers each with a line, the largest excess over the
stated tolerance for each pair, as a list; above 1 the two disagree, null where they cannot be compared.
Draws, pairs and judges without the verification's code, from other distributions and batch sizes than it
uses.
"""

import itertools
import json
import os
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.worker import runtimes
from benchmarks.worker.preload import preload

TOLERANCES = {"onnx-float16": (1e-2, 5e-3), "onnx-int8": (0.0, 0.12)}
"""What is promised of formats that are lossy by intent, relative and of the output's largest: twice what the
verification holds them to."""
FLOAT32 = (1e-3, 1e-4)
DRAWS = {
    "uniform": lambda rng, shape: rng.uniform(-3, 3, shape),
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "positive": lambda rng, shape: np.abs(rng.standard_normal(shape)) * 10,
    "negative": lambda rng, shape: -np.abs(rng.standard_normal(shape)) * 10,
    "sparse": lambda rng, shape: rng.standard_normal(shape) * (rng.random(shape) < 0.1),
    # Not symmetric: where a model branches on a mean, one of exactly 0 has whatever sign rounding gives it.
    "ramp": lambda rng, shape: np.linspace(-1, 2, int(np.prod(shape))).reshape(shape) * rng.uniform(0, 5),
}


NUDGES, UNCERTAIN = 8, 3.0
ROUNDED = {"onnx-float16": np.float32(2**-11)}
"""By which share of it an input may be another for an artifact, by format: for float16 one rounding of it;
2⁻²², two last bits of float32, for those not here. Of an implementation that is backward stable no more is to
be had than the source's answer to inputs that are a little others (Higham 2002, Accuracy and Stability of
Numerical Algorithms, section 1.6)."""


def excess(
    expected: np.ndarray,
    actual: np.ndarray,
    tolerance: tuple[float, float],
    exact: np.ndarray | None = None,
    moved: float = 0.0,
) -> float:
    """The largest distance in tolerances, to the nearer of the source's answer and its answer in float64,
    `exact`. UNCERTAIN times what the source itself is uncertain by is tolerated as well, the larger of what
    it rounds in this output and of `moved`: another order of the same sums does no less to it."""
    if expected.shape != actual.shape or expected.dtype != actual.dtype:
        return float("nan")
    if expected.dtype.kind != "f":
        return 0.0 if (expected == actual).all() else float("nan")
    scale = np.abs(expected).max(initial=0.0)
    allowed = np.maximum(tolerance[0] * np.abs(expected) + tolerance[1] * scale, UNCERTAIN * moved)
    same = (expected == actual) | (np.isnan(expected) & np.isnan(actual))
    distance = np.abs(expected.astype(float) - actual)
    if exact is not None:
        distance = np.fmin(distance, np.abs(exact - actual))
        allowed = np.maximum(allowed, UNCERTAIN * np.nanmax(np.abs(exact - expected), initial=0.0))
    with np.errstate(all="ignore"):
        share = np.where(same, 0.0, distance / allowed)
    return float(share.max(initial=0.0))


@lru_cache(maxsize=1)
def _source(format: str, path: str) -> runtimes.Session:
    """Loaded once for all artifacts of a model, which stand one after the other."""
    return runtimes.load(runtimes.runtime_for(format), Path(path), 2)


@lru_cache(maxsize=1)
def _wide_source(format: str, path: str) -> runtimes.Session | None:
    """The source in float64; None where it cannot be run in it."""
    try:
        return runtimes.runtime(runtimes.runtime_for(format)).load_float64(Path(path), 2)
    except Exception:  # whatever a framework raises where a part cannot be widened
        return None


def _exact(pair: dict, feeds: list[np.ndarray]) -> list[np.ndarray] | None:
    session = _wide_source(pair["source_format"], pair["source"])
    if session is None:
        return None
    wide = [feed.astype("float64") if feed.dtype.kind == "f" else feed for feed in feeds]
    return runtimes.run(session, wide)


def _moved(
    source: runtimes.Session,
    feeds: list[np.ndarray],
    expected: list[np.ndarray],
    by: np.float32,
    rng: np.random.Generator,
) -> list[float]:
    """How far each of the source's outputs goes at most where its floating inputs change by this share."""
    furthest = [0.0] * len(expected)
    for _ in range(NUDGES):
        signs = (rng.choice([-1, 1], feed.shape) for feed in feeds)
        nudged = [
            (feed * (1 + sign * by)).astype(feed.dtype) if feed.dtype.kind == "f" else feed
            for feed, sign in zip(feeds, signs, strict=True)
        ]
        for k, (other, one) in enumerate(zip(runtimes.run(source, nudged), expected, strict=True)):
            if one.dtype.kind == "f" and other.shape == one.shape:
                away = np.abs(other.astype(float) - one)
                furthest[k] = max(furthest[k], float(np.nanmax(away, initial=0.0)))
    return furthest


@dataclass(frozen=True)
class Asked:
    """Inputs by name, the source's in its own order, and what it answered."""

    feeds: dict[str, np.ndarray]
    own: list[np.ndarray]
    expected: list[np.ndarray]


@lru_cache(maxsize=1)
def _asked(
    format: str, path: str, inputs: str, batches: tuple[int, ...], bound: int, seed: int
) -> list[Asked]:
    """The source's answers to each of DRAWS, every size of batch as often as there is room for; `inputs` is
    JSON. Once for all artifacts of a model, as the source itself."""
    source, specs, rng = _source(format, path), json.loads(inputs), np.random.default_rng(seed)
    sizes = rng.permutation([size for size, _ in zip(itertools.cycle(batches), DRAWS, strict=False)])
    asked = []
    for batch, draw in zip(sizes, DRAWS.values(), strict=True):
        feeds = {}
        for spec in specs:
            shape = tuple(d if isinstance(d, int) else int(batch) for d in spec["shape"])
            dtype = np.dtype(spec["dtype"] or "float32")
            integers = rng.integers(0, bound, shape)
            feeds[spec["name"]] = (integers if dtype.kind in "iu" else draw(rng, shape)).astype(dtype)
        own = _in_order(source, feeds)
        asked.append(Asked(feeds, own, runtimes.run(source, own)))
    return asked


def _in_order(session: runtimes.Session, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    """By name where the names are the same, and else by position."""
    names = [spec.name for spec in session.inputs]
    return [feeds[name] for name in names] if set(names) == set(feeds) else list(feeds.values())


def worst(pair: dict, seed: int) -> float:
    """The largest excess; NaN where an output cannot be compared, or where nothing that was drawn agrees
    within the tolerance alone: what the source is uncertain by must not be all that is left."""
    source = _source(pair["source_format"], pair["source"])
    artifact = runtimes.load(runtimes.runtime_for(pair["format"]), Path(pair["artifact"]), 2)
    tolerance = TOLERANCES.get(pair["format"], FLOAT32)
    rounded = ROUNDED.get(pair["format"], np.float32(2**-22))
    inputs, batches = json.dumps(pair["inputs"]), tuple(pair["batches"])
    shares, within = [], 0
    for one in _asked(pair["source_format"], pair["source"], inputs, batches, pair["bound"], seed):
        expected = one.expected
        actual = runtimes.run(artifact, _in_order(artifact, one.feeds))
        if set(source.outputs) == set(artifact.outputs):
            actual = [actual[artifact.outputs.index(name)] for name in source.outputs]
        found = [excess(a, b, tolerance) for a, b in zip(expected, actual, strict=True)]
        within += max(found) <= 1
        # Only then: which of the two rounded is a question of its own, and float64 is slow.
        if max(found) > 1:
            exact = _exact(pair, one.own) or [None] * len(expected)
            moved = _moved(source, one.own, expected, rounded, np.random.default_rng(seed))
            found = [
                excess(a, b, tolerance, c, d)
                for a, b, c, d in zip(expected, actual, exact, moved, strict=True)
            ]
        shares += found
    return max(shares) if within and all(share == share for share in shares) else float("nan")


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # frameworks print where they like
    preload()
    for line in sys.stdin:
        asked = json.loads(line)
        found = [worst(pair, asked["seed"]) for pair in asked["pairs"]]
        answer = json.dumps([share if np.isfinite(share) else None for share in found])
        print(answer, file=answers, flush=True)
