"""Unique elements."""

from benchmarks.worker.onnx_import.registry import operator


@operator("Unique")
def unique(b, node, x):
    axis = node.attribute("axis")
    shape = None
    if axis is None:
        x = b.reshape(x, [-1])
        values, inverse, counts = b.unique(x)
    else:
        axis = axis % b.rank(x)
        front = [axis, *[i for i in range(b.rank(x)) if i != axis]]
        moved = b.transpose(x, front)
        shape = b.shape(moved)
        rows, inverse, counts = b.unique_rows(b.reshape(moved, [shape[0], -1]))
        back = [0] * len(front)
        for position, old in enumerate(front):
            back[old] = position
        values = b.transpose(b.reshape(rows, [-1, *shape[1:]]), back)
    inverse = b.reshape(b.cast(inverse, "int64"), [-1])
    count, length = b.shape(counts)[0], b.shape(inverse)[0]
    # The first place of each value: the smallest position among those that have it.
    first = b.scatter(b.full([count], 1 << 62, "int64"), inverse, b.arange(length), 0, "min")
    if not node.attribute("sorted"):
        order = b.argsort(first, 0)
        rank = b.argsort(order, 0)
        values = b.take(values, order, 0 if axis is None else axis)
        first, counts = b.take(first, order, 0), b.take(counts, order, 0)
        inverse = b.take(rank, inverse, 0)
    return values, first, inverse, b.cast(counts, "int64")
