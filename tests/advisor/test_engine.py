"""What holds for all answers: determinism, order, the three steps' promises."""

import json
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import Requirements, engine, load_knowledge, recommend
from advisor.standing import TIE

KNOWLEDGE = load_knowledge()
ids = {kind: st.sampled_from(KNOWLEDGE.ids(kind)) for kind in KNOWLEDGE.entries}


def several(kind: str, most: int) -> st.SearchStrategy:
    return st.lists(ids[kind], max_size=most, unique=True)


answers = st.fixed_dictionaries(
    {"framework": ids["framework"]},
    optional={
        "hardware": several("hardware", 3),
        "serving": ids["serving"],
        "language": ids["language"],
        "needs": several("need", 2),
        "constraints": several("constraint", 2),
        "model": ids["model"],
        "priorities": st.dictionaries(ids["priority"], st.integers(0, 5)),
    },
)


def ask(given_answers: dict):
    return recommend(Requirements.parse(given_answers))


@settings(max_examples=120, deadline=None)
@given(answers)
def test_every_answer_gets_an_honest_result(given_answers: dict) -> None:
    result = ask(given_answers)
    masters = {master.id for master in KNOWLEDGE.masters}
    options = [option for option in (result.recommended, *result.alternatives) if option]
    named = [option.format for option in options] + [rejected.format for rejected in result.rejected]
    assert sorted(named) == sorted(masters)
    assert all(rejected.reasons for rejected in result.rejected)
    assert (result.recommended is None) == (result.verdict == "none")
    for claim in [claim for rejected in result.rejected for claim in rejected.reasons]:
        assert claim.source and claim.checked and claim.text
    for option in options:
        assert 0 <= option.score <= 1
        assert [line.hardware for line in option.plan] == list(
            Requirements.parse(given_answers).hardware
        ) or ([line.hardware for line in option.plan] == ["undecided"])
    if result.verdict in ("recommended", "tie"):
        assert not result.recommended.rewrites
    if result.verdict == "tie":
        scores = {option.format: option.score for option in result.alternatives}
        assert all(result.recommended.score - scores[tied] < TIE + 1e-4 for tied in result.ties)


@settings(max_examples=60, deadline=None)
@given(answers)
def test_no_step_of_a_plan_is_impossible(given_answers: dict) -> None:
    """Checked against the entries themselves, without the engine's own filters."""
    result = ask(given_answers)
    for option in [option for option in (result.recommended, *result.alternatives) if option]:
        for line in option.plan:
            runtime = KNOWLEDGE.runtimes[line.runtime]
            assert line.steps[-1] in runtime.formats
            assert line.hardware == "undecided" or line.hardware in runtime.hardware
            assert line.steps[0] == given_answers["framework"]
            assert option.format in line.steps
            for start, end in zip(line.steps, line.steps[1:], strict=False):
                edge = KNOWLEDGE.converters[f"{start}-to-{end}"]
                assert edge.status != "archived"
            assert runtime.status != "archived"
        serving = given_answers.get("serving")
        if serving:
            stack = KNOWLEDGE.serving[serving]
            assert stack.status != "archived"
            assert stack.any_runtime or any(
                line.runtime in stack.loads.get(line.steps[-1], ()) for line in option.plan
            )


@settings(max_examples=60, deadline=None)
@given(answers, st.randoms(use_true_random=False))
def test_order_of_answers_does_not_matter_and_bytes_repeat(given_answers: dict, random) -> None:
    shuffled = {}
    for key in random.sample(list(given_answers), len(given_answers)):
        value = given_answers[key]
        shuffled[key] = random.sample(value, len(value)) if isinstance(value, list) else value
    first = json.dumps(ask(given_answers).to_json(), ensure_ascii=False)
    engine._recommend.cache_clear()
    
    assert json.dumps(ask(shuffled).to_json(), ensure_ascii=False) == first


@settings(max_examples=60, deadline=None)
@given(answers)
def test_a_flip_does_what_it_says(given_answers: dict) -> None:
    result = ask(given_answers).to_json()
    for flip in result["flips"]:
        changed = ask(given_answers | flip["change"])
        assert changed.recommended.format == flip["to"]
        assert len(flip["change"]) == 1
        assert result["recommended"] is None or flip["to"] != result["recommended"]["format"]


@settings(max_examples=60, deadline=None)
@given(answers, ids["constraint"])
def test_a_constraint_never_makes_a_rejected_format_possible(given_answers: dict, more: str) -> None:
    before = {rejected.format for rejected in ask(given_answers).rejected}
    constraints = sorted({*given_answers.get("constraints", []), more})
    after = {rejected.format for rejected in ask(given_answers | {"constraints": constraints}).rejected}
    assert before <= after


@settings(max_examples=60, deadline=None)
@given(answers, ids["priority"])
def test_a_higher_priority_never_costs_the_format_best_at_it_its_place(
    given_answers: dict, priority: str
) -> None:
    def clean(result):
        return [o for o in (result.recommended, *result.alternatives) if o and not o.rewrites]

    def weighed(weight: int):
        priorities = given_answers.get("priorities", {}) | {priority: weight}
        return clean(ask(given_answers | {"priorities": priorities}))

    low, high = weighed(1), weighed(5)
    if len(low) < 2:
        return
    best = max(low, key=lambda option: dict(option.criteria)[priority]).format
    place = [option.format for option in low].index(best)
    later = {option.format: option.score for option in high}
    behind = [option.format for option in low[place + 1 :]]
    assert all(later[best] >= later[other] - 1e-4 for other in behind)


def test_framework_by_hardware_by_serving_sample() -> None:
    space = product(KNOWLEDGE.ids("framework"), KNOWLEDGE.ids("hardware"), KNOWLEDGE.ids("serving"))
    for number, (framework, hardware, serving) in enumerate(space):
        if number % 37 == 0:
            result = ask({"framework": framework, "hardware": [hardware], "serving": serving})
            assert result.verdict in ("recommended", "tie", "rewrite-needed", "none")
            if result.conflict:
                assert result.verdict == "none" and len(result.conflict) == 2


def test_with_all_priorities_zero_everything_weighs_the_same() -> None:
    zero = ask({"framework": "pytorch", "priorities": dict.fromkeys(KNOWLEDGE.ids("priority"), 0)})
    assert zero.recommended.score == ask({"framework": "pytorch"}).recommended.score
    assert set(dict(zero.recommended.weights).values()) == {1.0}


def test_score_is_the_weighted_mean_of_the_criteria() -> None:
    option = ask(
        {"framework": "pytorch", "priorities": {"effort": 4}, "constraints": ["small-image"]}
    ).recommended
    weights, criteria = dict(option.weights), dict(option.criteria)
    mean = sum(weights[name] * criteria[name] for name in weights) / sum(weights.values())
    assert abs(option.score - mean) < 2e-4
    assert weights["effort"] == 4 and weights["footprint"] == 3
