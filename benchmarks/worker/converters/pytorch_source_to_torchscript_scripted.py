"""PyTorch source → TorchScript by scripting: its text is compiled, with its branches and loops."""

from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks.worker import preload, source_model
from benchmarks.worker.converters import Example

VIA = "torch.jit.script(get_model())"
PACKAGES = ("torch", "safetensors")


def unavailable() -> str:
    return preload.missing.get("torch", "") or preload.missing.get("safetensors.torch", "")


def scripted(source: Path, target: Path, example: Example) -> None:
    torch.jit.save(torch.jit.script(source_model.load(source).module), str(target))


LADDER: dict[str, Callable[[Path, Path, Example], None]] = {"scripted": scripted}
