"""Branches and loops: followed where what decides is constant, kept as the target's own where it is not."""

import numpy as np

from benchmarks.worker.onnx_import import dims
from benchmarks.worker.onnx_import.graph import Graph
from benchmarks.worker.onnx_import.registry import operator

UNROLLED_ITERATIONS = 64


def _is_known(value) -> bool:
    return isinstance(value, np.ndarray) and value.dtype != object


def _free(graphs: list[Graph], scope: dict) -> tuple[dict, list[str]]:
    """What the graphs take from outside: constants and dimensions as they are, and the names of tensors."""
    names = sorted(set().union(*[graph.free for graph in graphs]))
    kept = {name: scope[name] for name in names if isinstance(scope.get(name), np.ndarray)}
    return kept, [name for name in names if name in scope and name not in kept and scope[name] is not None]


def _resolved(b, kept: dict, names: list[str], scope: dict) -> tuple[dict, list[str], list]:
    """Dimensions that are symbols become tensors that are handed in."""
    symbolic = [name for name, value in kept.items() if dims.is_dims(value)]
    constants = {name: value for name, value in kept.items() if name not in symbolic}
    return constants, names + symbolic, [b.tensor(scope[name]) for name in names + symbolic]


@operator("If", raw=None)
def if_(b, node, condition):
    then, other = node.attribute("then_branch"), node.attribute("else_branch")
    if _is_known(condition):
        return tuple(b.walk(b, then if bool(condition.ravel()[0]) else other, [], b.scope))
    scope = b.scope
    constants, names, tensors = _resolved(b, *_free([then, other], scope), scope)

    def taking(graph):
        def function(*given):
            return b.walk(b, graph, [], {**constants, **dict(zip(names, given, strict=True))})

        return function

    return tuple(b.branch(b.tensor(condition), taking(then), taking(other), tensors))


@operator("Loop", raw=None)
def loop(b, node, trips=None, condition=None, *carried):
    body = node.attribute("body")
    scope, count = b.scope, len(carried)
    unroll = (trips is None or (_is_known(trips) and int(trips.ravel()[0]) <= UNROLLED_ITERATIONS)) and (
        condition is None or _is_known(condition)
    )
    never = trips is None and _is_known(condition) and not condition.ravel()[0]
    if (unroll and trips is not None) or never:
        result = _unrolled(b, body, trips, condition, list(carried), scope, count)
        if result is not None:
            return result
    constants, names, tensors = _resolved(b, *_free([body], scope), scope)
    trips = b.tensor(np.array(2**62, np.int64)) if trips is None else b.reshape(b.tensor(trips), [])
    condition = b.tensor(np.array(True)) if condition is None else b.reshape(b.tensor(condition), [])

    def step(i, go, carried, captured):
        outer = {**constants, **dict(zip(names, captured, strict=True))}
        outputs = b.walk(b, body, [i, go, *carried], outer)
        return outputs[0], outputs[1 : 1 + count], outputs[1 + count :]

    scans = len(body.outputs) - 1 - count
    after, collected = b.loop(trips, condition, [b.tensor(c) for c in carried], tensors, step, scans)
    return (*after, *collected)


def _unrolled(b, body, trips, condition, carried, scope, count):
    """The outputs, or None where a condition turns out to depend on what the model computes."""
    go = np.array(True) if condition is None else condition
    collected: list[list] = [[] for _ in range(len(body.outputs) - 1 - count)]
    limit = 0 if trips is None else int(trips.ravel()[0])
    for i in range(limit):
        if not bool(go.ravel()[0]):
            break
        outputs = b.walk(b, body, [np.array(i, np.int64), go, *carried], scope)
        go, carried = outputs[0], outputs[1 : 1 + count]
        if not _is_known(go):
            return None
        for part, value in zip(collected, outputs[1 + count :], strict=True):
            part.append(b.tensor(value))
    if collected and not collected[0]:
        return None
    return (*carried, *[b.stack(parts, 0) for parts in collected])


@operator("Scan", raw=None)
def scan(b, node, *values):
    body, inputs = node.attribute("body"), node.attribute("num_scan_inputs")
    if node.opset < 9:
        return _batched_scan(b, node, body, inputs, values)
    count = len(values) - inputs
    carried, sequences = [b.tensor(v) for v in values[:count]], [b.tensor(v) for v in values[count:]]
    outputs = len(body.outputs) - count
    axes = node.attribute("scan_input_axes") or [0] * inputs
    back = node.attribute("scan_input_directions") or [0] * inputs
    out_axes = node.attribute("scan_output_axes") or [0] * outputs
    out_back = node.attribute("scan_output_directions") or [0] * outputs
    axes = [a % b.rank(s) for a, s in zip(axes, sequences, strict=True)]
    steps = b.shape(sequences[0])[axes[0]]
    sequences = [b.flip(s, [a]) if r else s for s, a, r in zip(sequences, axes, back, strict=True)]
    scope = b.scope

    if isinstance(steps, int) and steps <= UNROLLED_ITERATIONS:
        collected: list[list] = [[] for _ in range(outputs)]
        for i in range(steps):
            now = [b.squeeze(b.slice(s, a, i, i + 1, 1), [a]) for s, a in zip(sequences, axes, strict=True)]
            results = b.walk(b, body, [*carried, *now], scope)
            carried = results[:count]
            for part, value in zip(collected, results[count:], strict=True):
                part.append(b.tensor(value))
        stacked = [b.stack(part, 0) for part in collected]
    else:
        constants, names, tensors = _resolved(b, *_free([body], scope), scope)

        def step(i, go, carried, captured):
            mine = captured[: len(sequences)]
            outer = {**constants, **dict(zip(names, captured[len(sequences) :], strict=True))}
            now = [b.squeeze(b.take(s, b.reshape(i, [1]), a), [a]) for s, a in zip(mine, axes, strict=True)]
            results = b.walk(b, body, [*carried, *now], outer)
            return go, results[:count], results[count:]

        going = b.tensor(np.array(True))
        carried, stacked = b.loop(b.dim_tensor(steps), going, carried, [*sequences, *tensors], step, outputs)
    finished = []
    for value, axis, reverse in zip(stacked, out_axes, out_back, strict=True):
        value = b.flip(value, [0]) if reverse else value
        axis = axis % b.rank(value)
        if axis:
            value = b.transpose(value, [*range(1, axis + 1), 0, *range(axis + 1, b.rank(value))])
        finished.append(value)
    return (*carried, *finished)


def _batched_scan(b, node, body, inputs, values):
    """Opset 8: a batch comes first, and each of its elements is scanned."""
    if values[0] is not None:
        raise node.unsupported("sequence lengths", "Export it with opset 9 or newer.")
    values = [b.tensor(v) for v in values[1:]]
    count = len(values) - inputs
    batch, steps = b.shape(values[count])[:2]
    if not (isinstance(batch, int) and isinstance(steps, int)):
        raise node.unsupported("a dynamic batch or length", "Export it with opset 9 or newer.")
    rows = []
    for element in range(batch):
        mine = [b.squeeze(b.slice(v, 0, element, element + 1, 1), [0]) for v in values]
        carried, collected = mine[:count], [[] for _ in range(len(body.outputs) - count)]
        for i in range(steps):
            now = [b.squeeze(b.slice(s, 0, i, i + 1, 1), [0]) for s in mine[count:]]
            results = b.walk(b, body, [*carried, *now], b.scope)
            carried = results[:count]
            for part, value in zip(collected, results[count:], strict=True):
                part.append(b.tensor(value))
        rows.append([*[b.tensor(c) for c in carried], *[b.stack(part, 0) for part in collected]])
    return tuple(b.stack([row[k] for row in rows], 0) for k in range(len(rows[0])))
