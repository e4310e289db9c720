"""ONNX → TorchScript by the importer of this project, traced; data-dependent branches and loops are
scripted."""

from functools import partial
from pathlib import Path

import torch

from benchmarks import onnx_names
from benchmarks.worker import preload
from benchmarks.worker.converters import Example
from benchmarks.worker.onnx_file import onnx_file

VIA = "onnx_import.torch_program.torchscript(…)"
PACKAGES = ("onnx", "torch")


def unavailable() -> str:
    return preload.missing.get("torch", "") or preload.missing.get("onnx", "")


def _convert(
    source: Path, target: Path, example: Example, built_in: bool = False, fixed: bool = False
) -> None:
    from benchmarks.worker.onnx_import import model, torch_program
    from benchmarks.worker.onnx_import.errors import SameAgainError

    read = model.read(onnx_file(source), example.feeds if fixed else None)
    module, names = torch_program.torchscript(read, example.feeds, built_in)
    if built_in and not fixed and not names.built_in:
        raise SameAgainError("no parameter had to be built in")
    torch.jit.save(module, str(target), _extra_files={onnx_names.FILE: names.text()})


LADDER = {
    "as it is": _convert,
    "parameters of the example built in": partial(_convert, built_in=True),
    "sizes of the example built in as well": partial(_convert, built_in=True, fixed=True),
}
