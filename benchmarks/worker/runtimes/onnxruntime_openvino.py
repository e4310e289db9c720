"""ONNX Runtime on the CPU through OpenVINO, in float32 as the runtime `openvino`."""

from pathlib import Path

from benchmarks.worker import onnx_providers
from benchmarks.worker.onnx_file import onnx_file
from benchmarks.worker.onnx_session import OnnxRuntimeSession, Target
from benchmarks.worker.runtimes import onnxruntime

OPTION_OF = "onnxruntime"
FORMATS = onnxruntime.FORMATS
PACKAGES = ("onnxruntime-openvino",)
PROVIDER = "OpenVINOExecutionProvider"


def unavailable() -> str:
    return onnxruntime.unavailable() or onnx_providers.missing(PROVIDER)


def options(threads: int) -> dict[str, str]:
    """The provider's, as github.com/microsoft/onnxruntime has them in its documentation of it."""
    return {"device_type": "CPU", "precision": "FP32", "num_of_threads": str(threads)}


def load(path: Path, threads: int) -> OnnxRuntimeSession:
    return OnnxRuntimeSession(str(onnx_file(path)), threads, Target(PROVIDER, options=options))
