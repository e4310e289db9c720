"""TensorFlow's own profiler around calls: the kernels that its executor ran on the host, by the names of
their nodes. It writes a file for each trace, here below the fork's temporary folder."""

import re
import secrets
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import tensorflow as tf

from benchmarks.worker.operator_times import Call, NodeTime, by_call, own_times

_EVERY_KERNEL = 3
"""The level of the host's trace that holds kernels that TensorFlow takes for cheap, too."""
_NODE = re.compile(r"(?P<name>[^\s:#]+):(?P<operator>_?[A-Za-z]\w*)")
"""How the executor names a kernel's event; events of its own have two colons, a space or none."""


def operator_times(call: Callable[[], object], calls: int) -> list[Call]:
    mark, folder = f"call {secrets.token_hex(4)}", tempfile.mkdtemp()
    options = tf.profiler.experimental.ProfilerOptions(
        host_tracer_level=_EVERY_KERNEL, python_tracer_level=0, device_tracer_level=0
    )
    # All in one trace: after a pause threads sleep, and waking them would be counted as an operator's time.
    with tf.profiler.experimental.Profile(folder, options):
        call()
        for _ in range(calls):
            with tf.profiler.experimental.Trace(mark):
                call()
    marks, nodes = [], []
    for plane, line in _lines(Path(folder)):
        named = [(event, plane.event_metadata[event.metadata_id].name) for event in line.events]
        marks += [(_start(line, event), event.duration_ps / 1e9) for event, name in named if name == mark]
        kernels = [(event, match) for event, name in named if (match := _NODE.fullmatch(name))]
        own = own_times((event.offset_ps, event.duration_ps) for event, _ in kernels)
        nodes += [
            (_start(line, event), _node(match, time / 1e9))
            for (event, match), time in zip(kernels, own, strict=True)
        ]
    return by_call(marks, nodes)


def _lines(folder: Path) -> Iterator[tuple]:
    """The threads in the trace, each with the plane that has the names of its events."""
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    (trace,) = folder.rglob("*.xplane.pb")
    space = xplane_pb2.XSpace.FromString(trace.read_bytes())
    return ((plane, line) for plane in space.planes for line in plane.lines)


def _start(line, event) -> int:
    """In picoseconds."""
    return line.timestamp_ns * 1000 + event.offset_ps


def _node(match: re.Match, ms: float) -> NodeTime:
    operator = match["operator"]
    return NodeTime(operator, match["name"], "CPU, oneDNN" if operator.startswith("_Mkl") else "CPU", ms)
