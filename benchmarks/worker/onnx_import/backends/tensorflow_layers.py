"""Matrix products, convolutions, pooling and transforms on TensorFlow.

TensorFlow convolves on the CPU with the channels last only. Every result of a convolution therefore exists
in both layouts: `last` holds, for a tensor in ONNX's layout, the same one with the channels last. What
follows continues from there, and a transpose that nobody reads is never run.
"""

import numpy as np
import tensorflow as tf


class TensorFlowLayers:
    # ---- layout --------------------------------------------------------------------------------------------
    def to_last(self, x):
        known = self.last.get(id(x))
        if known is not None:
            return known[1]
        rank = x.shape.rank
        return tf.transpose(x, [0, *range(2, rank), 1])

    def from_last(self, y):
        rank = y.shape.rank
        x = tf.transpose(y, [0, rank - 1, *range(1, rank - 1)])
        self.last[id(x)] = (x, y)
        return x

    def channels_last_too(self, function, *tensors):
        """Applies an elementwise function in the layout that the tensors already have."""
        found = [self.last.get(id(t)) for t in tensors]
        if any(found) and all(
            f is not None or t.shape.rank == 0 for f, t in zip(found, tensors, strict=True)
        ):
            return self.from_last(
                function(*[t if f is None else f[1] for f, t in zip(found, tensors, strict=True)])
            )
        return function(*tensors)

    # ---- products ------------------------------------------------------------------------------------------
    def matmul(self, x, y):
        rank = self.rank(x), self.rank(y)
        if rank[0] == 1:
            x = tf.expand_dims(x, 0)
        if rank[1] == 1:
            y = tf.expand_dims(y, 1)
        kind = x.dtype
        if kind in (tf.float16, tf.bfloat16):
            z = tf.cast(tf.matmul(tf.cast(x, tf.float32), tf.cast(y, tf.float32)), kind)
        else:
            z = tf.matmul(x, y)
        if rank[0] == 1:
            z = tf.squeeze(z, [-1 if rank[1] == 1 else -2])
            return tf.squeeze(z, [-1]) if rank[1] == 1 else z
        return tf.squeeze(z, [-1]) if rank[1] == 1 else z

    def einsum(self, equation: str, operands: list):
        if "->" not in equation:
            letters = equation.replace(",", "").replace(".", "")
            once = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
            equation += "->" + ("..." if "..." in equation else "") + once
        return tf.einsum(equation, *operands)

    def determinant(self, x):
        return tf.linalg.det(x)

    def batch_norm(self, x, scale, bias, mean, variance, epsilon: float):
        y = self.to_last(x) if self.rank(x) > 2 else x
        scale, bias, mean, variance = (self.tensor(t) for t in (scale, bias, mean, variance))
        if y.shape.rank == 4 and y.dtype == tf.float32 == scale.dtype == mean.dtype:
            y = tf.raw_ops.FusedBatchNormV3(
                x=y,
                scale=scale,
                offset=bias,
                mean=mean,
                variance=variance,
                epsilon=epsilon,
                is_training=False,
            ).y
            return self.from_last(y)
        kind = y.dtype
        factor = tf.cast(scale, mean.dtype) * tf.math.rsqrt(variance + epsilon)
        y = tf.cast((tf.cast(y, mean.dtype) - mean) * factor + tf.cast(bias, mean.dtype), kind)
        return self.from_last(y) if self.rank(x) > 2 else y

    # ---- convolution ---------------------------------------------------------------------------------------
    def _kernel(self, weight, rank: int):
        """[out, in, …] as […, in, out]."""
        perm = [*range(2, rank + 2), 1, 0]
        if isinstance(weight, np.ndarray):
            return self.derived(("kernel",), [weight], lambda: np.ascontiguousarray(weight.transpose(perm)))
        return tf.transpose(weight, perm)

    def conv(self, x, weight, bias, strides: list, pads: list[tuple], dilations: list, groups: int):
        rank = len(strides)
        x = self.pad(x, [(0, 0), (0, 0), *pads], 0.0)
        y, kernel = self.to_last(x), self._kernel(weight, rank)
        kind = y.dtype
        if kind in (tf.float16, tf.bfloat16):
            y, kernel = tf.cast(y, tf.float32), tf.cast(self.tensor(kernel), tf.float32)
        if rank == 1:
            y, kernel = tf.expand_dims(y, 1), self._widened(kernel)
            y = tf.squeeze(self._convolved(y, kernel, [1, *strides], [1, *dilations], groups), [1])
        else:
            y = self._convolved(y, kernel, strides, dilations, groups)
        if bias is not None:
            y = tf.nn.bias_add(y, tf.cast(bias, y.dtype)) if rank < 3 else y + tf.cast(bias, y.dtype)
        return self.from_last(tf.cast(y, kind))

    def _widened(self, kernel):
        if isinstance(kernel, np.ndarray):
            return self.derived(("widened",), [kernel], lambda: kernel[None])
        return tf.expand_dims(kernel, 0)

    def _convolved(self, y, kernel, strides, dilations, groups):
        *sizes, depth, filters = kernel.shape
        if len(sizes) == 3:
            if any(d != 1 for d in dilations):
                kernel, dilations = self._dilated(kernel, dilations), [1, 1, 1]
            function = tf.nn.conv3d
            spread = [1, *strides, 1]
            if groups == 1:
                return function(y, self.tensor(kernel), spread, "VALID")
        else:
            if groups == 1:
                return tf.nn.conv2d(y, self.tensor(kernel), strides, "VALID", dilations=dilations)
            if (
                depth == 1
                and (strides[0] == strides[1])
                and (strides[0] == 1 or all(d == 1 for d in dilations))
            ):
                # [h, w, 1, channels · multiplier] → [h, w, channels, multiplier]
                shape = [*sizes, groups, filters // groups]
                if isinstance(kernel, np.ndarray):
                    deep = self.derived(("depthwise",), [kernel], lambda: kernel.reshape(shape))
                else:
                    deep = tf.reshape(kernel, shape)
                return tf.nn.depthwise_conv2d(
                    y, self.tensor(deep), [1, *strides, 1], "VALID", dilations=dilations
                )
        kernel = self.tensor(kernel)
        parts = zip(tf.split(y, groups, -1), tf.split(kernel, groups, -1), strict=True)
        if len(sizes) == 3:
            made = [tf.nn.conv3d(part, k, [1, *strides, 1], "VALID") for part, k in parts]
        else:
            made = [tf.nn.conv2d(part, k, strides, "VALID", dilations=dilations) for part, k in parts]
        return tf.concat(made, -1)

    def _dilated(self, kernel, dilations: list):
        """The kernel with zeros between its elements."""
        kernel = self.tensor(kernel)
        for axis, dilation in enumerate(dilations):
            if dilation == 1:
                continue
            shape = kernel.shape.as_list()
            kernel = tf.expand_dims(kernel, axis + 1)
            pads = [[0, 0]] * len(kernel.shape)
            pads[axis + 1] = [0, dilation - 1]
            kernel = tf.reshape(
                tf.pad(kernel, pads), [*shape[:axis], shape[axis] * dilation, *shape[axis + 1 :]]
            )
            kernel = self.slice(kernel, axis, 0, (shape[axis] - 1) * dilation + 1, 1)
        return kernel

    def conv_transpose(self, x, weight, strides: list, dilations: list, groups: int):
        """Without padding: the full output."""
        rank = len(strides)
        y = self.to_last(x)
        # ONNX: [in, out / groups, …]; TensorFlow: […, out, in].
        if isinstance(weight, np.ndarray):
            perm = [*range(2, rank + 2), 1, 0]
            kernel = self.derived(
                ("transposed",), [weight], lambda: np.ascontiguousarray(weight.transpose(perm))
            )
        else:
            kernel = tf.transpose(weight, [*range(2, rank + 2), 1, 0])
        if any(d != 1 for d in dilations):
            kernel = self._dilated(kernel, dilations)
        kernel = self.tensor(kernel)
        if rank == 1:
            y, kernel, strides = tf.expand_dims(y, 1), tf.expand_dims(kernel, 0), [1, *strides]
        kind = y.dtype
        if kind not in (tf.float32, tf.float64):
            y, kernel = tf.cast(y, tf.float32), tf.cast(kernel, tf.float32)
        n, *sizes, _ = self.shape(y)
        function = tf.nn.conv3d_transpose if rank == 3 else tf.nn.conv2d_transpose
        parts = []
        for part, k in zip(tf.split(y, groups, -1), tf.split(kernel, groups, -1), strict=True):
            full = [(s - 1) * t + int(c) for s, t, c in zip(sizes, strides, k.shape[:-2], strict=True)]
            shape = self.vector([n, *full, int(k.shape[-2])])
            spread = [1, *strides, 1]
            parts.append(function(part, k, tf.cast(shape, tf.int32), spread, "VALID"))
        y = tf.cast(parts[0] if groups == 1 else tf.concat(parts, -1), kind)
        return self.from_last(tf.squeeze(y, [1]) if rank == 1 else y)

    # ---- pooling -------------------------------------------------------------------------------------------
    def _thinned(self, y, strides: list):
        for i, stride in enumerate(strides):
            y = self.slice(y, 2 + i, 0, None, stride)
        return y

    def _pooled(self, y, kernel, strides, how: str, dilations=None):
        kind = y.dtype
        if any(s > k for s, k in zip(strides, kernel, strict=True)):  # which TensorFlow refuses
            return self._thinned(self._pooled(y, kernel, [1] * len(kernel), how, dilations), strides)
        if kind not in (tf.float32, tf.float64):
            y = tf.cast(y, tf.float32)
        if how == "AVG" and y.dtype == tf.float64 and len(kernel) == 3:
            y = tf.cast(y, tf.float32)
        y = tf.nn.pool(y, kernel, how, strides, "VALID", dilations=dilations)
        return self.from_last(tf.cast(y, kind))

    def max_pool(self, x, kernel: list, strides: list, pads: list[tuple], dilations: list):
        x = self.pad(x, [(0, 0), (0, 0), *pads], float("-inf"))
        if any(d != 1 for d in dilations) and any(s != 1 for s in strides):
            y = self._pooled(self.to_last(x), kernel, [1] * len(kernel), "MAX", dilations)
            return self._thinned(y, strides)
        return self._pooled(self.to_last(x), kernel, strides, "MAX", dilations)

    def sum_pool(self, x, kernel: list, strides: list):
        size = 1
        for k in kernel:
            size *= k
        return self._pooled(self.to_last(x), kernel, strides, "AVG") * size

    def average_pool(self, x, kernel: list, strides: list, pads: list[tuple], include_pad: bool):
        """The mean of each window; None where TensorFlow has no such padding."""
        padded = not all(isinstance(p, int) and p == 0 for pair in pads for p in pair)
        if padded and not include_pad:
            return None
        x = self.pad(x, [(0, 0), (0, 0), *pads], 0.0)
        return self._pooled(self.to_last(x), kernel, strides, "AVG")

    # ---- transforms ----------------------------------------------------------------------------------------
    def fourier(self, real, imaginary, axis: int, inverse: bool):
        """Real and imaginary parts of the transform along an axis."""
        kind = real.dtype
        wide = tf.float64  # in single precision TensorFlow's transforms are not as exact as ONNX's tests ask
        real = tf.cast(real, wide)
        z = tf.complex(real, tf.zeros_like(real) if imaginary is None else tf.cast(imaginary, wide))
        rank = self.rank(z)
        perm = [i for i in range(rank) if i != axis] + [axis]
        back = [perm.index(i) for i in range(rank)]
        z = (tf.signal.ifft if inverse else tf.signal.fft)(tf.transpose(z, perm))
        z = tf.transpose(z, back)
        return tf.cast(tf.math.real(z), kind), tf.cast(tf.math.imag(z), kind)

    def grid_sample(self, x, grid, mode: str, padding: str, corners: bool):
        """TensorFlow has none."""
        return
