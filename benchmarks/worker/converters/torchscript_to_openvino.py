"""TorchScript → OpenVINO IR through OpenVINO's reader of TorchScript's graphs."""

from pathlib import Path

import torch

from benchmarks.worker import openvino_model, preload
from benchmarks.worker.converters import Example
from benchmarks.worker.silent_openvino import openvino

VIA = "openvino.convert_model(torch.jit.load(…), example_input=…)"


def unavailable() -> str:
    return preload.missing.get("benchmarks.worker.silent_openvino", "") or preload.missing.get("torch", "")


def convert(source: Path, target: Path, example: Example) -> None:
    module = torch.jit.load(str(source), map_location="cpu").eval()
    feeds = tuple(torch.from_numpy(feed) for feed in example.feeds)
    model = openvino.convert_model(module, example_input=feeds)
    openvino_model.rename(model, example)
    openvino_model.save(model, target, example)
