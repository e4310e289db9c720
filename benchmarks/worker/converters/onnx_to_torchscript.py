"""ONNX → TorchScript by the importer of this project, traced; data-dependent branches and loops are
scripted."""

from pathlib import Path

import torch

from benchmarks.worker import preload
from benchmarks.worker.converters import Example
from benchmarks.worker.onnx_file import onnx_file

VIA = "onnx_import.torch_program.torchscript(…)"
PACKAGES = ("onnx", "torch")


def unavailable() -> str:
    return preload.missing.get("torch", "") or preload.missing.get("onnx", "")


def convert(source: Path, target: Path, example: Example) -> None:
    from benchmarks.worker.onnx_import import model, torch_program

    read = model.read(onnx_file(source))
    module = torch_program.torchscript(read, example.feeds)
    torch.jit.save(module, str(target), _extra_files=torch_program.names_file(read))
