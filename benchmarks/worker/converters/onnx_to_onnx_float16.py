"""ONNX → ONNX in float16, which halves the file. Inputs and outputs keep their types."""

from pathlib import Path

import numpy as np

from benchmarks.worker import preload
from benchmarks.worker.converters import Example
from benchmarks.worker.onnx_narrowed import read, refuse_if_nothing, tensors

VIA = "onnxruntime.transformers.float16.convert_float_to_float16(…, keep_io_types=True)"
PACKAGES = ("onnxruntime", "onnx")
PRODUCTS = {"Conv", "ConvTranspose", "Einsum", "GRU", "Gemm", "LSTM", "MatMul", "RNN"}
"""Sums of many products, which lose least: what torch.amp runs in float16 too
(docs.pytorch.org/docs/stable/amp.html, "CUDA Ops that can autocast to float16")."""
_RANGE = np.finfo(np.float16)


def unavailable() -> str:
    return preload.missing.get("onnxruntime", "") or preload.missing.get("onnx", "")


def _whole(source: Path, target: Path, example: Example) -> None:
    _convert(read(source), target, set())


def _products(source: Path, target: Path, example: Example) -> None:
    model = read(source)
    _convert(model, target, {node.op_type for node in model.graph.node} - PRODUCTS)


def _convert(model, target: Path, kept: set[str]) -> None:
    """`kept`: operators left in float32, besides those that have no other type. Raises ProblemError where
    nothing became float16."""
    import onnx
    from onnxruntime.transformers import float16

    before = tensors(model, onnx.TensorProto.FLOAT16)
    blocked = sorted({*float16.DEFAULT_OP_BLOCK_LIST, *kept})
    model = float16.convert_float_to_float16(model, keep_io_types=True, op_block_list=blocked)
    refuse_if_nothing(tensors(model, onnx.TensorProto.FLOAT16) - before, "float16", "weights in float32")
    onnx.save(model, target)


def _weights(source: Path, target: Path, example: Example) -> None:
    """Single numbers, which may be as small as an epsilon, stay. Raises ProblemError where there is nothing
    else in float32."""
    import onnx

    model = read(source)
    casts = []
    for weight in model.graph.initializer:
        name, array = weight.name, onnx.numpy_helper.to_array(weight)
        if weight.data_type == onnx.TensorProto.FLOAT and array.size > 1:
            narrowed = np.clip(array, _RANGE.min, _RANGE.max).astype(np.float16)
            weight.CopyFrom(onnx.numpy_helper.from_array(narrowed, f"{name}/float16"))
            casts.append(onnx.helper.make_node("Cast", [weight.name], [name], to=onnx.TensorProto.FLOAT))
    refuse_if_nothing(len(casts), "float16", "weights in float32")
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*casts, *nodes])
    onnx.save(model, target)


LADDER = {
    "the whole model": _whole,
    "matrix products, convolutions and recurrent layers only": _products,
    "weights only, computed in float32": _weights,
}
