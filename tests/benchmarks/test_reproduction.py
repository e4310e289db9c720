"""The script that a conversion leaves: an ordinary Python that has the converter's packages and nothing of
this project makes the same artifact with it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import comparison
from benchmarks.comparison import Options
from benchmarks.report import Report
from tests.benchmarks.test_edges import files

pytestmark = pytest.mark.slow

SOURCES = {
    "mlp.keras": {"keras-to-onnx", "keras-to-savedmodel", "onnx-to-torchscript"},
    "steps.keras": {"keras-to-litert"},
    "mlp.h5": {"keras-to-savedmodel"},
    "mlp.zip": {"savedmodel-to-onnx", "savedmodel-to-litert", "savedmodel-to-openvino"},
    "parts.zip": {"onnx-to-pt2", "onnx-to-savedmodel", "onnx-to-openvino", "onnx-to-onnx-float16"},
    "mlp.onnx": {"onnx-to-onnx-int8"},
    "mlp.pt2": {"pt2-to-onnx", "pt2-to-torchscript", "pt2-to-openvino"},
    "mlp.pt": {"torchscript-to-onnx", "torchscript-to-openvino"},
    "cnn.py": {
        "pytorch-source-to-onnx",
        "pytorch-source-to-pt2",
        "pytorch-source-to-torchscript",
        "pytorch-source-to-torchscript-scripted",
    },
    "unlike.tflite": {"litert-to-onnx", "litert-to-openvino"},
    "tied.zip": {"pytorch-source-to-torchscript"},
    "line.skops": {"skops-to-onnx"},
    "kinds.ubj": {"xgboost-native-to-onnx"},
    "kinds.txt": {"lightgbm-native-to-onnx"},
}
"""Models with the converters whose scripts are looked at."""
COMPILED = {"pt2-to-aotinductor"}
"""Which `test_compiled.py` looks at: a compilation takes half a minute."""
SAME_BYTES = {
    "keras-to-onnx",
    "keras-to-litert",
    "savedmodel-to-litert",
    "pt2-to-onnx",
    "torchscript-to-onnx",
    "onnx-to-openvino",
    "torchscript-to-openvino",
    "pt2-to-openvino",
    "litert-to-openvino",
    "skops-to-onnx",
}
"""The others hold what is drawn anew each time (SavedModel its fingerprint), or where they were made."""


def run(folder: Path, script: Path, model: Path, artifact: Path) -> str:
    """What the script prints when it runs in `folder` with its own packages alone."""
    only = Path(__file__).with_name("only_packages.py")
    done = subprocess.run(
        [
            sys.executable,
            str(only),
            str(script.parent / "requirements.txt"),
            str(script),
            str(model),
            str(artifact),
        ],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "ORT_DISABLE_TELEMETRY": "1",
            # Its own distutils it would find through a finder that `only_packages.py` stands in front of.
            "SETUPTOOLS_USE_DISTUTILS": "stdlib",
        },
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def repeated(bench, source: Path, report: Report, options: Options, folder: Path, edges: set[str]):
    """Runs in `folder` the scripts whose last step is one of `edges`. Returns the edges of those that there
    were, and for each what `draw_fresh.py` needs to hold what it made against what was made before."""
    looked_at, pairs = set(), []
    for conversion in report.conversions:
        if conversion.outcome != "passed":
            assert conversion.reproduce is None
            continue
        script = folder / conversion.target / "reproduce.py"
        shutil.copytree((bench.folder / conversion.reproduce).parent, script.parent)
        told = json.loads((script.parent / "steps.json").read_text())
        last = f"{told['steps'][-1]['from']}-to-{told['steps'][-1]['to']}"
        if last not in edges:
            continue
        looked_at.add(last)
        artifact = folder / "made" / told["artifact"]["filename"]
        artifact.parent.mkdir(exist_ok=True)
        said = run(folder, script, source, artifact)
        assert ("the same bytes" in said) >= (
            {step["from"] + "-to-" + step["to"] for step in told["steps"]} <= SAME_BYTES
        ), said
        pairs.append(
            {
                "source": str(bench.folder / conversion.artifact.path),
                "source_format": conversion.target,
                "artifact": str(artifact),
                "format": conversion.target,
                "inputs": [vars(spec) for spec in comparison.input_specs(report.source, options)],
                "batches": (1,),
                "bound": 3,
            }
        )
    assert not (folder / "intel").exists()  # where OpenVINO's reports would leave whom they are about
    return looked_at, pairs


@pytest.mark.parametrize("model", SOURCES)
def test_the_script_makes_the_same_artifact(bench, built, drawn, tmp_path, model):
    source = bench.folder / "source" / model
    source.parent.mkdir()
    shutil.copyfile(built(model), source)
    targets = tuple(sorted({edge.split("-to-")[1] for edge in SOURCES[model]}))
    shapes = (("input", ("batch", 16)),) if model == "mlp.pt" else ()
    options = Options(targets, budget_s=0, shapes=shapes, trust_code=True)
    report = comparison.compare(source, bench.folder, options, bench.server, bench.say)
    looked_at, pairs = repeated(bench, source, report, options, tmp_path, SOURCES[model])
    assert looked_at == SOURCES[model]
    assert drawn(pairs) == [0.0] * len(pairs)


def test_every_converter_has_its_script_looked_at():
    assert set.union(*SOURCES.values()) | COMPILED == files("converters")


def test_the_script_does_not_write_over_what_is_there(bench, built, tmp_path):
    source = bench.folder / "mlp.pt2"
    shutil.copyfile(built("mlp.pt2"), source)
    report = comparison.compare(
        source, bench.folder, Options(("torchscript",), budget_s=0.2), bench.server, bench.say
    )
    (conversion,) = report.conversions
    there = tmp_path / "model.pt"
    there.write_bytes(b"mine")
    done = subprocess.run(
        [sys.executable, str(bench.folder / conversion.reproduce), str(source), str(there)],
        cwd=tmp_path, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert (done.returncode, there.read_bytes()) == (2, b"mine")
    assert "is there already" in done.stderr
