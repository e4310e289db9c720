"""What makes an agreement with the source prove less than it seems to."""

import re
from collections.abc import Sequence

import numpy as np

from benchmarks.artifact import Finding
from benchmarks.worker.agreement import compare
from benchmarks.worker.input_cases import Case

_DROPOUT = re.compile("dropout", re.I)
_RANDOM = re.compile("rand|bernoulli|multinomial|normal_|poisson|exponential_|stateless", re.I)


def same(first: list[np.ndarray], again: list[np.ndarray]) -> bool:
    """Whether two lists hold the same bits, NaN counting as NaN."""
    return len(first) == len(again) and all(
        np.array_equal(a, b, equal_nan=a.dtype.kind in "fc") for a, b in zip(first, again, strict=True)
    )


def repeats(first: list[np.ndarray], again: list[np.ndarray]) -> bool:
    """Whether two runs on one input agree as an artifact must: a few last bits that depend on the order in
    which threads add are no randomness."""
    return all(agreed.passed for agreed in compare([], first, [], again))


def about_repetition(deterministic: bool, operators: Sequence[str]) -> list[Finding]:
    """A source that gives other outputs for the same inputs: by the dropout or the random operators that
    its file names, or else by nothing that can be seen in the file."""
    if deterministic:
        return []
    text = "The source gives other outputs for the same input"
    if any(map(_DROPOUT.search, operators)):
        return [
            Finding(
                "warning",
                f"{text}: dropout is still active in it.",
                "Call model.eval() before you save it, and export again.",
            )
        ]
    random = [name for name in operators if _RANDOM.search(name)]
    cause = f"it draws random numbers ({', '.join(random[:3])})" if random else "it is not deterministic"
    return [
        Finding(
            "warning",
            f"{text}: {cause}, so no conversion can be checked against it.",
            "Take the randomness out of the model, for instance as an input of its own, and export again.",
        )
    ]


def about_outputs(cases: Sequence[Case], outputs: list[list[np.ndarray]]) -> list[Finding]:
    """Outputs that do not depend on the inputs, or are not finite. `outputs`: those of each case."""
    findings = []
    usual = [arrays for case, arrays in zip(cases, outputs, strict=True) if case.kind in ("given", "seeded")]
    by_shape: dict[tuple, list[list[np.ndarray]]] = {}
    for arrays in usual:
        by_shape.setdefault(tuple((a.shape, a.dtype) for a in arrays), []).append(arrays)
    compared = [group for group in by_shape.values() if len(group) > 1]
    if compared and all(same(group[0], other) for group in compared for other in group[1:]):
        findings.append(
            Finding(
                "warning",
                "The outputs do not depend on the inputs that were tried, so agreement proves little.",
                "Give inputs of your own, or check the model's weights.",
            )
        )
    if any(a.dtype.kind in "fc" and not np.isfinite(a).all() for arrays in usual for a in arrays):
        findings.append(
            Finding(
                "warning",
                "The source model's outputs contain NaN or infinity.",
                "Check the weights and the range of the inputs.",
            )
        )
    return findings
