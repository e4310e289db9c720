"""Vectors of dimensions, some of them known only when the model runs.

A `Dims` is a numpy array of objects, each an int or the backend's symbol of a size (torch: SymInt, or a
scalar tensor while tracing; TensorFlow: a scalar tensor). ONNX computes shapes with ordinary operators; on
these arrays numpy does the same computation and the known numbers stay numbers.
"""

from collections.abc import Callable

import numpy as np


def make(items: list) -> np.ndarray:
    array = np.empty(len(items), dtype=object)
    for i, item in enumerate(items):
        array[i] = item
    return array


def is_dims(value) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == object


def objects(value: np.ndarray) -> np.ndarray:
    """Constants as Python ints, since numpy's scalars would convert a symbol that they are multiplied
    with."""
    return value if value.dtype == object else value.astype(object)


def settle(value: np.ndarray) -> np.ndarray:
    """An ordinary constant where every dimension turned out to be known."""
    if not isinstance(value, np.ndarray):
        boxed = np.empty((), dtype=object)
        boxed[()] = value
        value = boxed
    if all(isinstance(item, int) for item in value.ravel().tolist()):
        return value.astype(np.int64)
    return value


def _axes(node, values) -> tuple[int, ...] | None:
    if len(values) > 1 and values[1] is not None:
        return tuple(int(a) for a in values[1].ravel())
    axes = node.attribute("axes")
    return tuple(axes) if axes is not None else None


def _gather(node, x, index):
    return np.take(x, index.astype(np.int64), axis=node.attribute("axis"))


def _concat(node, *parts):
    return np.concatenate([objects(p) for p in parts], axis=node.attribute("axis"))


def _unsqueeze(node, *values):
    return np.expand_dims(values[0], _axes(node, values))


def _squeeze(node, *values):
    return np.squeeze(values[0], _axes(node, values))


def _slice(node, *values):
    if node.opset < 10:
        starts, ends, axes = node.attribute("starts"), node.attribute("ends"), node.attribute("axes")
        steps = None
    else:
        starts, ends, axes, steps = [*values[1:], None, None, None][:4]
    if values[0].ndim != 1 or (axes is not None and any(int(a) not in (0, -1) for a in axes)):
        return None
    step = 1 if steps is None else int(steps[0])
    return values[0][slice(int(starts[0]), _end(int(ends[0]), step), step)]


def _end(end: int, step: int) -> int | None:
    return None if step < 0 and end < -(1 << 30) else end


def _product(node, *values):
    if values[0].ndim != 1:
        return None
    product = 1
    for item in values[0].tolist():
        product = product * item
    return make([product]) if node.attribute("keepdims") else make([product]).reshape(())


def _cast(node, x):
    return x if node.attribute("to") == 7 else None


def _reshape(node, x, shape):
    return x.reshape([int(s) for s in shape])


def _binary(apply: Callable) -> Callable:
    def function(node, x, y):
        return apply(objects(x), objects(y))

    return function


def _equal(b, x, y) -> np.ndarray | None:
    """Exporters ask of every size of a shape whether it is -1."""
    x, y = np.broadcast_arrays(objects(x), objects(y))
    answers = [b.same_dim(i, k) for i, k in zip(x.ravel().tolist(), y.ravel().tolist(), strict=True)]
    return None if None in answers else np.array(answers, bool).reshape(x.shape)


def _where(node, condition, x, y):
    return None if is_dims(condition) else np.where(condition, objects(x), objects(y))


RULES: dict[str, Callable] = {
    "Identity": lambda node, x: x,
    "Cast": _cast,
    "Gather": _gather,
    "Concat": _concat,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Slice": _slice,
    "ReduceProd": _product,
    "Reshape": _reshape,
    "Where": _where,
    "Add": _binary(lambda x, y: x + y),
    "Sub": _binary(lambda x, y: x - y),
    "Mul": _binary(lambda x, y: x * y),
    "Div": _binary(lambda x, y: x // y),
}


def evaluate(b, node, values: list) -> np.ndarray | None:
    """The result of an operator on constants and dimensions; None where it is not one of shapes."""
    rule = RULES.get(node.op_type)
    if not all(v is None or isinstance(v, np.ndarray) for v in values):
        return None
    if node.op_type == "Equal":
        return _equal(b, *values)
    kinds = "ib" if node.op_type == "Where" else "i"
    if rule is None or any(v is not None and v.dtype != object and v.dtype.kind not in kinds for v in values):
        return None
    if node.op_type in ("Gather", "Slice", "Squeeze", "Unsqueeze", "Reshape") and any(
        v is not None and v.dtype == object for v in values[1:]
    ):
        return None
    result = rule(node, *values)
    return None if result is None else settle(result)
