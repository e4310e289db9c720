"""Pooling."""

import numpy as np

from benchmarks.worker.onnx_import.operators.convolution import padding
from benchmarks.worker.onnx_import.operators.shape import product
from benchmarks.worker.onnx_import.registry import operator


def _settings(b, node, x):
    """Kernel, strides, dilations and pads, the pads extended so that every window of ceil_mode is whole."""
    kernel = list(node.attribute("kernel_shape"))
    rank = len(kernel)
    strides = list(node.attribute("strides") or [1] * rank)
    dilations = list(node.attribute("dilations", None) or [1] * rank)
    sizes = b.shape(x)[2:]
    pads = padding(b, node, sizes, kernel, strides, dilations)
    extra = [0] * rank
    if node.attribute("ceil_mode", 0):
        for i in range(rank):
            if not isinstance(sizes[i], int):
                raise node.unsupported(
                    "ceil_mode over a dynamic dimension", "Give the model a fixed image size."
                )
            covered = (kernel[i] - 1) * dilations[i] + 1
            padded = sizes[i] + sum(pads[i])
            count = -(-(padded - covered) // strides[i]) + 1
            if (count - 1) * strides[i] >= sizes[i] + pads[i][0]:
                count -= 1
            extra[i] = max((count - 1) * strides[i] + covered - padded, 0)
    return kernel, strides, dilations, pads, extra


def windows(b, x, kernel: list, strides: list, dilations: list):
    """The elements of each window, on a new first axis."""
    rank = len(kernel)
    counts = [(b.shape(x)[2 + i] - (kernel[i] - 1) * dilations[i] - 1) // strides[i] + 1 for i in range(rank)]
    parts = []
    for place in np.ndindex(*kernel):
        part = x
        for i, k in enumerate(place):
            start = k * dilations[i]
            part = b.slice(part, 2 + i, start, start + (counts[i] - 1) * strides[i] + 1, strides[i])
        parts.append(part)
    return b.stack(parts, 0)


def _with(pads: list[tuple], extra: list[int]) -> list[tuple]:
    return [(before, after + more) for (before, after), more in zip(pads, extra, strict=True)]


@operator("MaxPool")
def max_pool(b, node, x):
    kernel, strides, dilations, pads, extra = _settings(b, node, x)
    pads = _with(pads, extra)
    kind = b.dtype(x)
    if len(node.outputs) > 1 and node.outputs[1]:
        return _max_pool_indices(b, node, x, kernel, strides, dilations, pads)
    if not kind.startswith(("float", "bfloat")):
        x = b.cast(x, "float64")
    return b.cast(b.max_pool(x, kernel, strides, pads, dilations), kind)


def _max_pool_indices(b, node, x, kernel, strides, dilations, pads):
    n, c, *sizes = b.shape(x)
    area = product(sizes)
    if node.attribute("storage_order"):
        index = b.transpose(b.reshape(b.arange(area), sizes[::-1]), list(range(len(sizes)))[::-1])
    else:
        index = b.reshape(b.arange(area), sizes)
    around = [(0, 0), (0, 0), *pads]
    index = windows(b, b.pad(b.reshape(index, [1, 1, *sizes]), around, 0), kernel, strides, dilations)
    values = windows(b, b.pad(x, around, float("-inf")), kernel, strides, dilations)
    best = b.arg_reduce(values, True, 0, False)
    index = b.expand_both(index, b.shape(values))
    plane = b.reshape(b.arange(n * c) * area, [n, c, *[1] * len(sizes)])
    place = b.add(b.squeeze(b.take_along(index, best, 0), [0]), plane)
    return b.squeeze(b.take_along(values, best, 0), [0]), place


@operator("AveragePool")
def average_pool(b, node, x):
    kernel, strides, dilations, pads, extra = _settings(b, node, x)
    counted = bool(node.attribute("count_include_pad", 0))
    if any(d != 1 for d in dilations):
        return _dilated_average(b, x, kernel, strides, dilations, pads, extra, counted)
    if not any(extra):
        y = b.average_pool(x, kernel, strides, pads, counted)
        if y is not None:
            return y
    around = [(0, 0), (0, 0), *pads]
    ones = b.full([1, 1, *b.shape(x)[2:]], 1, b.dtype(x))
    ones = b.pad(ones, around, 1.0 if counted else 0.0)
    x = b.pad(x, around, 0.0)
    more = [(0, 0), (0, 0), *[(0, e) for e in extra]]
    total = b.sum_pool(b.pad(x, more, 0.0), kernel, strides)
    return total / b.sum_pool(b.pad(ones, more, 0.0), kernel, strides)


def _dilated_average(b, x, kernel, strides, dilations, pads, extra, counted):
    around, more = [(0, 0), (0, 0), *pads], [(0, 0), (0, 0), *[(0, e) for e in extra]]
    ones = b.pad(b.full([1, 1, *b.shape(x)[2:]], 1, b.dtype(x)), around, 1.0 if counted else 0.0)
    x = b.pad(b.pad(x, around, 0.0), more, 0.0)
    total = b.reduce(windows(b, x, kernel, strides, dilations), "sum", [0], False)
    count = b.reduce(windows(b, b.pad(ones, more, 0.0), kernel, strides, dilations), "sum", [0], False)
    return total / count


@operator("LpPool")
def lp_pool(b, node, x):
    kernel, strides, dilations, pads, extra = _settings(b, node, x)
    p = float(node.attribute("p"))
    x = b.pad(x, [(0, 0), (0, 0), *_with(pads, extra)], 0.0)
    powers = b.pow(b.unary("abs", x), b.number(p, x))
    if any(d != 1 for d in dilations):
        total = b.reduce(windows(b, powers, kernel, strides, dilations), "sum", [0], False)
    else:
        total = b.sum_pool(powers, kernel, strides)
    return b.pow(total, b.number(1.0 / p, x))


def _spatial(b, x) -> list[int]:
    return list(range(2, b.rank(x)))


@operator("GlobalAveragePool")
def global_average_pool(b, node, x):
    return b.reduce(x, "mean", _spatial(b, x), True)


@operator("GlobalMaxPool")
def global_max_pool(b, node, x):
    return b.reduce(x, "max", _spatial(b, x), True)


@operator("GlobalLpPool")
def global_lp_pool(b, node, x):
    p = float(node.attribute("p"))
    total = b.reduce(b.pow(b.unary("abs", x), b.number(p, x)), "sum", _spatial(b, x), True)
    return b.pow(total, b.number(1.0 / p, x))


@operator("MaxUnpool", raw=(2,))
def max_unpool(b, node, x, indices, shape=None):
    n, c, *sizes = b.shape(x)
    kernel = node.attribute("kernel_shape")
    rank = len(kernel)
    strides = node.attribute("strides") or [1] * rank
    flat = node.attribute("pads") or [0] * 2 * rank
    inferred = [(sizes[i] - 1) * strides[i] - flat[i] - flat[rank + i] + kernel[i] for i in range(rank)]
    # The indices are those of the shape that the pooling had by itself.
    whole = [n, c, *inferred] if shape is None else [int(d) for d in b.constant(shape, "output_shape")]
    row = b.full([product(whole)], 0, b.dtype(x))
    index = b.reshape(indices, [-1])
    if shape is not None and all(isinstance(d, int) for d in [*whole, *inferred]):
        index = _moved(b, index, [n, c, *inferred], whole)
    y = b.scatter(row, index, b.reshape(x, [-1]), 0, "none")
    return b.reshape(y, whole)


def _moved(b, index, small: list[int], large: list[int]):
    """Positions in a smaller tensor as positions in the same corner of a larger one."""
    total = b.mul(index, b.number(0, index))
    stride_small, stride_large = 1, 1
    for s, t in zip(reversed(small), reversed(large), strict=True):
        coordinate = b.mod(b.div(index, b.number(stride_small, index)), b.number(s, index))
        total = total + coordinate * stride_large
        stride_small, stride_large = stride_small * s, stride_large * t
    return total
