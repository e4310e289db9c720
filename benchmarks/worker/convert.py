"""Task: one conversion along one edge, in a fork of its own."""

import time
import traceback
from pathlib import Path

from benchmarks import failures
from benchmarks.errors import ProblemError
from benchmarks.worker import converters, reference


def run(
    channel,
    workspace: str,
    source: str,
    source_format: str,
    target: str,
    target_format: str,
    opset: int,
    attempt: str = converters.ONLY,
) -> dict:
    """`opset`: the newest of ONNX that may be written; `attempt`: which of the converter's. Returns {"via",
    "seconds"}. Raises ProblemError(stage="convert") with the converter's words."""
    module = converters.converter(source_format, target_format)
    example = reference.example(Path(workspace), opset)
    started = time.monotonic()
    try:
        converters.ladder(module)[attempt](Path(source), Path(target), example)
    except ProblemError:
        raise
    except Exception as error:
        traceback.print_exc()
        words = str(error) or type(error).__name__
        raise ProblemError.of(
            failures.explain("convert", type(error).__name__, "The converter", words)
        ) from error
    if not Path(target).exists():
        raise ProblemError(
            "convert",
            "no-artifact",
            f"{module.VIA} wrote nothing and raised nothing.",
            "See the log of the run for its own output.",
        )
    return {"via": module.VIA, "seconds": time.monotonic() - started}
