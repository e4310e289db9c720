"""How much disk a deployment of a runtime takes: its packages with all that they require."""

import contextlib
import csv
import importlib.metadata
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path


@cache
def size_mb(packages: tuple[str, ...], alone: bool = False) -> float | None:
    """MB (10⁶ bytes) of the installed packages and, unless `alone`, the dependencies that they require,
    without extras: all files in their records (PEP 376), byte code that was compiled at installation among
    them. Each package is counted once. None where one of them is not installed or has no record."""
    try:
        return sum(map(_bytes, packages if alone else _closure(packages))) / 1e6
    except importlib.metadata.PackageNotFoundError:
        return None


def folder_mb(folder: Path) -> float:
    """MB (10⁶ bytes) of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _closure(packages: Iterable[str]) -> set[str]:
    # Not above: the scripts that repeat a conversion take this module along, and need no such package.
    from packaging.utils import canonicalize_name

    found: set[str] = set()
    waiting = [canonicalize_name(name) for name in packages]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _required(name)
    return found


@cache
def _required(name: str) -> tuple[str, ...]:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    needed = map(Requirement, importlib.metadata.requires(name) or ())
    here = (one for one in needed if one.marker is None or one.marker.evaluate({"extra": ""}))
    return tuple(canonicalize_name(one.name) for one in here)


@cache
def _bytes(name: str) -> int:
    package = importlib.metadata.distribution(name)
    record = package.read_text("RECORD")
    if record is None:
        raise importlib.metadata.PackageNotFoundError(name)
    total = 0
    for path, _, size in csv.reader(record.splitlines()):
        if size:
            total += int(size)
        else:  # byte code, which is recorded without its size, and which Python removes as it likes
            with contextlib.suppress(OSError):
                total += os.stat(package.locate_file(path)).st_size
    return total
