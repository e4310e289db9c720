"""LiteRT → ONNX through tf2onnx's own command line, run inside this process."""

import sys
from pathlib import Path

from benchmarks.worker import preload
from benchmarks.worker.converters import Example
from benchmarks.worker.runtimes import litert

VIA = "python -m tf2onnx.convert --tflite …"
PACKAGES = ("tf2onnx", "tensorflow-cpu", "ai-edge-litert", "onnx")
OPSET = 18  # the newest that tf2onnx 1.17 writes


def unavailable() -> str:
    return preload.missing.get("tf2onnx.convert", "") or litert.unavailable()


def convert(source: Path, target: Path, example: Example) -> None:
    import onnx
    import tf2onnx.convert

    sys.argv = [
        "tf2onnx.convert",
        "--tflite",
        str(source),
        "--output",
        str(target),
        "--opset",
        str(min(OPSET, example.opset)),
    ]
    tf2onnx.convert.main()
    model = onnx.load(target)
    _name(model.graph, *litert.load(source, 1).tensors())
    onnx.save(model, target)


def _name(graph, inputs: dict[str, str], outputs: dict[str, str]) -> None:
    """Gives the graph the names of the signature, in the order of the signature; tf2onnx keeps those of the
    tensors. `inputs` and `outputs`: signature's name → tensor's name."""
    from onnx import helper

    for values, names in ((graph.input, inputs), (graph.output, outputs)):
        by_tensor = {value.name: value for value in values}
        if set(by_tensor) != set(names.values()) or len(by_tensor) != len(names):
            continue  # a tensor that is two outputs, or one that was folded away: left as tf2onnx wrote it
        ordered = []
        for name, tensor in names.items():
            value = by_tensor[tensor]
            if name != tensor:
                value.name = name
                before = values is graph.input
                node = helper.make_node("Identity", *([name], [tensor]) if before else ([tensor], [name]))
                graph.node.insert(0, node) if before else graph.node.append(node)
            ordered.append(type(value).FromString(value.SerializeToString()))
        del values[:]
        values.extend(ordered)
