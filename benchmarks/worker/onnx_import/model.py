"""Reading an ONNX file into the plain graph that the interpreter walks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.inliner
from onnx import numpy_helper

from benchmarks import onnx_names
from benchmarks.artifact import TensorSpec
from benchmarks.worker.onnx_import.errors import UnsupportedOperatorError

OLDEST_OPSET = 1
DEFAULT_DOMAINS = ("", "ai.onnx")

_UNSET = object()


def dtype_name(elem_type: int) -> str:
    """numpy's name of an ONNX element type; "str" for strings."""
    if elem_type == onnx.TensorProto.STRING:
        return "str"
    return np.dtype(onnx.helper.tensor_dtype_to_np_dtype(elem_type)).name


class Node:
    """One node of a graph, its attributes completed by the schema's defaults."""

    def __init__(
        self, proto: onnx.NodeProto, opset: int, bound: dict[str, onnx.AttributeProto] | None = None
    ):
        self.proto = proto
        self.op_type = proto.op_type
        self.name = proto.name
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
                node.name,
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


@dataclass(frozen=True)
class Model:
    """`inputs` and `outputs` are the file's own, in its order; `static` says that every shape inside is
    known."""

    graph: Graph
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    opset: int
    static: bool

    @property
    def is_open(self) -> bool:
        """Whether an input has a size that is not fixed."""
        return any(
            spec.shape is None or any(not isinstance(dim, int) for dim in spec.shape) for spec in self.inputs
        )

    def names(self, built_in: Iterable[str]) -> onnx_names.Names:
        """What travels with the artifact; `built_in`: what the example decided, in words."""
        inputs, outputs = ([spec.name for spec in specs] for specs in (self.inputs, self.outputs))
        return onnx_names.Names(tuple(inputs), tuple(outputs), tuple(dict.fromkeys(built_in)))


def read(source: Path, feeds: list[np.ndarray] | None = None) -> Model:
    """With the shapes of `feeds`, one for each input, in place of the file's if they are given. Raises
    UnsupportedOperatorError for an operator of another domain than ONNX's own."""
    proto = onnx.load(str(source))
    if feeds is not None:
        _fix_shapes(proto.graph, feeds)
    return from_proto(proto)


def _fix_shapes(graph: onnx.GraphProto, feeds: list[np.ndarray]) -> None:
    constants = {tensor.name for tensor in graph.initializer}
    given = [value for value in graph.input if value.name not in constants]
    for value, feed in zip(given, feeds, strict=True):
        tensor = value.type.tensor_type
        tensor.ClearField("shape")
        for size in feed.shape:
            tensor.shape.dim.add(dim_value=size)
    del graph.value_info[:]
    for value in graph.output:
        for dim in value.type.tensor_type.shape.dim:
            if not dim.HasField("dim_value"):
                dim.Clear()


def from_proto(proto: onnx.ModelProto) -> Model:
    if proto.functions:
        proto = onnx.inliner.inline_local_functions(proto)
    opset = next((o.version for o in proto.opset_import if o.domain in DEFAULT_DOMAINS), 1)
    graph = graph_of(proto.graph, opset)
    graph.shapes = _inferred(proto)
    blocks = any(attribute.HasField("g") for node in proto.graph.node for attribute in node.attribute)
    made = [*graph.inputs, *[name for node in graph.nodes for name in node.outputs if name]]
    static = not blocks and all(None not in graph.shapes.get(name, [None]) for name in made)
    given = [value for value in proto.graph.input if value.name not in graph.constants]
    return Model(
        graph,
        tuple(_spec(value, opset) for value in given),
        tuple(_spec(value, opset) for value in proto.graph.output),
        opset,
        static,
    )


def _spec(value: onnx.ValueInfoProto, opset: int) -> TensorSpec:
    if value.type.WhichOneof("value") != "tensor_type":
        raise UnsupportedOperatorError(
            "Sequence or optional value", value.name, opset, "only tensors can go in and out"
        )
    tensor = value.type.tensor_type
    shape = None
    if tensor.HasField("shape"):
        shape = tuple(
            dim.dim_value if dim.HasField("dim_value") else (dim.dim_param or None)
            for dim in tensor.shape.dim
        )
    return TensorSpec(value.name, dtype_name(tensor.elem_type), shape)


def _inferred(proto: onnx.ModelProto) -> dict[str, list]:
    """The shape of what the nodes of the main graph make, as far as ONNX's shape inference knows it; None
    for a dimension that it does not. Names of unknown rank are left out."""
    light = onnx.ModelProto(ir_version=proto.ir_version, opset_import=proto.opset_import)
    light.graph.name = "shapes"
    light.graph.node.extend(proto.graph.node)
    light.graph.input.extend(proto.graph.input)
    light.graph.output.extend(proto.graph.output)
    light.graph.value_info.extend(proto.graph.value_info)
    for tensor in proto.graph.initializer:  # inference needs the numbers of shapes, not those of weights
        if len(tensor.raw_data) <= 4096:
            light.graph.initializer.append(tensor)
        else:
            light.graph.initializer.add(name=tensor.name, data_type=tensor.data_type, dims=tensor.dims)
    try:
        inferred = onnx.shape_inference.infer_shapes(light, data_prop=True)
    except Exception:  # files that inference calls inconsistent
        return {}
    known = {}
    for value in [*inferred.graph.output, *inferred.graph.value_info, *inferred.graph.input]:
        tensor = value.type.tensor_type
        if tensor.HasField("shape"):
            known[value.name] = [d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim]
    return known
