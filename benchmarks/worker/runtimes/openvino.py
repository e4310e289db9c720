"""OpenVINO IR on the CPU, compiled for latency and in float32. On processors that have bfloat16 OpenVINO
computes in that unless told not to, which does not agree with any source."""

import re
import time
from dataclasses import replace
from pathlib import Path

import ml_dtypes
import numpy as np

from benchmarks.artifact import TensorSpec
from benchmarks.worker import preload
from benchmarks.worker.operator_times import Call, NodeTime

FORMATS = ("openvino",)
PACKAGES = ("openvino",)
_REFERENCE = re.compile(r"ref(_|$)")
"""Begins the kind of a kernel that OpenVINO's plugin for the CPU has in its plain form only."""


def unavailable() -> str:
    return preload.missing.get("benchmarks.worker.silent_openvino", "")


def prepare() -> None:
    """OpenVINO loads the library for the CPU when it is first asked about it."""
    from benchmarks.worker.silent_openvino import openvino

    openvino.Core().get_property("CPU", "FULL_DEVICE_NAME")


def load(path: Path, threads: int) -> "OpenVinoSession":
    return OpenVinoSession(path, threads)


def profile(path: Path, threads: int, feeds: list[np.ndarray], calls: int) -> list[Call]:
    """OpenVINO tells each node's mean over all calls so far (intel_cpu/src/perf_count.h), so these are one
    mean, out of which the first call, which is slower, is taken."""
    session = OpenVinoSession(path, threads, profiled=True)
    call = session.bind(feeds)
    call()
    first = session.node_times()
    started = time.perf_counter()
    for _ in range(calls):
        call()
    ms = (time.perf_counter() - started) * 1e3 / calls
    nodes = [
        replace(node, ms=max(0.0, ((calls + 1) * node.ms - first[name].ms) / calls))
        for name, node in session.node_times().items()
        if name in first
    ]
    return [Call(ms, nodes, calls)]


class OpenVinoSession:
    """`path`: the folder with the one .xml, and the .bin of the same name beside it; `profiled`: whether the
    time of each node is kept."""

    def __init__(self, path: Path, threads: int, profiled: bool = False):
        from benchmarks.worker.silent_openvino import openvino

        (graph,) = path.rglob("*.xml")
        core = openvino.Core()
        model = core.read_model(graph, graph.with_suffix(".bin"))
        compiled = core.compile_model(
            model,
            "CPU",
            {
                "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_PRECISION_HINT": "f32",
                "INFERENCE_NUM_THREADS": threads,
                "CACHE_DIR": "",
                "PERF_COUNT": profiled,
            },
        )
        self._request = compiled.create_infer_request()
        self._tensor, self._type = openvino.Tensor, openvino.Type
        self.inputs = tuple(
            TensorSpec(_name(port, "input", place), _dtype(port), _shape(port))
            for place, port in enumerate(model.inputs)
        )
        self.outputs = tuple(_name(port, "output", place) for place, port in enumerate(model.outputs))

    def bind(self, feeds: list[np.ndarray]):
        for place, feed in enumerate(feeds):
            self._request.set_input_tensor(place, self._given(feed))
        request = self._request
        return lambda: request.infer(share_inputs=True, share_outputs=True)

    def _given(self, feed: np.ndarray):
        if feed.dtype.kind in "OU":
            return self._tensor(feed.astype(str))
        feed = np.ascontiguousarray(feed) if feed.ndim else feed
        if feed.dtype == ml_dtypes.bfloat16:
            return self._tensor(feed.view(np.uint16), feed.shape, self._type.bf16)
        return self._tensor(feed)

    def node_times(self) -> dict[str, NodeTime]:
        """By name, the nodes that were executed, not those fused into others; the means over all calls."""
        return {
            node.node_name: NodeTime(
                node.node_type,
                node.node_name,
                node.exec_type,
                node.real_time.total_seconds() * 1e3,
                "reference" if _REFERENCE.match(node.exec_type) else "",
            )
            for node in self._request.profiling_info
            if node.status == node.EXECUTED
        }

    def arrays(self, raw) -> list[np.ndarray]:
        return [self._taken(self._request.get_output_tensor(place)) for place in range(len(self.outputs))]

    def _taken(self, tensor) -> np.ndarray:
        if tensor.element_type == self._type.string:
            return np.asarray(tensor.str_data, object)
        data = np.array(tensor.data)
        return data.view(ml_dtypes.bfloat16) if tensor.element_type == self._type.bf16 else data


def _name(port, kind: str, place: int) -> str:
    """A tensor of IR has any number of names, in no order."""
    return min(port.get_names(), default=f"{kind}_{place}")


def _dtype(port) -> str:
    name = port.element_type.get_type_name()
    if name in ("bf16", "string"):
        return {"bf16": "bfloat16", "string": "str"}[name]
    return port.element_type.to_dtype().name


def _shape(port) -> tuple[int | None, ...] | None:
    shape = port.partial_shape
    if shape.rank.is_dynamic:
        return None
    return tuple(dim.get_length() if dim.is_static else None for dim in shape)
