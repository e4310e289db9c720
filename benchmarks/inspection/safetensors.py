"""The header of a .safetensors file: eight bytes of length, JSON, then the tensors' bytes.

Format: github.com/huggingface/safetensors, README.md, "Format".
"""

import json
from dataclasses import dataclass

from benchmarks.inspection.content import MAX_JSON_BYTES, Content
from benchmarks.inspection.damage import Damaged, Truncated
from benchmarks.inspection.tensor_size import elements

LENGTH_BYTES = 8
MAX_TENSORS = 50_000
METADATA = "__metadata__"


@dataclass(frozen=True)
class Stored:
    """One tensor. `dtype` is the format's own word ("F32"); `begin` and `end` count bytes from the end of
    the header."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def elements(self) -> int:
        return elements(self.shape)


@dataclass(frozen=True)
class Header:
    """`tensors` in the order of the file; `data_bytes`: what lies behind the header."""

    tensors: tuple[Stored, ...]
    data_bytes: int


def read(content: Content, name: str = "") -> Header:
    """The header of the file `name`. Raises `Damaged` where it is none; whether its numbers are true is
    the audit's question."""
    size = content.files[name] if name else content.size_bytes
    length = int.from_bytes(content.beginning(name, LENGTH_BYTES), "little")
    if size < LENGTH_BYTES or length > size - LENGTH_BYTES:
        raise Truncated(f"announces {length:,} bytes of header and has {max(0, size - LENGTH_BYTES):,}")
    if length > MAX_JSON_BYTES:
        raise Damaged(f"has a header of more than {MAX_JSON_BYTES // 2**20} MiB")
    text = content.beginning(name, LENGTH_BYTES + length)[LENGTH_BYTES:]
    if text.count(b"{") > MAX_TENSORS + 2 or text.count(b",") > 20 * MAX_TENSORS:
        raise Damaged(f"has more than {MAX_TENSORS:,} tensors")
    header = json.loads(text, object_pairs_hook=_without_twins)
    if not isinstance(header, dict):
        raise Damaged("has a header that is no list of tensors")
    header.pop(METADATA, None)
    tensors = tuple(_stored(one, about) for one, about in header.items())
    return Header(tensors, size - LENGTH_BYTES - length)


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Damaged("names a tensor twice")
    return found


def _stored(name: str, about: object) -> Stored:
    if not isinstance(about, dict) or not about.keys() >= {"dtype", "shape", "data_offsets"}:
        raise Damaged("has a header that is no list of tensors")
    shape, offsets = about["shape"], about["data_offsets"]
    if not isinstance(shape, list) or not isinstance(offsets, list) or len(offsets) != 2:
        raise Damaged("has a tensor without a shape or a place")
    if not all(type(number) is int for number in (*shape, *offsets)):
        raise Damaged("has a tensor whose shape or place is no number")
    return Stored(name, str(about["dtype"])[:20], tuple(shape), *offsets)
