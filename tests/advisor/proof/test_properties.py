"""What holds for all answers, whatever the knowledge base says."""

import hashlib
import json
import os
import random
import subprocess
import sys
from itertools import combinations
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from advisor import Requirements, recommend
from tests.advisor.proof.sampling import ANSWERS, LIKELY, TABLES, one

ROOT = Path(__file__).parents[3]
ROUNDED = 1e-4
"""How far two differences of scores, rounded to four decimals in JSON, can be off."""
NEAR = 2e-4
"""A step from a weight given to four decimals that is surely across it."""
SEVERAL = ("needs", "constraints", "hardware")
SINGLE = ("language", "serving", "model")


def ask(answers: dict, flips: bool = False) -> dict:
    return recommend(Requirements.parse(answers), flips=flips).to_json()


def options(result: dict) -> list[dict]:
    return [result["recommended"], *result["alternatives"]] if result["recommended"] else []


def possible(answers: dict) -> set[str]:
    return {option["format"] for option in options(ask(answers))}


def with_more(answers: dict, key: str, name: str) -> dict:
    return answers | {key: [*answers.get(key, []), name]}


@settings(max_examples=400, deadline=None)
@given(ANSWERS, one("constraint"))
def test_one_more_constraint_never_makes_a_rejected_format_possible(answers: dict, more: str) -> None:
    assert possible(with_more(answers, "constraints", more)) <= possible(answers)


@settings(max_examples=400, deadline=None)
@given(ANSWERS, one("need"))
def test_one_more_need_never_makes_a_rejected_format_possible(answers: dict, more: str) -> None:
    before, after = ask(answers), ask(with_more(answers, "needs", more))
    assert {option["format"] for option in options(after)} <= {option["format"] for option in options(before)}
    ready = {option["format"] for option in options(before) if not option["rewrites"]}
    assert {option["format"] for option in options(after) if not option["rewrites"]} <= ready


@settings(max_examples=400, deadline=None)
@given(LIKELY, one("priority"), st.integers(0, 4), st.integers(1, 5))
def test_a_higher_priority_never_costs_the_format_best_at_it(
    answers: dict, priority: str, weight: int, more: int
) -> None:
    """Its lead on any other, times the sum of the weights, grows with what it is better by; so it falls
    behind none that it was ahead of."""
    higher = min(5, weight + more)
    low, high = (
        {
            option["format"]: option
            for option in options(
                ask(answers | {"priorities": answers.get("priorities", {}) | {priority: given}})
            )
        }
        for given in (weight, higher)
    )
    assume(len(low) > 1)
    assert low.keys() == high.keys()
    best = max(low, key=lambda name: low[name]["criteria"][priority])
    sums = [sum(side[best]["weights"].values()) for side in (low, high)]
    assume(sums[1] == sums[0] + higher - weight)  # not where all were 0 and so counted as all 1
    for other in low:
        leads = [side[best]["score"] - side[other]["score"] for side in (low, high)]
        assert leads[1] * sums[1] >= leads[0] * sums[0] - ROUNDED * sum(sums)
        if low[best]["rewrites"] == low[other]["rewrites"] == [] and leads[0] > 0:
            assert leads[1] >= -ROUNDED


def shuffled(answers: dict, seed: int) -> dict:
    """The same answers, written down in another order."""
    deck = random.Random(seed)
    mixed = {}
    for key in deck.sample(list(answers), len(answers)):
        value = answers[key]
        if isinstance(value, dict):
            value = dict(deck.sample(list(value.items()), len(value)))
        mixed[key] = deck.sample(value, len(value)) if isinstance(value, list) else value
    return mixed


@settings(max_examples=200, deadline=None)
@given(ANSWERS, st.integers(0, 1000))
def test_answers_in_another_order_are_the_same_answers(answers: dict, seed: int) -> None:
    assert json.dumps(ask(shuffled(answers, seed))) == json.dumps(ask(answers))


def drawn(seed: int, count: int) -> list[dict]:
    """Answers of every size, undecided included."""
    deck = random.Random(seed)
    names = {key: TABLES.ids(key.rstrip("s")) for key in ("needs", "constraints")}
    names |= {key: TABLES.ids(key) for key in ("hardware", *SINGLE)}
    found = []
    for _ in range(count):
        answers: dict = {"framework": deck.choice(TABLES.ids("framework"))}
        answers |= {key: deck.sample(names[key], deck.randrange(3)) for key in SEVERAL}
        answers |= {key: deck.choice(names[key]) for key in SINGLE if deck.random() < 0.3}
        answers["priorities"] = {
            name: deck.randint(0, 5) for name in deck.sample(TABLES.ids("priority"), deck.randrange(4))
        }
        found.append(answers)
    return found


BYTES_OF = """
import hashlib, json, sys
from advisor import Requirements, recommend
for line in sys.stdin:
    result = recommend(Requirements.parse(json.loads(line))).to_json()
    print(hashlib.sha256(json.dumps(result, ensure_ascii=False).encode()).hexdigest())
"""


def test_the_same_answers_give_the_same_bytes_in_every_process() -> None:
    """Whatever the hashes of texts, the order in which answers are given and the order in which they are
    asked, and so whatever is remembered from those before."""
    all_answers = drawn(seed=20261123, count=150)
    expected = [
        hashlib.sha256(json.dumps(ask(answers, flips=True), ensure_ascii=False).encode()).hexdigest()
        for answers in all_answers
    ]
    for seed in (1, 2):
        order = random.Random(seed).sample(range(len(all_answers)), len(all_answers))
        lines = [json.dumps(shuffled(all_answers[number], seed)) for number in order]
        done = subprocess.run(
            [sys.executable, "-c", BYTES_OF],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            input="\n".join(lines),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == [expected[number] for number in order]


@settings(max_examples=150, deadline=None)
@given(LIKELY)
def test_every_flip_flips_when_it_is_applied(answers: dict) -> None:
    result = ask(answers, flips=True)
    current = result["recommended"]["format"] if result["recommended"] else None
    for flip in result["flips"]:
        assert len(flip["change"]) == 1
        assert flip["to"] != current
        assert ask(answers | flip["change"])["recommended"]["format"] == flip["to"]


@settings(max_examples=150, deadline=None)
@given(LIKELY)
def test_just_before_and_after_the_weight_named_the_order_is_as_said(answers: dict) -> None:
    """The weight need not be whole, so the engine is asked with one that no team can give."""
    requirements = Requirements.parse(answers)
    for flip in ask(answers, flips=True)["flips"]:
        if "priorities" not in flip["change"]:
            continue
        now = dict(requirements.priorities)[flip["priority"]]
        whole, at = flip["change"]["priorities"][flip["priority"]], flip["at"]
        assert min(now, whole) <= at <= max(now, whole)
        forward = NEAR if whole > now else -NEAR
        assert first_at(requirements, flip["priority"], max(0, at - forward)) != flip["to"]
        assert first_at(requirements, flip["priority"], max(0, at + forward)) == flip["to"]


def first_at(requirements: Requirements, priority: str, weight: float) -> str:
    """What is recommended with this weight."""
    weights = tuple((name, weight if name == priority else kept) for name, kept in requirements.priorities)
    return recommend(requirements.with_answer("priorities", weights), flips=False).recommended.format


def without(answers: dict, items: tuple[tuple[str, str], ...]) -> dict:
    left = dict(answers)
    for key, name in items:
        if key in SINGLE:
            left.pop(key)
        else:
            left[key] = [other for other in left[key] if other != name]
    return left


def items_of(answers: dict) -> list[tuple[str, str]]:
    items = [(key, name) for key in SEVERAL for name in answers.get(key, [])]
    return items + [(key, answers[key]) for key in SINGLE if key in answers]


@settings(max_examples=150, deadline=None)
@given(ANSWERS)
def test_every_relaxation_makes_something_possible_and_none_is_smaller(answers: dict) -> None:
    result = ask(answers, flips=True)
    if result["verdict"] != "none":
        assert result["relaxations"] == [] and "conflict" not in result
        return
    for relaxation in result["relaxations"]:
        relaxed = ask(answers | relaxation["change"])
        assert relaxed["recommended"]["format"] == relaxation["to"]
    given_up = [
        len(items_of(answers)) - len(items_of(plain(answers | relaxation["change"])))
        for relaxation in result["relaxations"]
    ]
    for size in (1, 2):
        if any(possible(without(answers, some)) for some in combinations(items_of(answers), size)):
            assert given_up and set(given_up) == {size}
            return
    assert all(count > 2 for count in given_up)


def plain(answers: dict) -> dict:
    """Without the keys that are undecided."""
    return {key: value for key, value in answers.items() if value != "undecided"}


@settings(max_examples=150, deadline=None)
@given(ANSWERS)
def test_a_conflict_names_two_answers_that_contradict_each_other(answers: dict) -> None:
    """The two allow nothing together and something apart; or all together allow something without either."""
    result = ask(answers, flips=True)
    if "conflict" not in result:
        return
    first, second = result["conflict"]
    assert result["verdict"] == "none" and first != second and {first, second} <= answers.keys()
    if first == "framework":
        alone = {second: answers[second]}
        assert not possible(alone | {"framework": answers["framework"]})
        others = set(TABLES.ids("framework")) - {answers["framework"]}
        assert any(possible(alone | {"framework": other}) for other in others)
        return
    parts = [
        {key: answers[key] for key in ("framework", *kept)} for kept in ((first,), (second,), (first, second))
    ]
    apart = [bool(possible(part)) for part in parts]
    if apart != [True, True, False]:
        for key in (first, second):
            assert possible({other: value for other, value in answers.items() if other != key})
