"""LiteRT on the CPU with XNNPACK, its default delegate."""

from pathlib import Path

import numpy as np

from benchmarks.artifact import TensorSpec
from benchmarks.worker import preload

FORMATS = ("litert",)
PACKAGES = ("ai-edge-litert",)


def unavailable() -> str:
    return preload.missing.get("ai_edge_litert.interpreter", "")


def load(path: Path, threads: int) -> "LiteRtSession":
    return LiteRtSession(path, threads)


class LiteRtSession:
    """Inputs and outputs carry the names of the model's signature where it has one."""

    def __init__(self, path: Path, threads: int):
        from ai_edge_litert.interpreter import Interpreter

        # As bytes, not by path: LiteRT checks a buffer and refuses a damaged one; opened by path,
        # most damaged files crash it natively.
        self._interpreter = Interpreter(model_content=path.read_bytes(), num_threads=threads)
        self._inputs, self._outputs = self._details()
        self.inputs = tuple(
            TensorSpec(
                name,
                np.dtype(d["dtype"]).name.replace("bytes", "str").replace("object", "str"),
                tuple(None if dim < 0 else int(dim) for dim in d["shape_signature"]),
            )
            for name, d in self._inputs
        )
        self.outputs = tuple(name for name, _ in self._outputs)

    def _details(self) -> tuple[list, list]:
        inputs = [(d["name"], d) for d in self._interpreter.get_input_details()]
        outputs = [(d["name"], d) for d in self._interpreter.get_output_details()]
        for key in self._interpreter.get_signature_list():
            runner = self._interpreter.get_signature_runner(key)
            inputs = sorted(runner.get_input_details().items())
            outputs = sorted(runner.get_output_details().items())
            break
        return inputs, outputs

    def tensors(self) -> tuple[dict[str, str], dict[str, str]]:
        """Of the inputs and of the outputs, the name → that of the tensor in the graph."""
        return {name: d["name"] for name, d in self._inputs}, {name: d["name"] for name, d in self._outputs}

    def bind(self, feeds: list[np.ndarray]):
        interpreter = self._interpreter
        for (_, detail), feed in zip(self._inputs, feeds, strict=True):
            interpreter.resize_tensor_input(detail["index"], feed.shape)
        interpreter.allocate_tensors()
        for (_, detail), feed in zip(self._inputs, feeds, strict=True):
            interpreter.set_tensor(detail["index"], feed)
        return interpreter.invoke

    def arrays(self, raw) -> list[np.ndarray]:
        return [self._interpreter.get_tensor(detail["index"]) for _, detail in self._outputs]
