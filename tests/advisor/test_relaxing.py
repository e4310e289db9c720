"""Where nothing is possible: which answers contradict each other, and the least to give up."""

import pytest

from advisor import Recommendation, Requirements, load_knowledge, recommend

KNOWLEDGE = load_knowledge()


def ask(answers: dict) -> Recommendation:
    return recommend(Requirements.parse(answers))


CONFLICTS = [
    ({"framework": "pytorch", "serving": "tf-serving"}, ("framework", "serving")),
    ({"framework": "tensorflow", "serving": "triton", "hardware": ["android"]}, ("hardware", "serving")),
    (
        {"framework": "pytorch", "serving": "bentoml", "constraints": ["no-python"]},
        ("serving", "constraints"),
    ),
    ({"framework": "pytorch", "hardware": ["browser"], "needs": ["sparse-tensors"]}, ("hardware", "needs")),
    ({"framework": "keras", "hardware": ["microcontroller"], "language": "swift"}, ("hardware", "language")),
    ({"framework": "pytorch", "serving": "torchserve"}, ()),
]


@pytest.mark.parametrize(("answers", "conflict"), CONFLICTS)
def test_the_two_answers_that_contradict_each_other(answers: dict, conflict: tuple) -> None:
    result = ask(answers)
    assert (result.verdict, result.conflict) == ("none", conflict)
    assert ("conflict" in result.to_json()) == bool(conflict)


def test_single_items_come_first() -> None:
    result = ask({"framework": "pytorch", "serving": "tf-serving", "needs": ["dynamic-shapes"]})
    [relaxation] = result.relaxations
    assert relaxation.change == (("serving", "undecided"),)
    assert (relaxation.to, relaxation.words) == (
        "onnx",
        "Without “TensorFlow Serving”, it would be ONNX.",
    )


def test_of_a_list_one_item_is_given_up() -> None:
    result = ask(
        {
            "framework": "pytorch",
            "hardware": ["x86-cpu", "browser"],
            "needs": ["dynamic-shapes", "sparse-tensors"],
        }
    )
    changes = {flip.change for flip in result.relaxations}
    assert (("needs", ("dynamic-shapes",)),) in changes
    assert (("hardware", ("x86-cpu",)),) in changes


def test_where_no_single_item_helps_it_takes_two() -> None:
    answers = {"framework": "pytorch", "serving": "torchserve", "hardware": ["browser"]}
    result = ask(answers | {"needs": ["sparse-tensors"]})
    assert result.relaxations
    for relaxation in result.relaxations:
        assert len(relaxation.change) == 2 and "serving" in dict(relaxation.change)
        assert relaxation.to_json()["change"]["serving"] == "undecided"
    assert "Without “Sparse tensors” and “TorchServe”" in result.relaxations[0].words


def test_where_two_do_not_help_the_list_is_longer_and_nothing_on_it_can_be_kept() -> None:
    answers = {"framework": "scikit-learn", "hardware": list(KNOWLEDGE.ids("hardware"))}
    result = ask(answers)
    [relaxation] = result.relaxations
    kept = list(dict(relaxation.change)["hardware"])
    assert kept and len(kept) < len(answers["hardware"]) - 2
    assert ask(answers | {"hardware": kept}).recommended.format == relaxation.to
    for given_up in set(answers["hardware"]) - set(kept):
        assert ask(answers | {"hardware": [*kept, given_up]}).verdict == "none"


def test_with_nothing_possible_the_flips_are_answers_to_exchange() -> None:
    result = ask({"framework": "pytorch", "serving": "tf-serving"})
    given_up = {relaxation.change for relaxation in result.relaxations}
    assert result.flips and not given_up & {flip.change for flip in result.flips}
    assert any(dict(flip.change) == {"framework": "tensorflow"} for flip in result.flips)


def test_what_is_possible_needs_no_relaxation() -> None:
    result = ask({"framework": "pytorch"})
    assert (result.relaxations, result.conflict) == ((), ())
