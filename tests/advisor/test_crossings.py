"""The exact weight at which an order flips, against scores worked out by hand."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor import Requirements, recommend
from advisor.crossings import Weighing

# a + w × c: the first is ahead by 0.5 where w is 0 and loses 0.2 on the second for each 1 of w, so they are
# level at 2.5; the third has the first's slope and is never ahead.
LINES = {"first": (3.0, 0.4), "second": (2.5, 0.6), "third": (2.9, 0.4)}


def test_two_lines_are_level_once() -> None:
    free = Weighing(now=1, raised=0.0, lines=LINES)
    below, above = free.turns()
    assert (list(below), list(above)) == ([], [3, 4, 5])
    assert free.flips_at("second", 3) == pytest.approx(2.5)


def test_what_a_constraint_adds_is_taken_off() -> None:
    free = Weighing(now=1, raised=1.0, lines=LINES)
    assert list(free.turns())[1][0] == 2  # level at 1.5
    assert free.flips_at("second", 2) == pytest.approx(1.5)


def test_downwards_too() -> None:
    lines = {"steep": (1.0, 0.9), "flat": (2.0, 0.5)}  # level at 2.5
    free = Weighing(now=4, raised=0.0, lines=lines)
    below, above = free.turns()
    assert (list(below), list(above)) == ([2, 1, 0], [])
    assert free.flips_at("flat", 2) == pytest.approx(2.5)


def test_level_at_a_whole_weight_that_weight_is_asked_and_the_next() -> None:
    free = Weighing(now=1, raised=0.0, lines={"first": (3.0, 0.5), "second": (2.0, 1.0)})
    assert list(free.turns())[1] == range(2, 6)


def test_overtaken_twice_the_weight_is_where_the_named_one_takes_the_lead() -> None:
    lines = {"first": (3.0, 0.0), "between": (2.7, 0.2), "last": (2.2, 0.5)}
    free = Weighing(now=1, raised=0.0, lines=lines)
    assert list(free.turns())[1][0] == 2
    # between leads from 1.5 to 5/3, last from there on
    assert free.flips_at("last", 2) == pytest.approx(float(Fraction(5, 3)))


WHOLE = st.integers(0, 1000)


@given(st.lists(st.tuples(WHOLE, WHOLE), min_size=2, max_size=6), st.integers(0, 5))
def test_no_weight_before_a_turn_has_another_first(lines: list[tuple[int, int]], now: int) -> None:
    def first_at(weight: int) -> int:
        return max(range(len(lines)), key=lambda number: lines[number][0] + weight * lines[number][1])

    best = first_at(now)
    ordered = [best, *(number for number in range(len(lines)) if number != best)]
    free = Weighing(now, 0.0, {str(number): tuple(map(float, lines[number])) for number in ordered})
    below, above = free.turns()
    worth = {*below, *above}
    for weight in range(6):
        if weight not in worth:
            level = lines[best][0] + weight * lines[best][1]
            assert all(a + weight * c <= level for a, c in lines)


def test_the_engine_agrees_on_both_sides_of_the_weight() -> None:
    requirements = Requirements.parse({"framework": "xgboost"})
    [flip] = [flip for flip in recommend(requirements).flips if flip.priority == "portability"]
    assert dict(dict(flip.change)["priorities"])["portability"] == 0

    def first(weight: float) -> str:
        weights = tuple(
            (name, weight if name == "portability" else kept) for name, kept in requirements.priorities
        )
        return recommend(requirements.with_answer("priorities", weights), flips=False).recommended.format

    assert (first(flip.at + 1e-3), first(flip.at - 1e-3)) == ("onnx", flip.to)
    assert f"the order flips at {flip.at:.4g}" in flip.words
