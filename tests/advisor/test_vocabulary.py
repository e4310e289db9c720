"""Every id of the command-line contract is known, with a description."""

import pytest

from advisor import Requirements, load_knowledge, recommend

VOCABULARY = {
    "framework": """
        pytorch tensorflow keras jax scikit-learn xgboost lightgbm catboost transformers paddle onnx
        torchscript savedmodel
    """,
    "hardware": """
        x86-cpu arm-cpu nvidia-gpu amd-gpu intel-gpu intel-npu apple-silicon ios android qualcomm-npu
        windows-pc browser microcontroller jetson inferentia tpu
    """,
    "serving": """
        in-process triton tf-serving torchserve kserve openvino-model-server bentoml ray-serve mlflow
        sagemaker vertex-ai azure-ml vllm llama-cpp libtorch litert tfjs onnxruntime-web executorch
        core-ml windows-ml
    """,
    "language": "python cpp java csharp go rust javascript swift kotlin",
    "need": """
        dynamic-control-flow dynamic-shapes custom-ops string-preprocessing categorical-features
        quantized sparse-tensors stateful exact-numerics
    """,
    "constraint": """
        no-python small-image untrusted-models air-gapped single-artifact framework-may-change
        python-3.14
    """,
    "model": "vision text llm audio tabular other",
    "priority": "portability fidelity footprint effort longevity safety",
}


@pytest.mark.parametrize("kind", VOCABULARY)
def test_contract_ids_are_known_in_the_order_of_the_contract(kind: str) -> None:
    entries = load_knowledge().of(kind)
    assert [entry.id for entry in entries] == VOCABULARY[kind].split()
    assert all(entry.name and len(entry.description) > 15 for entry in entries)


@pytest.mark.parametrize(
    "measured", ["onnxruntime", "torchscript", "torch-export", "tensorflow", "keras", "litert"]
)
def test_runtimes_measured_here_are_marked(measured: str) -> None:
    assert load_knowledge().runtimes[measured].measured_here


def test_converters_measured_here() -> None:
    marked = {edge.id for edge in load_knowledge().converters.values() if edge.measured_here}
    assert marked == {
        "torchscript-to-onnx",
        "pt2-to-onnx",
        "pt2-to-torchscript",
        "savedmodel-to-onnx",
        "keras-to-savedmodel",
        "keras-to-onnx",
        "savedmodel-to-litert",
    }


@pytest.mark.parametrize("model", VOCABULARY["model"].split())
def test_every_framework_has_an_answer_for_every_model(model: str) -> None:
    for framework in VOCABULARY["framework"].split():
        result = recommend(Requirements.parse({"framework": framework, "model": model}))
        assert result.verdict in ("recommended", "tie") or model == "llm"
