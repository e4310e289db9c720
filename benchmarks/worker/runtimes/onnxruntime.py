"""ONNX Runtime on the CPU, at the optimisation level that is deployed (all)."""

import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.artifact import TensorSpec
from benchmarks.worker import onnx_float64, onnxruntime_trace, preload
from benchmarks.worker.onnx_file import onnx_file
from benchmarks.worker.operator_times import Call
from benchmarks.worker.runtimes import Session

FORMATS = ("onnx", "onnx-float16", "onnx-int8")
_STRINGS = "tensor(string)"

_DTYPES = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(float16)": "float16",
    "tensor(bfloat16)": "bfloat16",
    _STRINGS: "str",
    "tensor(bool)": "bool",
} | {
    f"tensor({name})": name
    for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
}


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
    session = OnnxRuntimeSession(str(onnx_file(path)), threads, f"{tempfile.mkdtemp()}/trace")
    call = session.bind(feeds)
    durations = []
    for _ in range(1 + calls):
        started = time.perf_counter()
        call()
        durations.append((time.perf_counter() - started) * 1e3)
    nodes = onnxruntime_trace.nodes_of_calls(session.end_profiling())
    found = list(map(Call, durations, nodes))  # as many as the trace holds
    return found[1:] or found


class OnnxRuntimeSession:
    """`model`: a path or the bytes of a model; `trace`: how the path of the profiler's trace begins, where
    there is to be one."""

    def __init__(self, model: str | bytes, threads: int, trace: str = ""):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        if trace:
            options.enable_profiling, options.profile_file_prefix = True, trace
        options.add_session_config_entry("session.load_model_format", "ONNX")  # whatever the file is called
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.inputs = tuple(
            TensorSpec(i.name, _DTYPES.get(i.type), tuple(i.shape)) for i in self._session.get_inputs()
        )
        outputs = self._session.get_outputs()
        self.outputs = tuple(output.name for output in outputs)
        self._has_strings = any(one.type == _STRINGS for one in (*self._session.get_inputs(), *outputs))

    def end_profiling(self) -> Path:
        """The file with the trace."""
        return Path(self._session.end_profiling())

    def bind(self, feeds: list[np.ndarray]):
        import onnxruntime

        # Strings cannot be bound (as an output they crash ONNX Runtime 1.32); for everything else a bound
        # call leaves out the copies of a plain run.
        if self._has_strings:
            strings = [spec.dtype == "str" for spec in self.inputs]
            given = [feed.astype(object) if s else feed for feed, s in zip(feeds, strings, strict=True)]
            named = {spec.name: feed for spec, feed in zip(self.inputs, given, strict=True)}
            return lambda: self._session.run(None, named)
        binding = self._session.io_binding()
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(feed)) for feed in feeds]
        for spec, value in zip(self.inputs, values, strict=True):
            binding.bind_ortvalue_input(spec.name, value)
        for name in self.outputs:
            binding.bind_output(name, "cpu")

        def call():
            self._session.run_with_iobinding(binding)
            return binding, values  # the values must outlive the binding

        return call

    def arrays(self, raw) -> list[np.ndarray]:
        if isinstance(raw, list):
            return [np.asarray(output) for output in raw]
        return raw[0].copy_outputs_to_cpu()
