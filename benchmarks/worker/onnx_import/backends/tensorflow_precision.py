"""Types that TensorFlow lacks kernels for, computed in wider ones."""

import tensorflow as tf

NARROW = (tf.int8, tf.int16, tf.uint8, tf.uint16, tf.uint32, tf.uint64)
HALF = (tf.float16, tf.bfloat16)


def wide(function):
    """Computes small and unsigned integers in int64, for which TensorFlow has every kernel."""

    def apply(self, x, *args, **kwargs):
        if isinstance(x, tf.Tensor) and x.dtype in NARROW:
            kind = x.dtype
            args = [tf.cast(a, tf.int64) if isinstance(a, tf.Tensor) and a.dtype == kind else a for a in args]
            result = function(self, tf.cast(x, tf.int64), *args, **kwargs)
            return tf.cast(result, kind) if result.dtype == tf.int64 else result
        return function(self, x, *args, **kwargs)

    return apply


def single(function):
    """Computes half precision in single."""

    def apply(self, x, *args, **kwargs):
        if isinstance(x, tf.Tensor) and x.dtype in HALF:
            kind = x.dtype
            args = [
                tf.cast(a, tf.float32) if isinstance(a, tf.Tensor) and a.dtype == kind else a for a in args
            ]
            result = function(self, tf.cast(x, tf.float32), *args, **kwargs)
            return tf.cast(result, kind) if result.dtype == tf.float32 else result
        return function(self, x, *args, **kwargs)

    return apply
