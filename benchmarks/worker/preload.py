"""Loads every framework, and executes nothing with them."""

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

missing: dict[str, str] = {}
"""Modules that could not be imported on this machine, with the reason."""

seconds = 0.0


def preload() -> None:
    global seconds
    started = time.monotonic()
    for name in MODULES:
        try:
            importlib.import_module(name)
        except Exception as error:  # a broken installation of one framework must not take the others down
            missing[name] = f"{type(error).__name__}: {error}"
    seconds = time.monotonic() - started
