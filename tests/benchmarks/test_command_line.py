"""`python -m benchmarks` as scripts see it: one JSON document, one line of refusal, three exit codes."""

import json
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from benchmarks.settings import PROJECT

REPORT = {"schema", "source", "environment", "conversions", "parity", "measurements", "verdict"}
MEASUREMENT = {
    "format", "runtime", "batch", "threads", "latency_ms", "throughput_per_s", "load_ms", "first_ms",
    "peak_rss_mb", "samples", "warnings",
}  # fmt: skip


@pytest.fixture
def call(tmp_path):
    """Runs the command with temporary files in a folder of its own: `call.left()` says what stayed there."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "benchmarks", *map(str, arguments)],
            cwd=PROJECT,
            env={**os.environ, "TMPDIR": str(temporary), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=250,
        )

    # The line of measuring jobs is kept between runs on purpose: nothing of a model is in it.
    run.left = lambda: [p.name for p in temporary.iterdir() if not p.name.startswith("format-advisor-line")]
    return run


def document(done: subprocess.CompletedProcess) -> dict:
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def refused(done: subprocess.CompletedProcess, *words: str, started: bool = False) -> None:
    """One line says what is wrong and what to do next; `started`: progress may stand before it."""
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    *before, line = done.stderr.splitlines()
    assert started or before == []
    for word in words:
        assert word in line
    assert line.count(". ") >= 1
    assert line.endswith((".", ")"))


def corrupt(folder: Path, built) -> dict[str, Path]:
    (folder / "empty.onnx").touch()
    (folder / "text.onnx").write_text("This is the model that you asked for, sincerely.\n")
    (folder / "truncated.pt2").write_bytes(built("mlp.pt2").read_bytes()[:6000])
    (folder / "truncated.onnx").write_bytes(built("mlp.onnx").read_bytes()[:3000])
    (folder / "model.pkl").write_bytes(pickle.dumps({"weights": [1, 2, 3]}))
    with zipfile.ZipFile(folder / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "no model")
    (folder / "folder").mkdir()
    return {path.name: path for path in folder.iterdir()} | {"missing": folder / "missing.onnx"}


@pytest.mark.parametrize("command", ["inspect", "compare", "race"])
def test_bad_input_is_refused_in_one_line(call, built, tmp_path, command):
    folder = tmp_path / "bad"
    folder.mkdir()
    bad = corrupt(folder, built) | {"checkpoint": built("checkpoint.pt")}
    for name, path in bad.items():
        refused(call(command, path, "--json"))
        assert call.left() == [], name


def test_a_model_over_the_limit_is_refused(call, built):
    for command in ("inspect", "compare", "race"):
        refused(call(command, built("mlp.pt2"), "--json", FORMAT_ADVISOR_MAX_MODEL_MB="0.001"), "limit")
        assert call.left() == []


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["inspect"],
        ["compare", "x.onnx", "--to", "gguf-2"],
        ["compare", "x.onnx", "--batch", "0"],
        ["compare", "x.onnx", "--budget", "-1"],
        ["compare", "x.onnx", "--budget", "nan"],
        ["compare", "x.onnx", "--shape", "x"],
        ["compare", "x.onnx", "--shape", "x=1,-3"],
        ["race"],
    ],
)
def test_wrong_usage_is_2(call, arguments):
    done = call(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage:" in done.stderr
    assert "Traceback" not in done.stderr


def test_formats(call):
    data = document(call("formats", "--json"))
    files = (PROJECT / "benchmarks/worker/converters").glob("*_to_*.py")
    assert set(data["converters"]) == {file.stem.replace("_", "-") for file in files}
    missing = {edge for edge, entry in data["converters"].items() if entry["state"] != "available"}
    assert missing == {"pt2-to-aotinductor"}
    assert "an operator allows" in data["converters"]["pt2-to-aotinductor"]["reason"]
    providers = data["providers"]
    assert providers["CPUExecutionProvider"] == {
        "runtime": "onnxruntime",
        "state": "available",
        "reason": "",
    }
    assert len(providers) > 10  # those of other machines too
    for entry in [*data["converters"].values(), *data["runtimes"].values(), *providers.values()]:
        assert entry["state"] in ("available", "unavailable")
        assert bool(entry["reason"]) == (entry["state"] == "unavailable")
    assert call.left() == []


@pytest.mark.parametrize("model", ["mlp.pt", "mlp.pt2", "mlp.zip", "mlp", "mlp.keras", "mlp.onnx"])
def test_inspect(call, built, model):
    data = document(call("inspect", built(model), "--json"))
    assert {"format", "sha256", "size_bytes", "version", "inputs", "outputs", "operators", "parameters",
            "findings"} <= set(data)  # fmt: skip
    assert {"name", "dtype", "shape"} <= set(data["inputs"][0])
    assert data["parameters"] == 16 * 32 + 32 + 32 * 4 + 4
    assert data["format"] in call("inspect", built(model)).stdout


@pytest.mark.slow
def test_compare_writes_what_it_prints(call, built, tmp_path):
    out = tmp_path / "out"
    answers = tmp_path / "answers.json"
    answers.write_text('{"framework": "pytorch", "hardware": ["x86-cpu"]}')
    arguments = ["--to", "onnx", "--budget", "0.5", "--batch", "1", "2", "--out", out, "--json"]
    arguments += ["--answers", answers]
    data = document(call("compare", built("mlp.pt2"), *arguments))
    assert set(data) >= REPORT
    assert data["schema"] == 1
    [conversion] = data["conversions"]
    assert (conversion["from"], conversion["to"], conversion["outcome"]) == ("pt2", "onnx", "passed")
    artifact = out / conversion["artifact"]["path"]
    assert artifact.stat().st_size == conversion["artifact"]["size_bytes"]
    assert {"format", "path", "sha256", "size_bytes"} <= set(conversion["artifact"])
    [parity] = data["parity"]
    assert {"format", "runtime", "reference", "outcome", "tolerance", "max_abs_error", "max_rel_error",
            "cases"} <= set(parity)  # fmt: skip
    assert {(m["format"], m["batch"]) for m in data["measurements"]} == {
        (f, b) for f in ("pt2", "onnx") for b in (1, 2)
    }
    for measurement in data["measurements"]:
        assert set(measurement) >= MEASUREMENT
        assert set(measurement["latency_ms"]) >= {"median", "ci_low", "ci_high", "p95", "p99"}
    assert data["verdict"]["state"] in ("winner", "tie", "inconclusive")
    assert set(data["verdict"]) >= {"state", "formats", "reason"}
    assert {"cpu", "cores", "os", "python", "versions"} <= set(data["environment"])
    advice = data["advice"]
    assert set(advice) == {"answers", "state", "reason", "before", "after", "knowledge_version"}
    assert advice["answers"] == json.loads(answers.read_text())
    assert set(advice["before"]) == set(advice["after"]) == {"format", "score"}
    assert json.loads((out / "report.json").read_text()) == data
    assert call.left() == []


def test_an_output_folder_that_is_a_file_is_refused_before_the_work(call, built, tmp_path):
    (tmp_path / "out").write_text("mine")
    refused(call("compare", built("mlp.pt2"), "--out", tmp_path / "out", "--json"), "out")
    assert (tmp_path / "out").read_text() == "mine"
    assert call.left() == []


def test_answers_that_are_none_are_refused_before_the_work(call, built, tmp_path):
    (tmp_path / "answers.json").write_text('{"framework": "pytroch"}')
    for path, words in (("answers.json", "nearest known one is 'pytorch'"), ("none.json", "Cannot read")):
        refused(call("compare", built("mlp.pt2"), "--answers", tmp_path / path, "--json"), words)
    assert call.left() == []


def test_a_shape_that_is_needed_is_asked_for(call, built):
    refused(call("compare", built("constant.pt"), "--json"), "--shape", started=True)
    assert call.left() == []


@pytest.mark.slow
def test_shape_and_inputs_are_used(call, built, tmp_path):
    np.savez(tmp_path / "mine.npz", x=np.ones((2, 5), np.float32))
    short = ["--to", "onnx", "--budget", "0.2", "--json"]
    data = document(call("compare", built("constant.pt"), "--shape", "x=1,7", *short))
    assert data["conversions"][0]["outcome"] == "passed"
    data = document(call("compare", built("constant.pt"), "--inputs", tmp_path / "mine.npz", *short))
    assert data["parity"][0]["cases"][0]["batch"] == 2


@pytest.mark.slow
def test_race_of_one_file_with_itself(call, built):
    data = document(call("race", built("mlp.onnx"), built("mlp.onnx"), "--budget", "0.5", "--json"))
    assert set(data) >= REPORT
    assert [m["format"] for m in data["measurements"]] == ["onnx", "onnx#2"]
    assert data["verdict"]["state"] in ("winner", "tie", "inconclusive")
    assert [parity["outcome"] for parity in data["parity"]] == ["passed"]
    assert call.left() == []


@pytest.mark.slow
def test_a_racer_of_another_model_is_left_out(call, built):
    data = document(call("race", built("mlp.onnx"), built("other.onnx"), "--budget", "0.2", "--json"))
    assert [m["format"] for m in data["measurements"]] == ["onnx"]
    assert data["verdict"]["state"] == "inconclusive"
    assert any("does not agree" in finding["text"] for finding in data["source"]["findings"])
