"""ExportedProgram → ONNX through torch's default exporter. Dynamic dimensions are the program's own."""

from pathlib import Path

import torch

from benchmarks.worker import preload
from benchmarks.worker.converters import Example

VIA = "torch.onnx.export(…, dynamo=True)"
PACKAGES = ("torch", "onnxscript", "onnx")
OPSET = 18
INLINE_BYTES = 1_900_000_000
"""Above this the weights go into a second file: one protobuf file ends at 2 GiB."""


def unavailable() -> str:
    return preload.missing.get("torch.onnx", "") or preload.missing.get("onnxscript", "")


def convert(source: Path, target: Path, example: Example) -> None:
    program = torch.export.load(str(source))
    torch.onnx.export(
        program,
        (),
        str(target),
        dynamo=True,
        opset_version=OPSET,
        verbose=False,
        external_data=source.stat().st_size > INLINE_BYTES,
    )
