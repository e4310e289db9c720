"""Every id of the command-line contract is known, with a description, a status, a licence and its claims."""

import pytest

from advisor import Requirements, load_knowledge, recommend
from advisor.graph import STATUSES, Converter, Format, Provider, Runtime

VOCABULARY = {
    "framework": """
        pytorch tensorflow keras jax scikit-learn xgboost lightgbm catboost transformers paddle onnx
        torchscript savedmodel
    """,
    "hardware": """
        x86-cpu arm-cpu nvidia-gpu amd-gpu intel-gpu intel-npu apple-silicon ios android qualcomm-npu
        windows-pc browser microcontroller jetson inferentia tpu
    """,
    "format": """
        onnx torchscript savedmodel pt2 aotinductor keras litert openvino tensorrt core-ml executorch tfjs
        safetensors gguf stablehlo skops xgboost-native lightgbm-native catboost-native
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


def test_execution_providers() -> None:
    """Each with a package and hardware; what is gone is known too, so that it can be warned of."""
    providers = load_knowledge().providers
    living = {
        *("cpu", "cuda", "tensorrt", "tensorrt-rtx", "openvino", "coreml", "directml", "windows-ml", "qnn"),
        *("migraphx", "xnnpack", "webgpu", "wasm"),
    }
    assert set(providers) == living | {"nnapi", "rocm"}
    assert all(one.package and one.hardware and one.runtimes for one in providers.values())
    assert {
        name for name in living if providers[name].status not in ("active", "beta", "maintenance")
    } == set()
    assert (providers["nnapi"].status, providers["rocm"].status) == ("deprecated", "archived")
    assert providers["directml"].status == "maintenance"


@pytest.mark.parametrize("kind", load_knowledge().entries)
def test_every_entry_says_what_it_is_and_who_says_so(kind: str) -> None:
    for entry in load_knowledge().of(kind):
        assert entry.name and len(entry.description) > 15 and entry.description.endswith("."), entry.id
        assert entry.status in STATUSES
        assert entry.status_since or entry.status not in ("deprecated", "archived", "stale"), entry.id
        assert entry.claims, entry.id
        if isinstance(entry, (Format, Runtime, Converter, Provider)):
            assert entry.licence, entry.id
        if isinstance(entry, Runtime):
            assert entry.footprint_claim, entry.id
            claim = entry.footprint_claim.text
            measured = entry.footprint_mb is not None
            assert f"{entry.footprint_mb} MB" in claim if measured else "measured" in claim, entry.id
        if isinstance(entry, Converter):
            assert entry.exporter and entry.package, entry.id


FOOTPRINTS = {
    "onnxruntime": 78,
    "torchscript": 754,
    "libtorch": 754,
    "torch-export": 754,
    "torch": 754,
    "transformers": 754,
    "aotinductor": 754,
    "tensorflow": 1879,
    "keras": 1879,
    "litert": 59,
    "executorch": 64,
    "openvino": 183,
}


def test_sizes_are_those_measured_and_no_others() -> None:
    measured = {one.id: one.footprint_mb for one in load_knowledge().runtimes.values() if one.footprint_mb}
    assert measured == FOOTPRINTS


def test_three_formats_are_asked_about_first() -> None:
    formats = load_knowledge().formats.values()
    assert [file.id for file in formats if file.headline] == ["onnx", "torchscript", "savedmodel"]
    assert {file.id for file in formats if not file.master} == {"aotinductor", "tensorrt", "tfjs"}
    assert {file.id for file in formats if not file.graph} == {"safetensors", "gguf"}


def test_nothing_leads_from_onnx_to_core_ml_or_into_what_is_archived() -> None:
    knowledge = load_knowledge()
    assert "onnx-to-core-ml" not in knowledge.converters
    assert "savedmodel" not in knowledge.serving["triton"].loads
    assert knowledge.serving["torchserve"].status == "archived" and not knowledge.serving["torchserve"].loads


@pytest.mark.parametrize(
    "measured",
    [
        "onnxruntime",
        "torchscript",
        "libtorch",
        "torch-export",
        "aotinductor",
        "tensorflow",
        "keras",
        "litert",
        "openvino",
        "scikit-learn",
        "xgboost",
        "lightgbm",
    ],
)
def test_runtimes_measured_here_are_marked(measured: str) -> None:
    assert load_knowledge().runtimes[measured].measured_here


def test_converters_measured_here() -> None:
    marked = {edge.id for edge in load_knowledge().converters.values() if edge.measured_here}
    assert marked == {
        "pytorch-to-torchscript",
        "pytorch-to-pt2",
        "pt2-to-aotinductor",
        "pytorch-to-onnx",
        "onnx-to-torchscript",
        "onnx-to-pt2",
        "onnx-to-savedmodel",
        "torchscript-to-onnx",
        "pt2-to-onnx",
        "pt2-to-torchscript",
        "savedmodel-to-onnx",
        "keras-to-savedmodel",
        "keras-to-onnx",
        "savedmodel-to-litert",
        "keras-to-litert",
        "litert-to-onnx",
        "onnx-to-openvino",
        "savedmodel-to-openvino",
        "torchscript-to-openvino",
        "pt2-to-openvino",
        "litert-to-openvino",
        "skops-to-onnx",
        "xgboost-native-to-onnx",
        "lightgbm-native-to-onnx",
    }


@pytest.mark.parametrize("model", VOCABULARY["model"].split())
def test_every_framework_has_an_answer_for_every_model(model: str) -> None:
    for framework in VOCABULARY["framework"].split():
        result = recommend(Requirements.parse({"framework": framework, "model": model}))
        assert result.verdict in ("recommended", "tie") or model == "llm"


def test_no_plan_goes_where_this_program_converts_only_to_compare() -> None:
    """TensorFlow Serving would take a PyTorch model by way of ONNX, if it were advised."""
    answers = {"framework": "pytorch", "serving": "tf-serving"}
    assert not load_knowledge().converters["onnx-to-savedmodel"].advised
    assert recommend(Requirements.parse(answers)).verdict == "none"
