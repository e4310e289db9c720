"""A SavedModel's signature widened to float64: its variables frozen, every type in the graph rewritten."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

_WIDER = {
    tf.float16.as_datatype_enum: tf.float64.as_datatype_enum,
    tf.bfloat16.as_datatype_enum: tf.float64.as_datatype_enum,
    tf.float32.as_datatype_enum: tf.float64.as_datatype_enum,
    tf.complex64.as_datatype_enum: tf.complex128.as_datatype_enum,
}


def widened(signature, inputs: Sequence[str], outputs: Sequence[str]):
    """A function from the inputs, in order, to the outputs, in order. Raises what TensorFlow raises where an
    operator has no kernel or no definition for float64."""
    keyed = signature.structured_input_signature[1]
    specs = [tf.TensorSpec(keyed[name].shape, keyed[name].dtype) for name in inputs]

    @tf.function(input_signature=specs)
    def ordered(*tensors):
        answer = signature(**dict(zip(inputs, tensors, strict=True)))
        return [answer[name] for name in outputs]

    frozen = convert_variables_to_constants_v2(ordered.get_concrete_function())
    graph = frozen.graph.as_graph_def()
    nodes = [part for node in graph.node for part in _without_fused_norm(node)]
    del graph.node[:]
    graph.node.extend(nodes)
    for node in graph.node:
        _widen(node.attr)
    for function in graph.library.function:
        for argument in (*function.signature.input_arg, *function.signature.output_arg):
            argument.type = _WIDER.get(argument.type, argument.type)
        for node in function.node_def:
            _widen(node.attr)
    whole = tf.compat.v1.wrap_function(lambda: tf.graph_util.import_graph_def(graph, name=""), [])
    elements = [
        [whole.graph.as_graph_element(t.name) for t in ends] for ends in (frozen.inputs, frozen.outputs)
    ]
    return whole.prune(*elements)


def _widen(attributes) -> None:
    for value in attributes.values():
        kind = value.WhichOneof("value")
        if kind == "type":
            value.type = _WIDER.get(value.type, value.type)
        elif kind == "list" and value.list.type:
            value.list.type[:] = [_WIDER.get(one, one) for one in value.list.type]
        elif kind == "tensor" and value.tensor.dtype in _WIDER:
            wide = np.complex128 if value.tensor.dtype == tf.complex64.as_datatype_enum else np.float64
            value.tensor.CopyFrom(tf.make_tensor_proto(tf.make_ndarray(value.tensor).astype(wide)))


def _without_fused_norm(node) -> list:
    """A batch normalisation of the inference kind spelt out, since the fused one exists in float32 only:
    (x − mean) · (scale · rsqrt(variance + ε)) + offset, channels last."""
    if not node.op.startswith("FusedBatchNorm") or node.attr["is_training"].b:
        return [node]
    if node.attr["data_format"].s not in (b"", b"NHWC"):
        return [node]  # refused when it is imported
    x, scale, offset, mean, variance = node.input[:5]
    epsilon = tf.compat.v1.NodeDef(name=f"{node.name}/epsilon", op="Const")
    epsilon.attr["dtype"].type = tf.float64.as_datatype_enum
    epsilon.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(np.float64(node.attr["epsilon"].f)))

    def operator(name: str, op: str, *inputs: str):
        made = tf.compat.v1.NodeDef(name=name, op=op, input=inputs)
        made.attr["T"].type = tf.float64.as_datatype_enum
        return made

    part = f"{node.name}/widened_"
    return [
        epsilon,
        operator(f"{part}shifted", "AddV2", variance, epsilon.name),
        operator(f"{part}root", "Rsqrt", f"{part}shifted"),
        operator(f"{part}factor", "Mul", f"{part}root", scale),
        operator(f"{part}centred", "Sub", x, mean),
        operator(f"{part}scaled", "Mul", f"{part}centred", f"{part}factor"),
        operator(node.name, "AddV2", f"{part}scaled", offset),
    ]
