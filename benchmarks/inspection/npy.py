"""NumPy's file of one array, read without NumPy: what it declares and where its bytes begin.

Format: numpy/lib/_format_impl.py (NumPy 2.4): a magic, a version, the length of a header, and the header,
which is a Python literal.
"""

import ast
import math
import re
from dataclasses import dataclass

from benchmarks.inspection.damage import Damaged, Truncated

MAGIC = b"\x93NUMPY"
MAX_HEADER_BYTES = 10_000
_LENGTH_BYTES = {1: 2, 2: 4, 3: 4}
"""Of the header's length, by the version of the format."""
_SCALAR = re.compile(r"[<>=|]?([?biufcSUVmMO])(\d*)(?:\[.{1,10}\])?")
_LETTER_BYTES = 4
"""Of a letter of a NumPy string."""


@dataclass(frozen=True)
class Field:
    """One member of a structured element: where it begins, in bytes, and its type ("<i8")."""

    at: int
    dtype: str


@dataclass(frozen=True)
class Array:
    """`fields` by name, of a structured array; `data` its bytes, `item_bytes` those of an element;
    `objects`: whether it holds Python objects, which only a pickle can."""

    shape: tuple[int, ...]
    item_bytes: int
    fields: dict[str, Field]
    objects: bool
    data: memoryview

    @property
    def elements(self) -> int:
        return math.prod(self.shape)


def read(data: memoryview) -> Array:
    """Raises `Damaged` for what is no such file."""
    if bytes(data[:6]) != MAGIC or len(data) < 12:
        raise Damaged("has an array that is no NumPy file")
    length_bytes = _LENGTH_BYTES.get(data[6])
    if length_bytes is None:
        raise Damaged("has an array of an unknown version of NumPy's format")
    begin = 8 + length_bytes
    length = int.from_bytes(data[8:begin], "little")
    if length > MAX_HEADER_BYTES:
        raise Damaged("has an array with a header longer than NumPy reads")
    if begin + length > len(data):
        raise Truncated("ends in the middle of an array")
    header = _literal(bytes(data[begin : begin + length]).decode("utf-8", "replace"))
    shape = header.get("shape") if isinstance(header, dict) else None
    if not isinstance(shape, tuple) or not all(type(size) is int and 0 <= size < 2**63 for size in shape):
        raise Damaged("has an array without a shape")
    item_bytes, fields, objects = _element(header.get("descr"))
    return Array(shape, item_bytes, fields, objects, data[begin + length :])


def _literal(text: str) -> object:
    try:
        return ast.literal_eval(text.strip())
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError) as error:
        raise Damaged("has an array whose header is no literal") from error


def _element(descr: object) -> tuple[int, dict[str, Field], bool]:
    """Bytes of an element, its fields, and whether it holds objects."""
    if isinstance(descr, str):
        size, is_object = _scalar(descr)
        return size, {}, is_object
    if not isinstance(descr, list):
        raise Damaged("has an array of an unknown type")
    at, fields, objects = 0, {}, False
    for member in descr:
        if not (isinstance(member, tuple) and 2 <= len(member) <= 3 and isinstance(member[1], str)):
            raise Damaged("has an array of an unknown type")
        size, is_object = _scalar(member[1])
        fields[str(member[0])] = Field(at, member[1])
        repeats = member[2] if len(member) == 3 else ()
        if not isinstance(repeats, tuple) or not all(type(n) is int and n >= 0 for n in repeats):
            raise Damaged("has an array of an unknown type")
        at += size * math.prod(repeats)
        objects |= is_object
    return at, fields, objects


def _scalar(dtype: str) -> tuple[int, bool]:
    """Bytes of a scalar, and whether it is a Python object."""
    found = _SCALAR.fullmatch(dtype)
    if not found:
        raise Damaged("has an array of an unknown type")
    kind, size = found[1], int(found[2] or 1)
    return size * _LETTER_BYTES if kind == "U" else size, kind == "O"
