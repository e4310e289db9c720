"""Reading the trace that ONNX Runtime's profiler writes (`SessionOptions.enable_profiling`): one event a
line, durations in whole microseconds, the nodes of a call before its event "model_run"."""

import json
from pathlib import Path

from benchmarks.errors import ProblemError
from benchmarks.worker.operator_times import NodeTime, own_times

MAX_BYTES = 64_000_000
"""Of a trace; an event has about 1,000 bytes. A loop writes an event for each node of each round."""
_KERNEL = "_kernel_time"
_TYPES = {"float": "float32", "double": "float64"}
_INSERTED = "InsertedPrecisionFreeCast_"
"""Begins the names that ONNX Runtime gives the casts around what has no float16 kernel, and what lies between
them in float32 (core/optimizer/insert_cast_transformer.cc)."""


def nodes_of_calls(trace: Path) -> list[list[NodeTime]]:
    """The nodes of each call that the trace holds whole. Raises ProblemError where it holds none."""
    calls: list[list[NodeTime]] = []
    events: list[dict] = []
    left = MAX_BYTES
    with trace.open("rb") as lines:
        while left > 0 and (line := lines.readline(left)):
            left -= len(line)
            text = line.strip().rstrip(b",")
            if text in (b"[", b"]") or not line.endswith(b"\n"):
                continue
            event = json.loads(text)
            if event["name"] == "model_run":
                calls.append(_nodes(events))
                events = []
            elif event["cat"] == "Node" and event["name"].endswith(_KERNEL):
                events.append(event)
    if not calls:
        raise ProblemError(
            "profile",
            "trace-too-large",
            f"One call of this model fills more than {MAX_BYTES / 1e6:.0f} MB of ONNX Runtime's profile.",
            "Profile it outside, for a shorter sequence or fewer rounds of its loops.",
        )
    return calls


def _nodes(events: list[dict]) -> list[NodeTime]:
    own = own_times((event["ts"], event["dur"]) for event in events)
    return [_node(event, time / 1e3) for event, time in zip(events, own, strict=True)]


def _node(event: dict, ms: float) -> NodeTime:
    about, name = event["args"], event["name"].removesuffix(_KERNEL)
    types = [kind for tensor in about.get("output_type_shape", ()) for kind in tensor]
    where = ", ".join([about["provider"], *(_TYPES.get(kind, kind) for kind in types[:1])])
    operator = about["op_name"]
    fell_back = "float32" if name.startswith(_INSERTED) else "layout" if operator == "ReorderOutput" else ""
    return NodeTime(operator, name, where, ms, fell_back)
