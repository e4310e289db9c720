"""The recommendation once a model was measured: what gives way, and what does not."""

from math import log10
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import Evidence, Option, Recommendation, Requirements, evidence_of, load_knowledge, recommend
from advisor.standing import TIE
from tests.advisor.proof.sampling import ANSWERS
from tests.advisor.reports import conversion, measurement, report, verdict

KNOWLEDGE = load_knowledge()
NEW_KEYS = {"measured", "replaced"}
FORMATS = [one.id for one in KNOWLEDGE.masters]
MEASURED_HERE = [one.id for one in KNOWLEDGE.runtimes.values() if one.measured_here]


def ask(answers: dict, **changed: Any) -> Recommendation:
    """With the evidence of a report with these changes."""
    evidence = evidence_of(report(**changed), KNOWLEDGE)
    return recommend(Requirements.parse(answers), flips=False, evidence=evidence)


def option(result: Recommendation, format_id: str) -> Option:
    return next(one for one in result.options if one.format == format_id)


def reports() -> st.SearchStrategy[dict]:
    """Any outcome of any format, any sizes, any verdict."""
    outcomes = st.sampled_from(["passed", "failed", "unavailable"])
    rows = st.dictionaries(st.sampled_from(FORMATS), outcomes, max_size=8)
    sizes = st.dictionaries(st.sampled_from(MEASURED_HERE), st.floats(0.1, 5000), max_size=5)
    named = st.lists(st.sampled_from(FORMATS), min_size=1, max_size=2, unique=True)
    states = st.sampled_from(["winner", "tie", "inconclusive"])

    def made(rows: dict, sizes: dict, named: list, state: str) -> dict:
        conversions = [conversion(one, outcome, "failed", "It broke.") for one, outcome in rows.items()]
        timed = [measurement(one, "onnxruntime", 1.0) for one in named]
        sized = [measurement("onnx", one, 2.0, batch=2, package_mb=size) for one, size in sizes.items()]
        return report(conversions=conversions, measurements=timed + sized, verdict=verdict(state, *named))

    return st.builds(made, rows, sizes, named, states)


@settings(max_examples=100, deadline=None)
@given(ANSWERS)
def test_evidence_that_says_nothing_changes_nothing(answers: dict) -> None:
    requirements = Requirements.parse(answers)
    without = recommend(requirements, flips=False).to_json()
    nothing = recommend(requirements, flips=False, evidence=Evidence()).to_json()
    assert not NEW_KEYS & set(without)
    assert nothing == without | {"measured": True, "replaced": []}
    assert list(nothing)[: len(without)] == list(without)


def test_flips_and_relaxations_stand_with_evidence_that_says_nothing() -> None:
    for answers in ({"framework": "keras"}, {"framework": "pytorch", "serving": "tf-serving"}):
        requirements = Requirements.parse(answers)
        without = recommend(requirements).to_json()
        assert without["flips"] or without["relaxations"]
        nothing = recommend(requirements, evidence=Evidence()).to_json()
        assert {key: value for key, value in nothing.items() if key not in NEW_KEYS} == without


@settings(max_examples=200, deadline=None)
@given(ANSWERS, reports())
def test_what_is_rejected_stays_rejected_for_its_reasons(answers: dict, document: dict) -> None:
    requirements, evidence = Requirements.parse(answers), evidence_of(document, KNOWLEDGE)
    before = recommend(requirements, flips=False)
    after = recommend(requirements, flips=False, evidence=evidence)
    kept = {one.format: one.reasons for one in after.rejected}
    assert {one.format: one.reasons for one in before.rejected}.items() <= kept.items()
    assert {one.format for one in (*after.options, *after.rejected)} == {one.id for one in KNOWLEDGE.masters}
    assert all(kept.values())


@settings(max_examples=200, deadline=None)
@given(ANSWERS, reports())
def test_a_format_that_failed_never_comes_before_one_that_did_not(answers: dict, document: dict) -> None:
    requirements, evidence = Requirements.parse(answers), evidence_of(document, KNOWLEDGE)
    result = recommend(requirements, flips=False, evidence=evidence)
    failed = {one.format for one in evidence.failures}
    assert all(one.rewrites for one in result.options if one.format in failed)
    needs = [bool(one.rewrites) for one in result.options]
    assert needs == sorted(needs)
    if needs and not all(needs):
        assert result.recommended.format not in failed
        assert result.verdict in ("recommended", "tie")
    elif needs:
        assert result.verdict == "rewrite-needed"
    assert result.to_json() == recommend(requirements, flips=False, evidence=evidence).to_json()


@settings(max_examples=200, deadline=None)
@given(ANSWERS, reports())
def test_speed_moves_a_format_only_among_equals(answers: dict, document: dict) -> None:
    requirements = Requirements.parse(answers)
    slow = evidence_of(document | {"verdict": verdict("inconclusive")}, KNOWLEDGE)
    without = recommend(requirements, flips=False, evidence=slow)
    result = recommend(requirements, flips=False, evidence=evidence_of(document, KNOWLEDGE))
    assert {one.format: one.score for one in result.options} == {
        one.format: one.score for one in without.options
    }
    if result.recommended and result.recommended.format != without.recommended.format:
        assert result.recommended.format in without.ties
        assert without.recommended.score - result.recommended.score < TIE


def test_a_measured_footprint_is_the_one_that_is_ranked() -> None:
    rows = [measurement("onnx", "onnxruntime", 1.0, package_mb=150.0)]
    before = recommend(Requirements.parse({"framework": "pytorch"}), flips=False)
    result = ask({"framework": "pytorch"}, measurements=rows, verdict=verdict("inconclusive"))
    expected, measured = dict(option(before, "onnx").criteria), dict(option(result, "onnx").criteria)
    assert measured.pop("footprint") == pytest.approx(1 - log10(150 / 10) / log10(200), abs=1e-6)
    assert expected.pop("footprint") == pytest.approx(1 - log10(78 / 10) / log10(200), abs=1e-6)
    assert measured == expected
    [replaced] = [one for one in result.replaced if one.format == "onnx"]
    assert (replaced.what, replaced.expected, replaced.measured) == ("footprint_mb", 78, 150.0)
    assert replaced.words == "ONNX: ONNX Runtime takes 150 MB instead of 78 MB."


def test_the_size_of_one_package_says_nothing_of_that_for_another_target() -> None:
    rows = [measurement("onnx", "onnxruntime", 1.0, package_mb=1.0)]
    answers = {"framework": "pytorch", "hardware": ["nvidia-gpu"]}
    before = recommend(Requirements.parse(answers), flips=False)
    result = ask(answers, measurements=rows, verdict=verdict("inconclusive"))
    assert option(result, "onnx").criteria == option(before, "onnx").criteria
    assert not [one for one in result.replaced if one.format == "onnx"]


SMALL = {"framework": "pytorch", "hardware": ["x86-cpu"], "constraints": ["small-image"]}


def test_a_measured_footprint_over_the_limit_rules_a_format_out_and_one_below_it_rules_none_in() -> None:
    rows = [
        measurement("onnx", "onnxruntime", 1.0, package_mb=321.5),
        measurement("onnx", "openvino", 1.0, package_mb=250.0),
        measurement("torchscript", "torchscript", 1.0, package_mb=20.0),
    ]
    before = recommend(Requirements.parse(SMALL), flips=False)
    assert before.recommended.format == "onnx"
    result = ask(SMALL, measurements=rows, verdict=verdict("inconclusive"))
    rejected = {one.format: one.reasons for one in result.rejected}
    reason = rejected["onnx"][0]
    assert "takes 321.5 MB there, more than the 200 MB" in reason.text
    assert (reason.source, reason.checked) == (f"measured: report of the model {'ab' * 8}", "2026-11-26")
    assert rejected["torchscript"] == next(
        one.reasons for one in before.rejected if one.format == "torchscript"
    )


def test_a_failure_is_a_rewrite_in_its_own_words() -> None:
    broken = [conversion("onnx", "failed", "unsupported-operator", "ONNX lacks the operator Frobnicate.")]
    result = ask({"framework": "keras"}, conversions=broken, measurements=[], verdict=verdict("inconclusive"))
    assert result.recommended.format != "onnx"
    onnx = option(result, "onnx")
    assert onnx.rewrites == ("Mend onnx.",)
    assert "ONNX failed on this model: ONNX lacks the operator Frobnicate." in [
        one.text for one in onnx.gives_up
    ]
    assert [(one.what, one.measured) for one in result.replaced] == [("outcome", "failed")]


def test_where_everything_failed_a_rewrite_comes_first() -> None:
    broken = [conversion(one, "failed", "disagrees", "It disagrees.") for one in FORMATS if one != "keras"]
    result = ask({"framework": "tensorflow"}, conversions=broken, measurements=[])
    assert result.verdict == "rewrite-needed"
    assert "because of: what failed when this model was tried." in result.headline


def test_the_failure_of_what_is_delivered_leads_another_way() -> None:
    answers = {"framework": "pytorch", "hardware": ["jetson"]}
    plain = ask(answers, conversions=[], measurements=[])
    assert option(plain, "onnx").plan[0].steps == ("pytorch", "onnx", "tensorrt")
    broken = [conversion("tensorrt", "failed", "failed", "No engine was built.")]
    onnx = option(ask(answers, conversions=broken, measurements=[]), "onnx")
    assert (onnx.plan[0].steps, onnx.plan[0].runtime, onnx.rewrites) == (
        ("pytorch", "onnx"),
        "onnxruntime",
        (),
    )


def test_speed_decides_between_equals() -> None:
    tied = recommend(Requirements.parse({"framework": "keras"}), flips=False)
    assert (tied.verdict, tied.recommended.format, tied.ties) == ("tie", "onnx", ("litert",))
    result = ask({"framework": "keras"})
    assert (result.verdict, result.recommended.format, result.ties) == ("recommended", "litert", ())
    assert result.headline == "Keras → LiteRT (.tflite): as good as ONNX, and measurably the fastest."
    assert result.replaced[-1].what == "order"
    assert (result.replaced[-1].expected, result.replaced[-1].measured) == ("onnx", "litert")
    lossy = ask(
        {"framework": "keras"},
        conversions=[conversion("onnx"), conversion("onnx-int8")],
        measurements=[measurement("onnx", "onnxruntime", 2.0), measurement("onnx-int8", "onnxruntime", 1.0)],
        verdict=verdict("winner", "onnx-int8"),
    )
    assert lossy.headline.endswith("measurably the fastest, as onnx-int8.")


def test_a_runtime_that_the_plan_does_not_name_decides_nothing() -> None:
    rows = [
        measurement("onnx", "onnxruntime", 2.0),
        measurement("litert", "onnxruntime-cuda", 1.0, label="litert@onnxruntime-cuda"),
    ]
    assert ask({"framework": "keras"}, measurements=rows).ties == ("litert",)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"framework": "keras"}, verdict("tie", "litert", "onnx")),
        ({"framework": "keras"}, verdict("inconclusive", "litert", "onnx")),
        ({"framework": "keras"}, verdict("winner", "savedmodel")),
        ({"framework": "keras", "hardware": ["arm-cpu"]}, verdict("winner", "litert")),
        ({"framework": "keras", "hardware": ["android"]}, verdict("winner", "onnx")),
    ],
)
def test_speed_decides_nothing_else(answers: dict, said: dict) -> None:
    before = recommend(Requirements.parse(answers), flips=False)
    after = ask(
        answers, verdict=said, measurements=[measurement(one, "litert", 1.0) for one in said["formats"]]
    )
    assert [one.format for one in after.options] == [one.format for one in before.options]
    assert after.verdict == before.verdict


def test_a_flip_never_leads_to_what_is_recommended() -> None:
    evidence = evidence_of(report(), KNOWLEDGE)
    result = recommend(Requirements.parse({"framework": "keras"}), evidence=evidence)
    assert result.recommended.format == "litert" and result.flips
    assert "litert" not in {flip.to for flip in result.flips}
