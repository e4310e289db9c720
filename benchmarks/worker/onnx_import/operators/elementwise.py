"""Operators that work element by element."""

import math

import numpy as np

from benchmarks.worker.onnx_import.graph import dtype_name
from benchmarks.worker.onnx_import.registry import operator

_UNARY = {
    "Abs": "abs", "Neg": "neg", "Exp": "exp", "Log": "log", "Sqrt": "sqrt", "Sin": "sin", "Cos": "cos",
    "Tan": "tan",
    "Asin": "asin", "Acos": "acos", "Atan": "atan", "Sinh": "sinh", "Cosh": "cosh", "Tanh": "tanh",
    "Asinh": "asinh", "Acosh": "acosh", "Atanh": "atanh", "Floor": "floor", "Ceil": "ceil", "Round": "round",
    "Sign": "sign", "Sigmoid": "sigmoid", "Erf": "erf", "Reciprocal": "reciprocal", "IsNaN": "isnan",
    "Not": "logical_not", "BitwiseNot": "bitwise_not",
}  # fmt: skip


def _register_unary(onnx_name: str, name: str) -> None:
    @operator(onnx_name)
    def unary(b, node, x):
        return b.unary(name, x)


def _register_binary(onnx_name: str, method: str, *rest) -> None:
    @operator(onnx_name)
    def binary(b, node, x, y):
        x, y = _aligned(b, node, x, y)
        return getattr(b, method)(x, y, *rest)


def _aligned(b, node, x, y):
    """Opsets below 7 name the axis of x at which y begins."""
    if node.opset < 7 and node.attribute("broadcast") and node.attribute("axis") is not None:
        axis = node.attribute("axis") % b.rank(x)
        behind = b.rank(x) - axis - b.rank(y)
        y = b.unsqueeze(y, [b.rank(y) + i for i in range(behind)])
    return x, y


for _onnx, _name in _UNARY.items():
    _register_unary(_onnx, _name)
for _onnx, _call in {
    "Add": ("add",), "Sub": ("sub",), "Mul": ("mul",), "Div": ("div",), "And": ("logical", "and"),
    "Or": ("logical", "or"), "Xor": ("logical", "xor"), "BitwiseAnd": ("bitwise", "and"),
    "BitwiseOr": ("bitwise", "or"), "BitwiseXor": ("bitwise", "xor"), "Equal": ("compare", "equal"),
    "Less": ("compare", "less"), "Greater": ("compare", "greater"), "LessOrEqual": ("compare", "less_equal"),
    "GreaterOrEqual": ("compare", "greater_equal"),
}.items():  # fmt: skip
    _register_binary(_onnx, *_call)


@operator("Identity", raw=None)
def identity(b, node, x):
    return x


@operator("Dropout")
def dropout(b, node, x, ratio=None, training=None):
    if training is not None and not bool(b.constant(training, "training_mode")):
        training = None
    if training is not None and ratio is not None and not float(b.constant(ratio, "ratio")):
        training = None
    if training is not None:
        raise node.unsupported("it is in training mode", "Export the model after model.eval().")
    kind = "bool" if node.opset >= 10 else b.dtype(x)
    return (x, b.full(b.shape(x), 1, kind)) if len(node.outputs) > 1 else x


@operator("Pow")
def power(b, node, x, y):
    x, y = _aligned(b, node, x, y)
    kind = b.dtype(x)
    if b.dtype(y) == kind:
        return b.pow(x, y)
    if kind.startswith(("int", "uint")) and b.dtype(y).startswith(("float", "double")):
        return b.cast(b.pow(b.cast(x, "float64"), b.cast(y, "float64")), kind)
    return b.pow(x, b.cast(y, kind))


@operator("Mod")
def modulo(b, node, x, y):
    return b.fmod(x, y) if node.attribute("fmod") else b.mod(x, y)


@operator("BitShift")
def bit_shift(b, node, x, y):
    return b.shift_left(x, y) if node.text("direction") == "LEFT" else b.shift_right(x, y)


def _fold(method: str):
    def function(b, node, *values):
        result = values[0]
        for value in values[1:]:
            result = getattr(b, method)(result, value)
        return result

    return function


operator("Max")(_fold("maximum"))
operator("Min")(_fold("minimum"))
operator("Sum")(_fold("add"))


@operator("Mean")
def mean(b, node, *values):
    return _fold("add")(b, node, *values) / len(values)


@operator("Where")
def where(b, node, condition, x, y):
    return b.where(condition, x, y)


@operator("Clip")
def clip(b, node, x, low=None, high=None):
    if node.opset < 11:
        low = None if node.attribute("min") is None else b.number(node.attribute("min"), x)
        high = None if node.attribute("max") is None else b.number(node.attribute("max"), x)
    return b.clip(x, low, high)


@operator("Relu")
def relu(b, node, x):
    return b.relu(x)


@operator("LeakyRelu")
def leaky_relu(b, node, x):
    return b.where(x < 0, x * node.attribute("alpha"), x)


@operator("PRelu")
def prelu(b, node, x, slope):
    if node.opset < 7 and b.rank(slope) == 1 and b.shape(slope)[0] != 1:
        slope = b.reshape(slope, [b.shape(slope)[0], *[1] * (b.rank(x) - 2)])
    return b.where(x < 0, b.mul(x, slope), x)


@operator("Elu")
def elu(b, node, x):
    return b.where(x > 0, x, (b.unary("exp", b.minimum(x, b.number(0.0, x))) - 1) * node.attribute("alpha"))


@operator("Selu")
def selu(b, node, x):
    alpha, gamma = node.attribute("alpha"), node.attribute("gamma")
    negative = (b.unary("exp", b.minimum(x, b.number(0.0, x))) - 1) * alpha
    return b.where(x > 0, x, negative) * gamma


@operator("Celu")
def celu(b, node, x):
    alpha, zero = node.attribute("alpha"), b.number(0.0, x)
    return b.maximum(x, zero) + b.minimum((b.unary("exp", x / alpha) - 1) * alpha, zero)


@operator("HardSigmoid")
def hard_sigmoid(b, node, x):
    y = x * node.attribute("alpha") + node.attribute("beta")
    return b.clip(y, b.number(0.0, x), b.number(1.0, x))


@operator("HardSwish")
def hard_swish(b, node, x):
    return x * b.clip(x / 6.0 + 0.5, b.number(0.0, x), b.number(1.0, x))


@operator("Softplus")
def softplus(b, node, x):
    return b.maximum(x, b.number(0.0, x)) + b.unary("log1p", b.unary("exp", -b.unary("abs", x)))


@operator("Softsign")
def softsign(b, node, x):
    return x / (b.unary("abs", x) + 1)


@operator("Mish")
def mish(b, node, x):
    return x * b.unary("tanh", softplus(b, node, x))


@operator("Gelu")
def gelu(b, node, x):
    return b.gelu(x, node.text("approximate") == "tanh")


@operator("ThresholdedRelu")
def thresholded_relu(b, node, x):
    return b.where(x > node.attribute("alpha"), x, b.number(0.0, x))


@operator("Shrink")
def shrink(b, node, x):
    bias, lambd = node.attribute("bias"), node.attribute("lambd")
    kind = b.dtype(x)
    wide = b.cast(x, "float32") if not kind.startswith(("float", "bfloat")) else x
    zero = b.number(0.0, wide)
    return b.cast(b.where(wide < -lambd, wide + bias, b.where(wide > lambd, wide - bias, zero)), kind)


@operator("IsInf")
def is_inf(b, node, x):
    positive, negative = node.attribute("detect_positive"), node.attribute("detect_negative")
    found = b.unary("isinf", x)
    if positive and negative:
        return found
    sign = x > 0 if positive else x < 0
    return b.logical(found, sign, "and") if positive or negative else b.logical(found, found, "xor")


@operator("Cast")
def cast(b, node, x):
    return convert(b, node, x, node.attribute("to"))


@operator("CastLike")
def cast_like(b, node, x, like):
    return to_dtype(b, x, b.dtype(like))


def convert(b, node, x, elem_type: int):
    name = dtype_name(elem_type)
    if name == "str" or not b.has_dtype(name):
        raise node.unsupported(f"the target has no type {name}")
    return to_dtype(b, x, name)


def to_dtype(b, x, name: str):
    """Floats become integers toward zero, and bool where they are not zero."""
    source = b.dtype(x)
    if source == name:
        return x
    if name == "bool":
        return b.compare(x, b.number(0, x), "equal") ^ b.number(True, b.compare(x, x, "equal"))
    return b.cast(x, name)


@operator("BitCast")
def bit_cast(b, node, x):
    name = dtype_name(node.attribute("to"))
    if not b.has_dtype(name):
        raise node.unsupported(f"the target has no type {name}")
    return b.bitcast(x, name)


@operator("Swish")
def swish(b, node, x):
    return x * b.unary("sigmoid", x * float(node.attribute("alpha")))


SQRT_HALF = math.sqrt(0.5)
ZERO = np.zeros((), np.float32)
