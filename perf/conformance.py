"""`python -m perf.conformance`: how much of ONNX's own conformance suite the importer converts correctly.

Every model is converted, written, loaded in its runtime and run; a test passes if all its data sets agree
within the suite's own tolerances. Exit codes: 0 every target reaches its floor, 1 one falls short.
"""

import argparse
import contextlib
import io
import os
import shutil
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import numpy as np
import onnx
from onnx import numpy_helper

from benchmarks.worker import converters, runtimes
from benchmarks.worker.converters import Example

TARGETS = {"savedmodel": "tensorflow", "torchscript": "torchscript", "pt2": "torch_export"}
FLOORS = {"node": 85.0, "model": 98.0}
"""Percent."""

MODEL_SETS = ("pytorch-converted", "pytorch-operator", "light")

_NO_COUNTERPART = {
    onnx.TensorProto.DataType.Value(name)
    for name in onnx.TensorProto.DataType.keys()  # noqa: SIM118
    if name.startswith(("STRING", "FLOAT8", "FLOAT4", "UINT4", "INT4", "UINT2", "INT2", "COMPLEX"))
}
_OTHER_OPERATORS = ("Sequence", "Optional", "String", "Regex", "SplitToSequence", "ConcatFromSequence")


@dataclass(frozen=True)
class Case:
    """One test of the suite: a model and its data sets of inputs and expected outputs."""

    name: str
    model: onnx.ModelProto
    data: list[tuple[list[np.ndarray], list[np.ndarray]]]
    rtol: float
    atol: float

    @property
    def operator(self) -> str:
        """What the test is of; models of several operators are tests of an expanded function."""
        types = {node.op_type for node in self.model.graph.node}
        return (
            types.pop() if len(types) == 1 else self.name.removeprefix("test_").split("_")[0] + " (several)"
        )


@dataclass
class Count:
    passed: int = 0
    total: int = 0
    built_in: int = 0
    failures: list[tuple[Case, str]] = field(default_factory=list)

    @property
    def percent(self) -> float:
        return 100.0 * self.passed / self.total if self.total else 0.0


def in_scope(model: onnx.ModelProto) -> bool:
    """Default domain; tensors of types that torch and TensorFlow have; no training, strings or sequences."""
    for node in _nodes(model.graph):
        if node.domain not in ("", "ai.onnx") or node.op_type.startswith(_OTHER_OPERATORS):
            return False
        for attribute in node.attribute:
            if attribute.name in ("to", "dtype", "output_dtype") and attribute.i in _NO_COUNTERPART:
                return False
    for value in [*model.graph.input, *model.graph.output]:
        if (
            value.type.WhichOneof("value") != "tensor_type"
            or value.type.tensor_type.elem_type in _NO_COUNTERPART
        ):
            return False
    return True


def _nodes(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _nodes(attribute.g)


@cache
def node_cases() -> list[Case]:
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        found = collect_testcases(None)
    return [
        Case(
            c.name, c.model, [([*map(_array, i)], [*map(_array, o)]) for i, o in c.data_sets], c.rtol, c.atol
        )
        for c in found
        if in_scope(c.model) and "training" not in c.name
    ]


def _array(value) -> np.ndarray:
    return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else np.asarray(value)


def model_cases(sets: Collection[str] = MODEL_SETS) -> Iterator[Case]:
    """The packaged models that ONNX Runtime loads, `light` ones with seeded random weights; one after the
    other, since some hold half a gigabyte."""
    folder = Path(onnx.__file__).parent / "backend" / "test" / "data"
    for name in [name for name in sets if name != "light"]:
        for path in sorted((folder / name).glob("test_*")):
            model = onnx.load(path / "model.onnx")
            data = [
                tuple([_read(file) for file in sorted(part.glob(f"{kind}_*.pb"), key=_number)]
                      for kind in ("input", "output"))
                for part in sorted(path.glob("test_data_set_*"))
            ]  # fmt: skip
            if _session(model) is not None:
                yield Case(path.name, model, data, 1e-3, 1e-7)
    for path in sorted((folder / "light").glob("*.onnx") if "light" in sets else ()):
        model = with_random_weights(onnx.load(path))
        session = _session(model)
        if session is None:
            continue
        rng = np.random.default_rng(0)
        feeds = {i.name: rng.standard_normal(i.shape, dtype="float32") for i in session.get_inputs()}
        outputs = session.run(None, feeds)
        yield Case(path.stem, model, [(list(feeds.values()), outputs)], 1e-3, 1e-7)


def _number(file: Path) -> int:
    return int(file.stem.rpartition("_")[2])


def _read(file: Path) -> np.ndarray:
    return numpy_helper.to_array(onnx.TensorProto.FromString(file.read_bytes()))


def _session(model: onnx.ModelProto):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    try:
        return onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception:
        return None


def with_random_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Seeded weights of the size that keeps activations varied, in place of the packaged constants."""
    rng = np.random.default_rng(0)
    kinds = {}
    for node in model.graph.node:
        for position, name in enumerate(node.input):
            kinds[name] = (node.op_type, position)
    made = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "ConstantOfShape" and node.input[0] in made:
            shape = numpy_helper.to_array(made[node.input[0]])
            made[node.output[0]] = numpy_helper.from_array(np.zeros(shape, np.float32), node.output[0])
    drop = {node.output[0] for node in model.graph.node if node.op_type == "ConstantOfShape"}
    kept = [
        node
        for node in model.graph.node
        if not (node.op_type == "ConstantOfShape" and node.output[0] in drop)
    ]
    del model.graph.node[:]
    model.graph.node.extend(kept)
    del model.graph.initializer[:]
    for name, tensor in made.items():
        array = numpy_helper.to_array(tensor)
        if array.dtype == np.float32 and array.size > 1 and name in kinds:
            array = _drawn(array.shape, *kinds[name], rng)
        model.graph.initializer.append(numpy_helper.from_array(array, name))
    _calibrate(model)
    return model


def _calibrate(model: onnx.ModelProto) -> None:
    """Scales the last layer's weights so that what the softmax is given has a standard deviation of about
    1: where one class has everything, every wrong conversion agrees."""
    producers = {name: node for node in model.graph.node for name in node.output}
    softmax = next((node for node in reversed(model.graph.node) if node.op_type == "Softmax"), None)
    if softmax is None:
        return
    layer = producers[softmax.input[0]]
    while layer.op_type not in ("Conv", "Gemm", "MatMul"):
        layer = producers[layer.input[0]]
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    del probe.graph.output[:]
    probe.graph.output.append(onnx.ValueInfoProto(name=softmax.input[0]))
    session = _session(probe)
    rng = np.random.default_rng(1)
    feeds = {i.name: rng.standard_normal(i.shape, dtype="float32") for i in session.get_inputs()}
    spread = float(session.run(None, feeds)[0].std()) or 1.0
    for tensor in model.graph.initializer:
        if tensor.name in layer.input[1:]:
            array = numpy_helper.to_array(tensor) / np.float32(spread)
            tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))


def _drawn(shape: tuple, operator: str, position: int, rng: np.random.Generator) -> np.ndarray:
    if operator == "BatchNormalization" and position in (1, 4):  # scale and variance are positive
        return rng.uniform(0.5, 1.5, shape).astype(np.float32)
    if operator in ("Conv", "Gemm", "MatMul") and position == 1:
        fan_in = np.prod(shape[1:]) if operator != "MatMul" else shape[0]
        return (rng.standard_normal(shape) * np.sqrt(2.0 / fan_in)).astype(np.float32)
    return (rng.standard_normal(shape) * 0.1).astype(np.float32)


def outcome(case: Case, target: str, folder: Path) -> tuple[str, str]:
    """("", the attempt that passes the test), or else the reason why the first one does not, and its name."""
    first = None
    for name, convert in converters.ladder(converters.converter("onnx", target)).items():
        reason = _attempt(case, target, convert, folder)
        if not reason:
            return "", name
        first = first or (reason, name)
    return first


def _attempt(case: Case, target: str, convert: Callable, folder: Path) -> str:
    """Why the artifact of one attempt does not pass, or ""."""
    source, artifact = folder / "model.onnx", folder / f"artifact.{target}"
    onnx.save(case.model, source)
    graph_inputs = [
        v for v in case.model.graph.input if v.name not in {t.name for t in case.model.graph.initializer}
    ]
    try:
        example = Example((), tuple(o.name for o in case.model.graph.output), case.data[0][0], False)
        convert(source, artifact, example)
        session = runtimes.load(TARGETS[target], artifact, 1)
        for feeds, expected in case.data:
            if [spec.name for spec in session.inputs] != [value.name for value in graph_inputs]:
                return "inputs are called otherwise"
            actual = runtimes.run(session, feeds)
            if list(session.outputs) != [value.name for value in case.model.graph.output]:
                return "outputs are called otherwise"
            for a, e in zip(actual, expected, strict=True):
                if a.shape != e.shape or a.dtype != e.dtype:
                    return f"{a.dtype}{list(a.shape)} instead of {e.dtype}{list(e.shape)}"
                if e.dtype.name == "bfloat16":
                    a, e = a.astype(np.float32), e.astype(np.float32)
                np.testing.assert_allclose(a, e, case.rtol, case.atol)
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    finally:
        shutil.rmtree(artifact, ignore_errors=True)
        artifact.unlink(missing_ok=True)
    return ""


def count(cases: Iterable[Case], target: str) -> Count:
    found = Count()
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for case in cases:
            reason, attempt = outcome(case, target, Path(folder))
            found.total += 1
            found.passed += not reason
            found.built_in += not reason and "built in" in attempt
            if reason:
                found.failures.append((case, reason))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m perf.conformance", description=__doc__)
    parser.add_argument("--target", choices=TARGETS, action="append", help="default: all")
    parser.add_argument("--only", default="", help="tests whose name contains this")
    parser.add_argument("--set", choices=("node", "model"), action="append", help="default: both")
    parser.add_argument("--list-failures", action="store_true")
    options = parser.parse_args()
    import torch

    from benchmarks.worker.tensorflow_threads import set_threads

    torch.set_num_threads(1)
    set_threads(1)
    sets = {"node": node_cases, "model": model_cases}
    rows, lists, short = [], [], False
    for name in options.set or sets:
        for target in options.target or TARGETS:
            began = time.monotonic()
            found = count((case for case in sets[name]() if options.only in case.name), target)
            short |= bool(found.total) and found.percent < FLOORS[name]
            seconds = time.monotonic() - began
            rows.append((target, name, found.passed, found.total, found.percent, found.built_in, seconds))
            lists.append((target, name, found))
    print(
        f"{'target':12} {'tests':6} {'passed':>6} {'total':>6} {'percent':>8} {'built in':>9} {'seconds':>8}"
    )
    for row in rows:
        print("{:12} {:6} {:6d} {:6d} {:7.1f}% {:9d} {:8.0f}".format(*row))
    print(
        "built in: passed, with a parameter or size that an input gives built in, and checked by the artifact"
    )
    for target, name, found in lists:
        by_operator = Counter(case.operator for case, _ in found.failures)
        words = ", ".join(f"{operator} {number}" for operator, number in by_operator.most_common())
        print(f"\n{target}, {name} tests that fail: {words or 'none'}")
        if options.list_failures:
            for case, reason in found.failures:
                print(f"  {case.name}: {reason}")
    return int(short)


if __name__ == "__main__":
    sys.exit(main())
