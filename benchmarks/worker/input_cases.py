"""Inputs to verify and measure a model with: seeded, so that every run draws the same ones."""

import math

import numpy as np

from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError

MAX_ELEMENTS = 1 << 28
"""An input larger than this (1 GB of float32) is asked for, never made up."""

_WORDS = np.array(["the", "model", "format", "decides", "for", "years"])


def concrete_shape(spec: TensorSpec, batch: int) -> tuple[int, ...]:
    """The shape to draw: the first dimension becomes `batch` where it is dynamic.

    Raises ProblemError(kind="shape-needed") where another dimension is dynamic or no shape is known,
    since a guess would measure another model than the one that is deployed.
    """
    if spec.shape is None:
        raise ProblemError(
            "verify",
            "shape-needed",
            f"The file does not say what shape the input “{spec.name}” has.",
            "Give the shape of an example, for instance 1,3,224,224.",
        )
    shape = tuple(batch if i == 0 and not isinstance(d, int) else d for i, d in enumerate(spec.shape))
    if not all(isinstance(dim, int) and dim >= 0 for dim in shape):
        raise ProblemError(
            "verify",
            "shape-needed",
            f"The input “{spec.name}” has more than one dynamic dimension: "
            f"{', '.join(str(d) if d is not None else '?' for d in spec.shape)}.",
            "Give the shape of an example, for instance 1,128.",
        )
    if math.prod(shape) > MAX_ELEMENTS:
        raise ProblemError(
            "verify",
            "input-too-large",
            f"The input “{spec.name}” would hold {math.prod(shape):,} values.",
            "Give the shape of a smaller example.",
        )
    return shape


def draw(spec: TensorSpec, batch: int, rng: np.random.Generator) -> np.ndarray:
    """Standard normal values for floating types; 0 to 7 for integers (they are mostly indices into a
    table whose length the file does not give); words for strings."""
    shape = concrete_shape(spec, batch)
    dtype = spec.dtype or "float32"
    if dtype == "str":
        return rng.choice(_WORDS, size=shape).astype(object)
    if dtype == "bool":
        return rng.random(shape) < 0.5
    kind = np.dtype(dtype)
    if kind.kind in "iu":
        return rng.integers(0, 8, size=shape, dtype=kind)
    if kind.kind == "c":
        return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(kind)
    return rng.standard_normal(shape, dtype="float32" if kind.itemsize <= 4 else "float64").astype(kind)


def has_dynamic_batch(inputs: tuple[TensorSpec, ...]) -> bool:
    return bool(inputs) and all(spec.shape and not isinstance(spec.shape[0], int) for spec in inputs)
