"""A SavedModel's `MetaGraphDef`: its signatures, its graph and the objects that it restores.

Field numbers are those of tensorflow/core/protobuf: saved_model, meta_graph, saver, saved_object_graph and
tensorflow/core/framework: attr_value, tensor_shape (TensorFlow 2.21).
"""

from collections import Counter
from dataclasses import dataclass

from benchmarks.artifact import Dim, TensorSpec
from benchmarks.inspection import protobuf_wire as wire
from benchmarks.inspection.content import Content
from benchmarks.inspection.once import once
from benchmarks.inspection.protobuf_wire import BYTES, VARINT, Budget
from benchmarks.inspection.tensor_size import elements
from benchmarks.inspection.tensorflow_graph import Graph, attribute, entry

GRAPH_FILE = "saved_model.pb"
DEFAULT_SIGNATURE = "serving_default"
LARGE_CONSTANT = 128
"""Elements from which a Const counts as weights (a frozen model) and not as an axis or a shape."""
INITIALIZER_SIGNATURE = "__saved_model_init_op"
_TYPE_NAMES = """
float32 float64 int32 uint8 int16 int8 str complex64 int64 bool qint8 quint8 qint32 bfloat16 qint16 quint16
uint16 complex128 float16 resource variant uint32 uint64 float8_e5m2 float8_e4m3fn float8_e4m3fnuz
float8_e4m3b11fnuz float8_e5m2fnuz int4 uint4 int2 uint2 float4_e2m1fn
"""
_DTYPES = dict(enumerate(_TYPE_NAMES.split(), start=1))
_VARIABLES = {
    "variables",
    "trainable_variables",
    "local_variables",
    "model_variables",
    "moving_average_variables",
    "metric_variables",
    "global_step",
}
"""Collections of TensorFlow 1 whose variables TensorFlow 2 builds anew, and so initialises."""
_KINDS = {4, 5, 6, 7, 8, 9, 10, 12}
"""The fields of SavedObject of which the last one says what the object is; 5 is an asset."""


@dataclass(frozen=True)
class Asset:
    """A file of the model in assets/, and the tensor that takes its path."""

    tensor: str
    file: str


class MetaGraph:
    """`operators` counts those of the graph and of every function. By name of a tensor or a node:
    `fetched` what a caller or a loader runs, `restoring` and `initialising` what a loader may run in
    place of one another."""

    def __init__(self, message: memoryview, budget: Budget):
        self.budget = budget
        self.tensorflow = ""
        self.tags: list[str] = []
        self.operators: Counter[str] = Counter()
        self.signatures: dict[str, tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...]]] = {}
        self.objects = Objects(budget)
        self.graph = Graph(budget)
        self.variables: dict[str, int] = {}
        self.assets: list[Asset] = []
        self.fetched: set[str] = set()
        self.restoring: set[str] = set()
        self.initialising: set[str] = set()
        self._constants = 0
        for number, wire_type, value in wire.fields(message, budget):
            if wire_type != BYTES:
                continue
            if number == 1:
                self._info(value)
            elif number == 2:
                self.graph.read(value)
            elif number == 3:
                self._saver(value)
            elif number == 4:
                self._collection(*entry(value, budget))
            elif number == 5:
                key, signature = entry(value, budget)
                self.signatures[key] = self._signature(signature)
            elif number == 6:
                self._asset(value)
            elif number == 7:
                self.objects.read(value)
        self._count()

    def version(self, signature: str) -> dict[str, int | str]:
        found = {"tensorflow": self.tensorflow, "tags": " ".join(self.tags), "signature": signature}
        return {key: value for key, value in found.items() if value}

    def serving_signature(self) -> str:
        """serving_default, else the first one by name, "" if there is none."""
        names = sorted(self.signatures.keys() - {INITIALIZER_SIGNATURE})
        return DEFAULT_SIGNATURE if DEFAULT_SIGNATURE in names else next(iter(names), "")

    def graph_parameters(self) -> int:
        """Where the file has no object graph (TensorFlow 1, frozen): the graph's own variables, else
        its large constants."""
        return sum(self.variables.values()) or self._constants

    def _info(self, message: memoryview) -> None:
        for number, _, value in wire.fields(message, self.budget):
            if number == 4:
                self.tags.append(wire.text(value))
            elif number == 5:
                self.tensorflow = wire.text(value)

    def _count(self) -> None:
        for _, nodes in self.graph.bodies():
            for node in nodes:
                self.operators[node.op] += 1
                if node.op in ("VarHandleOp", "VariableV2", "Variable"):
                    shape = attribute(node.attributes, "shape", 7, self.budget)
                    self.variables[node.name] = _elements(shape, self.budget)
                elif node.op == "Const":
                    tensor = attribute(node.attributes, "value", 8, self.budget)
                    shapes = list(wire.submessages(tensor, 2, self.budget))
                    count = _elements(shapes[-1], self.budget) if shapes else 0
                    self._constants += count if count >= LARGE_CONSTANT else 0

    def _signature(self, message: memoryview) -> tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...]]:
        sides: dict[int, list[TensorSpec]] = {1: [], 2: []}
        for number, wire_type, value in wire.fields(message, self.budget):
            if number in sides and wire_type == BYTES:
                name, info = entry(value, self.budget)
                sides[number].append(self._tensor_info(name, info))
                if number == 2:
                    self.fetched.update(self._tensor_names(info))
        return tuple(sorted(sides[1], key=_name)), tuple(sorted(sides[2], key=_name))

    def _tensor_info(self, name: str, message: memoryview) -> TensorSpec:
        dtype, shape = None, None
        for number, wire_type, value in wire.fields(message, self.budget):
            if number == 2 and wire_type == VARINT:
                dtype = _DTYPES.get(value)
            elif number == 3 and wire_type == BYTES:
                shape = _shape(value, self.budget)
        return TensorSpec(name, dtype, shape)

    def _tensor_names(self, message: memoryview) -> list[str]:
        """The tensors that a `TensorInfo` stands for: one, or those of a sparse or composite tensor."""
        names, waiting = [], [message]
        while waiting:
            for number, wire_type, value in wire.fields(waiting.pop(), self.budget):
                if number == 1 and wire_type == BYTES:
                    names.append(wire.text(value))
                elif number == 4 and wire_type == BYTES:
                    names += [wire.text(part) for _, _, part in wire.fields(value, self.budget)]
                elif number == 5 and wire_type == BYTES:
                    waiting += wire.submessages(value, 2, self.budget)
        return names

    def _saver(self, message: memoryview) -> None:
        for number, _, value in wire.fields(message, self.budget):
            if number == 3:
                self.restoring.add(wire.text(value))

    def _collection(self, name: str, message: memoryview) -> None:
        """As TensorFlow 1 writes them: nodes such as main_op, variables, more savers, assets."""
        for number, wire_type, value in wire.fields(message, self.budget):
            if wire_type != BYTES:
                continue
            if number == 1:
                self.fetched |= {wire.text(node) for node in wire.submessages(value, 1, self.budget)}
            elif number == 2 and name == "savers":
                for saver in wire.submessages(value, 1, self.budget):
                    self._saver(saver)
            elif number == 2 and name in _VARIABLES:
                for variable in wire.submessages(value, 1, self.budget):
                    self._variable(variable)
            elif number == 5 and name == "saved_model_assets":
                for packed in wire.submessages(value, 1, self.budget):
                    self._asset(entry(packed, self.budget)[1])

    def _variable(self, message: memoryview) -> None:
        """A `VariableDef`: the names of its node, its initializer, its value and its first value."""
        for number, wire_type, value in wire.fields(message, self.budget):
            if number in (1, 2, 3, 6) and wire_type == BYTES:
                self.initialising.add(wire.text(value))

    def _asset(self, message: memoryview) -> None:
        tensor, file = "", ""
        for number, wire_type, value in wire.fields(message, self.budget):
            if number == 1 and wire_type == BYTES:
                tensor = "".join(self._tensor_names(value)[-1:])
            elif number == 2:
                file = wire.text(value)
        self.assets.append(Asset(tensor, file))


class Objects:
    """The object graph: which variables there are and what holds them; `assets` are the nodes that stand
    for files of the model; `bound` the nodes that each function is called with, after its arguments."""

    def __init__(self, budget: Budget):
        self.budget = budget
        self.assets: set[int] = set()
        self.bound: dict[str, list[int]] = {}
        self.variables: dict[int, tuple[str, int]] = {}
        self._children: dict[int, dict[str, int]] = {}
        self._slots: set[int] = set()

    def read(self, message: memoryview) -> None:
        index = len(self._children)
        for number, wire_type, value in wire.fields(message, self.budget):
            if number == 1 and wire_type == BYTES:
                self._node(index, value)
                index += 1
            elif number == 2 and wire_type == BYTES:
                function, concrete = entry(value, self.budget)
                self.bound[function] = [
                    node
                    for field, _, numbers in wire.fields(concrete, self.budget)
                    if field == 2
                    for node in wire.repeated_numbers(numbers, self.budget)
                ]

    def _node(self, index: int, message: memoryview) -> None:
        children = self._children.setdefault(index, {})
        for number, wire_type, value in wire.fields(message, self.budget):
            if wire_type != BYTES:
                continue
            if number in _KINDS:
                self.assets.discard(index)
            if number == 1:
                child, name = self._reference(value, 1, 2)
                children[name] = child
            elif number == 3:
                self._slots.add(self._reference(value, 3, 2)[0])
            elif number == 5:
                self.assets.add(index)
            elif number == 7:
                self.variables[index] = self._variable(value)

    def parameters(self) -> int:
        """Elements of the model's variables.

        A Keras model lists its own under `variables` and holds a second copy for export; elsewhere all
        count but an optimizer's. A random generator's state is no weight.
        """
        listed = set(self._children.get(self._children.get(0, {}).get("variables", -1), {}).values())
        counted = listed & self.variables.keys() or self.variables.keys() - self._optimizer()
        named = (self.variables[index] for index in counted)
        return sum(size for name, size in named if not name.endswith("seed_generator_state"))

    def _optimizer(self) -> set[int]:
        """The optimizer's slots and its own variables, such as the learning rate."""
        excluded, optimizer = set(self._slots), self._children.get(0, {}).get("optimizer")
        waiting = [optimizer] if optimizer is not None else []
        while waiting:
            index = waiting.pop()
            if index not in excluded:
                excluded.add(index)
                waiting += [child for name, child in self._children.get(index, {}).items() if name != "model"]
        return excluded

    def _reference(self, message: memoryview, id_field: int, name_field: int) -> tuple[int, str]:
        node, name = 0, ""
        for number, _, value in wire.fields(message, self.budget):
            if number == id_field:
                node = wire.number_of(value)
            elif number == name_field:
                name = wire.text(value)
        return node, name

    def _variable(self, message: memoryview) -> tuple[str, int]:
        name, count = "", 0
        for number, wire_type, value in wire.fields(message, self.budget):
            if number == 2 and wire_type == BYTES:
                count = _elements(value, self.budget)
            elif number == 6:
                name = wire.text(value)
        return name, count


def _shape(message: memoryview, budget: Budget) -> tuple[Dim, ...] | None:
    """A TensorShapeProto; None where the rank is unknown."""
    dims: list[Dim] = []
    for number, wire_type, value in wire.fields(message, budget):
        if number == 3 and value:
            return None
        if number == 2 and wire_type == BYTES:
            size = 0
            for field, _, dim in wire.fields(value, budget):
                size = wire.number_of(dim) if field == 1 else size
            dims.append(None if size < 0 else size)
    return tuple(dims)


def _elements(shape_message: memoryview, budget: Budget) -> int:
    shape = _shape(shape_message, budget)
    if shape is None or None in shape:
        return 0
    return elements(shape)


def _name(spec: TensorSpec) -> str:
    return spec.name


@once
def read(content: Content, root: str) -> list[MetaGraph]:
    """Every meta graph of the model, all under one budget."""
    budget = Budget()
    graph = content.view(f"{root}/{GRAPH_FILE}" if root else GRAPH_FILE)
    return [MetaGraph(message, budget) for message in wire.submessages(graph, 2, budget)]
