"""What a recommendation says: the route to each target, how sure it is, what is alike without the flips.

What holds for all answers is in `proof`, what a careful engineer would recommend in `scenarios`.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import Option, Requirements, load_knowledge, recommend
from advisor.stages import speaks, stack_hardware
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


def ask(given_answers: dict, flips: bool = True):
    return recommend(Requirements.parse(given_answers), flips=flips)


def option_of(given_answers: dict, name: str) -> Option:
    return next(option for option in ask(given_answers).options if option.format == name)


ROUTES = [
    ("x86-cpu", ("pytorch", "onnx"), "onnxruntime", "cpu", "onnxruntime"),
    ("nvidia-gpu", ("pytorch", "onnx"), "onnxruntime", "cuda", "onnxruntime-gpu"),
    ("amd-gpu", ("pytorch", "onnx"), "onnxruntime", "migraphx", "onnxruntime-migraphx"),
    ("jetson", ("pytorch", "onnx", "tensorrt"), "tensorrt", "", KNOWLEDGE.runtimes["tensorrt"].package),
]


@pytest.mark.parametrize(("hardware", "steps", "runtime", "provider", "package"), ROUTES)
def test_a_line_of_the_plan_names_the_provider_of_the_target_and_its_package(
    hardware: str, steps: tuple, runtime: str, provider: str, package: str
) -> None:
    [line] = option_of({"framework": "pytorch", "hardware": [hardware]}, "onnx").plan
    assert (line.hardware, line.steps, line.runtime) == (hardware, steps, runtime)
    assert (line.provider, line.package) == (provider, package)


def test_an_undecided_target_has_no_provider() -> None:
    [line] = option_of({"framework": "pytorch"}, "onnx").plan
    assert (line.hardware, line.provider, line.package) == ("undecided", "", "onnxruntime")


def test_every_step_names_its_call_and_what_it_needs_installed() -> None:
    [line] = option_of({"framework": "tensorflow", "hardware": ["microcontroller"]}, "litert").plan
    edges = [KNOWLEDGE.converters[name] for name in ("tensorflow-to-savedmodel", "savedmodel-to-litert")]
    assert line.steps == ("tensorflow", "savedmodel", "litert")
    assert line.exporters == tuple(edge.exporter for edge in edges)
    assert line.exporter_packages == tuple(edge.package for edge in edges)


@pytest.mark.parametrize(
    ("given_answers", "best", "wrong"),
    [
        ({"framework": "pytorch"}, "onnx", False),
        ({"framework": "transformers", "model": "llm", "serving": "vllm"}, "safetensors", True),
        ({"framework": "xgboost", "needs": ["categorical-features"]}, "xgboost-native", True),
        ({"framework": "keras", "hardware": ["microcontroller"]}, "litert", True),
        ({"framework": "keras", "hardware": ["android"]}, "litert", False),
    ],
)
def test_the_formats_asked_about_first_can_be_the_wrong_question(
    given_answers: dict, best: str, wrong: bool
) -> None:
    result = ask(given_answers)
    assert (result.recommended.format, result.wrong_question) == (best, wrong)
    said = "ONNX, TorchScript and SavedModel are the wrong question here" in result.headline
    assert said is wrong


def test_nothing_possible_is_no_wrong_question() -> None:
    result = ask({"framework": "pytorch", "serving": "torchserve"})
    assert (result.verdict, result.wrong_question) == ("none", False)


def test_confidence_is_said_in_words() -> None:
    only = ask({"framework": "tensorflow", "serving": "tf-serving"})
    assert only.recommended.confidence == "only" and "the only one" in only.headline
    clear = ask({"framework": "pytorch", "priorities": {"portability": 5}})
    assert clear.recommended.confidence == "clear" and "clearly ahead of" in clear.headline
    assert {option.confidence for option in clear.alternatives} == {"clear"}
    narrow = ask({"framework": "xgboost"})
    assert narrow.recommended.confidence == "narrow" and "narrowly ahead of" in narrow.headline
    assert [option.confidence for option in narrow.alternatives] == ["narrow"]


def test_the_front_holds_what_no_other_is_better_than() -> None:
    result = ask({"framework": "pytorch"})
    front = {option.format for option in result.options if option.on_front}
    assert {"onnx", "torchscript"} <= front and "openvino" not in front


def test_the_ages_are_of_what_is_said() -> None:
    result = ask({"framework": "pytorch"})
    claims = [claim for option in result.options for claim in option.claims]
    claims += [claim for rejected in result.rejected for claim in rejected.reasons]
    dates = sorted(claim.checked for claim in claims)
    assert result.checked == (dates[0], dates[-1])
    assert result.to_json()["checked"] == {"oldest": dates[0], "newest": dates[-1]}


@settings(max_examples=80, deadline=None)
@given(answers)
def test_without_the_search_everything_else_is_the_same(given_answers: dict) -> None:
    full, bare = ask(given_answers).to_json(), ask(given_answers, flips=False).to_json()
    for key in ("flips", "relaxations", "conflict"):
        full.pop(key, None)
        assert not bare.pop(key, None)
    assert bare == full


@settings(max_examples=80, deadline=None)
@given(answers)
def test_ties_are_closer_than_the_evidence_and_never_need_a_rewrite(given_answers: dict) -> None:
    result = ask(given_answers, flips=False)
    assert bool(result.ties) == (result.verdict == "tie")
    if result.verdict in ("recommended", "tie"):
        assert not result.recommended.rewrites
    scores = {option.format: option.score for option in result.alternatives if not option.rewrites}
    close = {name for name, score in scores.items() if result.recommended.score - score < TIE - 2e-4}
    assert result.verdict == "rewrite-needed" or close <= set(result.ties)


@settings(max_examples=150, deadline=None)
@given(answers, ids["hardware"])
def test_more_hardware_makes_nothing_possible_unless_it_is_first_to_fit_the_stack_or_the_language(
    given_answers: dict, more: str
) -> None:
    hardware = given_answers.get("hardware", [])
    before = {option.format for option in ask(given_answers, flips=False).options}
    wider = ask(given_answers | {"hardware": [*hardware, more]}, flips=False)
    if {option.format for option in wider.options} <= before:
        return
    assert more not in hardware and hardware
    stack, language = given_answers.get("serving"), given_answers.get("language")
    takes_stack = stack and not set(hardware) & stack_hardware(KNOWLEDGE, stack)
    takes_language = language and not any(speaks(KNOWLEDGE, name, language) for name in hardware)
    assert takes_stack or takes_language


def test_a_server_takes_the_stack_over_from_a_phone() -> None:
    phone = {"framework": "tensorflow", "serving": "tf-serving", "hardware": ["android"]}
    assert ask(phone).verdict == "none"
    both = ask(phone | {"hardware": ["android", "x86-cpu"]})
    assert both.recommended.format == "savedmodel"
    assert {line.hardware: line.runtime for line in both.recommended.plan} == {
        "x86-cpu": "tf-serving",
        "android": "litert",
    }


def test_a_stack_is_only_where_it_runs() -> None:
    result = ask({"framework": "pytorch", "serving": "triton", "hardware": ["amd-gpu"]})
    assert result.verdict == "none"
    onnx = next(rejected for rejected in result.rejected if rejected.format == "onnx")
    assert "NVIDIA Triton does not run on AMD GPU." in onnx.reasons[0].text


def test_a_python_host_is_no_program_without_python() -> None:
    asked = {"framework": "pytorch", "language": "python", "constraints": ["no-python"]}
    assert ask(asked | {"serving": "in-process"}).verdict == "none"
    assert ask(asked | {"serving": "triton"}).recommended.format == "onnx"


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
    assert abs(option.score - mean) < 1e-4
    assert weights["effort"] == 4 and weights["footprint"] == 3


def changes(given_answers: dict) -> dict[tuple[str, object], str]:
    return {flip.change[0]: flip.to for flip in ask(given_answers).flips}


def test_each_question_is_asked_again_with_the_nearest_other_answer() -> None:
    found = changes({"framework": "pytorch"})
    assert found["model", "llm"] in ("safetensors", "gguf")
    assert found["hardware", ("inferentia",)] == "torchscript"
    assert found["constraints", ("untrusted-models",)] == "safetensors"
    assert "needs" in {key for key, _ in found} and "serving" in {key for key, _ in found}


def test_a_stack_for_another_kind_of_model_would_change_two_answers() -> None:
    assert not {("serving", "vllm"), ("serving", "llama-cpp")} & changes({"framework": "pytorch"}).keys()
    asked = {"framework": "transformers", "model": "llm", "serving": "llama-cpp"}
    assert {to for (key, _), to in changes(asked).items() if key == "serving"} == {"safetensors"}
