"""LightGBM → ONNX through onnxmltools."""

from importlib.util import find_spec
from pathlib import Path

from benchmarks.worker import preload
from benchmarks.worker.converters import Example
from benchmarks.worker.runtimes.lightgbm import booster

VIA = "onnxmltools.convert_lightgbm(…, zipmap=False)"
PACKAGES = ("lightgbm", "onnxmltools", "skl2onnx", "onnx", "packaging")
OPSET = 15
"""The newest that onnxmltools 1.16 writes for trees; ONNX Runtime loads every older one."""


def unavailable() -> str:
    if find_spec("onnxmltools") is None:
        return "onnxmltools is not installed"
    return preload.missing.get("lightgbm", "")


def convert(source: Path, target: Path, example: Example) -> None:
    import onnxmltools
    from onnxmltools.convert.common.data_types import FloatTensorType

    (feed,) = example.feeds
    rows = [(example.inputs[0].name, FloatTensorType([None, feed.shape[1]]))]
    model = onnxmltools.convert_lightgbm(
        booster(source), initial_types=rows, zipmap=False, target_opset=OPSET
    )
    for output in model.graph.output:  # onnxmltools 1.16 says that there is one label, however many rows
        if output.type.tensor_type.shape.dim:
            output.type.tensor_type.shape.dim[0].ClearField("value")
    target.write_bytes(model.SerializeToString())
