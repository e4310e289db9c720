"""TorchScript through libtorch, called from Python as `torch.jit.load` returns it."""

from pathlib import Path

import torch

from benchmarks.artifact import TensorSpec
from benchmarks.worker import preload
from benchmarks.worker.torch_session import TorchSession

FORMAT = "torchscript"


def unavailable() -> str:
    return preload.missing.get("torch", "")


def load(path: Path, threads: int) -> TorchSession:
    module = torch.jit.load(str(path), map_location="cpu").eval()
    arguments = list(module.forward.schema.arguments)[1:]  # the first is self
    inputs = tuple(TensorSpec(a.name, None, None) for a in arguments if not a.has_default_value())
    return TorchSession(module, inputs, threads)
