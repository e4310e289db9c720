"""Comparing arrays: what agrees, what does not, and which input or output stands against which."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.errors import ProblemError
from benchmarks.settings import PROJECT
from benchmarks.worker.agreement import agreement, compare, input_order, tolerances


def test_comparing_arrays_needs_no_framework():
    code = (
        "import sys, benchmarks.worker.agreement\n"
        "print([m for m in ('torch', 'tensorflow', 'keras', 'onnx', 'onnxruntime') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


F32 = np.float32


def f32(*values) -> np.ndarray:
    return np.array(values, F32)


@pytest.mark.parametrize(
    ("expected", "actual", "passed"),
    [
        (f32(1, 2, 3), f32(1, 2, 3), True),
        (f32(1, 100), f32(1.0005, 100), True),  # 5·10⁻⁴ of 1 and of the scale
        (f32(1, 1), f32(1.002, 1), False),
        (f32(0, 100), f32(0.009, 100), True),  # near zero the scale of the output decides
        (f32(0, 100), f32(0.011, 100), False),
        (f32(0, 0), f32(0, 0), True),
        (f32(1, np.nan), f32(1, np.nan), True),
        (f32(1, 2), f32(1, np.nan), False),
        (f32(1, np.nan), f32(1, 2), False),
        (f32(1, np.inf), f32(1, np.inf), True),
        (f32(1, np.inf), f32(1, -np.inf), False),
        (f32(1, np.inf), f32(1, 1e30), False),
        (f32(1, 2), f32(1, np.inf), False),
        (f32(1, 2), np.array([[1, 2]], F32), False),
        (f32(1, 2), np.array([1, 2], np.float64), False),
        (f32(), f32(), True),
        (np.array([1, 2]), np.array([1, 2]), True),
        (np.array([1, 2]), np.array([1, 3]), False),
        (np.array([2**62]), np.array([2**62 + 1]), False),
        (np.array([True]), np.array([False]), False),
        (np.array([1.0]), np.array([1.00001]), False),  # float64 is held to 10⁻⁶
        (np.array([1.0], np.float16), np.array([1.008], np.float16), True),
        (np.array(["a", "b"], object), np.array([b"a", b"b"], object), True),
        (np.array(["a", "b"], object), np.array([b"a", b"c"], object), False),
        (np.array([1 + 1j]), np.array([1 - 1j]), False),
        (np.float32(3), np.float32(3), True),
    ],
)
def test_agreement(expected, actual, passed):
    assert agreement(np.asarray(expected), np.asarray(actual)).passed is passed


def test_errors_are_the_largest_ones():
    found = agreement(f32(0, 10), f32(1, 12))
    assert (found.max_abs_error, found.max_rel_error) == (2.0, 0.2)


def test_a_difference_in_shape_or_type_says_which():
    assert "(2, 1) instead of (2,)" in agreement(f32(1, 2), f32(1, 2).reshape(2, 1)).note
    assert "float64 instead of float32" in agreement(f32(1), np.array([1.0])).note


@given(st.lists(st.floats(width=32), min_size=1, max_size=8))
def test_everything_agrees_with_itself(values):
    assert agreement(np.array(values, F32), np.array(values, F32)).passed


@given(st.lists(st.floats(-1024, 1024, width=32), min_size=1, max_size=8), st.data())
def test_one_not_a_number_never_passes(values, data):
    broken = np.array(values, F32)
    broken[data.draw(st.integers(0, len(values) - 1))] = np.nan
    assert not agreement(np.array(values, F32), broken).passed


F64 = np.float64


@pytest.mark.parametrize(
    ("expected", "actual", "exact", "passed", "error"),
    [
        (f32(1, 100), f32(1, 100), np.array([1.0, 100.05]), True, 0.0),  # the source's own answer
        (f32(1, 100), f32(1, 100.5), np.array([1.0, 100.5]), True, 0.0),  # rounds less than the source
        (f32(1, 100), f32(1, 101), np.array([1.0, 100.5]), False, 0.5),  # beyond both
        (f32(1, 100), f32(1, 99), np.array([1.0, 100.05]), False, 1.0),  # the nearer of the two counts
        (f32(0, 100), f32(0, 50), np.array([0.0, 50.0]), False, 50.0),  # went another way: excuses nothing
        (f32(1, np.nan), f32(1, 7), np.array([1.0, 7.0]), True, 0.0),  # only float64 knows the answer
        (f32(1, 7), f32(1, np.nan), np.array([1.0, 7.0]), False, np.nan),
        (f32(1, np.inf), f32(1, np.inf), np.array([1.0, 1e39]), True, 0.0),
    ],
)
def test_what_the_source_rounds_is_no_error_of_the_artifact(expected, actual, exact, passed, error):
    found = agreement(expected, actual, exact)
    assert found.passed is passed
    np.testing.assert_allclose(found.max_abs_error, error, rtol=1e-4)


def test_the_sources_own_rounding_is_reported():
    assert agreement(f32(1, 100), f32(1, 100), np.array([1.0, 100.25])).reference_error == 0.25
    assert agreement(f32(1, 100), f32(1, 100)).reference_error is None


@given(
    st.lists(st.floats(-1024, 1024, width=32), min_size=1, max_size=8),
    st.floats(-8, 8),
    st.floats(2**-10, 2**10),
)
def test_float64_never_excuses_what_is_far_from_both(values, off, shift):
    """An artifact further than the tolerance from the source's answer and from the float64 one fails."""
    expected = np.array(values, F32)
    exact = expected.astype(F64) + off
    allowed = 1e-3 * np.abs(expected).max() + 1e-4 * np.abs(expected).max()
    actual = (np.maximum(expected, exact) + 1.01 * allowed + shift).astype(F32)
    assert not agreement(expected, actual, exact).passed


@pytest.mark.parametrize(
    ("source", "artifact", "order"),
    [
        (["a", "b"], ["a", "b"], [0, 1]),
        (["a", "b"], ["b", "a"], [1, 0]),
        (["a", "b", "c"], ["c", "a", "b"], [2, 0, 1]),
        (["a", "b"], ["x", "y"], [0, 1]),
        (["a"], ["serving_default_a:0"], [0]),
        ([], [], []),
    ],
)
def test_input_order(source, artifact, order):
    assert input_order(source, artifact) == order


def test_a_missing_input_is_named():
    with pytest.raises(ProblemError) as caught:
        input_order(["a", "b"], ["a"])
    assert caught.value.problem.kind == "inputs-differ"
    assert "a instead of a, b" in caught.value.problem.message


def test_outputs_pair_by_name_where_the_names_agree():
    one, two = f32(1), f32(2)
    assert all(a.passed for a in compare(["x", "y"], [one, two], ["y", "x"], [two, one]))
    assert not any(a.passed for a in compare(["x", "y"], [one, two], ["p", "q"], [two, one]))
    assert not compare(["x"], [one], ["x", "y"], [one, two])[0].passed


@pytest.mark.parametrize(
    ("format_id", "expected", "actual", "passed"),
    [
        ("onnx-float16", f32(1, 100), f32(1.24, 100), True),  # 2.5·10⁻³ of the scale
        ("onnx-float16", f32(1, 100), f32(1.27, 100), False),
        ("onnx-float16", f32(100, 100), f32(100.7, 100), True),
        ("onnx-int8", f32(1, 100), f32(6.9, 100), True),
        ("onnx-int8", f32(1, 100), f32(7.1, 100), False),
        ("onnx-int8", f32(1, 100), f32(np.nan, 100), False),
        ("onnx-int8", f32(1, 100), f32(np.inf, 100), False),
        ("onnx-int8", np.array([1, 100]), np.array([2, 100]), False),  # an integer is no rounding
        ("onnx-int8", np.array([1.0, 100.0]), np.array([6.9, 100.0]), True),
        ("onnx", f32(1, 100), f32(1.49, 100), False),
    ],
)
def test_a_variant_is_held_to_its_own_tolerance(format_id, expected, actual, passed):
    assert agreement(expected, actual, allowing=tolerances(format_id)).passed is passed


def test_a_wide_tolerance_makes_no_other_branch_the_sources():
    """The float64 answer went another way by far more than float32 rounds: it excuses nothing."""
    expected, exact, actual = f32(10, 100), np.array([60.0, 100.0]), f32(60, 100)
    assert not agreement(expected, actual, exact, tolerances("onnx-int8")).passed
