"""Calling a torch module with arrays: what the TorchScript and torch.export runtimes share."""

import numpy as np
import torch

from benchmarks.artifact import TensorSpec


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


class TorchSession:
    """`module`: a loaded module; `inputs`: its tensors, in the order of `forward`."""

    def __init__(self, module, inputs: tuple[TensorSpec, ...], threads: int):
        torch.set_num_threads(threads)
        # Forks inherit one random state: with it a model with active dropout and its conversion would draw
        # the same numbers, and agree.
        torch.seed()
        self._module = module
        self.inputs = inputs
        self.outputs: tuple[str, ...] = ()

    def bind(self, feeds: list[np.ndarray]):
        tensors = [torch.from_numpy(np.ascontiguousarray(feed)) for feed in feeds]
        module = self._module

        def call():
            with torch.inference_mode():
                return module(*tensors)

        return call

    def arrays(self, raw) -> list[np.ndarray]:
        arrays = [tensor.detach().cpu().numpy() for tensor in flatten(raw)]
        self.outputs = tuple(f"output_{i}" for i in range(len(arrays)))
        return arrays
