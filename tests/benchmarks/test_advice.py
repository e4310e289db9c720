"""Evidence meets advice: the standing of real reports, as they came and with one thing changed."""

import copy
import json
import shutil

import pytest

from advisor import EvidenceError, Requirements, load_knowledge
from advisor.report_json import evidence_of, format_of
from benchmarks.advice import advise, requirements_for
from benchmarks.comparison import Options, compare
from benchmarks.formats import FRAMEWORK, MADE_OTHERWISE, NAMES, VARIANTS

KNOWLEDGE = load_knowledge()


@pytest.fixture(scope="module")
def report(warm, built) -> dict:
    """A real comparison of a small `.pt2`, for whose framework the advice is ONNX."""
    workspace = warm.workspace("advice")
    model = shutil.copy(built("mlp.pt2"), workspace / "mlp.pt2")
    answers = Requirements.parse({"framework": "pytorch", "priorities": {"fidelity": 2}})
    options = Options(("onnx", "onnx-int8"), (1,), 0.5, answers=answers)
    return json.loads(json.dumps(compare(model, workspace, options, warm.server, warm.say).to_json()))


def altered(report: dict, state: str, *formats: str) -> dict:
    document = copy.deepcopy(report)
    document["verdict"] = {"state": state, "formats": list(formats), "reason": "As it came."}
    return document


def with_median(document: dict, format_id: str, median: float) -> dict:
    for row in document["measurements"]:
        if row["format"] == format_id:
            row["latency_ms"]["median"] = median
    return document


def without_measurements(document: dict) -> dict:
    return altered(document | {"measurements": []}, "inconclusive")


def failed(report: dict, format_id: str, outcome: str = "failed", kind: str = "disagrees") -> dict:
    document = copy.deepcopy(report)
    for row in document["conversions"]:
        if row["to"] == format_id:
            error = {
                "stage": "verify",
                "kind": kind,
                "message": "A branch was lost.",
                "next_step": "Script it.",
            }
            row |= {"outcome": outcome, "error": error}
    document["measurements"] = [row for row in document["measurements"] if row["format"] != format_id]
    return document


@pytest.mark.slow
def test_a_report_is_made_with_its_advice(report: dict) -> None:
    advice = report["advice"]
    assert advice["answers"] == {"framework": "pytorch", "priorities": {"fidelity": 2}}
    assert advice["before"]["format"] == advice["after"]["format"] == "onnx"
    assert 0 < advice["before"]["score"] < 1
    assert advice["knowledge_version"] == KNOWLEDGE.version
    assert advice["state"] in ("agrees", "disagrees", "cannot-tell") and "ONNX" in advice["reason"]
    assert report["created"].endswith("Z") and len(report["created"]) == 20
    json.dumps(report, allow_nan=False)
    again = advise(report, Requirements.parse(advice["answers"]))
    assert again.to_json() == advice
    assert again.evidence.made == report["created"][:10]


@pytest.mark.slow
def test_the_fastest_that_is_recommended_agrees(report: dict) -> None:
    standing = advise(altered(report, "winner", "onnx")).standing
    assert standing.state == "agrees"
    assert standing.reason == (
        "ONNX is recommended, and gives the model's answers here; it is the fastest on this machine."
    )
    standing = advise(altered(report, "tie", "pt2", "onnx")).standing
    assert standing.state == "agrees" and "as fast as any other" in standing.reason


@pytest.mark.slow
def test_a_lossy_variant_counts_as_its_format_and_it_is_said(report: dict) -> None:
    standing = advise(altered(report, "winner", "onnx-int8")).standing
    assert standing.state == "agrees"
    assert standing.reason.endswith("ONNX int8 (dynamic) is lossy and counts as ONNX here.")


@pytest.mark.slow
def test_another_that_is_measurably_faster_disagrees_and_by_how_much(report: dict) -> None:
    document = altered(report, "winner", "pt2")
    for format_id, median in (("pt2", 0.5), ("onnx", 1.0), ("onnx-int8", 3.0)):
        with_median(document, format_id, median)
    standing = advise(document).standing
    assert standing.state == "disagrees"
    assert "torch.export (.pt2) is measurably faster on this machine" in standing.reason
    assert (
        "a call of ONNX in ONNX Runtime takes 1 ms, 2.0 times the 0.5 ms of torch.export (.pt2) in "
        in standing.reason
    )
    reason = advise(with_median(document, "onnx", 0.6)).standing.reason
    assert "20 % more than the 0.5 ms" in reason


@pytest.mark.slow
def test_a_recommended_format_that_failed_disagrees_and_another_is_recommended(report: dict) -> None:
    document = failed(failed(report, "onnx"), "onnx-int8")
    advice = advise(document)
    assert advice.standing.state == "disagrees"
    assert advice.standing.reason == "ONNX is recommended, but failed on this model: A branch was lost."
    assert advice.before.recommended.format == "onnx" != advice.after.recommended.format
    assert "Script it." in next(one for one in advice.after.options if one.format == "onnx").rewrites


@pytest.mark.slow
def test_what_is_open_cannot_be_told(report: dict) -> None:
    unavailable = failed(failed(report, "onnx", "unavailable"), "onnx-int8", "unavailable")
    over_the_limit = failed(failed(report, "onnx", kind="timeout"), "onnx-int8", kind="timeout")
    elsewhere = Requirements.parse({"framework": "pytorch", "hardware": ["nvidia-gpu"]})
    impossible = Requirements.parse({"framework": "pytorch", "serving": "tf-serving", "language": "swift"})
    for document, requirements, words in [
        (
            altered(report, "inconclusive", "onnx", "pt2"),
            None,
            "which format is fastest is open. As it came.",
        ),
        (without_measurements(report), None, "its speed was not measured"),
        (unavailable, None, "was not tried on this model: A branch was lost."),
        (over_the_limit, None, "was not tried on this model: A branch was lost."),
        (altered(report, "winner", "pt2"), elsewhere, "the answers ask for NVIDIA GPU"),
        (report, Requirements.parse({"framework": "jax", "model": "llm"}), "is recommended"),
        (report, impossible, "recommends no format"),
    ]:
        standing = advise(document, requirements).standing
        assert standing.state == "cannot-tell", standing
        assert words in standing.reason


@pytest.mark.slow
def test_rows_lay_expectation_and_measurement_side_by_side(report: dict) -> None:
    document = copy.deepcopy(report)
    for row in document["measurements"]:
        row["package_mb"] = 99.5 if row["runtime"] == "onnxruntime" else None
    rows = {row.candidate.label: row for row in advise(document).rows()}
    assert set(rows) == {"pt2", "onnx", "onnx-int8"}
    assert (rows["onnx"].expected_mb, rows["onnx"].measured_mb) == (78, 99.5)
    assert (rows["pt2"].expected_mb, rows["pt2"].measured_mb) == (754, None)
    assert rows["onnx"].runtime == "ONNX Runtime"
    [onnx] = [row for row in advise(failed(report, "onnx")).rows() if row.candidate.label == "onnx"]
    assert (onnx.runtime, onnx.expected_mb, onnx.measured_mb) == ("ONNX Runtime", 78, None)
    assert (onnx.candidate.outcome, onnx.candidate.median_ms) == ("failed", None)
    medians = {row["format"]: row["latency_ms"]["median"] for row in report["measurements"]}
    assert {label: row.candidate.median_ms for label, row in rows.items()} == medians
    assert min(row.candidate.times for row in rows.values()) == 1.0


def test_the_advisor_counts_every_candidate_as_the_comparison_does() -> None:
    for label, variant in VARIANTS.items():
        assert format_of(label, KNOWLEDGE) == variant.of
    for label, plain in MADE_OTHERWISE.items():
        assert format_of(label, KNOWLEDGE) == plain
    for label in set(NAMES) - set(VARIANTS) - set(MADE_OTHERWISE):
        assert format_of(label, KNOWLEDGE) == (label if label in KNOWLEDGE.formats else "")


def test_every_format_that_is_compared_has_advice() -> None:
    for format_id, framework in FRAMEWORK.items():
        assert requirements_for(format_id).to_json() == {"framework": framework}
    with pytest.raises(EvidenceError, match="No framework is known for the format 'gguf'"):
        requirements_for("gguf")


@pytest.mark.slow
def test_the_reader_knows_all_that_a_report_says_of_speed(report: dict) -> None:
    evidence = evidence_of(report, KNOWLEDGE)
    assert evidence.sha256 == report["source"]["sha256"]
    assert [one.label for one in evidence.measured()] == [row["format"] for row in report["measurements"]]
    assert evidence.state == report["verdict"]["state"]
