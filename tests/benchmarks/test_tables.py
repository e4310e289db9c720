"""Models of tables, the whole way: scikit-learn, XGBoost and LightGBM to ONNX."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import comparison
from benchmarks.comparison import Options
from benchmarks.settings import PROJECT

MODELS = [
    ("forest.skops", "skops", "scikit-learn", {"object", "float32"}),
    ("line.skops", "skops", "scikit-learn", {"float32"}),
    ("chance.ubj", "xgboost-native", "xgboost", {"int64", "float32"}),
    ("kinds.json", "xgboost-native", "xgboost", {"int64", "float32"}),
    ("price.ubj", "xgboost-native", "xgboost", {"float32"}),
    ("chance.txt", "lightgbm-native", "lightgbm", {"int64", "float32"}),
    ("kinds.txt", "lightgbm-native", "lightgbm", {"int64", "float32"}),
    ("price.txt", "lightgbm-native", "lightgbm", {"float32"}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("model", "format", "runtime", "dtypes"), MODELS, ids=[row[0] for row in MODELS])
def test_it_becomes_onnx_and_agrees(bench, built, model, format, runtime, dtypes):
    source = Path(shutil.copy(built(model), bench.folder))
    report = comparison.compare(source, bench.folder, Options(budget_s=0.5), bench.server, bench.say)
    assert report.source.format == format
    assert [(spec.dtype, spec.shape) for spec in report.source.inputs] == [("float32", (None, 5))]
    outcomes = {conversion.target: conversion.outcome for conversion in report.conversions}
    assert outcomes.pop("onnx") == "passed", [c.error for c in report.conversions]
    assert set(outcomes.values()) <= {"failed", "skipped", "unavailable"}  # ai.onnx.ml goes no further
    parity = next(one for one in report.parity if one.format == "onnx")
    assert (parity.reference, parity.runtime) == (runtime, "onnxruntime")
    assert parity.max_rel_error < 1e-5
    assert set(parity.tolerance) == dtypes
    assert [m.format for m in report.measurements] == [format, "onnx"]
    assert "do not depend" not in " ".join(finding.text for finding in report.findings)


@pytest.mark.slow
def test_a_step_that_does_not_convert_is_named(bench, built):
    """A function of NumPy is loaded, runs, and has no counterpart in skl2onnx."""
    source = Path(shutil.copy(built("strange.skops"), bench.folder))
    report = comparison.compare(
        source, bench.folder, Options(budget_s=0.5, to=("onnx",)), bench.server, bench.say
    )
    (conversion,) = report.conversions
    assert conversion.outcome == "failed"
    assert "FunctionTransformer" in conversion.error.message
    assert [m.format for m in report.measurements] == ["skops"]


@pytest.mark.slow
def test_the_command_line_compares_one(built, tmp_path):
    """`python -m benchmarks compare model.skops --json`."""
    line = [sys.executable, "-m", "benchmarks", "compare", str(built("forest.skops")), "--json"]
    done = subprocess.run(
        [*line, "--to", "onnx", "--budget", "0.5", "--out", str(tmp_path / "out")],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert report["source"]["format"] == "skops"
    assert [one["outcome"] for one in report["parity"]] == ["passed"]
    assert {one["format"] for one in report["measurements"]} == {"skops", "onnx"}
    assert (tmp_path / "out" / report["conversions"][0]["artifact"]["path"]).exists()
