"""The edges between formats: one file each, `<from>_to_<to>.py`, all with the same names.

`VIA`  the call that converts, in the words of its documentation.
`PACKAGES`  the distributions that it needs, as pip names them.
`unavailable() -> str`  why it cannot run here, or "".
`LENGTH`  as how many hops it counts, where that is not one.
`STARTS_PROGRAMS = True`  only where it starts programs of the system, such as a compiler.
`convert(source, target, example)`  writes the artifact; raises what the converter raises.
`LADDER`  instead of `convert` where there is more than one way to call it: functions like `convert` by a few
words for each, the most sensible first. The next is called where the one before failed or was not verified.

A new converter is one file here and one entry in `advisor/knowledge/converters.toml`.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.artifact import TensorSpec


@dataclass(frozen=True)
class Example:
    """One set of inputs that the source model runs on.

    `inputs`: the source's inputs in order; `feeds`: one array for each; `dynamic_batch`: whether
    the source accepts other sizes of every input's first dimension; `opset`: the newest of ONNX that the
    runtime here loads.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[str, ...]
    feeds: list[np.ndarray]
    dynamic_batch: bool
    opset: int = 18


def edge_ids() -> list[str]:
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def converter(source_format: str, target_format: str):
    """The module of an edge. Raises ModuleNotFoundError where there is none."""
    edge = f"{source_format}_to_{target_format}".replace("-", "_")
    return importlib.import_module(f"{__name__}.{edge}")


ONLY = "as it is"
"""The name of the attempt of a converter that has one."""


def ladder(module) -> dict[str, Callable[[Path, Path, Example], None]]:
    """The attempts of a converter's module in the order in which they are made."""
    return getattr(module, "LADDER", None) or {ONLY: module.convert}
