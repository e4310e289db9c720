"""XGBoost's own library, on the model as `save_model` wrote it."""

import json
from pathlib import Path

import numpy as np

from benchmarks.artifact import TensorSpec
from benchmarks.worker import preload, rows

FORMATS = ("xgboost-native",)
PACKAGES = ("xgboost-cpu",)
SOFTMAX = "multi:softmax"
_LINEAR = "gblinear"


def unavailable() -> str:
    return preload.missing.get("xgboost", "")


def load(path: Path, threads: int) -> "BoosterSession":
    return BoosterSession(booster(path), threads)


def booster(path: Path):
    """The `xgboost.Booster` in the file. From its bytes, which say whether they are JSON; by path the name
    would."""
    import xgboost

    loaded = xgboost.Booster()
    loaded.load_model(bytearray(path.read_bytes()))
    return loaded


class BoosterSession:
    """Timed is the call that serves: the prediction for plain rows, of a classifier its probabilities."""

    def __init__(self, loaded, threads: int):
        loaded.set_param({"nthread": threads})
        self._booster = loaded
        learner = json.loads(loaded.save_config())["learner"]
        self._objective = learner["objective"]["name"]
        self._linear = learner["gradient_booster"]["name"] == _LINEAR
        self._binary = self._objective == "binary:logistic"
        self._classes = self._objective in (SOFTMAX, "multi:softprob")
        self.inputs = (TensorSpec("input", "float32", (None, loaded.num_features())),)
        self.outputs = rows.CLASSIFIER if self._binary or self._classes else rows.VALUE

    def bind(self, feeds: list[np.ndarray]):
        import xgboost

        (feed,) = feeds
        margin = self._objective == SOFTMAX
        if self._linear:  # which inplace_predict does not know
            return lambda: self._booster.predict(xgboost.DMatrix(feed), output_margin=margin)
        kind = "margin" if margin else "value"
        return lambda: self._booster.inplace_predict(feed, predict_type=kind)

    def arrays(self, raw) -> list[np.ndarray]:
        if self._binary:
            probabilities = rows.both(raw)
        elif self._classes:
            probabilities = rows.softmax(raw) if self._objective == SOFTMAX else rows.narrow(raw)
        else:
            return [rows.column(raw)]
        return [rows.labels(probabilities), probabilities]
