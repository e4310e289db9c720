"""An ExportedProgram on an NVIDIA device: inputs are there before the call, which ends when it is done."""

from pathlib import Path

from torch.export.passes import move_to_device_pass

from benchmarks.worker import nvidia
from benchmarks.worker.runtimes import torch_export
from benchmarks.worker.torch_session import TorchSession

OPTION_OF = "torch-export"
FORMATS = torch_export.FORMATS
PACKAGES = torch_export.PACKAGES


def unavailable() -> str:
    return torch_export.unavailable() or nvidia.unavailable_to_torch()


def load(path: Path, threads: int, device: str = nvidia.DEVICE) -> TorchSession:
    program, names = torch_export.read(path)
    return torch_export.session(move_to_device_pass(program, device), names, threads, device)
