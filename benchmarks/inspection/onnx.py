"""ONNX: one protobuf message, `ModelProto`; in a zip or a folder with its weights in files beside it."""

from benchmarks.artifact import Description, Finding
from benchmarks.inspection import onnx_graph
from benchmarks.inspection import protobuf_wire as wire
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import Damaged, Truncated, refusal
from benchmarks.inspection.protobuf_wire import BYTES, MAX_TEXT_BYTES, VARINT, Budget

_MODEL_WIRE_TYPES = {1: VARINT, 2: BYTES, 3: BYTES, 4: BYTES, 5: VARINT, 6: BYTES, 7: BYTES, 8: BYTES}
_MODEL_WIRE_TYPES |= {14: BYTES, 20: BYTES, 25: BYTES, 26: BYTES}
_MAX_TOP_LEVEL_FIELDS = 100_000
_AFTER_IR_VERSION = (b"\x3a", b"\x42")
"""First bytes of the graph and of an opset, for a model that names no producer."""
_OLDEST_IR_VERSION_WITH_OPSETS = 3


def recognise(content: Content) -> str | None:
    """ "" if the bytes are a `ModelProto` with a graph; the folder of the one .onnx file of a zip or a
    folder, if that is one; else None. A model that starts like ONNX and breaks off is refused here, as
    truncated."""
    name = onnx_graph.graph_file(content)
    if name is None:
        return None
    try:
        data = content.view(name)
    except Damaged:  # compressed, and too large to be taken into memory
        return None
    return name.rpartition("/")[0] if _is_model(data) else None


def _is_model(data: memoryview) -> bool:
    seen: set[int] = set()
    try:
        for number, wire_type, value in wire.fields(data, Budget(_MAX_TOP_LEVEL_FIELDS)):
            if _MODEL_WIRE_TYPES.get(number) != wire_type:
                return False
            if (number == 1 and not 1 <= value < 1000) or (number == 2 and len(value) > MAX_TEXT_BYTES):
                return False  # another message: a saved_model.pb has its whole graph in field 2
            seen.add(number)
    except Truncated:
        if 1 in seen and (2 in seen or bytes(data[2:3]) in _AFTER_IR_VERSION):
            raise _truncated() from None
        return False
    except Damaged:
        return False
    if 1 not in seen or not seen & {2, 7, 8}:
        return False
    if 7 not in seen:
        raise _truncated()
    return True


def _truncated() -> Exception:
    return refusal(
        "truncated-model",
        "This ONNX model is truncated: it ends in the middle of its graph.",
        "Copy or download it again in full, and compare the file's size.",
    )


def describe(content: Content, root: str) -> Description:
    """Reads the graph's outline; weights are stepped over."""
    model = onnx_graph.read(content, root)
    if not model.opsets and model.ir_version >= _OLDEST_IR_VERSION_WITH_OPSETS:
        raise _truncated()
    version: dict[str, int | str] = {"ir_version": model.ir_version, "opset": model.opsets.get("", 0)}
    version |= {f"opset {domain}": number for domain, number in model.opsets.items() if domain}
    if model.producer.strip():
        version["producer"] = model.producer.strip()
    filled = [(fill.shape, count) for fill, count in model.generated() if fill.shape in model.initializers]
    generated = sum(count for _, count in filled)
    shapes = sum(len(model.shapes[name]) for name, _ in filled)  # stored, but no weights
    own = {key[:2] for key in model.bodies if key}  # functions, whose operators are counted instead
    return Description(
        format="onnx",
        sha256=content.sha256(),
        size_bytes=content.size_bytes,
        version=version,
        inputs=tuple(spec for spec in model.inputs if spec.name not in model.initializers),
        outputs=tuple(model.outputs),
        operators={
            f"{domain}::{op_type}" if domain else op_type: count
            for (domain, op_type), count in model.operators.most_common()
            if (domain, op_type) not in own
        },
        parameters=model.parameters - shapes + generated,
        findings=tuple(_findings(model, generated)),
    )


def _findings(model: onnx_graph.Model, generated: int) -> list[Finding]:
    found = []
    if generated:
        text = f"{generated:,} of the weights are not in the file: it fills them with a constant."
        found.append(Finding("warning", text, "Its speed is real, its answers mean nothing."))
    if not model.operators:
        found.append(Finding("warning", "The graph has no operators.", "Export the model again."))
    return found
