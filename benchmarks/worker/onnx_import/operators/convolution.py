"""Convolutions and their transposes."""

import numpy as np

from benchmarks.worker.onnx_import.registry import operator


def spatial_shape(b, weight) -> list[int]:
    return [int(d) for d in (weight.shape if isinstance(weight, np.ndarray) else b.shape(weight))[2:]]


def padding(b, node, sizes: list, kernel: list, strides: list, dilations: list) -> list[tuple]:
    """Before and after for each spatial axis, from `pads` or `auto_pad`."""
    mode = node.text("auto_pad") or "NOTSET"
    rank = len(kernel)
    if mode == "VALID":
        return [(0, 0)] * rank
    if mode == "NOTSET":
        flat = node.attribute("pads") or [0] * 2 * rank
        return [(flat[i], flat[rank + i]) for i in range(rank)]
    pads = []
    for size, k, stride, dilation in zip(sizes, kernel, strides, dilations, strict=True):
        covered = (k - 1) * dilation + 1
        total = (
            b.dim_max((-(-size // stride) - 1) * stride + covered - size, 0) if stride != 1 else covered - 1
        )
        half = total // 2
        pads.append((half, total - half) if mode == "SAME_UPPER" else (total - half, half))
    return pads


@operator("Conv", raw=(1,))
def conv(b, node, x, weight, bias=None):
    kernel = spatial_shape(b, weight)
    strides = node.attribute("strides") or [1] * len(kernel)
    dilations = node.attribute("dilations") or [1] * len(kernel)
    pads = padding(b, node, b.shape(x)[2:], kernel, strides, dilations)
    return b.conv(x, weight, bias, list(strides), pads, list(dilations), node.attribute("group"))


@operator("ConvTranspose", raw=(1,))
def conv_transpose(b, node, x, weight, bias=None):
    kernel = spatial_shape(b, weight)
    rank = len(kernel)
    strides = list(node.attribute("strides") or [1] * rank)
    dilations = list(node.attribute("dilations") or [1] * rank)
    extra = list(node.attribute("output_padding") or [0] * rank)
    y = b.conv_transpose(x, weight, strides, dilations, node.attribute("group"))
    covered = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    wanted, mode = node.attribute("output_shape"), node.text("auto_pad") or "NOTSET"
    sizes = b.shape(x)[2:]
    if wanted is None and mode in ("SAME_UPPER", "SAME_LOWER"):
        wanted = [size * stride for size, stride in zip(sizes, strides, strict=True)]
    if wanted is None:
        pads = padding(b, node, sizes, kernel, strides, dilations)
    else:
        pads = []
        for i in range(rank):
            total = strides[i] * (sizes[i] - 1) + extra[i] + covered[i] - wanted[-rank:][i]
            half = total // 2
            if isinstance(total, int) and total < 0:
                pads.append((0, total))
            else:
                pads.append((total - half, half) if mode == "SAME_LOWER" else (half, total - half))
    for i, (before, after) in enumerate(pads):
        axis = 2 + i
        after = after - extra[i]
        if isinstance(after, int) and after < 0:
            around = [(0, 0)] * b.rank(y)
            around[axis] = (0, -after)
            y, after = b.pad(y, around, 0), 0
        if not (isinstance(before, int) and before == 0 and isinstance(after, int) and after == 0):
            y = b.slice(y, axis, before, b.shape(y)[axis] - after, 1)
    if bias is not None:
        y = b.add(y, b.reshape(bias, [1, -1, *[1] * rank]))
    return y


@operator("DeformConv")
def deform_conv(b, node, x, weight, offset, bias=None, mask=None):
    from benchmarks.worker.onnx_import.operators.grid import bilinear_points

    n, c, h, w = b.shape(x)
    out_channels, per_group, kh, kw = b.shape(weight)
    strides = node.attribute("strides") or [1, 1]
    dilations = node.attribute("dilations") or [1, 1]
    pads = node.attribute("pads") or [0, 0, 0, 0]
    groups, offset_groups = node.attribute("group"), node.attribute("offset_group")
    oh, ow = b.shape(offset)[2:]
    kind = b.dtype(x)
    shift = b.reshape(offset, [n, offset_groups, kh * kw, 2, oh, ow])
    shift_y = b.squeeze(b.slice(shift, 3, 0, 1, 1), [3])
    shift_x = b.squeeze(b.slice(shift, 3, 1, 2, 1), [3])
    ky = b.tensor(np.repeat(np.arange(kh) * dilations[0] - pads[0], kw).astype(kind))
    kx = b.tensor(np.tile(np.arange(kw) * dilations[1] - pads[1], kh).astype(kind))
    base_y = b.reshape(b.cast(b.arange(oh), kind) * strides[0], [1, 1, 1, -1, 1])
    base_x = b.reshape(b.cast(b.arange(ow), kind) * strides[1], [1, 1, 1, 1, -1])
    y = b.add(b.add(shift_y, b.reshape(ky, [1, 1, -1, 1, 1])), base_y)
    z = b.add(b.add(shift_x, b.reshape(kx, [1, 1, -1, 1, 1])), base_x)
    points = kh * kw * oh * ow
    image = b.reshape(x, [n * offset_groups, c // offset_groups, h, w])
    flat = [n * offset_groups, points]
    values = bilinear_points(b, image, b.reshape(y, flat), b.reshape(z, flat))
    values = b.reshape(values, [n, offset_groups, c // offset_groups, kh * kw, oh * ow])
    if mask is not None:
        values = b.mul(values, b.reshape(mask, [n, offset_groups, 1, kh * kw, oh * ow]))
    columns = b.reshape(values, [n, groups, c // groups * kh * kw, oh * ow])
    kernel = b.reshape(weight, [1, groups, out_channels // groups, per_group * kh * kw])
    result = b.reshape(b.matmul(kernel, columns), [n, out_channels, oh, ow])
    return result if bias is None else b.add(result, b.reshape(bias, [1, -1, 1, 1]))


@operator("Col2Im", raw=(1, 2))
def col2im(b, node, x, image_shape, block_shape):
    image = b.ints(image_shape)
    block = [int(v) for v in b.constant(block_shape, "block_shape").ravel()]
    rank = len(block)
    strides = node.attribute("strides") or [1] * rank
    dilations = node.attribute("dilations") or [1] * rank
    flat = node.attribute("pads") or [0] * 2 * rank
    n = b.shape(x)[0]
    area = int(np.prod(block))
    channels = b.shape(x)[1] // area
    padded = [image[i] + flat[i] + flat[rank + i] for i in range(rank)]
    counts = [(padded[i] - (block[i] - 1) * dilations[i] - 1) // strides[i] + 1 for i in range(rank)]
    # Each of the block's columns is its own channel, put where it belongs by a transposed convolution.
    columns = b.reshape(x, [n * channels, area, *counts])
    kernel = np.eye(area, dtype=b.dtype(x)).reshape(area, 1, *block)
    y = b.conv_transpose(columns, kernel, list(strides), list(dilations), 1)
    y = b.reshape(y, [n, channels, *b.shape(y)[2:]])
    for i in range(rank):
        missing = padded[i] - b.shape(y)[2 + i]
        around = [(0, 0)] * (rank + 2)
        around[2 + i] = (0, missing)
        y = b.pad(y, around, 0)
        y = b.slice(y, 2 + i, flat[i], flat[i] + image[i], 1)
    return y
