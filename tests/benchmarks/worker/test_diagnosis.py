"""Why a model that amplifies rounding cannot be held against an artifact, and which failures that is not."""

import numpy as np

from benchmarks.worker.agreement import compare
from benchmarks.worker.diagnosis import Tried, about_cases


def iterated(x: np.ndarray, kind: str, steps: int) -> np.ndarray:
    """The logistic map, which doubles an error at each step."""
    x = x.astype(kind)
    for _ in range(steps):
        x = x.dtype.type(4) * x * (x.dtype.type(1) - x)
    return x


def otherwise(x: np.ndarray, steps: int) -> np.ndarray:
    """The same in float32 with its operations in another order."""
    x = x.astype("float32")
    for _ in range(steps):
        x = np.float32(4) * x - np.float32(4) * (x * x)
    return x


def tried(steps: int, actual) -> Tried:
    x = np.random.default_rng(0).uniform(0.1, 0.9, (7, 16))
    own, exact = iterated(x, "float32", steps), iterated(x, "float64", steps)
    agreements = compare(["y"], [own], ["y"], [actual(x, steps)], [exact])
    return Tried({"kind": "seeded", "seed": 0, "batch": 7}, tuple(agreements))


def test_amplified_rounding_is_called_so():
    few, many = tried(2, otherwise), tried(40, otherwise)
    assert few.passed and not many.passed
    [finding] = about_cases([few, many], True, None)
    assert "amplifies rounding" in finding.text
    assert "branch" not in finding.text


def test_another_computation_is_not_excused_by_rounding():
    """The source rounds as little as any model, and the artifact computes something else."""
    wrong = tried(2, lambda x, steps: 1 - otherwise(x, steps))
    [finding] = about_cases([tried(2, otherwise), wrong], True, None)
    assert "amplifies" not in finding.text
    assert "branch of the model was recorded" in finding.text
