"""An ExportedProgram (`.pt2`) through `torch.export.load`, run eagerly by torch."""

from pathlib import Path

import numpy as np
import torch

from benchmarks import onnx_names
from benchmarks.artifact import TensorSpec
from benchmarks.worker import preload, torch_trace
from benchmarks.worker.operator_times import Call
from benchmarks.worker.torch_session import TorchSession, named

FORMATS = ("pt2",)
PACKAGES = ("torch",)


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
    return session(*read(path), threads)


def read(path: Path) -> tuple[torch.export.ExportedProgram, str]:
    """The program and its file of ONNX names, "" if none."""
    extra = {onnx_names.FILE: ""}
    return torch.export.load(str(path), extra_files=extra), extra[onnx_names.FILE]


def session(
    program: torch.export.ExportedProgram, names: str, threads: int, device: str = "cpu"
) -> TorchSession:
    """`names`: the text of a file of ONNX names."""
    inputs, outputs = named(user_inputs(program), names)
    return TorchSession(_positional(program, program.module()), inputs, threads, outputs, device)


def profile(path: Path, threads: int, feeds: list[np.ndarray], calls: int) -> list[Call]:
    return torch_trace.operator_times(load(path, threads).bind(feeds), calls)


def load_float64(path: Path, threads: int) -> TorchSession:
    """Types that the graph names are widened as well, assertions about them dropped."""
    program = torch.export.load(str(path))
    module = program.module(check_guards=False).double()
    for part in module.modules():
        for name, value in list(vars(part).items()):  # constants that are no buffers
            if isinstance(value, torch.Tensor) and value.dtype in _WIDER:
                setattr(part, name, value.to(_WIDER[value.dtype]))
        if isinstance(part, torch.fx.GraphModule):
            _widen(part)
    return TorchSession(_positional(program, module), user_inputs(program), threads)


def _positional(program: torch.export.ExportedProgram, module: torch.nn.Module):
    """The module as a function of its inputs in order; a program may take some by name."""
    by_position, by_name = program.call_spec.in_spec.children()
    names = list(by_name.context)
    if not names:
        return module
    count = by_position.num_children

    def call(*tensors: torch.Tensor):
        return module(*tensors[:count], **dict(zip(names, tensors[count:], strict=True)))

    return call


_WIDER = {
    torch.float16: torch.float64,
    torch.bfloat16: torch.float64,
    torch.float32: torch.float64,
    torch.complex64: torch.complex128,
}


def _widen(module: torch.fx.GraphModule) -> None:
    for node in list(module.graph.nodes):
        if node.target is torch.ops.aten._assert_tensor_metadata.default:
            module.graph.erase_node(node)
            continue
        node.args, node.kwargs = torch.utils._pytree.tree_map(
            lambda value: _WIDER.get(value, value) if isinstance(value, torch.dtype) else value,
            (node.args, node.kwargs),
        )
    module.recompile()
