"""Operators that ONNX defines by a graph of simpler ones, carried out by that graph."""

import numpy as np
import onnx

from benchmarks.worker.onnx_import.errors import UnsupportedOperatorError
from benchmarks.worker.onnx_import.graph import Graph, Node, finished


def carry_out(b, node: Node, values: list, walk) -> list:
    """Raises UnsupportedOperatorError where ONNX gives no definition of the operator either."""
    if (node.outputs and node.op_type.startswith("Sequence")) or "Optional" in node.op_type:
        raise node.unsupported("sequences and optional values have no counterpart in the target")
    types = [_type(b, value) for value in values]
    key = tuple(t.SerializeToString() for t in types)
    graph = node.expansions.get(key)
    if graph is None:
        graph = node.expansions[key] = _graph(node, types)
    feeds = [*values, *[None] * (len(graph.inputs) - len(values))]
    return walk(b, graph, feeds)


def _graph(node: Node, types: list[onnx.TypeProto]) -> Graph:
    function = _function(node, types)
    if function is None:
        raise UnsupportedOperatorError(node.op_type, node.name, node.opset)
    opset = next((o.version for o in function.opset_import if o.domain in ("", "ai.onnx")), node.opset)
    bound = {a.name: a for a in node.resolved.attribute}
    for attribute in function.attribute_proto:
        bound.setdefault(attribute.name, attribute)
    for name, attribute in node.schema.attributes.items():
        if attribute.default_value.name:
            bound.setdefault(name, attribute.default_value)
    graph = finished(
        Graph(
            tuple(function.input),
            tuple(f if o else "" for f, o in zip(function.output, node.outputs, strict=False)),
            [Node(inner, opset, bound) for inner in function.node],
            {},
        )
    )
    for inner in graph.nodes:
        inner.name = inner.proto.name or node.name
    return graph


def _function(node: Node, types: list[onnx.TypeProto]) -> onnx.FunctionProto | None:
    schema = node.schema
    if schema.has_context_dependent_function:
        serialized = [t.SerializeToString() for t in types]
        versions = sorted(schema.context_dependent_function_opset_versions, reverse=True)
        for version in [v for v in versions if v <= node.opset] or versions:
            body = schema.get_context_dependent_function_with_opset_version(
                version, node.resolved.SerializeToString(), serialized
            )
            if body:
                return onnx.FunctionProto.FromString(body)
    if schema.has_function:
        versions = sorted(schema.function_opset_versions, reverse=True)
        for version in [v for v in versions if v <= node.opset] or versions:
            body = schema.get_function_with_opset_version(version)
            if body:
                return body if isinstance(body, onnx.FunctionProto) else onnx.FunctionProto.FromString(body)
    return None


def _type(b, value) -> onnx.TypeProto:
    if value is None:
        return onnx.TypeProto()
    name = (
        ("int64" if value.dtype == object else value.dtype)
        if isinstance(value, np.ndarray)
        else b.dtype(value)
    )
    elem = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(name))
    shape = list(value.shape) if isinstance(value, np.ndarray) else b.shape(value)
    return onnx.helper.make_tensor_type_proto(elem, [d if isinstance(d, int) else None for d in shape])
