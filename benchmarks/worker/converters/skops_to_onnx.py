"""scikit-learn → ONNX through skl2onnx, on the estimator that skops wrote."""

from importlib.util import find_spec
from pathlib import Path

from benchmarks.worker.converters import Example
from benchmarks.worker.runtimes.scikit_learn import estimator

VIA = 'skl2onnx.to_onnx(…, options={"zipmap": False})'
PACKAGES = ("skops", "scikit-learn", "skl2onnx", "onnx")
OPSETS = {"": 18, "ai.onnx.ml": 3}


def unavailable() -> str:
    missing = [name for name in ("sklearn", "skops", "skl2onnx") if find_spec(name) is None]
    return f"{missing[0]} is not installed" if missing else ""


def convert(source: Path, target: Path, example: Example) -> None:
    import skl2onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    fitted = estimator(source)
    (feed,) = example.feeds
    kind = StringTensorType if feed.dtype.kind == "O" else FloatTensorType
    model = skl2onnx.to_onnx(
        fitted,
        initial_types=[(example.inputs[0].name, kind([None, *feed.shape[1:]]))],
        # Otherwise a classifier answers a list of dictionaries, which no other runtime has.
        options={"zipmap": False} if hasattr(fitted, "predict_proba") else None,
        target_opset=OPSETS | {"": min(OPSETS[""], example.opset)},
    )
    target.write_bytes(model.SerializeToString())
