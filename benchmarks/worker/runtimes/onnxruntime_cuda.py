"""ONNX Runtime on an NVIDIA device through CUDA."""

from pathlib import Path

from benchmarks.worker import nvidia, onnx_providers
from benchmarks.worker.onnx_file import onnx_file
from benchmarks.worker.onnx_session import OnnxRuntimeSession, Target
from benchmarks.worker.runtimes import onnxruntime

OPTION_OF = "onnxruntime"
FORMATS = onnxruntime.FORMATS
PACKAGES = ("onnxruntime-gpu",)
PROVIDER = "CUDAExecutionProvider"


def unavailable() -> str:
    return onnxruntime.unavailable() or onnx_providers.missing(PROVIDER) or nvidia.unavailable()


def load(path: Path, threads: int) -> OnnxRuntimeSession:
    target = Target(PROVIDER, nvidia.DEVICE)
    return OnnxRuntimeSession(str(onnx_file(path)), threads, target)
