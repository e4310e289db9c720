"""Temporary folders that do not outlive their process, not even one that was killed."""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.plain_files import discard
from benchmarks.turn import held

PREFIX, LOCK = "format-advisor-scratch-", "lock"
JUST_MADE_S = 60.0
"""A younger folder may belong to a process that has not locked it yet."""


@contextmanager
def scratch(inside: Path | None = None) -> Iterator[Path]:
    """A new folder, in the system's folder for temporary files unless told otherwise; removed at the end.
    Those of processes that are gone are removed as well."""
    parent = Path(inside or tempfile.gettempdir())
    _clear_abandoned(parent)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    with open(folder / LOCK, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the kernel drops it with the process, however that ends
        try:
            yield folder
        finally:
            discard(folder)


def _clear_abandoned(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            found = folder.lstat()
        except OSError:
            continue
        own = found.st_uid == os.geteuid()
        if own and time.time() - found.st_mtime > JUST_MADE_S and not held(folder / LOCK):
            discard(folder)
