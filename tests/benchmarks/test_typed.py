"""Shapes and batch sizes as people type them."""

import pytest

from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError
from benchmarks.typed import read_batches, read_shape

UNKNOWN = TensorSpec("image", None, None)
PARTLY = TensorSpec("image", "float32", ("batch", 3, None, None))


@pytest.mark.parametrize(
    ("typed", "spec", "shape"),
    [
        ("1,3,224,224", UNKNOWN, ("batch", 3, 224, 224)),
        (" 8 , 16 ", UNKNOWN, ("batch", 16)),
        ("1×3×32×32", PARTLY, ("batch", 3, 32, 32)),
        ("5", UNKNOWN, ("batch",)),
    ],
)
def test_the_first_number_is_the_batch(typed: str, spec: TensorSpec, shape: tuple) -> None:
    assert read_shape(typed, spec) == shape


@pytest.mark.parametrize(
    ("typed", "spec", "said"),
    [
        ("", UNKNOWN, "The input image has no shape yet."),
        ("1,,3", UNKNOWN, "is no shape"),
        ("1,-3", UNKNOWN, "is no shape"),
        ("1.5", UNKNOWN, "is no shape"),
        ("1,1000000,1000000", UNKNOWN, "1,000,000,000,000 elements"),
        ("1,3,224", PARTLY, "has 4 dimensions, but 1,3,224 has 3"),
        ("1,1,224,224", PARTLY, "Dimension 2 of the input image is 3 in the model, not 1."),
    ],
)
def test_a_shape_that_cannot_be_is_refused(typed: str, spec: TensorSpec, said: str) -> None:
    with pytest.raises(ProblemError) as refused:
        read_shape(typed, spec)
    assert said in refused.value.problem.message
    assert refused.value.problem.next_step


def test_batch_sizes() -> None:
    assert read_batches("1") == (1,)
    assert read_batches(" 8, 1, 8") == (8, 1)  # the first decides, each is measured once
    for typed in ("", "0", "1;2", "1,2,3,4,5", "5000"):
        with pytest.raises(ProblemError):
            read_batches(typed)
