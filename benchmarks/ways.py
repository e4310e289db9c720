"""The way from one format to another over the converters that there are."""

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence

Edge = tuple[str, str]
"""A converter: from this format to that one."""
_EVEN: Mapping[Edge, int] = {}


def edge_of(converter: str) -> Edge:
    """The two formats of an id such as "keras-to-onnx"."""
    here, there = converter.split("-to-")
    return here, there


def next_edge(
    hops: dict[str, int], wanted: Sequence[str], edges: Iterable[Edge], lengths: Mapping[Edge, int] = _EVEN
) -> Edge | None:
    """The converter to try next: the first one on the shortest way from a format that is reached to one
    that is wanted and not reached; None where no way is left.

    `hops`: each reached format with the number of converters that led to it; `edges`: the converters that
    were not tried yet; `lengths`: of those that count as more than one. Of ways of equal length the one to
    the earlier of `wanted` comes first, and of ways to the same format the one from the earlier.
    """
    places = {target: place for place, target in reversed(list(enumerate(wanted)))}
    onward: dict[str, list[str]] = {}
    for here, there in sorted(edges):
        onward.setdefault(here, []).append(there)
    # Dijkstra's algorithm: the length of the way, the place among the wanted, the format, the way's first
    # converter that is not made yet.
    waiting = [(length, places.get(format, len(places)), format, ()) for format, length in hops.items()]
    heapq.heapify(waiting)
    shortest: dict[str, int] = {}
    while waiting:
        length, _, format, first = heapq.heappop(waiting)
        if format in places and format not in hops:
            return first
        for there in onward.get(format, ()):
            further = length + lengths.get((format, there), 1)
            if there not in hops and further < shortest.get(there, math.inf):
                shortest[there] = further
                place = places.get(there, len(places))
                heapq.heappush(waiting, (further, place, there, first or (format, there)))
    return None


def reachable(starts: Iterable[str], edges: Iterable[Edge]) -> set[str]:
    """The formats to which a way leads from one of `starts`, these included."""
    edges = list(edges)
    found = set(starts)
    while new := {there for here, there in edges if here in found} - found:
        found |= new
    return found
