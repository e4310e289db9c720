"""ONNX Runtime on the CPU, at the optimisation level that is deployed (all)."""

from pathlib import Path

import numpy as np

from benchmarks.artifact import TensorSpec
from benchmarks.worker import preload

FORMAT = "onnx"

_DTYPES = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(float16)": "float16",
    "tensor(bfloat16)": "bfloat16",
    "tensor(string)": "str",
    "tensor(bool)": "bool",
} | {
    f"tensor({name})": name
    for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
}


def unavailable() -> str:
    return preload.missing.get("onnxruntime", "")


def load(path: Path, threads: int) -> "OnnxRuntimeSession":
    return OnnxRuntimeSession(path, threads)


class OnnxRuntimeSession:
    def __init__(self, path: Path, threads: int):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.load_model_format", "ONNX")  # whatever the file is called
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.inputs = tuple(
            TensorSpec(i.name, _DTYPES.get(i.type), tuple(i.shape)) for i in self._session.get_inputs()
        )
        self.outputs = tuple(output.name for output in self._session.get_outputs())

    def bind(self, feeds: list[np.ndarray]):
        import onnxruntime

        # Strings cannot be bound; for everything else a bound call leaves out the copies of a plain run.
        if any(feed.dtype.kind in "OUS" for feed in feeds):
            named = {spec.name: feed.astype(object) for spec, feed in zip(self.inputs, feeds, strict=True)}
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
