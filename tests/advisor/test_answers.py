"""Answers become requirements, or one sentence says why not."""

import pytest

from advisor import AnswersError, Requirements

ALL = {
    "framework": "pytorch",
    "hardware": ["android", "x86-cpu"],
    "serving": "triton",
    "language": "python",
    "needs": ["dynamic-shapes"],
    "constraints": ["small-image"],
    "model": "vision",
    "priorities": {"portability": 3, "fidelity": 0},
}


def test_answers_survive_a_round_trip() -> None:
    requirements = Requirements.parse(ALL)
    assert requirements.hardware == ("x86-cpu", "android")
    assert requirements.to_json() == ALL | {"hardware": ["x86-cpu", "android"]}
    assert Requirements.parse(requirements.to_json()) == requirements


def test_undecided_and_absent_are_the_same() -> None:
    undecided = dict.fromkeys(
        ("hardware", "serving", "language", "needs", "constraints", "model"), "undecided"
    )
    assert Requirements.parse({"framework": "keras"} | undecided) == Requirements.parse(
        {"framework": "keras"}
    )
    assert Requirements.parse({"framework": "keras", "priorities": {"effort": 1}}).to_json() == {
        "framework": "keras"
    }


REFUSED = [
    ({}, "must name a framework"),
    ({"framework": "undecided"}, "must name a framework"),
    ({"framework": "pytroch"}, "no framework 'pytroch'; the nearest known one is 'pytorch'"),
    ({"framework": "pytorch", "hardwear": []}, "no question 'hardwear'; the nearest known one is 'hardware'"),
    ({"framework": "pytorch", "hardware": ["x86"]}, "the nearest known one is 'x86-cpu'"),
    ({"framework": "pytorch", "hardware": "x86-cpu"}, "'hardware' must be a list"),
    ({"framework": "pytorch", "serving": "TF Serving"}, "the nearest known one is 'tf-serving'"),
    ({"framework": "pytorch", "serving": "TensorFlow Serving"}, "the nearest known one is 'tf-serving'"),
    ({"framework": "pytorch", "language": "C#"}, "the nearest known one is 'csharp'"),
    ({"framework": "hugging face"}, "the nearest known one is 'transformers'"),
    ({"framework": "pytorch", "hardware": ["cpu"]}, "the nearest known are x86-cpu, arm-cpu."),
    ({"framework": "zzz"}, "There is no framework 'zzz'; known are pytorch, tensorflow, keras,"),
    ({"framework": "pytorch", "colour": "red"}, "known are framework, hardware, serving, language,"),
    ({"framework": "pytorch", "serving": ["triton"]}, "'serving' must be text, not a list"),
    ({"framework": 7}, "'framework' must be text, not a number"),
    ({"framework": "pytorch", "needs": [None]}, "must be text"),
    ({"framework": "pytorch", "priorities": {"fidelty": 1}}, "the nearest known one is 'fidelity'"),
    ({"framework": "pytorch", "priorities": {"fidelity": 6}}, "from 0 to 5, not 6"),
    ({"framework": "pytorch", "priorities": {"fidelity": -1}}, "from 0 to 5, not -1"),
    ({"framework": "pytorch", "priorities": {"fidelity": True}}, "from 0 to 5"),
    ({"framework": "pytorch", "priorities": [1]}, "'priorities' must be an object"),
    ([], "must be a JSON object"),
    ("pytorch", "must be a JSON object"),
]


@pytest.mark.parametrize(("answers", "words"), REFUSED)
def test_bad_answers_are_refused_in_one_sentence(answers: object, words: str) -> None:
    with pytest.raises(AnswersError) as refused:
        Requirements.parse(answers)  # type: ignore[arg-type]
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "answers",
    [
        {"framework": "x" * 1_000_000},
        {"framework": "pytorch", "y" * 1_000_000: 1},
        {"framework": "pytorch", "priorities": {"fidelity": 10**4000}},
    ],
)
def test_a_refusal_stays_a_sentence_whatever_was_given(answers: dict) -> None:
    with pytest.raises(AnswersError) as refused:
        Requirements.parse(answers)
    assert len(str(refused.value)) < 500
