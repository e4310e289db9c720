"""TorchScript on an NVIDIA device: inputs are there before the call, which ends when it is done."""

from pathlib import Path

from benchmarks.worker import nvidia
from benchmarks.worker.runtimes import torchscript
from benchmarks.worker.torch_session import TorchSession

OPTION_OF = "torchscript"
FORMATS = torchscript.FORMATS
PACKAGES = torchscript.PACKAGES


def unavailable() -> str:
    return torchscript.unavailable() or nvidia.unavailable_to_torch()


def load(path: Path, threads: int) -> TorchSession:
    module, names = torchscript.read(path, nvidia.DEVICE)
    return torchscript.session(module, names, threads, nvidia.DEVICE)
