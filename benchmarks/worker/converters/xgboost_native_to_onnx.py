"""XGBoost → ONNX through onnxmltools."""

from importlib.util import find_spec
from pathlib import Path

from benchmarks.worker import preload
from benchmarks.worker.converters import Example
from benchmarks.worker.runtimes.xgboost import booster

VIA = "onnxmltools.convert_xgboost(…)"
PACKAGES = ("xgboost-cpu", "onnxmltools", "skl2onnx", "onnx", "packaging")
OPSET = 15
"""The newest that onnxmltools 1.16 writes for trees; ONNX Runtime loads every older one."""


def unavailable() -> str:
    if find_spec("onnxmltools") is None:
        return "onnxmltools is not installed"
    return preload.missing.get("xgboost", "")


def convert(source: Path, target: Path, example: Example) -> None:
    import onnxmltools
    from onnxmltools.convert.common.data_types import FloatTensorType

    (feed,) = example.feeds
    rows = [(example.inputs[0].name, FloatTensorType([None, feed.shape[1]]))]
    model = onnxmltools.convert_xgboost(booster(source), initial_types=rows, target_opset=OPSET)
    target.write_bytes(model.SerializeToString())
