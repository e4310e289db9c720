"""An AOTInductor package through torch's loader in C++, which Python only starts."""

from pathlib import Path

import torch

from benchmarks import onnx_names
from benchmarks.artifact import TensorSpec
from benchmarks.worker import preload
from benchmarks.worker.torch_session import TorchSession

FORMATS = ("aotinductor",)
PACKAGES = ("torch",)


def unavailable() -> str:
    return preload.missing.get("torch.export", "")


def load(path: Path, threads: int) -> TorchSession:
    # What `torch._inductor.aoti_load_package` calls, after it has asked the compiler which processor this is.
    loader = torch._C._aoti.AOTIModelPackageLoader(str(path), "model", False, 1, -1)
    names = onnx_names.parsed(loader.get_metadata()[onnx_names.FILE])
    inputs = tuple(TensorSpec(name, None, None) for name in names.inputs)
    # Not through the Python object around it, which reads the structure of its arguments anew at each call.
    return TorchSession(lambda *tensors: loader.run(list(tensors)), inputs, threads, names.outputs)
