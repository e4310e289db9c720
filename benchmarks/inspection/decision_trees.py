"""Whether the arrays of a decision tree are a tree. Libraries follow them without looking.

Three libraries keep a tree as arrays: for each node its left and right child and the feature that it looks
at. A child that is not there makes their compiled code read outside of its memory, and a circle makes it
run for ever.
"""

from collections.abc import Sequence

LEAF = -1
MAX_NODES = 1_000_000
"""Of one tree."""


def fault(left: Sequence[int], right: Sequence[int], feature: Sequence[int], features: int) -> str:
    """Words for what is wrong, "" where it is a tree over rows of `features` values.

    Node 0 is the root; a leaf has `LEAF` for both children. Nodes that nobody leads to may be there. Where no
    node has two parents and the root has none, no way down comes back to where it was.
    """
    nodes = len(left)
    if nodes > MAX_NODES:
        return f"has more than {MAX_NODES:,} nodes, which are not read here"
    if not nodes or not nodes == len(right) == len(feature):
        return "has lists of different lengths"
    inner = [node for node, child in enumerate(left) if child != LEAF]
    if any(right[node] == LEAF for node in inner) or sum(child != LEAF for child in right) != len(inner):
        return "has nodes with one child"
    if not inner:
        return ""
    children = [*map(left.__getitem__, inner), *map(right.__getitem__, inner)]
    if min(children) < 0 or max(children) >= nodes:
        return "has children that are not there"
    met = set(children)
    if len(met) < len(children) or 0 in met:
        return "has nodes with two parents, so that there is no way out"
    used = [feature[node] for node in inner]
    if min(used) < 0 or max(used) >= features:
        return f"looks at a value that rows of {features} do not have"
    return ""
