"""ResNet-50, ONNX → SavedModel and → TorchScript: jobs on a warm server, and what they made is verified."""

import statistics
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import formats, inspection
from benchmarks.comparison import Options
from benchmarks.plain_files import discard
from benchmarks.verification import run_reference, verify
from benchmarks.warm import WarmKeeper
from benchmarks.workspace import WORK, open_work, take_out
from perf.conversion import convert, run_process, seconds_of
from perf.row import Row

LIMIT_S = 10
TIMES = 3


def measure(folder: Path) -> Iterator[Row]:
    """Each row: the median of TIMES times from a request to its result on a warm server that has loaded its
    frameworks. With weights that are random and an output that varies, agreement says something."""
    model = folder / "resnet50.onnx"
    run_process([sys.executable, "-m", "perf.seeded_resnet", str(model)])
    with WarmKeeper(folder) as warm:
        warm.run("capabilities", open_work(folder))  # answers when the frameworks are loaded
        inputs = list(inspection.describe(model).inputs)
        run_reference(model, "onnx", inputs, folder, Options(), warm, lambda progress: None)
        for target in ("savedmodel", "torchscript"):
            written, made = folder / WORK / formats.FILENAMES[target], folder / formats.FILENAMES[target]

            times = []
            for _ in range(TIMES):
                discard(written)
                times.append(seconds_of(partial(convert, warm, folder, model, "onnx", written, target)))
            take_out(written, made)
            parity = verify(target, made, folder, warm)
            if parity.error:
                raise RuntimeError(parity.error.message)
            median = statistics.median(times)
            yield Row(
                f"ResNet-50, ONNX → {formats.NAMES[target]}",
                f"{median:.1f} s ({min(times):.1f} to {max(times):.1f}, {TIMES} times), {parity.outcome} on "
                f"{len(parity.cases)} cases",
                f"≤ {LIMIT_S} s, verified",
                median <= LIMIT_S and parity.outcome == "passed",
            )
