"""What an ONNX `ModelProto` holds, read in one pass without recursion; weights are stepped over.

Field numbers are those of onnx/onnx.proto (onnx 1.23).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.artifact import Dim, TensorSpec
from benchmarks.inspection import protobuf_wire as wire
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import Damaged
from benchmarks.inspection.once import once
from benchmarks.inspection.onnx_tensor import DTYPES, INT64, MAX_SHAPE, Tensor, entry, read_tensor
from benchmarks.inspection.protobuf_wire import BYTES, VARINT, Budget
from benchmarks.inspection.tensor_size import elements

LARGE_CONSTANT = 128
"""Elements from which a Constant counts as weights and not as an axis or a shape."""
MAX_GRAPH_DEPTH = 64

FunctionKey = tuple[str, str, str]
"""Domain, name and overload: what a node must name to call a function of the model."""


@dataclass(slots=True)
class Body:
    """The nodes of the graph or of a function, those of their subgraphs included."""

    nodes: int = 0
    calls: Counter[FunctionKey] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Fill:
    """A ConstantOfShape: the name of its shape, the type that it fills, and its node's name."""

    shape: str
    dtype: int
    node: str


class Model:
    """`operators` counts the nodes by type; `bodies` holds the graph under None and each function under
    its key; `fills` are the ConstantOfShape, whose shapes stand under `shapes` where the file says them;
    `sparse` the sparse tensors, with the elements that they stand for."""

    def __init__(self, data: memoryview):
        self.budget = Budget()
        self.ir_version, self.producer, self.graphs = 0, "", 0
        self.opsets: dict[str, int] = {}
        self.inputs: list[TensorSpec] = []
        self.outputs: list[TensorSpec] = []
        self.operators: Counter[tuple[str, str]] = Counter()
        self.first_node: dict[tuple[str, str], str] = {}
        self.initializers: set[str] = set()
        self.tensors: list[Tensor] = []
        self.sparse: list[tuple[int, Tensor]] = []
        self.bodies: dict[FunctionKey | None, Body] = {None: Body()}
        self.metadata: set[str] = set()
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.fills: list[Fill] = []
        self.parameters = 0
        self._waiting: list[tuple[memoryview, int, FunctionKey | None]] = []
        for number, wire_type, value in wire.fields(data, self.budget):
            if number == 1 and wire_type == VARINT:
                self.ir_version = value
            elif number in (2, 3):
                self.producer += wire.text(value) + " "
            elif number == 7:
                self.graphs += 1
                self._graph(value, 0, None)
            elif number == 8:
                self._opset(value)
            elif number == 14:
                self.metadata.add(entry(value, self.budget)[0])
            elif number == 20:
                self._waiting += [(graph, 1, None) for graph in self._training_graphs(value)]
            elif number == 25:
                self._function(value)
        while self._waiting:
            self._graph(*self._waiting.pop())

    def generated(self) -> Iterator[tuple[Fill, int]]:
        """Each ConstantOfShape whose shape is known, with the elements that it fills."""
        for fill in self.fills:
            if fill.shape in self.shapes:
                yield fill, elements(self.shapes[fill.shape])

    def _training_graphs(self, message: memoryview) -> Iterator[memoryview]:
        for number, wire_type, value in wire.fields(message, self.budget):
            if number in (1, 2) and wire_type == BYTES:
                yield value

    def _opset(self, message: memoryview) -> None:
        domain, version = "", 0
        for number, _, value in wire.fields(message, self.budget):
            if number == 1:
                domain = _plain(wire.text(value))
            elif number == 2:
                version = wire.number_of(value)
        self.opsets[domain] = version

    def _function(self, message: memoryview) -> None:
        name, domain, overload, nodes, defaults = "", "", "", [], []
        for number, _, value in wire.fields(message, self.budget):
            if number == 1:
                name = wire.text(value)
            elif number == 7:
                nodes.append(value)
            elif number == 10:
                domain = _plain(wire.text(value))
            elif number == 11:
                defaults.append(value)
            elif number == 13:
                overload = wire.text(value)
        key = (domain, name, overload)
        self.bodies.setdefault(key, Body())
        for node in nodes:
            self._node(node, 1, key)
        for default in defaults:
            self._attribute(default, "", name, 1, key)

    def _graph(self, message: memoryview, depth: int, body: FunctionKey | None) -> None:
        if depth > MAX_GRAPH_DEPTH:
            raise Damaged("nests its graphs too deeply")
        for number, _, value in wire.fields(message, self.budget):
            if number == 1:
                self._node(value, depth, body)
            elif number == 5:
                self._initializer(self._tensor(value, "the initializer"))
            elif number == 15:
                self._sparse(value, "the sparse initializer")
            elif depth == 0 and number == 11:
                self.inputs.append(self._value_info(value))
            elif depth == 0 and number == 12:
                self.outputs.append(self._value_info(value))

    def _node(self, message: memoryview, depth: int, body: FunctionKey | None) -> None:
        op_type, domain, overload, name, first_input = "", "", "", "", None
        output, attributes = "", []
        for number, _, value in wire.fields(message, self.budget):
            if number == 4:
                op_type = wire.text(value)
            elif number == 7:
                domain = _plain(wire.text(value))
            elif number == 1 and first_input is None:
                first_input = wire.text(value)
            elif number == 2 and not output:
                output = wire.text(value)
            elif number == 3:
                name = wire.text(value)
            elif number == 5:
                attributes.append(value)
            elif number == 8:
                overload = wire.text(value)
        operator = (domain, op_type)
        self.operators[operator] += 1
        self.first_node.setdefault(operator, name or output)
        self.bodies[body].nodes += 1
        self.bodies[body].calls[domain, op_type, overload] += 1
        fill_type = DTYPES.index("float32")
        for attribute in attributes:
            for tensor in self._attribute(attribute, op_type, name or output, depth, body):
                if op_type == "Constant":
                    self.parameters += tensor.count if tensor.count >= LARGE_CONSTANT else 0
                    self._shape(output, tensor)
                fill_type = tensor.dtype
        if op_type == "ConstantOfShape" and first_input:
            self.fills.append(Fill(first_input, fill_type, name or output))

    def _attribute(
        self, message: memoryview, op_type: str, owner: str, depth: int, body: FunctionKey | None
    ) -> list[Tensor]:
        """Reads the tensors of one attribute and notes its graphs for later."""
        tensors, integers = [], []
        for number, wire_type, value in wire.fields(message, self.budget):
            if number in (6, 11) and wire_type == BYTES:
                self._waiting.append((value, depth + 1, body))
            elif number in (5, 10):
                tensors.append(self._tensor(value, "a tensor of the node", owner or op_type))
            elif number in (22, 23):
                self._sparse(value, "a sparse tensor of the node", owner or op_type)
            elif number == 8 and op_type == "Constant" and len(integers) <= MAX_SHAPE:
                integers += wire.repeated_numbers(value, self.budget)
        if integers:  # value_ints of a Constant: a list, and no tensor
            count = len(integers)
            tensors.append(Tensor("", (count,), count, INT64, None, count, None, "", owner, tuple(integers)))
        return tensors

    def _initializer(self, tensor: Tensor) -> None:
        self.initializers.add(tensor.name)
        self.parameters += tensor.count
        self._shape(tensor.name, tensor)

    def _sparse(self, message: memoryview, holder: str, owner: str = "") -> None:
        dims: list[int] = []
        values: Tensor | None = None
        for number, _, value in wire.fields(message, self.budget):
            if number == 1:
                values = self._tensor(value, holder, owner)
                if not owner:
                    self._initializer(values)
            elif number == 2:
                self._tensor(value, holder, owner)
            elif number == 3:
                dims += wire.repeated_numbers(value, self.budget)
        if values is not None:
            self.sparse.append((elements(dims), values))

    def _shape(self, name: str, tensor: Tensor) -> None:
        if tensor.dtype == INT64 and len(tensor.dims) == 1 and tensor.integers:
            self.shapes[name] = tensor.integers

    def _tensor(self, message: memoryview, holder: str, owner: str = "") -> Tensor:
        tensor = read_tensor(message, self.budget, holder, owner)
        self.tensors.append(tensor)
        return tensor

    def _value_info(self, message: memoryview) -> TensorSpec:
        name, dtype, shape = "", None, None
        for number, _, value in wire.fields(message, self.budget):
            if number == 1:
                name = wire.text(value)
            elif number == 2:
                for kind, wire_type, tensor in wire.fields(value, self.budget):
                    if kind in (1, 8) and wire_type == BYTES:
                        dtype, shape = self._tensor_type(tensor)
        return TensorSpec(name, dtype, shape)

    def _tensor_type(self, message: memoryview) -> tuple[str | None, tuple[Dim, ...] | None]:
        dtype, shape = None, None
        for number, wire_type, value in wire.fields(message, self.budget):
            if number == 1 and wire_type == VARINT:
                dtype = DTYPES[value] if 0 < value < len(DTYPES) else None
            elif number == 2 and wire_type == BYTES:
                shape = tuple(self._dim(dim) for dim in wire.submessages(value, 1, self.budget))
        return dtype, shape

    def _dim(self, message: memoryview) -> Dim:
        dim: Dim = None
        for number, _, value in wire.fields(message, self.budget):
            if number == 1:
                size = wire.number_of(value)
                dim = size if size >= 0 else None
            elif number == 2:
                dim = wire.text(value) or None
        return dim


def graph_file(content: Content) -> str | None:
    """The name of the file that holds the graph: "" where the content is that file, None where a zip or
    a folder has no file .onnx or several. A tar, which is read in one pass, is never looked into."""
    if content.container == "file":
        return ""
    named = [name for name in content.files if name.endswith(".onnx")] if content.container != "tar" else []
    return named[0] if len(named) == 1 else None


@once
def read(content: Content, _root: str) -> Model:
    return Model(content.view(graph_file(content) or ""))


def _plain(domain: str) -> str:
    """ONNX's own domain has two names."""
    return "" if domain == "ai.onnx" else domain
