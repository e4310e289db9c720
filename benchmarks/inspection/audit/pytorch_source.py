"""What is refused beside a PyTorch source: weights that lie, and parts that nobody can read.

The source itself is a program and is not judged: whoever uploads it says that they trust it, and the sandbox
holds it. The reader of .safetensors refuses most of these files too; here it is done before it sees them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.inspection import pytorch_source
from benchmarks.inspection.audit import Audit, refusal
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import Damaged, quoted
from benchmarks.inspection.pytorch_source import Source
from benchmarks.inspection.safetensors import Header, Stored

ITEM_BYTES = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E4M3FNUZ", "F8_E5M2", "F8_E5M2FNUZ"), 1),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 2),
    **dict.fromkeys(("U32", "I32", "F32"), 4),
    **dict.fromkeys(("U64", "I64", "F64", "C64"), 8),
}
"""The types that safetensors 0.8 gives to torch (safetensors/torch.py, `_TYPES`)."""
_COMPILED = (".so", ".pyc", ".pyd", ".dll", ".dylib")
_PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle", ".joblib")
_SAVE_AGAIN = "Save the weights again with safetensors.torch.save_file(model.state_dict(), …)."


@dataclass(frozen=True)
class _Parsed:
    content: Content
    source: Source

    def tensors(self):
        for name, header in self.source.weights.items():
            for tensor in header.tensors:
                yield name, tensor


def _compiled_part(parsed: _Parsed) -> None:
    for name in parsed.content.files:
        if name.lower().endswith(_COMPILED):
            found = "Compiled code lies beside the source, which does not show what it does."
            raise refusal("compiled-part", found, quoted(name), "Give the model as Python and weights alone.")


def _pickled_weights(parsed: _Parsed) -> None:
    for name in parsed.content.files:
        if name.lower().endswith(_PICKLES):
            found = (
                "Beside the source lies what seems to be a pickle; weights are read from .safetensors alone."
            )
            raise refusal("pickle", found, quoted(name), _SAVE_AGAIN)


def _unknown_type(parsed: _Parsed) -> None:
    for file, tensor in parsed.tensors():
        if tensor.dtype not in ITEM_BYTES:
            found = f"A weight has the type {quoted(tensor.dtype)}, which torch has no reader for."
            raise refusal("unknown-type", found, _place(file, tensor), _SAVE_AGAIN)


def _size_lies(parsed: _Parsed) -> None:
    """Every byte belongs to one tensor, and every tensor has the bytes that its shape needs."""
    for file, header in parsed.source.weights.items():
        for tensor in header.tensors:
            if not 0 <= tensor.begin <= tensor.end <= header.data_bytes:
                raise _lie(
                    f"lie at {tensor.begin:,} to {tensor.end:,} of {header.data_bytes:,}", file, tensor
                )
            needed = _elements(tensor) * ITEM_BYTES.get(tensor.dtype, 1)
            if needed != tensor.end - tensor.begin:
                raise _lie(f"are {needed:,} by its shape and {tensor.end - tensor.begin:,}", file, tensor)
        if gap := _gap(header):
            raise _lie("overlap another's or leave some between", file, gap)


def _elements(tensor: Stored) -> int:
    try:
        return tensor.elements
    except Damaged:  # negative, or more than any model
        return -1


def _gap(header: Header) -> Stored | None:
    """The first tensor that does not begin where the one before it ends; the last where bytes are left."""
    at, last = 0, None
    for tensor in sorted(header.tensors, key=lambda one: (one.begin, one.end)):
        if tensor.begin != at:
            return tensor
        at, last = tensor.end, tensor
    return last if at != header.data_bytes else None


def _twice(parsed: _Parsed) -> None:
    met: set[str] = set()
    for file, tensor in parsed.tensors():
        if tensor.name in met:
            raise refusal("weight-twice", "A weight is in two files.", _place(file, tensor), _SAVE_AGAIN)
        met.add(tensor.name)


def _lie(what: str, file: str, tensor: Stored) -> Exception:
    return refusal("size-lies", f"A weight's bytes {what}.", _place(file, tensor), _SAVE_AGAIN)


def _place(file: str, tensor: Stored) -> str:
    return f"{quoted(tensor.name)} of {quoted(file)}"


RULES: dict[str, Callable[[_Parsed], None]] = {
    "compiled-part": _compiled_part,
    "pickle": _pickled_weights,
    "unknown-type": _unknown_type,
    "size-lies": _size_lies,
    "weight-twice": _twice,
}


def audit(content: Content, root: str) -> Audit:
    source = pytorch_source.read(content, root)
    for rule in RULES.values():
        rule(_Parsed(content, source))
    others = [name for name in content.files if name != source.program and name not in source.weights]
    beside = (f"what lies beside it: {', '.join(map(quoted, others[:3]))}",) if others else ()
    return Audit(
        code=(quoted(source.program or content.path.name),), not_examined=("what the program does", *beside)
    )
