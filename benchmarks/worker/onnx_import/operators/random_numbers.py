"""Random numbers: other ones than another runtime's, of the same distribution."""

import numpy as np

from benchmarks.worker.onnx_import.graph import dtype_name
from benchmarks.worker.onnx_import.registry import operator


def _kind(b, node, like=None) -> str:
    number = node.attribute("dtype", None)
    if number is None:
        return b.dtype(like) if like is not None else "float32"
    return dtype_name(number)


def _uniform(b, node, shape, kind):
    low, high = node.attribute("low"), node.attribute("high")
    return b.random_uniform(shape, kind, node.attribute("seed")) * (high - low) + low


def _normal(b, node, shape, kind):
    mean, scale = node.attribute("mean"), node.attribute("scale")
    return b.random_normal(shape, kind, node.attribute("seed")) * scale + mean


@operator("RandomUniform")
def random_uniform(b, node):
    return _uniform(b, node, list(node.attribute("shape")), _kind(b, node))


@operator("RandomNormal")
def random_normal(b, node):
    return _normal(b, node, list(node.attribute("shape")), _kind(b, node))


@operator("RandomUniformLike")
def random_uniform_like(b, node, x):
    return _uniform(b, node, b.shape(x), _kind(b, node, x))


@operator("RandomNormalLike")
def random_normal_like(b, node, x):
    return _normal(b, node, b.shape(x), _kind(b, node, x))


@operator("Bernoulli")
def bernoulli(b, node, x):
    drawn = b.random_uniform(b.shape(x), "float32", node.attribute("seed"))
    hit = b.compare(drawn, b.cast(x, "float32"), "less")
    return b.cast(b.cast(hit, "int32"), _kind(b, node, x))


@operator("Multinomial")
def multinomial(b, node, x):
    n, classes = b.shape(x)
    count = node.attribute("sample_size")
    drawn = b.random_uniform([n, count, classes], "float32", node.attribute("seed"))
    noise = -b.unary("log", -b.unary("log", drawn + np.finfo(np.float32).tiny))
    best = b.arg_reduce(b.add(b.unsqueeze(b.cast(x, "float32"), [1]), noise), True, 2, False)
    return b.cast(b.squeeze(best, [2]), dtype_name(node.attribute("dtype")))
