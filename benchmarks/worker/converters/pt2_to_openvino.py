"""ExportedProgram → OpenVINO IR through OpenVINO's reader of torch.export's graphs."""

from pathlib import Path

import torch

from benchmarks.worker import openvino_model, preload
from benchmarks.worker.converters import ONLY, Example
from benchmarks.worker.silent_openvino import openvino

VIA = "openvino.convert_model(torch.export.load(…))"
PACKAGES = ("openvino", "torch", "packaging")


def unavailable() -> str:
    missing = preload.missing
    return missing.get("benchmarks.worker.silent_openvino", "") or missing.get("torch.export", "")


def _convert(source: Path, target: Path, example: Example) -> None:
    _write(torch.export.load(str(source)), target, example)


def _decomposed(source: Path, target: Path, example: Example) -> None:
    _write(torch.export.load(str(source)).run_decompositions(), target, example)


def _write(program: torch.export.ExportedProgram, target: Path, example: Example) -> None:
    model = openvino.convert_model(program)
    openvino_model.rename(model, example)
    openvino_model.save(model, target, example)


LADDER = {ONLY: _convert, "decomposed first": _decomposed}
