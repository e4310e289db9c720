"""The lossy variants of ONNX on real models: what they lose, what is tolerated, and what is no variant."""

import shutil
from pathlib import Path

import pytest

from benchmarks import comparison, inspection
from benchmarks.comparison import Options
from benchmarks.report import Conversion, Parity, Report

pytestmark = pytest.mark.slow

VARIANTS = ("onnx-float16", "onnx-int8")
WHOLE, PRODUCTS, WEIGHTS = (
    "the whole model",
    "matrix products, convolutions and recurrent layers only",
    "weights only, computed in float32",
)
ALL, MATRICES = "every operator that can be", "matrix products and LSTMs only"


def compare(bench, model: Path, *to: str) -> Report:
    source = bench.folder / "source" / model.name
    source.parent.mkdir(exist_ok=True)
    shutil.copyfile(model, source)
    options = Options(budget_s=0.2, to=to or VARIANTS)
    return comparison.compare(source, bench.folder, options, bench.server, bench.say)


def made(report: Report, target: str) -> tuple[Conversion, Parity | None]:
    conversion = next(c for c in report.conversions if c.target == target)
    return conversion, next((p for p in report.parity if p.format == target), None)


def tried(conversion: Conversion) -> list[tuple[str, str]]:
    return [(attempt.attempt, attempt.outcome) for attempt in conversion.attempts]


def test_both_keep_inputs_and_outputs_and_have_an_error_of_their_own(bench, built):
    report = compare(bench, built("mlp.onnx"))
    errors = {}
    for target, operator in zip(VARIANTS, ("Cast", "MatMulInteger"), strict=True):
        conversion, parity = made(report, target)
        assert (conversion.outcome, parity.outcome) == ("passed", "passed")
        described = inspection.describe(bench.folder / conversion.artifact.path)
        assert [(spec.name, spec.dtype) for spec in described.inputs] == [
            (spec.name, spec.dtype) for spec in report.source.inputs
        ]
        assert [spec.dtype for spec in described.outputs] == ["float32"]
        assert described.operators[operator] >= 2
        assert report.source.operators.get(operator, 0) == 0
        assert parity.top1["agreed"] == parity.top1["rows"] == 50
        errors[target] = parity.max_rel_error
    assert 1e-5 < errors["onnx-float16"] < 2e-3 < errors["onnx-int8"] < 0.05
    tolerances = [made(report, target)[1].tolerance["float32"] for target in VARIANTS]
    assert tolerances == [{"relative": 0.005, "absolute": 0.0025}, {"relative": 0.0, "absolute": 0.06}]
    assert {m.format for m in report.measurements} == {"onnx", *VARIANTS}


@pytest.mark.parametrize("model", ["norm9.onnx", "lookup.pt2"])
def test_old_models_and_those_with_integers(bench, built, model):
    """Weights that are inputs too, and an output that is an integer and must stay exact."""
    report = compare(bench, built(model))
    for target in VARIANTS:
        conversion, parity = made(report, target)
        assert (conversion.outcome, conversion.error) == ("passed", None)
        if "int64" in parity.tolerance:
            assert parity.tolerance["int64"] == {"relative": 0.0, "absolute": 0.0}


def test_what_crashes_the_runtime_is_tried_otherwise(bench, built):
    """ONNX Runtime 1.32 dies of a fused product of float16 while it loads the whole of a transformer."""
    conversion, _ = made(compare(bench, built("attention.onnx"), "onnx-float16"), "onnx-float16")
    assert tried(conversion) == [(WHOLE, "failed"), (PRODUCTS, "passed")]
    assert conversion.attempts[0].error.kind == "crashed"


def test_where_arithmetic_in_float16_is_too_coarse_only_weights_are_narrowed(bench, built):
    conversion, parity = made(compare(bench, built("tiny.onnx"), "onnx-float16"), "onnx-float16")
    assert tried(conversion) == [(WHOLE, "failed"), (PRODUCTS, "failed"), (WEIGHTS, "passed")]
    assert "Rounded to float16, outputs are off by" in conversion.attempts[0].error.message
    assert parity.max_rel_error < 0.005


def test_large_inputs_warn_and_decide_nothing_in_float16_only(bench, built):
    report = compare(bench, built("square.onnx"))
    conversion, parity = made(report, "onnx-float16")
    assert tried(conversion) == [(WHOLE, "passed")]
    assert [case["passed"] for case in parity.cases if case["kind"] == "large"] == [False]
    assert [f.severity for f in parity.findings if "float16 ends at 65,504" in f.text] == ["warning"]
    assert parity.max_rel_error < 0.005
    _, other = made(report, "onnx-int8")
    assert [case["passed"] for case in other.cases if case["kind"] == "large"] == [True]


def test_what_int8_ruins_is_left_out_of_it(bench, built):
    report = compare(bench, built("outlier.onnx"), "onnx-int8")
    conversion, parity = made(report, "onnx-int8")
    assert tried(conversion) == [(ALL, "failed"), (MATRICES, "passed")]
    assert "more than is tolerated for int8" in conversion.attempts[0].error.message
    assert parity.max_rel_error < 0.06
    operators = inspection.describe(bench.folder / conversion.artifact.path).operators
    assert operators["Conv"] == 1 and "ConvInteger" not in operators


@pytest.mark.parametrize("model", ["plain.onnx", "kinds.ubj"])
def test_a_model_without_weights_has_no_variant(bench, built, model):
    """Trees have thresholds, which ONNX keeps in float32."""
    report = compare(bench, built(model))
    for target in VARIANTS:
        conversion, _ = made(report, target)
        assert (conversion.outcome, conversion.artifact) == ("failed", None)
        assert conversion.error.message.startswith("Nothing in this model becomes ")
        assert {attempt.error.kind for attempt in conversion.attempts} == {"nothing-to-narrow"}
    assert not set(VARIANTS) & {m.format for m in report.measurements}
