"""Writing an OpenVINO model as IR: what the converters to it share."""

from pathlib import Path

from benchmarks.worker.converters import Example
from benchmarks.worker.silent_openvino import openvino

GRAPH = "model.xml"
"""Its weights are in the file of the same name that ends in .bin."""


def save(model: openvino.Model, target: Path, example: Example) -> None:
    """Writes the folder `target`. Weights keep their type: OpenVINO would make float16 of float32. An input
    or output without a name, or with several of which one is the source's at its place, gets that one."""
    for port, name in _pairs(model, example):
        if not port.get_names() or name in port.get_names():
            port.get_tensor().set_names({name})
    target.mkdir()
    openvino.save_model(model, target / GRAPH, compress_to_fp16=False)


def rename(model: openvino.Model, example: Example) -> None:
    """Gives inputs and outputs the names that the source has at their places."""
    for port, name in _pairs(model, example):
        port.get_tensor().set_names({name})


def _pairs(model: openvino.Model, example: Example) -> list[tuple]:
    """Each input and output with the source's name at its place; none of a kind whose numbers differ."""
    pairs = []
    for ports, names in (
        (model.inputs, [spec.name for spec in example.inputs]),
        (model.outputs, example.outputs),
    ):
        if len(ports) == len(names) == len(set(names)):
            pairs += zip(ports, names, strict=True)
    return pairs


def shapes(example: Example) -> dict[str, openvino.PartialShape]:
    """The shape of the example for each input, its first dimension open where the source leaves it open."""
    found = {}
    for spec, feed in zip(example.inputs, example.feeds, strict=True):
        sizes = list(feed.shape)
        if example.dynamic_batch and sizes:
            sizes[0] = -1
        found[spec.name] = openvino.PartialShape(sizes)
    return found
