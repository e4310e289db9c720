"""ExportedProgram → AOTInductor package: native code for this kind of machine, written in C++ by torch and
compiled by g++, which no other step may start."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from benchmarks import onnx_names
from benchmarks.worker import preload
from benchmarks.worker.converters import Example

VIA = "torch._inductor.aoti_compile_and_package(torch.export.load(…))"
PACKAGES = ("torch", "setuptools")
STARTS_PROGRAMS = True


def unavailable() -> str:
    missing = "" if shutil.which("g++") else "there is no C++ compiler here (Debian: g++)"
    return preload.missing.get("torch.export", "") or missing


def convert(source: Path, target: Path, example: Example) -> None:
    from torch._inductor import aoti_compile_and_package  # two seconds, for which only this has a use

    names = onnx_names.Names(tuple(spec.name for spec in example.inputs), example.outputs)
    with _modes_left_alone():
        aoti_compile_and_package(
            torch.export.load(str(source)),
            package_path=str(target),
            inductor_configs={
                # Compiled code has no names of its own.
                "aot_inductor.metadata": {onnx_names.FILE: names.text()},
                # As many threads as it is called with, not as it was compiled with.
                "cpp.dynamic_threads": True,
                "compile_threads": 1,
                # Worth their time only where more than one model is compiled.
                "aot_inductor.precompile_headers": False,
            },
        )


@contextmanager
def _modes_left_alone() -> Iterator[None]:
    """torch copies files with their modes, which the sandbox lets nobody change and nothing here needs."""
    change, os.chmod = os.chmod, lambda *_, **__: None
    try:
        yield
    finally:
        os.chmod = change
