"""Walks a graph in its order and carries out each node on a backend, keeping what is constant in numpy."""

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator

from benchmarks.errors import ProblemError
from benchmarks.worker.onnx_import import dims, functions, operators  # noqa: F401  (fills the table)
from benchmarks.worker.onnx_import.graph import Graph, Node
from benchmarks.worker.onnx_import.registry import TABLE

FOLD_LIMIT = 1 << 22
"""Elements. What is computed from constants is computed once; above this only operators that move data."""

_NEVER_FOLDED = {
    "RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Bernoulli", "Multinomial",
    "Dropout", "If", "Loop", "Scan",
}  # fmt: skip
_MOVES_DATA = {
    "Identity", "Transpose", "Reshape", "Cast", "Squeeze", "Unsqueeze", "Flatten", "Slice", "Concat", "Split",
    "Constant", "Shape", "Size", "Neg", "Mul", "Add", "Sub", "Div", "Sqrt", "Where", "Expand",
    "ConstantOfShape", "DequantizeLinear", "Gather", "Tile", "Pad", "Range",
}  # fmt: skip


def walk(b, graph: Graph, feeds: list, outer: dict | None = None) -> list:
    """`feeds`: one value for each input of the graph; `outer`: the values of the graphs around it. Returns
    one value for each output: a tensor of the backend, an array or dimensions. Raises
    UnsupportedOperatorError."""
    scope: dict = dict(outer or {})
    scope.update(graph.constants)
    scope.update(zip(graph.inputs, feeds, strict=True))
    scope[""] = None
    for name, value in zip(graph.inputs, feeds, strict=True):
        if name in graph.shapes:
            b.note(value, graph.shapes[name])
    drop: dict[int, list[str]] = {}
    for name, index in graph.last_use.items():
        drop.setdefault(index, []).append(name)
    for index, node in enumerate(graph.nodes):
        if index in graph.folded:
            results = graph.folded[index]
        else:
            values = [scope[name] for name in node.inputs]
            while values and values[-1] is None:
                values.pop()
            results = carry_out(b, node, values, scope)
            if all(isinstance(r, np.ndarray) and r.dtype != object for r in results) and all(
                _lasting(graph, name) for name in node.inputs
            ):
                graph.folded[index] = results
                for name, value in zip(node.outputs, results, strict=False):
                    graph.constants[name] = value
                    b.keep(name, value)
            for name, value in zip(node.outputs, results, strict=False):
                if name in graph.shapes:
                    b.note(value, graph.shapes[name])
        scope.update(zip(node.outputs, results, strict=False))
        for name in drop.get(index, ()):
            scope.pop(name, None)
    return [scope[name] for name in graph.outputs]


def _lasting(graph: Graph, name: str) -> bool:
    """Whether a value is the same in every walk: an initializer or folded from some."""
    return not name or name in graph.constants


def carry_out(b, node: Node, values: list, scope: dict) -> list:
    """The node's outputs as a list. Raises ProblemError, which names the node."""
    try:
        return _carried_out(b, node, values, scope)
    except ProblemError:
        raise
    except Exception as error:
        words = " ".join(str(error).split())[:200] or type(error).__name__
        raise node.unsupported(f"{type(error).__name__}: {words}") from error


def _carried_out(b, node: Node, values: list, scope: dict) -> list:
    constant = all(v is None or (isinstance(v, np.ndarray) and v.dtype != object) for v in values)
    if constant and node.op_type not in _NEVER_FOLDED and _worth_folding(node, values):
        folded = fold(node, values)
        if folded is not None:
            return folded
    elif any(dims.is_dims(v) for v in values):
        result = dims.evaluate(b, node, values)
        if result is not None:
            return [result]
    translation = TABLE.get(node.op_type)
    if translation is None:
        return functions.carry_out(b, node, values, walk)
    arguments = [v if translation.is_raw(i) else b.tensor(v) for i, v in enumerate(values)]
    with b.at(node, scope):
        results = translation.function(b, node, *arguments)
    return list(results) if isinstance(results, tuple | list) else [results]


def _worth_folding(node: Node, values: list) -> bool:
    size = sum(v.size for v in values if v is not None)
    return size <= 4096 or (node.op_type in _MOVES_DATA and size <= FOLD_LIMIT * 16)


def fold(node: Node, values: list) -> list | None:
    """The outputs by ONNX's own reference implementation; None where it has none for these values."""
    if node.op_type == "Constant":
        return [_constant(node)]
    try:
        proto = onnx.NodeProto()
        proto.CopyFrom(node.resolved)
        names = [f"i{k}" if v is not None else "" for k, v in enumerate(values)]
        del proto.input[:]
        proto.input.extend(names)
        outputs = [name or f"unused{k}" for k, name in enumerate(node.outputs)]
        del proto.output[:]
        proto.output.extend(outputs)
        kept = [(name, v) for name, v in zip(names, values, strict=True) if v is not None]
        graph = onnx.helper.make_graph(
            [proto],
            "fold",
            [
                onnx.helper.make_tensor_value_info(
                    name, onnx.helper.np_dtype_to_tensor_dtype(v.dtype), list(v.shape)
                )
                for name, v in kept
            ],
            [onnx.ValueInfoProto(name=name) for name in outputs],
        )
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", node.opset)])
        results = ReferenceEvaluator(model).run(None, dict(kept))
    except Exception:
        return None
    if not all(isinstance(r, np.ndarray | np.generic | int | float | bool) for r in results):
        return None
    arrays = [np.asarray(r) for r in results]
    return arrays if sum(a.size for a in arrays) <= FOLD_LIMIT * 16 else None


def _constant(node: Node) -> np.ndarray:
    for name in ("value", "value_float", "value_floats", "value_int", "value_ints"):
        value = node.attribute(name, None)
        if value is None:
            continue
        if isinstance(value, np.ndarray):
            return value
        return np.array(value, dtype=np.float32 if "float" in name else np.int64)
    raise node.unsupported("a constant that is sparse or made of strings")
