"""Portability against fidelity as one control."""

from itertools import product

from pages.view.balance import STEPS, label, step_of, weights_of


def test_every_step_stands_for_weights_that_stand_at_that_step() -> None:
    assert [step_of(*weights_of(step)) for step in STEPS] == list(STEPS) == list(range(-5, 6))


def test_the_middle_is_the_default_and_the_ends_are_all_or_nothing() -> None:
    assert [weights_of(step) for step in (-5, -4, -1, 0, 1, 4, 5)] == [
        (5, 0),
        (5, 1),
        (2, 1),
        (1, 1),
        (1, 2),
        (1, 5),
        (0, 5),
    ]


def test_any_two_weights_have_a_place() -> None:
    assert {step_of(*pair) for pair in product(range(6), repeat=2)} == set(STEPS)


def test_each_step_has_words_of_its_own() -> None:
    assert len({label(step) for step in STEPS}) == len(STEPS)
    assert (label(-3), label(0), label(5)) == ("portability +3", "equal", "fidelity +5")
