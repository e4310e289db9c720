"""Inputs to verify and measure a model with: seeded, so that every run draws the same ones."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError

MAX_ELEMENTS = 1 << 28
"""An input larger than this (1 GB of float32) is asked for, never made up."""
SEEDS = 5
BATCHES = (1, 2, 7)
"""1 and 2 show a dimension that was folded, 7 one that was kept by a power of two or by luck."""
EDGES = ("zeros", "negative", "large", "nan")
LARGE = {"float16": 100.0, "bfloat16": 1000.0}
"""What standard normal values are multiplied with, 1000 for other types: float16 ends at 65,504."""
INDEX_BOUND = 8
"""Integers are drawn below this: most are indices into a table whose length the file does not give."""

_WORDS = np.array(["the", "model", "format", "decides", "for", "years"])


@dataclass(frozen=True)
class Case:
    """One set of inputs. `kind`: given, seeded or one of EDGES; `seed`: None for given inputs."""

    kind: str
    seed: int | None
    batch: int


def plan(
    specs: Sequence[TensorSpec], batches: Sequence[int], asked: Sequence[int], first_seed: int = 0
) -> list[Case]:
    """The cases in the order in which they are tried, the ones that show most first, since time may run
    out: each batch size once, those of `asked` before the others, then the edges that the types of the
    inputs have, with more than one example, then the other seeds. Every seed meets every batch size."""
    sizes = list(dict.fromkeys([batches[0], *(b for b in asked if b in batches), *batches]))
    several = next((size for size in sizes if size > 1), sizes[0])
    seeds = range(first_seed, first_seed + SEEDS)
    kinds = {"f" if _is_floating(spec) else "i" if _is_integer(spec) else "" for spec in specs}
    edges = [kind for kind in EDGES if "f" in kinds or kind == "zeros" or (kind == "large" and "i" in kinds)]
    return [
        *(Case("seeded", first_seed, size) for size in sizes),
        *(Case(kind, first_seed, several) for kind in edges if specs),
        *(Case("seeded", seed, size) for seed in seeds[1:] for size in sizes),
    ]


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


def feeds_of(case: Case, specs: Sequence[TensorSpec], index_bound: int = INDEX_BOUND) -> list[np.ndarray]:
    """One array for each input, in order; the same for the same arguments. Raises what `concrete_shape`
    does."""
    rng = np.random.default_rng([case.seed or 0, case.batch])
    return [_edge(draw(spec, case.batch, rng, index_bound), case.kind, index_bound) for spec in specs]


def draw(
    spec: TensorSpec, batch: int, rng: np.random.Generator, index_bound: int = INDEX_BOUND
) -> np.ndarray:
    """Standard normal values for floating types; 0 to `index_bound` - 1 for integers; words for strings."""
    shape = concrete_shape(spec, batch)
    dtype = spec.dtype or "float32"
    if dtype == "str":
        return rng.choice(_WORDS, size=shape).astype(object)
    if dtype == "bool":
        return rng.random(shape) < 0.5
    kind = np.dtype(dtype)
    if kind.kind in "iu":
        return rng.integers(0, min(index_bound, np.iinfo(kind).max), size=shape, dtype=kind)
    if kind.kind == "c":
        return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(kind)
    return rng.standard_normal(shape, dtype="float32" if kind.itemsize <= 4 else "float64").astype(kind)


def _edge(drawn: np.ndarray, kind: str, index_bound: int) -> np.ndarray:
    """What an edge case makes of drawn values. Integers may be indices and so never leave 0 to
    `index_bound` - 1; NaN goes into one value of the first example only, so that it shows whether the
    others stay free of it."""
    floating = drawn.dtype.kind in "fc"
    if kind == "zeros":
        empty = "" if drawn.dtype.kind == "O" else 0
        return np.full_like(drawn, empty)
    if kind == "large" and drawn.dtype.kind in "iu":
        return np.full_like(drawn, min(index_bound - 1, np.iinfo(drawn.dtype).max))
    if kind == "large" and floating:
        return (drawn * LARGE.get(drawn.dtype.name, 1000.0)).astype(drawn.dtype)
    if kind == "negative" and floating:
        return -np.abs(drawn).astype(drawn.dtype)
    if kind == "nan" and floating and drawn.size:
        spoilt = drawn.copy()
        spoilt[(0, *(size // 2 for size in spoilt.shape[1:]))[: spoilt.ndim]] = np.nan
        return spoilt
    return drawn


def _is_floating(spec: TensorSpec) -> bool:
    dtype = spec.dtype or "float32"
    return dtype.startswith(("float", "bfloat", "complex"))


def _is_integer(spec: TensorSpec) -> bool:
    return (spec.dtype or "float32").startswith(("int", "uint"))


def has_integers(specs: Sequence[TensorSpec]) -> bool:
    return any(map(_is_integer, specs))


def has_dynamic_batch(inputs: tuple[TensorSpec, ...]) -> bool:
    return bool(inputs) and all(spec.shape and not isinstance(spec.shape[0], int) for spec in inputs)
