"""ONNX → SavedModel by the importer of this project; names, order, layout and dynamic dimensions stay
ONNX's."""

from functools import partial
from pathlib import Path

from benchmarks.worker import preload
from benchmarks.worker.converters import Example
from benchmarks.worker.onnx_file import onnx_file

VIA = "onnx_import.savedmodel.save(…)"
PACKAGES = ("onnx", "tensorflow-cpu")


def unavailable() -> str:
    return preload.missing.get("tensorflow", "") or preload.missing.get("onnx", "")


def _convert(
    source: Path, target: Path, example: Example, built_in: bool = False, fixed: bool = False
) -> None:
    from benchmarks.worker.onnx_import import model, savedmodel
    from benchmarks.worker.onnx_import.errors import SameAgainError

    read = model.read(onnx_file(source), example.feeds if fixed else None)
    names = savedmodel.save(read, target, example.feeds, built_in)
    if built_in and not fixed and not names.built_in:
        raise SameAgainError("no parameter had to be built in")


LADDER = {
    "as it is": _convert,
    "parameters of the example built in": partial(_convert, built_in=True),
    "sizes of the example built in as well": partial(_convert, built_in=True, fixed=True),
}
