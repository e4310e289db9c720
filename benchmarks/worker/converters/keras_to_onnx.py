"""Keras → ONNX through `model.export`, which calls tf2onnx and repairs what Keras 3 needs repaired."""

from pathlib import Path

import keras
import tensorflow as tf

from benchmarks.worker import preload
from benchmarks.worker.converters import Example

VIA = 'model.export(…, format="onnx")'
PACKAGES = ("keras", "tensorflow-cpu", "tf2onnx", "onnx")
OPSET = 18


def unavailable() -> str:
    return preload.missing.get("keras", "") or preload.missing.get("tf2onnx.convert", "")


def convert(source: Path, target: Path, example: Example) -> None:
    model = keras.saving.load_model(str(source), compile=False, safe_mode=True)
    feeds = [tf.constant(feed) for feed in example.feeds]
    model(feeds[0] if len(feeds) == 1 else feeds)  # "has never been called" is an error of the exporter
    model.export(str(target), format="onnx", verbose=False, opset_version=min(OPSET, example.opset))
