"""How many elements a shape has, for shapes that a hostile file may have written."""

from collections.abc import Iterable
from math import prod

from benchmarks.inspection.damage import Damaged

MAX_RANK = 64
MAX_ELEMENTS = 2**53
"""Far beyond any model, and still exact in JSON."""


def elements(shape: Iterable[int]) -> int:
    """The product of the sizes. Raises `Damaged` where a size is negative or the tensor impossible."""
    sizes = tuple(shape)
    if len(sizes) > MAX_RANK or any(not 0 <= size <= MAX_ELEMENTS for size in sizes):
        raise Damaged("has a tensor of an impossible size")
    count = prod(sizes)
    if count > MAX_ELEMENTS:
        raise Damaged("has a tensor of an impossible size")
    return count
