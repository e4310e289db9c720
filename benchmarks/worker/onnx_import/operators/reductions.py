"""Operators that reduce, accumulate or pick along axes."""

import numpy as np

from benchmarks.worker.onnx_import.registry import operator


def axes_of(b, node, x, axes=None) -> list[int] | None:
    """The axes by attribute or input, counted from the front; None where neither is given."""
    found = node.attribute("axes") if axes is None else b.constant(axes, "axes")
    if found is None:
        return None
    return [int(a) % b.rank(x) for a in np.asarray(found).ravel()]


def _reduce(b, node, x, axes, apply):
    if axes is not None and not isinstance(axes, np.ndarray) and b.dynamic_axes:
        along = [] if b.shape(axes) == [0] else b.reshape(axes, [-1])
    else:
        along = axes_of(b, node, x, axes)
    if along is None or (isinstance(along, list) and not along):
        if node.attribute("noop_with_empty_axes"):
            return apply(x, []) if b.rank(x) else x
        along = list(range(b.rank(x)))
    return apply(x, along)


def _plain(name: str):
    def function(b, node, x, axes=None):
        keep = bool(node.attribute("keepdims"))
        if b.dtype(x) == "bool" and name in ("max", "min"):
            y = _reduce(b, node, b.cast(x, "uint8"), axes, lambda x, along: b.reduce(x, name, along, keep))
            return b.cast(y, "bool")
        return _reduce(b, node, x, axes, lambda x, along: b.reduce(x, name, along, keep))

    return function


for _onnx, _name in {"ReduceSum": "sum", "ReduceMean": "mean", "ReduceProd": "prod", "ReduceMax": "max",
                     "ReduceMin": "min"}.items():  # fmt: skip
    operator(_onnx, raw=(1,))(_plain(_name))


def _composed(before, after, name: str = "sum"):
    def function(b, node, x, axes=None):
        keep = bool(node.attribute("keepdims"))

        def apply(x, along):
            return after(b, b.reduce(before(b, x), name, along, keep))

        return _reduce(b, node, x, axes, apply)

    return function


operator("ReduceL1", raw=(1,))(_composed(lambda b, x: b.unary("abs", x), lambda b, y: y))
operator("ReduceSumSquare", raw=(1,))(_composed(lambda b, x: b.mul(x, x), lambda b, y: y))
operator("ReduceLogSum", raw=(1,))(_composed(lambda b, x: x, lambda b, y: b.unary("log", y)))


@operator("ReduceL2", raw=(1,))
def reduce_l2(b, node, x, axes=None):
    keep, kind = bool(node.attribute("keepdims")), b.dtype(x)

    def apply(x, along):
        wide = x if kind.startswith(("float", "bfloat")) else b.cast(x, "float64")
        return b.cast(b.unary("sqrt", b.reduce(b.mul(wide, wide), "sum", along, keep)), kind)

    return _reduce(b, node, x, axes, apply)


@operator("ReduceLogSumExp", raw=(1,))
def reduce_log_sum_exp(b, node, x, axes=None):
    keep, kind = bool(node.attribute("keepdims")), b.dtype(x)

    def apply(x, along):
        wide = x if kind.startswith(("float", "bfloat")) else b.cast(x, "float64")
        return b.cast(b.reduce(wide, "logsumexp", along, keep), kind)

    return _reduce(b, node, x, axes, apply)


@operator("ArgMax", "ArgMin")
def arg_reduce(b, node, x):
    axis = node.attribute("axis") % b.rank(x)
    largest, last = node.op_type == "ArgMax", bool(node.attribute("select_last_index"))
    index = b.arg_reduce(x, largest, axis, last)
    return index if node.attribute("keepdims") else b.squeeze(index, [axis])


@operator("CumSum", "CumProd", raw=(1,))
def cumulate(b, node, x, axis):
    along = int(np.ravel(b.constant(axis, "axis"))[0]) % b.rank(x)
    name = "sum" if node.op_type == "CumSum" else "prod"
    if node.attribute("reverse"):
        x = b.flip(x, [along])
    y = b.cumulate(x, name, along)
    if node.attribute("exclusive"):
        pads = [(0, 0)] * b.rank(x)
        pads[along] = (1, 0)
        y = b.slice(b.pad(y, pads, 0 if name == "sum" else 1), along, 0, b.shape(x)[along], 1)
    return b.flip(y, [along]) if node.attribute("reverse") else y


@operator("TopK", raw=(1,))
def topk(b, node, x, k=None):
    axis = node.attribute("axis") % b.rank(x)
    count = node.attribute("k") if k is None else b.ints(k)[0]
    largest = True if node.opset < 11 else bool(node.attribute("largest"))
    values, indices = b.topk(x, count, axis, largest)
    return values, indices


@operator("Hardmax")
def hardmax(b, node, x):
    if node.opset < 13:
        from benchmarks.worker.onnx_import.operators.normalization import flattened

        return flattened(b, node, x, lambda y: _hardmax(b, y, 1))
    return _hardmax(b, x, node.attribute("axis") % b.rank(x))


def _hardmax(b, x, axis: int):
    positions = b.arange(b.shape(x)[axis])
    shape = [1] * b.rank(x)
    shape[axis] = b.shape(x)[axis]
    same = b.compare(b.reshape(positions, shape), b.arg_reduce(x, True, axis, False), "equal")
    return b.cast(same, b.dtype(x))
