"""Answers for the rows of a table in the layout of ONNX's operators for machine learning.

scikit-learn, XGBoost and LightGBM answer a regression as (rows,), a yes or no as one probability, mostly in
float64; what is converted from them answers float32, as (rows, 1) and with a probability for each class. Both
must say it in one layout before they can be compared.
"""

import numpy as np

CLASSIFIER = ("label", "probabilities")
VALUE = ("variable",)


def column(values: np.ndarray) -> np.ndarray:
    """(rows,) as (rows, 1), in float32 where it is of a wider floating type."""
    values = np.asarray(values)
    return narrow(values.reshape(-1, 1) if values.ndim == 1 else values)


def narrow(values: np.ndarray) -> np.ndarray:
    """float64 as float32, narrower whole numbers as int64; everything else as it is."""
    values = np.asarray(values)
    if values.dtype == np.float64:
        return values.astype(np.float32)
    return values.astype(np.int64) if values.dtype.kind in "iu" else values


def both(chance: np.ndarray) -> np.ndarray:
    """The probability of yes, (rows,), as that of no and of yes, (rows, 2)."""
    chance = np.asarray(chance).reshape(-1)
    return narrow(np.stack([1 - chance, chance], axis=1))


def softmax(margins: np.ndarray) -> np.ndarray:
    """(rows, classes) of margins as probabilities, in float32."""
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))
    return narrow(powers / powers.sum(axis=1, keepdims=True))


def labels(probabilities: np.ndarray) -> np.ndarray:
    """(rows,) of the number of the likeliest class."""
    return probabilities.argmax(axis=1).astype(np.int64)
