"""ONNX → ExportedProgram by the importer of this project, with the dynamic dimensions of the ONNX file."""

from functools import partial
from pathlib import Path

import torch

from benchmarks import onnx_names
from benchmarks.worker import preload
from benchmarks.worker.converters import Example
from benchmarks.worker.onnx_file import onnx_file

VIA = "onnx_import.torch_program.exported(…)"
PACKAGES = ("onnx", "torch")


def unavailable() -> str:
    return preload.missing.get("torch.export", "") or preload.missing.get("onnx", "")


def _convert(
    source: Path,
    target: Path,
    example: Example,
    built_in: bool = False,
    found: bool = False,
    fixed: bool = False,
) -> None:
    from benchmarks.worker.onnx_import import model, torch_program
    from benchmarks.worker.onnx_import.errors import SameAgainError

    read = model.read(onnx_file(source), example.feeds if fixed else None)
    if found and not read.is_open:
        raise SameAgainError("no size of an input is open")
    program, names = torch_program.exported(read, example.feeds, built_in, found)
    if built_in and not fixed and not names.built_in:
        raise SameAgainError("no parameter had to be built in")
    torch.export.save(program, str(target), extra_files={onnx_names.FILE: names.text()})


LADDER = {
    "as it is": _convert,
    "with the dynamic sizes that torch finds": partial(_convert, found=True),
    "parameters of the example built in": partial(_convert, built_in=True),
    "parameters built in, with the dynamic sizes that torch finds": partial(
        _convert, built_in=True, found=True
    ),
    "sizes of the example built in as well": partial(_convert, built_in=True, fixed=True),
}
