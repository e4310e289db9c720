"""scikit-learn itself, on an estimator that skops wrote."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError
from benchmarks.skops_types import ALSO
from benchmarks.worker import rows

FORMATS = ("skops",)
PACKAGES = ("scikit-learn", "skops")


def unavailable() -> str:
    missing = [name for name in ("sklearn", "skops") if find_spec(name) is None]
    return f"{missing[0]} is not installed" if missing else ""


def prepare() -> None:
    """skops imports the whole of scikit-learn, which takes seconds that no model needs to be loaded."""
    import skops.io  # noqa: F401


def load(path: Path, threads: int) -> "EstimatorSession":
    return EstimatorSession(estimator(path))


def estimator(path: Path):
    """The fitted estimator in the file. Raises what skops raises for a type that the audit would refuse."""
    import skops.io

    return skops.io.load(path, trusted=list(ALSO))


class EstimatorSession:
    """Timed is one call: of a classifier `predict_proba`, or `decision_function` where there is none; of a
    clustering and of a transformation `transform`; else `predict`. Threads are as many as the estimator was
    saved with."""

    def __init__(self, fitted):
        from sklearn.base import is_classifier, is_clusterer, is_outlier_detector

        self._fitted = fitted
        self.inputs = (TensorSpec("X", None, None),)
        self._outliers = is_outlier_detector(fitted)  # whose labels ONNX gives as a column
        call, self.outputs = "predict", rows.VALUE
        if is_classifier(fitted):
            call = "predict_proba" if hasattr(fitted, "predict_proba") else "decision_function"
            self.outputs = rows.CLASSIFIER
        elif self._outliers:
            call, self.outputs = "decision_function", ("label", "scores")
        elif is_clusterer(fitted) and hasattr(fitted, "transform") and hasattr(fitted, "predict"):
            call, self.outputs = "transform", ("label", "scores")
        elif not hasattr(fitted, "predict"):
            call = "transform"
        self._call = getattr(fitted, call, None)
        if self._call is None:
            raise ProblemError(
                "verify",
                "cannot-predict",
                f"{type(fitted).__name__} has no way to answer for new rows.",
                "Dump an estimator that can predict or transform.",
            )

    def bind(self, feeds: list[np.ndarray]):
        (feed,) = feeds
        return lambda: (feed, self._call(feed))

    def arrays(self, raw) -> list[np.ndarray]:
        feed, answer = raw
        answer = np.asarray(answer.toarray() if hasattr(answer, "toarray") else answer)
        if len(self.outputs) == 1:
            return [rows.column(answer)]
        label = rows.narrow(np.asarray(self._fitted.predict(feed)))
        return [label.reshape(-1, 1) if self._outliers else label, rows.column(answer)]
