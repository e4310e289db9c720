"""ONNX → OpenVINO IR through OpenVINO's own reader of ONNX."""

from pathlib import Path

from benchmarks.worker import openvino_model, preload
from benchmarks.worker.converters import Example
from benchmarks.worker.onnx_file import onnx_file
from benchmarks.worker.silent_openvino import openvino

VIA = "openvino.convert_model(…onnx)"


def unavailable() -> str:
    return preload.missing.get("benchmarks.worker.silent_openvino", "")


def convert(source: Path, target: Path, example: Example) -> None:
    openvino_model.save(openvino.convert_model(onnx_file(source)), target, example)
