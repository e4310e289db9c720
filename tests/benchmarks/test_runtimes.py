"""Each further way to run a format, on real models in the sandbox: it answers as the source does, at every
batch size, or says why it cannot."""

import shutil
from pathlib import Path

import pytest

from benchmarks import comparison, inspection, native
from benchmarks.comparison import Options
from benchmarks.errors import ProblemError
from benchmarks.verification import run_reference
from benchmarks.workspace import WORK, open_work

SOURCES = {
    "mlp.pt": (("input", ("batch", 16)),),
    "branch.pt": (("x", ("batch", 16)),),
    "inverse.pt": (("x", ("batch", 4, 4)),),
    "mlp": (),
    "words": (),
}
"""The shapes of the inputs of those whose files store none."""
needs_runner = pytest.mark.skipif(bool(native.unavailable()), reason=native.unavailable())


def source(bench, built, name: str) -> tuple[Path, str]:
    """A copy of a model whose answers are in the workspace, and its format."""
    open_work(bench.folder)
    model, copy = built(name), bench.folder / name
    shutil.copytree(model, copy) if model.is_dir() else shutil.copy(model, copy)
    described = inspection.describe(copy)
    options = Options(shapes=SOURCES[name])
    specs = comparison.input_specs(described, options)
    run_reference(copy, described.format, specs, bench.folder, options, bench.server, bench.say)
    return copy, described.format


def verified(bench, artifact: Path, format: str, runtime: str) -> dict:
    return bench.server.run(
        "verify",
        bench.folder / WORK,
        reads=(artifact,),
        format=format,
        artifact=str(artifact),
        threads=2,
        runtime=runtime,
    )


@pytest.mark.parametrize(
    ("model", "runtime"),
    [
        ("mlp.pt", "torchscript-frozen"),
        ("branch.pt", "torchscript-frozen"),
        ("inverse.pt", "torchscript-frozen"),
        pytest.param("mlp.pt", "libtorch", marks=needs_runner),
        pytest.param("branch.pt", "libtorch", marks=needs_runner),
        pytest.param("inverse.pt", "libtorch", marks=needs_runner),
        ("mlp", "tensorflow-xla"),
    ],
)
def test_it_gives_the_outputs_of_the_source(bench, built, model, runtime):
    artifact, format = source(bench, built, model)
    parity = verified(bench, artifact, format, runtime)
    assert parity["runtime"] == runtime != parity["reference"]
    assert parity["outcome"] == "passed", parity["cases"]
    assert {case["batch"] for case in parity["cases"] if case["passed"]} >= {1, 2, 7}
    assert parity["max_rel_error"] < 1e-3


def test_what_xla_cannot_compile_is_said(bench, built):
    artifact, format = source(bench, built, "words")
    parity = verified(bench, artifact, format, "tensorflow-xla")
    assert parity["outcome"] == "failed"
    assert "XLA cannot compile this model. In its words: " in parity["cases"][0]["note"]


@needs_runner
def test_a_damaged_file_ends_nothing_but_its_step(bench, built):
    artifact, format = source(bench, built, "mlp.pt")
    data = artifact.read_bytes()
    damaged = {
        "short": data[: len(data) // 2],
        "holed": data[:200] + bytes(len(data) - 400) + data[-200:],
        "turned": bytes(byte ^ 0x55 if 64 <= i < 2000 else byte for i, byte in enumerate(data)),
        "empty": b"",
    }
    for name, content in damaged.items():
        file = bench.folder / f"{name}.pt"
        file.write_bytes(content)
        try:
            assert verified(bench, file, format, "libtorch")["outcome"] == "failed", name
            assert name == "turned"  # nothing in it but numbers was hit
        except ProblemError as error:
            assert error.problem.kind == "does-not-load", name
            assert "libtorch does not load. In its words: " in error.problem.message
    assert verified(bench, artifact, format, "libtorch")["outcome"] == "passed"


@needs_runner
def test_a_native_crash_in_libtorch_ends_one_fork_only(bench, built):
    """`crash.pt` writes far outside its own memory."""
    artifact, format = source(bench, built, "mlp.pt")
    crash = Path(shutil.copy(built("crash.pt"), bench.folder))
    try:
        parity = verified(bench, crash, format, "libtorch")
        assert parity["outcome"] == "failed"
    except ProblemError as error:
        assert error.problem.kind == "crashed"
    assert verified(bench, artifact, format, "libtorch")["outcome"] == "passed"


def test_what_is_not_on_this_machine_says_so(bench):
    found = bench.server.run("capabilities", bench.folder)["runtimes"]
    for runtime, words in {
        "onnxruntime-cuda": ("CUDAExecutionProvider", "NVIDIA"),
        "onnxruntime-tensorrt": ("TensorrtExecutionProvider", "NVIDIA"),
        "onnxruntime-openvino": ("OpenVINOExecutionProvider",),
        "torchscript-cuda": ("CUDA", "NVIDIA"),
        "torch-export-cuda": ("CUDA", "NVIDIA"),
    }.items():
        reason = found[runtime]["unavailable"]
        assert not reason or any(word in reason for word in words), runtime
    for runtime in ("torchscript-frozen", "tensorflow-xla"):
        assert found[runtime]["unavailable"] == ""
    assert found["libtorch"]["unavailable"] == native.unavailable()
