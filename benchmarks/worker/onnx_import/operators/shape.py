"""Operators that ask for shapes or change them."""

import numpy as np

from benchmarks.worker.onnx_import import dims
from benchmarks.worker.onnx_import.registry import operator


@operator("Shape", raw=None)
def shape_of(b, node, x):
    known = list(x.shape) if isinstance(x, np.ndarray) else b.shape(x)
    start, end = node.attribute("start") if node.opset >= 15 else 0, node.attribute("end", None)
    return dims.settle(dims.make(known[start or 0 : end]))


@operator("Size", raw=None)
def size_of(b, node, x):
    known = list(x.shape) if isinstance(x, np.ndarray) else b.shape(x)
    return dims.settle(dims.make([product(known)]).reshape(()))


def product(known: list):
    result = 1
    for dim in known:
        result = result * dim
    return result


@operator("Reshape", raw=(1,))
def reshape(b, node, x, shape=None):
    wanted = node.attribute("shape") if shape is None else b.ints(shape)
    known = b.shape(x)
    if not node.attribute("allowzero", 0):
        if isinstance(shape, np.ndarray) or shape is None:
            wanted = [known[i] if isinstance(w, int) and w == 0 else w for i, w in enumerate(wanted)]
        else:
            wanted = b.zero_copies(wanted, known)
    elif any(isinstance(w, int) and w == 0 for w in wanted) and -1 in wanted:
        raise node.unsupported("a shape with both 0 and -1")
    return b.reshape(x, wanted)


@operator("Flatten")
def flatten(b, node, x):
    axis = node.attribute("axis")
    axis = axis + b.rank(x) if axis < 0 else axis
    known = b.shape(x)
    if axis == 0:
        return b.reshape(x, [1, -1])
    if axis == 1:
        rest = known[1:]
        if all(isinstance(d, int) for d in rest):
            return b.reshape(x, [-1 if product(rest) else known[0], product(rest)])
        if isinstance(known[0], int) and known[0]:
            return b.reshape(x, [known[0], -1])
    return b.reshape(x, [product(known[:axis]), product(known[axis:])])


@operator("Transpose")
def transpose(b, node, x):
    perm = node.attribute("perm")
    perm = list(reversed(range(b.rank(x)))) if perm is None else [p % b.rank(x) for p in perm]
    return x if perm == list(range(b.rank(x))) else b.transpose(x, perm)


def _axes(b, node, axes) -> list[int] | None:
    found = node.attribute("axes", None) if axes is None else b.constant(axes, "axes")
    return None if found is None else [int(a) for a in np.asarray(found).ravel()]


@operator("Squeeze", raw=(1,))
def squeeze(b, node, x, axes=None):
    along = _axes(b, node, axes)
    if along is None:
        along = [i for i, d in enumerate(b.shape(x)) if isinstance(d, int) and d == 1]
    return b.squeeze(x, [a % b.rank(x) for a in along])


@operator("Unsqueeze", raw=(1,))
def unsqueeze(b, node, x, axes=None):
    along = _axes(b, node, axes)
    rank = b.rank(x) + len(along)
    return b.unsqueeze(x, sorted(a % rank for a in along))


@operator("Expand", raw=(1,))
def expand(b, node, x, shape):
    return b.expand_both(x, b.ints(shape))


@operator("Concat", raw=None)
def concat(b, node, *parts):
    if len(parts) == 1:
        return parts[0]
    tensors = [b.tensor(part) for part in parts]
    axis = node.attribute("axis", 1 if node.opset < 4 else None)
    return b.concat(tensors, axis % b.rank(tensors[0]))


@operator("Split", raw=(1,))
def split(b, node, x, sizes=None):
    axis = (node.attribute("axis") or 0) % b.rank(x)
    sizes = node.attribute("split", None) if sizes is None else b.ints(sizes)
    if sizes is None:
        count = node.attribute("num_outputs", None) or len(node.outputs)
        length = b.shape(x)[axis]
        each = -(-length // count)
        sizes = [each] * (count - 1) + [length - each * (count - 1)]
    return tuple(b.split(x, list(sizes), axis))


@operator("Tile", raw=(1, 2))
def tile(b, node, x, repeats, axis=None):
    counts = b.ints(repeats)
    if axis is not None:  # opset 1
        along = [1] * b.rank(x)
        along[int(b.constant(axis, "axis").ravel()[0])] = counts[0]
        counts = along
    return b.tile(x, counts)


@operator("ConstantOfShape", raw=(0,))
def constant_of_shape(b, node, shape):
    value = node.attribute("value")
    value = np.zeros(1, np.float32) if value is None else value
    return b.full(b.ints(shape), value.ravel()[0].item(), value.dtype.name)


@operator("Range", raw=None)
def number_range(b, node, start, limit, delta):
    def known(value, number):
        return isinstance(value, np.ndarray) and value.dtype.kind in "iu" and int(value) == number

    if known(start, 0) and known(delta, 1) and dims.is_dims(limit):
        return b.arange(b.ints(limit)[0])
    return b.range(b.tensor(start), b.tensor(limit), b.tensor(delta))


@operator("EyeLike")
def eye_like(b, node, x):
    from benchmarks.worker.onnx_import.operators.elementwise import convert

    rows, columns = b.shape(x)
    shift = node.attribute("k")
    i = b.reshape(b.arange(rows), [-1, 1]) + shift
    same = b.compare(i, b.reshape(b.arange(columns), [1, -1]), "equal")
    kind = node.attribute("dtype", None)
    same = b.cast(same, "int32")
    return b.cast(same, b.dtype(x)) if kind is None else convert(b, node, same, kind)


@operator("Trilu", raw=(1,))
def triangle(b, node, x, k=None):
    rows, columns = b.shape(x)[-2:]
    i, j = b.reshape(b.arange(rows), [-1, 1]), b.reshape(b.arange(columns), [1, -1])
    shift = b.number(0, i) if k is None else b.reshape(b.tensor(k), [])
    distance = b.add(j - i, b.mul(shift, b.number(-1, i)))
    keep = distance >= 0 if node.attribute("upper") else distance <= 0
    return b.where(keep, x, b.number(False if b.dtype(x) == "bool" else 0, x))


@operator("DepthToSpace")
def depth_to_space(b, node, x):
    n, c, h, w = b.shape(x)
    s = node.attribute("blocksize")
    if node.text("mode") == "CRD":
        y = b.transpose(b.reshape(x, [n, c // (s * s), s, s, h, w]), [0, 1, 4, 2, 5, 3])
    else:
        y = b.transpose(b.reshape(x, [n, s, s, c // (s * s), h, w]), [0, 3, 4, 1, 5, 2])
    return b.reshape(y, [n, c // (s * s), h * s, w * s])


@operator("SpaceToDepth")
def space_to_depth(b, node, x):
    n, c, h, w = b.shape(x)
    s = node.attribute("blocksize")
    y = b.reshape(x, [n, c, h // s, s, w // s, s])
    perm = [0, 1, 3, 5, 2, 4] if node.text("mode") == "CRD" else [0, 3, 5, 1, 2, 4]
    return b.reshape(b.transpose(y, perm), [n, c * s * s, h // s, w // s])
