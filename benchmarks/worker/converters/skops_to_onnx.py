"""scikit-learn → ONNX through skl2onnx, on the estimator that skops wrote."""

from importlib.util import find_spec
from pathlib import Path

from benchmarks.worker.converters import Example
from benchmarks.worker.runtimes.scikit_learn import estimator

VIA = 'skl2onnx.to_onnx(…, options={"zipmap": False})'
PACKAGES = ("skops", "scikit-learn", "skl2onnx", "onnx", "packaging")
OPSETS = {"": 18, "ai.onnx.ml": 3}


def unavailable() -> str:
    missing = [name for name in ("sklearn", "skops", "skl2onnx") if find_spec(name) is None]
    return f"{missing[0]} is not installed" if missing else ""


def plain(source: Path, target: Path, example: Example) -> None:
    from sklearn.base import is_classifier

    fitted = estimator(source)
    # Otherwise a classifier answers a list of dictionaries, which no other runtime has.
    _convert(fitted, target, example, {"zipmap": False} if is_classifier(fitted) else None)


def without_options(source: Path, target: Path, example: Example) -> None:
    """Some classifiers (LinearSVC) have no such option and never answer dictionaries."""
    _convert(estimator(source), target, example, None)


LADDER = {"as it is": plain, "without options": without_options}


def _convert(fitted, target: Path, example: Example, options: dict | None) -> None:
    import skl2onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    (feed,) = example.feeds
    kind = StringTensorType if feed.dtype.kind == "O" else FloatTensorType
    model = skl2onnx.to_onnx(
        fitted,
        initial_types=[(example.inputs[0].name, kind([None, *feed.shape[1:]]))],
        options=options,
        target_opset=OPSETS | {"": min(OPSETS[""], example.opset)},
    )
    target.write_bytes(model.SerializeToString())
