"""The folder of one run, and in it `work/`: the only part that the run's forks may change.

What they leave there is taken out with care: they may be hostile, and the program reads, hashes and
serves it with rights that they do not have.
"""

import os
from contextlib import suppress
from pathlib import Path

from benchmarks import plain_files
from benchmarks.errors import ProblemError
from benchmarks.settings import STEP_DISK_MB

WORK, LOG = "work", "log.txt"
UNPACKED = "unpacked"
"""The model itself, out of its archive and under its format's name; the program's own, as the rest."""
KEPT_LOG_BYTES = 2_000_000


def open_work(folder: Path) -> Path:
    """An empty `work/` in the run's folder."""
    work = folder / WORK
    plain_files.discard(work)
    work.mkdir(mode=0o700)
    return work


def close_work(folder: Path) -> None:
    """Removes `work/`, after keeping the end of the frameworks' own output as the run's `log.txt`."""
    # Where no fork ever started there is no log, and one that is no plain file is not looked into.
    with suppress(OSError), plain_files.open_below(folder / WORK, LOG) as log:
        log.seek(max(0, os.fstat(log.fileno()).st_size - KEPT_LOG_BYTES))
        (folder / LOG).write_bytes(log.read(KEPT_LOG_BYTES))
    plain_files.discard(folder / WORK)


def take_out(path: Path, target: Path) -> None:
    """Moves a file or folder that a fork wrote to a place where none can reach it, for the program alone to
    read and write. Raises ProblemError where it is missing, holds anything but plain files and folders, or
    says to be larger than a step may write: a file with holes takes no disk, and days to read."""
    try:
        plain = plain_files.is_plain(path)
    except OSError:
        raise _odd(path, "is not there or cannot be looked at") from None
    if not plain:
        raise _odd(path, "holds a link or another special file")
    size, limit = plain_files.size_bytes(path) if path.is_dir() else path.stat().st_size, STEP_DISK_MB.value()
    if size > limit * 1e6:
        raise _odd(path, f"has {size / 1e6:,.0f} MB, more than the {limit:,.0f} MB that a step may write")
    for one in (path, *path.rglob("*")):
        one.chmod(0o700 if one.is_dir() else 0o600)
    plain_files.discard(target)
    path.rename(target)


def _odd(path: Path, what: str) -> ProblemError:
    return ProblemError(
        "convert",
        "odd-artifact",
        f"What the converter wrote, {path.name}, {what}.",
        "No converter does that by itself: do not trust this model.",
    )
