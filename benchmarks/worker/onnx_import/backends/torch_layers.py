"""Matrix products, convolutions, pooling and transforms on torch."""

import torch
import torch.nn.functional as F


class TorchLayers:
    def matmul(self, x, y):
        return torch.matmul(x, y)

    def einsum(self, equation: str, operands: list):
        return torch.einsum(equation, *operands)

    def linear(self, x, weight, bias):
        """x·weightᵀ + bias for a matrix x."""
        return F.linear(x, weight, bias)

    def determinant(self, x):
        return torch.linalg.det(x)

    def softmax(self, x, axis: int):
        return torch.softmax(x, axis)

    def log_softmax(self, x, axis: int):
        return torch.log_softmax(x, axis)

    def relu(self, x):
        return torch.relu(x)

    def gelu(self, x, tanh: bool):
        return F.gelu(x, approximate="tanh" if tanh else "none")

    def clip(self, x, low, high):
        if low is not None:
            x = self.maximum(x, low)
        return x if high is None else self.minimum(x, high)

    def batch_norm(self, x, scale, bias, mean, variance, epsilon: float):
        scale, bias, mean, variance = (self.tensor(t) for t in (scale, bias, mean, variance))
        if x.dtype == scale.dtype == mean.dtype:
            return F.batch_norm(x, mean, variance, scale, bias, False, 0.0, epsilon)
        shape = [1, -1, *[1] * (x.ndim - 2)]
        factor = scale.to(mean.dtype) * torch.rsqrt(variance + epsilon)
        y = (x.to(mean.dtype) - mean.reshape(shape)) * factor.reshape(shape)
        return (y + bias.to(mean.dtype).reshape(shape)).to(x.dtype)

    # ---- convolution ---------------------------------------------------------------------------------------
    def conv(self, x, weight, bias, strides: list, pads: list[tuple], dilations: list, groups: int):
        function = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[len(strides)]
        weight = self.tensor(weight)
        if all(isinstance(a, int) and isinstance(b, int) and a == b for a, b in pads):
            padding = [a for a, _ in pads]
        else:
            x, padding = self.pad(x, [(0, 0), (0, 0), *pads]), [0] * len(strides)
        return function(x, weight, bias, strides, padding, dilations, groups)

    def conv_transpose(self, x, weight, strides: list, dilations: list, groups: int):
        """Without padding: the full output."""
        function = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}[len(strides)]
        zeros = [0] * len(strides)
        return function(x, self.tensor(weight), None, strides, zeros, zeros, groups, dilations)

    def max_pool(self, x, kernel: list, strides: list, pads: list[tuple], dilations: list):
        function = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}[len(kernel)]
        symmetric = all(isinstance(a, int) and isinstance(b, int) and a == b for a, b in pads)
        if symmetric and all(2 * a <= k for (a, _), k in zip(pads, kernel, strict=True)):
            padding = [a for a, _ in pads]
        else:
            x, padding = self.pad(x, [(0, 0), (0, 0), *pads], float("-inf")), [0] * len(kernel)
        return function(x, kernel, strides, padding, dilations)

    def sum_pool(self, x, kernel: list, strides: list):
        function = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}[len(kernel)]
        size = 1
        for k in kernel:
            size *= k
        return function(x, kernel, strides) * size

    def average_pool(self, x, kernel: list, strides: list, pads: list[tuple], include_pad: bool):
        """The mean of each window; None where torch has no such padding."""
        function = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}[len(kernel)]
        symmetric = all(isinstance(a, int) and isinstance(b, int) and a == b for a, b in pads)
        if not symmetric or any(2 * a > k for (a, _), k in zip(pads, kernel, strict=True)):
            return None
        return function(x, kernel, strides, [a for a, _ in pads], False, include_pad)

    # ---- transforms ----------------------------------------------------------------------------------------
    def fourier(self, real, imaginary, axis: int, inverse: bool):
        """Real and imaginary parts of the transform along an axis."""
        z = torch.complex(real, torch.zeros_like(real) if imaginary is None else imaginary)
        z = (torch.fft.ifft if inverse else torch.fft.fft)(z, dim=axis)
        return torch.real(z), torch.imag(z)

    def grid_sample(self, x, grid, mode: str, padding: str, corners: bool):
        """None where torch does not have the mode."""
        if x.ndim not in (4, 5) or (x.ndim == 5 and mode == "cubic") or x.dtype != grid.dtype:
            return None
        name = {"linear": "bilinear", "cubic": "bicubic"}.get(mode, mode)
        return F.grid_sample(x, grid, name, padding, corners)

    def recurrent(self, kind: str, x, hidden, cell, weights: list, biased: bool, bidirectional: bool):
        """Output [steps, directions, batch, size], last hidden state and last cell state."""
        settings = (weights, biased, 1, 0.0, False, bidirectional, False)
        cell_out = None
        if kind == "LSTM":
            y, last, cell_out = torch.lstm(x, (hidden.contiguous(), cell.contiguous()), *settings)
        else:
            y, last = (torch.gru if kind == "GRU" else torch.rnn_tanh)(x, hidden.contiguous(), *settings)
        steps, n = self.shape(y)[:2]
        y = y.reshape([steps, n, 2 if bidirectional else 1, -1]).permute(0, 2, 1, 3)
        return y, last, cell_out
