"""What OpenVINO does in a process of its own, as JSON: `python openvino_process.py WHAT FOLDER`."""

import json
import os
import sys
from pathlib import Path

calls: list[str] = []
sys.addaudithook(lambda event, _: calls.append(event) if event.startswith("socket.") else None)

import ml_dtypes  # noqa: E402
import numpy as np  # noqa: E402
from onnx import TensorProto, helper, save  # noqa: E402

from benchmarks.artifact import TensorSpec  # noqa: E402
from benchmarks.worker import openvino_model, runtimes  # noqa: E402
from benchmarks.worker.converters import Example  # noqa: E402
from benchmarks.worker.silent_openvino import openvino  # noqa: E402

ops = openvino.opset13


def dense(size: int) -> tuple[openvino.Model, np.ndarray]:
    """x · w with x of [?, size]."""
    weights = np.random.default_rng(0).standard_normal((size, size)).astype(np.float32)
    x = ops.parameter([-1, size], openvino.Type.f32, name="x")
    return openvino.Model([ops.matmul(x, ops.constant(weights), False, False)], [x], "dense"), weights


def silence(folder: Path) -> dict:
    """The process was started with `folder` as its home and without a choice about reports."""
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "g", values[:1], values[1:])
    save(helper.make_model(graph), file := folder / "model.onnx")
    openvino.convert_model(file)
    file.unlink()
    return {
        "calls": calls,
        "left": [str(path) for path in folder.rglob("*")],
        "stub": sys.modules["openvino.tools.ovc.telemetry_utils"].tm.__name__,
        "loaded": [name for name, module in sys.modules.items() if module and "openvino_telemetry" in name],
    }


def precision(folder: Path) -> dict:
    model, weights = dense(512)
    example = Example((TensorSpec("x", "float32", (None, 512)),), ("y",), [np.zeros((1, 512), "f4")], True)
    openvino_model.rename(model, example)
    openvino_model.save(model, folder / "openvino", example)
    session = runtimes.load("openvino", folder / "openvino", 1)
    x = np.random.default_rng(1).standard_normal((3, 512)).astype(np.float32)
    (y,) = runtimes.run(session, [x])
    exact = x.astype(np.float64) @ weights
    options = session._request.get_compiled_model()
    return {
        "error": float(np.abs(y - exact).max() / np.abs(exact).max()),
        "threads": options.get_property("INFERENCE_NUM_THREADS"),
        "weights": (folder / "openvino" / "model.bin").stat().st_size,
        "names": [[spec.name for spec in session.inputs], list(session.outputs)],
        "shape": session.inputs[0].shape,
    }


def types(folder: Path) -> dict:
    """Each type of a tensor through the runtime and back, put on top of itself."""
    given = {
        "f64": np.float64([[1.5]]),
        "f32": np.float32([[1.5]]),
        "f16": np.float16([[1.5]]),
        "bf16": np.array([[1.5]], ml_dtypes.bfloat16),
        "i64": np.int64([[-3]]),
        "i8": np.int8([[-3]]),
        "u8": np.uint8([[200]]),
        "boolean": np.array([[True]]),
        "string": np.array([["ä"]], object),
    }
    found = {}
    for name, feed in given.items():
        x = ops.parameter([-1, 1], getattr(openvino.Type, name), name="x")
        (folder / name).mkdir()
        openvino.save_model(openvino.Model([ops.concat([x, x], 0)], [x], name), folder / name / "model.xml")
        session = runtimes.load("openvino", folder / name, 1)
        (twice,) = runtimes.run(session, [feed])
        same = bool((twice == np.concatenate([feed, feed])).all())
        found[name] = [session.inputs[0].dtype, twice.dtype.name, same]
    return found


if __name__ == "__main__":
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    what = {"silence": silence, "precision": precision, "types": types}[sys.argv[1]]
    print(json.dumps(what(Path(sys.argv[2]))))
