"""SavedModel → OpenVINO IR through OpenVINO's own reader of TensorFlow's graphs."""

from pathlib import Path

from benchmarks.worker import openvino_model, preload
from benchmarks.worker.converters import ONLY, Example
from benchmarks.worker.silent_openvino import openvino

VIA = "openvino.convert_model(…)"
PACKAGES = ("openvino",)


def unavailable() -> str:
    return preload.missing.get("benchmarks.worker.silent_openvino", "")


def _convert(source: Path, target: Path, example: Example) -> None:
    openvino_model.save(openvino.convert_model(source), target, example)


def _sized(source: Path, target: Path, example: Example) -> None:
    model = openvino.convert_model(source, input=openvino_model.shapes(example))
    openvino_model.save(model, target, example)


LADDER = {ONLY: _convert, "shapes of the example": _sized}
