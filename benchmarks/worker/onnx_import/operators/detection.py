"""Operators of object detectors."""

from benchmarks.worker.onnx_import.operators.grid import _rows, read
from benchmarks.worker.onnx_import.operators.shape import product
from benchmarks.worker.onnx_import.registry import operator

UNROLLED_BOXES = 64


def _corners(b, node, boxes):
    """y1, x1, y2, x2, each [batch, boxes, 1]."""
    a, c, d, e = b.split(boxes, [1] * 4, 2)
    if node.attribute("center_point_box"):
        return c - e / 2, a - d / 2, c + e / 2, a + d / 2
    return b.minimum(a, d), b.minimum(c, e), b.maximum(a, d), b.maximum(c, e)


@operator("NonMaxSuppression")
def non_max_suppression(b, node, boxes, scores, most=None, threshold=None, floor=None):
    n, classes, count = b.shape(scores)
    if most is None:
        return b.full([0, 3], 0, "int64")
    y1, x1, y2, x2 = _corners(b, node, boxes)

    def across(t):
        return b.transpose(t, [0, 2, 1])

    zero = b.number(0.0, boxes)
    height = b.maximum(b.minimum(y2, across(y2)) - b.maximum(y1, across(y1)), zero)
    width = b.maximum(b.minimum(x2, across(x2)) - b.maximum(x1, across(x1)), zero)
    area = (y2 - y1) * (x2 - x1)
    shared = height * width
    union = area + across(area) - shared
    limit = zero if threshold is None else b.reshape(threshold, [])
    overlapping = b.logical(shared > b.mul(union, limit), union > 0, "and")  # [batch, boxes, boxes]

    rows = n * classes
    flat = b.reshape(scores, [rows, count])
    ranked, order = b.topk(flat, count, 1, True)
    valid = b.compare(ranked, ranked, "equal") if floor is None else ranked > b.reshape(floor, [])
    batch = b.reshape(b.expand(b.reshape(b.arange(n), [n, 1]), [n, classes]), [rows])
    table = b.reshape(overlapping, [n * count, count])
    start = b.reshape(batch, [rows, 1]) * count

    def suppressed_by(i):
        """Which boxes, in the order of their scores, overlap the one at rank i: [rows, boxes]."""
        box = b.take_along(order, b.add(b.full([rows, 1], 0, "int64"), i), 1)
        mine = b.take(table, b.reshape(b.add(box, start), [rows]), 0)
        return b.take_along(mine, order, 1)

    ranks = b.reshape(b.arange(count), [1, count])
    limit_count = b.reshape(b.cast(most, "int64"), [])

    def step(i, kept, alive):
        """`kept` and `alive` are 0 or 1 for each row and rank."""
        here = b.compare(ranks, i, "equal")
        full = b.compare(b.reduce(kept, "sum", [1], True), limit_count, "greater_equal")
        mine = b.reduce(b.where(here, alive, b.number(0, alive)), "max", [1], True)
        mine = b.where(full, b.number(0, mine), mine)
        kept = b.where(here, b.add(mine, kept * 0), kept)
        out = b.logical(suppressed_by(i), b.compare(mine, b.number(1, mine), "equal"), "and")
        return kept, b.where(out, b.number(0, alive), alive)

    alive = b.cast(valid, "int64")
    kept = alive * 0
    if isinstance(count, int) and count <= UNROLLED_BOXES:
        for i in range(count):
            kept, alive = step(b.number(i, kept), kept, alive)
    else:
        captured = [order, b.cast(table, "bool"), start, ranks, limit_count]
        kept, alive = b.loop(
            b.dim_tensor(count), b.number(True, valid), [kept, alive], captured,
            lambda i, go, carried, _: (go, list(step(i, *carried)), []), 0,
        )[0]  # fmt: skip
    chosen = b.nonzero(b.compare(kept, b.number(1, kept), "equal"))
    row, rank = b.split(chosen, [1, 1], 1)
    row, rank = b.reshape(row, [-1]), b.reshape(rank, [-1])
    box = b.take(b.reshape(order, [-1]), row * count + rank, 0)
    classes_t = b.dim_tensor(classes)
    return b.stack([b.div(row, classes_t), b.mod(row, classes_t), box], 1)


@operator("RoiAlign")
def roi_align(b, node, x, rois, batch):
    _, c, h, w = b.shape(x)
    ratio, scale = node.attribute("sampling_ratio"), node.attribute("spatial_scale")
    if not ratio:
        raise node.unsupported("sampling_ratio 0, which samples each region differently",
                               "Export it with a fixed sampling_ratio.")  # fmt: skip
    half = node.opset >= 16 and node.text("coordinate_transformation_mode") == "half_pixel"
    count = b.shape(rois)[0]
    x1, y1, x2, y2 = (part * scale - (0.5 if half else 0.0) for part in b.split(rois, [1] * 4, 1))
    table, _ = _rows(b, x)
    start = b.reshape(b.cast(batch, "int64"), [-1, 1]) * product([h, w])
    oh, ow = node.attribute("output_height"), node.attribute("output_width")

    def points(low, high, out):
        """The sampled coordinates along one axis: [regions, out * ratio]."""
        extent = high - low
        if not half:
            extent = b.maximum(extent, b.number(1.0, extent))
        steps = (b.cast(b.reshape(b.arange(out * ratio), [1, -1]), b.dtype(x)) + 0.5) / (ratio * out)
        return b.add(b.mul(extent, steps), low)

    y, z = points(y1, y2, oh), points(x1, x2, ow)
    shape = [count, oh * ratio, ow * ratio]
    y = b.reshape(b.expand(b.unsqueeze(y, [2]), shape), [count, -1])
    z = b.reshape(b.expand(b.unsqueeze(z, [1]), shape), [count, -1])
    height, width = (b.cast(b.dim_tensor(d), b.dtype(x)) for d in (h, w))
    inside = b.logical(
        b.logical(y >= -1.0, y <= height, "and"), b.logical(z >= -1.0, z <= width, "and"), "and"
    )
    zero = b.number(0.0, y)
    y, z = b.clip(y, zero, height - 1), b.clip(z, zero, width - 1)
    corners = []
    y0, z0 = b.unary("floor", y), b.unary("floor", z)
    fy, fz = y - y0, z - z0
    y0, z0 = b.cast(y0, "int64"), b.cast(z0, "int64")
    for dy, wy in ((0, 1 - fy), (1, fy)):
        for dz, wz in ((0, 1 - fz), (1, fz)):
            values = read(b, table, start, [y0 + dy, z0 + dz], [h, w], False)
            weight = b.where(inside, wy * wz, zero)
            corners.append(b.mul(values, b.unsqueeze(weight, [2])))

    def binned(values, how):
        values = b.reshape(values, [count, oh, ratio, ow, ratio, c])
        return b.transpose(b.reduce(values, how, [2, 4], False), [0, 3, 1, 2])

    if (node.text("mode") or "avg") == "avg":
        return binned(sum(corners[1:], corners[0]), "mean")
    best = corners[0]
    for corner in corners[1:]:
        best = b.maximum(best, corner)
    return binned(best, "max")
