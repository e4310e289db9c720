"""What is refused in an ONNX model.

External data has been read from anywhere on the disk through a path, a link or a memory address in place
of a path; nested functions expand a file of 4 KB into 2⁴⁰ nodes, on which the checker, shape inference
and ONNX Runtime all hang; sizes that the bytes do not bear out are what overflows native code.
"""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.artifact import Finding
from benchmarks.inspection import onnx_graph
from benchmarks.inspection.audit import Audit, refusal
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import quoted
from benchmarks.inspection.onnx_graph import FunctionKey, Model
from benchmarks.inspection.onnx_tensor import DTYPES, Tensor

MAX_IR_VERSION = 14
MAX_OPSETS = {"": 28, "ai.onnx.ml": 5, "ai.onnx.preview.training": 1, "com.microsoft": 1}
"""By domain, the newest that ONNX Runtime 1.32 loads (tried: it refuses 15, and 29, 6, 2 and 2)."""
MAX_EXPANDED_NODES = 1_000_000
"""Nodes after every call of a function is replaced by its body; a real graph has some ten thousand."""
MAX_GENERATED_BYTES = 8 * 10**9
"""What the model may have filled with a constant while it is loaded."""

_REFUSED_OPERATORS = {
    ("com.microsoft", "EPContext"): "a binary compiled for one accelerator, or the path of a file with one",
    ("com.microsoft", "Snpe"): "a binary compiled for one accelerator",
    ("com.microsoft", "PythonOp"): "a Python function by its name",
    ("com.microsoft", "PythonOpGrad"): "a Python function by its name",
    ("ai.onnx.contrib", "PyOp"): "a Python function by its name",
    ("com.microsoft", "ATen"): "any operator of PyTorch by its name, also those that use files",
    ("org.pytorch.aten", "ATen"): "any operator of PyTorch by its name, also those that use files",
}
_MEMORY_ADDRESS = "_ORT_MEM_ADDR_"
"""ONNX Runtime's mark for data at an address in its own memory in place of a file."""
_BITS = (
    {"uint4": 4, "int4": 4, "float4_e2m1fn": 4, "uint2": 2, "int2": 2, "complex128": 128, "bool": 8}
    | dict.fromkeys(("float64", "int64", "uint64", "complex64"), 64)
    | dict.fromkeys(("float32", "int32", "uint32"), 32)
    | dict.fromkeys(("float16", "bfloat16", "int16", "uint16"), 16)
    | {name: 8 for name in DTYPES if name.startswith("float8")}
    | dict.fromkeys(("int8", "uint8"), 8)
)
_EXPORT_WHOLE = "Export it with external_data=False (below 2 GB), so that the weights lie in the file."
_PACK_TOGETHER = (
    "Pack the model and its files of weights together as .zip, or export with external_data=False."
)
_EXPORT_AGAIN = "Export the model again with torch.onnx.export or the converter that it came from."
_LOWER_OPSET = f"Export it again with opset_version={MAX_OPSETS['']} or lower."


@dataclass(frozen=True)
class _Parsed:
    content: Content
    root: str
    model: Model


def _external_data(parsed: _Parsed) -> None:
    """Weights in another file: refused without that file, and wherever it would lie outside."""
    for tensor in parsed.model.tensors:
        if tensor.external is None:
            continue
        path = tensor.external.get("location", "")
        if _MEMORY_ADDRESS in path:
            found = "A weight is to be read from an address in the memory of the program that loads it."
            raise refusal("external-data", found, tensor.where, _EXPORT_WHOLE)
        if _leaves_folder(path):
            found = f"Weights are to be read from the file {quoted(path)}, outside of the model."
            raise refusal("external-data", found, tensor.where, _EXPORT_WHOLE)
        name = f"{parsed.root}/{path}" if parsed.root else path
        if name not in parsed.content.files:
            found = f"The weights lie in another file, {quoted(path)}, which is not here (external data)."
            raise refusal("external-data", found, tensor.where, _PACK_TOGETHER)
        if parsed.content.container == "folder" and _is_link(parsed.content, name):
            found = f"The file of weights {quoted(path)} is a link."
            raise refusal("external-data", found, tensor.where, "Give a copy of the file in its place.")
        start, length = _number(tensor.external, "offset", 0), _number(tensor.external, "length", None)
        end = start + (_declared_bytes(tensor) or 0 if length is None else length)
        if min(start, end) < 0 or end > parsed.content.files[name]:
            found = f"The weights end after the end of the file {quoted(path)}."
            raise refusal("external-data", found, tensor.where, _EXPORT_AGAIN)


def _leaves_folder(path: str) -> bool:
    parts = path.split("/")
    return path.startswith("/") or ".." in parts or "\\" in path or path[1:2] == ":" or "\0" in path


def _is_link(content: Content, name: str) -> bool:
    """By symbolic link anywhere on the way, or a second name for a file of someone else."""
    path = content.path
    for part in name.split("/"):
        path = path / part
        if path.is_symlink():
            return True
    return path.stat().st_nlink > 1


def _number(entries: dict[str, str], key: str, default: int | None) -> int | None:
    """A number of external_data; -1 where it is none."""
    text = entries.get(key)
    if text is None:
        return default
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else -1


def _tensor_sizes(parsed: _Parsed) -> None:
    """What a tensor declares against the bytes that are there."""
    for tensor in parsed.model.tensors:
        declared = _declared_bytes(tensor)
        if tensor.external is not None or declared is None:
            continue
        stored = f"holds {tensor.raw_bytes} bytes"
        if tensor.raw_bytes is not None and DTYPES[tensor.dtype] != "str":
            fits = tensor.raw_bytes == declared
        else:
            stored = f"holds {tensor.values} values"
            fits = tensor.values in _possible_values(DTYPES[tensor.dtype], tensor.count)
        if not fits:
            sizes = "×".join(map(str, tensor.dims[:8])) or "1"
            found = f"A tensor of {sizes} elements of {DTYPES[tensor.dtype]} {stored}."
            raise refusal("tensor-size", found, tensor.where, _EXPORT_AGAIN)


def _declared_bytes(tensor: Tensor) -> int | None:
    """None where the type is unknown."""
    if not 0 < tensor.dtype < len(DTYPES):
        return None
    dtype = DTYPES[tensor.dtype]
    if dtype == "str":
        return 0
    return -(-tensor.count * _BITS[dtype] // 8) if dtype in _BITS else None


def _possible_values(dtype: str, count: int) -> set[int]:
    """How many numbers stand for `count` elements where they are not raw bytes (onnx.proto, TensorProto)."""
    if dtype.startswith("complex"):
        return {2 * count}
    bits = _BITS.get(dtype, 8)
    return {-(-count * bits // 8)} if bits < 8 else {count}


def _function_expansion(parsed: _Parsed) -> None:
    """How many nodes there are once each call of a function is replaced by its body."""
    bodies = parsed.model.bodies
    expanded: dict[FunctionKey | None, int] = {}
    entered: set[FunctionKey | None] = set()
    waiting: list[FunctionKey | None] = [None]
    while waiting:
        body = waiting[-1]
        if body in expanded:
            waiting.pop()
            continue
        callees = [callee for callee in bodies[body].calls if callee in bodies]
        missing = [callee for callee in callees if callee not in expanded]
        if body not in entered:
            entered.add(body)
            for callee in missing:
                if callee in entered:
                    found = "A function of the model calls itself."
                    raise refusal("function-expansion", found, _function(callee), _EXPORT_AGAIN)
            waiting += missing
            if missing:
                continue
        waiting.pop()
        nodes = bodies[body].nodes + sum(expanded[callee] * bodies[body].calls[callee] for callee in callees)
        expanded[body] = min(nodes, MAX_EXPANDED_NODES + 1)
        if nodes > MAX_EXPANDED_NODES:
            found = f"Its functions call one another until there are over {MAX_EXPANDED_NODES:,} nodes."
            raise refusal("function-expansion", found, _function(body), _EXPORT_AGAIN)


def _function(key: FunctionKey | None) -> str:
    return f"the function {quoted(key[1])}" if key else "the graph"


def _several_graphs(parsed: _Parsed) -> None:
    """Protobuf merges them into one, which is never what was meant."""
    if parsed.model.graphs > 1:
        found = f"The file has {parsed.model.graphs} graphs in place of one."
        raise refusal("several-graphs", found, "the model itself", _EXPORT_AGAIN)


def _opset(parsed: _Parsed) -> None:
    """What is newer than the runtime, whose operators no rule here knows."""
    model = parsed.model
    if model.ir_version > MAX_IR_VERSION:
        found = f"IR version {model.ir_version} is newer than ONNX Runtime 1.32 loads ({MAX_IR_VERSION})."
        raise refusal("opset-unknown", found, "the model's ir_version", _LOWER_OPSET)
    for domain, opset in model.opsets.items():
        newest = MAX_OPSETS.get(domain)
        if newest is not None and opset > newest:
            named = f"Opset {opset} of {quoted(domain)}" if domain else f"Opset {opset}"
            found = f"{named} is newer than ONNX Runtime 1.32 loads ({newest})."
            raise refusal("opset-unknown", found, "the model's opset_import", _LOWER_OPSET)


def _operators(parsed: _Parsed) -> None:
    for (domain, op_type), node in parsed.model.first_node.items():
        if held := _REFUSED_OPERATORS.get((domain, op_type)):
            found = f"The operator {op_type} holds {held}."
            raise refusal("operator", found, f"the node {quoted(node)}", _EXPORT_AGAIN)


def _generated_size(parsed: _Parsed) -> None:
    """Constants and sparse tensors that are written out in full while the model is loaded."""
    total = 0
    for fill, count in parsed.model.generated():
        total += _add_generated(total, count, fill.dtype, f"the node {quoted(fill.node)}")
    for count, values in parsed.model.sparse:
        total += _add_generated(total, count, values.dtype, values.where)


def _add_generated(total: int, count: int, dtype: int, where: str) -> int:
    name = DTYPES[dtype] if 0 < dtype < len(DTYPES) else "float32"
    size = count * _BITS.get(name, 8) // 8
    if total + size > MAX_GENERATED_BYTES:
        found = (
            f"Loading it would fill {(total + size) / 1e9:,.0f} GB of memory with constants; at most "
            f"{MAX_GENERATED_BYTES / 1e9:.0f} GB are allowed."
        )
        raise refusal("generated-size", found, where, _EXPORT_AGAIN)
    return size


RULES: dict[str, Callable[[_Parsed], None]] = {
    "external-data": _external_data,
    "tensor-size": _tensor_sizes,
    "function-expansion": _function_expansion,
    "several-graphs": _several_graphs,
    "opset-unknown": _opset,
    "operator": _operators,
    "generated-size": _generated_size,
}


def audit(content: Content, root: str) -> Audit:
    model = onnx_graph.read(content, root)
    parsed = _Parsed(content, root, model)
    for rule in RULES.values():
        rule(parsed)
    return Audit(
        not_examined=(
            "how much memory and time the graph takes when it runs, and while its constants are folded",
        ),
        findings=tuple(_findings(model)),
    )


def _findings(model: Model) -> list[Finding]:
    found = []
    functions = {key[:2] for key in model.bodies if key}
    custom = sorted(
        {
            domain
            for domain, op_type in model.operators
            if domain not in MAX_OPSETS and not domain.startswith(("com.microsoft.", "com.ms."))
            if (domain, op_type) not in functions
        }
    )
    if custom:
        text = f"It has custom operators, of {', '.join(map(quoted, custom[:5]))}, and not what runs them."
        found.append(Finding("warning", text, "Express them in ONNX's own operators or as functions."))
    if "ort_config" in model.metadata:
        text = "It holds settings for ONNX Runtime (ort_config), which are not used here."
        found.append(Finding("info", text))
    return found
