"""Universal Binary JSON as XGBoost writes it: objects, lists, and typed lists that are not unpacked.

Format: ubjson.org, draft 12; what XGBoost reads of it stands in its src/common/json.cc (XGBoost 3.2). Numbers
are big-endian.
"""

import struct
from collections.abc import Sequence

from benchmarks.inspection.damage import Damaged, Truncated

MAX_DEPTH = 24
MAX_VALUES = 300_000
"""Values and lists, each typed list counted once; a tree has some twenty."""
MAX_KEY_BYTES = 1000
_FORMATS = {"i": "b", "U": "B", "I": "h", "l": "i", "L": "q", "d": "f", "D": "d"}
_SIZES = {marker: struct.calcsize(f">{letter}") for marker, letter in _FORMATS.items()}
_LENGTHS = {marker: _SIZES[marker] for marker in "iUIlL"}
_CONSTANTS = {"T": True, "F": False, "Z": None, "N": None}


class Numbers:
    """A typed list: its marker and its bytes, where they lie."""

    __slots__ = ("data", "marker")

    def __init__(self, marker: str, data: memoryview):
        self.marker, self.data = marker, data

    def __len__(self) -> int:
        return len(self.data) // _SIZES[self.marker]

    def values(self) -> Sequence[int | float]:
        return struct.unpack(f">{len(self)}{_FORMATS[self.marker]}", self.data)


def read(data: memoryview) -> object:
    """The value that `data` is: dict, list, `Numbers`, text, number, boolean or None. Raises `Damaged`."""
    reader = _Reader(data)
    value = reader.value(reader.marker(), 0)
    if reader.at != len(data):
        raise Damaged("has bytes after its end")
    return value


class _Reader:
    def __init__(self, data: memoryview):
        self._data, self.at, self._left = data, 0, MAX_VALUES

    def marker(self) -> str:
        at = self.at
        if at >= len(self._data):
            raise Truncated("ends in the middle of a value")
        self.at = at + 1
        return chr(self._data[at])

    def value(self, marker: str, depth: int) -> object:
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            raise Damaged("has more values, or deeper ones, than are read here")
        if marker == "[":
            return self._list(depth)
        if marker == "S":
            return self._text(self._length(self.marker()))
        if marker == "{":
            return self._object(depth)
        if marker in _FORMATS:
            return struct.unpack(f">{_FORMATS[marker]}", self._take(_SIZES[marker]))[0]
        if marker == "C":
            return chr(self._take(1)[0])
        if marker in _CONSTANTS:
            return _CONSTANTS[marker]
        raise Damaged("has a value of an unknown kind")

    def _object(self, depth: int) -> dict[str, object]:
        found: dict[str, object] = {}
        while (marker := self.marker()) != "}":
            length = self._length(marker)
            if length > MAX_KEY_BYTES:
                raise Damaged("has a name longer than any real one")
            key = self._text(length)
            if key in found:
                raise Damaged("says one thing twice")
            found[key] = self.value(self.marker(), depth + 1)
        return found

    def _list(self, depth: int) -> object:
        marker = self.marker()
        if marker == "$":
            kind = self.marker()
            if kind not in _FORMATS or self.marker() != "#":
                raise Damaged("has a list of an unknown type")
            return Numbers(kind, self._take(self._length(self.marker()) * _SIZES[kind]))
        found = []
        if marker == "#":
            for _ in range(self._length(self.marker())):
                found.append(self.value(self.marker(), depth + 1))
            return found
        while marker != "]":
            found.append(self.value(marker, depth + 1))
            marker = self.marker()
        return found

    def _length(self, marker: str) -> int:
        size = _LENGTHS.get(marker)
        if size is None:
            raise Damaged("has a length that is no number")
        length = int.from_bytes(self._take(size), "big", signed=marker != "U")
        if length < 0:
            raise Damaged("has a negative length")
        return length

    def _text(self, length: int) -> str:
        return str(self._take(length), "utf-8", "replace")

    def _take(self, count: int) -> memoryview:
        end = self.at + count
        if end > len(self._data):
            raise Truncated("ends in the middle of a value")
        taken = self._data[self.at : end]
        self.at = end
        return taken
