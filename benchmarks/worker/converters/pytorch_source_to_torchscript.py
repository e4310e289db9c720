"""PyTorch source → TorchScript by tracing: the operators that the example runs through, and no branch
besides. Where what comes out of that disagrees, the source is scripted instead."""

from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks.worker import preload, source_model
from benchmarks.worker.converters import Example
from benchmarks.worker.converters.pytorch_source_to_torchscript_scripted import scripted

VIA = "torch.jit.trace(get_model(), example_inputs())"
PACKAGES = ("torch", "safetensors")


def unavailable() -> str:
    return preload.missing.get("torch", "") or preload.missing.get("safetensors.torch", "")


def traced(source: Path, target: Path, example: Example) -> None:
    loaded = source_model.load(source)
    tensors = loaded.pair() if example.dynamic_batch else loaded.example
    positional, named = loaded.arguments(tensors)
    given = {"example_kwarg_inputs": named} if named else {"example_inputs": positional}
    with torch.no_grad():
        module = torch.jit.trace(loaded.module, **given, check_trace=False, strict=False)
    torch.jit.save(module, str(target))


LADDER: dict[str, Callable[[Path, Path, Example], None]] = {"traced": traced, "scripted": scripted}
