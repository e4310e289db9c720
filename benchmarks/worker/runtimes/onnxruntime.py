"""ONNX Runtime on the CPU, at the optimisation level that is deployed (all)."""

import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.worker import onnx_float64, onnxruntime_trace, preload
from benchmarks.worker.onnx_file import onnx_file
from benchmarks.worker.onnx_session import CPU, OnnxRuntimeSession
from benchmarks.worker.operator_times import Call
from benchmarks.worker.runtimes import Session

FORMATS = ("onnx", "onnx-float16", "onnx-int8")
PACKAGES = ("onnxruntime",)
PROVIDER = CPU.provider


def unavailable() -> str:
    return preload.missing.get("onnxruntime", "")


def load(path: Path, threads: int) -> "OnnxRuntimeSession":
    return OnnxRuntimeSession(str(onnx_file(path)), threads)


def load_float64(path: Path, threads: int) -> Session:
    """In ONNX Runtime where it has every operator in float64, else in the reference implementation of the
    onnx package (numpy), which is slow but has them all."""
    model = onnx_float64.widened(onnx_file(path))
    try:
        return OnnxRuntimeSession(model.SerializeToString(), threads)
    except Exception:  # no kernel for this type (Conv, for one, ONNX Runtime 1.32), or over 2 GB
        return onnx_float64.EvaluatorSession(model)


def profile(path: Path, threads: int, feeds: list[np.ndarray], calls: int) -> list[Call]:
    session = OnnxRuntimeSession(str(onnx_file(path)), threads, trace=f"{tempfile.mkdtemp()}/trace")
    call = session.bind(feeds)
    durations = []
    for _ in range(1 + calls):
        started = time.perf_counter()
        call()
        durations.append((time.perf_counter() - started) * 1e3)
    nodes = onnxruntime_trace.nodes_of_calls(session.end_profiling())
    found = list(map(Call, durations, nodes))  # as many as the trace holds
    return found[1:] or found
