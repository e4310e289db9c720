"""A SavedModel's serving signature compiled by XLA, once for each shape that it is called with."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from benchmarks.errors import ProblemError
from benchmarks.worker.runtimes import tensorflow
from benchmarks.worker.runtimes.tensorflow import SignatureSession
from benchmarks.worker.tensorflow_threads import set_threads

OPTION_OF = "tensorflow"
FORMATS = tensorflow.FORMATS
PACKAGES = tensorflow.PACKAGES
unavailable = tensorflow.unavailable


def load(path: Path, threads: int) -> "XlaSession":
    set_threads(threads)
    return XlaSession(path)


class XlaSession(SignatureSession):
    def __init__(self, path: Path):
        super().__init__(path)
        self._signature = tf.function(self._signature, jit_compile=True, autograph=False)

    def bind(self, feeds: list[np.ndarray]):
        compiled = super().bind(feeds)

        def call():
            try:
                return compiled()
            except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError) as error:
                raise _refused(error) from error

        return call


def _refused(error: tf.errors.OpError) -> ProblemError:
    return ProblemError(
        "verify",
        "xla-cannot-compile",
        f"XLA cannot compile this model. In its words: {' '.join(str(error.message).split())[:300]}",
        "Run it without XLA, or write it with operators and shapes that XLA knows beforehand.",
    )
