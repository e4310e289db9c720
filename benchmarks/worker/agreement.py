"""Comparing arrays: whether an artifact's outputs are the source's, and which stands against which."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.errors import ProblemError


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
VARIANTS = {"onnx-float16": Tolerance(5e-3, 2.5e-3), "onnx-int8": Tolerance(0.0, 0.06)}
"""What the floating outputs of a lossy variant are held to, whatever their type: half of what is promised of
it, since its rounding differs from input to input. MobileNetV2 in float16 came to 0.9 of 10⁻² and 5·10⁻³ on
the verification's inputs and to 1.5 on others, which is no agreement.

float16: half of an output that is float16 itself. One rounding costs 2⁻¹¹ = 5·10⁻⁴; measured 2026-11 with
ONNX Runtime 1.32, 0.3 to 1.4·10⁻³ of the largest value for ResNet-18 and -50, a transformer and an LSTM,
1.4·10⁻² for MobileNetV2 with random weights.

int8: a share of the largest value only, since all that lies in one tensor shares a scale: one rounding costs
1/255 = 4·10⁻³ of it, and errors add up with depth. Measured alike, 0.8 to 5.5·10⁻² for the same models and
1.7·10⁻¹ for MobileNetV2, whose depthwise convolutions are known to lose their accuracy (Krishnamoorthi 2018,
arXiv:1806.08342): 6·10⁻² stands between the two."""
FAR = 10.0
"""A float64 answer further from the source's own than this many tolerances went another way (it took another
branch, was rounded to another whole number) and excuses nothing."""


@dataclass(frozen=True)
class Agreement:
    """Errors over one output of one case: the largest absolute one, and the largest relative one as
    a share of the output's scale. `passed` is False for any error that is NaN. `reference_error`: the
    largest distance of the source's answer from its float64 answer; None without one."""

    passed: bool
    max_abs_error: float
    max_rel_error: float
    note: str = ""
    reference_error: float | None = None


def differing(note: str) -> Agreement:
    """What cannot be compared element by element."""
    return Agreement(False, math.inf, math.inf, note)


def tolerances(format_id: str) -> Mapping[str, Tolerance]:
    """By type of the output; a type that is not there must be equal."""
    lossy = VARIANTS.get(format_id)
    return dict.fromkeys(TOLERANCES, lossy) if lossy else TOLERANCES


def agreement(
    expected: np.ndarray,
    actual: np.ndarray,
    exact: np.ndarray | None = None,
    allowing: Mapping[str, Tolerance] = TOLERANCES,
) -> Agreement:
    """`expected`: the source's answer, `exact`: its answer in float64, where there is one; `allowing`: what
    `tolerances` returns for the format that is held against it.

    The error of an element is its distance to the nearer of the two. What the source loses to its own
    rounding is thereby no error of the conversion, neither where the artifact rounds in the same way (its
    distance to `expected` is 0) nor where it rounds less.
    """
    if expected.shape != actual.shape:
        return differing(f"shape {actual.shape} instead of {expected.shape}")
    if expected.dtype.kind in "OUS" or actual.dtype.kind in "OUS":
        pairs = zip(expected.ravel(), actual.ravel(), strict=True)
        equal = [_text(a) == _text(b) for a, b in pairs]
        wrong = equal.count(False)
        return Agreement(
            wrong == 0, float(wrong > 0), float(wrong > 0), f"{wrong} strings differ" if wrong else ""
        )
    if expected.dtype != actual.dtype:
        return differing(f"type {actual.dtype} instead of {expected.dtype}")
    if expected.size == 0:
        return Agreement(True, 0.0, 0.0, "empty output")
    tolerance = allowing.get(expected.dtype.name, EXACT)
    usual = TOLERANCES.get(expected.dtype.name, EXACT)
    wide = np.complex128 if expected.dtype.kind == "c" else np.float64
    a, b = expected.astype(wide), actual.astype(wide)
    with np.errstate(invalid="ignore", over="ignore"):
        error = _distance(a, b)
        sizes = np.where(np.isfinite(a), np.abs(a), 0.0)
        scale = float(sizes.max())
        allowed = tolerance.relative * sizes + tolerance.absolute * scale
        own = None
        if exact is not None and tolerance is not EXACT:
            lost = _distance(a, exact)
            own = float(np.nanmax(lost, initial=0.0))
            # fmin: where the source's own arithmetic gave NaN, float64 may still know the answer.
            followed = FAR * (usual.relative * sizes + usual.absolute * scale)
            near = (lost <= followed) | (np.isnan(a) & np.isfinite(exact))
            error = np.where(near, np.fmin(error, _distance(exact, b)), error)
        # Not by their error: above 2⁵³ neighbouring integers are the same float64.
        passed = bool((expected == actual).all() if tolerance is EXACT else (error <= allowed).all())
    largest = float(error.max())
    relative = largest / scale if scale else (0.0 if largest == 0 else math.inf)
    return Agreement(passed, largest, relative, reference_error=own)


def _text(value) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """|a − b|; infinities and NaN in the same places agree."""
    return np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b))


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
    names: list[str],
    expected: list[np.ndarray],
    artifact_names: list[str],
    actual: list[np.ndarray],
    exact: list[np.ndarray] | None = None,
    allowing: Mapping[str, Tolerance] = TOLERANCES,
) -> list[Agreement]:
    """Pairs outputs by name where the names are the same set, otherwise by position; `exact` stands in the
    order of `expected`."""
    if len(expected) != len(actual):
        return [differing(f"{len(actual)} outputs instead of {len(expected)}")]
    actual = in_order(names, artifact_names, actual)
    return [
        agreement(a, b, c, allowing)
        for a, b, c in zip(expected, actual, exact or [None] * len(expected), strict=True)
    ]


def in_order(names: list[str], artifact_names: list[str], actual: list[np.ndarray]) -> list[np.ndarray]:
    """The artifact's outputs in the source's order."""
    if len(set(names)) == len(actual) and set(names) == set(artifact_names):
        return [actual[artifact_names.index(name)] for name in names]
    return actual
