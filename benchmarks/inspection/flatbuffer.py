"""A bounded reader of flatbuffers: tables, vectors and strings by offset, every access checked.

Format: flatbuffers.dev/internals.
"""

import struct

from benchmarks.inspection.damage import Damaged, Truncated

MAX_ITEMS = 500_000
MAX_TEXT_BYTES = 4096


class Budget:
    """Items left to look at in one file, shared by all tables: offsets may point anywhere, also back."""

    def __init__(self, items: int = MAX_ITEMS):
        self.left = items

    def take(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise Damaged("has more parts than any real model")


class Table:
    """One table at `position` in `data`; `slot` numbers are the field ids of the schema."""

    def __init__(self, data: memoryview, position: int, budget: Budget):
        budget.take(1)
        self._data, self._position, self._budget = data, position, budget
        self._fields = position - self._unpack("<i", position)
        self._fields_size = self._unpack("<H", self._fields)

    @classmethod
    def root(cls, data: memoryview) -> "Table":
        if len(data) < 8:
            raise Truncated("ends in its first bytes")
        return cls(data, struct.unpack_from("<I", data, 0)[0], Budget())

    def number(self, slot: int, kind: str = "i", default: int = 0) -> int:
        """A scalar field; `kind` is a letter of the struct module."""
        offset = self._offset(slot)
        return self._unpack(f"<{kind}", self._position + offset) if offset else default

    def text(self, slot: int) -> str:
        offset = self._offset(slot)
        if not offset:
            return ""
        start = self._follow(self._position + offset)
        length = self._unpack("<I", start)
        if length > MAX_TEXT_BYTES:
            raise Damaged("has a name longer than any real one")
        self._unpack(f"{length}x", start + 4)
        return bytes(self._data[start + 4 : start + 4 + length]).decode("utf-8", "replace")

    def numbers(self, slot: int, kind: str = "i") -> tuple[int, ...]:
        start, length = self._vector(slot)
        self._budget.take(length)
        size = struct.calcsize(f"<{kind}") * length
        if start + size > len(self._data):
            raise Truncated("ends in the middle of a list")
        return struct.unpack_from(f"<{length}{kind}", self._data, start)

    def length(self, slot: int) -> int:
        """Of a vector; of bytes as many as are there."""
        start, length = self._vector(slot)
        if start + length > len(self._data):
            raise Truncated("ends in the middle of a list")
        return length

    def has(self, slot: int) -> bool:
        return self._offset(slot) != 0

    def table(self, slot: int) -> "Table | None":
        offset = self._offset(slot)
        if not offset:
            return None
        return Table(self._data, self._follow(self._position + offset), self._budget)

    def tables(self, slot: int) -> list["Table"]:
        start, length = self._vector(slot)
        self._budget.take(length)
        return [Table(self._data, self._follow(start + 4 * index), self._budget) for index in range(length)]

    def _vector(self, slot: int) -> tuple[int, int]:
        offset = self._offset(slot)
        if not offset:
            return 0, 0
        start = self._follow(self._position + offset)
        return start + 4, self._unpack("<I", start)

    def _offset(self, slot: int) -> int:
        at = 4 + 2 * slot
        return self._unpack("<H", self._fields + at) if at + 2 <= self._fields_size else 0

    def _follow(self, at: int) -> int:
        return at + self._unpack("<I", at)

    def _unpack(self, layout: str, at: int) -> int:
        if at < 0 or at + struct.calcsize(layout) > len(self._data):
            raise Truncated("ends before something that it refers to")
        values = struct.unpack_from(layout, self._data, at)
        return values[0] if values else 0
