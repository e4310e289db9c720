"""ONNX → ExportedProgram by the importer of this project, with the dynamic dimensions of the ONNX file."""

from pathlib import Path

import torch

from benchmarks.worker import preload
from benchmarks.worker.converters import Example
from benchmarks.worker.onnx_file import onnx_file

VIA = "onnx_import.torch_program.exported(…)"
PACKAGES = ("onnx", "torch")


def unavailable() -> str:
    return preload.missing.get("torch.export", "") or preload.missing.get("onnx", "")


def convert(source: Path, target: Path, example: Example) -> None:
    from benchmarks.worker.onnx_import import model, torch_program

    read = model.read(onnx_file(source))
    program = torch_program.exported(read, example.feeds)
    torch.export.save(program, str(target), extra_files=torch_program.names_file(read))
