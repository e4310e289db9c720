"""PyTorch source → ExportedProgram. The first dimension of every input is left open where the source takes
more than one batch size; the exporter fixes it where it finds that the model does."""

from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks.worker import preload, source_model
from benchmarks.worker.converters import Example
from benchmarks.worker.source_model import SourceModel

VIA = "torch.export.export(get_model(), example_inputs(), dynamic_shapes=…)"
PACKAGES = ("torch", "safetensors")


def unavailable() -> str:
    return preload.missing.get("torch.export", "") or preload.missing.get("safetensors.torch", "")


def exported(loaded: SourceModel, dynamic_batch: bool, strict: bool) -> torch.export.ExportedProgram:
    """The program that torch.export makes of the model; `strict`: of its bytecode instead of its calls."""
    tensors = loaded.pair() if dynamic_batch else loaded.example
    positional, named = loaded.arguments(tensors)
    dynamic = loaded.open_batch() if dynamic_batch else None
    with torch.no_grad():
        return torch.export.export(loaded.module, positional, named, dynamic_shapes=dynamic, strict=strict)


def _traced(source: Path, target: Path, example: Example) -> None:
    torch.export.save(exported(source_model.load(source), example.dynamic_batch, strict=False), str(target))


def _strict(source: Path, target: Path, example: Example) -> None:
    torch.export.save(exported(source_model.load(source), example.dynamic_batch, strict=True), str(target))


LADDER: dict[str, Callable[[Path, Path, Example], None]] = {"as it is": _traced, "strict": _strict}
