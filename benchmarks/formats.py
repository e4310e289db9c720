"""Formats as files: what a format is called, for people and on disk."""

from dataclasses import dataclass
from pathlib import Path

TARGETS = (
    "onnx",
    "torchscript",
    "torchscript-scripted",
    "savedmodel",
    "pt2",
    "litert",
    "openvino",
    "onnx-float16",
    "onnx-int8",
    "aotinductor",
)
"""The formats that a comparison tries to reach, in the order in which they are shown."""

FILENAMES = {
    "onnx": "model.onnx",
    "torchscript": "model.pt",
    "pt2": "model.pt2",
    "savedmodel": "savedmodel",
    "litert": "model.tflite",
    "openvino": "openvino",
    "keras": "model.keras",
    "skops": "model.skops",
    "xgboost-native": "model.ubj",
    "lightgbm-native": "model.txt",
    "pytorch-source": "model.py",
    "torchscript-scripted": "scripted.pt",
    "onnx-float16": "model-float16.onnx",
    "onnx-int8": "model-int8.onnx",
    "aotinductor": "compiled.pt2",
}

NAMES = {
    "onnx": "ONNX",
    "torchscript": "TorchScript",
    "pt2": "torch.export (.pt2)",
    "savedmodel": "SavedModel",
    "litert": "LiteRT",
    "openvino": "OpenVINO IR",
    "keras": "Keras",
    "skops": "scikit-learn (skops)",
    "xgboost-native": "XGBoost",
    "lightgbm-native": "LightGBM",
    "pytorch-source": "PyTorch source",
    "torchscript-scripted": "TorchScript, scripted",
    "onnx-float16": "ONNX float16",
    "onnx-int8": "ONNX int8 (dynamic)",
    "aotinductor": "AOTInductor package",
}


_HDF5 = b"\x89HDF\r\n\x1a\n"


def filename(format_id: str, model: Path) -> str:
    """What a model's file is called so that its runtime reads it as what it is: Keras tells its two kinds of
    files by their endings."""
    if format_id == "keras":
        with model.open("rb") as file:
            if file.read(len(_HDF5)) == _HDF5:
                return "model.h5"
    return FILENAMES[format_id]


OPTIONS = {
    "libtorch": "in LibTorch (C++)",
    "torchscript-frozen": "frozen",
    "torchscript-cuda": "on CUDA",
    "torch-export-cuda": "on CUDA",
    "tensorflow-xla": "compiled by XLA",
    "onnxruntime-cuda": "on CUDA",
    "onnxruntime-tensorrt": "on TensorRT",
    "onnxruntime-openvino": "on OpenVINO",
}
"""The runtimes that are another way to run a format, and what is said behind its name where they do."""


def name(label: str) -> str:
    """What people call a candidate: "ONNX", "ONNX #2" for the second of a race, "TorchScript, frozen" where
    another runtime runs it than usually."""
    label, _, number = label.partition("#")
    format_id, _, runtime = label.partition("@")
    how = f", {OPTIONS.get(runtime, runtime)}" if runtime else ""
    return NAMES.get(format_id, format_id) + how + (f" #{number}" if number else "")


FRAMEWORK = {
    "onnx": "onnx",
    "torchscript": "pytorch",
    "pt2": "pytorch",
    "savedmodel": "tensorflow",
    "keras": "keras",
    "litert": "tensorflow",
    "openvino": "onnx",
    "skops": "scikit-learn",
    "xgboost-native": "xgboost",
    "lightgbm-native": "lightgbm",
    "pytorch-source": "pytorch",
    "torchscript-scripted": "pytorch",
    "onnx-float16": "onnx",
    "onnx-int8": "onnx",
    "aotinductor": "pytorch",
}
"""The training framework that the advisor is asked about for a model that came in this format."""

PROGRAMS = {"pytorch-source"}
"""Formats that are the framework's own program, which the advisor knows as the framework."""

MADE_OTHERWISE = {"torchscript-scripted": "torchscript"}
"""Candidates that are made in another way, as files of that format."""

COMPILED = {"aotinductor"}
"""Formats that hold code for this kind of machine, for which an operator must allow the compiler."""

WHERE_POSSIBLE = {*MADE_OTHERWISE, *COMPILED}
"""Targets that are tried only where a way leads there, unless they are asked for."""


@dataclass(frozen=True)
class Variant:
    """A format whose numbers are less precise. `of`: the format that its files are, by which the advisor
    knows it; `precision`: what its weights are rounded to."""

    of: str
    precision: str


VARIANTS = {"onnx-float16": Variant("onnx", "float16"), "onnx-int8": Variant("onnx", "int8")}
"""The candidates that are lossy by intent, with an error and a tolerance of their own."""
