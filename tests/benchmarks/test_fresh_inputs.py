"""Whatever was reported as passed agrees with its source on inputs that the verification never saw."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import comparison, inspection
from benchmarks.comparison import Options
from benchmarks.report import Report
from benchmarks.samples import SAMPLES

pytestmark = pytest.mark.slow

OPTIONS = Options(budget_s=0)
SHAPES = {"folded.pt": ("x", 16), "branch.pt": ("x", 16), "constant.pt": ("x", 7)}
BUILT = (
    "folded.pt", "branch.pt", "constant.pt", "dropless.pt2", "fixed.pt2", "pair.pt2", "lookup.pt2",
    "narrow.pt2", "pair.keras",
)  # fmt: skip
"""Beside those of `test_conversions`, whose artifacts are held to fresh inputs there."""
FEWEST = {"fixed.pt2": 2, "pair.keras": 3}
UNSEEN = (1, 3, 5)


def pairs_that_passed(bench, model: Path, shapes) -> list[dict]:
    source = bench.folder / "source" / model.name
    source.parent.mkdir(exist_ok=True)
    shutil.copytree(model, source) if model.is_dir() else shutil.copyfile(model, source)
    options = replace(OPTIONS, shapes=shapes)
    report = comparison.compare(source, bench.folder, options, bench.server, bench.say)
    return pairs_of(report, source, bench.folder, options)


def pairs_of(report: Report, source: Path, folder: Path, options: Options) -> list[dict]:
    """For each artifact of a report that passed, what `draw_fresh.py` needs."""
    specs = comparison.input_specs(report.source, options)
    passed = {c.target: c for c in report.conversions if c.outcome == "passed"}
    sizes = {p.format: {case["batch"] for case in p.cases} for p in report.parity}
    return [
        {
            "source": str(source),
            "source_format": report.source.format,
            "artifact": str(folder / conversion.artifact.path),
            "format": target,
            "inputs": [{"name": s.name, "dtype": s.dtype, "shape": s.shape} for s in specs],
            "batches": UNSEEN if len(sizes[target]) > 1 else sorted(sizes[target]),
            "bound": 3 if source.name == "narrow.pt2" else 8,
        }
        for target, conversion in passed.items()
    ]


@pytest.mark.parametrize("model", BUILT)
def test_small_models(bench, built, drawn, model):
    name, size = SHAPES.get(model, ("", 0))
    pairs = pairs_that_passed(bench, built(model), ((name, ("batch", size)),) if name else ())
    assert len(pairs) >= FEWEST.get(model, 1)
    assert [share for share in drawn(pairs) if share is None or share > 1] == []


@pytest.mark.parametrize("sample", sorted(set(SAMPLES) - {"savedmodel-mobilenet-v2", "onnx-resnet50"}))
def test_samples(bench, drawn, sample):
    """The two left out have the same graphs as others here, or no converter leads from them."""
    about = SAMPLES[sample]
    work = comparison.open_work(bench.folder)
    bench.server.run("build_sample", work, sample=sample, target=str(work / about.filename))
    model = Path(shutil.move(work / about.filename, bench.folder / about.filename))
    pairs = pairs_that_passed(bench, model, tuple(about.shapes.items()))
    assert pairs
    assert [share for share in drawn(pairs) if share is None or share > 1] == []


def test_fresh_inputs_do_show_a_branch_that_tracing_lost(built, drawn):
    """The check above is one that can fail."""
    pair = {
        "source": str(built("branch.pt")),
        "source_format": inspection.identify(built("branch.pt")).format,
        "artifact": str(built("branch_traced.pt")),
        "format": "torchscript",
        "inputs": [{"name": "x", "dtype": "float32", "shape": ["batch", 16]}],
        "batches": UNSEEN,
        "bound": 8,
    }
    assert drawn([pair])[0] > 100
    assert drawn([pair | {"artifact": pair["source"]}]) == [0.0]
