"""TorchScript → ONNX through torch's TorchScript-based exporter.

The default exporter refuses ScriptModules (TorchExportError, torch 2.13); `dynamo=False` takes them,
also when they come from a file.
"""

from pathlib import Path

import torch

from benchmarks.worker import preload
from benchmarks.worker.converters import Example

VIA = "torch.onnx.export(…, dynamo=False)"
PACKAGES = ("torch", "onnx")
OPSET = 18


def unavailable() -> str:
    return preload.missing.get("torch.onnx", "")


def convert(source: Path, target: Path, example: Example) -> None:
    module = torch.jit.load(str(source), map_location="cpu").eval()
    names = [spec.name for spec in example.inputs]
    outputs = list(example.outputs)
    dynamic = {name: {0: "batch"} for name in names + outputs} if example.dynamic_batch else None
    torch.onnx.export(
        module,
        tuple(torch.from_numpy(feed) for feed in example.feeds),
        str(target),
        dynamo=False,
        opset_version=OPSET,
        input_names=names,
        output_names=outputs,
        dynamic_axes=dynamic,
    )
