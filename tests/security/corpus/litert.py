"""LiteRT: flat files of offsets, with operators that need another library, and loops."""

import functools
from collections.abc import Callable
from pathlib import Path

from tests.security.corpus.case import Case, Targets, tensor

INPUTS = (tensor("x", (1, 3)),)


def _converted(body: Callable, select: bool = False) -> bytes:
    import tensorflow as tf

    function = tf.function(lambda x: body(tf, x), input_signature=[tf.TensorSpec([1, 3], name="x")])
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()])
    if select:
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    return converter.convert()


@functools.cache
def _sound() -> bytes:
    return _converted(lambda tf, x: tf.add(tf.nn.relu(x * [[1.0, 2.0, 3.0]]), [[1.0, 2.0, 4.0]]))


@functools.cache
def _flex() -> bytes:
    return _converted(lambda tf, x: tf.math.erf(x), select=True)


@functools.cache
def _endless() -> bytes:
    def body(tf, x):
        return tf.while_loop(lambda x: tf.reduce_all(tf.equal(x, x)), lambda x: (x * 1.0,), [x])[0]

    return _converted(body)


@functools.cache
def _schema():
    from tensorflow.lite.python import schema_py_generated

    return schema_py_generated


def _edited(edit: Callable, model: Callable[[], bytes] = _sound) -> Callable[[], bytes]:
    """The model with `edit(tree)` made through LiteRT's own schema."""

    def make() -> bytes:
        import flatbuffers

        tree = _schema().ModelT.InitFromPackedBuf(model())
        edit(tree)
        builder = flatbuffers.Builder(1024)
        builder.Finish(tree.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    return make


def _custom(tree) -> None:
    code = tree.operatorCodes[0]
    code.builtinCode, code.deprecatedBuiltinCode, code.customCode = 32, 32, b"RunAnything"


def _tensor_index(tree) -> None:
    operator = tree.subgraphs[0].operators[0]
    operator.inputs = [1_000_000, *operator.inputs[1:]]


def _operator_index(tree) -> None:
    tree.subgraphs[0].operators[0].opcodeIndex = 1_000_000


def _buffer_index(tree) -> None:
    tree.subgraphs[0].tensors[0].buffer = 1_000_000


def _weights_of(tree):
    return next(t for t in tree.subgraphs[0].tensors if tree.buffers[t.buffer].data is not None)


def _declares(tree) -> None:
    _weights_of(tree).shape = [1 << 20, 1 << 20]


def _negative(tree) -> None:
    _weights_of(tree).shape = [-1, -7]


def _offset(tree) -> None:
    buffer = tree.buffers[_weights_of(tree).buffer]
    buffer.data, buffer.offset, buffer.size = None, 1 << 40, 12


def _own_caller(tree) -> None:
    """An operator that calls the graph in which it stands."""
    code = tree.operatorCodes[0]
    schema = _schema()
    code.builtinCode = schema.BuiltinOperator.CALL_ONCE
    code.deprecatedBuiltinCode = 127
    operator = tree.subgraphs[0].operators[0]
    operator.builtinOptionsType = schema.BuiltinOptions.CallOnceOptions
    operator.builtinOptions = schema.CallOnceOptionsT()
    operator.inputs, operator.outputs = [], []


def _flipped(model: Callable[[], bytes]) -> bytes:
    """Every 37th byte inverted behind the header."""
    data = bytearray(model())
    for at in range(64, len(data), 37):
        data[at] ^= 0xFF
    return bytes(data)


def _case(name: str, make: Callable[[], bytes], expects: str, *kinds: str, **more) -> Case:
    def build(folder: Path, at: Targets) -> Path:
        (path := folder / "model.tflite").write_bytes(make())
        return path

    more = {"loads_as": "litert", "inputs": INPUTS} | more
    return Case(f"litert-{name}", "litert", expects, build, kinds, "tensorflow", **more)


BROKEN = ("damaged-model", "truncated-model", "index-out-of-range")
CASES = (
    _case("sound", _sound, "accepted"),
    _case("flex", _flex, "refused", "flex-operator"),
    _case("custom-operator", _edited(_custom), "refused", "custom-operator"),
    _case("endless", _endless, "contained", ends=("timeout",)),
    _case("calls-itself", _edited(_own_caller), "contained"),
    _case("tensor-index", _edited(_tensor_index), "refused", *BROKEN),
    _case("operator-index", _edited(_operator_index), "refused", *BROKEN),
    _case("buffer-index", _edited(_buffer_index), "refused", *BROKEN),
    _case("declares-4-TB", _edited(_declares), "refused", "tensor-size"),
    _case("declares-negative", _edited(_negative), "refused", *BROKEN),
    _case("data-behind-the-end", _edited(_offset), "refused", "external-buffer"),
    _case("flipped-bytes", lambda: _flipped(_sound), "refused", *BROKEN),
    _case("truncated", lambda: _sound()[: len(_sound()) * 2 // 3], "refused", *BROKEN),
)
