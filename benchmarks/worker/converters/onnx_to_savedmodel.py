"""ONNX → SavedModel by the importer of this project; names, order, layout and dynamic dimensions stay
ONNX's."""

from pathlib import Path

from benchmarks.worker import preload
from benchmarks.worker.converters import Example
from benchmarks.worker.onnx_file import onnx_file

VIA = "onnx_import.savedmodel.save(…)"
PACKAGES = ("onnx", "tensorflow-cpu")


def unavailable() -> str:
    return preload.missing.get("tensorflow", "") or preload.missing.get("onnx", "")


def convert(source: Path, target: Path, example: Example) -> None:
    from benchmarks.worker.onnx_import import model, savedmodel

    savedmodel.save(model.read(onnx_file(source)), target, example.feeds)
