"""What no plan may hold, whatever the TOML files say: so that a false entry in them is found too.

Each is a fact of the survey that the product starts from, checked 2026-11-23."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple


class Said(NamedTuple):
    """One line of a plan with the answers it is for; `serving` where the stack is asked of this target."""

    framework: str
    hardware: str
    serving: str | None
    needs: tuple[str, ...]
    constraints: tuple[str, ...]
    model: str | None
    format: str
    steps: tuple[str, ...]
    provider: str
    package: str

    @property
    def delivered(self) -> str:
        return self.steps[-1]

    def converts(self, start: str, end: str) -> bool:
        return (start, end) in pairwise(self.steps)


@dataclass(frozen=True)
class Never:
    """A fact, where it is written, whether a line goes against it, and an example that does: what is other in
    it than in PyTorch → ONNX on an undecided target."""

    fact: str
    source: str
    broken: Callable[[Said], bool]
    example: dict[str, Any]


SOUND = Said("pytorch", "undecided", None, (), (), None, "onnx", ("pytorch", "onnx"), "", "onnxruntime")
LOADS = {
    "torchserve": (),
    "tf-serving": ("savedmodel",),
    "vllm": ("safetensors", "gguf"),
    "llama-cpp": ("gguf",),
    "libtorch": ("torchscript", "aotinductor"),
    "litert": ("litert",),
    "tfjs": ("tfjs",),
    "onnxruntime-web": ("onnx",),
    "executorch": ("executorch",),
    "core-ml": ("core-ml",),
    "windows-ml": ("onnx",),
}
"""The stacks that load these formats and no others."""
RUNS_CODE = {"torchscript", "pt2", "aotinductor", "savedmodel", "keras"}
FOLDERS = {"savedmodel", "tfjs"}
LARGE = {"onnxruntime-gpu", "torch", "tensorflow"}
"""349, 754 and 1879 MB unpacked."""

NEVER = (
    Never(
        "the stack does not load it, or is archived",
        "README or documentation of each stack; github.com/pytorch/serve/issues/3396",
        lambda it: it.delivered not in LOADS.get(it.serving or "", (it.delivered,)),
        {"serving": "torchserve"},
    ),
    Never(
        "Triton loads no SavedModel since 25.03, and of .pt2 only AOTInductor's",
        "triton-inference-server/server/pull/8068; pytorch_backend README",
        lambda it: it.serving == "triton" and it.delivered in ("savedmodel", "pt2"),
        {"serving": "triton", "steps": ("tensorflow", "savedmodel")},
    ),
    Never(
        "OpenVINO Model Server reads no PyTorch files",
        "openvinotoolkit/model_server docs/models_repository_classic.md",
        lambda it: (
            it.serving == "openvino-model-server" and it.delivered in ("torchscript", "pt2", "aotinductor")
        ),
        {"serving": "openvino-model-server", "steps": ("pytorch", "torchscript")},
    ),
    Never(
        "ONNX does not convert to Core ML",
        "apple/coremltools docs: input frozen since version 4",
        lambda it: it.converts("onnx", "core-ml"),
        {"steps": ("pytorch", "onnx", "core-ml")},
    ),
    Never(
        "TensorRT inside TensorFlow ended with 2.17",
        "github.com/tensorflow/tensorflow/releases/tag/v2.17.0",
        lambda it: it.converts("savedmodel", "tensorrt"),
        {"steps": ("tensorflow", "savedmodel", "tensorrt")},
    ),
    Never(
        "PyTorch writes no SavedModel",
        "onnx/onnx-tensorflow README: unmaintained",
        lambda it: it.converts("pytorch", "savedmodel") or it.converts("onnx", "savedmodel"),
        {"steps": ("pytorch", "savedmodel")},
    ),
    Never(
        "the ROCm provider is gone, NNAPI is deprecated",
        "providers of ONNX Runtime 1.32; developer.android.com/ndk/guides/neuralnetworks/migration-guide",
        lambda it: it.provider in ("rocm", "nnapi"),
        {"provider": "nnapi"},
    ),
    Never(
        "a microcontroller runs .tflite or .pte",
        "github.com/tensorflow/tflite-micro; pytorch/executorch backends-overview",
        lambda it: it.hardware == "microcontroller" and it.delivered not in ("litert", "executorch"),
        {"hardware": "microcontroller"},
    ),
    Never(
        "a browser runs ONNX, .tflite or TensorFlow.js",
        "microsoft/onnxruntime docs/JSEP_Deprecation.md; developers.google.com/edge/litert/web",
        lambda it: it.hardware == "browser" and it.delivered not in ("onnx", "litert", "tfjs"),
        {"hardware": "browser", "steps": ("tensorflow", "savedmodel")},
    ),
    Never(
        "Neuron dropped TensorFlow after 2.28 and froze ONNX in 2020",
        "github.com/aws-neuron/aws-neuron-sdk",
        lambda it: it.hardware == "inferentia" and it.delivered in ("onnx", "savedmodel", "keras"),
        {"hardware": "inferentia"},
    ),
    Never(
        "PyTorch Mobile is deprecated",
        "torch/jit/_script.py (torch 2.13)",
        lambda it: it.hardware in ("ios", "android") and it.delivered == "torchscript",
        {"hardware": "ios", "steps": ("pytorch", "torchscript")},
    ),
    Never(
        "a TensorRT engine runs on NVIDIA's chips",
        "docs.nvidia.com TensorRT 11.4.1 support matrix",
        lambda it: it.delivered == "tensorrt" and it.hardware not in ("undecided", "nvidia-gpu", "jetson"),
        {"hardware": "amd-gpu", "steps": ("pytorch", "onnx", "tensorrt")},
    ),
    Never(
        "Core ML runs on Apple's devices",
        "github.com/apple/coremltools docs",
        lambda it: it.delivered == "core-ml" and it.hardware not in ("undecided", "ios", "apple-silicon"),
        {"hardware": "android", "steps": ("pytorch", "core-ml")},
    ),
    Never(
        "loading it can run any code",
        "torch/jit/_serialization.py:127; CVE-2026-4538; tensorflow SECURITY.md; CVE-2025-1550 and others",
        lambda it: (
            "untrusted-models" in it.constraints and not RUNS_CODE.isdisjoint((it.format, it.delivered))
        ),
        {"constraints": ("untrusted-models",), "format": "pt2", "steps": ("pytorch", "pt2")},
    ),
    Never(
        "TorchScript is not supported on Python 3.14, nor is reading it to convert it",
        "torch/jit/__init__.py (torch 2.13)",
        lambda it: (
            "python-3.14" in it.constraints
            and "torchscript" in it.steps
            and not (it.steps == ("torchscript",) and it.serving in ("libtorch", "triton", "kserve"))
        ),
        {"constraints": ("python-3.14",), "steps": ("pytorch", "torchscript")},
    ),
    Never(
        "an ExportedProgram, a .keras and a skops file are loaded by Python",
        "torch/export/__init__.py (torch 2.13); keras 3.15; skops",
        lambda it: "no-python" in it.constraints and it.delivered in ("pt2", "keras", "skops"),
        {"constraints": ("no-python",), "steps": ("pytorch", "pt2")},
    ),
    Never(
        "it is a folder",
        "tensorflow.org/guide/saved_model; github.com/tensorflow/tfjs",
        lambda it: "single-artifact" in it.constraints and not FOLDERS.isdisjoint((it.format, it.delivered)),
        {"constraints": ("single-artifact",), "format": "savedmodel", "steps": ("tensorflow", "savedmodel")},
    ),
    Never(
        "the package alone is larger than 200 MB",
        "unpacked packages measured 2026-11",
        lambda it: "small-image" in it.constraints and not LARGE.isdisjoint(it.package.split(", ")),
        {"constraints": ("small-image",), "package": "keras, tensorflow"},
    ),
    Never(
        "for a large language model the headline formats are the wrong question",
        "docs.vllm.ai; huggingface.co/docs/hub/gguf",
        lambda it: (
            it.model == "llm"
            and it.framework not in ("onnx", "torchscript", "savedmodel")
            and it.format in ("onnx", "torchscript", "savedmodel")
        ),
        {"model": "llm"},
    ),
    Never(
        "no converter to ONNX keeps categorical splits",
        "onnx/onnxmltools#736; catboost.ai/docs/en/concepts/apply-onnx-ml",
        lambda it: (
            "categorical-features" in it.needs
            and it.framework in ("xgboost", "catboost")
            and "onnx" in it.steps
        ),
        {"needs": ("categorical-features",), "framework": "xgboost"},
    ),
    Never(
        "sparse tensors do not export from PyTorch to ONNX",
        "measured 2026-11: torch 2.13",
        lambda it: "sparse-tensors" in it.needs and it.converts("pytorch", "onnx"),
        {"needs": ("sparse-tensors",)},
    ),
)
