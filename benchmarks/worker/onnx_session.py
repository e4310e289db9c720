"""A session of ONNX Runtime on one execution provider: what the runtimes for each of them share."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError

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


@dataclass(frozen=True)
class Target:
    """`provider`: ONNX Runtime's name of it; `device`: where inputs and outputs lie; `options`: its own, for
    a number of threads; `behind`: the providers that take the operators which it lacks."""

    provider: str
    device: str = "cpu"
    options: Callable[[int], dict[str, str]] = lambda threads: {}
    behind: tuple[str, ...] = ("CPUExecutionProvider",)


CPU = Target("CPUExecutionProvider", behind=())


class OnnxRuntimeSession:
    """`model`: a path or the bytes of a model; `trace`: how the path of the profiler's trace begins, where
    there is to be one. Raises ProblemError where the provider cannot be had: ONNX Runtime would take the CPU
    instead. Single operators that a provider lacks run on the CPU all the same, as
    they do where the model is deployed."""

    def __init__(self, model: str | bytes, threads: int, target: Target = CPU, trace: str = ""):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        if trace:
            options.enable_profiling, options.profile_file_prefix = True, trace
        options.add_session_config_entry("session.load_model_format", "ONNX")  # whatever the file is called
        self._target = target
        self._session = onnxruntime.InferenceSession(
            model,
            options,
            providers=[(target.provider, target.options(threads)), *target.behind],
            enable_fallback=0,
        )
        if self._session.get_providers()[0] != target.provider:
            raise ProblemError(
                "verify",
                "no-provider",
                f"ONNX Runtime does not run this model on {target.provider}.",
                "Its words are in the log of the run; install what the provider needs, or leave it out.",
            )
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
        device = self._target.device
        values = [
            onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(feed), device, 0) for feed in feeds
        ]
        for spec, value in zip(self.inputs, values, strict=True):
            binding.bind_ortvalue_input(spec.name, value)
        for name in self.outputs:
            binding.bind_output(name, device)

        def call():
            self._session.run_with_iobinding(binding)
            return binding, values  # the values must outlive the binding

        def call_and_wait():
            raw = call()
            binding.synchronize_outputs()
            return raw

        return call if device == "cpu" else call_and_wait

    def arrays(self, raw) -> list[np.ndarray]:
        if isinstance(raw, list):
            return [np.asarray(output) for output in raw]
        return raw[0].copy_outputs_to_cpu()
