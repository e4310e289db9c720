"""SavedModel → ONNX: a job on the warm server against the converter's own command line."""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import inspection
from benchmarks.comparison import Options
from benchmarks.samples import SAMPLES
from benchmarks.verification import run_reference
from benchmarks.warm import WarmKeeper, WarmServer
from benchmarks.workspace import WORK, open_work
from perf.row import Row
from perf.web import ROOT

LIMIT = 0.25
PAIRS = 5
OPSET = 18
PATIENCE_S = 300


def measure(folder: Path) -> Iterator[Row]:
    """Median of the ratios of PAIRS pairs, done in turn and in alternating order.

    A pair is the time from a request to its result on a warm server that has loaded its frameworks, and
    the time of the process `python -m tf2onnx.convert`, from the same SavedModel to the same graph.
    """
    with WarmKeeper(folder) as warm:
        warm.run("capabilities", open_work(folder))  # answers when the frameworks are loaded
        small = folder / "small_cnn"
        run_process([sys.executable, "-m", "perf.small_cnn", str(small)])
        ratios, words = _pairs(small, folder, warm)
        ok = statistics.median(ratios) <= LIMIT
        yield Row("SavedModel → ONNX, small CNN: warm ÷ command line", words, f"≤ {LIMIT:g} ×", ok)

        sample = SAMPLES["savedmodel-mobilenet-v2"]
        archive = open_work(folder) / sample.filename
        warm.run("build_sample", archive.parent, sample=sample.id, target=str(archive))
        shutil.unpack_archive(archive, folder / "unpacked")
        _, words = _pairs(folder / "unpacked" / "mobilenet_v2", folder, warm)
        yield Row("SavedModel → ONNX, MobileNetV2: warm ÷ command line", words)


def convert(warm: WarmServer, folder: Path, model: Path, source: str, target_path: Path, target: str) -> None:
    """One conversion between two formats as the program has it done: a job on the warm server."""
    warm.run(
        "convert",
        folder / WORK,
        reads=(model,),
        source=str(model),
        source_format=source,
        target=str(target_path),
        target_format=target,
        opset=OPSET,
    )


def _pairs(model: Path, folder: Path, warm: WarmServer) -> tuple[list[float], str]:
    """The ratios, and them in words. Raises RuntimeError where the two wrote different graphs."""
    described = inspection.describe(model)
    run_reference(
        model, described.format, list(described.inputs), folder, Options(), warm, lambda progress: None
    )
    by_job, by_command = folder / WORK / "by_job.onnx", folder / "by_command.onnx"

    def job() -> None:
        convert(warm, folder, model, "savedmodel", by_job, "onnx")

    def command() -> None:
        paths = ["--saved-model", str(model), "--output", str(by_command)]
        run_process(
            [sys.executable, "-m", "tf2onnx.convert", *paths, "--opset", str(OPSET), "--tag", "serve"]
        )

    jobs, commands = [], []
    for number in range(PAIRS):
        by_job.unlink(missing_ok=True)
        by_command.unlink(missing_ok=True)
        if number % 2:
            commands.append(seconds_of(command))
            jobs.append(seconds_of(job))
        else:
            jobs.append(seconds_of(job))
            commands.append(seconds_of(command))
        if inspection.describe(by_job).operators != inspection.describe(by_command).operators:
            raise RuntimeError("The job and the command line wrote different graphs.")
    ratios = [mine / its for mine, its in zip(jobs, commands, strict=True)]
    words = (
        f"{statistics.median(ratios):.2f} × ({min(ratios):.2f} to {max(ratios):.2f}, {PAIRS} pairs; "
        f"{statistics.median(jobs):.2f} s ÷ {statistics.median(commands):.2f} s)"
    )
    return ratios, words


def seconds_of(action) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began


def run_process(command: list[str]) -> None:
    """Runs a process with as quiet a TensorFlow as the warm server's. Raises RuntimeError with its words."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:4])} ended with {done.returncode}: {done.stderr[-400:]}")
