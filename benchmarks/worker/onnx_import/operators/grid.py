"""Sampling at points between the elements of an image."""

import itertools

from benchmarks.worker.onnx_import.operators.shape import product
from benchmarks.worker.onnx_import.registry import operator


def _rows(b, image):
    """The image's points as rows of channels, and each image's first row."""
    n, c, *sizes = b.shape(image)
    last = [0, *range(2, b.rank(image)), 1]
    return b.reshape(b.transpose(image, last), [-1, c]), b.reshape(b.arange(n) * product(sizes), [-1, 1])


def _inside(b, index, length):
    return b.logical(index >= 0, b.compare(index, b.dim_tensor(length), "less"), "and")


def read(b, table, start, places: list, sizes: list, zeros: bool):
    """Rows at integer places [images, points], one for each axis: [images, points, channels]. Places
    outside are zero, or those at the edge."""
    flat, valid = start, None
    for place, length in zip(places, sizes, strict=True):
        if zeros:
            here = _inside(b, place, length)
            valid = here if valid is None else b.logical(valid, here, "and")
        place = b.clip(place, b.number(0, place), b.dim_tensor(length - 1))
        flat = place if flat is start else b.add(b.mul(flat, b.dim_tensor(length)), place)
    flat = b.add(flat, start)
    values = b.take(table, flat, 0)
    return b.where(b.unsqueeze(valid, [2]), values, b.number(0.0, values)) if zeros else values


def _taps(b, at, mode: str, alpha: float = -0.75) -> list[tuple]:
    """Integer places around `at` and their weights."""
    if mode == "nearest":
        return [(b.cast(b.unary("round", at), "int64"), None)]
    base = b.unary("floor", at)
    ratio, base = at - base, b.cast(base, "int64")
    if mode == "linear":
        return [(base, 1 - ratio), (base + 1, ratio)]
    taps = []
    for offset in (-1, 0, 1, 2):
        t = b.unary("abs", ratio - offset)
        if offset in (0, 1):
            weight = ((alpha + 2) * t - (alpha + 3)) * t * t + 1
        else:
            weight = ((t - 5) * t + 8) * t * alpha - 4 * alpha
        taps.append((base + offset, weight))
    return taps


def sample(b, image, coordinates: list, mode: str, settle):
    """Values at points [images, points] whose coordinates are in elements: [images, channels, points].
    `settle(place, axis)` moves integer places inside; None reads zeros outside."""
    sizes = b.shape(image)[2:]
    table, start = _rows(b, image)
    result = None
    for taps in itertools.product(*[_taps(b, at, mode) for at in coordinates]):
        places = [place for place, _ in taps]
        if settle is not None:
            places = [settle(place, axis) for axis, place in enumerate(places)]
        values = read(b, table, start, places, sizes, settle is None)
        weight = None
        for _, w in taps:
            if w is not None:
                weight = w if weight is None else weight * w
        if weight is not None:
            values = b.mul(values, b.unsqueeze(weight, [2]))
        result = values if result is None else result + values
    return b.transpose(result, [0, 2, 1])


def bilinear_points(b, image, y, x):
    return sample(b, image, [y, x], "linear", None)


@operator("GridSample")
def grid_sample(b, node, x, grid):
    mode = node.text("mode")
    mode = {"bilinear": "linear", "bicubic": "cubic"}.get(mode, mode) or "linear"
    padding, corners = node.text("padding_mode") or "zeros", bool(node.attribute("align_corners"))
    native = b.grid_sample(x, grid, mode, padding, corners)
    if native is not None:
        return native
    n, c, *sizes = b.shape(x)
    out = b.shape(grid)[1:-1]
    grid = b.reshape(grid, [n, product(out), len(sizes)])
    points = b.split(grid, [1] * len(sizes), 2)
    coordinates = []
    for axis, length in enumerate(sizes):
        at = b.squeeze(points[len(sizes) - 1 - axis], [2])
        size = b.cast(b.dim_tensor(length), b.dtype(x))
        at = (at + 1) / 2 * (size - 1) if corners else ((at + 1) * size - 1) / 2
        if padding == "border" and mode != "cubic":
            at = b.clip(at, b.number(0.0, at), size - 1)
        if padding == "reflection" and mode != "cubic":
            at = _reflected(b, at, size, corners)
        coordinates.append(at)

    def settle(place, axis):
        if padding == "reflection" and mode == "cubic":
            size = b.cast(b.dim_tensor(sizes[axis]), b.dtype(x))
            place = b.cast(b.unary("round", _reflected(b, b.cast(place, b.dtype(x)), size, corners)), "int64")
        return place

    values = sample(b, x, coordinates, mode, None if padding == "zeros" else settle)
    return b.reshape(values, [n, c, *out])


def _reflected(b, at, size, corners: bool):
    low, span = (0.0, size - 1) if corners else (-0.5, size)
    distance = b.mod(at - low, span * 2)
    folded = b.minimum(distance, span * 2 - distance) + low
    return b.clip(folded, b.number(0.0, at), size - 1) if not corners else folded
