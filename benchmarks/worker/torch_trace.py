"""torch's own profiler around calls of a module: the operators that ATen and the interpreter of TorchScript
report, each with its own CPU time. They have no names, so a node is called by the shapes that it is given."""

import secrets
from collections.abc import Callable

from torch.profiler import ProfilerActivity, profile, record_function

from benchmarks.worker.operator_times import Call, NodeTime, by_call

_SLOW = "slow_conv"
"""In the names of ATen's convolutions that use no library (`ConvBackend::Slow2d` and others)."""


def operator_times(call: Callable[[], object], calls: int) -> list[Call]:
    mark = f"call {secrets.token_hex(4)}"
    # All in one trace: after a pause threads sleep, and waking them would be counted as an operator's time.
    with profile(activities=[ProfilerActivity.CPU], record_shapes=True) as profiled:
        call()
        for _ in range(calls):
            with record_function(mark):
                call()
    events = profiled.events()
    return by_call(
        (
            (event.time_range.start, event.time_range.elapsed_us() / 1e3)
            for event in events
            if event.name == mark
        ),
        ((event.time_range.start, _node(event)) for event in events if event.name != mark),
    )


def _node(event) -> NodeTime:
    return NodeTime(
        event.name,
        _shapes(event.input_shapes),
        "CPU",
        max(0.0, event.self_cpu_time_total / 1e3),
        "slow-convolution" if _SLOW in event.name else "",
    )


def _shapes(shapes: list) -> str:
    """ "1×3×224×224, 64×3×7×7": of the tensors among the inputs."""
    return ", ".join("×".join(map(str, shape)) for shape in shapes if shape)
