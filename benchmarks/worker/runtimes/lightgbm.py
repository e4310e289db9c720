"""LightGBM's own library, on the model as `save_model` wrote it."""

from pathlib import Path

import numpy as np

from benchmarks.artifact import TensorSpec
from benchmarks.worker import preload, rows

FORMATS = ("lightgbm-native",)
PACKAGES = ("lightgbm",)
_CLASSES = ("multiclass", "multiclassova")


def unavailable() -> str:
    return preload.missing.get("lightgbm", "")


def load(path: Path, threads: int) -> "BoosterSession":
    return BoosterSession(booster(path), threads)


def booster(path: Path):
    """The `lightgbm.Booster` in the file."""
    import lightgbm

    return lightgbm.Booster(model_str=path.read_text("utf-8", "replace"), params={"verbosity": -1})


class BoosterSession:
    """Timed is the prediction for plain rows, of a classifier its probabilities."""

    def __init__(self, loaded, threads: int):
        self._booster, self._threads = loaded, threads
        objective = str(loaded.params.get("objective", "")).split(" ")[0]
        self._binary, self._classes = objective == "binary", objective in _CLASSES
        self.inputs = (TensorSpec("input", "float32", (None, loaded.num_feature())),)
        self.outputs = rows.CLASSIFIER if self._binary or self._classes else rows.VALUE

    def bind(self, feeds: list[np.ndarray]):
        (feed,) = feeds
        return lambda: self._booster.predict(feed, num_threads=self._threads)

    def arrays(self, raw) -> list[np.ndarray]:
        if not self._binary and not self._classes:
            return [rows.column(raw)]
        probabilities = rows.both(raw) if self._binary else rows.narrow(raw)
        return [rows.labels(probabilities), probabilities]
