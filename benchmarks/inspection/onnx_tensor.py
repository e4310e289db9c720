"""ONNX's `TensorProto`: what it declares and how much it holds, without its bytes.

Field numbers are those of onnx/onnx.proto (onnx 1.23).
"""

from dataclasses import dataclass

from benchmarks.inspection import protobuf_wire as wire
from benchmarks.inspection.damage import quoted
from benchmarks.inspection.protobuf_wire import BYTES, VARINT, Budget
from benchmarks.inspection.tensor_size import elements

_TYPE_NAMES = """
undefined float32 uint8 int8 uint16 int16 int32 int64 str bool float16 float64 uint32 uint64 complex64
complex128 bfloat16 float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz uint4 int4 float4_e2m1fn
float8_e8m0fnu uint2 int2 float6_e2m3fn float6_e3m2fn
"""
DTYPES = _TYPE_NAMES.split()
INT64 = 7
_EXTERNAL = 1
MAX_SHAPE = 64
"""A tensor of more integers than this is no shape."""
_FLOAT_FIELDS = {4: 4, 10: 8}
"""float_data and double_data: bytes of a value."""
_VARINT_FIELDS = (5, 7, 11)
_CONTINUED = bytes(range(0x80, 0x100))
_CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class Tensor:
    """A `TensorProto` of `count` elements. `raw_bytes` is the length of raw_data, None where there is
    none; `values` how many values it holds otherwise; `external` the entries of external_data, None where
    the data is not external. `holder` and `owner` say where it stands."""

    name: str
    dims: tuple[int, ...]
    count: int
    dtype: int
    raw_bytes: int | None
    values: int
    external: dict[str, str] | None
    holder: str
    owner: str
    integers: tuple[int, ...] = ()

    @property
    def where(self) -> str:
        if self.owner:
            return f"{self.holder} {quoted(self.owner)}"
        return f"{self.holder} {quoted(self.name)}" if self.name else self.holder


def read_tensor(message: memoryview, budget: Budget, holder: str, owner: str = "") -> Tensor:
    """Raises `Damaged` where its sizes are impossible."""
    name, dtype, values, is_external = "", 0, 0, False
    dims: list[int] = []
    integers: list[int] = []
    entries: dict[str, str] = {}
    raw: memoryview | None = None
    for number, wire_type, value in wire.fields(message, budget):
        if number == 1:
            dims += wire.repeated_numbers(value, budget)
        elif number == 2:
            dtype = wire.number_of(value)
        elif number == 8:
            name = wire.text(value)
        elif number == 9 and wire_type == BYTES:
            raw = value
        elif number in _FLOAT_FIELDS:
            values += len(value) // _FLOAT_FIELDS[number] if wire_type == BYTES else 1
        elif number in _VARINT_FIELDS:
            values += 1 if wire_type == VARINT else _varints(value)
            if number == 7 and len(integers) < MAX_SHAPE and (wire_type == VARINT or len(value) < 1000):
                integers += wire.repeated_numbers(value, budget)
        elif number == 6:
            values += 1
        elif number == 13:
            key, content = entry(value, budget)
            entries[key] = content
        elif number == 14 and value == _EXTERNAL:
            is_external = True
    if dtype == INT64 and raw is not None and len(raw) <= 8 * MAX_SHAPE:
        integers = wire.little_endian_int64(raw)
    count = elements(dims)
    return Tensor(
        name,
        tuple(dims),
        count,
        dtype,
        None if raw is None else len(raw),
        values,
        entries if is_external else None,
        holder,
        owner,
        tuple(integers) if len(integers) == count else (),
    )


def entry(message: memoryview, budget: Budget) -> tuple[str, str]:
    """Key and value of a `StringStringEntryProto`; a value too long to be a name is left out."""
    key, content = "", ""
    for number, _, value in wire.fields(message, budget):
        if number == 1:
            key = wire.text(value)
        elif number == 2 and len(value) <= wire.MAX_TEXT_BYTES:
            content = wire.text(value)
    return key, content


def _varints(packed: memoryview) -> int:
    """How many numbers a packed field holds: each ends with a byte below 0x80. At C's speed, since
    weights may be stored so."""
    return sum(
        len(bytes(packed[at : at + _CHUNK]).translate(None, _CONTINUED))
        for at in range(0, len(packed), _CHUNK)
    )
