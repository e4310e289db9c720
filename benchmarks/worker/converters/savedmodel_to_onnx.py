"""SavedModel → ONNX through tf2onnx's own command line, run inside this process."""

import sys
from pathlib import Path

from benchmarks.errors import ProblemError
from benchmarks.worker import preload
from benchmarks.worker.converters import Example

VIA = "python -m tf2onnx.convert --saved-model …"
PACKAGES = ("tf2onnx", "tensorflow-cpu", "onnx")
OPSET = 18  # the newest that tf2onnx 1.17 writes


def unavailable() -> str:
    return preload.missing.get("tf2onnx.convert", "")


def plain(source: Path, target: Path, example: Example) -> None:
    """Raises ProblemError at once where tf2onnx would leave an operator as it is, which no runtime knows."""
    import tf2onnx.convert

    from benchmarks.worker import tensorflow_substitutes

    if lacking := tensorflow_substitutes.lacking(source, tensorflow_substitutes.ONNX):
        raise ProblemError(
            "convert",
            "unsupported-operator",
            f"tf2onnx has no translation of {', '.join(lacking)}.",
            "Write it with other operators, or keep the source format for this model.",
        )
    sys.argv = [
        "tf2onnx.convert",
        "--saved-model",
        str(source),
        "--output",
        str(target),
        "--opset",
        str(min(OPSET, example.opset)),
        "--tag",
        "serve",
    ]
    tf2onnx.convert.main()


def written_out(source: Path, target: Path, example: Example) -> None:
    """Raises ProblemError where there is no operator to be written out."""
    from benchmarks.worker import tensorflow_substitutes

    with tensorflow_substitutes.written_out(source, tensorflow_substitutes.ONNX) as written:
        plain(written, target, example)


LADDER = {"as it is": plain, "operators that tf2onnx lacks written out": written_out}
