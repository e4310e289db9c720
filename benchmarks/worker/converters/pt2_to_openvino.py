"""ExportedProgram → OpenVINO IR through OpenVINO's reader of torch.export's graphs."""

from pathlib import Path

import torch

from benchmarks.worker import openvino_model, preload
from benchmarks.worker.converters import Example
from benchmarks.worker.silent_openvino import openvino

VIA = "openvino.convert_model(torch.export.load(…))"


def unavailable() -> str:
    return preload.missing.get("benchmarks.worker.silent_openvino", "") or preload.missing.get("torch.export", "")


def convert(source: Path, target: Path, example: Example) -> None:
    model = openvino.convert_model(torch.export.load(str(source)))
    openvino_model.rename(model, example)
    openvino_model.save(model, target, example)
