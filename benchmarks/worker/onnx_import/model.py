"""Reading an ONNX file: its graph, and what it says of what goes in and comes out."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnx.inliner

from benchmarks import onnx_names
from benchmarks.artifact import TensorSpec
from benchmarks.worker.onnx_import.errors import SameAgainError, UnsupportedOperatorError
from benchmarks.worker.onnx_import.graph import DEFAULT_DOMAINS, Graph, dtype_name, graph_of


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
    UnsupportedOperatorError for an operator of another domain than ONNX's own, SameAgainError where the
    file's shapes are fixed already."""
    proto = onnx.load(str(source))
    if feeds is not None:
        if not from_proto(proto).is_open:
            raise SameAgainError("the sizes of all inputs are fixed in the file")
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
