"""TorchScript → OpenVINO IR through OpenVINO's reader of TorchScript's graphs."""

from pathlib import Path

import torch

from benchmarks.worker import openvino_model, preload
from benchmarks.worker.converters import ONLY, Example
from benchmarks.worker.silent_openvino import openvino

VIA = "openvino.convert_model(torch.jit.load(…), example_input=…)"
PACKAGES = ("openvino", "torch")


def unavailable() -> str:
    return preload.missing.get("benchmarks.worker.silent_openvino", "") or preload.missing.get("torch", "")


def _convert(source: Path, target: Path, example: Example) -> None:
    _write(torch.jit.load(str(source), map_location="cpu").eval(), target, example)


def _frozen(source: Path, target: Path, example: Example) -> None:
    _write(torch.jit.freeze(torch.jit.load(str(source), map_location="cpu").eval()), target, example)


def _write(module: torch.jit.ScriptModule, target: Path, example: Example) -> None:
    feeds = tuple(torch.from_numpy(feed) for feed in example.feeds)
    model = openvino.convert_model(module, example_input=feeds)
    openvino_model.rename(model, example)
    openvino_model.save(model, target, example)


LADDER = {ONLY: _convert, "frozen first": _frozen}
