"""TorchScript as a server makes it ready: weights and attributes built into the graph (`torch.jit.freeze`),
then folded, fused and laid out for the processor (`torch.jit.optimize_for_inference`)."""

from pathlib import Path

import torch

from benchmarks.worker.runtimes import torchscript
from benchmarks.worker.torch_session import TorchSession

OPTION_OF = "torchscript"
FORMATS = torchscript.FORMATS
PACKAGES = torchscript.PACKAGES
unavailable = torchscript.unavailable


def load(path: Path, threads: int) -> TorchSession:
    module, names = torchscript.read(path)
    return torchscript.session(torch.jit.optimize_for_inference(torch.jit.freeze(module)), names, threads)
