"""A `.keras` file through Keras on TensorFlow, as a compiled function (what `predict` calls)."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError
from benchmarks.worker import preload, tensorflow_trace
from benchmarks.worker.operator_times import Call
from benchmarks.worker.tensorflow_threads import set_threads

FORMATS = ("keras",)
PACKAGES = ("keras", "tensorflow-cpu")


def unavailable() -> str:
    return preload.missing.get("keras", "")


def load(path: Path, threads: int) -> "KerasSession":
    set_threads(threads)
    return KerasSession(keras.saving.load_model(str(path), compile=False, safe_mode=True))


def profile(path: Path, threads: int, feeds: list[np.ndarray], calls: int) -> list[Call]:
    return tensorflow_trace.operator_times(load(path, threads).bind(feeds), calls)


def load_float64(path: Path, threads: int) -> "KerasSession":
    """The model built again from its own description under the policy float64, with the same weights."""
    set_threads(threads)
    model = keras.saving.load_model(str(path), compile=False, safe_mode=True)
    wide = type(model).from_config(_widened(model.get_config()))
    wide.set_weights(model.get_weights())
    return KerasSession(wide)


def _widened(config):
    """A configuration in which every floating type and policy is float64."""
    if isinstance(config, dict):
        return {key: _widened(value) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return type(config)(map(_widened, config))
    return "float64" if config in ("float32", "float16", "bfloat16") else config


class KerasSession:
    def __init__(self, model: keras.Model):
        if not getattr(model, "inputs", None):
            raise ProblemError(
                "verify",
                "not-built",
                "The Keras model was saved before its input shapes were known.",
                "Call it once on an example, or give it keras.Input layers, and save it again.",
            )
        self.inputs = tuple(
            TensorSpec(t.name, "str" if t.dtype == "string" else t.dtype, tuple(t.shape))
            for t in model.inputs
        )
        self.outputs = tuple(tensor.name for tensor in model.outputs)
        single = len(self.inputs) == 1
        self._call = tf.function(
            lambda *tensors: model(tensors[0] if single else list(tensors), training=False)
        )

    def bind(self, feeds: list[np.ndarray]):
        tensors = [tf.constant(feed) for feed in feeds]
        return lambda: self._call(*tensors)

    def arrays(self, raw) -> list[np.ndarray]:
        return [np.asarray(tensor.numpy()) for tensor in tf.nest.flatten(raw)]
