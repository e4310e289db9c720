"""The field as surveyed in November 2026: every finding stands in a claim, known by its distinctive words."""

import pytest

from advisor import load_knowledge

SURVEY = {
    # PyTorch
    "TorchScript deprecated": ["deprecated since PyTorch 2.5", "torch.export is the named successor"],
    "TorchScript not removed": ["not removed", "still works in 2.15"],
    "TorchScript and Python 3.14": ["TorchScript is not supported on Python 3.14"],
    "ONNX exporter's default": ["since 2.9", "dynamo=True", "2.11", "still there in 2.15"],
    "ScriptModule to ONNX": ["only with dynamo=False", "TorchExportError"],
    "opsets of the exporter": ["opset 20", "between 18 and 23"],
    "static shapes": ["dynamic_shapes", "dynamic_axes", "baked in"],
    "training mode": ["model.eval()", "Dropout stays live"],
    "data-dependent branches": ["data-dependent branch", "torch.cond", "ONNX If"],
    "tracing bakes a branch in": ["Tracing records only the path taken"],
    ".pt2 without a promise": ["Under active development", "may not be usable in newer versions"],
    ".pt2 unpickles": ["weights_only=False", "CVE-2026-4538"],
    "AOTInductor": ["AOTIModelPackageLoader", "CPU, CUDA, MPS and XPU"],
    "AOTInductor through Torch-TensorRT": ["Torch-TensorRT", "Linux only"],
    "AOTInductor no prototype now": ["prototype", "2.12"],
    "TorchServe archived": [".mar", "archived on 2025-08-07", "no security patches"],
    "TorchServe images": ["AWS", "2026-06-30"],
    "PyTorch Mobile": ["PyTorch Mobile", "deprecated in favour of ExecuTorch"],
    # TensorFlow
    "Keras's exports": ["tf_saved_model, onnx, openvino, litert", "torch (PyTorch backend only)"],
    "Keras saves no SavedModel": ["model.save(folder) raises", "load_model refuses"],
    "Keras's Sequential": ["Sequential that was never called", "opset 15"],
    "TensorFlow Serving": ["2.20: no major features", "no built-in authentication"],
    "TensorFlow Serving's pace": ["TensorFlow Serving loads SavedModel", "2.21"],
    "TF-TRT": ["TF-TRT", "2.17"],
    "LiteRT's name": ["ai-edge-litert", "tf.lite.Interpreter", "tflite-runtime", "2.14"],
    "litert-torch": ["litert-torch is beta", "before 2.15", "ai-edge-torch"],
    "Keras on PyTorch to LiteRT": ["fixed shapes", "PyTorch backend"],
    "TensorFlow.js converter": ["4.22.0", "tf-keras", "Decision Forests"],
    "TensorFlow.js stands still": ["June 2025", "not seen archived"],
    "LiteRT.js": ["LiteRT.js", "WebAssembly, WebGPU or WebNN"],
    "tf2onnx": ["looks for a maintainer", "2.13 to 2.15", "opset 18", "2.21"],
    "tf2onnx's Python": ["tf2onnx names Python 3.10 to 3.12"],
    "tf2onnx is silent": ["TextVectorization", "does not fail", "LSTM, while loops and ragged sums"],
    "py_function": ["py_function", "only as a token"],
    "ONNX to TensorFlow": ["onnx-tf is unmaintained", "onnx2tf"],
    # ONNX
    "opset and IR": ["opset 28", "IR 14", "a server's older one less"],
    "2 GiB": ["2 GiB", ".onnx.data"],
    "telemetry": ["Telemetry is on by default", "1.29", "ORT_DISABLE_TELEMETRY=1"],
    "sparse tensors": ["Sparse tensors do not export to ONNX"],
    "custom operators": ["custom operator needs a translation table", "kernel in the runtime"],
    "bfloat16": ["bfloat16 Gemm and Conv", "float16 Conv, LSTM", "FFT"],
    "quantizing": ["quantize_dynamic", "QDQ", "MatMulNBits"],
    "int8 on a GPU": ["int8 does not automatically gain on a GPU"],
    "ONNX Runtime Web": ["onnxruntime-web/webgpu", "JSEP"],
    "ONNX Runtime on phones": ["onnxruntime-android-qnn", "onnxruntime-objc", "1.18"],
    "no x86 Apple builds": ["Since 1.24", "x86"],
    # Execution providers
    "CPU": ["CPU provider", "Azure", "no GPU"],
    "CUDA": ["onnxruntime-gpu", "CUDA 13 and cuDNN 9"],
    "TensorRT": ["TensorRT provider comes with onnxruntime-gpu"],
    "TensorRT-RTX": ["RTX 30"],
    "OpenVINO": ["onnxruntime-ep-openvino 1.8.1", "1.24.1"],
    "QNN": ["onnxruntime-qnn 2.7.0", "onnxruntime-android-qnn"],
    "WebGPU": ["onnxruntime-ep-webgpu 0.4 is beta"],
    "MIGraphX": ["MIGraphX", "replaces the ROCm provider"],
    "ROCm": ["ROCm provider is gone", "onnxruntime-rocm stops at 1.22"],
    "DirectML": ["DirectML is in maintenance only"],
    "Core ML provider": ["Core ML provider", "iOS pods"],
    "NNAPI": ["Android 15 deprecated NNAPI"],
    "XNNPACK": ["XNNPACK", "was not checked"],
    "Windows ML": ["TensorRT-RTX, OpenVINO, QNN, VitisAI, MIGraphX", "24H2"],
    "Windows ML's MIGraphX": ["reported to be deprecated", "November 2026"],
    "names without a package": ["a name in get_all_providers() without a package"],
    # Serving stacks
    "Triton loads": ["Triton 26.07", "FIL", "TensorRT-LLM", "DALI"],
    "Triton and SavedModel": ["25.02 was the last", "25.03 deprecated it", "README still lists it"],
    "Triton and AOTInductor": ["beta since 26.03", "no batch beyond 1", "no sequence batching"],
    "ONNX Runtime's languages": [".onnx and .ort", "C#, Java, JavaScript and Objective-C"],
    "KServe": ["TF Serving, Triton, OpenVINO Model Server", "MLServer", "PMML"],
    "KServe and TorchServe": ["TorchServe 0.9.0", "23.05", "pin the runtime"],
    "KServe and OpenVINO": ["does not pick OpenVINO Model Server by itself"],
    "OpenVINO Model Server": ["Paddle, SavedModel or frozen TensorFlow", "GenAI", "no PyTorch files"],
    "BentoML": ["BentoML packages Python code", "not tied to a format"],
    "Ray Serve": ["Ray Serve scales Python code", "not tied to a format"],
    "MLflow": ["PyTorch flavour pickles"],
    "MLflow and ONNX": ["an ONNX flavour exists"],
    "SageMaker": ["past their end of patches"],
    "SageMaker and ONNX": ["container of your own or Triton"],
    "Vertex AI": ["prebuilt containers for TensorFlow SavedModel, PyTorch, XGBoost and scikit-learn"],
    "Vertex AI and ONNX": ["No prebuilt ONNX container"],
    "Vertex AI's name": ["Gemini Enterprise Agent Platform"],
    "Azure ML": ["MLflow models", "through Triton, ONNX without code"],
    "Azure ML's licence": ["90 days"],
    "vLLM": ["safetensors", "highly experimental", "not ONNX, TorchScript or SavedModel"],
    "vLLM's refusal is inferred": ["inferred", "not stated"],
    "llama.cpp": ["llama.cpp loads GGUF and nothing else"],
    "LiteRT": [".litertlm", ".tflite"],
    "ExecuTorch": ["loads .pte, one file per backend"],
    "Core ML": ["ONNX input is frozen since coremltools 4"],
    "coremltools' versions": ["coremltools 9.0", "torch 2.7", "TensorFlow 2.12"],
    "coremltools and scikit-learn": ["scikit-learn up to 1.5.1"],
    "Core AI": [".aimodel", "iOS and macOS 27", "not established"],
    "LibTorch": ["TorchScript and AOTInductor packages", "state_dict"],
    "TensorRT 11": ["weak typing", "implicit int8"],
    "engines are tied": ["tied to the operating system, the TensorRT version and the GPU's architecture"],
    # Hardware
    "x86": ["On x86 CPUs: ONNX Runtime first; OpenVINO (Intel), TensorFlow Serving, LibTorch"],
    "Arm servers": ["aarch64", "Triton on Arm has no OpenVINO, FIL or vLLM"],
    "NVIDIA": ["On NVIDIA: ONNX to a TensorRT engine", "CUDA provider", "AOTInductor", "vLLM"],
    "AMD": ["MIGraphX on Linux", "Windows ML or DirectML on Windows"],
    "Intel GPU": ["On Intel GPUs: OpenVINO"],
    "Intel NPU": ["On Intel NPUs: OpenVINO", "LiteRT's Intel NPU support"],
    "Apple": ["On Apple silicon: Core ML first; ExecuTorch"],
    "Apple's Neural Engine in LiteRT": ["the Neural Engine is announced, not there"],
    "iOS": ["On iOS: Core ML first", "iOS 16"],
    "Android": ["On Android: LiteRT or ExecuTorch"],
    "Qualcomm": ["On Qualcomm NPUs: LiteRT, ExecuTorch's QNN backend"],
    "Windows": ["On Windows PCs with mixed chips: ONNX with Windows ML"],
    "browser": ["ONNX Runtime Web with WebGPU first, LiteRT.js, TensorFlow.js as legacy"],
    "microcontrollers": [
        "LiteRT for Microcontrollers",
        "Cortex-M and Ethos-U",
        "ONNX, SavedModel and TorchScript",
    ],
    "tflite-micro is alive": ["tflite-micro", "August 2026"],
    "Jetson": ["built on the device from ONNX"],
    "Inferentia": ["torch_neuronx.trace saved with torch.jit.save", "2.28", "2020"],
    "TPU": ["On TPUs: JAX itself", "vLLM on TPU"],
    # Training frameworks
    "JAX": ["jax.export", "0.10.2", "no official ONNX exporter"],
    "jax2onnx": ["jax2onnx (0.17)", "community"],
    "scikit-learn in float32": ["float32", "float64"],
    "scikit-learn's opset": ["opset 21", "22", "zipmap"],
    "scikit-learn's gaps": ["HistGradientBoosting", "FunctionTransformer(lambda)", "HashingVectorizer"],
    "protobuf and booleans": ["protobuf 7.36", "booleans"],
    "TfidfVectorizer": ["TfidfVectorizer", "en_US.UTF-8"],
    "XGBoost": ["stable .ubj or .json", "pull request 736", "categorical splits"],
    "LightGBM": ["LightGBM", "own text file", "not tested here"],
    "CatBoost": ["numeric features only", "usually faster on x86"],
    "Transformers": ["optimum-onnx", "4.58"],
    "Paddle": ["paddle2onnx", "October 2024", "opset 7 to 16", "Paddle 2.6"],
    "Paddle in OpenVINO": ["read Paddle's own files directly"],
    # Licences and sizes
    "size of onnxruntime": ["onnxruntime 1.32 (MIT", "78 MB", "28 MB"],
    "size of onnxruntime-gpu": ["256 MB", "349 MB", "CUDA 13 and cuDNN 9"],
    "size of torch": ["BSD-3", "754 MB", "192 MB", "1144 MB", "539 MB"],
    "size of tensorflow": ["Apache-2.0", "1879 MB", "572 MB", "274 MB"],
    "size of LiteRT": ["ai-edge-litert 2.3 (Apache-2.0)", "59 MB", "22 MB"],
    "size of ExecuTorch": ["executorch 1.5.1 (BSD-3)", "64 MB", "19 MB"],
    "size of OpenVINO": ["openvino 2026.4.1 (Apache-2.0)", "183 MB", "59 MB"],
    "OpenVINO's telemetry": ["openvino-telemetry"],
    "size of NumPy": ["NumPy alone takes 73 MB"],
    "TensorRT's licence": ["open-source parts are under Apache-2.0", "NVIDIA licence agreement"],
    # Security
    "pickles": ["weights_only=True, the default since PyTorch 2.6", "CVE-2025-32434", "CVE-2026-24747"],
    "loading TorchScript": ["malicious pickle", "torch.jit.load"],
    "loading AOTInductor packages": ["native code by design"],
    "loading a SavedModel": ["ReadFile operator ran after loading", "arbitrary code"],
    "loading .keras": ["safe_mode", "CVE-2025-1550", "CVE-2026-12481", "3.15"],
    "ONNX's faults": ["CVE-2022-25882", "CVE-2025-51480", "CVE-2026-27489", "1.21", "hard link"],
    "ONNX holds no Python": ["holds no Python", "custom-operator libraries run code"],
    "safetensors": ["no code", "audited"],
    "GGUF's parser": ["CVE-2024-23605", "CVE-2024-21802"],
    "scikit-learn's pickles": ["skops", "only in part"],
    "ONNX for scikit-learn": ["most secure option"],
    "TorchServe's faults": ["CVE-2023-43654", "CVE-2024-35198"],
}


@pytest.mark.parametrize("finding", SURVEY)
def test_a_finding_stands_in_one_claim(finding: str) -> None:
    texts = [claim.text for claim in load_knowledge().claims.values()]
    words = SURVEY[finding]
    missing = {word for word in words if not any(word in text for text in texts)}
    assert any(all(word in text for word in words) for text in texts), (
        missing or "in no single claim together"
    )


def test_what_is_not_established_is_of_low_confidence() -> None:
    claims = load_knowledge().claims
    for name in (
        "ep-xnnpack",
        "ep-windows-ml-migraphx",
        "vllm-inferred",
        "tensorrt-licence",
        "vertex-pytorch",
    ):
        assert claims[name].confidence == "low", name
    for claim in claims.values():
        if "No route" in claim.text and "is established" in claim.text:
            assert claim.confidence == "low", claim.id
