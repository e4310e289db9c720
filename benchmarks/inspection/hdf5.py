"""How many numbers each dataset of an HDF5 file holds, without reading them and without libhdf5.

Knows what h5py writes by default: superblock 0, groups as symbol tables, object headers of version 1.
The C library is not loaded into the web process on untrusted bytes. Format: HDF Group, "HDF5 File
Format Specification Version 3.0", sections II.A, III.A.1, III.B, III.D, IV.A.1, IV.A.2.
"""

import struct
from collections.abc import Iterator

from benchmarks.inspection.damage import Damaged
from benchmarks.inspection.tensor_size import elements

MAGIC = b"\x89HDF\r\n\x1a\n"
MAX_OBJECTS = 200_000
_DATASPACE, _CONTINUATION, _SYMBOL_TABLE = 0x01, 0x10, 0x11
_ROOT_HEADER_AT = 64


def dataset_sizes(data: memoryview) -> dict[str, int]:
    """Path of each dataset → number of its elements. Raises `Damaged` for what this reader does not
    know, or a broken file."""
    try:
        return _Reader(data).dataset_sizes()
    except (struct.error, LookupError, OverflowError) as error:
        raise Damaged("is broken") from error


class _Reader:
    def __init__(self, data: memoryview):
        if bytes(data[:8]) != MAGIC or data[8] != 0 or data[13] != 8 or data[14] != 8:
            raise Damaged("is written in a newer layout of HDF5")
        self._data, self._left = data, MAX_OBJECTS

    def dataset_sizes(self) -> dict[str, int]:
        sizes: dict[str, int] = {}
        seen: set[int] = set()
        waiting = [("", self._number("<Q", _ROOT_HEADER_AT))]
        while waiting:
            path, header = waiting.pop()
            if header in seen:
                continue
            seen.add(header)
            for kind, at in self._messages(header):
                if kind == _SYMBOL_TABLE:
                    tree, heap = struct.unpack_from("<QQ", self._data, at)
                    waiting += [(f"{path}/{name}", child) for name, child in self._links(tree, heap)]
                elif kind == _DATASPACE:
                    sizes[path.removeprefix("/")] = self._elements(at)
        return sizes

    def _messages(self, header: int) -> Iterator[tuple[int, int]]:
        """(message type, position of its data) of an object header of version 1."""
        if self._data[header] != 1:
            raise Damaged("is written in a newer layout of HDF5")
        blocks = [(header + 16, self._number("<I", header + 8))]
        while blocks:
            at, size = blocks.pop()
            end = at + size
            while at + 8 <= end:
                self._take()
                kind, length = struct.unpack_from("<HH", self._data, at)
                if kind == _CONTINUATION:
                    blocks.append(struct.unpack_from("<QQ", self._data, at + 8))
                yield kind, at + 8
                at += 8 + length

    def _links(self, tree: int, heap: int) -> Iterator[tuple[str, int]]:
        names_at = self._number("<Q", heap + 24)
        nodes = [tree]
        while nodes:
            node = nodes.pop()
            self._take()
            if bytes(self._data[node : node + 4]) == b"TREE":
                count = self._number("<H", node + 6)
                nodes += [self._number("<Q", node + 32 + 16 * index) for index in range(count)]
                continue
            if bytes(self._data[node : node + 4]) != b"SNOD":
                raise Damaged("has a broken group")
            for index in range(self._number("<H", node + 6)):
                self._take()
                name, child = struct.unpack_from("<QQ", self._data, node + 8 + 40 * index)
                raw = bytes(self._data[names_at + name : names_at + name + 256])
                yield raw.split(b"\0")[0].decode("utf-8", "replace"), child

    def _elements(self, at: int) -> int:
        version, rank = self._data[at], self._data[at + 1]
        if version not in (1, 2) or rank > 32:
            raise Damaged("has a broken dataset")
        return elements(struct.unpack_from(f"<{rank}Q", self._data, at + (8 if version == 1 else 4)))

    def _number(self, layout: str, at: int) -> int:
        return struct.unpack_from(layout, self._data, at)[0]

    def _take(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Damaged("has more parts than any real model")
