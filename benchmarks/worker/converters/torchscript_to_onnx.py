"""TorchScript → ONNX through torch's TorchScript-based exporter.

The default exporter refuses ScriptModules (TorchExportError, torch 2.13); `dynamo=False` takes them,
also when they come from a file.
"""

from pathlib import Path

import torch

from benchmarks.worker import preload, torchscript_symbolics
from benchmarks.worker.converters import Example

VIA = "torch.onnx.export(…, dynamo=False)"
PACKAGES = ("torch", "onnx")
OPSET = 18


def unavailable() -> str:
    return preload.missing.get("torch.onnx", "")


def plain(source: Path, target: Path, example: Example) -> None:
    _export(torch.jit.load(str(source), map_location="cpu").eval(), target, example)


def written_out(source: Path, target: Path, example: Example) -> None:
    torchscript_symbolics.register(min(OPSET, example.opset))
    plain(source, target, example)


def traced_again(source: Path, target: Path, example: Example) -> None:
    """The program is called by a module that is traced: its own branches stay, and of a dictionary that it
    returns, which ONNX has not, the tensors are left."""
    torchscript_symbolics.register(min(OPSET, example.opset))
    module = _Tensors(torch.jit.load(str(source), map_location="cpu").eval())
    _export(torch.jit.trace(module, _tensors(example), check_trace=False), target, example)


LADDER = {
    "as it is": plain,
    "operators that the exporter lacks written out": written_out,
    "traced again, tensors as its outputs": traced_again,
}


class _Tensors(torch.nn.Module):
    def __init__(self, program: torch.jit.ScriptModule):
        super().__init__()
        self.program = program

    def forward(self, *inputs):
        given = self.program(*inputs)
        return tuple(given.values()) if isinstance(given, dict) else given


def _tensors(example: Example) -> tuple[torch.Tensor, ...]:
    return tuple(torch.from_numpy(feed) for feed in example.feeds)


def _export(module: torch.jit.ScriptModule, target: Path, example: Example) -> None:
    names = [spec.name for spec in example.inputs]
    outputs = list(example.outputs)
    dynamic = {name: {0: "batch"} for name in names + outputs} if example.dynamic_batch else None
    torch.onnx.export(
        module,
        _tensors(example),
        str(target),
        dynamo=False,
        opset_version=min(OPSET, example.opset),
        input_names=names,
        output_names=outputs,
        dynamic_axes=dynamic,
    )
