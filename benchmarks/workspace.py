"""The folder of one run, and in it `work/`: the only part that the run's forks may change.

What they leave there is taken out with care: they may be hostile, and the program reads, hashes and
serves it with rights that they do not have.
"""

import os
import stat
from pathlib import Path

from benchmarks.clearing import remove
from benchmarks.errors import ProblemError

WORK, LOG = "work", "log.txt"
KEPT_LOG_BYTES = 2_000_000


def open_work(folder: Path) -> Path:
    """An empty `work/` in the run's folder."""
    work = folder / WORK
    remove(work)
    work.mkdir(mode=0o700)
    return work


def close_work(folder: Path) -> None:
    """Removes `work/`, after keeping the end of the frameworks' own output as the run's `log.txt`."""
    try:
        log = os.open(folder / WORK / LOG, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        pass  # no fork ever started
    else:
        with open(log, "rb") as file:
            file.seek(max(0, os.fstat(log).st_size - KEPT_LOG_BYTES))
            (folder / LOG).write_bytes(file.read(KEPT_LOG_BYTES))
    remove(folder / WORK)


def take_out(path: Path, target: Path) -> None:
    """Moves a file or folder that a fork wrote to a place where none can reach it. Raises ProblemError
    where it is missing or holds anything but plain files and folders."""
    for item in (path, *_below(path)):
        try:
            found = item.lstat()
        except OSError:
            raise _not_plain(path, "is not there") from None
        if stat.S_ISREG(found.st_mode):
            if found.st_nlink > 1:
                raise _not_plain(path, "has two names for one file")
        elif not stat.S_ISDIR(found.st_mode):
            raise _not_plain(path, "holds a link or another special file")
    remove(target)
    path.rename(target)


def _below(path: Path) -> list[Path]:
    if path.is_symlink() or not path.is_dir():
        return []
    return [Path(folder, name) for folder, folders, files in os.walk(path) for name in (*folders, *files)]


def _not_plain(path: Path, what: str) -> ProblemError:
    return ProblemError(
        "convert",
        "odd-artifact",
        f"What the converter wrote, {path.name}, {what}.",
        "No converter does that by itself: do not trust this model.",
    )
