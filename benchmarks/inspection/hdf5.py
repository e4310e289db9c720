"""What an HDF5 file holds and where its bytes lie, without reading them and without libhdf5.

Knows what h5py writes by default: superblock 0, groups as symbol tables, object headers of version 1.
The C library is not loaded into the web process on untrusted bytes. Format: HDF Group, "HDF5 File
Format Specification Version 3.0", sections II.A, III.A.1, III.B, III.C, III.D, IV.A.1, IV.A.2.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.inspection.damage import Damaged
from benchmarks.inspection.tensor_size import elements

MAGIC = b"\x89HDF\r\n\x1a\n"
MAX_OBJECTS = 200_000
MAX_PATH = 4_000
"""Letters of the names of groups within groups."""
_DATASPACE, _LINK_INFO, _DATATYPE, _LINK, _EXTERNAL_FILES = 0x01, 0x02, 0x03, 0x06, 0x07
_LAYOUT, _CONTINUATION, _SYMBOL_TABLE = 0x08, 0x10, 0x11
SHARED = 0x02
"""Flag of a message that stands elsewhere."""
_COMPACT, _CONTIGUOUS, _CHUNKED = 0, 1, 2
_SOFT_LINK = 2
_ROOT_HEADER_AT = 64


class NewerLayout(Damaged):
    """Written in a layout that this reader does not know, which is no damage."""


@dataclass
class Dataset:
    """`item_bytes`: of one element. `stored` are the bytes that are there for it, at most."""

    elements: int = 0
    item_bytes: int = 0
    stored: int = 0


@dataclass(frozen=True)
class Contents:
    """`datasets` by path; `foreign` are the (path, words) of what leads out of the file or elsewhere in
    it: links that are no plain ones, and data in other files or datasets."""

    datasets: dict[str, Dataset]
    foreign: tuple[tuple[str, str], ...]


def read(data: memoryview) -> Contents:
    """Raises `NewerLayout`, or `Damaged` for a broken file."""
    try:
        return _Reader(data).contents()
    except (struct.error, LookupError, OverflowError) as error:
        raise Damaged("is broken") from error


def root_messages(data: memoryview) -> Iterator[tuple[int, int, int]]:
    """(message type, position of its data, flags) of the root group's header. Raises as `read` does, and what
    `struct` and indexing raise."""
    reader = _Reader(data)
    return reader.messages(reader.root)


def dataset_sizes(data: memoryview) -> dict[str, int]:
    """Path of each dataset → number of its elements. Raises as `read` does."""
    return {path: dataset.elements for path, dataset in read(data).datasets.items()}


class _Reader:
    def __init__(self, data: memoryview):
        if bytes(data[:8]) != MAGIC:
            raise Damaged("is no HDF5 file")
        if data[8] != 0 or data[13] != 8 or data[14] != 8:
            raise NewerLayout("is written in a newer layout of HDF5")
        if bytes(data[24:32]) != bytes(8) or bytes(data[48:56]) != b"\xff" * 8:
            raise Damaged("is only a part of an HDF5 file")  # addresses from elsewhere, or several files
        self._data, self._left = data, MAX_OBJECTS
        self._foreign: list[tuple[str, str]] = []

    @property
    def root(self) -> int:
        return self._number("<Q", _ROOT_HEADER_AT)

    def contents(self) -> Contents:
        datasets: dict[str, Dataset] = {}
        seen: set[int] = set()
        waiting = [("", self.root)]
        while waiting:
            path, header = waiting.pop()
            if header in seen:
                continue
            if len(path) > MAX_PATH:
                raise Damaged("has groups nested deeper than any real model")
            seen.add(header)
            name = path.removeprefix("/")
            try:
                for kind, at, _ in self.messages(header):
                    waiting += self._object(name, kind, at, datasets)
            except NewerLayout:
                self._foreign.append((name, "a part in another layout than the rest"))
        return Contents(datasets, tuple(self._foreign))

    def _object(self, name: str, kind: int, at: int, datasets: dict[str, Dataset]) -> list[tuple[str, int]]:
        """Takes up one message of an object's header; returns the (path, header) of its children."""
        if kind == _SYMBOL_TABLE:
            tree, heap = struct.unpack_from("<QQ", self._data, at)
            return [(f"{name}/{child}", place) for child, place in self._links(name, tree, heap)]
        if kind in (_LINK_INFO, _LINK):
            self._foreign.append((name, "links that are no plain ones"))
        elif kind == _EXTERNAL_FILES:
            self._foreign.append((name, "data in another file"))
        elif kind in (_DATASPACE, _DATATYPE, _LAYOUT):
            dataset = datasets.setdefault(name, Dataset())
            if kind == _DATASPACE:
                dataset.elements = self._elements(at)
            elif kind == _DATATYPE:
                dataset.item_bytes = self._number("<I", at + 4)
            else:
                dataset.stored = self._stored(name, at)
        return []

    def _stored(self, name: str, at: int) -> int:
        version, layout = self._data[at], self._data[at + 1]
        if version != 3:
            self._foreign.append((name, "data laid out in a way that Keras does not write"))
            return 0
        if layout == _COMPACT:
            return self._number("<H", at + 2)
        if layout == _CONTIGUOUS:
            start, size = struct.unpack_from("<QQ", self._data, at + 2)
            return max(0, min(size, len(self._data) - start))
        return len(self._data)  # chunks: their tree is not walked

    def messages(self, header: int) -> Iterator[tuple[int, int, int]]:
        """(message type, position of its data, flags) of an object header of version 1."""
        if self._data[header] != 1:
            raise NewerLayout("is written in a newer layout of HDF5")
        blocks = [(header + 16, self._number("<I", header + 8))]
        while blocks:
            at, size = blocks.pop()
            end = at + size
            while at + 8 <= end:
                self._take()
                kind, length, flags = struct.unpack_from("<HHB", self._data, at)
                if flags & SHARED and kind in (_DATASPACE, _DATATYPE):
                    raise NewerLayout("has descriptions that are shared")
                if kind == _CONTINUATION:
                    blocks.append(struct.unpack_from("<QQ", self._data, at + 8))
                yield kind, at + 8, flags
                at += 8 + length

    def _links(self, path: str, tree: int, heap: int) -> Iterator[tuple[str, int]]:
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
                name, child, cached = struct.unpack_from("<QQI", self._data, node + 8 + 40 * index)
                raw = bytes(self._data[names_at + name : names_at + name + 256])
                shown = raw.split(b"\0")[0].decode("utf-8", "replace")
                if cached == _SOFT_LINK:
                    self._foreign.append((f"{path}/{shown}".removeprefix("/"), "a link that is no plain one"))
                else:
                    yield shown, child

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
