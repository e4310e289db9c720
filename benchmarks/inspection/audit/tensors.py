"""Whether the bytes that a stored tensor needs are there.

PyTorch's readers trust the numbers: a storage larger than its file, or a shape that reaches past its
storage, reads whatever lies behind it in memory (torch/csrc/jit/serialization/unpickler.cpp).
"""

from collections.abc import Mapping

from benchmarks.inspection.audit import refusal
from benchmarks.inspection.damage import quoted
from benchmarks.inspection.pickle_outline import Outline

_INSTEAD = "Save the model again; the file is damaged or was changed."
_ITEM_BYTES = {
    **dict.fromkeys(("Byte", "Char", "Bool", "QInt8", "QUInt8", "QUInt4x2", "QUInt2x4"), 1),
    **dict.fromkeys(("Half", "BFloat16", "Short"), 2),
    **dict.fromkeys(("Float", "Int", "QInt32", "ComplexHalf"), 4),
    **dict.fromkeys(("Double", "Long", "ComplexFloat"), 8),
    "ComplexDouble": 16,
}
"""Of one element, by the name of the storage without "Storage". Any other is taken for one byte."""


def reach(shape: tuple[int, ...], stride: tuple[int, ...], offset: int) -> int:
    """Elements that a storage needs for this shape; -1 for what is no shape."""
    if len(shape) != len(stride) or min((*shape, *stride, offset), default=0) < 0:
        return -1
    if 0 in shape:
        return 0
    return offset + 1 + sum((size - 1) * step for size, step in zip(shape, stride, strict=True))


def check_storages(outline: Outline, files: Mapping[str, int], folder: str) -> None:
    """`folder` holds one file for each storage, by its key."""
    for storage in outline.storages.values():
        needed = storage.elements * _ITEM_BYTES.get(storage.dtype.removesuffix("Storage"), 1)
        if needed > files.get(folder + storage.key, 0):
            raise _lie(
                f"{needed:,} bytes of weights and holds {files.get(folder + storage.key, 0):,}", storage.key
            )
    for tensor in outline.tensors:
        needed = reach(tensor.shape, tensor.stride, tensor.offset)
        if not 0 <= needed <= tensor.storage.elements:
            raise _lie("a tensor that reaches past its weights", tensor.storage.key)


def _lie(what: str, key: str) -> Exception:
    return refusal("size-lies", f"The model announces {what}.", f"the weights {quoted(key)}", _INSTEAD)
