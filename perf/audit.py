"""How long it takes to identify, describe and audit a model of 100 MB, in every format."""

import hashlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import inspection
from perf.row import Row
from perf.web import ROOT

MODELS = {
    "ONNX": "onnx.onnx",
    "TorchScript": "torchscript.pt",
    "PyTorch .pt2": "exported.pt2",
    "SavedModel, zip": "savedmodel.zip",
    "SavedModel, folder": "savedmodel",
    "Keras": "keras.keras",
    "LiteRT": "litert.tflite",
}
LIMIT_S = 1.0
PAIRS = 5
PATIENCE_S = 300


def measure(folder: Path) -> Iterator[Row]:
    """At most LIMIT_S, as the median of PAIRS times, each followed by the time of SHA-256 alone over the
    same bytes: the part that only a faster machine can shorten."""
    for framework in ("torch", "keras"):
        _build(folder, framework)
    for name, file in MODELS.items():
        path = folder / file
        seconds, ratios = [], []
        for _ in range(PAIRS):
            took = _seconds(lambda path=path: inspection.describe(path))
            seconds.append(took)
            ratios.append(took / _seconds(lambda path=path: _digest(path)))
        median = statistics.median(seconds)
        yield Row(
            f"audit of {_size_mb(path):.0f} MB, {name}",
            f"{median * 1e3:.0f} ms (at most {max(seconds) * 1e3:.0f}), "
            f"{statistics.median(ratios):.2f} times SHA-256 alone",
            f"≤ {LIMIT_S:.0f} s",
            median <= LIMIT_S,
        )


def _build(folder: Path, framework: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "perf.large_models", str(folder), framework],
        cwd=ROOT,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    if done.returncode:
        raise RuntimeError(f"The models of {framework} were not built: {done.stderr[-400:]}")


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _size_mb(path: Path) -> float:
    return sum(file.stat().st_size for file in _files(path)) / 1e6


def _digest(path: Path) -> None:
    for file in _files(path):
        with file.open("rb") as opened:
            hashlib.file_digest(opened, "sha256")


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
