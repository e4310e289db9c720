"""A SavedModel through its serving signature, as TensorFlow Serving calls it."""

import re
from pathlib import Path

import numpy as np
import tensorflow as tf

from benchmarks import onnx_names
from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError
from benchmarks.onnx_names import Names
from benchmarks.worker import preload, tensorflow_float64, tensorflow_trace
from benchmarks.worker.operator_times import Call
from benchmarks.worker.tensorflow_threads import set_threads

FORMATS = ("savedmodel",)
PACKAGES = ("tensorflow-cpu",)
NAMES = f"assets.extra/{onnx_names.FILE}"


def unavailable() -> str:
    return preload.missing.get("tensorflow", "")


def load(path: Path, threads: int) -> "SignatureSession":
    set_threads(threads)
    return SignatureSession(path)


def profile(path: Path, threads: int, feeds: list[np.ndarray], calls: int) -> list[Call]:
    return tensorflow_trace.operator_times(load(path, threads).bind(feeds), calls)


def load_float64(path: Path, threads: int) -> "SignatureSession":
    set_threads(threads)
    session = SignatureSession(path)
    session.widen()
    return session


class SignatureSession:
    def __init__(self, path: Path):
        self._model = tf.saved_model.load(str(path))
        signatures = self._model.signatures
        if not signatures:
            raise ProblemError(
                "verify",
                "no-signature",
                "The SavedModel has no serving signature to call.",
                "Save it again with `model.export(folder)` or "
                "`tf.saved_model.save(model, folder, signatures=…)`.",
            )
        name = "serving_default" if "serving_default" in signatures else next(iter(signatures))
        self._signature = signatures[name]
        specs = self._signature.structured_input_signature[1]
        names = _names(path)
        self.inputs = tuple(
            TensorSpec(
                key,
                "str" if spec.dtype == tf.string else spec.dtype.name,
                None if spec.shape.rank is None else tuple(spec.shape.as_list()),
            )
            for key, spec in _sorted(specs, names.inputs)
        )
        outputs = _sorted(self._signature.structured_outputs, names.outputs)
        self.outputs = tuple(key for key, _ in outputs)

    def widen(self) -> None:
        """Makes it answer in float64. Raises what TensorFlow raises where an operator cannot."""
        names = [spec.name for spec in self.inputs]
        wide = tensorflow_float64.widened(self._signature, names, self.outputs)

        def signature(**tensors) -> dict:
            return dict(zip(self.outputs, wide(*(tensors[name] for name in names)), strict=True))

        self._signature = signature

    def bind(self, feeds: list[np.ndarray]):
        tensors = {spec.name: tf.constant(feed) for spec, feed in zip(self.inputs, feeds, strict=True)}
        signature = self._signature
        return lambda: signature(**tensors)

    def arrays(self, raw) -> list[np.ndarray]:
        return [np.asarray(raw[name].numpy()) for name in self.outputs]


def _names(folder: Path) -> Names:
    """The order that inputs and outputs had in ONNX, where the converter kept it: a signature has none."""
    try:
        with (folder / NAMES).open("rb") as file:
            return onnx_names.parsed(file.read(onnx_names.MAX_BYTES + 1))
    except (OSError, ValueError):
        return Names()


def _sorted(tensors: dict, order: tuple[str, ...]) -> list[tuple]:
    """By the order where it names the same tensors, otherwise by name."""
    if sorted(order) == sorted(tensors):
        return [(name, tensors[name]) for name in order]
    numbered = all(re.fullmatch(r"(input|output)_\d{5}", name) for name in tensors)
    if numbered and len(set(order)) == len(
        tensors
    ):  # the n-th in the alphabet; they are called by the other name
        by_name = dict(zip(sorted(order), sorted(tensors), strict=True))
        return [(name, tensors[by_name[name]]) for name in order]
    return sorted(tensors.items())
