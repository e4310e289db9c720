"""Recurrent layers: torch's own where they mean the same, otherwise step by step."""

import numpy as np

from benchmarks.worker.onnx_import.registry import operator

UNROLLED_STEPS = 64

_GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
_TORCH_ORDER = {"RNN": [0], "GRU": [1, 0, 2], "LSTM": [0, 2, 3, 1]}
_USUAL = {"RNN": ["tanh"], "GRU": ["sigmoid", "tanh"], "LSTM": ["sigmoid", "tanh", "tanh"]}
_TAKES_ALPHA = {
    "affine": (1.0, 0.0), "leakyrelu": (0.01, None), "thresholdedrelu": (1.0, None), "scaledtanh": (1.0, 1.0),
    "hardsigmoid": (0.2, 0.5), "elu": (1.0, None),
}  # fmt: skip


def _activations(b, node, kind: str, directions: int) -> list[list]:
    """For each direction, its functions."""
    given = node.attribute("activations")
    usual = _USUAL[kind] * directions
    names = [(n.decode() if isinstance(n, bytes) else n).lower() for n in given] if given else usual
    alphas, betas = (
        list(node.attribute("activation_alpha") or []),
        list(node.attribute("activation_beta") or []),
    )
    functions = []
    for name in names:
        alpha = beta = None
        if name in _TAKES_ALPHA:
            alpha, beta = _TAKES_ALPHA[name]
            alpha = alphas.pop(0) if alphas else alpha
            if beta is not None:
                beta = betas.pop(0) if betas else beta
        functions.append(_function(b, node, name, alpha, beta))
    each = len(_USUAL[kind])
    return [functions[i * each : (i + 1) * each] for i in range(directions)]


def _function(b, node, name: str, alpha, beta):
    def zero(x):
        return b.number(0.0, x)

    known = {
        "tanh": lambda x: b.unary("tanh", x),
        "sigmoid": lambda x: b.unary("sigmoid", x),
        "relu": lambda x: b.relu(x),
        "affine": lambda x: x * alpha + beta,
        "leakyrelu": lambda x: b.where(x < 0, x * alpha, x),
        "thresholdedrelu": lambda x: b.where(x > alpha, x, zero(x)),
        "scaledtanh": lambda x: b.unary("tanh", x * beta) * alpha,
        "hardsigmoid": lambda x: b.clip(x * alpha + beta, zero(x), b.number(1.0, x)),
        "elu": lambda x: b.where(x > 0, x, (b.unary("exp", x) - 1) * alpha),
        "softsign": lambda x: x / (b.unary("abs", x) + 1),
        "softplus": lambda x: b.unary("log1p", b.unary("exp", x)),
    }
    if name not in known:
        raise node.unsupported(f"activation {name}")
    return known[name]


@operator("RNN", "GRU", "LSTM", raw=(1, 2, 3))
def recurrent(
    b, node, x, weight, recurrence, bias=None, lengths=None, hidden=None, cell=None, peepholes=None
):
    kind = node.op_type
    direction, size = node.text("direction"), node.attribute("hidden_size")
    directions = 2 if direction == "bidirectional" else 1
    batch_first = bool(node.attribute("layout", 0))
    if batch_first:
        x = b.transpose(x, [1, 0, 2])
        hidden, cell = (None if t is None else b.transpose(t, [1, 0, 2]) for t in (hidden, cell))
    n = b.shape(x)[1]
    if size is None:
        size = int((recurrence.shape if isinstance(recurrence, np.ndarray) else b.shape(recurrence))[-1])
    start = b.full([directions, n, size], 0, b.dtype(x))
    hidden = start if hidden is None else hidden
    cell = start if cell is None else cell
    result = None
    if _is_usual(b, node, kind, x, lengths, peepholes):
        result = _native(b, node, kind, x, weight, recurrence, bias, hidden, cell, direction)
    if result is None:
        result = _step_by_step(b, node, kind, x, weight, recurrence, bias, lengths, hidden, cell, peepholes)
    y, last, last_cell = result
    if batch_first:
        y = b.transpose(y, [2, 0, 1, 3])
        last = b.transpose(last, [1, 0, 2])
        last_cell = None if last_cell is None else b.transpose(last_cell, [1, 0, 2])
    return (y, last, last_cell)[: 3 if kind == "LSTM" else 2]


def _is_usual(b, node, kind, x, lengths, peepholes) -> bool:
    given = [(n.decode() if isinstance(n, bytes) else n).lower() for n in node.attribute("activations") or []]
    usual = _USUAL[kind] * (2 if node.text("direction") == "bidirectional" else 1)
    return (
        given in ([], usual)
        and lengths is None
        and peepholes is None
        and not node.attribute("clip")
        and not node.attribute("input_forget", 0)
        and (kind != "GRU" or bool(node.attribute("linear_before_reset", 0)))
        and b.dtype(x) in ("float32", "float64")
    )


def _reordered(b, t, axis: int, blocks: list[int], count: int):
    """Blocks of an axis in another order; arrays stay arrays."""
    if isinstance(t, np.ndarray):
        parts = np.split(t, count, axis)
        return np.ascontiguousarray(np.concatenate([parts[i] for i in blocks], axis))
    parts = b.split(t, [b.shape(t)[axis] // count] * count, axis)
    return b.concat([parts[i] for i in blocks], axis)


def _native(b, node, kind, x, weight, recurrence, bias, hidden, cell, direction):
    if not b.has_recurrent:
        return None
    gates, order = _GATES[kind], _TORCH_ORDER[kind]
    twice = order + [gates + i for i in order]

    def arrange():
        return (
            _reordered(b, weight, 1, order, gates),
            _reordered(b, recurrence, 1, order, gates),
            None if bias is None else _reordered(b, bias, 1, twice, 2 * gates),
        )

    constant = all(t is None or isinstance(t, np.ndarray) for t in (weight, recurrence, bias))
    if constant:
        if not hasattr(node, "arranged"):
            w, r, both = arrange()
            flat = []
            for d in range(w.shape[0]):
                flat += [w[d].copy(), r[d].copy()]
                flat += [] if both is None else [part.copy() for part in np.split(both[d], 2)]
            node.arranged = flat
        flat = [b.tensor(t) for t in node.arranged]
    else:
        w, r, both = arrange()
        w, r, both = b.tensor(w), b.tensor(r), b.tensor(both)
        flat = []
        for d in range(2 if direction == "bidirectional" else 1):

            def pick(t, d=d):
                return b.squeeze(b.slice(t, 0, d, d + 1, 1), [0])

            flat += [pick(w), pick(r)]
            flat += [] if both is None else b.split(pick(both), [b.shape(both)[1] // 2] * 2, 0)
    if direction == "reverse":
        x = b.flip(x, [0])
    y, last, last_cell = b.recurrent(
        kind, x, hidden, cell, flat, bias is not None, direction == "bidirectional"
    )
    if direction == "reverse":
        y = b.flip(y, [0])
    return y, last, last_cell


def _step_by_step(b, node, kind, x, weight, recurrence, bias, lengths, hidden, cell, peepholes):
    weight, recurrence, bias = b.tensor(weight), b.tensor(recurrence), b.tensor(bias)
    direction = node.text("direction")
    directions = 2 if direction == "bidirectional" else 1
    functions = _activations(b, node, kind, directions)
    ys, lasts, cells = [], [], []
    for d in range(directions):

        def pick(t, d=d):
            return None if t is None else b.squeeze(b.slice(t, 0, d, d + 1, 1), [0])

        backward = direction == "reverse" or d == 1
        y, last, last_cell = _one_direction(
            b, node, kind, x, pick(weight), pick(recurrence), pick(bias), lengths, pick(hidden), pick(cell),
            pick(peepholes), functions[d], backward,
        )  # fmt: skip
        ys.append(y)
        lasts.append(last)
        cells.append(last_cell)
    return b.stack(ys, 1), b.stack(lasts, 0), b.stack(cells, 0) if kind == "LSTM" else None


def _one_direction(b, node, kind, x, w, r, bias, lengths, h, c, peepholes, functions, backward):
    gates, size = _GATES[kind], b.shape(r)[1]
    steps = b.shape(x)[0]
    if bias is None:
        input_bias = hidden_bias = b.full([gates * size], 0, b.dtype(x))
    else:
        input_bias, hidden_bias = b.split(bias, [gates * size] * 2, 0)
    reset_after = kind == "GRU" and bool(node.attribute("linear_before_reset", 0))
    bound = node.attribute("clip")
    projected = b.add(b.matmul(x, b.transpose(w, [1, 0])), input_bias)
    rt = b.transpose(r, [1, 0])
    peep = b.split(peepholes, [size] * 3, 0) if peepholes is not None else [None] * 3

    def clipped(t):
        return t if not bound else b.clip(t, b.number(-float(bound), t), b.number(float(bound), t))

    def cell_step(gate_inputs, h, c, rt, hidden_bias, peep):
        if kind == "RNN":
            return functions[0](clipped(b.add(b.add(gate_inputs, b.matmul(h, rt)), hidden_bias))), c
        parts = b.split(gate_inputs, [size] * gates, 1)
        if kind == "GRU":
            f, g = functions
            rz, rr, rh = b.split(rt, [size] * 3, 1)
            bz, br, bh = b.split(hidden_bias, [size] * 3, 0)
            z = f(clipped(b.add(b.add(parts[0], b.matmul(h, rz)), bz)))
            reset = f(clipped(b.add(b.add(parts[1], b.matmul(h, rr)), br)))
            if reset_after:
                new = b.mul(reset, b.add(b.matmul(h, rh), bh))
            else:
                new = b.add(b.matmul(b.mul(reset, h), rh), bh)
            new = g(clipped(b.add(parts[2], new)))
            return b.add(b.mul(1 - z, new), b.mul(z, h)), c
        f, g, k = functions
        i, o, forget, new = b.split(b.add(b.add(gate_inputs, b.matmul(h, rt)), hidden_bias), [size] * 4, 1)
        if peep[0] is not None:
            i, forget = b.add(i, b.mul(peep[0], c)), b.add(forget, b.mul(peep[2], c))
        i = f(clipped(i))
        forget = 1 - i if node.attribute("input_forget", 0) else f(clipped(forget))
        c = b.add(b.mul(forget, c), b.mul(i, g(clipped(new))))
        if peep[1] is not None:
            o = b.add(o, b.mul(peep[1], c))
        return b.mul(f(clipped(o)), k(c)), c

    ends = None if lengths is None else b.reshape(b.cast(lengths, "int64"), [-1, 1])

    def masked(i, h, c, h_new, c_new, ends):
        """Sequences that are over keep their state, and give zeros."""
        if ends is None:
            return h_new, c_new, h_new
        going = i < ends if not isinstance(i, int) else ends > i
        h_new, c_new = b.where(going, h_new, h), b.where(going, c_new, c)
        return h_new, c_new, b.where(going, h_new, b.number(0.0, h_new))

    if isinstance(steps, int) and steps <= UNROLLED_STEPS:
        outputs = [None] * steps
        for i in range(steps - 1, -1, -1) if backward else range(steps):
            now = b.squeeze(b.slice(projected, 0, i, i + 1, 1), [0])
            h_new, c_new = cell_step(now, h, c, rt, hidden_bias, peep)
            h, c, outputs[i] = masked(i, h, c, h_new, c_new, ends)
        return b.stack(outputs, 0), h, c

    captured = [
        projected,
        rt,
        hidden_bias,
        *[p for p in peep if p is not None],
        *([] if ends is None else [ends]),
    ]

    def body(i, go, carried, captured):
        captured = list(captured)
        projected, rt, hidden_bias = captured[:3]
        inside = captured[3:6] if peep[0] is not None else [None] * 3
        over = captured[-1] if ends is not None else None
        place = b.add(b.dim_tensor(b.shape(projected)[0]), -i) - 1 if backward else i
        now = b.squeeze(b.take(projected, b.reshape(place, [1]), 0), [0])
        h, c = carried
        h_new, c_new = cell_step(now, h, c, rt, hidden_bias, inside)
        h, c, out = masked(place, h, c, h_new, c_new, over)
        return go, [h, c], [out]

    going = b.tensor(np.array(True))
    (h, c), (outputs,) = b.loop(b.dim_tensor(steps), going, [h, c], captured, body, 1)
    return b.flip(outputs, [0]) if backward else outputs, h, c
