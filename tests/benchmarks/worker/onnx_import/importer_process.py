"""What the tests of the importer do with frameworks, in a process of its own, for as long as it is given
lines to read: a list of JSON each, a check and its arguments, which is answered with a line of JSON."""

import contextlib
import gc
import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper

from benchmarks import inspection
from benchmarks.errors import ProblemError
from benchmarks.worker import converters, runtimes
from benchmarks.worker.converters import Example
from benchmarks.worker.tensorflow_threads import set_threads
from perf import conformance

FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL


def families(target: str, *names: str) -> dict[str, str]:
    """For each node test of the suite, why it fails, or ""."""
    cases = {case.name.removeprefix("test_"): case for case in conformance.node_cases()}
    with tempfile.TemporaryDirectory() as folder:
        return {name: conformance.outcome(cases[name], target, Path(folder))[0] for name in names}


def sample(target: str, every: str) -> dict:
    found = conformance.count(conformance.node_cases()[:: int(every)], target)
    return {
        "percent": found.percent,
        "total": found.total,
        "failures": [case.name for case, _ in found.failures],
    }


def tensor(name: str, kind: int, shape: list):
    return helper.make_tensor_value_info(name, kind, shape)


def model(
    nodes: list,
    inputs: list,
    outputs: list,
    initializers: dict[str, np.ndarray] | None = None,
    opset: int = 18,
):
    made = [onnx.numpy_helper.from_array(array, name) for name, array in (initializers or {}).items()]
    graph = helper.make_graph(nodes, "g", inputs, outputs, made)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)


def converted(
    proto: onnx.ModelProto, target: str, feeds: list[np.ndarray], folder: str, attempt: str = "as it is"
):
    source, artifact = Path(folder, "model.onnx"), Path(folder, f"artifact-{time.monotonic_ns()}.pt2")
    onnx.save(proto, source)
    example = Example((), tuple(o.name for o in proto.graph.output), feeds, False)
    converters.ladder(converters.converter("onnx", target))[attempt](source, artifact, example)
    return runtimes.load(conformance.TARGETS[target], artifact, 1)


def truth(proto: onnx.ModelProto, feeds: list[np.ndarray]) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, dict(zip([i.name for i in session.get_inputs()], feeds, strict=True)))


def error(expected: list[np.ndarray], actual: list[np.ndarray]) -> float:
    """The largest difference; infinite where a shape or a type differs."""
    worst = 0.0
    for e, a in zip(expected, actual, strict=True):
        if e.shape != a.shape or e.dtype != a.dtype:
            return float("inf")
        worst = max(worst, float(np.abs(e.astype(np.float64) - a.astype(np.float64)).max(initial=0.0)))
    return worst


def odd_names(target: str) -> dict:
    """Names that no identifier can have, two dynamic dimensions, several types, outputs not in alphabetical
    order."""
    weight = np.random.default_rng(0).standard_normal((4, 3), dtype="float32")
    nodes = [
        helper.make_node("MatMul", ["input.1", "w/eight:0"], ["h"]),
        helper.make_node("Add", ["h", "class"], ["z/out:0"]),
        helper.make_node("Shape", ["input.1"], ["s"]),
        helper.make_node("Slice", ["s", "zero", "two"], ["s2"]),
        helper.make_node("Concat", ["s2", "three"], ["s3"], axis=0),
        helper.make_node("Reshape", ["z/out:0", "s3"], ["r"]),
        helper.make_node("ReduceMax", ["r", "one"], ["a.out"], keepdims=0),
        helper.make_node("Add", ["count", "one"], ["more"]),
    ]
    proto = model(
        nodes,
        [
            tensor("input.1", FLOAT, ["N", "T", 4]),
            tensor("class", FLOAT, ["N", "T", 3]),
            tensor("count", INT64, [1]),
        ],
        [
            tensor("z/out:0", FLOAT, ["N", "T", 3]),
            tensor("a.out", FLOAT, ["N", 3]),
            tensor("more", INT64, [1]),
        ],
        {
            "w/eight:0": weight,
            **{name: np.array([i]) for i, name in enumerate(["zero", "one", "two", "three"])},
        },
    )
    rng = np.random.default_rng(1)

    def feeds(n: int, t: int) -> list[np.ndarray]:
        drawn = [rng.standard_normal((n, t, width), dtype="float32") for width in (4, 3)]
        return [*drawn, np.array([n])]

    errors = {}
    with tempfile.TemporaryDirectory() as folder:
        session = converted(proto, target, feeds(1, 5), folder)
        for n, t in ((1, 5), (2, 5), (7, 2), (3, 1)):
            given = feeds(n, t)
            errors[f"{n}x{t}"] = error(truth(proto, given), runtimes.run(session, given))
    return {
        "inputs": [
            [spec.name, spec.dtype, None if spec.shape is None else len(spec.shape)]
            for spec in session.inputs
        ],
        "fixed": [[d for d in spec.shape or () if isinstance(d, int)] for spec in session.inputs],
        "outputs": list(session.outputs),
        "errors": errors,
    }


INTERFACES = (
    "conv_with_strides_padding", "maxpool_2d_same_upper", "lstm_defaults", "gru_with_initial_bias",
    "cast_FLOAT_to_FLOAT16",
    "split_equal_parts_1d_opset18", "batchnorm_example", "gather_1", "argmax_no_keepdims_random", "top_k",
    "layer_normalization_2d_axis1", "scan9_sum", "quantizelinear", "compress_0", "where_long_example",
    "unique_sorted_with_axis", "matmulinteger", "nonzero_example", "dropout_default_mask", "identity",
)  # fmt: skip
OPEN = tuple(f"test_{name}" for name in ("Linear", "Conv2d", "MaxPool1d", "AvgPool3d", "BatchNorm2d"))


def interfaces(target: str) -> dict[str, dict]:
    """For node tests and packaged models, what goes in and comes out of the ONNX file and of the artifact:
    name, type and shape of each input, name, type and shape of each output as it was computed. Models whose
    data has a batch are given an open one, and run with another batch as well."""
    nodes = {case.name.removeprefix("test_"): case for case in conformance.node_cases()}
    cases = [*[nodes[name] for name in INTERFACES], *conformance.model_cases(conformance.MODEL_SETS[:2])]
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            proto, feeds = case.model, case.data[0][0]
            batches = [feeds]
            if case.name.startswith(OPEN):
                proto, batches = with_open_batch(proto), [feeds, [np.concatenate([feeds[0]] * 3)]]
            session = converted(proto, target, feeds, folder)
            source = inspection.describe(Path(folder, "model.onnx"))
            runs = []
            for given in batches:
                expected = case.data[0][1] if given is feeds else truth(proto, given)
                answers = expected, runtimes.run(session, given)
                runs.append([[(a.dtype.name, a.shape) for a in arrays] for arrays in answers])
            found[case.name] = {
                "onnx": [[spec.name, spec.dtype, spec.shape] for spec in source.inputs],
                "artifact": [[spec.name, spec.dtype, spec.shape] for spec in session.inputs],
                "outputs": [[value.name for value in proto.graph.output], list(session.outputs)],
                "runs": runs,
            }
    return found


def with_open_batch(proto: onnx.ModelProto) -> onnx.ModelProto:
    """The first dimension of what goes in and comes out is open."""
    copy = onnx.ModelProto()
    copy.CopyFrom(proto)
    constants = {tensor.name for tensor in copy.graph.initializer}
    for value in [*copy.graph.input, *copy.graph.output]:
        if value.name not in constants:
            value.type.tensor_type.shape.dim[0].dim_param = "batch"
    return copy


def control_flow(target: str) -> dict:
    """A branch on what the model computes, and loops over a number that is an input: one that carries a
    value on, and one that collects what it computes until that becomes too large."""
    then = helper.make_graph(
        [helper.make_node("Mul", ["x", "x"], ["t"])], "then", [], [tensor("t", FLOAT, [3])]
    )
    other = helper.make_graph([helper.make_node("Neg", ["x"], ["e"])], "else", [], [tensor("e", FLOAT, [3])])
    branch = model(
        [
            helper.make_node("ReduceSum", ["x"], ["total"], keepdims=0),
            helper.make_node("Greater", ["total", "zero"], ["positive"]),
            helper.make_node("If", ["positive"], ["y"], then_branch=then, else_branch=other),
        ],
        [tensor("x", FLOAT, [3])],
        [tensor("y", FLOAT, [3])],
        {"zero": np.array(0, np.float32)},
    )
    body = helper.make_graph(
        [
            helper.make_node("Mul", ["v", "two"], ["w"]),
            helper.make_node("Identity", ["go"], ["go_on"]),
        ],
        "body",
        [tensor("i", INT64, []), tensor("go", BOOL, []), tensor("v", FLOAT, [2])],
        [tensor("go_on", BOOL, []), tensor("w", FLOAT, [2])],
        [onnx.numpy_helper.from_array(np.array(2, np.float32), "two")],
    )
    loop = model(
        [helper.make_node("Loop", ["n", "", "start"], ["last"], body=body)],
        [tensor("n", INT64, []), tensor("start", FLOAT, [2])],
        [tensor("last", FLOAT, [2])],
    )
    body = helper.make_graph(
        [
            helper.make_node("Mul", ["v", "two"], ["w"]),
            helper.make_node("Add", ["w", "two"], ["kept"]),
            helper.make_node("ReduceMax", ["w"], ["most"], keepdims=0),
            helper.make_node("Less", ["most", "limit"], ["go_on"]),
        ],
        "body",
        [tensor("i", INT64, []), tensor("go", BOOL, []), tensor("v", FLOAT, [2])],
        [tensor("go_on", BOOL, []), tensor("w", FLOAT, [2]), tensor("kept", FLOAT, [2])],
        [
            onnx.numpy_helper.from_array(np.array(value, np.float32), name)
            for name, value in (("two", 2), ("limit", 40))
        ],
    )
    collecting = model(
        [helper.make_node("Loop", ["n", "", "start"], ["last", "all"], body=body)],
        [tensor("n", INT64, []), tensor("start", FLOAT, [2])],
        [tensor("last", FLOAT, [2]), tensor("all", FLOAT, [None, 2])],
    )
    found = {}
    up, down = np.array([1, 2, 3], np.float32), np.array([-1, -2, 3.5], np.float32) * 2
    with tempfile.TemporaryDirectory() as folder:
        session = converted(branch, target, [up], folder)
        found["branch"] = max(error(truth(branch, [x]), runtimes.run(session, [x])) for x in (up, down))
        start = np.array([1, 3], np.float32)
        for name, proto in (("loop", loop), ("collecting", collecting)):
            session = converted(proto, target, [np.array(3), start], folder)
            found[name] = max(
                error(truth(proto, [np.array(n), start]), runtimes.run(session, [np.array(n), start]))
                for n in (0, 3, 5)
            )
    return found


def built_in(target: str) -> dict:
    """A parameter that is an input: the first attempt refuses it; built in, it is said and runs with the
    example's value, and with another it must not give a wrong answer."""
    proto = model(
        [helper.make_node("CumSum", ["x", "axis"], ["y"])],
        [tensor("x", FLOAT, [2, 3]), tensor("axis", INT64, [])],
        [tensor("y", FLOAT, [2, 3])],
    )
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    found = {"first": "", "other": ""}
    with tempfile.TemporaryDirectory() as folder:
        try:
            converted(proto, target, [x, np.array(1)], folder)
        except ProblemError as problem:
            found["first"] = problem.problem.kind
        session = converted(proto, target, [x, np.array(1)], folder, "parameters of the example built in")
        [artifact] = Path(folder).glob("artifact*")
        found["findings"] = [finding.text for finding in inspection.describe(artifact).findings]
        found["inputs"] = [spec.name for spec in session.inputs]
        found["same"] = error(truth(proto, [x, np.array(1)]), runtimes.run(session, [x, np.array(1)]))
        try:
            runtimes.run(session, [x, np.array(0)])
        except Exception as problem:
            found["other"] = type(problem).__name__
    return found


def refusals(target: str) -> dict:
    """The problem of an operator without translation, and of one of another domain."""
    found = {}
    decoder = model([helper.make_node("ImageDecoder", ["x"], ["y"], name="decode")],
                    [tensor("x", TensorProto.UINT8, ["n"])], [tensor("y", TensorProto.UINT8, ["h", "w", 3])],
                    opset=20)  # fmt: skip
    foreign = model([helper.make_node("Tokenize", ["x"], ["y"], domain="my.company")],
                    [tensor("x", FLOAT, [1])], [tensor("y", FLOAT, [1])])  # fmt: skip
    foreign.opset_import.append(helper.make_opsetid("my.company", 1))
    with tempfile.TemporaryDirectory() as folder:
        for name, proto, feed in (
            ("decoder", decoder, np.zeros(4, np.uint8)),
            ("foreign", foreign, np.zeros(1)),
        ):
            try:
                converted(proto, target, [feed], folder)
            except ProblemError as error:
                found[name] = {**error.problem.to_json(), "type": type(error).__name__}
    return found


def compared_sizes(target: str) -> float:
    """The largest error where every size of a shape is compared with -1, as torch's exporters write an
    expansion, and the batch is another one than that of the example."""
    proto = model(
        [
            helper.make_node("Shape", ["x"], ["s"]),
            helper.make_node("Shape", ["s"], ["length"]),
            helper.make_node("ConstantOfShape", ["length"], ["ones"],
                             value=onnx.numpy_helper.from_array(np.array([1]))),
            helper.make_node("Mul", ["ones", "minus"], ["unknown"]),
            helper.make_node("Equal", ["s", "unknown"], ["same"]),
            helper.make_node("Where", ["same", "ones", "s"], ["wanted"]),
            helper.make_node("Expand", ["row", "wanted"], ["wide"]),
            helper.make_node("Add", ["wide", "x"], ["y"]),
            helper.make_node("ReduceProd", ["s"], ["count"], keepdims=1),
            helper.make_node("Reshape", ["y", "count"], ["flat"]),
        ],
        [tensor("x", FLOAT, ["N", 4])],
        [tensor("y", FLOAT, ["N", 4]), tensor("flat", FLOAT, [None])],
        {"minus": np.array(-1), "row": np.arange(4, dtype=np.float32).reshape(1, 4)},
    )  # fmt: skip
    inputs = [[np.full((n, 4), n, np.float32)] for n in (2, 1, 7)]
    with tempfile.TemporaryDirectory() as folder:
        session = converted(proto, target, inputs[0], folder)
        return max(error(truth(proto, given), runtimes.run(session, given)) for given in inputs)


def unused(target: str) -> list[str]:
    """The inputs of an artifact whose model makes no use of one of them."""
    proto = model(
        [helper.make_node("Neg", ["x"], ["y"])],
        [tensor("spare", FLOAT, [1]), tensor("x", FLOAT, ["N", 3])],
        [tensor("y", FLOAT, ["N", 3])],
    )
    feeds = [np.ones(1, np.float32), np.ones((2, 3), np.float32)]
    with tempfile.TemporaryDirectory() as folder:
        session = converted(proto, target, feeds, folder)
        assert (runtimes.run(session, feeds)[0] == -1).all()
    return [spec.name for spec in session.inputs]


def quick(target: str) -> dict:
    """The checks that take a moment, in one process: loading the frameworks takes longer than they do."""
    checks = (odd_names, control_flow, built_in, compared_sizes, unused, refusals)
    return {check.__name__: check(target) for check in checks}


def resnet(target: str) -> dict:
    """ResNet-50 with random weights against ONNX Runtime, and the seconds of a second conversion."""
    folder = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
    proto = conformance.with_random_weights(onnx.load(folder / "light_resnet50.onnx"))
    x = np.random.default_rng(3).standard_normal((1, 3, 224, 224), dtype="float32")
    expected = truth(proto, [x])
    with tempfile.TemporaryDirectory() as folder:
        session = converted(proto, target, [x], folder)
        worst = error(expected, runtimes.run(session, [x]))
        began = time.monotonic()
        converted(proto, target, [x], folder)
        seconds = time.monotonic() - began
    return {"error": worst, "scale": float(np.abs(expected[0]).max()), "spread": float(expected[0].std()),
            "seconds": seconds}  # fmt: skip


if __name__ == "__main__":
    gc.set_threshold(100_000)  # of what is imported nothing is garbage, and looking takes long
    torch.set_num_threads(1)
    set_threads(1)
    for line in sys.stdin:
        check, *arguments = json.loads(line)
        with contextlib.redirect_stdout(sys.stderr):
            result = globals()[check](*arguments)
        print(json.dumps(result), flush=True)
