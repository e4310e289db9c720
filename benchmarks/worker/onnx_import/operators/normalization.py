"""Normalization and softmax."""

from benchmarks.worker.onnx_import.operators.shape import product
from benchmarks.worker.onnx_import.registry import operator


def flattened(b, node, x, apply):
    """Opsets below 13: a matrix is made of x at the axis, and its rows are worked on."""
    known = b.shape(x)
    axis = node.attribute("axis") % b.rank(x)
    if axis == b.rank(x) - 1 and axis == 1:
        return apply(x)
    return b.reshape(apply(b.reshape(x, [product(known[:axis]), product(known[axis:])])), known)


@operator("Softmax", "LogSoftmax")
def softmax(b, node, x):
    function = b.softmax if node.op_type == "Softmax" else b.log_softmax
    if node.opset < 13:
        return flattened(b, node, x, lambda y: function(y, 1))
    return function(x, node.attribute("axis") % b.rank(x))


@operator("BatchNormalization", raw=(1, 2, 3, 4))
def batch_normalization(b, node, x, scale, bias, mean, variance):
    epsilon = node.attribute("epsilon")
    if not node.attribute("training_mode", 0):
        return b.batch_norm(x, scale, bias, mean, variance, epsilon)
    mean, variance = b.tensor(mean), b.tensor(variance)
    axes = [i for i in range(b.rank(x)) if i != 1]
    momentum = node.attribute("momentum")
    now = b.reduce(x, "mean", axes, False)
    centred = x - b.reshape(now, [1, -1, *[1] * (b.rank(x) - 2)])
    spread = b.reduce(b.mul(centred, centred), "mean", axes, False)
    y = b.batch_norm(x, scale, bias, now, spread, epsilon)
    return y, mean * momentum + now * (1 - momentum), variance * momentum + spread * (1 - momentum)


@operator("InstanceNormalization")
def instance_normalization(b, node, x, scale, bias):
    shape = [1, -1, *[1] * (b.rank(x) - 2)]
    axes = list(range(2, b.rank(x)))
    return standardized(b, x, axes, node.attribute("epsilon")) * b.reshape(scale, shape) + b.reshape(
        bias, shape
    )


def standardized(b, x, axes: list[int], epsilon: float):
    centred = x - b.reduce(x, "mean", axes, True)
    variance = b.reduce(b.mul(centred, centred), "mean", axes, True)
    return centred / b.unary("sqrt", variance + epsilon)


@operator("LayerNormalization")
def layer_normalization(b, node, x, scale, bias=None):
    axis = node.attribute("axis") % b.rank(x)
    axes, kind = list(range(axis, b.rank(x))), b.dtype(x)
    stash = "float32" if node.attribute("stash_type") == 1 and kind != "float64" else kind
    wide = b.cast(x, stash)
    mean = b.reduce(wide, "mean", axes, True)
    centred = wide - mean
    inverse = b.unary(
        "rsqrt", b.reduce(b.mul(centred, centred), "mean", axes, True) + node.attribute("epsilon")
    )
    y = b.mul(b.cast(b.mul(centred, inverse), kind), scale)
    if bias is not None:
        y = b.add(y, bias)
    return (y, mean, inverse)[: max(len(node.outputs), 1)]


@operator("RMSNormalization")
def rms_normalization(b, node, x, scale):
    axis = node.attribute("axis") % b.rank(x)
    axes, kind = list(range(axis, b.rank(x))), b.dtype(x)
    stash = "float32" if node.attribute("stash_type") == 1 and kind != "float64" else kind
    wide = b.cast(x, stash)
    inverse = b.unary("rsqrt", b.reduce(b.mul(wide, wide), "mean", axes, True) + node.attribute("epsilon"))
    return b.mul(b.cast(b.mul(wide, inverse), kind), scale)


@operator("LpNormalization")
def lp_normalization(b, node, x):
    axis, p = node.attribute("axis") % b.rank(x), node.attribute("p")
    size = b.reduce(b.unary("abs", x) if p == 1 else b.mul(x, x), "sum", [axis], True)
    size = size if p == 1 else b.unary("sqrt", size)
    zero = b.compare(size, b.number(0.0, size), "equal")
    return b.where(zero, x * 0, b.div(x, b.where(zero, b.number(1.0, size), size)))


@operator("LRN")
def local_response_normalization(b, node, x):
    size, channels = node.attribute("size"), b.shape(x)[1]
    pads = [(0, 0)] * b.rank(x)
    pads[1] = ((size - 1) // 2, size - 1 - (size - 1) // 2)
    squares = b.pad(b.mul(x, x), pads, 0.0)
    total = b.slice(squares, 1, 0, channels, 1)
    for i in range(1, size):
        total = total + b.slice(squares, 1, i, channels + i, 1)
    scale = total * (node.attribute("alpha") / size) + node.attribute("bias")
    return b.div(x, b.pow(scale, b.number(node.attribute("beta"), x)))


@operator("MeanVarianceNormalization")
def mean_variance_normalization(b, node, x):
    axes = [a % b.rank(x) for a in node.attribute("axes")]
    centred = x - b.reduce(x, "mean", axes, True)
    return centred / (b.unary("sqrt", b.reduce(b.mul(centred, centred), "mean", axes, True)) + 1e-9)


@operator("GroupNormalization")
def group_normalization(b, node, x, scale, bias):
    groups, known = node.attribute("num_groups"), b.shape(x)
    n, c = known[:2]
    kind = b.dtype(x)
    stash = "float32" if node.attribute("stash_type", 1) == 1 and kind != "float64" else kind
    grouped = b.reshape(b.cast(x, stash), [n, groups, c // groups, *known[2:]])
    y = standardized(b, grouped, list(range(2, b.rank(grouped))), node.attribute("epsilon"))
    y = b.cast(y, kind)
    if node.opset < 21:
        shape = [1, groups, 1, *[1] * (len(known) - 2)]
        return b.reshape(y * b.reshape(scale, shape) + b.reshape(bias, shape), known)
    shape = [1, c, *[1] * (len(known) - 2)]
    return b.reshape(y, known) * b.reshape(scale, shape) + b.reshape(bias, shape)
