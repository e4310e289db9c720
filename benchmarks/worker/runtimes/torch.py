"""PyTorch source, executed eagerly: the module as its program makes it."""

from pathlib import Path

import numpy as np
import torch

from benchmarks.artifact import TensorSpec
from benchmarks.worker import preload, source_model, torch_trace
from benchmarks.worker.operator_times import Call
from benchmarks.worker.source_model import SourceModel
from benchmarks.worker.torch_session import TorchSession, array

FORMATS = ("pytorch-source",)
PACKAGES = ("torch", "safetensors")


def unavailable() -> str:
    return preload.missing.get("torch", "") or preload.missing.get("safetensors.torch", "")


def load(path: Path, threads: int) -> "SourceSession":
    return SourceSession(source_model.load(path), threads)


def profile(path: Path, threads: int, feeds: list[np.ndarray], calls: int) -> list[Call]:
    return torch_trace.operator_times(load(path, threads).bind(feeds), calls)


def load_float64(path: Path, threads: int) -> "SourceSession":
    """Tensors that `forward` makes itself become float64 by the default type, where it names none."""
    loaded = source_model.load(path)
    loaded.module.double()
    torch.set_default_dtype(torch.float64)
    return SourceSession(loaded, threads)


class SourceSession(TorchSession):
    """`example`: what the program's `example_inputs()` returned, the first that the model is asked."""

    def __init__(self, loaded: SourceModel, threads: int):
        module = _by_name(loaded) if loaded.by_name else loaded.module
        super().__init__(module, _specs(loaded), threads)
        self.example: list[np.ndarray] = [array(one) for one in loaded.example]


def _by_name(loaded: SourceModel):
    return lambda *tensors: loaded.module(**dict(zip(loaded.names, tensors, strict=True)))


def _specs(loaded: SourceModel) -> tuple[TensorSpec, ...]:
    """Where all inputs begin with the same size, that is taken for the batch until the model refuses
    another; else every size is the example's."""
    shapes = [tuple(one.shape) for one in loaded.example]
    if all(shapes) and len({shape[0] for shape in shapes}) == 1:
        shapes = [("batch", *shape[1:]) for shape in shapes]
    dtypes = [str(one.dtype).removeprefix("torch.") for one in loaded.example]
    return tuple(map(TensorSpec, loaded.names, dtypes, shapes))
