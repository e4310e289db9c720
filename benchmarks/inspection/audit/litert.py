"""What is refused in a LiteRT model: what needs kernels that are not here, and tables that lie.

A damaged file crashed LiteRT natively when it was opened by path (34 of 40); it is loaded as bytes, which
LiteRT checks, and no longer gets that far where an index or a size does not fit.
"""

from collections.abc import Callable, Iterator

from benchmarks.inspection import litert_tables
from benchmarks.inspection.audit import Audit, refusal
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import quoted
from benchmarks.inspection.litert import DTYPES, operator_name
from benchmarks.inspection.litert_tables import CUSTOM, Buffer, Model, Operator, Subgraph, Tensor
from benchmarks.inspection.tensor_size import elements

_FLEX = "Flex"
_BUILT_IN_CUSTOM = {"NumericVerify", "Mfcc", "AudioSpectrogram", "TFLite_Detection_PostProcess"}
"""Custom by name, yet LiteRT's own resolver registers them (tensorflow/lite/core/kernels/register.cc)."""
_BITS = (
    {"bool": 8, "complex128": 128, "int4": 4, "uint4": 4, "int2": 2}
    | dict.fromkeys(("float64", "int64", "uint64", "complex64"), 64)
    | dict.fromkeys(("float32", "int32", "uint32"), 32)
    | dict.fromkeys(("float16", "bfloat16", "int16", "uint16"), 16)
    | dict.fromkeys(("int8", "uint8", "float8_e4m3fn", "float8_e5m2"), 8)
)
"""Of an element. Strings, resources and variants are not told by their number."""
_LEFT_OUT = -1
_BUILT_IN_ONLY = "Convert it again with built-in operators only (tf.lite.OpsSet.TFLITE_BUILTINS)."
_CONVERT_AGAIN = "Convert the model again with the converter that it came from."


def _flex_operators(model: Model) -> None:
    """TensorFlow's own kernels, with all that they can do to files, inside a LiteRT model."""
    _refuse_custom(
        model,
        "flex-operator",
        lambda name: name.startswith(_FLEX),
        "is TensorFlow's own kernel, which LiteRT lacks and which may do anything that TensorFlow can.",
    )


def _custom_operators(model: Model) -> None:
    _refuse_custom(
        model,
        "custom-operator",
        lambda name: not name.startswith(_FLEX) and name not in _BUILT_IN_CUSTOM,
        "is custom: the code that runs it is not in the file and not here.",
    )


def _refuse_custom(model: Model, kind: str, refused: Callable[[str], bool], words: str) -> None:
    for index, (number, name) in enumerate(model.codes):
        if number == CUSTOM and refused(name):
            raise refusal(kind, f"The operator {quoted(name)} {words}", _user(model, index), _BUILT_IN_ONLY)


def _user(model: Model, code: int) -> str:
    """Where an operator code is used first."""
    for graph_index, graph in enumerate(model.subgraphs):
        for index, operator in enumerate(graph.operators):
            if operator.code == code:
                return _place(graph_index, index)
    return f"entry {code} of its list of operators"


def _place(graph: int, operator: int) -> str:
    return f"operator {operator} of subgraph {graph}"


def _external_buffers(model: Model) -> None:
    """Weights in another file, or behind the end of this one."""
    if model.external_buffers:
        found = "The weights lie in other files, which are not here (external buffers)."
        raise refusal("external-buffer", found, "its list of external buffers", _CONVERT_AGAIN)
    for index, graph in enumerate(model.subgraphs):
        for tensor in graph.tensors:
            if tensor.external:
                found = "A tensor lies in another file, which is not here (external buffer)."
                raise refusal("external-buffer", found, _tensor_place(index, tensor), _CONVERT_AGAIN)
    for index, buffer in enumerate(model.buffers):
        if buffer.offset + buffer.size > model.file_size:
            found = f"A buffer ends at byte {buffer.offset + buffer.size:,} of {model.file_size:,}."
            raise refusal("external-buffer", found, f"buffer {index}", _CONVERT_AGAIN)
    for graph_index, graph in enumerate(model.subgraphs):
        for index, operator in enumerate(graph.operators):
            if sum(operator.options) > model.file_size:
                found = "The options of an operator lie behind the end of the file."
                raise refusal("external-buffer", found, _place(graph_index, index), _CONVERT_AGAIN)


def _tensor_place(graph: int, tensor: Tensor) -> str:
    return f"tensor {quoted(tensor.name)} of subgraph {graph}"


def _indices(model: Model) -> None:
    """Every index into a list, against that list's length."""
    for graph_index, graph in enumerate(model.subgraphs):
        for where, what, number in _references(model, graph_index, graph):
            if number is not None:
                found = f"It refers to {what} {number}, which does not exist."
                raise refusal("index-out-of-range", found, where, _CONVERT_AGAIN)
    for signature in model.signatures:
        graphs = len(model.subgraphs)
        tensors = len(model.subgraphs[signature.subgraph].tensors) if signature.subgraph < graphs else 0
        if signature.subgraph >= graphs or any(index >= tensors for index in signature.names):
            found = "A signature names a subgraph or a tensor that does not exist."
            raise refusal("index-out-of-range", found, "its list of signatures", _CONVERT_AGAIN)
    if wrong := _outside(model.metadata_buffers, len(model.buffers)):
        found = f"It refers to buffer {wrong[0]}, which does not exist."
        raise refusal("index-out-of-range", found, "its list of metadata", _CONVERT_AGAIN)


def _references(model: Model, index: int, graph: Subgraph) -> Iterator[tuple[str, str, int | None]]:
    """(where, what it refers to, the first number that is out of range or None)"""
    tensors = len(graph.tensors)
    ends = _outside(graph.inputs + graph.outputs, tensors)
    yield f"the inputs and outputs of subgraph {index}", "tensor", ends[0] if ends else None
    for tensor in graph.tensors:
        if tensor.buffer >= len(model.buffers):
            yield _tensor_place(index, tensor), "buffer", tensor.buffer
    for number, operator in enumerate(graph.operators):
        yield from _operator_references(model, operator, tensors, _place(index, number))


def _operator_references(
    model: Model, operator: Operator, tensors: int, where: str
) -> Iterator[tuple[str, str, int | None]]:
    if operator.code >= len(model.codes):
        yield where, "operator code", operator.code
    if wrong := _outside(operator.tensors, tensors, lowest=_LEFT_OUT):
        yield where, "tensor", wrong[0]
    if wrong := _outside(operator.subgraphs, len(model.subgraphs)):
        yield where, "subgraph", wrong[0]


def _outside(numbers: tuple[int, ...] | list[int], length: int, lowest: int = 0) -> list[int]:
    return [number for number in numbers if not lowest <= number < length]


def _tensor_sizes(model: Model) -> None:
    """What a tensor declares against the bytes of its buffer."""
    for index, graph in enumerate(model.subgraphs):
        for tensor in graph.tensors:
            buffer = model.buffers[tensor.buffer] if tensor.buffer < len(model.buffers) else Buffer(0, 0)
            dtype = DTYPES[tensor.dtype] if 0 <= tensor.dtype < len(DTYPES) else ""
            if not (tensor.buffer and buffer.size) or tensor.is_sparse or dtype not in _BITS:
                continue
            if -(-elements(tensor.shape) * _BITS[dtype] // 8) != buffer.size:
                sizes = "×".join(map(str, tensor.shape[:8])) or "1"
                found = f"A tensor of {sizes} elements of {dtype} holds {buffer.size:,} bytes."
                raise refusal("tensor-size", found, _tensor_place(index, tensor), _CONVERT_AGAIN)


RULES: dict[str, Callable[[Model], None]] = {
    "index-out-of-range": _indices,
    "external-buffer": _external_buffers,
    "flex-operator": _flex_operators,
    "custom-operator": _custom_operators,
    "tensor-size": _tensor_sizes,
}


def audit(content: Content, root: str) -> Audit:
    model = litert_tables.read(content, root)
    for rule in RULES.values():
        rule(model)
    return Audit(not_examined=tuple(_not_examined(model)))


def _not_examined(model: Model) -> Iterator[str]:
    if model.metadata:
        shown = ", ".join(map(quoted, model.metadata[:5]))
        yield f"its metadata: {shown}" + (" and others" if len(model.metadata) > 5 else "")
    if any(tensor.is_sparse for graph in model.subgraphs for tensor in graph.tensors):
        yield "whether its sparse tensors fit their sizes"
    named = sorted({operator_name(*code) for code in model.codes if code[0] == CUSTOM})
    if named:
        yield f"the options of {', '.join(map(quoted, named))}"
    yield "how much memory and time the graph takes when it runs"
