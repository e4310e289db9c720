"""A SavedModel through its serving signature, as TensorFlow Serving calls it."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError
from benchmarks.worker import preload
from benchmarks.worker.tensorflow_threads import set_threads

FORMAT = "savedmodel"


def unavailable() -> str:
    return preload.missing.get("tensorflow", "")


def load(path: Path, threads: int) -> "SignatureSession":
    set_threads(threads)
    return SignatureSession(path)


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
        self.inputs = tuple(
            TensorSpec(
                key,
                "str" if spec.dtype == tf.string else spec.dtype.name,
                None if spec.shape.rank is None else tuple(spec.shape.as_list()),
            )
            for key, spec in sorted(specs.items())
        )
        self.outputs = tuple(sorted(self._signature.structured_outputs))

    def bind(self, feeds: list[np.ndarray]):
        tensors = {spec.name: tf.constant(feed) for spec, feed in zip(self.inputs, feeds, strict=True)}
        signature = self._signature
        return lambda: signature(**tensors)

    def arrays(self, raw) -> list[np.ndarray]:
        return [np.asarray(raw[name].numpy()) for name in self.outputs]
