"""Operators of torch that its TorchScript-based ONNX exporter lacks, or knows only where it knows a tensor's
rank, written out in ONNX."""

import torch
from torch.onnx import JitScalarType, TensorProtoDataType, symbolic_helper

_END = 2**63 - 1


def register(opset: int) -> None:
    """Tells the exporter of this process of them."""
    for name, written in _WRITTEN.items():
        torch.onnx.register_custom_op_symbolic(name, written, opset)


def _diff(g, x, n, dim, prepend, append):
    axis = symbolic_helper._get_const(dim, "i", "dim")
    parts = [part for part in (prepend, x, append) if not symbolic_helper._is_none(part)]
    if len(parts) > 1:
        x = g.op("Concat", *parts, axis_i=axis)
    for _ in range(symbolic_helper._get_const(n, "i", "n")):
        later = _slice(g, x, axis, 1, _END)
        earlier = _slice(g, x, axis, 0, -1)
        x = g.op("Sub", later, earlier)
    return x


def _unflatten(g, x, dim, sizes):
    """Says the rank of its result too, which ONNX cannot tell from a shape that is computed."""
    axis = symbolic_helper._get_const(dim, "i", "dim")
    known = x.type().varyingSizes()
    if known is not None:
        axis %= len(known)
    shape, wanted = g.op("Shape", x), _sizes(g, sizes)
    parts = [_slice(g, shape, 0, 0, axis)] if axis else []
    parts += [wanted] if axis == -1 else [wanted, _slice(g, shape, 0, axis + 1, _END)]
    y = g.op("Reshape", x, g.op("Concat", *parts, axis_i=0))
    inner = symbolic_helper._maybe_get_const(sizes, "is")
    if known is not None and isinstance(inner, list):
        inner = [size if size >= 0 else None for size in inner]
        y.setType(x.type().with_sizes([*known[:axis], *inner, *known[axis + 1 :]]))
    return y


def _cumsum(g, x, dim, dtype=None):
    """ONNX sums no booleans, which torch counts."""
    kind = symbolic_helper._get_const(dtype, "i", "dtype")
    if kind is not None or _is_boolean(x):
        wanted = TensorProtoDataType.INT64 if kind is None else _onnx_type(kind)
        x = g.op("Cast", x, to_i=wanted)
    axis = g.op("Constant", value_t=torch.tensor(symbolic_helper._get_const(dim, "i", "dim")))
    return g.op("CumSum", x, axis)


def _contains(g, numbers, x):
    """Whether a number is in a list; the exporter knows only lists that are not constant."""
    equal = g.op("Cast", g.op("Equal", _sizes(g, numbers), x), to_i=TensorProtoDataType.INT64)
    return g.op("Cast", g.op("ReduceMax", equal, keepdims_i=0), to_i=TensorProtoDataType.BOOL)


def _gru_cell(g, x, hidden, weight, recurrent, bias, recurrent_bias):
    """torch.nn.GRUCell's equations."""
    own = _linear(g, x, weight, bias)
    before = _linear(g, hidden, recurrent, recurrent_bias)
    reset, update, new = g.op("Split", own, axis_i=-1, num_outputs_i=3, outputs=3)
    reset_before, update_before, new_before = g.op("Split", before, axis_i=-1, num_outputs_i=3, outputs=3)
    reset = g.op("Sigmoid", g.op("Add", reset, reset_before))
    update = g.op("Sigmoid", g.op("Add", update, update_before))
    new = g.op("Tanh", g.op("Add", new, g.op("Mul", reset, new_before)))
    return g.op("Add", new, g.op("Mul", update, g.op("Sub", hidden, new)))


def _linear(g, x, weight, bias):
    y = g.op("MatMul", x, g.op("Transpose", weight, perm_i=[1, 0]))
    return y if symbolic_helper._is_none(bias) else g.op("Add", y, bias)


_WRITTEN = {
    "aten::gru_cell": _gru_cell,
    "aten::diff": _diff,
    "aten::unflatten": _unflatten,
    "aten::cumsum": _cumsum,
    "aten::__contains_": _contains,
}


def _is_boolean(x) -> bool:
    return JitScalarType.from_value(x, JitScalarType.UNDEFINED) == JitScalarType.BOOL


def _onnx_type(scalar_type: int):
    return JitScalarType(scalar_type).onnx_type()


def _sizes(g, sizes):
    if symbolic_helper._is_packed_list(sizes):
        ones = [g.op("Reshape", one, _numbers(g, [1])) for one in symbolic_helper._unpack_list(sizes)]
        return g.op("Concat", *ones, axis_i=0)
    return sizes


def _slice(g, x, axis: int, start: int, end: int):
    return g.op("Slice", x, _numbers(g, [start]), _numbers(g, [end]), _numbers(g, [axis]))


def _numbers(g, values: list[int]):
    return g.op("Constant", value_t=torch.tensor(values, dtype=torch.int64))
