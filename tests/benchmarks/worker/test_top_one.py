"""Top-1 agreement: which output is taken for a classifier's, and what is counted."""

import numpy as np
import pytest

from benchmarks.worker.agreement import Tolerance
from benchmarks.worker.top_one import TopOne

SCORES = np.array([[0.1, 0.9, 0.0], [0.7, 0.2, 0.1]], np.float32)
PICTURES = np.zeros((2, 3, 8, 8), np.float32)


def counted(names, expected, actual):
    top = TopOne()
    top.add(names, expected, actual)
    return top.to_json()


@pytest.mark.parametrize(
    ("names", "outputs", "taken"),
    [
        (["y"], [SCORES], "y"),
        (["image", "y"], [PICTURES, SCORES], "y"),
        (["a", "b"], [SCORES, SCORES], None),  # which of the two, nobody says
        (["hidden", "logits"], [SCORES, SCORES], "logits"),
        (["class", "probabilities"], [SCORES, SCORES], None),
        (["image"], [PICTURES], None),
        (["score"], [SCORES[:, :1]], None),  # one number is no choice
        (["ids"], [SCORES.astype(np.int64)], None),
    ],
)
def test_the_output_is_chosen_by_shape_and_name(names, outputs, taken):
    found = counted(names, outputs, outputs)
    assert (found and found["output"]) == taken
    if found:
        assert (found["agreed"], found["rows"], found["classes"]) == (2, 2, 3)


def test_a_row_that_names_another_class_is_counted():
    other = SCORES[:, ::-1].copy()  # the middle one stays in the middle
    assert counted(["y"], [SCORES], [other])["agreed"] == 1


def test_rows_without_a_largest_entry_are_left_out():
    spoilt = SCORES.copy()
    spoilt[0, 0] = np.nan
    assert counted(["y"], [spoilt], [spoilt])["rows"] == 1


@pytest.mark.parametrize(
    ("lost", "margin", "holds"),
    [(1, 0.5, True), (2, 0.5, False), (50, 0.05, True), (50, 0.15, False), (0, 0.5, True)],
)
def test_a_class_as_good_as_the_sources_is_not_another(lost, margin, holds):
    """50 examples of two classes, the source's own ahead by `margin` of the largest score."""
    expected = np.tile(np.array([[1.0, 1.0 - margin]], np.float32), (50, 1))
    actual = expected.copy()
    actual[:lost] = actual[:lost, ::-1]
    top = TopOne(Tolerance(0.0, 0.1))
    top.add(["y"], [expected], [actual])
    assert top.to_json()["agreed"] == 50 - lost
    assert top.holds is holds
