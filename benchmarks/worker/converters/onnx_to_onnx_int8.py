"""ONNX → ONNX with int8 weights, a scale for each channel. Activations, 8-bit too, are scaled as the model
runs, so that nothing needs to be calibrated."""

import tempfile
from pathlib import Path

from benchmarks.worker import preload
from benchmarks.worker.converters import Example
from benchmarks.worker.onnx_narrowed import read, refuse_if_nothing, tensors

VIA = "onnxruntime.quantization.quantize_dynamic(…, per_channel=True, weight_type=QuantType.QInt8)"
PACKAGES = ("onnxruntime", "onnx")
PRODUCTS = ("Attention", "LSTM", "MatMul")
"""What ONNX Runtime recommends dynamic quantisation for: transformers and recurrent models, not convolutions
(onnxruntime.ai/docs/performance/model-optimizations/quantization.html). Gemm is among them: it is split into
MatMul and Add."""
_CANDIDATES = "constant weights of matrix products, convolutions or LSTMs"


def unavailable() -> str:
    return preload.missing.get("onnxruntime", "") or preload.missing.get("onnx", "")


def _all(source: Path, target: Path, example: Example) -> None:
    _quantise(source, target, prepare=True)


def _products(source: Path, target: Path, example: Example) -> None:
    _quantise(source, target, prepare=True, operators=PRODUCTS)


def _unprepared(source: Path, target: Path, example: Example) -> None:
    _quantise(source, target, prepare=False)


def _quantise(source: Path, target: Path, prepare: bool, operators: tuple[str, ...] = ()) -> None:
    """`prepare`: infer shapes and fold batch normalisation first, as ONNX Runtime asks; `operators`: which to
    quantise, all that can be if empty. Raises ProblemError where none was."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    kinds = (onnx.TensorProto.INT8, onnx.TensorProto.UINT8)
    model = read(source)
    refuse_if_nothing(tensors(model, onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16), "int8", _CANDIDATES)
    before = tensors(model, *kinds)
    with tempfile.TemporaryDirectory() as folder:
        whole = prepared = f"{folder}/whole.onnx"
        onnx.save(model, whole)
        if prepare:
            prepared = f"{folder}/prepared.onnx"
            quant_pre_process(whole, prepared, skip_symbolic_shape=True)
        quantize_dynamic(
            prepared,
            target,
            per_channel=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=list(operators),
            extra_options={"EnableSubgraph": True},
        )
    after = tensors(onnx.load(target), *kinds)
    refuse_if_nothing(after - before, "int8", _CANDIDATES)


LADDER = {
    "every operator that can be": _all,
    "matrix products and LSTMs only": _products,
    "every operator that can be, the graph not prepared": _unprepared,
}
