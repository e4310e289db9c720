"""How much disk a deployment of a runtime takes: its packages with all that they require."""

import csv
import importlib.metadata
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@cache
def size_mb(packages: tuple[str, ...]) -> float | None:
    """MB (10⁶ bytes) of the installed packages and the dependencies that they require, without extras: all
    files in their records (PEP 376), byte code that was compiled at installation among them, each once. None
    where one of them is not installed or has no record."""
    try:
        sizes: dict[str, int] = {}
        for name in _closure(packages):
            sizes.update(_files(name))
    except importlib.metadata.PackageNotFoundError:
        return None
    return sum(sizes.values()) / 1e6


def folder_mb(folder: Path) -> float:
    """MB (10⁶ bytes) of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _closure(packages: Iterable[str]) -> set[str]:
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
    needed = map(Requirement, importlib.metadata.requires(name) or ())
    here = (one for one in needed if one.marker is None or one.marker.evaluate({"extra": ""}))
    return tuple(canonicalize_name(one.name) for one in here)


def _files(name: str) -> dict[str, int]:
    """Path → bytes of each file in the package's record."""
    package = importlib.metadata.distribution(name)
    record = package.read_text("RECORD")
    if record is None:
        raise importlib.metadata.PackageNotFoundError(name)
    found = {}
    for path, _, size in csv.reader(record.splitlines()):
        file = os.path.normpath(package.locate_file(path))
        found[file] = int(size) if size else _bytes(file)  # byte code is recorded without
    return found


def _bytes(file: str) -> int:
    try:
        return os.stat(file).st_size
    except OSError:  # Python removes byte code as it likes
        return 0
