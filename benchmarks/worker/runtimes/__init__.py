"""The programs that execute a format: one file each, all with the same three names.

`FORMATS`  the ids of the formats it loads: that of its files first, then those of variants in such files.
`unavailable() -> str`  why it cannot run here, or "".
`load(path, threads) -> Session`  reads the artifact and makes it ready to be called with `threads`
threads; raises what the framework raises.
`load_float64(path, threads) -> Session`  where there is one: the same model with its weights, constants and
casts widened to float64, for `float64.py`; raises where a part cannot be widened.
`PACKAGES`  the packages that a deployment of it installs; or `installed_mb() -> float | None`, where it needs
less than that.
`profile(path, threads, feeds, calls) -> list[Call]`  where its Python API has a profiler: `calls` calls,
after one to warm up, with the time of each node (`operator_times.py`); `feeds` as for `Session.bind`.
`prepare()`  only where its libraries are not loaded beforehand: imports them.
`OPTION_OF`  only where it is another way to run the files of another runtime, which is named by its id: it is
verified and measured beside that one, which stays the one that answers for the format. What people call it
stands in `formats.OPTIONS`: the advisor has an entry for it only where it is a runtime of its own, since it
ranks whatever has one, and the same runtime a second time would change what is recommended.

A new runtime is one file here and, unless it is an option, one entry in `advisor/knowledge/runtimes.toml`.
"""

import importlib
import pkgutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError
from benchmarks.worker import installed


class Session(Protocol):
    """A loaded model. Order of `inputs` and `outputs` is the artifact's own."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[str, ...]
    # And `example: list[np.ndarray]`, one array for each input, where the model brings one itself.

    def bind(self, feeds: list[np.ndarray]) -> Callable[[], Any]:
        """Puts `feeds` (one array for each input, in order) where the runtime wants them and returns
        the bare call: what is timed is this call and nothing else. A call that has `timed(count)`, which
        returns the nanoseconds of as many calls, times itself, without Python in between."""

    def arrays(self, raw: Any) -> list[np.ndarray]:
        """The outputs of a bound call as arrays, in the order of `outputs`."""


def run(session: Session, feeds: list[np.ndarray]) -> list[np.ndarray]:
    return session.arrays(session.bind(feeds)())


def runtime_ids() -> list[str]:
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def runtime(runtime_id: str):
    """The module of a runtime. Raises ModuleNotFoundError for an unknown id."""
    return importlib.import_module(f"{__name__}.{runtime_id.replace('-', '_')}")


def runtime_for(format_id: str) -> str:
    """The id of the runtime that answers for a format. Raises ProblemError where there is none."""
    for runtime_id in runtime_ids():
        try:
            module = runtime(runtime_id)
        except ImportError:  # the framework of that runtime is not on this machine
            continue
        if format_id in module.FORMATS and not hasattr(module, "OPTION_OF"):
            return runtime_id
    raise ProblemError(
        "verify",
        "no-runtime",
        f"Nothing on this machine runs {format_id}.",
        "`python -m benchmarks formats` lists what is missing.",
    )


def installed_mb(module, alone: bool = False) -> float | None:
    """What a deployment of a runtime takes on the disk in MB (10⁶ bytes), its own packages only where
    `alone`; None where that is not known."""
    if hasattr(module, "installed_mb"):
        return module.installed_mb()
    return installed.size_mb(module.PACKAGES, alone)


def read_installed() -> None:
    """Looks once at what each runtime takes, for all forks that come."""
    for runtime_id in runtime_ids():
        with suppress(ImportError):
            module = runtime(runtime_id)
            installed_mb(module)
            installed_mb(module, alone=True)


def prepare(runtime_id: str) -> None:
    """Imports what the runtime needs, so that it is not counted as the loading of a model."""
    getattr(runtime(runtime_id), "prepare", lambda: None)()


def load(runtime_id: str, path: Path, threads: int) -> Session:
    return runtime(runtime_id).load(path, threads)
