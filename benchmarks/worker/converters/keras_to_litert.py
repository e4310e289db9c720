"""Keras → LiteRT with recurrent layers unrolled: in a SavedModel they are loops, which LiteRT cannot have
with an open batch. Everything else goes over the SavedModel, which this therefore comes after."""

import tempfile
from pathlib import Path

import keras

from benchmarks.errors import ProblemError
from benchmarks.worker import preload
from benchmarks.worker.converters import Example, savedmodel_to_litert

VIA = "model.export(…), tf.lite.TFLiteConverter.from_saved_model(…)"
PACKAGES = ("keras", "tensorflow-cpu")
LENGTH = 3


def unavailable() -> str:
    return preload.missing.get("keras", "") or preload.missing.get("tensorflow", "")


def unrolled(source: Path, target: Path, example: Example) -> None:
    """Raises ProblemError where there is no recurrent layer, or one whose number of steps is open."""
    model = keras.saving.load_model(str(source), compile=False, safe_mode=True)
    recurrent = [layer for layer in _layers(model) if isinstance(layer, keras.layers.RNN)]
    if not recurrent:
        raise ProblemError(
            "convert",
            "nothing-to-unroll",
            "The model has no recurrent layer that could be unrolled.",
            "Change what the attempt before named, or keep the source format.",
        )
    for layer in recurrent:
        layer.unroll = True
    try:
        with tempfile.TemporaryDirectory() as folder:
            exported = Path(folder, "savedmodel")
            model.export(str(exported), format="tf_saved_model", verbose=False)
            savedmodel_to_litert.plain(exported, target, example)
    except ValueError as error:
        if "timesteps" not in str(error):
            raise
        raise ProblemError(
            "convert",
            "open-length",
            "A recurrent layer takes sequences of any length, which cannot be unrolled.",
            "Fix the length of the sequences in the model's input, and pad them.",
        ) from error


def _layers(model: keras.Model) -> list[keras.layers.Layer]:
    """The model's layers, those inside wrappers and models too."""
    return list(model._flatten_layers(include_self=False, recursive=True))


LADDER = {"recurrent layers unrolled": unrolled}
