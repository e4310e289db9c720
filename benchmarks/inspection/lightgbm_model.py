"""What a LightGBM text file holds: a header of `key=value` lines, and a block of them for each tree.

Format: src/boosting/gbdt_model_text.cpp and src/io/tree.cpp (LightGBM 4.7). `tree_sizes` in the header are
the bytes of each block, which LightGBM jumps over by without looking.
"""

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import Damaged, Truncated
from benchmarks.inspection.once import once

BEGIN, END = b"tree\n", b"end of trees"
MAX_FILE_BYTES = 150 * 2**20
MAX_TREES = 30_000
MAX_HEADER_BYTES = 8 * 2**20
MAX_LINE_BYTES = 8 * 2**20
MAX_TREE_LINES = 100
READ_KEYS = (
    "num_leaves", "num_cat", "split_feature", "threshold", "decision_type", "left_child", "right_child",
    "leaf_value",
)  # fmt: skip
"""What is looked at of a tree."""
_TREE = re.compile(rb"Tree=(\d{1,9})\n")
_KEYS = {key.encode(): key for key in READ_KEYS}
_NUMBERS = re.compile(r"[-0-9 ]*")
Bytes = mmap.mmap | bytes


@dataclass(frozen=True)
class Tree:
    """`lines` holds by key where the values of a line begin and end in `data`; `size_bytes` is the length of
    the tree's block."""

    number: int
    lines: dict[str, tuple[int, int]]
    size_bytes: int
    data: Bytes = field(repr=False)

    def numbers(self, key: str) -> list[int]:
        """The whole numbers of one line; none where there is no such line."""
        return whole_numbers(self._line(key).decode("ascii", "replace"))

    def count(self, key: str) -> int:
        """How many values one line has."""
        line = self._line(key)
        return line.count(b" ") + 1 if line else 0

    def _line(self, key: str) -> bytes:
        begin, end = self.lines.get(key, (0, 0))
        if end - begin > MAX_LINE_BYTES:
            raise Damaged("has a longer line than any real model")
        return self.data[begin:end]


@dataclass(frozen=True)
class Model:
    """`header` as text by key; `tree_sizes` as the header says them."""

    header: dict[str, str]
    tree_sizes: tuple[int, ...] = ()
    trees: tuple[Tree, ...] = field(default=(), repr=False)

    @property
    def features(self) -> int:
        return whole(self.header.get("max_feature_idx", "")) + 1

    @property
    def objective(self) -> str:
        return self.header.get("objective", "")

    @property
    def classes(self) -> int:
        """0 where it is no classifier."""
        name = self.objective.split(" ")[0]
        if name == "binary":
            return 2
        return whole(self.header.get("num_class", "")) if name in ("multiclass", "multiclassova") else 0


@once
def read(content: Content, _root: str) -> Model:
    """Raises `Damaged` where it is no such file, and `Truncated` where its end is not there."""
    data: Bytes = content.view().obj  # a map of the file, which unlike a view can be searched
    if len(data) > MAX_FILE_BYTES:
        raise Damaged(f"has more than {MAX_FILE_BYTES // 2**20} MiB of text, which is not read here")
    end = data.find(b"\n" + END)
    if end < 0:
        raise Truncated("ends before its trees do")
    first = data.find(b"\nTree=", 0, end)
    header_end = first if first >= 0 else end
    if header_end > MAX_HEADER_BYTES:
        raise Damaged("has a header longer than any real one")
    header = dict(_lines(data[:header_end].decode("utf-8", "replace")))
    sizes = tuple(whole_numbers(header.get("tree_sizes", "")))
    return Model(header, sizes, tuple(_trees(data, first + 1, end + 1)) if first >= 0 else ())


def _lines(text: str) -> Iterator[tuple[str, str]]:
    met = set()
    for line in text.split("\n"):
        key, equals, value = line.partition("=")
        if key in met:
            raise Damaged("says one thing twice")
        met |= {key} if equals else set()
        yield key, value


def _trees(data: Bytes, first: int, end: int) -> Iterator[Tree]:
    starts = []
    for found in _TREE.finditer(data, first, end):
        starts.append((found.start(), int(found[1])))
        if len(starts) > MAX_TREES:
            raise Damaged(f"has more than {MAX_TREES:,} trees")
    stops = [*(start for start, _ in starts[1:]), end]
    for (start, number), stop in zip(starts, stops, strict=True):
        yield Tree(number, _tree_lines(data, start, stop), stop - start, data)


def _tree_lines(data: Bytes, start: int, stop: int) -> dict[str, tuple[int, int]]:
    lines: dict[str, tuple[int, int]] = {}
    at = start
    for _ in range(MAX_TREE_LINES):
        if at >= stop:
            return lines
        newline = data.find(b"\n", at, stop)
        newline = stop if newline < 0 else newline
        equals = data.find(b"=", at, newline)
        key = _KEYS.get(data[at:equals]) if 0 <= equals < at + 100 else None
        if key in lines:
            raise Damaged("says one thing twice")
        if key:
            lines[key] = equals + 1, newline
        at = newline + 1
    raise Damaged("has a tree of more lines than any real one")


def whole(text: str) -> int:
    """Raises `Damaged` for what is no whole number."""
    (number,) = whole_numbers(text) or [None]
    if number is None:
        raise Damaged("lacks a number")
    return number


def whole_numbers(text: str) -> list[int]:
    """Raises `Damaged` where there is anything else."""
    if not _NUMBERS.fullmatch(text):
        raise Damaged("has a number that is none")
    try:
        return [int(number) for number in text.split()]
    except ValueError as error:
        raise Damaged("has a number that is none") from error
