"""The inputs that models are verified with: which there are, and that they stay what the model takes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.artifact import TensorSpec
from benchmarks.worker.input_cases import Case, feeds_of, plan

FLOATS = TensorSpec("x", "float32", ("batch", 3, 5))
HALVES = TensorSpec("h", "float16", ("batch", 400))
INDICES = TensorSpec("ids", "int64", ("batch", 6))
BYTES = TensorSpec("pixels", "uint8", ("batch", 2))
FLAGS = TensorSpec("mask", "bool", ("batch", 4))
TEXT = TensorSpec("words", "str", ("batch", 2))
SCALAR = TensorSpec("t", "float32", ())
ALL = (FLOATS, HALVES, INDICES, BYTES, FLAGS, TEXT, SCALAR)


def feed(spec: TensorSpec, kind: str, batch: int = 2, bound: int = 8) -> np.ndarray:
    return feeds_of(Case(kind, 0, batch), (spec,), bound)[0]


def test_every_seed_meets_every_batch_size_and_what_shows_most_comes_first():
    planned = plan((FLOATS,), (1, 2, 7), (1,))
    assert planned[:3] == [Case("seeded", 0, size) for size in (1, 2, 7)]
    assert [case.kind for case in planned[3:7]] == ["zeros", "negative", "large", "nan"]
    assert {case.batch for case in planned[3:7]} == {2}  # a NaN shows whether the other example stays free
    drawn = [(case.seed, case.batch) for case in planned if case.kind == "seeded"]
    assert sorted(drawn) == [(seed, batch) for seed in range(5) for batch in (1, 2, 7)]


def test_what_will_be_measured_is_tried_before_the_rest():
    assert [case.batch for case in plan((FLOATS,), (1, 2, 7, 32), (32,))[:4]] == [1, 32, 2, 7]


@pytest.mark.parametrize(
    ("specs", "edges"),
    [
        ((FLOATS,), ["zeros", "negative", "large", "nan"]),
        ((INDICES, FLOATS), ["zeros", "negative", "large", "nan"]),
        ((INDICES,), ["zeros", "large"]),
        ((TEXT,), ["zeros"]),
        ((), []),
    ],
)
def test_edges_are_those_that_the_types_have(specs, edges):
    assert [case.kind for case in plan(specs, (1,), ()) if case.kind != "seeded"] == edges


@pytest.mark.parametrize("kind", ["seeded", "zeros", "negative", "large", "nan"])
@pytest.mark.parametrize("spec", ALL)
def test_types_and_shapes_stay(spec, kind):
    drawn = feed(spec, kind)
    assert drawn.dtype == np.dtype(object if spec.dtype == "str" else spec.dtype)
    assert drawn.shape == tuple(2 if dim == "batch" else dim for dim in spec.shape)
    if drawn.dtype.kind == "f" and kind != "nan":
        assert np.isfinite(drawn).all()


@given(st.sampled_from(["seeded", "zeros", "negative", "large", "nan"]), st.integers(1, 1000))
def test_indices_stay_below_their_bound(kind, bound):
    for spec in (INDICES, BYTES):
        assert 0 <= feed(spec, kind, bound=bound).min() <= feed(spec, kind, bound=bound).max() < bound


def test_edges_are_what_their_names_say():
    assert not feed(FLOATS, "zeros").any() and not feed(INDICES, "zeros").any()
    assert (feed(FLOATS, "negative") <= 0).all() and feed(FLOATS, "negative").any()
    assert np.abs(feed(FLOATS, "large")).max() > 1000
    assert (feed(INDICES, "large", bound=50) == 49).all()
    spoilt = np.isnan(feed(FLOATS, "nan"))
    assert (spoilt.sum(), spoilt[0].sum()) == (1, 1)
    assert np.isnan(feed(SCALAR, "nan"))


def test_the_same_case_gives_the_same_values_and_another_gives_others():
    assert (feed(FLOATS, "seeded") == feed(FLOATS, "seeded")).all()
    other = feeds_of(Case("seeded", 1, 2), (FLOATS,))[0]
    assert (other != feed(FLOATS, "seeded")).any()
