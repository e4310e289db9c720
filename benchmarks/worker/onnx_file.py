"""Where the graph of an ONNX model lies."""

from pathlib import Path


def onnx_file(model: Path) -> Path:
    """`model` itself, or in a folder, which holds the weights as well, the one file .onnx that the audit
    saw there. Raises ValueError where there is not exactly one."""
    if not model.is_dir():
        return model
    (graph,) = model.rglob("*.onnx")
    return graph
