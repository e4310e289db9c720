"""An ExportedProgram (`.pt2`) through `torch.export.load`, run eagerly by torch."""

from pathlib import Path

import torch

from benchmarks.artifact import TensorSpec
from benchmarks.worker import preload
from benchmarks.worker.torch_session import TorchSession

FORMAT = "pt2"


def unavailable() -> str:
    return preload.missing.get("torch.export", "")


def user_inputs(program: torch.export.ExportedProgram) -> tuple[TensorSpec, ...]:
    """The tensors that a caller gives, in order; symbolic dimensions by their symbol's name."""
    values = {node.name: node.meta.get("val") for node in program.graph.nodes if node.op == "placeholder"}
    specs = []
    for name in program.graph_signature.user_inputs:
        value = values.get(name)
        if isinstance(value, torch.Tensor):
            shape = tuple(dim if isinstance(dim, int) else str(dim) for dim in value.shape)
            specs.append(TensorSpec(name, str(value.dtype).removeprefix("torch."), shape))
    return tuple(specs)


def load(path: Path, threads: int) -> TorchSession:
    program = torch.export.load(str(path))
    return TorchSession(program.module(), user_inputs(program), threads)
