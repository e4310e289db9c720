"""Fourier transforms."""

import numpy as np

from benchmarks.worker.onnx_import.registry import operator


def _transform(b, x, axis: int, length, inverse: bool, onesided: bool):
    """x: [..., 1 or 2], real or real and imaginary."""
    if length is not None:
        have = b.shape(x)[axis]
        length_in = length // 2 + 1 if inverse and onesided else length
        if not isinstance(have, int) or have > length_in:
            x = b.slice(x, axis, 0, length_in, 1)
        if not isinstance(have, int) or have < length_in:
            pads = [(0, 0)] * b.rank(x)
            pads[axis] = (0, length_in - b.shape(x)[axis])
            x = b.pad(x, pads, 0.0)
    last = b.rank(x) - 1
    parts = b.split(x, [1] * b.shape(x)[last], last)
    real = b.squeeze(parts[0], [last])
    imaginary = b.squeeze(parts[1], [last]) if len(parts) > 1 else None
    if inverse and onesided:
        have = b.shape(real)[axis]
        length = 2 * (have - 1) if length is None else length
        mirror = length - have
        imaginary = real * 0 if imaginary is None else imaginary
        real = b.concat([real, b.flip(b.slice(real, axis, 1, 1 + mirror, 1), [axis])], axis)
        imaginary = b.concat([imaginary, -b.flip(b.slice(imaginary, axis, 1, 1 + mirror, 1), [axis])], axis)
        return b.unsqueeze(b.fourier(real, imaginary, axis, True)[0], [last])
    real, imaginary = b.fourier(real, imaginary, axis, inverse)
    y = b.stack([real, imaginary], last)
    return b.slice(y, axis, 0, b.shape(y)[axis] // 2 + 1, 1) if onesided else y


@operator("DFT", raw=(1, 2))
def dft(b, node, x, length=None, axis=None):
    if node.opset < 20:
        along = node.attribute("axis")
    else:
        along = -2 if axis is None else int(np.ravel(b.constant(axis, "axis"))[0])
    count = None if length is None else int(np.ravel(b.constant(length, "dft_length"))[0])
    return _transform(
        b, x, along % b.rank(x), count, bool(node.attribute("inverse")), bool(node.attribute("onesided"))
    )


@operator("STFT", raw=(1, 3))
def stft(b, node, x, step, window=None, length=None):
    hop = int(np.ravel(b.constant(step, "frame_step"))[0])
    given = None if length is None else np.ravel(b.constant(length, "frame_length"))
    size = b.shape(window)[0] if given is None else int(given[0])
    if b.rank(x) == 2:
        x = b.unsqueeze(x, [2])
    total = b.shape(x)[1]
    frames = (total - size) // hop + 1
    index = b.add(b.reshape(b.arange(frames) * hop, [-1, 1]), b.reshape(b.arange(size), [1, -1]))
    y = b.take(x, index, 1)
    if window is not None:
        y = b.mul(y, b.reshape(window, [1, 1, size, 1]))
    return _transform(b, y, 2, None, False, bool(node.attribute("onesided")))


@operator("MelWeightMatrix", raw=None)
def mel_weight_matrix(b, node, *values):
    from benchmarks.worker.onnx_import.interpreter import fold

    names = ("num_mel_bins", "dft_length", "sample_rate", "lower_edge_hertz", "upper_edge_hertz")
    result = fold(node, [b.constant(v, name) for v, name in zip(values, names, strict=True)])
    if result is None:
        raise node.unsupported("its frequencies")
    return result[0]
