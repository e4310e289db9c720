"""What the exhaustive check leaves out, by sample: several of everything at once, kinds of model, priorities,
and whether the claims shown bear on the answers."""

from hypothesis import given, settings

from advisor import Requirements, recommend
from tests.advisor.proof.exhaustive import whole
from tests.advisor.proof.feasibility import Checker
from tests.advisor.proof.sampling import ANSWERS, LIKELY
from tests.advisor.proof.space import OF, size
from tests.advisor.proof.tables import Tables

CHECKER = Checker()


def demand_sound(answers: dict) -> None:
    result = recommend(Requirements.parse(answers), flips=False).to_json()
    assert CHECKER.faults(answers, result) == []
    assert CHECKER.beside_the_point(answers, result) == []


@settings(max_examples=1500, deadline=None)
@given(ANSWERS)
def test_several_answers_at_once_are_sound(answers: dict) -> None:
    demand_sound(answers)


@settings(max_examples=1500, deadline=None)
@given(LIKELY)
def test_answers_that_allow_something_are_sound(answers: dict) -> None:
    demand_sound(answers)


def test_the_shares_are_the_whole_space() -> None:
    tables = Tables()
    assert sum(size(tables, number, OF) for number in range(OF)) == size(tables) == whole(tables)
