"""The whole way on small real models: every edge, and what must not pass."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import comparison, verification
from benchmarks.comparison import Options
from benchmarks.errors import ProblemError
from benchmarks.formats import TARGETS, VARIANTS, WHERE_POSSIBLE
from benchmarks.report import Report
from tests.benchmarks.test_fresh_inputs import pairs_of

pytestmark = pytest.mark.slow

OPTIONS = Options(budget_s=0.5)


def compare(bench, model: Path, options: Options = OPTIONS) -> Report:
    source = bench.folder / "source" / model.name
    source.parent.mkdir(exist_ok=True)
    shutil.copytree(model, source) if model.is_dir() else shutil.copyfile(model, source)
    return comparison.compare(source, bench.folder, options, bench.server, bench.say)


def outcomes(report: Report) -> dict[str, str]:
    return {conversion.target: conversion.outcome for conversion in report.conversions}


def findings(report: Report) -> str:
    return " ".join(finding.text for finding in report.findings)


USUAL = set(TARGETS) - WHERE_POSSIBLE
VARIED = dict.fromkeys(VARIANTS, ("onnx",))
OVER_ONNX = {"savedmodel": ("onnx",), "litert": ("onnx", "savedmodel"), "openvino": (), **VARIED}
FROM_KERAS = {"onnx": (), "savedmodel": (), "litert": ("savedmodel",), "openvino": ("onnx",), **VARIED}
TO_TORCH = {"torchscript": ("onnx",), "pt2": ("onnx",)}
FROM_ONNX = ("torchscript", "pt2", "savedmodel", "openvino", *VARIANTS)


@pytest.mark.parametrize(
    ("model", "shapes", "expected"),
    [
        ("mlp.pt", (("input", ("batch", 16)),), {"onnx": (), "pt2": ("onnx",), **OVER_ONNX}),
        ("mlp.pt2", (), {"onnx": (), "torchscript": (), **OVER_ONNX}),
        ("mlp.zip", (), {"onnx": (), "litert": (), "openvino": (), **TO_TORCH, **VARIED}),
        ("mlp", (), {"onnx": (), "litert": (), "openvino": (), **TO_TORCH, **VARIED}),
        ("mlp.keras", (), {**FROM_KERAS, **TO_TORCH}),
        ("mlp.onnx", (), {**dict.fromkeys(FROM_ONNX, ()), "litert": ("savedmodel",)}),
    ],
)
def test_every_edge_gives_an_artifact_that_agrees(bench, built, drawn, model, shapes, expected):
    options = replace(OPTIONS, shapes=shapes)
    report = compare(bench, built(model), options)
    errors = {c.target: c.error for c in report.conversions if c.outcome == "failed"}
    assert errors == {}
    passed = {c.target: c.via for c in report.conversions if c.outcome == "passed"}
    assert passed == expected
    assert set(outcomes(report)) == USUAL - {report.source.format}
    for parity in report.parity:
        assert parity.outcome == "passed"
        seeded = [(c["seed"], c["batch"]) for c in parity.cases if c["kind"] == "seeded"]
        assert sorted(seeded) == [(seed, batch) for seed in range(5) for batch in (1, 2, 7)]
        edges = {c["kind"]: c["passed"] for c in parity.cases if c["kind"] != "seeded"}
        assert set(edges) == {"zeros", "negative", "large", "nan"}
        assert all(passed for kind, passed in edges.items() if kind != "nan")
        assert parity.planned == len(parity.cases) == 19
        assert 0 <= parity.max_rel_error < (0.05 if parity.format in VARIANTS else 1e-5)
        assert parity.top1["agreed"] == parity.top1["rows"] == 50
        assert parity.top1["classes"] == 4
    for conversion in report.conversions:
        if conversion.outcome == "passed":
            artifact = bench.folder / conversion.artifact.path
            assert artifact.exists()
            assert conversion.artifact.size_bytes > 1000
            assert conversion.seconds > 0
            assert conversion.call
        else:
            assert conversion.outcome == "unavailable"
            assert "No converter leads from" in conversion.error.message
            assert conversion.error.next_step
    assert next(m.format for m in report.measurements) == report.source.format
    assert {m.format for m in report.measurements} == {report.source.format, *expected}
    for measurement in report.measurements:
        assert measurement.samples == sum(map(len, measurement.rounds_ms)) >= 5
        assert 0 < measurement.latency_ms.ci_low <= measurement.latency_ms.median
    assert report.verdict.state in ("winner", "tie", "inconclusive")
    kept = {path.name for path in bench.folder.iterdir()}
    assert kept <= {"source", "artifacts", "log.txt"}
    if model != "mlp.zip":  # which `draw_fresh.py` does not unpack, and is the next one
        pairs = pairs_of(report, bench.folder / "source" / model, bench.folder, options)
        assert [share for share in drawn(pairs) if share is None or share > 1] == []


def test_all_cases_share_the_rounds(bench, built):
    """Interleaved: whoever took part in a heat took part in every round of it."""
    report = compare(bench, built("mlp.keras"), replace(OPTIONS, batches=(1, 3)))
    conditions = {(m.batch, m.threads) for m in report.measurements}
    assert {batch for batch, _ in conditions} == {1, 3}
    for condition in conditions:
        heats = [m.heats for m in report.measurements if (m.batch, m.threads) == condition]
        longest = max(heats, key=len)
        assert len(heats) > 1 and all(one == longest[: len(one)] for one in heats)
        assert all(sum(m.heats) == len(m.rounds_ms) for m in report.measurements)
    assert {case["batch"] for parity in report.parity for case in parity.cases} == {1, 2, 3, 7}


def test_another_models_artifact_does_not_pass(bench, built):
    """Same shapes, other weights: it loads and runs, and is not the same model."""
    source = Path(shutil.copy(built("mlp.pt2"), bench.folder))
    described = comparison.inspection.describe(source)
    inputs = comparison.input_specs(described, OPTIONS)
    comparison.open_work(bench.folder)
    verification.run_reference(source, "pt2", inputs, bench.folder, OPTIONS, bench.server, bench.say)
    right, wrong = (Path(shutil.copy(built(n), bench.folder)) for n in ("mlp.onnx", "other.onnx"))
    assert verification.verify("onnx", right, bench.folder, bench.server).outcome == "passed"
    found = verification.verify("onnx", wrong, bench.folder, bench.server)
    assert found.outcome == "failed"
    assert found.max_abs_error > 0.01
    assert not any(case["passed"] for case in found.cases)


def test_a_damaged_artifact_does_not_load(bench, built):
    source = Path(shutil.copy(built("mlp.pt2"), bench.folder))
    inputs = comparison.input_specs(comparison.inspection.describe(source), OPTIONS)
    comparison.open_work(bench.folder)
    verification.run_reference(source, "pt2", inputs, bench.folder, OPTIONS, bench.server, bench.say)
    broken = bench.folder / "broken.onnx"
    broken.write_bytes(built("mlp.onnx").read_bytes()[:3000])
    found = verification.verify("onnx", broken, bench.folder, bench.server)
    assert (found.outcome, found.error.kind) == ("failed", "does-not-load")


def test_active_dropout_is_found_and_nothing_passes(bench, built):
    report = compare(bench, built("dropout.pt2"))
    assert "dropout is still active in it" in findings(report)
    assert "passed" not in outcomes(report).values()
    assert [m.format for m in report.measurements] == ["pt2"]
    assert report.verdict.state == "inconclusive"


def test_a_fixed_batch_is_found_and_measured_as_what_it_is(bench, built):
    report = compare(bench, built("fixed.pt2"))
    assert "batch size is fixed" in findings(report)
    assert outcomes(report)["onnx"] == "passed"
    assert {case["batch"] for parity in report.parity for case in parity.cases} == {4}
    assert {m.batch for m in report.measurements} == {4}
    for m in report.measurements:
        assert m.throughput_per_s == pytest.approx(4e3 / m.latency_ms.median)


def test_a_baked_batch_is_found(bench, built):
    report = compare(bench, built("folded.pt"), replace(OPTIONS, shapes=(("x", ("batch", 16)),)))
    assert "takes a batch of 1 but fails on 2 and 7: its batch size is baked in" in findings(report)
    assert outcomes(report)["onnx"] == "passed"


def test_a_batch_beyond_the_models_range_spoils_nothing_else(bench, built):
    """The program was exported for 1 to 64."""
    report = compare(bench, built("mlp.pt2"), replace(OPTIONS, batches=(1, 100), to=("onnx",)))
    assert "takes a batch of 1, 2 and 7 but fails on 100." in findings(report)
    assert "baked" not in findings(report)
    assert {m.batch for m in report.measurements} == {1}
    assert outcomes(report) == {"onnx": "passed"}


def test_constant_and_infinite_outputs_are_found(bench, built):
    options = replace(OPTIONS, shapes=(("x", ("batch", 3)),), to=("onnx",))
    assert "do not depend on the inputs" in findings(compare(bench, built("constant.pt"), options))
    assert "NaN or infinity" in findings(compare(bench, built("bad.pt"), options))


@pytest.mark.parametrize("model", ["parts.zip", "parts"])
def test_onnx_with_its_weights_in_a_file_beside_it(bench, built, model):
    report = compare(bench, built(model))
    assert report.source.format == "onnx"
    assert report.source.parameters == 16 * 32 + 32 + 32 * 4 + 4
    assert {m.format for m in report.measurements} == USUAL


@pytest.mark.parametrize("model", ["pair.pt2", "pair.keras", "unlike.tflite"])
def test_two_inputs_whose_names_sort_the_other_way(bench, built, model):
    """Equal shapes, unequal roles: fed the wrong way round the outputs differ."""
    report = compare(bench, built(model))
    failed = {c.target: c.error.kind for c in report.conversions if c.outcome == "failed"}
    assert failed == {"onnx-int8": "nothing-to-narrow"}
    assert outcomes(report)["onnx"] == "passed"
    assert {spec.name for spec in report.source.inputs} == {"zeta", "alpha"}


def test_integer_inputs(bench, built):
    report = compare(bench, built("lookup.pt2"))
    assert outcomes(report)["onnx"] == "passed"
    assert outcomes(report)["torchscript"] == "passed"
    assert set(report.parity[0].tolerance) == {"float32", "int64"}
    assert report.parity[0].tolerance["int64"] == {"relative": 0.0, "absolute": 0.0}


def test_string_inputs_run_and_where_they_cannot_go_is_said(bench, built):
    report = compare(bench, built("words"))
    assert next(m.format for m in report.measurements) == "savedmodel"
    for conversion in report.conversions:
        if conversion.outcome == "failed":
            assert conversion.error.message
            assert len(conversion.error.message) <= 700
            assert "Traceback" not in conversion.error.message


def test_inputs_of_ones_own_are_the_first_case(bench, built):
    given = bench.folder / "given.npz"
    np.savez(given, input=np.full((3, 16), 0.5, np.float32))
    report = compare(bench, built("mlp.pt2"), replace(OPTIONS, inputs=given, to=("onnx",)))
    first = report.parity[0].cases[0]
    assert (first["seed"], first["batch"], first["passed"]) == (None, 3, True)


@pytest.mark.parametrize(
    ("arrays", "kind"),
    [
        ({"wrong": np.zeros((1, 16), np.float32)}, "inputs-missing"),
        ({"input": np.zeros((1, 5), np.float32)}, "source-does-not-run"),
        ({"input": np.array([{}], object)}, "inputs-unreadable"),
    ],
)
def test_inputs_that_do_not_fit_are_a_sentence(bench, built, arrays, kind):
    given = bench.folder / "given.npz"
    np.savez(given, **arrays)
    with pytest.raises(ProblemError) as caught:
        compare(bench, built("mlp.pt2"), replace(OPTIONS, inputs=given))
    assert caught.value.problem.kind == kind
    assert caught.value.problem.next_step


def test_a_long_budget_outlives_the_limit_of_a_step(bench, built, monkeypatch):
    """The limit is for steps that hang; a candidate that is asked for rounds again and again does not."""
    monkeypatch.setenv("FORMAT_ADVISOR_STEP_SECONDS", "4")
    report = compare(bench, built("mlp.onnx"), replace(OPTIONS, budget_s=14, to=("skops",)))
    assert {m.format for m in report.measurements} == {"onnx"}
    alone = report.measurements[-1]
    assert alone.threads == 1 and sum(map(sum, alone.rounds_ms)) * alone.calls_per_sample > 4000


@pytest.mark.parametrize(
    ("shapes", "kind"),
    [((), "shape-needed"), ((("nothing", (1, 3)),), "unknown-input"), ((("x", ("batch", 7)),), None)],
)
def test_shapes_are_asked_for_and_checked(bench, built, shapes, kind):
    if kind is None:
        report = compare(bench, built("constant.pt"), replace(OPTIONS, shapes=shapes, to=("onnx",)))
        assert outcomes(report) == {"onnx": "passed"}
        return
    with pytest.raises(ProblemError) as caught:
        compare(bench, built("constant.pt"), replace(OPTIONS, shapes=shapes))
    assert caught.value.problem.kind == kind


@pytest.mark.parametrize(("model", "name"), [("mlp.onnx", "model.ort"), ("mlp.keras", "model.h5")])
def test_a_files_name_does_not_choose_its_reader(bench, built, model, name):
    """Both runtimes have another reader for these endings; what was audited must be what is loaded."""
    source = Path(shutil.copy(built(model), bench.folder / name))
    report = comparison.compare(source, bench.folder, replace(OPTIONS, to=("pt2",)), bench.server, bench.say)
    assert report.measurements[0].format == model.partition(".")[2]


@pytest.mark.parametrize("model", ["mlp.h5", "mlp2.h5"])
def test_keras_older_files(bench, built, model):
    """As Keras 3 and as tf.keras 2 wrote them, under a name that is not theirs."""
    source = Path(shutil.copy(built(model), bench.folder / "model.keras"))
    options = replace(OPTIONS, to=("onnx", "savedmodel"))
    report = comparison.compare(source, bench.folder, options, bench.server, bench.say)
    assert outcomes(report) == {"onnx": "passed", "savedmodel": "passed"}
    assert [conversion.via for conversion in report.conversions] == [(), ()]
    assert (report.source.format, report.source.parameters) == ("keras", 676)
    assert {m.format for m in report.measurements} == {"keras", "onnx", "savedmodel"}
    script = (bench.folder / report.conversions[0].reproduce).with_name("steps.json").read_text()
    assert '"filename": "model.h5"' in script
