"""What runtimes do in a process of their own, as JSON: `python runtimes_process.py WHAT FOLDER`."""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks.errors import ProblemError
from benchmarks.worker import runtimes


class Kinds(torch.nn.Module):
    """Takes and gives tensors of many types and shapes, in containers within containers."""

    def forward(self, x: torch.Tensor, half: torch.Tensor, count: torch.Tensor, mask: torch.Tensor):
        named = {"transposed": x.t(), "wide": x.double(), "none": x[:0], "sum": x.sum()}
        return named, [half + half, x.to(torch.float16)], (count * 2, (mask, x.to(torch.uint8)), 3)


def kinds(folder: Path) -> dict:
    """The outputs of LibTorch and of TorchScript in Python, byte for byte, also after a further call."""
    import ml_dtypes

    torch.jit.save(torch.jit.script(Kinds()), file := folder / "kinds.pt")
    x = np.linspace(0, 9, 6, dtype=np.float32).reshape(2, 3)
    feeds = [x, x.astype(ml_dtypes.bfloat16), np.arange(4), np.array([True, False])]
    here, there = runtimes.load("libtorch", file, 1), runtimes.load("torchscript", file, 1)
    got, expected = runtimes.run(here, feeds), runtimes.run(there, feeds)
    before = [array.tobytes() for array in got]
    runtimes.run(here, [feed * 0 for feed in feeds[:3]] + [feeds[3]])
    return {
        "inputs": [spec.name for spec in here.inputs],
        "outputs": [list(here.outputs), list(there.outputs)],
        "dtypes": [array.dtype.name for array in got],
        "shapes": [list(array.shape) for array in got],
        "equal": [
            (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
            for a, b in zip(got, expected, strict=True)
        ],
        "kept": before == [array.tobytes() for array in got],
    }


def refused(folder: Path) -> dict:
    """What LibTorch says of files, inputs and results that it cannot take."""

    def said(act) -> str:
        try:
            act()
        except RuntimeError as error:
            return str(error)
        return ""

    torch.jit.save(torch.jit.script(torch.nn.Linear(3, 2)), file := folder / "linear.pt")
    data = file.read_bytes()
    (folder / "short.pt").write_bytes(data[: len(data) // 2])
    (folder / "text.pt").write_text("no model")
    session = runtimes.load("libtorch", file, 1)
    wrong = session.bind([np.zeros((1, 5), np.float32)])
    return {
        "short": said(lambda: runtimes.load("libtorch", folder / "short.pt", 1)),
        "text": said(lambda: runtimes.load("libtorch", folder / "text.pt", 1)),
        "missing": said(lambda: runtimes.load("libtorch", folder / "missing.pt", 1)),
        "call": said(wrong),
        "timed": said(lambda: wrong.timed(3)),
        "afterwards": runtimes.run(session, [np.zeros((1, 3), np.float32)])[0].shape,
    }


def timed(folder: Path) -> dict:
    """Nanoseconds by LibTorch's own clock, and around all of it by Python's; threads started by one call."""
    torch.jit.save(torch.jit.script(torch.nn.Linear(1024, 1024)), file := folder / "linear.pt")
    found = {}
    for threads in (1, 2):
        session = runtimes.load("libtorch", file, threads)
        call = session.bind([np.ones((256, 1024), np.float32)])
        before = len(os.listdir("/proc/self/task"))
        call()
        started = len(os.listdir("/proc/self/task")) - before
        begun = time.perf_counter_ns()
        durations = call.timed(20)
        around = time.perf_counter_ns() - begun
        found[threads] = {"ns": durations, "around": around, "set": session.threads, "started": started}
    return found


def litert(folder: Path) -> dict:
    """The operators that the interpreter executes, as loaded here and without the default delegate."""
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    net = tf.keras.Sequential([tf.keras.Input((16,)), tf.keras.layers.Dense(8, "relu")])
    file = folder / "model.tflite"
    file.write_bytes(tf.lite.TFLiteConverter.from_keras_model(net).convert())
    session = runtimes.load("litert", file, 1)
    found = {}
    for batch in (1, 7):
        runtimes.run(session, [np.ones((batch, 16), np.float32)])
        found[batch] = [one["op_name"] for one in session._interpreter._get_ops_details()]
    plain = Interpreter(
        str(file), experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    )
    plain.allocate_tensors()
    return found | {"plain": [one["op_name"] for one in plain._get_ops_details()]}


def providers(folder: Path) -> dict:
    """Whether a session on a provider that is not here is refused, and not silently the CPU's."""
    torch.onnx.export(
        torch.nn.Linear(3, 2).eval(), (torch.ones(1, 3),), file := folder / "linear.onnx", verbose=False
    )
    found = {
        "onnxruntime": runtimes.run(runtimes.load("onnxruntime", file, 1), [np.ones((1, 3), "f4")])[0].shape
    }
    for runtime_id in ("onnxruntime-cuda", "onnxruntime-tensorrt", "onnxruntime-openvino"):
        try:
            runtimes.load(runtime_id, file, 1)
            found[runtime_id] = ["loaded", runtimes.runtime(runtime_id).unavailable()]
        except (ProblemError, ValueError, RuntimeError) as error:
            found[runtime_id] = [str(error), runtimes.runtime(runtime_id).unavailable()]
    return found


def cuda(folder: Path) -> dict:
    """The part of the CUDA runtimes that needs no device: a program that is moved answers the same."""
    program = torch.export.export(
        torch.nn.Linear(3, 2).eval(), (torch.ones(2, 3),), dynamic_shapes=({0: torch.export.Dim("n")},)
    )
    torch.export.save(program, file := folder / "linear.pt2")
    x = [np.arange(21, dtype=np.float32).reshape(7, 3)]
    moved = runtimes.runtime("torch-export-cuda").load(file, 1, device="cpu")
    expected = runtimes.run(runtimes.load("torch-export", file, 1), x)
    ids = ("torch-export-cuda", "torchscript-cuda")
    return {
        "equal": np.array_equal(runtimes.run(moved, x)[0], expected[0]),
        "unavailable": {runtime_id: runtimes.runtime(runtime_id).unavailable() for runtime_id in ids},
        "started": torch.cuda.is_initialized(),
    }


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](Path(sys.argv[2]))))
