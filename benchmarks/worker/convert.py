"""Task: one conversion along one edge, in a fork of its own."""

import re
import time
import traceback
from pathlib import Path

from benchmarks.errors import ProblemError
from benchmarks.worker import converters, reference

_UNSUPPORTED = re.compile(
    r"(?:Unsupported|not supported|No conversion|not implemented|Flex|custom op).{0,120}", re.I | re.S
)


def run(
    channel,
    workspace: str,
    source: str,
    source_format: str,
    target: str,
    target_format: str,
    attempt: str = converters.ONLY,
) -> dict:
    """`attempt`: which of the converter's. Returns {"via", "seconds"}. Raises ProblemError(stage="convert")
    with the converter's words."""
    module = converters.converter(source_format, target_format)
    example = reference.example(Path(workspace))
    started = time.monotonic()
    try:
        converters.ladder(module)[attempt](Path(source), Path(target), example)
    except ProblemError:
        raise
    except Exception as error:
        traceback.print_exc()
        raise ProblemError("convert", type(error).__name__, _words(error), _next_step(error)) from error
    if not Path(target).exists():
        raise ProblemError(
            "convert",
            "no-artifact",
            f"{module.VIA} wrote nothing and raised nothing.",
            "See the log of the run for its own output.",
        )
    return {"via": module.VIA, "seconds": time.monotonic() - started}


def _words(error: Exception) -> str:
    """The converter's message on one line, from the part that names the cause, shortened."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 400 else f"{text[:400]}…"


def _next_step(error: Exception) -> str:
    if _UNSUPPORTED.search(str(error)):
        return "Replace the operator that is named, or keep the source format for this model."
    return "See the log of the run for the converter's full output."
