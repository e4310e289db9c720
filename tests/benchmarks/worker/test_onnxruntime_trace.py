"""Reading ONNX Runtime's trace, also one that is larger than what is read."""

import json

import pytest

from benchmarks.errors import ProblemError
from benchmarks.worker import onnxruntime_trace
from benchmarks.worker.onnxruntime_trace import nodes_of_calls


def event(name: str, ts: int, dur: int, operator: str = "", kind: str = "float") -> dict:
    about = {"op_name": operator, "provider": "CPUExecutionProvider", "output_type_shape": [{kind: [1]}]}
    return {"cat": "Node" if operator else "Session", "name": name, "ts": ts, "dur": dur, "args": about}


ONE = [
    event("body_kernel_time", 2, 3, "Add"),
    event("body_kernel_time", 6, 3, "Add"),
    event("rounds_kernel_time", 1, 10, "Loop"),
    event("InsertedPrecisionFreeCast_y_kernel_time", 12, 4, "Conv"),
    event("h_kernel_time", 17, 2, "MatMul", "float16"),
    event("SequentialExecutor::Execute", 0, 20),
    event("model_run", 0, 21),
]


def written(path, events: list[dict]):
    path.write_text("[\n" + ",\n".join(map(json.dumps, events)) + "\n]\n")
    return path


def test_nodes_have_operator_name_place_and_own_time(tmp_path):
    trace = written(tmp_path / "t.json", [event("session_initialization", 0, 9), *ONE, *ONE])
    first, second = nodes_of_calls(trace)
    assert first == second
    found = [(one.operator, one.name, one.where, one.ms, one.fell_back) for one in second]
    f32 = "CPUExecutionProvider, float32"
    assert found == [
        ("Add", "body", f32, 0.003, ""),
        ("Add", "body", f32, 0.003, ""),
        ("Loop", "rounds", f32, 0.004, ""),
        ("Conv", "InsertedPrecisionFreeCast_y", f32, 0.004, "float32"),
        ("MatMul", "h", "CPUExecutionProvider, float16", 0.002, ""),
    ]


def test_a_large_trace_is_read_up_to_the_last_whole_call(tmp_path, monkeypatch):
    trace = written(tmp_path / "t.json", ONE * 50)
    monkeypatch.setattr(onnxruntime_trace, "MAX_BYTES", trace.stat().st_size // 2)
    assert len(nodes_of_calls(trace)) in (24, 25)
    monkeypatch.setattr(onnxruntime_trace, "MAX_BYTES", 600)
    with pytest.raises(ProblemError, match="One call of this model fills more than"):
        nodes_of_calls(trace)
