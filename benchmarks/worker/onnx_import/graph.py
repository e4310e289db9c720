"""The plain graph that the interpreter walks: nodes with their attributes completed, constants as arrays."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from benchmarks.worker.onnx_import.errors import UnsupportedOperatorError

DEFAULT_DOMAINS = ("", "ai.onnx")

_UNSET = object()


def dtype_name(elem_type: int) -> str:
    """numpy's name of an ONNX element type; "str" for strings."""
    if elem_type == onnx.TensorProto.STRING:
        return "str"
    return np.dtype(onnx.helper.tensor_dtype_to_np_dtype(elem_type)).name


class Node:
    """One node of a graph, its attributes completed by the schema's defaults; `name`: its own, or that of
    what it makes."""

    def __init__(
        self, proto: onnx.NodeProto, opset: int, bound: dict[str, onnx.AttributeProto] | None = None
    ):
        self.proto = proto
        self.op_type = proto.op_type
        self.name = name_of(proto)
        self.opset = opset
        self.inputs = tuple(proto.input)
        self.outputs = tuple(proto.output)
        self._attributes: dict[str, Any] = {}
        for attribute in proto.attribute:
            if attribute.ref_attr_name:
                if attribute.ref_attr_name not in (bound or {}):
                    continue
                attribute = _renamed(bound[attribute.ref_attr_name], attribute.name)
            self._attributes[attribute.name] = _value(attribute, opset, bound)
        self._bound = bound
        self.expansions: dict[tuple, Graph] = {}

    @cached_property
    def schema(self) -> onnx.defs.OpSchema:
        try:
            return onnx.defs.get_schema(self.op_type, self.opset, "")
        except onnx.defs.SchemaError as error:
            raise UnsupportedOperatorError(
                self.op_type, self.name, self.opset, "this opset does not have it"
            ) from error

    def attribute(self, name: str, default=_UNSET):
        """The attribute's value, the schema's default or None."""
        if name in self._attributes:
            return self._attributes[name]
        if default is not _UNSET:
            return default
        schema = self.schema.attributes.get(name)
        if schema is None or not schema.default_value.name:
            return None
        return onnx.helper.get_attribute_value(schema.default_value)

    def text(self, name: str) -> str:
        value = self.attribute(name)
        return value.decode() if isinstance(value, bytes) else (value or "")

    @property
    def words(self) -> str:
        return f"{self.op_type} (node “{self.name}”)" if self.name else self.op_type

    def unsupported(self, detail: str, next_step: str = "") -> UnsupportedOperatorError:
        return UnsupportedOperatorError(self.op_type, self.name, self.opset, detail, next_step)

    @cached_property
    def resolved(self) -> onnx.NodeProto:
        """The node with no attribute left that refers to a function's parameter."""
        proto = onnx.NodeProto()
        proto.CopyFrom(self.proto)
        del proto.attribute[:]
        for attribute in self.proto.attribute:
            if attribute.ref_attr_name:
                if attribute.ref_attr_name in (self._bound or {}):
                    proto.attribute.append(_renamed(self._bound[attribute.ref_attr_name], attribute.name))
            else:
                proto.attribute.append(attribute)
        return proto


def name_of(proto: onnx.NodeProto) -> str:
    return proto.name or next(iter(proto.output), "")


def _renamed(attribute: onnx.AttributeProto, name: str) -> onnx.AttributeProto:
    copy = onnx.AttributeProto()
    copy.CopyFrom(attribute)
    copy.name = name
    return copy


def _value(attribute: onnx.AttributeProto, opset: int, bound) -> Any:
    if attribute.type == onnx.AttributeProto.TENSOR:
        return numpy_helper.to_array(attribute.t)
    if attribute.type == onnx.AttributeProto.GRAPH:
        return graph_of(attribute.g, opset, bound)
    return onnx.helper.get_attribute_value(attribute)


@dataclass
class Graph:
    """`constants`: the initializers; `folded`: results of nodes that depend on constants only, kept between
    walks so that each is one object and becomes one weight."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    nodes: list[Node]
    constants: dict[str, np.ndarray]
    free: frozenset[str] = frozenset()
    folded: dict[int, list] = field(default_factory=dict)
    last_use: dict[str, int] = field(default_factory=dict)
    shapes: dict[str, list] = field(default_factory=dict)


def graph_of(proto: onnx.GraphProto, opset: int, bound=None) -> Graph:
    for sparse in proto.sparse_initializer:
        raise UnsupportedOperatorError("sparse_initializer", sparse.values.name, opset)
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in proto.initializer}
    nodes = []
    for node in proto.node:
        if node.domain not in DEFAULT_DOMAINS:
            raise UnsupportedOperatorError(
                f"{node.domain}.{node.op_type}",
                name_of(node),
                opset,
                f"it belongs to the domain {node.domain}, not to ONNX itself",
            )
        nodes.append(Node(node, opset, bound))
    inputs = tuple(value.name for value in proto.input if value.name not in constants)
    return finished(Graph(inputs, tuple(value.name for value in proto.output), nodes, constants))


def finished(graph: Graph) -> Graph:
    """Fills in what is derived: the names taken from outside, and the last node that uses each value."""
    known = set(graph.inputs) | set(graph.constants)
    free: set[str] = set()
    for index, node in enumerate(graph.nodes):
        used = {name for name in node.inputs if name}
        for value in node._attributes.values():
            if isinstance(value, Graph):
                used |= value.free
        free |= used - known
        for name in used:
            graph.last_use[name] = index
        known |= set(node.outputs)
    free |= set(graph.outputs) - known
    graph.free = frozenset(free)
    for name in graph.outputs:
        graph.last_use[name] = len(graph.nodes)
    return graph
