"""Operators that write into parts of a tensor."""

from benchmarks.worker.onnx_import.operators.indexing import flat_index, wrapped
from benchmarks.worker.onnx_import.registry import operator


def _reduction(node) -> str:
    return (node.text("reduction") if node.opset >= 16 else "") or "none"


@operator("ScatterElements", "Scatter", raw=(1,))
def scatter_elements(b, node, x, indices, updates):
    axis = node.attribute("axis") % b.rank(x)
    return b.scatter(x, wrapped(b, indices, b.shape(x)[axis]), updates, axis, _reduction(node))


@operator("ScatterND")
def scatter_nd(b, node, x, indices, updates):
    known = b.shape(x)
    depth = b.shape(indices)[-1]
    if not isinstance(depth, int):
        raise node.unsupported("the last dimension of its indices is not known")
    rows = flat_index(b, b.reshape(indices, [-1, depth]), known[:depth])
    width = 1
    for d in known[depth:]:
        width = width * d
    count = 1
    for d in b.shape(indices)[:-1]:
        count = count * d
    height = 1
    for d in known[:depth]:
        height = height * d
    table = b.reshape(x, [height, width])
    return b.reshape(b.scatter_rows(table, rows, b.reshape(updates, [count, width]), _reduction(node)), known)


@operator("TensorScatter")
def tensor_scatter(b, node, past, update, write=None):
    axis = node.attribute("axis") % b.rank(past)
    mode = node.text("mode") or "linear"
    n, length, steps = b.shape(past)[0], b.shape(past)[axis], b.shape(update)[axis]
    along = [1] * b.rank(past)
    along[axis] = steps
    index = b.reshape(b.arange(steps), along)
    first = [1] * b.rank(past)
    first[0] = n
    start = b.reshape(b.full([n], 0, "int64") if write is None else b.cast(write, "int64"), first)
    index = b.add(index, start)
    if mode == "circular":
        index = b.mod(index, b.dim_tensor(length))
    return b.scatter(past, b.expand_both(index, b.shape(update)), update, axis, "none")
