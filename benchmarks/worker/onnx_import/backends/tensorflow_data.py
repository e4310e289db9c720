"""Arithmetic, reductions and changes of shape on TensorFlow."""

import numpy as np
import tensorflow as tf

_NARROW = (tf.int8, tf.int16, tf.uint8, tf.uint16, tf.uint32, tf.uint64)
_HALF = (tf.float16, tf.bfloat16)


def _wide(function):
    """Computes small and unsigned integers in int64, for which TensorFlow has every kernel."""

    def apply(self, x, *args, **kwargs):
        if isinstance(x, tf.Tensor) and x.dtype in _NARROW:
            kind = x.dtype
            args = [tf.cast(a, tf.int64) if isinstance(a, tf.Tensor) and a.dtype == kind else a for a in args]
            result = function(self, tf.cast(x, tf.int64), *args, **kwargs)
            return tf.cast(result, kind) if result.dtype == tf.int64 else result
        return function(self, x, *args, **kwargs)

    return apply


def _single(function):
    """Computes half precision in single."""

    def apply(self, x, *args, **kwargs):
        if isinstance(x, tf.Tensor) and x.dtype in _HALF:
            kind = x.dtype
            args = [
                tf.cast(a, tf.float32) if isinstance(a, tf.Tensor) and a.dtype == kind else a for a in args
            ]
            result = function(self, tf.cast(x, tf.float32), *args, **kwargs)
            return tf.cast(result, kind) if result.dtype == tf.float32 else result
        return function(self, x, *args, **kwargs)

    return apply


_UNARY = {
    "bitwise_not": tf.bitwise.invert, "isinf": tf.math.is_inf, "isnan": tf.math.is_nan, "neg": tf.negative,
    "logical_not": tf.logical_not, "reciprocal": tf.math.reciprocal, "rsqrt": tf.math.rsqrt,
    "log1p": tf.math.log1p,
    "erf": tf.math.erf, "sigmoid": tf.sigmoid, "abs": tf.abs, "sign": tf.sign, "log": tf.math.log,
    "ceil": tf.math.ceil,
}  # fmt: skip
_EXACT_IN_HALF = {"abs", "neg", "sign", "isnan", "isinf", "floor", "ceil", "round", "logical_not"}


class TensorFlowData:
    # ---- elementwise ---------------------------------------------------------------------------------------
    def unary(self, name: str, x):
        return self.channels_last_too(lambda t: self._unary(t, name), x)

    def _unary(self, x, name):
        if not x.dtype.is_floating:
            if name in ("floor", "ceil", "round"):
                return x
            if name in ("abs", "neg", "sign"):
                return self._unary_wide(x, name)
        if x.dtype in _HALF and name not in _EXACT_IN_HALF:
            return self._unary_single(x, name)
        return (_UNARY.get(name) or getattr(tf.math, name))(x)

    @_wide
    def _unary_wide(self, x, name):
        return _UNARY[name](x)

    @_single
    def _unary_single(self, x, name):
        return (_UNARY.get(name) or getattr(tf.math, name))(x)

    def _pair(self, function, x, y):
        return self.channels_last_too(function, x, y)

    def add(self, x, y):
        return self._pair(tf.add, x, y)

    def sub(self, x, y):
        return self._pair(tf.subtract, x, y)

    def mul(self, x, y):
        return self._pair(tf.multiply, x, y)

    def div(self, x, y):
        """Toward zero for integers."""
        if x.dtype.is_floating:
            return self._pair(tf.divide, x, y)
        return self._trunc(x, y)

    @_wide
    def _trunc(self, x, y):
        return tf.truncatediv(x, y)

    @_wide
    @_single
    def mod(self, x, y):
        """The sign of the divisor."""
        return tf.math.floormod(x, y)

    @_wide
    @_single
    def fmod(self, x, y):
        """The sign of the dividend."""
        return tf.truncatemod(x, y)

    @_wide
    def pow(self, x, y):
        return tf.pow(x, y)

    @_wide
    def maximum(self, x, y):
        return self._nan_kept(tf.maximum, x, y)

    @_wide
    def minimum(self, x, y):
        return self._nan_kept(tf.minimum, x, y)

    def _nan_kept(self, function, x, y):
        return self._pair(function, x, y)

    def shift_left(self, x, y):
        """By a negative number or by the type's width or more: everything is shifted out."""
        width = x.dtype.size * 8
        inside = tf.logical_and(y >= tf.cast(0, y.dtype), y < tf.cast(width, y.dtype))
        return tf.where(
            inside, tf.bitwise.left_shift(x, tf.where(inside, y, tf.zeros_like(y))), tf.zeros_like(x)
        )

    def shift_right(self, x, y):
        width = x.dtype.size * 8
        inside = tf.logical_and(y >= tf.cast(0, y.dtype), y < tf.cast(width, y.dtype))
        moved = tf.bitwise.right_shift(
            x, tf.where(inside, y, tf.fill(tf.shape(y), tf.cast(width - 1, y.dtype)))
        )
        return moved if x.dtype.min < 0 else tf.where(inside, moved, tf.zeros_like(moved))

    def bitwise(self, x, y, name: str):
        return getattr(tf.bitwise, f"bitwise_{name}")(x, y)

    def logical(self, x, y, name: str):
        return getattr(tf, f"logical_{name}")(x, y) if name != "xor" else tf.math.logical_xor(x, y)

    @_wide
    def compare(self, x, y, name: str):
        return getattr(tf, name)(x, y)

    def where(self, condition, x, y):
        return tf.where(condition, x, y)

    def relu(self, x):
        if x.dtype.is_integer:
            return self.maximum(x, self.number(0, x))
        return self.channels_last_too(tf.nn.relu, x)

    def clip(self, x, low, high):
        if low is not None and high is not None and not x.dtype.is_integer:
            return self.channels_last_too(lambda t, a, b: tf.minimum(tf.maximum(t, a), b), x, low, high)
        if low is not None:
            x = self.maximum(x, low)
        return x if high is None else self.minimum(x, high)

    @_single
    def gelu(self, x, tanh: bool):
        return tf.nn.gelu(x, approximate=tanh)

    @_single
    def softmax(self, x, axis: int):
        return tf.nn.softmax(x, axis)

    @_single
    def log_softmax(self, x, axis: int):
        return tf.nn.log_softmax(x, axis)

    # ---- reductions ----------------------------------------------------------------------------------------
    def reduce(self, x, name: str, axes, keepdims: bool):
        last = self.last.get(id(x))
        if keepdims and last is not None and isinstance(axes, list) and 0 not in axes and 1 not in axes:
            return self.from_last(self._reduce(last[1], name, [a - 1 for a in axes], True))
        return self._reduce(x, name, axes, keepdims)

    @_wide
    def _reduce(self, x, name, axes, keepdims):
        if isinstance(axes, list) and not axes:
            return tf.identity(x)
        if name == "mean" and x.dtype.is_integer:
            total = tf.reduce_sum(x, axes, keepdims)
            count = tf.size(x, out_type=x.dtype) // tf.maximum(tf.size(total, out_type=x.dtype), 1)
            return tf.truncatediv(total, count)
        if name == "logsumexp":
            return self._log_sum_exp(x, axes, keepdims)
        if name in ("sum", "mean", "prod") and x.dtype in _HALF:
            return self._reduce_single(x, name, axes, keepdims)
        return getattr(tf, f"reduce_{name}")(x, axes, keepdims)

    @_single
    def _reduce_single(self, x, name, axes, keepdims):
        return getattr(tf, f"reduce_{name}")(x, axes, keepdims)

    @_single
    def _log_sum_exp(self, x, axes, keepdims):
        return tf.reduce_logsumexp(x, axes, keepdims)

    @_wide
    def arg_reduce(self, x, largest: bool, axis: int, last: bool):
        """The index of the first, or last, largest or smallest element; the axis stays with length 1."""
        pick = tf.argmax if largest else tf.argmin
        found = tf.expand_dims(pick(tf.reverse(x, [axis]) if last else x, axis, tf.int64), axis)
        return self.shape(x)[axis] - 1 - found if last else found

    @_wide
    def cumulate(self, x, name: str, axis: int):
        return (tf.cumsum if name == "sum" else tf.math.cumprod)(x, axis)

    def topk(self, x, k, axis: int, largest: bool):
        """Values and indices, sorted; of equal elements the one with the lower index first."""
        wide = tf.cast(x, tf.int64) if x.dtype in _NARROW else x
        order = tf.argsort(wide, axis, "DESCENDING" if largest else "ASCENDING", stable=True)
        order = tf.cast(self.slice(order, axis, 0, k, 1), tf.int64)
        return self.take_along(x, order, axis), order

    def argsort(self, x, axis: int):
        return tf.cast(tf.argsort(x, axis, stable=True), tf.int64)

    # ---- shape ---------------------------------------------------------------------------------------------
    def reshape(self, x, shape: list):
        return tf.reshape(x, self.vector(shape))

    def transpose(self, x, perm: list[int]):
        last = self.last.get(id(x))
        if last is not None:
            rank = len(perm)
            place = [0, rank - 1, *range(1, rank - 1)]
            perm, x = [place[p] for p in perm], last[1]
            if perm == list(range(rank)):
                return x
        return tf.transpose(x, perm)

    def expand(self, x, shape: list):
        known = x.shape.as_list()
        merged = [k if isinstance(s, int) and s == -1 else s for k, s in zip(known, shape, strict=True)]
        return tf.broadcast_to(x, self.vector(merged))

    def expand_both(self, x, shape: list):
        """Broadcasts x with a shape, either of which may have the longer dimension."""
        mine = self.shape(x)
        if all(isinstance(d, int) for d in [*shape, *mine]):
            return tf.broadcast_to(x, np.broadcast_shapes(tuple(mine), tuple(shape)))
        both = tf.broadcast_dynamic_shape(
            tf.shape(x, out_type=tf.int64), tf.convert_to_tensor(self.vector(shape))
        )
        y = tf.broadcast_to(x, both)
        rank = max(len(mine), len(shape))
        y.set_shape([None] * rank) if not self.eager else None
        return y

    def tile(self, x, counts: list):
        return tf.tile(x, self.vector(counts))

    def concat(self, parts: list, axis: int):
        last = [self.last.get(id(part)) for part in parts]
        if axis == 1 and all(entry is not None for entry in last):
            return self.from_last(tf.concat([entry[1] for entry in last], -1))
        return tf.concat(parts, axis)

    def stack(self, parts: list, axis: int):
        return tf.stack(parts, axis)

    def split(self, x, sizes: list, axis: int) -> list:
        return list(tf.split(x, self.vector(sizes), axis, num=len(sizes)))

    def unsqueeze(self, x, axes: list[int]):
        for axis in sorted(axes):
            x = tf.expand_dims(x, axis)
        return x

    def squeeze(self, x, axes: list[int]):
        return tf.squeeze(x, axes) if axes else x

    def slice(self, x, axis: int, start, stop, step: int):
        """As Python slices, with a positive step; `stop` None is the end."""
        return x[(*[slice(None)] * axis, slice(_held(start), _held(stop), step))]

    slice_open = slice

    def slice_back(self, x, axis: int, start, stop, step: int):
        """With a negative step over sizes that are not known."""
        if isinstance(stop, int) and stop < -(1 << 30):
            stop = None
        return self.slice(x, axis, start, stop, step)

    def flip(self, x, axes: list[int]):
        return tf.reverse(x, axes)

    def pad(self, x, pads: list[tuple], value=0):
        """`pads`: before and after for each axis; none may be negative."""
        if all(isinstance(p, int) and p == 0 for pair in pads for p in pair):
            return x
        if isinstance(value, float) and abs(value) == float("inf") and x.dtype.is_integer:
            value = x.dtype.max if value > 0 else x.dtype.min
        value = tf.cast(value, x.dtype)
        last = self.last.get(id(x))
        if last is not None and pads[0] == (0, 0) and pads[1] == (0, 0):
            around = tf.reshape(
                self.vector([p for pair in [pads[0], *pads[2:], pads[1]] for p in pair]), [-1, 2]
            )
            return self.from_last(tf.pad(last[1], around, constant_values=value))
        around = tf.reshape(self.vector([p for pair in pads for p in pair]), [-1, 2])
        return tf.pad(x, around, constant_values=value)


def _held(end):
    """Ends beyond 32 bits as what they mean."""
    if isinstance(end, int):
        return None if end >= (1 << 31) - 1 else max(end, -(1 << 31) + 1)
    return end
