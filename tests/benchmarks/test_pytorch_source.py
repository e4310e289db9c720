"""PyTorch source end to end: traced, scripted and exported are candidates beside one another, and the program
runs in a sandbox only, after somebody confirmed it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import admission, comparison, inspection
from benchmarks.comparison import Options
from benchmarks.errors import ProblemError
from benchmarks.formats import COMPILED, TARGETS, VARIANTS
from benchmarks.report import Report
from benchmarks.sandbox import Protection
from benchmarks.warm import WarmKeeper

OPTIONS = Options(budget_s=0.5, trust_code=True)


def compare(bench, model: Path, options: Options = OPTIONS) -> Report:
    source = bench.folder / "source" / model.name
    source.parent.mkdir(exist_ok=True)
    source.write_bytes(model.read_bytes())
    return comparison.compare(source, bench.folder, options, bench.server, bench.say)


def attempts(report: Report, target: str) -> list[tuple[str, str]]:
    [conversion] = [one for one in report.conversions if one.target == target]
    return [(one.attempt, one.outcome) for one in conversion.attempts if len(one.route) == 2]


def outcomes(report: Report) -> dict[str, str]:
    return {conversion.target: conversion.outcome for conversion in report.conversions}


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "model.py"
    path.write_text(text)
    return path


@pytest.mark.slow
def test_every_way_out_of_pytorch_is_a_candidate(bench, built):
    report = compare(bench, built("cnn.py"))
    whole = set(TARGETS) - set(VARIANTS) - COMPILED
    failed = {c.target: c.error for c in report.conversions if c.outcome != "passed"}
    assert {target: error for target, error in failed.items() if target in whole} == {}
    assert {c.target for c in report.conversions} == set(TARGETS) - COMPILED
    assert {m.format for m in report.measurements} >= {"pytorch-source", *whole}
    assert attempts(report, "torchscript") == [("traced", "passed")]
    assert attempts(report, "torchscript-scripted") == [("scripted", "passed")]
    assert attempts(report, "pt2") == [("as it is", "passed")]
    assert attempts(report, "onnx") == [("through torch.export", "passed")]
    for parity in [one for one in report.parity if one.format in whole]:
        assert (parity.reference, parity.reference_precision) == ("torch", "float64")
        assert parity.max_rel_error < 1e-5
        first, *others = parity.cases
        assert (first["kind"], first["batch"]) == ("given", 1)
        drawn = [(case["seed"], case["batch"]) for case in others if case["kind"] == "seeded"]
        assert sorted(drawn) == [(seed, batch) for seed in range(5) for batch in (1, 2, 7)]
    assert [(one.name, one.shape) for one in report.source.inputs] == [("input", ("batch", 3, 16, 16))]
    assert any("No weights come with it" in finding.text for finding in report.source.findings)
    assert not any("other outputs for the same input" in finding.text for finding in report.findings)


@pytest.mark.slow
def test_a_branch_that_tracing_loses_is_kept_by_scripting(bench, built):
    report = compare(bench, built("adaptive.py"), replace(OPTIONS, to=("torchscript", "onnx", "pt2")))
    assert attempts(report, "torchscript") == [("traced", "failed"), ("scripted", "passed")]
    [conversion] = [one for one in report.conversions if one.target == "torchscript"]
    assert "a branch of the model was recorded as its example took it" in conversion.attempts[0].error.message
    tried = [("through torch.export", "failed"), ("traced", "failed"), ("scripted", "passed")]
    assert attempts(report, "onnx") == tried
    assert attempts(report, "pt2") == [("as it is", "failed"), ("strict", "failed")]
    assert {parity.outcome for parity in report.parity} == {"passed"}


@pytest.mark.slow
def test_weights_modules_beside_it_and_inputs_by_name(bench, built):
    """The embedding's weight is the last layer's too and is stored once; `offset` is left out between the two
    inputs."""
    report = compare(bench, built("tied.zip"), replace(OPTIONS, to=("onnx", "pt2", "torchscript")))
    assert {c.target: c.error for c in report.conversions if c.outcome != "passed"} == {}
    assert report.source.parameters == 50 * 8
    assert all(one.outcome == "passed" for one in report.parity)
    assert attempts(report, "torchscript") == [("traced", "passed")]


def answer(bench, path: Path, feeds: dict[str, np.ndarray]) -> np.ndarray:
    """What the model answers to these inputs, its first output."""
    given = bench.folder / "given.npz"
    np.savez(given, **feeds)
    options = replace(OPTIONS, inputs=given)
    folder = inspection.unpack(path, bench.folder / "unpacked")
    work = comparison.open_work(bench.folder)
    specs = comparison.input_specs(inspection.describe(path), options)
    comparison.run_reference(folder, "pytorch-source", specs, bench.folder, options, bench.server, bench.say)
    with np.load(work / "reference.npz") as file:
        return file["o0_0"]


@pytest.mark.slow
def test_the_weights_are_those_of_the_file(bench, built):
    with np.load(built("answers.npz")) as expected:
        image = answer(bench, built("trained.zip"), {"input": np.ones((1, 3, 16, 16), np.float32)})
        assert np.allclose(image, expected["trained"], rtol=1e-5, atol=1e-6)
        feeds = {"ids": np.arange(12).reshape(2, 6), "mask": np.ones((2, 6), bool)}
        assert np.allclose(answer(bench, built("tied.zip"), feeds), expected["tied"], rtol=1e-5, atol=1e-6)


FORWARD = """import torch


class Net(torch.nn.Module):
    def forward(self, x):
        {}


def get_model():
    return Net()


def example_inputs():
    return (torch.ones({}),)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import torch\n1 / 0\ndef get_model(): pass\ndef example_inputs(): pass\n", "line 2: ZeroDivision"),
        ("def get_model():\n    return 3\ndef example_inputs(): pass\n", "returns int, no torch.nn.Module"),
        (FORWARD.format("return x", "2, 3") + "def example_inputs():\n    return 3\n", "no tuple or dict"),
        (
            FORWARD.format("return x", "2, 3") + "def example_inputs():\n    return (3,)\n",
            "returns int where",
        ),
        (FORWARD.format("return x @ self.lost", "2, 3"), "has no attribute 'lost'"),
        (FORWARD.format("return x", "2, 3") + "raise SystemExit(3)\n", "SystemExit: 3"),
    ],
)
def test_a_source_that_does_not_run_says_where(bench, tmp_path, text, said):
    with pytest.raises(ProblemError) as caught:
        compare(bench, written(tmp_path, text))
    assert caught.value.problem.kind == "source-does-not-run"
    assert said in caught.value.problem.message
    assert caught.value.problem.next_step


@pytest.mark.slow
def test_weights_of_another_model_are_named(bench, built):
    with pytest.raises(ProblemError) as caught:
        compare(bench, built("strange.zip"))
    message = caught.value.problem.message
    assert "0.weight" in message and "read.weight_ih_l0" in message
    assert "missing" in message and "unknown to the model" in message


@pytest.mark.slow
@pytest.mark.parametrize(
    ("forward", "shape", "said"),
    [
        ("return torch.nn.functional.dropout(x, 0.5)", "4, 16", "dropout is still active"),
        ("return x.reshape(4, 8)", "4, 8", "its batch size is baked in"),
    ],
)
def test_what_is_found_in_a_source(bench, tmp_path, forward, shape, said):
    report = compare(bench, written(tmp_path, FORWARD.format(forward, shape)), replace(OPTIONS, to=("onnx",)))
    assert said in " ".join(finding.text for finding in report.findings)


@pytest.mark.slow
def test_an_input_that_is_no_batch_keeps_the_sizes_of_the_example(bench, tmp_path):
    text = FORWARD.replace("forward(self, x)", "forward(self, x, scale)").replace("),)", "), torch.ones(()))")
    model = written(tmp_path, text.format("return x * scale", "4, 3"))
    report = compare(bench, model, replace(OPTIONS, to=("pt2", "torchscript")))
    assert [spec.shape for spec in report.source.inputs] == [(4, 3), ()]
    assert {case["batch"] for parity in report.parity for case in parity.cases} == {4}
    assert outcomes(report) == {"pt2": "passed", "torchscript": "passed"}


def test_a_program_is_run_only_where_somebody_confirms_it(built, monkeypatch):
    description = inspection.describe(built("cnn.py"))
    for trusts, refused, kind in ((False, "0", "source-not-confirmed"), (True, "1", "source-refused")):
        monkeypatch.setenv("FORMAT_ADVISOR_REFUSE_SOURCE", refused)
        with pytest.raises(ProblemError) as caught:
            admission.check(description, trusts_pickle=True, trusts_code=trusts)
        assert caught.value.problem.kind == kind
    monkeypatch.setenv("FORMAT_ADVISOR_REFUSE_SOURCE", "0")
    admission.check(description, trusts_pickle=False, trusts_code=True)


@pytest.mark.slow
def test_a_program_is_not_run_without_a_sandbox(tmp_path, built):
    folder = tmp_path / "run"
    folder.mkdir()
    marker = tmp_path / "marker"
    text = f"open({str(marker)!r}, 'w')\n" + built("cnn.py").read_text()
    with WarmKeeper(folder, Protection("none")) as server, pytest.raises(ProblemError) as caught:
        source = written(folder, text)
        comparison.compare(source, folder, OPTIONS, server, lambda progress: None)
    assert caught.value.problem.kind == "source-needs-sandbox"
    assert not marker.exists()
