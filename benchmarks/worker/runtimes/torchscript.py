"""TorchScript through libtorch, called from Python as `torch.jit.load` returns it."""

from pathlib import Path

import numpy as np
import torch

from benchmarks import onnx_names
from benchmarks.artifact import TensorSpec
from benchmarks.worker import preload, torch_trace
from benchmarks.worker.operator_times import Call
from benchmarks.worker.torch_session import TorchSession, named

FORMATS = ("torchscript", "torchscript-scripted")
PACKAGES = ("torch",)


def unavailable() -> str:
    return preload.missing.get("torch", "")


def load(path: Path, threads: int) -> TorchSession:
    return session(*read(path), threads)


def read(path: Path, device: str = "cpu") -> tuple[torch.jit.ScriptModule, str]:
    """The module, in evaluation mode and with its weights on `device`, and its file of ONNX names, "" if
    none."""
    extra = {onnx_names.FILE: ""}
    module = torch.jit.load(str(path), map_location=device, _extra_files=extra).eval()
    return module, extra[onnx_names.FILE]


def profile(path: Path, threads: int, feeds: list[np.ndarray], calls: int) -> list[Call]:
    return torch_trace.operator_times(load(path, threads).bind(feeds), calls)


def load_float64(path: Path, threads: int) -> TorchSession:
    """Types that tracing recorded as numbers stay; where they meet a float64, torch raises or widens."""
    return session(torch.jit.load(str(path), map_location="cpu").eval().double(), "", threads)


def session(module: torch.jit.ScriptModule, names: str, threads: int, device: str = "cpu") -> TorchSession:
    """`names`: the text of a file of ONNX names."""
    arguments = list(module.forward.schema.arguments)[1:]  # the first is self
    inputs = tuple(TensorSpec(a.name, None, None) for a in arguments if not a.has_default_value())
    inputs, outputs = named(inputs, names)
    return TorchSession(module, inputs, threads, outputs, device)
