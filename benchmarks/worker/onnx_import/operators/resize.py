"""Resizing by interpolation, one axis after the other."""

import numpy as np

from benchmarks.worker.onnx_import.registry import operator

CUBIC_TAPS = 4


class _Known:
    """The few functions that coordinates need, on numpy, for sizes that are known."""

    def arange(self, n):
        return np.arange(n, dtype=np.float64)

    def floor(self, x):
        return np.floor(x)

    def where(self, condition, x, y):
        return np.where(condition, x, y)

    def absolute(self, x):
        return np.abs(x)

    def taps(self, b, x, index, limit):
        return b.tensor(np.clip(index, 0, limit - 1).astype(np.int64))

    def weights(self, b, x, weight):
        return b.tensor(np.asarray(weight).astype(b.dtype(x)))


class _Open:
    """The same on tensors, for sizes that are not."""

    def __init__(self, b):
        self.b = b

    def arange(self, n):
        return self.b.cast(self.b.arange(n), "float32")

    def floor(self, x):
        return self.b.unary("floor", x)

    def where(self, condition, x, y):
        return self.b.where(condition, x, y if not isinstance(y, int | float) else self.b.number(y, x))

    def absolute(self, x):
        return self.b.unary("abs", x)

    def taps(self, b, x, index, limit):
        index = b.cast(index, "int64")
        last = limit - 1 if isinstance(limit, int) else None
        high = b.number(last, index) if last is not None else b.dim_tensor(limit - 1)
        return b.clip(index, b.number(0, index), high)

    def weights(self, b, x, weight):
        return b.cast(weight, b.dtype(x))


@operator("Resize", "Upsample", raw=(1, 2, 3))
def resize(b, node, x, *parameters):
    roi, scales, sizes = _parameters(b, node, parameters)
    axes = node.attribute("axes", None)
    axes = list(range(b.rank(x))) if axes is None else [a % b.rank(x) for a in axes]
    mode = node.text("mode") or "nearest"
    known = b.shape(x)
    if sizes is not None:
        sizes, scales = _kept_ratio(b, node, [known[a] for a in axes], sizes)
    if mode == "nearest" and node.op_type == "Upsample":
        coordinates = "asymmetric"
    else:
        coordinates = node.text("coordinate_transformation_mode") if node.opset >= 11 else "asymmetric"
    inside = None
    kind = b.dtype(x)
    work = x
    if mode != "nearest" and not kind.startswith(("float", "bfloat")):
        work = b.cast(x, "float32")
    for i, axis in enumerate(axes):
        length = known[axis]
        scale = scales[i] if scales is not None else None
        out = sizes[i] if sizes is not None else _scaled(b, length, scale)
        crop = (float(roi[i]), float(roi[len(axes) + i])) if coordinates == "tf_crop_and_resize" else None
        same = isinstance(out, int) and isinstance(length, int) and out == length
        if same and crop in (None, (0.0, 1.0)) and (scale is None or scale == 1.0):
            continue
        n = _Known() if isinstance(out, int) and isinstance(length, int) else _Open(b)
        at = _coordinates(b, n, coordinates, length, out, scale, crop)
        work = _interpolated(b, n, node, work, axis, at, length, mode, scale)
        if crop is not None:
            here = (at >= 0) & (at <= length - 1)
            shape = [1] * b.rank(x)
            shape[axis] = -1
            here = b.reshape(b.tensor(here) if isinstance(here, np.ndarray) else here, shape)
            inside = here if inside is None else b.logical(inside, here, "and")
    if inside is not None:
        work = b.where(inside, work, b.number(node.attribute("extrapolation_value"), work))
    return work if b.dtype(work) == kind else b.cast(work, kind)


def _parameters(b, node, parameters):
    """roi, scales and sizes, each a list or None."""
    if node.opset < 10 and node.op_type == "Upsample":
        given = node.attribute("scales", None)
        if given is None and not parameters:
            raise node.unsupported("its scales are attributes of a first draft of ONNX")
        return (
            None,
            [float(v) for v in (given if given is not None else b.constant(parameters[0], "scales"))],
            None,
        )
    if node.opset < 11:
        return None, [float(v) for v in b.constant(parameters[0], "scales")], None
    roi, scales, sizes = [*parameters, None, None, None][:3]
    if roi is not None and node.text("coordinate_transformation_mode") == "tf_crop_and_resize":
        roi = b.constant(roi, "roi").ravel().tolist()
    else:
        roi = None
    if sizes is not None:
        fixed = node.attribute("antialias", 0) or node.text("keep_aspect_ratio_policy") not in ("", "stretch")
        return roi, None, b.ints(b.constant(sizes, "sizes") if fixed else sizes)
    return roi, [float(v) for v in b.constant(scales, "scales").ravel()], None


def _kept_ratio(b, node, known: list, sizes: list):
    policy = node.text("keep_aspect_ratio_policy") or "stretch"
    if policy == "stretch":
        return sizes, None
    if not all(isinstance(d, int) for d in [*known, *sizes]):
        raise node.unsupported(f"{policy} over dynamic dimensions", "Give the model a fixed image size.")
    pick = min if policy == "not_larger" else max
    scale = pick(size / dim for size, dim in zip(sizes, known, strict=True))
    return [int(np.floor(scale * dim + 0.5)) for dim in known], [scale] * len(known)


def _scaled(b, length, scale: float):
    if isinstance(length, int):
        return int(np.floor(np.float32(length) * np.float32(scale)))
    if scale == int(scale):
        return length * int(scale)
    for denominator in (2, 3, 4, 5, 8, 16, 32):
        numerator = scale * denominator
        if abs(numerator - round(numerator)) < 1e-6:
            return length * round(numerator) // denominator
    raise ValueError(f"a scale of {scale} over a dynamic dimension")


def _number(b, value):
    return float(value) if isinstance(value, int) else b.dim_float(value)


def _coordinates(b, n, mode: str, length, out, scale, crop):
    """Where each output element lies in the input."""
    x = n.arange(out)
    size, wanted = (length, out) if isinstance(n, _Known) else (_number(b, length), _number(b, out))
    exact = scale if scale is not None else wanted / size
    stretched = exact * size
    if mode == "align_corners":
        if isinstance(n, _Known):
            return x * 0.0 if stretched == 1 else x * (size - 1) / (stretched - 1)
        return x * (size - 1) / n.where(wanted > 1, wanted - 1, 1.0)
    if isinstance(n, _Open) and mode == "tf_crop_and_resize":
        start, end = crop
        many = x * (end - start) * (size - 1) / n.where(wanted > 1, wanted - 1, 1.0) + start * (size - 1)
        return n.where(wanted > 1, many, x * 0.0 + (end + start) * (size - 1) / 2)
    if mode == "asymmetric":
        return x / exact
    if mode == "tf_crop_and_resize":
        start, end = crop
        if isinstance(n, _Known) and out == 1:
            return x * 0.0 + (end + start) * (size - 1) / 2
        return x * (end - start) * (size - 1) / (wanted - 1) + start * (size - 1)
    if mode == "pytorch_half_pixel" and isinstance(n, _Known) and out == 1:
        return x * 0.0 - 0.5
    half = (x + 0.5) / exact - 0.5
    if mode == "pytorch_half_pixel" and isinstance(n, _Open):
        return n.where(wanted > 1, half, x * 0.0 - 0.5)
    if mode == "half_pixel_symmetric":
        return half + size / 2 * (1 - wanted / stretched)
    if mode in ("half_pixel", "pytorch_half_pixel"):
        return half
    raise ValueError(f"coordinate_transformation_mode {mode}")


def _interpolated(b, n, node, x, axis: int, at, length, mode: str, scale):
    if mode == "nearest":
        rounding = node.text("nearest_mode") if node.opset >= 11 else "floor"
        index = {
            "round_prefer_floor": lambda: -n.floor(-(at - 0.5)),
            "round_prefer_ceil": lambda: n.floor(at + 0.5),
            "floor": lambda: n.floor(at),
            "ceil": lambda: -n.floor(-at),
        }[rounding or "round_prefer_floor"]()
        return b.take(x, n.taps(b, x, index, length), axis)
    base = -n.floor(-at) - 1  # the ratio lies in (0, 1]
    ratio = at - base
    shrink = 1.0
    if node.attribute("antialias", 0):
        if not isinstance(n, _Known):
            raise node.unsupported("antialias over dynamic dimensions", "Give the model a fixed image size.")
        shrink = min(scale if scale is not None else len(at) / length, 1.0)
    reach = 1 if mode == "linear" else 2
    first = int(np.floor(-reach / shrink)) + 1
    offsets = range(first, 2 - first)
    kernel = _linear if mode == "linear" else _cubic
    alpha = node.attribute("cubic_coeff_a", -0.75)
    weights = [kernel(n, n.absolute((offset - ratio) * shrink), alpha) for offset in offsets]
    if node.attribute("exclude_outside", 0):
        weights = [
            n.where((base + offset >= 0) & (base + offset < _limit(b, n, length)), w, w * 0)
            for offset, w in zip(offsets, weights, strict=True)
        ]
    total = sum(weights[1:], weights[0])
    result = None
    shape = [1] * b.rank(x)
    shape[axis] = -1
    for offset, weight in zip(offsets, weights, strict=True):
        part = b.take(x, n.taps(b, x, base + offset, length), axis)
        part = b.mul(part, b.reshape(n.weights(b, x, weight / total), shape))
        result = part if result is None else result + part
    return result


def _limit(b, n, length):
    return length if isinstance(n, _Known) else _number(b, length)


def _linear(n, distance, alpha):
    return n.where(distance < 1, 1 - distance, distance * 0)


def _cubic(n, t, a):
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = ((t - 5) * t + 8) * t * a - 4 * a
    return n.where(t <= 1, near, n.where(t < 2, far, t * 0))
