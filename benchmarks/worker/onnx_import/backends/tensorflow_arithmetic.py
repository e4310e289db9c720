"""Elementwise arithmetic and reductions on TensorFlow."""

import tensorflow as tf

from benchmarks.worker.onnx_import.backends.tensorflow_precision import HALF, NARROW, single, wide

_UNARY = {
    "bitwise_not": tf.bitwise.invert, "isinf": tf.math.is_inf, "isnan": tf.math.is_nan, "neg": tf.negative,
    "logical_not": tf.logical_not, "reciprocal": tf.math.reciprocal, "rsqrt": tf.math.rsqrt,
    "log1p": tf.math.log1p,
    "erf": tf.math.erf, "sigmoid": tf.sigmoid, "abs": tf.abs, "sign": tf.sign, "log": tf.math.log,
    "ceil": tf.math.ceil,
}  # fmt: skip
_EXACT_INHALF = {"abs", "neg", "sign", "isnan", "isinf", "floor", "ceil", "round", "logical_not"}


class TensorFlowArithmetic:
    # ---- elementwise ---------------------------------------------------------------------------------------
    def unary(self, name: str, x):
        return self.channels_last_too(lambda t: self._unary(t, name), x)

    def _unary(self, x, name):
        if not x.dtype.is_floating:
            if name in ("floor", "ceil", "round"):
                return x
            if name in ("abs", "neg", "sign"):
                return self._unary_wide(x, name)
        if x.dtype in HALF and name not in _EXACT_INHALF:
            return self._unary_single(x, name)
        return (_UNARY.get(name) or getattr(tf.math, name))(x)

    @wide
    def _unary_wide(self, x, name):
        return _UNARY[name](x)

    @single
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

    @wide
    def _trunc(self, x, y):
        return tf.truncatediv(x, y)

    @wide
    @single
    def mod(self, x, y):
        """The sign of the divisor."""
        return tf.math.floormod(x, y)

    @wide
    @single
    def fmod(self, x, y):
        """The sign of the dividend."""
        return tf.truncatemod(x, y)

    @wide
    def pow(self, x, y):
        return tf.pow(x, y)

    @wide
    def maximum(self, x, y):
        return self._pair(tf.maximum, x, y)

    @wide
    def minimum(self, x, y):
        return self._pair(tf.minimum, x, y)

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

    @wide
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

    @single
    def gelu(self, x, tanh: bool):
        return tf.nn.gelu(x, approximate=tanh)

    @single
    def softmax(self, x, axis: int):
        return tf.nn.softmax(x, axis)

    @single
    def log_softmax(self, x, axis: int):
        return tf.nn.log_softmax(x, axis)

    # ---- reductions ----------------------------------------------------------------------------------------
    def reduce(self, x, name: str, axes, keepdims: bool):
        last = self.last.get(id(x))
        if keepdims and last is not None and isinstance(axes, list) and 0 not in axes and 1 not in axes:
            return self.from_last(self._reduce(last[1], name, [a - 1 for a in axes], True))
        return self._reduce(x, name, axes, keepdims)

    @wide
    def _reduce(self, x, name, axes, keepdims):
        if isinstance(axes, list) and not axes:
            return tf.identity(x)
        if name == "mean" and x.dtype.is_integer:
            total = tf.reduce_sum(x, axes, keepdims)
            count = tf.size(x, out_type=x.dtype) // tf.maximum(tf.size(total, out_type=x.dtype), 1)
            return tf.truncatediv(total, count)
        if name == "logsumexp":
            return self._log_sum_exp(x, axes, keepdims)
        if name in ("sum", "mean", "prod") and x.dtype in HALF:
            return self._reduce_single(x, name, axes, keepdims)
        return getattr(tf, f"reduce_{name}")(x, axes, keepdims)

    @single
    def _reduce_single(self, x, name, axes, keepdims):
        return getattr(tf, f"reduce_{name}")(x, axes, keepdims)

    @single
    def _log_sum_exp(self, x, axes, keepdims):
        return tf.reduce_logsumexp(x, axes, keepdims)

    @wide
    def arg_reduce(self, x, largest: bool, axis: int, last: bool):
        """The index of the first, or last, largest or smallest element; the axis stays with length 1."""
        pick = tf.argmax if largest else tf.argmin
        found = tf.expand_dims(pick(tf.reverse(x, [axis]) if last else x, axis, tf.int64), axis)
        return self.shape(x)[axis] - 1 - found if last else found

    @wide
    def cumulate(self, x, name: str, axis: int):
        return (tf.cumsum if name == "sum" else tf.math.cumprod)(x, axis)

    def topk(self, x, k, axis: int, largest: bool):
        """Values and indices, sorted; of equal elements the one with the lower index first."""
        wide = tf.cast(x, tf.int64) if x.dtype in NARROW else x
        order = tf.argsort(wide, axis, "DESCENDING" if largest else "ASCENDING", stable=True)
        order = tf.cast(self.slice(order, axis, 0, k, 1), tf.int64)
        return self.take_along(x, order, axis), order

    def argsort(self, x, axis: int):
        return tf.cast(tf.argsort(x, axis, stable=True), tf.int64)
