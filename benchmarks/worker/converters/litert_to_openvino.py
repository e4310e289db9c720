"""LiteRT → OpenVINO IR through OpenVINO's own reader of LiteRT."""

from pathlib import Path

from benchmarks.worker import openvino_model, preload
from benchmarks.worker.converters import Example
from benchmarks.worker.runtimes import litert
from benchmarks.worker.silent_openvino import openvino

VIA = "openvino.convert_model(…)"
PACKAGES = ("openvino", "ai-edge-litert")


def unavailable() -> str:
    return preload.missing.get("benchmarks.worker.silent_openvino", "") or litert.unavailable()


def convert(source: Path, target: Path, example: Example) -> None:
    model = openvino.convert_model(source)
    for ports, names in zip((model.inputs, model.outputs), litert.load(source, 1).tensors(), strict=True):
        by_tensor = {tensor: name for name, tensor in names.items()}
        for port in ports:
            port.get_tensor().set_names({by_tensor.get(name, name) for name in port.get_names()})
    openvino_model.save(model, target, example)
