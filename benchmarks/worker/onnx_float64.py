"""An ONNX model widened to float64: weights, constants, casts and declared types, subgraphs included."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.artifact import TensorSpec

if TYPE_CHECKING:
    import onnx

_FLOAT, _FLOAT16, _BFLOAT16, _DOUBLE, _COMPLEX64, _COMPLEX128 = 1, 10, 16, 11, 14, 15
_WIDER = {_FLOAT: _DOUBLE, _FLOAT16: _DOUBLE, _BFLOAT16: _DOUBLE, _COMPLEX64: _COMPLEX128}
"""`onnx.TensorProto.DataType`."""
_TYPE_ATTRIBUTES = ("to", "dtype", "output_dtype")
"""Cast, RandomNormal and EyeLike, DequantizeLinear: attributes that hold a data type."""


def widened(path: Path) -> "onnx.ModelProto":
    """Raises what onnx raises where the file or its external data cannot be read."""
    import onnx

    model = onnx.load(str(path))
    for function in model.functions:
        _widen_nodes(function.node)
    _widen_graph(model.graph)
    return model


def _widen_graph(graph) -> None:
    for value in (*graph.input, *graph.output):
        _widen_type(value.type)
    del graph.value_info[:]  # inferred again
    for tensor in graph.initializer:
        _widen_tensor(tensor)
    _widen_nodes(graph.node)


def _widen_type(declared) -> None:
    kind = declared.WhichOneof("value")
    if kind == "tensor_type":
        declared.tensor_type.elem_type = _WIDER.get(
            declared.tensor_type.elem_type, declared.tensor_type.elem_type
        )
    elif kind in ("sequence_type", "optional_type"):
        _widen_type(getattr(declared, kind).elem_type)


def _widen_nodes(nodes) -> None:
    for node in nodes:
        for attribute in node.attribute:
            if attribute.name in _TYPE_ATTRIBUTES and attribute.i in _WIDER:
                attribute.i = _WIDER[attribute.i]
            if attribute.HasField("t"):
                _widen_tensor(attribute.t)
            if attribute.HasField("g"):
                _widen_graph(attribute.g)
            for graph in attribute.graphs:
                _widen_graph(graph)
            if node.op_type == "Constant" and attribute.name in ("value_float", "value_floats"):
                _spell_out(attribute)


def _spell_out(attribute) -> None:
    """A constant that is given as a number has float32 for its type; as a tensor it may have another."""
    import onnx

    plain = attribute.f if attribute.name == "value_float" else list(attribute.floats)
    tensor = onnx.numpy_helper.from_array(np.array(plain, np.float64))
    attribute.CopyFrom(onnx.helper.make_attribute("value", tensor))


def _widen_tensor(tensor) -> None:
    import onnx

    if tensor.data_type in _WIDER:
        wide = np.complex128 if tensor.data_type == _COMPLEX64 else np.float64
        array = onnx.numpy_helper.to_array(tensor).astype(wide)
        tensor.CopyFrom(onnx.numpy_helper.from_array(array, tensor.name))


TRAINING_SAID = 14
"""From this opset on BatchNormalization says whether it trains."""


def _norm():
    """BatchNormalization as inference does it: of opset 9 to 13, onnx 1.23 evaluates the training kind
    wherever the attribute momentum has its default."""
    from onnx.reference.op_run import OpRun

    class BatchNormalization(OpRun):
        op_domain = ""

        def _run(self, x, scale, bias, mean, variance, epsilon=None, momentum=None, training_mode=None):
            along = (1, -1, *[1] * (x.ndim - 2))
            factor = (scale / np.sqrt(variance + epsilon)).reshape(along)
            return ((x - mean.reshape(along)) * factor + bias.reshape(along),)

    return BatchNormalization


class EvaluatorSession:
    """`onnx.reference.ReferenceEvaluator`, called as a runtime is."""

    def __init__(self, model: "onnx.ModelProto"):
        from onnx.reference import ReferenceEvaluator

        opset = max((one.version for one in model.opset_import if one.domain in ("", "ai.onnx")), default=0)
        self._evaluator = ReferenceEvaluator(model, new_ops=[_norm()] if opset < TRAINING_SAID else [])
        weights = {tensor.name for tensor in model.graph.initializer}  # inputs too, before IR version 4
        names = [name for name in self._evaluator.input_names if name not in weights]
        self.inputs = tuple(TensorSpec(name, None, None) for name in names)
        self.outputs = tuple(self._evaluator.output_names)

    def bind(self, feeds: list[np.ndarray]):
        named = {spec.name: feed for spec, feed in zip(self.inputs, feeds, strict=True)}
        return lambda: self._evaluator.run(None, named)

    def arrays(self, raw) -> list[np.ndarray]:
        return [np.asarray(output) for output in raw]
