"""SavedModel → LiteRT through TensorFlow's converter, float32, builtin operators only."""

from pathlib import Path

import tensorflow as tf

from benchmarks.errors import ProblemError
from benchmarks.worker import preload, tensorflow_substitutes
from benchmarks.worker.converters import Example

VIA = "tf.lite.TFLiteConverter.from_saved_model(…)"
PACKAGES = ("tensorflow-cpu",)


def unavailable() -> str:
    return preload.missing.get("tensorflow", "")


def plain(source: Path, target: Path, example: Example) -> None:
    converter = tf.lite.TFLiteConverter.from_saved_model(str(source), signature_keys=["serving_default"])
    try:
        target.write_bytes(converter.convert())
    except Exception as error:
        if "tf.TensorListReserve" not in str(error):
            raise
        raise ProblemError(
            "convert",
            "open-batch-in-loop",
            "LiteRT must know the shape of what a loop collects (tf.TensorListReserve), and the model leaves "
            "its batch size open.",
            "Build recurrent layers with unroll=True, or export the model with a fixed batch size.",
        ) from error


def written_out(source: Path, target: Path, example: Example) -> None:
    """Raises ProblemError where there is no operator to be written out."""
    with tensorflow_substitutes.written_out(source, tensorflow_substitutes.LITERT) as written:
        plain(written, target, example)


LADDER = {"as it is": plain, "operators that LiteRT lacks written out": written_out}
