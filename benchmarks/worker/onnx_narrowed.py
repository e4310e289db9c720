"""What the converters to ONNX's lossy variants share: how the model is read, and whether anything of it
became smaller. A file in which nothing did is no variant."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.errors import ProblemError
from benchmarks.worker.onnx_file import onnx_file

_WEIGHTS_ARE_NO_INPUTS = 4
"""The IR version from which weights need not stand among the inputs."""


def read(source: Path):
    """The model with all its weights in it, none of which is an input: as one, it could be no constant."""
    import onnx

    model = onnx.load(onnx_file(source))
    weights = {weight.name for weight in model.graph.initializer}
    inputs = [given for given in model.graph.input if given.name not in weights]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    model.ir_version = max(model.ir_version, _WEIGHTS_ARE_NO_INPUTS)
    return model


def tensors(model, *types: int) -> int:
    """How many tensors of these types (`onnx.TensorProto.FLOAT16`, …) it stores, inner graphs included."""
    return sum(tensor.data_type in types for tensor in _stored(model.graph))


def _stored(graph) -> Iterator:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            for inner in (attribute.g, *attribute.graphs):
                yield from _stored(inner)


def refuse_if_nothing(narrowed: int, precision: str, candidates: str) -> None:
    """Raises ProblemError where no tensor was narrowed. `candidates`: what there would have to be."""
    if narrowed < 1:
        raise ProblemError(
            "convert",
            "nothing-to-narrow",
            f"Nothing in this model becomes {precision}: it has no {candidates}.",
            "Use the ONNX model itself; a copy under this name would be neither smaller nor faster.",
        )
