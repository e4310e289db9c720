"""The common cases: each is answered, and each shows something of its own."""

import pytest

from advisor import Requirements, load_knowledge, recommend
from pages.view.presets import Preset, answers_of, matching, presets
from pages.view.questions import Answered, read_query

KNOWLEDGE = load_knowledge()


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.label)
def test_a_case_is_a_link_and_has_an_answer(preset: Preset) -> None:
    answers = dict(preset.answers)
    assert read_query(Answered(answers, ()).query, KNOWLEDGE) == Answered(answers, ())
    result = recommend(Requirements.parse(answers))
    assert result.recommended, f"{preset.label}: {result.headline}"


def test_labels_are_short_and_no_two_cases_are_the_same() -> None:
    labels = [preset.label for preset in presets()]
    assert len(set(labels)) == len(labels)
    assert all(len(label) <= 24 for label in labels)
    assert [matching(answers_of(label)) for label in labels] == labels


def test_other_answers_are_nobodys_case() -> None:
    assert matching({}) is None
    assert matching({**presets()[0].answers, "needs": ["exact-numerics"]}) is None
