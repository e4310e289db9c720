"""ONNX: one protobuf message, `ModelProto`. Field numbers are those of onnx/onnx.proto (onnx 1.23)."""

from collections import Counter

from benchmarks.artifact import Description, Dim, Finding, TensorSpec
from benchmarks.inspection import protobuf_wire as wire
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import Damaged, Truncated, refusal
from benchmarks.inspection.protobuf_wire import BYTES, MAX_TEXT_BYTES, VARINT, Budget
from benchmarks.inspection.tensor_size import elements

MAX_IR_VERSION, MAX_OPSET = 14, 28
"""The newest that ONNX Runtime 1.32 loads (tried: it refuses 15 and 29)."""
LARGE_CONSTANT = 128
"""Elements from which a Constant counts as weights and not as an axis or a shape."""
MAX_GRAPH_DEPTH = 64

_MODEL_WIRE_TYPES = {1: VARINT, 2: BYTES, 3: BYTES, 4: BYTES, 5: VARINT, 6: BYTES, 7: BYTES, 8: BYTES}
_MODEL_WIRE_TYPES |= {14: BYTES, 20: BYTES, 25: BYTES, 26: BYTES}
_MAX_TOP_LEVEL_FIELDS = 100_000
_AFTER_IR_VERSION = (b"\x3a", b"\x42")
"""First bytes of the graph and of an opset, for a model that names no producer."""
_OLDEST_IR_VERSION_WITH_OPSETS = 3
_INT64, _EXTERNAL = 7, 1
_TYPE_NAMES = """
undefined float32 uint8 int8 uint16 int16 int32 int64 str bool float16 float64 uint32 uint64 complex64
complex128 bfloat16 float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz uint4 int4 float4_e2m1fn
float8_e8m0fnu uint2 int2 float6_e2m3fn float6_e3m2fn
"""
_DTYPES = _TYPE_NAMES.split()


def recognise(content: Content) -> str | None:
    """ "" if the bytes are a `ModelProto` with a graph, else None. A model that starts like ONNX and
    breaks off is refused here, as truncated."""
    if content.container != "file":
        return None
    seen: set[int] = set()
    try:
        for number, wire_type, value in wire.fields(content.view(), Budget(_MAX_TOP_LEVEL_FIELDS)):
            if _MODEL_WIRE_TYPES.get(number) != wire_type:
                return None
            if (number == 1 and not 1 <= value < 1000) or (number == 2 and len(value) > MAX_TEXT_BYTES):
                return None  # another message: a saved_model.pb has its whole graph in field 2
            seen.add(number)
    except Truncated:
        if 1 in seen and (2 in seen or content.head[2:3] in _AFTER_IR_VERSION):
            raise _truncated() from None
        return None
    except Damaged:
        return None
    if 1 not in seen or not seen & {2, 7, 8}:
        return None
    if 7 not in seen:
        raise _truncated()
    return ""


def _truncated() -> Exception:
    return refusal(
        "truncated-model",
        "This ONNX model is truncated: it ends in the middle of its graph.",
        "Copy or download it again in full, and compare the file's size.",
    )


def describe(content: Content, root: str) -> Description:
    """Reads the graph's outline; weights are stepped over."""
    model = _Model(content.view())
    if not model.opsets and model.ir_version >= _OLDEST_IR_VERSION_WITH_OPSETS:
        raise _truncated()
    version: dict[str, int | str] = {"ir_version": model.ir_version, "opset": model.opsets.get("", 0)}
    version |= {f"opset {domain}": number for domain, number in model.opsets.items() if domain}
    if model.producer.strip():
        version["producer"] = model.producer.strip()
    return Description(
        format="onnx",
        sha256=content.sha256(),
        size_bytes=content.size_bytes,
        version=version,
        inputs=tuple(spec for spec in model.inputs if spec.name not in model.initializers),
        outputs=tuple(model.outputs),
        operators=dict(model.operators.most_common()),
        parameters=model.parameters + model.generated,
        findings=tuple(model.findings()),
    )


class _Model:
    """The outline of a `ModelProto`, read in one pass without recursion."""

    def __init__(self, data: memoryview):
        self.budget = Budget()
        self.ir_version, self.producer, self.opsets = 0, "", {}
        self.inputs: list[TensorSpec] = []
        self.outputs: list[TensorSpec] = []
        self.operators: Counter[str] = Counter()
        self.initializers: set[str] = set()
        self.parameters = self.generated = 0
        self.external = False
        self._shapes: dict[str, list[int]] = {}
        self._fills: list[str] = []
        self._graphs: list[tuple[memoryview, int]] = []
        for number, wire_type, value in wire.fields(data, self.budget):
            if number == 1 and wire_type == VARINT:
                self.ir_version = value
            elif number in (2, 3):
                self.producer += wire.text(value) + " "
            elif number == 7:
                self._graph(value, 0)
            elif number == 8:
                self._opset(value)
            elif number == 25:
                for node in wire.submessages(value, 7, self.budget):
                    self._node(node, 1)
        while self._graphs:
            self._graph(*self._graphs.pop())
        for name in self._fills:
            if name in self._shapes:
                self.generated += elements(self._shapes[name])
                self.parameters -= len(self._shapes[name])

    def _opset(self, message: memoryview) -> None:
        domain, version = "", 0
        for number, _, value in wire.fields(message, self.budget):
            if number == 1:
                domain = wire.text(value)
            elif number == 2:
                version = wire.number_of(value)
        self.opsets["" if domain == "ai.onnx" else domain] = version

    def _graph(self, message: memoryview, depth: int) -> None:
        if depth > MAX_GRAPH_DEPTH:
            raise Damaged("nests its graphs too deeply")
        for number, _, value in wire.fields(message, self.budget):
            if number == 1:
                self._node(value, depth)
            elif number == 5:
                self._initializer(value)
            elif number == 15:
                for values in wire.submessages(value, 1, self.budget):
                    self._initializer(values)
            elif depth == 0 and number == 11:
                self.inputs.append(self._value_info(value))
            elif depth == 0 and number == 12:
                self.outputs.append(self._value_info(value))

    def _node(self, message: memoryview, depth: int) -> None:
        op_type, domain, inputs, attributes = "", "", [], []
        for number, _, value in wire.fields(message, self.budget):
            if number == 4:
                op_type = wire.text(value)
            elif number == 7:
                domain = wire.text(value)
            elif number == 1 and not inputs:
                inputs.append(wire.text(value))
            elif number == 5:
                attributes.append(value)
        self.operators[f"{domain}::{op_type}" if domain not in ("", "ai.onnx") else op_type] += 1
        if op_type == "ConstantOfShape":
            self._fills += inputs
        for attribute in attributes:
            for number, wire_type, value in wire.fields(attribute, self.budget):
                if number in (6, 11) and wire_type == BYTES:
                    self._graphs.append((value, depth + 1))
                elif number == 5 and op_type == "Constant":
                    count = elements(self._tensor(value)[1])
                    self.parameters += count if count >= LARGE_CONSTANT else 0

    def _initializer(self, message: memoryview) -> None:
        name, dims, dtype, raw = self._tensor(message)
        self.initializers.add(name)
        self.parameters += elements(dims)
        if dtype == _INT64 and len(dims) == 1 and dims[0] <= 8:
            self._shapes[name] = wire.little_endian_int64(raw) if isinstance(raw, memoryview) else raw

    def _tensor(self, message: memoryview) -> tuple[str, list[int], int, memoryview | list[int]]:
        """Name, dims, data type and, of integers, the numbers of a `TensorProto`."""
        name, dims, dtype, numbers = "", [], 0, []
        raw: memoryview | None = None
        for number, wire_type, value in wire.fields(message, self.budget):
            if number == 1:
                dims += wire.repeated_numbers(value, self.budget)
            elif number == 2:
                dtype = wire.number_of(value)
            elif number == 8:
                name = wire.text(value)
            elif number == 9 and wire_type == BYTES:
                raw = value
            elif number == 7 and (isinstance(value, int) or len(value) <= 80):
                numbers += wire.repeated_numbers(value, self.budget)
            elif number == 14 and value == _EXTERNAL:
                self.external = True
        return name, dims, dtype, numbers if raw is None else raw

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
                dtype = _DTYPES[value] if 0 < value < len(_DTYPES) else None
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

    def findings(self) -> list[Finding]:
        found = []
        if self.external:
            found.append(
                Finding(
                    "warning",
                    "The weights lie in another file beside the model (external data).",
                    "It cannot be uploaded alone yet: below 2 GB, export it with external_data=False.",
                )
            )
        opset = self.opsets.get("", 0)
        if opset > MAX_OPSET or self.ir_version > MAX_IR_VERSION:
            found.append(
                Finding(
                    "warning",
                    f"Opset {opset} and IR version {self.ir_version} are newer than ONNX Runtime 1.32 loads "
                    f"(opset {MAX_OPSET}, IR version {MAX_IR_VERSION}).",
                    "Export it again with a lower opset_version.",
                )
            )
        if self.generated:
            found.append(
                Finding(
                    "warning",
                    f"{self.generated:,} of the weights are not in the file: it fills them with a constant.",
                    "Its speed is real, its answers mean nothing.",
                )
            )
        if not self.operators:
            found.append(Finding("warning", "The graph has no operators.", "Export the model again."))
        return found
