"""Operators that read parts of a tensor."""

import numpy as np

from benchmarks.worker.onnx_import import dims
from benchmarks.worker.onnx_import.registry import operator


def wrapped(b, indices, length):
    """Indices counted from the front."""
    if isinstance(indices, np.ndarray) and indices.dtype != object and isinstance(length, int):
        return b.tensor(np.where(indices < 0, indices + length, indices).astype(np.int64))
    if isinstance(indices, np.ndarray) and indices.dtype != object and (indices >= 0).all():
        return b.tensor(indices.astype(np.int64))
    indices = b.cast(b.tensor(indices), "int64")
    return b.where(indices < 0, indices + length, indices)


@operator("Gather", raw=(1,))
def gather(b, node, x, indices):
    axis = node.attribute("axis") % b.rank(x)
    known = isinstance(indices, np.ndarray) and indices.dtype != object and indices.ndim == 0
    if known and isinstance(b.shape(x)[axis], int):
        i = int(indices) % b.shape(x)[axis]
        return b.squeeze(b.slice(x, axis, i, i + 1, 1), [axis])
    return b.take(x, wrapped(b, indices, b.shape(x)[axis]), axis)


@operator("GatherElements", raw=(1,))
def gather_elements(b, node, x, indices):
    axis = node.attribute("axis") % b.rank(x)
    return b.take_along(x, wrapped(b, indices, b.shape(x)[axis]), axis)


def flat_index(b, indices, lengths: list):
    """Row numbers into the flattened leading axes; the last axis of `indices` names an element of them."""
    total = None
    for i, length in enumerate(lengths):
        part = wrapped(b, b.reshape(b.slice(indices, 1, i, i + 1, 1), [-1]), length)
        total = part if total is None else total * length + part
    return total


@operator("GatherND")
def gather_nd(b, node, x, indices):
    batch = node.attribute("batch_dims") or 0
    known, where = b.shape(x), b.shape(indices)
    depth = where[-1]
    if not isinstance(depth, int):
        raise node.unsupported("the last dimension of its indices is not known")
    rows = b.reshape(indices, [-1, depth])
    flat = flat_index(b, rows, known[batch : batch + depth])
    inner = 1
    for d in known[batch : batch + depth]:
        inner = inner * d
    if batch:
        outer = 1
        for d in known[:batch]:
            outer = outer * d
        per = 1
        for d in where[batch:-1]:
            per = per * d
        start = b.reshape(b.arange(outer), [-1, 1]) * inner
        flat = b.reshape(b.add(b.reshape(flat, [outer, per]), start), [-1])
    rest = known[batch + depth :]
    table = b.reshape(x, [-1, *rest])
    return b.reshape(b.take(table, flat, 0), [*where[:-1], *rest])


@operator("Slice", raw=(1, 2, 3, 4))
def slice_(b, node, x, starts=None, ends=None, axes=None, steps=None):
    if node.opset < 10:
        starts, ends = np.array(node.attribute("starts")), np.array(node.attribute("ends"))
        axes = None if node.attribute("axes") is None else np.array(node.attribute("axes"))
    begins, stops = b.ints(starts), b.ints(ends)
    along = range(len(begins)) if axes is None else [int(a) for a in b.constant(axes, "axes").ravel()]
    strides = [1] * len(begins) if steps is None else [int(s) for s in b.constant(steps, "steps").ravel()]
    for axis, begin, stop, step in zip(along, begins, stops, strides, strict=True):
        x = one_slice(b, x, axis % b.rank(x), begin, stop, step)
    return x


def one_slice(b, x, axis: int, begin, stop, step: int):
    """With ONNX's meaning, which is Python's, but that a stop far below zero is before the first element."""
    length = b.shape(x)[axis]
    if all(isinstance(n, int) for n in (begin, stop, length)):
        begin, stop, step = slice(begin, stop if stop > -(1 << 31) + 1 else None, step).indices(length)
        if step < 0:
            if begin <= stop:
                return b.slice(x, axis, 0, 0, 1)
            last = begin + (begin - stop - 1) // -step * step
            return b.flip(b.slice(x, axis, last, begin + 1, -step), [axis])
        return x if (begin, stop, step) == (0, length, 1) else b.slice(x, axis, begin, max(stop, begin), step)
    if step > 0:
        return b.slice_open(x, axis, begin, stop, step)
    return b.slice_back(x, axis, begin, stop, step)


@operator("Compress", raw=())
def compress(b, node, x, condition):
    axis = node.attribute("axis")
    if axis is None:
        x, axis = b.reshape(x, [-1]), 0
    axis = axis % b.rank(x)
    count, length = b.shape(condition)[0], b.shape(x)[axis]
    if not (isinstance(count, int) and count == length):
        x = b.slice(x, axis, 0, count, 1)
    return b.select(x, condition, axis)


@operator("NonZero")
def nonzero(b, node, x):
    if b.dtype(x) != "bool":
        x = b.logical_not_equal_zero(x)
    return b.transpose(b.nonzero(x), [1, 0])


@operator("OneHot", raw=(1,))
def one_hot(b, node, indices, depth, values):
    count = b.ints(
        b.cast(b.tensor(depth), "int64") if not dims.is_dims(depth) and not _is_int(depth) else depth
    )[0]
    rank = b.rank(indices) + 1
    axis = node.attribute("axis") % rank
    index = b.cast(indices, "int64")
    index = b.where(index < 0, index + count, index)
    shape = [1] * rank
    shape[axis] = count
    same = b.compare(b.unsqueeze(index, [axis]), b.reshape(b.arange(count), shape), "equal")
    off, on = b.split(values, [1, 1], 0)
    return b.where(same, b.reshape(on, []), b.reshape(off, []))


def _is_int(value) -> bool:
    return isinstance(value, np.ndarray) and value.dtype != object


@operator("Pad", raw=(1, 3))
def pad(b, node, x, pads=None, value=None, axes=None):
    mode = node.text("mode") or "constant"
    if node.opset < 11:
        pads = np.array(node.attribute("pads", None) or node.attribute("paddings"))
        value = b.number(node.attribute("value") or 0.0, x)
    around = pads_of(b, x, b.ints(pads), None if axes is None else b.constant(axes, "axes").ravel().tolist())
    if mode == "constant":
        x, around = cropped(b, x, around)
        zero = False if b.dtype(x) == "bool" else 0
        return b.pad(x, around, zero if value is None else b.reshape(value, []))
    for axis, (before, after) in enumerate(around):
        if isinstance(before, int) and isinstance(after, int) and before <= 0 and after <= 0:
            continue
        x = b.take(x, mirrored(b, b.shape(x)[axis], before, after, mode), axis)
    return cropped(b, x, around)[0]


def pads_of(b, x, flat: list, axes: list | None) -> list[tuple]:
    """Before and after for each axis, from all befores and then all afters."""
    half = len(flat) // 2
    around: list[tuple] = [(0, 0)] * b.rank(x)
    for i, axis in enumerate(range(half) if axes is None else axes):
        around[int(axis) % b.rank(x)] = (flat[i], flat[half + i])
    return around


def cropped(b, x, around: list[tuple]):
    """Carries out negative pads; returns what is left to pad."""
    left = []
    for axis, (before, after) in enumerate(around):
        cut = (-before if isinstance(before, int) and before < 0 else 0,
               -after if isinstance(after, int) and after < 0 else 0)  # fmt: skip
        if any(cut):
            x = b.slice(x, axis, cut[0], b.shape(x)[axis] - cut[1], 1)
        left.append((0 if cut[0] else before, 0 if cut[1] else after))
    return x, left


def mirrored(b, length, before, after, mode: str):
    """Which elements stand in an axis that is padded by its edge, its mirror image or itself."""
    before, after = (0 if isinstance(n, int) and n < 0 else n for n in (before, after))
    index = b.arange(before + length + after) - before
    if mode == "edge":
        return b.clip(index, b.number(0, index), b.dim_tensor(length - 1))
    if mode == "wrap":
        return b.mod(index, b.dim_tensor(length))
    period = b.dim_tensor(b.dim_max(2 * length - 2, 1))
    index = b.mod(index, period)
    return b.minimum(index, period - index)


@operator("CenterCropPad", raw=(1,))
def center_crop_pad(b, node, x, shape):
    sizes = b.ints(shape)
    axes = node.attribute("axes")
    for axis, size in zip(range(b.rank(x)) if axes is None else axes, sizes, strict=True):
        axis = axis % b.rank(x)
        length = b.shape(x)[axis]
        wide = b.dim_max(size, length)
        before = (wide - length) // 2
        pads = [(0, 0)] * b.rank(x)
        pads[axis] = (before, wide - length - before)
        x = b.pad(x, pads, 0)
        start = (wide - size) // 2
        x = b.slice(x, axis, start, start + size, 1)
    return x


@operator("ReverseSequence")
def reverse_sequence(b, node, x, lengths):
    time, batch = node.attribute("time_axis"), node.attribute("batch_axis")
    steps = b.arange(b.shape(x)[time])
    across = [1] * b.rank(x)
    across[time] = b.shape(x)[time]
    along = [1] * b.rank(x)
    along[batch] = b.shape(x)[batch]
    steps, ends = b.reshape(steps, across), b.reshape(b.cast(lengths, "int64"), along)
    index = b.where(steps < ends, b.add(ends, -steps) - 1, b.add(steps, ends * 0))
    return b.take_along(x, b.expand_both(index, b.shape(x)), time)
