"""Whether there is room for another run, by the operator's settings and the disk itself."""

import errno
import shutil
from pathlib import Path

from benchmarks import plain_files, settings
from benchmarks.errors import ProblemError

_FREE_SOME = "Delete runs that nobody needs, or let the operator raise {}."


def used_mb(runs: Path) -> float:
    """What all runs take on the disk, in MB."""
    return plain_files.size_bytes(runs) / 1e6


def count(runs: Path) -> int:
    """The runs kept, with those that are just being uploaded."""
    return sum(1 for _ in runs.glob("*"))


def check_count(runs: Path) -> None:
    """Raises ProblemError where as many runs are kept as may be."""
    kept, limit = count(runs), settings.MAX_RUNS
    if kept >= limit.value():
        raise ProblemError(
            "job",
            "too-many-runs",
            f"{kept:,} runs are kept here, which is the limit.",
            _FREE_SOME.format(limit.variable),
        )


def check_disk(runs: Path, more_bytes: int = 0) -> None:
    """Raises ProblemError where the runs with `more_bytes` would take more disk than they may, or more than
    there is."""
    used, limit = used_mb(runs) + more_bytes / 1e6, settings.MAX_DATA_MB
    if used > limit.value():
        raise ProblemError(
            "job",
            "no-room",
            f"With this model the runs would take {used:,.0f} MB; the limit is {limit.value():,.0f} MB.",
            _FREE_SOME.format(limit.variable),
        )
    runs.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(runs).free < more_bytes:
        raise disk_full(OSError(errno.ENOSPC, "No space left on device"))


def check_line(working: int) -> None:
    """Raises ProblemError where `working` runs, which wait or work now, are as many as may."""
    if working >= settings.MAX_WAITING_RUNS.value():
        raise ProblemError(
            "job",
            "too-many-waiting",
            f"{working} runs wait or work already, which is the limit.",
            "Start this one when one of them has ended.",
        )


def disk_full(error: OSError) -> ProblemError:
    """The problem that a failed write is. `error` itself where the disk is not to blame."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        raise error
    return ProblemError(
        "job", "no-room", "The server's disk is full.", "Delete runs that nobody needs, then try again."
    )
