"""Calling a torch module with arrays: what the TorchScript and torch.export runtimes share."""

import json
from dataclasses import replace

import ml_dtypes
import numpy as np
import torch

from benchmarks.artifact import TensorSpec


def tensor(array: np.ndarray) -> torch.Tensor:
    """numpy has bfloat16 only through ml_dtypes, which torch does not read."""
    array = np.ascontiguousarray(array) if array.ndim else np.asarray(array)
    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.view(np.int16).copy()).view(torch.bfloat16)
    if not array.flags.writeable or not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="), copy=True)
    return torch.from_numpy(array)


def array(tensor: torch.Tensor) -> np.ndarray:
    tensor = tensor.detach().cpu()
    if tensor.dtype == torch.bfloat16:
        return tensor.contiguous().view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    return tensor.numpy()


def flatten(raw) -> list[torch.Tensor]:
    """The tensors of a module's result in a fixed order: tuples and lists in theirs, dictionaries by
    insertion. Anything else in a result is left out."""
    if isinstance(raw, torch.Tensor):
        return [raw]
    if isinstance(raw, dict):
        raw = list(raw.values())
    if isinstance(raw, (tuple, list)):
        return [tensor for item in raw for tensor in flatten(item)]
    return []


NAMES = "onnx_names.json"
"""An extra file of the artifact: {"inputs": […], "outputs": […]}, the names that the model had in ONNX.
Python's identifiers cannot hold all of them, and outputs have none in torch."""


def named(
    inputs: tuple[TensorSpec, ...], text: str | bytes
) -> tuple[tuple[TensorSpec, ...], tuple[str, ...]]:
    """Inputs and outputs by the names in `text`, as far as they fit; "" gives none."""
    try:
        names = json.loads(text) if text else {}
        given = [str(name) for name in names.get("inputs", [])]
        outputs = tuple(str(name) for name in names.get("outputs", []))
    except (ValueError, AttributeError, TypeError):  # another program's file of that name
        return inputs, ()
    if len(given) == len(inputs) == len(set(given)):
        inputs = tuple(replace(spec, name=name) for spec, name in zip(inputs, given, strict=True))
    return inputs, outputs


class TorchSession:
    """`module`: a loaded module; `inputs`: its tensors, in the order of `forward`; `names`: of its
    outputs."""

    def __init__(self, module, inputs: tuple[TensorSpec, ...], threads: int, names: tuple[str, ...] = ()):
        torch.set_num_threads(threads)
        # Forks inherit one random state: with it a model with active dropout and its conversion would draw
        # the same numbers, and agree.
        torch.seed()
        self._module = module
        self.inputs = inputs
        self.outputs = self._names = names

    def bind(self, feeds: list[np.ndarray]):
        tensors = [tensor(feed) for feed in feeds]
        module = self._module

        def call():
            with torch.inference_mode():
                return module(*tensors)

        return call

    def arrays(self, raw) -> list[np.ndarray]:
        arrays = [array(tensor) for tensor in flatten(raw)]
        numbered = tuple(f"output_{i}" for i in range(len(arrays)))
        self.outputs = self._names if len(self._names) == len(arrays) else numbered
        return arrays
