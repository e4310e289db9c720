"""ExportedProgram → TorchScript by scripting the program's graph.

Tracing it instead would bake dynamic dimensions in: sizes that pass through `torch.ops` are recorded
as numbers (torch 2.13).
"""

from pathlib import Path

import torch

from benchmarks.errors import ProblemError
from benchmarks.worker import preload
from benchmarks.worker.converters import Example

VIA = "torch.jit.script(torch.export.load(…).module())"
PACKAGES = ("torch",)


def unavailable() -> str:
    return preload.missing.get("torch.export", "")


def convert(source: Path, target: Path, example: Example) -> None:
    program = torch.export.load(str(source))
    module = program.module(check_guards=False)
    _make_scriptable(module.graph, single_output=program.call_spec.out_spec.is_leaf())
    torch.jit.save(torch.jit.script(torch.fx.GraphModule(module, module.graph)), str(target))


def _make_scriptable(graph: torch.fx.Graph, single_output: bool) -> None:
    """Rewrites what TorchScript's compiler does not know: sizes are read with `Tensor.size`, operators
    are named without their overload (the compiler picks it by types), assertions on sizes, which no
    artifact can carry, are dropped, and so is the packing of arguments into pytrees."""
    for node in list(graph.nodes):
        if isinstance(node.target, torch._ops.HigherOrderOperator):
            raise ProblemError(
                "convert",
                "control-flow",
                f"TorchScript has no counterpart of torch.{node.target.name()}, which the program calls.",
                "Script the original model with torch.jit.script, or keep torch.export or ONNX.",
            )
        if node.op == "output" and single_output:
            node.args = tuple(node.args[0])
        if node.op != "call_function" or not isinstance(node.target, torch._ops.OpOverload):
            continue
        if node.target is torch.ops.aten.sym_size.int:
            node.op, node.target = "call_method", "size"
        elif "assert" in str(node.target):
            graph.erase_node(node)
        else:
            node.target = node.target.overloadpacket
    graph.eliminate_dead_code()
    graph.set_codegen(torch.fx.graph.CodeGen())
