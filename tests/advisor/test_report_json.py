"""A report as evidence: what is read of it, and that anything else is refused in one sentence."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from advisor import EvidenceError, evidence_of, load_knowledge
from advisor.report_json import LIMITS, format_of
from tests.advisor.reports import conversion, measurement, report, verdict

KNOWLEDGE = load_knowledge()


def read(**changed: Any):
    return evidence_of(report(**changed), KNOWLEDGE)


def test_a_candidate_has_its_outcome_and_its_speed() -> None:
    evidence = read()
    assert [one.label for one in evidence.candidates] == ["keras", "onnx", "savedmodel", "litert"]
    assert {one.outcome for one in evidence.candidates} == {"agreed"}
    assert [(one.median_ms, one.times) for one in evidence.candidates] == [
        (4.0, 8.0), (1.0, 2.0), (2.0, 4.0), (0.5, 1.0),
    ]  # fmt: skip
    assert [one.place for one in evidence.candidates] == ["slower", "slower", "slower", "fastest"]
    assert (evidence.made, evidence.batch, evidence.sha256) == ("2026-11-26", 1, "ab" * 32)
    assert dict(evidence.footprints) == {"keras": 1900.0, "onnxruntime": 80.5}


def test_the_first_batch_size_and_thread_count_decide_and_of_several_runtimes_the_fastest() -> None:
    rows = [
        measurement("onnx", "onnxruntime", 3.0, batch=4),
        measurement("onnx", "openvino", 2.0, batch=4, label="onnx@openvino", package_mb=183),
        measurement("onnx", "onnxruntime", 1.0, batch=4, threads=1),
        measurement("onnx", "onnxruntime", 0.1, batch=1),
        measurement("litert", "litert", 4.0, batch=4),
    ]
    evidence = read(measurements=rows)
    [onnx] = evidence.of("onnx")
    assert (evidence.batch, onnx.runtime, onnx.median_ms) == (4, "openvino", 2.0)
    [litert] = evidence.of("litert")
    assert litert.times == 2.0
    assert dict(evidence.footprints) == {"openvino": 183}


@pytest.mark.parametrize(
    ("said", "places"),
    [
        (verdict("winner", "onnx"), ["slower", "fastest", "slower", "slower"]),
        (verdict("tie", "onnx", "litert"), ["slower", "level", "slower", "level"]),
        (verdict("inconclusive", "onnx", "litert"), ["slower", "undecided", "slower", "undecided"]),
        (verdict("inconclusive"), ["undecided"] * 4),
    ],
)
def test_the_verdict_says_what_is_decided(said: dict, places: list[str]) -> None:
    assert [one.place for one in read(verdict=said).candidates] == places


def test_a_failure_keeps_its_words_and_the_limits_of_a_machine_are_none() -> None:
    conversions = [
        conversion("onnx", "failed", "disagrees", "A branch\nwas lost."),
        conversion("litert", "failed", "timeout", "It took longer than 300 s."),
        conversion("pt2", "unavailable", "no-converter", "No converter leads there."),
    ]
    evidence = read(conversions=conversions, measurements=[])
    [failed] = evidence.failures
    assert (failed.format, failed.reason, failed.next_step) == ("onnx", "A branch was lost.", "Mend onnx.")
    assert "timeout" in LIMITS
    for untried in ("litert", "pt2"):
        assert evidence.outcome(untried).outcome == "untried"
        assert evidence.outcome(untried).reason
    assert evidence.outcome("core-ml") is None


def test_what_agrees_in_another_way_makes_up_for_the_plain_one() -> None:
    conversions = [
        conversion("torchscript", "failed", "disagrees", "A branch was lost."),
        conversion("torchscript-scripted"),
        conversion("onnx"),
        conversion("onnx-int8", "failed", "nothing-to-narrow", "Nothing becomes smaller."),
    ]
    evidence = read(conversions=conversions, measurements=[])
    assert evidence.failures == ()
    assert evidence.outcome("torchscript").label == "torchscript-scripted"
    assert evidence.outcome("onnx").plain


def test_a_measurement_may_say_which_of_a_race_it_is_of() -> None:
    rows = [measurement("onnx", "onnxruntime", 2.0, label=label) for label in ("onnx", "onnx#2")]
    evidence = read(source={"format": "onnx"}, conversions=[], parity=[], measurements=rows)
    assert [one.label for one in evidence.candidates] == ["onnx", "onnx#2"]


def test_a_race_has_parity_and_no_conversion() -> None:
    rows = [{"format": "onnx#2", "outcome": "failed"}, {"format": "savedmodel", "outcome": "passed"}]
    evidence = read(source={"format": "onnx", "sha256": ""}, conversions=[], parity=rows, measurements=[])
    assert [(one.label, one.format, one.outcome) for one in evidence.candidates] == [
        ("onnx", "onnx", "agreed"), ("onnx#2", "onnx", "failed"), ("savedmodel", "savedmodel", "agreed"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("label", "format_id"),
    [("onnx", "onnx"), ("onnx-int8", "onnx"), ("onnx#2", "onnx"), ("torchscript-scripted", "torchscript"),
     ("xgboost-native", "xgboost-native"), ("pytorch-source", ""), ("onnxish", ""), ("", "")],
)  # fmt: skip
def test_a_candidate_counts_as_the_format_that_its_file_is(label: str, format_id: str) -> None:
    assert format_of(label, KNOWLEDGE) == format_id


def replaced(path: str, value: Any) -> dict:
    document = copy.deepcopy(report())
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place: Any = document
    for part in parents:
        place = place[part]
    place[last] = value
    return document


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (None, "it"), ([], "it"), ("report", "it"), ({}, "it"), ({"schema": 2}, "it"),
        ({"schema": 1}, "source"),
        (replaced("source", []), "source"), (replaced("source.format", 1), "source.format"),
        (replaced("verdict", None), "verdict"), (replaced("verdict.state", "best"), "verdict.state"),
        (replaced("verdict.formats", "onnx"), "verdict.formats"),
        (replaced("verdict.formats", [None]), "verdict.formats"),
        (replaced("conversions", {}), "conversions"), (replaced("conversions.0", "x"), "conversions"),
        (replaced("conversions.1.outcome", "maybe"), "conversions[1].outcome"),
        (replaced("conversions.1.to", None), "conversions[1].to"),
        (replaced("parity", None), "parity"), (replaced("parity.0.outcome", []), "parity[0].outcome"),
        (replaced("measurements", 3), "measurements"),
        (replaced("measurements.2.latency_ms", 3), "measurements[2].latency_ms"),
        (replaced("measurements.2.latency_ms.median", "3"), "measurements[2].latency_ms.median"),
        (replaced("measurements.2.latency_ms.median", 0), "measurements[2].latency_ms.median"),
        (replaced("measurements.2.latency_ms.median", float("nan")), "measurements[2].latency_ms.median"),
        (replaced("measurements.2.latency_ms.median", 10**400), "measurements[2].latency_ms.median"),
        (replaced("measurements.2.latency_ms.median", True), "measurements[2].latency_ms.median"),
        (replaced("measurements.1.package_mb", "80"), "measurements[1].package_mb"),
        (replaced("created", 5), "it.created"),
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused_with_the_place(document: Any, place: str) -> None:
    with pytest.raises(EvidenceError) as refused:
        evidence_of(document, KNOWLEDGE)
    assert str(refused.value).startswith(f"This is no report of a comparison: {place} ")
    assert "python -m benchmarks compare" in str(refused.value)


def test_an_older_report_lacks_what_came_later() -> None:
    document = report()
    del document["created"]
    for row in document["measurements"]:
        row.pop("package_mb", None)
    evidence = evidence_of(document, KNOWLEDGE)
    assert (evidence.made, evidence.footprints) == ("", ())


def test_words_of_a_report_reach_no_terminal_as_commands(tmp_path: Path) -> None:
    evil = "red \x1b[31m and \u202e turned, " + "long " * 1000
    evidence = read(conversions=[conversion("onnx", "failed", "disagrees", evil)])
    [failed] = evidence.failures
    assert failed.reason.isprintable() and len(failed.reason) == 1000
    assert json.dumps(failed.reason).startswith('"red')
