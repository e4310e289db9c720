"""PyTorch source → ONNX: through torch.export, which the exporter tries in several ways itself; then by
tracing, then by scripting, with the exporter that was the default before."""

from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks.worker import preload, source_model, torchscript_symbolics
from benchmarks.worker.converters import Example
from benchmarks.worker.source_model import SourceModel

VIA = "torch.onnx.export(get_model(), example_inputs(), …)"
PACKAGES = ("torch", "safetensors", "onnxscript", "onnx")
OPSET = 18
INLINE_BYTES = 1_900_000_000
"""Above this the weights go into a second file: one protobuf file ends at 2 GiB."""


def unavailable() -> str:
    return next(filter(None, map(preload.missing.get, ("torch.onnx", "onnxscript", "safetensors.torch"))), "")


def _exported(source: Path, target: Path, example: Example) -> None:
    loaded = source_model.load(source)
    tensors = loaded.pair() if example.dynamic_batch else loaded.example
    positional, named = loaded.arguments(tensors)
    torch.onnx.export(
        loaded.module,
        positional,
        str(target),
        kwargs=named,
        dynamo=True,
        opset_version=min(OPSET, example.opset),
        output_names=list(example.outputs),
        dynamic_shapes=loaded.open_batch() if example.dynamic_batch else None,
        verbose=False,
        external_data=_bytes(loaded.module) > INLINE_BYTES,
    )


def _traced(source: Path, target: Path, example: Example) -> None:
    _by_torchscript(source_model.load(source), lambda module: module, target, example)


def _scripted(source: Path, target: Path, example: Example) -> None:
    _by_torchscript(source_model.load(source), torch.jit.script, target, example)


def _by_torchscript(
    loaded: SourceModel, made: Callable[[torch.nn.Module], torch.nn.Module], target: Path, example: Example
) -> None:
    opset = min(OPSET, example.opset)
    torchscript_symbolics.register(opset)
    positional, named = loaded.arguments(loaded.pair() if example.dynamic_batch else loaded.example)
    names, outputs = list(loaded.names), list(example.outputs)
    torch.onnx.export(
        made(loaded.module),
        positional,
        str(target),
        kwargs=named,
        dynamo=False,
        opset_version=opset,
        input_names=names,
        output_names=outputs,
        dynamic_axes={name: {0: "batch"} for name in names + outputs} if example.dynamic_batch else None,
    )


def _bytes(module: torch.nn.Module) -> int:
    return sum(one.nbytes for one in (*module.parameters(), *module.buffers()))


LADDER: dict[str, Callable[[Path, Path, Example], None]] = {
    "through torch.export": _exported,
    "traced": _traced,
    "scripted": _scripted,
}
