"""SavedModel: a folder with `saved_model.pb`, or a zip or tar of one.

Field numbers are those of tensorflow/core/protobuf: saved_model, meta_graph, saved_object_graph and
tensorflow/core/framework: graph, function, node_def, attr_value, tensor_shape (TensorFlow 2.21).
"""

from collections import Counter

from benchmarks.artifact import Description, Dim, Finding, TensorSpec
from benchmarks.inspection import protobuf_wire as wire
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import quoted, refusal
from benchmarks.inspection.protobuf_wire import BYTES, VARINT, Budget
from benchmarks.inspection.tensor_size import elements

GRAPH_FILE = "saved_model.pb"
DEFAULT_SIGNATURE = "serving_default"
LARGE_CONSTANT = 128
"""Elements from which a Const counts as weights (a frozen model) and not as an axis or a shape."""
_INITIALIZER_SIGNATURE = "__saved_model_init_op"
_TYPE_NAMES = """
float32 float64 int32 uint8 int16 int8 str complex64 int64 bool qint8 quint8 qint32 bfloat16 qint16 quint16
uint16 complex128 float16 resource variant uint32 uint64 float8_e5m2 float8_e4m3fn float8_e4m3fnuz
float8_e4m3b11fnuz float8_e5m2fnuz int4 uint4 int2 uint2 float4_e2m1fn
"""
_DTYPES = dict(enumerate(_TYPE_NAMES.split(), start=1))


def recognise(content: Content) -> str | None:
    """The folder of the one saved_model.pb inside, None where there is none. Refuses several."""
    roots = [
        name.removesuffix(GRAPH_FILE).rstrip("/")
        for name in content.files
        if name.rpartition("/")[2] == GRAPH_FILE
    ]
    if len(roots) > 1:
        shown = " and ".join(quoted(root or ".") for root in sorted(roots)[:2])
        raise refusal(
            "several-models",
            f"There are {len(roots)} SavedModels inside, such as {shown}.",
            "Give an archive or a folder with one of them.",
        )
    return roots[0] if roots else None


def describe(content: Content, root: str) -> Description:
    """Reads the first meta graph: its signature, operators and variables."""
    prefix = f"{root}/" if root else ""
    budget = Budget()
    metas = list(wire.submessages(content.view(prefix + GRAPH_FILE), 2, budget))
    if not metas:
        raise refusal("empty-model", "This SavedModel has no graph.", "Save the model again.")
    graph = _MetaGraph(metas[0], budget)
    key = graph.serving_signature()
    inputs, outputs = graph.signatures.get(key, ((), ()))
    has_weights = any(name.startswith(f"{prefix}variables/") for name in content.files)
    return Description(
        format="savedmodel",
        sha256=content.sha256(),
        size_bytes=content.size_bytes,
        version=graph.version(key),
        inputs=inputs,
        outputs=outputs,
        operators=dict(graph.operators.most_common()),
        parameters=graph.objects.parameters() if graph.objects.variables else graph.graph_parameters(),
        findings=tuple(graph.findings(key, len(metas), has_weights)),
    )


class _MetaGraph:
    def __init__(self, message: memoryview, budget: Budget):
        self.budget = budget
        self.tensorflow = ""
        self.tags: list[str] = []
        self.operators: Counter[str] = Counter()
        self.signatures: dict[str, tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...]]] = {}
        self.objects = _Objects(budget)
        self._constants = 0
        self._variables: dict[str, int] = {}
        for number, wire_type, value in wire.fields(message, budget):
            if wire_type != BYTES:
                continue
            if number == 1:
                self._info(value)
            elif number == 2:
                self._graph(value)
            elif number == 5:
                key, signature = _entry(value, budget)
                self.signatures[key] = self._signature(signature)
            elif number == 7:
                self.objects.read(value)

    def version(self, signature: str) -> dict[str, int | str]:
        found = {"tensorflow": self.tensorflow, "tags": " ".join(self.tags), "signature": signature}
        return {key: value for key, value in found.items() if value}

    def serving_signature(self) -> str:
        """serving_default, else the first one by name, "" if there is none."""
        names = sorted(self.signatures.keys() - {_INITIALIZER_SIGNATURE})
        return DEFAULT_SIGNATURE if DEFAULT_SIGNATURE in names else next(iter(names), "")

    def graph_parameters(self) -> int:
        """Where the file has no object graph (TensorFlow 1, frozen): the graph's own variables, else
        its large constants."""
        return sum(self._variables.values()) or self._constants

    def _info(self, message: memoryview) -> None:
        for number, _, value in wire.fields(message, self.budget):
            if number == 4:
                self.tags.append(wire.text(value))
            elif number == 5:
                self.tensorflow = wire.text(value)

    def _graph(self, message: memoryview) -> None:
        for number, wire_type, value in wire.fields(message, self.budget):
            if number == 1 and wire_type == BYTES:
                self._node(value)
            elif number == 2 and wire_type == BYTES:
                for function in wire.submessages(value, 1, self.budget):
                    for node in wire.submessages(function, 3, self.budget):
                        self._node(node)

    def _node(self, message: memoryview) -> None:
        name, op, attributes = "", "", []
        for number, _, value in wire.fields(message, self.budget):
            if number == 1:
                name = wire.text(value)
            elif number == 2:
                op = wire.text(value)
            elif number == 5:
                attributes.append(value)
        self.operators[op] += 1
        if op in ("VarHandleOp", "VariableV2", "Variable"):
            self._variables[name] = _elements(self._attribute(attributes, "shape", 7), self.budget)
        elif op == "Const":
            tensor = self._attribute(attributes, "value", 8)
            shapes = list(wire.submessages(tensor, 2, self.budget))
            count = _elements(shapes[-1], self.budget) if shapes else 0
            self._constants += count if count >= LARGE_CONSTANT else 0

    def _attribute(self, attributes: list[memoryview], wanted: str, number: int) -> memoryview:
        for attribute in attributes:
            key, value = _entry(attribute, self.budget)
            if key == wanted:
                return next(wire.submessages(value, number, self.budget), memoryview(b""))
        return memoryview(b"")

    def _signature(self, message: memoryview) -> tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...]]:
        sides: dict[int, list[TensorSpec]] = {1: [], 2: []}
        for number, wire_type, value in wire.fields(message, self.budget):
            if number in sides and wire_type == BYTES:
                sides[number].append(self._tensor_info(*_entry(value, self.budget)))
        return tuple(sorted(sides[1], key=_name)), tuple(sorted(sides[2], key=_name))

    def _tensor_info(self, name: str, message: memoryview) -> TensorSpec:
        dtype, shape = None, None
        for number, wire_type, value in wire.fields(message, self.budget):
            if number == 2 and wire_type == VARINT:
                dtype = _DTYPES.get(value)
            elif number == 3 and wire_type == BYTES:
                shape = _shape(value, self.budget)
        return TensorSpec(name, dtype, shape)

    def findings(self, signature: str, meta_graphs: int, has_weights: bool) -> list[Finding]:
        found = []
        others = sorted(self.signatures.keys() - {_INITIALIZER_SIGNATURE, signature})
        if not signature:
            text = "It has no signature, so nothing says what goes in and what comes out."
            found.append(
                Finding("warning", text, "Save it with signatures=…, or with Keras' model.export().")
            )
        elif others:
            shown = ", ".join(map(quoted, others[:5]))
            text = f"The signature {quoted(signature)} is described; it also has {shown}."
            found.append(Finding("info", text))
        if meta_graphs > 1:
            found.append(Finding("info", f"It has {meta_graphs} meta graphs; the first one is described."))
        if (self.objects.variables or self._variables) and not has_weights:
            text = "Its graph has variables, but the folder variables/ is not there."
            found.append(Finding("warning", text, "Pack the whole model folder."))
        return found


class _Objects:
    """The object graph: which variables there are and what holds them."""

    def __init__(self, budget: Budget):
        self.budget = budget
        self.variables: dict[int, tuple[str, int]] = {}
        self._children: dict[int, dict[str, int]] = {}
        self._slots: set[int] = set()

    def read(self, message: memoryview) -> None:
        for index, node in enumerate(wire.submessages(message, 1, self.budget)):
            children = self._children.setdefault(index, {})
            for number, wire_type, value in wire.fields(node, self.budget):
                if wire_type != BYTES:
                    continue
                if number == 1:
                    child, name = self._reference(value, 1, 2)
                    children[name] = child
                elif number == 3:
                    self._slots.add(self._reference(value, 3, 2)[0])
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


def _entry(message: memoryview, budget: Budget) -> tuple[str, memoryview]:
    """Key and value of one entry of a protobuf map."""
    key, content = "", memoryview(b"")
    for number, wire_type, value in wire.fields(message, budget):
        if number == 1:
            key = wire.text(value)
        elif number == 2 and wire_type == BYTES:
            content = value
    return key, content


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
