"""Task: load an artifact in its runtime and compare it with the source model, case by case."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.errors import ProblemError
from benchmarks.worker import reference, runtimes


@dataclass(frozen=True)
class Tolerance:
    """An element agrees if |artifact − source| ≤ relative·|source| + absolute·max|source|, the maximum
    taken over the output: near zero, an error is judged by the scale of the output it stands in."""

    relative: float
    absolute: float


TOLERANCES = {
    "float64": Tolerance(1e-6, 1e-7),
    "float32": Tolerance(1e-3, 1e-4),
    "float16": Tolerance(1e-2, 5e-3),
    "bfloat16": Tolerance(5e-2, 2e-2),
    "complex128": Tolerance(1e-6, 1e-7),
    "complex64": Tolerance(1e-3, 1e-4),
}
EXACT = Tolerance(0.0, 0.0)
"""Integers, booleans and strings."""


@dataclass(frozen=True)
class Agreement:
    """Errors over one output of one case: the largest absolute one, and the largest relative one as
    a share of the output's scale. `passed` is False for any error that is NaN."""

    passed: bool
    max_abs_error: float
    max_rel_error: float
    note: str = ""


def agreement(expected: np.ndarray, actual: np.ndarray) -> Agreement:
    if expected.shape != actual.shape:
        return Agreement(False, math.inf, math.inf, f"shape {actual.shape} instead of {expected.shape}")
    if expected.dtype.kind in "OUS" or actual.dtype.kind in "OUS":
        equal = [
            str(a) == (b.decode() if isinstance(b, bytes) else str(b))
            for a, b in zip(expected.ravel(), actual.ravel(), strict=True)
        ]
        wrong = equal.count(False)
        return Agreement(
            wrong == 0, float(wrong > 0), float(wrong > 0), f"{wrong} strings differ" if wrong else ""
        )
    if expected.dtype != actual.dtype:
        return Agreement(False, math.inf, math.inf, f"type {actual.dtype} instead of {expected.dtype}")
    if expected.size == 0:
        return Agreement(True, 0.0, 0.0, "empty output")
    tolerance = TOLERANCES.get(expected.dtype.name, EXACT)
    wide = np.complex128 if expected.dtype.kind == "c" else np.float64
    a, b = expected.astype(wide), actual.astype(wide)
    with np.errstate(invalid="ignore", over="ignore"):
        same = (a == b) | (np.isnan(a) & np.isnan(b))  # infinities and NaN in the same places agree
        error = np.where(same, 0.0, np.abs(a - b))
        finite = np.abs(a[np.isfinite(a)])
        scale = float(finite.max()) if finite.size else 0.0
        allowed = tolerance.relative * np.where(np.isfinite(a), np.abs(a), 0.0) + tolerance.absolute * scale
        # Not by their error: above 2⁵³ neighbouring integers are the same float64.
        exact = tolerance is EXACT
        passed = bool((expected == actual).all() if exact else (error <= allowed).all())
    largest = float(error.max())
    return Agreement(passed, largest, largest / scale if scale else (0.0 if largest == 0 else math.inf))


def run(channel, workspace: str, format: str, artifact: str, threads: int) -> dict:
    """Returns the contract's parity object without its format: runtime, reference, outcome, tolerance,
    max_abs_error, max_rel_error, cases. Raises ProblemError where the artifact does not load or run."""
    about = reference.summary(Path(workspace))
    runtime_id = runtimes.runtime_for(format)
    channel.progress(f"{format}: comparing {runtime_id} with {about['runtime']}")
    try:
        session = runtimes.load(runtime_id, Path(artifact), threads)
    except ProblemError:
        raise
    except Exception as error:
        raise ProblemError(
            "verify",
            "does-not-load",
            f"{runtime_id} does not load the artifact: {' '.join(str(error).split())[:400]}",
            "The converter wrote a file that cannot be used; keep the source format.",
        ) from error
    order = input_order([spec["name"] for spec in about["inputs"]], [spec.name for spec in session.inputs])
    cases, worst, dtypes = [], [], set()
    for index, case in enumerate(about["cases"]):
        feeds, expected = reference.stored_case(Path(workspace), index)
        try:
            outputs = runtimes.run(session, [feeds[k] for k in order])
        except Exception as error:
            agreements = [Agreement(False, math.inf, math.inf, " ".join(str(error).split())[:300])]
        else:
            agreements = compare(about["outputs"], expected, list(session.outputs), outputs)
        dtypes |= {array.dtype.name for array in expected}
        worst += agreements
        cases.append(
            {
                **case,
                "passed": all(a.passed for a in agreements),
                "max_abs_error": _json(max(a.max_abs_error for a in agreements)),
                "max_rel_error": _json(max(a.max_rel_error for a in agreements)),
                "note": "; ".join(dict.fromkeys(a.note for a in agreements if a.note)),
            }
        )
    return {
        "runtime": runtime_id,
        "reference": about["runtime"],
        "outcome": "passed" if cases and all(case["passed"] for case in cases) else "failed",
        "tolerance": {name: vars(TOLERANCES.get(name, EXACT)) for name in sorted(dtypes)},
        "max_abs_error": _json(max(a.max_abs_error for a in worst)),
        "max_rel_error": _json(max(a.max_rel_error for a in worst)),
        "cases": cases,
    }


def input_order(source: list[str], artifact: list[str]) -> list[int]:
    """For each input of the artifact, the index of the source's input that feeds it: by name where
    the names are the same set, otherwise by position. Raises ProblemError where the counts differ."""
    if len(source) != len(artifact):
        raise ProblemError(
            "verify",
            "inputs-differ",
            f"The artifact takes {len(artifact)} inputs, the source {len(source)}: "
            f"{', '.join(artifact)} instead of {', '.join(source)}.",
            "An input was folded away or split; check that every input is used.",
        )
    if set(source) == set(artifact):
        return [source.index(name) for name in artifact]
    return list(range(len(source)))


def compare(
    names: list[str], expected: list[np.ndarray], artifact_names: list[str], actual: list[np.ndarray]
) -> list[Agreement]:
    """Pairs outputs by name where the names are the same set, otherwise by position."""
    if len(expected) != len(actual):
        return [Agreement(False, math.inf, math.inf, f"{len(actual)} outputs instead of {len(expected)}")]
    if set(names) == set(artifact_names):
        actual = [actual[artifact_names.index(name)] for name in names]
    return [agreement(a, b) for a, b in zip(expected, actual, strict=True)]


def _json(value: float) -> float | None:
    """JSON has no infinity: an error without a bound is null."""
    return value if math.isfinite(value) else None
