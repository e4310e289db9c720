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
    "onnxscript.function_libs.torch_lib.ops",
    "torch.onnx._internal.exporter._core",
    # Some seven hundred modules that `torch.export.load` imports when it is first called.
    "torch.export.pt2_archive",
    "torch._functorch.partitioners",
    "torch._inductor.decomposition",
    "tensorflow",
    "keras",
    "tf2onnx.convert",
    "ai_edge_litert.interpreter",
    "benchmarks.worker.silent_openvino",
    "xgboost",
    "lightgbm",
)

LATER = ("sklearn", "skops.io", "skl2onnx", "onnxmltools")
"""What a server imports once nobody asks it for anything: few models need these, which take seconds."""

NEED_LATER = frozenset({"skops", "xgboost-native", "lightgbm-native"})
"""The formats of those models: the first such model of a server has them imported, so that no fork need."""

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
