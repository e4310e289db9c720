"""Loads the frameworks, and executes nothing with them: what a fork imports itself it imports every time."""

import importlib
import time

MODULES = (
    "numpy",
    "onnx",
    "onnxruntime",
    "torch",
    "torch.export",
    "torch.onnx",
    "safetensors.torch",
    "onnxscript",
    "torch.onnx._internal.exporter._core",
    "tensorflow",
    "keras",
    "tf2onnx.convert",
    "ai_edge_litert.interpreter",
    "benchmarks.worker.silent_openvino",
    "xgboost",
    "lightgbm",
)

LATER = ("torch.export.pt2_archive", "sklearn", "skops.io", "skl2onnx", "onnxmltools")
"""What a server imports once it is waiting for its next task: fewer models need these, each of which takes a
second or more (`torch.export.load` imports seven hundred modules when it is first called)."""

missing: dict[str, str] = {}
"""Modules that could not be imported on this machine, with the reason."""

seconds = 0.0


def preload() -> None:
    global seconds
    started = time.monotonic()
    for name in MODULES:
        load(name)
    seconds = time.monotonic() - started


def load(name: str) -> None:
    try:
        importlib.import_module(name)
    except Exception as error:  # a broken installation of one framework must not take the others down
        missing[name] = f"{type(error).__name__}: {error}"
