"""Calling a torch module with arrays: what the TorchScript and torch.export runtimes share."""

from dataclasses import replace

import ml_dtypes
import numpy as np
import torch

from benchmarks import onnx_names
from benchmarks.artifact import TensorSpec


def tensor(array: np.ndarray) -> torch.Tensor:
    """numpy has bfloat16 only through ml_dtypes, which torch does not read."""
    array = np.ascontiguousarray(array) if array.ndim else np.asarray(array)
    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.astype(np.float32)).to(torch.bfloat16)
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


def named(
    inputs: tuple[TensorSpec, ...], text: str | bytes
) -> tuple[tuple[TensorSpec, ...], tuple[str, ...]]:
    """Inputs and outputs by the names in `text`, an `onnx_names.FILE`, as far as they fit; "" gives none."""
    try:
        names = onnx_names.parsed(text) if text else onnx_names.Names()
    except ValueError:  # another program's file of that name
        return inputs, ()
    if len(names.inputs) == len(inputs):
        inputs = tuple(replace(spec, name=name) for spec, name in zip(inputs, names.inputs, strict=True))
    return inputs, names.outputs


class TorchSession:
    """`module`: a loaded module; `inputs`: its tensors, in the order of `forward`; `names`: of its outputs;
    `device`: where its weights are and its inputs are put before it is called."""

    def __init__(
        self,
        module,
        inputs: tuple[TensorSpec, ...],
        threads: int,
        names: tuple[str, ...] = (),
        device: str = "cpu",
    ):
        torch.set_num_threads(threads)
        # Forks inherit one random state: with it a model with active dropout and its conversion would draw
        # the same numbers, and agree.
        torch.seed()
        self._module, self._device = module, device
        self.inputs = inputs
        self.outputs = self._names = names

    def bind(self, feeds: list[np.ndarray]):
        tensors = [tensor(feed).to(self._device) for feed in feeds]
        module = self._module

        def call():
            with torch.inference_mode():
                return module(*tensors)

        def call_and_wait():  # a call returns before the device has done the work
            raw = call()
            torch.cuda.synchronize()
            return raw

        return call if self._device == "cpu" else call_and_wait

    def arrays(self, raw) -> list[np.ndarray]:
        arrays = [array(tensor) for tensor in flatten(raw)]
        numbered = tuple(f"output_{i}" for i in range(len(arrays)))
        self.outputs = self._names if len(self._names) == len(arrays) else numbered
        return arrays
