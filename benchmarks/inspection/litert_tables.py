"""A LiteRT model's tables, read once: subgraphs with their tensors and operators, and buffers by size.

Field ids are those of tensorflow's schema.fbs, as in ai-edge-litert 2.3.
"""

from dataclasses import dataclass

from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import Damaged
from benchmarks.inspection.flatbuffer import Table
from benchmarks.inspection.once import once

CUSTOM = 32
_SUBGRAPHS_1 = {16: ("I", (0,)), 92: ("i", (0, 1)), 93: ("i", (0, 1)), 103: ("i", (0,))}
"""Of BuiltinOptions: Call, If, While, CallOnce → the kind and the fields of the subgraphs that they run."""
_SUBGRAPHS_2 = {6: (1,), 8: (6,), 13: (5,), 14: (2,), 15: (0, 1), 21: (1,)}
"""Of BuiltinOptions2: StableHLO's reduce, scatter, reduce_window, sort, while, composite."""
_CASE = 23
"""Of BuiltinOptions2: StableHLO's case, with a list of subgraphs."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """`dtype` is the number of its type; `buffer` 0 for a tensor without data of its own."""

    name: str
    shape: tuple[int, ...]
    signature: tuple[int, ...]
    dtype: int
    buffer: int
    external: int
    is_sparse: bool


@dataclass(frozen=True, slots=True)
class Operator:
    """Indices of its code, its tensors (−1: left out) and the subgraphs that it runs. `options`: where its
    large options lie in the file and how many bytes they are."""

    code: int
    tensors: tuple[int, ...]
    subgraphs: tuple[int, ...]
    options: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Subgraph:
    tensors: tuple[Tensor, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    operators: tuple[Operator, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """`names`: index of the tensor → name."""

    subgraph: int
    names: dict[int, str]


@dataclass(frozen=True, slots=True)
class Buffer:
    """`size` bytes, at `offset` in the file where they lie behind the tables (models over 2 GB), else 0."""

    offset: int
    size: int


class Model:
    """`codes`: (operator's number, custom name); `external_buffers` counts those of other files."""

    def __init__(self, data: memoryview):
        table = Table.root(data)
        self.file_size = len(data)
        self.version = table.number(0, "I")
        self.codes = [_code(code) for code in table.tables(1)]
        self.subgraphs = [_subgraph(graph) for graph in table.tables(2)]
        if not self.subgraphs:
            raise Damaged("has no graph")
        self.buffers = [_buffer(buffer) for buffer in table.tables(4)]
        self.metadata = [metadata.text(0) for metadata in table.tables(6)]
        self.metadata_buffers = [metadata.number(1, "I") for metadata in table.tables(6)]
        self.signatures = [_signature(signature) for signature in table.tables(7)]
        self.external_buffers = table.length(9)


def _code(table: Table) -> tuple[int, str]:
    """The old field of the number is a byte; the new one may be larger."""
    return max(table.number(0, "b"), table.number(3, "i")), table.text(1)


def _subgraph(table: Table) -> Subgraph:
    return Subgraph(
        tuple(map(_tensor, table.tables(0))),
        table.numbers(1),
        table.numbers(2),
        tuple(map(_operator, table.tables(3))),
    )


def _tensor(table: Table) -> Tensor:
    return Tensor(
        table.text(3),
        table.numbers(0),
        table.numbers(7),
        table.number(1, "b"),
        table.number(2, "I"),
        table.number(10, "I"),
        table.has(6),
    )


def _operator(table: Table) -> Operator:
    return Operator(
        table.number(0, "I"),
        table.numbers(1) + table.numbers(2) + table.numbers(8),
        _subgraphs_run(table),
        (table.number(9, "Q"), table.number(10, "Q")),
    )


def _subgraphs_run(table: Table) -> tuple[int, ...]:
    indices: tuple[int, ...] = ()
    kind, slots = _SUBGRAPHS_1.get(table.number(3, "B"), ("i", ()))
    if slots and (options := table.table(4)):
        indices += tuple(options.number(slot, kind) for slot in slots)
    options_2 = table.number(11, "B")
    if (options_2 in _SUBGRAPHS_2 or options_2 == _CASE) and (options := table.table(12)):
        if options_2 == _CASE:
            indices += options.numbers(0)
        else:
            indices += tuple(options.number(slot) for slot in _SUBGRAPHS_2[options_2])
    return indices


def _buffer(table: Table) -> Buffer:
    offset = table.number(1, "Q")
    return Buffer(offset, table.number(2, "Q")) if offset > 1 else Buffer(0, table.length(0))


def _signature(table: Table) -> Signature:
    named = table.tables(0) + table.tables(1)
    return Signature(table.number(4, "I"), {entry.number(1, "I"): entry.text(0) for entry in named})


@once
def read(content: Content, root: str) -> Model:
    return Model(content.view())
