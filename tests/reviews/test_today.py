"""What would be recommended today, told from what was recommended then."""

import copy
from dataclasses import replace

import pytest

from advisor import load_knowledge
from reviews import today
from reviews.content import Scenario


@pytest.fixture
def scenario(content) -> Scenario:
    return content.scenarios[0]


def aged(scenario: Scenario, change) -> Scenario:
    """As if it had been evaluated under an older knowledge base."""
    recommendation = copy.deepcopy(dict(scenario.recommendation))
    recommendation["knowledge_version"] = "an older one"
    change(recommendation)
    return replace(scenario, recommendation=recommendation)


def test_under_the_same_knowledge_nothing_is_different(scenario):
    again = today.reevaluate(scenario)
    assert not again.moved and not again.differs and again.claims == ()


def test_a_knowledge_that_moved_and_says_the_same(scenario):
    again = today.reevaluate(aged(scenario, lambda document: None))
    assert again.moved and not again.differs and again.claims == ()
    assert again.knowledge_after == load_knowledge().version


def test_another_format_and_the_claims_that_changed_are_named(scenario):
    def change(document):
        document["recommended"]["format"] = "torchscript"
        document["recommended"]["reasons"][0]["text"] = "It was otherwise."
        document["recommended"]["caveats"].append({"text": "Gone since.", "source": "old", "id": "gone"})

    again = today.reevaluate(aged(scenario, change))
    assert again.differs and (again.before, again.after) == ("torchscript", scenario.format)
    changed = {one.id: one for one in again.claims}
    first = scenario.recommendation["recommended"]["reasons"][0]
    assert changed[first["id"]].before.startswith("It was otherwise.")
    assert changed[first["id"]].after.startswith(first["text"])
    assert (changed["gone"].before, changed["gone"].after) == ("Gone since. (old)", "")
    assert len(changed) == 2


def test_answers_that_mean_nothing_any_more_are_said(scenario):
    unknown = replace(aged(scenario, lambda document: None), answers={"framework": "caffe"})
    again = today.reevaluate(unknown)
    assert again.differs and "caffe" in again.fault
