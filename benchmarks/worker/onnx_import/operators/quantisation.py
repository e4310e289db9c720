"""Quantised operators, computed in floating point wide enough to be exact."""

import numpy as np

from benchmarks.worker.onnx_import.graph import dtype_name
from benchmarks.worker.onnx_import.operators.convolution import padding, spatial_shape
from benchmarks.worker.onnx_import.operators.elementwise import convert
from benchmarks.worker.onnx_import.registry import operator


def _spread(b, node, x, scale):
    """The scale so shaped that it broadcasts with x: one number, one for each element of an axis, or one
    for each block of an axis."""
    if b.rank(scale) == 0 or b.shape(scale) == [1]:
        return lambda t: b.reshape(t, [])
    axis = node.attribute("axis", 1) % b.rank(x)
    block = node.attribute("block_size", 0) or 0
    if b.rank(scale) == 1 and not block:
        shape = [1] * b.rank(x)
        shape[axis] = -1
        return lambda t: b.reshape(t, shape)

    def repeated(t):
        length, count = b.shape(x)[axis], b.shape(t)[axis]
        each = block or length // count
        index = b.arange(length)
        return b.take(t, b.div(index, b.number(each, index)), axis)

    return repeated


def saturated(b, x, kind: str):
    """Rounded to even and held within an integer type."""
    info = np.iinfo(kind)
    x = b.clip(b.unary("round", x), b.number(float(info.min), x), b.number(float(info.max), x))
    return b.cast(b.cast(x, "int64"), kind)


@operator("QuantizeLinear")
def quantize_linear(b, node, x, scale, zero=None):
    named = node.attribute("output_dtype", 0)
    kind = b.dtype(zero) if zero is not None else "uint8"
    if zero is None and named:
        kind = dtype_name(named)
    if not kind.startswith(("int", "uint")) or not b.has_dtype(kind):
        raise node.unsupported(f"quantised type {kind}")
    shaped = _spread(b, node, x, scale)
    if b.dtype(x) != b.dtype(scale):
        x = b.cast(x, b.dtype(scale))
    y = b.cast(b.unary("round", b.div(x, shaped(scale))), "float32")
    if zero is not None:
        y = b.add(y, b.cast(shaped(zero), "float32"))
    return saturated(b, y, kind)


@operator("DequantizeLinear")
def dequantize_linear(b, node, x, scale, zero=None):
    shaped = _spread(b, node, x, scale)
    kind = b.dtype(scale)
    y = b.cast(x, "float32")
    if zero is not None:
        y = b.add(y, b.cast(shaped(zero), "float32") * -1)
    y = b.mul(y, b.cast(shaped(scale), "float32"))
    named = node.attribute("output_dtype", 0)
    return convert(b, node, y, named) if named else b.cast(y, kind)


@operator("DynamicQuantizeLinear")
def dynamic_quantize_linear(b, node, x):
    axes = list(range(b.rank(x)))
    zero = b.number(0.0, x)
    high = b.maximum(b.reduce(x, "max", axes, False), zero)
    low = b.minimum(b.reduce(x, "min", axes, False), zero)
    scale = (high - low) / 255.0
    scale = b.where(b.compare(scale, zero, "equal"), b.number(1.0, x), scale)
    point = b.clip(b.unary("round", -low / scale), zero, b.number(255.0, x))
    y = b.clip(b.unary("round", x / scale) + point, zero, b.number(255.0, x))
    return b.cast(b.cast(y, "int32"), "uint8"), scale, b.cast(b.cast(point, "int32"), "uint8")


def _centred(b, x, zero, shape=None):
    wide = b.cast(x, "float64")
    if zero is None:
        return wide
    zero = b.cast(zero, "float64")
    if b.shape(zero) == [1]:
        zero = b.reshape(zero, [])
    elif shape is not None and b.rank(zero) == 1:
        zero = b.reshape(zero, shape)
    return b.sub(wide, zero)


@operator("MatMulInteger")
def matmul_integer(b, node, x, y, x_zero=None, y_zero=None):
    product = b.matmul(_centred(b, x, x_zero, [-1, 1]), _centred(b, y, y_zero))
    return b.cast(b.cast(product, "int64"), "int32")


@operator("ConvInteger")
def conv_integer(b, node, x, weight, x_zero=None, weight_zero=None):
    y = _conv(
        b, node, _centred(b, x, x_zero), _centred(b, weight, weight_zero, [-1, *[1] * (b.rank(x) - 1)]), None
    )
    return b.cast(b.cast(y, "int64"), "int32")


def _conv(b, node, x, weight, bias):
    kernel = spatial_shape(b, weight)
    strides = node.attribute("strides") or [1] * len(kernel)
    dilations = node.attribute("dilations") or [1] * len(kernel)
    pads = padding(b, node, b.shape(x)[2:], kernel, strides, dilations)
    return b.conv(x, weight, bias, list(strides), pads, list(dilations), node.attribute("group"))


def _scalar(b, t):
    return b.reshape(t, []) if b.shape(t) == [1] else t


def _requantised(b, y, scale, zero):
    y = b.add(b.unary("round", b.mul(y, scale)), b.cast(_scalar(b, zero), "float64"))
    return saturated(b, y, b.dtype(zero))


@operator("QLinearMatMul")
def qlinear_matmul(b, node, x, x_scale, x_zero, y, y_scale, y_zero, scale, zero):
    product = b.matmul(_centred(b, x, x_zero, [-1, 1]), _centred(b, y, y_zero))
    x_scale, y_scale, scale = (_scalar(b, b.cast(t, "float64")) for t in (x_scale, y_scale, scale))
    if b.rank(x_scale) == 1:
        x_scale = b.reshape(x_scale, [-1, 1])
    return _requantised(b, product, b.div(b.mul(x_scale, y_scale), scale), zero)


@operator("QLinearConv")
def qlinear_conv(b, node, x, x_scale, x_zero, weight, w_scale, w_zero, scale, zero, bias=None):
    rank = b.rank(x)
    filters = [-1, *[1] * (rank - 1)]
    bias = None if bias is None else b.cast(bias, "float64")
    y = _conv(b, node, _centred(b, x, x_zero), _centred(b, weight, w_zero, filters), bias)
    x_scale, w_scale, scale = (_scalar(b, b.cast(t, "float64")) for t in (x_scale, w_scale, scale))
    if b.rank(w_scale) == 1:
        w_scale = b.reshape(w_scale, [1, -1, *[1] * (rank - 2)])
    return _requantised(b, y, b.div(b.mul(x_scale, w_scale), scale), zero)
