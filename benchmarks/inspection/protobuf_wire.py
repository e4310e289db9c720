"""A lazy reader of protobuf's wire format.

Steps over fields without copying them, so that a model of 2 GB costs as little memory as its graph.
Format: protobuf.dev/programming-guides/encoding.
"""

import struct
from collections.abc import Iterator

from benchmarks.inspection.damage import Damaged, Truncated

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
MAX_FIELDS = 1_000_000
"""Fields looked at per model; a graph of 30,000 operators has about 750,000. Bounds the time."""
MAX_TEXT_BYTES = 4096

Value = int | memoryview


class Budget:
    """What is left to look at in one model; shared by all of its messages."""

    def __init__(self, fields: int = MAX_FIELDS):
        self.left = fields


def fields(message: memoryview, budget: Budget) -> Iterator[tuple[int, int, Value]]:
    """The fields of one message, in the file's order: (field number, wire type, value).

    A value is an int (the raw bits, unsigned) or, for wire type `BYTES`, a window into `message`.
    Raises `Truncated` where a field is longer than the message and `Damaged` where the bytes cannot
    be protobuf or `budget` is used up.
    """
    position, end = 0, len(message)
    budget.left -= 1  # an empty message costs time as well
    while position < end:
        budget.left -= 1
        if budget.left < 0:
            raise Damaged("has more parts than any real model, or is too large to be described here")
        key = message[position]
        position += 1
        if key >= 0x80:  # almost every key and length is one byte: worth a third of the time
            key, position = _varint(message, position - 1, end)
        number, wire_type = key >> 3, key & 7
        if number == 0:
            raise Damaged("has a field number that does not exist")
        if wire_type == VARINT:
            value, position = _varint(message, position, end)
            yield number, VARINT, value
        elif wire_type == BYTES:
            if position < end and message[position] < 0x80:
                length = message[position]
                position += 1
            else:
                length, position = _varint(message, position, end)
            if length > end - position:
                raise Truncated("ends in the middle of a field")
            yield number, BYTES, message[position : position + length]
            position += length
        elif wire_type in (FIXED64, FIXED32):
            size = 8 if wire_type == FIXED64 else 4
            if size > end - position:
                raise Truncated("ends in the middle of a number")
            yield number, wire_type, int.from_bytes(message[position : position + size], "little")
            position += size
        else:
            raise Damaged("has a field type that does not exist")


def _varint(message: memoryview, position: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while position < end:
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
        if shift > 63:
            raise Damaged("has a number that is too long")
    raise Truncated("ends in the middle of a number")


def submessages(message: memoryview, wanted: int, budget: Budget) -> Iterator[memoryview]:
    """Every occurrence of the message field `wanted`; other fields are stepped over."""
    for number, wire_type, value in fields(message, budget):
        if number == wanted and wire_type == BYTES:
            yield value


def text(value: Value) -> str:
    """A string field. Raises `Damaged` where it is too long for a name, or no string."""
    if isinstance(value, int):
        raise Damaged("has a number where a name belongs")
    if len(value) > MAX_TEXT_BYTES:
        raise Damaged("has a name longer than any real one")
    return bytes(value).decode("utf-8", "replace")


def number_of(value: Value) -> int:
    """A varint field read as int64. Raises `Damaged` where it is no number."""
    if not isinstance(value, int):
        raise Damaged("has bytes where a number belongs")
    return value - (1 << 64) if value >= 1 << 63 else value


def repeated_numbers(value: Value, budget: Budget) -> list[int]:
    """One occurrence of a repeated int64 field, which may be packed or not."""
    if isinstance(value, int):
        return [number_of(value)]
    numbers, position = [], 0
    while position < len(value):
        budget.left -= 1
        if budget.left < 0:
            raise Damaged("has more parts than any real model, or is too large to be described here")
        number, position = _varint(value, position, len(value))
        numbers.append(number_of(number))
    return numbers


def little_endian_int64(value: memoryview) -> list[int]:
    """The numbers in a raw tensor of type int64."""
    return list(struct.unpack(f"<{len(value) // 8}q", value[: len(value) // 8 * 8]))
