"""Runtimes in a process of their own: what LibTorch takes and gives, its clock and its threads, and that
LiteRT and ONNX Runtime compute where they are said to."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import native
from benchmarks.settings import PROJECT

needs_runner = pytest.mark.skipif(bool(native.unavailable()), reason=native.unavailable())


def ask(what: str, folder: Path) -> tuple[dict, str]:
    """What `runtimes_process.py` found, and what was printed meanwhile."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("runtimes_process.py")), what, str(folder)],
        env={
            "HOME": str(folder),
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(PROJECT),
            "ORT_DISABLE_TELEMETRY": "1",
        },
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


@pytest.fixture(scope="module")
def runner() -> None:
    native.library()


@needs_runner
@pytest.mark.usefixtures("runner")
def test_libtorch_takes_and_gives_every_type_as_python_does(tmp_path):
    found, _ = ask("kinds", tmp_path)
    assert found["inputs"] == ["x", "half", "count", "mask"]
    assert found["dtypes"] == [
        "float32", "float64", "float32", "float32", "bfloat16", "float16", "int64", "bool", "uint8",
    ]  # fmt: skip
    assert found["shapes"][:4] == [[3, 2], [2, 3], [0, 3], []]
    assert found["equal"] == [True] * 9
    assert found["outputs"][0] == found["outputs"][1]
    assert found["kept"]


@needs_runner
@pytest.mark.usefixtures("runner")
def test_libtorch_says_what_it_cannot_take_and_goes_on(tmp_path):
    found, _ = ask("refused", tmp_path)
    assert "corrupted" in found["short"] and "ZIP" in found["text"] and "No such file" in found["missing"]
    assert "mat1 and mat2" in found["call"] and "mat1 and mat2" in found["timed"]
    assert found["afterwards"] == [1, 2]


@needs_runner
@pytest.mark.usefixtures("runner")
def test_libtorch_times_itself_and_keeps_to_its_threads(tmp_path):
    found, _ = ask("timed", tmp_path)
    for threads, one in found.items():
        assert len(one["ns"]) == 20 and min(one["ns"]) > 0
        assert 0.5 * one["around"] < sum(one["ns"]) <= one["around"]
        assert one["set"] == int(threads)
        assert one["started"] == int(threads) - 1


def test_litert_computes_with_xnnpack(tmp_path):
    """Also after a resize to another batch, which takes the delegate away and puts it on again."""
    found, said = ask("litert", tmp_path)
    assert found["1"][-1] == found["7"][-1] == "DELEGATE"
    assert "DELEGATE" not in found["plain"]
    assert "XNNPACK delegate" in said


def test_a_provider_that_is_not_here_is_refused_and_not_the_cpu(tmp_path):
    found, _ = ask("providers", tmp_path)
    assert found.pop("onnxruntime") == [1, 2]
    for runtime, (said, reason) in found.items():
        assert ("does not run this model on" in said) == ("is not in this build" in reason), runtime


def test_a_program_that_is_moved_answers_the_same_and_nothing_starts_cuda(tmp_path):
    found, _ = ask("cuda", tmp_path)
    assert found["equal"] and not found["started"]
    for reason in found["unavailable"].values():
        assert "CUDA" in reason or "NVIDIA" in reason
