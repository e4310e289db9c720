"""SavedModel → LiteRT through TensorFlow's converter, float32, builtin operators only."""

from pathlib import Path

import tensorflow as tf

from benchmarks.worker import preload
from benchmarks.worker.converters import Example

VIA = "tf.lite.TFLiteConverter.from_saved_model(…)"
PACKAGES = ("tensorflow-cpu",)


def unavailable() -> str:
    return preload.missing.get("tensorflow", "")


def convert(source: Path, target: Path, example: Example) -> None:
    converter = tf.lite.TFLiteConverter.from_saved_model(str(source), signature_keys=["serving_default"])
    target.write_bytes(converter.convert())
