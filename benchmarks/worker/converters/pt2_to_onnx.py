"""ExportedProgram → ONNX through torch's default exporter. Dynamic dimensions are the program's own."""

from pathlib import Path

import torch

from benchmarks.errors import ProblemError
from benchmarks.worker import preload
from benchmarks.worker.converters import Example

VIA = "torch.onnx.export(…, dynamo=True)"
PACKAGES = ("torch", "onnxscript", "onnx")
OPSET = 18
INLINE_BYTES = 1_900_000_000
"""Above this the weights go into a second file: one protobuf file ends at 2 GiB."""


def unavailable() -> str:
    return preload.missing.get("torch.onnx", "") or preload.missing.get("onnxscript", "")


def plain(source: Path, target: Path, example: Example) -> None:
    _export(torch.export.load(str(source)), source, target, example)


def with_copies(source: Path, target: Path, example: Example) -> None:
    """The exporter runs the program again on other strides than it was recorded with, on which a view may be
    impossible (torch 2.13: "Cannot view a tensor with shape … and strides …"): each view gets a copy in the
    usual order, which is nothing in ONNX. Raises ProblemError where the program has no view."""
    program = torch.export.load(str(source))
    graph = program.graph
    views = [node for node in graph.nodes if node.target in _VIEWS]
    if not views:
        raise ProblemError(
            "convert",
            "nothing-to-rewrite",
            "The program has no view that could be impossible.",
            "Change what the attempt before named, or keep the source format.",
        )
    for node in views:
        with graph.inserting_before(node):
            copy = graph.call_function(
                torch.ops.aten.clone.default, (node.args[0],), {"memory_format": torch.contiguous_format}
            )
        copy.meta["val"] = node.args[0].meta["val"].contiguous()
        node.replace_input_with(node.args[0], copy)
    program.graph_module.recompile()
    _export(program, source, target, example)


_VIEWS = (torch.ops.aten.view.default, torch.ops.aten.reshape.default)
LADDER = {"as it is": plain, "every view of a copy": with_copies}


def _export(program: torch.export.ExportedProgram, source: Path, target: Path, example: Example) -> None:
    torch.onnx.export(
        program,
        (),
        str(target),
        dynamo=True,
        opset_version=min(OPSET, example.opset),
        verbose=False,
        output_names=list(example.outputs),
        external_data=source.stat().st_size > INLINE_BYTES,
    )
