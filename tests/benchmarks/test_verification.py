"""What verification says of real artifacts: each finding on a model that has the fault and on one without."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import comparison, racing
from benchmarks.comparison import Options
from benchmarks.report import Parity, Report

pytestmark = pytest.mark.slow

OPTIONS = Options(budget_s=0)
SIXTEEN = (("x", ("batch", 16)),)
BAKED = "takes a batch of 1 but not 2 and 7, which the source does: the conversion baked its batch size in"
BRANCH = "a branch of the model was recorded as its example took it"
ACTIVE = "dropout or another random operator is active in it"
REORDERED = "agrees if its inputs are fed in the order alpha, zeta"
REASONS = (
    BAKED,
    BRANCH,
    ACTIVE,
    REORDERED,
    "has another type",
    "was narrowed",
    "other names",
    "another order",
)


def verify(bench, source: Path, artifact: Path, shapes=()) -> Parity:
    """Holds one artifact to another, as a race does."""
    report = racing.race(
        [source, artifact], bench.folder, replace(OPTIONS, shapes=shapes), bench.server, bench.say
    )
    return report.parity[0]


def compare(bench, model: Path, options: Options = OPTIONS) -> Report:
    source = bench.folder / "source" / model.name
    source.parent.mkdir(exist_ok=True)
    shutil.copytree(model, source) if model.is_dir() else shutil.copyfile(model, source)
    return comparison.compare(source, bench.folder, options, bench.server, bench.say)


def sentences(findings) -> str:
    return " ".join(finding.text for finding in findings)


@pytest.mark.parametrize(
    ("source", "artifact", "outcome", "said"),
    [
        ("mlp.onnx", "baked.onnx", "failed", (BAKED,)),
        ("branch.pt", "branch_traced.pt", "failed", (BRANCH,)),
        ("dropless.pt2", "dropout.pt2", "failed", (ACTIVE,)),
        ("pair.pt2", "swapped.pt2", "failed", (REORDERED, "other names: first, second for zeta, alpha")),
        (
            "mlp64.pt2",
            "mlp.pt2",
            "failed",
            ("float32 instead of float64", "narrowed from float64 to float32"),
        ),
        ("lookup.pt2", "lookup32.pt2", "failed", ("int32 instead of int64", "narrowed from int64 to int32")),
        ("mlp.onnx", "other.onnx", "failed", ("disagree with the source model's on every input",)),
        ("mlp.onnx", "mlp.onnx", "passed", ()),
        ("branch.pt", "branch.pt", "passed", ()),
        ("dropless.pt2", "dropless.pt2", "passed", ()),
        ("pair.pt2", "pair.pt2", "passed", ()),
        ("mlp64.pt2", "mlp64.pt2", "passed", ()),
        ("lookup.pt2", "lookup.pt2", "passed", ()),
    ],
)
def test_a_fault_is_named_where_it_is_and_nowhere_else(bench, built, source, artifact, outcome, said):
    parity = verify(bench, built(source), built(artifact), SIXTEEN if source == "branch.pt" else ())
    assert parity.outcome == outcome
    for sentence in said:
        assert sentence in sentences(parity.findings)
    if not said:
        assert parity.findings == ()
    assert all(finding.next_step for finding in parity.findings)
    unsaid = [reason for reason in REASONS if not any(reason in one or one in reason for one in said)]
    kinds = ("has another type", "was narrowed", "other names")  # go with the sentences above
    assert not [one for one in unsaid if one in sentences(parity.findings) and one not in kinds]


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("dropout.pt2", "dropout is still active in it"),
        ("noisy.pt2", "it draws random numbers (aten.rand_like"),
    ],
)
def test_a_source_that_does_not_repeat_itself(bench, built, model, sentence):
    report = compare(bench, built(model), replace(OPTIONS, to=("onnx",)))
    assert sentence in sentences(report.findings)
    [conversion] = report.conversions
    assert conversion.outcome == "failed"
    assert "no artifact can be checked against it" in conversion.error.message
    assert "export" in conversion.error.next_step
    assert report.parity[0].reference_precision == "own"


def test_an_order_of_inputs_that_changed_is_said_and_passes(bench, built):
    report = compare(bench, built("pair.keras"), replace(OPTIONS, to=("savedmodel", "onnx")))
    said = {parity.format: sentences(parity.findings) for parity in report.parity}
    assert "The inputs come in another order: alpha, zeta instead of zeta, alpha." in said["savedmodel"]
    assert "another order" not in said["onnx"]
    assert {parity.outcome for parity in report.parity} == {"passed"}


@pytest.mark.parametrize(
    ("model", "shapes"),
    [
        ("mlp.pt", (("input", ("batch", 16)),)),
        ("mlp.pt2", ()),
        ("mlp.keras", ()),
        ("mlp.onnx", ()),
        ("norm9.onnx", ()),  # ONNX Runtime has no such kernels: numpy
        ("mlp.zip", ()),
    ],
)
def test_the_source_is_asked_in_float64(bench, built, model, shapes):
    """Its own rounding is measured, and is of the size that float32 has."""
    source = built(model)
    artifact = built("mlp.onnx") if model == "mlp.onnx" else source
    parity = verify(bench, source, artifact, shapes)
    assert (parity.outcome, parity.reference_precision, parity.reference_note) == ("passed", "float64", "")
    large = max(case["max_abs_error"] for case in parity.cases if case["max_abs_error"] is not None)
    assert large == 0  # the same artifact: what is left over is the conversion's, and there is none
    assert 1e-8 < parity.reference_error < 1e-2


def test_indices_stay_within_their_table_and_reach_its_end(bench, built):
    for model, rows in (("narrow.pt2", 3), ("lookup.pt2", 10)):
        folder = bench.workspace(model)
        source = Path(shutil.copy(built(model), folder))
        described = comparison.inspection.describe(source)
        work = comparison.open_work(folder)
        comparison.run_reference(
            source,
            "pt2",
            list(described.inputs),
            folder,
            OPTIONS,
            bench.server,
            bench.say,
            described.operators,
        )
        with np.load(work / "reference.npz") as file:
            drawn = np.concatenate([file[name].ravel() for name in file.files if name.startswith("i")])
        assert drawn.min() == 0
        assert drawn.max() == rows - 1


def test_a_short_time_gives_fewer_cases_and_says_so(bench, built, monkeypatch):
    monkeypatch.setenv("FORMAT_ADVISOR_VERIFY_SECONDS", "0.001")
    [parity] = compare(bench, built("mlp.pt2"), replace(OPTIONS, to=("onnx",), batches=(1, 3))).parity
    assert parity.outcome == "passed"
    assert len(parity.cases) < parity.planned == 24
