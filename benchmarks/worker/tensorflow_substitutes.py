"""TensorFlow operators that a target lacks, written out in operators that it has.

A SavedModel is read, its variables become constants, and every node of such an operator becomes a call of a
function that computes the same; what is saved again has the same signature.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from benchmarks.errors import ProblemError

SIGNATURE = "serving_default"
_COMPILED = "_XlaMustCompile"
Substitutes = dict[str, Callable]
"""Operator → what makes of a node of it a concrete function, or None where the node may stay."""

_ERF_ABOVE = (
    -2.72614225801306e-10, 2.77068142495902e-08, -2.10102402082508e-06, -5.69250639462346e-05,
    -7.34990630326855e-04, -2.95459980854025e-03, -1.60960333262415e-02,
)  # fmt: skip
_ERF_BELOW = (
    -1.45660718464996e-05, -2.13374055278905e-04, -1.68282697438203e-03, -7.37332916720468e-03,
    -1.42647390514189e-02,
)  # fmt: skip
"""The rational function by which TensorFlow itself computes erf of float32 (Eigen, erf of
MathFunctionsImpl.h), highest power of x² first."""


@contextmanager
def written_out(source: Path, substitutes: Substitutes) -> Iterator[Path]:
    """A SavedModel with the operators of the one at `source` written out, for as long as it is needed. Raises
    ProblemError where there is none to be written out."""
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder, "savedmodel")
        if not _rewritten(source, written, substitutes):
            raise ProblemError(
                "convert",
                "nothing-to-rewrite",
                "The model has no operator that could be written out in others.",
                "Change the operators that the attempt before named, or keep the source format.",
            )
        yield written


def lacking(source: Path, substitutes: Substitutes) -> list[str]:
    """The operators that a SavedModel's signatures use and that have a substitute: read in a moment, where a
    conversion takes long to fail because of them."""
    saved = saved_model_pb2.SavedModel.FromString(Path(source, "saved_model.pb").read_bytes())
    nodes = [node for part in saved.meta_graphs for node in part.graph_def.node]
    bodies = {f.signature.name: f.node_def for p in saved.meta_graphs for f in p.graph_def.library.function}
    for node in nodes:  # which grows by what it calls
        for value in node.attr.values():
            for called in (value.func, *value.list.func):
                nodes += bodies.pop(called.name, ())
    return sorted({node.op for node in nodes} & set(substitutes))


def _rewritten(source: Path, target: Path, substitutes: Substitutes) -> list[str]:
    """Saves the SavedModel at `source` at `target` with the operators written out and nothing compiled for
    XLA. Returns what was changed; where there is nothing, nothing is saved."""
    loaded = tf.saved_model.load(str(source))
    signature = loaded.signatures[SIGNATURE]
    inputs = signature.structured_input_signature[1]
    outputs = list(signature.structured_outputs)

    @tf.function(input_signature=[tf.TensorSpec(s.shape, s.dtype) for s in inputs.values()])
    def in_order(*tensors):
        given = signature(**dict(zip(inputs, tensors, strict=True)))
        return [given[name] for name in outputs]

    frozen = convert_variables_to_constants_v2(in_order.get_concrete_function(), lower_control_flow=False)
    graph = frozen.graph.as_graph_def()
    found = [_written_out(node, graph.library, substitutes) for node in graph.node]
    for function in list(graph.library.function):
        for node in function.node_def:
            if operator := _written_out(node, graph.library, substitutes):
                found.append(operator)
                _name_outputs(function, node.name)
    functions = graph.library.function
    calls = [*graph.node, *(node for function in functions for node in function.node_def)]
    found.append(_uncompiled([*functions, *calls]))
    found = sorted(set(filter(None, found)))
    if found:
        _rename(functions, calls)
        _save(graph, frozen, inputs, outputs, target)
    return found


def _uncompiled(parts: list) -> str:
    """Takes the mark for XLA away, which keeps calls and functions from being inlined. Returns it where there
    was one, otherwise ""."""
    marked = [part for part in parts if _COMPILED in part.attr]
    for part in marked:
        del part.attr[_COMPILED]
    return _COMPILED if marked else ""


def _rename(functions, calls: list) -> None:
    """Gives every function a name of its own: this process knows the unchanged ones by the old names."""
    names = {function.signature.name for function in functions}
    for function in functions:
        function.signature.name += "_written"
    for node in calls:
        for value in node.attr.values():
            for called in (value.func, *value.list.func):
                if called.name in names:
                    called.name += "_written"


def _written_out(node, library, substitutes: Substitutes) -> str:
    """The node's operator where it became a call, "" where it stayed."""
    operator = node.op
    if operator not in substitutes or not (function := substitutes[operator](node)):
        return ""
    _call(node, function, library)
    return operator


def _name_outputs(function, name: str) -> None:
    """In a function's body an output is referred to by its operator's name for it; a call's is `output`."""
    for node in function.node_def:
        for k, reference in enumerate(node.input):
            if reference.startswith(f"{name}:"):
                node.input[k] = f"{name}:output:{reference.rpartition(':')[2]}"
    for key, reference in function.ret.items():
        if reference.startswith(f"{name}:"):
            function.ret[key] = f"{name}:output:{reference.rpartition(':')[2]}"


def _call(node, function, library) -> None:
    """Makes the node a call of `function`, which is added to the library."""
    definition = function.function_def
    if definition.signature.name not in {known.signature.name for known in library.function}:
        library.function.append(definition)
    kept = {"_output_shapes"} & set(node.attr)
    shapes = {name: type(node.attr[name]).FromString(node.attr[name].SerializeToString()) for name in kept}
    node.op = "PartitionedCall"
    node.attr.clear()
    node.attr["f"].func.name = definition.signature.name
    node.attr["Tin"].list.type.extend(argument.type for argument in definition.signature.input_arg)
    node.attr["Tout"].list.type.extend(argument.type for argument in definition.signature.output_arg)
    for name, shape in shapes.items():
        node.attr[name].CopyFrom(shape)


def _save(graph, frozen, inputs: dict, outputs: list[str], target: Path) -> None:
    """`inputs` and `outputs`: the signature's, in the order of those of `frozen`."""

    class Written(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec(s.shape, s.dtype, name) for name, s in inputs.items()])
        def serve(self, *tensors):
            given = {place.name: tensor for place, tensor in zip(frozen.inputs, tensors, strict=True)}
            wanted = [output.name for output in frozen.outputs]
            done = tf.graph_util.import_graph_def(graph, given, wanted, name="")
            return dict(zip(outputs, done, strict=True))

    written = Written()
    tf.saved_model.save(written, str(target), signatures={SIGNATURE: written.serve})


def _erf(node):
    if node.attr["T"].type != tf.float32.as_datatype_enum:
        return None

    def erf(x):
        x = tf.clip_by_value(x, -4.0, 4.0)
        square = x * x
        return x * _polynomial(square, _ERF_ABOVE) / _polynomial(square, _ERF_BELOW)

    return tf.function(erf).get_concrete_function(tf.TensorSpec(None, tf.float32))


def _erfc(node):
    kind = tf.as_dtype(node.attr["T"].type)
    return tf.function(lambda x: 1 - tf.math.erf(x)).get_concrete_function(tf.TensorSpec(None, kind))


def _polynomial(x, factors: tuple[float, ...]):
    value = tf.fill(tf.shape(x), np.float32(factors[0]))
    for factor in factors[1:]:
        value = value * x + factor
    return value


def _max_pool_3d(node):
    """The largest of each plane, then the largest along the depth."""
    if node.attr["data_format"].s not in (b"", b"NDHWC"):
        return None
    size, step = list(node.attr["ksize"].list.i), list(node.attr["strides"].list.i)
    padding = node.attr["padding"].s.decode()

    def pool(x):
        n, d, h, w, c = tf.unstack(tf.shape(x))
        planes = tf.nn.max_pool2d(tf.reshape(x, [n * d, h, w, c]), size[2:4], step[2:4], padding)
        _, h, w, _ = tf.unstack(tf.shape(planes))
        columns = tf.reshape(planes, [n, d, h * w, c])
        deep = tf.nn.max_pool2d(columns, [size[1], 1], [step[1], 1], padding)
        return tf.reshape(deep, [n, tf.shape(deep)[1], h, w, c])

    return tf.function(pool).get_concrete_function(tf.TensorSpec([None] * 5, tf.float32))


def _split(node):
    """LiteRT splits by sizes of int32 only."""
    if node.attr["Tlen"].type != tf.int64.as_datatype_enum:
        return None
    count = node.attr["num_split"].i

    def split(x, sizes, axis):
        return tf.raw_ops.SplitV(value=x, size_splits=tf.cast(sizes, tf.int32), axis=axis, num_split=count)

    kind = tf.as_dtype(node.attr["T"].type)
    given = [tf.TensorSpec(None, kind), tf.TensorSpec([count], tf.int64), tf.TensorSpec([], tf.int32)]
    return tf.function(split).get_concrete_function(*given)


def _unstack(node):
    """LiteRT unstacks no int64."""
    kind, axis, count = tf.as_dtype(node.attr["T"].type), node.attr["axis"].i, node.attr["num"].i
    if kind != tf.int64 or axis != 0:
        return None
    return tf.function(lambda x: [x[k] for k in range(count)]).get_concrete_function(
        tf.TensorSpec(None, kind)
    )


LITERT: Substitutes = {"Erf": _erf, "MaxPool3D": _max_pool_3d, "SplitV": _split, "Unpack": _unstack}
ONNX: Substitutes = {"Erfc": _erfc}
"""What tf2onnx 1.17 lacks."""
