"""Keras → SavedModel through `model.export`, Keras' own inference export."""

from pathlib import Path

import keras

from benchmarks.worker import preload
from benchmarks.worker.converters import Example

VIA = 'model.export(…, format="tf_saved_model")'
PACKAGES = ("keras", "tensorflow-cpu")


def unavailable() -> str:
    return preload.missing.get("keras", "") or preload.missing.get("tensorflow", "")


def convert(source: Path, target: Path, example: Example) -> None:
    model = keras.saving.load_model(str(source), compile=False, safe_mode=True)
    model.export(str(target), format="tf_saved_model", verbose=False)
